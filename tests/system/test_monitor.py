"""monitor and top: queries as they are answered, and all of them each second; as text, as JSON, and over a terminal."""
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import wire
from support import CONTROL, PATIENCE, ROOT, ask, not_by_stand_in, poll, run
from test_control import Controlled, schema

QUERY = (r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z 127\.0\.0\.1#\d+ (udp|tcp) (\S+) (\S+) (\S+) (?:ede (\d+) )?'
         r'(cache|walk|local|itself) us \d+ octets \d+$')


class Lines:
    """What a command that goes on says, line by line."""

    def __init__(self, test, *words):
        self.lines = []
        self.process = subprocess.Popen([CONTROL, '-s', test.path, *words], stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self.read)
        self.thread.start()
        test.addCleanup(self.end)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()

    def until(self, condition, what):
        return poll(lambda: next((line for line in self.lines if condition(line)), None), what)


@not_by_stand_in
class Monitor(Controlled):
    def watch(self, *words):
        """Watches, from the moment on when all workers know of it."""
        watching = Lines(self, 'monitor', *words)
        if '--failures' in words:
            probe = 'probe.dead.lab', wire.A
        else:
            probe = ('probe.' + (words[words.index('--tree') + 1] if '--tree' in words else 'home.lab')), wire.A
            if '--type' in words:
                probe = probe[0], getattr(wire, words[words.index('--type') + 1])
        def shows():
            for _ in range(8):      # whichever worker gets it
                ask(*probe)
            return sum('probe.' in line for line in watching.lines) >= 16
        poll(shows, 'the monitor watches')
        return watching

    def test_each_answer_is_a_line(self):
        watching = self.watch()
        ask('www.example.org')
        ask('www.example.org')
        ask('www.example.org', tcp=True)
        ask('nope.example.org', wire.MX)
        ask('version.bind', wire.TXT, klass=wire.CH)
        ask('ns.home.lab')
        watching.until(lambda line: 'ns.home.lab.' in line, 'the last one is shown')
        lines = [line for line in watching.lines if 'probe' not in line]
        self.assertEqual([re.sub(QUERY, r'\1 \2 \3 \4 \5 \6', line) for line in lines], [
            'udp www.example.org. A NOERROR  walk', 'udp www.example.org. A NOERROR  cache',
            'tcp www.example.org. A NOERROR  cache', 'udp nope.example.org. MX NXDOMAIN  walk',
            'udp version.bind. TXT NOERROR  itself', 'udp ns.home.lab. A REFUSED 18 itself'])

    def test_as_json_with_what_is_not_a_question(self):
        watching = self.watch('--json')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.sendto(b'\x12\x34\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00', ('127.0.0.1', 53))
            s.recv(512)
        ask('dead.lab')
        watching.until(lambda line: '"dead.lab."' in line, 'the failure is shown')
        rows = [json.loads(line) for line in watching.lines if 'probe' not in line]
        for row in rows:
            error = next(schema().iter_errors(row), None)
            self.assertIsNone(error, f'{row}: {error and error.message}')
        malformed, failed = rows
        self.assertEqual((malformed['rcode'], malformed['from'], malformed['octets']), ('FORMERR', 'itself', 12))
        self.assertNotIn('name', malformed)
        self.assertEqual((failed['name'], failed['type'], failed['rcode'], failed['from'], failed['transport']),
                         ('dead.lab.', 'A', 'SERVFAIL', 'walk', 'udp'))
        self.assertGreater(failed['ede'], 0)
        self.assertGreater(failed['took_us'], 10)

    def test_only_what_is_asked_for_is_shown(self):
        for words, name, kind in ((('--tree', 'EXAMPLE.org'), 'www.example.org.', wire.A),
                                  (('--type', 'MX'), 'www.example.org.', wire.MX),
                                  (('--failures',), 'x.dead.lab.', wire.A),
                                  (('--client', '127.0.0.1', '--tree', 'example.org'), 'www.example.org.', wire.A)):
            with self.subTest(words):
                watching = self.watch(*words)
                ask('www.example.net')
                ask('example.orgs')
                ask(name.rstrip('.'), kind)
                watching.until(lambda line: f' {name} ' in line, 'it is shown')
                others = [line for line in watching.lines if 'probe.' not in line and f' {name} ' not in line]
                self.assertEqual(others, [])
                watching.end()
        nobody = Lines(self, 'monitor', '--client', '192.0.2.1')
        everybody = self.watch()
        ask('www.example.org')
        everybody.until(lambda line: 'www.example.org.' in line, 'it is shown')
        self.assertEqual(nobody.lines, [])

    def test_who_does_not_read_misses_what_comes_meanwhile_and_is_told_how_much(self):
        with socket.socket(socket.AF_UNIX) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(PATIENCE)
            slow.connect(self.path)
            slow.sendall(b'monitor --json\n')
            other = self.watch()
            for _ in range(6000):
                ask('www.example.org')
            poll(lambda: sum('www.example.org.' in line for line in other.lines) == 6000, 'who reads sees all')
            data = b''
            while b'"row":"missed"' not in data:
                data += slow.recv(65536)
        missed = next(json.loads(line) for line in data.splitlines() if b'"missed"' in line)
        self.assertIsNone(next(schema().iter_errors(missed), None))
        self.assertGreater(missed['count'], 0)

    def test_eight_may_watch_and_places_are_given_back(self):
        for _ in range(3):
            watching = []
            def full():
                """Eight are alive, and the ninth, begun when they were, has ended."""
                alive = [each for each in watching if each.process.poll() is None]
                if len(alive) == 8 and watching[-1].process.poll() == 1 and len(watching) > 8:
                    return True
                if len(alive) < 9:
                    watching.append(Lines(self, 'monitor'))
                    try:
                        watching[-1].process.wait(0.1)
                    except subprocess.TimeoutExpired:
                        pass
                return False
            poll(full, 'the ninth is refused')
            for each in watching:
                each.end()
        self.watch()

    def test_the_daemon_ends_with_connections_of_all_kinds_and_loses_no_memory(self):
        """It is the sanitizers that see this fail."""
        held = []
        for line in b'top\n', b'top --json\n', b'monitor\n', b'cache load\n', b'sta', b'':
            s = socket.socket(socket.AF_UNIX)
            self.addCleanup(s.close)
            s.connect(self.path)
            s.sendall(line)
            held.append(s)
        for s in held[:2]:
            self.assertTrue(s.recv(1))
        self.assertEqual(self.daemon.stop(), 0)

    def test_the_daemon_ends_while_somebody_watches(self):
        watching = self.watch()
        top = Lines(self, 'top', '--json')
        top.until(lambda line: '"top"' in line, 'it is shown')
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(watching.process.wait(PATIENCE), 3)


