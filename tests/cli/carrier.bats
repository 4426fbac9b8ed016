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
		.asciz "intree=Y"
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

# make_kernel BTF FILE: makes a vmlinux with code, that BTF, and data behind it.
make_kernel() {
	gcc -nostdlib -static -g -Wl,--build-id=none -Wl,-e,0 -x assembler -o "$2" - <<- END
		.section .rodata, "a"
		.asciz "Linux version 6.1.0-47-amd64 (a@b) #1 SMP\n"
		.asciz "6.1.0-47-amd64 SMP preempt mod_unload modversions "
		.section .BTF, "a"
		.globl start_btf
		start_btf:
		.incbin "$1"
		.section .after, "a"
		.quad start_btf
		.text
		.quad 1
	END
}

# sections FILE: prints the sections of a file with their places, without that of their names.
sections() {
	readelf -SW "$1" | sed 's/^ *\[ *\([0-9]*\)\]/\1/' | grep -E '^[0-9]' | grep -v shstrtab
}

@test "a vmlinux is split and joined again, in both forms, and nothing else in it moves" {
	local form
	make_kernel "$OLD" vmlinux
	for form in .BTF.link .BTF.meta; do
		rebtf carrier --kernel ./vmlinux -o out $([ $form = .BTF.link ] || echo --meta)
		exits 0
		[ "$output" = 'out/btf_vmlinux.ko: written
out/vmlinux: written' ]
		objcopy --dump-section .BTF=carried.btf out/btf_vmlinux.ko /dev/null
		cmp carried.btf "$OLD"
		objcopy --dump-section $form=link out/vmlinux /dev/null
		cmp link <(link_bytes "$OLD" $form)
		diff <(sections vmlinux | grep -v ' \.BTF') <(sections out/vmlinux | grep -v ' \.BTF')
		[ "$(stat -c %s out/vmlinux)" -le $(($(stat -c %s vmlinux) + 500)) ]
		rebtf info --json out/vmlinux
		exits 0
		[ "$(jq -c '[.link.section, .link.fits, .kernel.release]' <<< "$output")" = "[\"$form\",true,\"6.1.0-47-amd64\"]" ]
		rebtf carrier --kernel out/vmlinux --undo -o back
		exits 0
		[ "$output" = 'back/vmlinux: written' ]
		sections back/vmlinux > have
		sections vmlinux | diff - have
		head -c "$(stat -c %s vmlinux)" back/vmlinux > head
		# Only the headers of the section and of the names differ.
		cmp -l vmlinux head > differences || true
		[ "$(wc -l < differences)" -le 40 ] || { wc -l differences; head -3 differences; readelf -SW vmlinux back/vmlinux; return 1; }
		objcopy --dump-section .BTF=back.btf back/vmlinux /dev/null
		cmp back.btf "$OLD"
		rm -r out back
	done
	rebtf carrier --kernel ./vmlinux --undo -o out
	exits 2
	complains './vmlinux: no link to BTF in another file'
}

# link_bytes BTF SECTION: prints the bytes of that section.
link_bytes() {
	if [ "$2" = .BTF.link ]; then
		printf btf_vmlinux
		head -c 45 /dev/zero
		sha256sum "$1" | cut -c1-64 | xxd -r -p
		u32 "$(stat -c %s "$1")"
	else
		u32 "$(stat -c %s "$1")"
		sha256sum "$1" | cut -c1-64 | xxd -r -p
	fi
}

@test "a kernel image gets a carrier and a vmlinux with nothing but the link" {
	mkdir -p root/boot
	make_kernel "$OLD" root/boot/vmlinux-6.1.0-47-amd64
	rebtf carrier --root root --kernel 6.1.0-47-amd64 -o out --json
	exits 0
	[ "$(jq -r .outcome <<< "$output" | sort -u)" = written ]
	[ "$(stat -c %s out/vmlinux)" -lt 1000 ]
	rebtf info --base out/vmlinux "$SPLIT/$FITTING"
	exits 0
	says 'can be the kernel it was built for'
	rebtf carrier --kernel out/vmlinux --undo -o back
	exits 0
	objcopy --dump-section .BTF=back.btf back/vmlinux /dev/null
	cmp back.btf "$OLD"
	make_kernel "$NEW" root/boot/vmlinux-6.1.0-47-amd64
	rebtf carrier --root root --kernel 6.1.0-47-amd64 -o new
	exits 0
	mv new/btf_vmlinux.ko out
	rebtf carrier --kernel out/vmlinux --undo -o back
	exits 2
	complains 'not the BTF of the kernel out/vmlinux'
}

@test "a carrier is not made for a kernel of an unknown machine" {
	# A flat image has no ELF header.
	{ head -c 64 /dev/zero; printf 'Linux version 6.12.1-arm64 (a@b) (gcc) #1 SMP\n\0'
		printf '6.12.1-arm64 SMP preempt mod_unload aarch64\0'; head -c 4096 /dev/zero; } > Image
	rebtf carrier --kernel ./Image --from "$OLD" -o out
	exits 2
	complains 'the machine of this kernel is unknown'
	[ ! -e out/btf_vmlinux.ko ]
}

@test "a carrier can be signed, and has what a kernel asks of a module" {
	make_kernel "$OLD" vmlinux
	openssl req -new -x509 -newkey rsa:2048 -nodes -subj /CN=test -keyout key.pem -out cert.pem 2> /dev/null
	rebtf carrier --kernel ./vmlinux -o out --sign key.pem --cert cert.pem
	exits 0
	[ "$(tail -c 28 out/btf_vmlinux.ko)" = '~Module signature appended~' ]
	rebtf info out/btf_vmlinux.ko
	exits 0
	says 'ELF, signed'
	objcopy --dump-section .modinfo=info --dump-section .gnu.linkonce.this_module=struct out/btf_vmlinux.ko /dev/null
	tr '\0' '\n' < info | grep -qx 'vermagic=6.1.0-47-amd64 SMP preempt mod_unload modversions '
	tr '\0' '\n' < info | grep -qx 'name=btf_vmlinux'
	# struct module of this kernel: its size and the place of its name.
	"$REBTF" dump "$OLD" > dump
	grep -A3 "STRUCT 'module' size=$(stat -c %s struct) " dump | grep -q "'name'.*bits_offset=$(($(grep -abo btf_vmlinux struct | cut -d: -f1) * 8))"
}

@test "a kernel without BTF gets a carrier and a vmlinux from BTF or DWARF, and loses them again" {
	local release=6.1.0-47-amd64 file
	mkdir -p root/lib/modules/$release/kernel
	cp "$KERNEL/btf_vmlinux.ko" root/lib/modules/$release/kernel/any.ko
	rebtf carrier --install --root root --kernel $release --from "$OLD"
	exits 0
	[ "$output" = "root/lib/modules/$release/vmlinux-$release: written
root/lib/modules/$release/updates/btf_vmlinux.ko: written" ]
	for file in vmlinux-$release updates/btf_vmlinux.ko; do
		objcopy --dump-section .BTF=have.btf root/lib/modules/$release/$file /dev/null
		cmp have.btf "$OLD"
	done
	readelf -SW root/lib/modules/$release/updates/btf_vmlinux.ko | grep -Eq ' [.]symtab +SYMTAB .* 18 '
	# rebtf finds it by the release.
	rebtf info --root root --base $release "$SPLIT/$FITTING"
	exits 0
	says 'can be the kernel it was built for'
	rebtf carrier --remove --root root --kernel $release
	exits 0
	[ ! -e root/lib/modules/$release/updates/btf_vmlinux.ko ]
	[ ! -e root/lib/modules/$release/vmlinux-$release ]
	# A file of others stays.
	cp "$KERNEL/btf_vmlinux.ko" root/lib/modules/$release/updates/btf_vmlinux.ko
	rebtf carrier --remove --root root --kernel $release
	exits 0
	says "vmlinux-$release: does not exist"
	says 'updates/btf_vmlinux.ko: left alone'
	rm root/lib/modules/$release/updates/btf_vmlinux.ko
	echo 'struct module { int state; char name[56]; } m; int f(struct module *m) { return m->state; }' |
		gcc -g -O0 -c -x c -o debug.o -
	rebtf carrier --install --root root --kernel $release --from debug.o
	exits 0
	rebtf dump root/lib/modules/$release/vmlinux-$release
	exits 0
	says "STRUCT 'module' size=60 vlen=2"
}

@test "wrong combinations of options are refused" {
	rebtf carrier
	exits 2
	complains 'missing --output'
	rebtf carrier --install -o x
	exits 2
	complains '--install and --remove exclude --output'
	rebtf carrier --install --remove --root . --kernel 6.1.0
	exits 2
	complains '--install and --remove exclude each other'
	rebtf carrier --install --kernel ./x
	exits 2
	complains 'need a release'
	rebtf carrier --undo -o x
	exits 2
	complains '--undo needs the vmlinux'
	make_kernel "$OLD" vmlinux
	rebtf carrier --kernel ./vmlinux -o out --dry-run
	exits 0
	[ "$output" = 'out/btf_vmlinux.ko: would be written
out/vmlinux: would be written' ]
	[ ! -e out ]
}

# in_hidden_system: loads a program where the kernel shows no BTF, without and with the installed files. Runs in a mount
# namespace of its own.
in_hidden_system() {
	local release=$1
	mount -t bpf bpf /sys/fs/bpf
	mount -t tmpfs none /sys/kernel/btf
	mkdir -p /lib/modules
	mount -t tmpfs none /lib/modules
	mkdir -p "/lib/modules/$release/kernel"
	cp any.ko "/lib/modules/$release/kernel"
	bpftool prog load program.o /sys/fs/bpf/rebtf_test > without 2>&1 && return 1
	"$REBTF" carrier --install --quiet --from running.btf
	bpftool prog load program.o /sys/fs/bpf/rebtf_test
	"$REBTF" carrier --remove --quiet
	[ -z "$(find "/lib/modules/$release" -name '*vmlinux*')" ]
}

@test "libbpf adjusts programs to a kernel that shows no BTF with the installed vmlinux" {
	local release
	release=$(uname -r)
	command -v bpftool > /dev/null || skip 'bpftool is not installed'
	command -v clang > /dev/null || skip 'clang is not installed'
	[ "$(id -u)" -eq 0 ] && [ -s /sys/kernel/btf/vmlinux ] && unshare -m mount -t bpf bpf /sys/fs/bpf ||
		skip 'this system permits no BPF programs and no mounts'
	clang -O2 -g -target bpf -c -x c -o program.o - <<- 'END'
		struct task_struct { int tgid; } __attribute__((preserve_access_index));
		static void *(*current)(void) = (void *)35;
		static long (*read_kernel)(void *to, unsigned size, const void *from) = (void *)113;
		__attribute__((section("raw_tracepoint/sys_enter"), used)) int prog(void *context)
		{
			struct task_struct *t = current();
			int pid = 0;

			read_kernel(&pid, sizeof(pid), &t->tgid);
			return pid & 1;
		}
		char gpl[] __attribute__((section("license"), used)) = "GPL";
	END
	cp /sys/kernel/btf/vmlinux running.btf
	unshare -m sh -c 'mount -t bpf bpf /sys/fs/bpf && bpftool prog load program.o /sys/fs/bpf/rebtf_test' ||
		skip 'this system loads no BPF programs'
	gcc -c -x assembler -o any.ko - <<- END
		.section .gnu.linkonce.this_module, "aw"
		.skip 896
		.section .modinfo, "a"
		.asciz "name=any"
		.asciz "intree=Y"
		.asciz "vermagic=$release SMP mod_unload "
	END
	export -f in_hidden_system
	unshare -m bash -ec "in_hidden_system $release"
	grep -q 'vmlinux BTF' without
}
