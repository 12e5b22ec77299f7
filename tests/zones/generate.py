"""Zones and questions, from a seed."""
import os
import subprocess

from message import TYPES

LABELS = ['a', 'b', 'c', 'd', 'e', 'www', 'mail', 'x1', 'long-label-of-some-octets']
KINDS = ['plain', 'nsec', 'nsec3', 'optout']
OUTSIDE = ['www.outside.example.', 'outside.example.', 'ns.elsewhere.net.']
START, END = '20200101000000', '20380101000000'


class Zone:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.records = {}           # name -> {type: [rdata]}
        self.cuts, self.dnames = set(), set()
        self.hashes = []            # first labels of NSEC3 owners
        self.path = None

    def above(self, name):
        while name != self.name:
            yield name
            name = name.split('.', 1)[1]
        yield name

    def add(self, name, rrtype, rdata):
        self.records.setdefault(name, {}).setdefault(rrtype, []).append(rdata)

    def is_below(self, name, owners):
        return any(above in owners for above in list(self.above(name))[1:])

    def is_free(self, name):
        """Nothing at it, nor a cut or a DNAME at or above it."""
        return name not in self.records and name not in self.cuts | self.dnames and \
            not self.is_below(name, self.cuts | self.dnames)

    def names(self):
        return sorted(self.records)


def random_name(dice, zone, wild=0.15):
    labels = [dice.choice(LABELS) for _ in range(dice.choice([1, 1, 2, 2, 3, 4]))]
    if dice.random() < wild:
        labels[0] = '*'
    if dice.random() < 0.03:
        labels.insert(0, dice.choice(LABELS))       # below a wildcard: it becomes an empty non-terminal
    if dice.random() < 0.3 and len(zone.records) > 1:
        return '.'.join(labels[:1] + [dice.choice(zone.names())])
    return '.'.join(labels + [zone.name])


def target(dice, zone):
    if dice.random() < 0.2:
        return dice.choice(OUTSIDE)
    return dice.choice(zone.names()) if dice.random() < 0.6 else random_name(dice, zone, wild=0)


def address(dice):
    return f'192.0.2.{dice.randrange(1, 255)}'


def add_data(dice, zone, name):
    for rrtype in dice.sample(['A', 'AAAA', 'TXT', 'MX', 'SRV', 'CAA', 'TYPE65400'], dice.choice([1, 1, 2, 3])):
        for i in range(dice.choice([1, 1, 1, 3])):
            zone.add(name, rrtype, {'A': address(dice), 'AAAA': f'2001:db8::{dice.randrange(1, 65535):x}',
                                    'TXT': f'"text {i} of {dice.randrange(99)}"', 'MX': f'{i} {target(dice, zone)}',
                                    'SRV': f'{i} 1 25 {target(dice, zone)}', 'CAA': f'{i} issue "ca.example"',
                                    'TYPE65400': f'\\# 3 0102{i:02x}'}[rrtype])


def add_delegation(dice, zone, name):
    zone.cuts.add(name)
    for i in range(dice.choice([1, 2, 3])):
        server = dice.choice([f'ns{i}.{name}', f'ns{i}.{name}', f'ns{i}.sub.{name}', f'ns1.{zone.name}',
                              dice.choice(OUTSIDE), name,
                              f'ns0.{dice.choice(sorted(zone.cuts))}'])
        zone.add(name, 'NS', server)
        if server.endswith('.' + name) or server == name:
            if dice.random() < 0.8:
                zone.add(server, 'A', address(dice))
            if dice.random() < 0.5:
                zone.add(server, 'AAAA', f'2001:db8:1::{i + 1}')
    if dice.random() < 0.4:
        zone.add(name, 'DS', f'{dice.randrange(65535)} 13 2 {"%064x" % dice.getrandbits(256)}')


def add_child(dice, zone, name):
    """A delegation to another zone of ours. Its glue has names that are there too: NSD takes others for names of the child."""
    zone.cuts.add(name)
    zone.add(name, 'NS', f'ns1.{name}')
    zone.add(f'ns1.{name}', 'A', address(dice))
    if dice.random() < 0.5:
        zone.add(name, 'DS', f'{dice.randrange(65535)} 13 2 {"%064x" % dice.getrandbits(256)}')


