#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Interrupts a command in the middle of its batch: interrupt.py SIGNAL ONCE|TWICE|IGNORED COMMAND...

Standard output of the command is a small pipe. This script does not read it until the command blocks on it. Then it
sends the signal and reads all output. With TWICE it sends the signal twice. With IGNORED the command starts with the
signal ignored. It prints standard output and standard error unchanged, and exits with 0 if the command died by SIGNAL,
or else with the command's exit status.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def stuck(pid):
    """Whether all threads of the process sleep for a while."""
    for _ in range(5):
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                state = Path(task, "stat").read_text().rsplit(")", 1)[1].split()[0]
            except (FileNotFoundError, ProcessLookupError):  # the thread has just ended
                return False
            if state != "S":
                return False
        time.sleep(0.02)
    return True


def main(name, how, command):
    number = getattr(signal, name)
    # A shell's background jobs have SIGINT ignored from the start.
    action = signal.SIG_IGN if how == "IGNORED" else signal.SIG_DFL
    output, end = os.pipe()
    fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, 4096)
    with open("interrupt.err", "wb") as errors:
        child = subprocess.Popen(command, stdout=end, stderr=errors,
                                 preexec_fn=lambda: signal.signal(number, action))
    os.close(end)
    deadline = time.monotonic() + 60
    while not stuck(child.pid):
        assert child.poll() is None, "the command ended too early"
        assert time.monotonic() < deadline, "the command did not fill the pipe"
    child.send_signal(number)
    if how == "TWICE":
        time.sleep(0.2)
        child.send_signal(number)
        child.wait(10)
    with open(output, "rb") as pipe:
        sys.stdout.buffer.write(pipe.read())
    child.wait(60)
    sys.stderr.buffer.write(Path("interrupt.err").read_bytes())
    return 0 if child.returncode == -number else child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
