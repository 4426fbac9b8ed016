# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
"""Tests with our own modules (module/), built for one update of a kernel and loaded into another."""

import re
import shutil
import struct

from places import HERE, WORK, btf_of, rebtf, run, section

IGNORE_MODVERSIONS, IGNORE_VERMAGIC, COMPRESSED = 1, 2, 4  # flags of finit_module()
OTHER_UPDATE = IGNORE_MODVERSIONS | IGNORE_VERMAGIC

PROBE, LARGE, IDS = "rebtf_probe", "rebtf_large", "rebtf_ids"
SOURCE = HERE / "module"


def kfunc_ids(file, base):
    """The ids of our kfuncs, by name."""
    text = rebtf("dump", "--base", base, file)
    return {name: re.search(rf"^\[(\d+)\] FUNC '{PROBE}_{name}'", text, re.MULTILINE)[1] for name in ("sum", "pid")}


# The types in the list and the set of rebtf_ids.c. None is unused.
LIST = [("STRUCT", "sk_buff"), ("FUNC", "tcp_sendmsg"), ("TYPEDEF", "netdev_features_t"), None]
LIST += [("STRUCT", "inode"), ("STRUCT", "rebtf_own")]
SET = [("FUNC", "udp_sendmsg"), ("FUNC", "tcp_sendmsg"), ("FUNC", "tcp_recvmsg")]


def built_ids(file, base):
    """The ids that the kernel's build would give the list and the set: those of the first type of each name."""
    ids = {}
    for line in (rebtf("dump", base) + rebtf("dump", "--base", base, file)).splitlines():
        if match := re.match(r"\[(\d+)\] (\w+) '(.*?)'", line):
            ids.setdefault((match[2], match[3]), int(match[1]))
    return [ids[key] if key else 0 for key in LIST] + sorted(ids[key] for key in SET)


def file_ids(file):
    """The ids in the file: the list, and the set without its count."""
    words = struct.unpack("<10I", section(file, ".BTF_ids"))
    return [*words[:6], *words[7:]]


def sees(guest, title, ids):
    words = " ".join(map(str, ids))
    ask = f'ids=$(cat /sys/module/{IDS}/parameters/ids); echo "$ids, expected {words}"; [ "$ids" = "{words}" ]'
    guest.test("passes", title, "sh", "-c", ask)


def calls_sum(guest, what, ids):
    guest.test("passes", f"{what}: a BPF program calls its kfunc, with the right result", "kfunc", "sum", ids["sum"])


def calls_pid(guest, what, ids):
    guest.test("passes", f"{what}: its kfunc takes the kernel's own task_struct", "kfunc", "pid", ids["pid"])


def at_home(guest, built):
    """The control: plain split BTF is valid on the kernel that it was built for."""
    probe = built / f"{PROBE}.ko"
    file, btf = guest.take(probe, "plain.ko"), guest.take(btf_of(probe), "plain.btf")
    ids = kfunc_ids(probe, guest.kernel.btf)
    what = "own module, built for this kernel, split BTF"
    guest.test("accepts", f"{what}: accepted", PROBE, 0, file, btf)
    calls_sum(guest, what, ids)
    calls_pid(guest, what, ids)
    module = built / f"{IDS}.ko"
    guest.test("accepts", f"{what}, with type ids of the kernel's: accepted", IDS, 0, guest.take(module, "ids.ko"),
               guest.take(btf_of(module), "ids.btf"))
    sees(guest, f"{what}: its code sees the kernel's type ids", built_ids(module, guest.kernel.btf))


def replace_section(file, name, data):
    new = file.with_suffix(".section")
    new.write_bytes(data)
    run("objcopy", "--update-section", f"{name}={new}", file)


# For each kind, the bytes after struct btf_type and those of each element, as in the layout section of Linux 7.2.
LAYOUT = [(0, 0), (4, 0), (0, 0), (12, 0), (0, 12), (0, 12), (0, 8), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 8)]
LAYOUT += [(4, 0), (0, 12), (0, 0), (4, 0), (0, 0), (0, 12)]


def with_layout(btf):
    """Split BTF with a layout section, which kernels know since 7.2."""
    head, types_at, types_size, strings_at, strings_size = struct.unpack("<5I", btf[4:24])
    types, strings = btf[head + types_at :][:types_size], btf[head + strings_at :][:strings_size]
    layout = b"".join(struct.pack("<BBH", *sizes, 0) for sizes in LAYOUT)
    sizes = struct.pack("<7I", 32, 0, len(types), len(types) + len(layout), len(strings), len(types), len(layout))
    return btf[:4] + sizes + types + layout + strings


