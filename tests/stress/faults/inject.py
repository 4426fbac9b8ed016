#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes each system call of a run that replaces files fail once, and kills the run before each call that may change a
file.

    REBTF=build/rebtf TESTDATA=DIR tests/stress/faults/inject.py [CASE...]

The calls are not listed here. A run under strace records them, and strace's fault injection then makes each of them
fail in turn, with the errors that are plausible for it. After each run the files on disk are checked. The module must
be the old one or the new one, complete, with its mode and owner. Exit status and errors must match it, and no other
file may be left. Raw BTF is up to three files; rebtf(1) and the cases below define its allowed intermediate states.

Then allocations fail, of the program and of its libraries (allocations.c).

Prints TAP: a line for each case, with the number of faults. FAULTS_FULL=1 runs more cases and errors, kills before all
calls, and also makes the calls fail that load the program. QUICK=1 tries a quarter of the faults. CASE: parts of the
names of the cases to run, by default all.
"""

import ctypes
import os
import re
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
QUICK = bool(os.environ.get("QUICK")) and not FULL
BASE = str(DATA / "vmlinux/6.1.0-47-amd64.btf")

# Only root can give files away, so only root's runs have an owner to preserve.
ROOT = os.geteuid() == 0
MODE, OWNER = 0o2640, (1234, 4321) if ROOT else (os.geteuid(), os.getegid())
ATTRIBUTE = None  # an extended attribute of all files, if they can have one
TEMPORARY = re.compile(r"\.rebtf-[0-9a-f]{16}$")

# The errors injected into each call. Errors after the bar are injected only in full. Other calls fail with EIO.
ERRORS = {
    "openat": "EIO ENOMEM | EINTR ENOSPC EMFILE EACCES",
    "O_TMPFILE": "EIO ENOSPC EOPNOTSUPP | EINTR ENOMEM EISDIR EROFS",
    "read": "EIO | EINTR ENOMEM",
    "pread64": "EIO EINTR | ENOMEM",
    "write": "EIO ENOSPC | EINTR",
    "pwrite64": "EIO ENOSPC EINTR",
    "writev": "EIO ENOSPC EINTR | EDQUOT ENOMEM",
    "fsync": "EIO ENOSPC EINTR | EDQUOT",
    "linkat": "EIO ENOSPC EINTR EEXIST ENOENT | EPERM EDQUOT ENOMEM",
    "renameat": "EIO ENOSPC EINTR | ENOMEM EACCES EXDEV",
    "renameat2": "EIO ENOSPC EINTR EINVAL | ENOMEM EACCES EXDEV ENOSYS",
    "unlinkat": "EIO EINTR | ENOMEM EACCES",
    "openat2": "EIO ENOSYS | EINTR ENOMEM EMFILE EACCES EPERM EAGAIN",
    "mkdirat": "EIO ENOSPC | EINTR ENOMEM EACCES",
    "flistxattr": "EIO | ENOMEM EACCES",
    "fgetxattr": "EIO | ENOMEM EACCES",
    "fsetxattr": "EIO | ENOMEM",
    "fchmod": "EIO EPERM | EINTR ENOMEM",
    "fchown": "EIO EPERM | EINTR ENOMEM EDQUOT",
    "close": "EIO | EINTR ENOSPC",
    "mmap": "ENOMEM",
    "mremap": "ENOMEM",
    "brk": "0",  # the break stays unchanged, which is less than requested
    "mprotect": "ENOMEM",
    "munmap": "ENOMEM",
    "madvise": "ENOMEM | EINVAL",
    "getrandom": "ENOSYS | EINTR EIO",
    "flock": "EINTR ENOLCK | EIO ENOMEM",
    "newfstatat": "EIO | ENOMEM EINTR EACCES",
}
# The calls before which a complete file, old or new, may have a temporary name.
EXCHANGING = {"renameat", "renameat2", "newfstatat", "unlinkat"}
# Wake-ups whose result is ignored, calls that end the process, and calls that cannot fail.
NEVER_FAIL = {"futex", "exit_group", "geteuid", "getegid"}


# Calls that change no file. A kill before one of them leaves what a kill before the next other call leaves.
CHANGE_NOTHING = {
    "brk", "close_range", "fgetxattr", "flistxattr", "flock", "fstat", "futex", "getdents64", "getegid", "geteuid",
    "getrandom", "ioctl", "lseek", "madvise", "mmap", "mprotect", "mremap", "munmap", "newfstatat", "pread64", "read",
    "readlink", "readlinkat", "rt_sigaction", "rt_sigprocmask", "sysinfo", "uname",
}  # fmt: skip
ADDR_NO_RANDOMIZE = 0x0040000  # personality(2)


class Call:
    """A system call: the @number-th of its name."""

    def __init__(self, name, number, text):
        self.name, self.number, self.text = name, number, text

    def injection(self, what):
        return f"{self.name}:{what}:when={self.number}"

    def failing(self, error):
        return self.injection(("error=" if error[0] == "E" else "retval=") + error)

    def may_change_files(self):
        opens_to_read = self.name.startswith("openat") and not re.search("O_CREAT|O_TRUNC|O_TMPFILE", self.text)
        return self.name not in CHANGE_NOTHING and not opens_to_read

    def errors(self):
        if self.name in NEVER_FAIL:
            return []
        row = ERRORS.get("O_TMPFILE" if "O_TMPFILE" in self.text else self.name, "EIO")
        usual, _, rare = row.partition("|")
        return usual.split() + (rare.split() if FULL else [])


def parse(log):
    """The calls that load the program, and the program's own calls."""
    numbers, loading, own = {}, [], []
    for line in log.splitlines():
        found = re.match(r"(\w+)\(", line)
        # libcrypto asks for it as often as its random numbers need, which differs from run to run.
        if not found or found[1] == "getpid":
            continue
        numbers[found[1]] = number = numbers.get(found[1], 0) + 1
        # main() first asks whether standard output is a terminal.
        is_own = own or line.startswith("ioctl(1, TCGETS")
        (own if is_own else loading).append(Call(found[1], number, line))
    if not own or own[-1].name != "exit_group":
        raise RuntimeError(f"strace shows no whole run:\n{log}")
    return loading[1:], own  # execve is strace's


