# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Carriers: released kernels do not know them, so a kernel loads the carrier of its own BTF like any module."""

import shutil

from places import WORK, rebtf


def carried(guest):
    kernel, made = guest.kernel, WORK / f"carrier-{guest.kernel.release}"
    shutil.rmtree(made, ignore_errors=True)
    rebtf("carrier", "--root", kernel.root, "--kernel", kernel.release, "-o", made)
    carrier = guest.take(made / "btf_vmlinux.ko", "carrier/btf_vmlinux.ko")
    btf = guest.take(kernel.btf, "carrier/vmlinux.btf")
    guest.test("accepts", "a carrier of its own BTF is loaded like any module", "btf_vmlinux", 0, carrier, btf)
