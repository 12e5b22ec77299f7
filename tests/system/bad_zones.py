"""Zone files as administrators break them, for test_checkzone.py: what each should come to, here and elsewhere.

A file is GOOD's seven lines and, from line 8 on, `text`; or `whole` instead of it. It comes to `verdict` (FINE, WARNED,
REFUSED), and `said` stands behind the number of `line` (None: the file as a whole). named-checkzone 9.18 (-i local) and
nsd-checkzone 4.6 come to the same but where `named` or `nsd` is set; then `why` says why. NOT_ASKED: not even tried.
"""
import collections

FINE, WARNED, REFUSED, NOT_ASKED = 'fine', 'warned', 'refused', 'not asked'
GOOD = """$TTL 1h
@   IN SOA ns1 hostmaster (
        2026112201 3h 1h 1w 1h )
    NS ns1
    MX 10 mail
ns1 A 192.0.2.1
mail A 192.0.2.2
"""
APEX = '@ IN SOA ns1 hostmaster 1 3h 1h 1w 1h\n@ NS ns1\nns1 A 192.0.2.1\n'
LABEL = 'x' * 63

Case = collections.namedtuple('Case', 'name text verdict line said named nsd why whole',
                              defaults=(None, '', None, None, '', None))


def text(case):
    return GOOD + case.text if case.whole is None else case.whole


def soa(numbers):
    return f'$TTL 60\n@ SOA ns1 host {numbers}\n@ NS ns1\nns1 A 192.0.2.1\n'


def refused(name, text, line, said, **more):
    return Case(name, text, REFUSED, line, said, **more)


def warned(name, text, line, said, **more):
    return Case(name, text, WARNED, line, said, **more)


def fine(name, text, **more):
    return Case(name, text, FINE, **more)


