#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# rebtf verify: real kernels and modules, and damaged ones. every_form.bats verifies the forms that rebtf writes.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# put FILE OFFSET BYTES: overwrites bytes, given in printf's notation.
put() {
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "kernels and their modules are accepted by the rules of their version, and in full" {
	rebtf verify --rules 6.1 "$OLD" "$NEW"
	exits 0
	says '2 modules: 2 accepted'
	rebtf verify --rules 6.1 --base "$OLD" "$SPLIT"
	exits 0
	[[ $output =~ ^[0-9]+\ modules:\ [0-9]+\ accepted,\ read\ as\ split\ over\ "$OLD"$ ]]
}

@test "split BTF over another base than its own is refused, or as good as another's" {
	rebtf verify --base "$NEW" --as split "$SPLIT/$MISFIT"
	exits 1
	says "$SPLIT/$MISFIT: refused"
	says '    .BTF: type ['
	says '1 module: 1 refused'
}

@test "what no other verb opens gets a verdict, with the type at fault" {
	make_standalone_btf x.btf
	rebtf verify x.btf
	exits 0
	put x.btf 24 '\xff\xff'
	rebtf dump --as standalone x.btf
	exits 2
	rebtf verify --as standalone x.btf
	exits 1
	says '    .BTF: type [1] '
	says 'no string at name offset'
}

@test "broken or nameless BTF is read as standalone, never over the running kernel, and the verdict says so" {
	local int='1 0x1000000 4 32'
	# An id and a name that are too large, and a loop of two arrays without names.
	# shellcheck disable=SC2086 # words
	{
		raw_btf id.btf /int/ $int 0 0x4000001 8 0 99 0
		raw_btf name.btf /int/ $int 999999 0x2000000 1
		raw_btf loop.btf '' 0 0x1000000 4 32 0 0x3000000 0 3 1 1 0 0x3000000 0 2 1 1
		raw_btf nameless.btf / 0 0x1000000 4 32 0 0x2000000 1
		raw_btf empty.btf /
	}
	for file in id name loop nameless empty; do
		rebtf verify --as standalone $file.btf
		local status_as=$status output_as=$output
		rebtf verify $file.btf
		[ "$status" = "$status_as" ]
		[ "$output" = "$output_as" ]
		says 'read as standalone'
		rebtf verify --verbose --json $file.btf
		[ "$(head -n 1 <<< "$output" | jq -c .reading)" = '{"form":"standalone"}' ]
	done
	rebtf verify id.btf name.btf
	says '    .BTF: type [2] STRUCT: member 0: type [99] does not exist'
	says '    .BTF: type [2] PTR: no string at name offset 999999'
	rebtf verify loop.btf
	exits 1
	# With an explicit base the result differs.
	rebtf verify --base "$OLD" id.btf
	exits 1
	says "id.btf: refused, read as split over $OLD"
}

@test "the running kernel agrees on all of these" {
	mkdir broken taken
	# shellcheck disable=SC2086 # words
	{
		raw_btf broken/id.btf /int/ 1 0x1000000 4 32 0 0x4000001 8 0 99 0
		raw_btf broken/name.btf /int/ 1 0x1000000 4 32 999999 0x2000000 1
		raw_btf broken/loop.btf / 0 0x1000000 4 32 0 0x3000000 0 3 1 1 0 0x3000000 0 2 1 1
		raw_btf broken/empty.btf /
		raw_btf taken/nameless.btf /int/ 1 0x1000000 4 32 0 0x2000000 1
	}
	run "$BATS_TEST_DIRNAME/load_btf.py" broken
	[ "$status" -ne 77 ] || skip "the kernel cannot be asked"
	says '4 files, 4 refused'
	rebtf verify broken
	says '4 modules: 4 refused, read as standalone'
	run "$BATS_TEST_DIRNAME/load_btf.py" taken
	says '1 files, 0 refused'
	rebtf verify taken
	says '1 module: 1 accepted, read as standalone'
}

@test "each verdict names its reading: the base that was named or the running kernel, and modules in between" {
	rebtf verify --verbose "$DISTILLED/$FITTING" "$OLD"
	exits 0
	says "$DISTILLED/$FITTING: accepted, read as distilled"
	says "$OLD: accepted, read as standalone"
	says '2 modules: 2 accepted, read as distilled (1), standalone (1)'
	rebtf verify --base "$OLD" "$SPLIT/$FITTING"
	exits 0
	says "1 module: 1 accepted, read as split over $OLD"
	rebtf verify --json --base "$OLD" --base "$SPLIT/$MISFIT" --as split "$SPLIT/$FITTING"
	[ "$(head -n 1 <<< "$output" | jq -c '.reading | [.form, .base, .over[].file]')" = \
		"[\"split\",\"$OLD\",\"$SPLIT/$MISFIT\"]" ]
	[ -e /sys/kernel/btf/vmlinux ] || skip "the running kernel has no BTF"
	rebtf verify "$SPLIT/$FITTING"
	says "$SPLIT/$FITTING: refused, read as split over the running kernel"
	rebtf verify --json "$SPLIT/$FITTING"
	[ "$(head -n 1 <<< "$output" | jq -c .reading)" = '{"form":"split","base":null,"over":[]}' ]
}

@test "--all finds more than the first" {
	cp "$OLD" x.btf
	# The names of the first types. Each type has 12 or 16 bytes.
	for at in 24 104 204; do
		put x.btf $at '\xff\xff\xff\x7f'
	done
	rebtf verify x.btf
	exits 1
	[ "$(grep -c '^    ' <<< "$output")" = 1 ]
	rebtf verify --all x.btf
	exits 1
	[ "$(grep -c '^    ' <<< "$output")" -gt 1 ]
	[[ $output != *'maybe more'* ]]
	# 1,001 INTs of 4 bytes and 255 bits.
	# shellcheck disable=SC2046 # each is a word
	raw_btf many.btf '/int/' $(yes '1 0x01000000 4 0x010000ff' | head -n 1001)
	rebtf verify --all many.btf
	exits 1
	says 'and possibly more: rebtf stops after 1000'
	rebtf verify many.btf
	exits 1
	[[ $output != *'maybe more'* ]]
}

@test "the JSON of verdicts says what the text says" {
	make_standalone_btf x.btf
	rebtf verify --json x.btf
	exits 0
	[ "$(head -n 1 <<< "$output" | jq -c '[.outcome, .violations]')" = '["accepted",[]]' ]
	put x.btf 24 '\xff\xff'
	rebtf verify --json --as standalone x.btf
	exits 1
	[ "$(head -n 1 <<< "$output" | jq -c '[.outcome, .violations[0].code, .violations[0].type_id, .violations[0].section]')" = \
		'["refused","format",1,".BTF"]' ]
	[ "$(tail -n 1 <<< "$output" | jq -c '.summary | [.verb, .accepted, .misfit]')" = '["verify",0,1]' ]
}

@test "a distilled base that is broken is named" {
	cp "$DISTILLED/$FITTING" x.btf
	cp "$DISTILLED/$FITTING.base" x.btf.base
	rebtf verify x.btf
	exits 0
	put x.btf.base 24 '\xff\xff\xff\x7f'
	rebtf verify x.btf
	exits 1
	says '    .BTF.base: type [1] '
}

@test "expectations and kept originals are judged as well, over what they are over" {
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir distilled "$DATA/ko/tcp_bbr.ko"
	"$REBTF" relocate --quiet --keep --base "$OLD" --out-dir kept distilled
	rebtf verify --base "$OLD" kept/tcp_bbr.ko
	exits 0
	for section in .BTF.base_expects .BTF.kept .BTF.kept_base; do
		objcopy -O binary --only-section=$section --set-section-flags $section=alloc kept/tcp_bbr.ko part
		put part 24 '\xff\xff\xff\x7f'
		objcopy --update-section $section=part kept/tcp_bbr.ko broken.ko
		rebtf verify --base "$OLD" broken.ko
		exits 1
		says "    $section: type ["
	done
	cp "$DISTILLED/$FITTING" x.btf
	cp "$DISTILLED/$FITTING.base" x.btf.base
	printf no > x.btf.expects
	rebtf verify x.btf
	exits 1
	says '    .BTF.base_expects: truncated BTF header (found 2 bytes, expected at least 8)'
}

@test "what is wrong first is one finding a file; what is broken elsewhere is found with --all" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir distilled "$DATA/ko/tcp_bbr.ko"
	"$REBTF" relocate --quiet --keep --base "$OLD" --out-dir kept distilled
	for section in .BTF .BTF.kept; do
		objcopy -O binary --only-section=$section --set-section-flags $section=alloc kept/tcp_bbr.ko part
		put part 24 '\xff\xff\xff\x7f'
		objcopy --update-section $section=part kept/tcp_bbr.ko
	done
	cp "$DISTILLED/$FITTING" x.btf
	cp "$DISTILLED/$FITTING.base" x.btf.base
	put x.btf 24 '\xff\xff\xff\x7f'
	printf no > x.btf.expects
	for file in kept/tcp_bbr.ko x.btf; do
		rebtf verify --base "$OLD" $file
		exits 1
		[ "$(grep -c '^    ' <<< "$output")" = 1 ]
		says '    .BTF: type ['
	done
	rebtf verify --all --base "$OLD" kept/tcp_bbr.ko
	exits 1
	says '    .BTF: type ['
	says '    .BTF.kept: type ['
	rebtf verify --all --base "$OLD" x.btf
	exits 1
	says '    .BTF: type ['
	says '    .BTF.base_expects: '
}

