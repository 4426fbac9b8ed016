#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Output on a terminal: names that would control the terminal are escaped, wherever they come from.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# A name with controls that a terminal obeys: CSI as ESC [, as U+009B and as a byte, and a direction override.
evil=$'\e[2J\xc2\x9b2J\x9b2J\xe2\x80\xae'
evil_as_text='\x1b[2J\xc2\x9b2J\x9b2J\xe2\x80\xae'
# The name in JSON, as read by jq: the single byte is not a valid character.
evil_as_json=$'\e[2J\xc2\x9b2J\xef\xbf\xbd2J\xe2\x80\xae'

# harmless FILE...: checks that no file contains a byte that a terminal obeys, except newlines and tabs.
harmless() {
	python3 - "$@" <<-'END'
	import sys, unicodedata
	for path in sys.argv[1:]:
	    for line in open(path, encoding="utf-8", errors="surrogateescape"):
	        for c in line.rstrip("\n").replace("\t", ""):
	            raw = 0xDC80 <= ord(c) <= 0xDC9F
	            assert not raw and unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp"), (path, line)
	END
}

# rename_type FILE OLD: renames the type OLD to a name of the same length that controls terminals.
rename_type() {
	python3 - "$1" "$2" <<-'END'
	import sys
	path, old = sys.argv[1], sys.argv[2].encode()
	new = (b"\x1b[2J\xc2\x9b\x9b\xe2\x80\xae" + b"_" * 99)[: len(old)]
	data = open(path, "rb").read()
	assert data.count(b"\0" + old + b"\0") == 1
	open(path, "wb").write(data.replace(b"\0" + old + b"\0", b"\0" + new + b"\0"))
	END
}

@test "control characters in file names are escaped by every verb, in text, JSON and errors" {
	mkdir "$evil"
	cp "$DISTILLED/$MISFIT" "$evil/misfit.btf"
	cp "$DISTILLED/$MISFIT.base" "$evil/misfit.btf.base"
	cp "$SPLIT/$FITTING" "$evil/split.btf"
	make_standalone_btf "$evil/alone.btf"
	echo none > "$evil/none.btf"
	for verb in distill relocate check standalone renumber info verify; do
		local out=
		[[ $verb =~ check|info|verify ]] || out="--out-dir=out"
		"$REBTF" $verb -v --base "$NEW" $out "$evil" > text 2> errors || true
		"$REBTF" $verb --json --base "$NEW" $out "$evil" > json 2>> errors || true
		harmless text json errors
		grep -qF "$evil_as_text" text
		grep -qF "rebtf: $evil_as_text" errors
		[ "$(jq -r '.file // empty' json | head -n 1)" = "$evil_as_json/alone.btf" ]
	done
	"$REBTF" dump "$evil/none.btf" > text 2> errors || true
	"$REBTF" info --base "$evil" x >> text 2>> errors || true
	"$REBTF" "$evil" >> text 2>> errors || true
	"$REBTF" help "$evil" >> text 2>> errors || true
	harmless text errors
	grep -qF "$evil_as_text" errors
}

@test "control characters in names of types are escaped, in text, JSON, dumps and errors" {
	mkdir odd
	take "$DISTILLED/$MISFIT" odd/x.btf
	rename_type odd/x.btf idxd_device_driver
	for format in text json; do
		local json=$([ $format = text ] || echo --json)
		rebtf check $json --verbose --base "$NEW" odd/x.btf
		exits 1
		printf '%s\n' "$output" > "$format"
		rebtf verify $json --verbose --all odd/x.btf
		printf '%s\n' "$output" >> "$format"
	done
	"$REBTF" dump odd/x.btf > dump
	harmless text json dump
	grep -qF '\x1b[2J\xc2\x9b\x9b' dump
}

