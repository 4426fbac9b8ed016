# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""
Copies BPF objects out of programs that contain them. bpftool's skeletons are C arrays with the bytes of an object. Each
object in a file becomes DIR/NAME.N.bpf.o. A file that is itself an object is copied, too.
"""
import struct

EM_BPF = 247


def objects(data):
    at = data.find(b"\x7fELF\x02")
    while at >= 0:
        if at + 64 <= len(data) and struct.unpack_from("<HH", data, at + 16) == (1, EM_BPF):
            (sections,) = struct.unpack_from("<Q", data, at + 40)
            (count,) = struct.unpack_from("<H", data, at + 60)
            yield data[at : at + sections + 64 * count]
        at = data.find(b"\x7fELF\x02", at + 4)


def carve(directory, paths):
    directory.mkdir(parents=True, exist_ok=True)
    for path in paths:
        for number, data in enumerate(objects(path.read_bytes())):
            (directory / f"{path.name}.{number}.bpf.o").write_bytes(data)
