#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Byte-swaps raw BTF without rebtf: tests/cli/swap_btf.py FROM TO

FROM is a file or a directory. TO becomes a copy with each file in the other byte order. All of the header after its
first four bytes, and all of the type section, consists of four-byte words, whatever their meaning. Strings and the
bytes of a layout section are not swapped.
"""

import array
import struct
import sys
from pathlib import Path


def swap(data):
    little = data[:2] == b"\x9f\xeb"
    assert little or data[:2] == b"\xeb\x9f", "this is no BTF"
    header, start, size = struct.unpack_from(("<" if little else ">") + "3I", data, 4)
    types = header + start
    swapped = bytearray(data)
    swapped[:2] = data[1::-1]
    for begin, end in (4, header), (types, types + size):
        words = array.array("I", data[begin:end])
        words.byteswap()
        swapped[begin:end] = words.tobytes()
    return bytes(swapped)


def main(source, target):
    if not source.is_dir():
        target.write_bytes(swap(source.read_bytes()))
        return
    for path in source.rglob("*"):
        if path.is_file():
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(swap(path.read_bytes()))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
