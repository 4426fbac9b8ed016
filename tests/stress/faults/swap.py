#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Changes names between the system calls of a run that replaces files: each name, to any kind of file, before each
call.

    REBTF=build/rebtf TESTDATA=DIR tests/stress/faults/swap.py [CASE...]

A user who may write to a directory in which root works can replace a file or a directory at any moment. Here swap.c
stops the command before a system call, and this script replaces a file, a companion or a directory by a symbolic link
out of the tree, another file, a hard link, a directory or a pipe, or removes it. In a second round it puts the original
back before a later call. After each run it checks the files on disk. Outside the tree, all files must be unchanged.
Inside the tree, each file that existed or was moved in must still exist, unchanged or as the verb leaves it, with its
own mode and owner. Other files must not exist.

Prints TAP: a line for each case, with the number of runs. By default names change before the calls that look up a name,
and only a sample of all combinations is tried. FAULTS_FULL=1 tries all combinations, before all other calls, too. CASE:
parts of the names of the cases to run, by default all.
"""

import os
import random
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REBTF = str(Path(os.environ["REBTF"]).resolve())
DATA = Path(os.environ["TESTDATA"]).resolve()
FULL = bool(os.environ.get("FAULTS_FULL"))
BASE = str(DATA / "vmlinux/6.1.0-47-amd64.btf")
RUNS = 35 if os.environ.get("QUICK") else 70  # per case, unless FULL
TIMEOUT = 30

# Only root can give files away, so owners differ only for root.
ROOT = os.geteuid() == 0
OWN = (os.geteuid(), os.getegid())
# Mode and owner of the module, of its replacement, and of files outside the tree.
MODULE = (0o640, (1234, 4321) if ROOT else OWN)
OTHER = (0o604, (1234, 1234) if ROOT else OWN)
VICTIM = (0o6755, (0, 0) if ROOT else OWN)
STRANGER = "1234" if ROOT else str(OWN[0])

# The possible replacements of a name. @ stands for the name, relative to the command's directory.
FILE_SWAPS = {
    "a link to a file outside": "ln -s ../../victim/passwd @; chown -h {stranger} @",
    "a link to a module outside": "ln -s ../../victim/{like} @; chown -h {stranger} @",
    "a hard link to a file outside": "ln victim/passwd @",
    "another file": "mv other @",
    "a directory": "mkdir @",
    "a pipe": "mkfifo @",
    "nothing": ":",
}
DIRECTORY_SWAPS = {
    "a link to a directory outside": "ln -s {up}victim @; chown -h {stranger} @",
    "another directory": "mkdir @",
    "a file": "echo text > @",
    "nothing": ":",
}


class Case:
    """A verb on @source, with its files in tree/sub. @names: the names that change; files start with "x."."""

    def __init__(self, name, files, arguments, names, source="tree"):
        self.name, self.files, self.arguments, self.names, self.source = name, files, arguments, names, source
        self.module = min(files)

    def swaps(self):
        for name in self.names:
            is_file = Path(name).name.startswith("x.")
            for what, script in (FILE_SWAPS if is_file else DIRECTORY_SWAPS).items():
                like = self.module if Path(name).name == self.module else Path(name).name
                script = script.replace("@", shlex.quote(name)).format(
                    stranger=STRANGER, like=like, up="../" * name.count("/")
                )
                yield name, what, script


def put(path, data, attributes):
    path.write_bytes(data)
    if ROOT:
        os.chown(path, *attributes[1])
    path.chmod(attributes[0])


def files_below(directory):
    for path in directory.rglob("*"):
        if not path.is_symlink() and path.is_file():
            yield path


def fingerprint(directory):
    """All properties of a directory tree that must not change."""
    found = []
    for path in sorted([directory, *directory.rglob("*")]):
        status = path.lstat()
        data = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        found.append((path.name, status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, status.st_ino, data))
    return found


class Swaps:
    """All runs of one case."""

    def __init__(self, case, scratch, tracer):
        self.case, self.scratch, self.tracer = case, scratch, tracer
        self.problems, self.runs, self.changed = [], 0, 0
        self.original = case.files[case.module]
        # Two more files that look like the module: one to replace it, and one outside the tree.
        if case.module.endswith(".btf"):
            self.other, outside = ((DATA / "modules/6.1.0-47-amd64" / f"{name}.btf").read_bytes() for name in ("act_mirred", "em_nbyte"))
        else:
            self.other = (DATA / "ko/crc-itu-t.ko").read_bytes()
            # The same with another byte of padding.
            outside = self.other[:15] + b"x" + self.other[16:]
        # Outside the tree are all files that the module may have beside it.
        self.outside = {file: b"outside" + data for file, data in case.files.items()}
        self.outside[case.module] = outside

    def lay_out(self, name):
        work = self.scratch / name
        (work / "tree/sub").mkdir(parents=True)
        (work / "victim/sub").mkdir(parents=True)
        for file, data in self.case.files.items():
            put(work / "tree/sub" / file, data, MODULE)
            # The paths of the module if the directory is a link.
            for place in "victim", "victim/sub":
                put(work / place / file, self.outside[file], VICTIM)
        put(work / "victim/passwd", b"precious", VICTIM)
        put(work / "other", self.other, OTHER)
        for directory in work / "victim", work / "victim/sub", work / "tree", work / "tree/sub":
            if ROOT and "tree" in str(directory.relative_to(work)):
                os.chown(directory, int(STRANGER), int(STRANGER))
        return work

    def run(self, work, moments, mark=None):
        """Returns how the command ended, and a letter for each of its calls (swap.c)."""
        command = [self.tracer]
        for number, script in moments:
            command += [str(number), script]
        reading, writing = os.pipe()
        environment = {**os.environ, "CALLS_TO": str(writing), **({"MARK": mark} if mark else {})}
        # The leak sanitizer is a tracer itself.
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        with os.fdopen(reading) as pipe:
            try:
                done = subprocess.run(
                    [*command, REBTF, *self.case.arguments, "--jobs=1", self.case.source],
                    cwd=work,
                    env=environment,
                    pass_fds=[writing],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT,
                )
            finally:
                os.close(writing)
            return done, pipe.read()

    # -------------------------------------------------------------------------------------- expected results

    def prepare(self):
        """Records each file's result without a change of names, and the calls of the run."""
        never = [(0, ":"), (0, ":")]
        work = self.lay_out("whole")
        done, self.calls = self.run(work, never)
        if done.returncode or done.stderr:
            raise RuntimeError(f"{self.case.name}: without a change: {done.returncode}, {done.stderr}")
        self.known = {}
        self.learn(work, MODULE)
        shutil.rmtree(work)
        # The results of the other files, alone in its place.
        for data, attributes in (self.other, OTHER), (self.outside[self.case.module], VICTIM):
            work = self.lay_out("other")
            shutil.rmtree(work / "tree/sub")
            (work / "tree/sub").mkdir()
            put(work / "tree/sub" / self.case.module, data, attributes)
            self.run(work, never)
            self.learn(work, attributes)
            shutil.rmtree(work)
        for file, data in self.case.files.items():
            self.known.setdefault(data, set()).add(MODULE)
            self.known.setdefault(self.outside[file], set()).add(VICTIM)
        self.known.setdefault(self.other, set()).add(OTHER)
        self.known.setdefault(b"precious", set()).add(VICTIM)
        self.known.setdefault(b"text\n", set()).add(None)

    def learn(self, work, attributes):
        for place in "tree", "out":
            for path in files_below(work / place):
                data = path.read_bytes()
                self.known.setdefault(data, set()).add(attributes)

    def lineage(self, data):
        """The contents that prove that @data is not lost: at least one of them must exist."""
        return [known for known, whose in self.known.items() if whose & self.known[data]]

    # -------------------------------------------------------------------------------------------- one change

    def change(self, number, name, what, script, moment, back):
        aside = "aside"
        there = f"[ ! -e {shlex.quote(name)} ] || mv {shlex.quote(name)} {aside}; mkdir -p {shlex.quote(str(Path(name).parent))}; {script}"
        again = f"[ ! -e {aside} ] || {{ [ -d {aside}2 ] || mkdir {aside}2; mv -T {shlex.quote(name)} {aside}2/swapped || :; mv -T {aside} {shlex.quote(name)}; }}"
        # mv and ln report that a name exists. That counts as a change, too.
        moments = [(moment, f"{{ {there}; }} 2> /dev/null || :"), (back or 0, f"{{ {again}; }} 2> /dev/null || :")]
        last = Path(name).name
        label = f"{name} becomes {what} before call {moment}" + (f", and is back before {back}" if back else "")
        work = self.lay_out(str(number))
        before = fingerprint(work / "victim")
        try:
            done, calls = self.run(work, moments, last)
        except subprocess.TimeoutExpired:
            self.problem(label, "the command hangs")
            return
        # Output replaces any existing file, even another user's. A companion that appeared before the first lookup of
        # its name belongs to the module, and may go with it. Which call that is depends on the age of the files, so
        # it can differ from run to run.
        may_go = name.startswith("out") or (last != self.case.module and moment <= calls.find("M") + 1)
        precious = [self.original] if may_go and what == "another file" else [self.original, self.other]
        self.look(label, work, before, precious, done)
        shutil.rmtree(work)
        self.runs += 1

    def look(self, label, work, before, precious, done):
        if done.returncode not in (0, 1, 2):
            self.problem(label, f"exit status {done.returncode}", done.stderr)
        if any(not line.startswith("rebtf: ") for line in done.stderr.splitlines()):
            self.problem(label, "errors of others", done.stderr)
        after = fingerprint(work / "victim")
        if after != before:
            names = sorted({entry[0] for entry in set(before) ^ set(after)})
            self.problem(label, f"outside the tree, {', '.join(names)} changed", done.stderr)
        contents = set()
        for path in files_below(work):
            if path.is_relative_to(work / "victim"):
                continue
            contents.add(path.read_bytes())
            self.look_at(label, path, done)
        for data in precious:
            if not contents & set(self.lineage(data)):
                self.problem(label, f"{'the module' if data == self.original else 'the other file'} is lost", done.stderr)

    def look_at(self, label, path, done):
        status, data = path.stat(), path.read_bytes()
        attributes = (stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))
        # A file that appeared while another one was put back keeps a temporary name, and the error names it.
        if path.name.startswith(".rebtf-") and path.name not in done.stderr:
            self.problem(label, "a temporary file stays", done.stderr)
        elif data not in self.known:
            self.problem(label, f"{path.name} is neither old nor new", done.stderr)
        elif None not in self.known[data] and attributes not in self.known[data]:
            self.problem(label, f"{path.name} has mode {attributes[0]:o} and owner {attributes[1]}", done.stderr)

    def problem(self, label, what, errors=""):
        self.problems.append(f"{label}: {what}" + "".join(f"\n  {line}" for line in errors.splitlines()))

    # ------------------------------------------------------------------------------------------------- sweep

    def jobs(self):
        looks = [i + 1 for i, call in enumerate(self.calls) if call == "N"]
        others = [i + 1 for i, call in enumerate(self.calls) if call != "N" and FULL]
        jobs = []
        for name, what, script in self.case.swaps():
            jobs += [(name, what, script, moment, None) for moment in looks + others]
            for i, moment in enumerate(looks):
                # Put back before the next lookup, or a few lookups later.
                jobs += [(name, what, script, moment, back) for back in looks[i + 1 : i + 9 : 2 if FULL else 3]]
        return jobs if FULL else random.Random(self.case.name).sample(jobs, RUNS)

    def sweep(self, pool):
        self.prepare()
        jobs = self.jobs()
        for _ in pool.map(lambda job: self.change(job[0], *job[1]), enumerate(jobs)):
            pass
        if not self.runs:
            self.problem("the sweep", "nothing ran")

    def report(self, number):
        looks = self.calls.count("N")
        print(f"{'not ok' if self.problems else 'ok'} {number} - {self.case.name}: {self.runs} changes of names, "
              f"in {looks} places where names are looked up")
        for problem in self.problems[:20]:
            print("# " + problem.replace("\n", "\n# "))
        sys.stdout.flush()


