#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Reads and writes access control lists without the usual tools: tests/cli/acl.py [--default] FILE [ENTRY...]

An ENTRY is u, g, m or o, followed by a numeric id for a named user or group, and permissions: u:6 u1000:6 g:0 m:6 o:0.
With entries it sets the list. Without entries it prints the list in the same form. --default selects the list that new
files in the directory FILE inherit.
"""

import os
import struct
import sys

# Tags from linux/posix_acl.h.
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
        # The kernel requires the order of the tags.
        os.setxattr(path, name, struct.pack("<I", 2) + b"".join(sorted(map(parse, wanted), key=lambda e: e[:2] + e[4:])))
    else:
        print(*entries(os.getxattr(path, name)))


if __name__ == "__main__":
    main(sys.argv[1:])
