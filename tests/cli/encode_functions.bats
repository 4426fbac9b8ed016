#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf encode: which functions and variables are in the BTF. The compilers of this machine make the DWARF.

load common

setup() {
	enter_work
}

# encoded FILE: encodes FILE, and writes the text of its BTF to the file btf.
encoded() {
	"$REBTF" encode --quiet --features default,attributes --detached out.btf "$1"
	"$REBTF" dump out.btf > btf
}

# functions: the names of all functions in the BTF, in order.
functions() {
	sed -nE "s/^\[[0-9]+\] FUNC '([^']*)'.*/\1/p" btf
}

# variables: the names of all variables in the BTF.
variables() {
	sed -nE "s/^\[[0-9]+\] VAR '([^']*)'.*/\1/p" btf
}

# parameters NAME: the names of a function's parameters.
parameters() {
	local proto
	proto=$(sed -nE "s/^\[[0-9]+\] FUNC '$1' type_id=([0-9]+) .*/\1/p" btf)
	awk -v id="[$proto]" '/^\[/ { own = $1 == id } own && /^\t/ { print $1 }' btf | tr -d "'"
}

# tags: the declaration tags, each with its component and what it is on.
tags() {
	awk -F"'" '/^\[/ { split($1, id, /[][]/); name[id[2]] = $2 }
		/ DECL_TAG / { split($3, ref, /[= ]/); print $2, name[ref[3]], ref[5] }' btf | sort
}

# reason FILE NAME: why a function is not in the BTF.
reason() {
	"$REBTF" encode --explain "$2" "$1"
}

# two_units: an object with functions of several kinds, in two units.
two_units() {
	cat > a.c <<- 'END'
		struct incomplete;
		static int shared;
		#define NOINLINE __attribute__((noinline, noclone))
		NOINLINE int plain(int first, const struct incomplete *second) { shared = first; return second != 0; }
		NOINLINE static int twice(int value) { shared += value; return shared; }
		NOINLINE static int zz_last(int value) { shared ^= value; return shared; }
		__attribute__((noinline)) static int removed(int used, int unused, long other)
		{ shared += used * other; return shared; }
		int disagree(int value) { shared = value; return shared; }
		int variadic(const char *format, ...) { return *format; }
		__attribute__((weak)) int replaced(int weak_name) { return weak_name + 1; }
		int caller(int value)
		{
			return twice(value) + removed(value, 3, value) + removed(shared, 4, 9) + zz_last(1);
		}
	END
	cat > b.c <<- 'END'
		struct incomplete { int member; };
		static int shared;
		#define NOINLINE __attribute__((noinline, noclone))
		int plain(int first, struct incomplete *second);
		NOINLINE static int twice(int value) { shared -= value; return shared; }
		NOINLINE static int zz_last(int value) { shared |= value; return shared; }
		static inline __attribute__((always_inline)) int disagree(long value) { shared = value; return shared; }
		int replaced(int strong_name) { return strong_name - 1; }
		int other(int value) { return twice(value) + disagree(value) + zz_last(2) + plain(1, 0); }
	END
	cat > asm.S <<- 'END'
		.globl assembler
		.type assembler, @function
		assembler: ret
		.size assembler, . - assembler
		.section .note.GNU-stack, ""
	END
	gcc -w -O2 -g -c a.c b.c
	gcc -c asm.S
	ld -r a.o b.o asm.o -o both.o
}

@test "functions of a relocatable object are sorted by name, and those that would mislead are left out" {
	two_units
	encoded both.o
	[ "$(functions | xargs)" = "caller other plain replaced variadic" ]
	[ "$(parameters plain | xargs)" = "first second" ]
}

@test "a weak definition that another one replaced does not name the parameters" {
	two_units
	encoded both.o
	[ "$(parameters replaced)" = strong_name ]
	gcc -shared -o linked both.o
	encoded linked
	[ "$(parameters replaced)" = strong_name ]
}

@test "each function that is left out has a reason" {
	two_units
	[[ "$(reason both.o twice)" == *"several functions have this name"* ]]
	[[ "$(reason both.o zz_last)" == *"several functions have this name"* ]]
	[[ "$(reason both.o removed)" == *"the compiler"*"parameters"* ]]
	[[ "$(reason both.o disagree)" == *"disagree about the type of parameter 1 'value'"* ]]
	[[ "$(reason both.o assembler)" == *"no unit of the DWARF describes it"* ]]
	[[ "$(reason both.o plain)" == *"in the BTF"* ]]
}

@test "--explain writes nothing, and --json lists all that are left out" {
	two_units
	cp both.o before.o
	reason both.o twice
	cmp both.o before.o
	"$REBTF" encode --json --dry-run both.o | jq -c 'select(.fates)' > json
	[ "$(jq -r '.fates[] | "\(.name) \(.reason)"' json | xargs)" = \
		"assembler no_dwarf disagree inconsistent removed $(jq -r '.fates[2].reason' json) twice ambiguous zz_last ambiguous" ]
	jq -e '.fates | map(select(.name == "assembler"))[0] | has("die") | not' json
	jq -e '.fates | map(select(.name == "twice"))[0].die > 0' json
}

