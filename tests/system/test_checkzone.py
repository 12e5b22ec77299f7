"""rootwalk-checkzone: what administrators see of zones/."""
import os
import tempfile
import unittest

from support import DAEMON, run

CHECKZONE = os.path.join(os.path.dirname(DAEMON), 'rootwalk-checkzone')
GOOD = """$TTL 1h
@   IN SOA ns1 hostmaster (
        2026112201 3h 1h 1w 1h )
    NS ns1
    MX 10 mail
ns1 A 192.0.2.1
mail A 192.0.2.2
"""


class Checkzone(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'example.org.zone')

    def check(self, text, *flags):
        with open(self.path, 'w', encoding='latin-1') as file:
            file.write(text)
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

    def test_each_error_has_file_and_line_and_the_status_is_1(self):
        cases = {
            'bad A 300.1.1.1\n': (8, 'not an IPv4 address'),
            'a.example.net. A 192.0.2.1\n': (8, 'outside of the zone'),
            'mail CNAME ns1\n': (7, 'CNAME .* and other data'),
            '$INCLUDE nowhere.zone\n': (8, 'No such file'),
            '@ SOA a b 1 2 3 4 5\n': (8, 'a second SOA'),
            'x TXT "' + 'y' * (10 << 20) + '"\n': (8, 'a record of more than'),
            'x TXT \0\n': (8, 'no text'),
        }
        for text, (line, said) in cases.items():
            with self.subTest(text=text[:20]):
                result = self.check(GOOD + text)
                self.assertEqual((result.returncode, result.stdout), (1, ''))
                self.assertRegex(result.stderr, fr'{self.path}:{line}: .*{said}')
                self.assertLess(len(result.stderr), 2000)

    def test_a_zone_without_soa_and_a_missing_file(self):
        result = self.check('$TTL 60\n@ NS ns.example.net.\n')
        self.assertEqual(result.returncode, 1)
        self.assertIn('has no SOA record', result.stderr)
        result = run(CHECKZONE, 'example.org', self.path + '.not')
        self.assertEqual(result.returncode, 1)
        self.assertIn(f'{self.path}.not: No such file', result.stderr)

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
