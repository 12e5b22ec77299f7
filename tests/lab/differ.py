"""What a response says, field by field; where one differs from most of the others; which rule explains it."""
import collections
import fnmatch
import re
from dataclasses import dataclass

import ask
import wire

SECTIONS = ('answer', 'authority', 'additional')
FLAGS = {'aa': wire.AA, 'tc': wire.TC, 'rd': wire.RD, 'ra': wire.RA, 'ad': wire.AD, 'cd': wire.CD, 'z': 0x40}
FIELDS = ('reply', 'rcode', *FLAGS, 'question', 'edns', *SECTIONS, 'ttl')


class Seen:
    """The fields of a response; a section is a frozenset of RRsets (owner, type, set of data), the order of records
    and TTLs apart. Texts of extended errors are not compared."""

    def __init__(self, packet):
        try:
            response = wire.Response(packet)
        except (ValueError, IndexError) as error:
            self.truncated, self.ttls, self.text = False, {}, f'malformed: {error}'
            self.values = {'reply': 'malformed'}
            return
        self.truncated = bool(response.flags & wire.TC)
        self.values = {'reply': 'one', 'rcode': ask.rcode_name(response.rcode),
                       'question': ' '.join(map(str, response.questions)) or 'none',
                       'edns': 'none' if response.edns is None else f'there, do={int(response.do)}'}
        self.values.update({name: str(int(bool(response.flags & bit))) for name, bit in FLAGS.items()})
        self.take_sections(response)

    def take_sections(self, response):
        self.ttls = collections.defaultdict(int)
        for section in SECTIONS:
            records = getattr(response, section)
            self.values[section] = frozenset((*key, frozenset(data)) for key, data in ask.rrsets(records).items())
            for r in records:
                key = r.owner, covered(r)
                self.ttls[key] = max(r.ttl, self.ttls[key])
        flags = ' '.join(name for name in FLAGS if self.values[name] == '1')
        parts = ' | '.join(', '.join(f'{r.owner} {r.ttl} {ask.type_name(r.kind)} {short(r.data)}'
                                     for r in getattr(response, section)[:8]) for section in SECTIONS)
        self.text = f'{self.values["rcode"]} [{flags}] {parts} {response.ede or ""}'

    def add_whole(self, packet):
        """The same over TCP, after a truncated response: rcode and sections are from there."""
        try:
            response = wire.Response(packet)
        except (ValueError, IndexError):
            return
        self.values['rcode'] = ask.rcode_name(response.rcode)
        self.take_sections(response)


def covered(record):
    """The type; of a signature that of the records it is for, whose TTL is its own (RFC 4034 §3)."""
    return int.from_bytes(record.data[:2], 'big') if record.kind == ask.TYPES['RRSIG'] else record.kind


def short(data):
    return data.hex()[:24] if isinstance(data, bytes) else str(data)[:60]


def show(seen):
    return 'no answer' if seen is None else seen.text


@dataclass
class Difference:
    at: int             # the question's number
    field: str
    own: str            # in words, for rules and people
    most: str
    rcode: str          # of ours, of most of the others
    most_rcode: str


def in_words(value):
    if isinstance(value, frozenset):
        return '+'.join(sorted({ask.type_name(kind) for _, kind, _ in value})) or '-'
    return str(value)


def majority(values):
    """What more than half of them have, else None."""
    value, votes = collections.Counter(values).most_common(1)[0]
    return value if votes * 2 > len(values) else None


def compare_fields(at, own, others):
    """Differs: from what most have; where there is no such thing, from each of them."""
    found = []
    rcodes = [o.values.get('rcode') if o else 'none' for o in others]
    for field in FIELDS[:-1]:
        values = [o.values.get(field) if o else {'reply': 'none'}.get(field) for o in others]
        mine = own.values.get(field) if own else {'reply': 'none'}.get(field)
        most = majority(values)
        present = [v for v in values if v is not None]
        if mine is None or not present:
            continue
        if mine != most if most is not None else mine not in present:
            words = in_words(most) if most is not None else 'divided'
            found.append(Difference(at, field, in_words(mine), words, own.values.get('rcode', '') if own else '',
                                    majority(rcodes) or 'divided'))
    return found


def differences(own, others, published):
    """All of them, over all questions. A TTL may be at most what the zone has (`published`) or another has shown."""
    highest = collections.defaultdict(int, published)
    for responses in others:
        for seen in filter(None, responses):
            for key, ttl in seen.ttls.items():
                highest[key] = max(ttl, highest[key])
    found = []
    for at, mine in enumerate(own):
        found += compare_fields(at, mine, [responses[at] for responses in others])
        for key, ttl in mine.ttls.items() if mine else ():
            if key in highest and ttl > highest[key]:
                found.append(Difference(at, 'ttl', f'{ask.type_name(key[1])} {ttl}', f'at most {highest[key]}',
                                        mine.values['rcode'], ''))
    return found


class Rule:
    """A line of differences.txt."""

    WORDS = ('rd', 'ad', 'cd', 'do')

    def __init__(self, number, fields, question, own, most, reason):
        self.number, self.fields, self.own, self.most, self.reason = number, fields.split(','), own, most, reason
        self.question = [] if question == '*' else [word.partition('=')[::2] for word in question.split()]

    def fits(self, question, difference):
        return (difference.field in self.fields and fnmatch.fnmatchcase(difference.own, self.own) and
                fnmatch.fnmatchcase(difference.most, self.most) and
                all(self.holds(word, value, question, difference) for word, value in self.question))

    def holds(self, word, value, question, difference):
        if word == 'type':
            return ask.type_name(question.kind) in value.split(',')
        if word == 'name':
            return fnmatch.fnmatchcase(question.name.lower().rstrip('.'), value)
        if word == 'rcode':
            return value == difference.rcode
        if word == 'others':
            return value == difference.most_rcode
        if word in ('edns', 'tcp'):
            return value == str(int(question.stream if word == 'tcp' else question.size is not None))
        if word == 'size':
            return question.size is not None and question.size < int(value)
        return value == str(int(getattr(question, word)))


def read_rules(path):
    """FIELDS, QUESTION, OURS, OTHERS, REASON; tabs between them."""
    rules, words = [], re.compile(r'(type|name|rcode|others|edns|tcp|size|rd|ad|cd|do)=\S+')
    with open(path) as f:
        for number, line in enumerate(f, 1):
            if line.startswith('#') or not line.strip():
                continue
            columns = line.rstrip('\n').split('\t')
            if len(columns) != 5 or not set(columns[0].split(',')) <= set(FIELDS) or not columns[4].strip() or \
                    not (columns[1] == '*' or all(words.fullmatch(word) for word in columns[1].split())):
                raise SystemExit(f'{path}:{number}: fields, question, ours, others, reason are expected, tabs between them')
            rules.append(Rule(number, *columns))
    return rules
