#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf provide-vmlinux: the file without which builds of modules make no BTF.

load common

K=9.8.7-test
BUILD=usr/src/linux-headers-$K

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	for kernel in "$OLD" "$NEW"; do
		gzip -nc "$kernel" > packed
		"$BATS_TEST_DIRNAME/make_image.py" bzimage "vmlinuz-$(basename "$kernel")" packed
	done
}

setup() {
	enter_work
	export XDG_CACHE_HOME=$PWD/cache
	mkdir -p root/boot root/lib/modules/$K root/$BUILD root/lib/modules/$K/kernel
	ln -s /$BUILD root/lib/modules/$K/build	# an absolute link is relative to the root
	cp "$DATA/ko/crc16-signed.ko" root/lib/modules/$K/kernel
	install_kernel "$OLD"
}

# install_kernel BTF: installs an image with this BTF.
install_kernel() {
	cp "$BATS_FILE_TMPDIR/vmlinuz-$(basename "$1")" root/boot/vmlinuz-$K
}

provide() {
	rebtf provide-vmlinux --kernel $K --root root "$@"
}

# has_btf FILE BTF: whether the ELF file has this BTF.
has_btf() {
	objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc "$1" found.btf &&
		cmp found.btf "$2"
}

@test "it is an ELF file with the kernel's BTF, in the build directory" {
	provide
	exits 0
	[ "$output" = "root/lib/modules/$K/build/vmlinux: written" ]
	has_btf root/$BUILD/vmlinux "$OLD"
	rebtf info --json root/$BUILD/vmlinux
	exits 0
	[ "$(jq -r '.form, .note.form' <<< "$output" | paste -sd ' ')" = 'standalone standalone' ]
	[ "$(find root -name '.rebtf*')" = '' ]
}

# set_machine FILE NUMBER: sets e_machine.
set_machine() {
	printf '%b' "\\x$(printf %02x "$2")\\0" | dd of="$1" bs=1 seek=18 conv=notrunc status=none
}

# machine_of FILE: prints e_machine.
machine_of() {
	od -A n -t u2 --endian=little -j 18 -N 2 "$1" | tr -d ' '
}

@test "its machine is that of the kernel's modules, or else of its image, or else of the command" {
	provide
	[ "$(machine_of root/$BUILD/vmlinux)" -eq "$(machine_of "$REBTF")" ]
	printf 'Linux version %s (somebody) #1 SMP\n\0' $K > banner
	objcopy --add-section .rodata=banner root/$BUILD/vmlinux root/boot/vmlinuz-$K
	set_machine root/boot/vmlinuz-$K 183
	rm root/$BUILD/vmlinux
	provide
	[ "$(machine_of root/$BUILD/vmlinux)" -eq 183 ]
	gcc -c -x assembler -o root/lib/modules/$K/kernel/own.ko - <<- END
		.section .modinfo, "a"
		.asciz "name=own"
		.asciz "intree=Y"
		.asciz "vermagic=$K SMP preempt mod_unload modversions "
	END
	set_machine root/lib/modules/$K/kernel/own.ko 243
	rm root/$BUILD/vmlinux
	provide
	[ "$(machine_of root/$BUILD/vmlinux)" -eq 243 ]
}

@test "bpftool reads it, and pahole makes split BTF over it" {
	command -v bpftool > /dev/null || skip 'bpftool is not installed'
	provide
	bpftool btf dump file root/$BUILD/vmlinux > dump
	bpftool btf dump file "$OLD" | cmp - dump
	command -v pahole > /dev/null && command -v gcc > /dev/null || skip 'pahole or gcc is not installed'
	printf 'struct own { struct own *next; int n; } x;\n' | gcc -g -c -x c -o x.o -
	pahole -J --btf_base root/$BUILD/vmlinux x.o
	rebtf verify --base "$OLD" x.o
	exits 0
}

@test "a file of an older build is replaced, a current one is not touched" {
	provide
	local before
	before=$(stat -c %i root/$BUILD/vmlinux)
	provide
	exits 0
	says 'already has the BTF of this kernel'
	[ "$(stat -c %i root/$BUILD/vmlinux)" = "$before" ]
	install_kernel "$NEW"
	provide --dry-run
	exits 0
	says 'would be written'
	has_btf root/$BUILD/vmlinux "$OLD"
	provide
	exits 0
	has_btf root/$BUILD/vmlinux "$NEW"
	# Other BTF of the same size is older, too.
	sed 's/tcp_sock/tcp_sick/g' "$NEW" > same-size.btf
	objcopy --update-section .BTF=same-size.btf root/$BUILD/vmlinux
	has_btf root/$BUILD/vmlinux same-size.btf
	provide
	exits 0
	says written
	has_btf root/$BUILD/vmlinux "$NEW"
}

