#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes the BTF of a rebuilt kernel from the BTF of the kernel, without rebtf:

    tests/cli/rebuild_btf.py functions SHARE NAMES FROM TO    two more functions after that SHARE (0 to 1) of the types
    tests/cli/rebuild_btf.py prototypes SHARE NAMES FROM TO   the same, and each has a prototype of its own
    tests/cli/rebuild_btf.py order SEED FROM TO               the same types in another order

NAMES selects the functions' names: "there", new strings just before the names of the types after them; "end", new
strings at the end; "old", names of existing functions. The input must have this machine's byte order.
"""

import random
import struct
import sys
from pathlib import Path

from load_btf import file_of, types_and_strings

TO_TYPE = {2, 8, 9, 10, 11, 12, 13, 14, 17, 18}  # kinds whose third word is a type id
INFO_WORDS = {1: 1, 3: 3, 14: 1, 17: 1}
ELEMENT_WORDS = {4: 3, 5: 3, 6: 2, 13: 2, 15: 3, 19: 3}
ID_OF_ELEMENT = {4: 1, 5: 1, 13: 1, 15: 0}
NAME_OF_ELEMENT = {4: 0, 5: 0, 6: 0, 13: 0, 19: 0}
FUNC, FUNC_PROTO = 12, 13


class Kernel:
    """The words of the type section, the positions of type ids and names among them, and the start of each type."""

    def __init__(self, path):
        types, self.strings = types_and_strings(path)
        self.words = list(struct.unpack(f"={len(types) // 4}I", types))
        self.starts, self.ids, self.names = [], [], []
        at = 0
        while at < len(self.words):
            kind, count = self.words[at + 1] >> 24 & 0x7F, self.words[at + 1] & 0xFFFFFF
            info, stride = at + 3, ELEMENT_WORDS.get(kind, 0)
            elements = info + INFO_WORDS.get(kind, 0)
            self.starts.append(at)
            self.names.append(at)
            if kind in TO_TYPE:
                self.ids.append(at + 2)
            if kind == 3:
                self.ids += [info, info + 1]
            if kind in ID_OF_ELEMENT:
                self.ids += range(elements + ID_OF_ELEMENT[kind], elements + stride * count, stride)
            if kind in NAME_OF_ELEMENT:
                self.names += range(elements + NAME_OF_ELEMENT[kind], elements + stride * count, stride)
            at = elements + stride * count

    def of_kind(self, kind):
        return [i + 1 for i, at in enumerate(self.starts) if self.words[at + 1] >> 24 & 0x7F == kind]

    def write(self, path):
        path.write_bytes(file_of(struct.pack(f"={len(self.words)}I", *self.words), self.strings))


def add_functions(kernel, share, names, with_prototypes):
    before = int(len(kernel.starts) * share)
    first, cut = before + 1, kernel.starts[before] if before < len(kernel.starts) else len(kernel.words)
    added = 4 if with_prototypes else 2
    prototypes = [id + added if id >= first else id for id in kernel.of_kind(FUNC_PROTO)]
    old_names = [kernel.words[kernel.starts[id - 1]] for id in kernel.of_kind(FUNC)]
    text, at = b"added_function\0added_function_2\0", 0
    if names == "there":
        at = 1 + max([kernel.words[i] for i in kernel.names if i < cut], default=0)
        at = kernel.strings.index(b"\0", at) + 1 if at > 1 else 1
    elif names == "end":
        at = len(kernel.strings)
    for i in kernel.ids:
        kernel.words[i] += added if kernel.words[i] >= first else 0
    if at:
        for i in kernel.names:
            kernel.words[i] += len(text) if kernel.words[i] >= at else 0
        kernel.strings = kernel.strings[:at] + text + kernel.strings[at:]
    new = []
    for i in range(2):
        name = at + i * 15 if at else old_names[i]
        if with_prototypes:
            new += [0, FUNC_PROTO << 24, 0]
        new += [name, FUNC << 24 | 1, first + 2 * i if with_prototypes else prototypes[i]]
    kernel.words[cut:cut] = new


def reorder(kernel, seed):
    order = list(range(len(kernel.starts)))
    random.Random(seed).shuffle(order)
    new_ids = {0: 0} | {old + 1: new + 1 for new, old in enumerate(order)}
    for i in kernel.ids:
        kernel.words[i] = new_ids[kernel.words[i]]
    ends = kernel.starts[1:] + [len(kernel.words)]
    kernel.words = [word for i in order for word in kernel.words[kernel.starts[i]:ends[i]]]


def main(what, *args):
    kernel = Kernel(Path(args[-2]))
    if what == "order":
        reorder(kernel, int(args[0]))
    else:
        add_functions(kernel, float(args[0]), args[1], what == "prototypes")
    kernel.write(Path(args[-1]))


main(*sys.argv[1:])
