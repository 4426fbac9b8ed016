#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf standalone, on the modules of a real kernel. standalone.py checks the results with its own reader of BTF.

load common

setup_file() {
	unpack_data
	export ALONE=$BATS_FILE_TMPDIR/alone
	"$REBTF" standalone --quiet --base "$OLD" --out-dir "$ALONE" "$SPLIT"
}

setup() {
	enter_work
}

# checked [--full] BASE SPLIT STANDALONE
checked() {
	run "$BATS_TEST_DIRNAME/standalone.py" "$@"
	exits 0
}

@test "every module is whole in itself, says what it said, and has nothing twice" {
	checked "$OLD" "$SPLIT" "$ALONE"
	says '50 files'
}

@test "with --full there is all that can be reached" {
	rebtf standalone --full --quiet --base "$OLD" --out-dir full "$SPLIT"
	exits 0
	silent
	checked --full "$OLD" "$SPLIT" full
	says '50 files'
}

@test "modules that were relocated become standalone like any others" {
	# Exit status 1 means that some modules do not fit.
	"$REBTF" relocate --quiet --base "$NEW" --out-dir moved "$DISTILLED" || [ $? -eq 1 ]
	rebtf standalone --base "$NEW" --out-dir alone moved
	exits 0
	local count
	count=$(find moved -name '*.btf' | wc -l)
	[ "$count" -gt 20 ]
	says "$count modules: $count made standalone"
	checked "$NEW" moved alone
	says "$count files"
}

