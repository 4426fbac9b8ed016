#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Files that are more than a name and bytes: links, pipes, full or read-only file systems, and the order of writes to
# disk, as rebtf(1) defines them. faults/inject.py tests failing system calls.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

teardown() {
	cd "$BATS_TEST_TMPDIR/work"
	[ -z "${memory:-}" ] || rm -r "$memory"
	! mountpoint -q mounted || umount mounted
}

# mount_here [SIZE]: mounts a separate file system. Needs root, as in CI.
mount_here() {
	mkdir mounted
	mount -t tmpfs -o "size=${1:-1m}" none mounted 2> /dev/null || skip "may not mount"
}

@test "a hard-linked module: its name leads to the new file, and other names to the old one" {
	cp "$DATA/ko/tcp_bbr.ko" original.ko
	cp original.ko x.ko
	ln x.ko y.ko
	rebtf distill --base "$OLD" x.ko
	exits 0
	cmp y.ko original.ko
	run ! cmp -s x.ko y.ko
	[ "$(stat -c %h x.ko y.ko | xargs)" = '1 1' ]
}

@test "a module under many names in one tree is done under each of them" {
	mkdir tree once
	cp "$DATA/ko/tcp_bbr.ko" tree/0.ko
	for i in 1 2 3 4 5 6 7; do
		ln tree/0.ko tree/$i.ko
		ln -s 0.ko tree/link$i.ko
	done
	"$REBTF" distill --quiet --base "$OLD" --out-dir once tree/0.ko
	rebtf distill --jobs 8 --base "$OLD" tree
	exits 0
	for file in tree/*; do
		cmp "$file" once/0.ko
	done
	[ "$(find tree -type l | wc -l)" = 7 ]
}

@test "raw BTF behind a symbolic link: the base stands beside the file" {
	mkdir sub links
	cp "$SPLIT/$FITTING" sub/x.btf
	ln -s ../sub/x.btf links/y.btf
	rebtf distill --expects --base "$OLD" links/y.btf
	exits 0
	[ -L links/y.btf ]
	[ "$(ls links sub | xargs)" = 'links: y.btf sub: x.btf x.btf.base x.btf.expects' ]
	# Under either name it is distilled, and is used with its base and its expectations.
	for name in sub/x.btf links/y.btf; do
		rebtf relocate --policy strict --base "$NEW" --out-dir out $name
		exits 0
	done
	cmp out/x.btf out/y.btf
	rebtf relocate --policy strict --base "$NEW" links/y.btf
	exits 0
	[ "$(ls links sub | xargs)" = 'links: y.btf sub: x.btf' ]
	cmp sub/x.btf out/x.btf
}

@test "raw BTF behind a symbolic link that has a base of its own keeps it" {
	mkdir store
	cp "$DISTILLED/$FITTING" store/one
	cp "$DISTILLED/$FITTING.base" store/other
	ln -s store/one x.btf
	ln -s store/other x.btf.base
	rebtf relocate --base "$NEW" --out-dir out x.btf
	exits 0
	"$REBTF" relocate --quiet --base "$NEW" --out-dir want "$DISTILLED/$FITTING"
	cmp out/x.btf want/*.btf
}

@test "a symbolic link to nothing is an error, in a place to write to, too" {
	mkdir out
	ln -s nowhere x.ko
	ln -s nowhere out/tcp_bbr.ko
	rebtf distill --base "$OLD" x.ko
	exits 2
	complains x.ko 'No such file'
	rebtf distill --base "$OLD" --out-dir out "$DATA/ko/tcp_bbr.ko"
	exits 2
	complains out/tcp_bbr.ko 'symbolic link'
	[ "$(ls)" = "$(printf 'out\nx.ko')" ]
}

@test "modules come through pipes" {
	run --separate-stderr bash -c 'cat "$1" | "$REBTF" info --base "$OLD" /dev/stdin' - "$SPLIT/$FITTING"
	exits 0
	says split
	run --separate-stderr bash -c '"$REBTF" distill --base "$OLD" --out-dir out <(cat "$1")' - "$SPLIT/$FITTING"
	exits 0
	cmp out/*.base "$DISTILLED/$FITTING.base"
	rm out/*.base
	cmp out/* "$DISTILLED/$FITTING"
}

@test "a read-only tree: each module is an error, and stays" {
	mount_here
	cp "$DATA/ko/"{tcp_bbr.ko,nls_utf8.ko.xz} "$SPLIT/$FITTING" mounted
	mount -o remount,ro mounted
	remember mounted
	for verb in distill 'distill --expects' standalone 'distill --out-dir mounted/out'; do
		# shellcheck disable=SC2086 # a verb and its options
		rebtf $verb --base "$OLD" mounted
		exits 2
		[ "${#stderr_lines[@]}" = 3 ]
		for line in "${stderr_lines[@]}"; do
			[[ $line == 'rebtf: mounted/'*': Read-only file system' ]] || { echo "$line"; return 1; }
		done
	done
	unchanged mounted
	# Another file system has space.
	rebtf distill --base "$OLD" --out-dir out mounted
	exits 0
}

@test "a tree on a full file system: each module is an error, and stays" {
	mount_here 256k
	cp "$DATA/ko/"{tcp_bbr.ko,nls_utf8.ko.xz,tcp_dctcp.ko.zst} "$SPLIT/$FITTING" mounted
	head -c 1M /dev/zero > mounted/filler 2> /dev/null || true
	remember mounted
	for verb in distill 'distill --expects' standalone; do
		# shellcheck disable=SC2086 # a verb and its options
		rebtf $verb --base "$OLD" mounted
		exits 2
		[ "${#stderr_lines[@]}" = 4 ]
		for line in "${stderr_lines[@]}"; do
			[[ $line == 'rebtf: mounted/'*'No space left on device' ]] || { echo "$line"; return 1; }
		done
	done
	unchanged mounted
}

@test "owner, mode and set-id bits stay, as far as one may set them" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	cp "$DATA/ko/tcp_bbr.ko" x.ko
	chown 1234:4321 x.ko
	chmod 6711 x.ko
	rebtf distill --base "$OLD" x.ko
	exits 0
	[ "$(stat -c '%u %g %a' x.ko)" = '1234 4321 6711' ]
	# Without the right to change the owner, the set-id bits are not copied.
	chmod 6711 x.ko
	run --separate-stderr setpriv --bounding-set=-chown,-fowner --inh-caps=-all "$REBTF" standalone --base "$OLD" x.ko
	exits 0
	[ "$(stat -c '%u %g %a' x.ko)" = '0 0 711' ]
}

# A directory that supports unnamed files, like most file systems.
enter_memory() {
	memory=$(mktemp -d /dev/shm/rebtf-XXXXXX)
	cd "$memory"
}

# traced VERB ARGUMENT...: runs the command, and writes its file operations in order to "calls".
traced() {
	# The leak sanitizer is a tracer itself.
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -o log -e trace=openat,fsync,linkat,rename,unlink,close "$REBTF" "$@" --base "$OLD" --jobs 1 > /dev/null
	grep -E 'O_TMPFILE|O_CREAT|^fsync|^linkat|^rename' log | sed -E 's/^openat.*= ([0-9]+)$/new \1/; s/^([a-z]+)\(([0-9]*).*/\1 \2/' > calls
}

