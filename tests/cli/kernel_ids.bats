#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# .BTF_ids that names functions, typedefs and other types of the kernel. ids_module.py makes such a module over a real
# kernel's BTF, and knows the ids of a build for another kernel.

load common

setup_file() {
	unpack_data
	export IDS=$BATS_FILE_TMPDIR/ids.ko
	"$BATS_TEST_DIRNAME/ids_module.py" make "$OLD" "$IDS"
	# The new kernel, but without the function tcp_sendmsg.
	export LACKING=$BATS_FILE_TMPDIR/lacking.btf
	sed 's/\x00tcp_sendmsg\x00/\x00tcp_sendmsG\x00/' "$NEW" > "$LACKING"
}

setup() {
	enter_work
	cp "$IDS" ids.ko
}

# right BASE MODULE: checks that its ids match a build for that kernel.
right() {
	"$BATS_TEST_DIRNAME/ids_module.py" check "$1" "$2"
}

# ids FILE OUT: writes the bytes of .BTF_ids.
ids() {
	objcopy -O binary --only-section=.BTF_ids "$1" "$2"
}

@test "distilled and relocated back, .BTF_ids is byte for byte what it was" {
	right "$OLD" ids.ko
	ids ids.ko before
	for option in "" --expects "--expects --trust sock"; do
		# shellcheck disable=SC2086
		rebtf distill $option --base "$OLD" --out-dir distilled ids.ko
		exits 0
		rebtf relocate --base "$OLD" --out-dir back distilled/ids.ko
		exits 0
		ids back/ids.ko after
		cmp before after
	done
}

@test "relocated to another kernel, .BTF_ids is what a build for that kernel has" {
	for option in "" --expects; do
		# shellcheck disable=SC2086
		rebtf distill $option --base "$OLD" --out-dir distilled ids.ko
		exits 0
		for policy in "" "--policy lenient" "--on-mismatch local" --keep; do
			# shellcheck disable=SC2086
			rebtf relocate $policy --base "$NEW" --out-dir out distilled/ids.ko
			exits 0
			right "$NEW" out/ids.ko
			# The kernel's functions and typedefs must not become the module's.
			run ! grep -E "FUNC '(tcp|udp)" <("$REBTF" dump --base "$NEW" out/ids.ko)
		done
	done
	rebtf relocate --old-base "$OLD" --base "$NEW" --out-dir at-once ids.ko
	exits 0
	right "$NEW" at-once/ids.ko
}

@test "a module that is kept is relocated again and again" {
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	for base in "$NEW" "$OLD" "$NEW" "$NEW" "$OLD"; do
		rebtf relocate --keep --base "$base" ids.ko
		exits 0
		right "$base" ids.ko
		readelf -SW ids.ko | grep -q '\.BTF\.base_ids'
	done
	# Without a saved original the module needs no record.
	rebtf relocate --base "$NEW" --out-dir out ids.ko
	exits 0
	right "$NEW" out/ids.ko
	rebtf distill --base "$OLD" --out-dir again ids.ko
	exits 0
}

@test "a module that was relocated is distilled again from its new kernel" {
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	"$REBTF" relocate --base "$NEW" ids.ko
	run ! grep -q base_ids <(readelf -SW ids.ko)
	"$REBTF" distill --quiet --base "$NEW" ids.ko
	rebtf relocate --base "$OLD" ids.ko
	exits 0
	right "$OLD" ids.ko
}

@test "what the kernel does not have is refused by the name of the symbol, by check and info as well" {
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	remember ids.ko
	for verb in check relocate; do
		rebtf $verb --base "$LACKING" ids.ko
		exits 2
		complains "ids.ko: .BTF_ids: __BTF_ID__func__tcp_sendmsg__" "FUNC 'tcp_sendmsg' belongs to the kernel"
	done
	unchanged ids.ko
	rebtf info --base "$LACKING" ids.ko
	exits 1
	says "__BTF_ID__func__tcp_sendmsg__"
	# Localized types do not help either.
	rebtf relocate --on-mismatch local --policy lenient --base "$LACKING" ids.ko
	exits 2
	unchanged ids.ko
	rebtf check --base "$NEW" ids.ko
	exits 0
	cp "$IDS" ids.ko
	rebtf check --old-base "$OLD" --base "$LACKING" ids.ko
	exits 2
	complains __BTF_ID__func__tcp_sendmsg__
}

