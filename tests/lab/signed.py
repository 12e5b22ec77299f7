"""Security status: what rootwalk finds secure, insecure or bogus, beside two independent validators."""
import glob
import os
import re

import ask
import checks
import daemons
import wire

PEERS = ('unbound', 'named')
BOGUS = os.path.join(daemons.HERE, 'bogus.txt')
DIFFERENCES = os.path.join(daemons.HERE, 'status.txt')
APEX = ('A', 'AAAA', 'MX', 'TXT', 'NS', 'SOA', 'DS', 'DNSKEY', 'SRV', 'CAA')
EVERY = 5                   # of the unsigned zones, one in so many is asked for more than its names
PROOFS = (ask.TYPES['NSEC'], ask.TYPES['NSEC3'])
RRSIG = ask.TYPES['RRSIG']


def zones():
    """(name, is it signed) of each zone of the lab."""
    folder = os.path.dirname(os.environ['LAB_QUERIES'])
    for path in sorted(glob.glob(f'{folder}/*.zones')):
        with open(path) as f:
            for name, file in re.findall(r'name: (\S+)\n zonefile: (\S+)', f.read()):
                with open(os.path.join(folder, file)) as zone:
                    yield name.rstrip('.') or '.', '\tDNSKEY\t' in (text := zone.read()) or ' DNSKEY ' in text


def questions():
    """(name, type): the healthy names, then each zone's own, and names and types that do not exist."""
    found = dict.fromkeys(ask.read_questions(os.path.join(os.environ['LAB_QUERIES'], 'hot.txt')))
    for i, (zone, signed) in enumerate(zone for zone in zones() if not zone[0].endswith('odd.net')):
        below = '' if zone == '.' else '.' + zone
        if signed or i % EVERY == 0:
            found.update(dict.fromkeys((zone, ask.TYPES[kind]) for kind in APEX))
            found.update(dict.fromkeys([('nothing-here' + below, wire.A), ('deep.nothing-here' + below, wire.MX),
                                        ('www' + below, ask.TYPES['CAA']), ('www' + below, ask.TYPES['DS'])]))
        else:
            found[zone, ask.TYPES['DS']] = None
    return list(found)


def status(response):
    if response is None:
        return 'not answered'
    if response.rcode == wire.SERVFAIL:
        return 'bogus'
    return 'secure' if response.flags & wire.AD else 'insecure'


def ask_status(address, asked, stream=False, **options):
    """The responses; truncated ones over TCP."""
    packets = ask.ask_all(address, [wire.query(*q, **options) for q in asked], stream)
    responses = [packet and wire.Response(packet) for packet, _ in packets]
    cut = [i for i, r in enumerate(responses) if r and r.flags & wire.TC and not stream]
    for i, response in zip(cut, ask_status(address, [asked[i] for i in cut], True, **options) if cut else []):
        responses[i] = response
    return responses


def read_table(path, fields):
    with open(path) as f:
        lines = [line.rstrip('\n').split('\t') for line in f if line.strip() and not line.startswith('#')]
    for line in lines:
        if len(line) != fields:
            raise SystemExit(f'{path}: {fields} fields are expected: {line}')
    return lines


class Verdicts:
    """What the peers say of each question, and which of their verdicts are known to be others."""

    def __init__(self, asked):
        self.asked, self.responses = asked, {}
        for i, peer in enumerate(PEERS):
            with daemons.Other(peer, f'127.0.1.{i + 1}', validate=True) as other:
                self.responses[peer] = ask_status(other.address, asked, do=True)
        self.known = [(re.compile(name), kind, peer, verdict) for name, kind, peer, verdict, _ in read_table(DIFFERENCES, 5)]

    def is_known(self, question, peer, verdict):
        return any(name.fullmatch(question[0]) and kind in ('*', ask.type_name(question[1])) and (who, what) == (peer, verdict)
                   for name, kind, who, what in self.known)

    def differ(self, number, own):
        """In which way the answer is another than a peer's; '' if in none. Data and status."""
        question = self.asked[number]
        for peer in PEERS:
            other = self.responses[peer][number]
            if self.is_known(question, peer, status(other)):
                continue
            if status(own) != status(other) or own.rcode != other.rcode:
                return f'{status(own)}, {peer} says {status(other)}\n    {peer}: {ask.show(other)}'
            if own.rcode != wire.SERVFAIL and data(own) != data(other):
                return f'the data, {peer} has others\n    {peer}: {ask.show(other)}'
        return ''


def data(response):
    return {key: value for key, value in ask.rrsets(response.answer).items() if key[1] != RRSIG}


