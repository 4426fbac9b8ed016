#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# .BTF.inline: where functions were inlined. rebtf encode --inline makes it from the DWARF of programs that gcc and clang
# compile here, and all verbs that change .BTF change it, too.

load common

setup_file() {
	local cc

	cd "$BATS_FILE_TMPDIR"
	cat > kernel.c <<- 'END'
		struct shared { int a; long b; };
		int sink(struct shared *s, long n) { return s->a + (int)n; }
	END
	cat > module.c <<- 'END'
		struct shared { int a; long b; };
		int sink(struct shared *s, long n);
		static inline __attribute__((always_inline)) int add(int x, struct shared *p, long k)
		{
			return sink(p, k + x) + sink(p + 1, k);
		}
		int one(struct shared *p, int n) { return add(n, p, 42) + add(n + 1, p + 1, -7); }
		int two(struct shared *q) { return add(5, q, q->b); }
	END
	# A module has these sections.
	printf 'vermagic=7.4.0 SMP \0' > modinfo
	gcc -g -O2 -c kernel.c -o kernel.o
	"$REBTF" encode --detached kernel.btf kernel.o
	for cc in gcc clang; do
		command -v "$cc" > /dev/null || continue
		"$cc" -g -O2 -c module.c -o plain.o
		objcopy --add-section .modinfo=modinfo plain.o "$cc.ko"
		cp "$cc.ko" "$cc-split.ko"
		"$REBTF" encode --inline -B kernel.btf --any-release "$cc-split.ko"
	done
}

