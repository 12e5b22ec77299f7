"""What an answer has to be like: as another resolver's, as the zone files say, as oddities.txt says."""
import glob
import os
import re
from collections import namedtuple

import ask
import wire

Expected = namedtuple('Expected', 'name kind rcodes seconds data comment')
SHOWN = 40                  # failures printed in full


def read_oddities(path):
    expected = []
    with open(path) as f:
        for number, line in enumerate(f, 1):
            if line.startswith('#') or not line.strip():
                continue
            fields = line.rstrip('\n').split('\t')
            if not 4 <= len(fields) <= 5:
                raise SystemExit(f'{path}:{number}: name, type, rcode, data and perhaps a comment are expected')
            rcode, _, seconds = fields[2].partition('<=')
            expected.append(Expected(*fields[:2], rcode.split('|'), float(seconds or 'inf'), fields[3], fields[4:]))
    return expected


class ZoneFiles:
    """The records of all zones: the truth. Of types that are not READ only the TTLs are compared."""
    READ = (wire.A, wire.NS, wire.CNAME, wire.PTR, wire.MX, wire.TXT, wire.DNAME)

    def __init__(self, folder):
        self.ttls, self.data = {}, {}
        self.asked = self.known = 0
        line = re.compile(r'^(\S+)\s+(\d+)\s+IN\s+([A-Z0-9]+)\s+(.*)$', re.M)
        for path in glob.glob(f'{folder}/*/**', recursive=True):
            if os.path.isfile(path) and '/queries/' not in path:
                with open(path) as f:
                    for owner, ttl, kind, data in line.findall(f.read()):
                        key = owner.lower(), ask.TYPES.get(kind)
                        self.ttls[key] = max(int(ttl), self.ttls.get(key, 0))
                        self.data.setdefault(key, set()).add(self.read(kind, data))

    @staticmethod
    def read(kind, data):
        if kind == 'MX':
            preference, name = data.split()
            return int(preference), name.lower()
        if kind == 'TXT':
            return ''.join(re.findall(r'"([^"]*)"', data))
        return data.lower()

    def differs(self, response):
        """What in an answer is not as the zones have it; '' if nothing is."""
        for key, data in ask.rrsets(response.answer).items():
            self.asked += 1
            if key not in self.data:        # by a wildcard or a DNAME
                continue
            self.known += 1
            if key[1] in self.READ and data != self.data[key]:
                return f'the zone has {self.data[key]}'
            if any(r.ttl > self.ttls[key] for r in response.answer if (r.owner, r.kind) == key):
                return f'the zone has a TTL of {self.ttls[key]}'
        return ''


def peculiar(question, response):
    """What no answer to an ordinary question with EDNS may look like; '' if it does not."""
    name, kind = question
    flags, keys = response.flags, [(r.owner, r.kind, r.data) for r in response.answer]
    negative = not any(r.kind == kind for r in response.answer)
    chain = name.lower().rstrip('.') + '.'
    if response.questions != [(name.rstrip('.') + '.', kind, wire.IN)]:
        return f'the question is {response.questions}'
    if flags & (wire.QR | wire.RA | wire.RD) != wire.QR | wire.RA | wire.RD or flags & (wire.AA | 0x70):
        return f'flags {flags:04x}'
    if response.edns is None:
        return 'no OPT record'
    if len(set(keys)) < len(keys):
        return 'a record stands there twice'
    for r in response.answer:
        if r.owner != chain and r.kind not in (wire.DNAME, 46):
            return f'{r.owner} stands where {chain} is expected'
        if r.kind == wire.CNAME and kind not in (wire.CNAME, wire.ANY):
            chain = r.data
    if response.rcode in (0, 3) and negative and [r.kind for r in response.authority] != [wire.SOA]:
        return f'a negative answer with {response.authority} as authority'
    if response.rcode in (0, 3) and not negative and response.authority:
        return f'authority {response.authority}'
    return f'additional {response.additional}' if response.additional and kind not in (2, 15, 33) else ''


class Report:
    def __init__(self):
        self.count = self.wrong = 0

    def fail(self, text):
        self.wrong += 1
        if self.wrong <= SHOWN:
            print(f'FAILED {text}', flush=True)

    def expect(self, condition, text):
        self.count += 1
        if not condition:
            self.fail(text)

    def check(self, when, question, own, other, truth):
        """A healthy name: as the other resolver has it, and as the zone files do."""
        self.count += 1
        if own is None or other is None:
            why = 'not answered'
        elif own.flags & wire.TC:
            why = 'truncated'
        elif own.rcode != other.rcode or ask.rrsets(own.answer) != ask.rrsets(other.answer):
            why = 'they differ'
        else:
            why = peculiar(question, own) or truth.differs(own)
        if why:
            self.fail(f'{when}: {question[0]} {ask.type_name(question[1])}: {why}\n'
                      f'    rootwalk: {ask.show(own)}\n    unbound:  {ask.show(other)}')

    def answered(self, question, response, seconds, latest):
        self.count += 1
        if response is None or response.rcode not in (0, 3) or seconds > latest:
            self.fail(f'{question[0]} {ask.type_name(question[1])} after {seconds:.2f} s: {ask.show(response)}')

    def oddity(self, expected, response, seconds, latest):
        self.count += 1
        why = self.oddity_differs(expected, response, seconds, latest)
        if why:
            self.fail(f'{expected.name} {expected.kind} after {seconds:.2f} s: {why}\n'
                      f'    rootwalk: {ask.show(response)}\n    expected: {"|".join(expected.rcodes)} '
                      f'{expected.data} {" ".join(expected.comment)}')

    @staticmethod
    def oddity_differs(expected, response, seconds, latest):
        if response is None:
            return 'not answered'
        if ask.rcode_name(response.rcode) not in expected.rcodes:
            return 'the rcode'
        if seconds > min(latest, expected.seconds):
            return 'too late'
        if not has_data(expected.data, response):
            return 'the data'
        if response.rcode == wire.SERVFAIL:
            return '' if any(re.search(r'\.net\.|limit|alias', text) for text in response.ede_texts) else 'says not why'
        return peculiar((expected.name, ask.type_number(expected.kind)), response)

    def end(self, name):
        if self.wrong > SHOWN:
            print(f'... and {self.wrong - SHOWN} more')
        print(f'{name}: {self.count - self.wrong} of {self.count} as expected', flush=True)
        return 1 if self.wrong or not self.count else 0


def has_data(expected, response):
    if expected == 'any':
        return True
    found = {}
    for r in response.answer:
        data = r.data.hex() if isinstance(r.data, bytes) else str(r.data)
        found.setdefault(ask.type_name(r.kind), []).append(data)
    for part in [] if expected == '-' else expected.split('; '):
        kind, _, data = part.partition(' ')
        kind, star, count = kind.partition('*')
        there = found.pop(kind, [])
        if (len(there) != int(count)) if star else (there != [data]):
            return False
    return not found
