#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The size of the command's output and its memory must follow the size of its input: command.py REBTF

Each shape is a set of files with a long report, at two sizes, one four times the other. All verbs that report on it run
in text, with --verbose, in JSON and with --quiet (the smaller size in JSON only; with $QUICK the larger one with
--verbose and in JSON only). The output is limited as described in rebtf(1) under LIMITS. The memory is limited to a
multiple of the files plus a constant for any command. With -v as the first argument the figures are shown, and SHAPEs
after REBTF select shapes. Prints TAP.

    command.py --make SHAPE N    makes the files of a shape in the current directory
"""
import gzip
import os
import resource
import shutil
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path

KIND_INT, KIND_PTR, KIND_STRUCT, KIND_UNION, KIND_ENUM, KIND_FUNC, KIND_FUNC_PROTO, KIND_TYPE_TAG = (
    1, 2, 4, 5, 6, 12, 13, 18)
KIB = 1024
MIB = 1024 * KIB


class Btf:
    """BTF under construction. Over a base, its ids and string offsets continue those of the base."""

    def __init__(self, base=None):
        self.first_id = base.next_id if base else 1
        self.first_string = base.first_string + len(base.strings) if base else 0
        self.next_id = self.first_id
        self.types = []
        self.strings = bytearray(b"" if base else b"\0")
        self.offsets = {}

    def string(self, name):
        if not name:
            return 0
        if isinstance(name, int):
            return name
        if name not in self.offsets:
            self.offsets[name] = self.first_string + len(self.strings)
            self.strings += name.encode() + b"\0"
        return self.offsets[name]

    def add(self, kind, name, vlen, third, words=()):
        self.types.append(struct.pack(f"<III{len(words)}I", self.string(name), kind << 24 | vlen, third, *words))
        self.next_id += 1
        return self.next_id - 1

    def int(self):
        return self.add(KIND_INT, "int", 0, 4, [1 << 24 | 32])

    def pointer(self, to):
        return self.add(KIND_PTR, None, 0, to)

    def composite(self, name, size, members, kind=KIND_STRUCT):
        """Members are (name, type, offset in bits)."""
        words = [word for m in members for word in (self.string(m[0]), m[1], m[2])]
        return self.add(kind, name, len(members), size, words)

    def write(self, path):
        types = b"".join(self.types)
        header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(self.strings))
        Path(path).write_bytes(header + types + self.strings)


# ----------------------------------------------------------------------------------------------------- shapes


def write_three(old, new, split):
    old.write("old.btf")
    new.write("new.btf")
    split.write("x.btf")


def long_paths(n):
    """n types, each behind 200 members with names of 4,090 bytes."""
    old, new = Btf(), Btf()
    number = old.int()
    targets = [old.composite(f"t{i}", 4, [("a", number, 0)]) for i in range(n)]
    new.int()
    split = Btf(old)
    pointers = [split.pointer(t) for t in targets]
    name = split.string("q" * 4090)
    last = split.composite(None, 8 * n, [(0, p, 64 * i) for i, p in enumerate(pointers)])
    for _ in range(200):
        last = split.composite(None, 8 * n, [(name, last, 0)])
    split.composite("S", 8 * n, [(name, last, 0)])
    write_three(old, new, split)


def grown_structs(n, name_of, members_of):
    """n structs embedded in one of the module's structs, all larger in the new base. members_of(btf, number, is_new)"""
    bases = []
    for is_new in False, True:
        btf = Btf()
        number = btf.int()
        members = members_of(btf, number, is_new)
        ids = [btf.composite(name_of(btf, i), 1 << 16 | i * 8 + 4 * is_new, members) for i in range(n)]
        bases.append(btf)
    split = Btf(bases[0])
    split.composite("S", 1 << 17, [(None, i, 0) for i in ids], KIND_UNION)
    write_three(*bases, split)


def one_long_name(n):
    """n structs with the same name of 4,090 bytes, each with another size: n reasons."""
    grown_structs(n, lambda btf, i: "q" * 4090, lambda btf, number, is_new: [("a", number, 0)])


def names_of_500_bytes(n):
    """The same with the longest name that kernels accept, so that it is shown completely."""
    grown_structs(n, lambda btf, i: "q" * 500, lambda btf, number, is_new: [("a", number, 0)])


def wide_changes(n):
    """A struct of n members, all of which have new names of 500 bytes."""
    def members(btf, number, is_new):
        return [(f"{'n' if is_new else 'o'}{i % 50:0500}", number, 32 * i) for i in range(n)]

    grown_structs(1, lambda btf, i: "wide", members)


