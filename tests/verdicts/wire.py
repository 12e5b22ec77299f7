"""Messages as lists of records that can be changed: owners and rdata without compression."""
import struct

A, NS, CNAME, SOA, MX, TXT, AAAA, DNAME, OPT = 1, 2, 5, 6, 15, 16, 28, 39, 41
DS, RRSIG, NSEC, DNSKEY, NSEC3 = 43, 46, 47, 48, 50
TYPES = {A: 'A', NS: 'NS', CNAME: 'CNAME', SOA: 'SOA', MX: 'MX', TXT: 'TXT', DS: 'DS', DNSKEY: 'DNSKEY', NSEC: 'NSEC',
         NSEC3: 'NSEC3'}
NUMBERS = {name: number for number, name in TYPES.items()}
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
DO = 0x8000


def name(text):
    """Wire form of a name without escapes."""
    return b''.join(bytes([len(w)]) + w.encode() for w in text.rstrip('.').split('.') if w) + b'\0'


def text(wire):
    at, words = 0, []
    while wire[at]:
        words.append(wire[at + 1:at + 1 + wire[at]].decode('latin-1'))
        at += 1 + wire[at]
    return '.'.join(words) + '.'


def name_length(wire, at=0):
    start = at
    while wire[at]:
        at += 1 + wire[at]
    return at + 1 - start


class Record:
    def __init__(self, owner, kind, ttl, data):
        self.owner, self.kind, self.ttl, self.data = owner, kind, ttl, data

    def copy(self):
        return Record(self.owner, self.kind, self.ttl, self.data)

    def covered(self):
        return struct.unpack_from('!H', self.data)[0] if self.kind == RRSIG and len(self.data) > 1 else None


class Message:
    """ANSWER, AUTHORITY and ADDITIONAL without OPT; the question as octets."""

    def __init__(self, packet):
        self.packet = packet
        self.id, self.flags, questions, *counts = struct.unpack_from('!6H', packet)
        self.at = 12
        self.qname = self.read_name()
        self.qtype, self.qclass = self.read('!2H')
        assert questions == 1
        self.size, self.do, self.edns = 512, False, False
        self.answer, self.authority, self.additional = ([r for r in (self.read_record() for _ in range(n)) if r]
                                                        for n in counts)

    def read(self, form):
        values = struct.unpack_from(form, self.packet, self.at)
        self.at += struct.calcsize(form)
        return values

    def read_name(self):
        out, at, jumped = b'', self.at, False
        while self.packet[at]:
            if self.packet[at] >= 0xC0:
                if not jumped:
                    self.at, jumped = at + 2, True
                at = struct.unpack_from('!H', self.packet, at)[0] & 0x3FFF
                continue
            out += self.packet[at:at + 1 + self.packet[at]]
            at += 1 + self.packet[at]
        if not jumped:
            self.at = at + 1
        return out + b'\0'

    def read_record(self):
        owner = self.read_name()
        kind, klass, ttl, length = self.read('!2HIH')
        end = self.at + length
        if kind in (NS, CNAME, DNAME):
            data = self.read_name()
        elif kind == MX:
            data = self.packet[self.at:self.at + 2]
            self.at += 2
            data += self.read_name()
        elif kind == SOA:
            data = self.read_name()
            data += self.read_name()
            data += self.packet[self.at:end]
        else:
            data = self.packet[self.at:end]
        self.at = end
        if kind == OPT:
            self.edns, self.size, self.do = True, klass, bool(ttl & DO)
            return None
        return Record(owner, kind, ttl, data)

    def sections(self):
        return self.answer, self.authority, self.additional

    def records(self):
        return [r for section in self.sections() for r in section]

    def octets(self, limit=65535):
        counts = [len(s) for s in self.sections()]
        body = self.qname + struct.pack('!2H', self.qtype, self.qclass)
        for r in self.records():
            body += r.owner + struct.pack('!2HIH', r.kind, 1, r.ttl, len(r.data)) + r.data
        opt = b'\0' + struct.pack('!2HIH', OPT, 4096, DO if self.do else 0, 0) if self.edns else b''
        counts[2] += 1 if opt else 0
        if 12 + len(body) + len(opt) > limit:
            return struct.pack('!6H', self.id, self.flags | TC, 1, 0, 0, 1 if opt else 0) + \
                self.qname + struct.pack('!2H', self.qtype, self.qclass) + opt
        return struct.pack('!6H', self.id, self.flags, 1, *counts) + body + opt


def query(qname, qtype, flags=RD, do=True, id=4711):
    return struct.pack('!6H', id, flags, 1, 0, 0, 1) + name(qname) + struct.pack('!2H', qtype, 1) + \
        b'\0' + struct.pack('!2HIH', OPT, 4096, DO if do else 0, 0)