@test "big-endian modules stay big-endian" {
	local base=$DATA/vmlinux/6.12.107+deb13-s390x.btf split=$DATA/modules/6.12.107+deb13-s390x
	rebtf standalone --base "$base" --out-dir out "$split"
	exits 0
	checked "$base" "$split" out
	rebtf info out/*.btf
	[ "$(grep -c 'byte order  big-endian' <<< "$output")" -eq "$(find "$split" -name '*.btf' | wc -l)" ]
}

@test "bpftool reads each alone, as rebtf does" {
	local module
	for module in "$ALONE"/*.btf; do
		bpftool btf dump file "$module" > theirs
		"$REBTF" dump "$module" | cmp - theirs
	done
}

# Prints the dump's lines of functions, and of named structs and unions, without ids.
outline() {
	grep -E "^\[[0-9]+\] (FUNC|STRUCT|UNION) '[^(]" | sed -E 's/^\[[0-9]+\] //; s/type_id=[0-9]+//'
}

@test "bpftool finds the functions and structs of the module first, in the same order" {
	local module own
	for module in "$FITTING" "$MISFIT" nf_conntrack.btf; do
		bpftool --base-btf "$OLD" btf dump file "$SPLIT/$module" | outline > then
		own=$(wc -l < then)
		[ "$own" -gt 0 ]
		bpftool btf dump file "$ALONE/$module" | outline > now
		diff then <(head -n "$own" now)
	done
}

@test "the running kernel takes every one of them, and with --full as well" {
	"$REBTF" standalone --full --quiet --base "$OLD" --out-dir full "$SPLIT"
	run "$BATS_TEST_DIRNAME/load_btf.py" "$ALONE"
	[ "$status" -ne 77 ] || skip "the kernel cannot be asked"
	exits 0
	says '50 files, 0 refused'
	run "$BATS_TEST_DIRNAME/load_btf.py" full
	exits 0
	says '50 files, 0 refused'
}

@test "the result depends neither on the number of threads nor on the run" {
	for jobs in 1 2 8; do
		rebtf standalone --verbose --jobs $jobs --base "$OLD" --out-dir out "$SPLIT"
		exits 0
		same out "$ALONE"
		rm -r out
		echo "$output" > text.$jobs
	done
	cmp text.1 text.2
	cmp text.1 text.8
}

@test "in place gives what --out-dir gives, and a line of what was done" {
	cp "$SPLIT/$FITTING" x.btf
	chmod 640 x.btf
	rebtf standalone --verbose --base "$OLD" x.btf
	exits 0
	[[ ${lines[0]} =~ ^'x.btf: made standalone, '[0-9,]+' types then, '[0-9,]+' now'$ ]]
	[ "${lines[1]}" = "Base: $OLD" ]
	[ "${lines[2]}" = '1 module: 1 made standalone' ]
	cmp x.btf "$ALONE/$FITTING"
	[ "$(stat -c %a x.btf)" = 640 ]
	[ "$(ls -A)" = x.btf ]
}

@test "a distilled module is relocated first" {
	take "$DISTILLED/$FITTING" x.btf
	rebtf standalone --base "$NEW" x.btf
	exits 0
	[ "$(ls -A)" = x.btf ]
	rebtf info x.btf
	says 'form        standalone'
}

@test "a distilled module that does not fit is named with its reasons, and stays as it is" {
	take "$DISTILLED/$MISFIT" x.btf
	remember .
	rebtf standalone --base "$NEW" x.btf
	exits 1
	[ "${lines[0]}" = 'x.btf: does not fit' ]
	says 'struct device: 744 bytes then, 752 now'
	[ -z "$stderr" ]
	unchanged .
	# The module's expectations explain the type, as in check.
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir expecting "$SPLIT/$MISFIT"
	rebtf standalone --base "$NEW" expecting/*.btf
	exits 1
	says "changed member 'flags' is new at byte 744"
}

@test "split BTF of another kernel is refused" {
	cp "$SPLIT/$FITTING" x.btf
	remember .
	rebtf standalone --base "$NEW" x.btf
	exits 2
	complains x.btf 'probably the wrong base'
	unchanged .
}

@test "what is standalone or empty is left alone in place, and copied below --out-dir" {
	mkdir in
	cp "$ALONE/$FITTING" in/standalone.btf
	make_empty_btf in/empty.btf
	remember in
	rebtf standalone --base "$OLD" in
	exits 0
	says '2 modules: 2 left alone (1 standalone, 1 empty)'
	unchanged in
	rebtf standalone --base "$OLD" --out-dir out in
	exits 0
	same in out
}

@test "a whole module stays one: standalone, compressed as it was" {
	cp "$DATA/ko/tcp_dctcp.ko.zst" .
	rebtf standalone --base "$OLD" tcp_dctcp.ko.zst
	exits 0
	rebtf info tcp_dctcp.ko.zst
	says 'zstd'
	says 'form        standalone'
	rebtf standalone --base "$NEW" tcp_dctcp.ko.zst
	exits 0
	says '1 left alone (1 standalone)'
}

@test "the ids in .BTF_ids mean what they meant" {
	cp "$DATA/ko/tcp_bbr.ko" x.ko
	"$BATS_TEST_DIRNAME/btf_ids.py" --base "$OLD" x.ko > then
	[ -s then ]
	rebtf standalone --base "$OLD" x.ko
	exits 0
	"$BATS_TEST_DIRNAME/btf_ids.py" x.ko | diff then -
	rebtf renumber --base "$NEW" x.ko
	exits 0
	"$BATS_TEST_DIRNAME/btf_ids.py" --base "$NEW" x.ko | diff then -
}

@test "a signed module is refused unless its signature may go" {
	cp "$DATA/ko/crc16-signed.ko" x.ko
	remember .
	rebtf standalone --base "$OLD" x.ko
	exits 2
	complains x.ko --strip-signature
	unchanged .
	rebtf standalone --base "$OLD" --strip-signature x.ko
	exits 0
	says '1 module: 1 made standalone'
}

@test "JSON says what became of each module" {
	cp "$SPLIT/$FITTING" x.btf
	rebtf standalone --json --base "$OLD" --out-dir out x.btf
	exits 0
	[ "$(jq -c '[.file, .outcome, .form, .output]' <<< "${lines[0]}")" = \
		'["x.btf","standalone","split","out/x.btf"]' ]
	[ "$(jq .types <<< "${lines[0]}")" -eq "$("$REBTF" dump out/x.btf | grep -c '^\[')" ]
	[ "$(jq .split_types <<< "${lines[0]}")" -eq "$("$REBTF" dump --base "$OLD" x.btf | grep -c '^\[')" ]
	[ "$(jq -c '.summary | [.verb, .modules, .standalone, .misfit, .left, .failed]' <<< "${lines[1]}")" = \
		'["standalone",1,1,0,0,0]' ]
}
