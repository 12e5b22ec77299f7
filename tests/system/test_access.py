"""Who may ask what."""
import wire
from support import (NEAR4, NEAR6, STRANGER4, STRANGER6, WithDaemon, WithOwnDaemon, ask, from_stranger,
                     needs_ipv6, servers_got, servers_got_at_rest)

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
