# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""A kernel in QEMU with its tests, and the common list of all results."""

import base64
import gzip
import re
import shlex
import shutil
import subprocess

from places import BUILD, HERE, WORK

TIMEOUT = 600  # seconds, for one guest
MODULE_PROGRAMS = "load", "kfunc"


class Tap:
    """All results, of this program and of the guests, in one numbering."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, passed, name, why=()):
        self.count += 1
        self.failed += not passed
        print(f"{'' if passed else 'not '}ok {self.count} - {name}")
        for line in why:
            print(f"#   {line}")
        print(end="", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)


def compile_programs():
    WORK.mkdir(parents=True, exist_ok=True)
    warnings = ["-Wall", "-Wextra", "-Wshadow", "-Werror"]
    for name in MODULE_PROGRAMS:
        source, program = HERE / f"{name}.c", WORK / name
        subprocess.run(["cc", "-std=gnu11", "-O2", *warnings, "-static", "-o", program, source], check=True)
    subprocess.run(["ninja", "-C", BUILD, "tests/parity_static"], check=True, stdout=subprocess.DEVNULL)


class Guest:
    def __init__(self, kernel, purpose="modules"):
        self.kernel = kernel
        self.names = []
        self.script = []
        self.skipped = []
        self.root = WORK / f"guest-{kernel.release}-{purpose}"
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in "bin", "proc", "sys", "dev", "m":
            (self.root / folder).mkdir(parents=True)
        shutil.copy(HERE / "init", self.root)
        programs = [WORK / name for name in MODULE_PROGRAMS]
        for program in *programs, shutil.which("busybox"), BUILD / "tests/parity_static":
            shutil.copy(program, self.root / "bin")

    def take(self, what, name):
        """Copies a file, or bytes, into the guest, and returns its path there."""
        target = self.root / "m" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, bytes):
            target.write_bytes(what)
        else:
            shutil.copy(what, target)
        return f"/m/{name}"

    def test(self, function, name, *args):
        """Adds a test. The function is one of init's."""
        self.names.append(name)
        self.script.append(shlex.join([function, name, *map(str, args)]))

    def skip(self, name, reason):
        self.skipped.append((name, reason))

    def show(self, module):
        """Makes the guest send the BTF of a loaded module, for shown()."""
        self.script.append(shlex.join(["show", module]))

    def run(self):
        (self.root / "tests").write_text("\n".join(self.script) + "\n")
        initrd, console = WORK / f"{self.root.name}.cpio", WORK / f"{self.root.name}.console"
        files = "\n".join(sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*")))
        with open(initrd, "wb") as out:
            pack = ["cpio", "-o", "-H", "newc", "--quiet"]
            subprocess.run(pack, input=files.encode(), cwd=self.root, stdout=out, check=True)
        command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "1024", "-nographic", "-no-reboot"]
        command += ["-net", "none", "-kernel", self.kernel.image, "-initrd", initrd]
        # On a busy host, time in a guest advances in jumps. Kernels that check it would take that for broken hardware.
        # With a stable TSC they would also measure it in the background, and log that in the middle of a test.
        command += ["-append", "console=ttyS0 quiet panic=-1 no_timer_check nowatchdog tsc=unstable"]
        with open(console, "wb") as out:
            try:
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                out.write(f"\nno end within {TIMEOUT} s\n".encode())
        self.console = console.read_text(errors="replace").replace("\r", "").splitlines()
        initrd.unlink()
        shutil.rmtree(self.root)

    def shown(self):
        """The results of show(), by module."""
        found, name = {}, None
        for line in self.console:
            if line.startswith("# begin "):
                name, text = line.split()[2], ""
            elif line == "# end" and name:
                found[name], name = gzip.decompress(base64.b64decode(text)), None
            elif name:
                text += line
        return found

    def report(self, tap):
        """Reports one result for each planned test, even if the guest died."""
        results, last = {}, None
        for line in self.console:
            if match := re.match(r"(not )?ok (\d+) - ", line):
                last = int(match[2])
                results[last] = (not match[1], [])
            elif line.startswith("#   ") and last:
                results[last][1].append(line[4:])
        missing = ["no result; the last lines of the console:", *self.console[-25:]]
        for number, name in enumerate(self.names, 1):
            passed, why = results.get(number) or (False, missing)
            if why is missing:
                missing = ["no result either"]
            tap.result(passed, f"{self.kernel.number}: {name}", why)
        for name, reason in self.skipped:
            tap.skip(f"{self.kernel.number}: {name}", reason)
