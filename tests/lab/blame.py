"""Broken names: the last line of explain says who is to blame, as culprits.txt has it."""
import os
from concurrent.futures import ThreadPoolExecutor

import checks
import culprits
import daemons

LEAST = 30                  # broken names
AT_A_TIME = 4               # as many as the daemon runs
# The lab's servers are broken each in one way; here some are, whom the configuration names.
ZONES = '''
zone "mixed.lab" { type static-stub; server-addresses { 198.18.128.1; 198.18.128.11; 198.18.128.12; }; };
zone "forwarded.lab" { type forward; forward only; forwarders { 198.18.128.2; }; };
zone "ours.lab" { type secondary; primaries { 198.18.128.2; }; };
'''


def run():
    rows, report = culprits.read(os.path.join(daemons.HERE, 'culprits.txt')), checks.Report()
    report.expect(len({row.name for row in rows}) >= LEAST, 'there are too few broken names')
    with daemons.Rootwalk(workers=2, validate=True, more=ZONES) as rootwalk, ThreadPoolExecutor(AT_A_TIME) as threads:
        def explain(*words):
            return rootwalk.control('explain', *words).splitlines()
        for wrong in threads.map(lambda row: culprits.check(row, explain), rows):
            report.expect(not wrong, wrong)
    return report.end('culprits')
