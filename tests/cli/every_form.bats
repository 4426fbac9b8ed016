#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# Writes all test data in each form, raw and in modules. rebtf verify accepts all of it by the rules of each version. So
# does the running kernel, if it can be asked.

load common

# write_forms BASE NEW_BASE SOURCE...: writes every form of the sources below the working directory.
write_forms() {
	local old=$1 new=$2
	shift 2
	"$REBTF" distill --quiet --expects --base "$old" --out-dir distilled "$@"
	"$REBTF" relocate --quiet --base "$old" --out-dir home distilled
	"$REBTF" relocate --quiet --on-mismatch local --base "$new" --out-dir moved distilled
	"$REBTF" standalone --quiet --base "$old" --out-dir alone "$@"
	"$REBTF" standalone --quiet --full --base "$old" --out-dir full "$@"
	"$REBTF" renumber --quiet --base "$new" --out-dir shown alone
}

setup_file() {
	unpack_data
	export BIG=$DATA/vmlinux/6.12.107+deb13-s390x.btf
	export FORMS=$BATS_FILE_TMPDIR/forms MODULES=$BATS_FILE_TMPDIR/ko
	mkdir -p "$FORMS/raw" "$FORMS/ko" "$FORMS/big" "$MODULES"
	cp "$DATA"/ko/{crc-itu-t.ko,nf_conntrack.ko.xz,nls_utf8.ko.xz,tcp_bbr.ko,tcp_dctcp.ko.zst,wmi-bmof.ko.gz} "$MODULES"
	cd "$FORMS/raw" && write_forms "$OLD" "$NEW" "$SPLIT"
	cd "$FORMS/ko" && write_forms "$OLD" "$NEW" "$MODULES"
	"$REBTF" relocate --quiet --keep --base "$OLD" --out-dir kept distilled
	cd "$FORMS/big" && write_forms "$BIG" "$BIG" "$DATA/modules/6.12.107+deb13-s390x" "$DATA"/ko/*-s390x.ko.xz
}

# accepted OLD NEW VERSION...: checks that rebtf verify accepts all forms in the working directory by all these rules.
accepted() {
	local old=$1 new=$2 version count
	shift 2
	count=$(find distilled \( -name '*.btf' -o -name '*.ko*' \) | wc -l)
	for version; do
		verified "$count" --rules "$version" distilled
		verified "$count" --rules "$version" --base "$old" home
		[ ! -e kept ] || verified "$count" --rules "$version" --base "$old" kept
		verified "$count" --rules "$version" --base "$new" moved
		verified "$count" --rules "$version" --as standalone alone
		verified "$count" --rules "$version" --as standalone full
		verified "$count" --rules "$version" --base "$new" --as split shown
	done
}

# verified COUNT ARGUMENT...
verified() {
	local count=$1
	shift
	rebtf verify "$@"
	exits 0 && says "$count modules: $count accepted" && return
	echo "verify $*"
	return 1
}

setup() {
	enter_work
}

@test "raw BTF is accepted in every form, by the rules of all versions" {
	cd "$FORMS/raw"
	accepted "$OLD" "$NEW" 6.1 6.12.100 6.12 6.18 7.2
}

@test "so are modules" {
	cd "$FORMS/ko"
	[ "$(ls distilled | wc -l)" = 6 ]
	accepted "$OLD" "$NEW" 6.1 6.12.100 6.12 6.18 7.2
}

@test "so is what is big-endian" {
	cd "$FORMS/big"
	accepted "$BIG" "$BIG" 6.12.100 6.12 6.18 7.2
}

# The forms that kernels trust: only the checks for modules.
@test "all that is accepted in full is accepted of a module" {
	cd "$FORMS/raw"
	rebtf verify --kernel-btf --rules 6.1 --base "$NEW" moved
	exits 0
	rebtf verify --kernel-btf --rules 7.2 distilled
	exits 0
}

@test "the running kernel takes every form, what is split together with its base" {
	local form base

	cd "$FORMS/raw"
	for form in distilled alone full moved shown; do
		base=
		[[ $form != moved && $form != shown ]] || base=$NEW
		run "$BATS_TEST_DIRNAME/load_btf.py" $form $base
		[ "$status" -ne 77 ] || skip "the kernel cannot be asked"
		exits 0
		if [ $form = distilled ]; then
			says '150 files, 0 refused'
		else
			says '50 files, 0 refused'
		fi
	done
}

@test "what is broken, the running kernel refuses" {
	mkdir broken
	cp "$FORMS/raw/alone/$FITTING" broken
	run "$BATS_TEST_DIRNAME/load_btf.py" broken
	[ "$status" -ne 77 ] || skip "the kernel cannot be asked"
	exits 0
	printf '\xff\xff\xff\x7f' | dd of="broken/$(basename "$FITTING")" bs=1 seek=24 conv=notrunc status=none
	run "$BATS_TEST_DIRNAME/load_btf.py" broken
	exits 1
	says '1 files, 1 refused'
}
