# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Debian's kernels: the available releases, the contents of their packages, and building modules for them.

No release is hard-coded, because the archive drops each one some weeks after the next update.
"""

import re
import shutil
import subprocess
from pathlib import Path

from places import KERNELS, ROOT, WORK, Missing, extract, fetch, module_name, run, section

FLAVOUR = "cloud-amd64"  # small, and made for virtual machines


class Kernel:
    def __init__(self, release):
        self.release = release
        self.number = release.removesuffix(f"-{FLAVOUR}")

    def fetch(self):
        fetch("fetch-kernels", "--signed", KERNELS, self.release)
        self.root = KERNELS / self.release
        directory = str(self.root)
        # Extracts no module's BTF here. It is read when needed.
        run(ROOT / "scripts/extract-btf", directory, WORK / self.release, "none")
        self.btf = WORK / self.release / "vmlinux.btf"
        self.image = Path(extract.kernel_image(directory))
        self.modules = {module_name(Path(path)): Path(path) for path, _ in extract.modules(directory)}

    @property
    def relocates(self):
        """Whether this kernel supports .BTF.base."""
        major, minor = re.match(r"(\d+)\.(\d+)", self.release).groups()
        return (int(major), int(minor)) >= (6, 11)

    def headers(self):
        """Returns the directory in which modules for this kernel are built."""
        fetch("fetch-headers", KERNELS, self.release)
        build = KERNELS / f"headers-{self.release}" / "build"
        # Without these files the modules would have no BTF, and 6.1's packages lack them: the kernel's BTF, and the
        # tool that fills in .BTF_ids, which is the same in later packages.
        if not (build / "vmlinux").exists():
            shutil.copy(self.btf, build / "vmlinux")
        tool = build / "tools/bpf/resolve_btfids/resolve_btfids"
        if not tool.exists():
            others = sorted(KERNELS.glob("headers-*/build/tools/bpf/resolve_btfids/resolve_btfids"))
            # A newer Debian release's tool may need a newer C library.
            others = [other for other in others if b"GLIBC" not in subprocess.run([other], capture_output=True).stderr]
            if not others:
                raise Missing("no resolve_btfids in any headers package that works here")
            tool.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(others[-1], tool)
        return build

    def build_modules(self, source):
        """Builds a directory of modules with Kbuild and the distribution's pahole, and returns its path."""
        target = WORK / f"modules-{self.release}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        run("make", "-C", self.headers(), f"M={target}", "modules")
        return target

    def dependencies(self, name):
        """The modules whose symbols this one imports."""
        return run("modinfo", "-F", "depends", self.modules[name]).strip().replace("-", "_").replace(",", " ").split()

    def with_dependencies(self, names):
        """These modules and their dependencies, in an order to load them."""
        order = []

        def visit(name):
            if name in order or name not in self.modules:
                return
            for other in self.dependencies(name):
                visit(other)
            order.append(name)

        for name in names:
            visit(name)
        return order

    def runs_code(self, name):
        """Whether loading this module runs code of its own."""
        return any(section(self.modules[name], part) for part in (".rela.gnu.linkonce.this_module", ".init.text"))

    def imports(self, names):
        """The symbols that these modules import from the kernel and from each other."""
        found = set()
        for name in names:
            versions = section(self.modules[name], "__versions") or b""
            # Each entry is a checksum and a name, 64 bytes together.
            found |= {versions[at + 8 : at + 64].rstrip(b"\0") for at in range(0, len(versions), 64)}
        return found

    def guests_of(self, other, names):
        """Those of these modules that are harmless in another update, whatever changed there: they and their
        dependencies run no code, and import no symbol that the other update might lack."""
        there = other.imports(name for name in self.with_dependencies(names) if name in other.modules)
        chosen = []
        for name in names:
            needed = self.with_dependencies([name])
            if needed and not any(map(self.runs_code, needed)) and self.imports(needed) <= there:
                chosen.append(name)
        return self.with_dependencies(chosen)


def available(flavour=FLAVOUR):
    """The releases in the archive, oldest first, each with whether it has headers."""
    lines = fetch("list-kernels", KERNELS, flavour).splitlines()
    return [(release, headers == "headers") for release, _, headers in (line.partition(" ") for line in lines)]


def updates(listed, series):
    """The releases of a series, oldest first, each with whether it has headers. Tools and compilers are those of this
    Debian release, so kernels packaged for other releases are skipped."""
    found = [(release, headers) for release, headers in listed if release.startswith(f"{series}.")]
    own = re.search(r'^VERSION_ID="?(\d+)', Path("/etc/os-release").read_text(), re.MULTILINE)
    return [pair for pair in found if "+deb" not in pair[0] or own and f"+deb{own[1]}-" in pair[0]]


def two_updates(listed, series):
    """The oldest release of a series that has headers, and the newest."""
    found = updates(listed, series)
    old = [release for release, headers in found if headers][:1]
    new = [release for release, _ in found][-1:]
    if not old or old == new:
        raise Missing("no two updates of it, one with headers, among the packages to be had")
    return Kernel(old[0]), Kernel(new[0])


def last_two(listed, pattern):
    """The newest release and the one before it."""
    found = [release for release, _ in listed if re.match(pattern, release)]
    if len(found) < 2:
        raise Missing("no two such kernels among the packages to be had")
    return Kernel(found[-2]), Kernel(found[-1])


def newest(listed, pattern):
    found = [release for release, _ in listed if re.match(pattern, release)]
    if not found:
        raise Missing("no such kernel among the packages to be had")
    return Kernel(found[-1])
