"""Starting, reloading and ending: flags, signals, files, and what is said when something is wrong."""
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

import wire
from support import (CONTROL, DAEMON, OPTIONS, PATIENCE, STAND_IN, WithOwnDaemon, ask, end_detached_daemons, framed,
                     needs_real_root, not_by_stand_in, poll, run, run_detaching, servers_got,
                     servers_got_at_rest, tcp_receive, tcp_socket, udp_socket)


def version():
    return ask('version.bind', wire.TXT, klass=wire.CH).records(wire.TXT)


class Load(threading.Thread):
    """Asks cached names without pause, each question once, never again, and counts what comes back."""
    IN_FLIGHT = 16

    def __init__(self, names):
        super().__init__(daemon=True)
        self.names, self.sent, self.answered, self.wrong = names, 0, 0, []
        self.enough = threading.Event()

    def run(self):
        sockets = [udp_socket() for _ in range(self.IN_FLIGHT)]
        waiting = {}                                # socket -> (its question's ID, sent when)
        free = list(sockets)
        while waiting or not self.enough.is_set():
            while free and not self.enough.is_set():
                s = free.pop()
                self.sent += 1
                s.send(wire.query(self.names[self.sent % len(self.names)], id=self.sent & 0xffff))
                waiting[s] = (self.sent & 0xffff, time.monotonic())
            for s in select.select(list(waiting), [], [], 0.5)[0]:
                answer = wire.Response(s.recv(4096))
                if answer.id != waiting.pop(s)[0] or answer.rcode != wire.NOERROR or not answer.answer:
                    self.wrong.append(answer.rcode)
                self.answered += 1
                free.append(s)
            if any(time.monotonic() - when > PATIENCE for _, when in waiting.values()):
                break                               # lost: sent stays above answered
        for s in sockets:
            s.close()


class Reload(WithOwnDaemon):
    def test_reloads_under_load_lose_no_answer_and_keep_the_cache(self):
        names = [f'load{i}.wild.example.org' for i in range(50)] + ['www.example.org', 'www.example.com']
        daemon = self.daemon_with(OPTIONS + ' version "0";').launch()
        for name in names:
            self.assertEqual(ask(name).rcode, wire.NOERROR)
        before = servers_got_at_rest()
        load = Load(names)
        load.start()
        try:
            for turn in range(1, 11):
                so_far = load.answered
                daemon.configure(OPTIONS + f' version "{turn}";')
                daemon.signal(signal.SIGHUP)
                poll(lambda: version() == [str(turn)], 'the new configuration holds')
                poll(lambda: load.answered > so_far + 100 or not load.is_alive(), 'the load goes on')
        finally:
            load.enough.set()
            load.join(PATIENCE * 2)
        self.assertGreater(load.sent, 1000)
        self.assertEqual((load.answered, load.wrong), (load.sent, []))
        self.assertLessEqual(servers_got() - before, 0 if not STAND_IN else 60)

    def test_a_question_that_is_being_walked_survives_a_reload(self):
        daemon = self.daemon_with(OPTIONS + ' version "one";').launch()
        ask('www.example.org')
        with udp_socket() as s:
            s.settimeout(PATIENCE * 2)
            s.send(wire.query('www.silent.example.org', id=7))
            daemon.configure(OPTIONS + ' version "two";')
            daemon.signal(signal.SIGHUP)
            poll(lambda: version() == ['two'], 'the new configuration holds')
            self.assertEqual(wire.Response(s.recv(4096)).rcode, wire.SERVFAIL)

    @not_by_stand_in
    def test_a_port_may_come_back_while_answers_from_it_are_owed(self):
        daemon = self.daemon_with(OPTIONS + ' version "one";').launch()
        ask('www.example.org')
        with udp_socket() as s:
            s.settimeout(PATIENCE * 2)
            s.send(wire.query('www.silent.example.org', id=7))
            elsewhere = OPTIONS.replace('{ any; }', 'port 5300 { any; }')
            daemon.configure(elsewhere)
            daemon.signal(signal.SIGHUP)
            poll(lambda: 'reloaded' in daemon.text(), 'it listens elsewhere')
            daemon.configure(OPTIONS + ' version "two";')
            daemon.signal(signal.SIGHUP)
            poll(lambda: daemon.text().count('reloaded') == 2, 'it listens as before')
            for _ in range(50):
                self.assertEqual(version(), ['two'])
            self.assertEqual(wire.Response(s.recv(4096)).id, 7)

    def test_a_tcp_connection_survives_a_reload(self):
        daemon = self.daemon_with(OPTIONS + ' version "one";').launch()
        with tcp_socket() as s:
            s.sendall(framed(wire.query('www.example.org')))
            self.assertEqual(wire.Response(tcp_receive(s)).rcode, wire.NOERROR)
            daemon.configure(OPTIONS + ' version "two";')
            daemon.signal(signal.SIGHUP)
            poll(lambda: version() == ['two'], 'the new configuration holds')
            s.sendall(framed(wire.query('www.example.com')))
            self.assertEqual(wire.Response(tcp_receive(s)).records(wire.A), ['203.0.113.50'])

    def test_a_broken_configuration_is_refused_and_the_old_one_kept(self):
        daemon = self.daemon_with(OPTIONS + ' version "old";').launch()
        daemon.configure(raw='options {\n    version "new";\n    no-such-word yes;\n};\n')
        daemon.signal(signal.SIGHUP)
        poll(lambda: 'no-such-word' in daemon.text(), 'the place of the error is named')
        self.assertIn('named.conf:3', daemon.text())
        self.assertEqual(version(), ['old'])
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        daemon.configure(OPTIONS + ' version "mended";')
        daemon.signal(signal.SIGHUP)
        poll(lambda: version() == ['mended'], 'the mended configuration holds')

    def test_a_list_that_changes_holds_from_the_reload_on(self):
        daemon = self.daemon_with(OPTIONS + ' version "one";').launch()
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        daemon.configure('listen-on { any; }; listen-on-v6 { any; }; allow-query { none; }; version "two";')
        daemon.signal(signal.SIGHUP)
        poll(lambda: ask('www.example.org').rcode == wire.REFUSED, 'the new list holds')


