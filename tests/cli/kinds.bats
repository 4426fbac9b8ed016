#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# Pipes, sockets and devices as input files or beside them. If a file is read by its name, any other kind of file is an
# immediate error. rebtf never waits for the other end of a pipe and never reads without end.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

teardown() {
	[ -z "${server:-}" ] || kill "$server" 2> /dev/null || true
}

# at_once VERB...: like rebtf, but the command must end within 20 seconds.
at_once() {
	run --separate-stderr timeout 20 "$REBTF" "$@"
	[ "$status" != 124 ] || { echo "hangs: $*"; return 1; }
}

# make_kinds DIR: creates one non-regular file of each kind.
make_kinds() {
	mkdir -p "$1"
	mkfifo "$1/pipe"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1/socket"
	ln -s /dev/zero "$1/device"
	ln -s pipe "$1/link"
	kinds='pipe socket device link'
}

@test "a file that is named" {
	make_kinds kinds
	for kind in $kinds; do
		for verb in distill relocate check standalone renumber info verify dump; do
			at_once $verb --base "$OLD" kinds/$kind
			exits 2
			complains kinds/$kind
		done
	done
	at_once info --base "$OLD" kinds/pipe
	complains 'not a regular file (found a named pipe)'
	at_once info --base "$OLD" kinds/device
	complains 'not a regular file (found a character device)'
}

@test "a base, and expectations, beside raw BTF" {
	make_kinds kinds
	cp "$SPLIT/$FITTING" x.btf
	for kind in $kinds; do
		ln -s "$PWD/kinds/$kind" x.btf.base
		for verb in distill relocate check standalone info verify dump; do
			at_once $verb --base "$OLD" x.btf
			exits 2
			complains x.btf.base
		done
		rm x.btf.base
	done
	mkfifo x.btf.base
	at_once check --base "$OLD" .
	exits 2
	complains x.btf.base 'named pipe'
	rm x.btf.base
	take "$DISTILLED/$FITTING" x.btf
	mkfifo x.btf.expects
	for verb in 'relocate --policy strict' 'check --policy strict' info standalone; do
		# shellcheck disable=SC2086 # a verb and its options
		at_once $verb --base "$OLD" x.btf
		exits 2
		complains x.btf.expects
	done
}

@test "a base" {
	make_kinds kinds
	for kind in $kinds; do
		at_once distill --base ./kinds/$kind "$SPLIT/$FITTING" --out-dir out
		exits 2
		complains kinds/$kind
		at_once check --base "$OLD" --old-base ./kinds/$kind "$SPLIT/$FITTING"
		exits 2
		complains kinds/$kind
	done
}

@test "a kernel of a release" {
	mkdir -p root/lib/modules/1.2.3 root/boot
	"$REBTF" distill --quiet --base "$OLD" --out-dir root/lib/modules/1.2.3 "$DATA/ko/tcp_bbr.ko"
	mkfifo root/boot/vmlinuz-1.2.3 root/lib/modules/1.2.3/vmlinux
	at_once relocate --root root --kernel 1.2.3
	exits 2
	[[ ${stderr_lines[-1]} == *1.2.3*'no kernel of that release'* ]]
}

@test "a key and a certificate" {
	make_kinds kinds
	openssl req -x509 -days 9 -subj /CN=kinds -nodes -newkey rsa:2048 -keyout key -out cert 2> /dev/null
	for kind in $kinds; do
		at_once distill --base "$OLD" --sign kinds/$kind --cert cert --out-dir out "$DATA/ko/tcp_bbr.ko"
		exits 2
		complains kinds/$kind
		at_once distill --base "$OLD" --sign key --cert kinds/$kind --out-dir out "$DATA/ko/tcp_bbr.ko"
		exits 2
		complains kinds/$kind
	done
}

@test "what is no module in a directory is passed over" {
	make_kinds tree
	for kind in $kinds; do
		mv tree/$kind tree/$kind.ko
	done
	rm tree/link.ko
	ln -s pipe.ko tree/link.ko
	cp "$SPLIT/$FITTING" tree
	at_once distill --base "$OLD" tree
	exits 0
	says '1 module: 1 distilled'
}

@test "something in the way of output stays, and is an error" {
	make_kinds out
	mv out/device out/"$(basename "$FITTING")"
	at_once distill --base "$OLD" --out-dir out "$SPLIT/$FITTING"
	exits 2
	complains out/"$(basename "$FITTING")" 'symbolic link'
	rm out/"$(basename "$FITTING")"
	mkfifo out/"$(basename "$FITTING")"
	at_once distill --base "$OLD" --out-dir out "$SPLIT/$FITTING"
	exits 2
	complains out/"$(basename "$FITTING")" 'not a regular file'
	[ -p out/"$(basename "$FITTING")" ]
	rm out/"$(basename "$FITTING")"
	mkfifo out/"$(basename "$FITTING")".base
	at_once distill --base "$OLD" --out-dir out "$SPLIT/$FITTING"
	exits 2
	complains out/"$(basename "$FITTING")".base
	[ -p out/"$(basename "$FITTING")".base ]
	[ ! -e out/"$(basename "$FITTING")" ]
}

@test "a pipe that is open already is read" {
	run --separate-stderr bash -c '"$REBTF" check --base <(cat "$1") "$2"' - "$NEW" "$DISTILLED/$FITTING"
	exits 0
	openssl req -x509 -days 9 -subj /CN=kinds -nodes -newkey rsa:2048 -keyout key -out cert 2> /dev/null
	run --separate-stderr bash -c '"$REBTF" distill --base "$1" --sign <(cat key) --cert <(cat cert) --out-dir out "$2"' \
		- "$OLD" "$DATA/ko/tcp_bbr.ko"
	exits 0
	# In place, a pipe cannot be replaced.
	run --separate-stderr bash -c 'cat "$2" | "$REBTF" distill --base "$1" /dev/stdin' - "$OLD" "$SPLIT/$FITTING"
	exits 2
	complains /dev/stdin pipe
	# A file that is open has a name, and a base beside it.
	cp "$SPLIT/$FITTING" x.btf
	"$REBTF" distill --quiet --base "$OLD" x.btf
	run --separate-stderr bash -c '"$REBTF" info --base "$1" /dev/stdin < x.btf' - "$OLD"
	exits 0
	says distilled
}

@test "a module that came through a pipe is copied whole" {
	for file in "$DATA/ko/tcp_bbr.ko" "$DATA/ko/nls_utf8.ko.xz"; do
		"$REBTF" distill --quiet --base "$OLD" --out-dir distilled "$file"
		run --separate-stderr bash -c '"$REBTF" distill --base "$1" --out-dir out <(cat "$2")' - "$OLD" distilled/"$(basename "$file")"
		exits 0
		says '1 left alone'
		cmp out/* distilled/"$(basename "$file")"
		rm -r out
	done
}