@not_by_stand_in
class Top(Controlled):
    def test_rows_of_each_second_as_json_and_as_text(self):
        watching, text = Lines(self, 'top', '--json'), Lines(self, 'top')
        poll(lambda: watching.lines and text.lines, 'the first row comes')
        for _ in range(50):
            ask('www.example.org')
        ask('dead.lab')
        def busy(line):
            row = json.loads(line)
            return row['questions'] >= 51 and row['failures'] and row
        row = json.loads(watching.until(busy, 'a row with all of it'))
        error = next(schema().iter_errors(row), None)
        self.assertIsNone(error, f'{row}: {error and error.message}')
        self.assertEqual(row['names']['list'][0]['key'], 'www.example.org.')
        self.assertEqual(row['clients']['list'][0]['key'], '127.0.0.1')
        self.assertIn('example.org.', [each['key'] for each in row['zones']['list']])
        self.assertEqual((row['failures'][0]['name'], row['failures'][0]['type']), ('dead.lab.', 'A'))
        silent = row['servers'][0]
        self.assertEqual((silent['address'], silent['timeouts'] > 0), ('127.0.0.77#53', True), row['servers'])
        rates = [json.loads(line) for line in watching.lines]
        self.assertGreater(sum(row['questions_per_second'] for row in rates), 10)
        self.assertGreater(max(row['hit_ratio'] for row in rates), 0.5)
        self.assertTrue(all(abs(row['interval_us'] - 1e6) < 5e5 for row in rates[1:]), rates)
        self.assertRegex(text.lines[-1], r'^questions/s \d+ hits \d+\.\d% SERVFAIL/s \d+ waiting \d+ ')


