"""Messages of the DNS, as far as a comparison needs them."""
import struct

TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'HINFO': 13, 'MX': 15, 'TXT': 16, 'AAAA': 28, 'SRV': 33,
         'DNAME': 39, 'DS': 43, 'RRSIG': 46, 'NSEC': 47, 'DNSKEY': 48, 'NSEC3': 50, 'NSEC3PARAM': 51, 'TLSA': 52,
         'SVCB': 64, 'ANY': 255, 'CAA': 257, 'TYPE65400': 65400}
NAMES = {number: name for name, number in TYPES.items()}
RCODES = {0: 'NOERROR', 1: 'FORMERR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED', 6: 'YXDOMAIN', 9: 'NOTAUTH'}
# Where names stand in rdata: (octets before, how many names), of types that may be compressed or that have names
# whose case does not matter (RFC 4034 §6.2).
NAMES_IN = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 33: (6, 1), 39: (0, 1), 46: (18, 1), 47: (0, 1)}


def type_name(number):
    return NAMES.get(number, f'TYPE{number}')


def to_wire(name):
    return b''.join(bytes([len(label)]) + label.encode('latin-1') for label in name.split('.') if label) + b'\0'


def query(number, name, qtype, dnssec):
    edns = b'\0' + struct.pack('!HHIH', 41, 4096, 0x8000 if dnssec else 0, 0)
    return struct.pack('!HHHHHH', number, 0, 1, 0, 0, 1) + to_wire(name) + struct.pack('!HH', qtype, 1) + edns


class Message:
    """rcode, flags, and the sections as sets of (owner, type, class, TTL, rdata), names in lower case."""

    def __init__(self, wire):
        self.wire, self.names = wire, {}
        self.id, flags, questions, *counts = struct.unpack_from('!HHHHHH', wire)
        self.flags, self.rcode = flags & 0xfff0, flags & 15
        self.aa, self.tc = bool(flags & 0x400), bool(flags & 0x200)
        at = 12
        for _ in range(questions):
            _, at = self.name(at)
            at += 4
        self.repeated = False
        sections = []
        for count in counts:
            section = set()
            for _ in range(count):
                record, at = self.record(at)
                if record is None:
                    continue
                self.repeated = self.repeated or record in section
                section.add(record)
            sections.append(section)
        self.answer, self.authority, self.additional = sections

    def name(self, at):
        if at in self.names:
            return self.names[at]
        wire, length = self.wire, self.wire[at]
        if length == 0:
            found = b'\0', at + 1
        elif length >= 0xc0:
            found = self.name((length & 0x3f) << 8 | wire[at + 1])[0], at + 2
        else:
            rest, after = self.name(at + 1 + length)
            found = wire[at:at + 1 + length].lower() + rest, after
        self.names[at] = found
        return found

    def record(self, at):
        owner, at = self.name(at)
        rrtype, rrclass, ttl, length = struct.unpack_from('!HHIH', self.wire, at)
        at += 10
        end = at + length
        if rrtype == 41:
            return None, end
        before, names = NAMES_IN.get(rrtype, (0, 0))
        rdata, at = self.wire[at:at + before], at + before
        for _ in range(names):
            name, at = self.name(at)
            rdata += name
        return (owner, rrtype, rrclass, ttl, rdata + self.wire[at:end]), end

    def head(self):
        return (f'{RCODES.get(self.rcode, self.rcode)}{" AA" if self.aa else ""}{" TC" if self.tc else ""}'
                f'{" a record twice" if self.repeated else ""}')

    @staticmethod
    def show(record):
        owner, rrtype, _, ttl, rdata = record
        covered = f' {type_name(struct.unpack_from("!H", rdata)[0])}' if rrtype == 46 else ''
        return f'{text(owner)} {ttl} {type_name(rrtype)}{covered} {rdata[:40]!r}'


def text(name):
    labels, at = [], 0
    while name[at]:
        labels.append(name[at + 1:at + 1 + name[at]].decode('latin-1'))
        at += 1 + name[at]
    return '.'.join(labels) + '.'
