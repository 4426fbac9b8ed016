#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A module whose .BTF_ids names types of the kernel in every possible way, made without rebtf.

    ids_module.py make BASE MODULE      writes it for the kernel whose raw BTF is BASE
    ids_module.py unresolved BASE MODULE    the same with zeros instead of ids and counts, as compilers leave it
    ids_module.py check BASE MODULE     checks .BTF_ids against the ids of a kernel build (resolve_btfids)
    ids_module.py --typedefs COMMAND BASE MODULE    the same, but only typedefs are named

MODULE is assembled here, and its BTF is split from BASE. Like resolve_btfids, this script uses the first type of a
name, and sorts sets by id, each id with its flags. It finds the module's own types only among its own.
"""

import subprocess
import struct
import sys
import tempfile

from btf_ids import KINDS, Btf as Reader, Elf
from build_btf import FUNC, PTR, STRUCT, TYPEDEF, UNION, Btf

WORDS = {"struct": STRUCT, "union": UNION, "typedef": TYPEDEF, "func": FUNC}
OWN = {"mine", "mine_aaa", "mine_zzz", "mine_t"}

# A list, a set, and a set8 with flags. None is BTF_ID_UNUSED.
LIST = [("struct", "sk_buff"), None, ("struct", "mine"), ("func", "tcp_sendmsg"), ("typedef", "u64")]
LIST += [("struct", "net_device"), ("union", "nf_inet_addr"), ("typedef", "mine_t"), ("typedef", "size_t")]
SET = [("func", "tcp_sendmsg"), ("func", "udp_sendmsg"), ("func", "tcp_recvmsg")]
SET8 = [("func", "mine_zzz", 0x10), ("func", "tcp_recvmsg", 0x2), ("func", "mine_aaa", 0x30), ("func", "tcp_sendmsg", 0x80)]


class Base:
    """The facts about a base that split BTF needs."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.reader = Reader(file.read())
        self.order = "<"
        self.next_id = len(self.reader.types)
        self.ids = {}
        for number, key in enumerate(self.reader.types):
            self.ids.setdefault(key, number)

    def string_end(self):
        return len(self.reader.strings)


def make_btf(base):
    b = Btf(base)
    pointer = b.add(PTR, "", base.ids[STRUCT, "sk_buff"])
    u64 = base.ids[TYPEDEF, "u64"]
    mine = b.struct("mine", 16, [("skb", pointer, 0), ("count", u64, 64)])
    b.add(TYPEDEF, "mine_t", mine)
    proto = b.proto(base.ids[TYPEDEF, "size_t"], [("skb", pointer)])
    for name in "mine_zzz", "mine_aaa":
        b.func(name, proto)
    return b


def words_of(base, own):
    """All words of .BTF_ids, with flags and counts. @own: ids of the module's types by kind and name."""

    def find(entry):
        if not entry:
            return 0
        key = WORDS[entry[0]], entry[1]
        return own[key] if entry[1] in OWN else base.ids.get(key, 0)

    words = [find(entry) for entry in LIST]
    words += [len(SET), *sorted(map(find, SET))]
    words += [len(SET8), 1]
    for number, flags in sorted((find(entry), entry[2]) for entry in SET8):
        words += [number, flags]
    return words


def unresolved_words():
    words = [0] * (len(LIST) + 1 + len(SET)) + [0, 1]
    for entry in SET8:
        words += [0, entry[2]]
    return words


def own_ids(reader, start):
    ids = {}
    for number in range(start, len(reader.types)):
        ids.setdefault(reader.types[number], number)
    return ids


def assembly(words):
    number = 0
    lines = ['.section .BTF_ids,"a"']

    def symbol(entry, at):
        nonlocal number
        number += 1
        name = f"__BTF_ID__{entry[0]}__{entry[1]}__{number}"
        lines.extend([f".set {name}, .BTF_ids + {at}", f".type {name}, STT_OBJECT", f".size {name}, 4"])

    def set_symbol(name, at, size):
        lines.extend([f".set {name}, .BTF_ids + {at}", f".type {name}, STT_OBJECT", f".size {name}, {size}"])

    lines.extend(f".long {word}" for word in words)
    for i, entry in enumerate(LIST):
        if entry:
            symbol(entry, 4 * i)
    at = 4 * len(LIST)
    set_symbol("__BTF_ID__set__plain", at, 4 + 4 * len(SET))
    for i, entry in enumerate(SET):
        symbol(entry, at + 4 + 4 * i)
    at += 4 + 4 * len(SET)
    set_symbol("__BTF_ID__set8__kfuncs", at, 8 + 8 * len(SET8))
    for i, entry in enumerate(SET8):
        symbol(entry, at + 8 + 8 * i)
    return "\n".join(lines) + "\n"


def name_only_typedefs():
    LIST[:] = [entry for entry in LIST if entry and entry[0] == "typedef"]
    SET.clear()
    SET8.clear()


def make(base, path, resolved=True):
    b = make_btf(base)
    reader = Reader(b.bytes(), base.reader)
    words = words_of(base, own_ids(reader, base.next_id)) if resolved else unresolved_words()
    with tempfile.NamedTemporaryFile(suffix=".btf") as file:
        file.write(b.bytes())
        file.flush()
        subprocess.run(["as", "--64", "-o", path, "-"], input=assembly(words).encode(), check=True)
        subprocess.run(["objcopy", "--add-section", f".BTF={file.name}", path], check=True)


def unresolved(base, path):
    make(base, path, resolved=False)


def check(base, path):
    with open(path, "rb") as file:
        elf = Elf(file.read())
    data = elf.sections[".BTF_ids"][1]
    found = list(struct.unpack(f"<{len(data) // 4}I", data))
    reader = Reader(elf.sections[".BTF"][1], base.reader)
    want = words_of(base, own_ids(reader, base.next_id))
    for i, (word, wanted) in enumerate(zip(found, want)):
        if word != wanted:
            kind, name = reader.types[word] if word < len(reader.types) else (0, "nothing")
            sys.exit(f"{path}: word {i} is {word}, {KINDS.get(kind, kind)} '{name}'; expected {wanted}")
    if len(found) != len(want):
        sys.exit(f"{path}: {len(found)} words, expected {len(want)}")


if __name__ == "__main__":
    if sys.argv[1] == "--typedefs":
        name_only_typedefs()
        del sys.argv[1]
    {"make": make, "unresolved": unresolved, "check": check}[sys.argv[1]](Base(sys.argv[2]), sys.argv[3])
