#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf encode: BTF from the DWARF of programs that gcc compiles here, and rebtf-pahole, which encodes as pahole does in
# kernel builds.

load common

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	cat > program.c <<- 'END'
		enum color { RED, GREEN = 7 };
		struct inner { long x; };
		struct outer { int a; char b[3]; struct inner *next; unsigned int flag : 3; };
		struct outer instance;
		int callee(struct outer *o, enum color n) { return o->a + (int)n; }
	END
	cat > module.c <<- 'END'
		struct inner { long x; };
		struct own { struct inner inner; };
		int own(struct own *o) { return (int)o->inner.x; }
	END
	gcc -g -c program.c -o program.o
	gcc -g -c module.c -o module.o
	gcc -g -shared program.o -o program.so
	gcc -c program.c -o bare.o
}

setup() {
	enter_work
	cp "$BATS_FILE_TMPDIR"/*.o "$BATS_FILE_TMPDIR"/*.so "$BATS_FILE_TMPDIR"/*.c .
	ln -s "$REBTF" rebtf-pahole
	pahole=$PWD/rebtf-pahole
}

# has_types FILE: whether the BTF has the types of program.c.
has_types() {
	"$REBTF" dump "$1" > dump
	grep -q "STRUCT 'outer' size=24 vlen=4" dump
	grep -q "STRUCT 'inner' size=8 vlen=1" dump
	grep -q "ENUM 'color' .*vlen=2" dump
	grep -q "'GREEN' val=7" dump
}

@test "encode adds BTF to an object" {
	rebtf encode --json --dry-run program.o
	exits 0
	local types
	types=$(jq .types <<< "${lines[0]}")
	rebtf encode -v program.o
	exits 0
	says "program.o: encoded, $types types"
	[ "$("$REBTF" dump program.o | grep -c '^\[')" -eq "$types" ]
	has_types program.o
	readelf -SW program.o | grep -q ' \.BTF '
	gcc program.o module.o -shared -o linked.so
}

@test "encode adds BTF to a linked file, whose program stays as it is" {
	readelf -lW program.so > before
	rebtf encode program.so
	exits 0
	readelf -lW program.so | diff before -
	has_types program.so
	python3 -c 'import ctypes; assert ctypes.CDLL("./program.so").callee'
	# Again: the section gets new bytes.
	rebtf encode program.so
	exits 0
	has_types program.so
	[ "$(readelf -SW program.so | grep -c ' \.BTF ')" = 1 ]
}

@test "nothing of older BTF stays in a file that is encoded again" {
	local file
	rebtf encode --detached base.btf program.o
	gcc -g -shared module.o -o module.so
	for file in module.o module.so; do
		rebtf encode --base base.btf --distill --expects "$file"
		exits 0
		rebtf encode "$file"
		exits 0
		rebtf info "$file"
		says standalone
		[ "$(readelf -SW "$file" | grep -c ' \.BTF')" -eq 1 ]
		rebtf encode --inline "$file"
		rebtf encode "$file"
		exits 0
		[ "$(readelf -SW "$file" | grep -c ' \.BTF')" -eq 1 ]
	done
}

@test "encode fills an empty .BTF, as tools that separate debug information leave it" {
	echo 'asm(".section .BTF, \"a\"; .byte 1; .text");' | cat program.c - > split.c
	gcc -g -c split.c
	objcopy --only-keep-debug split.o split.debug
	readelf -SW split.debug | grep -q ' \.BTF  *NOBITS'
	rebtf encode split.debug
	exits 0
	has_types split.debug
	[ "$(readelf -SW split.debug | grep -c ' \.BTF')" -eq 1 ]
	readelf -SW split.debug | grep -q ' \.BTF  *PROGBITS'
}

@test "resolved ids in .BTF_ids become those of the new BTF" {
	cat > ids.c <<- 'END'
		struct first { int x; } first;
		struct inner { long x; } inner;
		struct last { int y; } last;
		#define ID(name) asm(".pushsection .BTF_ids, \"a\"; .local " name "; .type " name ", @object; " \
			".size " name ", 4; " name ": .zero 4; .popsection")
		ID("__BTF_ID__struct__last__1");
		ID("__BTF_ID__struct__inner__2");
	END
	gcc -g -c ids.c
	rebtf encode --detached base.btf program.o
	rebtf encode --base base.btf ids.o
	# A build resolves ids after it encoded, so encode leaves them alone.
	rebtf encode --base base.btf ids.o
	readelf -x .BTF_ids ids.o | grep -q ' 00000000 00000000 '
	rebtf ids --resolve --base base.btf ids.o
	exits 0
	readelf -x .BTF_ids ids.o > split
	for option in --distill ''; do
		rebtf encode --base base.btf $option ids.o
		exits 0
		rebtf ids --base base.btf --json ids.o
		exits 0
		[ "$(jq -c 'select(.file) | [.wrong, (.ids[] | .name)]' <<< "$output")" = '[0,"last","inner"]' ]
	done
	readelf -x .BTF_ids ids.o | diff split -
	rebtf encode ids.o
	exits 0
	readelf -x .BTF_ids ids.o > standalone
	[ "$(cat standalone)" != "$(cat split)" ]
	last=$("$REBTF" dump ids.o | sed -n "s/^\[\([0-9]*\)\] STRUCT 'last'.*/\1/p")
	grep -q " $(printf '%02x000000' "$last") " standalone
}