@test "several --base: BTF goes on from that of modules, which go on from the kernel's" {
	# Joined in one file, they are a base that BTF can be renumbered over.
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$OLD" "$SPLIT/$FITTING" > both.btf <<- 'END'
		import sys
		from pathlib import Path
		from load_btf import file_of, types_and_strings
		parts = [types_and_strings(Path(p)) for p in sys.argv[1:]]
		sys.stdout.buffer.write(file_of(*map(b"".join, zip(*parts))))
	END
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$SPLIT/$MISFIT"
	"$REBTF" renumber --quiet --base both.btf --out-dir shown alone
	file=shown/$(basename "$MISFIT")
	rebtf verify --base "$OLD" --base "$SPLIT/$FITTING" --as split "$file"
	exits 0
	rebtf verify --base "$OLD" --as split "$file"
	exits 1
	rebtf verify --base "$OLD" --base alone --as split "$file"
	exits 2
	complains alone
	rebtf verify --base "$OLD" --base "$file" --as split "$file"
	exits 2
}

@test "a program's BTF may own few of the structs of the kernel that --base names" {
	# [1] FUNC_PROTO, [2] STRUCT 'x', [3] TYPE_TAG 'kptr' [2], [4] PTR [3], [5] STRUCT 's' with [4].
	words() {
		python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("<%dI" % (len(sys.argv) - 1), *map(int, sys.argv[1:])))' "$@"
	}
	{
		printf '\x9f\xeb\x01\0'
		words 24 0 72 72 13 0 218103808 0 1 67108864 8 6 301989888 2 0 33554432 3 11 67108865 8 0 4 0
		printf '\0file\0kptr\0s\0'
	} > x.btf
	for version in 6.1 6.12 6.18 7.2; do
		rebtf verify --rules $version --as standalone x.btf
		exits 0
	done
	rebtf verify --rules 6.1 --as standalone --base "$OLD" x.btf
	exits 0
	rebtf verify --rules 6.12 --as standalone --base "$OLD" x.btf
	exits 1
	says "type [5] STRUCT 's': pointer with the tag 'kptr' to the kernel's struct 'file', but programs cannot own it"
}