def wide_inside(n):
    """n / 2 structs around one anonymous union of n / 2 members."""
    def members(btf, number, is_new):
        inner = btf.composite(None, 4, [(f"m{i}", number, 0) for i in range(n // 2)], KIND_UNION)
        return [(None, inner, 0)]

    grown_structs(n // 2, lambda btf, i: f"s{i}", members)


def long_spellings(n):
    """n members that are pointers to functions with 100 parameters, each tagged 50 times."""
    def members(btf, number, is_new):
        tagged = number
        for _ in range(50):
            tagged = btf.add(KIND_TYPE_TAG, "tag", 0, tagged)
        for _ in range(3):
            tagged = btf.pointer(btf.add(KIND_FUNC_PROTO, None, 100, number, [0, tagged] * 100))
        return [(f"{'n' if is_new else 'o'}{i}", tagged, 64 * i) for i in range(n)]

    grown_structs(1, lambda btf, i: "wide", members)


def many_candidates(n):
    """n same-named types, for each of which n types of the new base fit equally well."""
    old, new = Btf(), Btf()
    number = old.int()
    ids = [old.composite("same", 4, [(f"m{i}", number, 0)]) for i in range(n)]
    number = new.int()
    for i in range(n):
        new.composite("same", 4, [(f"n{i}", number, 0)])
    split = Btf(old)
    split.composite("S", 4, [(None, i, 0) for i in ids], KIND_UNION)
    write_three(old, new, split)


RECONCILING = (
    "check --old-base old.btf --base new.btf x.btf",
    "check --policy strict --old-base old.btf --base new.btf x.btf",
    "check --on-mismatch local --old-base old.btf --base new.btf x.btf",
    "distill --expects --trust S --base old.btf --out-dir distilled x.btf",
    "info --base new.btf distilled/x.btf",
    "relocate --base new.btf --out-dir relocated distilled/x.btf",
    "relocate --on-mismatch local --base new.btf --out-dir relocated distilled/x.btf",
    "standalone --base new.btf --out-dir alone distilled/x.btf",
)


def many_modules(n):
    """A directory of n / 20 modules, none of which fit, each for its own reasons."""
    old = Btf()
    number = old.int()
    ids = [old.composite(f"s{i}", 4, [("a", number, 0)]) for i in range(n)]
    old.write("old.btf")
    new = Btf()
    new.int()
    new.write("new.btf")
    os.mkdir("modules")
    for i in range(n // 20):
        split = Btf(old)
        split.composite("S", 4, [("q" * 512, t, 0) for t in ids[i * 20 : i * 20 + 20]], KIND_UNION)
        split.write(f"modules/x{i}.btf")


MANY_MODULES = (
    "check --old-base old.btf --base new.btf modules",
    "check --on-mismatch local --old-base old.btf --base new.btf modules",
    "distill --expects --base old.btf --out-dir distilled modules",
    "relocate --base new.btf --out-dir relocated distilled",
    "info --base new.btf distilled",
)


def violations(n):
    """n invalid types, all with the same name of 10,000 bytes, which is not an identifier."""
    btf = Btf()
    btf.int()
    name = btf.string("-" * 10000)
    for i in range(n):
        btf.composite(name, 4, [(name, 1, 0)])
    btf.write("x.btf")
    btf.write("old.btf")


VIOLATIONS = (
    "verify --all --as standalone x.btf",
    "info x.btf",
    "dump x.btf",
    "check --base old.btf x.btf",
)


def bombs(n):
    """n / 100 modules of some KB that decompress to 100 MB, and an image with as many of them."""
    bomb = gzip.compress(bytes(100 * MIB), 9)
    os.mkdir("modules")
    for i in range(n // 100):
        Path(f"modules/x{i}.ko.gz").write_bytes(bomb)
    # Damaged, so that the search continues after each.
    Path("image").write_bytes(b"no BTF" + (bomb[:-8] + bytes(8)) * (n // 100))
    btf = Btf()
    btf.int()
    btf.write("old.btf")


BOMBS = (
    "info --jobs 4 modules",
    "check --jobs 4 --base old.btf modules",
    "check --base image modules",
)


def long_dump(n):
    """Members that share a name. The output is their product, as in bpftool."""
    btf = Btf()
    number = btf.int()
    name = btf.string("q" * 4090)
    btf.composite("S", 4, [(name, number, 0)] * n, KIND_UNION)
    btf.write("x.btf")


SHAPES = (
    (long_paths, 400, RECONCILING),
    (one_long_name, 2000, RECONCILING),
    (names_of_500_bytes, 2000, RECONCILING),
    (wide_changes, 2000, RECONCILING),
    (wide_inside, 2000, RECONCILING),
    (long_spellings, 2000, RECONCILING),
    (many_candidates, 1000, RECONCILING),
    (many_modules, 1000, MANY_MODULES),
    (violations, 500, VIOLATIONS),
    (bombs, 200, BOMBS),
    (long_dump, 1000, ("dump x.btf",)),
)

# ----------------------------------------------------------------------------------------------------- measuring


class Run:
    """One run: the number of bytes printed and their start, the peak memory, and the CPU seconds."""

    def __init__(self, *command, address_space=None):
        with tempfile.TemporaryFile() as output:
            pid = os.fork()
            if not pid:
                if address_space:
                    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                os.execvp(command[0], command)
            _, status, usage = os.wait4(pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
            self.output = os.fstat(output.fileno()).st_size
            output.seek(0)
            self.start = output.read(4000).decode(errors="replace")
        self.memory = usage.ru_maxrss * KIB
        self.seconds = usage.ru_utime + usage.ru_stime


def size_of(*paths):
    """The total size of all files at, beside and below the paths."""
    total = 0
    for path in map(Path, paths):
        files = path.rglob("*") if path.is_dir() else path.parent.glob(path.name + "*")
        total += sum(f.stat().st_size for f in files if f.is_file())
    return total


MODES = ([], ["--verbose"], ["--json"], ["--quiet"])
LARGE_MODES = MODES[1:3] if os.environ.get("QUICK") else MODES


def output_limit(command, mode):
    """For each file, a report of 256 KiB plus 8 bytes for each byte of the file; and the summary."""
    if mode == ["--quiet"]:
        # Each file has one error, which is truncated.
        return 4 * KIB * max(1, len(list(Path("modules").rglob("*.*"))) if "modules" in command else 1)
    where = command.split()[-1]
    files = len([f for f in Path(where).rglob("*") if f.suffix in (".btf", ".gz")]) if Path(where).is_dir() else 1
    return files * (256 * KIB + 40 * KIB) + 8 * size_of(where) + 2 * MIB


def make(shape, n):
    """Makes the files in a separate process, because a process's peak memory counts for the programs that it starts."""
    pid = os.fork()
    if not pid:
        try:
            shape(n)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        sys.exit(f"command.py: {shape.__name__} cannot be made")


def memory_limit(shape, read):
    """For bombs, four jobs each decompress as much as is allowed for a file."""
    limit = 12 * MIB + 24 * read + (4 * 40 * MIB if shape is bombs else 0)
    # Linux counts the forking process's memory toward its child's peak.
    return max(limit, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB)


def problems(rebtf, shape, n, is_large, commands, show):
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        make(shape, n)
        for command in commands:
            dump = command.startswith("dump")
            for mode in MODES[:1] if dump else LARGE_MODES if is_large else MODES[2:3]:
                words = command.split()
                run = Run(rebtf, words[0], *mode, *words[1:])
                read = size_of(*(w for w in words if Path(w).exists()))
                memory = memory_limit(shape, read)
                output = None if dump else output_limit(command, mode)
                if show:
                    print(f"# {shape.__name__:20} {n:6} {' '.join([*mode, command])[:70]:70} {read:9} read "
                          f"{run.output:9} printed {run.memory:10} memory {run.seconds:.2f} s status {run.status}")
                if run.status not in (0, 1, 2):
                    yield f"{command} {mode}: status {run.status}: {run.start[:300]}"
                if output is not None and run.output > output:
                    yield f"{command} {mode}: {run.output} bytes printed for {read}, more than {output}"
                if run.memory > memory:
                    yield f"{command} {mode}: {run.memory} bytes of memory for {read}, more than {memory}"
        os.chdir("/")


# ------------------------------------------------------------------------------------------------ several files


def a_file_without_memory_stops_no_others(rebtf):
    """With 100 MB of memory, a module that decompresses to 120 MB exceeds the limit."""
    make(long_paths, 10)
    Path("large.ko.gz").write_bytes(gzip.compress(os.urandom(2 * MIB) + bytes(120 * MIB), 1))
    for jobs in "1", "2":
        command = [rebtf, "check", "--quiet", "--jobs", jobs, "--old-base", "old.btf", "--base", "old.btf"]
        run = Run(*command, "x.btf", "large.ko.gz", "./x.btf", address_space=100 * MIB)
        if run.status != 1 or run.start != "rebtf: large.ko.gz: out of memory\n":
            yield f"status {run.status} of {jobs} jobs: {run.start}"


def results_that_wait_are_limited(rebtf):
    """While the first of 200 files is slow, the others produce 100 MB of reports."""
    make(long_paths, 2000)
    os.mkdir("modules")
    for i in range(200):
        os.link("x.btf", f"modules/x{i:03}.btf")
    slow = ["strace", "-f", "-o", "/dev/null", "-P", os.path.realpath("modules/x000.btf")]
    # strace knows the file by its descriptor. The path in openat() is relative to a directory.
    slow += ["-e", "trace=read,pread64", "-e", "inject=read,pread64:delay_enter=3000000:when=1"]
    check = [rebtf, "check", "--jobs", "2", "--old-base", "old.btf", "--base", "new.btf", os.path.realpath("modules")]
    start = time.monotonic()
    run = Run(*slow, *check)
    if time.monotonic() - start < 3:
        yield "the first file was not slow"
    fast = Run(*check)
    if run.status != 1 or run.output != fast.output or run.output < 80 * MIB:
        yield f"status {run.status}, {run.output} bytes printed, and without strace {fast.output}"
    if run.memory > 60 * MIB:
        yield f"{run.memory} bytes of memory while a file is slow, {fast.memory} otherwise"


def a_file_that_needs_all_memory_waits_for_it(rebtf):
    """A slow file has 54 of 85 MB of memory, and another file needs 45 MB meanwhile."""
    make(long_paths, 10)
    os.truncate(os.open("slow.ko", os.O_CREAT | os.O_WRONLY), 40 * MIB)
    Path("large.ko.gz").write_bytes(gzip.compress(os.urandom(2 * MIB) + bytes(30 * MIB), 1))
    # The file has its memory before its first read.
    slow = ["strace", "-f", "-o", "log", "-P", os.path.realpath("slow.ko")]
    slow += ["-e", "trace=pread64", "-e", "inject=pread64:delay_enter=1000000:when=1"]
    # Each arena of glibc takes 64 MB of the addresses.
    check = ["env", "MALLOC_ARENA_MAX=1", rebtf, "check", "--quiet", "--jobs", "2", "--old-base", "old.btf"]
    run = Run(*slow, *check, "--base", "old.btf", "slow.ko", "large.ko.gz", address_space=85 * MIB)
    if "DELAYED" not in Path("log").read_text():
        yield "the first file was not slow"
    lines = "".join(f"rebtf: {name}: neither BTF nor an ELF file\n" for name in ("slow.ko", "large.ko.gz"))
    if run.status != 2 or run.start != lines:
        yield f"status {run.status}: {run.start}"


def no_result_waits_for_a_held_file(rebtf):
    """While the first of three files is slow, the second one produces 40 MB of reports, so the last one waits. Then the
    first file needs the evidence of the last one."""
    make(long_paths, 200000)
    Run(rebtf, "distill", "--quiet", "--base", "old.btf", "x.btf")
    # The base is equal to new.btf.
    base = Btf()
    number = base.int()
    split = Btf(base)
    split.composite("S", 4, [("a", number, 0)])
    split.write("first.btf")
    split.write("last.btf")
    slow = ["strace", "-f", "-o", "log", "-P", os.path.realpath("first.btf")]
    slow += ["-e", "trace=pread64", "-e", "inject=pread64:delay_enter=4000000:when=1", "timeout", "--signal=KILL", "60"]
    check = [rebtf, "check", "--jobs", "2", "--old-base", "new.btf", "--base", "new.btf"]
    run = Run(*slow, *check, "first.btf", "x.btf", "last.btf")
    if "DELAYED" not in Path("log").read_text():
        yield "the first file was not slow"
    if run.status != 1 or run.output < 36 * MIB:
        yield f"status {run.status}, {run.output} bytes printed: {run.start[:300]}"


BATCHES = (a_file_without_memory_stops_no_others, results_that_wait_are_limited,
           a_file_that_needs_all_memory_waits_for_it, no_result_waits_for_a_held_file)
SLOW = BATCHES[1:]  # strace slows them down


def batch_problems(rebtf, batch):
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        yield from batch(rebtf)
        os.chdir("/")


def report(number, name, found):
    for problem in found:
        print("# " + problem.replace("\n", " "))
    print(f"{'not ' * bool(found)}ok {number} - {name.replace('_', ' ')}", flush=True)
    return bool(found)


def main(arguments):
    if arguments[:1] == ["--make"]:
        shapes = {shape.__name__: shape for shape, _, _ in SHAPES}
        shapes[arguments[1]](int(arguments[2]))
        return 0
    show = arguments[:1] == ["-v"]
    rebtf = os.path.abspath(arguments[show])
    wanted = arguments[show + 1 :]
    # A runaway command is stopped before it exhausts the machine.
    resource.setrlimit(resource.RLIMIT_AS, (4096 * MIB, 4096 * MIB))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * MIB, 1024 * MIB))
    failed = number = 0
    for shape, n, commands in SHAPES:
        if wanted and shape.__name__ not in wanted:
            continue
        number += 1
        found = [p for factor in (1, 4) for p in problems(rebtf, shape, n * factor, factor > 1, commands, show)]
        failed += report(number, f"output and memory of the command follow its input: {shape.__name__}", found)
    for batch in BATCHES:
        if wanted and batch.__name__ not in wanted:
            continue
        number += 1
        if batch in SLOW and not shutil.which("strace"):
            print(f"ok {number} - {batch.__name__.replace('_', ' ')} # SKIP no strace")
            continue
        failed += report(number, batch.__name__, list(batch_problems(rebtf, batch)))
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
