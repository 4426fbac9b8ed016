#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf ids: lists and resolves .BTF_ids. btf_ids.py and ids_module.py know the ids without rebtf.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "the list has the sets, ids, names and flags of a real module" {
	rebtf ids --json --base "$OLD" "$DATA/ko/nf_conntrack.ko.xz"
	exits 0
	[ "$(jq -r 'select(.file).wrong' <<< "$output")" = 0 ]
	jq -r 'select(.file) | (.ids[] | "LIST \(.kind) '"'\\(.name)'"'"),
		(.sets[] | .name as $set | .ids[] | "SET '"'\\(\$set)'"' 0x0 \(.kind) '"'\\(.name)'"' flags \(.flags)")' <<< "$output" |
		sort > found
	"$BATS_TEST_DIRNAME/btf_ids.py" --base "$OLD" "$DATA/ko/nf_conntrack.ko.xz" |
		python3 -c 'import re, sys
for line in sys.stdin:
    print(re.sub("flags (0x.*)", lambda m: f"flags {int(m[1], 16)}", line), end="")' | sort | diff - found
	rebtf ids --base "$OLD" "$DATA/ko/nf_conntrack.ko.xz"
	exits 0
	says "nf_conntrack.ko.xz: 12 ids, "
	says "    set8 'nf_ct_kfunc_set': 10 ids"
	says "] FUNC 'bpf_ct_release' flags 0x2"
}

@test "without the kernel, symbols tell the names" {
	rebtf ids "$DATA/ko/nf_conntrack.ko.xz"
	exits 0
	says "        FUNC 'bpf_ct_release'"
	[[ $output != *'flags 0x'* ]]
}

@test "ids that are not those of the base are wrong" {
	rebtf ids --json --base "$NEW" "$DATA/ko/nf_conntrack.ko.xz"
	[ "$status" -ne 0 ]
	"$BATS_TEST_DIRNAME/ids_module.py" make "$OLD" m.ko
	rebtf ids --base "$OLD" m.ko
	exits 0
	# The first word is the id of struct sk_buff.
	offset=$(readelf -SW m.ko | awk '{ sub(/^ *\[ *[0-9]+\] */, "") } $1 == ".BTF_ids" { print $4 }')
	printf '\1\0\0\0' | dd of=m.ko bs=1 seek=$((0x$offset)) conv=notrunc status=none
	rebtf ids --base "$OLD" m.ko
	exits 1
	says '1 wrong id'
	says '[1] a type that no symbol names'
}

@test "--resolve fills in the ids, once" {
	"$BATS_TEST_DIRNAME/ids_module.py" unresolved "$OLD" m.ko
	cp m.ko before
	rebtf ids --resolve --dry-run --verbose --base "$OLD" m.ko
	exits 0
	says 'm.ko: would be resolved, '
	cmp before m.ko
	rebtf ids --resolve --json --base "$OLD" m.ko
	exits 0
	[ "$(jq -r 'select(.file) | .outcome, (.warnings | length)' <<< "$output")" = $'resolved\n0' ]
	[ "$(jq -c 'select(.summary) | [.summary.modules, .summary.resolved, .summary.left]' <<< "$output")" = '[1,1,0]' ]
	"$BATS_TEST_DIRNAME/ids_module.py" check "$OLD" m.ko
	rebtf ids --resolve --base "$OLD" m.ko
	exits 2
	complains 'm.ko: .BTF_ids: already resolved'
	sed s/tcp_sendmsg/xxx_sendmsg/g before > m.ko
	rebtf ids --resolve --base "$OLD" m.ko
	exits 0
	says 'warning: resolve_btfids: unresolved symbol xxx_sendmsg: the BTF has no FUNC of this name'
}

@test "files without ids have an empty list" {
	rebtf ids --json "$DATA/ko/crc-itu-t.ko"
	exits 0
	[ "$(jq -c 'select(.file) | .sets, .ids' <<< "$output")" = $'[]\n[]' ]
	rebtf ids "$OLD"
	exits 2
	complains 'not an ELF file'
}

# An object with a set of two ids, a function and a struct of the same name, and with BTF of its own.
make_own() {
	cat > own.c <<-'END'
		struct callee { int number; };
		__attribute__((noinline)) int callee(struct callee *own) { return own->number; }
		asm(".pushsection .BTF_ids,\"a\"; .local __BTF_ID__set__both; .size __BTF_ID__set__both, 12\n"
		    "__BTF_ID__set__both: .zero 4\n"
		    ".local __BTF_ID__func__callee__1; .size __BTF_ID__func__callee__1, 4; __BTF_ID__func__callee__1: .zero 4\n"
		    ".local __BTF_ID__struct__callee__2; .size __BTF_ID__struct__callee__2, 4; __BTF_ID__struct__callee__2: .zero 4\n"
		    ".popsection");
	END
	gcc -g -O1 -c own.c
	"$REBTF" encode --quiet own.o
}

@test "ids in BTF that needs no base are resolved without the running kernel" {
	command -v strace > /dev/null || skip "needs strace"
	make_own
	strace -f -o log -e trace=file "$REBTF" ids --resolve own.o
	run ! grep -E '/sys/kernel/btf|/boot' log
	# --as says otherwise.
	strace -f -o log -e trace=file "$REBTF" ids --as split --dry-run --resolve own.o || true
	grep -qE '/sys/kernel/btf|/boot' log
	# A base that is named for other files is not the base of this one.
	rebtf ids --resolve --dry-run --as standalone --base "$OLD" own.o
	exits 0
}

@test "a base that cannot be opened is an error of each file that needs it" {
	"$BATS_TEST_DIRNAME/ids_module.py" make "$OLD" m.ko
	rebtf ids --base none.btf m.ko
	exits 2
	complains m.ko 'none.btf'
}

@test "a function and a struct of one name can be in one set" {
	make_own
	rebtf ids --resolve own.o
	exits 0
	rebtf ids own.o
	exits 0
	says "] FUNC 'callee'"
	says "] STRUCT 'callee'"
}
