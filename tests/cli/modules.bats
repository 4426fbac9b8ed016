#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command on whole modules: ELF files, compressed and signed modules.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# sections FILE: prints names and sizes of the sections of a module, compressed or not.
sections() {
	unpacked "$1" > elf
	readelf -SW elf | sed -nE 's/^ *\[ *[0-9]+\] ([^ ]+) +[^ ]+ +[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) .*/\1 \2/p'
}

unpacked() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac
}

# Modules of the old kernel without a signature, in all compressions.
old_modules='crc-itu-t.ko tcp_bbr.ko tcp_dctcp.ko.zst wmi-bmof.ko.gz nls_utf8.ko.xz'

@test "distill gives a module a .BTF.base, and leaves all other sections as they were" {
	for module in $old_modules; do
		sections "$DATA/ko/$module" | grep -v '^\.BTF ' > before
		rebtf distill --base "$OLD" --out-dir out "$DATA/ko/$module"
		exits 0
		sections "out/$module" > after
		grep -q '^\.BTF\.base ' after
		# The table of section names grows by the new names.
		diff <(grep -v '^\.shstrtab' before) <(grep -vE '^\.(BTF|BTF\.base|note\.rebtf|shstrtab) ' after)
	done
}

@test "relocate takes the .BTF.base out again" {
	for module in crc-itu-t.ko tcp_bbr.ko tcp_dctcp.ko.zst nls_utf8.ko.xz; do
		rebtf distill --base "$OLD" --out-dir . "$DATA/ko/$module"
		exits 0
		rebtf relocate --base "$NEW" "$module"
		exits 0
		run ! grep -q '^\.BTF\.base ' <(sections "$module")
		rebtf info --base "$NEW" "$module"
		exits 0
		says "  fits        yes, $NEW can be the kernel it was built for"
	done
}

# kfuncs FILE BASE: prints the types and flags of the ids in the single set of a module's .BTF_ids.
kfuncs() {
	unpacked "$1" > elf
	objcopy -O binary --only-section=.BTF_ids elf ids
	od -An -v -w8 -t u4 ids | tail -n +2 | while read -r id flags; do
		"$REBTF" dump --base "$2" "$1" | grep "^\[$id\] " | sed -E "s/^\[[0-9]+\] (.*) type_id=.*/\1 $flags/"
	done
}

@test "kfuncs keep their functions' type ids" {
	for module in tcp_bbr.ko tcp_dctcp.ko.zst; do
		kfuncs "$DATA/ko/$module" "$OLD" > before
		grep -q "^FUNC '.*' 0$" before
		rebtf distill --base "$OLD" --out-dir distilled "$DATA/ko/$module"
		exits 0
		kfuncs "distilled/$module" "$OLD" > after
		diff before after
		for base in "$OLD" "$NEW"; do
			rebtf relocate --base "$base" --out-dir relocated "distilled/$module"
			exits 0
			kfuncs "relocated/$module" "$base" > after
			diff before after
		done
	done
}

@test "compression stays what it was" {
	for module in $old_modules; do
		rebtf distill --base "$OLD" --out-dir out "$DATA/ko/$module"
		exits 0
		[ "$("$REBTF" info --json "out/$module" | jq -r .compression)" = \
			"$("$REBTF" info --json "$DATA/ko/$module" | jq -r .compression)" ]
	done
	# The check that the kernel's own decompressor supports.
	xz --robot --list out/nls_utf8.ko.xz | awk '$1 == "totals" && $7 != "CRC32" { exit 1 }'
}

@test "a module's BTF is distilled as the same BTF in a raw file is" {
	rebtf distill --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko" "$SPLIT/tcp_bbr.btf"
	exits 0
	objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc tcp_bbr.ko btf
	objcopy -O binary --only-section=.BTF.base --set-section-flags .BTF.base=alloc tcp_bbr.ko base
	cmp btf tcp_bbr.btf
	cmp base tcp_bbr.btf.base
}

@test "a module that does not fit stays as it is" {
	rebtf distill --base "$OLD" --out-dir . "$DATA/ko/wmi-bmof.ko.gz"
	exits 0
	remember wmi-bmof.ko.gz
	rebtf relocate --base "$NEW" wmi-bmof.ko.gz
	exits 1
	says 'wmi-bmof.ko.gz: does not fit'
	says '    struct device: 744 bytes then, 752 now (embedded)'
	unchanged wmi-bmof.ko.gz
}

