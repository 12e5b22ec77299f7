"""
Kinds of damage. Each is a function that changes a message in place; `expected` is what must become of it: 'bogus', or
for changes that no validator may mind, 'secure' (as good as the honest response).
"""
import struct
import time

import wire
from wire import DNSKEY, DS, NSEC, NSEC3, RRSIG

# What is asked, and which RRset of the response is the one that matters.
QUESTIONS = {
    'address': ('xx.example.', 'A'), 'alias': ('alias.example.', 'CNAME'), 'several': ('example.', 'NS'),
    'soa': ('example.', 'SOA'), 'ds': ('a.example.', 'DS'), 'dnskey': ('example.', 'DNSKEY'),
    'wildcard': ('foo.w.example.', 'MX'), 'nxdomain': ('nope.example.', 'A'), 'nodata': ('ns1.example.', 'MX'),
    'ent': ('y.w.example.', 'A'), 'wildcard-nodata': ('foo.w.example.', 'A'), 'no-ds': ('b.example.', 'DS'),
}
POSITIVE = ('address', 'alias', 'several', 'soa', 'ds', 'dnskey', 'wildcard')
NEGATIVE = ('nxdomain', 'nodata', 'ent', 'wildcard-nodata', 'no-ds')


def put(data, at, octets):
    return data[:at] + octets + data[at + len(octets):]


def flip(data, at):
    at = at % len(data)
    return put(data, at, bytes([data[at] ^ 1]))


def time_in(days):
    return struct.pack('!I', int(time.time()) + days * 86400)


def signer_end(data):
    return 18 + wire.name_length(data, 18)


def with_signer(data, signer):
    return data[:18] + wire.name(signer) + data[signer_end(data):]


# Changes of an RRSIG's rdata.
SIGNATURE = {
    'covers-another-type': lambda d: put(d, 0, struct.pack('!H', 99)),
    'algorithm-unknown': lambda d: put(d, 2, b'\xc8'),
    'algorithm-8-or-13': lambda d: put(d, 2, b'\x08' if d[2] != 8 else b'\x0d'),
    'labels-plus-one': lambda d: put(d, 3, bytes([d[3] + 1])),
    'labels-minus-one': lambda d: put(d, 3, bytes([max(0, d[3] - 1)])),
    'labels-255': lambda d: put(d, 3, b'\xff'),
    'original-ttl': lambda d: put(d, 4, struct.pack('!I', 3601)),
    'original-ttl-zero': lambda d: put(d, 4, bytes(4)),
    'expired': lambda d: put(d, 8, time_in(-30)),
    'expiration-plus-one': lambda d: put(d, 8, struct.pack('!I', struct.unpack_from('!I', d, 8)[0] + 1)),
    'not-yet-valid': lambda d: put(d, 12, time_in(30)),
    'inception-plus-one': lambda d: put(d, 12, struct.pack('!I', struct.unpack_from('!I', d, 12)[0] + 1)),
    'times-exchanged': lambda d: d[:8] + d[12:16] + d[8:12] + d[16:],
    'key-tag': lambda d: put(d, 16, struct.pack('!H', (struct.unpack_from('!H', d, 16)[0] + 1) & 0xFFFF)),
    'signer-root': lambda d: with_signer(d, '.'),
    'signer-sibling': lambda d: with_signer(d, 'sample.'),
    'signer-child': lambda d: with_signer(d, 'a.example.'),
    'signature-first-octet': lambda d: flip(d, signer_end(d)),
    'signature-last-octet': lambda d: flip(d, -1),
    'signature-zeros': lambda d: d[:signer_end(d)] + bytes(len(d) - signer_end(d)),
    'signature-ones': lambda d: d[:signer_end(d)] + b'\xff' * (len(d) - signer_end(d)),
    'signature-cut': lambda d: d[:-1],
    'signature-longer': lambda d: d + b'\0',
    'signature-one-octet': lambda d: d[:signer_end(d) + 1],
    'signature-none': lambda d: d[:signer_end(d)],
}


def change_signatures(kind, change):
    def damage(message, nsd):
        for r in message.records():
            if r.covered() == kind:
                r.data = change(r.data)
    return damage


