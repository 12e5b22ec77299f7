"""What may differ between rootwalk and NSD, and why."""

from message import text

APEXES = set()                  # names of the zones, lower case


def differences(question, ours, theirs):
    """(fields that differ without a reason, reasons that others have)"""
    fields = {f for f in ('rcode', 'aa', 'tc', 'answer', 'authority', 'additional')
              if getattr(ours, f) != getattr(theirs, f)}
    if ours.repeated:
        fields.add('twice')
    reasons = set()
    for rule in RULES:
        taken = rule(question, ours, theirs, fields) if fields else set()
        if taken:
            reasons.add(rule.__doc__)
            fields -= taken
    return fields, reasons


def any_is_minimal(question, ours, theirs, fields):
    """ANY: both give one RRset of those there are, and need not choose the same (RFC 8482 section 4.1)"""
    def one_set(records):
        return len({r[0] for r in records}) == len({r[1] for r in records if r[1] != 46}) == 1
    ends = [{r for r in m.answer if r[1] not in (5, 39) and not (r[1] == 46 and r[4][1] in (5, 39))}
            for m in (ours, theirs)]
    if question[1] != 255 or ours.rcode != theirs.rcode:
        return set()
    if not all(one_set(end) for end in ends) or \
            {r[0] for r in ends[0]} != {r[0] for r in ends[1]}:
        if ours.answer != theirs.answer and not (one_set(ours.answer) and one_set(theirs.answer)):
            return set()
    return fields & {'answer', 'additional', 'authority'}


def wildcard_asked_for(question, ours, theirs, fields):
    """NODATA of a name that begins with *, also behind an alias: NSD adds the NSEC3 that covers it, though one matches (RFC 5155 7.2.3)"""
    more = theirs.authority - ours.authority
    if 'authority' in fields and ours.authority <= theirs.authority and \
            (question[0].startswith('*.') or any(r[1] == 5 and r[4].startswith(b'\x01*') for r in ours.answer)) and \
            all(r[1] in (46, 50) for r in more):
        return {'authority'}
    return set()


def wildcard_nodata(question, ours, theirs, fields):
    """NODATA at a wildcard: NSD adds the NSEC before the wildcard's own, which says it all (RFC 4035 3.1.3.4)"""
    more = theirs.authority - ours.authority
    if 'authority' not in fields or not ours.authority <= theirs.authority or \
            not all(r[1] == 46 or r[1] == 47 and r[4].startswith(b'\x01*') for r in more):
        return set()
    return {'authority'}


def nsec3_at_an_alias(question, ours, theirs, fields):
    """NSEC3 asked for at an alias: NSD says NODATA, we follow the alias (RFC 1034 4.3.2 step 3a)"""
    if question[1] == 50 and not theirs.answer and theirs.rcode == 0 and any(r[1] == 5 for r in ours.answer):
        return fields & {'answer', 'authority', 'additional', 'rcode', 'aa'}
    return set()


def address_by_wildcard(question, ours, theirs, fields):
    """Addresses of a mail exchanger that a wildcard makes: NSD adds them, without the proof; none are needed (RFC 4592 2.2)"""
    more = theirs.additional - ours.additional
    signed = [r for r in more if r[1] == 46]
    if 'additional' in fields and question[1] in (15, 33, 255) and ours.additional <= theirs.additional and \
            all(r[1] in (1, 28, 46) for r in more) and all(r[4][3] < labels(r[0]) for r in signed):
        return {'additional'}
    return set()


def labels(name):
    count, at = 0, 0
    while name[at]:
        count, at = count + 1, at + 1 + name[at]
    return count


def whole_proof(question, ours, theirs, fields):
    """Absence at a wildcard, of DS, or behind an alias: NSD leaves out or mistakes one record of the proof. Ours is whole by
        dnssec/ (RFC 5155 7.2.5, RFC 4035 3.1.3)"""
    more, less = ours.authority - theirs.authority, theirs.authority - ours.authority
    denials = (46, 47, 50)
    if fields == {'authority'} and ours.rcode == theirs.rcode and len({r[0] for r in more}) == 1 and \
            len({r[0] for r in less}) <= 1 and all(r[1] in denials for r in more | less):
        return {'authority'}
    return set()


def dname_twice(question, ours, theirs, fields):
    """A chain that comes to the same DNAME again: NSD stops, we follow to the bound (RFC 6672 3.2, RFC 1034 3.6.2)"""
    if 'answer' in fields and theirs.answer <= ours.answer and any(r[1] == 39 for r in theirs.answer) and \
            all(r[1] in (5, 39, 46) for r in theirs.answer):
        return fields & {'answer', 'authority', 'additional', 'rcode'}
    return set()


def ds_behind_an_alias(question, ours, theirs, fields):
    """DS of a zone's own name behind an alias in it: whoever follows it asks the parent, NSD does at once (RFC 4035 3.1.4.1)"""
    names = {text(r[4]) for r in ours.answer if r[1] == 5}
    if question[1] == 43 and names & APEXES and ours.answer <= theirs.answer:
        return fields & {'answer', 'authority', 'additional'}
    return set()


def minimal_servers(question, ours, theirs, fields):
    """NS with minimal-responses: NSD adds the addresses all the same; none are needed (RFC 1034 4.3.2 step 6)"""
    if fields == {'additional'} and question[1] == 2 and not ours.additional and ours.answer:
        return {'additional'}
    return set()


def into_the_child(question, ours, theirs, fields):
    """A chain that comes to another zone of the same server: NSD goes on there; zone_answer() refers, its caller goes on
        (RFC 1034 4.3.2 step 1)"""
    cuts = {text(r[0]) for r in ours.authority if r[1] == 2}
    if any(r[1] == 5 for r in ours.answer) and ours.answer <= theirs.answer and cuts & (APEXES - {zone_of(question[0])}):
        return fields
    return set()


def zone_of(name):
    """The deepest zone that the name is in."""
    return max((z for z in APEXES if ('.' + name.lower()).endswith('.' + z)), key=len, default='')


RULES = [into_the_child, ds_behind_an_alias, minimal_servers, whole_proof, dname_twice, address_by_wildcard, wildcard_nodata, nsec3_at_an_alias, any_is_minimal, wildcard_asked_for]
