#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The note in modules that rebtf has written: its appearance to other tools, its use, and damaged or false notes.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# unpack MODULE: extracts its ELF file as "elf".
unpack() {
	case $1 in
	*.xz) xz -dc "$1" > elf ;;
	*.gz) gzip -dc "$1" > elf ;;
	*.zst) zstd -qdc "$1" > elf ;;
	*) cp "$1" elf ;;
	esac
}

# note_offset FILE: prints the offset of the note in an ELF file.
note_offset() {
	local hex
	hex=$(readelf -SW "$1" | sed -nE 's/^ *\[ *[0-9]+\] \.note\.rebtf +NOTE +[0-9a-f]+ +([0-9a-f]+) .*/\1/p')
	echo $((0x$hex))
}

# note MODULE: prints the bytes of its note in hexadecimal, and writes them to "note".
note() {
	unpack "$1"
	tail -c +$(($(note_offset elf) + 1)) elf | head -c 68 > note
	od -An -v -tx1 note | tr -d ' \n'
}

# word NUMBER: prints a number as the bytes of a little-endian file, in hexadecimal.
word() {
	printf '%08x' "$1" | sed -E 's/(..)(..)(..)(..)/\4\3\2\1/'
}

# expected_note FORM BASE: prints the whole note for FORM (a number) over BASE, in a little-endian file.
expected_note() {
	local form=$1 base=$2 types strings
	types=$("$REBTF" dump "$base" | grep -c '^\[')
	strings=$(od -An -tu4 --endian=little -j 20 -N 4 "$base" | tr -d ' ')
	printf '%s' 060000003000000001000000 7265627466000000 01000000 "$(word "$form")"
	printf '%s' "$(word $((types + 1)))" "$(word "$strings")" "$(sha256sum "$base" | cut -c -64)"
}

# patch FILE OFFSET BYTES: overwrites the note of an uncompressed module at OFFSET.
patch() {
	printf %b "$3" | dd of="$1" bs=1 seek=$(($(note_offset "$1") + $2)) conv=notrunc status=none
}

# all_verbs_refuse_note TEXT...: checks that every verb refuses x.ko with one line about the note that contains each
# TEXT, and changes no file.
all_verbs_refuse_note() {
	local verb
	remember .
	for verb in distill relocate check info dump; do
		rebtf $verb --base "$OLD" x.ko
		exits 2
		complains 'x.ko: .note.rebtf: ' "$@"
	done
	unchanged .
}

@test "distill and relocate add a note to each module that they write, in every compression" {
	for module in crc-itu-t.ko tcp_bbr.ko tcp_dctcp.ko.zst nls_utf8.ko.xz; do
		"$REBTF" distill --quiet --base "$OLD" --out-dir distilled "$DATA/ko/$module"
		[ "$(note "distilled/$module")" = "$(expected_note 1 "$OLD")" ]
		"$REBTF" relocate --quiet --base "$NEW" --out-dir relocated "distilled/$module"
		[ "$(note "relocated/$module")" = "$(expected_note 0 "$NEW")" ]
	done
}

@test "a standalone module has a note of that form" {
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$DATA/ko/tcp_bbr.ko"
	[ "$(note alone/tcp_bbr.ko)" = "$(expected_note 2 "$OLD")" ]
	rebtf info --json alone/tcp_bbr.ko
	[ "$(jq -r .form <<< "$output")" = standalone ]
}

@test "other tools see an ELF note, in either byte order" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	"$REBTF" distill --quiet --base "$DATA/vmlinux/6.12.107+deb13-s390x.btf" --out-dir . \
		"$DATA/ko/tcp_bbr-s390x.ko.xz"
	for module in tcp_bbr.ko tcp_bbr-s390x.ko.xz; do
		unpack $module
		readelf -nW elf | grep -qE '^ *rebtf +0x00000030'
		readelf -SW elf | grep -qE '\.note\.rebtf +NOTE +0+ [0-9a-f]+ 000044 00 +0 +0 +4$'
	done
	[[ $(note tcp_bbr-s390x.ko.xz) == 000000060000003000000001726562746600000000000001* ]]
}