def from_newer_tools(guest, built):
    """BTF that this kernel cannot read, before and after it is downgraded."""
    folder = WORK / f"newer-{guest.kernel.release}"
    shutil.rmtree(folder, ignore_errors=True)
    newer, older = folder / f"{PROBE}.ko", folder / f"downgraded/{PROBE}.ko"
    folder.mkdir(parents=True)
    shutil.copy(built / newer.name, newer)
    replace_section(newer, ".BTF", with_layout(btf_of(newer)))
    release, base = guest.kernel.release, ("--base", guest.kernel.image)
    rebtf("downgrade", "--for-kernel", release, *base, "--out-dir", older.parent, newer)
    what = "own module with the BTF of newer tools"
    guest.test("refuses", f"{what}: refused", PROBE, 0, guest.take(newer, "newer.ko"))
    file, btf = guest.take(older, "downgraded.ko"), guest.take(btf_of(older), "downgraded.btf")
    guest.test("accepts", f"{what}, downgraded: accepted", PROBE, 0, file, btf)
    calls_sum(guest, f"{what}, downgraded", kfunc_ids(older, guest.kernel.btf))


def with_long_headers(file, target, size):
    """Writes the distilled module with headers of this size, as newer tools write them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, target)
    for name in ".BTF", ".BTF.base":
        data = section(file, name)
        assert data[4:8] == struct.pack("<I", 24)
        replace_section(target, name, data[:4] + struct.pack("<I", size) + data[8:24] + bytes(size - 24) + data[24:])
    return target


class Elsewhere:
    """Our modules, built for one update, in all forms, on the guest's other kernel."""

    def __init__(self, guest, old, built):
        self.guest, self.old, self.new, self.built = guest, old, guest.kernel, built
        self.what = f"own module built for {old.number}"
        self.forms = WORK / f"own-{old.release}-{self.new.release}"
        shutil.rmtree(self.forms, ignore_errors=True)
        self.write()
        self.plain()
        self.distilled()
        self.relocated("relocated", "relocated")
        self.relocated("kept", "relocated with --keep")
        self.version_magic()
        self.renumbered()
        self.type_ids()
        self.large()

    def write(self):
        out = self.forms
        modules = [self.built / f"{name}.ko" for name in (PROBE, LARGE, IDS)]
        probe = modules[0]
        rebtf("distill", "--expects", "--base", self.old.image, "--out-dir", out / "distilled", *modules)
        for form, options in ("relocated", []), ("kept", ["--keep"]):
            distilled = self.file("distilled"), self.file("distilled", IDS)
            rebtf("relocate", *options, "--base", self.new.image, "--out-dir", out / form, *distilled)
        rebtf("standalone", "--base", self.old.image, "--out-dir", out / "standalone", probe)
        rebtf("renumber", "--base", self.new.image, "--out-dir", out / "renumbered", self.file("standalone"))
        self.btf = {form: btf_of(self.file(form)) for form in ("relocated", "kept", "renumbered")}
        self.ids = kfunc_ids(self.file("relocated"), self.new.btf)

    def file(self, form, name=PROBE):
        return self.forms / form / f"{name}.ko"

    def accepts(self, form, title, btf):
        file, btf = self.guest.take(self.file(form), f"{form}.ko"), self.guest.take(btf, f"{form}.btf")
        self.guest.test("accepts", title, PROBE, OTHER_UPDATE, file, btf)

    def plain(self):
        file = self.guest.take(self.built / f"{PROBE}.ko", "plain.ko")
        title = f"{self.what}, split BTF as pahole made it: refused, which is what rebtf is for"
        self.guest.test("refuses", title, PROBE, OTHER_UPDATE, file)

    def distilled(self):
        what = f"{self.what}, distilled"
        if not self.new.relocates:
            file = self.guest.take(self.file("distilled"), "distilled.ko")
            title = f"{what}: refused, as this kernel knows no .BTF.base"
            self.guest.test("refuses", title, PROBE, OTHER_UPDATE, file)
            return
        title = f"{what}: the kernel makes of it, byte for byte, what rebtf relocate does"
        self.accepts("distilled", title, self.btf["relocated"])
        self.guest.show(PROBE)
        calls_sum(self.guest, what, self.ids)
        calls_pid(self.guest, what, self.ids)
        for size in 32, 40:
            self.long_headers(size)

    def long_headers(self, size):
        form, relocated = f"headers-of-{size}", f"relocated-{size}"
        file = with_long_headers(self.file("distilled"), self.file(form), size)
        rebtf("relocate", "--base", self.new.image, "--out-dir", self.forms / relocated, file)
        title = f"{self.what}, distilled, with headers of {size} bytes: the kernel makes of it what rebtf relocate does"
        self.accepts(form, title, btf_of(self.file(relocated)))

    def relocated(self, form, how):
        what = f"{self.what}, {how}"
        self.accepts(form, f"{what}: accepted, with the BTF that rebtf wrote", self.btf[form])
        if not self.new.relocates:
            self.guest.show(PROBE)
        calls_sum(self.guest, what, self.ids)
        calls_pid(self.guest, what, self.ids)

    def version_magic(self):
        title = f"{self.what}, relocated: refused for its version without finit_module's flags, as it still says whose it is"
        log = f"{PROBE}: (version magic|disagrees about version of symbol)"
        self.guest.test("unloadable", title, PROBE, 0, self.guest.take(self.file("relocated"), "relocated.ko"), log)

    def renumbered(self):
        what = f"{self.what}, standalone and renumbered"
        self.accepts("renumbered", f"{what}: accepted", self.btf["renumbered"])
        ids = kfunc_ids(self.file("renumbered"), self.new.btf)
        calls_sum(self.guest, what, ids)
        title = f"{what}: its kfunc does not take the kernel's task_struct, as it has its own"
        self.guest.test("fails", title, "expected pointer to STRUCT task_struct", "kfunc", "pid", ids["pid"])

    def type_ids(self):
        """The module with type ids of the kernel's functions, typedefs and structs."""
        what = f"{self.what}, with type ids of the kernel's"
        for form in "relocated", "kept":
            file = self.file(form, IDS)
            args = self.guest.take(file, f"ids-{form}.ko"), self.guest.take(btf_of(file), f"ids-{form}.btf")
            self.guest.test("accepts", f"{what}, {form}: accepted", IDS, OTHER_UPDATE, *args)
            title = f"{what}, {form}: its code sees this kernel's ids, as if it were built for it"
            sees(self.guest, title, built_ids(file, self.new.btf))
        if not self.new.relocates:
            return
        file = self.file("distilled", IDS)
        args = self.guest.take(file, "ids-distilled.ko"), self.guest.take(btf_of(self.file("relocated", IDS)), "ids.btf")
        title = f"{what}, distilled: the kernel makes of its BTF, byte for byte, what rebtf relocate does"
        self.guest.test("accepts", title, IDS, OTHER_UPDATE, *args)
        # rebtf distill warns about this: the ids refer to the distilled base, and mean other types in the kernel.
        title = f"{what}, distilled: the kernel leaves ids outside sets of kfuncs as they are in the file"
        sees(self.guest, title, file_ids(file))

    def large(self):
        """The module that does not fit: structs that it embeds have another size now."""
        distilled = self.file("distilled", LARGE)
        report = rebtf("check", "--base", self.new.image, distilled, status=(0, 1))
        changed = re.findall(r"struct \w+: \d+ bytes then, \d+ now", report)
        what = f"{self.what}, that embeds what has another size now"
        if not changed:
            self.guest.skip(what, f"of the structs in {LARGE}.c none has")
            return
        if self.new.relocates:
            file = self.guest.take(distilled, "large-distilled.ko")
            title = f"{what}, distilled: refused by the kernel, as rebtf check said ({changed[0]})"
            self.guest.test("refuses", title, LARGE, OTHER_UPDATE, file)
        local(self.guest, distilled, self.forms / "local", what)

    def read_out(self, tap):
        """Compares, after the guest has finished, its kernel's BTF of our module with rebtf's, as read by bpftool."""
        title = f"{self.new.number}: {self.what}: /sys/kernel/btf/{PROBE}, read out, is type by type what rebtf relocate wrote"
        shown = self.guest.shown().get(PROBE)
        if not shown:
            tap.result(False, title, ["it was not there"])
            return
        texts = []
        for whose, data in ("kernel", shown), ("rebtf", self.btf["relocated"]):
            file = self.forms / f"read-out-{whose}.btf"
            file.write_bytes(data)
            texts.append(run("bpftool", "-B", self.new.btf, "btf", "dump", "file", file).splitlines())
        types = sum(line.startswith("[") for line in texts[0])
        differ = [f"{theirs} | {ours}" for theirs, ours in zip(*texts) if theirs != ours][:10]
        tap.result(texts[0] == texts[1] and types > 20, f"{title} ({types} types)", differ)


