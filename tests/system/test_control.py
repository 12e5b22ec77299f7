"""Every command of the control socket, over the real socket, as text and as JSON; and who misuses that socket."""
import json
import os
import re
import socket
import subprocess
from unittest import mock

import jsonschema

import wire
from support import (CONTROL, OPTIONS, PATIENCE, ROOT, WithOwnDaemon, ask, needs_real_root, not_by_stand_in, poll, run)


DIGEST = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D'
SECRET = 'bm90IGZvciBldmVyeWJvZHk='


def schema():
    return jsonschema.Draft202012Validator(json.loads(reference('control.schema.json')))


def reference(name='control.md'):
    with open(f'{ROOT}/docs/{name}') as f:
        return f.read()


def commands():
    """The names of all commands that --help shows."""
    lines = run(CONTROL, '--help').stdout.split('\n\n')[1].splitlines()
    return [re.match(r'  ((?:[a-z]+ ?)+)', line).group(1).strip() for line in lines if line[2] != ' ']


class Controlled(WithOwnDaemon):
    def setUp(self):
        super().setUp()
        self.daemon = self.daemon_with()
        self.path = f'{self.daemon.folder}/control'
        self.reader = f'{self.daemon.folder}/reader'
        self.daemon.configure(OPTIONS.replace('empty-zones-enable no;', ''), f'''controls {{
            unix "{self.path}" perm 0600;
            unix "{self.reader}" perm 0600 read-only yes; }};
            key "transfers" {{ algorithm hmac-sha256; secret "{SECRET}"; }};
            zone "dead.lab" {{ type static-stub; server-addresses {{ 127.0.0.77; }}; }};
            zone "away.lab" {{ type secondary; primaries {{ 127.0.0.77; }}; }};
            zone "home.lab" {{ type primary; file "home.zone"; allow-query {{ 192.0.2.200; }}; }};''')
        with open(f'{self.daemon.folder}/home.zone', 'w') as f:
            f.write('$TTL 60\n@ SOA ns admin 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n')
        self.daemon.launch()

    def control(self, *words, path=None):
        return run(CONTROL, '-s', path or self.path, *words)

    def text(self, *words):
        result = self.control(*words)
        self.assertEqual((result.returncode, result.stderr), (0, ''), (words, result))
        return result.stdout

    def rows(self, *words, status=0):
        """The objects of an answer, each held against the schema."""
        result = self.control(*words, '--json')
        self.assertEqual(result.returncode, status, (words, result))
        objects = [json.loads(line) for line in result.stdout.splitlines()]
        for each in objects:
            error = next(schema().iter_errors(each), None)
            self.assertIsNone(error, f'{words}: {each}: {error and error.message}')
            text = reference() + (reference('events.md') if each.get('row') == 'event' else '')
            self.assertEqual([field for field in each if f'`{field}`' not in text], [], words)
        self.assertEqual([o['status'] for o in objects if 'status' in o], [objects[-1]['status']])
        return objects

    def raw(self, octets, path=None, shut=False):
        """What a client without rootwalkctl gets."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path or self.path)            # waits while too many others do
            s.settimeout(PATIENCE)
            s.sendall(octets)
            if shut:
                s.shutdown(socket.SHUT_WR)
            answer = b''
            while piece := s.recv(65536):
                answer += piece
        return answer.decode()


@not_by_stand_in
class Verbs(Controlled):
    def setUp(self):
        super().setUp()
        for name in 'www.example.org', 'nope.example.org':
            ask(name)

    def test_a_zone_is_read_again_alone(self):
        zone = f'{self.daemon.folder}/home.zone'
        self.assertEqual(self.rows('zonestatus', 'home.lab')[-1]['serial'], 1)
        with open(zone, 'w') as f:
            f.write('$TTL 60\n@ SOA ns admin 2 2 3 4 5\n@ NS ns\nns A 192.0.2.2\nnew A 192.0.2.3\n')
        self.assertEqual(self.rows('reload', 'home.lab')[-1], {'status': 'ok', 'serial': 2, 'records': 4})
        self.assertEqual(self.rows('zonestatus', 'HOME.lab')[-1]['changes'], 1)
        self.assertRegex(self.text('zonestatus'), r'home\.lab\. primary served yes serial 2 records 4\n')
        with open(zone, 'a') as f:
            f.write('bad A 192.0.2.300\n')
        result = self.control('reload', 'home.lab')
        self.assertEqual(result.returncode, 1)
        self.assertIn('home.zone:6', result.stdout + result.stderr)
        self.assertIn('served before is served on', result.stderr)
        self.assertEqual(self.rows('zonestatus', 'home.lab')[-1]['serial'], 2)

    def test_zones_that_cannot_be_read_fetched_or_told_of_are_named(self):
        for words, why in ((('reload', 'hom.lab'), "hom.lab. is no zone of ours (did you mean 'home.lab.'?)"),
                           (('zonestatus', 'dead.lab'), 'dead.lab. is no zone of ours'),
                           (('refresh', 'home.lab'), 'it is a primary zone'),
                           (('retransfer', 'home.lab'), 'it is a primary zone'),
                           (('notify', 'away.lab'), 'it is not loaded')):
            result = self.control(*words)
            self.assertEqual(result.returncode, 1, words)
            self.assertIn(why, result.stderr)
        last = self.rows('zonestatus', 'localhost')[-1]
        self.assertEqual((last['type'], last['reason']), ('special name', 'RFC 6761'))
        for verb in 'reload', 'refresh', 'retransfer', 'notify':
            result = self.control(verb, 'away.lab', path=self.reader)
            self.assertEqual((result.returncode, result.stderr), (1, 'rootwalkctl: this control socket is read-only\n'))

    def test_every_command_answers_as_text_and_as_json(self):
        """Those without a test of their own below differ in words only."""
        arguments = {
            'cache get': ['www.example.org'], 'flush name': ['a.test'], 'flush type': ['a.test', 'MX'],
            'flush tree': ['a.test'], 'servers get': ['198.51.100.1'], 'lookup': ['a.test'],
            'explain': ['www.example.org'], 'nta add': ['a.test'], 'nta del': ['a.test'], 'acl test': ['127.0.0.1'],
            'refresh': ['away.lab'], 'retransfer': ['away.lab'], 'notify': ['home.lab'],
        }
        self.assertGreater(len(commands()), 30)
        for command in commands():
            words = command.split() + arguments.get(command, [])
            if command in ('stop', 'capture', 'monitor', 'top', 'cache load'):     # test_explain.py, test_monitor.py, below
                continue
            if command == 'servers get':            # which of them was asked is chance
                words[-1] = self.rows('servers', 'dump')[0]['address'].partition('#')[0]
            if command.startswith(('flush', 'servers flush')):
                ask('www.example.org')
            with self.subTest(command):
                if command == 'nta del':
                    self.text('nta', 'add', 'a.test')
                self.text(*words)
                if command == 'nta del':
                    self.text('nta', 'add', 'a.test')
                self.assertEqual(self.rows(*words)[-1]['status'], 'ok')
                ask('www.example.org')
        self.assertEqual(self.rows('stop')[-1], {'status': 'ok'})
        self.assertEqual(self.daemon.process.wait(PATIENCE), 0)

    def test_cache_get_shows_entries_and_their_records(self):
        text = self.text('cache', 'get', 'WWW.example.org')
        self.assertRegex(text, r'(?m)^; www\.example\.org\. A records ttl \d+ s age \d+ s rank answer ')
        self.assertRegex(text, r'(?m)^www\.example\.org\. \d+ IN A 203\.0\.113\.10$')
        entry, record, last = self.rows('cache', 'get', 'www.example.org', 'A')
        self.assertEqual((entry['kind'], entry['type'], last['entries']), ('records', 'A', 1))
        self.assertTrue(0 < entry['ttl'] <= 3600)
        self.assertIn(entry['source'], [row['address'].partition('#')[0] for row in self.rows('lookup', 'www.example.org')
                                        if row.get('row') == 'server' and 'address' in row])
        self.assertRegex(text, rf"insecure from {re.escape(entry['source'])} hits")
        self.assertEqual(record['section'], 'answer')
        self.assertEqual(self.rows('cache', 'get', 'nope.example.org')[0]['kind'], 'nxdomain')
        servers = [row for row in self.rows('cache', 'get', 'example.org') if row.get('row') == 'server']
        self.assertIn('ns1.example.org.', [row['name'] for row in servers])
        self.assertIn('198.51.100.1#53', [row.get('address') for row in servers])
        result = self.control('cache', 'get', 'none.test')
        self.assertEqual((result.returncode, result.stderr), (1, 'rootwalkctl: nothing is kept of none.test\n'))
        self.assertEqual(self.rows('cache', 'get', 'none.test', status=1)[-1]['code'], 'not-found')

    def test_cache_list_is_of_a_tree_and_in_order(self):
        def entries(*words):
            return self.rows('cache', 'list', *words)[:-1]
        self.assertEqual({row['name'].endswith('example.org.') for row in entries('--tree', 'example.org')}, {True})
        self.assertIn('.', [row['name'] for row in entries()])
        for by, key, sign in ('ttl', 'ttl', 1), ('size', 'octets', -1), ('hits', 'hits', -1), ('age', 'age', -1):
            values = [sign * row[key] for row in entries('--by', by)]
            self.assertEqual(values, sorted(values), by)
        self.assertEqual(len(entries('--limit', '2')), 2)
        self.assertEqual(entries('--by', 'size', '--limit', '1'), entries('--by', 'size')[:1])
        self.assertEqual(self.control('cache', 'list', '--limit', '0').returncode, 2)

    def test_cache_dump_has_every_entry_of_the_list_with_its_records(self):
        listed = [(row['name'], row.get('type'), row['kind']) for row in self.rows('cache', 'list')[:-1]]
        dumped = self.rows('dumpdb', '-all')
        self.assertEqual(sorted((row['name'], row.get('type') or '', row['kind']) for row in dumped
                                if row.get('row') == 'entry'), sorted((n, t or '', k) for n, t, k in listed))
        self.assertTrue(any('203.0.113.10' in row.get('record', '') for row in dumped))

    def test_cache_dump_is_a_zone_file_whose_comments_tell_rank_trust_and_age(self):
        ask('example.org', wire.SOA)
        text = self.text('cache', 'dump', '--tree', 'example.org')
        comments = [line for line in text.splitlines() if line.startswith(';')]
        records = [line for line in text.splitlines() if not line.startswith(';')]
        self.assertEqual([line for line in records if not re.match(r'\S+\.example\.org\. \d+ IN [A-Z]+ |'
                                                                   r'example\.org\. \d+ IN [A-Z]+ ', line)], [])
        self.assertTrue(any(re.match(r'; example\.org\. SOA records ttl .* age .* rank \S.* insecure ', line)
                            for line in comments), comments)
        with open(f'{self.daemon.folder}/dump', 'w') as f:
            f.write(text)
        zone = run('ldns-read-zone', f'{self.daemon.folder}/dump')
        self.assertEqual((zone.returncode, zone.stderr), (0, ''), zone)
        self.assertIn('203.0.113.10', zone.stdout)

    def dump(self):
        path = f'{self.daemon.folder}/dump'
        with open(path, 'w') as f:
            f.write(self.text('cache', 'dump'))
        return path

    def test_a_dump_is_loaded_into_another_daemon_which_answers_without_asking_anybody(self):
        path = self.dump()
        before = [row for row in self.rows('cache', 'get', 'www.example.org') if row.get('row') == 'entry'][0]
        self.daemon.stop()
        self.daemon.launch()
        last = self.rows('cache', 'load', path)[-1]
        self.assertGreaterEqual(last['loaded'], 2, last)
        self.assertEqual((last['status'], last['wrong'], last['expired']), ('ok', 0, 0))
        sent = self.rows('stats')[-1]['resolver.sent.udp']
        answer = ask('www.example.org')
        self.assertEqual((answer.rcode, [r.data for r in answer.answer]), (wire.NOERROR, ['203.0.113.10']))
        self.assertEqual(ask('nope.example.org').rcode, wire.NXDOMAIN)
        self.assertEqual(self.rows('stats')[-1]['resolver.sent.udp'], sent)
        entry = [row for row in self.rows('cache', 'get', 'www.example.org') if row.get('row') == 'entry'][0]
        self.assertEqual((entry['rank'], entry['trust']), ('additional', 'insecure'))
        self.assertLessEqual(entry['ttl'], before['ttl'])

    def test_a_dump_is_loaded_from_the_input_in_any_pieces(self):
        with open(self.dump(), 'rb') as f:
            text = f.read()
        self.text('flush')
        with open(f'{self.daemon.folder}/dump') as f:
            done = run(CONTROL, '-s', self.path, 'cache', 'load', stdin=f)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'(?m)^loaded +[1-9]')
        self.text('flush')
        self.assertRegex(self.raw(b'cache load\n' + text, shut=True), r'(?m)^loaded +[1-9][^$]*\nok$')

    def test_wrong_lines_of_a_dump_are_told_with_their_numbers(self):
        path = self.dump()
        with open(path, 'a') as f:
            f.write('; a.test. A records ttl 9 s age 1 s rank answer insecure hits 0\na.test. 9 IN A 1.2.3\n')
        lines = len(open(path).readlines())
        self.text('flush')
        self.assertIn(f'{path}:{lines}: ', self.text('cache', 'load', path))
        rows = self.rows('cache', 'load', path)
        self.assertEqual([(row['file'], row['line']) for row in rows[:-1]], [(path, lines)])
        self.assertEqual(rows[-1]['wrong'], 1)

    def test_what_is_no_dump_is_refused(self):
        result = self.control('cache', 'load', '/etc/hosts')
        self.assertEqual((result.returncode, result.stderr), (1, 'rootwalkctl: nothing of it can be loaded\n'))
        self.assertEqual(self.rows('cache', 'load', '/dev/null', status=1)[-1]['code'], 'failed')
        for path, why in (('/nowhere', 'No such file'), ('/etc', 'Is a directory')):
            result = self.control('cache', 'load', path)
            self.assertEqual(result.returncode, 1)
            self.assertIn(f'cannot read {path}: {why}', result.stderr)
        result = self.control('cache', 'load', '/etc/hosts', path=self.reader)
        self.assertEqual((result.returncode, result.stderr), (1, 'rootwalkctl: this control socket is read-only\n'))

    def test_what_fails_is_remembered_and_shown_with_its_reason(self):
        self.assertEqual(ask('www.lame.example.org').rcode, wire.SERVFAIL)
        rows = self.rows('cache', 'get', 'www.lame.example.org', 'A')
        reasons = [row for row in rows if row.get('row') == 'remembered-failure']
        self.assertIn('lame', reasons[0]['reason'])
        self.assertIn(reasons[0]['id'], self.text('failures'))
        self.assertEqual(self.rows('flush', 'bogus')[-1]['forgotten'], 2)
        self.assertNotIn('failure', [row.get('kind') for row in self.rows('cache', 'list')])

    def test_flush_type_negative_and_tree_take_what_they_say(self):
        def names():
            return {row['name'] for row in self.rows('cache', 'list', '--tree', 'example.org')[:-1]}
        ask('www.example.org', wire.AAAA)
        self.assertEqual(self.rows('flush', 'type', 'www.example.org', 'A')[-1]['forgotten'], 1)
        self.assertEqual([row['type'] for row in self.rows('cache', 'get', 'www.example.org')[:-1]
                          if row['row'] == 'entry'], ['AAAA'])
        self.assertEqual(self.rows('flush', 'negative', 'example.net')[-1]['forgotten'], 0)
        self.assertGreaterEqual(self.rows('flush', 'negative')[-1]['forgotten'], 1)
        self.assertNotIn('nope.example.org.', names())
        self.text('flushtree', 'example.org')
        self.assertEqual(names(), set())

    def test_lookup_names_zone_and_servers_and_what_is_known_of_them(self):
        *servers, last = self.rows('lookup', 'other.example.org')
        self.assertEqual((last['zone'], last['from'], last['way']), ('example.org.', 'cache', 'delegation'))
        self.assertEqual({row['name'] for row in servers}, {'ns1.example.org.', 'ns2.example.org.'})
        self.assertTrue(any(row.get('rtt_us') for row in servers))
        *servers, last = self.rows('lookup', 'www.dead.lab')
        self.assertEqual((last['zone'], last['from'], last['way']), ('dead.lab.', 'configuration', 'static-stub'))
        self.assertEqual([row['address'] for row in servers], ['127.0.0.77#53'])
        self.assertIn('zone                         example.org.', self.text('lookup', 'www.example.org'))
        for name, zone, origin in (('www.home.lab', 'home.lab.', 'configuration'),
                                   ('1.0.0.127.in-addr.arpa', '127.in-addr.arpa.', 'special name')):
            last, = self.rows('lookup', name)
            self.assertEqual((last['zone'], last['from'], last['way']), (zone, origin, 'zone of ours'))

    def test_servers_are_dumped_got_and_forgotten(self):
        servers = self.rows('servers', 'dump')[:-1]
        address = servers[0]['address'].partition('#')[0]
        self.assertEqual(self.rows('servers', 'get', address)[0]['rtt_us'], servers[0]['rtt_us'])
        self.assertEqual(self.rows('servers', 'flush', address)[-1]['forgotten'], 1)
        self.assertEqual(self.control('servers', 'get', address).returncode, 1)
        self.assertEqual(self.rows('servers', 'flush')[-1]['forgotten'], len(servers) - 1)

    def test_inflight_shows_a_walk_while_its_server_is_silent(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            silent.bind(('127.0.0.77', 53))
            client.connect(('127.0.0.1', 53))
            client.send(wire.query('www.dead.lab'))
            silent.recv(512)                        # it has been asked
            walks = [row for row in self.rows('recursing')[:-1] if row['name'] == 'www.dead.lab.']
            self.assertEqual([(w['server'], w['zone'], w['clients'], w['state']) for w in walks],
                             [('127.0.0.77#53', 'dead.lab.', 1, 'waits for a server')])

    def test_showconf_prints_what_holds_what_was_said_and_the_defaults(self):
        effective, user, preset = (self.text('showconf', option) for option in ('-effective', '-user', '-default'))
        self.assertEqual(effective, self.text('showconf'))
        self.assertIn('max-cache-size 128M;', effective)
        self.assertIn('zone "dead.lab', user)
        self.assertNotIn('max-cache-size', user)
        self.assertIn('max-cache-size 128M;', preset)
        self.assertNotIn('dead.lab', preset)
        self.assertEqual(self.rows('showconf')[-1]['configuration'], effective)
        for text in effective, user, preset, self.control('showconf', path=self.reader).stdout:
            self.assertNotIn(SECRET, text)
        self.assertIn('secret "????";', user)

    def test_acl_test_names_the_statement_that_matched(self):
        *lists, last = self.rows('acl', 'test', '127.0.0.1')
        by = {row['statement']: row for row in lists}
        self.assertEqual(by['allow-query']['verdict'], 'matches')
        self.assertEqual(by['allow-query']['file'], self.daemon.conf)
        with open(self.daemon.conf) as f:
            self.assertIn('allow-query', f.read().splitlines()[by['allow-query']['line'] - 1])
        self.assertTrue(last['may_recurse'])
        last = self.rows('acl', 'test', '192.0.2.200')[-1]
        self.assertEqual((last['answered'], last['may_query']), (True, False))
        *lists, last = self.rows('acl', 'test', '192.0.2.200', 'www.home.lab')
        self.assertEqual([row['statement'] for row in lists if row.get('zone') == 'home.lab.'], ['allow-query'])
        self.assertEqual((last['may_query'], last['may_recurse']), (True, False))
        self.assertFalse(self.rows('acl', 'test', '127.0.0.1', 'www.home.lab')[-1]['may_query'])
        self.assertRegex(self.text('acl', 'test', '::1'), r'(?m)^allow-query matches by .* line \d+$')

    def test_querylog_is_switched_on_and_off(self):
        def logged():
            return self.daemon.text().count('query: www.example.org')
        ask('www.example.org')
        self.assertEqual(logged(), 0)
        self.assertEqual(self.text('querylog', 'on'), 'queries are logged\n')
        ask('www.example.org')
        poll(lambda: logged() == 1, 'the query is logged')
        self.assertEqual(self.text('querylog'), 'queries are not logged\n')
        self.assertFalse(self.rows('querylog', 'configured')[-1]['querylog'])
        ask('www.example.org')
        self.assertEqual(logged(), 1)

    def test_log_level_is_set_and_told(self):
        self.assertEqual(self.text('log', 'level'), 'log level: configured\n')
        self.assertEqual(self.rows('log', 'level', 'error')[-1]['level'], 'error')
        before = len(self.daemon.text())
        self.text('flush')                          # which is logged as info
        self.assertEqual(len(self.daemon.text()), before)
        self.text('trace')
        self.assertEqual(self.text('log', 'level'), 'log level: debug\n')
        self.text('notrace')
        self.text('flush')
        self.assertRegex(self.daemon.text(), r'command of user \d+, process \d+: flush\n')

    def test_validation_says_whether(self):
        self.assertFalse(self.rows('validation')[-1]['validation'])
        self.assertIn('validation                   no', self.text('validation', 'status'))
        self.assertEqual(self.control('validation', 'check', path=self.reader).returncode, 0)

    def test_validation_without_trust_anchors_is_not_switched_on(self):
        result = self.control('validation', 'on')
        self.assertEqual(result.returncode, 1)
        self.assertIn('there are no trust anchors to validate by', result.stdout)
        self.assertEqual(self.rows('validation', 'on', status=1)[-1]['code'], 'failed')
        self.assertFalse(self.rows('validation')[-1]['validation'])

    def test_validation_is_switched_on_and_off_with_what_the_cache_believes(self):
        """The root of this internet is unsigned: by these trust anchors nothing there is good."""
        with open(self.daemon.conf, 'a') as f:
            f.write(f'trust-anchors {{ . static-ds 20326 8 2 "{DIGEST}"; }};\n')
        self.text('reload')
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        last = self.rows('validation', 'on')[-1]
        self.assertEqual((last['validation'], last['by'], last['anchors']), (True, 'command', 1))
        self.assertEqual(ask('www.example.org').rcode, wire.SERVFAIL)       # which is remembered ...
        self.assertIn('. key 20326 algorithm 8 static', self.text('anchors'))
        self.assertIn('validation                   no', self.text('validation', 'off'))
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)        # ... no longer
        self.assertIn('validation is off', self.daemon.text())
        self.text('validation', 'off')
        self.assertEqual(self.rows('cache', 'get', 'www.example.org')[-1]['status'], 'ok')   # nothing changed
        self.text('validation', 'on')
        self.text('reload')
        last = self.rows('validation')[-1]
        self.assertEqual((last['validation'], last['by']), (False, 'configuration'))
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)


@not_by_stand_in
class BadInput(Controlled):
    def test_what_is_misspelt_gets_the_near_word_and_status_2(self):
        for words, near in ((['statsu'], 'status'), (['cache', 'lst'], 'cache list'), (['halt'], 'stop'),
                            (['cache', 'list', '--bye', 'ttl'], '--by')):
            result = self.control(*words)
            self.assertEqual(result.returncode, 2, result)
            self.assertIn(f"did you mean '{near}'?", result.stderr)
            self.assertEqual(result.stdout, '')

    def test_values_that_are_none_are_status_2(self):
        for words in (['flush', 'name', 'a..b'], ['lookup', 'x' * 64], ['servers', 'get', 'nowhere'],
                      ['cache', 'get', 'a.', 'NONSENSE'], ['cache', 'list', '--limit', 'all'], ['lookup'],
                      ['status', 'now'], ['log', 'level', 'loud'], ['validation', 'maybe'], ['cache', 'list', '--by']):
            result = self.control(*words)
            self.assertEqual((result.returncode, result.stdout), (2, ''), words)
            self.assertTrue(result.stderr.startswith('rootwalkctl: '), result)

    def test_the_daemon_says_the_same_to_others_than_rootwalkctl(self):
        self.assertEqual(self.raw(b'statsu\n'), "usage: unknown command statsu (did you mean 'status'?)\n")
        error = json.loads(self.raw(b'statsu --json\n'))
        self.assertEqual((error['status'], error['code']), ('error', 'usage'))
        self.assertEqual(self.raw(b'version\nstop\n'), self.text('version') + 'ok\n')   # one command each
        for octets in b'\n', b'"\n', b'\x00\n', b'\xff' * 100 + b'\n', b' '.join([b'x'] * 2000) + b'\n':
            self.assertTrue(self.raw(octets).startswith('usage: '), octets)
        self.text('status')

    def test_a_request_too_long_is_told_so(self):
        self.assertIn('at most 4096 octets', self.raw(b'x' * 4096))
        result = self.control('lookup', 'x' * 5000)
        self.assertEqual(result.returncode, 2, result)

    def test_a_request_too_slow_is_hung_up_on(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(self.path)
            s.sendall(b'stat')
            self.assertEqual(s.recv(100), b'')

    def test_a_read_only_socket_lets_look_and_not_change(self):
        self.assertEqual(self.control('status', path=self.reader).returncode, 0)
        self.assertEqual(self.control('log', 'level', path=self.reader).returncode, 0)
        for words in (['flush'], ['stop'], ['querylog', 'on'], ['log', 'level', 'debug'], ['servers', 'flush'],
                      ['nta', 'add', 'a.test'], ['reload'], ['validation', 'off'], ['trace']):
            result = self.control(*words, path=self.reader)
            self.assertEqual((result.returncode, result.stderr),
                             (1, 'rootwalkctl: this control socket is read-only\n'), words)
        self.assertIn('read-only', self.raw(b'flush --json\n', self.reader))

    def test_who_wants_json_gets_what_rootwalkctl_finds_wrong_as_json_too(self):
        self.assertEqual(self.rows('statsu', status=2)[-1]['code'], 'usage')
        self.path = '/nowhere/control'
        self.assertEqual(self.rows('status', status=3)[-1]['code'], 'unreached')

    def test_questions_that_may_not_be_watched_or_are_too_many_have_codes_of_the_schema(self):
        def code(line):
            error = json.loads(self.raw(line).splitlines()[-1])
            schema().validate(error)
            return error['code']
        self.assertEqual(code(b'capture www.example.org x --as 192.0.2.200 --json\n'), 'refused')
        watching = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(('127.0.0.77', 53))
            for number in range(4):
                watching.append(socket.socket(socket.AF_UNIX))
                watching[-1].connect(self.path)
                watching[-1].settimeout(PATIENCE)
                watching[-1].sendall(b'explain n%d.dead.lab\n' % number)
                self.assertTrue(watching[-1].recv(100))
            self.assertEqual(code(b'explain www.example.org --json\n'), 'busy')
            for s in watching:
                s.close()

    def test_a_line_that_cannot_be_taken_apart_is_refused_as_json_too(self):
        for line in b'status ' + b'x ' * 100 + b'--json\n', b'status "x --json\n':
            self.assertEqual(json.loads(self.raw(line))['code'], 'usage')

    def test_what_is_refused_before_it_is_read_is_told_as_json_too(self):
        said = b'error: too many are served already\n'
        with socket.socket(socket.AF_UNIX) as server:
            self.path = f'{self.daemon.folder}/crowd'
            server.bind(self.path)
            server.listen()
            for words, status in (('status',), 1), (('status', '--json'), 1):
                with subprocess.Popen([CONTROL, '-s', self.path, *words], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True) as client:
                    connection, _ = server.accept()
                    connection.send(said)
                    connection.close()
                    out, err = client.communicate(timeout=PATIENCE)
                self.assertEqual((client.returncode, err), (status, f'rootwalkctl: {said[7:].decode()}'))
                self.assertEqual([json.loads(line)['code'] for line in out.splitlines()],
                                 ['failed'] if '--json' in words else [])

    def test_no_socket_is_status_3_and_names_the_path(self):
        result = self.control('status', path='/nowhere/control')
        self.assertEqual(result.returncode, 3)
        self.assertIn('/nowhere/control', result.stderr)
        with open(f'{self.daemon.folder}/file', 'w'):
            pass
        result = self.control('status', path=f'{self.daemon.folder}/file')
        self.assertEqual(result.returncode, 3)
        self.assertIn(f'{self.daemon.folder}/file', result.stderr)

    @needs_real_root
    def test_a_socket_of_somebody_else_is_status_3_and_says_who_may_use_it(self):
        command = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', CONTROL, '-s', self.path,
                   'status']
        result = run(*command)
        self.assertEqual(result.returncode, 3, result)
        self.assertIn(self.path, result.stderr)
        self.assertIn('root, the daemon\'s user, and the socket\'s group', result.stderr)
        os.chmod(self.path, 0o777)              # what the file's mode lets in the peer's credentials keep out
        result = run(*command)
        self.assertEqual((result.returncode, result.stdout), (3, ''), result)
        self.assertIn('hung up', result.stderr)

    def test_what_a_command_says_cannot_write_lines_into_the_log(self):
        self.assertIn('ok', self.raw(b'flush name a\x1b[2Jc\n'))
        self.assertIn('flush name a?[2Jc\n', self.daemon.text())
        self.assertNotIn('\x1b', self.daemon.text())


@not_by_stand_in
class Hostile(Controlled):
    """10,000 connections that mean no good: counted, not timed."""
    COUNT = 10000

    def setUp(self):
        # A sanitized daemon would keep what was freed for a while.
        options = 'quarantine_size_mb=0:thread_local_quarantine_size_kb=0'
        with mock.patch.dict(os.environ, ASAN_OPTIONS=options):
            super().setUp()

    def anonymous_memory(self):
        with open(f'/proc/{self.daemon.process.pid}/status') as f:
            return int(re.search(r'RssAnon:\s+(\d+) kB', f.read()).group(1))

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.daemon.process.pid}/fd'))

    def misuse(self, number):
        """Returns the connection where it stays open."""
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path)                        # waits while too many others do
        s.settimeout(PATIENCE)
        octets = (b'\xff\x00garbage' * 400, b'cache li', b'cache dump\n', b'', b'showconf --json\n', b'x' * 4095,
                  b'monitor\n', b'stats\n')[number % 8]
        try:
            s.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass                                    # it was hung up on before
        if number % 3 == 0:
            return s
        s.close()
        return None

    def crowd(self, count, open_before):
        held = []
        for number in range(count):
            s = self.misuse(number)
            if s:
                held.append(s)
            if len(held) > 100:
                held.pop(0).close()
            if number % 500 == 0:
                self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
                self.assertIn('rootwalk', self.text('version'))     # an honest one of the same user
                self.assertLessEqual(self.descriptors(), open_before + 40)
        for s in held:
            s.close()
        self.assertIn('workers', self.text('status'))
        poll(lambda: self.descriptors() <= open_before, 'all connections are gone')

    def test_who_comes_while_all_places_wait_for_workers_waits_as_well(self):
        """Each makes the workers count; none is idle, so that none can be hung up on."""
        for _ in range(100):
            crowd = [socket.socket(socket.AF_UNIX) for _ in range(40)]
            for s in crowd:
                s.connect(self.path)
                s.sendall(b'stats\n')
            self.assertTrue(self.raw(b'version\n').endswith('ok\n'))
            for s in crowd:
                s.close()
        self.assertNotIn('was refused', self.daemon.text())

    def test_ten_thousand_of_them_leave_it_answering_and_flat_in_memory(self):
        for number in range(4000):                  # so that a dump is more than the kernel takes
            ask(f'n{number}.wild.example.org')
        self.assertGreater(len(self.text('cache', 'dump')), 400000)
        open_before = self.descriptors()
        self.crowd(1000, open_before)               # what is allocated once, and what the heap keeps of a crowd
        memory_before = self.anonymous_memory()
        self.crowd(self.COUNT, open_before)
        poll(lambda: self.anonymous_memory() < memory_before + 512, f'its memory is {memory_before} kB again')
        self.assertEqual(self.daemon.stop(), 0)


@not_by_stand_in
class Rootwalkctl(Controlled):
    def test_each_command_has_help_of_its_own(self):
        for command in commands():
            result = run(CONTROL, *command.split(), '--help')
            self.assertEqual(result.returncode, 0, result)
            self.assertTrue(result.stdout.startswith(f'usage: rootwalkctl {command}'), result.stdout)

    def test_every_command_is_in_the_manual_and_the_reference(self):
        manual = '\n'.join(line for line in reference('rootwalkctl.8').splitlines() if line.startswith('.B'))
        for command in commands():
            self.assertRegex(manual.replace('\\-', '-'), rf'(?<![\w-]){command}(?![\w-])')
            self.assertRegex(reference(), rf'(?m)^\|.*`{command}[` \[]')

    def test_every_field_of_the_schema_is_in_the_reference(self):
        for kind, definition in json.loads(reference('control.schema.json'))['$defs'].items():
            for field in definition['properties']:
                self.assertIn(f'`{field}`', reference(), f'{kind}: {field}')

    def test_colour_is_for_terminals_and_on_demand(self):
        def complaint(*options, **environment):
            return run(CONTROL, *options, 'statsu', env=dict(os.environ, **environment)).stderr
        self.assertNotIn('\x1b', complaint())
        self.assertIn('\x1b', complaint('--color', 'always'))
        self.assertIn('\x1b', complaint('--color=always', NO_COLOR='1'))
        self.assertNotIn('\x1b', complaint('--color', 'never'))
        self.assertEqual(run(CONTROL, '--color', 'purple', 'status').returncode, 2)

    def test_lines_are_shown_as_they_come_and_the_last_is_the_verdict(self):
        """Of a daemon that says what we want."""
        path = f'{self.daemon.folder}/said'
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            for pieces, status in (((b'one\n', b'two\n', b'ok\n'), 0), ((b'one\n', b'error: no\n'), 1),
                                   ((b'one\n', b'ok\n', b'usage: no\n'), 2), ((b'one\n', b'two\n'), 3),
                                   ((b'one\n', b'o'), 3), ((b'{"row":"x"}\n', b'{"status":"ok"}\n'), 0)):
                words = ['--json'] if pieces[0][:1] == b'{' else []
                client = subprocess.Popen([CONTROL, '-s', path, *words, 'status'], text=True,
                                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                with server.accept()[0] as connection:
                    connection.recv(100)
                    connection.sendall(pieces[0])
                    self.assertEqual(client.stdout.readline(), pieces[0].decode())
                    for piece in pieces[1:]:
                        connection.sendall(piece)
                client.communicate(timeout=PATIENCE)
                self.assertEqual(client.returncode, status, pieces)

    def test_a_default_socket_that_is_absent_is_status_3(self):
        result = run(CONTROL, 'status', env={'PATH': os.environ['PATH']})
        self.assertEqual(result.returncode, 3, result)
        self.assertIn('/run/rootwalk/control.sock', result.stderr)


COMPLETION = f'{ROOT}/ctl/completion'


@not_by_stand_in
class Completion(WithOwnDaemon):
    def bash(self, *words):
        """What bash offers for the last of the words."""
        line = ' '.join(words)
        script = f'''
            rootwalkctl() {{ {CONTROL} "$@"; }}
            source {COMPLETION}/rootwalkctl.bash
            COMP_WORDS=({' '.join(repr(word) for word in words)}) COMP_CWORD={len(words) - 1} COMP_LINE={line!r}
            _rootwalkctl; printf '%s\\n' "${{COMPREPLY[@]}}"'''
        return run('bash', '--norc', '-c', script).stdout.split()

    def test_bash_is_offered_every_command_and_option(self):
        offered = set(self.bash('rootwalkctl', ''))
        self.assertEqual(offered, {command.split()[0] for command in commands()})
        for command in commands():
            if ' ' in command:
                first, second = command.split()
                self.assertIn(second, self.bash('rootwalkctl', first, ''))
        self.assertEqual(self.bash('rootwalkctl', 'cache', 'list', '--b'), ['--by'])
        self.assertEqual(set(self.bash('rootwalkctl', 'cache', 'list', '--by', '')) & {'ttl', 'size', 'hits', 'age'},
                         {'ttl', 'size', 'hits', 'age'})
        self.assertEqual(self.bash('rootwalkctl', '-s', '/x', 'cache', 'd'), ['dump'])

    def test_both_scripts_are_free_of_mistakes(self):
        self.assertEqual(run('bash', '-n', f'{COMPLETION}/rootwalkctl.bash').returncode, 0)
        with open(f'{COMPLETION}/_rootwalkctl') as f:
            self.assertTrue(f.read().startswith('#compdef rootwalkctl'))