CASES = [
    # -- SOA, NS, the zone as a whole
    refused('empty file', '', None, 'has no SOA record', whole=''),
    refused('only comments', '', None, 'has no SOA record', whole='; nothing\n\n  ; at all\n'),
    refused('no SOA', '', None, 'has no SOA record', whole='$TTL 60\n@ NS ns.example.net.\n'),
    refused('two SOAs', '@ SOA a b 1 2 3 4 5\n', 8, 'a second SOA'),
    fine('the same SOA twice', '@ SOA ns1 hostmaster 2026112201 3h 1h 1w 1h\n',
            nsd=REFUSED, why='a record that is there twice counts once (RFC 2181 section 5)'),
    refused('SOA below the apex', 'sub SOA ns1 hostmaster 1 2 3 4 5\n', 8, 'not of the zone\'s own name'),
    refused('SOA with a number too few', '', 2, 'SOA', whole=soa('1 2 3 4')),
    refused('SOA with a number too many', '', 2, 'SOA', whole=soa('1 2 3 4 5 6')),
    refused('serial of 2^32', '', 2, 'not within 0 to 4294967295', whole=soa('4294967296 2 3 4 5'),
            nsd=FINE, why='NSD cuts it to 32 bits'),
    refused('serial that is negative', '', 2, 'not within 0 to 4294967295', whole=soa('-1 2 3 4 5')),
    refused('refresh that overflows', '', 2, 'at most 68 years', whole=soa('1 99999999999 3 4 5'),
            nsd=FINE, why='NSD cuts it to 32 bits'),
    refused('refresh of weeks that overflow', '', 2, 'at most 68 years', whole=soa('1 9999w 3 4 5'),
            nsd=FINE, why='NSD cuts it to 32 bits'),
    refused('no NS at the apex', '', 2, 'no NS record', whole='$TTL 60\n@ SOA ns1 host 1 2 3 4 5\nns1 A 192.0.2.1\n',
            nsd=FINE, why='a zone has name servers (RFC 1035 section 5.2)'),
    # -- times to live
    warned('no TTL anywhere', '', 1, 'no TTL', whole=APEX),
    refused('no TTL before the first record', '', 1, 'no TTL',
            whole='@ NS ns1\n@ SOA ns1 hostmaster 1 3h 1h 1w 1h\nns1 A 192.0.2.1\n',
            nsd=FINE, why='NSD takes 3600, which nobody wrote'),
    refused('$TTL negative', '$TTL -1\n', 8, r'\$TTL wants a time'),
    refused('$TTL of 2^31', '$TTL 2147483648\n', 8, r'\$TTL wants a time',
            named=FINE, nsd=FINE, why='a TTL of 0 or of 68 years is what nobody meant'),
    refused('$TTL of 2^64', '$TTL 18446744073709551616\n', 8, r'\$TTL wants a time',
            nsd=FINE, why='NSD cuts it to 32 bits'),
    refused('$TTL without a number', '$TTL\n', 8, r'\$TTL wants a time'),
    refused('$TTL that is a word', '$TTL soon\n', 8, r'\$TTL wants a time'),
    refused('TTL of 2^31', 'x 2147483648 A 192.0.2.3\n', 8, 'TTL',
            named=FINE, nsd=FINE, why='a TTL of 0 or of 68 years is what nobody meant'),
    refused('TTL negative', 'x -5 A 192.0.2.3\n', 8, 'TTL'),
    fine('TTL in units', 'x 1h30m A 192.0.2.3\n'),
    warned('different TTLs in a set', 'x 60 A 192.0.2.3\nx 70 A 192.0.2.4\n', 9, 'RFC 2181 section 5.2'),
    # -- names
    refused('name out of the zone', 'a.example.net. A 192.0.2.1\n', 8, 'outside of the zone',
            named=FINE, why='BIND leaves the record out, so that it is missed later'),
    refused('name above the zone', 'org. A 192.0.2.1\n', 8, 'outside of the zone',
            named=FINE, why='BIND leaves the record out, so that it is missed later'),
    refused('$ORIGIN out of the zone', '$ORIGIN example.net.\na A 192.0.2.1\n', 9, 'outside of the zone',
            named=FINE, why='BIND leaves the record out, so that it is missed later'),
    refused('$ORIGIN without a name', '$ORIGIN\n', 8, r'\$ORIGIN wants'),
    refused('$ORIGIN that is no name', '$ORIGIN a..b.\n', 8, r'\$ORIGIN wants'),
    fine('label of 63', f'{LABEL} A 192.0.2.3\n'),
    refused('label of 64', f'{LABEL}x A 192.0.2.3\n', 8, 'not a domain name'),
    refused('label of 64 in rdata', f'x CNAME {LABEL}x\n', 8, 'not a domain name'),
    refused('name of more than 255', '.'.join([LABEL] * 4) + ' A 192.0.2.3\n', 8, 'not a domain name'),
    refused('name of more than 255 with its origin', '.'.join([LABEL] * 3 + ['x' * 52]) + ' A 192.0.2.3\n',
            8, 'not a domain name'),
    refused('name of more than 255 in rdata', 'x NS ' + '.'.join([LABEL] * 4) + '\n', 8, 'not a domain name'),
    refused('two dots', 'a..b A 192.0.2.3\n', 8, 'not a domain name'),
    refused('a dot in front', '.a A 192.0.2.3\n', 8, 'not a domain name'),
    refused('escape of 256', '\\256 A 192.0.2.3\n', 8, 'not a domain name',
            nsd=FINE, why='NSD guesses what was meant'),
    refused('escape of two digits', 'a\\12 A 192.0.2.3\n', 8, 'not a domain name',
            nsd=FINE, why='NSD guesses what was meant'),
    refused('a blank in front of the first record', '', 2, 'there is none',
            whole='$TTL 60\n  SOA ns1 hostmaster 1 3h 1h 1w 1h\n@ NS ns1\nns1 A 192.0.2.1\n',
            nsd=FINE, why='NSD takes the apex'),
    # -- types, classes, words
    refused('unknown type', 'x AAAAAA 192.0.2.3\n', 8, '"AAAAAA" is no record type'),
    refused('no type', 'x\n', 8, 'a record type is missing'),
    refused('no type behind TTL and class', 'x 60 IN\n', 8, 'a record type is missing'),
    refused('no rdata', 'x A\n', 8, 'not an IPv4 address'),
    refused('wrong class', 'x CH A 192.0.2.3\n', 8, 'not of class IN'),
    refused('class out of range', 'x CLASS65536 A 192.0.2.3\n', 8, 'CLASS65536'),
    refused('class twice', 'x IN IN A 192.0.2.3\n', 8, '"IN" is no record type'),
    fine('class of the general form', 'x CLASS1 A 192.0.2.3\n'),
    fine('type of the general form', 'x TYPE65280 \\# 4 01020304\n'),
    fine('known type of the general form', 'x TYPE1 \\# 4 C0000203\n'),
    fine('type of the general form without data', 'x TYPE65280 \\# 0\n'),
    refused('TYPE65536', 'x TYPE65536 \\# 0\n', 8, '"TYPE65536" is no record type'),
    refused('TYPE0', 'x TYPE0 \\# 0\n', 8, 'cannot be in a zone'),
    refused('type for questions only', 'x ANY \\# 0\n', 8, 'cannot be in a zone'),
    refused('OPT', 'x TYPE41 \\# 0\n', 8, 'cannot be in a zone',
            nsd=FINE, why='RFC 6891 section 6.1.1: not in a zone'),
    refused('general form, fewer octets than said', 'x TYPE65280 \\# 4 0102\n', 8, 'number of octets',
            nsd=FINE, why='NSD believes the digits'),
    refused('general form, more octets than said', 'x TYPE65280 \\# 1 0102\n', 8, 'number of octets',
            nsd=FINE, why='NSD believes the digits'),
    refused('general form, odd digits', 'x TYPE65280 \\# 1 010\n', 8, 'number of octets'),
    refused('general form, no digits', 'x TYPE65280 \\# 1 zz\n', 8, 'number of octets'),
    refused('general form, no length', 'x TYPE65280 \\#\n', 8, 'number of octets'),
    refused('unknown type without the general form', 'x TYPE65280 hello\n', 8, 'RFC 3597'),
    refused('known type, octets not of its form', 'x A \\# 3 010203\n', 8, "not of the type's form"),
    refused('unknown directive', '$FROB x\n', 8, 'none of'),
    # -- rdata
    refused('bad IPv4 address', 'x A 300.1.1.1\n', 8, 'not an IPv4 address'),
    refused('short IPv4 address', 'x A 10.1\n', 8, 'not an IPv4 address'),
    refused('two addresses', 'x A 192.0.2.3 192.0.2.4\n', 8, 'not an IPv4 address'),
    refused('bad IPv6 address', 'x AAAA 2001:db8::1::2\n', 8, 'not an IPv6 address'),
    refused('IPv4 address in AAAA', 'x AAAA 192.0.2.3\n', 8, 'not an IPv6 address'),
    refused('MX without preference', 'x MX mail\n', 8, 'wants a preference'),
    refused('MX with a preference of 65536', 'x MX 65536 mail\n', 8, 'wants a preference',
            nsd=FINE, why='NSD cuts it to its bits'),
    refused('MX with two names', 'x MX 10 mail ns1\n', 8, 'wants a preference'),
    refused('SRV with a number missing', 'x SRV 1 2 mail\n', 8, 'SRV'),
    refused('CAA with a flag of 256', 'x CAA 256 issue "ca"\n', 8, 'not within 0 to 255',
            nsd=FINE, why='NSD cuts it to its bits'),
    refused('CNAME with two names', 'x CNAME a b\n', 8, 'wants one name'),
    refused('SRV with a port of 65536', 'x SRV 1 2 65536 mail\n', 8, 'not within 0 to 65535', nsd=FINE,
            why='NSD cuts it to its bits'),
    refused('HTTPS with a port of 65536', 'x HTTPS 1 . port=65536\n', 8, 'port'),
    refused('DNSKEY of algorithm 256', '@ DNSKEY 256 3 256 AAAA\n', 8, 'not within 0 to 255', nsd=FINE,
            why='NSD cuts it to its bits'),
    refused('TLSA with an odd digest', 'x TLSA 1 1 1 abc\n', 8, 'hexadecimal digits is odd'),
    refused('DS with an odd digest', 'x NS ns1\nx DS 1 8 2 abc\n', 9, 'hexadecimal digits is odd'),
    refused('DNSKEY that is no base64', '@ DNSKEY 256 3 8 %%%\n', 8, 'DNSKEY'),
    refused('TXT without a string', 'x TXT\n', 8, 'TXT'),
    refused('TXT with a bad escape', 'x TXT "\\256"\n', 8, 'escapes', nsd=FINE, why='NSD guesses what was meant'),
    fine('TXT of 255', 'x TXT "' + 'y' * 255 + '"\n'),
    refused('TXT of 256', 'x TXT "' + 'y' * 256 + '"\n', 8, 'TXT'),
    fine('TXT of many strings', 'x TXT ' + ' '.join(['"' + 'y' * 255 + '"'] * 100) + '\n'),
    refused('record too large for a message', 'x TXT ' + ' '.join(['"' + 'y' * 255 + '"'] * 256) + '\n',
            8, 'more than 65535 octets'),
    refused('line of 10 MB', 'x TXT "' + 'y' * (10 << 20) + '"\n', 8, 'a record of more than',
            nsd=NOT_ASKED, why='it takes NSD the better part of a minute'),
    refused('10 MB of words', 'x TXT ' + 'y ' * (5 << 20) + '\n', 8, 'a record of more than',
            nsd=NOT_ASKED, why='it takes NSD the better part of a minute'),
    fine('comment of 10 MB', ';' + 'y' * (10 << 20) + '\n',
            nsd=NOT_ASKED, why='it takes NSD the better part of a minute'),
    # -- characters
    refused('open parenthesis', 'x TXT (\n a b\n', 8, 'file ends within parentheses',
            nsd=FINE, why='NSD ends it with the file'),
    refused('stray parenthesis', 'x TXT a )\n', 8, r'a "\)" without a "\("'),
    refused('open quote', 'x TXT "abc\n', 8, 'ends within a quoted string'),
    refused('open quote at the end', 'x TXT "abc', 8, 'ends within a quoted string'),
    refused('octet 0', 'x TXT \0\n', 8, 'no text', nsd=FINE, why='NSD takes it for a character'),
    refused('octet 0 in a name', 'x\0y A 192.0.2.3\n', 8, 'no text', nsd=FINE, why='NSD takes it for a character'),
    fine('octet 0 in a comment', '; \0\n'),
    fine('control octets in a string', 'x TXT "a\x01\x1b\x7f"\n'),
    refused('control octet as a word', '\x1b[2J\n', 8, 'a record type is missing'),
    refused('binary file', '', 1, '', whole=''.join(chr(i * 89 % 256) for i in range(4000))),
    refused('UTF-16', '', 1, 'no text', whole='\xff\xfe' + ''.join(c + '\0' for c in GOOD)),
    fine('no line end at the end', 'x A 192.0.2.3'),
    fine('line ends of CR LF', '', whole=GOOD.replace('\n', '\r\n')),
    refused('a byte order mark', '', 1, '', whole='\xef\xbb\xbf' + GOOD),
    # -- names that do not go together
    refused('CNAME and other data', 'x A 192.0.2.3\nx CNAME ns1\n', 9, 'CNAME and other data'),
    refused('CNAME at the apex', '@ CNAME ns1\n', 8, 'CNAME and other data'),
    refused('two CNAMEs', 'x CNAME ns1\nx CNAME mail\n', 9, 'a second CNAME'),
    fine('the same CNAME twice', 'x CNAME ns1\nx CNAME ns1\n'),
    refused('two DNAMEs', 'x DNAME a.example.\nx DNAME b.example.\n', 9, 'a second DNAME'),
    refused('DNAME with data below', 'x DNAME a.example.\na.x A 192.0.2.3\n', 9, 'lies below the DNAME',
            named=FINE, why='BIND hides it, so that it is missed later'),
    refused('DNAME with data far below', 'x DNAME a.example.\na.b.c.x A 192.0.2.3\n', 9, 'lies below the DNAME',
            named=FINE, why='BIND hides it, so that it is missed later'),
    refused('DNAME and NS', 'x DNAME a.example.\nx NS ns1\n', 8, 'a DNAME and NS',
            named=FINE, nsd=FINE, why='RFC 6672 section 2.3: not beside NS, but at the apex'),
    refused('DNAME and CNAME', 'x DNAME a.example.\nx CNAME ns1\n', 9, 'CNAME and other data'),
    warned('NS without glue', 'sub NS ns.sub\n', 8, 'NS ns.sub.example.org. has no address'),
    warned('NS that is nowhere', 'sub NS nowhere\n', 8, 'NS nowhere.example.org. has no address'),
    warned('NS of the apex that is nowhere', '@ NS nowhere\n', 8, 'NS nowhere.example.org. has no address',
            named=REFUSED, why='the zone has another name server, which it serves well'),
    warned('NS that is an alias', 'x CNAME ns1\nsub NS x\n', 9, 'is an alias'),
    warned('MX that is an alias', 'x CNAME ns1\n@ MX 5 x\n', 9, 'is an alias'),
    warned('MX that is nowhere', '@ MX 5 nowhere\n', 8, 'has no address'),
    fine('MX that says there is no mail', 'x MX 0 .\n'),
    warned('MX that is an address', '@ MX 5 192.0.2.3\n', 8, 'has no address'),
    warned('NS that is an address', '@ NS 192.0.2.3\n', 8, 'has no address',
            named=REFUSED, why='the zone has another name server, which it serves well'),
    warned('SRV that is an alias', 'x CNAME ns1\n_s._tcp SRV 0 0 1 x\n', 9, 'is an alias'),
    warned('SRV that is nowhere', '_s._tcp SRV 0 0 1 nowhere\n', 8, 'has no address'),
    warned('NS at a wildcard', '* NS ns1\n', 8, 'wildcard', named=REFUSED, why='RFC 4592 section 4.2 leaves it open'),
    fine('data below a cut', 'sub NS ns1\na.sub TXT hello\n'),
    warned('DS without NS', 'x DS 1 8 2 ' + 'ab' * 32 + '\n', 8, 'DS'),
    warned('DS at the apex', '@ DS 1 8 2 ' + 'ab' * 32 + '\n', 8, 'DS',
            named=REFUSED, why='it does no harm: nobody asks for it here'),
    warned('RRSIG of nothing', 'x RRSIG A 8 3 60 20300101000000 20200101000000 1 example.org. AAAA\n', 8, 'RRSIG'),
    fine('the same record twice', 'x A 192.0.2.3\nx A 192.0.2.3\n'),
    # -- directives that read more
    refused('missing $INCLUDE', '$INCLUDE nowhere.zone\n', 8, r'\$INCLUDE .*No such file'),
    refused('$INCLUDE without a name', '$INCLUDE\n', 8, r'\$INCLUDE wants'),
    refused('$INCLUDE of itself', '$INCLUDE example.org.zone\n', 8, 'includes itself'),
    refused('$INCLUDE of a folder', '$INCLUDE .\n', 8, 'not a file'),
    refused('$INCLUDE with a bad origin', '$INCLUDE x.zone a..b\n', 8, 'no domain name'),
    refused('$GENERATE without words', '$GENERATE\n', 8, r'\$GENERATE wants',
            nsd=FINE, why='NSD does not know $GENERATE and steps over it'),
    refused('$GENERATE without rdata', '$GENERATE 1-2 x$\n', 8, r'\$GENERATE wants'),
    refused('$GENERATE without a type', '$GENERATE 1-2 x$ 192.0.2.$\n', 8, 'no record type'),
    refused('$GENERATE backwards', '$GENERATE 9-1 x$ A 192.0.2.$\n', 8, 'is no range'),
    refused('$GENERATE negative', '$GENERATE -1-5 x$ A 192.0.2.$\n', 8, 'is no range'),
    refused('$GENERATE with a step of 0', '$GENERATE 1-5/0 x$ A 192.0.2.$\n', 8, 'is no range'),
    refused('$GENERATE of a word', '$GENERATE a-b x$ A 192.0.2.$\n', 8, 'is no range'),
    refused('$GENERATE of 2^31', '$GENERATE 0-2147483647 x$ A 192.0.2.1\n', 8, 'is no range',
            named=NOT_ASKED, why='BIND makes them all, which takes minutes and all memory'),
    refused('$GENERATE of 2^64', '$GENERATE 0-18446744073709551616 x$ A 192.0.2.1\n', 8, 'is no range',
            named=NOT_ASKED, why='as before'),
    refused('$GENERATE that leaves its type', '$GENERATE 250-260 x$ A 192.0.2.$\n', 8, 'not an IPv4 address'),
    refused('$GENERATE with an open brace', '$GENERATE 1-2 x${0,3 A 192.0.2.$\n', 8, r'\$GENERATE'),
    refused('$GENERATE in base z', '$GENERATE 1-2 x${0,3,z} A 192.0.2.$\n', 8, r'\$GENERATE'),
    refused('$GENERATE of labels too long', '$GENERATE 1-2 ${0,64} A 192.0.2.$\n', 8, r'\$GENERATE'),
    refused('$GENERATE below zero', '$GENERATE 1-2 x${-5} A 192.0.2.$\n', 8, r'\$GENERATE',
            named=FINE, why='BIND writes a minus, which is no number of a name'),
    fine('$GENERATE of a /24', '$GENERATE 0-255 x$ A 192.0.2.$\n', nsd=REFUSED, why='NSD does not know $GENERATE'),
]
