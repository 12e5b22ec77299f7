"""What is trusted: mistakes in it keep the daemon from starting, and a reload from being taken; state files; negative
trust anchors; a clock that is wrong."""
import subprocess
import unittest

from support import CONTROL, STAND_IN, Daemon, poll

DIGEST = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'
MISTAKES = (
    (f'trust-anchors {{ example static-ds 1 8 2 "{DIGEST[2:]}"; }};', 'length of its type'),
    (f'trust-anchors {{ example static-ds 1 99 2 "{DIGEST}"; }};', 'the algorithm is unknown'),
    ('trust-anchors { example static-key 257 3 8 "AwEAAQ=="; };', 'not a key of its algorithm'),
    (f'trust-anchors {{ . initial-ds 20326 8 2 "F{DIGEST[1:]}"; }};', "differs from the root's key 20326"),
)


@unittest.skipIf(STAND_IN, 'the words are ours')
class Trust(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon('dnssec-validation auto; listen-on { 127.0.0.1; }; listen-on-v6 { none; };')
        self.addCleanup(self.daemon.remove)
        self.addCleanup(self.daemon.stop)
        self.more = f'controls {{ unix "{self.daemon.folder}/control"; }};'
        self.options = 'dnssec-validation auto; listen-on { 127.0.0.1; }; listen-on-v6 { none; };'
        self.daemon.configure(self.options, self.more)

    def control(self, *words):
        done = subprocess.run([CONTROL, '-s', f'{self.daemon.folder}/control', *words], capture_output=True, text=True,
                              timeout=10)
        return done.returncode, done.stdout + done.stderr

    def said(self, part):
        return part in self.daemon.text()

    def test_a_wrong_trust_anchor_keeps_the_daemon_from_starting(self):
        for statement, reason in MISTAKES:
            self.daemon.configure(self.options, self.more + '\n' + statement)
            self.daemon.launch(wait=False)
            self.assertEqual(self.daemon.process.wait(10), 1)
            self.assertIn(reason, self.daemon.text())
            self.assertIn(f'{self.daemon.conf}:2:', self.daemon.text())

    def test_a_reload_with_a_wrong_trust_anchor_changes_nothing(self):
        self.daemon.launch()
        for statement, reason in MISTAKES:
            self.daemon.configure(self.options, self.more + '\n' + statement)
            status, text = self.control('reload')
            self.assertEqual(status, 1)
            self.assertIn(reason, text)
            status, text = self.control('anchors')
            self.assertEqual((status, text.count('\n')), (0, 2))
            self.assertIn('key 20326 algorithm 8 valid', text)
            self.assertIn('key 38696 algorithm 8 valid', text)

    def test_a_state_file_that_is_none_leaves_the_anchors_that_are_built_in(self):
        with open(f'{self.daemon.folder}/ROOT.keys', 'w') as f:
            f.write('rootwalk trust anchors, format 1\nzone .\nchecked 17')
        self.daemon.launch()
        lines = [line for line in self.daemon.text().splitlines() if 'ROOT.keys' in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn('cannot be used', lines[0])
        self.assertIn('key 20326 algorithm 8 valid', self.control('anchors')[1])

    def test_negative_trust_anchors_come_stay_over_a_reload_and_end(self):
        self.daemon.launch()
        self.assertEqual(self.control('nta', 'add', 'Broken.Example', '2s')[0], 0)
        self.assertEqual(self.control('nta', '-l', '1w', 'other.example')[0], 0)
        self.assertEqual(self.control('nta', 'add', 'other.example', '8d')[0], 2)
        self.assertEqual(self.control('reload')[0], 0)
        text = self.control('nta', 'list')[1]
        self.assertIn('other.example. until 2', text)
        poll(lambda: 'broken.example' not in self.control('nta', '-dump')[1], 'the negative trust anchor ends')
        self.assertTrue(self.said('negative trust anchor broken.example. has ended'))
        self.assertEqual(self.control('nta', 'del', 'other.example')[0], 0)
        self.assertEqual(self.control('nta', '-remove', 'other.example')[0], 1)
        self.assertEqual(self.control('nta', 'list'), (0, ''))


if __name__ == '__main__':
    unittest.main()
