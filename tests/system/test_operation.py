"""What its operator meets: warnings and reasons in the log, reloads that hold in part, rootwalkctl's words."""
import os
import signal
import socket

import wire
from support import (CONTROL, DAEMON, OPTIONS, PATIENCE, WithOwnDaemon, ask, needs_real_root, not_by_stand_in,
                     framed, poll, run, run_detaching, tcp_receive, tcp_socket, udp_socket)

ABSENT = '192.0.2.77'       # no address of this host
NOT_READY = b'\0\x0e'        # the code of the extended error (RFC 8914)


class Operated(WithOwnDaemon):
    """Daemons with a control socket in their folder."""

    def operated(self, options=OPTIONS, flags=(), more=''):
        daemon = self.daemon_with(flags=flags)
        daemon.socket = f'{daemon.folder}/control'
        daemon.more = f'controls {{ unix "{daemon.socket}" perm 0600; }};\n' + more
        daemon.configure(options, daemon.more)
        return daemon

    def control(self, daemon, *words):
        return run(CONTROL, '-s', daemon.socket, *words)


@not_by_stand_in
class PartialReload(Operated):
    def privileged_ports(self):
        with open('/proc/sys/net/ipv4/ip_unprivileged_port_start') as f:
            if int(f.read()) <= 53:
                self.skipTest('here everybody may use port 53')

    @needs_real_root
    def test_a_new_address_without_the_rights_to_listen_there_leaves_the_rest_of_the_reload(self):
        self.privileged_ports()
        daemon = self.operated(OPTIONS + ' version "one";', flags=('-u', 'nobody')).launch()
        run('ip', 'address', 'add', '192.168.5.1/24', 'dev', 'lo', check=True)
        self.addCleanup(run, 'ip', 'address', 'del', '192.168.5.1/24', 'dev', 'lo')
        daemon.configure(OPTIONS + ' version "two";', daemon.more)
        result = self.control(daemon, 'reload')
        self.assertEqual(result.returncode, 0, result)
        for text in result.stdout, daemon.text():
            self.assertRegex(text, r'cannot listen on 192\.168\.5\.1#53 .*restart it to listen there')
        self.assertEqual(ask('version.bind', wire.TXT, klass=wire.CH).records(wire.TXT), ['two'])

    def test_an_address_in_use_is_a_warning_on_a_reload(self):
        daemon = self.operated('listen-on { 127.0.0.1; }; allow-query { localhost; };').launch()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(('127.0.0.9', 53))
            daemon.configure('listen-on { 127.0.0.1; 127.0.0.9; }; allow-query { none; };', daemon.more)
            result = self.control(daemon, 'reload')
        self.assertEqual(result.returncode, 0, result)
        self.assertIn('127.0.0.9#53', result.stdout)
        self.assertEqual(ask('www.example.org').rcode, wire.REFUSED)

    def test_a_source_address_this_host_has_not_is_refused_at_the_start_and_on_a_reload(self):
        daemon = self.operated(OPTIONS + f' query-source address {ABSENT} port *;')
        daemon.launch(wait=False)
        self.assertEqual(daemon.process.wait(PATIENCE), 1)
        self.assertRegex(daemon.text(), r'named\.conf:\d+: query-source: .*192\.0\.2\.77.*no such address')
        daemon.configure(OPTIONS, daemon.more)
        daemon.launch()
        daemon.configure(OPTIONS + f' query-source address {ABSENT} port *;', daemon.more)
        result = self.control(daemon, 'reload')
        self.assertEqual(result.returncode, 1)
        self.assertIn('no such address', result.stdout)
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)


@not_by_stand_in
class Log(Operated):
    def test_a_question_that_fails_is_told_with_name_type_and_reason(self):
        daemon = self.operated().launch()
        self.assertEqual(ask('www.silent.example.org', wire.AAAA).rcode, wire.SERVFAIL)
        self.assertRegex(daemon.text(), r'failed: www\.silent\.example\.org\.? AAAA: \w+')
        before = daemon.text().count('failed: ')
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.assertEqual(daemon.text().count('failed: '), before)

    def test_queries_are_logged_in_named_s_form(self):
        daemon = self.operated(OPTIONS + ' querylog yes;').launch()
        ask('www.example.org', wire.AAAA)
        ask('www.example.org', tcp=True)
        for line in (r'client 127\.0\.0\.1#\d+ \(www\.example\.org\): query: www\.example\.org IN AAAA \+\S* \(127\.0\.0\.1\)',
                     r'query: www\.example\.org IN A \+\S*T\S* \(127\.0\.0\.1\)',
                     r'query: version\.bind CH TXT '):
            self.assertRegex(daemon.text(), line)

    def test_a_refused_client_is_named(self):
        daemon = self.operated('listen-on { any; }; allow-query { none; };').launch()
        self.assertEqual(ask('www.example.org').rcode, wire.REFUSED)
        self.assertRegex(daemon.text(), r'client 127\.0\.0\.1#\d+: refused: www\.example\.org\.? A \(allow-query\)')


