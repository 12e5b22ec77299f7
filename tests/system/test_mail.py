"""What a mail server asks before it takes or sends a message."""
import ipaddress

import wire
from support import WithDaemon, ask


class Mail(WithDaemon):
    def test_the_mail_exchanger_in_another_tld_has_an_address(self):
        (_, host), = ask('example.org', wire.MX).records(wire.MX)
        self.assertEqual(host, 'mail.example.net.')
        self.assertEqual(ask(host, wire.A).records(wire.A), ['203.0.113.25'])
        self.assertEqual(ask(host, wire.AAAA).records(wire.AAAA), ['2001:db8:113::25'])

    def test_a_null_mx_says_that_the_domain_takes_no_mail(self):
        self.assertEqual(ask('example.com', wire.MX).records(wire.MX), [(0, '.')])

    def test_address_name_and_address_again_agree_for_the_mail_host(self):
        for address, kind in (('203.0.113.25', wire.A), ('2001:db8:113::25', wire.AAAA)):
            with self.subTest(address):
                names = ask(ipaddress.ip_address(address).reverse_pointer, wire.PTR).records(wire.PTR)
                self.assertEqual(names, ['mail.example.net.'])
                self.assertIn(address, ask(names[0], kind).records(kind))

    def test_a_name_that_does_not_confirm_its_address_is_found_out(self):
        names = ask(ipaddress.ip_address('203.0.113.66').reverse_pointer, wire.PTR).records(wire.PTR)
        self.assertEqual(names, ['www.example.net.'])
        self.assertNotIn('203.0.113.66', ask(names[0]).records(wire.A))

    def test_an_address_without_a_name_is_nxdomain(self):
        self.assertEqual(ask(ipaddress.ip_address('203.0.113.99').reverse_pointer, wire.PTR).rcode, wire.NXDOMAIN)

    def test_the_block_list_lists_its_test_entry_with_a_reason(self):
        self.assertEqual(ask('2.0.0.127.bl.example.net').records(wire.A), ['127.0.0.2'])
        self.assertEqual(ask('2.0.0.127.bl.example.net', wire.TXT).records(wire.TXT), ['entry for testing'])

    def test_the_block_list_does_not_list_others(self):
        for name in '1.0.0.127.bl.example.net', '25.113.0.203.bl.example.net':
            with self.subTest(name):
                self.assertEqual(ask(name).rcode, wire.NXDOMAIN)

    def test_the_sender_policy_is_read(self):
        self.assertEqual(ask('example.org', wire.TXT).records(wire.TXT), ['v=spf1 mx -all'])
        self.assertEqual(ask('_dmarc.example.org', wire.TXT).records(wire.TXT), ['v=DMARC1; p=reject'])