class End(WithOwnDaemon):
    def end_with(self, number):
        daemon = self.daemon_with().launch()
        self.assertEqual(int(open(daemon.pid_file).read()), daemon.process.pid)
        daemon.signal(number)
        self.assertEqual(daemon.process.wait(PATIENCE), 0, daemon.text())
        self.assertFalse(os.path.exists(daemon.pid_file))

    def test_sigterm_ends_it_with_status_0_and_removes_the_pid_file(self):
        self.end_with(signal.SIGTERM)

    def test_sigint_ends_it_with_status_0_and_removes_the_pid_file(self):
        self.end_with(signal.SIGINT)

    def test_it_ends_at_once_while_questions_are_being_walked(self):
        daemon = self.daemon_with().launch()
        with udp_socket() as s:
            s.send(wire.query('www.silent.example.org'))
            poll(lambda: ask('www.example.org').rcode == wire.NOERROR, 'it answers')
            self.assertEqual(daemon.stop(), 0, daemon.text())

    def test_it_ends_well_while_workers_pass_questions_to_each_other(self):
        for turn in range(3):
            daemon = self.daemon_with(flags=('-n', '4')).launch()
            with udp_socket() as s:
                for i in range(1000):
                    s.send(wire.query(f'end{turn}-{i}.wild.example.org', id=i))
                self.assertEqual(daemon.stop(), 0, daemon.text())

    def test_it_starts_again_on_the_same_port_at_once(self):
        daemon = self.daemon_with().launch()
        for _ in range(3):
            ask('www.example.org', tcp=True)
            self.assertEqual(daemon.stop(), 0)
            daemon.launch()


