#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf downgrade: BTF for older kernels and the tools of their time. The verifier, which has the rules of real kernels,
# judges each result, and bpftool reads it.

load common

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	cat > new.c <<- 'END'
		#define __tag __attribute__((btf_type_tag("user")))
		enum big { SMALL = 1, LARGE = 0x123456789 };
		enum below { MINUS = -1, PLUS = 1 };
		struct s { enum big big; enum below below; float real; int __tag *pointer; };
		struct s s;
		static inline __attribute__((always_inline)) int add(struct s *p, int n) { return p->below + n; }
		int use(struct s *p, int n) { return add(p, n) + add(p + 1, -n); }
	END
	printf 'vermagic=7.4.0 SMP \0' > modinfo
	gcc -g -O2 -c new.c -o new.o
	"$REBTF" encode --quiet --features +layout,global_var --detached new.btf new.o
	objcopy --add-section .modinfo=modinfo new.o new.ko
	echo 'struct other { int a; } other;' | gcc -g -c -x c -o kernel.o -
	"$REBTF" encode --quiet --features +global_var --detached kernel.btf kernel.o
	"$REBTF" encode --quiet --inline --any-release -B kernel.btf new.ko
}

setup() {
	enter_work
}

# bytes_of FILE SECTION OUT: the bytes of an ELF section.
bytes_of() {
	objcopy --dump-section "$2=$3" "$1" copy
}

@test "each kernel accepts what was downgraded for it, and refuses what was not" {
	local version
	for version in 5.10 5.15; do
		rebtf verify --kernel-btf --rules $version "$NEW"
		exits 1
		rebtf downgrade --for-kernel $version --out-dir $version "$NEW"
		exits 0
		says '1 module: 1 downgraded; changed: '
		says ' ENUM64 converted'
		rebtf verify --kernel-btf --rules $version $version/*.btf
		exits 0
		bpftool btf dump file $version/*.btf > dump
		grep -q "STRUCT 'task_struct'" dump
		run ! grep -qE "^\[[0-9]+\] ENUM64 " dump
	done
}

@test "types keep their ids and names, so modules still fit" {
	rebtf downgrade --quiet --for-kernel 5.10 --out-dir old "$OLD"
	exits 0
	for file in "$OLD" old/*.btf; do
		"$REBTF" dump "$file" | grep -E "^\[[0-9]+\] (INT|STRUCT|UNION|TYPEDEF|FUNC|VAR) '[^(]" > "${file##*/}.types"
	done
	cmp ./*.btf.types old.types 2> /dev/null || cmp "${OLD##*/}.types" "$(basename old/*.btf).types"
	# Modules read over the downgraded kernel are those that were read over the original.
	"$REBTF" dump -B "$OLD" "$SPLIT/$FITTING" > before
	"$REBTF" dump -B old/*.btf "$SPLIT/$FITTING" | cmp before -
	rebtf downgrade --for-kernel 5.10 -B "$OLD" --out-dir modules "$SPLIT"
	exits 0
	rebtf verify --kernel-btf --rules 5.10 -B "$OLD" modules
	exits 0
}

@test "a report names each change" {
	rebtf downgrade --verbose --for-kernel 5.10 --out-dir old "$BATS_FILE_TMPDIR/new.btf"
	exits 0
	says 'layout section left out'
	says "ENUM64 'big': converted, without 1 value"
	says "ENUM 'below': converted"
	says "FLOAT 'float': converted"
	"$REBTF" dump old/new.btf > dump
	grep -q "ENUM 'big' encoding=UNSIGNED size=8 vlen=1" dump
	rebtf downgrade --json --for-kernel 5.15 --out-dir old "$BATS_FILE_TMPDIR/new.btf"
	[ "$(jq -c 'select(.file) | [.for_kernel, .changes[0].change, (.changes[] | select(.name == "big") | .kind, .left_out)]' <<< "$output")" = '["5.15","layout_left_out","ENUM64",1]' ]
	[ "$(jq 'select(.summary) | .summary.downgraded' <<< "$output")" = 1 ]
}

@test "BTF that the kernel accepts is left alone, or copied" {
	cp "$OLD" x.btf
	remember .
	rebtf downgrade --for-kernel 6.1.0-47-amd64 x.btf
	exits 0
	says '1 module: 1 left alone (1 standalone)'
	unchanged .
	rebtf downgrade --for-kernel 6.12 --out-dir out x.btf
	exits 0
	cmp x.btf out/x.btf
	# It needs no base, so the running kernel need not have BTF.
	if [ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null; then
		unshare -m bash -c 'mount --make-rprivate / && mount -t tmpfs none /sys/kernel && exec "$@"' _ \
			"$REBTF" downgrade --quiet --for-kernel 6.12 --out-dir alone x.btf
		cmp x.btf alone/x.btf
	fi
	# Type ids of code are no reason to write a module.
	rebtf downgrade --for-kernel 6.1 -B "$OLD" --out-dir out "$DATA/ko/tcp_bbr.ko"
	exits 0
	says '1 module: 1 left alone (1 split)'
	cmp "$DATA/ko/tcp_bbr.ko" out/tcp_bbr.ko
}

@test "a dry run writes nothing" {
	cp "$OLD" x.btf
	remember .
	rebtf downgrade --dry-run --for-kernel 5.10 x.btf
	exits 0
	says '1 module: 1 would be downgraded'
	unchanged .
}

@test "a module keeps its ids, its distilled base is downgraded, and its inline BTF goes" {
	local section
	xz -dc "$DATA/ko/nf_conntrack.ko.xz" > split.ko
	cp split.ko distilled.ko
	"$REBTF" distill --quiet -B "$OLD" --any-release distilled.ko
	cp split.ko before-split.ko
	cp distilled.ko before-distilled.ko
	rebtf downgrade --for-kernel 5.10 -B "$OLD" split.ko distilled.ko
	exits 0
	says '2 modules: 2 downgraded'
	for file in split distilled; do
		bytes_of before-$file.ko .BTF_ids before
		bytes_of $file.ko .BTF_ids after
		[ -s before ]
		cmp before after
		rebtf verify --kernel-btf --rules 5.10 -B "$OLD" $file.ko
		exits 0
	done
	bytes_of distilled.ko .BTF.base base.btf
	rebtf verify --kernel-btf --rules 5.10 base.btf
	exits 0
	# It still relocates to its own kernel.
	rebtf relocate -B "$OLD" distilled.ko
	exits 0
	cp "$BATS_FILE_TMPDIR/new.ko" .
	readelf -SW new.ko | grep -q ' \.BTF\.inline '
	rebtf downgrade --verbose --for-kernel 7.2 -B "$BATS_FILE_TMPDIR/kernel.btf" new.ko
	exits 0
	says '.BTF.inline left out'
	run ! grep -q ' \.BTF\.inline ' <(readelf -SW new.ko)
}

@test "wrong uses are errors" {
	cp "$SPLIT/$FITTING" x.btf
	remember .
	rebtf downgrade x.btf
	exits 2
	[[ $stderr == *'downgrade needs --for-kernel'* ]]
	rebtf downgrade --for-kernel 4.19 x.btf
	exits 2
	complains 'unsupported Linux version 4.19 (minimum 5.10)'
	rebtf downgrade --for-kernel new x.btf
	exits 2
	complains "invalid Linux version 'new'"
	rebtf downgrade --for-kernel 5.10 -B "$NEW" --as split x.btf
	exits 2
	complains 'x.btf'
	unchanged .
}
