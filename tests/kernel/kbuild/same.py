# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Compares the BTF of two builds of one tree, type by type, as tests/peers/encode/run does."""

import json
import subprocess
from collections import Counter

from places import REBTF, ROOT, load_script
from spelled_btf import Btf, section

encode = load_script(ROOT / "tests/peers/encode/run")
SHOWN = 20


def read(path, base=None):
    return Btf(section(path, ".BTF"), base)


def fates(path, base, work):
    """What rebtf says about the functions that it left out."""
    where = ["--base", base] if base else []
    done = subprocess.run([REBTF, "encode", "--json", "--detached", work, *where, path], check=True,
                          stdout=subprocess.PIPE, text=True)
    return next(line for line in map(json.loads, done.stdout.splitlines()) if "file" in line)


def tags(btf):
    """The declaration tags of functions."""
    return {btf.spell(i) for i in btf.own() if btf.type(i)[0] == "DECL_TAG"}


def undecided(btf):
    """Declarations of types that have several versions with the same members, which lead to versions of another type."""
    composites = [i for i in btf.own() if btf.type(i)[0] in ("STRUCT", "UNION")]
    texts = Counter(btf.spell(i) for i in composites)
    return {f"FWD{'1' if btf.type(i)[0] == 'UNION' else ''} {btf.name(i)} 0 ()" for i in composites
            if texts[btf.spell(i)] > 1}


def differences(name, ours, theirs, line, may_repeat, base_types=(), base_functions=None):
    """The differences of data types and tags, those of functions and variables without a reason, and the reasons.
    Types of @base_types do not count: pahole repeats some of vmlinux's types in modules. With @may_repeat it also
    repeats types that it compares with the wrong version of a declared struct, and keeps declarations for units that only
    declare a struct with several versions. rebtf takes the version that agrees with the unit's other types."""
    our_types, their_types = ours.data_types(), theirs.data_types()
    for text in base_types:
        our_types.pop(text, None)
        their_types.pop(text, None)
    repeated, declared = Counter(), set()
    if may_repeat:
        declared = undecided(theirs) & their_types.keys() - our_types.keys()
        for text in declared:
            del their_types[text]
        repeated.update({text: count for text, count in (their_types - our_types).items() if text in our_types})
    types = [f"{name}: {text}" for text in encode.compare_types(our_types, their_types - repeated)]
    types += [f"{name}: tag in one of them: {text}" for text in sorted(tags(ours) ^ tags(theirs))]
    reasons, unexplained = encode.compare_declarations(line, ours, theirs, base_functions)
    if declared:
        reasons["declarations between whose definitions pahole does not decide"] += len(declared)
    if repeated:
        reasons["types that pahole has several times"] += repeated.total()
    return types, [f"{name}: {text}" for text in unexplained], reasons


def report(tap, complete, name, differing):
    """A test that passes if there is something to compare, and it does not differ."""
    tap.result(complete and not differing, name, [line[:400] for line in differing[:SHOWN]])


def compare(tree, theirs, ours, tap):
    """Compares vmlinux and all modules."""
    name, scratch = tree.variant.name, ours.directory / "scratch"
    may_repeat = bool(tree.variant.llvm)  # pahole does not with gcc
    base, their_base = read(ours.vmlinux), read(theirs.vmlinux)
    fate = fates(ours.vmlinux, None, scratch)
    types, unexplained, reasons = differences("vmlinux", base, their_base, fate, may_repeat)
    what = f"{base.end - 1} types, {len(base.functions())} functions"
    report(tap, base.end > 1, f"{name}: vmlinux has the same data types and tags ({what})", types)
    report(tap, True, f"{name}: vmlinux has the same functions and variables, with documented exceptions", unexplained)
    for line in encode.counts(reasons):
        print(f"# {line}")
    modules, their_modules = ours.modules(), theirs.modules()
    base_types, base_functions = base.data_types(), base.functions()
    types, unexplained, counts = [], [], Counter()
    reasons_of_modules = Counter()
    for module, path in modules.items():
        if module not in their_modules:
            continue
        mine, other = read(path, base), read(their_modules[module], their_base)
        counts += Counter(rebtf=len(mine.types), pahole=len(other.types))
        some, without, why = differences(module, mine, other, fates(path, ours.vmlinux, scratch), may_repeat,
                                         base_types, base_functions)
        types += some
        unexplained += without
        reasons_of_modules += why
    same_names = bool(modules) and modules.keys() == their_modules.keys()
    what = f"{len(modules)} modules, {counts['rebtf']} types, in pahole's {counts['pahole']}"
    report(tap, same_names, f"{name}: the modules have the same data types and tags ({what})", types)
    report(tap, True, f"{name}: the modules have the same functions and variables, with documented exceptions", unexplained)
    for line in encode.counts(reasons_of_modules):
        print(f"# in modules: {line}")
    scratch.unlink(missing_ok=True)