@test "a vmlinux of someone else stays, also with --remove" {
	local file
	for file in "$OLD" /dev/null "$DATA/ko/crc16-signed.ko"; do
		cat "$file" > root/$BUILD/vmlinux
		for option in --quiet --remove; do
			provide $option
			exits 0
			cmp "$file" root/$BUILD/vmlinux
		done
	done
	rm root/$BUILD/vmlinux
	ln -s nowhere root/$BUILD/vmlinux
	provide
	exits 0
	says 'left alone, because rebtf did not write it'
	[ "$(readlink root/$BUILD/vmlinux)" = nowhere ]
}

@test "--remove removes what rebtf wrote" {
	provide
	provide --remove --dry-run
	says 'would be removed'
	[ -e root/$BUILD/vmlinux ]
	provide --remove --json
	exits 0
	[ "$(jq -r .outcome <<< "$output")" = removed ]
	[ ! -e root/$BUILD/vmlinux ]
	provide --remove
	exits 0
	says 'does not exist'
}

@test "JSON has every outcome, as the schema says" {
	local all=
	for arguments in '' '' '--remove' '--remove'; do
		# shellcheck disable=SC2086
		provide --json $arguments
		exits 0
		all+=$output$'\n'
	done
	: > root/$BUILD/vmlinux
	provide --json
	all+=$output$'\n'
	[ "$(jq -r .outcome <<< "$all" | paste -sd ' ')" = 'written current removed absent foreign' ]
	python3 -c 'import jsonschema' 2> /dev/null || skip 'no jsonschema'
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "${all%$'\n'}"
}

@test "--output writes another file, and no build directory is needed" {
	rm root/lib/modules/$K/build
	provide -o here
	exits 0
	has_btf here "$OLD"
}

@test "without a build directory, or a kernel, it says so and writes nothing" {
	rm root/lib/modules/$K/build
	provide
	exits 2
	complains 'cannot open the build directory'
	complains "are the kernel's headers installed?"
	ln -s /$BUILD root/lib/modules/$K/build
	provide
	rm root/boot/*
	# The file that rebtf wrote is no source for itself.
	provide
	exits 2
	complains "root/$BUILD/vmlinux (was written by rebtf)"
	provide --remove
	provide
	exits 2
	[ "$(ls root/$BUILD)" = '' ]
	rebtf provide-vmlinux --root root
	exits 2
	[[ $stderr == *'--root needs'* ]]
	rebtf provide-vmlinux $K
	exits 2
	[[ $stderr == *'takes no file'* ]]
}

@test "the search for its source continues behind the file that rebtf wrote" {
	mkdir -p root/usr/lib/debug/boot
	provide -o root/usr/lib/debug/boot/vmlinux-$K
	rm root/boot/*
	provide
	exits 0
	says written
	provide
	exits 0
	says 'already has the BTF of this kernel'
	has_btf root/$BUILD/vmlinux "$OLD"
}

# in_system COMMAND...: runs it where the root directory has that kernel.
in_system() {
	run --separate-stderr unshare -m bash -c 'mount --make-rprivate / && mount --bind root/boot /boot &&
		mount -t tmpfs none /lib/modules && mount --bind root/usr/src /usr/src &&
		cp -a root/lib/modules/* /lib/modules && exec "$@"' _ "$@"
}

@test "programs that builds need then are missed in time" {
	[ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null || skip 'no namespaces'
	mkdir bin
	in_system env PATH="$PWD/bin" "$REBTF" provide-vmlinux --kernel $K
	exits 0
	says 'written'
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ $stderr == *'pahole is not installed'*'tools/bpf/resolve_btfids/resolve_btfids: missing'* ]]
	in_system "$REBTF" provide-vmlinux --kernel $K --remove
	says 'removed'
	mkdir -p root/$BUILD/tools/bpf/resolve_btfids
	for program in bin/pahole root/$BUILD/tools/bpf/resolve_btfids/resolve_btfids; do
		printf '#!/bin/sh\n' > $program
		chmod +x $program
	done
	in_system env PATH="$PWD/bin" "$REBTF" provide-vmlinux --kernel $K
	exits 0
	says 'written'
	[ "$stderr" = '' ]
}
