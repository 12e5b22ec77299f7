"""How many round trips a validated answer takes, one after the other, beside two other validators."""
import statistics
import subprocess
import time

import ask
import checks
import daemons
import signed
import wire

PEERS = ('unbound', 'kresd')
ROUND_TRIP = 0.05           # seconds, as the lab is told
EMPTY = 4                   # names that are asked from an empty cache
NAMES = 18                  # names that are asked when the root's and net.'s keys are known
READY = 2                   # seconds until a resolver that has been asked nothing listens


def names():
    return [name for name, is_signed in signed.zones() if is_signed and name.count('.') == 1 and name != 'odd.net']


def trips(address, name):
    began = time.monotonic()
    response = ask.ask(address, name, wire.SOA, do=True)
    return (time.monotonic() - began) / ROUND_TRIP, signed.status(response)


class Untouched:
    """A resolver that has been asked nothing yet."""

    def __init__(self, daemon):
        self.daemon = daemon

    def __enter__(self):
        daemon = self.daemon
        daemon.write()
        with open(f'{daemon.run}/log', 'w') as log:
            daemon.process = subprocess.Popen(daemon.command(), cwd=daemon.run, stdin=subprocess.DEVNULL, stdout=log,
                                              stderr=log)
        time.sleep(READY)
        return daemon

    def __exit__(self, *_):
        daemons.Daemon.__exit__(self.daemon)


def make(who):
    return daemons.Rootwalk(1, validate=True) if who == 'rootwalk' else daemons.Other(who, '127.0.1.1', validate=True)


def measure(report, who):
    asked, found = names(), {'empty': [], 'known': []}
    for name in asked[:EMPTY * 9:9]:
        with Untouched(make(who)) as daemon:
            found['empty'].append(trips(daemon.address, name))
    with make(who) as daemon:
        for name in asked[5:5 + NAMES * 7:7]:
            found['known'].append(trips(daemon.address, name))
    for results in found.values():
        report.expect(all(verdict == 'secure' for _, verdict in results), f'{who}: not all are secure: {results}')
    medians = [statistics.median(count for count, _ in results) for results in found.values()]
    print(f'trips: {who}: {medians[0]:.1f} from an empty cache, {medians[1]:.1f} where net. is known', flush=True)
    return medians


def run():
    report = checks.Report()
    own = measure(report, 'rootwalk')
    for peer in PEERS:
        other = measure(report, peer)
        report.expect(own[0] < other[0] + 0.5 and own[1] < other[1] + 0.5, f'{peer} needs fewer')
    return report.end('trips')
