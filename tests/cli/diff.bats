#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf diff: which types differ between two kernels, in which modules, and who is hit.

load common

setup_file() {
	export DATA=${TESTDATA:-$BATS_FILE_TMPDIR/data}
	export OLD=$DATA/vmlinux/6.1.0-47-amd64.btf NEW=$DATA/vmlinux/6.1.0-56-amd64.btf
	export MODULES=$DATA/modules/6.1.0-47-amd64
	[ -n "${TESTDATA:-}" ] || "$BATS_TEST_DIRNAME/../data/unpack" "$DATA"
}

setup() {
	enter_work
}

# matches_schema: checks some of the lines, and the last one.
matches_schema() {
	! python3 -c 'import jsonschema' 2> /dev/null || sed -n '1~20p;$p' <<< "$output" |
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json"
}

# difference NAME [FILTER]: prints the line of the struct, or a part of it.
difference() {
	jq -c "select(.type == \"struct\" and .name == \"$1\") | ${2:-.}" <<< "$output"
}

@test "a kernel does not differ from itself" {
	rebtf diff "$NEW" "$NEW"
	exits 0
	[ "$output" = '0 incompatible differences, 0 compatible' ]
}

@test "a struct that changed is told with its members and its users" {
	rebtf diff --only Qdisc "$OLD" "$NEW"
	exits 4
	says $'changed struct Qdisc, 384 bytes: breaks users of its members\n'
	says $'        member \'depth\' is new at byte 64: int of 4 bytes\n'
	says 'used by 131 functions: __bpf_trace_qdisc_dequeue, '
	says '1 incompatible difference, 0 compatible'
}

@test "a struct whose members are only grouped otherwise has no list of changes" {
	python3 - <<- END
		import sys
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		flat, grouped = Btf(), Btf()
		int_id = flat.int("int", 4, 1)
		flat.struct("pair", 8, [("a", int_id, 0), ("b", int_id, 32)])
		flat.write("flat")
		grouped.int("int", 4, 1)
		grouped.struct("pair", 8, [("a", int_id, 0), ("", grouped.struct("", 4, [("b", int_id, 0)]), 32)])
		grouped.write("grouped")
	END
	rebtf diff --verbose flat grouped
	exits 1
	[[ $output == *$' struct pair, 8 bytes: '*$'\n        members are grouped or spelled otherwise\n'* ]]
}

# A dump of both kernels, struct by struct with its members and their offsets, is the other source.
@test "the structs that differ in size are those of the dumps" {
	sizes() {
		"$REBTF" dump "$1" | awk '$2 == "STRUCT" && $3 != "'\''(anon)'\''" { print $3, $4 }' | LC_ALL=C sort | uniq |
			awk '{ if (seen[$1]++) several[$1] = 1; line[$1] = $0 } END { for (n in line) if (!several[n]) print line[n] }' |
			LC_ALL=C sort
	}
	sizes "$OLD" > old
	sizes "$NEW" > new
	LC_ALL=C join old new | awk '$2 != $3 { print substr($1, 2, length($1) - 2), substr($2, 6), substr($3, 6) }' > expected
	"$REBTF" diff --json "$OLD" "$NEW" > out.json || [ $? -eq 4 ]
	# Of a type that another one inside changed, the line of that one tells the sizes.
	jq -r 'select(.difference == "changed" and .type == "struct" and .old_size != .new_size) |
		"\(.name) \(.old_size) \(.new_size)"' out.json > found
	jq -r '.users[]? | select(.kind == "STRUCT" and .user == "type" and .old_size != .new_size) |
		"\(.name) size=\(.old_size) size=\(.new_size)"' out.json | sed 's/size=//g' >> found
	sed 's/size=//g' expected | LC_ALL=C sort -u > want
	[ "$(wc -l < want)" -gt 20 ]
	LC_ALL=C sort -u found > have
	[ "$(LC_ALL=C comm -23 want have)" = '' ]
}