def fill(dice, zone, count):
    apex = zone.name
    zone.add(apex, 'SOA', f'ns1.{apex} hostmaster.{apex} {dice.randrange(1, 9999)} 3600 600 86400 '
                          f'{dice.choice([60, 300, 7200])}')
    zone.add(apex, 'NS', f'ns1.{apex}')
    zone.add(apex, 'NS', dice.choice(OUTSIDE))
    zone.add(f'ns1.{apex}', 'A', address(dice))
    zone.add(f'ns1.{apex}', 'AAAA', '2001:db8::53')
    for _ in range(count):
        name = random_name(dice, zone)
        if not zone.is_free(name) or name.endswith(f'ns1.{apex}') and name == f'ns1.{apex}':
            continue
        below = any(other.endswith('.' + name) for other in zone.records)
        kind = dice.random()
        if kind < 0.25:
            zone.add(name, 'CNAME', target(dice, zone))
        elif kind < 0.33 and not below and '*' not in name:
            zone.dnames.add(name)
            zone.add(name, 'DNAME', target(dice, zone))
            if dice.random() < 0.3:
                zone.add(name, 'TXT', '"beside a DNAME"')
        elif kind < 0.55 and not below and '*' not in name:
            add_delegation(dice, zone, name)
        else:
            add_data(dice, zone, name)


def write(dice, zone, path):
    with open(path, 'w', encoding='ascii') as file:
        for name in sorted(zone.records, key=lambda n: n != zone.name):
            for rrtype, rdatas in sorted(zone.records[name].items(), key=lambda item: item[0] != 'SOA'):
                ttl = dice.choice([60, 300, 3600, 86400])
                for rdata in sorted(set(rdatas)):
                    file.write(f'{name} {ttl} IN {rrtype} {rdata}\n')


def sign(zone, path, folder):
    key = subprocess.run(['ldns-keygen', '-a', 'ECDSAP256SHA256', '-r', '/dev/urandom', zone.name], cwd=folder, check=True,
                         capture_output=True, text=True).stdout.strip()
    words = ['ldns-signzone', '-i', START, '-e', END, '-f', path + '.signed']
    if zone.kind != 'nsec':
        words += ['-n', '-s', 'aabb', '-t', '1']
    if zone.kind == 'optout':
        words += ['-p']
    done = subprocess.run(words + [path, key], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f'compare: ldns-signzone {path}: {done.stderr}{done.stdout}')
    with open(path + '.signed', encoding='ascii') as file:
        zone.hashes = sorted({line.split('.', 1)[0] for line in file if '\tNSEC3\t' in line})
    return path + '.signed'


def zones(dice, count, folder):
    made = []
    for i in range(count):
        zone = Zone(f'z{i}.test.' if i % 7 != 6 else f'child.z{i - 1}.test.', KINDS[i % 4])
        if i % 7 == 5:                              # the next one is its child
            add_child(dice, zone, f'child.{zone.name}')
        fill(dice, zone, dice.choice([5, 40, 120, 300]))
        path = os.path.join(folder, f'{zone.name}zone')
        write(dice, zone, path)
        zone.path = path if zone.kind == 'plain' else sign(zone, path, folder)
        made.append(zone)
    return made


def question_name(dice, zone):
    name = dice.choice(zone.names())
    kind = dice.random()
    if kind < 0.4:
        return name
    if kind < 0.55:
        return dice.choice(LABELS + ['*', 'zz', '0', 'm']) + '.' + name
    if kind < 0.65:
        return '.'.join(dice.choice(LABELS + ['*']) for _ in range(dice.randrange(2, 5))) + '.' + name
    if kind < 0.75 and name != zone.name:
        return name.split('.', 1)[1]
    if kind < 0.85 and name != zone.name:
        return dice.choice(LABELS + ['zz', '-', '*']) + '.' + name.split('.', 1)[1]
    if kind < 0.9:
        return name.upper()
    if kind < 0.92 and zone.hashes:
        return dice.choice(zone.hashes) + '.' + zone.name
    if kind < 0.93:
        return '.'.join(['x' * 63] * 3 + ['y' * 20, name])
    return random_name(dice, zone)


def questions(dice, zones_made, count):
    common = ['A', 'AAAA', 'NS', 'MX', 'TXT', 'CNAME', 'DS', 'SOA']
    made = []
    while len(made) < count:
        name = question_name(dice, dice.choice(zones_made))
        if len(name) > 250:
            continue
        rrtype = dice.choice(common if dice.random() < 0.7 else sorted(TYPES))
        made.append((name, TYPES[rrtype], dice.random() < 0.5))
    return made
