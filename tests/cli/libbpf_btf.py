#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Prints a library's view of a BPF program's BTF: tests/cli/libbpf_btf.py LIBRARY OBJECT OUT

LIBRARY is libbpf.so or librebtf.so. With libbpf, OUT becomes the BTF that libbpf would pass to the kernel, as of
opening the object. With rebtf, OUT becomes the result of rebtf_module_loader_btf(). If the library rejects the object,
the exit status is 1, and rebtf's reason is printed.
"""

import ctypes
import sys


def of_libbpf(lib, path):
    lib.bpf_object__open_file.restype = ctypes.c_void_p
    lib.bpf_object__btf.restype = ctypes.c_void_p
    lib.btf__raw_data.restype = ctypes.c_void_p
    lib.libbpf_set_print(None)
    # Older versions return an error as a pointer unless told otherwise.
    lib.libbpf_set_strict_mode(0xFFFFFFFF)
    obj = lib.bpf_object__open_file(path, None)
    if not obj:
        return None
    size = ctypes.c_uint32()
    data = lib.btf__raw_data(ctypes.c_void_p(lib.bpf_object__btf(ctypes.c_void_p(obj))), ctypes.byref(size))
    return ctypes.string_at(data, size.value)


def of_rebtf(lib, path):
    module, data, size = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_size_t()
    for name in "rebtf_module_open", "rebtf_module_loader_btf", "rebtf_error_text":
        getattr(lib, name).restype = ctypes.c_void_p
    err = lib.rebtf_module_open(path, None, ctypes.byref(module))
    err = err or lib.rebtf_module_loader_btf(module, None, ctypes.byref(data), ctypes.byref(size))
    if err:
        print(ctypes.string_at(lib.rebtf_error_text(ctypes.c_void_p(err))).decode())
        return None
    return ctypes.string_at(data, size.value)


def main(library, path, out):
    lib = ctypes.CDLL(library)
    data = (of_rebtf if hasattr(lib, "rebtf_version") else of_libbpf)(lib, path.encode())
    if data is None:
        sys.exit(1)
    with open(out, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
