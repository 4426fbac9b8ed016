# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Spells out the types of BTF, without rebtf, so that two files can be compared whatever the order of their types."""

import struct
from collections import Counter, defaultdict

KINDS = ["VOID", "INT", "PTR", "ARRAY", "STRUCT", "UNION", "ENUM", "FWD", "TYPEDEF", "VOLATILE", "CONST", "RESTRICT",
         "FUNC", "FUNC_PROTO", "VAR", "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64"]
FIXED_WORDS = {"INT": 1, "ARRAY": 3, "VAR": 1, "DECL_TAG": 1}
ELEMENT_WORDS = {"STRUCT": 3, "UNION": 3, "ENUM": 2, "FUNC_PROTO": 2, "DATASEC": 3, "ENUM64": 3}
# Kinds with functions and variables, and the prototypes that come with them.
DECLARATIONS = {"FUNC", "FUNC_PROTO", "VAR", "DATASEC", "DECL_TAG"}


def section(path, wanted):
    """The bytes of a section of a 64-bit ELF file, without reading the rest of the file."""
    with open(path, "rb") as file:

        def read(offset, size):
            file.seek(offset)
            return file.read(size)

        header = read(0, 64)
        order = ">" if header[5] == 2 else "<"
        (start,) = struct.unpack_from(order + "Q", header, 40)
        size, count, names = struct.unpack_from(order + "3H", header, 58)
        headers = [struct.unpack_from(order + "2I4Q", read(start + i * size, size)) for i in range(count)]
        strings = read(*headers[names][4:6])
        for name, _, _, _, offset, length in headers:
            if strings[name : strings.index(b"\0", name)] == wanted.encode():
                return read(offset, length)
    raise ValueError(f"{path}: no section {wanted}")


class Btf:
    """The types of raw BTF."""

    def __init__(self, data, base=None, flat=False):
        """@flat: an array of arrays is one array, as older versions of pahole encode it."""
        order = "<" if data[:2] == b"\x9f\xeb" else ">"
        header, start, size, string_start, string_size = struct.unpack_from(order + "5I", data, 4)
        self.data = data
        self.base = base
        self.flat = flat
        self.first = base.end if base else 1
        self.strings = (base.strings if base else b"") + data[header + string_start :][:string_size]
        self.types = [] if base else [("VOID", 0, 0, 0, (), [])]
        self.spelled = {}
        at, end = header + start, header + start + size
        while at < end:
            name, info, word = struct.unpack_from(order + "3I", data, at)
            kind, count = KINDS[info >> 24 & 0x7F], info & 0xFFFFFF
            fixed, element = FIXED_WORDS.get(kind, 0), ELEMENT_WORDS.get(kind, 0)
            words = struct.unpack_from(f"{order}{fixed + element * count}I", data, at + 12)
            elements = [words[i : i + element] for i in range(fixed, len(words), element)] if element else []
            self.types.append((kind, name, word, info >> 31, words[:fixed], elements))
            at += 12 + 4 * len(words)
        self.end = (base.end if base else 0) + len(self.types)

    def type(self, number):
        if self.base and number < self.first:
            return self.base.type(number)
        return self.types[number - (self.first if self.base else 0)]

    def string(self, offset):
        return self.strings[offset : self.strings.index(b"\0", offset)].decode()

    def name(self, number):
        return self.string(self.type(number)[1])

    def reference(self, number):
        """A type inside another one. A named struct or union is its name, so that spelling ends."""
        kind, name, _, flag, _, _ = self.type(number)
        if kind == "FWD":
            kind = "UNION" if flag else "STRUCT"
        elif kind not in ("STRUCT", "UNION") or not name:
            return self.spell(number)
        return f"{kind} {self.string(name)}"

    def spell(self, number):
        """All of a type's contents: two types have the same text if and only if they look the same."""
        if self.base and number < self.first:
            return self.base.spell(number)
        text = self.spelled.get(number)
        if text is None:
            text = self.spelled[number] = self.spell_anew(*self.type(number))
        return text

    def spell_anew(self, kind, name, word, flag, fixed, elements):
        head = f"{kind}{flag or ''} {self.string(name)}"
        if kind in ("PTR", "CONST", "VOLATILE", "RESTRICT", "TYPEDEF", "TYPE_TAG", "FUNC", "VAR", "DECL_TAG"):
            return f"{head} {fixed} ({self.reference(word)})" if fixed else f"{head} ({self.reference(word)})"
        if kind == "ARRAY":
            element, index, length = fixed
            while self.flat and self.type(element)[0] == "ARRAY":
                element, _, inner = self.type(element)[4]
                length *= inner
            return f"ARRAY {length} ({self.reference(element)})[{self.reference(index)}]"
        if kind in ("STRUCT", "UNION"):
            members = (f"{self.string(n)} {self.reference(t)} {at:#x}" for n, t, at in elements)
            return f"{head} {word} {{{'; '.join(members)}}}"
        if kind in ("ENUM", "ENUM64"):
            values = (f"{self.string(n)}={value}" for n, *value in elements)
            return f"{head} {word} {{{', '.join(values)}}}"
        if kind == "FUNC_PROTO":
            parameters = (f"{self.string(n)} {self.reference(t)}" for n, t in elements)
            return f"({', '.join(parameters)}) -> {self.reference(word)}"
        return f"{head} {word} {fixed}"

    def own(self):
        return range(self.first, self.end)

    def data_types(self):
        """How often each type that describes data occurs among the own types."""
        counts = Counter(self.spell(i) for i in self.own() if self.type(i)[0] not in DECLARATIONS)
        # The elements of flat arrays, and arrays that only look the same if they are flat, are not counted.
        return Counter(text for text in counts if not text.startswith("ARRAY")) if self.flat else counts

    def functions(self):
        """For each function name the prototypes: the types (the result first), and the names of the parameters."""
        found = defaultdict(set)
        for i in self.own():
            kind, name, word, *_ = self.type(i)
            if kind == "FUNC":
                _, _, result, _, _, parameters = self.type(word)
                types = (self.reference(result), *(self.reference(t) for _, t in parameters))
                found[self.string(name)].add((types, tuple(self.string(n) for n, _ in parameters)))
        return found

    def variables(self):
        """Name, section, offset, size, and type of each variable in a section."""
        found = set()
        for i in self.own():
            kind, name, _, _, _, elements = self.type(i)
            for variable, offset, size in elements if kind == "DATASEC" else ():
                found.add((self.string(name), offset, size, self.spell(variable)))
        return found