class Case:
    """One verb on one module. @files are the module's files by name. With @source the verb works on that module, and
    @files are the files that its output replaces."""

    def __init__(self, name, files, arguments, error="", kill="", full=True, named=False, source=None, fresh=False):
        """@error, @kill: the allowed states after an error, and further states after a kill, besides all old and all
        new files. A state has a letter for each file in the order of names: o(ld), n(ew) or -. @full: runs only with
        FAULTS_FULL. @named: even without it, runs again without O_TMPFILE. @fresh: the output has the mode and owner of
        any new file, and not those of a module."""
        self.name, self.files, self.arguments = name, files, arguments
        self.full, self.named, self.fresh = full, named, fresh
        self.file = min(files)
        self.module = source or self.file
        self.after_error = {"old", "new", *error.split()}
        self.after_kill = {*self.after_error, *kill.split()}


def lay_out(path, data):
    path.write_bytes(data)
    if ROOT:
        os.chown(path, *OWNER)
    path.chmod(MODE)
    if ATTRIBUTE:
        os.setxattr(path, ATTRIBUTE, b"value")


def has_attributes(directory):
    """Whether files in that file system can have an extended attribute."""
    path = directory / "attribute"
    path.write_bytes(b"")
    try:
        os.setxattr(path, "user.rebtf", b"value")
    except OSError:
        return False
    finally:
        path.unlink()
    return True


