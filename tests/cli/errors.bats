#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Errors of many files: errors with the same cause form a group and are counted. Also errors about bases.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "of errors with one cause the first three files are named, and the others counted" {
	for verb in check 'relocate --out-dir=out' 'distill --out-dir=out' 'standalone --out-dir=out'; do
		rebtf $verb --base "$NEW" "$SPLIT"
		# A module that refers only to types of both kernels may be valid over the wrong kernel.
		[[ ${lines[-1]} =~ ^50\ modules:.*\ ([0-9]+)\ failed$ ]]
		local failed=${BASH_REMATCH[1]}
		[ "$failed" -ge 48 ]
		[ "${#stderr_lines[@]}" -eq 4 ]
		[[ ${stderr_lines[0]} == "rebtf: $SPLIT/"* && ${stderr_lines[2]} == "rebtf: $SPLIT/"* ]]
		[[ ${stderr_lines[3]} == "rebtf: and $((failed - 3)) more files with the same error: "*' (--verbose lists them)' ]]
		[ "${lines[0]}" = 'Errors, by number of modules:' ]
		[[ ${lines[1]} == "    $failed modules: "* ]]
		[ "${#lines[@]}" -eq 3 ]
	done
}

@test "--verbose names every file that failed" {
	rebtf check --verbose --base "$NEW" "$SPLIT"
	exits 2
	[ "${#stderr_lines[@]}" -eq 50 ]
	[ "$(printf '%s\n' "${stderr_lines[@]}" | grep -c "^rebtf: $SPLIT/.*\.btf: \.BTF: ")" -eq 50 ]
}

@test "JSON has an object for every file that failed, and counts by cause" {
	echo none > none.btf
	rebtf check --json --base "$NEW" "$SPLIT" none.btf
	exits 2
	[ "${#stderr_lines[@]}" -eq 5 ]
	[ "$(jq -s '[.[] | select(.outcome == "failed")] | length' <<< "$output")" -eq 51 ]
	jq -e 'select(.summary) | .summary.errors |
		(map(.modules) == [50, 1]) and .[0].section == ".BTF" and .[0].code == "wrong_base" and
		.[1].section == null and .[1].code == "format" and .[1].message == "neither BTF nor an ELF file"' \
		<<< "$output"
}

@test "a group of four is four lines, as counting one file would save none" {
	for i in 1 2 3 4; do
		echo none > $i.btf
	done
	rebtf check --base "$NEW" .
	exits 2
	[ "${#stderr_lines[@]}" -eq 4 ]
	[[ ${stderr_lines[3]} == 'rebtf: ./4.btf: neither BTF nor an ELF file' ]]
	cp 1.btf 5.btf
	rebtf check --base "$NEW" .
	[ "${#stderr_lines[@]}" -eq 4 ]
	[[ ${stderr_lines[3]} == 'rebtf: and 2 more files with the same error: neither BTF nor an ELF file '* ]]
}

