"""Many questions at once, over UDP or TCP, from one thread."""
import os
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', 'system'))
import wire

TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'MX': 15, 'TXT': 16, 'AAAA': 28, 'SRV': 33,
         'DNAME': 39, 'HTTPS': 65, 'CAA': 257, 'HINFO': 13, 'DS': 43, 'RRSIG': 46, 'NSEC': 47, 'DNSKEY': 48, 'NSEC3': 50,
         'SVCB': 64, 'ANY': 255}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = ('NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED')


def type_number(text):
    return int(text[4:]) if text.startswith('TYPE') else TYPES[text]


def type_name(number):
    return TYPE_NAMES.get(number, f'TYPE{number}')


def rcode_name(number):
    return RCODES[number] if number < len(RCODES) else f'RCODE{number}'


class Link:
    """A socket with the questions that wait for an answer through it, by ID."""

    def __init__(self, address, stream):
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.connect((address, 53))
        if not stream:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            self.socket.settimeout(0)
        self.stream, self.buffer, self.waiting, self.next_id = stream, b'', {}, 0

    def send(self, query):
        """Sends it under an ID of our own, which is returned."""
        number = self.next_id = (self.next_id + 1) & 0xffff
        query = struct.pack('!H', number) + query[2:]
        if self.stream:
            self.socket.sendall(struct.pack('!H', len(query)) + query)
        else:
            self.socket.send(query)
        return number

    def receive(self):
        if not self.stream:
            for _ in range(64):
                try:
                    yield self.socket.recv(65535)
                except BlockingIOError:
                    return
            return
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError('the connection was closed')
        self.buffer += data
        while len(self.buffer) >= 2 and len(self.buffer) >= 2 + struct.unpack_from('!H', self.buffer)[0]:
            end = 2 + struct.unpack_from('!H', self.buffer)[0]
            yield self.buffer[2:end]
            self.buffer = self.buffer[end:]


class Inquiry:
    """Questions on their way to one server, and what came of them."""

    def __init__(self, address, queries, stream, patience, strict):
        self.address, self.queries, self.stream, self.patience = address, queries, stream, patience
        self.strict, self.results, self.unsent = strict, [(None, patience)] * len(queries), list(range(len(queries)))[::-1]
        self.selector, self.waiting = selectors.DefaultSelector(), 0

    def open(self):
        link = Link(self.address, self.stream)
        self.selector.register(link.socket, selectors.EVENT_READ, link)
        return link

    def close(self, link):
        self.selector.unregister(link.socket)
        link.socket.close()

    def send(self, link):
        at = self.unsent[-1]
        link.waiting[link.send(self.queries[at])] = (at, time.monotonic())
        self.unsent.pop()
        self.waiting += 1

    def receive(self, link):
        now = time.monotonic()
        for packet in link.receive():
            found = link.waiting.pop(wire.message_id(packet), None)
            if found is not None:
                self.results[found[0]] = packet, now - found[1]
                self.waiting -= 1
            elif self.strict:
                raise AssertionError(f'{self.address}: a response nobody waits for: {packet.hex()}')

    def give_up(self, link):
        late = [i for i, (_, sent) in link.waiting.items() if time.monotonic() - sent > self.patience]
        for i in late:
            del link.waiting[i]
        self.waiting -= len(late)

    def reopen(self, link):
        """After the server has closed a connection: what waited for it is asked again."""
        self.unsent += [at for at, _ in link.waiting.values()]
        self.waiting -= len(link.waiting)
        self.close(link)
        return self.open()


def ask_all(address, queries, stream=False, links=10, in_flight=200, patience=15, strict=True):
    """Asks all queries (octets). A list of (response or None, seconds), in the same order. With `strict` a server
    must not close a connection, nor say what it was not asked (or too late)."""
    inquiry, began, turn = Inquiry(address, queries, stream, patience, strict), time.monotonic(), 0
    links, reopened = [inquiry.open() for _ in range(links)], 0

    def attempt(action, link):
        nonlocal reopened
        try:
            action(link)
        except ConnectionError:
            if strict or reopened == 1000:
                raise
            reopened += 1
            links[links.index(link)] = inquiry.reopen(link)

    with inquiry.selector:
        while inquiry.unsent or inquiry.waiting:
            while inquiry.unsent and inquiry.waiting < in_flight:
                attempt(inquiry.send, links[turn % len(links)])
                turn += 1
            ready = inquiry.selector.select(0.5)
            for key, _ in ready:
                attempt(inquiry.receive, key.data)
            if not ready or time.monotonic() - began > patience:
                for link in links:
                    inquiry.give_up(link)
        for link in links:
            inquiry.close(link)
    return inquiry.results


def ask(address, name, kind, stream=False, **options):
    """One question; the Response, or None."""
    packet, _ = ask_all(address, [wire.query(name, kind, **options)], stream, links=1)[0]
    return packet and wire.Response(packet)


def read_questions(path, count=None):
    """(name, type number) of each line of a dnsperf file."""
    with open(path) as f:
        lines = [line.split() for line in f]
    return [(name, type_number(kind)) for name, kind in lines[:count]]


def rrsets(records):
    """{(owner, type): set of data}; wire.py has names in lower case."""
    sets = {}
    for r in records:
        sets.setdefault((r.owner, r.kind), set()).add(r.data)
    return sets


def show(response):
    if response is None:
        return 'no answer'
    text = ', '.join(f'{r.owner} {r.ttl} {type_name(r.kind)} {r.data}' for r in response.answer[:12])
    why = ' '.join(f'[{code}: {words}]' for code, words in zip(response.ede, response.ede_texts))
    return f'{rcode_name(response.rcode)} {text or "(no records)"} {why}'.strip()
