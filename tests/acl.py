#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Access control lists of files, without the tools for them: tests/acl.py [--default] FILE [ENTRY...]

An ENTRY is u, g, m or o, the id of a user or a group if it is a named one, and permissions: u:6 u1000:6 g:0 m:6 o:0. With
entries the list is set, without them it is printed in the same form. --default: the one that new files in the directory
FILE get.
"""

import os
import struct
import sys

# linux/posix_acl.h
TAGS = {"u": (1, 2), "g": (4, 8), "m": (0x10, 0x10), "o": (0x20, 0x20)}
NO_ID = 0xFFFFFFFF


def parse(entry):
    who, permissions = entry.split(":")
    named = len(who) > 1
    return struct.pack("<HHI", TAGS[who[0]][named], int(permissions), int(who[1:]) if named else NO_ID)


def entries(data):
    for tag, permissions, number in struct.iter_unpack("<HHI", data[4:]):
        letter = next(letter for letter, tags in TAGS.items() if tag in tags)
        yield f"{letter}{'' if number == NO_ID else number}:{permissions}"


def main(arguments):
    default = arguments[0] == "--default"
    path, *wanted = arguments[default:]
    name = "system.posix_acl_default" if default else "system.posix_acl_access"
    if wanted:
        # In the order of the tags, as the kernel wants it.
        os.setxattr(path, name, struct.pack("<I", 2) + b"".join(sorted(map(parse, wanted), key=lambda e: e[:2] + e[4:])))
    else:
        print(*entries(os.getxattr(path, name)))


if __name__ == "__main__":
    main(sys.argv[1:])