@test "encode writes raw BTF beside a file and leaves the file alone" {
	remember program.o
	rebtf encode --detached program.btf program.o
	exits 0
	unchanged program.o
	has_types program.btf
	rebtf verify program.btf
	exits 0
}

@test "encode replaces what a symbolic link leads to, and not the link" {
	rebtf encode --out-dir wanted program.o
	mkdir tree real
	cp program.o real/x.ko
	ln -s ../real/x.ko tree/y.ko
	ln -s tree/y.ko z.ko
	rebtf encode z.ko
	exits 0
	cmp real/x.ko wanted/program.o
	[ "$(readlink z.ko) $(readlink tree/y.ko)" = 'tree/y.ko ../real/x.ko' ]
	[ "$(ls -A real tree | xargs)" = 'real: x.ko tree: y.ko' ]
}

@test "a dry run of encode makes neither files nor directories" {
	mkdir -p tree/below
	cp program.o tree/below/x.ko
	rebtf encode --dry-run --out-dir out tree
	exits 0
	says '1 file: 1 would be encoded'
	[ ! -e out ]
	cmp program.o tree/below/x.ko
}

@test "encode reads compressed modules, and compresses them again" {
	rebtf encode --quiet --out-dir plain program.o
	mkdir tree
	xz --check=crc32 --lzma2=dict=64KiB -c program.o > tree/x.ko.xz
	zstd -q program.o -o tree/z.ko.zst
	gzip -c program.o > tree/g.ko.gz
	chmod 640 tree/x.ko.xz
	rebtf encode tree
	exits 0
	xz -dc tree/x.ko.xz | cmp - plain/program.o
	zstd -qdc tree/z.ko.zst | cmp - plain/program.o
	gzip -dc tree/g.ko.gz | cmp - plain/program.o
	xz -lvv tree/x.ko.xz | grep -q -- '--lzma2=dict=64KiB'
	[ "$(stat -c %a tree/x.ko.xz)" = 640 ]
	[ "$(ls -A tree | wc -l)" = 3 ]
	# Again, elsewhere, and beside the file.
	rebtf encode --out-dir again tree
	exits 0
	cmp again/x.ko.xz tree/x.ko.xz
	rebtf encode --detached out.btf tree/z.ko.zst
	exits 0
	has_types out.btf
	xz -c program.so > program.so.xz
	rebtf encode program.so.xz
	exits 0
	has_types program.so.xz
}

