#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Shows the contents of standard error on a terminal of a given width: progress.py WIDTH[,WIDTH] COMMAND...

Standard output of the command is a pipe that is read slowly for six seconds. With a second WIDTH, the terminal is
resized to it after two seconds. Prints each state of the line, and fails if one is at least as wide as the terminal was
then.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time


def resize(terminal, width):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))


def read_slowly(pipe, size, done):
    while data := os.read(pipe, size):
        if time.monotonic() < done:
            time.sleep(len(data) / size / 10)


def main(widths, command):
    terminal, side = pty.openpty()
    resize(terminal, widths[0])
    output, end = os.pipe()
    fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, 4096)
    start = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=end, stderr=side)
    os.close(end)
    os.close(side)
    reader = threading.Thread(target=read_slowly, args=(output, 2000, start + 6))
    reader.start()
    width, shown = widths[0], 0
    while True:
        try:
            data = os.read(terminal, 65536).decode()
        except OSError:
            break
        for line in data.split("\r"):
            line = re.sub(r"\x1b\[K", "", line).rstrip("\n")
            if line:
                print(line)
                shown += 1
                assert len(line) < width, f"{len(line)} columns of {width}"
        elapsed = time.monotonic() - start
        if widths[1:] and elapsed > 2:
            resize(terminal, widths[1])
        # By now, output from before the resize has arrived.
        if widths[1:] and elapsed > 2.5:
            width = widths[1]
    reader.join()
    child.wait()
    return 0 if shown else 1


if __name__ == "__main__":
    sys.exit(main([int(width) for width in sys.argv[1].split(",")], sys.argv[2:]))
