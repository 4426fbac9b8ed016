#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Compares the lists in the documentation with those of the command and the library: lists.py REBTF ROOT

"rebtf help --list" prints the command's lists of verbs and options. rebtf.h declares the functions of the library.
ROOT is the source tree. Prints a line for each entry that a list of the documentation lacks, and for each that it has
too much. Exit status: 0 all lists agree, 1 they do not.

A manual page describes an option in a definition list. For the options that rebtf(1) describes, the page of a
verb names them in a paragraph that starts with "See **rebtf**\\(1) for **--". The options of all verbs are in no
such paragraph.
"""
import re
import subprocess
import sys
from pathlib import Path

# Pages of tools that the command takes the place of. They have command lines of their own.
TOOLS = {"rebtf-pahole", "rebtf-resolve_btfids"}
OPTION = r"\*\*(--?[a-zA-Z][a-z-]*)\*\*"


class Lists:
    def __init__(self, rebtf):
        self.arguments = {verb: arguments for verb, arguments, *_ in self.read(rebtf)}
        self.verbs = list(self.arguments)
        self.short = {}
        self.common = self.options(rebtf, "help")
        self.of_verb = {verb: self.options(rebtf, verb) for verb in self.verbs}
        self.all = set().union(*self.of_verb.values())

    @staticmethod
    def read(rebtf, *verb):
        text = subprocess.run([rebtf, "help", "--list", *verb], check=True, capture_output=True, text=True).stdout
        return [line.split("\t") for line in text.splitlines()]

    def with_short(self, names):
        return names | {self.short[name] for name in names if name in self.short}

    def options(self, rebtf, verb):
        lines = self.read(rebtf, verb)
        self.short.update({name: short for name, short, *_ in lines if short != "-"})
        return self.with_short({name for name, *_ in lines})


def compare(where, found, expected):
    """Yields the differences of two lists."""
    for name in sorted(set(expected) - set(found)):
        yield f"{where}: lacks {name}"
    for name in sorted(set(found) - set(expected)):
        yield f"{where}: has {name} too much"


def section(text, title):
    found = re.search(rf"^{title}\n=+\n(.*?)(?=^[^\n ][^\n]*\n=+\n|\Z)", text, re.M | re.S)
    return found[1] if found else ""


def described(text):
    """The options of a definition list: each term has an indented line after it."""
    return {name for term in re.findall(r"^(\*\*-.*)\n    ", text, re.M) for name in re.findall(OPTION, term)}


def check_page_of_verb(root, lists, verb, common_page):
    """Yields the differences, and adds to @common_page what the page leaves to rebtf(1)."""
    path = f"docs/rebtf-{verb}.rst"
    text = (root / path).read_text()
    own = described(section(text, "OPTIONS"))
    left = {name for paragraph in re.findall(r"^See \*\*rebtf\*\*\\\(1\) for (?=\*\*--)(.*?)(?:\.\n|\.$|\. [A-Z])", text, re.M | re.S)
            for name in re.findall(OPTION, paragraph)}
    common_page |= left
    # The paragraph leaves out short names.
    short = {name for name in own | lists.of_verb[verb] if len(name) == 2}
    yield from compare(f"{path}: OPTIONS", (own | left) - short, lists.of_verb[verb] - lists.common - short)
    yield from compare(f"{path}: OPTIONS", own & short, lists.of_verb[verb] & own & short)
    for name in sorted(own & left):
        yield f"{path}: OPTIONS: describes {name} and leaves it to rebtf(1)"
    synopsis = section(text, "SYNOPSIS")
    if not re.search(rf"^\|? ?\*\*rebtf\*\* \*\*{verb}\*\*", synopsis, re.M):
        yield f"{path}: SYNOPSIS: lacks {verb}"
    arguments = re.sub("[A-Z]+", r"*\g<0>*", lists.arguments[verb]).replace("|", r"\|\ ")
    if arguments not in synopsis:
        yield f"{path}: SYNOPSIS: lacks {arguments}"
    named = set(re.findall(OPTION, synopsis))
    yield from compare(f"{path}: SYNOPSIS", named, lists.of_verb[verb] & named if "[*OPTION*...]" in synopsis else lists.of_verb[verb])


def check_commands(path, text, lists):
    """Yields options that a command in the text has, but its verb has not."""
    for verb, rest in re.findall(r"(?<![-./\w*])rebtf ([a-z-]+)((?: [^\n`]*\\\n| [^\n`]*)*)", text):
        rest = re.split(r"\s[|&;>#]\s| \$\(", rest)[0]
        for name in re.findall(r"(?<=\s)--[a-z-]+", rest) if verb in lists.of_verb else []:
            if name not in lists.of_verb[verb] | {"--list"}:
                yield f"{path}: rebtf {verb} has no {name}"


def check_functions(root):
    """Yields the differences between the functions of rebtf.h and rebtf(3)."""
    header = (root / "include/rebtf.h").read_text()
    functions = re.findall(r"^(?:REBTF_API|static inline)\b[^;{(]*?\b(rebtf_\w+)\(", header, re.M)
    page = re.findall(r"^\| \*\*(rebtf_\w+)\*\*\\\(\): ", (root / "docs/rebtf.3.rst").read_text(), re.M)
    yield from compare("docs/rebtf.3.rst: FUNCTIONS", page, functions)
    for name in sorted({name for name in page if page.count(name) > 1}):
        yield f"docs/rebtf.3.rst: FUNCTIONS: has {name} twice"


def check(rebtf, root):
    lists = Lists(rebtf)
    verbs = [verb for verb in lists.verbs if verb != "help"]
    main = (root / "docs/rebtf.rst").read_text()
    pages = set(re.findall(r"'(rebtf[a-z_.0-9-]*)'", (root / "docs/meson.build").read_text().split("}")[0]))
    yield from compare("docs/meson.build", pages, TOOLS | {"rebtf", "rebtf.3", "rebtf-json"} | {f"rebtf-{verb}" for verb in verbs})
    yield from compare("docs", {path.stem for path in (root / "docs").glob("rebtf*.rst")}, pages)
    yield from compare("docs/rebtf.rst: VERBS", re.findall(r"^\*\*([a-z-]+)\*\*", section(main, "VERBS"), re.M), lists.verbs)
    readme = (root / "README.md").read_text()
    yield from compare("README.md: verbs", re.findall(r"^\| `rebtf ([a-z-]+) ", readme, re.M), verbs)
    yield from check_functions(root)
    left = set()
    for verb in verbs:
        if (root / f"docs/rebtf-{verb}.rst").exists():
            yield from check_page_of_verb(root, lists, verb, left)
    main_options = described(section(main, "OPTIONS"))
    yield from compare("docs/rebtf.rst: OPTIONS", main_options, lists.with_short(left) | lists.common)
    for path in sorted(path for path in (root / "docs").glob("rebtf*.rst") if path.stem not in TOOLS):
        for name in sorted(set(re.findall(r"\*\*(--[a-z-]+)\*\*", path.read_text())) - lists.all - {"--list"}):
            yield f"docs/{path.name}: no verb has {name}"
    for path in [root / "README.md", *sorted((root / "docs").glob("*.md")), *sorted((root / "docs").glob("*.rst"))]:
        yield from check_commands(path.relative_to(root), path.read_text(), lists)


if __name__ == "__main__":
    differences = list(check(sys.argv[1], Path(sys.argv[2])))
    print("\n".join(differences), end="\n" if differences else "")
    sys.exit(bool(differences))
