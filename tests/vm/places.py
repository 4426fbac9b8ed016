# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Where things are, how commands are run, and what is said when something cannot be had."""

import importlib.machinery
import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REBTF = Path(os.environ["REBTF"]).resolve()
BUILD = REBTF.parent
KERNELS = Path(os.environ.get("KERNELS", ROOT / "build/kernels")).resolve()
WORK = BUILD / "vm"
DATA = BUILD / "testdata"


class Missing(Exception):
    """Something that the tests need cannot be had here: they are skipped."""


def run(*command, status=(0,)):
    """The output of a command that has to end in one of these ways."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
    text, errors = (output.decode(errors="replace") for output in (done.stdout, done.stderr))
    if done.returncode not in status:
        raise RuntimeError(f"{shlex.join(words)}: exit status {done.returncode}\n{text}{errors}")
    return text


def fetch(script, *args):
    """Runs one of the scripts that download. Where they cannot, the last line that they print says why."""
    try:
        return run(ROOT / "scripts" / script, *args)
    except RuntimeError as error:
        raise Missing(str(error).strip().splitlines()[-1]) from error


def rebtf(verb, *args, status=(0,)):
    return run(REBTF, verb, *args, status=status)


def load_script(path):
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader(path.name.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


# Reads modules and kernels without rebtf, so that it does not mark its own homework.
extract = load_script(ROOT / "scripts/extract-btf")


def section(path, name):
    return extract.section(extract.decompress(path.read_bytes()), name.encode())


def btf_of(path):
    return section(path, ".BTF")


def module_name(path):
    return path.name.partition(".ko")[0].replace("-", "_")