@test "a signed module is refused, and stays as it is" {
	cp "$DATA/ko/crc16-signed.ko" .
	remember .
	rebtf distill --base "$OLD" crc16-signed.ko
	exits 2
	complains crc16-signed.ko signature --strip-signature
	unchanged .
	rebtf distill --base "$OLD" --out-dir out crc16-signed.ko
	exits 2
	complains crc16-signed.ko signature
	[ -z "$(find out -type f 2> /dev/null)" ]
}

@test "--strip-signature drops the signature and nothing but that" {
	cp "$DATA/ko/crc16-signed.ko" .
	grep -q 'Module signature appended' crc16-signed.ko
	sections crc16-signed.ko | grep -v '^\.BTF ' > before
	rebtf distill --strip-signature --base "$OLD" crc16-signed.ko
	exits 0
	run ! grep -q 'Module signature appended' crc16-signed.ko
	sections crc16-signed.ko > after
	diff <(grep -v '^\.shstrtab' before) <(grep -vE '^\.(BTF|BTF\.base|note\.rebtf|shstrtab) ' after)
	[ "$("$REBTF" info --json crc16-signed.ko | jq .signed)" = false ]
}

@test "a signed module is checked, described and dumped all the same" {
	[ "$("$REBTF" info --json "$DATA/ko/nhc_ghc_icmpv6-signed.ko.xz" | jq .signed)" = true ]
	rebtf check --old-base "$OLD" --base "$NEW" "$DATA/ko/crc16-signed.ko"
	exits 0
	rebtf dump --base "$OLD" "$DATA/ko/crc16-signed.ko"
	exits 0
	says "FUNC 'crc16"
}

@test "a module without BTF is an error that says so" {
	for verb in distill relocate check standalone renumber verify info dump; do
		rebtf $verb --base "$OLD" "$DATA/ko/crc16-armhf-without-btf.ko"
		exits 2
		complains crc16-armhf-without-btf.ko 'no .BTF section'
	done
}

@test "a directory of modules of all sorts: what can be done is done" {
	cp -r "$DATA/ko" in
	rebtf distill --strip-signature --base "$OLD" --out-dir out in
	exits 1
	# Modules of other kernels failed.
	says '11 modules: 7 distilled, 1 left alone (1 without BTF), 3 failed'
	[ "$(ls out | xargs)" = \
		'crc-itu-t.ko crc16-armhf-without-btf.ko crc16-signed.ko nf_conntrack.ko.xz nls_utf8.ko.xz tcp_bbr.ko tcp_dctcp.ko.zst wmi-bmof.ko.gz' ]
	same in "$DATA/ko"
}

@test "truncated modules are refused" {
	local size
	size=$(stat -c %s "$DATA/ko/tcp_bbr.ko")
	for length in 3 4 16 63 64 65 4096 $((size / 2)) $((size - 1)); do
		head -c $length "$DATA/ko/tcp_bbr.ko" > x.ko
		for verb in distill check info; do
			rebtf $verb --base "$OLD" x.ko
			exits 2
			complains x.ko
		done
	done
	[ "$(ls)" = x.ko ]
}

@test "big-endian modules and kernels are read on this machine, and stay big-endian" {
	local kernel=$DATA/vmlinux/6.12.107+deb13-s390x.btf
	cp "$DATA/modules/6.12.107+deb13-s390x/"*.btf .
	rebtf distill --base "$kernel" .
	exits 0
	[ "$(od -An -tx1 -N 2 tcp_bbr.btf)" = ' eb 9f' ]
	[ "$(od -An -tx1 -N 2 tcp_bbr.btf.base)" = ' eb 9f' ]
	rebtf relocate --base "$kernel" .
	exits 0
	[ "$(od -An -tx1 -N 2 tcp_bbr.btf)" = ' eb 9f' ]
	rebtf info --base "$kernel" tcp_bbr.btf
	exits 0
	says '  byte order  big-endian'
	rebtf distill --base "$OLD" "$DATA/ko/tcp_bbr-s390x.ko.xz"
	exits 2
	complains tcp_bbr-s390x.ko.xz big-endian
}
