"""Chromium without a window, driven through a pair of pipes (--remote-debugging-pipe)."""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

PATIENCE = 60
FLAGS = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
         '--disable-background-networking', '--disable-component-update', '--hide-scrollbars',
         '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--remote-debugging-pipe')


class Browser:
    """One page. `complaints` has what its console said in anger: refused by policy, exceptions."""

    def __init__(self, width=1280, height=1000):
        if shutil.which('chromium') is None:
            raise AssertionError('chromium is missing: scripts/deps browser')
        self.folder = tempfile.mkdtemp(prefix='rootwalk-chromium-')
        self.width, self.complaints, self.number, self.rest, self.session = width, [], 0, b'', None
        command_from, self.to = os.pipe()
        self.answers, answers_to = os.pipe()

        def pipes():
            """They are to be 3 and 4; first out of each other's way."""
            ends = os.dup2(command_from, 30), os.dup2(answers_to, 31)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            ['chromium', *FLAGS, f'--window-size={width},{height}', f'--user-data-dir={self.folder}/profile'],
            preexec_fn=pipes, close_fds=False, start_new_session=True, env={**os.environ, 'HOME': self.folder},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(command_from)
        os.close(answers_to)
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in 'Page', 'Runtime', 'Log':
            self.call(f'{domain}.enable')

    def message(self, deadline):
        while b'\0' not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError('chromium does not answer')
            piece = os.read(self.answers, 1 << 16)
            if not piece:
                raise AssertionError('chromium has ended')
            self.rest += piece
        first, _, self.rest = self.rest.partition(b'\0')
        return json.loads(first)

    def call(self, method, **parameters):
        self.number += 1
        command = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            command['sessionId'] = self.session
        os.write(self.to, json.dumps(command).encode() + b'\0')
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self.message(deadline)
            if message.get('id') == self.number:
                if 'error' in message:
                    raise AssertionError(f'{method}: {message["error"]}')
                return message['result']
            if message.get('method') == 'Runtime.exceptionThrown':
                self.complaints.append(message['params']['exceptionDetails'])
            elif message.get('method') == 'Log.entryAdded' and message['params']['entry']['level'] == 'error':
                self.complaints.append(message['params']['entry'])

    def open(self, url):
        self.call('Page.navigate', url=url)

    def value(self, expression):
        return self.call('Runtime.evaluate', expression=expression, returnByValue=True)['result'].get('value')

    def screenshot(self, path):
        """Of the whole page, however long; its size in octets."""
        height = self.value('document.documentElement.scrollHeight')
        self.call('Emulation.setDeviceMetricsOverride', width=self.width, height=height, deviceScaleFactor=0.8,
                  mobile=False)
        data = base64.b64decode(self.call('Page.captureScreenshot', format='png')['data'])
        with open(path, 'wb') as f:
            f.write(data)
        return len(data)

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.to)
        os.close(self.answers)
        shutil.rmtree(self.folder, ignore_errors=True)