def strip_signatures(kind):
    def damage(message, nsd):
        for section in message.sections():
            section[:] = [r for r in section if r.covered() != kind]
    return damage


def other_signature(kind):
    """The signature of another RRset, said to cover this one."""
    def damage(message, nsd):
        other = next(r for r in nsd.ask(wire.query('example.', wire.TXT)).answer if r.kind == RRSIG)
        for r in message.records():
            if r.covered() == kind:
                r.data = put(other.data, 0, struct.pack('!H', kind))
    return damage


def change_rdata(kind, change):
    def damage(message, nsd):
        for section in message.sections():
            for r in [r for r in section if r.kind == kind and change(r.data) != r.data][:1]:
                r.data = change(r.data)
    return damage


def move(kind, owner):
    def damage(message, nsd):
        for r in message.records():
            if r.kind == kind or r.covered() == kind:
                r.owner = wire.name(owner)
    return damage


def add_record(kind):
    def damage(message, nsd):
        for section in message.sections():
            for r in [r for r in section if r.kind == kind][:1]:
                extra = r.copy()
                extra.data = flip(extra.data, -1 if kind != wire.SOA else -2)
                section.append(extra)
    return damage


def drop_record(kind):
    def damage(message, nsd):
        for section in message.sections():
            found = [r for r in section if r.kind == kind]
            if len(found) > 1:
                section.remove(found[0])
    return damage


def drop_set(kind):
    def damage(message, nsd):
        for section in message.sections():
            section[:] = [r for r in section if r.kind != kind and r.covered() != kind]
    return damage


def strip_all(message, nsd):
    for section in message.sections():
        section[:] = [r for r in section if r.kind not in (RRSIG, NSEC, NSEC3)]


# Changes that mean nothing.
def upper_case_owner(message, nsd):
    for r in message.records():
        if r.kind not in (NSEC3,) and r.covered() != NSEC3:
            r.owner = r.owner.upper()


def reverse(message, nsd):
    for section in message.sections():
        section.reverse()


def raise_ttl(message, nsd):
    for r in message.records():
        r.ttl = 2000000


def double(message, nsd):
    for section in (message.answer, message.authority):
        section.extend([r.copy() for r in section])


def stray_signature(message, nsd):
    for section in (message.answer, message.authority):
        for r in [r for r in section if r.kind == RRSIG][:1]:
            bad = r.copy()
            bad.data = put(bad.data, 16, struct.pack('!H', (struct.unpack_from('!H', bad.data, 16)[0] + 7) & 0xFFFF))
            section.insert(0, bad)


HARMLESS = {'upper-case-owners': upper_case_owner, 'order': reverse, 'ttl-raised': raise_ttl, 'records-twice': double,
            'signature-by-no-key-beside': stray_signature}


def rcode(number):
    def damage(message, nsd):
        message.flags = message.flags & ~15 | number
    return damage


def proof_of(name, kind=wire.A):
    """The authority section of another denial: replayed."""
    def damage(message, nsd):
        other = nsd.ask(wire.query(name, kind))
        message.answer[:] = []
        message.authority[:] = other.authority
        message.flags = message.flags & ~15 | other.flags & 15
    return damage


def drop_denial(number):
    """Leaves out one NSEC or NSEC3 record with its signature."""
    def damage(message, nsd):
        owners = []
        for r in message.authority:
            if r.kind in (NSEC, NSEC3) and r.owner not in owners:
                owners.append(r.owner)
        if len(owners) > number:
            message.authority[:] = [r for r in message.authority if r.owner != owners[number] or
                                    (r.kind not in (NSEC, NSEC3) and r.covered() not in (NSEC, NSEC3))]
    return damage


def denial_kind(zone):
    return NSEC if zone.endswith('-nsec') else NSEC3


