#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The whole command on damaged modules and bases, with limits: REBTF=build/rebtf TESTDATA=DIR command.py [SECONDS
[SEED]]

Each round takes a real module with its base and expectations, changes some of their words and strings, and runs a verb
on them. For any input the command must end by itself, with one of its exit statuses and within its limits of time,
memory and output, and its JSON must be valid. A round that fails saves its files in a directory and prints its name.
Prints TAP.
"""
import json
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REBTF = str(Path(os.environ["REBTF"]).resolve())
DATA = Path(os.environ["TESTDATA"]).resolve()
MIB = 1 << 20
MEMORY = 256 * MIB
SECONDS = 20
OUTPUT = 4 * MIB

COMMANDS = (
    "check --base new.btf x.btf",
    "check --old-base old.btf --base new.btf split.btf",
    "check --policy strict --base new.btf x.btf",
    "check --policy lenient --old-base old.btf --base new.btf x.btf",
    "check --on-mismatch local --base new.btf x.btf",
    "relocate --base new.btf --out-dir out x.btf",
    "relocate --on-mismatch local --policy strict --trust device --base new.btf --out-dir out x.btf",
    "distill --expects --base old.btf --out-dir out split.btf",
    "standalone --base new.btf --out-dir out x.btf split.btf",
    "standalone --full --base old.btf --out-dir out split.btf",
    "renumber --base new.btf --out-dir out split.btf",
    "info --base new.btf x.btf split.btf",
    "info x.btf split.btf old.btf",
    "verify --all --base old.btf x.btf split.btf",
    "verify --all --as standalone x.btf new.btf",
    "dump --base old.btf split.btf",
)
MODES = ([], ["--verbose"], ["--json"], ["--quiet"])




class Words:
    """The words of little-endian BTF, for changes."""

    def __init__(self, path):
        self.path = path
        self.data = bytearray(path.read_bytes())
        _, _, _, start, types, types_size, strings, strings_size = struct.unpack_from("<HBBIIIII", self.data)
        self.types, self.types_size = start + types, types_size
        self.strings, self.strings_size = start + strings, strings_size

    def change_words(self, chance):
        words = self.types_size // 4
        for _ in range(chance.choice((0, 1, 1, 2, 5, 20, 100))):
            if not words:
                return
            at = self.types + 4 * chance.randrange(words)
            old = struct.unpack_from("<I", self.data, at)[0]
            other = struct.unpack_from("<I", self.data, self.types + 4 * chance.randrange(words))[0]
            new = chance.choice((other, old + 1, old - 1, old ^ 1 << chance.randrange(32), 0, chance.randrange(1 << 16)))
            struct.pack_into("<I", self.data, at, new & 0xFFFFFFFF)

    def repeat_types(self, chance):
        """Repeats one type many times, with the same words, so that all copies have the same name."""
        if chance.randrange(4) or self.types_size < 16 or self.types + self.types_size > self.strings:
            return
        at = self.types + 4 * chance.randrange(self.types_size // 4)
        piece = self.data[at : at + 4 * chance.choice((3, 6, 9))] * chance.choice((2, 100, 5000))
        self.data[self.types + self.types_size : self.types + self.types_size] = piece
        struct.pack_into("<I", self.data, 12, self.types_size + len(piece))
        struct.pack_into("<I", self.data, 16, self.strings - 24 + len(piece))
        self.strings += len(piece)

    def change_strings(self, chance):
        for _ in range(chance.choice((0, 0, 1, 3, 30))):
            at = self.strings + chance.randrange(1, max(2, self.strings_size - 1))
            if at < len(self.data) - 1:
                self.data[at] = chance.choice((0, 1, 0x1B, 0x41, 0x9B, 0xC2, 0xE2, 0xFF))
        if not chance.randrange(6):
            # One long string instead of many.
            end = self.strings + min(self.strings_size - 1, 4095)
            for at in range(self.strings + 1, min(end, len(self.data))):
                self.data[at] = self.data[at] or 0x71

    def write(self):
        self.path.write_bytes(self.data)


def lay_out(chance):
    modules = sorted((DATA / "modules/6.1.0-47-amd64").glob("*.btf"))
    split = chance.choice([m for m in modules if m.stat().st_size < 40000])
    shutil.copy(split, "split.btf")
    old, new = DATA / "vmlinux/6.1.0-47-amd64.btf", DATA / "vmlinux/6.1.0-56-amd64.btf"
    subprocess.run(
        [REBTF, "distill", "--quiet", "--expects", "--base", old, "--out-dir", "kept", "split.btf"], check=True
    )
    for file in Path("kept").iterdir():
        file.rename(file.name.replace("split", "x"))
    if chance.randrange(4):
        os.symlink(old, "old.btf")
        os.symlink(new, "new.btf")
    else:
        # A module's distilled base is a small base, too.
        shutil.copy("x.btf.base", "new.btf")
        shutil.copy(chance.choice([Path("x.btf.base"), new]), "old.btf")


def change(chance):
    for name in "x.btf", "x.btf.base", "x.btf.expects", "split.btf", "new.btf":
        path = Path(name)
        if path.is_symlink() or not path.exists() or not chance.randrange(3):
            continue
        words = Words(path)
        words.repeat_types(chance)
        words.change_words(chance)
        words.change_strings(chance)
        words.write()


def limits():
    # Sanitizers reserve terabytes.
    if not os.environ.get("ASAN_OPTIONS"):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * MIB, 64 * MIB))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def problem(command, mode):
    words = command.split()
    run = subprocess.run(
        [REBTF, words[0], *mode, *words[1:]], capture_output=True, stdin=subprocess.DEVNULL, preexec_fn=limits
    )
    printed = len(run.stdout) + len(run.stderr)
    if run.returncode not in (0, 1, 2):
        return f"status {run.returncode}"
    if printed > OUTPUT and words[0] != "dump":
        return f"{printed} bytes printed"
    if b"out of memory" in run.stderr:
        return "out of memory"
    if "--json" in mode:
        try:
            for line in run.stdout.splitlines():
                json.loads(line)
        except ValueError as error:
            return f"no JSON: {error}"
    return None


def play(chance):
    lay_out(chance)
    change(chance)
    for command in chance.sample(COMMANDS, 6):
        mode = [] if command.startswith("dump") else chance.choice(MODES)
        found = problem(command, mode)
        if found:
            return f"{found}: {command} {' '.join(mode)}"
    return None


def main(arguments):
    seconds = float(arguments[0]) if arguments else 60
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(1 << 32)
    end, rounds, failed = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end and failed < 10:
        scratch = tempfile.mkdtemp(prefix="rebtf-fuzz-command-")
        os.chdir(scratch)
        found = play(random.Random(seed + rounds))
        os.chdir("/")
        if found:
            failed += 1
            print(f"# seed {seed + rounds}, in {scratch}: {found}")
        else:
            shutil.rmtree(scratch)
        rounds += 1
    print(f"{'not ' * bool(failed)}ok 1 - {rounds} damaged modules from seed {seed} on exhaust nothing")
    print("1..1")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