@test "functions are linked statically, and variadic ones end with a parameter without a type" {
	two_units
	encoded both.o
	[ "$(grep -c "FUNC '.*linkage=static" btf)" -eq 5 ]
	[ "$(parameters variadic | xargs)" = "format (anon)" ]
}

@test "a function with hot and cold parts is recognized at its symbol" {
	cat > cold.c <<- 'END'
		__attribute__((cold, noreturn)) void stop(const char *);
		static int shared;
		int first(void) { return shared; }
		__attribute__((noinline)) static int removed(int used, int unused, long other)
		{
			if (used == 77)
				stop("used");
			shared += used * other;
			return shared;
		}
		int caller(int value) { return removed(value, 3, value) + removed(shared, 4, 9); }
	END
	gcc -O2 -g -fPIC -shared -nostdlib -o linked cold.c
	nm linked | grep 'removed.*cold'
	encoded linked
	[ "$(functions | xargs)" = "caller first" ]
	[[ "$(reason linked removed)" == *"the compiler removed or replaced parameters"* ]]
}

@test "per-CPU variables have BTF unless a kernel would refuse it" {
	cat > vars.c <<- 'END'
		#define PER_CPU __attribute__((section(".data..percpu")))
		struct nothing {};
		struct pair { long a, b; };
		PER_CPU int first = 1;
		PER_CPU static struct pair second = { 1, 2 };
		PER_CPU struct nothing empty;
		PER_CPU int __UNIQUE_ID_12 = 3;
		extern int completed[];
		PER_CPU int completed[4] = { 1 };
		int elsewhere = 1;
		int function(void) { PER_CPU static int local = 1; return local++ + (int)second.a++; }
	END
	gcc -g -c vars.c
	encoded vars.o
	[ "$(variables | sort | xargs)" = "completed first second" ]
	grep -q "VAR 'first' .*linkage=global" btf
	grep -q "VAR 'second' .*linkage=static" btf
	grep -A3 "DATASEC '.data..percpu'" btf | grep -c "type_id=" | grep -qx 3
	grep -A3 "DATASEC '.data..percpu'" btf | sed -nE 's/.*offset=([0-9]+) size=([0-9]+).*/\1 \2/p' > entries
	sort -n entries | cmp - entries
}

@test "with the feature global_var, all sections have variables" {
	cat > vars.c <<- 'END'
		int in_data = 1;
		int in_bss;
		const int in_rodata = 2;
		static int unused_static;
		int function(void) { return unused_static++; }
	END
	gcc -g -c vars.c
	"$REBTF" encode --quiet --features default,global_var --detached out.btf vars.o
	"$REBTF" dump out.btf > btf
	[ "$(variables | sort | xargs)" = "in_bss in_data in_rodata unused_static" ]
	[ "$(grep -c DATASEC btf)" -eq 3 ]
}

@test "variables that clang merged are at their own offsets" {
	command -v clang > /dev/null || skip "clang is missing"
	cat > merged.c <<- 'END'
		static int one = 1, two = 2, three = 3;
		int get(int i) { one += i; two += i; three += two; return one + two + three; }
	END
	clang --target=aarch64-linux-gnu -O3 -mllvm -global-merge-on-external=true -g -c merged.c
	readelf --debug-dump=info merged.o | grep plus_uconst
	"$REBTF" encode --quiet --features default,global_var --detached out.btf merged.o
	"$REBTF" dump out.btf > btf
	[ "$(sed -nE "s/.* offset=([0-9]+) size=4 \(VAR '(.*)'\)/\2 \1/p" btf | xargs)" = "one 0 two 4 three 8" ]
}

@test "kfuncs have tags and attributes" {
	cat > kfuncs.c <<- 'END'
		__attribute__((noinline)) void *arena_function(void *first, int number, char *third) { return first + number + *third; }
		__attribute__((noinline)) int fast_function(int number) { return number + 1; }
		int ordinary_function(int number) { return number + 2; }
		asm(".pushsection .BTF_ids,\"a\"\n"
		    ".macro word name:req, size=4\n .type \\name, @object\n .size \\name, \\size\n \\name:\n .endm\n"
		    "word __BTF_ID__set8__my_kfuncs 24\n .long 0, 1\n"
		    "word __BTF_ID__func__arena_function__1\n .long 0, 0x6000\n"
		    "word __BTF_ID__func__fast_function__2\n .long 0, 0x1000\n"
		    "word __BTF_ID__set8__no_kfuncs 16\n .long 0, 0\n"
		    "word __BTF_ID__func__ordinary_function__3\n .long 0, 0\n"
		    ".popsection");
	END
	gcc -O1 -g -c kfuncs.c
	encoded kfuncs.o
	[ "$(tags)" = "$(printf '%s\n' 'bpf_fastcall fast_function -1' 'bpf_kfunc arena_function -1' 'bpf_kfunc fast_function -1')" ]
	[ "$(grep -c "TYPE_TAG 'address_space(1)'" btf)" -eq 1 ]
}

@test "clang's declaration tags are on functions, parameters and variables" {
	command -v clang > /dev/null || skip "clang is missing"
	cat > tags.c <<- 'END'
		#define TAG(x) __attribute__((btf_decl_tag(x)))
		TAG("of_variable") __attribute__((section(".data..percpu"))) int variable = 1;
		TAG("of_function") int function(int first, int second TAG("of_parameter")) { return first + second + variable; }
	END
	clang -O2 -g -c tags.c
	encoded tags.o
	[ "$(tags)" = "$(printf '%s\n' 'of_function function -1' 'of_parameter function 1' 'of_variable variable -1')" ]
}

@test "DWARF 2 to 5 of both compilers give the same functions" {
	two_units
	for cc in gcc clang; do
		command -v $cc > /dev/null || continue
		for version in 2 3 4 5; do
			$cc -w -O2 -gdwarf-$version -c a.c b.c
			ld -r a.o b.o -o both.o
			encoded both.o
			# clang may change other functions than gcc.
			[ "$(functions | grep -vx removed | xargs)" = "caller other plain replaced variadic" ] ||
				{ echo "$cc $version: $(functions | xargs)"; return 1; }
		done
	done
}

# skipped FILE: the types and members that the BTF does not have.
skipped() {
	"$REBTF" encode --json --dry-run "$1" | python3 -c 'import json, sys; print(*json.loads(next(sys.stdin))["skips"], sep="\n")'
}

@test "a function in assembler gets BTF as one without result and parameters" {
	cat > a.s <<- 'END'
		.text
		.globl in_assembler
		.type in_assembler, %function
		in_assembler: nop
		.size in_assembler, . - in_assembler
	END
	echo 'int in_c(int x) { return x; }' > b.c
	gcc -g -c a.s b.c
	readelf --debug-dump=info a.o | grep -q DW_TAG_subprogram || skip 'this assembler describes no functions'
	ld -r -o all.o a.o b.o
	encoded all.o
	[ "$(functions | xargs)" = 'in_assembler in_c' ]
	[ "$(parameters in_assembler)" = '' ]
	grep -q "FUNC_PROTO '(anon)' ret_type_id=0 vlen=0" btf
}

@test "C++ in a file costs only the types and functions that C does not have" {
	command -v g++ > /dev/null || skip 'needs g++'
	cat > a.cc <<- 'END'
		template <typename T> struct Box { T value; };
		struct Plain { int first; Box<int> box; int &reference; decltype(nullptr) none; int last; };
		extern "C" {
		struct Plain *plain;
		int kept(Plain *p, Box<long> *b) { return p->first + (b != 0); }
		int by_reference(int &x) { return x; }
		int by_value(Box<int> b) { return b.value; }
		int &returns(int *x) { return *x; }
		}
	END
	echo 'int in_c(int x) { return x; }' > b.c
	g++ -std=c++17 -g -c a.cc
	gcc -g -c b.c
	ld -r -o all.o a.o b.o
	encoded all.o
	[ "$(functions | xargs)" = 'in_c kept' ]
	grep -A 3 "STRUCT 'Plain' size=32 vlen=2" btf > plain
	grep -q "'first' .* bits_offset=0" plain
	grep -q "'last' .* bits_offset=192" plain
	skipped all.o > skips
	grep -q "STRUCT 'Box<int>': a name is not an identifier" skips
	grep -q "STRUCT 'Plain': member 'reference' has a type or name that BTF cannot express" skips
	reason all.o by_value | grep -q 'a parameter or the result has a type or name that BTF cannot express'
}

@test "Rust in a file costs only the types and functions that C does not have" {
	command -v rustc > /dev/null || skip 'needs rustc'
	cat > a.rs <<- 'END'
		#![no_std]
		pub struct Reordered { pub a: u8, pub b: u64, pub c: u16, pub d: () }
		pub struct Holder { pub number: u32, pub option: Option<u32>, pub text: &'static str }
		#[no_mangle] pub fn kept(r: &Reordered, h: &Holder) -> u64 { r.b + h.number as u64 }
		#[no_mangle] pub fn by_value(o: Option<u32>) -> u32 { match o { Some(x) => x, None => 0 } }
		#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
	END
	rustc -g --crate-type=lib --emit=obj -C panic=abort -o a.o a.rs || skip 'rustc cannot compile for this machine'
	encoded a.o
	[ "$(functions | xargs)" = kept ]
	grep -A 3 "STRUCT 'Reordered' size=16 vlen=3" btf | sed -nE "s/.*'(.*)' type_id.*/\1/p" | xargs > members
	[ "$(cat members)" = 'b c a' ]
	grep -A 1 "STRUCT 'Holder' .* vlen=1" btf | grep -q "'number'"
	skipped a.o > skips
	grep -q "STRUCT 'Option<u32>': a name is not an identifier" skips
	"$REBTF" encode --lang-exclude rust --detached none.btf a.o
	rebtf info none.btf
	says empty
}
