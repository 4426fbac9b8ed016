#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Checks rebtf's explanations of misfits against dumps, by its own rules: explain.py REBTF OLD NEW < LINES

LINES are the output of "rebtf check --json --old-base OLD --base NEW" for distilled modules. For every embedded
struct whose size changed, the script checks that

- each name in both definitions is listed as moved if its offset differs, and is not listed otherwise;
- each name in only one definition is listed as added, removed or renamed, and no other name is;
- the path starts at a named type, each step leads to the next by value, and no path is shorter.

Prints the errors, or else the number of types, changes and steps. Exit status: 0 no errors, 1 errors.
"""
import json
import re
import subprocess
import sys
from collections import deque

HEAD = re.compile(r"\[(\d+)\] (\w+) '(.*?)'(.*)")
ELEMENT = re.compile(r"\t'(.*?)' type_id=(\d+)(?: bits_offset=(\d+))?")
COMPOSITES = {"STRUCT", "UNION"}
ALIASES = {"TYPEDEF", "CONST", "VOLATILE", "RESTRICT", "TYPE_TAG"}


class Type:
    def __init__(self, kind, name, rest):
        self.kind = kind
        self.name = "" if name == "(anon)" else name
        self.size = int(m[1]) if (m := re.search(r"\bsize=(\d+)", rest)) else 0
        self.ref = int(m[1]) if (m := re.search(r"\btype_id=(\d+)", rest)) else 0
        self.members = []  # name, type, offset


def load(rebtf, *paths):
    types = {}
    for path in paths:
        dump = subprocess.run([rebtf, "dump", path], check=True, capture_output=True, text=True).stdout
        for line in dump.splitlines():
            if m := HEAD.match(line):
                last = types[int(m[1])] = Type(*m.groups()[1:])
            elif last.kind in COMPOSITES and (m := ELEMENT.match(line)):
                last.members.append(("" if m[1] == "(anon)" else m[1], int(m[2]), int(m[3])))
    return types


def strip(types, type_id):
    while type_id and types[type_id].kind in ALIASES:
        type_id = types[type_id].ref
    return type_id


def flat(types, type_id, offset=0):
    """Offsets of members by name, including members of anonymous members."""
    names = {}
    for name, inner, at in types[type_id].members:
        if name:
            names[name] = offset + at
        else:
            names.update(flat(types, strip(types, inner), offset + at))
    return names


def check_changes(misfit, old, new):
    old_ids = [i for i, t in old.items() if (t.kind, t.name, t.size) == ("STRUCT", misfit["name"], misfit["old_size"])]
    if len(old_ids) != 1:
        return
    then, now = flat(old, old_ids[0]), flat(new, misfit["candidates"][0]["id"])
    want = {(name, name) for name in then.keys() & now.keys() if then[name] != now[name]}
    found = {(c["old"]["name"], c["new"]["name"]) for c in misfit["changes"] if c["change"] == "moved"}
    assert found == want, f"moved: {found ^ want}"
    renamed = [c for c in misfit["changes"] if c["change"] == "renamed"]
    gone = {c["old"]["name"] for c in misfit["changes"] if c["change"] == "removed"} | {c["old"]["name"] for c in renamed}
    came = {c["new"]["name"] for c in misfit["changes"] if c["change"] == "added"} | {c["new"]["name"] for c in renamed}
    assert gone == then.keys() - now.keys(), f"gone: {gone}"
    assert came == now.keys() - then.keys(), f"new: {came}"
    for change in misfit["changes"]:
        for side, names in (("old", then), ("new", now)):
            if change[side]:
                assert change[side]["offset_bits"] == names[change[side]["name"]], change


def by_value(types, type_id):
    """The types that a type contains by value, as seen by a kernel: pairs of a member's name and an id."""
    t = types.get(type_id)
    if t is None:
        return []
    if t.kind in COMPOSITES:
        return [(name, inner) for name, inner, _ in t.members]
    return [(None, t.ref)] if t.kind in ALIASES | {"ARRAY"} else []


def shortest(types, own, target):
    """The length of the shortest path to the target from a named type, through at least one member."""
    start = [(i, False) for i, t in types.items() if i in own and t.name and t.kind in COMPOSITES | {"TYPEDEF"}]
    seen, queue = set(start), deque((node, 1) for node in start)
    while queue:
        (type_id, inside), steps = queue.popleft()
        if type_id == target and inside:
            return steps
        if type_id not in own:
            continue
        for _, inner in by_value(types, type_id):
            node = (inner, inside or types[type_id].kind in COMPOSITES)
            if inner and node not in seen:
                seen.add(node)
                queue.append((node, steps + 1))
    return 0


def check_path(misfit, types, own):
    path = misfit["path"]
    assert path and path[-1]["id"] == misfit["id"] and path[0]["id"] in own and path[0]["name"], path
    for step, after in zip(path, path[1:]):
        assert (step["member"], after["id"]) in by_value(types, step["id"]), path
        assert (step["kind"], step["name"]) == (types[step["id"]].kind, types[step["id"]].name), path
    assert len(path) == shortest(types, own, misfit["id"]), path


def main(rebtf, old_path, new_path):
    old, new = load(rebtf, old_path), load(rebtf, new_path)
    misfits = changes = steps = 0
    for line in sys.stdin:
        module = json.loads(line)
        for misfit in module.get("misfits", []):
            if misfit["verdict"] != "size" or misfit["class"] != "embedded":
                continue
            types = load(rebtf, module["file"] + ".base")
            own_types = load(rebtf, module["file"])
            try:
                check_changes(misfit, old, new)
                check_path(misfit, types | own_types, own_types.keys())
            except AssertionError as wrong:
                print(f"{module['file']}: {misfit['name']}: {wrong}")
                return 1
            misfits += 1
            changes += len(misfit["changes"])
            steps += len(misfit["path"])
    print(f"{misfits} types, {changes} changes, {steps} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