class Flags(WithOwnDaemon):
    def launch(self, *flags, options=OPTIONS):
        daemon = self.daemon_with(options, flags=flags).launch()
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        return daemon

    def test_4_uses_ipv4_only(self):
        self.launch('-4')
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.connect(('::1', 53))
            with self.assertRaises(ConnectionRefusedError):
                s.send(wire.query('www.example.org'))
                s.recv(512)

    def test_n_gives_that_many_workers_and_all_answer(self):
        self.launch('-n', '4')
        for _ in range(100):
            self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])

    def test_p_chooses_the_port(self):
        daemon = self.daemon_with(flags=('-p', '5300'))
        daemon.launch(wait=False)
        poll(lambda: run('dig', '-p', '5300', '@127.0.0.1', '+short', '+tries=1', '+time=1', 'www.example.org')
             .stdout == '203.0.113.10\n', 'it answers on the other port')

    @not_by_stand_in
    def test_p_leaves_a_port_that_the_configuration_names(self):
        self.daemon_with('listen-on port 53 { 127.0.0.1; }; listen-on-v6 { none; };', flags=('-p', '5300')).launch()
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])

    def test_without_f_and_g_it_goes_into_the_background_once_it_serves(self):
        daemon = self.daemon_with()
        result = run_detaching(DAEMON, '-c', daemon.conf, cwd=daemon.folder)
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(result.stderr, '')
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        with open(daemon.pid_file) as f:
            pid = int(f.read())
        os.kill(pid, signal.SIGTERM)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(status, 0)
        self.assertFalse(os.path.exists(daemon.pid_file))

    def test_v_and_V_tell_the_version_and_end(self):
        for flag in '-v', '-V':
            result = run(DAEMON, flag)
            self.assertEqual(result.returncode, 0)
            self.assertRegex(result.stdout, r'\d+\.\d+')

    def test_an_unknown_flag_is_an_error(self):
        result = run_detaching(DAEMON, '-Z')
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.strip())

    @not_by_stand_in
    def test_without_a_file_it_is_a_local_resolver(self):
        """No -c, and no file at the default place: 127.0.0.1 and ::1 only. It validates, and this internet is not signed
        by the root's keys: so +cd."""
        process = subprocess.Popen([DAEMON, '-g'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            poll(lambda: run('dig', '@127.0.0.1', '+short', '+tries=1', '+time=1', '+cd', 'www.example.org')
                 .stdout == '203.0.113.10\n', 'it answers')
            with open('/proc/net/udp') as f:
                own = {line.split()[1] for line in f if line.split()[1].endswith(':0035')}
            self.assertEqual(own, {'0100007F:0035'})
        finally:
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)

    @needs_real_root
    def test_u_and_t_leave_it_without_rights_in_its_folder(self):
        daemon = self.daemon_with()
        user = pwd.getpwnam('nobody')
        # The folder becomes the root. -c is read before or behind that: the same path leads to the file.
        inside = daemon.folder + daemon.folder
        os.makedirs(inside)
        os.chown(inside, user.pw_uid, user.pw_gid)
        os.chown(daemon.folder, user.pw_uid, user.pw_gid)
        shutil.copy(daemon.conf, inside)
        os.chmod(os.path.dirname(inside), 0o777)
        daemon.flags = ('-u', 'nobody', '-t', daemon.folder)
        daemon.launch()
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        pid = daemon.process.pid
        self.assertEqual(os.readlink(f'/proc/{pid}/root'), daemon.folder)
        with open(f'/proc/{pid}/status') as f:
            status = dict(line.split(':', 1) for line in f)
        self.assertEqual(set(status['Uid'].split()), {str(user.pw_uid)})
        self.assertEqual(set(status['Gid'].split()), {str(user.pw_gid)})
        if not STAND_IN:
            self.assertEqual(int(status['CapEff'], 16), 0)
        text = open(daemon.conf).read().replace('allow-query', 'version "reloaded"; allow-query')
        for place in daemon.conf, inside + '/named.conf':
            with open(place, 'w') as f:
                f.write(text)
        daemon.signal(signal.SIGHUP)
        poll(lambda: version() == ['reloaded'], 'it reloads inside')
        self.assertEqual(ask('www.example.com').records(wire.A), ['203.0.113.50'])

    def in_a_folder_of_nobody(self):
        user = pwd.getpwnam('nobody')
        daemon = self.daemon_with(flags=('-u', 'nobody'))
        os.chown(daemon.folder, user.pw_uid, user.pw_gid)
        return daemon, user

    @needs_real_root
    @not_by_stand_in
    def test_u_makes_files_as_the_user_with_the_mode_that_is_asked_for(self):
        daemon, user = self.in_a_folder_of_nobody()
        paths = daemon.folder + '/control', daemon.folder + '/shared'
        daemon.configure(more=f'controls {{ unix "{paths[0]}" perm 0600;'
                              f' unix "{paths[1]}" perm 0660 owner {user.pw_uid} group 0; }};')
        daemon.launch()
        found = [(s.st_uid, s.st_gid, s.st_mode & 0o777) for s in map(os.lstat, (*paths, daemon.pid_file))]
        self.assertEqual(found, [(user.pw_uid, user.pw_gid, 0o600), (user.pw_uid, 0, 0o660),
                                 (user.pw_uid, user.pw_gid, 0o644)])

    @needs_real_root
    @not_by_stand_in
    def test_u_overwrites_no_file_of_root_that_the_user_has_linked(self):
        daemon, _ = self.in_a_folder_of_nobody()
        precious = daemon.folder + '/precious'
        with open(precious, 'w') as f:
            f.write('keep')
        os.link(precious, daemon.pid_file)
        result = run_detaching(DAEMON, '-f', '-u', 'nobody', '-c', daemon.conf)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(daemon.pid_file, result.stderr)
        self.assertEqual((open(precious).read(), os.stat(precious).st_uid), ('keep', 0))

    @unittest.skipUnless(os.access(CONTROL, os.X_OK) and not STAND_IN, 'needs rootwalkctl')
    def test_rootwalkctl_status_flush_reload_and_stop(self):
        daemon = self.daemon_with()
        path = daemon.folder + '/control'
        controls = f'controls {{ unix "{path}" perm 0600 owner 0 group 0; }};'
        daemon.configure(OPTIONS, controls)
        daemon.launch()
        ask('www.example.org')

        def control(*words):
            result = run(CONTROL, '-s', path, *words)
            self.assertEqual(result.returncode, 0, result)
            return result.stdout
        self.assertTrue(control('status').strip())
        before = servers_got_at_rest()
        control('flush')
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        self.assertGreater(servers_got(), before)
        daemon.configure(OPTIONS + ' version "two";', controls)
        control('reload')
        poll(lambda: version() == ['two'], 'the new configuration holds')
        control('stop')
        self.assertEqual(daemon.process.wait(PATIENCE), 0)
        self.assertFalse(os.path.exists(path))


@not_by_stand_in
class Errors(WithOwnDaemon):
    """One line that names the thing, exit status 1: in the foreground (-g, -f) and as a daemon."""

    def assert_refuses(self, daemon, *words, before=(), modes=(('-g',), ('-f',), ())):
        for mode in modes:
            with self.subTest(mode=mode):
                try:
                    result = run_detaching(*before, DAEMON, *mode, '-c', daemon.conf, cwd=daemon.folder)
                finally:
                    end_detached_daemons()
                lines = result.stderr.splitlines()
                self.assertEqual(result.returncode, 1, result)
                self.assertEqual(len(lines), 1, result.stderr)
                for word in words:
                    self.assertIn(word, lines[0])

    def test_a_port_that_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(('127.0.0.1', 53))
            self.assert_refuses(self.daemon_with(), '127.0.0.1', '53')

    def test_a_tcp_port_that_is_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.bind(('127.0.0.1', 53))
            s.listen()
            self.assert_refuses(self.daemon_with(), '127.0.0.1', '53')

    def test_no_permission_for_the_port(self):
        with open('/proc/sys/net/ipv4/ip_unprivileged_port_start') as f:
            if int(f.read()) <= 53:
                self.skipTest('here everybody may use port 53')
        self.assert_refuses(self.daemon_with(), '53', before=('setpriv', '--bounding-set=-net_bind_service'))

    def test_a_configuration_file_that_is_missing(self):
        daemon = self.daemon_with()
        os.unlink(daemon.conf)
        self.assert_refuses(daemon, daemon.conf)

    def test_an_error_in_the_configuration(self):
        daemon = self.daemon_with()
        daemon.configure('recursoin yes;')
        self.assert_refuses(daemon, 'named.conf:6', 'recursoin', 'recursion')

    def test_a_hints_file_that_is_missing(self):
        daemon = self.daemon_with(more='controls { };\nzone "." { type hint; file "no-such-file"; };')
        self.assert_refuses(daemon, 'no-such-file')

    def test_a_hints_file_without_a_root_server(self):
        daemon = self.daemon_with(more='controls { };\nzone "." { type hint; file "empty-file"; };')
        open(f'{daemon.folder}/empty-file', 'w').close()
        self.assert_refuses(daemon, 'empty-file')

    def test_a_pid_file_that_cannot_be_written(self):
        daemon = self.daemon_with()
        path = f'{daemon.conf}/pid'                     # below a file: not even root can
        daemon.configure(raw=f'options {{ pid-file "{path}"; }};\ncontrols {{ }};\n')
        self.assert_refuses(daemon, path)

    def test_a_directory_that_is_missing(self):
        daemon = self.daemon_with()
        daemon.configure(raw=f'options {{ directory "{daemon.folder}/no-such-folder"; }};\ncontrols {{ }};\n')
        self.assert_refuses(daemon, 'no-such-folder')

    def test_a_user_that_nobody_knows(self):
        daemon = self.daemon_with()
        result = run_detaching(DAEMON, '-f', '-u', 'no-such-user', '-c', daemon.conf)
        self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result)
        self.assertIn('no-such-user', result.stderr)

    def test_checkconf_names_the_place_and_the_near_word(self):
        program = os.path.join(os.path.dirname(DAEMON), 'rootwalk-checkconf')
        daemon = self.daemon_with()
        self.assertEqual(run(program, daemon.conf).returncode, 0)
        daemon.configure('recursoin yes;')
        result = run(program, daemon.conf)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout + result.stderr, r'named\.conf:6:\d+: .*recursoin.*recursion')
