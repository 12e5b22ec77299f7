"""Why did this name fail? By the id in the extended error that dig prints, long after, without a trace switched on."""
import json
import re

import wire
from support import CONTROL, OPTIONS, WithOwnDaemon, ask, not_by_stand_in, run

BROKEN = 'www.dead.lab'     # its servers do not answer


@not_by_stand_in
class Failures(WithOwnDaemon):
    def setUp(self):
        super().setUp()
        self.daemon = self.daemon_with()
        self.daemon.socket = f'{self.daemon.folder}/control'
        # Nobody at these addresses answers: they are this host's, and nothing listens on their port.
        self.daemon.configure(OPTIONS, f'''controls {{ unix "{self.daemon.socket}" perm 0600; }};
            zone "dead.lab" {{ type static-stub; server-addresses {{ 127.0.0.77; }}; }};''')
        self.daemon.launch()

    def control(self, *words):
        return run(CONTROL, '-s', self.daemon.socket, *words)

    def rows(self, *words):
        return [json.loads(line) for line in self.control(*words).stdout.splitlines()]

    def failed_id(self, name=BROKEN):
        output = run('dig', '@127.0.0.1', name, 'A', '+tries=1', '+timeout=15').stdout
        self.assertIn('status: SERVFAIL', output)
        found = re.search(r'EDE: \d+ .*; id ([0-9a-f]{7})\)', output)
        self.assertIsNotNone(found, output)
        return found.group(1)

    def test_the_id_that_dig_prints_shows_what_happened(self):
        id = self.failed_id()
        result = self.control('failures', id)
        self.assertEqual(result.returncode, 0, result)
        self.assertRegex(result.stdout, rf'id +{id}\n')
        self.assertRegex(result.stdout, r'last client  127\.0\.0\.1#\d+\n')
        self.assertRegex(result.stdout, r'ms  3 access   allow-recursion: allowed for 127\.0\.0\.1#\d+, by ')
        self.assertRegex(result.stdout, rf'ms  4 question {BROKEN}\. A\n')
        self.assertRegex(result.stdout, r'7 ask      127\.0\.0\.77#53 for zone dead\.lab\.')
        last = result.stdout.rstrip('\n').split('\n')[-1]
        self.assertRegex(last, rf'^{BROKEN}\. A: SERVFAIL; culprit: zone dead\.lab\., server 127\.0\.0\.77#53: '
                               rf'its servers .*; id {id}$')

    def test_a_failure_out_of_the_cache_has_the_same_id(self):
        id = self.failed_id()
        self.assertEqual(self.failed_id(), id)
        self.assertEqual(self.failed_id('other.dead.lab'), id)

    def test_failures_are_listed_the_last_first_and_filtered(self):
        id = self.failed_id()
        result = self.control('failures')
        self.assertEqual(result.returncode, 0, result)
        self.assertTrue(result.stdout.startswith(f'{id}  '), result.stdout)
        for words, shown in (('--name', 'dead.lab'), True), (('--name', 'example.org'), False), \
                            (('--since', '1h'), True), (('--client', '127.0.0.1'), True), \
                            (('--client', '192.0.2.1'), False):
            self.assertEqual(id in self.control('failures', *words).stdout, shown, words)

    def test_they_are_json_too(self):
        id = self.failed_id()
        listed = self.rows('failures', '--json')
        self.assertEqual([row['id'] for row in listed[:-1]], [id])
        self.assertEqual(listed[0]['culprit']['zone'], 'dead.lab.')
        self.assertEqual(listed[-1]['status'], 'ok')
        failure, *events, last = self.rows('failures', id, '--json')
        self.assertEqual((failure['row'], failure['id'], failure['count']), ('failure', id, 1))
        self.assertEqual({row['row'] for row in events}, {'event'})
        self.assertEqual(events[-1]['event'], 'failure')
        self.assertEqual(events[-1]['culprit'], failure['culprit'])
        self.assertEqual(last['culprit'], failure['culprit'])
        self.assertEqual([event['time_us'] for event in events],
                         sorted(event['time_us'] for event in events))

    def test_an_id_that_is_none_and_one_that_is_not_known_are_told(self):
        for word, why, status in ('xyz', 'seven digits', 2), ('0000001', 'no such failure', 1):
            result = self.control('failures', word)
            self.assertEqual(result.returncode, status, result)
            self.assertIn(why, result.stderr)

    def test_what_succeeds_is_not_recorded(self):
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.assertNotIn('example.org', self.control('failures').stdout)