@test "what replaces a file is on disk before it does, and its base, too" {
	enter_memory
	for file in "$DATA/ko/tcp_bbr.ko" "$SPLIT/$FITTING"; do
		for options in '' --expects; do
			rm -f x.*
			cp "$file" "x.${file##*.}"
			# shellcheck disable=SC2086 # none or one
			traced distill $options x.*
			# Each file is synced after its creation and before it gets its name.
			awk '$1 == "new" { synced[$2] = 0 } $1 == "fsync" { synced[$2] = 1 } $1 == "linkat" && !synced[$2] { exit 1 }' calls
			grep -q ^linkat calls
		done
		traced relocate x.*
		awk '$1 == "new" { synced[$2] = 0 } $1 == "fsync" { synced[$2] = 1 } $1 == "linkat" && !synced[$2] { exit 1 }' calls
		[ "$(grep -c ^fsync calls)" = 1 ]
	done
}

@test "what is new is not waited for" {
	enter_memory
	traced distill --expects --out-dir out "$DATA/ko/tcp_bbr.ko" "$SPLIT/$FITTING"
	[ "$(grep -c ^linkat calls)" = 4 ]
	run ! grep fsync calls
	# A file that replaces another is synced.
	traced distill --expects --out-dir out "$DATA/ko/tcp_bbr.ko"
	[ "$(grep -c ^fsync calls)" = 1 ]
}