@not_by_stand_in
class Stop(Operated):
    """Who waits when it ends is told so."""

    def test_waiting_clients_get_servfail_over_udp_and_tcp_from_every_worker(self):
        for workers in '1', '3':
            with self.subTest(workers=workers):
                daemon = self.operated(flags=('-n', workers)).launch()
                names = [f'a{i}.silent.example.org' for i in range(6)]
                sockets = [udp_socket() for _ in names]
                connection = tcp_socket()
                for i, (s, name) in enumerate(zip(sockets, names)):
                    s.send(wire.query(name, id=i))
                connection.sendall(framed(wire.query(names[0], id=99)))
                poll(lambda: 'clients.waiting              7\n' in self.control(daemon, 'stats').stdout, 'all wait')
                self.assertEqual(self.control(daemon, 'stop').returncode, 0)
                for i, s in enumerate(sockets):
                    data = s.recv(4096)
                    self.assertEqual((wire.message_id(data), wire.Response(data).rcode), (i, wire.SERVFAIL))
                    self.assertIn(NOT_READY, data)
                    s.close()
                self.assertEqual(wire.Response(tcp_receive(connection)).rcode, wire.SERVFAIL)
                self.assertIsNone(tcp_receive(connection))
                connection.close()
                self.assertEqual(daemon.process.wait(PATIENCE), 0)


@not_by_stand_in
class Restart(Operated):
    def test_a_reload_says_what_needs_a_restart(self):
        daemon = self.operated().launch()
        result = self.control(daemon, 'reload')
        self.assertEqual((result.returncode, result.stdout), (0, ''))
        daemon.configure(OPTIONS + ' max-cache-size 64M;', 'controls { };')
        for _ in range(2):                              # the second one compares with the start, too
            result = self.control(daemon, 'reload')
            self.assertEqual(result.returncode, 0, result)
            for what in 'max-cache-size', 'controls':
                self.assertRegex(result.stdout, f'{what} has changed: it needs a restart')
                self.assertRegex(daemon.text(), f'{what} has changed: it needs a restart')
            self.assertNotIn('pid-file', result.stdout)


@not_by_stand_in
class Control(Operated):
    def test_the_hit_rate_is_of_clients_questions(self):
        daemon = self.operated().launch()
        ask('www.example.org')
        for _ in range(20):
            ask('www.example.org')
        stats = dict(line.split() for line in self.control(daemon, 'stats').stdout.splitlines())
        self.assertEqual(stats['queries.from-cache'], '20')
        self.assertEqual(stats['queries.hit-rate'], f'{2000 / int(stats["queries"]):.1f}%')

    def test_halt_is_told_the_right_word_and_wrong_usage_is_status_2(self):
        result = run(CONTROL, 'halt')
        self.assertEqual(result.returncode, 2)
        self.assertIn('stop', result.stderr)


@not_by_stand_in
class Files(Operated):
    """As a daemon, in a folder where it may write or not."""

    def start(self, daemon, *flags):
        daemon.configure(raw=f'options {{ pid-file "{daemon.pid_file}"; {OPTIONS} dnssec-validation no; }};\ncontrols {{ }};\n')
        result = run_detaching(DAEMON, *flags, '-c', daemon.conf, cwd=daemon.folder)
        self.assertEqual(result.returncode, 0, result)
        with open(daemon.pid_file) as f:
            return int(f.read())

    def end(self, pid):
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def test_the_debug_file_stands_where_the_daemon_was_started(self):
        daemon = self.operated()
        pid = self.start(daemon, '-d', '1')
        self.assertTrue(os.path.exists(f'{daemon.folder}/rootwalk.run'))
        self.end(pid)

    @needs_real_root
    def test_without_the_right_to_write_the_debug_file_it_starts_all_the_same(self):
        daemon = self.operated()
        pid = self.start(daemon, '-d', '1', '-u', 'nobody')
        self.assertFalse(os.path.exists(f'{daemon.folder}/rootwalk.run'))
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.end(pid)

    @needs_real_root
    def test_a_pid_file_that_cannot_be_removed_is_left_empty(self):
        daemon = self.operated()
        self.end(self.start(daemon, '-u', 'nobody'))
        self.assertEqual(os.path.getsize(daemon.pid_file), 0)

    @needs_real_root
    def test_without_a_control_socket_it_says_why_and_what_to_do(self):
        daemon = self.operated()
        daemon.configure(raw='options { listen-on { 127.0.0.1; }; };\n')
        result = run_detaching('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', DAEMON, '-p', '5399',
                               '-c', daemon.conf, cwd=daemon.folder, env={'PATH': os.environ['PATH']})
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (0, 1), result)
        self.assertRegex(result.stderr, r'no control socket.*/run/rootwalk/control\.sock: Permission denied; .*-u USER')

    def test_a_log_file_whose_folder_is_missing_is_an_error_that_names_the_folder(self):
        path = '/nonexistent/rootwalk/log'
        daemon = self.operated(more=f'logging {{ channel c {{ file "{path}"; }}; category default {{ c; }}; }};\n')
        result = run_detaching(DAEMON, '-f', '-c', daemon.conf, cwd=daemon.folder)
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result)
        self.assertIn('folder /nonexistent/rootwalk does not exist', result.stderr)
