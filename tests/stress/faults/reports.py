#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes allocations fail while the command makes its reports: REBTF=build/rebtf TESTDATA=DIR tests/stress/faults/reports.py

Three modules that do not fit are checked, in text and in JSON. They are also verified, which opens the base when it is
needed. A single failing allocation (allocations.c), of the command or of a library, may cause an error of at most one
module. The reports of the other two must be as usual. The output consists of whole lines, and JSON output is valid
JSON, even if all later allocations fail. Only a failure that concerns all modules ends the command, so few single
failures do.

Modules that rebtf refuses, because they were built for another kernel, stay as they are if an allocation fails.

Commands with one result either give it whole, or end with an error. An error is printed whole, or instead of it the
one that memory ran out. Prints TAP.

FAULTS_FULL=1: tests every allocation of each command instead of some hundred.
"""
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from inject import BASE, DATA, FULL, REBTF, fix_addresses, make_library

SWAPPED_BASE = str(DATA / "vmlinux/6.12.107+deb13-s390x.btf")
NEW = str(DATA / "vmlinux/6.1.0-56-amd64.btf")
COUNT = 3
# The file that a command writes, if any.
OUTPUT = "out.btf"
# The tool changes the module, or writes files beside it. Before each run the module is a copy of ORIGINAL.
TOOL_MODULE = "m.ko"
ORIGINAL = "original.ko"

COMMANDS = (
    ("text", ["check", "--base", NEW], "x"),
    ("json", ["check", "--json", "--base", NEW], "x"),
    ("json", ["verify", "--json", "--base", BASE, "--as=split"], "split"),
)
# These have one result. A failing allocation either ends them, or changes nothing.
WHOLE = (
    ["dump", "--base", BASE, "split0.btf"],
    ["info", "--json", "--base", BASE, "split0.btf"],
    ["header", "alone.btf"],
    ["header", "--json", "alone.btf"],
    ["diff", "alone.btf", "other.btf"],
    ["diff", "--json", "alone.btf", "other.btf"],
    ["find", "--base", "alone.btf", "idxd*"],
    ["find", "--json", "--base", "alone.btf", "idxd*"],
    ["dump", "--json", "alone.btf"],
    ["merge", "--json", "--base", "alone.btf", "--as=split", "--output", OUTPUT, "over.btf"],
    # Without --as, the module is left out.
    ["merge", "--base", "alone.btf", "--output", "-", "over.btf"],
    ["dedup", "--json", "--output", OUTPUT, "alone.btf", "other.btf"],
    ["core-check", "--json", "--base", "alone.btf", "program.bpf.o"],
    ["min-core", "--json", "--base", "alone.btf", "--output", OUTPUT, "program.bpf.o"],
    # Its reason for not loading names a symbol.
    ["check", "--json", "--symvers", "Module.symvers", "--base", NEW, "--old-base", BASE, "tcp_bbr.ko"],
)
# libelf converts headers and symbols of the other byte order. Without them, a module looks like one that does not load.
EVERY = (["check", "--json", "--symvers", "Module.symvers", "--base", SWAPPED_BASE, "tcp_bbr-s390x.ko"],)
# These end with an error, which is printed whole.
REFUSED = (
    ["check", "--bse=x", "split0.btf"],
    ["chek"],
    ["check", "--files-from", "empty"],
    ["relocate", "--root", ".", "--kernel", "6.1.0"],
    ["distill", "--base", BASE, "--out-dir", "out", "split0.btf", "copy/split0.btf"],
)
# These succeed with a warning, which is printed whole. If they fail, they write nothing.
WARNED = (
    ["./resolve_btfids", "--verbose", "--btf", "m.btf", "-b", BASE, TOOL_MODULE],
    ["./resolve_btfids", "--verbose", "-b", BASE, TOOL_MODULE],
)


def run(library, arguments, names, environment):
    """Runs the command, or the tool at a relative path, and returns its status, output and errors."""
    command = [] if arguments[0].startswith("./") else [REBTF]
    jobs = ["--jobs=1"] if names else []
    done = subprocess.run(
        [*command, *arguments, *jobs, *names],
        env={**os.environ, "LD_PRELOAD": library, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="latin-1",
    )
    return done.returncode, done.stdout, done.stderr


def reports(form, output):
    """The report of each module, and the remaining lines."""
    if form == "json":
        lines = [json.loads(line) for line in output.splitlines()]
        return {line.get("file", "summary"): line for line in lines}
    parts, name = {}, None
    for line in output.splitlines():
        if not line.startswith(" "):
            name = line.partition(":")[0]
        parts[name] = parts.get(name, "") + line + "\n"
    return parts


def problem(form, names, right, status, output, errors, later):
    if status not in (0, 1, 2, 127):
        return f"exit status {status}: {errors}"
    if status == 127 or errors == "rebtf: out of memory\n":
        return None
    if output and not output.endswith("\n"):
        return "half a line is printed"
    try:
        found = reports(form, output)
    except ValueError as error:
        return f"no JSON: {error}"
    wrong = [name for name in names if found.get(name) != right[name]]
    told = [name for name in names if f"rebtf: {name}: out of memory" in errors]
    if not later and (len(wrong) > 1 or wrong != told):
        return f"not right is {wrong}, and errors name {told}"
    if later and not set(wrong) <= set(told) and "rebtf: out of memory" not in errors:
        return f"not right is {wrong}, and errors name only {told}"
    return None


def sweep(library, form, arguments, names):
    status, output, errors = run(library, arguments, names, {"COUNT_TO": "2"})
    right, count = reports(form, output), int(errors)
    if status not in (0, 1) or not set(names) <= set(right):
        sys.exit(f"reports.py: without a fault: status {status}, {errors}")
    chosen = range(1, count + 1, 1 if FULL else count // 150 + 1)
    found, ended, complete = [], 0, 0
    for which in chosen:
        for later in False, True:
            environment = {"FAIL_ALLOCATION": str(which), **({"FAIL_ALL_LATER": "1"} if later else {})}
            status, output, errors = run(library, arguments, names, environment)
            if errors == "rebtf: out of memory\n":
                ended += not later
                # Without the summary.
                complete += output.endswith("\n") and all(reports(form, output).get(name) == right[name] for name in names)
            what = problem(form, names, right, status, output, errors, later)
            if what:
                found.append(f"allocation {which} fails{', and all later ones' * later}: {what}")
    if not complete:
        found.append("the reports are lost if memory runs out for the summary")
    if ended * 3 > len(chosen):
        found.append(f"{ended} of {len(chosen)} allocations end the command")
    return found, 2 * len(chosen)


def sweep_refused(library, module, names):
    """Distills copies of @module over a kernel that it was not built for."""
    arguments = ["distill", "--base", NEW]
    for name in names:
        Path(name).write_bytes(module)
    status, _, errors = run(library, arguments, names, {"COUNT_TO": "2"})
    if status != 2:
        sys.exit(f"reports.py: the modules are not refused: {errors}")
    count = int(errors.splitlines()[-1])
    found, chosen = [], range(1, count + 1, 1 if FULL else count // 100 + 1)
    for which in chosen:
        errors = run(library, arguments, names, {"FAIL_ALLOCATION": str(which)})[2]
        for name in names:
            if Path(name).read_bytes() != module:
                found.append(f"allocation {which} fails, and {name} is written: {errors}")
                Path(name).write_bytes(module)
    return found, len(chosen)


def report(number, what, found):
    print(f"{'not ' * bool(found)}ok {number} - {what}")
    for line in found[:10]:
        print("# " + line.replace("\n", "\n# "))


def run_whole(library, arguments, environment):
    """Runs the command, and returns its status, output, errors and the files that it wrote."""
    for old in Path().glob(TOOL_MODULE + ".*"):
        old.unlink()
    Path(OUTPUT).unlink(missing_ok=True)
    shutil.copy(ORIGINAL, TOOL_MODULE)
    status, output, errors = run(library, arguments, [], environment)
    written = {path.name: path.read_bytes() for path in Path().iterdir() if path.name.startswith((OUTPUT, TOOL_MODULE))}
    if written[TOOL_MODULE] == Path(ORIGINAL).read_bytes():
        del written[TOOL_MODULE]
    return status, output, errors, written


def sweep_whole(library, arguments):
    right = run_whole(library, arguments, {})
    fails, warns = arguments in REFUSED, arguments in WARNED
    told = right[2] if fails or warns else right[1]
    if right[0] not in ((2,) if fails else (0, 1, 4)) or not told or bool(right[3]) != (warns or OUTPUT in arguments):
        sys.exit(f"reports.py: without a fault: {arguments}: {right[:3]}")
    count = int(run_whole(library, arguments, {"COUNT_TO": "2"})[2].splitlines()[-1])
    found, chosen = [], range(1, count + 1, 1 if FULL or arguments in EVERY else count // 25 + 1)
    for which in chosen:
        for later in {}, {"FAIL_ALL_LATER": "1"}:
            status, output, errors, written = run_whole(library, arguments, {"FAIL_ALLOCATION": str(which), **later})
            # Of two files, the other one may be written.
            gives_up = status == (255 if warns else 2) or (status == 1 and fails)
            before = set(errors.splitlines(True)[:-1])
            whole = not before if fails else not warns or before <= set(right[2].splitlines(True))
            kept = warns and written
            if status == 127 or (gives_up and "memory" in errors and whole and not kept):
                continue
            # Notes beside a result may lack details.
            if (status, output, written) != (right[0], right[1], right[3]) or (told is right[2] and errors != right[2]):
                found.append(f"allocation {which} fails{', and all later ones' * bool(later)}: status {status}, {errors}"
                             f"{', '.join(written)}")
    return found, 2 * len(chosen)


def main():
    fix_addresses()
    with tempfile.TemporaryDirectory() as scratch:
        library = make_library(Path(scratch))
        os.chdir(scratch)
        module = DATA / "modules/6.1.0-47-amd64/idxd_bus.btf"
        for i in range(COUNT):
            Path(f"split{i}.btf").write_bytes(module.read_bytes())
            distill = [REBTF, "distill", "--quiet", "--expects", "--base", BASE, "--out-dir", "kept"]
            subprocess.run([*distill, f"split{i}.btf"], check=True)
            for file in Path("kept").iterdir():
                file.rename(file.name.replace("split", "x"))
        subprocess.run([REBTF, "standalone", "--quiet", "--base", BASE, "--out-dir", "alone", "split0.btf"], check=True)
        os.rename("alone/split0.btf", "alone.btf")
        other = DATA / "modules/6.1.0-47-amd64/sch_fq.btf"
        subprocess.run([REBTF, "standalone", "--quiet", "--base", BASE, "--out-dir", "alone", other], check=True)
        os.rename("alone/sch_fq.btf", "other.btf")
        # Split BTF over alone.btf.
        shutil.copy("other.btf", "over.btf")
        subprocess.run([REBTF, "renumber", "--quiet", "--base", "alone.btf", "over.btf"], check=True)
        tests = Path(__file__).resolve().parents[2]
        source = tests / "data/programs/relocations.bpf.c"
        subprocess.run(["clang", "-target", "bpf", "-g", "-O2", "-c", source, "-o", "program.bpf.o"], check=True)
        failed = 0
        for number, (form, arguments, start) in enumerate(COMMANDS, 1):
            names = [f"{start}{i}.btf" for i in range(COUNT)]
            found, count = sweep(library, form, arguments, names)
            what = f"of {count} allocations that fail, each is an error of one module: {arguments[0]} in {form}"
            report(number, what, found)
            failed += bool(found)
        found, count = sweep_refused(library, (DATA / "ko/tcp_bbr.ko").read_bytes(), [f"refused{i}.ko" for i in range(COUNT)])
        report(len(COMMANDS) + 1, f"of {count} allocations that fail, none lets a module be written that is refused", found)
        failed += bool(found)
        Path("empty").touch()
        Path("Module.symvers").write_text("0x12345678\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n")
        shutil.copy(DATA / "ko/tcp_bbr.ko", ".")
        swapped = lzma.decompress((DATA / "ko/tcp_bbr-s390x.ko.xz").read_bytes())
        Path("tcp_bbr-s390x.ko").write_bytes(swapped)
        os.mkdir("copy")
        shutil.copy("split0.btf", "copy")
        os.symlink(REBTF, "resolve_btfids")
        subprocess.run([tests / "cli/ids_module.py", "unresolved", BASE, ORIGINAL], check=True)
        subprocess.run([REBTF, "extract", "--quiet", ORIGINAL, "--output", "m.btf"], check=True)
        # The kernel has no such function.
        Path(ORIGINAL).write_bytes(Path(ORIGINAL).read_bytes().replace(b"tcp_sendmsg", b"xxx_sendmsg"))
        cases = WHOLE + EVERY + REFUSED + WARNED
        for number, arguments in enumerate(cases, len(COMMANDS) + 2):
            found, count = sweep_whole(library, arguments)
            report(number, f"of {count} allocations that fail, each is an error or no loss: {' '.join(arguments)}", found)
            failed += bool(found)
        print(f"1..{len(COMMANDS) + 1 + len(cases)}")
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