@test "the note outlives strip and objcopy" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	strip --strip-debug -o stripped.ko tcp_bbr.ko
	objcopy --strip-unneeded tcp_bbr.ko copied.ko
	for module in stripped.ko copied.ko; do
		rebtf info --json --base "$OLD" $module
		# The second module lacks the symbols of its ids and cannot be relocated.
		[ $module = stripped.ko ] && exits 0 || exits 1
		[ "$(jq -c '[.form, .note.form, .note.is_base]' <<< "$output")" = '["distilled","distilled",true]' ]
	done
}

@test "a module that is changed again has one note, the new one" {
	cp "$DATA/ko/tcp_bbr.ko" .
	"$REBTF" distill --quiet --base "$OLD" tcp_bbr.ko
	"$REBTF" relocate --quiet --base "$NEW" tcp_bbr.ko
	"$REBTF" distill --quiet --base "$NEW" tcp_bbr.ko
	"$REBTF" relocate --quiet --base "$OLD" tcp_bbr.ko
	[ "$(readelf -SW tcp_bbr.ko | grep -c '\.note\.rebtf')" = 1 ]
	[ "$(note tcp_bbr.ko)" = "$(expected_note 0 "$OLD")" ]
}

@test "raw BTF has no note unless it was written with --note" {
	rebtf info --json --base "$OLD" "$DISTILLED/$FITTING"
	[ "$(jq .note <<< "$output")" = null ]
	rebtf info "$DISTILLED/$FITTING"
	run ! grep '^  note' <<< "$output"
}

@test "info says whether the base is the one that the note speaks of" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	rebtf info --base "$OLD" tcp_bbr.ko
	says ' bytes of strings: that is '"$OLD"
	rebtf info --base "$NEW" tcp_bbr.ko
	exits 0
	says ' bytes of strings: not '"$NEW"
	rebtf info --json tcp_bbr.ko
	[ "$(jq -r .note.sha256 <<< "$output")" = "$(sha256sum "$OLD" | cut -c -64)" ]
	[ "$(jq .note.is_base <<< "$output")" = null ]
}

@test "check says whether the base is the one that the note speaks of" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	rebtf check --verbose --base "$OLD" tcp_bbr.ko
	exits 0
	says "    made over $OLD itself"
	rebtf check --verbose --base "$NEW" tcp_bbr.ko
	exits 0
	says "    made over another base than $NEW"
	for base in "$OLD:true" "$NEW:false"; do
		rebtf check --json --base "${base%:*}" tcp_bbr.ko
		[ "$(jq .is_base <<< "${lines[0]}")" = "${base##*:}" ]
	done
	rebtf check --json --base "$OLD" "$DISTILLED/$FITTING"
	[ "$(jq .is_base <<< "${lines[0]}")" = null ]
}

@test "check and relocate of a split module go by its note" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	"$REBTF" relocate --quiet --base "$NEW" tcp_bbr.ko
	remember .
	rebtf check --verbose --base "$NEW" tcp_bbr.ko
	exits 0
	says 'tcp_bbr.ko: fits, as it is split from this kernel'
	rebtf relocate --base "$NEW" tcp_bbr.ko
	exits 0
	says '1 left alone (1 split)'
	for verb in check relocate; do
		rebtf $verb --base "$OLD" tcp_bbr.ko
		exits 2
		complains 'tcp_bbr.ko: .BTF: made over another base: name that base' '--old-base'
	done
	unchanged .
}

@test "a split module over another base than its own is refused, before anything is compared" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir d "$DATA/ko/tcp_bbr.ko"
	"$REBTF" relocate --quiet --base "$NEW" --out-dir . d/tcp_bbr.ko
	remember .
	for verb in distill dump; do
		rebtf $verb --base "$OLD" tcp_bbr.ko
		exits 2
		complains 'tcp_bbr.ko: .BTF: made over another base (found ' ' type ids and ' 'expected 100751 and'
	done
	rebtf check --old-base "$OLD" --base "$OLD" tcp_bbr.ko
	exits 2
	complains 'tcp_bbr.ko: .BTF: made over another base ('
	unchanged .
	# A base of the same size that differs in one byte.
	cp "$NEW" other.btf
	printf 'X' | dd of=other.btf bs=1 seek=$(($(stat -c %s other.btf) - 2)) conv=notrunc status=none
	rebtf dump --base other.btf tcp_bbr.ko
	exits 2
	complains 'tcp_bbr.ko: .BTF: made over another base (' 'another digest)'
	rebtf dump --base "$NEW" tcp_bbr.ko
	exits 0
}

