"""Zones that arrive wrongly: whatever a primary sends, the last good version is served and stored, with one line in the log."""
import base64
import os
import struct
import subprocess

import wire
from primary import AXFR, IXFR, TXT, ZONEMD, Primary, address, record, soa, whole
from support import WithOwnDaemon, ask, framed, not_by_stand_in, poll, run
from test_secondary import At, options

SECRET = b'secret' * 6
KEY = f'key "k" {{ algorithm hmac-sha256; secret "{base64.b64encode(SECRET).decode()}"; }};\ncontrols {{ }};\n'
PRIMARY, SECONDARY = '127.0.0.21', '127.0.0.22'


class Faults:
    """Each takes the query, and what ends the test, and yields octets to send; the stream ends behind them. Its zone has its
    name. `reason` is in the line of the log. `good`: the next version arrives all the same."""

    def __init__(self):
        self.all = {}

    def add(self, reason, signed=False, good=False):
        def take(function):
            name = function.__name__.replace('_', '-')
            self.all[f'{name}.example'] = (function, reason, signed, good)
            return function
        return take


faults = Faults()


def in_one(query, records, **options):
    return framed(query.message(records, **options))


@faults.add('the stream ended before the zone did')
def truncated_between_messages(query, over):
    yield in_one(query, whole(query.zone, 2)[:3])


@faults.add('the stream ended before the zone did')
def truncated_in_a_message(query, over):
    yield in_one(query, whole(query.zone, 2))[:-5]


@faults.add('is malformed')
def garbage(query, over):
    yield framed(query.packet[:2] + b'\x84' + os.urandom(40))


@faults.add('garbage')
def shorter_than_a_header(query, over):
    yield b'\0\5abcde'


@faults.add('the stream ended before the zone did')
def nothing(query, over):
    return []


@faults.add('a message is for another question')
def another_zone(query, over):
    other = wire.name_to_wire('other.example') + query.question[-4:]
    yield in_one(query, whole('other.example', 2), question=other)


@faults.add('other.example. is outside of the zone')
def another_zones_records(query, over):
    yield in_one(query, whole('other.example', 2))


@faults.add('a.victim.example. is outside of the zone')
def a_record_from_outside(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:-1] + [address('a.victim.example', 6)] + zone[-1:])


@faults.add('it ends with another SOA record than it began with')
def another_serial_at_the_end(query, over):
    yield in_one(query, whole(query.zone, 2)[:-1] + [soa(query.zone, 3)])


@faults.add('it does not begin with a SOA record')
def no_soa_at_the_beginning(query, over):
    yield in_one(query, whole(query.zone, 2)[1:])


@faults.add('there are records behind the last SOA record')
def records_behind_the_end(query, over):
    yield in_one(query, whole(query.zone, 2) + [address(f'late.{query.zone}', 6)])


@faults.add('is not newer than ours')
def an_older_zone_than_promised(query, over):
    yield in_one(query, whole(query.zone, 1))


@faults.add('a message is truncated')
def tc(query, over):
    yield in_one(query, whole(query.zone, 2), flags=wire.TC)


@faults.add('the primary says REFUSED')
def refused(query, over):
    yield in_one(query, [], rcode=wire.REFUSED)


@faults.add('a message is no answer to what was asked')
def another_id(query, over):
    yield in_one(query, whole(query.zone, 2), id=query.id ^ 1)


@faults.add('a message has no records')
def no_records(query, over):
    yield in_one(query, [])


@faults.add('not of class IN')
def another_class(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:2] + [record(f'c.{query.zone}', wire.TXT, b'\1c', klass=wire.CH)] + zone[2:])


@faults.add('it is no good zone')
def no_name_server(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:1] + zone[2:])


@faults.add('it is no good zone')
def an_alias_and_other_data(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:1] + [record(f'ns.{query.zone}', wire.CNAME, wire.name_to_wire('x.example'))] + zone[1:])


@faults.add('ZONEMD')
def a_wrong_digest(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:1] + [record(query.zone, ZONEMD, struct.pack('!IBB', 2, 1, 1) + bytes(48))] + zone[1:])


@faults.add('it does not answer')
def silence_before_the_end(query, over):
    yield in_one(query, whole(query.zone, 2)[:-1])
    over.wait()


@faults.add('it does not answer')
def one_octet_now_and_then(query, over):
    for octet in in_one(query, whole(query.zone, 2)) * 1000:
        yield bytes([octet])
        if over.wait(2):
            return


