"""Resolvers in the lab, each on a loopback address of its own."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib

import ask
import wire

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get('ROOTWALK_SHARED', os.path.join(ROOT, '..', 'shared'))
BUILD = os.path.abspath(os.environ.get('ROOTWALK_BUILD', os.path.join(ROOT, 'build')))
FIRST = 'www.odd.net'

CONFIG = '''options {{
    directory "{run}";
    listen-on {{ {address}; }};
    listen-on-v6 {{ ::1; }};
    allow-query {{ any; }};
    max-cache-size 128M;
    dnssec-validation {validation};
    tcp-clients 1000;
    recursive-clients 10000;
    pid-file none;
}};
controls {{ unix "{run}/control"; }};
zone "." {{ type hint; file "{hints}"; }};
'''
ANCHOR = 'trust-anchors {{ "." static-key {} {} {} "{}"; }};\n'


def root_key():
    """Flags, protocol, algorithm and key of the lab's root."""
    with open(os.environ['LAB_ROOT_KEY']) as f:
        words = f.read().split()
    at = words.index('DNSKEY')
    return *words[at + 1:at + 4], ''.join(words[at + 4:])


class Daemon:
    """A process with a folder; a context manager that ends both."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.run = tempfile.mkdtemp(prefix=f'rootwalk-lab-{name}-')
        subprocess.run(['ip', 'addr', 'replace', address + '/32', 'dev', 'lo'], check=True)

    def __enter__(self):
        self.write()
        log = open(f'{self.run}/log', 'w')
        self.process = subprocess.Popen(self.command(), cwd=self.run, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                response = ask.ask(self.address, FIRST, wire.A)
                if response and response.answer:
                    return self
            except ConnectionError:
                pass
            time.sleep(0.1)
        text = self.log()
        self.__exit__()
        raise SystemExit(f'{self.name} does not answer:\n{text[-3000:]}')

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        shutil.rmtree(self.run, ignore_errors=True)

    def log(self):
        with open(f'{self.run}/log') as f:
            return f.read()


class Rootwalk(Daemon):
    def __init__(self, workers=1, address='127.0.0.1', steps=False, validate=False, more=''):
        super().__init__('rootwalk', address)
        self.workers, self.steps, self.validate, self.more = workers, steps, validate, more

    def write(self):
        with open(f'{self.run}/conf', 'w') as f:
            f.write(CONFIG.format(run=self.run, address=self.address, hints=os.environ['LAB_ROOT_HINTS'],
                                  validation='yes' if self.validate else 'no'))
            if self.validate:
                f.write(ANCHOR.format(*root_key()))
            f.write(self.more)

    def command(self):
        daemon = os.environ.get('ROOTWALK', f'{BUILD}/rootwalk')
        return [daemon, '-g', *(['-d', '1'] if self.steps else []), '-n', str(self.workers), '-c', f'{self.run}/conf']

    def __exit__(self, kind=None, *_):
        text = self.log()
        super().__exit__()
        if self.status and not kind:
            raise SystemExit(f'rootwalk ended with status {self.status}:\n{text[-3000:]}')

    def control(self, *words):
        return subprocess.run([f'{BUILD}/rootwalkctl', '-s', f'{self.run}/control', *words], text=True, check=True,
                              capture_output=True).stdout

    def statistics(self):
        return {name: int(value) for name, value in re.findall(r'^(\S+)\s+(\d+)$', self.control('stats'), re.M)}


class Other(Daemon):
    """Another resolver, from the lab's template, one thread."""

    def __init__(self, name, address, validate=False):
        super().__init__(name, address)
        self.validate = validate
        with open(f'{SHARED}/lab/resolvers/{name}.toml', 'rb') as f:
            self.template = tomllib.load(f)

    def fill_in(self, text):
        key, ds = (open(os.environ[v]).read().split() for v in ('LAB_ROOT_KEY', 'LAB_ROOT_DS'))
        values = {
            'ADDRESS': self.address, 'PORT': '53', 'THREADS': '1', 'RUN': self.run, 'CACHE_MB': '128',
            'CACHE_MB/3': '42', 'CACHE_MB*2/3': '85', 'ROOT_HINTS': os.environ['LAB_ROOT_HINTS'],
            'ROOT_KEY': os.environ['LAB_ROOT_KEY'], 'ROOT_DS_DATA': ' '.join(ds[4:]),
            'ROOT_KEY_BIND': f'{key[4]} {key[5]} {key[6]} "{"".join(key[7:])}"',
        }
        text = text.replace('@VALIDATE@', self.template.get('validate_on' if self.validate else 'validate_off', ''))
        return re.sub(r'@([A-Z_]+(?:[*/0-9]+)?)@', lambda m: values[m[1]], text)

    def write(self):
        template = self.template
        for name, text in {template.get('config_name', 'conf'): template['config'], **template.get('files', {})}.items():
            with open(f'{self.run}/{name}', 'w') as f:
                f.write(self.fill_in(text))

    def command(self):
        return [self.fill_in(word) for word in self.template['command']]
