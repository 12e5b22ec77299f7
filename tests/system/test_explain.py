"""What happens to a question, shown as it happens; kept in a file, and played again."""
import json
import os
import re
import socket
import subprocess
import tempfile
import time

import wire
from support import CONTROL, DAEMON, WithOwnDaemon, ask, not_by_stand_in, poll, run

SILENT = 'www.silent.example.org'
OPTIONS = '''listen-on { any; }; dnssec-validation no; allow-query { any; };
    allow-recursion { !192.0.2.0/24; any; };'''


class WithControl(WithOwnDaemon):
    def setUp(self):
        super().setUp()
        self.daemon = self.daemon_with()
        self.socket = f'{self.daemon.folder}/control'
        self.daemon.configure(OPTIONS, f'controls {{ unix "{self.socket}" perm 0600; }};')
        self.daemon.launch()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def control(self, *words):
        return run(CONTROL, '-s', self.socket, *words)

    def lines(self, *words):
        result = self.control(*words)
        self.assertEqual(result.returncode, 0, result)
        return result.stdout.rstrip('\n').split('\n')

    def rows(self, *words):
        return [json.loads(line) for line in self.lines(*words, '--json')]

    def connection(self, line):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.socket)
        s.sendall(line.encode() + b'\n')
        return s

    def threads(self):
        return len(os.listdir(f'/proc/{self.daemon.process.pid}/task'))


