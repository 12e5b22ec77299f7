"""Who may ask what."""
import signal
import subprocess

import wire
from support import (CONTROL, NEAR4, NEAR6, STRANGER4, STRANGER6, WithDaemon, WithOwnDaemon, ask, from_stranger,
                     needs_ipv6, poll, run, servers_got, servers_got_at_rest)

ALL = '''listen-on { any; };
    listen-on-v6 { any; };
    '''


class Strangers(WithDaemon):
    """allow-query { localhost; }"""

    def assert_refused(self, output):
        self.assertIn('status: REFUSED', output)
        self.assertIn('EDE: 18', output)
        self.assertIn('ANSWER: 0', output)

    def test_a_stranger_is_refused_with_the_reason(self):
        ask('www.example.org')
        before = servers_got_at_rest()
        self.assert_refused(from_stranger('www.example.org', NEAR4, STRANGER4))
        self.assert_refused(from_stranger('unheard-of.example.org', NEAR4, STRANGER4, '+norec'))
        # What the far side gets now is the two refusals themselves.
        self.assertLessEqual(servers_got(), before + 2)

    def test_a_stranger_is_refused_over_tcp_too(self):
        self.assert_refused(from_stranger('www.example.org', NEAR4, STRANGER4, '+tcp'))

    @needs_ipv6
    def test_a_stranger_is_refused_over_ipv6_too(self):
        self.assert_refused(from_stranger('www.example.org', NEAR6, STRANGER6))

    def test_a_refusal_is_no_bigger_than_its_question_needs(self):
        self.assertLess(int(from_stranger('www.example.org', NEAR4, STRANGER4).split('rcvd: ')[1].split()[0]), 120)

    def test_a_friend_is_answered(self):
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])
        self.assertEqual(ask('www.example.org', server=NEAR4).records(wire.A), ['203.0.113.10'])


class Lists(WithOwnDaemon):
    def start(self, options, more=''):
        self.daemon = self.daemon_with(ALL + options, more).launch()

    def status_for_stranger(self, *more):
        output = from_stranger('www.example.org', NEAR4, STRANGER4, *more)
        return output.split('status: ')[1].split(',')[0]

    def test_the_first_element_that_matches_decides(self):
        self.start(f'allow-query {{ !{STRANGER4}; any; }};')
        self.assertEqual(self.status_for_stranger(), 'REFUSED')
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])

    def test_a_named_list_and_a_prefix_let_a_stranger_in(self):
        self.start('allow-query { friends; }; allow-recursion { friends; }; allow-query-cache { friends; };',
                   'acl "friends" { localhost; 203.0.113.64/28; };\ncontrols { };')
        self.assertEqual(self.status_for_stranger(), 'NOERROR')

    def test_who_may_ask_the_cache_but_not_recurse_gets_cached_answers_only(self):
        self.start('allow-query { any; }; allow-query-cache { any; }; allow-recursion { localhost; };')
        ask('www.example.org')
        self.assertEqual(self.status_for_stranger(), 'NOERROR')
        before = servers_got_at_rest()
        output = from_stranger('never-asked.example.org', NEAR4, STRANGER4)
        self.assertIn('ANSWER: 0', output)
        self.assertNotIn(' ra', output.split('flags:')[1].split(';')[0])
        self.assertLessEqual(servers_got(), before + 1)

    def test_without_leave_for_the_cache_rd_0_is_refused(self):
        self.start('allow-query { any; }; allow-query-cache { none; }; allow-recursion { none; };')
        self.assertEqual(ask('www.example.org', rd=False).rcode, wire.REFUSED)

    def test_recursion_no_walks_for_nobody(self):
        self.start('recursion no; allow-query { any; };')
        before = servers_got_at_rest()
        response = ask('www.example.org')
        self.assertEqual(response.answer, [])
        self.assertFalse(response.flags & wire.RA)
        self.assertEqual(servers_got(), before)

    def test_blackholed_clients_get_no_reply_at_all(self):
        self.start(f'blackhole {{ {STRANGER4}; }}; allow-query {{ any; }};')
        output = from_stranger('www.example.org', NEAR4, STRANGER4, '+time=1')
        self.assertNotIn('status:', output)
        self.assertEqual(ask('www.example.org').records(wire.A), ['203.0.113.10'])


