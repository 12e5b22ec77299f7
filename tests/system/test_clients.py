"""Programs that people use, through /etc/resolv.conf."""
import concurrent.futures
import subprocess
import unittest

import wire
from support import (FAR, PATIENCE, WEB4, WEB6, WithDaemon, ask, needs_ipv6, poll, run, servers_got,
                     servers_got_at_rest, udp_socket)


class Clients(WithDaemon):
    def test_getent_finds_the_ipv4_address_of_a_host(self):
        result = run('getent', 'ahostsv4', 'www.example.org')
        self.assertEqual(result.returncode, 0, result)
        self.assertIn('203.0.113.10 ', result.stdout)

    def test_getent_finds_the_ipv6_address_of_a_host(self):
        result = run('getent', 'ahostsv6', 'www.example.org')
        self.assertEqual(result.returncode, 0, result)
        self.assertIn('2001:db8:113::10 ', result.stdout)

    def test_getent_hosts_finds_the_name_of_an_address(self):
        self.assertIn('mail.example.net', run('getent', 'hosts', '203.0.113.25').stdout)

    def test_getent_says_that_a_name_does_not_exist(self):
        self.assertEqual(run('getent', 'hosts', 'no-such-name.example.org').returncode, 2)

    def test_host_shows_the_mail_exchanger(self):
        result = run('host', '-t', 'mx', 'example.org')
        self.assertEqual(result.stdout, 'example.org mail is handled by 10 mail.example.net.\n')

    def test_host_follows_an_alias_into_another_domain(self):
        result = run('host', '-t', 'a', 'shop.example.com')
        self.assertIn('shop.example.com is an alias for www.example.org.', result.stdout)
        self.assertIn('www.example.org has address 203.0.113.10', result.stdout)

    def test_dig_over_udp_and_tcp_and_ipv4(self):
        for transport in '+notcp', '+tcp':
            with self.subTest(transport):
                self.assertEqual(run('dig', '@127.0.0.1', transport, '+short', 'www.example.com').stdout, '203.0.113.50\n')

    @needs_ipv6
    def test_dig_over_udp_and_tcp_and_ipv6(self):
        for transport in '+notcp', '+tcp':
            with self.subTest(transport):
                result = run('dig', '@::1', transport, '+short', 'www.example.com', 'AAAA')
                self.assertEqual(result.stdout, '2001:db8:113::50\n')

    def test_dig_reads_resolv_conf(self):
        self.assertIn('SERVER: 127.0.0.1#53', run('dig', 'www.example.org').stdout)

    def test_curl_fetches_a_page_by_name(self):
        self.fetch('-4', WEB4)

    @needs_ipv6
    def test_curl_fetches_a_page_by_name_over_ipv6(self):
        self.fetch('-6', WEB6)

    def fetch(self, family, address):
        server = subprocess.Popen([*FAR, 'python3', '-m', 'http.server', '--bind', address, '80'],
                                  cwd=self.daemon.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            poll(lambda: run('curl', '-s', '-o', '/dev/null', f'http://{"[" + address + "]" if ":" in address else address}/')
                 .returncode == 0, 'the web server answers')
            result = run('curl', '-s', '-S', family, '--max-time', str(PATIENCE), 'http://www.example.org/')
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn('named.conf', result.stdout)
        finally:
            server.terminate()
            server.wait()

    def test_a_burst_of_200_parallel_lookups_is_answered_right(self):
        """What a browser with many tabs does at start: many names, some of them twice, all at once."""
        questions = [(f'image{i}.wild.example.org', wire.A, ['203.0.113.30']) for i in range(120)]
        questions += [('www.example.org', wire.A, ['203.0.113.10']), ('www.example.com', wire.A, ['203.0.113.50']),
                      ('www.example.org', wire.AAAA, ['2001:db8:113::10']), ('shop.example.com', wire.A, ['203.0.113.10']),
                      ('www.old.example.com', wire.A, ['203.0.113.10']), ('example.org', wire.MX, [(10, 'mail.example.net.')]),
                      ('printer.lab.example.org', wire.A, ['203.0.113.60']), ('mail.example.net', wire.A, ['203.0.113.25'])] * 10
        with concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
            answers = list(pool.map(lambda q: ask(q[0], q[1]), questions))
        self.assertEqual(len(answers), 200)
        for (name, kind, data), answer in zip(questions, answers):
            self.assertEqual((name, answer.rcode, answer.records(kind)), (name, wire.NOERROR, data))


class Walk(WithDaemon):
    def answer(self, name, kind, rcode=wire.NOERROR, **options):
        response = ask(name, kind, **options)
        self.assertEqual(response.rcode, rcode, f'{name}: {response.answer} {response.ede}')
        self.assertTrue(response.flags & wire.RA)
        return response

    def test_a_name_server_named_in_another_tld_is_looked_up(self):
        self.assertEqual(self.answer('example.com', wire.A).records(wire.A), ['203.0.113.50'])

    def test_an_alias_across_domains_is_followed(self):
        response = self.answer('shop.example.com', wire.A)
        self.assertEqual(response.records(wire.CNAME), ['www.example.org.'])
        self.assertEqual(response.records(wire.A), ['203.0.113.10'])

    def test_a_dname_gives_the_dname_the_alias_and_the_address(self):
        response = self.answer('www.old.example.com', wire.A)
        self.assertEqual([r.kind for r in response.answer], [39, wire.CNAME, wire.A])
        self.assertEqual(response.records(wire.A), ['203.0.113.10'])

    def test_a_second_name_below_a_cached_dname_needs_no_question_about_the_alias(self):
        self.answer('www.old.example.com', wire.A)
        self.answer('big.example.org', wire.TXT)
        response = self.answer('big.old.example.com', wire.TXT, tcp=True)
        self.assertEqual(response.records(wire.CNAME), ['big.example.org.'])

    def test_every_name_below_a_wildcard_exists(self):
        self.assertEqual(self.answer('a.b.wild.example.org', wire.A).records(wire.A), ['203.0.113.30'])

    def test_an_empty_non_terminal_is_no_data(self):
        response = self.answer('empty.example.org', wire.A)
        self.assertEqual((response.answer, [r.kind for r in response.authority]), ([], [wire.SOA]))

    def test_a_name_that_does_not_exist_is_nxdomain_with_its_soa(self):
        response = self.answer('nobody.example.org', wire.A, wire.NXDOMAIN)
        self.assertEqual([(r.owner, r.kind) for r in response.authority], [('example.org.', wire.SOA)])
        self.assertLessEqual(response.authority[0].ttl, 300)

    def test_the_second_nxdomain_comes_from_the_cache(self):
        self.answer('nobody.example.com', wire.A, wire.NXDOMAIN)
        before = servers_got_at_rest()
        self.answer('nobody.example.com', wire.A, wire.NXDOMAIN)
        self.assertEqual(servers_got(), before)

    def test_an_alias_that_leads_nowhere_is_nxdomain_with_the_alias(self):
        response = self.answer('nowhere.example.org', wire.A, wire.NXDOMAIN)
        self.assertEqual(response.records(wire.CNAME), ['no-such-name.example.org.'])

    def test_aliases_in_a_circle_end(self):
        self.assertIn(ask('loop1.example.org').rcode, (wire.SERVFAIL, wire.NOERROR))

    def test_a_type_nobody_knows_passes_unchanged(self):
        response = self.answer('strange.example.org', 65400)
        self.assertEqual([r.data for r in response.answer], [bytes([192, 0, 2, 10])])

    def test_a_delegation_to_a_server_that_does_not_know_the_zone_is_servfail(self):
        self.answer('www.lame.example.org', wire.A, wire.SERVFAIL)

    def test_a_failure_is_remembered(self):
        self.answer('www2.lame.example.org', wire.A, wire.SERVFAIL)
        before = servers_got_at_rest()
        self.answer('www2.lame.example.org', wire.A, wire.SERVFAIL)
        self.assertEqual(servers_got(), before)

    def test_an_answer_too_big_for_udp_is_truncated_and_whole_over_tcp(self):
        truncated = self.answer('big.example.org', wire.TXT)
        self.assertTrue(truncated.flags & wire.TC)
        self.assertLessEqual(len(truncated.packet), 1232)
        whole = self.answer('big.example.org', wire.TXT, tcp=True)
        self.assertEqual(len(whole.records(wire.TXT)), 16)

    def test_without_edns_an_answer_keeps_to_512_octets(self):
        self.assertLessEqual(len(self.answer('big.example.org', wire.TXT, edns=False).packet), 512)

    def test_a_ttl_counts_down_and_the_record_is_asked_for_again_behind_it(self):
        first = self.answer('short.example.org', wire.A)
        self.assertLessEqual(first.answer[0].ttl, 5)
        seen = []

        def fresh_again():
            before = servers_got()
            seen.append(self.answer('short.example.org', wire.A).answer[0].ttl)
            return servers_got() > before
        poll(fresh_again, 'the record is fetched again')
        self.assertLess(min(seen), 5, seen)
        self.assertEqual(seen[-1], 5, seen)

    def test_the_question_comes_back_in_the_spelling_of_the_client(self):
        self.answer('www.example.org', wire.A)
        self.assertEqual(ask('wWw.ExAmPlE.oRg').questions[0][0], 'wWw.ExAmPlE.oRg.')

    def test_a_cached_answer_needs_no_server(self):
        self.answer('www.example.org', wire.A)
        before = servers_got_at_rest()
        for _ in range(50):
            self.answer('www.example.org', wire.A)
        self.assertEqual(servers_got(), before)

    def test_the_same_question_from_many_at_once_is_walked_once(self):
        self.answer('x.wild.example.org', wire.A)           # the way there is known from here on
        before = servers_got_at_rest()
        sockets = [udp_socket() for _ in range(50)]
        try:
            for s in sockets:
                s.send(wire.query('same.wild.example.org'))
            for s in sockets:
                self.assertEqual(wire.Response(s.recv(4096)).records(wire.A), ['203.0.113.30'])
        finally:
            for s in sockets:
                s.close()
        self.assertLessEqual(servers_got() - before, 4)     # QNAME minimisation may take some steps


if __name__ == '__main__':
    unittest.main()
