#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes BPF objects with one changed CO-RE relocation each: mutate.py DIR COUNT PROGRAM...

The relocation gets another kind, type or access string, so that loaders meet every combination of these, and have to
refuse many. The changes are the same in every run.
"""
import random
import struct
import sys
from pathlib import Path

TYPE_KINDS = [7, 8, 9, 12]


def sections(data):
    (start,) = struct.unpack_from("<Q", data, 40)
    count, names = struct.unpack_from("<HH", data, 60)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, start + 64 * i) for i in range(count)]
    names = headers[names][4]
    return {data[names + h[0] : data.index(b"\0", names + h[0])]: (h[4], h[5]) for h in headers}


def relocations(data, ext):
    """The offsets of all records in the file."""
    header_size = struct.unpack_from("<I", data, ext + 4)[0]
    offset, size = struct.unpack_from("<II", data, ext + 24) if header_size >= 32 else (0, 0)
    at, end, found = ext + header_size + offset + 4, ext + header_size + offset + size, []
    record = struct.unpack_from("<I", data, at - 4)[0] if size else 0
    while at < end:
        count = struct.unpack_from("<I", data, at + 4)[0]
        found += range(at + 8, at + 8 + count * record, record)
        at += 8 + count * record
    return found


def zero_string(data, btf):
    """The offset of the string "0", which relocations of types need. None: there is none."""
    header, _, types, strings, size = struct.unpack_from("<5I", data, btf + 4)
    start = btf + header + strings
    at = data.find(b"\x000\0", start, start + size)
    return at - start + 1 if at >= 0 else None


def mutate(data):
    found = sections(bytes(data))
    if b".BTF.ext" not in found:
        return False
    records = relocations(data, found[b".BTF.ext"][0])
    if not records:
        return False
    record, other = random.choice(records), random.choice(records)
    insn, type_id, access, kind = struct.unpack_from("<4I", data, record)
    choice = random.randrange(4)
    if choice == 0:
        kind = random.randrange(14)
    elif choice == 1:
        type_id = struct.unpack_from("<I", data, other + 4)[0]
    elif choice == 2:
        access = struct.unpack_from("<I", data, other + 8)[0]
    else:
        kind = random.choice(TYPE_KINDS)
        access = zero_string(data, found[b".BTF"][0]) or access
    struct.pack_into("<4I", data, record, insn, type_id, access, kind)
    return True


if __name__ == "__main__":
    random.seed(1)
    directory, count = Path(sys.argv[1]), int(sys.argv[2])
    programs = [Path(path).read_bytes() for path in sorted(sys.argv[3:])]
    directory.mkdir(parents=True, exist_ok=True)
    number = 0
    while number < count:
        data = bytearray(random.choice(programs))
        if mutate(data):
            (directory / f"{number}.bpf.o").write_bytes(data)
            number += 1
