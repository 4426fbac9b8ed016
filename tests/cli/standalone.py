#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Checks standalone BTF against its source, with its own reader of BTF.

    standalone.py [--full] BASE SPLIT_DIR STANDALONE_DIR

SPLIT_DIR contains raw BTF split from BASE. STANDALONE_DIR contains the same files made standalone. For each file the
script checks that

- it is complete and valid: ids, names, an INT "int". It has no BTF that a kernel refuses, such as a declaration where a
  size is needed;
- it has no duplicates: no two types with equal bytes, no two declarations of one name, no declaration beside its
  definition;
- it has the split's own types, in their order, and their contents and references are unchanged. A declaration may
  replace a definition only behind a pointer in one of the base's structs, and with --full nowhere;
- every type is referred to.

Prints the errors, one per line, and counts at the end. Exit status: 0 no errors, 1 errors.
"""
import re
import struct
import sys
from pathlib import Path

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST = range(1, 11)
RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(11, 20)

COMPOSITES = {STRUCT, UNION}
TRANSPARENT = {TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG}
ONE_REFERENCE = TRANSPARENT | {PTR, FUNC, FUNC_PROTO, VAR, DECL_TAG}
HAS_SIZE = {INT, STRUCT, UNION, ENUM, DATASEC, FLOAT, ENUM64}
# Words of each element, and the positions of its name and its id.
ELEMENTS = {
    STRUCT: (3, 0, 1),
    UNION: (3, 0, 1),
    ENUM: (2, 0, None),
    ENUM64: (3, 0, None),
    FUNC_PROTO: (2, 0, 1),
    DATASEC: (3, None, 0),
}
TAIL = {INT: 1, ARRAY: 3, VAR: 1, DECL_TAG: 1}  # words after the first three
IDENTIFIERS = {STRUCT, UNION, ENUM, ENUM64, FWD, TYPEDEF, FUNC}


class Type:
    """@ids: all ids in order. @says: all other contents, with names as text."""

    __slots__ = ("kind", "flag", "name", "size", "ids", "says", "raw", "elements")

    def __init__(self, btf, words):
        info = words[1]
        self.kind, self.flag, vlen = info >> 24 & 0x7F, info >> 31, info & 0xFFFFFF
        self.raw = words
        self.name = btf.string(words[0])
        self.size = words[2] if self.kind in HAS_SIZE else None
        self.ids = [words[2]] if self.kind in ONE_REFERENCE else []
        rest = list(words[3:])
        if self.kind == ARRAY:
            self.ids = rest[:2]
            rest = rest[2:]
        self.elements = []
        if self.kind in ELEMENTS:
            width, name, ref = ELEMENTS[self.kind]
            for at in range(0, vlen * width, width):
                element = rest[at : at + width]
                if name is not None:
                    element[name] = btf.string(element[name])
                if ref is not None:
                    self.ids.append(element[ref])
                    element[ref] = None
                self.elements.append(tuple(element))
            rest = []
        self.says = (self.kind, self.flag, self.name, self.size, tuple(rest), tuple(self.elements))


class Btf:
    def __init__(self, path, base=None):
        data = Path(path).read_bytes()
        order = "<" if data[:2] == b"\x9f\xeb" else ">"
        _, _, _, length, type_at, types_size, string_at, strings_size = struct.unpack(order + "HBBIIIII", data[:24])
        self.base = base
        self.string_start = base.string_end if base else 0
        self.start = base.end if base else 1
        self.strings = data[length + string_at : length + string_at + strings_size]
        self.string_end = self.string_start + strings_size
        self.types = []
        words = struct.unpack(f"{order}{types_size // 4}I", data[length + type_at : length + type_at + types_size])
        at = 0
        while at < len(words):
            kind, vlen = words[at + 1] >> 24 & 0x7F, words[at + 1] & 0xFFFFFF
            end = at + 3 + TAIL.get(kind, 0) + vlen * ELEMENTS.get(kind, (0,))[0]
            self.types.append(Type(self, words[at:end]))
            at = end
        self.end = self.start + len(self.types)

    def string(self, off):
        if 0 < off < self.string_start:
            return self.base.string(off)
        if not off:
            return ""
        off -= self.string_start
        if off >= len(self.strings) or (off and self.strings[off - 1]):
            raise ValueError(f"no string starts at {off + self.string_start}")
        return self.strings[off : self.strings.index(b"\0", off)].decode()

    def __getitem__(self, type_id):
        if type_id < self.start:
            return self.base[type_id]
        return self.types[type_id - self.start]


class Check:
    def __init__(self, full, split, alone):
        self.full, self.split, self.alone = full, split, alone
        self.wrong = []

    def must(self, right, text):
        if not right:
            self.wrong.append(text)

    def run(self):
        self.whole()
        if not self.wrong:
            self.once()
            self.sized()
            self.needed()
            self.same()
        return self.wrong

    def whole(self):
        for n, t in enumerate(self.alone.types, 1):
            self.must(all(i < self.alone.end for i in t.ids), f"[{n}] refers to what is not there")
            if t.name and t.kind in IDENTIFIERS:
                self.must(re.fullmatch(r"[A-Za-z_]\w*", t.name), f"[{n}] has the name {t.name!r}")
        self.must(any(t.kind == INT and t.name == "int" for t in self.alone.types), "no INT 'int'")

    def once(self):
        seen = {}
        sized = {}
        for n, t in enumerate(self.alone.types, 1):
            if t.kind not in (VAR, DATASEC):
                self.must(t.raw not in seen, f"[{n}] {t.name!r} is [{seen.get(t.raw)}] again")
                seen[t.raw] = n
            if t.kind in COMPOSITES and t.name:
                sized.setdefault((t.kind, t.name), []).append(t.size)
        # If definitions have several sizes, or the base has another size, the meaning of a declaration is ambiguous.
        other = {}
        base = self.split.base
        for t in base.types:
            if t.kind in COMPOSITES and (t.kind, t.name) in sized:
                other.setdefault((t.kind, t.name), set()).add(t.size)
        for n, t in enumerate(self.alone.types, 1):
            key = (UNION if t.flag else STRUCT, t.name)
            if t.kind == FWD and len(sized.get(key, [])) == 1:
                self.must(other.get(key, set()) - set(sized[key]), f"[{n}] declares {t.name!r}, which is there")

    def bare(self, type_id):
        while type_id and self.alone[type_id].kind in TRANSPARENT:
            type_id = self.alone[type_id].ids[0]
        return type_id

    def sized(self):
        for n, t in enumerate(self.alone.types, 1):
            if t.kind not in COMPOSITES | {ARRAY, VAR, FUNC_PROTO, DATASEC}:
                continue
            for i in t.ids:
                bare = self.bare(i)
                self.must(not bare or self.alone[bare].kind != FWD, f"[{n}] {t.name!r} has a [{i}], only declared")

    def needed(self):
        own = len(self.split.types)
        todo = list(range(1, own + 1))
        todo += [n for n, t in enumerate(self.alone.types, 1) if t.kind == INT and t.name == "int"]
        seen = {0, *todo}
        while todo:
            for i in self.alone[todo.pop()].ids:
                if i not in seen:
                    seen.add(i)
                    todo.append(i)
        for n in range(1, self.alone.end):
            self.must(n in seen, f"nothing refers to [{n}] {self.alone[n].name!r}")

    # How a type was reached: behind a pointer in the base's structs, inside such a struct, or from the split itself.
    NAME, LAYOUT, ALL = range(3)

    def below(self, t, need):
        if t.kind in COMPOSITES:
            return self.ALL if self.full else self.LAYOUT
        if need == self.ALL:
            return need
        if t.kind == PTR:
            return self.NAME
        return self.LAYOUT if t.kind in (ARRAY, FUNC_PROTO) else need

    def own_types(self):
        """Pairs of the ids of the split's own types and of their counterparts in the result."""
        old, new = self.split.types, self.alone.types
        if len(old) <= len(new) and all(a.says == b.says for a, b in zip(old, new)):
            return [(self.split.start + n, n + 1) for n in range(len(old))]
        # Some types were merged. Then only types with unique contents count, and only their order.
        then, now = {}, {}
        for n, t in enumerate(old):
            then.setdefault(t.says, []).append(self.split.start + n)
        for n, t in enumerate(new, 1):
            now.setdefault(t.says, []).append(n)
        pairs = []
        for says, ids in then.items():
            self.must(says in now or says[0] == FWD, f"{ids} {says[2]!r} is not there")
            if len(ids) == 1 and len(now.get(says, [])) == 1:
                pairs.append((ids[0], now[says][0]))
        self.must(pairs == sorted(pairs, key=lambda pair: pair[1]), "the split's types are not in their order")
        self.must(len(pairs) > 0, "nothing of the split is there")
        return pairs

    def same(self):
        todo = [(*pair, self.ALL) for pair in self.own_types()]
        seen = set(todo)
        while todo:
            old_id, new_id, need = todo.pop()
            old, new = self.split[old_id], self.alone[new_id]
            by_split = old_id >= self.split.start
            if self.stands_for(old, new, new_id, by_split, need):
                continue
            if old.says != new.says:
                self.must(False, f"[{old_id}] {old.name!r} has become [{new_id}] {new.says[:4]}")
                continue
            need = self.ALL if by_split else self.below(old, need)
            for pair in zip(old.ids, new.ids):
                self.must(bool(pair[0]) == bool(pair[1]), f"[{new_id}] {new.name!r}: void is not void")
                if pair[0] and pair[1] and (*pair, need) not in seen:
                    seen.add((*pair, need))
                    todo.append((*pair, need))

    def stands_for(self, old, new, new_id, by_split, need):
        """Whether @new may replace @old: one declares the other and a declaration is enough, or both have the same
        name, size and kind."""
        if old.kind in COMPOSITES and new.kind == FWD:
            same_name = old.name and old.name == new.name and (old.kind == UNION) == bool(new.flag)
            return same_name and need == self.NAME and not by_split
        if old.kind == FWD and new.kind in COMPOSITES:
            return old.name == new.name and (new.kind == UNION) == bool(old.flag)
        own = new_id <= len(self.split.types)
        if need == self.NAME and not by_split and own and old.kind == new.kind and old.kind in COMPOSITES and old.name:
            return (old.name, old.size) == (new.name, new.size)
        return False


def main(args):
    full = args[:1] == ["--full"]
    base_path, split_dir, alone_dir = args[full:]
    base = Btf(base_path)
    files = types = failed = 0
    for path in sorted(Path(split_dir).rglob("*.btf")):
        name = path.relative_to(split_dir)
        try:
            alone = Btf(Path(alone_dir, name))
            wrong = Check(full, Btf(path, base), alone).run()
            types += len(alone.types)
        except (OSError, ValueError, IndexError, struct.error) as error:
            wrong = [str(error)]
        for text in wrong:
            print(f"{name}: {text}")
        files += 1
        failed += bool(wrong)
    print(f"{files} files, {types} types, {failed} wrong")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
