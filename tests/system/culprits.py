"""Tables of broken names, and what the last line of explain must say of them.

Fields, tabs between them: name, type, rcode, blame (docs/events.md), whose fault it is, and the reason as a regular
expression for the whole of it. Whose: a zone, "zone, server" where it is one server alone, "-" for this resolver.
"""
import json
import os
import re
from collections import namedtuple

import jsonschema

DOCS = os.path.join(os.path.dirname(os.path.realpath(__file__)), '..', '..', 'docs')
Row = namedtuple('Row', 'name kind rcode blame whose reason')


def read(path):
    with open(path) as f:
        return [Row(*line.rstrip('\n').split('\t')) for line in f if line.strip() and not line.startswith('#')]


def document(name):
    with open(os.path.join(DOCS, name)) as f:
        return f.read()


def blames():
    """What explain says for each word of `blame`."""
    table = document('events.md').partition('| `blame` | |')[2].partition('\n\n')[0]
    return dict(re.findall(r'^\| `([\w-]+)` \| (.*) \|$', table, re.M))


def schema():
    return jsonschema.Draft202012Validator(json.loads(document('control.schema.json')))


def whose(culprit):
    return ', '.join(culprit[field] for field in ('zone', 'server') if field in culprit) or '-'


def wrong_object(row, last):
    culprit = last.get('culprit', {})
    return ((last.get('rcode'), culprit.get('blame'), whose(culprit)) != (row.rcode, row.blame, row.whose)
            or not re.fullmatch(row.reason, culprit.get('reason', '')))


def wrong_line(row, line):
    zone, _, server = row.whose.partition(', ')
    who = 'this resolver' if zone == '-' else f'zone {zone}' + (f', server {server}' if server else '')
    start = f'{row.name}. {row.kind}: {row.rcode}; culprit: {who}: {blames()[row.blame]}: '
    return not re.fullmatch(re.escape(start) + f'(?:{row.reason})(?:; id [0-9a-f]{{7}})?', line)


def check(row, explain):
    """What is wrong about explain(NAME, TYPE, ...), which gives its lines; None if nothing is."""
    line = explain(row.name, row.kind)[-1]
    if wrong_line(row, line):
        return f'{row}\n    is expected, the last line is\n    {line}'
    objects = [json.loads(line) for line in explain(row.name, row.kind, '--json')]
    for each in objects:
        error = next(schema().iter_errors(each), None)
        if error:
            return f'{row.name} {row.kind}: {each}: {error.message}'
    if wrong_object(row, objects[-1]):
        return f'{row}\n    is expected, the last object is\n    {objects[-1]}'
    return None
