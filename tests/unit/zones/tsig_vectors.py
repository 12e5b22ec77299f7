#!/usr/bin/python3
"""Writes tsig_vectors.h: conversations that dnspython has signed, for test_tsig.c. The time is 1700000000."""
import time

import dns.flags
import dns.message
import dns.name
import dns.renderer
import dns.rrset
import dns.tsig

NOW = 1700000000
time.time = lambda: NOW
SECRET = bytes(range(32))


def show(name, octets):
    lines = [octets[i:i + 16] for i in range(0, len(octets), 16)]
    body = "\n".join("    " + " ".join(f"0x{octet:02x}," for octet in line) for line in lines)
    print(f"static const uint8_t {name}[] = {{\n{body}\n}};\n")


def conversation(name, algorithm):
    """A request, the first response, then two messages without a signature and one with."""
    key = dns.tsig.Key("Transfer.Example.", SECRET, algorithm)
    query = dns.message.make_query("Example.org.", "AXFR", use_edns=False)
    query.id = 0x1234
    query.use_tsig(key)
    show(f"{name}_request", query.to_wire())
    context = None
    for number in range(4):
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        response.answer.append(dns.rrset.from_text(f"h{number}.example.org.", 60, "IN", "A", f"192.0.2.{number}"))
        signed = number in (0, 3)
        if not signed:
            plain = dns.message.make_response(query)
            plain.tsig = None
            plain.answer = response.answer
            wire = plain.to_wire()
            context.update(wire)
        else:
            response.use_tsig(key, original_id=query.id)
            response.request_mac = query.mac if number == 0 else b""
            wire = response.to_wire(multi=True, tsig_ctx=context)
            context = response.tsig_ctx
        show(f"{name}_response_{number}", wire)


print("/* Written by tsig_vectors.py; not to be edited. */")
for name, algorithm in (("sha256", "hmac-sha256"), ("sha384", "hmac-sha384"), ("sha512", "hmac-sha512")):
    conversation(name, algorithm)
