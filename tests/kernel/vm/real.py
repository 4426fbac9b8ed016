# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Tests with the distribution's modules, in every form that rebtf writes."""

import shutil
import sys

from own import COMPRESSED, OTHER_UPDATE
from places import WORK, btf_of, extract, module_name, rebtf

# From the whole tree. Their dependencies are added.
MODULES = """
    af_alg blake2b_generic camellia_generic ccm cmac serpent_generic twofish_generic
    dummy geneve ifb macvlan tun veth vxlan wireguard
    8021q bridge esp4 ip_gre ipip l2tp_core tcp_bbr tcp_dctcp tipc tls vsock
    nf_conntrack nf_nat nf_tables nft_ct xt_MASQUERADE
    act_mirred cls_flower sch_cake sch_htb
    erofs exfat isofs overlay squashfs udf vfat
    bfq brd dm_crypt loop null_blk raid1
    crc7 hid nls_utf8 softdog target_core_mod vhost_net
""".split()

# Libraries for other modules. Most of them run no code when they are loaded.
LIBRARIES = """
    blowfish_common cast_common crypto_simd gf128mul libchacha libcurve25519_generic libdes libpoly1305 twofish_common
    async_memcpy async_tx async_xor cordic crc_itu_t crc7 lru_cache lz4_compress lz4hc_compress rational reed_solomon
    dm_persistent_data dm_region_hash ff_memless hid_vivaldi_common iscsi_boot_sysfs led_class_multicolor libahci
    libiscsi libiscsi_tcp memconsole mfd_core mlxfw nd_virtio platform_profile scsi_common speedstep_lib
    surface_hid_core tap vhost_iotlb irqbypass
    cifs_arc4 cifs_md4 nfs_acl nls_ucs2_utils pstore_zone quota_tree
    garp ife ip6_udp_tunnel ip_tunnel mrp nf_conntrack_broadcast nf_dup_ipv4 nf_dup_ipv6 nf_dup_netdev nf_reject_ipv4
    nf_reject_ipv6 nf_socket_ipv4 nf_socket_ipv6 nf_tproxy_ipv4 nf_tproxy_ipv6 nft_fib nft_reject p8022 stp
    vmw_vsock_virtio_transport_common xfrm_algo xfrm_ipcomp
""".split()

# Minimum numbers, so that a changed archive cannot leave these tests empty.
FEWEST = 36
FEWEST_OF_ANOTHER_SERIES = 12
# With --quick, every sixth module is loaded.
STEP = 6 if "--quick" in sys.argv else 1


def sample(names):
    return names[::STEP]


def at_home(guest):
    """A kernel's own modules, on that kernel."""
    kernel = guest.kernel
    every_form(guest, kernel, kernel.with_dependencies(sample(MODULES)), "its own")


def elsewhere(guest, old):
    """The modules of another update. Code built for other structs than the kernel's does harm, so only modules that run
    no code are used."""
    every_form(guest, old, old.guests_of(guest.kernel, sample(LIBRARIES)), old.number)


def another_series(guest, old):
    """The modules of much later kernels, of which few can be loaded at all."""
    names = old.guests_of(guest.kernel, sample(LIBRARIES))
    enough(old, guest, names, FEWEST_OF_ANOTHER_SERIES)
    forms = Forms(guest, old, names, old.number)
    forms.write("distilled", "distill", "plain", "--expects", base=old)
    for_this_kernel(forms)


def enough(old, guest, names, fewest):
    if len(names) < fewest // STEP:
        raise RuntimeError(f"{old.release} has only {len(names)} of the modules that {guest.kernel.release} is to load")


def every_form(guest, old, names, whose):
    enough(old, guest, names, FEWEST)
    forms = Forms(guest, old, names, whose)
    forms.write("distilled", "distill", "plain", "--expects", base=old)
    for_this_kernel(forms)
    if forms.new.relocates:
        forms.write("distilled-as-shipped", "distill", "shipped", base=old)
        forms.test("distilled-as-shipped", "distilled, still compressed, and relocated by the kernel", "relocated")
        forms.test("distilled", "distilled with --expects, and relocated by the kernel", "relocated")


def for_this_kernel(forms):
    """The forms that every kernel accepts."""
    forms.write("relocated", "relocate", "distilled", base=forms.new)
    forms.write("kept", "relocate", "distilled", "--keep", base=forms.new)
    forms.write("local", "relocate", "distilled", "--on-mismatch", "local", base=forms.new)
    forms.write("standalone", "standalone", "plain", base=forms.old)
    forms.write("renumbered", "renumber", "standalone", base=forms.new)
    forms.test("relocated", "relocated")
    forms.test("kept", "relocated with --keep")
    forms.test("local", "relocated with --on-mismatch=local")
    forms.test("renumbered", "standalone and renumbered")


class Forms:
    def __init__(self, guest, old, names, whose):
        self.guest, self.old, self.new, self.names, self.whose = guest, old, guest.kernel, names, whose
        self.dir = WORK / f"real-{old.release}-{self.new.release}"
        shutil.rmtree(self.dir, ignore_errors=True)
        (self.dir / "shipped").mkdir(parents=True)
        (self.dir / "plain").mkdir()
        for name in names:
            path = old.modules[name]
            shutil.copy(path, self.dir / "shipped")
            # Compression takes longer than everything else, so most forms are made from uncompressed modules.
            (self.dir / f"plain/{name}.ko").write_bytes(extract.decompress(path.read_bytes()))

    def write(self, form, verb, source, *options, base):
        """Writes one form from another. Relocation skips modules that do not fit, and reports them by exit status 1."""
        target = self.dir / form
        args = [*options, "--base", base.image, "--strip-signature", "--out-dir", target, self.dir / source]
        rebtf(verb, *args, status=(0, 1) if form in ("relocated", "kept") else (0,))

    def files(self, form):
        return {module_name(path): path for path in (self.dir / form).iterdir()}

    def test(self, form, what, expected=None):
        """Tests all modules of a form: each loads, and has the BTF of the form @expected, or none if that form has
        none."""
        folder = f"{self.old.release}/{form}"
        files, counterparts = self.files(form), self.files(expected or form)
        lines, fit = [], 0
        for name in self.names:
            if name not in files:
                continue
            path = files[name]
            self.guest.take(path, f"{folder}/{path.name}")
            flags = 0 if self.old is self.new else OTHER_UPDATE
            if path.suffix != ".ko":
                flags |= COMPRESSED
            lines.append(f"{name} {flags} {path.name}\n")
            if name in counterparts:
                self.guest.take(btf_of(counterparts[name]), f"{folder}/{name}.btf")
                fit += 1
        self.guest.take("".join(lines).encode(), f"{folder}/modules")
        title = f"{len(lines)} modules of {self.whose}, {what}: all load, "
        title += "each with" if fit == len(lines) else f"{fit} that fit with"
        self.guest.test("all_accepted", f"{title} the BTF that rebtf wrote", f"/m/{folder}")
