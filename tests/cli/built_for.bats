#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Before rebtf writes files, it checks whether the base is the kernel that the modules were built for. The modules'
# version magic and the rest of the batch are its evidence.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# kernel RELEASE BTF: installs BTF as the kernel RELEASE and sets $base to its path.
kernel() {
	base=lib/modules/$1/build/vmlinux.btf
	mkdir -p "${base%/*}"
	cp "$2" "$base"
	base=$PWD/$base
}

# All modules and the BTF here are from 6.1.0-47. Only the base's release differs.
@test "a module whose version magic names another release than the base's is refused, and nothing is written" {
	kernel 6.1.0-47-rt-amd64 "$OLD"
	mkdir in
	cp "$DATA"/ko/{crc-itu-t.ko,nls_utf8.ko.xz,tcp_bbr.ko,tcp_dctcp.ko.zst,wmi-bmof.ko.gz} in
	remember in
	for verb in distill standalone "relocate --old-base $base" "check --old-base $base"; do
		# shellcheck disable=SC2086
		rebtf $verb --base "$base" in
		exits 2
		says '5 modules: 5 failed'
		[[ $stderr == *"in/crc-itu-t.ko: .modinfo: built for the kernel 6.1.0-47-amd64, but the base is the kernel 6.1.0-47-rt-amd64"* ]]
		unchanged in
		# shellcheck disable=SC2086
		[ "$verb" = "${verb#check}" ] || continue
		rebtf $verb --base "$base" --out-dir out in
		exits 2
		[ -z "$(find out -type f 2> /dev/null)" ]
	done
	rebtf distill --json --base "$base" in/crc-itu-t.ko
	exits 2
	[ "$(head -n 1 <<< "$output" | jq -c '.error | [.code, .section]')" = '["wrong_base",".modinfo"]' ]
	rebtf info --base "$base" in/crc-itu-t.ko
	exits 1
	says 'is not the kernel it was built for: built for the kernel 6.1.0-47-amd64, but the base is the kernel 6.1.0-47-rt'
}

@test "over its own release it goes well, and over any with --any-release" {
	mkdir in
	cp "$DATA"/ko/{crc-itu-t.ko,tcp_bbr.ko} in
	kernel 6.1.0-47-amd64 "$OLD"
	rebtf distill --base "$base" --out-dir out in
	exits 0
	kernel 6.1.0-47-rt-amd64 "$OLD"
	for verb in distill standalone "relocate --old-base $base"; do
		# shellcheck disable=SC2086
		rebtf $verb --any-release --base "$base" --out-dir "any-${verb%% *}" in
		exits 0
	done
	same out any-distill
	rebtf check --any-release --old-base "$base" --base "$NEW" in
	exits 0
	rebtf info --any-release --base "$base" in/tcp_bbr.ko
	exits 0
}

@test "where one of the two does not say its release, nobody asks" {
	cp "$DATA/ko/tcp_bbr.ko" .
	kernel 6.1.0-47-rt-amd64 "$OLD"
	rebtf distill --base "$OLD" --out-dir unknown-base tcp_bbr.ko
	exits 0
	rebtf distill --base "$base" --out-dir raw "$SPLIT/$FITTING"
	exits 0
	objcopy --remove-section .modinfo tcp_bbr.ko
	rebtf distill --base "$base" --out-dir no-modinfo tcp_bbr.ko
	exits 0
}

@test "the base of a relocation is another release, and so is that of a relocated module" {
	mkdir in
	cp "$DATA"/ko/{crc-itu-t.ko,tcp_bbr.ko} in
	kernel 6.1.0-47-amd64 "$OLD"
	rebtf distill --base "$base" in
	exits 0
	kernel 6.1.0-56-amd64 "$NEW"
	rebtf relocate --base "$base" in
	exits 0
	says '2 modules: 2 relocated'
	# The note names the kernel that the module now refers to.
	rebtf info --base "$base" in
	exits 0
	rebtf distill --base "$base" in
	exits 0
	says '2 modules: 2 distilled'
}

