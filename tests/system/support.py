"""What the system tests share: the daemon under test, questions to it, counts of what it sent."""
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

import wire

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', '..'))
BUILD = os.path.abspath(os.environ.get('ROOTWALK_BUILD', os.path.join(ROOT, 'build')))
# Another daemon with named's flags and language can stand in, to try the tests themselves:
#   ROOTWALK=/usr/sbin/named ROOTWALK_OPTIONS='dnssec-validation no; ...' tests/system/run
DAEMON = os.environ.get('ROOTWALK', os.path.join(BUILD, 'rootwalk'))
CONTROL = os.path.join(BUILD, 'rootwalkctl')
STAND_IN = 'ROOTWALK' in os.environ
FAR = os.environ['INTERNET_FAR'].split()
FAR_PID = os.environ['INTERNET_PID']
NEAR4, NEAR6 = os.environ['INTERNET_NEAR4'], os.environ['INTERNET_NEAR6']
STRANGER4, STRANGER6 = os.environ['INTERNET_STRANGER4'], os.environ['INTERNET_STRANGER6']
WEB4, WEB6 = os.environ['INTERNET_WEB4'], os.environ['INTERNET_WEB6']
HAS_IPV6 = os.environ['INTERNET_IPV6'] == 'yes'
REAL_ROOT = os.environ['INTERNET_ROOT'] == 'real'
needs_ipv6 = unittest.skipUnless(HAS_IPV6, 'the kernel has no IPv6')
needs_real_root = unittest.skipUnless(REAL_ROOT, 'only the true root can become another user')
not_by_stand_in = unittest.skipIf(STAND_IN, 'a stand-in need not do this')

PATIENCE = 20               # seconds after which something that must happen has not
OPTIONS = '''listen-on { any; };
    listen-on-v6 { any; };
    allow-query { localhost; };
    empty-zones-enable no;'''


def poll(condition, what, patience=PATIENCE):
    """Waits until condition() is true, and returns what it returned."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'{what}: not within {patience} s')
        time.sleep(0.01)


def run(*words, **options):
    """Runs a program to its end; its result, with text. Not for what may detach: see run_detaching()."""
    return subprocess.run(words, text=True, capture_output=True, timeout=60, **options)


def run_detaching(*words, **options):
    """The same for a program that may go on in the background and then hold our pipes open."""
    with tempfile.TemporaryFile('w+') as out, tempfile.TemporaryFile('w+') as err:
        result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=PATIENCE, **options)
        for file in out, err:
            file.seek(0)
        result.stdout, result.stderr = out.read(), err.read()
        return result


def servers_got():
    """How many datagrams and connections have arrived at the name servers so far."""
    counts = 0
    with open(f'/proc/{FAR_PID}/net/snmp') as f:
        lines = [line.split() for line in f]
    for names, values in zip(lines[::2], lines[1::2]):
        for protocol, word in (('Udp:', 'InDatagrams'), ('Tcp:', 'PassiveOpens')):
            if names[0] == protocol:
                counts += int(values[names.index(word)])
    if os.path.exists(f'/proc/{FAR_PID}/net/snmp6'):
        with open(f'/proc/{FAR_PID}/net/snmp6') as f:
            counts += sum(int(line.split()[1]) for line in f if line.startswith('Udp6InDatagrams'))
    return counts


def servers_got_at_rest():
    """The same, once nothing has arrived for a while: what the daemon does by itself (priming) is over."""
    last, since = servers_got(), time.monotonic()
    deadline = since + PATIENCE
    while time.monotonic() < since + 0.25:
        if time.monotonic() > deadline:
            raise AssertionError('the daemon goes on sending though nobody asks')
        time.sleep(0.02)
        if servers_got() != last:
            last, since = servers_got(), time.monotonic()
    return last


# -- asking ------------------------------------------------------------------------------------

def udp_socket(server='127.0.0.1'):
    s = socket.socket(socket.AF_INET6 if ':' in server else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(PATIENCE)
    s.connect((server, 53))
    return s


def tcp_socket(server='127.0.0.1'):
    s = socket.create_connection((server, 53), PATIENCE)
    s.settimeout(PATIENCE)
    return s


def tcp_receive(s):
    """The next message of a connection; None where it was closed instead."""
    data = b''
    wanted = 2
    while len(data) < wanted:
        try:
            piece = s.recv(wanted - len(data))
        except ConnectionResetError:
            piece = b''
        if not piece:
            return None
        data += piece
        if len(data) == 2:
            wanted = 2 + struct.unpack('!H', data)[0]
    return data[2:]


def framed(packet):
    return struct.pack('!H', len(packet)) + packet


def ask(name, kind=wire.A, server='127.0.0.1', tcp=False, **options):
    """Asks and waits for the answer."""
    packet = wire.query(name, kind, **options)
    with (tcp_socket if tcp else udp_socket)(server) as s:
        s.sendall(framed(packet) if tcp else packet)
        while True:
            data = tcp_receive(s) if tcp else s.recv(65535)
            if data is None:
                raise AssertionError('connection closed without an answer')
            if wire.message_id(data) == wire.message_id(packet):
                return wire.Response(data)


def from_stranger(name, server, source, *more):
    """dig's output, asked from the far side."""
    return run(*FAR, 'dig', '+tries=4', '+time=3', '-b', source, f'@{server}', name, 'A', *more).stdout