@test "JSON lines are those of the schema, and the last one has the numbers" {
	rebtf diff --json "$OLD" "$NEW"
	exits 4
	matches_schema
	[ "$(difference Qdisc .breaks)" = '"trusted"' ]
	[ "$(difference aa_task_ctx .breaks)" = '"embedded"' ]
	[ "$(difference audit_names .compatible)" = true ]
	[ "$(difference audit_names '.changes[0].excuse')" = '"spelling"' ]
	jq -s -e '(map(select(.compatible == false)) | length) == .[-1].incompatible and
		(map(select(.compatible == true)) | length) == .[-1].compatible' <<< "$output"
}

@test "JSON lists one MiB of users and changes, and says how many more there are" {
	python3 - <<- END
		import sys
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		for side in 0, 1:
		    k = Btf()
		    of = k.int("int", 4, 1), k.int("unsigned int", 4)
		    for name, count in ("few", 2), ("many", 12000):
		        members = [(f"member_{i}", of[side], i * 32) for i in range(count)]
		        proto = k.proto(0, [("arg", k.add(PTR, "", k.struct(name, 4 * count, members)))])
		        for i in range(count):
		            k.func(f"function_of_{name}_{i}", proto)
		    k.write(f"{side}.btf")
	END
	rebtf diff --json 0.btf 1.btf
	exits 4
	matches_schema
	[ "$(difference few '[(.users, .changes | length), .users_left_out, .changes_left_out]')" = '[2,2,null,null]' ]
	difference many > many.json
	for list in users changes; do
		[ "$(jq ".$list | length | . > 1000 and . < 12000" many.json)" = true ]
		[ "$(jq "(.$list | length) + .${list}_left_out" many.json)" -eq 12000 ]
		[ "$(jq -c ".$list" many.json | wc -c)" -lt $((1100 << 10)) ]
	done
}

@test "runs are the same, in the order of names" {
	"$REBTF" diff --json "$OLD" "$NEW" > one || [ $? -eq 4 ]
	"$REBTF" diff --json --jobs 1 "$OLD" "$NEW" > two || [ $? -eq 4 ]
	cmp one two
	jq -r 'select(.type == "func") | .name' one > names
	LC_ALL=C sort -c names
}

@test "compatible differences are another exit status, and --verbose lists them" {
	rebtf diff --only audit_names "$OLD" "$NEW"
	exits 1
	[ "$output" = '0 incompatible differences, 1 compatible (--verbose lists them)' ]
	rebtf diff --verbose --only audit_names "$OLD" "$NEW"
	exits 1
	says "member 'ino' was long unsigned int of 8 bytes, now u64 of 8 bytes (the same type)"
}

@test "symbols limit the comparison to what they lead to" {
	printf '[abi_symbol_list]\n# the scheduler of packets\n  __netif_schedule\n' > kmi
	rebtf diff --json --symbols kmi "$OLD" "$NEW"
	exits 4
	[ "$(difference Qdisc .difference)" = '"changed"' ]
	[ "$(difference aa_task_ctx)" = '' ]
	printf '0x12345678\t__netif_schedule\tvmlinux\tEXPORT_SYMBOL\t\n' > Module.symvers
	"$REBTF" diff --json --symbols Module.symvers "$OLD" "$NEW" > with_symvers || [ $? -eq 4 ]
	[ "$output" = "$(cat with_symvers)" ]
	: > empty
	rebtf diff --symbols empty "$OLD" "$NEW"
	exits 2
	complains 'empty: no symbols in the list'
}

@test "functions that are not exported are internal" {
	printf '0x12345678\t__netif_schedule\tvmlinux\tEXPORT_SYMBOL\t\n' > Module.symvers
	rebtf diff --json --symvers Module.symvers --only '__netif_*' --only Qdisc "$OLD" "$NEW"
	exits 4
	[ "$(difference Qdisc '[.users[] | select(.user == "exported").name]')" = '["__netif_schedule"]' ]
	rebtf diff --json --symvers Module.symvers --only uncore_dead "$OLD" "$NEW"
	exits 1
	[ "$(jq -r 'select(.name) | .internal' <<< "$output")" = true ]
}

# make_image_with_exports FILE BTF SYMBOL: writes an ELF file of a kernel that exports the symbol.
make_image_with_exports() {
	as --64 -o exports.o - <<- END
		.globl _start
		_start: ret
		.section __ksymtab_strings, "a"
		name: .asciz "$3"
		.section __ksymtab, "a"
		.quad _start, name, 0
		.section .BTF, "a"
		.incbin "$2"
	END
	ld -o "$1" exports.o
}