class Keys(WithOwnDaemon):
    """key NAME in match lists: who signs its queries (TSIG)."""
    OURS, OTHER = 'hmac-sha256:friend:c2VjcmV0IG9mIGZyaWVuZHM=', 'hmac-sha256:other:YW5vdGhlciBvbmU='
    STATEMENTS = ''.join(f'key "{name}" {{ algorithm {algorithm}; secret "{secret}"; }};\n'
                         for algorithm, name, secret in (OURS.split(':'), OTHER.split(':')))

    def start(self, options):
        self.daemon = self.daemon_with(options)
        self.daemon.configure(options, self.STATEMENTS + self.controls())
        self.daemon.launch()

    def controls(self):
        return f'controls {{ unix "{self.daemon.folder}/control" perm 0600 owner 0 group 0; }};'

    def inflight(self):
        return run(CONTROL, '-s', f'{self.daemon.folder}/control', 'inflight').stdout

    def dig(self, name, *more):
        return run('dig', '@127.0.0.1', name, '+tries=1', *more).stdout

    def assert_signed_answer(self, output):
        self.assertIn('status: NOERROR', output)
        self.assertIn('TSIG PSEUDOSECTION', output)
        self.assertRegex(output, r'friend\.\s+0\s+ANY\s+TSIG\s+hmac-sha256\. .* NOERROR 0')
        self.assertNotIn("Couldn't verify", output)

    def test_who_signs_may_recurse_and_the_answer_of_a_walk_is_signed(self):
        self.start('allow-recursion { key friend; }; allow-query-cache { key friend; };')
        for name, transport in (('www.example.org', '+notcp'), ('n1.wild.example.org', '+tcp')):
            with self.subTest(transport):
                self.assert_signed_answer(self.dig(name, '-y', self.OURS, transport))       # a walk
                self.assert_signed_answer(self.dig(name, '-y', self.OURS, transport))       # the cache
        self.assertIn('status: REFUSED', self.dig('www.example.org'))
        self.assertIn('status: REFUSED', self.dig('www.example.org', '-y', self.OTHER))

    def test_a_key_that_may_not_is_refused_where_its_address_alone_may(self):
        self.start('allow-recursion { !key other; localhost; };')
        self.assertIn('status: NOERROR', self.dig('n2.wild.example.org'))
        self.assertIn('status: REFUSED', self.dig('n3.wild.example.org', '-y', self.OTHER))

    def test_a_zone_may_be_for_those_who_sign(self):
        self.start('')
        with open(f'{self.daemon.folder}/zone', 'w') as f:
            f.write('@ 60 SOA ns. me. 1 1 1 1 1\n@ 60 NS ns.\n@ 60 A 192.0.2.1\n')
        self.daemon.configure('', self.STATEMENTS + self.controls() + 'zone "ours.test" { type primary; '
                              f'file "{self.daemon.folder}/zone"; allow-query {{ key friend; }}; }};')
        self.daemon.signal(signal.SIGHUP)
        poll(lambda: '192.0.2.1' in self.dig('ours.test', '-y', self.OURS), 'the zone is there')
        self.assertIn('status: REFUSED', self.dig('ours.test'))
        self.assertIn('status: REFUSED', self.dig('ours.test', '-y', self.OTHER))

    def test_a_signed_answer_that_is_too_long_is_cut_and_still_signed(self):
        self.start('')
        output = self.dig('big.example.org', '-t', 'TXT', '-y', self.OURS, '+bufsize=512', '+ignore')
        self.assertIn(' tc', output.split('flags:')[1].split(';')[0])
        self.assertIn('TSIG PSEUDOSECTION', output)
        self.assertNotIn("Couldn't verify", output)

    def test_the_answer_is_signed_though_a_reload_took_the_key_away_meanwhile(self):
        self.start('')
        waiting = subprocess.Popen(['dig', '@127.0.0.1', 'www.silent.example.org', '+tries=1', '+time=30', '-y', self.OURS],
                                   stdout=subprocess.PIPE, text=True)
        poll(lambda: 'silent' in self.inflight(), 'its walk has begun')
        self.daemon.configure('', self.controls())
        self.daemon.signal(signal.SIGHUP)
        poll(lambda: 'NOTAUTH' in self.dig('www.example.org', '-y', self.OURS), 'the key is gone')
        self.assertIn('silent', self.inflight())
        output = waiting.communicate(timeout=30)[0]
        self.assertIn('status: SERVFAIL', output)
        self.assertRegex(output, r'friend\.\s+0\s+ANY\s+TSIG\s')
        self.assertNotIn("Couldn't verify", output)
