"""What the daemon says to queries out of the ordinary, and to octets that are no queries at all."""
import struct

import wire
from support import (NEAR4, OPTIONS, PATIENCE, WithDaemon, ask, framed, needs_ipv6, not_by_stand_in, servers_got,
                     servers_got_at_rest, tcp_receive, tcp_socket, udp_socket)

# The standing check behind each abuse: the daemon still answers this.
GOOD = 'www.example.org'


class Protocol(WithDaemon):
    options = OPTIONS + ' version "the version"; server-id "the server";'

    def setUp(self):
        self.assertEqual(ask(GOOD).records(wire.A), ['203.0.113.10'])

    def assert_alive(self):
        self.assertEqual(ask(GOOD).records(wire.A), ['203.0.113.10'])

    def replies_to(self, packet, tcp=False):
        """All that comes back for a packet until a good question sent behind it is answered."""
        good = wire.query(GOOD, id=0x4711)
        found = []
        with (tcp_socket() if tcp else udp_socket()) as s:
            s.sendall(framed(packet) if tcp else packet)
            s.sendall(framed(good) if tcp else good)
            while True:
                reply = tcp_receive(s) if tcp else s.recv(65535)
                if reply is None:
                    return found                    # closed: allowed over TCP
                if wire.message_id(reply) == 0x4711:
                    return found
                found.append(reply)

    def assert_formerr_or_silence(self, packet):
        for tcp in False, True:
            for reply in self.replies_to(packet, tcp):
                self.assertEqual(reply[3] & 15, wire.FORMERR, (packet, reply))
                self.assertTrue(reply[2] & 0x80, 'a reply has QR set')
        self.assert_alive()

    # -- RD=0 ----------------------------------------------------------------------------------

    def test_without_rd_a_cached_answer_is_given(self):
        self.assertEqual(ask(GOOD, rd=False).records(wire.A), ['203.0.113.10'])

    def test_without_rd_an_unknown_name_gets_a_referral_and_no_walk(self):
        ask('www.example.com')
        before = servers_got_at_rest()
        response = ask('never-asked.example.com', rd=False)
        self.assertEqual((response.rcode, response.answer), (wire.NOERROR, []))
        self.assertEqual({(r.owner, r.kind) for r in response.authority}, {('example.com.', wire.NS)})
        self.assertFalse(response.flags & wire.AA)
        self.assertEqual(servers_got(), before)

    def test_without_rd_a_name_in_an_unknown_zone_gets_a_referral_to_its_closest_known_parent(self):
        before = servers_got_at_rest()
        response = ask('www.unheard-of-domain.org', rd=False)
        self.assertEqual((response.rcode, response.answer), (wire.NOERROR, []))
        self.assertEqual({(r.owner, r.kind) for r in response.authority}, {('org.', wire.NS)})
        self.assertEqual(servers_got(), before)

    def test_without_rd_the_flag_stays_clear_in_the_reply(self):
        self.assertFalse(ask(GOOD, rd=False).flags & wire.RD)
        self.assertTrue(ask(GOOD).flags & wire.RD)

    # -- other classes, opcodes, versions ------------------------------------------------------

    def test_chaos_version_and_server_id(self):
        for name, text in (('version.bind', 'the version'), ('id.server', 'the server')):
            with self.subTest(name):
                self.assertEqual(ask(name, wire.TXT, klass=wire.CH).records(wire.TXT), [text])

    @not_by_stand_in
    @not_by_stand_in
    def test_cd_is_repeated_in_every_reply(self):
        for name, kind, klass in ((GOOD, wire.A, wire.IN), (GOOD, wire.ANY, wire.IN),
                                  ('version.bind', wire.TXT, wire.CH)):
            packet = bytearray(wire.query(name, kind, klass=klass, id=1))
            packet[3] |= 0x10
            reply, = self.replies_to(bytes(packet))
            self.assertTrue(reply[3] & 0x10, (name, kind))

    def test_chaos_version_server_is_the_same_as_version_bind(self):
        self.assertEqual(ask('version.server', wire.TXT, klass=wire.CH).records(wire.TXT), ['the version'])

    def test_other_names_of_class_chaos_have_no_answer(self):
        response = ask('example.org', wire.TXT, klass=wire.CH)
        self.assertEqual(response.answer, [])
        self.assertIn(response.rcode, (wire.REFUSED, wire.NXDOMAIN, wire.SERVFAIL))

    def test_an_unknown_class_is_refused_or_notimp(self):
        response = ask('example.org', wire.A, klass=9)
        self.assertIn(response.rcode, (wire.REFUSED, wire.NOTIMP))
        self.assertEqual(response.answer, [])

    @not_by_stand_in
    def test_opcodes_other_than_query_are_notimp(self):
        for opcode in range(1, 16):
            with self.subTest(opcode):
                expected = 9 if opcode == 4 else wire.NOTIMP     # NOTIFY: NOTAUTH, as it is no zone of ours
                self.assertEqual(ask('example.org', wire.SOA, opcode=opcode, edns=False).rcode, expected)

    def test_an_unknown_edns_version_is_badvers(self):
        response = ask(GOOD, edns_version=1)
        self.assertEqual((response.rcode, response.answer), (wire.BADVERS, []))
        self.assertEqual(len(response.questions), 1)

    def test_edns_is_answered_with_edns_and_its_absence_with_absence(self):
        self.assertIsNotNone(ask(GOOD).edns)
        self.assertIsNone(ask(GOOD, edns=False).edns)

    def test_unknown_edns_options_are_ignored(self):
        packet = wire.query(GOOD, edns=False)
        packet = packet[:10] + b'\0\1' + packet[12:] + wire.opt_record(options=struct.pack('!HH4s', 65001, 4, b'abcd'))
        reply, = self.replies_to(packet)
        self.assertEqual(wire.Response(reply).records(wire.A), ['203.0.113.10'])

    # -- malformed -----------------------------------------------------------------------------

    @not_by_stand_in
    def test_no_question_is_formerr(self):
        reply, = self.replies_to(struct.pack('!6H', 7, wire.RD, 0, 0, 0, 0))
        self.assertEqual(reply[3] & 15, wire.FORMERR)

    def test_two_questions_are_formerr(self):
        question = wire.name_to_wire(GOOD) + struct.pack('!2H', wire.A, wire.IN)
        reply, = self.replies_to(struct.pack('!6H', 7, wire.RD, 2, 0, 0, 0) + question * 2)
        self.assertEqual(reply[3] & 15, wire.FORMERR)

    def test_two_opt_records_are_formerr(self):
        packet = wire.query(GOOD)
        reply, = self.replies_to(packet[:10] + b'\0\2' + packet[12:] + wire.opt_record())
        self.assertEqual(reply[3] & 15, wire.FORMERR)

    def test_every_truncation_of_a_query_is_formerr_or_silence(self):
        packet = wire.query('a.wild.example.org', id=7)
        good = wire.query(GOOD, id=0x4711)
        with udp_socket() as s:
            for length in range(len(packet)):
                s.send(packet[:length])
                s.send(good)
                while wire.message_id(reply := s.recv(65535)) != 0x4711:
                    self.assertEqual(reply[3] & 15, wire.FORMERR, length)

    def test_compression_loops_are_formerr_or_silence(self):
        head = struct.pack('!6H', 7, wire.RD, 1, 0, 0, 0)
        for name in (b'\xc0\x0c', b'\x01a\xc0\x0c', b'\xc0\x0e\xc0\x0c', b'\x01a\xc0\x12\x01b\xc0\x0c', b'\xff\xff'):
            with self.subTest(name):
                self.assert_formerr_or_silence(head + name + struct.pack('!2H', wire.A, wire.IN))

    def test_bad_labels_and_names_too_long_are_formerr_or_silence(self):
        head, tail = struct.pack('!6H', 7, wire.RD, 1, 0, 0, 0), struct.pack('!2H', wire.A, wire.IN)
        for name in (b'\x40' + b'a' * 64 + b'\0', b'\x80a\0', b'\x3f' + b'a' * 10, (b'\x3f' + b'a' * 63) * 4 + b'\0',
                     b'\x01a' * 128 + b'\0'):
            with self.subTest(name[:8]):
                self.assert_formerr_or_silence(head + name + tail)

    def test_a_name_of_127_labels_is_answered(self):
        self.assertEqual(ask('.'.join(['a'] * 127)).rcode, wire.NXDOMAIN)
        longest = '.'.join(['a'] * 118) + '.wild.example.org'
        self.assertEqual(len(wire.name_to_wire(longest)), 254)
        self.assertEqual(ask(longest).records(wire.A), ['203.0.113.30'])

    def test_octets_behind_the_message_are_formerr_or_silence_or_ignored(self):
        for reply in self.replies_to(wire.query(GOOD, id=7) + b'rubbish'):
            self.assertIn(reply[3] & 15, (wire.FORMERR, wire.NOERROR))
        self.assert_alive()

    def test_more_records_announced_than_there_are_is_formerr_or_silence(self):
        packet = wire.query(GOOD, edns=False)
        for place in 6, 8, 10:
            with self.subTest(place):
                self.assert_formerr_or_silence(packet[:place] + b'\xff\xff' + packet[place + 2:])

    def test_a_response_is_never_answered(self):
        packet = wire.query(GOOD, id=7)
        self.assertEqual(self.replies_to(packet[:2] + bytes([packet[2] | 0x80]) + packet[3:]), [])

    def test_an_oversized_datagram_of_rubbish_is_formerr_or_silence(self):
        with udp_socket() as s:
            s.send(struct.pack('!6H', 7, wire.RD, 1, 0, 0, 0) + b'\x01a' * 30000)
        self.assert_alive()

    # -- TCP -----------------------------------------------------------------------------------

    def test_a_tcp_message_of_no_length_or_less_than_a_header_does_no_harm(self):
        for message in b'\0\0', b'\0\1a', b'\0\x0b' + b'a' * 11:
            with self.subTest(message):
                with tcp_socket() as s:
                    s.sendall(message)
                    self.assert_alive()

    def test_a_tcp_length_that_lies_holds_nobody_else_up(self):
        packet = wire.query(GOOD)
        with tcp_socket() as short, tcp_socket() as long:
            short.sendall(struct.pack('!H', len(packet) - 10) + packet)
            long.sendall(struct.pack('!H', 65535) + packet)
            self.assert_alive()
            self.assertEqual(ask(GOOD, tcp=True).records(wire.A), ['203.0.113.10'])

    def test_half_a_message_and_then_the_end_does_no_harm(self):
        packet = framed(wire.query(GOOD))
        for length in 1, 2, 3, len(packet) // 2, len(packet) - 1:
            with tcp_socket() as s:
                s.sendall(packet[:length])
        self.assert_alive()
        self.assertEqual(ask(GOOD, tcp=True).records(wire.A), ['203.0.113.10'])

    def test_a_query_that_comes_octet_by_octet_is_answered(self):
        with tcp_socket() as s:
            for octet in framed(wire.query(GOOD)):
                s.sendall(bytes([octet]))
            self.assertEqual(wire.Response(tcp_receive(s)).records(wire.A), ['203.0.113.10'])

    def test_many_connections_at_once_are_all_answered(self):
        sockets = [tcp_socket() for _ in range(30)]             # of one address; more than 32 may be refused
        try:
            for s in sockets:
                s.sendall(framed(wire.query(GOOD)))
            for s in sockets:
                self.assertEqual(wire.Response(tcp_receive(s)).records(wire.A), ['203.0.113.10'])
        finally:
            for s in sockets:
                s.close()

    def test_fifty_pipelined_queries_are_answered_as_they_are_done(self):
        """The first one's servers are silent; the others must not wait for it (RFC 7766 section 6.2.1.1)."""
        slow = wire.query('www.silent.example.org', id=0)
        quick = {i: wire.query(f'pipe{i % 40}.wild.example.org', id=i) for i in range(1, 51)}
        with tcp_socket() as s:
            s.settimeout(PATIENCE * 2)
            s.sendall(framed(slow) + b''.join(map(framed, quick.values())))
            answers = [wire.Response(tcp_receive(s)) for _ in range(51)]
        self.assertEqual(sorted(a.id for a in answers), list(range(51)))
        for answer in answers:
            if answer.id:
                self.assertEqual(answer.records(wire.A), ['203.0.113.30'])
        self.assertEqual((answers[-1].id, answers[-1].rcode), (0, wire.SERVFAIL))

    def test_a_client_that_hangs_up_before_its_answer_does_no_harm(self):
        for i in range(20):
            with tcp_socket() as s:
                s.sendall(framed(wire.query(f'gone{i}.wild.example.org')))
        self.assert_alive()

    # -- addresses -----------------------------------------------------------------------------

    def test_an_answer_comes_from_the_address_that_was_asked(self):
        for server in '127.0.0.1', NEAR4:      # the socket is connected: others would not arrive
            self.assertEqual(ask(GOOD, server=server).records(wire.A), ['203.0.113.10'])

    @needs_ipv6
    def test_ipv6_clients_are_served_over_udp_and_tcp(self):
        for tcp in False, True:
            self.assertEqual(ask(GOOD, server='::1', tcp=tcp).records(wire.A), ['203.0.113.10'])


@not_by_stand_in
class Crowd(WithDaemon):
    """More clients wait for one answer than may."""
    options = OPTIONS + ' clients-per-query 3;'
    flags = ('-n', '2')

    def test_who_comes_too_late_hears_nothing_over_udp_and_why_over_tcp(self):
        name = 'www.silent.example.org'
        with udp_socket() as s:
            for number in range(5):
                s.send(wire.query(name, id=number))
            s.send(wire.query(GOOD, id=100))
            self.assertEqual(wire.Response(s.recv(4096)).id, 100)
            late = ask(name, tcp=True)
            self.assertEqual(late.rcode, wire.SERVFAIL)
            got = [wire.Response(s.recv(4096)).rcode for _ in range(3)]
            self.assertEqual(got, [wire.SERVFAIL] * 3)
            self.assertEqual(ask(GOOD).rcode, wire.NOERROR)
            s.setblocking(False)
            with self.assertRaises(BlockingIOError):
                s.recv(4096)