@test "encode --detached takes no directory, because one file would replace another" {
	mkdir tree
	cp program.so tree/a.ko
	cp program.so tree/b.ko
	rebtf encode --detached out.btf tree
	exits 2
	complains 'one file only'
	[ ! -e out.btf ]
}

@test "encode refuses damaged compressed modules, and leaves them alone" {
	xz -c program.o > whole.xz
	head -c 900 whole.xz > cut.ko.xz
	{ gzip -c program.o; echo more; } > more.ko.gz
	remember .
	rebtf encode cut.ko.xz
	exits 2
	complains 'cut.ko.xz: ' xz
	rebtf encode more.ko.gz
	exits 2
	complains 'more.ko.gz: 5 bytes follow the gzip data'
	unchanged .
}

@test "encode leaves out the types of the base" {
	rebtf encode --detached base.btf program.o
	rebtf encode --base base.btf --detached module.btf module.o
	exits 0
	rebtf encode --base - --detached again.btf module.o < base.btf
	exits 0
	cmp module.btf again.btf
	"$REBTF" dump --base base.btf module.btf > dump
	grep -q "STRUCT 'own' size=8" dump
	! grep -q "STRUCT 'inner'" dump
}

@test "encode takes its base from standard input, and keeps the BTF of an image in the cache" {
	rebtf encode --detached base.btf program.o
	rebtf encode --base base.btf --detached module.btf module.o
	rebtf encode --base - --detached piped.btf module.o < base.btf
	exits 0
	cmp piped.btf module.btf
	gzip -nk base.btf
	"$BATS_TEST_DIRNAME/make_image.py" bzimage vmlinuz base.btf.gz
	export XDG_CACHE_HOME=$PWD/xdg
	mkdir xdg
	rebtf encode --base ./vmlinuz --detached image.btf --no-cache module.o
	exits 0
	[ -z "$(ls xdg)" ]
	rebtf encode --base ./vmlinuz --detached image.btf module.o
	exits 0
	cmp image.btf module.btf
	[ "$(find xdg/rebtf -type f | wc -l)" -eq 1 ]
}

@test "encode makes one array of an array of arrays if the kernel has no such arrays" {
	echo 'struct own { int matrix[2][3]; } instance;' > matrix.c
	gcc -g -c matrix.c
	rebtf encode --detached alone.btf matrix.o
	exits 0
	[ "$("$REBTF" dump alone.btf | grep -c 'nr_elems=[23]$')" = 2 ]
	# Debian's 6.1 has 3,000 arrays, and none of them is an element of another.
	rebtf encode --base "$OLD" --detached over.btf matrix.o
	exits 0
	# The base has int[6].
	run -0 "$REBTF" dump --base "$OLD" over.btf
	[[ $output == *"STRUCT 'own' size=24"* ]]
	[[ $output != *ARRAY* ]]
}

@test "encode --distill records the types of the base" {
	rebtf encode --detached base.btf program.o
	rebtf encode --base base.btf --distill module.o
	exits 0
	readelf -SW module.o | grep -q ' \.BTF\.base '
	rebtf info module.o
	says distilled
}

@test "encode --distill --expects also records the definitions that a module relies on" {
	rebtf encode --detached base.btf program.o
	rebtf encode --base base.btf --distill --expects module.o
	exits 0
	readelf -SW module.o | grep -q ' \.BTF\.base_expects '
	rebtf check --base base.btf module.o
	exits 0
	rebtf encode --base base.btf --distill --expects --detached out.btf module.o
	[ -s out.btf.base ]
	[ -s out.btf.expects ]
}

