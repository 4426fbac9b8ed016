#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Describes a module's .BTF_ids without rebtf: tests/cli/btf_ids.py [--base RAW_BTF] MODULE

This script has its own readers of ELF, symbols and BTF, so that the tests check rebtf independently. It prints one line
for each id, in a form that stays the same when the ids change. Lists are printed in their order: "LIST FUNC 'name'".
Sets are printed in the order of names, because the order of ids may change: "SET 'set' FUNC 'name' flags 0x12". The
exit status is 1 if a set is not sorted by id, if its count does not match its size, or if an id's type does not match
its symbol.
"""

import argparse
import lzma
import struct
import sys

KINDS = {4: "STRUCT", 5: "UNION", 8: "TYPEDEF", 12: "FUNC"}
# Bytes after struct btf_type, and bytes of each element.
EXTRA = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0)}
EXTRA[19] = (0, 12)


class Btf:
    """Kinds and names of types by id, including those of a base."""

    def __init__(self, data, base=None):
        order = "<" if data[:2] == b"\x9f\xeb" else ">"
        header, start, size, string_start, string_size = struct.unpack_from(order + "5I", data, 4)
        self.base = base
        self.strings = (base.strings if base else b"") + data[header + string_start :][:string_size]
        self.types = list(base.types) if base else [(0, "")]
        at, end = header + start, header + start + size
        while at < end:
            name, info = struct.unpack_from(order + "2I", data, at)
            kind, count = info >> 24 & 0x7F, info & 0xFFFFFF
            self.types.append((kind, self.string(name)))
            fixed, element = EXTRA.get(kind, (0, 0))
            at += 12 + fixed + element * count

    def string(self, offset):
        return self.strings[offset : self.strings.index(b"\0", offset)].decode()

    def describe(self, number):
        kind, name = self.types[number] if number < len(self.types) else (0, "?")
        return f"{KINDS.get(kind, kind)} '{name}'"


class Elf:
    def __init__(self, data):
        self.data = data
        self.order = "<" if data[5] == 1 else ">"
        wide = data[4] == 2
        (start,) = struct.unpack_from(self.order + ("Q" if wide else "I"), data, 0x28 if wide else 0x20)
        size, count, names = struct.unpack_from(self.order + "3H", data, 0x3A if wide else 0x2E)
        headers = [
            struct.unpack_from(self.order + ("2I4Q2I2Q" if wide else "10I"), data, start + i * size)
            for i in range(count)
        ]
        self.sections = {}
        for index, header in enumerate(headers):
            name = self.string(headers[names][4], header[0])
            self.sections[name] = (index, data[header[4] :][: header[5]])
        self.symbols = []
        for header in (h for h in headers if h[1] == 2):
            for at in range(header[4], header[4] + header[5], header[9]):
                name, *rest = struct.unpack_from(self.order + ("I2BH2Q" if wide else "3I2BH"), data, at)
                section, value, length = rest[2:] if wide else (rest[4], rest[0], rest[1])
                self.symbols.append((section, value, length, self.string(headers[header[6]][4], name)))

    def string(self, start, offset):
        return self.data[start + offset : self.data.index(b"\0", start + offset)].decode()


def describe(path, base):
    with open(path, "rb") as file:
        data = file.read()
    elf = Elf(lzma.decompress(data) if path.endswith(".xz") else data)
    if ".BTF.base" in elf.sections:
        base = Btf(elf.sections[".BTF.base"][1])
    btf = Btf(elf.sections[".BTF"][1], base)
    index, ids = elf.sections[".BTF_ids"]
    words = struct.unpack(f"{elf.order}{len(ids) // 4}I", ids)
    prefix = "__BTF_ID__"
    symbols = sorted(s[1:] for s in elf.symbols if s[0] == index and s[3].startswith(prefix))
    inside = 0
    for value, length, symbol in symbols:
        kind, name = symbol[len(prefix) :].split("__", 1)
        if kind in ("set", "set8"):
            step = 2 if kind == "set8" else 1
            start, inside = value // 4, value + length
            body = words[start + step : inside // 4]
            pairs = list(zip(body[::step], body[1::2] if step == 2 else body))
            if words[start] != len(pairs):
                raise ValueError(f"{symbol} has {len(pairs)} ids, and says {words[start]}")
            if [number for number, _ in pairs] != sorted(number for number, _ in pairs):
                raise ValueError(f"{symbol} is not sorted")
            head = f" {words[start + 1]:#x}" if step == 2 else ""
            for line in sorted(f"{btf.describe(i)}" + (f" flags {f:#x}" if step == 2 else "") for i, f in pairs):
                yield f"SET '{name}'{head} {line}"
        elif value >= inside:
            found, wanted = btf.describe(words[value // 4]), f"{kind.upper()} '{name.rpartition('__')[0]}'"
            if found != wanted:
                raise ValueError(f"{symbol} is {found}")
            yield f"LIST {found}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--base")
    parser.add_argument("module")
    options = parser.parse_args()
    base = None
    if options.base:
        with open(options.base, "rb") as file:
            base = Btf(file.read())
    try:
        for line in describe(options.module, base):
            print(line)
    except ValueError as error:
        sys.exit(f"{options.module}: {error}")


if __name__ == "__main__":
    main()
