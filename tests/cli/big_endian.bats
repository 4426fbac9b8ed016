#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# BTF of the other byte order, and modules of big-endian machines. Other tests cover the results for little-endian BTF.
# Here swap_btf.py byte-swaps the input, and the results must be equal except for their byte order. Further tests
# compare with libbpf's results for BTF that was big-endian from the start.

load common

setup_file() {
	unpack_data
	export SWAPPED=$BATS_FILE_TMPDIR/swapped
	mkdir "$SWAPPED"
	swapped "$OLD" "$SWAPPED/old.btf"
	swapped "$NEW" "$SWAPPED/new.btf"
	swapped "$SPLIT" "$SWAPPED/split"
	export S390X=$DATA/vmlinux/6.12.107+deb13-s390x.btf
	# Modules of the previous update, and of the same kernel.
	export EARLY=6.12.94+deb13-s390x LATE=6.12.107+deb13-s390x
}

setup() {
	enter_work
	# File names are the same in both directories, so messages are equal.
	mkdir little big
	cp "$OLD" little/old.btf
	cp "$NEW" little/new.btf
	cp -r "$SPLIT" little/split
	cp -r "$SWAPPED/"* big/
}

swapped() {
	"$BATS_TEST_DIRNAME/swap_btf.py" "$@"
}

# alike ARGUMENT...: checks that the command has the same results and output in both directories. Leaves its output in
# "said" and its status in $status.
alike() {
	local order little_status
	for order in little big; do
		status=0
		(cd $order && exec "$REBTF" "$@" > ../$order.out 2> ../$order.err) || status=$?
		[ $order = big ] || little_status=$status
	done
	[ "$status" -lt 2 ] || { cat big.err; return 1; }
	[ "$status" -eq "$little_status" ]
	diff little.out big.out
	diff little.err big.err
	mv little.out said
}

# alike_below DIR: checks that DIR has the same files in both directories, except for their byte order.
alike_below() {
	[ -n "$(find "little/$1" -name '*.btf*' -print -quit)" ]
	rm -rf back
	swapped "big/$1" back
	same "little/$1" back
	run ! cmp -s "$(find "little/$1" -type f | head -n 1)" "$(find "big/$1" -type f | head -n 1)"
}

@test "distill is the same in either byte order" {
	alike distill --verbose --base old.btf --out-dir out split
	alike_below out
	alike distill --verbose --expects --base old.btf --out-dir expecting split
	alike_below expecting
	# Makes sure that the comparison covers enough files.
	[ "$(find big/expecting -name '*.expects' | wc -l)" -ge 40 ]
}

@test "relocate is the same in either byte order, for what fits and what does not" {
	alike distill --quiet --expects --base old.btf --out-dir kept split
	alike relocate --json --base new.btf --out-dir kernel kept
	[ "$status" -eq 1 ]
	alike_below kernel
	for policy in strict lenient; do
		alike relocate --json --policy $policy --base new.btf --out-dir $policy kept
		alike_below $policy
	done
	alike relocate --verbose --policy strict --on-mismatch local --base new.btf --out-dir local kept
	[ "$status" -eq 0 ]
	alike_below local
	[ "$(find big/local -name '*.btf' | wc -l)" -eq 50 ]
}

@test "check says the same in either byte order, down to the members that changed" {
	alike distill --quiet --expects --base old.btf --out-dir kept split
	alike check --verbose --policy strict --base new.btf kept
	[ "$status" -eq 1 ]
	grep -q "member 'cleanup_work' is new at byte 88" said
	alike check --json --old-base old.btf --base new.btf split
	[ "$(jq -s '[.[].misfits? // [] | .[].changes? // [] | .[]] | length' said)" -ge 20 ]
}

@test "standalone and renumber are the same in either byte order" {
	alike standalone --verbose --base old.btf --out-dir alone split
	alike_below alone
	alike standalone --verbose --full --base old.btf --out-dir full split/veth.btf split/crc16.btf
	alike_below full
	alike renumber --verbose --base new.btf --out-dir shown alone
	alike_below shown
}

