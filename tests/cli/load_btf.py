#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Asks the running kernel whether it accepts BTF: load_btf.py DIR [BASE]

Loads each *.btf file below DIR with the bpf system call, like a loader of BPF programs, and prints a line for each file
that the kernel refuses. Kernels do not load split BTF this way. But a base and its split BTF, joined in one file, are
valid BTF with the same meaning. So x.btf is loaded after x.btf.base, or after BASE if x.btf.base does not exist.
x.btf.base itself, and x.btf.expects, which is split from it, are loaded as files of their own. Exit status: 0 all
accepted, 1 some refused, 77 the kernel cannot be asked.
"""
import ctypes
import os
import platform
import struct
import sys
from pathlib import Path

BPF_BTF_LOAD = 18
SYSCALLS = {"x86_64": 321, "aarch64": 280, "s390x": 351, "ppc64le": 361, "riscv64": 280}
LOG_SIZE = 1 << 20

MAGIC = 0xEB9F
HEADER = "=HBBIIIII"
HEADER_SIZE = struct.calcsize(HEADER)


def file_of(types, strings):
    header = struct.pack(HEADER, MAGIC, 1, 0, HEADER_SIZE, 0, len(types), len(types), len(strings))
    return header + types + strings


def types_and_strings(path):
    data = path.read_bytes()
    _, _, _, start, type_off, type_len, str_off, str_len = struct.unpack_from(HEADER, data)
    return data[start + type_off:][:type_len], data[start + str_off:][:str_len]


def load(libc, data, log=None):
    """Returns the errno of the load, or 0 if the kernel accepts the data."""
    buffer = ctypes.create_string_buffer(data, len(data))
    attr = struct.pack(
        "QQIIIIII",
        ctypes.addressof(buffer),
        ctypes.addressof(log) if log else 0,
        len(data),
        LOG_SIZE if log else 0,
        1 if log else 0,
        0,
        0,
        0,
    )
    fd = libc.syscall(SYSCALLS[platform.machine()], BPF_BTF_LOAD, ctypes.create_string_buffer(attr), len(attr))
    if fd < 0:
        return ctypes.get_errno()
    os.close(fd)
    return 0


def files_below(directory, base):
    """Yields each file with its base, or None."""
    for path in sorted(Path(directory).rglob("*.btf")):
        own_base, expects = Path(f"{path}.base"), Path(f"{path}.expects")
        if not own_base.exists():
            yield path, base
            continue
        yield own_base, None
        yield path, own_base
        if expects.exists():
            yield expects, own_base


def main(directory, base=None):
    libc = ctypes.CDLL(None, use_errno=True)
    least = file_of(struct.pack("4I", 1, 1 << 24, 4, 32), b"\0int\0")
    if platform.machine() not in SYSCALLS or load(libc, least):
        sys.exit(77)
    refused = files = 0
    for path, over in files_below(directory, base and Path(base)):
        parts = [types_and_strings(p) for p in (over, path) if p]
        data = file_of(*map(b"".join, zip(*parts)))
        files += 1
        if load(libc, data):
            log = ctypes.create_string_buffer(LOG_SIZE)
            error = load(libc, data, log)
            lines = log.value.decode(errors="replace").strip().splitlines()
            print(f"{path}: {os.strerror(error)}: {lines[-1] if lines else ''}")
            refused += 1
    print(f"{files} files, {refused} refused")
    return 1 if refused or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
