"""A primary that says what a test tells it to: whole zones, parts of them, lies, and signatures as they should be or not."""
import hmac
import socket
import struct
import threading
import time

import wire

AXFR, IXFR, TSIG, TXT, ZONEMD = 252, 251, 250, 16, 63
ALGORITHM = wire.name_to_wire('hmac-sha256')


def record(owner, kind, rdata, ttl=300, klass=wire.IN):
    return wire.name_to_wire(owner) + struct.pack('!HHIH', kind, klass, ttl, len(rdata)) + rdata


def soa(zone, serial):
    return record(zone, wire.SOA, wire.name_to_wire(f'ns.{zone}') + b'\0' + struct.pack('!5I', serial, 3600, 600, 86400, 60))


def address(owner, last):
    return record(owner, wire.A, bytes([203, 0, 113, last]))


def name_server(zone):
    return record(zone, wire.NS, wire.name_to_wire(f'ns.{zone}'))


def whole(zone, serial):
    """The records of an AXFR."""
    return [soa(zone, serial), name_server(zone), address(f'ns.{zone}', 1), address(f'v{serial}.{zone}', 2), soa(zone, serial)]


class Query:
    """A question of a secondary, and the answers to it."""

    def __init__(self, packet, secret):
        self.packet, self.secret = packet, secret
        self.id, = struct.unpack_from('!H', packet)
        self.end = packet.index(b'\0', 12) + 5
        self.question = packet[12:self.end]
        self.kind, = struct.unpack_from('!H', packet, self.end - 4)
        words, at = [], 12
        while packet[at]:
            words.append(packet[at + 1:at + 1 + packet[at]].decode())
            at += 1 + packet[at]
        self.zone = '.'.join(words)
        self.signed = ALGORITHM in packet
        self.mac = packet[-38:-6] if self.signed else b''       # before the original id, the error, and no other data
        self.key = packet[packet.rindex(b'\1k\0'):][:3] if self.signed else b''
        self.first, self.pending = True, b''

    def message(self, records, rcode=0, flags=0, question=None, id=None, sign=True):
        question = self.question if question is None else question
        text = struct.pack('!6H', self.id if id is None else id, 0x8400 | flags | rcode, 1 if question else 0,
                           len(records), 0, 0) + question + b''.join(records)
        if not self.signed:
            return text
        if not sign:
            self.pending += text
            return text
        now = struct.pack('!HIH', 0, int(time.time()), 300)
        names = self.key + struct.pack('!HI', 255, 0) + ALGORITHM
        digest = hmac.new(self.secret, digestmod='sha256')
        digest.update(struct.pack('!H', len(self.mac)) + self.mac + self.pending + text)
        digest.update(names + now + struct.pack('!HH', 0, 0) if self.first else now)
        self.mac, self.pending, self.first = digest.digest(), b'', False
        rdata = ALGORITHM + now + struct.pack('!H', 32) + self.mac + struct.pack('!3H', self.id, 0, 0)
        return text[:10] + b'\0\1' + text[12:] + self.key + struct.pack('!HHIH', TSIG, 255, 0, len(rdata)) + rdata


class Primary:
    """At an address. `serial` is what it says it has. `answer(query)` yields octets of an answer over TCP, frames
    included; when it ends the connection is closed."""

    def __init__(self, at, secret=b''):
        self.serial, self.secret, self.answer = 1, secret, None
        self.over = threading.Event()
        self.asked = []                                          # (zone, kind) of each transfer
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind((at, 53))
        self.tcp = socket.create_server((at, 53), backlog=64)
        self.threads = []
        for each in self.serve_udp, self.serve_tcp:
            self.begin(each)

    def begin(self, target, *words):
        self.threads.append(threading.Thread(target=target, args=words, daemon=True))
        self.threads[-1].start()

    def end(self):
        self.over.set()
        for s in self.udp, self.tcp:
            s.close()
        for thread in self.threads:
            thread.join(5)

    def serve_udp(self):
        self.udp.settimeout(0.1)
        while not self.over.is_set():
            try:
                packet, peer = self.udp.recvfrom(4096)
                query = Query(packet, self.secret)
                self.udp.sendto(query.message([soa(query.zone, self.serial)]), peer)
            except OSError:
                pass

    def serve_tcp(self):
        self.tcp.settimeout(0.1)
        while not self.over.is_set():
            try:
                client = self.tcp.accept()[0]
            except OSError:
                continue
            self.begin(self.serve_client, client)

    def serve_client(self, client):
        with client:
            try:
                client.settimeout(10)
                length, = struct.unpack('!H', client.recv(2, socket.MSG_WAITALL))
                query = Query(client.recv(length, socket.MSG_WAITALL), self.secret)
                self.asked.append((query.zone, query.kind))
                for octets in self.answer(query):
                    client.sendall(octets)
                client.shutdown(socket.SHUT_WR)
            except (OSError, struct.error):
                pass