@test "an image shows which functions are exported, wherever it is" {
	make_image_with_exports vmlinux "$OLD" __netif_schedule
	for image in ./vmlinux vmlinux; do
		rebtf diff --json --only '__netif_*' --only Qdisc "$image" "$NEW"
		exits 4
		[ "$(difference Qdisc '[.users[] | select(.user == "exported").name]')" = '["__netif_schedule"]' ]
	done
}

@test "differences are coloured by whether they break users" {
	styled diff --verbose --only Qdisc --only audit_names "$OLD" "$NEW"
	exits 4
	says '<bad>changed<> struct Qdisc, '
	says '<good>changed<> struct audit_names'
	echo 'struct Qdisc: no module of ours has a queue' > accepted
	styled diff --verbose --only Qdisc --suppress accepted "$OLD" "$NEW"
	exits 0
	says '<faint>changed<> struct Qdisc, '
}

@test "accepted differences have a reason and do not count" {
	printf '# of this release\nstruct Qdisc: no module of ours has a queue\nfunc none*: outdated\n' > accepted
	rebtf diff --only Qdisc --suppress accepted "$OLD" "$NEW"
	exits 0
	[ "$output" = '0 incompatible differences, 0 compatible, 1 suppressed' ]
	complains "accepted: line 3: no difference matches 'func none*'"
	rebtf diff --verbose --only Qdisc --suppress accepted "$OLD" "$NEW"
	exits 0
	says $'\n        suppressed: no module of ours has a queue\n'
	rebtf diff --json --only Qdisc --suppress accepted "$OLD" "$NEW"
	exits 0
	[ "$(difference Qdisc .suppressed)" = '"no module of ours has a queue"' ]
	matches_schema
	echo 'struct Qdisc' > accepted
	rebtf diff --suppress accepted "$OLD" "$NEW"
	exits 2
	complains 'accepted: line 1: no reason (expected KIND GLOB: REASON)'
	rebtf diff --suppress . "$OLD" "$NEW"
	exits 2
	complains '.: cannot read: Is a directory'
	echo 'thing Qdisc: because' > accepted
	rebtf diff --suppress accepted "$OLD" "$NEW"
	exits 2
	complains 'accepted: line 1: unknown kind'
}

@test "Markdown has a heading for each difference" {
	rebtf diff --markdown --only Qdisc "$OLD" "$NEW"
	exits 4
	says '# Differences between `'
	says $'\n## Incompatible\n\n### changed struct `Qdisc`, 384 bytes\n\nbreaks users of its members\n\n'
	says $'\n- member \'depth\' is new at byte 64'
}

@test "a directory is a kernel with its modules" {
	mkdir old new
	cp "$OLD" old/vmlinux
	cp "$OLD" new/vmlinux
	for module in sch_fq idxd_bus; do
		cp "$MODULES"/$module.btf old/$module 2> /dev/null ||
			cp "$(find "$MODULES" -name $module.btf | head -n 1)" old/$module
	done
	cp old/sch_fq new/sch_fq
	rebtf diff --json old new
	exits 4
	matches_schema
	[ "$(jq -c 'select(.type) | [.difference, .type, .name]' <<< "$output")" = '["removed","module","idxd_bus"]' ]
	rebtf diff --json new old
	exits 1
	# A kernel alone has none of its modules.
	rebtf diff --json old old/vmlinux
	exits 4
	[ "$(jq -r 'select(.type) | .name' <<< "$output")" = $'idxd_bus\nsch_fq' ]
}

