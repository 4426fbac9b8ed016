# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Real packages of DKMS: built for one update of a kernel with rebtf as pahole, relocated to another by the hook."""

import json
import os
import re
import shutil
import subprocess

from guest import Guest
from kernels import Kernel, available, updates
from own import OTHER_UPDATE
from places import BUILD, KERNELS, REBTF, ROOT, Missing, extract, module_name, rebtf, run, section

WORK = BUILD / "kbuild/dkms"
PACKAGES = "acpi-call-dkms", "jool-dkms"
HOOKS = ROOT / "hooks"


def fetch_packages():
    """Unpacks the packages, and returns the directory with their sources."""
    sources = KERNELS / "dkms-packages"
    if not sources.exists():
        script = f'. "{ROOT}/scripts/debian-archive.sh"; archive_open "{KERNELS}/archive-amd64" amd64; ' \
                 f'archive_unpack "{sources}.partial" {" ".join(PACKAGES)}; mv "{sources}.partial" "{sources}"'
        try:
            run("sh", "-euc", script)
        except RuntimeError as error:
            raise Missing(f"the packages cannot be downloaded: {error}") from error
    return sources / "usr/src"


class System:
    """A root directory with kernels, and DKMS's directories in it."""

    def __init__(self, series):
        self.root = WORK / series
        shutil.rmtree(self.root, ignore_errors=True)
        self.bin = self.root / "bin"
        for directory in "bin", "boot", "etc/default", "var/lib/dkms", "lib/modules":
            (self.root / directory).mkdir(parents=True)
        for name in "rebtf", "pahole", "rebtf-resolve_btfids":
            (self.bin / name).symlink_to(REBTF)
        # Debian gives each update a release of its own. Modules follow there only if the user says so.
        (self.root / "etc/default/rebtf").write_text('REBTF_RELOCATE_OPTIONS="--any-release"\n')

    def run(self, *command):
        words = [str(word) for word in command]
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "REBTF_ROOT": str(self.root)}
        done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{self.log()}")
        return done.stdout

    def log(self):
        return "".join(path.read_text(errors="replace") for path in self.root.glob("var/lib/dkms/*/*/build/make.log"))

    def hook(self, name, release):
        return self.run(HOOKS / name, release)

    def modules(self, release):
        return self.root / "lib/modules" / release

    def install_kernel(self, kernel):
        self.modules(kernel.release).mkdir()
        shutil.copy(kernel.image, self.root / f"boot/vmlinuz-{kernel.release}")

    def install_headers(self, kernel):
        """Copies the headers as they are in the package, which lacks two files that other tests need in 6.1."""
        kernel.headers()
        tree, packaged = self.root / "headers", KERNELS / f"headers-{kernel.release}"
        shutil.copytree(packaged, tree, symlinks=True)
        build = tree / "usr/src" / f"linux-headers-{kernel.release}"
        makefile = build / "Makefile"
        makefile.write_text(makefile.read_text().replace(str(packaged), str(tree)))
        if not kernel.relocates:
            (build / "vmlinux").unlink()
            shutil.rmtree((build / "tools").resolve() / "bpf")
        (self.modules(kernel.release) / "build").symlink_to(os.path.relpath(build, self.modules(kernel.release)))
        return build

    def dkms(self, verb, package, release, sources):
        name, version = re.fullmatch(r"(.*)-([^-]*)", package).groups()
        places = ["--dkmstree", self.root / "var/lib/dkms", "--sourcetree", sources, "--installtree",
                  self.root / "lib/modules", "--kernelsourcedir", self.modules(release) / "build"]
        return self.run("nice", "-n", "19", "dkms", verb, "-m", name, "-v", version, "-k", release, "--no-depmod",
                        *places)

    def built(self, release):
        return sorted(path for path in self.modules(release).rglob("*.ko*") if path.is_file())


def forms(path):
    """The form of a module's BTF, and whether it has a saved original."""
    description = json.loads(rebtf("info", "--json", path).splitlines()[0])
    return description["form"], ".BTF.kept" in description["sections"]


def report(tap, passed, name, why):
    """A result, with the reasons only if it failed."""
    tap.result(passed, name, () if passed else why)


def last_two_with_headers(series):
    """The newest two updates. Between distant ones, types change so much that network modules do not fit."""
    found = [release for release, headers in updates(available(), series) if headers]
    if len(found) < 2:
        raise Missing(f"no two updates of {series} with headers among the packages to be had")
    return Kernel(found[-2]), Kernel(found[-1])


def check(series, tap):
    old, new = last_two_with_headers(series)
    old.fetch()
    new.fetch()
    sources = fetch_packages()
    system, name = System(series), f"DKMS on {old.number}"
    system.install_kernel(old)
    build = system.install_headers(old)
    if not old.relocates:
        system.hook("kernel-vmlinux", old.release)
        tap.result((build / "vmlinux").exists(), f"{name}: the hook provides the headers with a vmlinux")
    for package in sorted(os.listdir(sources)):
        system.dkms("install", package, old.release, sources)
    modules = system.built(old.release)
    expected = ("distilled", False) if old.relocates else ("split", True)
    by_name = {path.name: path for path in modules}
    found = {module: forms(path) for module, path in by_name.items()}
    wrong = [f"{module}: {form}" for module, form in found.items() if form != expected]
    report(tap, len(modules) >= 4 and not wrong, f"{name}: {len(modules)} modules of {len(PACKAGES)} packages have BTF "
           "that can follow updates", [*wrong, *map(str, modules)])
    # The next update: DKMS's modules are there, but were built for the old one.
    system.install_kernel(new)
    target = system.modules(new.release) / "updates/dkms"
    target.mkdir(parents=True)
    for path in modules:
        shutil.copy(path, target)
    said = system.hook("kernel-postinst", new.release)
    guest = Guest(new, "dkms")
    followed = [path for path in system.built(new.release) if section(path, ".BTF") != section(by_name[path.name], ".BTF")]
    report(tap, len(followed) == len(modules), f"{name}: the hook relocates them to {new.number}", said.splitlines())
    load(guest, new, followed)
    guest.run()
    guest.report(tap)


def load(guest, kernel, modules):
    """Loads the modules after those of the kernel that they depend on."""
    own = {module_name(path): path for path in modules}
    loaded = []

    def visit(name):
        if name in loaded:
            return
        path = own.get(name) or kernel.modules[name]
        for other in run("modinfo", "-F", "depends", path).strip().replace("-", "_").split(","):
            if other:
                visit(other)
        loaded.append(name)
        # Busybox does not decompress modules.
        file = guest.take(extract.decompress(path.read_bytes()), f"{name}.ko")
        if name in own:
            btf = guest.take(section(path, ".BTF"), f"{name}.btf")
            guest.test("accepts", f"{name}, of a DKMS package, loads with relocated BTF", name, OTHER_UPDATE, file, btf)
        else:
            guest.script.append(f"load_with 0 {file}")

    for name in own:
        visit(name)

