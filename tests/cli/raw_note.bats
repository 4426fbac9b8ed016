#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The note beside raw BTF (x.btf.note): its bytes, its use, and notes that are stale, false or in the way.

load common

setup_file() {
	unpack_data
	build_meanwhile
}

setup() {
	enter_work
	cp "$SPLIT/$FITTING" x.btf
}

# word NUMBER ENDIAN: prints a number as four bytes, in hexadecimal.
word() {
	printf '%08x' "$1" | if [ "$2" = big ]; then cat; else sed -E 's/(..)(..)(..)(..)/\4\3\2\1/'; fi
}

# expected FORM BASE FILE ENDIAN: prints the bytes of a note about FILE, of the form with the number FORM, over BASE.
expected() {
	local types strings order=$4
	types=$(jq .types <<< "$("$REBTF" info --json "$2")")
	strings=$(od -An -tu4 --endian="$order" -j 20 -N 4 "$2" | tr -d ' ')
	for number in 6 48 1; do word $number "$order"; done
	printf 7265627466000000
	for number in 1 "$1" $((types + 1)) "$strings"; do word "$number" "$order"; done
	sha256sum "$2" "$3" | cut -c -64 | tr -d '\n'
}

# is_note FILE FORM BASE [ENDIAN]: checks the note beside FILE.
is_note() {
	[ "$(od -An -v -tx1 "$1.note" | tr -d ' \n')" = "$(expected "$2" "$3" "$1" "${4:-little}")" ]
}

# noted FILE: the form that the note of FILE declares, and whether it is stale.
noted() {
	"$REBTF" info --json --base "$OLD" "$1" | jq -r '"\(.note.form) \(.stale_note)"'
}

@test "each verb writes a note beside raw BTF with --note, and none without it" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir plain x.btf
	[ ! -e plain/x.btf.note ]
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir distilled x.btf
	is_note distilled/x.btf 1 "$OLD"
	[ "$(ls distilled | xargs)" = 'x.btf x.btf.base x.btf.note' ]
	cmp plain/x.btf distilled/x.btf
	"$REBTF" relocate --note --quiet --base "$NEW" --out-dir relocated plain/x.btf
	is_note relocated/x.btf 0 "$NEW"
	"$REBTF" standalone --note --quiet --base "$OLD" --out-dir alone x.btf
	is_note alone/x.btf 2 "$OLD"
	"$REBTF" renumber --note --quiet --base "$OLD" --out-dir shown alone/x.btf
	is_note shown/x.btf 0 "$OLD"
	"$REBTF" distill --note --quiet --base "$OLD" --dry-run x.btf
	[ ! -e x.btf.note ]
}

@test "an ELF file is the same with --note" {
	"$REBTF" distill --quiet --base "$OLD" --out-dir without "$DATA/ko/tcp_bbr.ko"
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir with "$DATA/ko/tcp_bbr.ko"
	same without with
}

@test "BTF that has a note keeps one, in place, elsewhere and as a copy" {
	"$REBTF" distill --note --expects --quiet --base "$OLD" x.btf
	"$REBTF" relocate --quiet --base "$NEW" --out-dir out x.btf
	is_note out/x.btf 0 "$NEW"
	"$REBTF" distill --quiet --base "$OLD" --out-dir copy x.btf
	[ "$(ls copy | xargs)" = 'x.btf x.btf.base x.btf.expects x.btf.note' ]
	cmp x.btf.note copy/x.btf.note
	"$REBTF" standalone --quiet --base "$OLD" x.btf
	is_note x.btf 2 "$OLD"
	"$REBTF" renumber --quiet --base "$NEW" x.btf
	is_note x.btf 0 "$NEW"
	[ "$(ls | xargs)" = 'copy out x.btf x.btf.note' ]
}