@not_by_stand_in
class Explain(WithControl):
    def test_each_step_has_its_number_and_the_last_line_is_what_it_came_to(self):
        lines = self.lines('explain', 'www.example.org')
        steps = [line.split(' ms  ')[1].split()[:2] for line in lines if ' ms  ' in line]
        self.assertEqual(steps[0], ['3', 'access'])
        for step in ['4', 'question'], ['4', 'cache'], ['6', 'from'], ['7', 'pick'], ['7', 'ask'], \
                ['7', 'answer'], ['7', 'down'], ['8', 'keep'], ['8', 'done']:
            self.assertIn(step, steps)
        self.assertEqual(lines[-2:], ['www.example.org. 3600 IN A 203.0.113.10', 'www.example.org. A: NOERROR'])

    def test_it_is_json_too(self):
        *rows, record, last = self.rows('explain', 'www.example.org', 'A')
        self.assertEqual({row['row'] for row in rows}, {'event'})
        self.assertEqual({row['step'] for row in rows}, {3, 4, 5, 6, 7, 8})
        self.assertEqual(record, {'row': 'record', 'record': 'www.example.org. 3600 IN A 203.0.113.10'})
        self.assertEqual(last, {'status': 'ok', 'rcode': 'NOERROR'})
        times = [row['time_us'] for row in rows]
        self.assertEqual(times, sorted(times))

    def test_nothing_of_it_is_kept(self):
        self.lines('explain', 'www.example.org')
        lines = self.lines('explain', 'www.example.org')
        self.assertTrue(any('cache    miss: www.example.org. A' in line for line in lines), lines)

    def test_what_the_cache_holds_is_used_and_not_with_cold(self):
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        warm = self.lines('explain', 'www.example.org')
        self.assertTrue(any(re.search(r'hit: www\.example\.org\. A .*, from [0-9a-f.:]+$', line) for line in warm), warm)
        hit = [row for row in self.rows('explain', 'www.example.org') if row.get('event') == 'cache-hit']
        self.assertRegex(hit[0]['address'], r'^[0-9a-f.:]+$')
        self.assertFalse(any('7 ask' in line for line in warm), warm)
        cold = self.lines('explain', 'www.example.org', '--cold')
        self.assertTrue(any('root hints' in line for line in cold), cold)
        below = self.lines('explain', 'mail.example.org')
        self.assertTrue(any('example.org. is the closest zone known (cache)' in line for line in below), below)

    def test_zones_of_ours_come_before_the_cache_as_they_do_for_clients(self):
        with open(f'{self.folder}/home.zone', 'w') as f:
            f.write('$TTL 60\n@ SOA ns admin 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nout CNAME www.example.org.\n')
        self.daemon.configure(OPTIONS + ' recursion yes;', f'''controls {{ unix "{self.socket}" perm 0600; }};
            zone "home.lab" {{ type primary; file "{self.folder}/home.zone"; }};''')
        self.lines('reload')

        def steps(name):
            lines = [line.split(' ms  ')[1] for line in self.lines('explain', name) if ' ms  ' in line]
            return [' '.join(line.split()[:2]) for line in lines if not line.startswith('3')], lines
        words, lines = steps('ns.home.lab')
        self.assertEqual(words, ['5 local', '4 question', '5 local', '8 left', '8 done'], lines)
        self.assertIn('zone home.lab.: it is ours', lines[[line[0] for line in lines].index('5')])
        words, lines = steps('www.example.org')
        self.assertEqual(words[:3], ['5 local', '4 question', '4 cache'], lines)
        self.assertIn('in no zone of ours', ''.join(lines))
        words, lines = steps('out.home.lab')
        self.assertEqual(words[:3], ['5 local', '4 question', '5 local'], lines)
        self.assertLess(words.index('5 local'), words.index('4 cache'))    # that of the alias' target

    def test_a_failure_names_the_culprit_and_leaves_no_trace(self):
        last = self.lines('explain', 'www.lame.example.org')[-1]
        self.assertRegex(last, r'^www\.lame\.example\.org\. A: SERVFAIL; culprit: zone lame\.example\.org\.'
                               r'.*its servers do not serve it')
        last = self.rows('explain', 'www.lame.example.org')[-1]
        self.assertEqual((last['rcode'], last['culprit']['zone'], last['culprit']['blame']),
                         ('SERVFAIL', 'lame.example.org.', 'lame'))
        self.assertEqual(self.control('failures').stdout, '')

    def test_it_comes_as_it_happens(self):
        with subprocess.Popen([CONTROL, '-s', self.socket, 'explain', SILENT], text=True,
                              stdout=subprocess.PIPE) as process:
            started = time.monotonic()
            for line in process.stdout:
                if 'ask      198.51.100.99' in line:
                    break
            self.assertIsNone(process.poll())
            asked = time.monotonic() - started
            rest = process.stdout.read()
        self.assertGreater(time.monotonic() - started, asked + 1)
        self.assertIn('silent', rest)

    def test_a_client_that_may_not_ask_is_told_the_statement_and_its_line(self):
        lines = self.lines('explain', 'www.example.org', '--as', '192.0.2.7')
        self.assertRegex(lines[-1], r'^www\.example\.org\. A: REFUSED; culprit: this resolver: the client may not '
                                    r'ask: allow-query(-cache)?(, .*:\d+)?$')
        last = self.rows('explain', 'www.example.org', '--as', '192.0.2.7')[-1]
        self.assertEqual((last['rcode'], last['culprit']['blame']), ('REFUSED', 'access'))

    def test_what_cannot_be_asked_is_told(self):
        for words, why in ((['explain'], 'NAME'), (['explain', 'a..b'], 'a..b'),
                           (['explain', 'example.org', 'ANY'], 'ANY is no type of record'),
                           (['explain', 'example.org', 'NIX'], 'NIX'),
                           (['explain', 'example.org', '--cold', '--warm'], 'exclude each other'),
                           (['explain', 'example.org', '--as', 'me'], 'me'),
                           (['explain', 'example.org', '--code'], '--cold')):
            result = self.control(*words)
            self.assertIn(result.returncode, (1, 2), result)
            self.assertIn(why, result.stderr)

    def test_who_hangs_up_at_once_leaves_nothing_behind_that_is_read(self):
        """It is the sanitizers that see this fail: the question's thread reads what the connection had."""
        for _ in range(100):
            self.connection(f'explain {"x" * 60}.example.org').close()
        poll(lambda: self.control('explain', 'www.example.org').returncode == 0, 'another is explained')

    def test_who_hangs_up_ends_it(self):
        threads = self.threads()
        s = self.connection(f'explain {SILENT}')
        self.assertTrue(s.recv(100))
        self.assertEqual(self.threads(), threads + 1)
        s.close()
        poll(lambda: self.threads() == threads, 'the thread of the question is gone')
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)

    def test_four_at_a_time_and_clients_are_not_disturbed(self):
        connections = [self.connection(f'explain {SILENT}') for _ in range(12)]
        answers = []
        for s in connections:
            with s.makefile() as f:
                answers.append(f.readline())
                started = time.monotonic()
                self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
                self.assertLess(time.monotonic() - started, 1)
        self.assertEqual(sum(' ms  ' in answer for answer in answers), 4, answers)
        self.assertEqual(sum(answer.startswith('error: too many questions are watched') for answer in answers), 8)
        for s in connections:
            s.close()
        poll(lambda: 'NOERROR' in self.control('explain', 'www.example.org').stdout, 'there is room again')

    def test_a_flood_of_them_leaves_no_memory_behind(self):
        def resident():
            with open(f'/proc/{self.daemon.process.pid}/statm') as f:
                return int(f.read().split()[1]) * 4096

        def flood(count):
            for i in range(count):
                s = self.connection(f'explain n{i}.example.org' + (' --cold --json' if i % 3 else ''))
                if i % 2:
                    s.recv(4096)
                s.close()
            poll(lambda: 'NOERROR' in self.control('explain', 'www.example.org').stdout, 'there is room again')
        flood(100)
        before, files = resident(), len(os.listdir(f'/proc/{self.daemon.process.pid}/fd'))
        flood(400)
        self.assertLess(resident() - before, 16 << 20)
        self.assertLessEqual(len(os.listdir(f'/proc/{self.daemon.process.pid}/fd')), files + 20)

    def test_the_daemon_ends_while_it_is_asked(self):
        s = self.connection(f'explain {SILENT}')
        self.assertTrue(s.recv(100))
        self.daemon.stop()
        s.close()


