#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Makes kernel images for tests: tests/cli/make_image.py FORMAT OUT FILE...

    bzimage OUT PAYLOAD            an x86 image around a packed kernel
    uki OUT NAME=FILE...           a PE file with these sections, in this order
    cpio OUT FILE...               an initramfs
    fit OUT TYPE=FILE...           a flattened image tree of U-Boot, with its parts in this order
    rpm OUT PAYLOAD                an RPM package around a packed cpio archive
"""

import struct
import sys
from pathlib import Path


def pad(data, alignment):
    return data + bytes(-len(data) % alignment)


def bzimage(payload):
    """A boot sector and a setup sector with the offset of the payload: Documentation/arch/x86/boot.rst."""
    image = bytearray(1024)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x20F)
    struct.pack_into("<II", image, 0x248, 0, len(payload))
    return bytes(image) + payload + b"\0" * 8


def uki(*sections):
    """A PE file laid out like ukify's: each section starts at a multiple of 512 bytes."""
    headers = bytearray(1024)
    headers[0:2] = b"MZ"
    struct.pack_into("<I", headers, 0x3C, 0x80)
    struct.pack_into("<4sHHIIIHH", headers, 0x80, b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 240, 0x22)
    body = b""
    for i, (name, content) in enumerate(sections):
        padded = pad(content, 512)
        offset = len(headers) + len(body)
        struct.pack_into("<8sIIII", headers, 0x80 + 24 + 240 + 40 * i, name.encode(), len(content), offset, len(padded),
                         offset)
        body += padded
    return bytes(headers) + body


def cpio(*files):
    """Documentation/driver-api/early-userspace/buffer-format.rst"""
    archive = b""
    for name, content in [*files, ("TRAILER!!!", b"")]:
        fields = (1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        archive = pad(pad(archive + header + name.encode() + b"\0", 4) + content, 4)
    return archive


def fit(*images):
    """The devicetree specification, chapter 5, and U-Boot's doc/usage/fit/source_file_format.rst."""
    strings = b"type\0data\0description\0"

    def name(text):
        return struct.pack(">I", 1) + pad(text.encode() + b"\0", 4)

    def value(offset, data):
        return pad(struct.pack(">III", 3, len(data), offset) + data, 4)

    end = struct.pack(">I", 2)
    tree = name("") + value(10, b"test\0") + name("images")
    for i, (kind, content) in enumerate(images):
        tree += name(f"{kind}-{i}") + value(0, kind.encode() + b"\0") + value(5, content) + end
    tree += end + end + struct.pack(">I", 9)
    header = struct.pack(">10I", 0xD00DFEED, 56 + len(tree) + len(strings), 56, 56 + len(tree), 40, 17, 16, 0,
                         len(strings), len(tree))
    return header + bytes(16) + tree + strings


def rpm(payload):
    """The lead, two empty headers, and the payload."""
    lead = b"\xed\xab\xee\xdb\x03\0\0\0" + bytes(88)
    header = b"\x8e\xad\xe8\x01" + bytes(12)
    return lead + header * 2 + payload


def named(arguments):
    for argument in arguments:
        name, path = argument.split("=", 1)
        yield name, Path(path).read_bytes()


def main(kind, out, *arguments):
    if kind in ("uki", "fit"):
        image = globals()[kind](*named(arguments))
    elif kind == "cpio":
        image = cpio(*((path.lstrip("/"), Path(path).read_bytes()) for path in arguments))
    else:
        image = globals()[kind](*(Path(path).read_bytes() for path in arguments))
    Path(out).write_bytes(image)


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in ("bzimage", "uki", "cpio", "fit", "rpm"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
