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
         'DNAME': 39, 'DS': 43, 'RRSIG': 46, 'NSEC': 47, 'DNSKEY': 48, 'NSEC3': 50, 'HTTPS': 65, 'CAA': 257}
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


def ask_all(address, queries, stream=False, links=10, in_flight=200, patience=15):
    """Asks all queries (octets). A list of (response or None, seconds), in the same order."""
    results, at, began = [(None, patience)] * len(queries), 0, time.monotonic()
    links = [Link(address, stream) for _ in range(links)]
    with selectors.DefaultSelector() as selector:
        for link in links:
            selector.register(link.socket, selectors.EVENT_READ, link)
        waiting = 0
        while at < len(queries) or waiting:
            while at < len(queries) and waiting < in_flight:
                link = links[at % len(links)]
                link.waiting[link.send(queries[at])] = (at, time.monotonic())
                at, waiting = at + 1, waiting + 1
            ready = selector.select(0.5)
            now = time.monotonic()
            for key, _ in ready:
                for packet in key.data.receive():
                    found = key.data.waiting.pop(wire.message_id(packet), None)
                    if found is None:
                        raise AssertionError(f'{address}: a response nobody waits for: {packet.hex()}')
                    results[found[0]] = packet, now - found[1]
                    waiting -= 1
            if not ready or now - began > patience:
                for link in links:
                    late = [i for i, (_, sent) in link.waiting.items() if now - sent > patience]
                    for i in late:
                        del link.waiting[i]
                    waiting -= len(late)
    for link in links:
        link.socket.close()
    return results


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
