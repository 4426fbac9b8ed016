#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Prints why a version of Linux would refuse raw BTF: accepts.py FILE VERSION [LIBRARY]"""
import ctypes
import sys


class VerifyOptions(ctypes.Structure):
    """struct rebtf_verify_options, as far as this program needs it: the first member is its size."""
    _fields_ = [("size", ctypes.c_size_t), ("kernel", ctypes.c_char_p)]


def load(path):
    lib = ctypes.CDLL(path)
    for name in ("rebtf_verify", "rebtf_error_text", "rebtf_violations_at"):
        getattr(lib, name).restype = ctypes.c_void_p
    lib.rebtf_violations_count.restype = ctypes.c_size_t
    return lib


def text_of(lib, err):
    return ctypes.string_at(lib.rebtf_error_text(ctypes.c_void_p(err))).decode(errors="replace")


def main():
    path, version, library = (sys.argv[1:] + ["librebtf.so.0.1"])[:3]
    lib = load(library)
    with open(path, "rb") as file:
        data = file.read()
    options = VerifyOptions(ctypes.sizeof(VerifyOptions), version.encode())
    violations = ctypes.c_void_p()
    err = lib.rebtf_verify(data, ctypes.c_size_t(len(data)), path.encode(), None, ctypes.byref(options),
                           ctypes.byref(violations))
    if err:
        sys.exit("accepts.py: " + text_of(lib, err))
    count = lib.rebtf_violations_count(violations)
    for i in range(count):
        print(text_of(lib, lib.rebtf_violations_at(violations, ctypes.c_size_t(i))))
    lib.rebtf_violations_free(violations)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