@test "info and dump say the same in either byte order" {
	for order in little big; do
		(cd $order && "$REBTF" info --base old.btf old.btf split/*.btf) > $order.info
	done
	diff <(sed 's/little-endian/big-endian/' little.info) big.info
	[ "$(grep -c '^  byte order  big-endian$' big.info)" -ge 40 ]
	alike dump old.btf
	[ "$(wc -l < said)" -ge 100000 ]
	alike dump --base old.btf split/veth.btf
}

@test "verify gives the same verdicts in either byte order" {
	alike verify --verbose --rules 6.1 --base old.btf old.btf new.btf split
	[ "$status" -eq 0 ]
	# Changes one word of the types at a time. Kernels accept an INT of any size.
	make_standalone_btf x.btf
	mkdir little/broken
	for word in 0 1 2 3 4 5 6 7; do
		cp x.btf little/broken/$word.btf
		printf '\xfe\xca\xfe\xca' | dd of=little/broken/$word.btf bs=1 seek=$((24 + 4 * word)) conv=notrunc status=none
	done
	swapped little/broken big/broken
	alike verify --all --as standalone broken
	[ "$status" -eq 1 ]
	grep -q '^8 modules: 2 accepted, 6 refused, read as standalone$' said
}

@test "two byte orders at once are refused, whatever the verb" {
	mkdir out
	for verb in distill standalone; do
		rebtf $verb --base "$NEW" --out-dir out big/split/veth.btf
		exits 2
		complains veth.btf 'byte order differs from the base (found big-endian)'
	done
	"$REBTF" distill --quiet --expects --base "$SWAPPED/old.btf" --out-dir kept big/split/veth.btf
	for verb in relocate check; do
		rebtf $verb --base "$NEW" kept/veth.btf
		exits 2
		complains veth.btf 'byte order differs from the new base (found big-endian)'
	done
	rebtf info --base "$NEW" kept/veth.btf
	exits 1
	says 'byte order differs from the new base (found big-endian)'
	rebtf verify --base "$OLD" big/split/veth.btf
	exits 1
	says '    .BTF: byte order differs from the base (found big-endian)'
	# The same for a base beside the module.
	swapped kept/veth.btf.base base
	cp kept/veth.btf* out/
	cp base out/veth.btf.base
	rebtf relocate --base "$SWAPPED/new.btf" out/veth.btf
	exits 2
	complains veth.btf.base 'byte order differs from the base (found big-endian)'
	rebtf verify out/veth.btf
	exits 1
	says '    .BTF: byte order differs from the base (found big-endian)'
	swapped kept/veth.btf.expects kept/expects
	mv kept/expects kept/veth.btf.expects
	rebtf relocate --base "$SWAPPED/new.btf" kept/veth.btf
	exits 2
	complains veth.btf.expects 'byte order differs from the base (found little-endian)'
}

@test "dump of big-endian BTF is what bpftool says of the same BTF in its own byte order" {
	swapped "$S390X" kernel.btf
	"$REBTF" dump "$S390X" > ours
	bpftool btf dump file kernel.btf format raw > theirs
	cmp ours theirs
	for module in "$DATA/modules/$LATE/"*.btf; do
		swapped "$module" x.btf
		"$REBTF" dump --base "$S390X" "$module" > ours
		bpftool --base-btf kernel.btf btf dump file x.btf format raw > theirs
		cmp ours theirs
	done
}

# same_dump OURS THEIRS [BASE]: compares type by type. The order of strings may differ.
same_dump() {
	cmp <("$REBTF" dump ${3:+--base "$3"} "$1") <("$REBTF" dump ${3:+--base "$3"} "$2")
}

@test "big-endian modules are distilled and relocated as libbpf does it" {
	for release in "$EARLY" "$LATE"; do
		rebtf relocate --base "$S390X" --out-dir "$release" "$DATA/distilled/$release"
		exits 0
		for module in "$release/"*.btf; do
			same_dump "$module" "$DATA/relocated/$module" "$S390X"
		done
	done
	[ "$(ls "$EARLY" "$LATE" | grep -c '\.btf$')" -eq 10 ]
	rebtf distill --base "$S390X" --out-dir distilled "$DATA/modules/$LATE"
	exits 0
	for module in distilled/*.btf; do
		same_dump "$module" "$DATA/distilled/$LATE/$(basename "$module")"
		cp "$module.base" ours
		cp "$DATA/distilled/$LATE/$(basename "$module").base" theirs
		same_dump ours theirs
	done
}

# unpacked FILE: prints a module without its compression.
unpacked() {
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*) cat "$1" ;;
	esac
}

# others FILE: prints readelf's description of the symbols, and of the sections that rebtf leaves unchanged but may
# move.
others() {
	readelf -SW "$1" | sed -nE 's/^ *\[ *[0-9]+\] ([^ ]+) +([^ ]+) +([0-9a-f]+) +[0-9a-f]+ (.*)/\1 \2 \3 \4/p' |
		grep -vE '^\.(BTF|BTF\.base|BTF\.base_expects|BTF\.kept|BTF\.kept_base|note\.rebtf|shstrtab) '
	readelf -sW "$1"
}

# written FORM MODULE: checks that the written module is valid and that other tools read it. "before" is the original.
written() {
	rebtf verify --rules 6.12 --base "$S390X" "$1/$2"
	exits 0
	unpacked "$1/$2" > after
	[ -z "$(readelf -SnW after 2>&1 > notes)" ]
	[ "$(grep -cE '^ *rebtf +0x00000030' notes)" -eq 1 ]
	diff <(others before) <(others after)
	"$BATS_TEST_DIRNAME/../../scripts/extract-btf" --section .BTF after > btf
	[ "$(od -An -tx1 -N 2 btf)" = ' eb 9f' ]
}

# same_ids: compares the .BTF_ids of "before" and "after".
same_ids() {
	diff <("$BATS_TEST_DIRNAME/btf_ids.py" --base "$S390X" before) \
		<("$BATS_TEST_DIRNAME/btf_ids.py" --base "$S390X" after)
}

@test "big-endian modules are written in every form, and other tools read them" {
	unpacked "$DATA/ko/tcp_bbr-s390x.ko.xz" > before
	cp before x.ko
	readelf -h before | grep -q 'big endian'
	"$REBTF" distill --quiet --expects --base "$S390X" --out-dir distilled x.ko
	"$REBTF" relocate --quiet --base "$S390X" --out-dir relocated distilled/x.ko
	"$REBTF" relocate --quiet --keep --base "$S390X" --out-dir kept distilled/x.ko
	"$REBTF" relocate --quiet --on-mismatch local --policy strict --base "$S390X" --out-dir local distilled/x.ko
	"$REBTF" standalone --quiet --base "$S390X" --out-dir standalone x.ko
	"$REBTF" renumber --quiet --base "$S390X" --out-dir renumbered standalone/x.ko
	for form in distilled standalone renumbered local relocated kept; do
		written $form x.ko
	done
	same_ids
	# The saved original is unchanged, so the module can be relocated again.
	cmp <("$REBTF" relocate --quiet --keep --base "$S390X" --out-dir again kept/x.ko; cat again/x.ko) kept/x.ko
}

@test "big-endian modules keep their compression" {
	unpacked "$DATA/ko/tcp_bbr-s390x.ko.xz" > tcp_bbr.ko
	gzip -k tcp_bbr.ko
	zstd -q tcp_bbr.ko
	cp "$DATA/ko/nf_conntrack-s390x.ko.xz" .
	for module in tcp_bbr.ko.gz tcp_bbr.ko.zst nf_conntrack-s390x.ko.xz; do
		unpacked $module > before
		"$REBTF" distill --quiet --base "$S390X" --out-dir distilled $module
		"$REBTF" relocate --quiet --base "$S390X" --out-dir relocated distilled/$module
		written relocated $module
	done
	same_ids
}
