# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""
Kernels in QEMU load programs with minimal BTF instead of their own, and refuse those that read arguments that their
targets do not have. The harness is that of tests/kernel/vm.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "kernel/vm"))

import kernels  # noqa: E402
from guest import Guest, Tap, compile_programs  # noqa: E402, F401
from own import COMPRESSED  # noqa: E402
from places import Missing, rebtf  # noqa: E402

SERIES = r"6\.1\.", r"[7-9]\."
MODULES = ["tun", "veth"]


def expected(kernel, program):
    """What core-check says of each program: "NAME loads" or "NAME fails"."""
    answers = json.loads(rebtf("core-check", "--json", "--base", kernel.image, program, status=(1,)))["answers"]
    lines = [f"{a['function']} {'fails' if a['fails'] else 'loads'}\n" for a in answers if a["subject"] == "target"]
    return "".join(sorted(lines))


def prepare(lab, pattern):
    """A guest that asks the same questions with libbpf's own look-up and with minimal BTF."""
    kernel = kernels.newest(kernels.available(), pattern)
    kernel.fetch()
    machine = Guest(kernel, "core")
    ask = lab.link("ask", HERE / "boot.c", options=["-static"])
    machine.take(ask, "ask")
    alone = lab.compile(HERE / "boot.bpf.c", "boot")
    machine.take(alone, "alone.o")
    program = lab.compile(HERE / "boot.bpf.c", "boot-modules", "-DMODULES")
    machine.take(program, "program.o")

    minimal = lab.work / "minimal.btf"
    rebtf("min-core", "--base", kernel.image, "-o", minimal, alone)
    machine.take(minimal, "alone.btf")
    rebtf("min-core", "--base", kernel.image, "--modules", kernel.root, "-o", minimal, program)
    machine.take(minimal, "program.btf")

    def passes(title, command):
        machine.test("passes", title, "sh", "-c", f"cd /m && {command}")

    passes("minimal BTF of the kernel alone: the program loads, and reads the right members",
           "./ask alone.o alone.btf > with && ./ask alone.o > without && cmp with without")
    passes("minimal BTF with types of modules: the program loads without the modules", "./ask program.o program.btf > with")
    machine.take(lab.link("context", HERE / "context.c", options=["-static"]), "context")
    contexts = lab.compile(HERE / "context.bpf.c", "boot")
    machine.take(contexts, "context.o")
    machine.take(expected(kernel, contexts).encode(), "expected")
    passes("programs that read arguments: the kernel refuses those that core-check names, and no others",
           "./context context.o 2> log | sort > got; diff expected got")
    for name in kernel.with_dependencies(MODULES):
        path = machine.take(kernel.modules[name], kernel.modules[name].name)
        flags = 0 if path.endswith(".ko") else COMPRESSED
        passes(f"{name} is loaded", f"load {flags} {path}")
    passes("its offsets in structs of modules are those that libbpf finds in the loaded modules",
           "./ask program.o > without && cmp with without && ! grep -q ': 0$' with")
    return machine


def run(lab, tap):
    try:
        compile_programs()
        for pattern in SERIES:
            machine = prepare(lab, pattern)
            machine.run()
            machine.report(tap)
    except Missing as missing:
        tap.skip("kernels in QEMU load programs with minimal BTF", missing)