@test "control characters in names of modules are escaped, in text, JSON and headers" {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$evil" <<- 'END'
		import os, sys
		from build_btf import *
		for tree, size in ("old", 4), ("new", 8):
		    os.mkdir(tree)
		    k = Btf()
		    i = k.int("int", 4, 1)
		    k.struct("core", size, [("x", i, 0)])
		    k.write(f"{tree}/vmlinux")
		    for name in sys.argv[1], "other":
		        m = Btf(k)
		        s = m.struct("own", size + len(name), [("x", i, 0)])
		        m.struct("around", size + len(name), [("own", s, 0)])
		        m.func("f", m.proto(i, [("own", m.add(PTR, "", s))]))
		        m.write(f"{tree}/{name}.btf")
	END
	echo '__attribute__((section("kprobe/f"), used)) int g(void) { return 0; }' > p.bpf.c
	clang -target bpf -g -O2 -c p.bpf.c
	for json in '' --json; do
		"$REBTF" diff $json --verbose old new >> out 2>> errors || true
		"$REBTF" core-check $json --verbose --base new/vmlinux --modules new p.bpf.o >> out 2>> errors || true
		"$REBTF" header $json --verbose --base new/vmlinux new >> out 2>> errors || true
		"$REBTF" merge $json --verbose --base new/vmlinux -o merged new >> out 2>> errors || true
		"$REBTF" find $json --verbose --used-by own --base new/vmlinux new >> out 2>> errors || true
	done
	harmless out errors
	grep -qF "f ($evil_as_text)" out
	grep -qF "target f: found, in $evil_as_text" out
}

# colored ENVIRONMENT... -- ARGUMENT...: runs a check with its output in a pipe.
colored() {
	local environment=()
	while [ "$1" != -- ]; do
		environment+=("$1")
		shift
	done
	run --separate-stderr env "${environment[@]}" "$REBTF" check --base "$NEW" "$DISTILLED/$MISFIT" "${@:2}"
	exits 1
	[[ $output == *$'\e[31m'* ]]
}

@test "--color, NO_COLOR and CLICOLOR_FORCE decide about colors, in this order" {
	run ! colored TERM=xterm --
	run ! colored TERM=xterm -- --color=auto
	run ! colored TERM=xterm -- --color=never
	colored TERM=xterm -- --color
	colored TERM=xterm -- --color=always
	colored CLICOLOR_FORCE=1 --
	run ! colored CLICOLOR_FORCE=0 --
	run ! colored CLICOLOR_FORCE= --
	run ! colored CLICOLOR_FORCE=1 -- --color=never
	run ! colored CLICOLOR_FORCE=1 NO_COLOR=1 --
	colored NO_COLOR=1 -- --color=always
	colored CLICOLOR_FORCE=1 NO_COLOR= --
	run ! colored CLICOLOR_FORCE=1 -- --json
	command -v script > /dev/null || skip "needs script(1)"
	local check="'$REBTF' check --base '$NEW' '$DISTILLED/$MISFIT'"
	TERM=xterm script -qec "$check --color=never" /dev/null > never < /dev/null || true
	NO_COLOR=1 TERM=xterm script -qec "$check --color=auto" /dev/null > auto < /dev/null || true
	[ -s never ]
	[ -s auto ]
	run ! grep -q $'\e' never auto
}

@test "the progress bar fits the terminal, also after that was resized, and tells the time left" {
	# More output than a pipe and a buffer hold.
	local name deep
	name=$(printf 'd%.0s' {1..200})
	deep=$name/$name/$name/$name/$name/$name/$name/$name
	mkdir -p "$deep"
	cp -r "$SPLIT/." "$deep"
	for width in 200 80 41 30 12; do
		run -0 "$BATS_TEST_DIRNAME/progress.py" $width "$REBTF" verify -v --jobs 1 --base "$OLD" "$deep"
		case $width in
		200 | 80) [[ $output =~ ^verifying\ \[#+\ +\]\ [0-9]+\ of\ 50,\ [0-9]+\ s\ left ]] ;;
		41) [[ $output =~ ^verifying\ [0-9]+\ of\ 50,\ [0-9]+\ s\ left || $output =~ ^verifying\ \[ ]] ;;
		30) [[ $output =~ ^verifying\ [0-9]+\ of\ 50 ]] ;;
		12) [[ $output =~ ^[0-9]+\ of\ 50 ]] ;;
		esac
	done
	run -0 "$BATS_TEST_DIRNAME/progress.py" 100,20 "$REBTF" verify -v --jobs 1 --base "$OLD" "$deep"
	[[ $output == *'verifying ['* && $output =~ $'\n'verifying\ [0-9]+\ of\ 50$'\n' ]]
	TERM=dumb run -1 "$BATS_TEST_DIRNAME/progress.py" 80 "$REBTF" verify -v --jobs 1 --base "$OLD" "$deep"
}