@test "info shows the note as that of a module" {
	"$REBTF" distill --note --quiet --base "$OLD" x.btf
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	for base in "$OLD" "$NEW"; do
		rebtf info --base "$base" x.btf
		exits 0
		line=$(grep '^  note' <<< "$output")
		rebtf info --base "$base" tcp_bbr.ko
		[ "$line" = "$(grep '^  note' <<< "$output")" ]
		rebtf info --json --base "$base" x.btf
		note=$(jq -c .note <<< "$output")
		rebtf info --json --base "$base" tcp_bbr.ko
		[ "$note" = "$(jq -c .note <<< "$output")" ]
	done
	rebtf info --json x.btf
	! python3 -c 'import jsonschema' 2> /dev/null ||
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

@test "a wrong base is refused at once, with the reason" {
	"$REBTF" distill --note --quiet --base "$OLD" x.btf
	"$REBTF" relocate --quiet --base "$NEW" x.btf
	remember .
	for verb in check relocate; do
		rebtf $verb --base "$OLD" x.btf
		exits 2
		complains 'x.btf: .BTF: made over another base: name that base with --old-base'
	done
	for verb in distill dump standalone; do
		rebtf $verb --base "$OLD" x.btf
		exits 2
		complains 'x.btf: made over another base (found ' 'expected 100751 and'
	done
	unchanged .
	rebtf relocate --base "$NEW" x.btf
	says '1 left alone (1 split)'
	# The strings of this base end at the same offset. Without the note, it would pass.
	cp "$NEW" other.btf
	printf 'X' | dd of=other.btf bs=1 seek=$(($(stat -c %s other.btf) - 2)) conv=notrunc status=none
	rebtf dump --base other.btf x.btf
	exits 2
	complains 'x.btf: made over another base (' 'another digest)'
	rm x.btf.note
	rebtf dump --base other.btf x.btf
	exits 0
}

@test "distilled BTF that has lost its base is recognized" {
	"$REBTF" distill --note --quiet --base "$OLD" x.btf
	rm x.btf.base
	remember .
	for verb in info check relocate distill standalone dump; do
		rebtf $verb --base "$OLD" x.btf
		exits 2
		complains 'x.btf.note: the note declares distilled BTF, but its base is missing'
	done
	unchanged .
}

@test "a note decides what could be split or standalone" {
	make_ambiguous_btf y.btf
	rebtf info --base "$OLD" y.btf
	exits 2
	complains 'ambiguous BTF'
	{
		for hex in $(expected 2 "$OLD" y.btf little | fold -w 2); do printf %b "\\x$hex"; done
	} > y.btf.note
	rebtf info --base "$OLD" y.btf
	exits 0
	says 'form        standalone'
	rebtf info --as split y.btf
	exits 2
	complains 'cannot read standalone BTF as split (the note declares the form)'
}

@test "a stale note has no effect, and only info speaks of it" {
	"$REBTF" distill --note --quiet --base "$OLD" x.btf
	cp "$SPLIT/$MISFIT" x.btf
	rm x.btf.base
	rebtf info --base "$OLD" x.btf
	exits 0
	says 'form        split'
	says 'note        stale: describes other BTF, so it is ignored'
	[ "$(noted x.btf)" = 'null true' ]
	cp x.btf.note before
	rebtf distill --base "$OLD" x.btf
	exits 0
	[[ $output$stderr != *note* ]]
	cmp x.btf.note before
	cmp x.btf "$DISTILLED/$MISFIT"
	rebtf distill --base "$OLD" --out-dir out x.btf
	[ ! -e out/x.btf.note ]
	"$REBTF" relocate --on-mismatch local --note --quiet --base "$NEW" x.btf
	is_note x.btf 0 "$NEW"
}

@test "what is no note is refused by all verbs" {
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir d x.btf
	mkdir in
	cp d/x.btf* in
	cp in/x.btf.note note
	head -c 99 note > in/x.btf.note
	remember in
	for verb in info check relocate distill; do
		rebtf $verb --base "$OLD" in
		exits 2
		complains 'in/x.btf.note: truncated note (found 99 bytes, expected 100)'
	done
	unchanged in
	rm in/x.btf.note
	mkfifo in/x.btf.note
	for verb in info relocate; do
		rebtf $verb --base "$OLD" in
		exits 2
		complains 'in/x.btf.note: not a regular file'
	done
	rm in/x.btf.note
	ln -s ../note in/x.btf.note
	rebtf relocate --base "$OLD" in
	exits 0
	[ ! -L in/x.btf.note ]
	is_note in/x.btf 0 "$OLD"
	cmp note d/x.btf.note
}

@test "a note is no file of its own" {
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir kept x.btf
	rebtf check --base "$OLD" kept/*
	exits 0
	says '1 module: 1 fits'
	rebtf check --base "$OLD" kept
	says '1 module: 1 fits'
	# It must not be written over.
	mkdir a b
	cp x.btf a/x.btf
	cp x.btf b/x.btf.note
	rebtf distill --base "$OLD" --out-dir out a/x.btf b/x.btf.note
	exits 2
	complains 'b/x.btf.note and a companion of a/x.btf both have the output out/x.btf.note'
	[ ! -e out ]
}

@test "big-endian and compressed BTF have notes, too" {
	"$BATS_TEST_DIRNAME/swap_btf.py" "$OLD" old.btf
	"$BATS_TEST_DIRNAME/swap_btf.py" x.btf big.btf
	"$REBTF" distill --note --quiet --base old.btf big.btf
	is_note big.btf 1 old.btf big
	[ "$("$REBTF" info --json big.btf | jq -r .note.type_count)" = "$("$REBTF" dump "$OLD" | grep -c '^\[' | awk '{ print $1 + 1 }')" ]
	for program in gzip xz zstd; do
		mkdir $program
		$program -c x.btf > $program/x.btf
		"$REBTF" distill --note --quiet --base "$OLD" $program/x.btf
		[ "$(noted $program/x.btf)" = 'distilled false' ]
		cp $program/x.btf.note note
		$program -dc < $program/x.btf > plain.btf
		mv note plain.btf.note
		is_note plain.btf 1 "$OLD"
	done
}

@test "without libcrypto --note is an error, and notes are ignored" {
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir d x.btf
	mkdir lib
	touch lib/libcrypto.so.3 lib/libcrypto.so
	export LD_LIBRARY_PATH=$PWD/lib
	rebtf distill --note --base "$OLD" x.btf
	exits 2
	complains 'x.btf: signatures and digests need libcrypto (OpenSSL)'
	cmp x.btf "$SPLIT/$FITTING"
	rebtf info --json d/x.btf
	exits 0
	[ "$(jq -c '[.form, .note, .stale_note]' <<< "$output")" = '["distilled",null,false]' ]
	rebtf relocate --base "$OLD" d/x.btf
	exits 0
}

@test "a run that is killed before the note leaves a stale one or none, which is harmless" {
	# kill_at N: a command that kills the run before it links its file number N.
	kill_at() {
		printf 'echo >> links; [ "$(wc -l < links)" != %s ] || kill -9 $PPID' "$1"
	}
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir want x.btf
	mkdir in
	cp x.btf in
	# The base, the BTF and the note are linked in this order.
	meanwhile BEFORE_LINK "$(kill_at 3)" distill --note --quiet --base "$OLD" --out-dir out in
	[ "$status" -eq 137 ]
	[ "$(ls out | xargs)" = 'x.btf x.btf.base' ]
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir out in
	same want out
	# In place, the old note is still there.
	rm links
	meanwhile BEFORE_LINK "$(kill_at 2)" standalone --quiet --base "$OLD" out
	[ "$status" -eq 137 ]
	[ "$(ls out | xargs)" = 'x.btf x.btf.note' ]
	cmp out/x.btf.note want/x.btf.note
	[ "$(noted out/x.btf)" = 'null true' ]
	rebtf info --base "$OLD" out
	exits 0
	says 'form        standalone'
}

@test "a directory without notes costs no call for each module" {
	command -v strace > /dev/null || skip "needs strace"
	! grep -q __asan_init "$REBTF" || skip "the sanitizer makes system calls, too"
	cp -r "$DISTILLED" tree
	sleep 0.2
	strace -f -qq -e signal=none -o log "$REBTF" relocate --quiet --base "$OLD" --out-dir out tree
	grep -q '\.base' log
	run ! grep '\.note' log
}

@test "who reads while others write sees no false note" {
	mkdir tree
	for i in 1 2 3 4; do cp x.btf tree/$i.btf; done
	"$REBTF" distill --note --quiet --base "$OLD" tree
	touch running
	{
		for round in 1 2 3 4 5 6; do
			"$REBTF" relocate --quiet --base "$OLD" tree
			"$REBTF" distill --quiet --base "$OLD" tree
		done
		rm running
	} &
	while [ -e running ]; do
		"$REBTF" info --quiet --base "$OLD" tree
	done
	wait
	for i in 1 2 3 4; do is_note tree/$i.btf 1 "$OLD"; done
}

@test "other tools read BTF with a note as before" {
	command -v bpftool > /dev/null || skip "needs bpftool"
	"$REBTF" distill --quiet --base "$OLD" --out-dir without x.btf
	"$REBTF" distill --note --quiet --base "$OLD" --out-dir with x.btf
	for dir in without with; do
		bpftool btf dump -B $dir/x.btf.base file $dir/x.btf format raw > $dir.out
	done
	cmp without.out with.out
}
