"""The statistics channel: metrics for Prometheus, the page and its data, and who may see them."""
import http.client
import json
import os
import re
import shutil
import socket
import tempfile
import time

import wire
from browser import Browser
from support import FAR, NEAR4, OPTIONS, PATIENCE, ROOT, WithDaemon, ask, not_by_stand_in, poll, run
from test_operation import Operated

PORT = 8053
CHANNELS = f'statistics-channels {{ inet 127.0.0.1 port {PORT} allow {{ localhost; }}; }};'


def fetch(path, method='GET', host=None, server='127.0.0.1', port=PORT):
    connection = http.client.HTTPConnection(server, port, timeout=PATIENCE)
    connection.putrequest(method, path, skip_host=host is not None)
    if host is not None and host != '':
        connection.putheader('Host', host)
    connection.endheaders()
    response = connection.getresponse()
    response.text = response.read().decode()
    connection.close()
    return response


def values(text):
    """Samples by name with labels."""
    return {name: float(value) for name, value in re.findall(r'^(rootwalk_\S+(?:{.*})?) (\S+)$', text, re.M)}


def fresh(path='/metrics'):
    """As of after now: what is shown may be a second old."""
    time.sleep(1.05)
    return fetch(path).text


@not_by_stand_in
class Statistics(WithDaemon):
    more = 'controls { };\n' + CHANNELS
    flags = ('-n', '2')

    def test_metrics_are_valid_for_prometheus(self):
        ask('www.example.org')
        response = fetch('/metrics')
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8')
        self.assertIsNotNone(shutil.which('promtool'), 'promtool is missing: scripts/deps test')
        checked = run('promtool', 'check', 'metrics', input=response.text)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, '', ''))

    def test_metrics_have_help_and_type_once_and_before_their_samples(self):
        seen, family = set(), None
        for line in fetch('/metrics').text.splitlines():
            if line.startswith('# HELP '):
                family = line.split()[2]
                self.assertNotIn(family, seen)
                seen.add(family)
            elif line.startswith('# TYPE '):
                self.assertEqual(line.split()[2], family)
            else:
                self.assertRegex(line, rf'^{family}(_bucket|_sum|_count)?({{[a-z]+="[^"\\]*"}})? [0-9.e+-]+$')

    def test_questions_are_counted_by_type_code_error_and_result(self):
        before = values(fresh())
        for _ in range(3):
            self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        ask('www.example.org', wire.AAAA, tcp=True)
        ask('missing.example.org')
        ask('www.silent.example.org', edns=True)
        after = values(fresh())
        def more(name):
            return after.get(name, 0) - before.get(name, 0)
        self.assertEqual(more('rootwalk_questions_total{type="A"}'), 5)
        self.assertEqual(more('rootwalk_questions_total{type="AAAA"}'), 1)
        self.assertEqual(more('rootwalk_queries_total{transport="tcp"}'), 1)
        self.assertEqual(more('rootwalk_queries_total{transport="udp"}'), 5)
        self.assertEqual(more('rootwalk_responses_total{rcode="NXDOMAIN"}'), 1)
        self.assertEqual(more('rootwalk_responses_total{rcode="SERVFAIL"}'), 1)
        self.assertGreaterEqual(more('rootwalk_cache_hits_total'), 2)
        self.assertEqual(more('rootwalk_cache_hits_total') + more('rootwalk_cache_misses_total'), 6)
        self.assertEqual(more('rootwalk_walk_duration_seconds_count'), more('rootwalk_cache_misses_total'))
        self.assertGreater(more('rootwalk_server_silent_total'), 0)
        self.assertGreater(more('rootwalk_server_rtt_seconds_count'), 0)
        self.assertEqual(sum(more(n) for n in after if n.startswith('rootwalk_extended_errors_total')), 1)

    def test_hits_are_timed_by_samples_of_batches(self):
        ask('www.example.org')
        before = values(fresh())
        for _ in range(256):                # one after the other: batches of one
            ask('www.example.org')
        after = values(fresh())
        name = 'rootwalk_hit_duration_seconds_count'
        self.assertIn(after[name] - before[name], range(1, 8))

    def test_json_has_what_the_page_shows(self):
        for _ in range(20):
            ask('WWW.example.org')
        page = json.loads(fresh('/json'))
        names = {entry['key']: entry['count'] for entry in page['top']['names']['list']}
        self.assertGreater(names['www.example.org.'], 5)
        self.assertEqual([entry['key'] for entry in page['top']['clients']['list']], ['127.0.0.1'])
        self.assertIn('example.org.', [entry['key'] for entry in page['top']['zones']['list']])
        self.assertEqual(len(page['latency']['hit']['count']), len(page['latency']['hit']['bound']) + 1)
        self.assertIsInstance(page['failures'], list)

    def test_the_page_is_whole_and_guarded(self):
        response = fetch('/')
        self.assertEqual(response.status, 200)
        self.assertIn("default-src 'none'", response.getheader('Content-Security-Policy'))
        for name, value in (('X-Content-Type-Options', 'nosniff'), ('X-Frame-Options', 'DENY'),
                            ('Referrer-Policy', 'no-referrer'), ('Cache-Control', 'no-store'),
                            ('Cross-Origin-Resource-Policy', 'same-origin')):
            self.assertEqual(response.getheader(name), value)
        self.assertIn('</html>', response.text)
        self.assertEqual(fetch('/', method='HEAD').text, '')

    def test_a_host_that_is_not_ours_is_turned_away(self):
        for path in '/', '/json', '/metrics':
            self.assertEqual(fetch(path, host='rebound.example:8053').status, 421)
            self.assertIn(fetch(path, host='').status, (400, 421))
            for host in 'localhost:8053', '[::1]', '192.0.2.7', socket.gethostname():
                self.assertEqual(fetch(path, host=host).status, 200, host)

    def test_other_paths_and_methods_are_refused(self):
        self.assertEqual(fetch('/etc/passwd').status, 404)
        self.assertEqual(fetch('//').status, 404)
        for method in 'POST', 'PUT', 'DELETE', 'OPTIONS', 'X':
            response = fetch('/metrics', method=method)
            self.assertEqual((response.status, response.getheader('Allow')), (405, 'GET, HEAD'))

    def test_garbage_and_half_requests_leave_it_answering_dns_and_http(self):
        held = []
        for piece in (b'GET / HTTP/1.1\r\nHost:', b'', b'\0' * 100, b'\x16\x03\x01' * 50, b'GET ' + b'a' * 20000):
            s = socket.create_connection(('127.0.0.1', PORT), PATIENCE)
            self.addCleanup(s.close)
            s.sendall(piece)
            held.append(s)
        self.assertEqual(ask('www.example.org').rcode, wire.NOERROR)
        self.assertEqual(fetch('/metrics').status, 200)

    def test_connections_of_one_address_are_limited(self):
        held = [socket.create_connection(('127.0.0.1', PORT), PATIENCE) for _ in range(12)]
        for s in held:
            self.addCleanup(s.close)
        # Those above the limit of 8 are closed at once.
        def closed(s):
            s.settimeout(0.05)
            try:
                return s.recv(1) == b''
            except ConnectionResetError:
                return True
            except TimeoutError:
                return False
        poll(lambda: sum(closed(s) for s in held) >= 4, 'the last four are closed')
        for s in held:
            s.close()
        def there_is_room():
            try:
                return fetch('/metrics').status == 200
            except ConnectionError:
                return False
        poll(there_is_room, 'there is room again')

    def test_a_client_that_dawdles_is_hung_up_on(self):
        with socket.create_connection(('127.0.0.1', PORT), PATIENCE) as s:
            s.sendall(b'GET / HTTP/1.1\r\nX: ')
            begun = time.monotonic()
            s.settimeout(0.5)
            while True:
                try:
                    s.sendall(b'x')
                    if s.recv(1) == b'':
                        break
                except TimeoutError:
                    self.assertLess(time.monotonic() - begun, 2 * PATIENCE)
                except (BrokenPipeError, ConnectionResetError):
                    break
            self.assertGreater(time.monotonic() - begun, 5)

    def test_docs_list_every_metric_and_no_other(self):
        with open(f'{ROOT}/docs/metrics.md') as f:
            documented = set(re.findall(r'^\| `(rootwalk_\w+)', f.read(), re.M))
        families = set(re.findall(r'^# TYPE (\w+)', fetch('/metrics').text, re.M))
        self.assertEqual(documented, families)

    def test_the_dashboard_names_only_metrics_that_exist(self):
        with open(f'{ROOT}/examples/grafana-rootwalk.json') as f:
            dashboard = json.load(f)
        expressions = [target['expr'] for panel in dashboard['panels'] for target in panel.get('targets', [])]
        used = set(re.findall(r'rootwalk_\w+', ' '.join(expressions)))
        exist = set(re.findall(r'^(rootwalk_\w+)', fetch('/metrics').text, re.M))
        self.assertGreater(len(used), 10)
        self.assertEqual(used - exist, set())

    def test_the_page_in_a_browser(self):
        """Figures, tables and charts come and move, nothing is refused by the page's own policy. With `make screenshots` docs/statistics-page.png
        is made here."""
        with tempfile.TemporaryDirectory() as folder:
            browser = Browser()
            self.addCleanup(browser.close)
            browser.open(f'http://127.0.0.1:{PORT}/')
            names = ['www.example.org'] * 5 + ['www.example.com', 'missing.example.org', '<img/src=x>.example.org', 'www.example.net']
            deadline = time.monotonic() + PATIENCE
            ask('www.silent.example.org', edns=True)
            while int(browser.value('document.body.dataset.updates') or 0) < 6:
                self.assertLess(time.monotonic(), deadline, browser.value('document.body.innerText'))
                for i, name in enumerate(names * 20):
                    ask(name, (wire.A, wire.A, wire.AAAA, wire.TXT)[i % 4])
            browser.value('document.querySelector("#failures details").open = true')
            size = browser.screenshot(os.path.join(os.environ.get('ROOTWALK_SCREENSHOTS', folder), 'statistics-page.png'))
        self.assertGreater(size, 10000)
        self.assertEqual(browser.complaints, [])
        text, dom = browser.value('document.body.innerText'), browser.value('document.body.innerHTML')
        for shown in ('questions per second', 'www.example.org.', '127.0.0.1', 'NXDOMAIN', 'AAAA', '<img/src=x>.example.org.',
                      '22 No Reachable Authority'):
            self.assertIn(shown, text)
        self.assertNotIn('<img', dom)
        self.assertRegex(text, r'www\.silent\.example\.org\. A .*id [0-9a-f]+')
        self.assertIn('silent.example.org', browser.value('document.querySelector("#failures pre").textContent'))
        self.assertGreater(browser.value('document.querySelectorAll("#rates polyline")[0].points.length'), 5)
        self.assertGreater(browser.value('document.querySelectorAll("#latency rect").length'), 2)
        self.assertEqual(browser.value('document.getElementById("trouble").innerText'), '')
        browser.open('about:blank')