class Sweep:
    """All faults of one case. @named: as in a file system without unnamed files."""

    def __init__(self, case, scratch, named):
        self.case, self.scratch, self.named = case, scratch, named
        self.name = case.name + (", without O_TMPFILE" if named else "")
        self.always = []
        self.problems = []
        self.faults = self.harmless = self.kills = self.told = self.left_behind = self.allocations = 0

    def run_as(self, name, *command, environment=None):
        """Runs the command in a new directory. Returns its status, its errors and the directory."""
        directory = self.scratch / name
        directory.mkdir()
        for file, data in self.case.files.items():
            lay_out(directory / file, data)
        done = subprocess.run(
            [*command, REBTF, *self.case.arguments, "--jobs=1", self.case.module],
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stderr, directory

    def run(self, name, *injections, environment=None):
        """Like run_as(), but also returns strace's log, before the directory."""
        log = self.scratch / (name + ".log")
        command = ["strace", "-o", str(log), "-s", "200"]
        for injection in (*self.always, *injections):
            command += ["-e", "inject=" + injection]
        status, errors, directory = self.run_as(name, *command, environment=environment)
        text = log.read_text()
        log.unlink()
        return status, errors, text, directory

    def run_well(self, name, **how):
        status, errors, log, directory = self.run(name, **how)
        files = {path.name: path.read_bytes() for path in directory.iterdir()}
        if status or errors or self.odd(directory):
            raise RuntimeError(f"{self.name}: without a fault: status {status}, {errors}, {self.odd(directory)}")
        shutil.rmtree(directory)
        return log, files

    def prepare(self):
        log, self.new = self.run_well("whole")
        if self.new == self.case.files:
            raise RuntimeError(f"{self.name}: changes nothing")
        if self.named:
            asked = [c for c in parse(log)[1] if "access" in c.name and "/proc/self/fd" in c.text]
            self.always = [asked[0].injection("error=ENOENT")]
            log, named = self.run_well("named")
            if "O_TMPFILE" in log or named != self.new:
                raise RuntimeError(f"{self.name}: not another way to the same")
        self.loading, self.calls = parse(log)
        # If libcrypto cannot be loaded, for example without memory, modules get no note.
        self.unmarked = None
        if "libcrypto" in log and not any(a.startswith(("--sign=", "--note")) for a in self.case.arguments):
            nothing = self.scratch / "lib"
            nothing.mkdir(exist_ok=True)
            for name in ("libcrypto.so.3", "libcrypto.so"):
                (nothing / name).write_bytes(b"")
            _, self.unmarked = self.run_well("unmarked", environment={"LD_LIBRARY_PATH": str(nothing)})

    # ------------------------------------------------------------------------------- the state of the files

    def odd(self, directory):
        """Lists files without the mode, owner and attribute of the module they came from."""
        odd = []
        for path in directory.iterdir() if not self.case.fresh else []:
            status = path.lstat()
            mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
            if (mode, owner) != (MODE, OWNER):
                odd.append(f"{path.name} has mode {mode:o} and owner {owner}")
            elif ATTRIBUTE and ATTRIBUTE not in os.listxattr(path):
                odd.append(f"{path.name} has lost its attribute")
        return ", ".join(odd)

    def state(self, directory):
        """The state (old, new, or an intermediate one) and the temporary files."""
        files = {path.name: path.read_bytes() for path in directory.iterdir()}
        temporary = [files.pop(name) for name in list(files) if TEMPORARY.match(name)]
        if files == self.case.files:
            return "old", temporary
        if files in (self.new, self.unmarked):
            return "new", temporary
        letters = ""
        for name in sorted({*files, *self.case.files, *self.new}):
            data = files.get(name)
            if data is None:
                letters += "-"
            elif data == self.new.get(name):
                letters += "n"
            else:
                letters += "o" if data == self.case.files.get(name) else "?"
        return letters, temporary

    def problem(self, fault, what, errors=""):
        self.problems.append(f"{fault}: {what}" + "".join(f"\n  {line}" for line in errors.splitlines()))

    # --------------------------------------------------------------------------------------------- faults

    def names_its_place(self, errors):
        """Whether the error names a related file, or is one that concerns no file."""
        lines = errors.splitlines()
        places = (self.case.file, self.case.module, "/kernel.btf", BASE, "/keys/", "libcrypto", "out of memory", "standard output")
        return lines and all(line.startswith("rebtf: ") for line in lines) and any(p in lines[0] for p in places)

    def fail(self, number, call, error):
        fault = f"{call.name} {call.number} returns {error}"
        status, errors, log, directory = self.run(f"fault-{number}", call.failing(error))
        state, temporary = self.state(directory)
        if "(INJECTED)" not in log:
            self.problem(fault, "was not injected")
        elif temporary:
            self.problem(fault, "a temporary file stays", errors)
        elif status not in (0, 2):
            self.problem(fault, f"exit status {status}", errors)
        elif state not in self.case.after_error:
            self.problem(fault, f"leaves {state}", errors)
        elif status == 0 and (state != "new" or errors):
            self.problem(fault, f"status 0, and yet the files are {state}", errors)
        elif status == 2 and not self.names_its_place(errors):
            self.problem(fault, "the error does not say where", errors)
        elif status == 2 and state == "new" and not (
            "standard output" in errors or "unlink" in call.name or ".note:" in errors
        ):
            # A file that no longer exists, or never did, may be impossible to remove. All files but the new note are
            # what a run without libcrypto leaves.
            self.problem(fault, "status 2, and yet all is done", errors)
        elif self.odd(directory) and not (call.name == "fchown" and error == "EPERM"):
            self.problem(fault, self.odd(directory), errors)
        shutil.rmtree(directory)
        self.harmless += status == 0
        self.faults += 1

    def fail_loading(self, number, call, error):
        """The dynamic linker fails or falls back."""
        fault = f"while the program is loaded, {call.name} {call.number} returns {error}"
        status, errors, log, directory = self.run(f"load-{number}", call.failing(error))
        state, temporary = self.state(directory)
        if "(INJECTED)" not in log or temporary or state != ("old" if status else "new"):
            self.problem(fault, f"leaves {state}, status {status}", errors)
        shutil.rmtree(directory)
        self.harmless += status == 0
        self.faults += 1

    def kill(self, number, call):
        fault = f"killed before {call.name} {call.number}"
        _, errors, log, directory = self.run(f"kill-{number}", call.injection("signal=KILL"))
        state, temporary = self.state(directory)
        if "killed by SIGKILL" not in log:
            self.problem(fault, "was not killed", errors)
        elif state not in self.case.after_kill:
            self.problem(fault, f"leaves {state}")
        elif self.named and len(temporary) > len(self.new):
            self.problem(fault, f"leaves {len(temporary)} temporary files")
        elif not self.named and temporary and (call.name not in EXCHANGING or temporary[0] not in self.complete()):
            # An unnamed file cannot replace another. It gets a temporary name, the two are exchanged, and the result is
            # checked before the old file is removed.
            self.problem(fault, "leaves a temporary file")
        elif not self.named and self.odd(directory):
            self.problem(fault, self.odd(directory))
        elif not self.case.fresh and any(path.stat().st_mode & 0o777 & ~MODE for path in directory.iterdir()):
            self.problem(fault, "a temporary file can be read by more people than the module")
        elif self.contradicts(state):
            self.refuses(fault, directory)
        shutil.rmtree(directory)
        self.left_behind += bool(temporary)
        self.kills += 1

    def complete(self):
        return [*self.new.values(), *(self.unmarked or {}).values(), *self.case.files.values()]

    def contradicts(self, state):
        """Whether old BTF meets a new base or the reverse, or whether BTF, old or new, lacks its base."""
        lacks_base = state[1:2] == "-" and self.case.file + ".base" in self.new and len(self.case.files) > 1
        return state[:2] in ("on", "no") or lacks_base

    def refuses(self, fault, directory):
        """Checks that rebtf detects a pair that does not match."""
        done = subprocess.run(
            [REBTF, "check", "--base", BASE, self.case.file], cwd=directory, capture_output=True, text=True
        )
        self.told += 1
        if done.returncode != 2 or self.case.file not in done.stderr:
            self.problem(fault, f"and then nobody tells: status {done.returncode}", done.stdout + done.stderr)

    # ---------------------------------------------------------------------------------------- allocations

    def count_allocations(self, library):
        status, errors, directory = self.run_as("count", environment={"LD_PRELOAD": library, "COUNT_TO": "2"})
        shutil.rmtree(directory)
        if status or not errors.strip().isdigit():
            raise RuntimeError(f"{self.name}: no allocations can be counted: status {status}, {errors}")
        return int(errors)

    def fail_allocation(self, number, library, which, later):
        fault = f"allocation {which} fails" + (", and all later ones" if later else "")
        environment = {"LD_PRELOAD": library, "FAIL_ALLOCATION": str(which)}
        if later:
            environment["FAIL_ALL_LATER"] = "1"
        status, errors, directory = self.run_as(f"allocation-{number}", environment=environment)
        state, temporary = self.state(directory)
        told = errors.startswith("rebtf: ")
        # If the program could not even be loaded, the message is the dynamic linker's.
        if status not in (0, 2, 127) or (status == 2 and not told):
            self.problem(fault, f"exit status {status}", errors)
        elif temporary or state not in (["new"] if status == 0 else [*self.case.after_error]):
            self.problem(fault, f"status {status}, and leaves {state}, {len(temporary)} temporary files", errors)
        shutil.rmtree(directory)
        self.harmless += status == 0
        self.allocations += 1

    # ---------------------------------------------------------------------------------------------- sweep

    def sweep(self, pool, library):
        self.prepare()
        # strace can make a call fail in only one way at a time.
        taken = {injection.partition(":")[0] for injection in self.always}
        jobs = [(self.fail, c, e) for c in self.calls for e in c.errors() if c.name not in taken]
        jobs += [(self.kill, c) for c in self.calls if FULL or c.may_change_files()]
        if FULL and not self.named:
            jobs += [(self.fail_loading, c, e) for c in self.loading for e in c.errors()]
        if not self.named:
            # Reading keys makes thousands of allocations. Tests a sample, evenly spread.
            count = self.count_allocations(library)
            chosen = range(1, count + 1, count // (2000 if FULL else 60) + 1)
            jobs += [(self.fail_allocation, library, n, later) for n in chosen for later in (False, True)]
        if QUICK:
            # Of four neighbours sometimes the first, sometimes the second, and so on.
            jobs = [job for i, job in enumerate(jobs) if (i + i // 4) % 4 == 0]
        for _ in pool.map(lambda job: job[1][0](job[0], *job[1][1:]), enumerate(jobs)):
            pass
        if not self.faults or not self.kills or not (self.named or self.allocations):
            self.problem("the sweep", "nothing was injected")

    def report(self, number):
        counts = f"{self.faults} system calls and {self.allocations} allocations fail, {self.harmless} of them harmless"
        counts += f"; {self.kills} kills"
        if self.told:
            counts += f", {self.told} of them leave what contradicts itself"
        if self.left_behind:
            counts += f", {self.left_behind} a temporary file"
        print(f"{'not ok' if self.problems else 'ok'} {number} - {self.name}: {counts}")
        for problem in self.problems:
            print("# " + problem.replace("\n", "\n# "))
        sys.stdout.flush()


# ---------------------------------------------------------------------------------------------------- cases


def made(scratch, files, *arguments):
    """A verb's results for files, without faults."""
    directory = Path(tempfile.mkdtemp(dir=scratch))
    for name, data in files.items():
        (directory / name).write_bytes(data)
    subprocess.run([REBTF, *arguments, "--quiet", min(files)], cwd=directory, check=True)
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def make_key(directory):
    directory.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "9", "-subj", "/CN=faults", "-nodes", "-newkey", "rsa:2048"]
        + ["-keyout", directory / "key.pem", "-out", directory / "key.crt"],
        check=True,
        capture_output=True,
    )
    return [f"--sign={directory}/key.pem", f"--cert={directory}/key.crt"]


def fix_addresses():
    """Whether memory is asked for can depend on addresses: each run must make the same calls."""
    ctypes.CDLL(None).personality(ADDR_NO_RANDOMIZE)


def make_library(scratch):
    library = scratch / "allocations.so"
    source = Path(__file__).with_name("allocations.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return str(library)


# A kfunc whose id is not resolved yet.
PROGRAM = """struct own { struct own *next; int number; };
__attribute__((noinline)) int callee(struct own *own) { return own->number; }
#define ID "__BTF_ID__func__callee__1"
asm(".pushsection .BTF_ids,\\"a\\"; .local " ID "; .size " ID ", 4; " ID ": .zero 4; .popsection");
"""


def make_object(directory, text):
    """An object with DWARF and without BTF."""
    directory.mkdir()
    (directory / "x.c").write_text(text)
    subprocess.run(["cc", "-g", "-O1", "-c", "x.c"], cwd=directory, check=True)
    return (directory / "x.o").read_bytes()


def make_encode_cases(scratch):
    object_file = make_object(scratch / "object", PROGRAM)
    yield Case("encode", {"x.o": object_file}, ["encode"], full=False, named=True)
    subprocess.run(["cc", "-shared", "-o", "x.so", "x.o"], cwd=scratch / "object", check=True)
    # Its parts are read one after the other.
    yield Case("encode, linked", {"x.so": (scratch / "object" / "x.so").read_bytes()}, ["encode"], full=False)

    kernel = scratch / "kernel.btf"
    source = scratch / "object" / "x.o"
    other = scratch / "object" / "other.o"
    other_file = make_object(scratch / "other-object", PROGRAM.replace("number", "other"))
    other.write_bytes(other_file)
    arguments = ["encode", "--quiet", "--base", str(kernel), "--distill", "--expects", "--detached"]
    subprocess.run([REBTF, "encode", "--quiet", "--detached", kernel, source], check=True)
    encoded = made(scratch, {"x.o": other_file}, "encode", f"--base={kernel}")
    yield Case("ids --resolve", encoded, ["ids", "--resolve", f"--base={kernel}"], full=False)

    # Base, expectations and BTF are written one after the other.
    pair = {}
    for name in ("x.btf", "x.btf.base", "x.btf.expects"):
        if not pair:
            subprocess.run([REBTF, *arguments, scratch / "x.btf", other], check=True)
        pair[name] = (scratch / name).read_bytes()
    yield Case("encode --detached, a distilled pair over another", pair, [*arguments, "x.btf"],
               error="ono onn", source=str(source), fresh=True)


def make_cases(scratch):
    yield from make_encode_cases(scratch)
    over = ["--base", BASE]
    sign = make_key(scratch / "keys")
    modules = {
        "raw": ("x.btf", "modules/6.1.0-47-amd64/sch_fq.btf"),
        "ko": ("x.ko", "ko/tcp_bbr.ko"),
        "ko.xz": ("x.ko.xz", "ko/nls_utf8.ko.xz"),
        "ko.zst": ("x.ko.zst", "ko/tcp_dctcp.ko.zst"),
    }
    for form, (name, path) in modules.items():
        split = {name: (DATA / path).read_bytes()}
        distilled = made(scratch, split, "distill", *over)
        expecting = made(scratch, split, "distill", "--expects", *over)
        standalone = made(scratch, split, "standalone", *over)
        raw, ko, xz, zst = (form == f for f in modules)

        # Raw BTF is replaced in the order base, BTF, expectations. In the other direction: BTF, base, expectations.
        yield Case(f"distill, {form}", split, ["distill", *over], kill="on", full=zst, named=ko)
        yield Case(f"distill --expects, {form}", split, ["distill", "--expects", *over],
                   error="nn-", kill="on-", full=not raw, named=raw)
        if raw:
            # BTF of another build replaces an older pair. With the other's base it could seem valid.
            source = scratch / "other" / name
            source.parent.mkdir()
            lay_out(source, (DATA / "modules/6.1.0-47-amd64/act_mirred.btf").read_bytes())
            yield Case("distill --expects, a pair over another", expecting,
                       ["distill", "--expects", "--out-dir", ".", *over],
                       error="oo- o-- n-- nn-", full=False, source=str(source))
            # The note comes last.
            noted = made(scratch, split, "distill", "--note", *over)
            yield Case("distill --note, raw", split, ["distill", "--note", *over], error="nn-", kill="on-")
            yield Case("relocate, raw with a note", noted, ["relocate", *over], error="noo n-o", full=False)
        yield Case(f"relocate, {form}", distilled, ["relocate", *over], error="no", full=ko or xz, named=raw)
        yield Case(f"relocate --policy strict, {form}", expecting, ["relocate", "--policy=strict", *over],
                   error="noo n-o", full=not raw)
        yield Case(f"standalone, {form}", split, ["standalone", *over], full=xz or zst)
        yield Case(f"standalone, of distilled, {form}", distilled, ["standalone", *over], error="no")
        yield Case(f"renumber, {form}", standalone, ["renumber", *over], full=xz or zst)
        if not raw:
            yield Case(f"relocate --keep, {form}", distilled, ["relocate", "--keep", *over], full=not ko)
            yield Case(f"distill --sign, {form}", split, ["distill", *sign, *over], full=not ko)


def main(wanted):
    if not shutil.which("strace"):
        sys.exit("inject.py: there is no strace")
    fix_addresses()
    # Prefers a file system in memory, because each run syncs.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        scratch = Path(scratch)
        if has_attributes(scratch):
            global ATTRIBUTE
            ATTRIBUTE = "user.rebtf"
        cases = [c for c in make_cases(scratch) if (FULL or not c.full) and all(w in c.name for w in wanted)]
        library = make_library(scratch)
        number = failed = 0
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for case in cases:
                for named in (False, True) if case.named or FULL else (False,):
                    number += 1
                    sweep = Sweep(case, scratch / str(number), named)
                    sweep.scratch.mkdir()
                    sweep.sweep(pool, library)
                    sweep.report(number)
                    failed += bool(sweep.problems)
        print(f"1..{number}")
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
