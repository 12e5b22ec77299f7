"""Name servers of four kinds, each told in its own language to be primary or secondary of the same zones."""
import collections
import os
import shutil
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.path.abspath(os.environ.get('ROOTWALK_BUILD', os.path.join(HERE, '..', '..', 'build')))
ROOTWALK = os.path.join(BUILD, 'rootwalk')
PROGRAMS = {'bind': 'named', 'nsd': 'nsd', 'knot': 'knotd', 'rootwalk': ROOTWALK}
PATIENCE = 20               # seconds after which something that must happen has not

Key = collections.namedtuple('Key', 'name algorithm secret')


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60)


def wait_for(what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.03)
    return True


class Server:
    """A server at 127.0.0.1 and a port. `keys` has the zones with the key of each. With `primary`, a port, it is a
    secondary, and else a primary of the files it is given; `tell` is the port where NOTIFY goes."""

    def __init__(self, kind, folder, port, keys, primary=None, tell=None, environment=None):
        self.kind, self.port, self.keys, self.primary, self.tell = kind, port, keys, primary, tell
        self.folder = os.path.join(folder, f'{kind}-{port}')
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        os.mkdir(self.folder)
        self.conf = os.path.join(self.folder, 'conf')
        self.log = os.path.join(self.folder, 'log')
        self.configure()

    def configure(self):
        with open(self.conf, 'w') as to:
            to.write(getattr(self, self.kind)())

    def start(self):
        """True once it answers."""
        words = {'bind': ['named', '-g', '-c', self.conf], 'nsd': ['nsd', '-d', '-c', self.conf],
                 'knot': ['knotd', '-c', self.conf], 'rootwalk': [ROOTWALK, '-g', '-c', self.conf]}[self.kind]
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        return wait_for(lambda: self.dig('+tries=1', '+time=1', 'version.bind', 'CH', 'TXT').returncode == 0)

    def dig(self, *words):
        return run('dig', '-p', str(self.port), '@127.0.0.1', *words)

    def serial(self, zone):
        """As a number; None where the zone is not served."""
        words = self.dig('+short', '+norec', zone, 'SOA').stdout.split()
        return int(words[2]) if len(words) > 2 and words[2].isdigit() else None

    def put(self, zone, path, version):
        """Another file; that it is another one must show in its time, which some count in seconds."""
        beside = os.path.join(self.folder, zone + '.beside')
        shutil.copy(path, beside)
        os.utime(beside, (time.time() + 10 * version,) * 2)
        os.rename(beside, os.path.join(self.folder, zone))

    def reload(self):
        if self.kind == 'knot':
            run('knotc', '-s', os.path.join(self.folder, 'knot.sock'), 'zone-reload')
        else:
            self.process.send_signal(signal.SIGHUP)

    def end(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            status = process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if self.kind == 'rootwalk' and status != 0:
            raise AssertionError(f'rootwalk ended with status {status}:\n{self.said()[-4000:]}')

    def said(self):
        with open(self.log, errors='replace') as log:
            return log.read()

    # -- their languages ---------------------------------------------------------------------------------------

    def named_keys(self):
        return ''.join(f'key {key.name} {{ algorithm {key.algorithm}; secret "{key.secret}"; }};\n'
                       for key in sorted(set(self.keys.values())))

    def named_zone(self, zone, key, primary, secondary):
        tell = f'also-notify {{ 127.0.0.1 port {self.tell} key {key.name}; }}; notify explicit;' if self.tell else ''
        if self.primary:
            return (f'zone {zone} {{ type secondary; file "{zone}"; {secondary} {tell} allow-transfer {{ any; }};\n'
                    f'  primaries {{ 127.0.0.1 port {self.primary} key {key.name}; }}; }};\n')
        return (f'zone {zone} {{ type primary; file "{zone}"; {primary} {tell}\n'
                f'  allow-transfer {{ key {key.name}; }}; }};\n')

    def named_zones(self, primary='', secondary=''):
        return ''.join(self.named_zone(zone, key, primary, secondary) for zone, key in self.keys.items())

    def rootwalk(self):
        return (self.named_keys() + 'controls { };\n'
                f'options {{ directory "{self.folder}"; pid-file none; listen-on port {self.port} {{ 127.0.0.1; }};\n'
                '  listen-on-v6 { none; }; dnssec-validation no; };\n' + self.named_zones())

    def bind(self):
        return (self.named_keys() + 'controls { };\n'
                f'options {{ directory "{self.folder}"; pid-file none; listen-on port {self.port} {{ 127.0.0.1; }};\n'
                '  listen-on-v6 { none; }; recursion no; session-keyfile none; dnssec-validation no;\n'
                f'  notify no; notify-delay 0; managed-keys-directory "{self.folder}"; }};\n'
                + self.named_zones('ixfr-from-differences yes;', 'masterfile-format text;'))

    def nsd(self):
        text = (f'server:\n ip-address: 127.0.0.1@{self.port}\n username: ""\n chroot: ""\n zonesdir: "{self.folder}"\n'
                f' database: ""\n pidfile: "{self.folder}/pid"\n xfrdfile: "{self.folder}/xfrd"\n'
                f' xfrdir: "{self.folder}"\n zonelistfile: "{self.folder}/list"\n server-count: 1\n verbosity: 2\n'
                'remote-control:\n control-enable: no\n')
        for key in sorted(set(self.keys.values())):
            text += f'key:\n name: "{key.name}"\n algorithm: {key.algorithm}\n secret: "{key.secret}"\n'
        for zone, key in self.keys.items():
            text += f'zone:\n name: {zone}\n zonefile: "{zone}"\n store-ixfr: yes\n create-ixfr: yes\n'
            if self.primary:
                text += (f' request-xfr: 127.0.0.1@{self.primary} {key.name}\n allow-notify: 127.0.0.1 {key.name}\n'
                         ' provide-xfr: 127.0.0.1 NOKEY\n')
            else:
                text += f' provide-xfr: 127.0.0.1 {key.name}\n'
            if self.tell:
                text += f' notify: 127.0.0.1@{self.tell} {key.name}\n'
        return text

    def knot(self):
        text = (f'server:\n  rundir: "{self.folder}"\n  listen: 127.0.0.1@{self.port}\n  udp-workers: 1\n'
                '  tcp-workers: 1\n  background-workers: 2\n'
                f'control:\n  listen: "{self.folder}/knot.sock"\nlog:\n  - target: stderr\n    any: info\n'
                f'database:\n  storage: "{self.folder}"\n')
        sections = {'key': '', 'remote': '', 'acl': '  - id: anybody\n    address: 127.0.0.1\n    action: transfer\n',
                    'zone': ''}
        for key in sorted(set(self.keys.values())):
            sections['key'] += f'  - id: {key.name}\n    algorithm: {key.algorithm}\n    secret: {key.secret}\n'
            sections['acl'] += f'  - id: by-{key.name}\n    key: {key.name}\n    action: [transfer, notify]\n'
            for name, port in ('from', self.primary), ('to', self.tell):
                if port:
                    sections['remote'] += (f'  - id: {name}-{key.name}\n    address: 127.0.0.1@{port}\n'
                                           f'    key: {key.name}\n')
        for zone, key in self.keys.items():
            sections['zone'] += f'  - domain: {zone}\n    storage: "{self.folder}"\n    file: "{zone}"\n'
            if self.primary:
                sections['zone'] += f'    master: from-{key.name}\n    acl: [by-{key.name}, anybody]\n'
            else:
                sections['zone'] += (f'    zonefile-load: difference\n    zonefile-sync: -1\n    journal-content: all\n'
                                     f'    acl: by-{key.name}\n')
            if self.tell:
                sections['zone'] += f'    notify: to-{key.name}\n'
        return text + ''.join(f'{name}:\n{lines}' for name, lines in sections.items() if lines)
