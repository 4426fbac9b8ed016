# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""The environment of tests, for the programs that run them."""

import os
import shutil
import sys


def search_path():
    """$PATH for tests."""
    path = os.environ["PATH"]
    # Where pyenv manages Python, python3 is a script that takes longer than most of ours to start.
    if shutil.which("python3") != sys.executable:
        path = os.path.dirname(sys.executable) + ":" + path
    # Debian has bpftool in a directory that only root searches.
    return path + ":/usr/sbin:/sbin"


def variables(leaks=True):
    """The variables to set. @leaks: whether a sanitized program that leaks memory fails."""
    return {
        "PATH": search_path(),
        # A sanitizer's exit status must differ from the command's own.
        "ASAN_OPTIONS": f"detect_leaks={int(leaks)}:exitcode=99:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=99",
    }