@test "a module that refers to no kernel by id is not asked for its release" {
	mkdir in
	rebtf standalone --base "$OLD" --out-dir in "$DATA/ko/crc-itu-t.ko"
	exits 0
	# A note would answer for it.
	objcopy --remove-section .note.rebtf in/crc-itu-t.ko
	cp "$DATA/ko/tcp_bbr.ko" in
	make_empty_btf empty
	objcopy --update-section .BTF=empty in/tcp_bbr.ko
	remember in
	kernel 6.1.0-47-rt-amd64 "$OLD"
	for verb in distill relocate "relocate --old-base $OLD"; do
		# shellcheck disable=SC2086
		rebtf $verb --base "$base" in
		exits 0
		says '2 modules: 2 left alone (1 standalone, 1 empty)'
		unchanged in
	done
	rebtf check --base "$base" in
	exits 0
}

# make_weak PATH: a module without strings that refers to a single type id, a struct in both kernels. It is valid over
# both.
make_weak() {
	raw_btf "$1" '' 0 0x2000000 "$(comm -12 <(structs "$OLD") <(structs "$NEW") | tail -n 1)"
}

# Prints the type ids of all structs of a kernel.
structs() {
	"$REBTF" dump "$1" | sed -nE 's/^\[([0-9]+)\] STRUCT .*/\1/p' | sort
}

@test "the only module of a batch that makes sense over a base is not written" {
	cp -r "$SPLIT" in
	make_weak in/weak.btf
	remember in
	for verb in distill standalone "relocate --old-base $NEW" "check --old-base $NEW"; do
		# shellcheck disable=SC2086
		rebtf $verb --base "$NEW" in
		exits 2
		says '51 modules: 51 failed'
		[[ $stderr == *"in/weak.btf: .BTF: fits this base, but 50 of the 51 similar modules in this run do not"* ]]
		unchanged in
	done
	rebtf distill --base "$NEW" --out-dir out in/weak.btf "in/$FITTING"
	exits 2
	[[ $stderr == *"but 1 of the 2 similar modules in this run do not"* ]]
	[ -z "$(find out -type f 2> /dev/null)" ]
	rebtf distill --json --base "$NEW" in
	[ "$(jq -r 'select(.file == "in/weak.btf").error.code' <<< "$output")" = wrong_base ]
}

@test "a single file is no batch, and over the right base it goes with the others" {
	make_weak weak.btf
	rebtf distill --base "$NEW" --out-dir alone weak.btf
	exits 0
	cp -r "$SPLIT" in
	cp weak.btf in
	rebtf distill --base "$OLD" --out-dir out in
	exits 0
	says '51 modules: 51 distilled'
	rm out/weak.btf*
	same out "$DISTILLED"
}

@test "some of another kernel do not keep the others from being written" {
	mkdir in
	cp "$SPLIT/$FITTING" "$SPLIT/$MISFIT" in
	for i in 1 2 3; do
		cp "$SPLIT/$FITTING" in/other-$i.btf
		printf '\xff\xff\x03\0' | dd of=in/other-$i.btf bs=1 seek=$((24 + 8)) conv=notrunc status=none
	done
	rebtf distill --base "$OLD" in
	exits 1
	says '5 modules: 2 distilled, 3 failed'
}

@test "files that say nothing of the base do not count" {
	mkdir in
	cp "$SPLIT/$FITTING" in/split.btf
	for i in 1 2 3; do
		take "$DISTILLED/$FITTING" in/distilled-$i.btf
		make_standalone_btf in/standalone-$i.btf
	done
	rebtf distill --base "$OLD" in
	exits 0
	says '7 modules: 1 distilled, 6 left alone'
}

@test "what is held comes in its place, whatever the number of threads" {
	cp -r "$SPLIT" in
	make_weak in/weak.btf
	for base in "$OLD" "$NEW"; do
		for jobs in 1 2 8; do
			mkdir out.$jobs
			rebtf distill --verbose --jobs $jobs --base "$base" --out-dir out.$jobs in
			echo "$output $stderr" | sed "s/out.$jobs/out/g" > text.$jobs
		done
		cmp text.1 text.2
		cmp text.1 text.8
		same out.1 out.2
		same out.1 out.8
		rm -r out.?
	done
}
