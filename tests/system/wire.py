"""As much of the DNS message format as the tests need: build a query, take a response apart."""
import ipaddress
import secrets
import struct

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, DNAME, OPT = 1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41
IXFR, AXFR, ANY = 251, 252, 255
IN, CH = 1, 3
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
DO = 0x8000
EDE_PROHIBITED = 18


def name_to_wire(name):
    return b''.join(bytes([len(w)]) + w.encode() for w in name.rstrip('.').split('.') if w) + b'\0'


def opt_record(size=1232, version=0, options=b'', do=False):
    return b'\0' + struct.pack('!HHBBHH', OPT, size, 0, version, DO if do else 0, len(options)) + options


def query(name, kind=A, rd=True, klass=IN, edns=True, id=None, opcode=0, edns_version=0, size=1232, flags=0, do=False):
    """A query as octets; `flags`: more than RD."""
    head = struct.pack('!6H', secrets.randbelow(65536) if id is None else id,
                       opcode << 11 | (RD if rd else 0) | flags, 1, 0, 0, 1 if edns else 0)
    question = name_to_wire(name) + struct.pack('!2H', kind, klass)
    return head + question + (opt_record(size, edns_version, do=do) if edns else b'')


def message_id(packet):
    return struct.unpack_from('!H', packet)[0]


class Record:
    def __init__(self, owner, kind, ttl, data):
        self.owner, self.kind, self.ttl, self.data = owner, kind, ttl, data

    def __repr__(self):
        return f'({self.owner} {self.ttl} TYPE{self.kind} {self.data})'


class Response:
    """A response taken apart; raises on anything malformed, as a strict client would. Names in records are in
    lower case, that of the question is as it came."""

    def __init__(self, packet):
        self.packet = packet
        self.id, self.flags, questions, *counts = struct.unpack_from('!6H', packet)
        self.rcode, self.opcode = self.flags & 15, self.flags >> 11 & 15
        self.at, self.questions, self.edns, self.do = 12, [], None, False
        self.ede, self.ede_texts = [], []
        for _ in range(questions):
            name = self.read_name()
            self.questions.append((name, *self.read('!2H')))
        self.answer, self.authority, self.additional = ([self.read_record() for _ in range(n)] for n in counts)
        for opt in [r for r in self.additional if r.kind == OPT]:
            self.edns = opt.owner
            self.do = bool(opt.ttl & DO)
            self.rcode |= (opt.ttl >> 24) << 4
            self.read_options(opt.data)
        self.additional = [r for r in self.additional if r.kind != OPT]
        if self.at != len(packet):
            raise ValueError(f'{len(packet) - self.at} octets behind the message')

    def read(self, form):
        values = struct.unpack_from(form, self.packet, self.at)
        self.at += struct.calcsize(form)
        return values

    def read_name(self, at=None):
        labels, jumped, here = [], at is not None, self.at if at is None else at
        for _ in range(200):
            length = self.packet[here]
            if length >= 0xc0:
                target = struct.unpack_from('!H', self.packet, here)[0] & 0x3fff
                if not jumped:
                    self.at, jumped = here + 2, True
                if target >= here:
                    raise ValueError('compression pointer that leads forward')
                here = target
            elif length == 0:
                if not jumped:
                    self.at = here + 1
                return '.'.join(labels) + '.'
            else:
                labels.append(self.packet[here + 1:here + 1 + length].decode('latin-1'))
                here += 1 + length
        raise ValueError('endless name')

    def read_record(self):
        owner = self.read_name()
        kind, klass, ttl, length = self.read('!HHIH')
        start, self.at, owner = self.at, self.at + length, owner.lower()
        if self.at > len(self.packet):
            raise ValueError('record longer than the message')
        raw = self.packet[start:self.at]
        if kind == OPT:
            owner = klass                       # the sender's UDP size
            data = raw
        elif kind == A or kind == AAAA:
            data = str(ipaddress.ip_address(raw))
        elif kind in (NS, CNAME, PTR, DNAME):
            data = self.read_name(start).lower()
        elif kind == SRV:
            data = (*struct.unpack_from('!3H', raw), self.read_name(start + 6).lower())
        elif kind == SOA:
            data = (self.read_name(start).lower(), *struct.unpack('!5I', raw[-20:]))
        elif kind == MX:
            data = (struct.unpack_from('!H', raw)[0], self.read_name(start + 2).lower())
        elif kind == TXT:
            data, i = '', 0
            while i < len(raw):
                data += raw[i + 1:i + 1 + raw[i]].decode('latin-1')
                i += 1 + raw[i]
        else:
            data = raw
        return Record(owner, kind, ttl, data)

    def read_options(self, data):
        i = 0
        while i < len(data):
            code, length = struct.unpack_from('!2H', data, i)
            if code == 15:                      # extended error, RFC 8914
                self.ede.append(struct.unpack_from('!H', data, i + 4)[0])
                self.ede_texts.append(data[i + 6:i + 4 + length].decode())
            i += 4 + length

    def records(self, kind):
        """The data of the answer's records of a type, sorted."""
        return sorted(r.data for r in self.answer if r.kind == kind)