@not_by_stand_in
class StatisticsReload(Operated):
    def connects(self, port=PORT, server='127.0.0.1'):
        try:
            return fetch('/metrics', server=server, port=port).status
        except (ConnectionError, http.client.HTTPException):
            return None

    def test_nothing_is_served_unless_it_is_asked_for(self):
        self.operated().launch()
        self.assertIsNone(self.connects())
        self.assertIsNone(self.connects(80))

    def test_a_reload_opens_closes_and_keeps_channels(self):
        daemon = self.operated(more=CHANNELS).launch()
        self.assertEqual(self.connects(), 200)
        for more, open_ports in ((f'statistics-channels {{ inet 127.0.0.1 port 8054; inet 127.0.0.1 port {PORT}; }};',
                                  [PORT, 8054]),
                                 ('statistics-channels { inet 127.0.0.1 port 8054; };', [8054]), ('', []),
                                 (CHANNELS, [PORT])):
            daemon.configure(OPTIONS, f'controls {{ unix "{daemon.socket}" perm 0600; }};\n{more}')
            self.assertEqual(self.control(daemon, 'reload').returncode, 0)
            self.assertEqual([port for port in (PORT, 8054) if self.connects(port)], open_ports)

    def test_who_is_not_allowed_is_hung_up_on(self):
        daemon = self.operated(more=f'statistics-channels {{ inet * port {PORT} allow {{ 127.0.0.1; }}; }};').launch()
        self.assertEqual(self.connects(), 200)
        self.assertNotEqual(run(*FAR, 'curl', '-s', '-m', '5', f'http://{NEAR4}:{PORT}/metrics').returncode, 0)
        daemon.configure(OPTIONS, daemon.more.replace('allow { 127.0.0.1; }', 'allow { any; }'))
        self.assertEqual(self.control(daemon, 'reload').returncode, 0)
        self.assertEqual(run(*FAR, 'curl', '-s', '-m', '5', f'http://{NEAR4}:{PORT}/metrics').returncode, 0)

    def test_without_allow_it_is_for_this_host_only(self):
        self.operated(more=f'statistics-channels {{ inet * port {PORT}; }};').launch()
        self.assertEqual(self.connects(), 200)
        self.assertNotEqual(run(*FAR, 'curl', '-s', '-m', '5', f'http://{NEAR4}:{PORT}/metrics').returncode, 0)

    def test_a_port_in_use_refuses_the_start_and_is_a_warning_on_a_reload(self):
        with socket.create_server(('127.0.0.1', PORT)):
            daemon = self.operated(more=CHANNELS)
            daemon.launch(wait=False)
            self.assertEqual(daemon.process.wait(PATIENCE), 1)
            self.assertRegex(daemon.text(), rf'named\.conf:\d+: statistics-channels: cannot listen on '
                                            rf'127\.0\.0\.1#{PORT} \(TCP\): .*another program')
            daemon.configure(OPTIONS, f'controls {{ unix "{daemon.socket}" perm 0600; }};')
            daemon.launch()
            daemon.configure(OPTIONS, daemon.more)
            result = self.control(daemon, 'reload')
            self.assertEqual(result.returncode, 0)
            self.assertIn('cannot listen on', result.stdout)

    def test_metrics_over_the_control_socket_are_the_same_families(self):
        daemon = self.operated(more=CHANNELS).launch()
        result = self.control(daemon, 'metrics')
        self.assertEqual(result.returncode, 0)
        def families(text):
            return re.findall(r'^# TYPE (\w+)', text, re.M)
        self.assertEqual(families(result.stdout), families(fetch('/metrics').text))
        answer = json.loads(self.control(daemon, 'metrics', '--json').stdout)
        self.assertEqual(families(answer['metrics']), families(result.stdout))
        checked = run('promtool', 'check', 'metrics', input=result.stdout)
        self.assertEqual((checked.returncode, checked.stderr), (0, ''))

    def test_it_stops_while_a_client_waits(self):
        daemon = self.operated(more=CHANNELS).launch()
        with socket.create_connection(('127.0.0.1', PORT), PATIENCE) as s:
            s.sendall(b'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
            with socket.create_connection(('127.0.0.1', PORT), PATIENCE) as other:
                other.sendall(b'GET /')
                self.assertEqual(daemon.stop(), 0)