# -- processes ---------------------------------------------------------------------------------

def become_parent_of_orphans():
    """Daemons that detach become our children, so that they can be found and ended."""
    ctypes.CDLL(None).prctl(36, 1)      # PR_SET_CHILD_SUBREAPER


def end_detached_daemons():
    """Kills daemons under test that no test holds any more."""
    for entry in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{entry}/stat') as f:
                parent = int(f.read().rpartition(') ')[2].split()[1])
            with open(f'/proc/{entry}/cmdline') as f:
                program = f.read().split('\0')[0]
        except OSError:
            continue
        if parent == os.getpid() and program == DAEMON:
            os.kill(int(entry), signal.SIGKILL)
            os.waitpid(int(entry), 0)


# -- the daemon --------------------------------------------------------------------------------

class Daemon:
    """The daemon under test in a folder of its own; everything is gone after stop()."""

    def __init__(self, options=OPTIONS, more='', flags=()):
        self.folder = tempfile.mkdtemp(prefix='rootwalk-')
        os.chmod(self.folder, 0o755)
        self.conf = f'{self.folder}/named.conf'
        self.pid_file = f'{self.folder}/rootwalk.pid'
        self.log = f'{self.folder}/log'
        self.process, self.flags = None, flags
        self.configure(options, more)

    def configure(self, options=OPTIONS, more='', raw=None):
        with open(self.conf, 'w') as f:
            f.write(raw if raw is not None else f'''{more or 'controls { };'}
options {{
    directory "{self.folder}";
    {'' if 'dnssec-validation' in options or STAND_IN else 'dnssec-validation no;'}
    pid-file "{self.pid_file}";
    {options}
    {os.environ.get('ROOTWALK_OPTIONS', '')}
}};
''')

    def launch(self, wait=True):
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen([DAEMON, '-g', '-c', self.conf, *self.flags], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        if wait:
            self.wait_until_it_answers()
        return self

    def wait_until_it_answers(self):
        poll(self.answers, 'the daemon answers')

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f'the daemon ended with status {self.process.returncode}:\n{self.text()}')
        with udp_socket() as s:
            s.settimeout(0.2)
            try:
                s.send(wire.query('version.bind', wire.TXT, klass=wire.CH))
                return s.recv(4096)
            except OSError:
                return None

    def text(self):
        """What it wrote to its standard error."""
        with open(self.log) as f:
            return f.read()[-4000:]

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Ends it; its exit status."""
        status = None
        if self.process:
            if self.process.poll() is None:
                self.process.terminate()
            try:
                status = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                status = 'none: it had to be killed'
        return status

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class WithDaemon(unittest.TestCase):
    """Tests that share one daemon. It must survive them all and end well."""
    options, more, flags = OPTIONS, '', ()

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(cls.options, cls.more, cls.flags)
        try:
            cls.daemon.launch()
        except BaseException:
            cls.daemon.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        alive = cls.daemon.process.poll() is None
        status = cls.daemon.stop()
        text = cls.daemon.text()
        cls.daemon.remove()
        if not alive or status != 0:
            raise AssertionError(f'the daemon {"ended" if alive else "died"} with status {status}\n{text}')


class WithOwnDaemon(unittest.TestCase):
    """Tests that start daemons as they like; none outlives its test."""

    def setUp(self):
        self.addCleanup(end_detached_daemons)

    def daemon_with(self, *words, **options):
        daemon = Daemon(*words, **options)
        self.addCleanup(daemon.remove)
        self.addCleanup(daemon.stop)
        return daemon