setup() {
	enter_work
	cp "$BATS_FILE_TMPDIR"/*.ko "$BATS_FILE_TMPDIR"/*.btf .
}

# places FILE [OPTIONS]: the places in its inline BTF, without ids.
places() {
	"$REBTF" dump --inline "${@:2}" "$1" > inlined
	sed -nE "s/^\tname=('[^']*') .* (offset=.*)/\1 \2/p" inlined
}

@test "the number of threads has no influence on the places" {
	local i jobs objects=()

	cat > unit.c <<- 'END'
		static volatile int sink;
		static inline __attribute__((always_inline)) void put(int x) { sink = x; }
		static __attribute__((used)) void caller(int y) { put(y); put(N); }
	END
	# So many units that each thread reads some.
	for i in 1 2 3 4 5 6 7 8; do
		gcc -DN=$i -g -O2 -c unit.c -o $i.o
		for _ in $(seq 200); do
			objects+=($i.o)
		done
	done
	ld -r -o all.o "${objects[@]}"
	"$REBTF" encode --quiet --inline --jobs 1 --out-dir one all.o
	for jobs in 2 3 2 3 2 3; do
		"$REBTF" encode --quiet --inline --jobs $jobs --out-dir more all.o
		cmp one/all.o more/all.o
	done
}

@test "encode --inline finds each place where a function was inlined" {
	local cc

	for cc in gcc clang; do
		[ -e $cc.ko ] || continue
		places $cc-split.ko -B kernel.btf > found
		[ "$(grep -c "^'add' offset=" found)" = 3 ]
		grep -q "LOCSEC '.text' vlen=3" inlined
		# Constants that the source passes: 42, -7 and 5.
		grep -q "LOC_PARAM '(anon)' size=8 flags=0x2 vlen=2 values='0x2a'" inlined
		grep -q "LOC_PARAM '(anon)' size=8 flags=0x3 vlen=2 values='-0x7'" inlined
		grep -q "LOC_PARAM '(anon)' size=4 flags=0x2 vlen=1 values='0x5'" inlined
		grep -q "values='reg[0-9]*'" inlined
		# No function is a function of .BTF only because it was inlined.
		"$REBTF" dump -B kernel.btf $cc-split.ko > own
		[ "$(grep -c "FUNC 'add'" own)" = 0 ]
		[ "$(grep -c "FUNC 'one'" own)" = 1 ]
	done
}

@test "the offsets are those of the entry addresses in the DWARF" {
	readelf --debug-dump=info gcc.ko 2> errors |
		awk '/DW_TAG_inlined_subroutine/ { inlined = 1 } /DW_AT_entry_pc/ && inlined { print $NF; inlined = 0 }' |
		sort > want
	[ "$(wc -l < want)" = 3 ]
	places gcc-split.ko -B kernel.btf | sed 's/.*offset=//' | while read -r offset; do
		printf '0x%x\n' "$offset"
	done | sort | diff want -
}

@test ".BTF is the same with and without --inline" {
	cp gcc.ko x.ko
	"$REBTF" encode -B kernel.btf --any-release x.ko
	"$REBTF" dump -B kernel.btf x.ko > without
	"$REBTF" dump -B kernel.btf gcc-split.ko | diff without -
}

@test "all verbs that change .BTF change .BTF.inline" {
	local cc

	for cc in gcc clang; do
		[ -e $cc.ko ] || continue
		places $cc-split.ko -B kernel.btf > want
		cp $cc-split.ko x.ko
		rebtf distill --base kernel.btf x.ko
		exits 0
		places x.ko | diff want -
		rebtf verify --rules 7.4 x.ko
		exits 0
		rebtf check -B kernel.btf --any-release x.ko
		exits 0
		cp x.ko kept.ko
		rebtf relocate --sort -B kernel.btf --any-release x.ko
		exits 0
		places x.ko -B kernel.btf | diff want -
		cp $cc-split.ko alone.ko
		rebtf standalone -B kernel.btf alone.ko
		exits 0
		places alone.ko | diff want -
		rebtf renumber -B kernel.btf alone.ko
		exits 0
		places alone.ko -B kernel.btf | diff want -
		# The saved original has its own inline BTF.
		rebtf relocate --keep -B kernel.btf --any-release kept.ko
		exits 0
		readelf -SW kept.ko | grep -q ' \.BTF\.kept_inline '
		rebtf relocate -B kernel.btf --any-release kept.ko
		exits 0
		places kept.ko -B kernel.btf | diff want -
	done
}

@test "info, extract and raw chains have .BTF.inline" {
	rebtf info -B kernel.btf gcc-split.ko
	exits 0
	says '.BTF.inline '
	rebtf info --json -B kernel.btf gcc-split.ko
	exits 0
	echo "$output" > json
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" < json
	[ "$(jq '.sections[".BTF.inline"].size > 100' json)" = true ]
	rebtf extract -o raw.btf gcc-split.ko
	exits 0
	"$REBTF" dump -B kernel.btf --inline gcc-split.ko > want
	"$REBTF" dump -B kernel.btf -B raw.btf raw.btf.inline | diff want -
	"$REBTF" dump -B kernel.btf --inline --json gcc-split.ko > json
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" < json
	[ "$(jq -c '[.types[] | select(.kind == "LOCSEC") | .locs[].name] | unique' json)" = '["add"]' ]
	rebtf dump --inline gcc.ko
	exits 2
}

# No verb rewrites x.btf.inline, which refers to the types of x.btf by id.
@test "raw BTF is not replaced beside its inline BTF" {
	mkdir tree
	rebtf extract -o tree/raw.btf gcc-split.ko
	exits 0
	cp -r tree before
	for input in tree/raw.btf tree; do
		for option in --verbose --dry-run; do
			rebtf distill $option --base kernel.btf $input
			exits 2
			complains 'tree/raw.btf.inline: refers by id to types that this would replace'
			diff -r before tree
		done
	done
	# Elsewhere the new BTF has none, not even that of an older file.
	mkdir out
	cp before/raw.btf.inline out
	rebtf distill --base kernel.btf --out-dir out tree
	exits 0
	[ "$(ls out)" = $'raw.btf\nraw.btf.base' ]
	diff -r before tree
	rm tree/raw.btf.inline
	rebtf distill --base kernel.btf tree
	exits 0
}

@test "damaged inline BTF is refused" {
	echo records > records
	objcopy --update-section .BTF.inline=records gcc-split.ko x.ko
	rebtf distill --base kernel.btf x.ko
	exits 2
	complains x.ko '.BTF.inline: truncated BTF header'
	rebtf dump --inline -B kernel.btf x.ko
	exits 2
	rebtf verify --rules 7.4 -B kernel.btf x.ko
	exits 1
	cp gcc.ko alone.ko
	"$REBTF" encode --quiet --inline --any-release alone.ko
	objcopy --update-section .BTF.inline=records alone.ko
	for module in alone.ko x.ko; do
		rebtf info -B kernel.btf $module
		exits 2
		complains $module '.BTF.inline: truncated BTF header'
	done
	rebtf info alone.ko
	exits 2
	complains alone.ko '.BTF.inline: truncated BTF header'
	# New BTF without inline BTF leaves none.
	cp gcc-split.ko y.ko
	rebtf encode -B kernel.btf --any-release y.ko
	exits 0
	readelf -SW y.ko > sections
	[ "$(grep -c ' \.BTF\.inline ' sections)" = 0 ]
	# A linked file keeps the header of the section, unused.
	gcc -g -O2 -shared -fPIC "$BATS_FILE_TMPDIR/module.c" -o z.so
	rebtf encode --inline z.so
	exits 0
	rebtf find --inlined add -B z.so
	exits 0
	rebtf encode z.so
	exits 0
	readelf -SW z.so > sections
	[ "$(grep -c ' \.BTF\.inline ' sections)" = 0 ]
	rebtf check -B kernel.btf --any-release x.ko
	exits 2
	# Older kernels do not read it.
	rebtf verify --rules 7.2 -B kernel.btf x.ko
	exits 0
}

@test "find --inlined says where a function was inlined, and where its parameters are" {
	rebtf find --inlined add -B kernel.btf gcc-split.ko
	exits 0
	[ "$(grep -c '^gcc_split: add at \.text+0x[0-9a-f]* in \(one\|two\)+0x[0-9a-f]*: x is ' <<< "$output")" = 3 ]
	says ' in two+0x'
	says 'k is 0x2a'
	says 'k is -0x7'
	says 'x is 0x5'
	says ' is in register '
	# Each offset in the function and its start add up to the offset in the section.
	nm gcc-split.ko | awk '$3 == "one" || $3 == "two" { print $3, $1 }' > starts
	while read -r name start; do
		sed -nE "s/.*\.text\+(0x[0-9a-f]+) in $name\+(0x[0-9a-f]+):.*/\1 \2/p" <<< "$output" |
			while read -r offset inside; do
				[ $((offset - inside)) = $((16#$start)) ]
			done
	done < starts
	rebtf find --inlined 'ad?' --json -B kernel.btf gcc-split.ko
	exits 0
	echo "$output" > json
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" < json
	[ "$(jq -s length json)" = 3 ]
	[ "$(jq -s '[.[].parameters[] | select(.location == "-0x7")] | length' json)" = 1 ]
	rebtf find --inlined sub -B kernel.btf gcc-split.ko
	exits 1
}

@test "find --inlined compares names as for types: the part from the last ___ on does not count" {
	rebtf find --inlined add -B kernel.btf gcc-split.ko
	local want=$output
	rebtf find --inlined add___old -B kernel.btf gcc-split.ko
	exits 0
	[ "$output" = "$want" ]
	for name in ad add___ ___add add____ adds___old 'add___ol?'; do
		rebtf find --inlined "$name" -B kernel.btf gcc-split.ko
		exits 1
	done
}

@test "find --inlined describes every kind of location" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- 'END'
		from build_btf import *

		SIGNED, CONST, ADDR, REG, DEREF, OFFSET = (1 << bit for bit in range(6))
		FRAME = 0xffffffff
		kernel = Btf()
		number = kernel.int("int", 4)
		kernel.write("vmlinux.btf")
		locations = (
		    ("one", REG, 5), ("two", REG, 5, 4), ("base", REG, FRAME), ("mixed", REG, 3, FRAME),
		    ("sum", REG | OFFSET, 6, 8), ("memory", REG | DEREF, 7), ("stack", SIGNED | REG | DEREF | OFFSET, FRAME, -16),
		    ("constant", CONST, 42), ("address", CONST | ADDR, 64), ("bad", REG, 1, 2, 3),
		)
		module = Btf(kernel)
		func = module.func("put", module.proto(number, [(name, number) for name, *_ in locations] + [("none", number)]))
		module.write("x.btf")
		inlined = Btf(module)
		params = [inlined.add(LOC_PARAM, "", 8, (flags, *words), len(words)) for _, flags, *words in locations]
		proto = inlined.add(LOC_PROTO, "", 0, (*params, 0), len(params) + 1)
		inlined.add(LOCSEC, ".text", 0, (func, proto, 16), 1)
		inlined.write("x.btf.inline")
	END
	rebtf find --inlined put -B vmlinux.btf x.btf
	exits 0
	sed 's/, /\n/g; s/: one /:\none /' <<< "$output" > found
	cat > want <<- 'END'
		x: put at .text+0x10:
		one is in register 5
		two is in register 5 and register 4
		base is in the frame base
		mixed is in register 3 and the frame base
		sum is register 6 + 0x8
		memory is in memory at register 7
		stack is in memory at the frame base - 0x10
		constant is 0x2a
		address is 0x40 (addr)
		bad is unknown
		none is unknown
	END
	diff want found
}

@test "find --inlined reads distilled modules, raw chains and files without symbols" {
	rebtf distill --base kernel.btf gcc-split.ko
	rebtf find --inlined add -B kernel.btf gcc-split.ko
	exits 0
	says 'k is 0x2a'
	rebtf standalone -B kernel.btf gcc-split.ko
	exits 0
	rebtf extract -o raw.btf gcc-split.ko
	rebtf find --inlined add --json -B kernel.btf raw.btf
	exits 0
	echo "$output" > json
	[ "$(jq -c -s '[.[].inside] | unique' json)" = '[null]' ]
	rebtf encode --inline --detached vmlinux.btf gcc.ko
	rebtf find --inlined add -B vmlinux.btf
	exits 0
	says 'vmlinux: add at .text+'
}

@test "encode --inline --distill distills no more than distill does" {
	cp gcc.ko x.ko
	rebtf encode --inline --distill -B kernel.btf --any-release x.ko
	exits 0
	rebtf distill --base kernel.btf gcc-split.ko
	exits 0
	"$REBTF" dump gcc-split.ko > want
	"$REBTF" dump x.ko | diff want -
	"$REBTF" dump --inline gcc-split.ko > want
	"$REBTF" dump --inline x.ko | diff want -
}