@test "a base that the ids are not of is not the module's" {
	# One more struct before all others shifts the ids of all later types.
	python3 - "$OLD" <<-'END'
	import struct, sys

	data = open(sys.argv[1], "rb").read()
	header = list(struct.unpack_from("<HBB5I", data))
	types, strings = data[24 : 24 + header[5]], data[24 + header[6] :][: header[7]]
	# Ids inside types now refer to other types, which does not matter here.
	int_type, rest = types[:16], types[16:]
	types = int_type + struct.pack("<3I", 0, 4 << 24, 0) + rest
	header[5], header[6] = len(types), len(types)
	open("shifted.btf", "wb").write(struct.pack("<HBB5I", *header) + types + strings)
	END
	rebtf distill --base shifted.btf ids.ko
	[ "$status" -ne 0 ]
	cmp "$IDS" ids.ko
}

@test "distill warns of ids that a kernel leaves as they are, once for all modules" {
	cp ids.ko other.ko
	rebtf distill --base "$OLD" --out-dir out ids.ko other.ko "$DATA/ko/tcp_bbr.ko"
	exits 0
	complains "ids.ko: .BTF_ids: a kernel that relocates the module itself leaves these ids as they are: " \
		'struct sk_buff, struct mine, function tcp_sendmsg and ' '(1 other module has such ids, too)'
	rebtf distill --base "$OLD" --out-dir one ids.ko
	complains 'struct sk_buff, struct mine, function tcp_sendmsg and '
	[[ $stderr != *'so do'* ]]
	rebtf distill --quiet --base "$OLD" --out-dir quiet ids.ko
	[ -z "$stderr" ]
	rebtf distill --json --base "$OLD" --out-dir json ids.ko
	[ "$(jq -c '.stray_ids // empty | .[:3]' <<< "$output")" = '["struct sk_buff","struct mine","function tcp_sendmsg"]' ]
	# Its only ids are its own kfuncs.
	rebtf distill --base "$OLD" --out-dir out "$DATA/ko/tcp_bbr.ko"
	[ -z "$stderr" ]
	run ! grep -q base_ids <(readelf -SW out/tcp_bbr.ko)
}

@test "standalone refuses functions of the kernel, and warns of ids of copies" {
	rebtf standalone --base "$OLD" --out-dir out ids.ko
	exits 2
	complains "__BTF_ID__func__tcp_sendmsg__" "FUNC 'tcp_sendmsg' does not exist in the new BTF"
	# A module of the kernel that names only its own structs.
	rebtf standalone --base "$OLD" --out-dir out "$DATA/ko/nf_conntrack.ko.xz"
	exits 0
	complains 'nf_conntrack.ko.xz: .BTF_ids: ' "copies of the kernel's types: struct nf_conn"
}

@test "a record that does not belong to the module is refused" {
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	objcopy -O binary --only-section=.BTF.base_ids --set-section-flags .BTF.base_ids=alloc ids.ko record
	for change in 's/^\x01/\x02/' 's/\x00$//'; do
		sed "$change" record > changed
		cmp -s record changed && continue
		cp ids.ko x.ko
		objcopy --update-section .BTF.base_ids=changed x.ko
		rebtf relocate --base "$NEW" x.ko
		exits 2
		complains 'x.ko: .BTF.base_ids: '
	done
}

@test "typedefs of a module that others distilled are the kernel's" {
	# Like Kbuild's distilling: no record, and a typedef's id is that of its copy.
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	objcopy --remove-section .BTF.base_ids ids.ko
	rebtf relocate --base "$OLD" ids.ko
	# The flags of functions without an id are ambiguous in the set8 that has two of them.
	exits 2
	complains 'cannot match the flags in set __BTF_ID__set8__kfuncs to its ids'
	# A module without functions has no flags.
	"$BATS_TEST_DIRNAME/ids_module.py" --typedefs make "$OLD" ids.ko
	"$REBTF" distill --quiet --base "$OLD" ids.ko
	objcopy --remove-section .BTF.base_ids ids.ko
	for base in "$OLD" "$NEW"; do
		rebtf relocate --base "$base" --out-dir out ids.ko
		exits 0
		"$BATS_TEST_DIRNAME/ids_module.py" --typedefs check "$base" out/ids.ko
	done
	# A kernel without u64 leaves the copy to the module, but the next kernel has it again.
	sed 's/\x00u64\x00/\x00u46\x00/' "$OLD" > lacking.btf
	rebtf relocate --keep --base lacking.btf ids.ko
	exits 0
	rebtf relocate --base "$NEW" ids.ko
	exits 0
	"$BATS_TEST_DIRNAME/ids_module.py" --typedefs check "$NEW" ids.ko
}