@test "the companions of older BTF do not stay beside BTF that is encoded" {
	local ending

	"$REBTF" encode --detached want.btf program.o
	for ending in base expects note inline ids; do
		touch x.btf.$ending
	done
	rebtf encode --detached x.btf program.o
	exits 0
	cmp want.btf x.btf
	[ "$(ls x.btf*)" = x.btf ]
	cp program.o x.btf.base
	rebtf encode --detached x.btf x.btf.base
	exits 2
	complains 'x.btf.base: cannot overwrite the input with its BTF'
	cmp program.o x.btf.base
}

@test "the result of encode does not depend on the number of threads" {
	rebtf encode -j 1 --detached one.btf program.so
	rebtf encode -j 4 --detached four.btf program.so
	cmp one.btf four.btf
}

# names FILE: the names of its types, in order.
names() {
	"$REBTF" dump "$@" | sed -nE "s/^\[[0-9]+\] [A-Z_0-9]+ '([^(']*)'.*/\1/p"
}

# for_kernel RELEASE: makes for.o, an object of a module for that kernel, from program.c.
for_kernel() {
	printf '__attribute__((section(".modinfo"), used)) static const char magic[] = "vermagic=%s SMP ";\n' "$1" |
		cat program.c - > for.c
	gcc -g -c for.c -o for.o
}

@test "encode sorts types by name for kernels that search by bisection" {
	local release sorted
	for release in 6.12.1-test 7.2.13-test; do
		for option in '' --sort --no-sort; do
			for_kernel $release
			rebtf encode $option for.o
			exits 0
			names for.o > names
			[ "$(wc -l < names)" -gt 5 ]
			sorted=no
			LC_ALL=C sort -c names 2> /dev/null && sorted=yes
			case $release$option in
			7*13-test | *--sort) [ $sorted = yes ] ;;
			*) [ $sorted = no ] ;;
			esac
		done
	done
	"$REBTF" encode --detached base.btf program.o
	for_kernel 7.2.13-test
	rebtf encode --base base.btf --distill --sort --detached for.btf for.o
	exits 0
	rebtf verify --rules 7.2 --base for.btf.base for.btf --verbose
	exits 0
	[[ $output != *'not sorted'* ]]
}

@test "encode fails for a file without DWARF, and writes nothing" {
	remember bare.o
	rebtf encode bare.o
	exits 2
	complains 'bare.o: the file has no DWARF'
	unchanged bare.o
	rebtf encode --detached bare.btf bare.o
	exits 2
	[ ! -e bare.btf ]
}

@test "encode names the place of damaged DWARF, writes nothing, and leaves no file behind" {
	local offset
	offset=$(( 0x$(readelf -SW program.so | sed 's/\[ *//' | awk '$2 == ".debug_info" { print $5 }') ))
	printf '\377\377' | dd of=program.so bs=1 seek=$((offset + 4)) conv=notrunc status=none
	ls -A > before
	rebtf encode --detached out.btf program.so
	exits 2
	complains 'program.so: .debug_info: unit at 0x0: unsupported version'
	ls -A | diff before -
}

