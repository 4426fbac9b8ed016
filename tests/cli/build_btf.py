# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Builds small BTF for tests without rebtf. Tests import it: PYTHONPATH=tests python3 - <<END"""

import struct

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC = range(1, 16)
FLOAT, DECL_TAG, TYPE_TAG, ENUM64, LOC_PARAM, LOC_PROTO, LOCSEC = range(16, 23)


class Btf:
    """Types are numbered in the order of their creation. Each call returns the id of its type."""

    def __init__(self, base=None, order="<"):
        self.base = base
        self.order = base.order if base else order
        self.types = b""
        self.strings = b"" if base else b"\0"
        self.next_id = base.next_id if base else 1
        self.names = {}

    def string_end(self):
        return len(self.strings) + (self.base.string_end() if self.base else 0)

    def string(self, text):
        if not text:
            return 0
        if text not in self.names:
            self.names[text] = self.string_end()
            self.strings += text.encode() + b"\0"
        return self.names[text]

    def words(self, *words):
        return struct.pack(f"{self.order}{len(words)}I", *(word & 0xFFFFFFFF for word in words))

    def add(self, kind, name="", third=0, data=(), count=0, flag=0):
        """Adds a type. @third is its size or the type it refers to, @data the words after the first three."""
        self.types += self.words(self.string(name), flag << 31 | kind << 24 | count, third, *data)
        self.next_id += 1
        return self.next_id - 1

    def int(self, name, size, encoding=0):
        return self.add(INT, name, size, [encoding << 24 | size * 8])

    def struct(self, name, size, members, kind=STRUCT):
        """@members: (name, type, bit offset)."""
        data = [word for member, type_id, offset in members for word in (self.string(member), type_id, offset)]
        return self.add(kind, name, size, data, len(members))

    def enum(self, name, size, values):
        return self.add(ENUM, name, size, [w for n, v in values for w in (self.string(n), v)], len(values))

    def proto(self, result, params=()):
        return self.add(FUNC_PROTO, "", result, [w for n, t in params for w in (self.string(n), t)], len(params))

    def func(self, name, proto):
        return self.add(FUNC, name, proto)

    def bytes(self):
        header = struct.pack(
            f"{self.order}HBB5I", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types), len(self.strings)
        )
        return header + self.types + self.strings

    def write(self, path):
        with open(path, "wb") as file:
            file.write(self.bytes())