def local(guest, distilled, target, what):
    """The module that does not fit, with those types localized."""
    report = rebtf("relocate", "--on-mismatch", "local", "--base", guest.kernel.image, "--out-dir", target, distilled)
    localized = re.search(r"(\d+) of \d+ base types localized", report)[1]
    file = target / f"{LARGE}.ko"
    args = guest.take(file, f"{target.name}.ko"), guest.take(btf_of(file), f"{target.name}.btf")
    title = f"{what}, relocated with --on-mismatch=local: accepted ({localized} types localized)"
    guest.test("accepts", title, LARGE, OTHER_UPDATE, *args)


def another_series(guest, old, built):
    """A module without code can be loaded into much later kernels, not only the next update."""
    what = f"own module built for {old.number}"
    large = built / f"{LARGE}.ko"
    title = f"{what}, split BTF as pahole made it: refused"
    guest.test("refuses", title, LARGE, OTHER_UPDATE, guest.take(large, "other-series-plain.ko"))
    forms = WORK / f"own-{old.release}-{guest.kernel.release}"
    shutil.rmtree(forms, ignore_errors=True)
    rebtf("distill", "--expects", "--base", old.image, "--out-dir", forms / "distilled", large)
    local(guest, forms / f"distilled/{LARGE}.ko", forms / "other-series", what)
