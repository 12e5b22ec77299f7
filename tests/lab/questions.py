"""Questions for compare: from a seed, names with types, flags, sizes and transports."""
import os
import random
from dataclasses import dataclass

import ask
import wire

OTHER_TYPES = (*ask.TYPES.values(), *ask.TYPES.values(), 44, 52, 99, 256, 65400, 62)
META_TYPES = (0, 41, 249, 250, 253, 254)                # nothing a zone could have
SIZES = (512, 1232, 1232, 1232, 4096, 4096, 1400, 0, 65535)


@dataclass(frozen=True)
class Question:
    name: str
    kind: int
    rd: bool = True
    ad: bool = False
    cd: bool = False
    do: bool = False
    size: int | None = 1232     # None: without EDNS
    stream: bool = False

    def packet(self):
        flags = (wire.AD if self.ad else 0) | (wire.CD if self.cd else 0)
        return wire.query(self.name, self.kind, self.rd, edns=self.size is not None, size=self.size or 0, flags=flags,
                          do=self.do)

    def __str__(self):
        words = [self.name, ask.type_name(self.kind), *(word for word in ('ad', 'cd', 'do') if getattr(self, word))]
        words += [] if self.rd else ['rd=0']
        return ' '.join(words + ['noedns' if self.size is None else f'size={self.size}', 'tcp' if self.stream else 'udp'])


def any_case(draw, name):
    return ''.join(draw.choice((c.upper(), c)) for c in name)


def vary(draw, name):
    """A name near one that exists."""
    labels = name.rstrip('.').split('.')
    return draw.choice((
        lambda: name, lambda: name, lambda: name,
        lambda: 'no.' + name,
        lambda: '.'.join(labels[1:]) or '.',
        lambda: labels[-1],
        lambda: '.'.join(labels[-2:]),
        lambda: 'a.b.c.' + name,
        lambda: '_' + str(draw.randrange(99)) + '.' + '.'.join(labels[1:] or labels),
        lambda: '*.' + '.'.join(labels[1:] or labels),
        lambda: draw.choice(('ns1.', 'ns2.', 'mail.', '_dmarc.', 'www.')) + '.'.join(labels[-2:]),
        lambda: 'x' * 63 + '.' + name,
        lambda: name.replace(labels[-1], labels[-1] + 'x') if len(labels) > 1 else name,
        lambda: any_case(draw, name),
    ))()


def flags(draw):
    size = None if draw.random() < 0.15 else draw.choice(SIZES)
    return {'rd': draw.random() > 0.04, 'ad': draw.random() < 0.1, 'cd': draw.random() < 0.1,
            'do': size is not None and draw.random() < 0.25, 'size': size, 'stream': draw.random() < 0.2}


def make(count, seed):
    """Two thirds as people ask; the others for names near those and any type; each odd name once."""
    folder, draw = os.environ['LAB_QUERIES'], random.Random(seed)
    mix = ask.read_questions(os.path.join(folder, 'mix.txt'))
    odd = ask.read_questions(os.path.join(folder, 'odd.txt'))
    made = [Question(name, kind) for name, kind in odd[:count // 20]]
    while len(made) < count:
        name, kind = draw.choice(mix)
        if draw.random() < 1 / 3:
            name = vary(draw, name)
            kind = draw.choice((kind, kind, draw.choice(OTHER_TYPES), draw.choice(OTHER_TYPES)))
            kind = draw.choice(META_TYPES) if draw.random() < 0.01 else kind
        if len(name) < 250:
            made.append(Question(name, kind, **flags(draw)))
    draw.shuffle(made)
    return made