def proof_missing(response, own_type):
    """A secure answer that was asked for with DO has to let the client check it; '' if it does."""
    signed = {r.owner for r in response.answer + response.authority if r.kind == RRSIG}
    negative = not any(r.kind == own_type for r in response.answer)
    for r in response.answer + response.authority:
        if r.owner not in signed and not (r.kind == wire.CNAME and any(d.kind == wire.DNAME for d in response.answer)):
            return f'{r.owner} {ask.type_name(r.kind)} has no signature'
    if negative and not any(r.kind in PROOFS for r in response.authority):
        return 'there is no proof of absence'
    return ''


def has_signatures(response, own_type):
    kinds = {r.kind for r in response.answer + response.authority} - {own_type}
    return bool(kinds & {RRSIG, *PROOFS})


def compare(report, when, verdicts, responses, do):
    for number, own in enumerate(responses):
        name, kind = verdicts.asked[number]
        why = 'not answered' if own is None else verdicts.differ(number, own)
        if not why and do and status(own) == 'secure':
            why = proof_missing(own, kind)
        if not why and not do and has_signatures(own, kind):
            why = 'signatures that nobody asked for'
        report.expect(not why, f'{when}: {name} {ask.type_name(kind)}: {why}\n    rootwalk: {ask.show(own)}')


def compare_unchecked(report, when, verdicts, responses):
    """With CD: the data, and no SERVFAIL for what is bogus."""
    for number, own in enumerate(responses):
        name, kind = verdicts.asked[number]
        other = verdicts.responses['unbound'][number]
        good = own and own.rcode != wire.SERVFAIL and own.flags & wire.CD
        if good and other.rcode != wire.SERVFAIL:
            good = own.rcode == other.rcode and data(own) == data(other)
        report.expect(good, f'{when}: {name} {ask.type_name(kind)}\n    rootwalk: {ask.show(own)}\n    unbound: {ask.show(other)}')


def bogus(report, workers):
    """The lab's broken zones: SERVFAIL, and the extended error names who is to blame. With CD: the data."""
    with daemons.Rootwalk(workers, validate=True) as rootwalk:
        for name, kind, verdict, code, words in read_table(BOGUS, 5):
            question = name, ask.type_number(kind)
            for again in 'cold', 'warm':
                response = ask.ask(rootwalk.address, *question, do=True)
                good = status(response) == verdict and (verdict != 'bogus' or any(
                    str(number) == code and re.search(words, text) for number, text in zip(response.ede, response.ede_texts)))
                if code != '-' and verdict != 'bogus' and again == 'cold':
                    good = good and int(code) in response.ede
                report.expect(good, f'{name} {kind} {again}: {status(response)}, expected {verdict} [{code}: {words}]\n'
                                    f'    rootwalk: {ask.show(response)}')
            response = ask.ask(rootwalk.address, *question, do=True, flags=wire.CD)
            report.expect(response and response.rcode != wire.SERVFAIL, f'{name} {kind} with CD: {ask.show(response)}')


def run(every_number_of_workers):
    asked, report = questions(), checks.Report()
    verdicts = Verdicts(asked)
    counts = {}
    for response in verdicts.responses['unbound']:
        counts[status(response)] = counts.get(status(response), 0) + 1
    print(f'signed: {len(asked)} questions; unbound: {counts}', flush=True)
    for workers in every_number_of_workers:
        with daemons.Rootwalk(workers, validate=True) as rootwalk:
            for when, flushed, options in (
                    ('UDP, cold', True, {'do': True}), ('UDP, warm', False, {'do': True}),
                    ('no DO, warm', False, {'flags': wire.AD}), ('TCP, warm', False, {'do': True, 'stream': True}),
                    ('TCP, cold', True, {'do': True, 'stream': True}), ('no DO, cold', True, {'flags': wire.AD}),
                    ('DO, after no DO', False, {'do': True}),
                    ('CD, warm', False, {'do': True, 'flags': wire.CD}), ('CD, cold', True, {'do': True, 'flags': wire.CD}),
                    ('UDP, after CD', False, {'do': True})):
                if flushed:
                    rootwalk.control('flush')
                responses, before = ask_status('127.0.0.1', asked, **options), report.wrong
                label = f'{workers} workers, {when}'
                if options.get('flags') == wire.CD:
                    compare_unchecked(report, label, verdicts, responses)
                else:
                    compare(report, label, verdicts, responses, options.get('do', False))
                print(f'signed: {label}: {report.wrong - before} differ', flush=True)
        bogus(report, workers)
    return report.end('signed')
