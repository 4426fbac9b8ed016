#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Symbolic links: which links are followed, and where rebtf refuses to write, as rebtf(1) defines it. faults/swap.py
# tests names that change during a run.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir tree victim
	cp "$DATA/ko/tcp_bbr.ko" victim/x.ko
	echo precious > victim/passwd
}

# stranger_link TARGET NAME: creates a link of a user other than the one who runs the tests.
stranger_link() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	ln -s "$1" "$2"
	chown -h 1234 "$2"
}

@test "a link of one's own is followed, in a tree, too" {
	ln -s ../victim/x.ko tree/x.ko
	rebtf distill --base "$OLD" tree
	exits 0
	[ -L tree/x.ko ]
	[ "$("$REBTF" info --base "$OLD" --json victim/x.ko | jq -r .form)" = distilled ]
}

@test "another user's link is not followed to where that user may not write" {
	stranger_link ../victim/x.ko tree/x.ko
	remember victim
	for file in tree tree/x.ko; do
		rebtf distill --base "$OLD" $file
		exits 2
		complains tree/x.ko "one user's symbolic link to another user's file" 'name the file itself'
	done
	unchanged victim
	# Reading does no harm, and the output has the attributes of the file.
	chmod 640 victim/x.ko
	rebtf distill --base "$OLD" --out-dir out tree
	exits 0
	[ "$(stat -c '%a %u' out/x.ko)" = '640 0' ]
	# The link is followed to files of the link's owner.
	chown 1234 victim/x.ko
	rebtf distill --base "$OLD" tree
	exits 0
	[ "$(stat -c '%a %u' victim/x.ko)" = '640 1234' ]
}

@test "another user's link to a directory is not followed, wherever it stands in a path" {
	stranger_link victim dir
	remember victim
	for file in dir dir/x.ko "$PWD/dir/x.ko" ./dir/../dir/x.ko; do
		rebtf distill --base "$OLD" "$file"
		exits 2
		complains "one user's symbolic link to another user's file"
	done
	# On the path of another link.
	ln -s ../dir/x.ko tree/x.ko
	rebtf distill --base "$OLD" tree
	exits 2
	complains "one user's symbolic link to another user's file"
	unchanged victim
	# The same for output.
	for out in dir dir/new dir/../dir; do
		rebtf distill --base "$OLD" --out-dir $out "$DATA/ko/crc-itu-t.ko"
		exits 2
		complains "one user's symbolic link to another user's file"
		[ ! -e victim/crc-itu-t.ko ]
	done
	# The user's own link is followed.
	rm dir
	ln -s victim dir
	rebtf distill --base "$OLD" --out-dir dir/sub/new dir/x.ko
	exits 0
	[ -f victim/sub/new/x.ko ]
	rebtf distill --base "$OLD" dir
	exits 0
}