@test "verdicts do not depend on the number of threads" {
	for jobs in 1 2 8; do
		rebtf verify --verbose --jobs $jobs --base "$NEW" --as split "$SPLIT"
		exits 1
		echo "$output" > text.$jobs
	done
	diff text.1 text.2
	diff text.1 text.8
	[ "$(grep -c ': refused, read as split over ' text.1)" -gt 10 ]
}

@test "without a base that can be had, split BTF has no verdict" {
	rebtf verify --base none "$SPLIT/$FITTING" "$DISTILLED/$FITTING"
	exits 1
	complains "$SPLIT/$FITTING" none
	says '2 modules: 1 accepted, 1 failed'
}

# kernel32 FILE [NAME]: writes a kernel with 4-byte pointers. An INT called NAME reveals their size.
kernel32() {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$@" <<-'END'
	import sys
	from build_btf import Btf

	b = Btf()
	b.int("int", 4, 1)
	pointer = b.add(2)
	b.struct("pair", 8, [("a", pointer, 0), ("b", pointer, 32)])
	if sys.argv[2:]:
	    b.int(sys.argv[2], 4)
	b.write(sys.argv[1])
	END
}

# elf FILE BTF FORMAT: creates an ELF object of the given class with the BTF.
elf() {
	echo | as --32 -o "$1" - 2> /dev/null || skip "no assembler for 32-bit objects"
	[ "$3" = 32 ] || echo | as -o "$1" -
	objcopy --add-section .BTF="$2" "$1"
}

@test "a 32-bit kernel is judged by the size of its own pointers" {
	for name in 'unsigned long' 'long unsigned int' 'long int' long; do
		kernel32 k.btf "$name"
		rebtf verify k.btf
		exits 0
		rebtf verify --pointer-size 8 k.btf
		exits 1
		says "STRUCT 'pair': member 1: 8 bytes at offset 4 end past the struct's 8 bytes"
	done
	# Split BTF belongs to the kernel of its base.
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<-'END'
	from build_btf import Btf

	k = Btf()
	k.int("int", 4, 1)
	pointer = k.add(2)
	k.struct("pair", 8, [("a", pointer, 0), ("b", pointer, 32)])
	k.int("unsigned long", 4)
	k.write("k.btf")
	m = Btf(k)
	m.struct("mine", 8, [("a", pointer, 0), ("b", pointer, 32)])
	m.write("m.btf")
	END
	rebtf verify --base k.btf --as split m.btf
	exits 0
}

@test "the class of an ELF file tells the size of pointers" {
	kernel32 k.btf
	elf k32.o k.btf 32
	elf k64.o k.btf 64
	rebtf verify k32.o
	exits 0
	rebtf verify k64.o
	exits 1
	says 'k64.o: refused'
}

@test "where nothing tells the size of pointers, the verdict says so" {
	kernel32 k.btf
	rebtf verify k.btf
	exits 1
	says 'k.btf: accepted if pointers have 4 bytes, refused if they have 8, and nothing tells which'
	says "STRUCT 'pair': member 1: 8 bytes at offset 4"
	says '1 module: 1 refused or unclear'
	rebtf verify --json k.btf
	[ "$(jq -r '.outcome // empty' <<< "$output")" = unclear ]
	rebtf verify --pointer-size 4 k.btf
	exits 0
	rebtf verify --pointer-size 8 k.btf
	exits 1
	says 'k.btf: refused'
	rebtf verify --pointer-size 2 k.btf
	exits 2
	[[ $stderr == *"invalid --pointer-size '2' (expected 4 or 8)"* ]]
}
