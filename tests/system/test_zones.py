"""Zones of our own, and names that are special: step 5 of a resolution, before the cache and before anybody is asked."""
import os
import signal
import time

import support
import wire
from support import NEAR4, OPTIONS, STRANGER4, WEB4, WithOwnDaemon, ask, from_stranger, not_by_stand_in, poll, run

AA, AD = 0x0400, 0x0020
ORDINARY = OPTIONS.replace('empty-zones-enable no;', '')
RECURSING = ORDINARY + ' recursion yes;'
ZONE = '''$TTL 300
@   IN SOA ns1 hostmaster ( 1 3600 600 864000 60 )
    IN NS  ns1
    IN MX  10 mail
ns1 IN A   203.0.113.200
mail IN A  203.0.113.201
*.wild IN A 203.0.113.202
ent.below IN TXT "t"
in  IN CNAME mail
out IN CNAME www.example.org.
sub IN NS ns.nowhere.invalid.
'''


@not_by_stand_in
class Zones(WithOwnDaemon):
    def serve(self, zones='zone "ours.example" { type master; file "ours.zone"; };', options=RECURSING, text=ZONE):
        self.daemon = self.daemon_with(options, 'controls { };\n' + zones)
        self.write(text)
        return self.daemon.launch()

    def write(self, text):
        with open(f'{self.daemon.folder}/ours.zone', 'w') as f:
            f.write(text)

    def addresses(self, name, **options):
        return ask(name, **options).records(wire.A)

    def test_a_primary_zone_answers_with_authority(self):
        self.serve()
        response = ask('mail.ours.example')
        self.assertEqual(response.flags & (AA | AD), AA)
        self.assertEqual(response.records(wire.A), ['203.0.113.201'])
        self.assertEqual(self.addresses('mail.ours.example', tcp=True), ['203.0.113.201'])
        self.assertEqual(self.addresses('x.y.wild.ours.example'), ['203.0.113.202'])
        self.assertEqual(self.addresses('in.ours.example'), ['203.0.113.201'])
        below = ask('below.ours.example')
        self.assertEqual((below.rcode, below.answer, len(below.authority)), (wire.NOERROR, [], 1))
        self.assertEqual(ask('no.ours.example').rcode, wire.NXDOMAIN)

    def test_an_alias_that_leads_out_is_followed_for_those_who_may_recurse(self):
        self.serve()
        elsewhere = self.addresses('www.example.org')
        self.assertTrue(elsewhere)
        self.assertEqual(self.addresses('out.ours.example'), elsewhere)
        self.assertTrue(ask('out.ours.example').flags & AA)
        self.assertEqual([r.owner for r in ask('out.ours.example', rd=False).answer], ['out.ours.example.'])

    def test_an_alias_from_elsewhere_leads_into_our_zone(self):
        self.serve('zone "www.example.org" { type primary; file "ours.zone"; };',
                   text='@ 300 IN SOA a b 1 1 1 1 60\n@ 300 IN NS a\n@ 300 IN A 203.0.113.99\n')
        self.assertEqual(self.addresses('www.example.org'), ['203.0.113.99'])
        self.assertEqual(self.addresses('shop.example.com'), ['203.0.113.99'])

    def test_without_recursion_it_answers_its_zones_refers_below_them_and_refuses_the_rest(self):
        self.serve(options=ORDINARY)
        self.assertEqual(self.addresses('mail.ours.example'), ['203.0.113.201'])
        below = ask('x.sub.ours.example')
        self.assertEqual((below.rcode, below.flags & AA, below.answer), (wire.NOERROR, 0, []))
        self.assertEqual([r.owner for r in below.authority], ['sub.ours.example.'])
        self.assertEqual(ask('www.example.org').rcode, wire.REFUSED)

    def test_who_may_ask_a_zone_is_the_zones_to_say(self):
        self.serve('zone "ours.example" { type primary; file "ours.zone"; allow-query { none; }; };')
        refused = ask('mail.ours.example')
        self.assertEqual((refused.rcode, refused.ede), (wire.REFUSED, [wire.EDE_PROHIBITED]))
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.daemon.stop()
        self.serve('zone "ours.example" { type primary; file "ours.zone"; allow-query { any; }; };',
                   options=RECURSING.replace('allow-query { localhost; }', 'allow-query { none; }'))
        self.assertEqual(self.addresses('mail.ours.example'), ['203.0.113.201'])
        self.assertEqual(ask('www.example.org').rcode, wire.REFUSED)

    def test_kill_1_reads_changed_zones_and_keeps_the_last_good_version_of_wrong_ones(self):
        daemon = self.serve()
        self.assertEqual(ask('new.ours.example').rcode, wire.NXDOMAIN)
        self.write(ZONE.replace('( 1 ', '( 2 ') + 'new IN A 203.0.113.203\n')
        daemon.signal(signal.SIGHUP)
        poll(lambda: self.addresses('new.ours.example') == ['203.0.113.203'], 'the new version is served')
        self.write(ZONE.replace('( 1 ', '( 3 ') + 'new IN A 203.0.113.2030\n')
        daemon.signal(signal.SIGHUP)
        poll(lambda: 'last good version' in daemon.text(), 'the mistake is told')
        self.assertRegex(daemon.text(), r'ours\.zone:12: .*203\.0\.113\.2030')
        self.assertEqual(self.addresses('new.ours.example'), ['203.0.113.203'])

    def test_what_was_resolved_through_a_zone_is_forgotten_with_its_version(self):
        daemon = self.serve('zone "www.example.org" { type primary; file "ours.zone"; };',
                            text='@ 300 IN SOA a b 1 1 1 1 60\n@ 300 IN NS a\n@ 300 IN A 203.0.113.99\n')
        self.assertEqual(self.addresses('shop.example.com'), ['203.0.113.99'])
        self.write('@ 300 IN SOA a b 2 1 1 1 60\n@ 300 IN NS a\n@ 300 IN A 203.0.113.98\n')
        daemon.signal(signal.SIGHUP)
        poll(lambda: self.addresses('shop.example.com') == ['203.0.113.98'], 'the new version is found')

    def test_below_a_zone_cut_its_servers_are_asked_for_those_who_may_recurse(self):
        self.serve('zone "example.com" { type primary; file "ours.zone"; };',
                   text=f'$TTL 300\n@ IN SOA a b 1 1 1 1 60\n@ IN NS a\nshop IN NS ns.shop\nns.shop IN A {WEB4}\n')
        below = ask('x.shop.example.com', rd=False)
        self.assertEqual((below.flags & AA, [r.owner for r in below.authority]), (0, ['shop.example.com.']))
        below = ask('x.shop.example.com')               # nobody serves it there
        self.assertEqual((below.rcode, below.flags & AA), (wire.SERVFAIL, 0))

    def test_without_a_hint_zone_nothing_is_cached(self):
        self.serve(options=ORDINARY)
        self.assertEqual(ask('www.example.org').rcode, wire.REFUSED)
        self.assertEqual(ask('out.ours.example').flags & wire.RA, 0)
        self.assertEqual([r.owner for r in ask('out.ours.example').answer], ['out.ours.example.'])
        self.daemon.stop()
        hints = os.path.join(support.ROOT, 'root-hints', 'named.root')
        self.serve(f'zone "." {{ type hint; file "{hints}"; }};\nzone "ours.example" {{ type master; file "ours.zone"; }};',
                   options=ORDINARY)
        self.assertTrue(ask('www.example.org').flags & wire.RA)

    def test_everybody_may_ask_for_a_zone_where_nothing_is_said(self):
        self.serve(options='listen-on { any; }; listen-on-v6 { any; };')
        self.assertIn('203.0.113.201', from_stranger('mail.ours.example', NEAR4, STRANGER4))
        self.assertIn('REFUSED', from_stranger('x.test', NEAR4, STRANGER4))

    def test_a_reload_of_a_large_zone_delays_no_query(self):
        daemon = self.serve(text=ZONE)
        self.write(ZONE.replace('( 1 ', '( 2 ') + '$GENERATE 0-399999 h$ A 203.0.113.7\n')
        daemon.signal(signal.SIGHUP)
        worst, answered = 0, 0
        while not self.addresses('h399999.ours.example'):
            before = time.monotonic()
            self.assertEqual(self.addresses('mail.ours.example'), ['203.0.113.201'])
            worst, answered = max(worst, time.monotonic() - before), answered + 1
        self.assertGreater(answered, 3)
        self.assertLess(worst, 1)

    def test_the_ds_of_our_zone_is_its_parents(self):
        self.serve()
        self.assertEqual(ask('ours.example', 43).flags & AA, 0)
        self.daemon.stop()
        self.serve(options=ORDINARY)
        nodata = ask('ours.example', 43)
        self.assertEqual((nodata.rcode, nodata.flags & AA, nodata.answer), (wire.NOERROR, AA, []))

    def test_a_wrong_zone_is_named_by_checkconf(self):
        daemon = self.daemon_with(ORDINARY, 'controls { };\nzone "ours.example" { type primary; file "ours.zone"; };')
        check = os.path.join(support.BUILD, 'rootwalk-checkconf')
        missing = run(check, daemon.conf)
        self.assertEqual(missing.returncode, 1)
        self.assertRegex(missing.stderr, r'named\.conf:2:6: the zone file .*/ours\.zone does not exist')
        with open(f'{daemon.folder}/ours.zone', 'w') as f:
            f.write(ZONE)
        good = run(check, '-z', daemon.conf)
        self.assertEqual((good.returncode, good.stdout), (0, 'zone ours.example.: serial 1, 10 records\n'))
        with open(f'{daemon.folder}/ours.zone', 'w') as f:
            f.write(ZONE + 'bad IN A 1.2.3\n')
        bad = run(check, '-z', daemon.conf)
        self.assertEqual(bad.returncode, 1)
        self.assertRegex(bad.stderr, r'ours\.zone:12: .*1\.2\.3')
        self.assertRegex(bad.stderr, r'named\.conf:2:6: zone ours\.example\. cannot be served')
        self.assertEqual(run(check, daemon.conf).returncode, 0)

    def test_a_zone_that_cannot_be_read_is_servfail_and_all_else_is_served(self):
        daemon = self.serve(text='@ 300 IN A 203.0.113.99\n')
        response = ask('mail.ours.example')
        self.assertEqual((response.rcode, response.ede), (wire.SERVFAIL, [14]))
        self.assertRegex(daemon.text(), r'ours\.example.*cannot be served')
        self.assertTrue(self.addresses('www.example.org'))


