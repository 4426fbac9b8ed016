#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# Compressed modules keep their compression: dictionary, checks and filters, and a level that makes them as small as
# before.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir in
	xz -dc "$DATA/ko/nf_conntrack.ko.xz" > x.ko
	cp "$DATA/ko/tcp_bbr.ko" y.ko
}

# near WANT FOUND PERCENT: checks that FOUND is at most PERCENT larger or smaller than WANT.
near() {
	local difference=$(($2 - $1))
	((${difference#-} * 100 <= $1 * $3)) || { echo "$2 instead of $1"; return 1; }
}

size() {
	stat -c %s "$1"
}

# properties FILE: prints dictionary, filters and check, as reported by xz -lvv.
properties() {
	xz -lvv "$1" | grep -oE '(CRC32|None) .*--lzma2.*' | sed -E 's/ +[0-9a-f]{8} .* (--)/ \1/; s/ .* (--)/ \1/; s/.* MiB //'
	xz -l "$1" | grep -oE ' (CRC32|CRC64|None|SHA-256) '
}

@test "xz keeps dictionary, filter and check" {
	for options in --lzma2=dict=1MiB --lzma2=dict=64KiB --lzma2=dict=2MiB -6 '--x86 --lzma2=dict=1MiB' \
		'--arm --lzma2=dict=512KiB'; do
		xz -k --check=crc32 $options -c x.ko > in/x.ko.xz
		rebtf distill --base "$OLD" --out-dir out in
		exits 0
		xz -t out/x.ko.xz
		[ "$(properties in/x.ko.xz)" = "$(properties out/x.ko.xz)" ]
	done
	# Properties that the kernel's own decompressor does not support are replaced.
	xz -k --check=crc64 --delta=dist=4 --lzma2=dict=1MiB -c x.ko > in/x.ko.xz
	rebtf distill --base "$OLD" --out-dir out in
	exits 0
	xz -lvv out/x.ko.xz | grep -q 'CRC32'
	xz -lvv out/x.ko.xz | grep -qE ' --lzma2=dict=1MiB$'
}

@test "zstd makes modules as small as they were" {
	local plain
	"$REBTF" distill --quiet --base "$OLD" --out-dir plain x.ko y.ko
	for level in 1 3 9 15 19; do
		for module in x y; do
			zstd -q -f -$level $module.ko -o in/$module.ko.zst
			zstd -q -f -$level plain/$module.ko -o plain.zst
			rebtf distill --base "$OLD" --out-dir out in/$module.ko.zst
			exits 0
			zstd -q -t out/$module.ko.zst
			zstd -dqc out/$module.ko.zst | cmp - plain/$module.ko
			# At most slightly larger than zstd's own output at this level: the module has grown.
			(($(size out/$module.ko.zst) * 100 <= $(size plain.zst) * 103)) ||
				{ echo "level $level: $(size out/$module.ko.zst) for $(size plain.zst)"; return 1; }
		done
	done
	# If the input has no checksum, the output has none.
	zstd -q -f --no-check x.ko -o in/x.ko.zst
	rebtf distill --base "$OLD" --out-dir out in/x.ko.zst
	[ "$(zstd -lv out/x.ko.zst | grep -c 'Check: None')" -eq "$(zstd -lv in/x.ko.zst | grep -c 'Check: None')" ]
}

@test "gzip keeps the level that its header tells, and no name" {
	for level in 1 6 9; do
		gzip -$level -c x.ko > in/x.ko.gz
		rebtf distill --base "$OLD" --out-dir out in/x.ko.gz
		exits 0
		[ "$(head -c 10 out/x.ko.gz | od -An -tx1 | tr -d ' ')" = "1f8b0800000000000$(case $level in 1) echo 4 ;; 6) echo 0 ;; 9) echo 2 ;; esac)03" ]
		gzip -dc out/x.ko.gz > unpacked
		gzip -n -$level -c unpacked > again
		near "$(size again)" "$(size out/x.ko.gz)" 3
	done
}

@test "--compress-level decides for every verb that writes, and for raw BTF" {
	for format in gz xz zst; do
		case $format in
		gz) gzip -n -6 -c y.ko > in/y.ko.gz ;;
		xz) xz --check=crc32 --lzma2=dict=1MiB -c y.ko > in/y.ko.xz ;;
		zst) zstd -q -3 y.ko -o in/y.ko.zst ;;
		esac
		for verb in distill standalone; do
			"$REBTF" $verb --quiet --compress-level 1 --base "$OLD" --out-dir low in/y.ko.$format
			"$REBTF" $verb --quiet --compress-level 22 --base "$OLD" --out-dir high in/y.ko.$format
			[ "$(size high/y.ko.$format)" -lt "$(size low/y.ko.$format)" ]
		done
		"$REBTF" distill --quiet --base "$OLD" --out-dir kept in/y.ko.$format
		"$REBTF" relocate --quiet --compress-level 1 --base "$OLD" --out-dir low kept/y.ko.$format
		"$REBTF" relocate --quiet --compress-level 22 --base "$OLD" --out-dir high kept/y.ko.$format
		[ "$(size high/y.ko.$format)" -lt "$(size low/y.ko.$format)" ]
	done
	[ "$(properties low/y.ko.xz)" = "$(properties in/y.ko.xz)" ]
	zstd -q "$SPLIT/veth.btf" -o veth.btf
	"$REBTF" distill --quiet --compress-level 1 --base "$OLD" --out-dir low veth.btf
	"$REBTF" distill --quiet --compress-level 19 --base "$OLD" --out-dir high veth.btf
	[ "$(size high/veth.btf)" -lt "$(size low/veth.btf)" ]
	# Uncompressed modules stay uncompressed.
	"$REBTF" distill --quiet --compress-level 9 --base "$OLD" --out-dir high y.ko
	"$REBTF" distill --quiet --base "$OLD" --out-dir low y.ko
	cmp low/y.ko high/y.ko
}

@test "a level that no format has is refused" {
	for level in 0 -1 23 x 3x ''; do
		rebtf distill --compress-level="$level" --base "$OLD" x.ko
		exits 2
		[[ ${stderr_lines[0]} == *"invalid --compress-level '$level' (expected a number from 1 to 22)"* ]]
	done
	rebtf check --compress-level 3 x.ko
	exits 2
	[ "${stderr_lines[0]}" = "rebtf check: unknown option '--compress-level'" ]
}
