# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Linux trees: their configuration, and building them with one tool or another for the BTF."""

import os
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from places import BUILD, KERNELS, REBTF, Missing, fetch, run

CONFIG = Path(__file__).with_name("config")
WORK = BUILD / "kbuild"


@dataclass
class Variant:
    name: str
    series: str
    llvm: str = ""  # the version of clang; gcc if empty
    in_path: bool = False  # whether make finds rebtf in PATH as "pahole"; otherwise make has it as PAHOLE=


@dataclass
class Maker:
    """What makes the BTF in a build: its name, the variables for make, and a directory for PATH."""

    name: str
    variables: list
    path: str = ""


def fetch_pahole():
    """Debian's newest pahole, which needs its own libraries. make takes a single word for it."""
    words = fetch("fetch-pahole", KERNELS).strip()
    script = WORK / "pahole"
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    script.chmod(0o755)
    return Maker("pahole", [f"PAHOLE={script}"])


class Output:
    """The files of one build."""

    def __init__(self, directory):
        self.directory = directory
        self.vmlinux = directory / "vmlinux"
        self.image = directory / "bzImage"

    def modules(self):
        return {path.stem.replace("-", "_"): path for path in sorted((self.directory / "modules").glob("*.ko"))}


class Tree:
    def __init__(self, variant):
        self.variant = variant
        self.source = Path(fetch("fetch-source", KERNELS, variant.series).strip())
        self.objects = WORK / variant.name
        self.log = WORK / f"{variant.name}.log"
        self.steps = []
        self.compiler = ["LLVM=" + (f"-{variant.llvm}" if variant.llvm else "1")] if variant.llvm else []
        if variant.llvm and not shutil.which(f"clang-{variant.llvm}"):
            raise Missing(f"no clang-{variant.llvm} here")
        self.objects.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        self.rebtf = self.tools()

    def tools(self):
        """rebtf under the names that a build calls."""
        directory = WORK / ("bin" if self.variant.in_path else "named")
        directory.mkdir(exist_ok=True)
        for name in ("pahole", "resolve_btfids") if self.variant.in_path else ("rebtf-pahole", "rebtf-resolve_btfids"):
            link = directory / name
            link.unlink(missing_ok=True)
            link.symlink_to(REBTF)
        if self.variant.in_path:
            return Maker("rebtf", [], str(directory))
        resolver = directory / "rebtf-resolve_btfids"
        return Maker("rebtf", ["PAHOLE=rebtf-pahole", f"RESOLVE_BTFIDS={resolver}"], str(directory))

    def make(self, step, maker, *arguments):
        """Runs make in the tree and records its time. Its output goes to the log."""
        environment = dict(os.environ)
        if maker.path:
            environment["PATH"] = f"{maker.path}:{environment['PATH']}"
        command = ["nice", "-n", "19", "make", f"-j{os.cpu_count()}", "-C", self.source, f"O={self.objects}",
                   *self.compiler, *maker.variables, *arguments]
        begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(self.log, "ab") as log:
            log.write(f"\n{step}: {' '.join(map(str, command))}\n".encode())
            log.flush()
            at = log.tell()
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.steps.append((step, time.monotonic() - begin, cpu))
        output = self.log.read_bytes()[at:].decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"{step}: make ended with status {done.returncode}\n{output[-3000:]}")
        return output

    def configure(self, maker):
        """Configures the tree, unless an earlier run did, and checks that it has all options of config."""
        wanted = [line for line in CONFIG.read_text().splitlines() if line.startswith("CONFIG_")]
        if not (self.objects / ".config").exists():
            self.make("configuration", maker, f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig")
        missing = set(wanted) - set((self.objects / ".config").read_text().splitlines())
        if missing:
            raise RuntimeError(f"the tree does not accept {' '.join(sorted(missing))}")

    def linked(self):
        """The files that a link creates and that get BTF."""
        yield from self.objects.glob("vmlinux")
        yield from self.objects.glob("vmlinux.unstripped")
        yield from self.objects.glob(".tmp_vmlinux*")
        yield from self.objects.rglob("*.ko")

    def build(self, maker):
        """Compiles what is not compiled yet, links vmlinux and the modules anew, and returns copies of them."""
        compiled = (self.objects / "vmlinux").exists()
        for path in list(self.linked()):
            path.unlink()
        step = f"links and BTF by {maker.name}"
        self.make(step if compiled else f"compilation, {step}", maker, "bzImage", "modules")
        output = Output(WORK / f"{self.variant.name}-{maker.name}")
        shutil.rmtree(output.directory, ignore_errors=True)
        (output.directory / "modules").mkdir(parents=True)
        shutil.copy(self.objects / "vmlinux", output.vmlinux)
        shutil.copy(self.objects / "arch/x86/boot/bzImage", output.image)
        for module in self.objects.rglob("*.ko"):
            shutil.copy(module, output.directory / "modules")
        return output

    def build_outside(self, source):
        """Builds external modules with rebtf's BTF, and returns their paths by name."""
        target = WORK / f"{self.variant.name}-outside"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        (target / "Kbuild").write_text("obj-m := rebtf_probe.o\n")
        self.make("a module outside of the tree", self.rebtf, f"M={target}", "modules")
        return {path.stem: path for path in target.glob("*.ko")}

    @property
    def release(self):
        return (self.objects / "include/config/kernel.release").read_text().strip()