@not_by_stand_in
class Screen(Controlled):
    """rootwalkctl top in a terminal of tmux's."""

    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which('tmux'), 'tmux is missing: scripts/deps test')
        self.folder = tempfile.mkdtemp(prefix='rootwalk-tmux-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(self.tmux, 'kill-server', check=False)
        self.tmux('new-session', '-d', '-s', 'top', '-x', '80', '-y', '24',
                  'env', 'PS1=$ ', 'ASAN_OPTIONS=detect_leaks=0', 'sh')      # curses keeps what it has of the terminal

    def tmux(self, *words, check=True):
        environment = dict(os.environ, LC_ALL='C.UTF-8', TERM='xterm')
        environment.pop('TMUX', None)
        return run('tmux', '-S', f'{self.folder}/socket', '-f', '/dev/null', *words, check=check, env=environment).stdout

    def screen(self):
        return self.tmux('capture-pane', '-p', '-t', 'top')

    def keys(self, *keys):
        self.tmux('send-keys', '-t', 'top', *keys)

    def shows(self, pattern):
        def matching():
            screen = self.screen()
            return re.search(pattern, screen) and screen
        try:
            return poll(matching, f'the screen shows {pattern}')
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.screen()}') from None

    def start(self):
        self.keys(f'{CONTROL} -s {self.path} top', 'Enter')
        self.shows('queries/s')

    def test_top_shows_what_is_busy_sorts_pauses_and_explains(self):
        self.start()
        for name in ['www.example.org'] * 60 + ['www.example.net'] * 20 + ['nope.example.org', 'dead.lab']:
            ask(name)
        screen = self.shows(r'dead\.lab\.[^$]*\n.* q quit')
        self.assertEqual(len(screen.rstrip('\n').split('\n')), 24)
        self.assertRegex(screen, r'Busiest names by count +Busiest clients by count')
        self.assertRegex(screen, r'\n[ 0-9.]+% +www\.example\.org\. +[ 0-9.]+% +127\.0\.0\.1')
        self.assertRegex(screen, r'silent \d+ +127\.0\.0\.77#53')
        self.assertRegex(screen, r'(?m)^walks +.*[▁-█].*50% \d+[um]s 99% \d+[um]?s$')
        if 'ROOTWALK_SCREENSHOTS' in os.environ:         # make screenshots
            with open(f'{os.environ["ROOTWALK_SCREENSHOTS"]}/top.txt', 'w') as f:
                f.write('\n'.join(line.rstrip() for line in screen.split('\n')).rstrip('\n') + '\n')

        def titles(text):
            return re.findall(r'(?m)^[a-z]+/?[a-z]*(?: [a-z]+)?(?=[/ ])|Busiest \w+ by \w+|\w+ by \w+', text)
        with open(f'{ROOT}/docs/top.txt') as f:
            self.assertEqual(titles(f.read()), titles(screen), 'docs/top.txt is old: make screenshots')
        self.keys('s')
        self.shows('Busiest names by name')
        self.keys('s', 'p')
        self.shows('PAUSED')
        self.keys('p', 'Tab', 'Tab', 'Tab', 'Tab', 'z')
        self.shows(r'Failures by time *\n +\d+x +dead\.lab\. +A ')
        self.keys('e')
        self.shows(r'dead\.lab(?s:.*)q back')
        self.keys('q')
        self.shows('Failures by time')
        self.keys('q')
        self.shows(r'(?m)^\$ *$')

    def test_a_name_from_anywhere_cannot_move_the_terminal(self):
        self.start()
        for _ in range(30):
            ask('a\x1b[2J\x07.example.org')
        self.shows(r'a\\027\[2j\\007\.example\.org')

    def test_the_daemon_ends_and_the_terminal_is_as_before(self):
        self.start()
        self.daemon.stop()
        self.shows(r'rootwalkctl: the daemon hung up')
        self.keys('echo still "he"re', 'Enter')
        self.shows('\nstill here')

    def test_sizes_and_terminals_that_it_cannot_draw_on(self):
        self.start()
        for x, y in (20, 5), (200, 60), (1, 1), (80, 24):
            self.tmux('resize-window', '-t', 'top', '-x', str(x), '-y', str(y))
        self.shows('queries/s')
        self.keys('q')
        self.shows(r'(?m)^\$ *$')
        self.keys(f'TERM=dumb {CONTROL} -s {self.path} top; echo status $?', 'Enter')
        self.shows(r'TERM is "\s*dumb')
        self.shows('status 1')