@faults.add('AXFR follows', good=True)
def differences_that_do_not_fit(query, over):
    z = query.zone
    if query.kind == IXFR:
        yield in_one(query, [soa(z, 2), soa(z, 1), address(f'never.{z}', 9), soa(z, 2), address(f'v2.{z}', 2), soa(z, 2)])
    else:
        yield in_one(query, whole(z, 2))


@faults.add('IXFR to serial 2', good=True)
def differences_that_fit(query, over):
    z = query.zone
    yield in_one(query, [soa(z, 2), soa(z, 1), address(f'v1.{z}', 2), soa(z, 2), address(f'v2.{z}', 2), soa(z, 2)])


@faults.add('more than 100 changes at once', good=True)
def more_changes_than_are_kept(query, over):
    z = query.zone
    if query.kind == IXFR:
        steps = [soa(z, serial) for old in range(1, 150) for serial in (old, old + 1)]
        yield in_one(query, [soa(z, 150), *steps, soa(z, 150)])
    else:
        yield in_one(query, whole(z, 2))


@faults.add('the changes begin at serial 7')
def differences_from_elsewhere(query, over):
    z = query.zone
    yield in_one(query, [soa(z, 2), soa(z, 7), address(f'v1.{z}', 2), soa(z, 2), address(f'v2.{z}', 2), soa(z, 2)])


@faults.add('to serial 2', good=True)
def the_largest_messages(query, over):
    z = query.zone
    zone = whole(z, 2)
    for i in range(3):
        room = 65535 - len(query.message(zone[:-1] if i == 0 else [])) - len(record(f'big{i}.{z}', TXT, b''))
        strings = (b'\xff' + b'x' * 255) * (room // 256)
        strings += bytes([room % 256 - 1]) + b'x' * (room % 256 - 1) if room % 256 else b''
        message = query.message((zone[:-1] if i == 0 else []) + [record(f'big{i}.{z}', TXT, strings)])
        assert len(message) == 65535
        yield framed(message)
    yield in_one(query, zone[-1:])


@faults.add('to serial 2', good=True)
def one_record_a_message(query, over):
    for each in whole(query.zone, 2):
        yield in_one(query, [each])


def a_stream(query, unsigned, last=True, spoil=None):
    """A signed message, some that are not signed, and a last one."""
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:-1])
    for i in range(unsigned):
        message = query.message([address(f'more{i}.{query.zone}', 7)], sign=False)
        yield framed(message[:-1] + b'\x66' if i == spoil else message)
    yield in_one(query, zone[-1:], sign=last)


@faults.add('to serial 2', signed=True, good=True)
def ninety_nine_unsigned(query, over):
    return a_stream(query, 99)


@faults.add('a message is not signed', signed=True)
def a_hundred_unsigned(query, over):
    return a_stream(query, 100)


@faults.add('the last message is not signed', signed=True)
def unsigned_at_the_end(query, over):
    return a_stream(query, 1, last=False)


@faults.add('BADSIG', signed=True)
def an_unsigned_one_was_changed(query, over):
    return a_stream(query, 5, spoil=3)


@faults.add('a message is not signed', signed=True)
def unsigned_at_the_beginning(query, over):
    zone = whole(query.zone, 2)
    yield in_one(query, zone[:-1], sign=False)
    yield in_one(query, zone[-1:])