@test "below --out-dir no link is followed" {
	mkdir -p tree/sub out
	cp victim/x.ko tree/sub
	cp "$SPLIT/$FITTING" tree/sub/x.btf
	ln -s ../victim out/sub
	remember victim
	rebtf distill --base "$OLD" --out-dir out tree
	exits 2
	[ "${#stderr_lines[@]}" = 2 ]
	[[ $stderr == *'not a directory (found a symbolic link)'* ]]
	unchanged victim
	rm out/sub
	mkdir out/sub
	for name in x.ko x.btf; do
		ln -s ../../victim/passwd out/sub/$name
	done
	rebtf distill --base "$OLD" --out-dir out tree
	exits 2
	[ "${#stderr_lines[@]}" = 2 ]
	[[ $stderr == *'cannot replace a symbolic link: remove it'* ]]
	# If one part of a pair cannot be written, the other is not written either.
	[ ! -e out/sub/x.btf.base ]
	rm out/sub/*
	ln -s ../../victim/passwd out/sub/x.btf.base
	rebtf distill --base "$OLD" --out-dir out tree
	exits 0
	unchanged victim
	[ ! -L out/sub/x.btf.base ]
}

@test "a link in the place of a base is read, and goes when another base comes" {
	cp "$SPLIT/$FITTING" tree/x.btf
	"$REBTF" distill --expects --quiet --base "$OLD" tree
	mv tree/x.btf.base victim/base
	ln -s ../victim/base tree/x.btf.base
	remember victim
	rebtf info --base "$OLD" tree/x.btf
	exits 0
	says distilled
	rebtf relocate --base "$OLD" tree
	exits 0
	[ "$(ls tree)" = x.btf ]
	unchanged victim
}

@test "another user's link in the place of a base is not copied" {
	cp "$SPLIT/$FITTING" tree/x.btf
	"$REBTF" distill --quiet --base "$OLD" tree
	mv tree/x.btf.base victim/base
	chmod 600 victim/base
	stranger_link ../victim/base tree/x.btf.base
	rebtf distill --base "$OLD" --out-dir out tree
	exits 2
	complains x.btf.base "one user's symbolic link to another user's file"
	[ -z "$(find out -type f)" ]
}

@test "a directory that becomes a link is not walked into" {
	mkdir tree/sub
	cp victim/x.ko tree/sub
	ln -s ../victim tree/more
	cp "$DATA/ko/crc-itu-t.ko" tree
	remember victim
	rebtf distill --base "$OLD" tree
	exits 0
	says '2 modules: 2 distilled'
	unchanged victim
}

@test "more directories than a process may have open by default" {
	for i in {1..300}; do
		mkdir tree/$i
		ln victim/x.ko tree/$i/x.ko
	done
	run --separate-stderr bash -c 'ulimit -S -n 100; "$REBTF" info --quiet --base "$OLD" tree/*'
	exits 0
	silent
}

@test "links that lead in a circle, to nothing or to themselves are errors" {
	ln -s b a
	ln -s a b
	ln -s nowhere/x.ko c
	ln -s self self
	for name in a c self; do
		rebtf distill --base "$OLD" $name
		exits 2
		complains $name
	done
}

@test "a long chain of links is followed as far as the kernel does" {
	ln -s victim/x.ko l1
	for i in {2..40}; do
		ln -s l$((i - 1)) l$i
	done
	rebtf info --base "$OLD" l40
	exits 0
	ln -s l40 l41
	rebtf info --base "$OLD" l41
	exits 2
	complains l41 'Too many levels of symbolic links'
}

# without CALL:ERROR... -- VERB...: runs the command on a kernel that lacks these system calls.
without() {
	local options=()
	while [ "$1" != -- ]; do
		options+=(-e "inject=${1%:*}:error=${1#*:}")
		shift
	done
	shift
	run --separate-stderr env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -o /dev/null "${options[@]}" "$REBTF" "$@"
}

@test "kernels and file systems without some calls come to the same" {
	command -v strace > /dev/null || skip "needs strace"
	mkdir -p in/a/b
	cp victim/x.ko in/a/b
	cp "$DATA/ko/nls_utf8.ko.xz" in
	cp "$SPLIT/$FITTING" in/a/x.btf
	cp -r in want
	"$REBTF" distill --expects --quiet --base "$OLD" want
	for lacking in openat2:ENOSYS openat2:EPERM renameat2:EINVAL renameat2:ENOSYS; do
		rm -rf tree out
		cp -r in tree
		without $lacking -- distill --expects --base "$OLD" --out-dir out/new/dir tree
		exits 0
		same want out/new/dir
		ln -s ../victim out/new/link
		without $lacking -- distill --base "$OLD" --out-dir out/new tree/a
		exits 0
		without $lacking -- distill --expects --base "$OLD" tree
		exits 0
		same want tree
		[ -z "$(find . -name '.rebtf-*')" ]
	done
	# Without openat2(), too, a link below the directory is not followed.
	mkdir tree2
	cp -r in tree2/link
	without openat2:ENOSYS -- distill --base "$OLD" --out-dir out/new tree2
	exits 2
	[[ $stderr == *'not a directory (found a symbolic link)'* ]]
	[ "$(ls victim)" = "$(printf 'passwd\nx.ko')" ]
}

@test "another user's link in the place of a file that came with the kernel is not copied" {
	mv victim/x.ko tree/
	ln -s ../victim/passwd tree/modules.builtin
	rebtf distill --base "$OLD" --out-dir out tree
	exits 0
	cmp victim/passwd out/modules.builtin
	stranger_link ../victim/passwd tree/modules.order
	rebtf distill --base "$OLD" --out-dir other tree
	exits 1
	complains tree/modules.order "one user's symbolic link to another user's file"
	[ ! -e other/modules.order ]
}