@test "wrong notes are refused" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir d "$DATA/ko/tcp_bbr.ko"
	cp d/tcp_bbr.ko x.ko
	patch x.ko 24 '\0'
	all_verbs_refuse_note 'the note declares split BTF, but a .BTF.base exists'
	patch x.ko 24 '\2'
	all_verbs_refuse_note 'the note declares standalone BTF, but a .BTF.base exists'
	"$REBTF" relocate --quiet --base "$OLD" --out-dir . d/tcp_bbr.ko
	mv tcp_bbr.ko x.ko
	patch x.ko 24 '\1'
	all_verbs_refuse_note 'the note declares distilled BTF, but no .BTF.base exists'
	patch x.ko 24 '\2'
	all_verbs_refuse_note 'the note declares standalone BTF, but reading it so fails'
	patch x.ko 24 '\3'
	all_verbs_refuse_note 'the note declares empty BTF, but .BTF has types'
}

@test "damaged notes are refused" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir d "$DATA/ko/tcp_bbr.ko"
	cp d/tcp_bbr.ko x.ko
	patch x.ko 20 '\2'
	all_verbs_refuse_note 'unsupported note version 2'
	cp d/tcp_bbr.ko x.ko
	patch x.ko 24 '\7'
	all_verbs_refuse_note 'form 7'
	cp d/tcp_bbr.ko x.ko
	patch x.ko 12 'other'
	all_verbs_refuse_note "unknown note owner (expected 'rebtf')"
	cp d/tcp_bbr.ko x.ko
	patch x.ko 0 '\xff\xff\xff\xff'
	all_verbs_refuse_note 'truncated note'
	cp d/tcp_bbr.ko x.ko
	patch x.ko 4 '\xfd\xff\xff\xff'
	all_verbs_refuse_note 'truncated note'
}

@test "two notes or half a note are refused, and no note is accepted" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir d "$DATA/ko/tcp_bbr.ko"
	note d/tcp_bbr.ko > hex
	cat note note > two
	head -c 40 note > half
	: > none
	objcopy --update-section .note.rebtf=two d/tcp_bbr.ko x.ko
	all_verbs_refuse_note 'more than one note'
	objcopy --update-section .note.rebtf=half d/tcp_bbr.ko x.ko
	all_verbs_refuse_note 'truncated note'
	objcopy --update-section .note.rebtf=none d/tcp_bbr.ko x.ko
	all_verbs_refuse_note 'truncated note'
}

@test "without its note a module is what it was" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	objcopy --remove-section .note.rebtf tcp_bbr.ko
	rebtf info --json --base "$NEW" tcp_bbr.ko
	exits 0
	[ "$(jq -c '[.form, .note, .fit.fits]' <<< "$output")" = '["distilled",null,true]' ]
}

@test "--as does not overrule a note" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	rebtf info --as standalone tcp_bbr.ko
	exits 2
	complains 'tcp_bbr.ko: .BTF: cannot read distilled BTF as standalone (the note declares the form)'
}

@test "without libcrypto modules are written all the same, without a note" {
	mkdir lib
	touch lib/libcrypto.so.3 lib/libcrypto.so
	cp "$DATA/ko/tcp_bbr.ko" x.ko
	"$REBTF" distill --quiet --base "$OLD" x.ko
	[ "$(readelf -SW x.ko | grep -c 'BTF\.base\|note\.rebtf')" = 2 ]
	LD_LIBRARY_PATH=$PWD/lib rebtf relocate --base "$NEW" x.ko
	exits 0
	[ "$(readelf -SW x.ko | grep -c 'BTF\.base\|note\.rebtf')" = 0 ]
	rebtf info --json --base "$NEW" x.ko
	[ "$(jq -c '[.form, .note, .fit.fits]' <<< "$output")" = '["split",null,true]' ]
}
