"""Broken names: the last line of explain says who is to blame, as culprits.txt has it; as JSON it is what the schema says."""
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import jsonschema

import checks
import daemons

AT_A_TIME = 4               # as many as the daemon runs
LEAST = 30                  # broken names
TABLE = os.path.join(daemons.HERE, 'culprits.txt')
SCHEMA = os.path.join(daemons.ROOT, 'docs', 'control.schema.json')


def read_table(path=TABLE):
    with open(path) as f:
        return [line.rstrip('\n').split('\t') for line in f if line.strip() and not line.startswith('#')]


def explain(rootwalk, name, kind, *more):
    command = [f'{daemons.BUILD}/rootwalkctl', '-s', f'{rootwalk.run}/control', 'explain', name, kind, *more]
    return subprocess.run(command, text=True, check=True, capture_output=True).stdout.splitlines()


def wrong_line(line, name, kind, rcode, culprit):
    said = re.fullmatch(r'(\S+)\. (\S+): (\S+); culprit: (.*); id [0-9a-f]{7}', line)
    if said and said.groups()[:3] == (name, kind, rcode) and re.fullmatch(culprit, said[4]):
        return ''
    return f'{name} {kind}: {rcode}; culprit: {culprit}\n    is expected, but explain says\n    {line}'


def wrong_json(lines, schema, name, kind, rcode, zone_or_rule):
    """The last object says the same as the last line, and each object is what the schema says."""
    objects = [json.loads(line) for line in lines]
    for each in objects:
        error = next(schema.iter_errors(each), None)
        if error:
            return f'{name} {kind}: {each}: {error.message}'
    culprit = objects[-1].get('culprit', {})
    zone = f'zone {culprit["zone"]}' if 'zone' in culprit else 'this resolver'
    if objects[-1].get('rcode') != rcode or not zone_or_rule.startswith(zone) or \
            not re.search(re.escape(culprit['blame_text']) if 'blame_text' in culprit else '', zone_or_rule):
        return f'{name} {kind}: {rcode}; culprit: {zone_or_rule}\n    is expected, but explain --json says\n    {objects[-1]}'
    return ''


def run():
    table, report = read_table(), checks.Report()
    with open(SCHEMA) as f:
        schema = jsonschema.Draft202012Validator(json.load(f))
    report.expect(len({row[0] for row in table}) >= LEAST, f'fewer than {LEAST} broken names')

    def check(row):
        return (wrong_line(explain(rootwalk, *row[:2])[-1], *row),
                wrong_json(explain(rootwalk, *row[:2], '--json'), schema, *row))
    with daemons.Rootwalk(workers=2, validate=True) as rootwalk, ThreadPoolExecutor(AT_A_TIME) as threads:
        for wrong in threads.map(check, table):
            for text in filter(None, wrong):
                report.expect(False, text)
    print(f'culprits: {len(table)} broken names')
    return report.end('culprits')