# ---------------------------------------------------------------------------------------------------- cases


def made(scratch, files, *arguments):
    """A verb's results for files."""
    directory = Path(tempfile.mkdtemp(dir=scratch))
    for name, data in files.items():
        (directory / name).write_bytes(data)
    subprocess.run([REBTF, *arguments, "--quiet", str(directory / min(files))], check=True)
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def make_cases(scratch):
    over = ["--base", BASE]
    raw = {"x.btf": (DATA / "modules/6.1.0-47-amd64/sch_fq.btf").read_bytes()}
    ko = {"x.ko": (DATA / "ko/tcp_bbr.ko").read_bytes()}
    distilled = made(scratch, raw, "distill", "--expects", *over)
    noted = made(scratch, raw, "distill", "--note", *over)
    distilled_ko = made(scratch, ko, "distill", *over)
    sub = ["tree", "tree/sub"]
    beside = ["tree/sub/x.btf", "tree/sub/x.btf.base", "tree/sub/x.btf.expects"]
    out = ["out", "out/sub", *sub]
    out_raw = ["out/sub/x.btf", "out/sub/x.btf.base", "out/sub/x.btf.expects"]

    yield Case("distill in place, ko", ko, ["distill", *over], ["tree/sub/x.ko", *sub])
    yield Case("distill in place, a named ko", ko, ["distill", *over], ["tree/sub/x.ko", *sub], "tree/sub/x.ko")
    yield Case("relocate --keep in place, ko", distilled_ko, ["relocate", "--keep", *over], ["tree/sub/x.ko", *sub])
    yield Case("distill --out-dir, ko", ko, ["distill", "--out-dir", "out", *over], ["out/sub/x.ko", "tree/sub/x.ko", *out])
    yield Case("a copy, ko", distilled_ko, ["distill", "--out-dir", "out", *over], ["out/sub/x.ko", "tree/sub/x.ko", *out])
    yield Case("distill --expects in place, raw", raw, ["distill", "--expects", *over], [*beside, *sub])
    yield Case("relocate in place, raw", distilled, ["relocate", *over], [*beside, *sub])
    yield Case("relocate in place, raw with a note", noted, ["relocate", *over], ["tree/sub/x.btf.note"])
    yield Case("standalone in place, a named raw", distilled, ["standalone", *over], [*beside, *sub], "tree/sub/x.btf")
    yield Case("distill --out-dir, raw", raw, ["distill", "--out-dir", "out", *over], [*out_raw, *beside, *out])
    yield Case("a copy, raw", distilled, ["distill", "--out-dir", "out", *over], [*out_raw, *beside, *out])


def make_tracer(scratch):
    tracer = scratch / "swap"
    source = Path(__file__).with_name("swap.c")
    subprocess.run(["cc", "-O1", "-o", tracer, source], check=True)
    return str(tracer)


def main(wanted):
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        scratch = Path(scratch)
        tracer = make_tracer(scratch)
        if subprocess.run([tracer, "0", ":", "0", ":", "/bin/true"], capture_output=True).returncode:
            print("1..1\nok 1 - names change meanwhile # SKIP may not trace programs")
            return 0
        number = failed = 0
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for case in make_cases(scratch):
                if not all(w in case.name for w in wanted):
                    continue
                number += 1
                swaps = Swaps(case, scratch / str(number), tracer)
                swaps.scratch.mkdir()
                swaps.sweep(pool)
                swaps.report(number)
                failed += bool(swaps.problems)
        print(f"1..{number}")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
