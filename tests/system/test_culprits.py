"""Broken names: the last line of explain names whose fault it is, and by which rule; culprits.txt has them all."""
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import culprits
from support import CONTROL, FAR, ROOT, WithOwnDaemon, not_by_stand_in, poll, run

HERE = os.path.dirname(os.path.realpath(__file__))
LEAST = 30
AT_A_TIME = 4               # as many as the daemon runs
SIGNED = f'{ROOT}/tests/dnssec/signed/bind-14-nsec'     # example., valid until 2037
AUTHORITY = '198.51.100.120'
UNSIGNED = '@ 3600 SOA ns1.a.example. host.a.example. 1 1800 900 604800 300\n@ 3600 NS ns1\nns1 3600 A 192.0.2.5\n' \
           'www 3600 A 192.0.2.6\n'
TIMES = '20370101000000 20260101000000'
# What becomes of its records, so that they are no longer as they were signed.
DAMAGE = ((r'^(xx\..* A\t+)192.0.2.10$', r'\g<1>192.0.2.99'),
          (rf'^(xx\..*\tAAAA .*) {TIMES}', r'\1 20260201000000 20260101000000'),
          (rf'^(xx\..*\tHINFO .*) {TIMES}', r'\1 20370101000000 20361201000000'),
          (r'^ai\..* RRSIG\tA .*\n', ''),
          (r'^(ai\..*\tAAAA .*) 35228 ', r'\1 35229 '),
          (r'^mixed\..* (NSEC|RRSIG)\tNSEC .*\n|^mixed\..* NSEC\t.*\n', ''))
OPTIONS = 'listen-on { any; }; allow-query { any; }; empty-zones-enable no; dnssec-validation yes;'
MORE = '''controls {{ unix "{folder}/control" perm 0600; }};
    trust-anchors {{ "example" static-ds {ds}; "lab.example.org" static-ds {ds}; }};
    zone "example" {{ type static-stub; server-addresses {{ {authority}; }}; }};
    zone "forwarded.example.org" {{ type forward; forward only; forwarders {{ 198.51.100.101; }}; }};
    zone "ours.example.org" {{ type secondary; primaries {{ 198.51.100.101; }}; }};'''
NSD = '''server:
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: "{folder}/pid"
    xfrdfile: "{folder}/xfrd"
    zonelistfile: "{folder}/list"
    xfrdir: "{folder}"
    logfile: "{folder}/log"
    ip-address: {authority}
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: example
    zonefile: example
zone:
    name: a.example
    zonefile: a.example
'''


def damaged(text):
    for pattern, instead in DAMAGE:
        text, count = re.subn(pattern, instead, text, flags=re.M)
        assert count, pattern
    return text


def key_digest():
    """The zone's DS record as a trust anchor has it."""
    with open(f'{SIGNED}.ds') as f:
        *numbers, digest = f.readlines()[1].split()[3:]
    return f'{" ".join(numbers)} "{digest}"'


@not_by_stand_in
class Culprits(WithOwnDaemon):
    def setUp(self):
        super().setUp()
        self.start_authority()
        self.daemon = self.daemon_with(OPTIONS)
        self.daemon.configure(OPTIONS, MORE.format(folder=self.daemon.folder, ds=key_digest(), authority=AUTHORITY))
        self.daemon.launch()

    def start_authority(self):
        """Serves the damaged zone, and an unsigned one below it that it has a DS record of."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(f'{SIGNED}.zone') as f:
            zones = {'example': damaged(f.read()), 'a.example': UNSIGNED}
        for name, text in {**zones, 'conf': NSD.format(folder=folder.name, authority=AUTHORITY)}.items():
            with open(f'{folder.name}/{name}', 'w') as f:
                f.write(text)
        run(*FAR, 'ip', 'addr', 'add', f'{AUTHORITY}/32', 'dev', 'lo', check=True)
        self.addCleanup(run, *FAR, 'ip', 'addr', 'del', f'{AUTHORITY}/32', 'dev', 'lo')
        nsd = subprocess.Popen([*FAR, 'nsd', '-d', '-c', f'{folder.name}/conf'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(nsd.wait)
        self.addCleanup(nsd.terminate)
        poll(lambda: 'NOERROR' in run('dig', '+time=1', '+tries=1', f'@{AUTHORITY}', 'example', 'SOA').stdout,
             'the authority answers')

    def explain(self, *words):
        result = run(CONTROL, '-s', f'{self.daemon.folder}/control', 'explain', *words)
        self.assertEqual(result.returncode, 0, result)
        return result.stdout.splitlines()

    def test_the_last_line_names_the_culprit(self):
        rows = culprits.read(f'{HERE}/culprits.txt')
        self.assertGreaterEqual(len({row.name for row in rows}), LEAST)
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            wrong = [text for text in threads.map(lambda row: culprits.check(row, self.explain), rows) if text]
        self.assertEqual(wrong, [], '\n'.join(wrong))
