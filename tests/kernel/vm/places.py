# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Paths, running commands, and reporting missing prerequisites."""

import importlib.machinery
import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
REBTF = Path(os.environ["REBTF"]).resolve()
BUILD = REBTF.parent
KERNELS = Path(os.environ.get("KERNELS", ROOT / "build/kernels")).resolve()
WORK = BUILD / "vm"
DATA = BUILD / "testdata"


class Missing(Exception):
    """Something that the tests need is not available, so they are skipped."""


def run(*command, status=(0,)):
    """The output of a command, whose exit status must be one of @status."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
    text, errors = (output.decode(errors="replace") for output in (done.stdout, done.stderr))
    if done.returncode not in status:
        raise RuntimeError(f"{shlex.join(words)}: exit status {done.returncode}\n{text}{errors}")
    return text


def fetch(script, *args):
    """Runs one of the scripts that download. If it fails, its last line of output is the reason."""
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


# Reads modules and kernels without rebtf, so that the tests check rebtf independently.
extract = load_script(ROOT / "scripts/extract-btf")


def section(path, name):
    return extract.section(extract.decompress(path.read_bytes()), name.encode())


def btf_of(path):
    return section(path, ".BTF")


def module_name(path):
    return path.name.partition(".ko")[0].replace("-", "_")