NSEC_CHANGES = {
    'next-apex': lambda d: wire.name('example.') + d[wire.name_length(d):],
    'next-far': lambda d: wire.name('zzz.example.') + d[wire.name_length(d):],
    'next-outside': lambda d: wire.name('zzz.') + d[wire.name_length(d):],
    'bitmap-last-octet': lambda d: flip(d, -1),
    'bitmap-empty': lambda d: d[:wire.name_length(d)],
    'bitmap-window-too-long': lambda d: d[:wire.name_length(d)] + b'\0\x21' + bytes(33),
    'bitmap-behind': lambda d: d + b'\0',
    'empty': lambda d: b'',
}
NSEC3_CHANGES = {
    'hash-unknown': lambda d: put(d, 0, b'\2'),
    'flags-opt-out': lambda d: put(d, 1, bytes([d[1] ^ 1])),
    'flags-unknown': lambda d: put(d, 1, b'\x80'),
    'iterations-plus-one': lambda d: put(d, 2, struct.pack('!H', struct.unpack_from('!H', d, 2)[0] + 1)),
    'iterations-65535': lambda d: put(d, 2, b'\xff\xff'),
    'salt-longer': lambda d: d[:4] + bytes([d[4] + 1]) + d[5:5 + d[4]] + b'\x55' + d[5 + d[4]:],
    'salt-255': lambda d: put(d, 4, b'\xff'),
    'next-first-octet': lambda d: flip(d, 6 + d[4]),
    'next-length-zero': lambda d: d[:5 + d[4]] + b'\0' + d[26 + d[4]:],
    'bitmap-last-octet': lambda d: flip(d, -1),
    'bitmap-empty': lambda d: d[:26 + d[4]],
    'empty': lambda d: b'',
}
KEY_CHANGES = {
    'flags-no-zone': lambda d: put(d, 0, b'\0\0'),
    'flags-revoked': lambda d: put(d, 1, bytes([d[1] | 0x80])),
    'protocol': lambda d: put(d, 2, b'\4'),
    'algorithm': lambda d: put(d, 3, b'\xc8'),
    'first-octet': lambda d: flip(d, 4),
    'last-octet': lambda d: flip(d, -1),
    'cut': lambda d: d[:-1],
    'no-key': lambda d: d[:4],
    'empty': lambda d: b'',
}
DS_CHANGES = {
    'key-tag': lambda d: put(d, 0, struct.pack('!H', (struct.unpack_from('!H', d)[0] + 1) & 0xFFFF)),
    'algorithm': lambda d: put(d, 2, b'\xc8'),
    'digest-type': lambda d: put(d, 3, b'\xc8'),
    'digest-first-octet': lambda d: flip(d, 4),
    'digest-cut': lambda d: d[:-1],
    'digest-none': lambda d: d[:4],
}


def only(name, kind, damage):
    """Only responses to that question are damaged, and only those of the zone itself: no referrals."""
    def selective(message, nsd):
        if message.qtype == kind and wire.text(message.qname).lower() == name and nsd.zone == \
                ('.' if name == '.' else 'example.'):
            damage(message, nsd)
    return selective