@not_by_stand_in
class SpecialNames(WithOwnDaemon):
    def test_they_are_answered_here(self):
        self.daemon_with(ORDINARY).launch()
        self.assertEqual(ask('localhost').records(wire.A), ['127.0.0.1'])
        self.assertEqual(ask('a.b.localhost').records(wire.A), ['127.0.0.1'])
        self.assertEqual(ask('1.0.0.127.in-addr.arpa', wire.PTR).records(wire.PTR), ['localhost.'])
        for name in ('1.1.168.192.in-addr.arpa', '9.9.31.172.in-addr.arpa', '1.1.127.100.in-addr.arpa', 'x.test',
                     'x.invalid', 'x.onion', 'x.home.arpa', 'x.resolver.arpa', '4.3.2.1.d.f.ip6.arpa'):
            response = ask(name, wire.PTR)
            self.assertEqual((response.rcode, response.flags & AA), (wire.NXDOMAIN, AA), name)

    def test_the_answer_says_why(self):
        self.daemon_with(ORDINARY).launch()
        response = ask('x.home.arpa')
        self.assertEqual(response.ede, [0])
        self.assertIn('RFC 8375', response.ede_texts[0])
        self.assertEqual(ask('localhost').ede, [])

    def test_they_can_be_looked_for_outside(self):
        self.daemon_with(ORDINARY + ' disable-empty-zone "test";').launch()
        self.assertFalse(ask('x.test').flags & AA)
        self.assertTrue(ask('x.invalid').flags & AA)
        self.assertFalse(ask('home.arpa', 43).flags & AA)

    def test_a_route_takes_their_place(self):
        self.daemon_with(ORDINARY, 'controls { };\nzone "x.test" { type forward; forward only; forwarders { 192.0.2.254; }; };'
                         ).launch()
        self.assertTrue(ask('y.test').flags & AA)
        self.assertFalse(ask('a.x.test').flags & AA)

    def test_a_zone_of_the_same_name_takes_their_place(self):
        daemon = self.daemon_with(ORDINARY, 'controls { };\nzone "168.192.in-addr.arpa" { type primary; file "z"; };')
        with open(f'{daemon.folder}/z', 'w') as f:
            f.write('@ 300 IN SOA a b 1 1 1 1 60\n@ 300 IN NS a\n1.1 300 IN PTR gateway.example.\n')
        daemon.launch()
        self.assertEqual(ask('1.1.168.192.in-addr.arpa', wire.PTR).records(wire.PTR), ['gateway.example.'])


if __name__ == '__main__':
    import unittest
    unittest.main()