@not_by_stand_in
class Captures(WithControl):
    def capture(self, name, *words):
        path = f'{self.folder}/{name}'
        result = self.control('capture', name, path, *words)
        self.assertEqual(result.returncode, 0, result)
        self.assertIn(f'rootwalk --replay {path}', result.stdout)
        return path

    def replay(self, path, *words):
        return run(DAEMON, '--replay', path, *words)

    def test_what_failed_fails_again_in_the_same_way(self):
        ask('www.example.org')
        for name in 'www.lame.example.org', 'loop1.example.org', SILENT:
            path = self.capture(name)
            first, second = self.replay(path), self.replay(path)
            self.assertEqual(first.returncode, 0, first)
            self.assertRegex(first.stdout, rf'\n{name}\. A: SERVFAIL; culprit: ')
            self.assertEqual(first.stdout, second.stdout)

    def test_a_replay_prints_what_explain_prints(self):
        shape = [line.split(' ms  ')[-1].split()[:2] for line in
                 self.replay(self.capture('shop.example.com', '--cold')).stdout.split('\n')]
        for step in ['3', 'access'], ['4', 'question'], ['7', 'ask'], ['7', 'alias'], ['8', 'done']:
            self.assertIn(step, shape)

    def test_it_is_json_too(self):
        path = f'{self.folder}/x'
        said = json.loads(self.control('capture', 'www.example.org', path, '--json').stdout)
        self.assertEqual((said['status'], said['rcode'], said['file']), ('ok', 'NOERROR', path))
        self.assertEqual(said['octets'], os.path.getsize(path))
        *rows, last = [json.loads(line) for line in self.replay(path, '--json').stdout.splitlines()]
        self.assertEqual(last, {'status': 'ok', 'rcode': 'NOERROR', 'events': said['events'],
                                'packets': said['packets']})
        self.assertEqual({row['row'] for row in rows}, {'event'})

    def test_a_client_is_in_it_only_where_it_may_be(self):
        self.assertIn('198.51.100.77', self.replay(self.capture('www.example.org', '--as', '198.51.100.77')).stdout)
        self.assertNotIn('198.51.100.77', self.replay(self.capture('www.example.org', '--as', '198.51.100.77',
                                                                   '--anonymize')).stdout)

    def test_a_file_that_is_none_is_refused(self):
        path = self.capture('www.example.org')
        with open(path, 'rb') as f:
            octets = f.read()
        damaged = bytearray(octets)
        damaged[len(octets) // 2] ^= 1
        version = bytearray(octets)
        version[9] += 1
        for content, why in ((b'', 'no capture'), (b'hello', 'no capture'), (octets[:-1], 'torn'),
                             (octets + b'x', 'torn'), (octets[:20], 'torn'), (bytes(damaged), 'damaged'),
                             (bytes(version), 'another version')):
            with open(path, 'wb') as f:
                f.write(content)
            result = self.replay(path)
            self.assertEqual((result.returncode, result.stdout), (2, ''), result)
            self.assertIn(why, result.stderr)
            self.assertEqual(result.stderr.count('\n'), 1)
        self.assertEqual(self.replay(f'{self.folder}/absent').returncode, 2)

    def test_it_is_written_whole_or_not_at_all(self):
        result = self.control('capture', 'www.example.org', f'{self.folder}/no/file')
        self.assertEqual(result.returncode, 1, result)
        self.assertIn('cannot write', result.stderr)
        path = self.capture('www.example.org')
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(self.folder), [os.path.basename(path)])
        result = self.control('capture', 'www.example.org', path, '--as', '192.0.2.7')
        self.assertEqual(result.returncode, 1, result)
        self.assertIn('may not ask', result.stderr)
        self.assertEqual(self.replay(path).returncode, 0)
