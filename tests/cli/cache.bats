#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command's cache of kernels' BTF below $XDG_CACHE_HOME. src/module/kernel_cache_test.c tests how far it trusts the
# cached files.

load common

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	gzip -nc "$OLD" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage vmlinuz packed
}

setup() {
	enter_work
	cp "$BATS_FILE_TMPDIR/vmlinuz" .
	mkdir xdg
	export XDG_CACHE_HOME=$PWD/xdg
}

# Prints how many bytes of the image the command reads.
bytes_read() {
	strace -f -e trace=read,pread64 -e status=successful -P "$PWD/vmlinuz" "$REBTF" "$@" 2>&1 > /dev/null |
		awk '/= [0-9]+$/ { sum += $NF } END { print sum + 0 }'
}

info() {
	rebtf info "$@" --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	says 'fits        yes'
}

@test "an image is unpacked once" {
	[ "$(bytes_read dump --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz")" -ge "$(stat -c %s vmlinuz)" ]
	[ "$(find xdg/rebtf -type f | wc -l)" -eq 1 ]
	[ "$(bytes_read dump --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz")" -lt 200000 ]
	info
	[ "$(bytes_read info ./vmlinuz)" -lt 200000 ]
}

@test "another image of the same name is another one" {
	info
	gzip -nc "$NEW" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage vmlinuz packed
	rebtf info --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz"
	exits 1
	says 'fits        no'
	[ "$(find xdg/rebtf -type f | wc -l)" -eq 2 ]
}

@test "--no-cache neither reads nor writes" {
	info --no-cache
	[ -z "$(ls xdg)" ]
	info
	remember xdg
	[ "$(bytes_read info --no-cache --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz")" -ge "$(stat -c %s vmlinuz)" ]
	unchanged xdg
}

@test "without XDG_CACHE_HOME it is below HOME, and relative paths do not count" {
	unset XDG_CACHE_HOME
	mkdir home
	HOME=$PWD/home info
	[ "$(find home -type f | wc -l)" -eq 1 ]
	[ -d home/.cache/rebtf ]
	[ "$(stat -c %a home/.cache)" = 700 ]
	mkdir relative
	HOME=relative XDG_CACHE_HOME=relative info
	[ -z "$(ls relative)" ]
	HOME='' XDG_CACHE_HOME='' info
}

@test "raw BTF and ELF files are not kept" {
	rebtf info --base "$OLD" "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	[ -z "$(ls xdg)" ]
}

@test "a cache that cannot be written is silent" {
	chmod 500 xdg
	run --separate-stderr without_override "$REBTF" info --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	[ -z "$stderr" ]
	chmod 700 xdg
	echo file > xdg/rebtf
	info
	[ -z "$stderr" ]
	XDG_CACHE_HOME=/proc/nowhere info
	[ -z "$stderr" ]
	rm xdg/rebtf
	[ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null || skip 'a full disk needs a mount namespace'
	run --separate-stderr unshare -m bash -c 'mount --make-rprivate / && mount -t tmpfs -o size=64k none xdg &&
		"$REBTF" info --base ./vmlinuz "$1" && find xdg -type f' _ "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	[ -z "$stderr" ]
	[[ $output != *xdg/* ]]
}

# renamed STRACE-ARGUMENT...: prints the system calls that rename or remove a file.
renamed() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 without_override \
		strace -f -o log -e trace=getrandom,openat,renameat,unlinkat "$@" \
		"$REBTF" info --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz" > /dev/null
	grep -E 'renameat|unlinkat' log || true
}

@test "without libcrypto an image is read all the same, and not kept" {
	mkdir lib
	touch lib/libcrypto.so.3 lib/libcrypto.so
	LD_LIBRARY_PATH=$PWD/lib info
	[ -z "$stderr" ]
	[ -z "$(ls xdg)" ]
}

@test "nothing is renamed or removed in the cache if no temporary file was made" {
	command -v strace > /dev/null || skip 'needs strace'
	# No random numbers for its name.
	[ -z "$(renamed -e inject=getrandom:error=ENOSYS)" ]
	grep -q 'getrandom.*INJECTED' log
	chmod 500 xdg/rebtf
	[ -z "$(renamed)" ]
	grep -q '\.tmp-.*EACCES' log
	[ -z "$(ls xdg/rebtf)" ]
	chmod 700 xdg/rebtf
	[[ $(renamed) == *renameat*.tmp-* ]]
}

@test "root does not use a user's cache" {
	[ "$(id -u)" -eq 0 ] || skip 'needs to be root'
	chown 1 xdg
	info
	[ -z "$(ls xdg)" ]
	install -d -o 1 xdg/rebtf
	info
	[ -z "$(ls xdg/rebtf)" ]
	chown 0 xdg xdg/rebtf
	info
	chown 1 xdg/rebtf/*
	[ "$(bytes_read info --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz")" -ge "$(stat -c %s vmlinuz)" ]
}

@test "several processes share a cache" {
	for _ in 1 2 3 4 5 6; do
		"$REBTF" info --base ./vmlinuz "$DATA/ko/nls_utf8.ko.xz" > /dev/null &
	done
	wait
	info
	[ "$(find xdg -type f | wc -l)" -eq 1 ]
}
