# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Predictions: does a kernel load a module, and with its types? rebtf predicts it for hundreds of modules, and the
kernel answers.

The modules are the distribution's, unchanged and relocated. They are loaded as any tool loads them, without flags that
skip checks.
"""

import json
import re
import shutil
from pathlib import Path

from places import extract, module_name, rebtf

# The minimum number of modules for a pair of kernels.
FEWEST = 200

# Loading these takes seconds, they stay busy in the background, or they exist to crash a kernel.
NOT_LOADED = re.compile(r"test|torture|tcrypt|kunit|scale|hangcheck|netconsole|pstore|kgdb|dummy_hcd|crash|inject")


def sample(kernel):
    """Modules from the whole tree and their dependencies, in an order to load them."""
    names = sorted(name for name in kernel.modules if not NOT_LOADED.search(name))
    step = max(1, len(names) // FEWEST)
    # libcrc32c depends on crc32c_generic only by its name in the crypto API.
    chosen = kernel.with_dependencies(["crc32c_generic", *names[::step]])
    return [name for name in chosen if not NOT_LOADED.search(name)]


def reports(verb, *args):
    """rebtf's report on each file."""
    lines = rebtf(verb, "--json", *args, status=(0, 1, 2)).splitlines()
    return {module_name(Path(report["file"])): report for report in map(json.loads, lines) if "file" in report}


def predictions(kernel, files):
    """rebtf's predictions, in the words of init's answer(). Kernels check so little of a module's BTF that they accept
    some BTF with wrong references. rebtf verify knows which checks they make."""
    rules = re.match(r"\d+\.\d+", kernel.release)[0]
    loading = reports("check", "--base", kernel.release, "--root", kernel.root, *files)
    btf = reports("verify", "--kernel-btf", "--rules", rules, "--base", kernel.image, *files)
    return {name: answer(loading[name]["loading"], btf[name]["outcome"] == "accepted") for name in loading}


def answer(loading, accepted):
    if loading["verdict"] != "yes":
        return loading["verdict"]
    if accepted:
        return "types"
    return {"loads without types": "bare", "refused": "no"}[loading["btf_mismatch"]]


class Pair:
    """The modules of one kernel, on another."""

    def __init__(self, guest, old):
        self.guest, self.old, self.new = guest, old, guest.kernel
        self.names = sample(old)
        self.dir = guest.root.with_name(f"{guest.root.name}.forms")
        shutil.rmtree(self.dir, ignore_errors=True)
        (self.dir / "plain").mkdir(parents=True)
        for name in self.names:
            plain = extract.decompress(old.modules[name].read_bytes())
            (self.dir / f"plain/{name}.ko").write_bytes(plain)

    def plain(self):
        self.test("plain", "as they are")

    def relocated(self):
        """Relocation skips modules that do not fit."""
        rebtf("distill", "--strip-signature", "--base", self.old.image, "--out-dir", self.dir / "distilled", self.dir / "plain")
        args = ["--base", self.new.image, "--out-dir", self.dir / "relocated", self.dir / "distilled"]
        rebtf("relocate", *args, status=(0, 1))
        self.test("relocated", "relocated")

    def test(self, form, what):
        folder = f"{self.old.release}/{form}"
        files = {name: self.dir / form / f"{name}.ko" for name in self.names}
        files = {name: file for name, file in files.items() if file.exists()}
        answers = predictions(self.new, files.values())
        lines = []
        for name, file in files.items():
            self.guest.take(file, f"{folder}/{file.name}")
            lines.append(f"{name} {answers[name]} {file.name} {' '.join(self.old.dependencies(name))}\n")
        if len(lines) < FEWEST:
            raise RuntimeError(f"{self.old.release} has only {len(lines)} of the modules that are asked about")
        self.guest.take("".join(lines).encode(), f"{folder}/modules")
        count = {word: sum(value == word for value in answers.values()) for word in sorted(set(answers.values()))}
        counted = ", ".join(f"{number} {word}" for word, number in count.items())
        title = f"{len(lines)} modules of {self.old.number}, {what}: the kernel loads those that rebtf says it does ({counted})"
        self.guest.test("predicted", title, f"/m/{folder}", FEWEST)
