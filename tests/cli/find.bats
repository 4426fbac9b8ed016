#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf find: types of a kernel and its modules, and who refers to them.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

matches_schema() {
	! python3 -c 'import jsonschema' 2> /dev/null ||
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

@test "a name gives its definition in C, with offsets, size and module" {
	rebtf find --base "$OLD" list_head
	exits 0
	[ "$(sed 's/\[[0-9]*\]/[N]/' <<< "$output")" = 'struct list_head {
	struct list_head *next; /* 0 */
	struct list_head *prev; /* 8 */
}; /* vmlinux [N] STRUCT, 16 bytes */' ]
}

@test "a variant of a type finds the type" {
	rebtf find --base "$OLD" list_head
	local want=$output
	rebtf find --base "$OLD" list_head___old
	exits 0
	[ "$output" = "$want" ]
}

@test "a pattern gives one line for each type, as many as the dump has" {
	rebtf find --base "$OLD" 'sk_buff*'
	exits 0
	[ "$(wc -l <<< "$output")" -eq "$("$REBTF" dump "$OLD" | grep -c "^\[[0-9]*\] [A-Z_0-9]* 'sk_buff")" ]
	says 'struct sk_buff; /* vmlinux ['
	rebtf find --base "$OLD" --full --kind struct 'sk_buff_lis[t]'
	exits 0
	[ "${#lines[@]}" -eq 4 ]
}

@test "types of modules have the names of these" {
	rebtf find --base "$OLD" --kind func 'fq_*' "$SPLIT"
	exits 0
	says '; /* sch_fq ['
	rebtf find --base "$OLD" --kind func 'fq_*' "$DISTILLED/$FITTING"
	exits 0
	says '; /* sch_fq ['
}

@test "nothing found is exit status 1" {
	rebtf find --base "$OLD" no_such_type "$SPLIT/$FITTING"
	exits 1
	silent
}

@test "--member finds the types that have it, in unnamed structs too" {
	rebtf find --base "$OLD" --kind struct --member vm_mm '*'
	exits 0
	says 'struct vm_area_struct; '
	rebtf find --base "$OLD" --kind struct --member compound_head '*'
	exits 0
	says 'struct page; '
	rebtf find --base "$OLD" --member 'PIDTYPE_*' '*'
	says 'enum pid_type; '
}

@test "--used-by names the users in the kernel and in modules, and their paths" {
	rebtf find --base "$OLD" --used-by --verbose --kind struct Qdisc "$SPLIT"
	exits 0
	says "  vmlinux: struct netdev_queue -> member 'qdisc' -> pointer -> struct Qdisc"
	says "  sch_fq: func fq_init -> parameter 'sch' -> pointer -> struct Qdisc"
	rebtf find --base "$OLD" --used-by --json --kind struct Qdisc "$SPLIT"
	[ "$(jq -r '[.users[].module] | unique | contains(["sch_fq", "vmlinux"])' <<< "$output")" = true ]
	matches_schema
}

@test "--kfuncs finds tagged functions" {
	# [1] INT 'int', [2] FUNC_PROTO, [3] FUNC 'one', [4] DECL_TAG 'bpf_kfunc' of [3], [5] FUNC 'two'
	raw_btf base.btf '/int/one/bpf_kfunc/two/' 1 0x01000000 4 0x01000020 0 0x0d000000 0 5 0x0c000001 2 \
		9 0x11000000 3 0xffffffff 19 0x0c000001 2
	rebtf find --base base.btf --kfuncs '*'
	exits 0
	[ "$output" = 'void one(void); /* vmlinux [3] FUNC */' ]
}

@test "--kfuncs finds functions in sets of kfuncs, where there are no tags" {
	make_kfunc_module nf_conntrack.ko register_btf_kfunc_id_set
	rebtf find --base "$OLD" --kfuncs '*' nf_conntrack.ko "$SPLIT/$FITTING"
	exits 0
	[ "${#lines[@]}" -eq 10 ]
	says 'static void bpf_ct_release(struct nf_conn *nfct); /* nf_conntrack ['
	[ -z "$stderr" ]
	make_kfunc_module nf_conntrack.ko register_btf_kfunc_id_set register_btf_fmodret_id_set
	rebtf find --base "$OLD" --kfuncs '*' nf_conntrack.ko
	exits 1
	complains 'nf_conntrack.ko: .BTF_ids: cannot tell sets of kfuncs from'
	rebtf find --base "$OLD" bpf_ct_release nf_conntrack.ko
	exits 0
	[ -z "$stderr" ]
}

@test "JSON has the definition and the members" {
	rebtf find --base "$OLD" --json list_head
	exits 0
	[ "$(jq -r '.module, .kind, .size, (.members[] | .name, .offset)' <<< "$output" | xargs)" = 'vmlinux STRUCT 16 next 0 prev 64' ]
	[[ $(jq -r .c <<< "$output") == 'struct list_head {'* ]]
	matches_schema
}

@test "a damaged module is reported, and the others are searched" {
	echo 'no BTF' > damaged.ko
	rebtf find --base "$OLD" fq_init damaged.ko "$SPLIT/$FITTING"
	exits 0
	says '/* sch_fq ['
	complains damaged.ko
}

@test "a directory like /sys/kernel/btf has modules without an ending" {
	mkdir btf
	cp "$OLD" btf/vmlinux
	cp "$SPLIT/$FITTING" btf/sch_fq
	rebtf find --base btf/vmlinux fq_init btf
	exits 0
	says '/* sch_fq ['
}

@test "a kind that does not exist is wrong usage" {
	rebtf find --base "$OLD" --kind frob x
	exits 2
	[[ $stderr == *"invalid --kind 'frob'"* ]]
}