@test "other causes are other groups, and numbers, names and paths make no other cause" {
	# Truncated at different offsets, and in different directories without access rights.
	mkdir cut
	for i in 1 2 3 4 5 6; do
		head -c $((1000 + 100 * i)) "$OLD" > cut/$i.btf
		mkdir -p "out/dir $i" "in/dir $i"
		cp "$SPLIT/veth.btf" "in/dir $i/"
	done
	rebtf info cut
	exits 2
	[ "${#stderr_lines[@]}" -eq 4 ]
	[[ ${stderr_lines[3]} == 'rebtf: and 3 more files with the same error: '*'past the file'"'"'s N bytes'* ]]
	chmod a-w out/*
	run --separate-stderr without_override "$REBTF" distill --base "$OLD" --out-dir out in cut
	exits 2
	[ "${#stderr_lines[@]}" -eq 8 ]
	[[ $stderr == *'and 3 more files with the same error: cannot create'* ]]
	[[ $output == *'Errors, by number of modules:
    6 modules: '*'
    6 modules: '*'
12 modules: 12 failed' ]]
}

@test "errors are the same for any number of threads, also with --quiet" {
	for jobs in 1 7; do
		"$REBTF" check --jobs $jobs --base "$NEW" "$SPLIT" "$DATA/ko" > out.$jobs 2> err.$jobs || true
		"$REBTF" check --jobs $jobs --quiet --base "$NEW" "$SPLIT" "$DATA/ko" > quiet.$jobs 2>> err.$jobs || true
		[ ! -s quiet.$jobs ]
	done
	cmp out.1 out.7
	cmp err.1 err.7
	[ "$(grep -c 'more files with the same error' err.1)" -eq 2 ]
}

@test "a base that looks like a path is not searched as a release" {
	make_standalone_btf x.btf
	for base in ./none none/none none.btf none.ko none.ko.xz none.ko.zst vmlinux vmlinuz-6.1 bzImage .none kernel.efi; do
		for verb in distill relocate check info; do
			rebtf $verb --base "$base" x.btf
			exits 2
			[ "$stderr" = "rebtf: $base: cannot open: No such file or directory" ]
		done
		rebtf check --old-base "$base" --base "$NEW" x.btf
		exits 2
		[ "$stderr" = "rebtf: $base: cannot open: No such file or directory" ]
	done
}

@test "a release that is not installed is a short error, and --verbose lists where it was looked for" {
	make_standalone_btf "x.btf"
	rebtf check --base 1.2.3-none "x.btf"
	exits 2
	complains 1.2.3-none 'no kernel of that release' '--verbose'
	[ "${#stderr}" -lt 160 ]
	rebtf check --verbose --base 1.2.3-none "x.btf"
	exits 2
	complains 1.2.3-none 'looked for' /boot/vmlinuz-1.2.3-none /usr/src/linux-headers-1.2.3-none/vmlinux
}

@test "a module as the base is called a module" {
	mkdir kept
	"$REBTF" distill --quiet --base "$OLD" --out-dir kept "$DATA/ko/crc-itu-t.ko" "$DATA/ko/tcp_dctcp.ko.zst"
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$DATA/ko/crc-itu-t.ko"
	for module in "$SPLIT/$FITTING" "$DISTILLED/$FITTING" "$DATA"/ko/{crc-itu-t.ko,wmi-bmof.ko.gz,nls_utf8.ko.xz} \
		"$DATA"/ko/{tcp_dctcp.ko.zst,crc16-signed.ko,tcp_bbr-s390x.ko.xz,crc16-armhf-without-btf.ko} kept/* alone/*; do
		for verb in check distill info; do
			rebtf $verb --base "$module" "$SPLIT/veth.btf"
			exits 2
			complains "$module: not a kernel's BTF, but a module's"
		done
	done
}

@test "without memory even for a message, the file is named, and no byte of its name controls a terminal" {
	! grep -q __asan_init "$REBTF" || skip "the sanitizer has a heap of its own"
	getconf GNU_LIBC_VERSION || skip "allocations.c needs glibc"
	cc -shared -fPIC -o allocations.so "$BATS_TEST_DIRNAME/../stress/faults/allocations.c"
	local name=$'\x01 ~\x7f\xc3\xa9.btf' i
	cp "$SPLIT/$FITTING" "$name"
	# The message takes some 25 allocations. Only those of the file and of its message fail.
	for i in {1..60}; do
		LD_PRELOAD=./allocations.so FAIL_ALLOCATION=$i FAIL_LAST=$((i + 40)) \
			"$REBTF" verify --base "$OLD" "$name" || true
	done 2> errors > /dev/null
	grep -Fx 'rebtf: \x01 ~\x7f\xc3\xa9.btf: out of memory' errors
	# Or there is memory again for the message, or none for the start of the command.
	run ! grep -Evx 'rebtf: (\\x01 ~\\x7f(é|\\xc3\\xa9)\.btf: )?out of memory( for the report)?' errors
}
