"""Zones of our own, and names that are special: step 5 of a resolution, before the cache and before anybody is asked."""
import signal

import wire
from support import OPTIONS, WithOwnDaemon, ask, not_by_stand_in, poll

AA, AD = 0x0400, 0x0020
ORDINARY = OPTIONS.replace('empty-zones-enable no;', '')
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
    def serve(self, zones='zone "ours.example" { type master; file "ours.zone"; };', options=ORDINARY, text=ZONE):
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
        self.assertEqual([r.owner for r in ask('out.ours.example', rd=False).answer], ['out.ours.example.'])

    def test_an_alias_from_elsewhere_leads_into_our_zone(self):
        self.serve('zone "www.example.org" { type primary; file "ours.zone"; };',
                   text='@ 300 IN SOA a b 1 1 1 1 60\n@ 300 IN NS a\n@ 300 IN A 203.0.113.99\n')
        self.assertEqual(self.addresses('www.example.org'), ['203.0.113.99'])
        self.assertEqual(self.addresses('shop.example.com'), ['203.0.113.99'])

    def test_without_recursion_it_answers_its_zones_refers_below_them_and_refuses_the_rest(self):
        self.serve(options=ORDINARY + ' recursion no;')
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
                   options=ORDINARY.replace('allow-query { localhost; }', 'allow-query { none; }'))
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

    def test_a_zone_of_the_same_name_takes_their_place(self):
        daemon = self.daemon_with(ORDINARY, 'controls { };\nzone "168.192.in-addr.arpa" { type primary; file "z"; };')
        with open(f'{daemon.folder}/z', 'w') as f:
            f.write('@ 300 IN SOA a b 1 1 1 1 60\n@ 300 IN NS a\n1.1 300 IN PTR gateway.example.\n')
        daemon.launch()
        self.assertEqual(ask('1.1.168.192.in-addr.arpa', wire.PTR).records(wire.PTR), ['gateway.example.'])


if __name__ == '__main__':
    import unittest
    unittest.main()
