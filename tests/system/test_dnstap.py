"""dnstap: the messages as readers of frame streams see them; a reader that does not read changes nothing."""
import os
import re
import shutil
import socket
import subprocess
import time

import wire
from support import OPTIONS, PATIENCE, ask, not_by_stand_in, poll, run
from test_operation import Operated


def read(path):
    assert shutil.which('dnstap-read'), 'dnstap-read is missing: scripts/deps test'
    result = run('dnstap-read', path)
    assert result.returncode == 0, result
    return result.stdout.splitlines()


@not_by_stand_in
class Dnstap(Operated):
    def tapped(self, what, output, flags=('-n', '2'), more=''):
        return self.operated(OPTIONS + f' dnstap {{ {what} }}; dnstap-output {output}; {more}', flags=flags)

    def test_messages_of_clients_and_servers_go_to_a_file(self):
        daemon = self.tapped('all;', 'file "tap"', more='dnstap-identity "it is me"; dnstap-version "1";').launch()
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.assertEqual(ask('www.example.org', tcp=True).rcode, wire.NOERROR)
        self.assertEqual(daemon.stop(), 0)
        lines = read(f'{daemon.folder}/tap')
        for what, count in ((r' CQ 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:53 UDP \d+b www\.example\.org/IN/A', 1),
                            (r' CR 127\.0\.0\.1:\d+ <- 127\.0\.0\.1:53 UDP \d+b www\.example\.org/IN/A', 1),
                            (r' CQ 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:53 TCP \d+b www\.example\.org/IN/A', 1),
                            (r' CR 127\.0\.0\.1:\d+ <- 127\.0\.0\.1:53 TCP \d+b www\.example\.org/IN/A', 1)):
            self.assertEqual(sum(bool(re.search(what, line)) for line in lines), count, (what, lines))
        asked = [line for line in lines if re.search(r' RQ \? -> \S+:53 UDP \d+b ', line)]
        answered = [line for line in lines if re.search(r' RR \? <- \S+:53 UDP \d+b ', line)]
        self.assertGreaterEqual(len(asked), len(answered))
        self.assertGreater(len(answered), 2)
        whole = run('dnstap-read', '-y', f'{daemon.folder}/tap').stdout
        self.assertIn('identity: it is me\nversion: 1\n', whole.replace('"', ''))
        self.assertIn('query_zone: example.org', whole)
        seconds = time.time() - time.mktime(time.strptime(lines[-1][:20], '%d-%b-%Y %H:%M:%S'))
        self.assertLess(abs(seconds), 2 * PATIENCE)

    def test_only_what_is_asked_for_is_written(self):
        for what, kinds in (('client query;', {'CQ'}), ('resolver response;', {'RR'}), ('client;', {'CQ', 'CR'})):
            daemon = self.tapped(what, 'file "tap"').launch()
            ask('www.example.org')
            daemon.stop()
            self.assertEqual({line.split()[2] for line in read(f'{daemon.folder}/tap')}, kinds)

    def capture(self, folder):
        self.assertIsNotNone(shutil.which('fstrm_capture'), 'fstrm_capture is missing: scripts/deps test')
        process = subprocess.Popen(['fstrm_capture', '-t', 'protobuf:dnstap.Dnstap', '-u', f'{folder}/tap.sock',
                                    '-w', f'{folder}/captured'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        poll(lambda: os.path.exists(f'{folder}/tap.sock'), 'fstrm_capture listens')
        return process

    def test_a_reader_behind_a_socket_may_come_and_go(self):
        daemon = self.tapped('client;', 'unix "tap.sock"')
        daemon.launch()                                    # nobody is there yet
        ask('www.example.org')
        reader = self.capture(daemon.folder)
        def arrives():
            ask('www.example.net')
            return os.path.exists(f'{daemon.folder}/captured') and os.path.getsize(f'{daemon.folder}/captured') > 200
        poll(arrives, 'frames arrive')
        self.assertEqual(daemon.stop(), 0)
        reader.terminate()
        reader.wait(PATIENCE)
        self.assertIn('www.example.net/IN/A', ' '.join(read(f'{daemon.folder}/captured')))

    def test_a_reader_that_does_not_read_costs_frames_and_nothing_else(self):
        daemon = self.tapped('all;', 'unix "tap.sock"', flags=('-n', '1'))
        with socket.socket(socket.AF_UNIX) as reader:
            reader.bind(f'{daemon.folder}/tap.sock')
            reader.listen(1)
            daemon.launch()
            for _ in range(6000):
                self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
            metrics = self.control(daemon, 'metrics').stdout
            dropped = int(re.search(r'^rootwalk_dnstap_frames_total{result="dropped"} (\d+)$', metrics, re.M)[1])
            self.assertGreater(dropped, 0)
            begun = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertLess(time.monotonic() - begun, 10)

    def test_a_reload_begins_changes_and_ends_it(self):
        daemon = self.operated().launch()
        for number in 1, 2:
            daemon.configure(OPTIONS + f' dnstap {{ client query; }}; dnstap-output file "tap{number}";', daemon.more)
            self.assertEqual(self.control(daemon, 'reload').returncode, 0)
            ask(f'www{number}.example.org')
        daemon.configure(OPTIONS, daemon.more)
        self.assertEqual(self.control(daemon, 'reload').returncode, 0)
        ask('www3.example.org')
        for number in 1, 2:
            lines = read(f'{daemon.folder}/tap{number}')
            self.assertEqual([re.search(r'(\S+)/IN/A', line)[1] for line in lines], [f'www{number}.example.org'])

    def test_a_file_that_cannot_be_written_refuses_the_start_and_the_reload(self):
        daemon = self.tapped('client;', 'file "missing/tap"')
        daemon.launch(wait=False)
        self.assertEqual(daemon.process.wait(PATIENCE), 1)
        self.assertRegex(daemon.text(), r'cannot write the dnstap file .*missing/tap: No such file')
        daemon.configure(OPTIONS, daemon.more)
        daemon.launch()
        daemon.configure(OPTIONS + ' dnstap { client; }; dnstap-output file "missing/tap";', daemon.more)
        result = self.control(daemon, 'reload')
        self.assertEqual(result.returncode, 1)
        self.assertIn('cannot write the dnstap file', result.stdout)
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
