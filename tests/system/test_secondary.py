"""Zones that travel: fetched from a primary, told of by NOTIFY, stored, and what happens when something goes wrong."""
import json
import os
import re
import signal
import socket
import struct

import wire
from support import CONTROL, OPTIONS, Daemon, WithOwnDaemon, ask, not_by_stand_in, poll, run

KEY = 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"; };'
PRIMARY, SECONDARY = '127.0.0.11', '127.0.0.12'
ZONE = '''$TTL 300
@ IN SOA ns1 hostmaster ( {serial} {times} 60 )
  IN NS  ns1
ns1 IN A 203.0.113.200
v{serial} IN A 203.0.113.201
'''


def options(address):
    return OPTIONS.replace('listen-on { any; }', f'listen-on {{ {address}; }}').replace(
        'listen-on-v6 { any; }', 'listen-on-v6 { none; }').replace('allow-query { localhost; }', 'allow-query { any; }')


class At(Daemon):
    """A daemon at an address of its own."""
    address = '127.0.0.1'

    def answers(self):
        return ask('version.bind', wire.TXT, klass=wire.CH, server=self.address) if self.listens() else None

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f'the daemon ended with status {self.process.returncode}:\n{self.text()}')
        with socket.socket() as s:
            return s.connect_ex((self.address, 53)) == 0