@not_by_stand_in
class TransferFaults(WithOwnDaemon):
    def setUp(self):
        super().setUp()
        self.primary = Primary(PRIMARY, SECRET)
        self.addCleanup(self.primary.end)
        self.primary.answer = self.well

    def well(self, query):
        return [in_one(query, whole(query.zone, self.primary.serial))]

    def secondary(self, zones, folder='.'):
        text = ''.join(f'zone "{zone}" {{ type secondary; file "{folder}/{zone}"; primaries {{ {PRIMARY} {key}; }}; }};\n'
                       for zone, key in zones.items())
        self.daemon = At(options(SECONDARY), KEY + text)
        self.daemon.address = SECONDARY
        self.addCleanup(self.daemon.remove)
        self.addCleanup(self.daemon.stop)
        return self.daemon

    def has(self, zone, version):
        return ask(f'v{version}.{zone}', server=SECONDARY, rd=False).records(wire.A) == ['203.0.113.2']

    def wait_for(self, zone, version, patience=20):
        poll(lambda: self.has(zone, version), f'{zone} has version {version}', patience)

    def stored(self, zone):
        with open(f'{self.daemon.folder}/{zone}') as f:
            return f.read()

    def lines(self, zone):
        with open(self.daemon.log) as f:
            return [line for line in f if f'zone {zone}.: transfer from' in line or f'zone {zone}.: IXFR from' in line]

    def notify(self, zone):
        run('dig', f'@{SECONDARY}', '-b', PRIMARY, '+opcode=notify', '+norec', '+tries=1', '+time=1', zone, 'SOA')

    def test_whatever_a_primary_sends_the_last_good_version_stays(self):
        self.secondary({zone: 'key k' if signed else '' for zone, (_, _, signed, _) in faults.all.items()}).launch()
        for zone in faults.all:
            self.wait_for(zone, 1)
        before = {zone: len(self.lines(zone)) for zone in faults.all}
        stored = {zone: self.stored(zone) for zone in faults.all}
        self.primary.serial = 2
        self.primary.answer = lambda query: faults.all[query.zone][0](query, self.primary.over)
        for zone in faults.all:
            self.notify(zone)
        for zone, (_, reason, _, good) in faults.all.items():
            with self.subTest(zone):
                lines = poll(lambda: self.lines(zone)[before[zone]:], 'the log has a line', 45)
                self.assertIn(reason, lines[0])
                if good:
                    self.wait_for(zone, 2)
                    continue
                self.assertEqual(len(lines), 1)
                self.assertIn('the last good version stays', lines[0])
                self.assertTrue(self.has(zone, 1))
                self.assertFalse(self.has(zone, 2))
                self.assertEqual(self.stored(zone), stored[zone])
        self.assertIn(('differences-that-do-not-fit.example', AXFR), self.primary.asked)
        self.assertNotIn(('differences-that-fit.example', AXFR), self.primary.asked[len(faults.all):])
        self.primary.serial, self.primary.answer = 3, self.well
        for zone in faults.all:
            self.notify(zone)
        for zone in faults.all:
            self.wait_for(zone, 3)

    def test_killed_in_the_middle_of_a_transfer_it_starts_with_the_version_before(self):
        zone = 'z.example'
        daemon = self.secondary({zone: ''}).launch()
        self.wait_for(zone, 1)
        self.primary.serial = 2

        def half(query):
            yield in_one(query, whole(zone, 2)[:4])
            self.primary.over.wait()
        self.primary.answer = half
        asked = len(self.primary.asked)
        self.notify(zone)
        poll(lambda: len(self.primary.asked) > asked, 'it fetches')
        self.assertTrue(self.has(zone, 1))
        self.assertFalse(self.has(zone, 2))
        daemon.process.kill()
        daemon.process.wait()
        daemon.launch()
        self.assertTrue(self.has(zone, 1))
        self.assertFalse(self.has(zone, 2))

    def test_a_full_disk_keeps_the_stored_version_until_there_is_room(self):
        zone = 'z.example'
        daemon = self.secondary({zone: ''}, 'disk')
        os.mkdir(f'{daemon.folder}/disk')
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k,mode=755', 'none', f'{daemon.folder}/disk'])
        if mounted.returncode != 0:
            self.skipTest('no file system can be mounted here')
        self.addCleanup(run, 'umount', '-l', f'{daemon.folder}/disk')
        daemon.launch()
        self.wait_for(zone, 1)
        stored = self.stored(f'disk/{zone}')
        ballast = f'{daemon.folder}/disk/ballast'
        subprocess.run(['dd', 'if=/dev/zero', f'of={ballast}', 'bs=4k'], stderr=subprocess.DEVNULL)
        self.primary.serial = 2
        self.notify(zone)
        self.wait_for(zone, 2)
        self.assertEqual(daemon.text().count('it is served, but not stored: cannot'), 1)
        self.assertIn('No space left on device', daemon.text())
        self.assertEqual(self.stored(f'disk/{zone}'), stored)
        self.assertEqual(sorted(os.listdir(f'{daemon.folder}/disk')), ['ballast', zone])
        os.unlink(ballast)
        self.primary.serial = 3
        self.notify(zone)
        self.wait_for(zone, 3)
        self.assertIn('v3', self.stored(f'disk/{zone}'))