def cases(zone):
    """(damage, question, function, expected) for a zone of tests/dnssec/signed."""
    kind_of_denial = denial_kind(zone)
    for question, (qname, qtype) in QUESTIONS.items():
        kind = wire.NUMBERS[qtype]
        here = lambda damage: only(qname, kind, damage)                                         # noqa: E731
        for name, damage in HARMLESS.items():
            yield name, question, here(damage), 'same'
        yield 'all-stripped', question, here(strip_all), 'bogus'
        yield 'rcode-servfail', question, here(rcode(2)), 'bogus'
        if question in POSITIVE:
            for name, change in SIGNATURE.items():
                yield f'rrsig-{name}', question, here(change_signatures(kind, change)), 'bogus'
            yield 'rrsig-stripped', question, here(strip_signatures(kind)), 'bogus'
            yield 'rrsig-of-another-set', question, here(other_signature(kind)), 'bogus'
            yield 'rdata-last-octet', question, here(change_rdata(kind, lambda d: flip(d, -2))), 'bogus'
            yield 'record-added', question, here(add_record(kind)), 'bogus'
            yield 'denied-by-replay', question, here(proof_of('nope.example.')), 'bogus'
            if question in ('several', 'dnskey'):
                yield 'record-dropped', question, here(drop_record(kind)), 'bogus'
        else:
            for name, change in SIGNATURE.items():
                yield (f'rrsig-of-denial-{name}', question, here(change_signatures(kind_of_denial, change)), 'bogus')
            for name, change in (NSEC_CHANGES if kind_of_denial == NSEC else NSEC3_CHANGES).items():
                if (name, question, kind_of_denial) == ('bitmap-empty', 'ent', NSEC3):      # it is empty
                    continue
                yield f'denial-{name}', question, here(change_rdata(kind_of_denial, change)), 'bogus'
            yield 'denial-stripped', question, here(drop_set(kind_of_denial)), 'bogus'
            yield 'denial-rrsig-stripped', question, here(strip_signatures(kind_of_denial)), 'bogus'
            yield 'denial-of-another-name', question, here(proof_of('zz.example.' if question != 'nxdomain' else
                                                                    'ai.example.', wire.TXT)), 'bogus'
            yield 'denial-first-left-out', question, here(drop_denial(0)), 'either'
    yield 'wildcard-proof-stripped', 'wildcard', only('foo.w.example.', wire.MX, drop_set(kind_of_denial)), 'bogus'
    yield 'nxdomain-as-nodata', 'nxdomain', only('nope.example.', wire.A, rcode(0)), 'either'
    yield 'nodata-as-nxdomain', 'nodata', only('ns1.example.', wire.MX, rcode(3)), 'either'
    yield 'moved', 'address', only('xx.example.', wire.A, move(wire.A, 'ai.example.')), 'bogus'
    yield 'taken-from-elsewhere', 'address', only('xx.example.', wire.A, taken_from('ai.example.', wire.A)), 'bogus'
    yield 'wildcard-for-a-name-that-exists', 'address', only('xx.example.', wire.A, taken_from('foo.wild.example.',
                                                                                                wire.CNAME)), 'bogus'
    for name, change in KEY_CHANGES.items():
        yield f'key-{name}', 'address', only('example.', DNSKEY, change_keys(change)), 'bogus'
    for name, change in SIGNATURE.items():
        yield f'keys-rrsig-{name}', 'address', only('example.', DNSKEY, change_signatures(DNSKEY, change)), 'bogus'
    yield 'keys-rrsig-stripped', 'address', only('example.', DNSKEY, strip_signatures(DNSKEY)), 'bogus'
    yield 'keys-none', 'address', only('example.', DNSKEY, drop_set(DNSKEY)), 'bogus'
    yield 'keys-only-signing', 'address', only('example.', DNSKEY, keep_keys(256)), 'bogus'
    yield 'keys-only-entry', 'address', only('example.', DNSKEY, keep_keys(257)), 'bogus'
    for name, change in DS_CHANGES.items():
        yield f'parent-ds-{name}', 'address', parent(change_keys(change, DS)), 'bogus'
    for name, change in SIGNATURE.items():
        if name == 'signer-root':       # it is
            continue
        yield f'parent-ds-rrsig-{name}', 'address', parent(change_signatures(DS, change)), 'bogus'
    yield 'parent-ds-stripped', 'address', parent(drop_set(DS)), 'bogus'
    yield 'parent-ds-rrsig-stripped', 'address', parent(strip_signatures(DS)), 'bogus'
    yield 'root-keys-rrsig-stripped', 'address', only('.', DNSKEY, strip_signatures(DNSKEY)), 'bogus'
    yield 'root-keys-none', 'address', only('.', DNSKEY, drop_set(DNSKEY)), 'bogus'
    yield 'root-key-last-octet', 'address', only('.', DNSKEY, change_keys(lambda d: flip(d, -1))), 'bogus'


def taken_from(name, kind):
    """Another name's answer, renamed."""
    def damage(message, nsd):
        other = nsd.ask(wire.query(name, kind))
        message.answer[:] = other.answer
        message.authority[:] = other.authority
        for r in message.answer:
            r.owner = message.qname
    return damage


def change_keys(change, kind=DNSKEY):
    def damage(message, nsd):
        for r in message.records():
            if r.kind == kind:
                r.data = change(r.data)
    return damage


def keep_keys(flags):
    def damage(message, nsd):
        message.answer[:] = [r for r in message.answer
                             if r.kind != DNSKEY or struct.unpack_from('!H', r.data)[0] == flags]
    return damage


def parent(damage):
    """DS records of example., wherever the parent's servers send them."""
    def selective(message, nsd):
        if nsd.zone == '.':
            damage(message, nsd)
    return selective
