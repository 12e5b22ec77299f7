"""
A signed root and a signed example., served by NSD (one process for each), and a go-between that changes what it
passes on. It answers at the root server's address, at those of example.'s name servers, and at one more for validators
that ask a single server everything.
"""
import os
import selectors
import socket
import struct
import subprocess
import threading
import time

import wire

ROOT, EXAMPLE, ALL = '192.0.2.100', ('192.0.2.1', '192.0.2.2'), '192.0.2.200'
NSD_PORTS = {'root': 5301, 'example': 5302}
ROOT_ZONE = """$TTL 3600
@ SOA ns. host. 1 3600 300 3600000 3600
@ NS ns.
ns. A 192.0.2.100
example. NS ns1.example.
example. NS ns2.example.
ns1.example. A 192.0.2.1
ns2.example. A 192.0.2.2
unsigned. NS ns1.example.
"""
NSD_CONF = """server:
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{run}"
    database: ""
    pidfile: "{run}/{which}.pid"
    xfrdfile: "{run}/{which}.xfrd"
    zonelistfile: "{run}/{which}.list"
    xfrdir: "{run}"
    logfile: "{run}/{which}.log"
    ip-address: 127.0.0.1@{port}
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: "{zone}"
    zonefile: "{file}"
"""


def must(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        raise SystemExit(f'verdicts: {" ".join(command)}: {done.stdout}{done.stderr}')
    return done.stdout


def sign_root(run, ds):
    """Root zone with the DS records of example.; returns its own DS as (tag, algorithm, type, digest)."""
    path = os.path.join(run, 'root.zone')
    with open(path, 'w') as f:
        f.write(ROOT_ZONE + ds)
    if not os.path.exists(f'{run}/ksk'):
        ksk = must(['dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '.'], cwd=run).strip()
        must(['dnssec-keygen', '-q', '-a', 'ECDSAP256SHA256', '.'], cwd=run)
        with open(f'{run}/ksk', 'w') as f:
            f.write(ksk)
    with open(f'{run}/ksk') as f:
        ksk = f.read()
    must(['dnssec-signzone', '-q', '-S', '-K', '.', '-o', '.', '-O', 'full', '-s', '20260101000000', '-e', '20370101000000',
          '-f', 'root.signed', 'root.zone'], cwd=run)
    words = must(['dnssec-dsfromkey', '-a', 'SHA-256', ksk], cwd=run).split()
    return words[3], words[4], words[5], ''.join(words[6:])


class Nsd:
    def __init__(self, run, which, zone, file):
        self.port, self.zone = NSD_PORTS[which], zone
        conf = f'{run}/{which}.conf'
        with open(conf, 'w') as f:
            f.write(NSD_CONF.format(run=run, which=which, port=self.port, zone=zone, file=file))
        self.process = subprocess.Popen(['nsd', '-d', '-c', conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                if self.ask(wire.query(zone, wire.SOA)).answer:
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise SystemExit(f'verdicts: nsd does not serve {zone}, see {run}/{which}.log')
            time.sleep(0.02)

    def ask(self, packet):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.connect(('127.0.0.1', self.port))
            s.send(packet)
            return wire.Message(s.recv(65535))

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Between:
    """`damage(message, authority)` is called with each response of a signed zone before it is sent."""

    def __init__(self):
        self.nsd, self.damage, self.stopping = {}, None, False
        self.selector = selectors.DefaultSelector()
        for address in (ROOT, *EXAMPLE, ALL):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((address, 53))
            self.selector.register(udp, selectors.EVENT_READ, (address, False))
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind((address, 53))
            tcp.listen(16)
            self.selector.register(tcp, selectors.EVENT_READ, (address, True))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.stopping:
            for key, _ in self.selector.select(0.2):
                address, tcp = key.data
                try:
                    if tcp:
                        self.serve_tcp(key.fileobj, address)
                        continue
                    packet, peer = key.fileobj.recvfrom(65535)
                    question = wire.Message(packet)
                    response = self.respond(address, packet, question)
                    if response is not None:
                        limit = max(512, question.size) if question.edns else 512
                        key.fileobj.sendto(response.octets(limit), peer)
                except OSError:
                    pass                            # it has gone, or NSD has ended
                except Exception as problem:        # a resolver's malformed query, or a mistake in damage.py
                    print(f'verdicts: the go-between: {problem!r}', flush=True)

    def serve_tcp(self, listening, address):
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(1)
            while True:
                head = connection.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                packet = connection.recv(struct.unpack('!H', head)[0], socket.MSG_WAITALL)
                octets = self.respond(address, packet, wire.Message(packet)).octets()
                connection.send(struct.pack('!H', len(octets)) + octets)

    def respond(self, address, packet, question):
        name = wire.text(question.qname).lower()
        inside = name == 'example.' or name.endswith('.example.')
        if address == ALL:
            which = 'example' if inside and not (name == 'example.' and question.qtype == wire.DS) else 'root'
        else:
            which = 'root' if address == ROOT else 'example'
        response = self.nsd[which].ask(packet)
        if address == ALL:
            response.flags = response.flags & ~wire.AA | wire.RA
        if self.damage is not None:
            self.damage(response, self.nsd[which])
        return response
