# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The README's transcript of a booted kernel: types its commands again in QEMU, and compares all their output."""

import difflib
import re
import shutil

from kernels import Kernel
from places import DATA, ROOT, WORK, rebtf, run

OLD, NEW = "6.1.0-55-amd64", "6.1.0-56-amd64"

# The block in the README whose commands follow a root prompt.
BLOCK = re.compile(r"^```console\n(# uname -r\n.*?)^```$", re.MULTILINE | re.DOTALL)


def lines_of_readme():
    return BLOCK.search((ROOT / "README.md").read_text())[1].splitlines()


def prepare(guest):
    """Creates the README's modules: split/ as shipped by Debian, relocated/ as written by rebtf."""
    work = WORK / "transcript"
    shutil.rmtree(work, ignore_errors=True)
    run(ROOT / "tests/data/unpack", DATA)
    split = DATA / f"machine/lib/modules/{OLD}"
    bases = [DATA / f"vmlinux/{release}.btf" for release in (OLD, NEW)]
    rebtf("distill", "--strip-signature", "--base", bases[0], "--out-dir", work / "distilled", split)
    rebtf("relocate", "--base", bases[1], "--out-dir", work / "relocated", work / "distilled")
    for folder, tree in ("split", split), ("relocated", work / "relocated"):
        for path in tree.rglob("*.ko"):
            guest.take(path, f"{folder}/{path.name}")
    commands = [line.removeprefix("# ") for line in lines_of_readme() if line.startswith("# ")]
    guest.take(("\n".join(commands) + "\n").encode(), "commands")
    guest.script.append("session /m")


def kernel():
    return Kernel(NEW)


def compare(guest, tap):
    title = f"{NEW}: the README's transcript of a booted kernel is what this kernel prints"
    console = guest.console
    try:
        shown = console[console.index("# session begins") + 1 : console.index("# session ends")]
    except ValueError:
        tap.result(False, title, ["the session has no end; the last lines of the console:", *console[-25:]])
        return
    # The time since the start of the kernel differs from boot to boot.
    shown = [re.sub(r"^\[ *\d+\.\d+\] ", "", line).rstrip() for line in shown]
    expected = [line.rstrip() for line in lines_of_readme()]
    tap.result(shown == expected, title, difflib.unified_diff(expected, shown, "README", "kernel", lineterm=""))
