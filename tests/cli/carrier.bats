#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Kernels whose BTF is in a module, the carrier. The assembler makes kernels and carriers here.

load common

setup_file() {
	unpack_data
	export KERNEL=$BATS_FILE_TMPDIR/kernel
	mkdir "$KERNEL"
	make_carrier "$OLD" "$KERNEL/btf_vmlinux.ko"
	make_linked "$OLD" named "$KERNEL/vmlinux"
	make_linked "$OLD" meta "$KERNEL/vmlinux.meta"
}

setup() {
	enter_work
}

# u32 NUMBER: prints its four bytes, little-endian.
u32() {
	python3 -c 'import sys; sys.stdout.buffer.write(int(sys.argv[1]).to_bytes(4, "little"))' "$1"
}

# make_carrier BTF FILE: makes the carrier of the kernel with that BTF.
make_carrier() {
	gcc -c -x assembler -o "$2" - <<- END
		.section .gnu.linkonce.this_module, "aw"
		.skip 896
		.section .modinfo, "a"
		.asciz "name=btf_vmlinux"
		.asciz "vermagic=6.1.0-47-amd64 SMP preempt mod_unload modversions "
		.section .BTF, "a"
		.incbin "$1"
	END
}

# make_linked BTF FORM FILE: makes a vmlinux with a link to that BTF and without BTF.
make_linked() {
	local link=$BATS_FILE_TMPDIR/link section=.BTF.link

	if [ "$2" = named ]; then
		{ printf btf_vmlinux; head -c 45 /dev/zero; sha256sum "$1" | cut -c1-64 | xxd -r -p
			u32 "$(stat -c %s "$1")"; } > "$link"
	else
		section=.BTF.meta
		{ u32 "$(stat -c %s "$1")"; sha256sum "$1" | cut -c1-64 | xxd -r -p; } > "$link"
	fi
	gcc -nostdlib -static -Wl,--build-id=none -Wl,-e,0 -x assembler -o "$3" - <<- END
		.section .rodata, "a"
		.asciz "Linux version 6.1.0-47-amd64 (a@b) #1 SMP\n"
		.section $section, "a"
		.incbin "$link"
	END
}

@test "a kernel with a link is a base, by path and by release, and info shows the link" {
	cp "$KERNEL/vmlinux" "$KERNEL/btf_vmlinux.ko" .
	rebtf info --json vmlinux
	exits 0
	[ "$(jq -c '[.form, .container, .kernel.release, .link.section, .link.module, .link.size,
		.link.sha256, .link.fits, .link.carrier, .sections[".BTF"].size]' <<< "$output")" = "$(jq -nc \
		--arg sha "$(sha256sum "$OLD" | cut -c1-64)" --arg carrier "$PWD/btf_vmlinux.ko" \
		--argjson size "$(stat -c %s "$OLD")" '["standalone", "image", "6.1.0-47-amd64", ".BTF.link",
		"btf_vmlinux", $size, $sha, true, $carrier, $size]')" ]
	rebtf info vmlinux
	exits 0
	says "  link        to btf_vmlinux.ko: "
	says "fits this BTF, read from $PWD/btf_vmlinux.ko"
	rebtf info --base vmlinux "$SPLIT/$FITTING"
	exits 0
	says 'can be the kernel it was built for'
	mkdir -p root/boot root/lib/modules/6.1.0-47-amd64/kernel/btf
	mv vmlinux root/boot/vmlinuz-6.1.0-47-amd64
	xz -T1 -0 btf_vmlinux.ko
	mv btf_vmlinux.ko.xz root/lib/modules/6.1.0-47-amd64/kernel/btf/
	rebtf info --json --root root --base 6.1.0-47-amd64 "$SPLIT/$FITTING"
	exits 0
	[ "$(jq -c '[.fit.fits, .fit.base_kernel.file]' <<< "$output")" = \
		'[true,"root/boot/vmlinuz-6.1.0-47-amd64"]' ]
}

@test "a carrier of another kernel is refused, and the error names both digests" {
	local verb
	cp "$KERNEL/vmlinux.meta" vmlinux
	for verb in info dump verify; do
		rebtf $verb vmlinux
		exits 2
		complains 'vmlinux: ' 'is in the module btf_vmlinux.ko'
	done
	make_carrier "$NEW" btf_vmlinux.ko
	for verb in info dump verify; do
		rebtf $verb vmlinux
		exits 2
		complains 'btf_vmlinux.ko: .BTF: not the BTF of the kernel vmlinux' \
			"SHA-256 $(sha256sum "$OLD" | cut -c1-64)" "SHA-256 $(sha256sum "$NEW" | cut -c1-64)"
	done
	rebtf check --base vmlinux "$SPLIT/$FITTING"
	exits 2
	complains 'not the BTF of the kernel vmlinux'
}

@test "a carrier itself is a base, but no module of its kernel" {
	mkdir -p modules
	cp "$KERNEL/btf_vmlinux.ko" "$SPLIT/$FITTING" modules
	rebtf info --base modules/btf_vmlinux.ko "$SPLIT/$FITTING"
	exits 0
	says 'can be the kernel it was built for'
	rebtf find --json --base "$KERNEL/vmlinux" task_struct modules
	exits 0
	[[ $output != *btf_vmlinux* ]]
	rebtf merge --quiet --base "$KERNEL/vmlinux" -o all.btf modules
	exits 0
	rebtf merge --quiet --base "$OLD" -o want.btf "$SPLIT/$FITTING"
	exits 0
	cmp all.btf want.btf
}
