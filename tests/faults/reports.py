#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Allocations fail while the command makes its reports: REBTF=build/rebtf TESTDATA=DIR tests/faults/reports.py

Three modules are checked that do not fit, in text and in JSON. A single allocation that fails (see allocations.c), of the
command or of a library, is at most the error of one module: the reports of the other two are what they always are. What
is printed is whole lines, and as JSON it is JSON; also when all later allocations fail. Only what concerns all modules
ends the command, so few single failures do. Prints TAP.
FAULTS_FULL=1: every allocation, instead of some hundred.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from inject import BASE, DATA, FULL, REBTF, make_library

NEW = str(DATA / "vmlinux/6.1.0-56-amd64.btf")
COUNT = 3


def run(library, form, environment):
    """Status, the lines of each module, the errors."""
    done = subprocess.run(
        [REBTF, "check", "--jobs=1", "--format", form, "--base", NEW, *(f"x{i}.btf" for i in range(COUNT))],
        env={**os.environ, "LD_PRELOAD": library, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def reports(form, output):
    """The report of each module, and the rest."""
    if form == "json":
        lines = [json.loads(line) for line in output.splitlines()]
        return {line.get("file", "summary"): line for line in lines}
    parts, name = {}, None
    for line in output.splitlines():
        if not line.startswith(" "):
            name = line.partition(":")[0]
        parts[name] = parts.get(name, "") + line + "\n"
    return parts


def problem(form, right, status, output, errors, later):
    if status not in (1, 2, 127):
        return f"exit status {status}: {errors}"
    if status == 127 or errors == "rebtf: out of memory\n":
        return None
    if output and not output.endswith("\n"):
        return "half a line is printed"
    try:
        found = reports(form, output)
    except ValueError as error:
        return f"no JSON: {error}"
    names = [f"x{i}.btf" for i in range(COUNT)]
    wrong = [name for name in names if found.get(name) != right[name]]
    told = [name for name in names if f"rebtf: {name}: out of memory" in errors]
    if not later and (len(wrong) > 1 or wrong != told):
        return f"not right is {wrong}, and errors name {told}"
    if later and not set(wrong) <= set(told) and "rebtf: out of memory" not in errors:
        return f"not right is {wrong}, and errors name only {told}"
    return None


def sweep(library, form):
    status, output, errors = run(library, form, {"COUNT_TO": "2"})
    right, count = reports(form, output), int(errors)
    if status != 1 or not {f"x{i}.btf" for i in range(COUNT)} <= set(right):
        sys.exit(f"reports.py: without a fault: status {status}, {errors}")
    chosen = range(1, count + 1, 1 if FULL else count // 150 + 1)
    found, ended = [], 0
    for which in chosen:
        for later in False, True:
            environment = {"FAIL_ALLOCATION": str(which), **({"FAIL_ALL_LATER": "1"} if later else {})}
            status, output, errors = run(library, form, environment)
            ended += not later and errors == "rebtf: out of memory\n"
            what = problem(form, right, status, output, errors, later)
            if what:
                found.append(f"allocation {which} fails{', and all later ones' * later}: {what}")
    if ended * 5 > len(chosen):
        found.append(f"{ended} of {len(chosen)} allocations end the command")
    return found, 2 * len(chosen)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        library = make_library(Path(scratch))
        os.chdir(scratch)
        module = DATA / "modules/6.1.0-47-amd64/idxd_bus.btf"
        Path("split.btf").write_bytes(module.read_bytes())
        subprocess.run(
            [REBTF, "distill", "--quiet", "--expects", "--base", BASE, "--out-dir", "kept", "split.btf"], check=True
        )
        for i in range(COUNT):
            for ending in "", ".base", ".expects":
                Path(f"x{i}.btf{ending}").write_bytes(Path(f"kept/split.btf{ending}").read_bytes())
        failed = 0
        for number, form in enumerate(("text", "json"), 1):
            found, count = sweep(library, form)
            print(f"{'not ' * bool(found)}ok {number} - of {count} allocations that fail, each is an error of one module: {form}")
            for what in found[:10]:
                print("# " + what.replace("\n", "\n# "))
            failed += bool(found)
        print("1..2")
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