@test "encode --json is as the schema says" {
	python3 -c 'import jsonschema' 2> /dev/null || skip "needs python3-jsonschema"
	rebtf encode --json --dry-run program.o bare.o
	exits 1
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

@test "encode refuses words that it does not know" {
	rebtf encode --features var,frob program.o
	exits 2
	complains "unknown feature 'frob'"
	rebtf encode --lang-exclude rust,klingon program.o
	exits 2
	complains "unknown language 'klingon'"
}

@test "rebtf-pahole prints the version as kernel builds read it" {
	[ "$("$pahole" --version)" = v1.31 ]
	[ "$("$pahole" --numeric_version)" = 131 ]
	[ "$(REBTF_PAHOLE_VERSION=1.25 "$pahole" --numeric_version)" = 125 ]
	ln -s "$REBTF" pahole
	[ "$(./pahole --version)" = v1.31 ]
}

@test "rebtf-pahole encodes in place and beside the file" {
	"$pahole" -J -j --btf_features=encode_force,var,float --lang_exclude=rust program.o
	has_types program.o
	"$pahole" -J --btf_encode_detached=out.btf -j2 program.so
	has_types out.btf
	run ! grep -q ' \.BTF ' <(readelf -SW program.so)
	# Long options can have their argument in the next word, can be abbreviated, and can come last.
	"$pahole" -J module.o --btf_base out.btf --btf_encode_det module.btf
	"$REBTF" dump --base out.btf module.btf | grep -q "STRUCT 'own'"
}

@test "rebtf-pahole ignores features that it does not know, unless it is told to be strict" {
	"$pahole" -J --btf_features=var,frob --btf_encode_detached=out.btf program.o
	run "$pahole" -J --btf_features_strict=var,frob --btf_encode_detached=out.btf program.o
	[ "$status" -eq 1 ]
	[ "$output" = "pahole: unknown feature 'frob' (expected one of these: $("$pahole" --supported_btf_features))" ]
}

# parts FILE: prints the parts of BTF that depend on features.
parts() {
	local part found=()

	"$REBTF" dump "$1" > dump
	for part in FLOAT ENUM64 TYPE_TAG DECL_TAG "VAR 'per_cpu'" "VAR 'counter'"; do
		! grep -q "^\[[0-9]*\] $part" dump || found+=("${part#VAR }")
	done
	# Only a header with a layout is longer than 24 bytes.
	[ "$(od -An -tu4 -j4 -N4 "$1")" -eq 24 ] || found+=(layout)
	echo "${found[*]}"
}

@test "rebtf-pahole has the features of pahole by default, of all lists together, and of single options" {
	cat > features.c <<- 'END'
		enum wide { WIDE = 1ull << 40 };
		struct s { int member __attribute__((btf_decl_tag("tag"))); int __attribute__((btf_type_tag("tag"))) *p; };
		float ratio(float x, enum wide w) { return x * (float)w; }
		struct s *self(struct s *s) { return s; }
		int counter;
		__attribute__((section(".data..percpu"))) int per_cpu = 1;
	END
	clang -g -c features.c
	while IFS='|' read -r options expected; do
		# shellcheck disable=SC2086 # options are words
		"$pahole" -J $options --btf_encode_detached=out.btf features.o
		found=$(parts out.btf)
		[ "$found" = "$expected" ] || { echo "$options: $found (expected $expected)"; return 1; }
	done <<- 'END'
		|ENUM64 TYPE_TAG DECL_TAG 'per_cpu'
		--btf_features=|
		--btf_features=frob|
		--btf_features=float|FLOAT
		--btf_features=enum64|ENUM64
		--btf_features=type_tag|TYPE_TAG
		--btf_features=decl_tag|DECL_TAG
		--btf_features=var|'per_cpu'
		--btf_features=global_var|'per_cpu' 'counter'
		--btf_features=layout|layout
		--btf_features=float,frob,enum64|FLOAT ENUM64
		--btf_features=float --btf_features=var|FLOAT 'per_cpu'
		--btf_features=default|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu'
		--btf_features=+layout|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu' layout
		--btf_features=layout --btf_features=+frob|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu' layout
		--btf_features=all|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu' 'counter' layout
		--btf_features_strict=float|FLOAT
		--btf_features_strict=float --btf_features=enum64|FLOAT ENUM64
		--btf_features_strict=+layout|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu' layout
		--btf_gen_floats|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu'
		--btf_gen_all|FLOAT ENUM64 TYPE_TAG DECL_TAG 'per_cpu'
		--btf_features=var --btf_gen_floats|FLOAT 'per_cpu'
		--skip_encoding_btf_vars|ENUM64 TYPE_TAG DECL_TAG
		--skip_encoding_btf_decl_tag|ENUM64 TYPE_TAG 'per_cpu'
		--skip_encoding_btf_type_tag|ENUM64 DECL_TAG 'per_cpu'
		--skip_encoding_btf_enum64|TYPE_TAG DECL_TAG 'per_cpu'
		--btf_features=all --skip_encoding_btf_vars|FLOAT ENUM64 TYPE_TAG DECL_TAG layout
		--btf_encode_force --reproducible_build --btf_gen_optimized|ENUM64 TYPE_TAG DECL_TAG 'per_cpu'
	END
}

@test "rebtf-pahole succeeds without DWARF, and then writes empty BTF beside the file" {
	remember bare.o
	"$pahole" -J bare.o
	unchanged bare.o
	"$pahole" -J --btf_encode_detached=out.btf bare.o
	rebtf info out.btf
	says empty
	# As pahole's, it has no layout section, which is behind the header of 24 bytes in newer BTF.
	[ "$(od -An -tu4 -j4 -N4 out.btf)" -eq 24 ]
}

@test "rebtf-pahole fails with a reason where pahole would not" {
	run "$pahole" -J missing.o
	[ "$status" -eq 1 ]
	[ "$output" = 'pahole: missing.o: cannot open: No such file or directory' ]
	head -c 2000 program.o > cut.o
	run "$pahole" -J cut.o
	[ "$status" -eq 1 ]
	[[ $output == 'pahole: cut.o: '* ]]
}

@test "rebtf-pahole takes threads from the jobserver of make, and gives them back" {
	printf 'all:\n\t+@"%s" -J -j --btf_encode_detached=out.btf program.so && printf "%%s" "$$MAKEFLAGS" > flags\n' "$pahole" > Makefile
	# If a token got lost, make would say so. A make that runs the tests would change what it prints.
	run env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -j 3 all
	[ "$status" -eq 0 ]
	[ "$output" = '' ]
	grep -q jobserver flags
	has_types out.btf
}

# jobserver TOKENS: creates one, as descriptor 8 and as the file "fifo".
jobserver() {
	rm -f fifo
	mkfifo fifo
	exec 8<> fifo
	printf '%s' "$1" >&8
}

# left: prints the tokens, which it takes, with a dot behind the last one. Tokens that somebody took and gave back come
# after those that stayed. Bash drops zero bytes, so they become digits.
left() {
	printf . >&8
	timeout 5 dd bs=64K count=1 status=none <&8 | tr '\0' 0
}

@test "rebtf-pahole leaves all tokens in a jobserver when it ends, also after an error" {
	jobserver +-
	MAKEFLAGS="-j3 --jobserver-auth=8,8" "$pahole" -J -j8 --btf_encode_detached=out.btf program.so
	run ! env MAKEFLAGS="-j3 --jobserver-auth=fifo:$PWD/fifo" "$pahole" -J -j8 missing.o
	[ "$(left)" = +-. ]
	# The jobserver is empty now.
	MAKEFLAGS="-j3 --jobserver-auth=8,8" "$pahole" -J -j8 --btf_encode_detached=out.btf program.so
	[ "$(left)" = . ]
}

@test "rebtf-pahole takes a token for each thread but the first, also without standard input" {
	for auth in 8,8 "fifo:$PWD/fifo"; do
		export MAKEFLAGS="-j3 --jobserver-auth=$auth"
		jobserver abc
		"$pahole" -J -j2 --btf_encode_detached=out.btf program.so
		[ "$(left)" = bca. ]
		jobserver abc
		"$pahole" -J -j3 --btf_encode_detached=out.btf program.so <&-
		[ "$(left)" = cab. ]
		jobserver abc
		"$pahole" -J --btf_encode_detached=out.btf program.so
		[ "$(left)" = abc. ]
	done
}

@test "rebtf-pahole starts a thread for each token" {
	command -v strace > /dev/null || skip "needs strace"
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
	# A unit is encoded by one thread.
	for i in {1..6}; do
		echo "struct s$i { int x; }; int f$i(struct s$i *s) { return s->x; }" > unit$i.c
	done
	gcc -g -shared -fPIC unit?.c -o units.so
	# threads COMMAND...: the number of threads that it starts.
	threads() {
		strace -f -qq -e trace=clone,clone3 -o log "$@" && grep -Ec '(clone|clone3)\(' log || true
	}
	[ "$(threads "$pahole" -J -j3 --btf_encode_detached=out.btf units.so)" = 2 ]
	export MAKEFLAGS="-j3 --jobserver-auth=8,8"
	jobserver abc
	[ "$(threads "$pahole" -J -j3 --btf_encode_detached=out.btf units.so)" = 2 ]
	[ "$(left)" = cab. ]
	jobserver a
	[ "$(threads "$pahole" -J -j3 --btf_encode_detached=out.btf units.so)" = 1 ]
	[ "$(left)" = a. ]
	[ "$(threads "$pahole" -J -j3 --btf_encode_detached=out.btf units.so)" = 0 ]
}

@test "rebtf-pahole -j without a number wants a thread for each processor that it may use" {
	local more=$(($(nproc) - 1)) tokens

	[ "$more" -ge 1 ] || skip "needs two processors"
	[ "$more" -le 255 ] || more=255	# the largest number of tokens that it takes
	tokens=$(printf '+%.0s' $(seq "$more"))
	jobserver "$tokens-"
	MAKEFLAGS="-j --jobserver-auth=8,8" "$pahole" -J -j --btf_encode_detached=out.btf program.so
	[ "$(left)" = "-$tokens." ]
	jobserver abc
	MAKEFLAGS="-j --jobserver-auth=8,8" taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')" \
		"$pahole" -J -j --btf_encode_detached=out.btf program.so
	[ "$(left)" = abc. ]
}

@test "rebtf-pahole distills external modules for kernels that relocate, and saves the distilled BTF for older ones" {
	rebtf encode --detached base.btf program.o
	cp module.o old.o
	cp module.o plain.o
	export KBUILD_EXTMOD=$PWD
	KERNELRELEASE=6.12.1-test "$pahole" -J --btf_base base.btf module.o
	readelf -SW module.o > sections
	grep -q ' \.BTF\.base ' sections
	grep -q ' \.BTF\.base_expects ' sections
	KERNELRELEASE=6.1.0-test "$pahole" -J --btf_base base.btf old.o
	readelf -SW old.o > sections
	run ! grep -q ' \.BTF\.base ' sections
	grep -q ' \.BTF\.kept ' sections
	"$REBTF" dump --base base.btf old.o | grep -q "STRUCT 'own' size=8"
	KERNELRELEASE=6.12.1-test REBTF_DISTILL=no "$pahole" -J --btf_base base.btf plain.o
	! readelf -SW plain.o | grep -q ' \.BTF\.base '
}

@test "an external module that its own kernel could not relocate keeps split BTF, with a warning that says why" {
	# Both versions of struct inner have the same size, so no kernel knows which one a distilled module means.
	printf 'struct inner { unsigned long y; };\nstruct inner *other(struct inner *i) { return i; }\n' > other.c
	gcc -g -c other.c -o other.o
	ld -r program.o other.o -o both.o
	rebtf encode --detached base.btf both.o
	[ "$("$REBTF" dump base.btf | grep -c "STRUCT 'inner' size=8")" -eq 2 ]
	printf 'struct inner { long x; };\nlong own(struct inner *i) { return i->x; }\n' > module.c
	gcc -g -c module.c -o plain.o
	export KBUILD_EXTMOD=$PWD
	for release in 6.12.1 6.1.0; do
		for feature in '' --btf_features=+distilled_base; do
			cp plain.o module.o
			# shellcheck disable=SC2086 # no feature is no word
			KERNELRELEASE=$release run --separate-stderr "$pahole" -J $feature --btf_base base.btf module.o
			[ "$status" -eq 0 ]
			[[ $stderr = 'pahole: module.o: warning: its BTF is not distilled, because this kernel could not relocate it: '*"'inner': 2 types of the new base match"* ]]
			readelf -SW module.o > sections
			grep -q ' \.BTF ' sections
			run ! grep -qE ' \.BTF\.(base|kept)' sections
			"$REBTF" dump --base base.btf module.o | grep -q "FUNC 'own'"
		done
	done

	# The steps of Linux 7.x.
	ln -s "$REBTF" rebtf-resolve_btfids
	export KERNELRELEASE=7.0.1
	"$pahole" -J --btf_base base.btf --btf_encode_detached=plain.o.BTF.1 plain.o
	run --separate-stderr ./rebtf-resolve_btfids --distill_base --btf_base base.btf --btf plain.o.BTF.1 plain.o
	[ "$status" -eq 0 ]
	[[ $stderr = 'resolve_btfids: plain.o: warning: its BTF is not distilled, '* ]]
	[ ! -e plain.o.BTF.base ]
	"$REBTF" dump --base base.btf plain.o.BTF | grep -q "FUNC 'own'"
	REBTF_DISTILL=no ./rebtf-resolve_btfids --distill_base --btf_base base.btf --btf plain.o.BTF.1 plain.o
	[ -s plain.o.BTF.base ]
}

@test "rebtf-pahole makes standalone BTF with a note if REBTF_BTF_BASE is empty" {
	rebtf encode --detached base.btf program.o
	REBTF_BTF_BASE= "$pahole" -J --btf_base base.btf module.o
	readelf -SW module.o | grep -q ' \.note\.rebtf '
	rebtf info module.o
	says standalone
	"$REBTF" dump module.o | grep -q "STRUCT 'inner' size=8"
}

@test "with an empty REBTF_BTF_BASE, the steps of Linux 7.x make standalone BTF, too" {
	rebtf encode --detached base.btf program.o
	ln -s "$REBTF" rebtf-resolve_btfids
	export REBTF_BTF_BASE=
	"$pahole" -J --btf_base base.btf --btf_encode_detached=module.o.BTF.1 module.o
	./rebtf-resolve_btfids --distill_base --btf_base base.btf --btf module.o.BTF.1 module.o
	[ ! -e module.o.BTF.base ]
	"$REBTF" dump module.o.BTF | grep -q "STRUCT 'inner' size=8"
}

@test "rebtf-pahole takes all options that kernels of 5.10 to 7.2 pass" {
	while read -r options; do
		cp program.o it.o
		# shellcheck disable=SC2086 # options are words
		"$pahole" -J $options it.o
		has_types it.o
	done <<- 'END'

		--btf_gen_floats -j
		--skip_encoding_btf_vars --btf_gen_floats
		--btf_gen_floats -j --lang_exclude=rust --skip_encoding_btf_inconsistent_proto --btf_gen_optimized
		--btf_gen_floats --skip_encoding_btf_enum64 -j --lang_exclude=rust
		-j --btf_features=encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs
		-j8 --btf_features=+reproducible_build --btf_features=attributes --btf_features=layout --lang_exclude=rust
		-j --btf_features=inline,kind_layout,sort,var --btf_features=distilled_base
		-V -F dwarf --hashbits=10 --kabi_prefix=__kabi --jobs=2 --lang=c11,c99
	END
	"$pahole" -J --lang=rust --btf_encode_detached=none.btf program.o
	rebtf info none.btf
	says empty
}

@test "BTF in the memory of a linked file is not replaced" {
	echo 'asm(".section .BTF,\"a\"; .byte 1; .text");' | cat program.c - > linked.c
	gcc -g -shared -fPIC linked.c -o linked.so
	remember linked.so
	rebtf encode linked.so
	exits 2
	complains "linked.so: .BTF: the section is linked into the program's memory"
	run "$pahole" -J linked.so
	[ "$status" -eq 1 ]
	unchanged linked.so
	"$pahole" -J --btf_encode_detached=out.btf linked.so
	has_types out.btf
}
