#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# librebtf-bpf as a shared object: its name, symbols and versions. tests/peers/libbpf compares its answers with libbpf's.

load common

setup_file() {
	unpack_data
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	build=$(dirname "$REBTF")
	library=$build/src/libbpf/libbpf.so.1
	[ -e "$library" ] || skip "built without it"
}

# Each function with the version that it came with: "btf__new LIBBPF_0.0.1".
listed() {
	awk '/^LIBBPF_/ { version = $1 } /^\t\t[a-z_0-9]+;$/ { sub(/;/, ""); print $1, version }' src/libbpf/libbpf.map | sort
}

@test "the library has libbpf's soname and needs only libc and libelf" {
	readelf -d "$library" | grep -q 'soname: \[libbpf\.so\.1\]'
	! readelf -d "$library" | grep NEEDED | grep -vE 'libc\.so|libelf\.so|ld-linux|libasan|libubsan|libgcc|libm\.so'
}

@test "the library exports each function with libbpf's version, and nothing else" {
	nm --dynamic --defined-only --with-symbol-versions "$library" | awk '$2 == "T" { sub(/@@/, " ", $3); print $3 }' |
		sort > "$BATS_TEST_TMPDIR/exported"
	diff "$BATS_TEST_TMPDIR/exported" <(listed)
}

@test "the list of symbols has all that the header declares" {
	grep -oE '\b(btf|btf_ext|btf_dump|libbpf)_[a-z0-9_]+\(' src/libbpf/api.h | tr -d '(' | sort -u |
		diff - <(listed | cut -d' ' -f1)
	[ "$(listed | grep -cE '^btf(_ext|_dump)?__')" = 80 ]
}

@test "a program that was built with the system's libbpf runs with it" {
	command -v pahole > /dev/null || skip "no pahole"
	ldd "$(command -v pahole)" | grep -q 'libbpf\.so\.1' || skip "pahole has a libbpf of its own"
	nm --dynamic "$library" | grep -q __asan && skip "the program is not sanitized"
	module=$(find "$DATA/vmlinux" -name '*.btf' | head -n 1)
	for name in list_head task_struct; do
		diff <(pahole -F btf -C $name "$module") <(LD_LIBRARY_PATH=$(dirname "$library") pahole -F btf -C $name "$module")
	done
	LD_LIBRARY_PATH=$(dirname "$library") pahole -F btf -C list_head "$module" | grep -q 'struct list_head {'
}