@test "the modules that have a difference are listed, unless it is the kernel's alone" {
	python3 - <<- END
		import os, sys
		sys.path.insert(0, "$BATS_TEST_DIRNAME")
		from build_btf import *
		for side, size in ("old", 4), ("new", 8):
		    os.mkdir(side)
		    kernel = Btf()
		    int_id = kernel.int("int", 4, 1)
		    kernel.struct("of_kernel", size, [("member", int_id, 0)])
		    kernel.write(f"{side}/vmlinux")
		    for i in range(8):
		        module = Btf(kernel)
		        for name, modules in ("of_one", 1), ("of_two", 2), ("of_eight", 8):
		            if i < modules:
		                module.struct(name, size, [("member", int_id, 0)])
		        module.write(f"{side}/module{i}")
	END
	rebtf diff old new
	exits 4
	says $'\nchanged struct of_kernel, 4 to 8 bytes: breaks users that contain it\nchanged struct of_one, '
	says $'\n        in module0\n'
	says $'\n        in module0, module1\n'
	says $'\n        in module0, module1, module2, module3, module4, module5 and 2 more\n'
	rebtf diff --verbose old new
	exits 4
	says $'\n        in module0, module1, module2, module3, module4, module5, module6, module7\n'
	rebtf diff --markdown --only of_two old new
	exits 4
	[[ $output == *$'\n- in module0, module1' ]]
}

@test "modules are compared over their kernels" {
	local module
	module=$(find "$MODULES" -name sch_fq.btf | head -n 1)
	cp "$module" copy.btf
	rebtf diff --base "$OLD" "$module" copy.btf
	exits 0
	rebtf diff "$module" copy.btf
	exits 2
	complains 'split BTF; name the kernel with --base or --old-base'
}

@test "BPF objects are compared by their questions to both kernels" {
	cat > prog.c <<- 'END'
		#define CORE __attribute__((preserve_access_index))
		struct Qdisc { unsigned int limit, depth; long privdata[0]; } CORE;
		struct task_struct { int pid; } CORE;
		__attribute__((section("tp/x"), used)) long f(void **ctx)
		{
			struct Qdisc *q = ctx[0];
			return __builtin_preserve_field_info(q->depth, 2) + q->limit + ((struct task_struct *)ctx[1])->pid;
		}
		__attribute__((section("tp/y"), used)) long g(void **ctx)
		{
			return ((struct Qdisc *)ctx[0])->depth;
		}
	END
	clang -target bpf -O2 -g -c -o prog.bpf.o prog.c
	rebtf diff --only Qdisc --for prog.bpf.o "$OLD" "$NEW"
	exits 4
	says 'BPF object prog.bpf.o: 2 answers differ'
	says $'\nprog.bpf.o: adapts: 2 answers differ\n        f, instruction'
	says ": field exists struct Qdisc.depth: missing: struct Qdisc has no member 'depth', now 1"
	# The other way round, the program g has nothing to read.
	rebtf diff --only no_such_type --for prog.bpf.o "$NEW" "$OLD"
	exits 4
	[[ $output == $'prog.bpf.o: loads on the old kernel only: 2 answers differ, 1 breaks it\n        g, instruction'* ]]
	says 'field offset struct Qdisc.depth breaks: 64, now missing: '
	says '; 1 BPF object loads on the old kernel only'
	rebtf diff --only no_such_type --for prog.bpf.o --json "$NEW" "$OLD"
	exits 4
	matches_schema
	[ "$(jq -s -c '[.[0].broken, (.[0].changed_answers | length), .[1].broken_objects]' <<< "$output")" = '[1,2,1]' ]
	rebtf diff --only Qdisc --for prog.bpf.o --json "$NEW" "$OLD"
	[ "$(difference Qdisc '.objects' )" = '[{"file":"prog.bpf.o","answers":2}]' ]
	rebtf diff --only no_such_type --for prog.bpf.o --markdown "$NEW" "$OLD"
	says $'\n## BPF objects\n\n### `prog.bpf.o`: loads on the old kernel only'
	says ' field offset `struct Qdisc.depth` breaks: 64, now missing: '
	rebtf diff --for "$OLD" "$OLD" "$NEW"
	exits 2
}

@test "wrong arguments are refused" {
	rebtf diff "$OLD"
	exits 2
	complains 'diff compares two files (found 1)'
	rebtf diff "$OLD" missing
	exits 2
	complains missing
	mkdir nothing
	rebtf diff "$OLD" nothing
	exits 2
	complains 'nothing: no kernel in this directory'
	echo x > text
	rebtf diff "$OLD" text
	exits 2
	complains text
}
