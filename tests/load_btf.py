#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Asks the running kernel whether it takes BTF: load_btf.py DIR

Loads each *.btf file below DIR by the bpf system call, as a loader of BPF programs does, and prints a line for each
one that the kernel refuses. Exit status: 0 all were taken, 1 some were not, 77 the kernel cannot be asked.
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


def load(libc, data, log):
    """The error's number, 0 if the kernel takes it."""
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


def main(directory):
    libc = ctypes.CDLL(None, use_errno=True)
    # The least that there is: INT 'int'.
    least = struct.pack("=HBBIIIII4I", 0xEB9F, 1, 0, 24, 0, 16, 16, 5, 1, 1 << 24, 4, 32) + b"\0int\0"
    if platform.machine() not in SYSCALLS or load(libc, least, None):
        sys.exit(77)
    refused = files = 0
    for path in sorted(Path(directory).rglob("*.btf")):
        data = path.read_bytes()
        files += 1
        if load(libc, data, None):
            log = ctypes.create_string_buffer(LOG_SIZE)
            error = load(libc, data, log)
            lines = log.value.decode(errors="replace").strip().splitlines()
            print(f"{path}: {os.strerror(error)}: {lines[-1] if lines else ''}")
            refused += 1
    print(f"{files} files, {refused} refused")
    return 1 if refused or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
