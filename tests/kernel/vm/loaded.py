# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""rebtf check --loaded, in the guest itself: the modules are loaded there without BTF, each for another reason, and the
kernel's log must agree with rebtf."""

import re
import shutil
import subprocess

from places import REBTF, WORK, extract, rebtf, run
from real import LIBRARIES

IGNORE_VERSIONS = 3  # load.c


def give_command(guest):
    """Guests have no libraries, so the command brings its own."""
    shutil.copy(REBTF, guest.root / "bin")
    for library in re.findall(r"(/\S+)", run("ldd", REBTF)):
        target = guest.root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


class Case:
    """Modules to load, and the files that are installed for them."""

    def __init__(self, guest):
        self.guest, self.lines = guest, []
        self.dir = WORK / f"loaded-{guest.kernel.release}"
        shutil.rmtree(self.dir, ignore_errors=True)
        (self.dir / "installed").mkdir(parents=True)

    def plain(self, kernel, name):
        file = self.dir / f"{name}.ko"
        file.write_bytes(extract.decompress(kernel.modules[name].read_bytes()))
        return file

    def bare(self, name):
        file = self.dir / f"{name}.bare.ko"
        subprocess.run(["objcopy", "-R", ".BTF", self.plain(self.guest.kernel, name), file], check=True)
        return file

    def add(self, name, state, loaded, installed=None, flags=0):
        self.guest.take(loaded, f"loaded/{name}.ko")
        if installed:
            self.guest.take(installed, f"loaded/installed/{name}.ko")
        self.lines.append(f"{name} {flags} {name}.ko {state}\n")

    def finish(self):
        self.guest.take("".join(self.lines).encode(), "loaded/modules")
        title = "rebtf check --loaded gives the reason for each module without BTF, and the log agrees"
        self.guest.test("explains", title, "/m/loaded")


def explained(guest, old=None):
    kernel, case = guest.kernel, Case(guest)
    give_command(guest)
    dummy = case.plain(kernel, "dummy")
    case.add("dummy", "with_btf", dummy, dummy)
    case.add("ifb", "file_without_btf", case.bare("ifb"), case.bare("ifb"))
    case.add("nls_utf8", "earlier", case.bare("nls_utf8"), case.plain(kernel, "nls_utf8"))
    case.add("macvlan", "without_file", case.bare("macvlan"))
    if not kernel.relocates:
        rebtf("distill", "--strip-signature", "--base", kernel.btf, "-o", case.dir, case.plain(kernel, "brd"))
        case.add("brd", "distilled", case.dir / "brd.ko", case.dir / "brd.ko")
    # The modules run no code. A kernel accepts the BTF of some of them although it belongs to another kernel.
    names = old.guests_of(kernel, LIBRARIES) if old else []
    for name in [name for name in names if not old.dependencies(name)][:8]:
        file = case.plain(old, name)
        case.add(name, "other_base", file, file, flags=IGNORE_VERSIONS)
    case.finish()
