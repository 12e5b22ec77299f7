"""rootwalk-checkzone: what administrators see of zones/."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import bad_zones
from bad_zones import FINE, GOOD, NOT_ASKED, REFUSED, WARNED
from support import DAEMON, run

CHECKZONE = os.path.join(os.path.dirname(DAEMON), 'rootwalk-checkzone')


def find(program):
    return shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin')



class Checkzone(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'example.org.zone')

    def check(self, text, *flags):
        self.write(text)
        return run(CHECKZONE, *flags, 'example.org', self.path)

    def test_a_good_zone_has_its_number_of_records_and_serial(self):
        result = self.check(GOOD)
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (0, 'zone example.org: 5 records, serial 2026112201\nOK\n', ''))

    def test_a_digest_that_does_not_match_is_an_error(self):
        with open(os.path.join(os.path.dirname(__file__), '..', 'unit', 'zones', 'zonemd', 'nsec3.zone')) as file:
            text = file.read()
        self.assertEqual(self.check(text).returncode, 0)
        result = self.check(text.replace('192.0.2.3', '192.0.2.4'))
        self.assertEqual((result.returncode, result.stdout), (1, ''))
        self.assertIn(f'{self.path}: its ZONEMD digest does not match its records (RFC 8976)', result.stderr)

    def write(self, text, path=None):
        with open(path or self.path, 'w', encoding='latin-1', newline='') as file:
            file.write(text)

    def test_each_kind_of_error_has_file_and_line_and_the_status_is_1(self):
        for case in bad_zones.CASES:
            with self.subTest(case.name):
                self.write(bad_zones.text(case))
                result = run(CHECKZONE, 'example.org', self.path)
                self.assertEqual(result.returncode, case.verdict == REFUSED, result.stderr)
                self.assertEqual(result.stderr == '', case.verdict == FINE, result.stderr)
                place = self.path if case.line is None else f'{self.path}:{case.line}'
                warning = 'warning: ' if case.verdict == WARNED else ''
                if case.verdict != FINE:
                    self.assertRegex(result.stderr, f'(?m)^{re.escape(place)}: {warning}.*{case.said}')
                self.assertLess(len(result.stderr), 3000)
                self.assertTrue(result.stderr.isascii())
                self.assertTrue(all(c.isprintable() or c == '\n' for c in result.stderr))

    def compare_verdicts(self, program, words, theirs):
        """`theirs` of a case is what the other program should say."""
        if program is None:
            self.skipTest('the other checker is not installed')
        for case in bad_zones.CASES:
            wanted = theirs(case) or case.verdict
            if wanted == NOT_ASKED:
                continue
            with self.subTest(case.name):
                self.write(bad_zones.text(case))
                result = subprocess.run([program, *words, 'example.org', self.path], capture_output=True)
                self.assertEqual(result.returncode != 0, wanted == REFUSED, result)
                self.assertTrue(case.why or wanted == case.verdict or theirs(case) is None)

    def test_named_checkzone_comes_to_the_same_or_the_table_says_why_not(self):
        self.compare_verdicts(find('named-checkzone'), ('-i', 'local'), lambda case: case.named)

    def test_nsd_checkzone_comes_to_the_same_or_the_table_says_why_not(self):
        self.compare_verdicts(find('nsd-checkzone'), (), lambda case: case.nsd)

    def test_what_is_no_file_is_refused_at_once(self):
        folder = os.path.dirname(self.path)
        pipe = os.path.join(folder, 'pipe')
        os.mkfifo(pipe)
        for path, said in ((self.path, 'No such file'), (folder, 'not a file'), (pipe, 'not a file'),
                           ('/dev/zero', 'not a file'), (self.path + '/x', 'No such file|Not a directory')):
            with self.subTest(path):
                result = run(CHECKZONE, 'example.org', path)
                self.assertEqual((result.returncode, result.stdout), (1, ''))
                self.assertRegex(result.stderr, f'^{re.escape(path)}: ({said})')
                self.write(GOOD + f'$INCLUDE {path}\n', self.path + '.including')
                result = run(CHECKZONE, 'example.org', self.path + '.including')
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, f'including:8: \\$INCLUDE {re.escape(path)}: ({said})')

    def test_a_file_that_may_not_be_read_is_refused(self):
        self.write(GOOD)
        os.chmod(self.path, 0)
        rights = '-dac_override,-dac_read_search'           # by which root reads everything
        result = run('setpriv', '--inh-caps', rights, '--bounding-set', rights, CHECKZONE, 'example.org', self.path)
        self.assertEqual((result.returncode, result.stdout), (1, ''))
        self.assertIn(f'{self.path}: Permission denied', result.stderr)

    def test_an_error_in_an_included_file_has_that_file_and_line(self):
        folder = os.path.dirname(self.path)
        self.write('\n\nx A here\n', f'{folder}/part')
        result = self.check(GOOD + '$INCLUDE part sub\n')
        self.assertEqual(result.returncode, 1)
        self.assertIn(f'{folder}/part:3: x.sub.example.org. A "here"', result.stderr)

    def test_includes_in_a_circle_and_too_deep_ones_are_refused_where_they_stand(self):
        folder = os.path.dirname(self.path)
        self.write('$INCLUDE b\n', f'{folder}/a')
        self.write('\n$INCLUDE a\n', f'{folder}/b')
        result = self.check(GOOD + '$INCLUDE a\n')
        self.assertEqual(result.returncode, 1)
        self.assertIn(f'{folder}/b:2: $INCLUDE {folder}/a: the file includes itself', result.stderr)
        for number in range(20):
            self.write(f'$INCLUDE deep{number + 1}\n', f'{folder}/deep{number}')
        result = self.check(GOOD + '$INCLUDE deep0\n')
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, 'deep9:1: .*more than 10 files deep')

    def test_quiet_says_nothing_and_strict_refuses_warnings(self):
        warned = GOOD + 'sub NS ns.sub\n'
        self.assertEqual(self.check(warned).returncode, 0)
        result = self.check(warned, '-w')
        self.assertEqual(result.returncode, 1)
        self.assertIn('warning: the NS ns.sub.example.org. has no address', result.stderr)
        result = self.check(GOOD + 'x A y\n', '-q')
        self.assertEqual((result.returncode, result.stdout, result.stderr), (1, '', ''))

    def test_what_it_prints_reads_back_to_the_same(self):
        first = self.check(GOOD + '$GENERATE 1-20 h$ A 192.0.2.$\n', '-D')
        self.assertEqual(first.returncode, 0)
        self.assertEqual(len(first.stdout.splitlines()), 25)
        self.assertEqual(self.check(first.stdout, '-D').stdout, first.stdout)

    def test_wrong_usage_is_status_2_and_help_is_help(self):
        self.assertEqual(run(CHECKZONE, 'example.org').returncode, 2)
        self.assertEqual(run(CHECKZONE, '-z', 'example.org', '/dev/null').returncode, 2)
        self.assertIn('Usage: rootwalk-checkzone', run(CHECKZONE, '--help').stdout)


if __name__ == '__main__':
    unittest.main()