@not_by_stand_in
class Secondary(WithOwnDaemon):
    def at(self, address, zones):
        daemon = At(options(address))
        daemon.configure(options(address), f'controls {{ unix "{daemon.folder}/control"; }};\n{KEY}\n{zones}')
        daemon.address = address
        self.addCleanup(daemon.remove)
        self.addCleanup(daemon.stop)
        return daemon

    def primary(self, serial=1, times='3600 600 864000', transfer='key k;'):
        self.first = self.at(PRIMARY, f'zone "z.example" {{ type primary; file "z"; allow-transfer {{ {transfer} }};'
                                      f' also-notify {{ {SECONDARY} key k; }}; }};')
        self.write(serial, times)
        return self.first.launch()

    def write(self, serial, times='3600 600 864000'):
        with open(f'{self.first.folder}/z', 'w') as f:
            f.write(ZONE.format(serial=serial, times=times))

    def secondary(self, key='key k', file='file "copy";', more=''):
        self.second = self.at(SECONDARY, f'zone "z.example" {{ type secondary; {file}'
                                         f' primaries {{ {PRIMARY} {key}; }}; allow-notify {{ 127.0.0.1; }}; {more} }};')
        return self.second.launch()

    def serial(self):
        for record in ask('z.example', wire.SOA, server=SECONDARY, rd=False).answer:
            return record.data.split()[2] if isinstance(record.data, str) else record.data
        return None

    def has(self, name):
        return ask(f'{name}.z.example', server=SECONDARY, rd=False).records(wire.A) == ['203.0.113.201']

    def wait_for(self, name):
        poll(lambda: self.has(name), f'the secondary has {name}')

    def test_it_is_fetched_followed_by_notify_and_stored_over_a_restart(self):
        self.primary()
        second = self.secondary()
        self.wait_for('v1')
        self.write(2)
        self.first.signal(signal.SIGHUP)
        self.wait_for('v2')
        self.assertFalse(self.has('v1'))
        self.assertIn('IXFR to serial 2', second.text())
        self.first.stop()
        second.stop()
        second.launch()
        self.assertTrue(self.has('v2'))

    def test_a_wrong_key_fetches_nothing(self):
        self.primary()
        self.secondary(key='')
        poll(lambda: 'refused: z.example. AXFR (allow-transfer)' in self.first.text(), 'the primary refuses')
        response = ask('v1.z.example', server=SECONDARY, rd=False)
        self.assertEqual((response.rcode, response.ede), (wire.SERVFAIL, [14]))

    def test_a_serial_that_goes_back_is_not_taken(self):
        self.primary(serial=5)
        second = self.secondary()
        self.wait_for('v5')
        self.write(4)
        self.first.signal(signal.SIGHUP)
        poll(lambda: 'NOTIFY of serial 4' in self.first.text(), 'the primary has it')
        self.notify()
        poll(lambda: 'older than ours' in second.text(), 'it is told')
        self.assertTrue(self.has('v5'))

    def test_a_zone_that_nobody_confirms_expires_and_comes_back(self):
        self.primary(times='1 1 2')
        second = self.secondary()
        self.wait_for('v1')
        self.first.stop()
        poll(lambda: self.rcode() == wire.SERVFAIL, 'it expires')
        self.assertEqual(second.text().count('expired: no primary'), 1)
        self.first.launch()
        self.wait_for('v1')

    def test_a_zone_that_has_expired_stays_so_over_a_reload(self):
        for file in 'file "copy";', '':
            with self.subTest(file=file):
                self.primary(times='1 1 2')
                second = self.secondary(file=file)
                self.wait_for('v1')
                self.first.stop()
                poll(lambda: self.rcode() == wire.SERVFAIL, 'it expires')
                for reloads in range(1, 4):
                    second.signal(signal.SIGHUP)
                    poll(lambda: second.text().count('reloaded the configuration') == reloads, 'it reloads')
                    self.assertEqual({self.rcode() for _ in range(8)}, {wire.SERVFAIL})     # of several workers
                    self.assertEqual(self.control(second, 'zonestatus', 'z.example')['state'], 'expired')
                second.stop()

    def rcode(self):
        return ask('v1.z.example', server=SECONDARY, rd=False).rcode

    def control(self, daemon, *words):
        result = run(CONTROL, '-s', f'{daemon.folder}/control', '--json', *words)
        return json.loads(result.stdout.splitlines()[-1])

    def test_it_is_asked_for_fetched_and_told_of_on_command(self):
        self.primary()
        second = self.secondary()
        self.wait_for('v1')
        status = self.control(second, 'zonestatus', 'z.example')
        self.assertEqual((status['type'], status['serial'], status['state']), ('secondary', 1, 'waits'))
        self.assertTrue(0 < status['next'] <= 3600)
        self.assertTrue(0 < status['expires'] <= 864000)
        self.write(2)
        self.assertEqual(self.control(self.first, 'reload', 'z.example')['serial'], 2)     # which tells it
        self.wait_for('v2')
        self.write(1)                                       # goes back: nobody is told
        self.assertEqual(self.control(self.first, 'reload', 'z.example')['serial'], 1)
        self.assertEqual(self.control(second, 'refresh', 'z.example')['status'], 'ok')
        poll(lambda: 'older than ours' in second.text(), 'it says so')
        self.assertTrue(self.has('v2'))
        self.assertEqual(self.control(second, 'retransfer', 'z.example')['status'], 'ok')
        self.wait_for('v1')
        asked = second.text().count('NOTIFY from')
        self.assertEqual(self.control(self.first, 'notify', 'z.example')['status'], 'ok')
        poll(lambda: second.text().count('NOTIFY from') > asked, 'it is told')
        self.first.stop()
        self.control(second, 'retransfer', 'z.example')
        poll(lambda: 'problem' in self.control(second, 'zonestatus', 'z.example'), 'the problem is told')
        status = self.control(second, 'zonestatus', 'z.example')
        self.assertIn(PRIMARY, status['problem'])
        self.assertEqual(status['serial'], 1)

    def differences(self, server, serial):
        """The serials of the SOA records of an IXFR from that serial on, and all of it."""
        output = run('dig', f'@{server}', '-y', f'hmac-sha256:k:{KEY.split(chr(34))[3]}', f'ixfr={serial}', 'z.example',
                     '+tcp', '+nocomments', '+nostats').stdout
        return re.findall(r'IN\s+SOA\s+\S+ \S+ (\d+)', output), output

    def test_differences_outlive_a_restart_of_both(self):
        self.primary()
        second = self.secondary(more='allow-transfer { key k; };')
        self.wait_for('v1')
        for serial in 2, 3:
            self.write(serial)
            self.control(self.first, 'reload', 'z.example')
            self.wait_for(f'v{serial}')
        for daemon in self.first, second:
            with self.subTest(daemon.address):
                self.assertEqual(daemon.stop(), 0)
                daemon.launch()
                serials, output = self.differences(daemon.address, 1)
                self.assertEqual(serials[:5], ['3', '1', '2', '2', '3'], output)
                self.assertIn('v3.z.example', output)

    def test_a_journal_that_is_of_no_use_is_told_and_the_zone_is_sent_whole(self):
        self.primary()
        self.write(2)
        self.assertEqual(self.control(self.first, 'reload', 'z.example')['serial'], 2)
        journal = f'{self.first.folder}/z.journal'
        with open(journal, 'rb') as f:
            good = f.read()
        for octets in good[:len(good) // 2], os.urandom(5000), b'':
            self.first.stop()
            with open(journal, 'wb') as f:
                f.write(octets)
            told = self.first.text().count('z.journal is damaged')
            self.first.launch()
            self.assertEqual(self.first.text().count('z.journal is damaged'), told + 1)
            self.assertEqual(self.differences(PRIMARY, 1)[0], ['2', '2'])
            self.assertEqual(self.control(self.first, 'zonestatus', 'z.example')['changes'], 0)
        self.first.stop()
        with open(journal, 'wb') as f:
            f.write(good)
        with open(f'{self.first.folder}/z', 'a') as f:          # the serial stays
            f.write('more A 203.0.113.202\n')
        self.first.launch()
        self.assertEqual(self.control(self.first, 'zonestatus', 'z.example')['changes'], 0)

    def notify(self):
        run('dig', f'@{SECONDARY}', '-b', PRIMARY, '+opcode=notify', '+norec', '+tries=1', '+time=1', 'z.example', 'SOA')

    def test_who_is_told_of_a_version_is_answered_by_it(self):
        """Whoever asks as soon as NOTIFY comes; on one processor, and with a worker that has more to do than that."""
        self.first = self.at(PRIMARY, 'zone "z.example" { type primary; file "z"; notify explicit;'
                                      f' also-notify {{ {SECONDARY}; }}; }};' + ''.join(
                                          f'zone "z{i}.example" {{ type primary; file "z"; notify no; }};'
                                          for i in range(200)))
        self.write(1)
        processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(processors)})
        self.addCleanup(os.sched_setaffinity, 0, processors)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
            told.bind((SECONDARY, 53))
            told.settimeout(10)
            self.first.launch()
            for serial in range(1, 8):
                notify, sender = told.recvfrom(4096)
                question = wire.query('z.example', wire.SOA)
                told.sendto(question, (PRIMARY, 53))
                answer = told.recv(4096)
                told.sendto(notify[:2] + bytes([notify[2] | 0x80]) + notify[3:], sender)
                self.assertIn(struct.pack('!II', serial, 3600), answer)
                self.write(serial + 1)
                self.first.signal(signal.SIGHUP)

    def test_notify_of_a_stranger_is_refused(self):
        self.primary()
        self.secondary()
        self.wait_for('v1')
        result = run('dig', f'@{SECONDARY}', '-b', '127.0.0.99', '+opcode=notify', '+norec', 'z.example', 'SOA')
        self.assertIn('REFUSED', result.stdout)

    def test_killed_at_any_moment_it_starts_with_a_whole_version(self):
        self.primary()
        second = self.secondary()
        self.wait_for('v1')
        for serial in range(2, 6):
            self.write(serial)
            self.first.signal(signal.SIGHUP)
            second.process.kill()
            second.process.wait()
            second.launch()
            self.assertIn(True, [self.has(f'v{n}') for n in range(1, serial + 1)])
            self.wait_for(f'v{serial}')
