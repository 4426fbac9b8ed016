# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Boots a kernel that was built with rebtf's BTF, loads its modules, and runs BPF programs."""

from dataclasses import dataclass
from pathlib import Path

from guest import Guest
from places import WORK, rebtf, run
from spelled_btf import section

HERE = Path(__file__).resolve().parent


@dataclass
class Booted:
    """What a guest needs to know about its kernel."""

    release: str
    number: str
    image: Path


def compile_programs():
    """The BPF programs and what attaches them."""
    run("clang", "-target", "bpf", "-O2", "-g", "-D__TARGET_ARCH_x86", "-I/usr/include/x86_64-linux-gnu", "-Wall",
        "-Werror", "-c", HERE / "traced.bpf.c", "-o", WORK / "traced.bpf.o")
    run("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-static", "-o", WORK / "attach",
        HERE / "attach.c", "-lbpf", "-lelf", "-lz")


def in_order(modules):
    """The modules, each after those that it depends on."""
    order = []

    def visit(name):
        if name in order:
            return
        for other in run("modinfo", "-F", "depends", modules[name]).strip().split(","):
            if other:
                visit(other.replace("-", "_"))
        order.append(name)

    for name in modules:
        visit(name)
    return order


def relocated(module, vmlinux):
    """The BTF that the kernel must have of a module: that in the file, relocated if it is distilled."""
    try:
        section(module, ".BTF.base")
    except ValueError:
        return section(module, ".BTF")
    rebtf("relocate", "--any-release", "--base", vmlinux, "--out-dir", WORK / "relocated", module)
    return section(WORK / "relocated" / module.name, ".BTF")


def check(tree, output, outside, tap):
    guest = Guest(Booted(tree.variant.name, tree.variant.name, output.image), "built")
    guest.test("passes", "the kernel shows the BTF that it was built with", "keeps", "vmlinux",
               guest.take(section(output.vmlinux, ".BTF"), "vmlinux.btf"))
    modules = output.modules()
    for name in in_order(modules):
        btf = guest.take(section(modules[name], ".BTF"), f"{name}.btf")
        guest.test("accepts", f"{name} loads, with its BTF", name, 0, guest.take(modules[name], f"{name}.ko"), btf)
    for name, path in outside.items():
        btf = guest.take(relocated(path, output.vmlinux), f"{name}.btf")
        guest.test("accepts", f"{name}, built outside of the tree, loads with its BTF", name, 0,
                   guest.take(path, f"{name}.ko"), btf)
    guest.test("passes", f"/sys/kernel/btf has all {1 + len(modules) + len(outside)}", "sh", "-c",
               f'set -- /sys/kernel/btf/*; echo "$@"; [ $# = {1 + len(modules) + len(outside)} ]')
    (guest.root / "bin/attach").write_bytes((WORK / "attach").read_bytes())
    (guest.root / "bin/attach").chmod(0o755)
    guest.test("passes", "BPF programs with CO-RE, fentry and kfuncs run", "attach",
               guest.take(WORK / "traced.bpf.o", "traced.bpf.o"))
    # This kernel has no ACPI, so it cannot turn the machine off.
    guest.script += ['echo "# done"', "reboot -f"]
    guest.run()
    guest.report(tap)
