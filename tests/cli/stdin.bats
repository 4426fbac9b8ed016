#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# "-": standard input as a file or as the base.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

# fed FILE ARGUMENT...: runs the command with FILE on standard input, as a pipe and as a file. Both must give the same
# result.
fed() {
	local file=$1
	shift
	run --separate-stderr bash -c 'cat "$0" | "$REBTF" "$@"' "$file" "$@"
	local piped="$status $output $stderr"
	run --separate-stderr bash -c '"$REBTF" "$@" < "$0"' "$file" "$@"
	[ "$piped" = "$status $output $stderr" ] || { echo "piped: $piped"; echo "read: $status $output $stderr"; return 1; }
}

@test "verbs that only read take standard input for a file, in every form" {
	for module in "$SPLIT/veth.btf" "$DATA"/ko/{crc-itu-t.ko,tcp_dctcp.ko.zst,wmi-bmof.ko.gz,nls_utf8.ko.xz}; do
		fed "$module" info --base "$OLD" -
		local said=$output
		rebtf info --base "$OLD" "$module"
		[ "${said/#-/$module}" = "$output" ]
		fed "$module" dump --base "$OLD" -
		exits 0
		said=$output
		rebtf dump --base "$OLD" "$module"
		[ "$said" = "$output" ]
		fed "$module" verify --base "$OLD" --verbose -
		exits 0
		[[ ${lines[0]} == '-: accepted'* ]]
		fed "$module" check --old-base "$OLD" --base "$OLD" --json -
		exits 0
		[ "$(jq -r '.file // empty' <<< "$output")" = - ]
	done
}

@test "standard input is the base for every verb" {
	for kernel in "$OLD" "$OLD.xz"; do
		[ -e "$kernel" ] || { xz -0 < "$OLD" > old.btf.xz; kernel=old.btf.xz; }
		fed "$kernel" info --base - "$SPLIT/veth.btf"
		exits 0
		says 'yes, - can be the kernel'
		fed "$kernel" verify --base - "$SPLIT/veth.btf"
		exits 0
		fed "$kernel" dump --base - "$SPLIT/veth.btf"
		exits 0
		fed "$kernel" distill --base - --out-dir out "$SPLIT/veth.btf"
		exits 0
		cmp out/veth.btf.base "$DISTILLED/veth.btf.base"
		fed "$kernel" check --old-base - --base "$NEW" "$SPLIT/$FITTING"
		exits 0
		fed "$kernel" check --base - "$DISTILLED/$FITTING"
		exits 0
	done
}

@test "standard input takes its turn among other files" {
	fed "$SPLIT/veth.btf" verify --verbose --base "$OLD" "$SPLIT/crc16.btf" - "$SPLIT/virtio-rng.btf"
	exits 0
	local over=", read as split over $OLD"
	[ "$output" = "$SPLIT/crc16.btf: accepted$over
-: accepted$over
$SPLIT/virtio-rng.btf: accepted$over
Base: $OLD
3 modules: 3 accepted$over" ]
}

@test "nothing is looked for beside standard input" {
	cp "$DISTILLED/$FITTING" -- -.btf
	cp "$DISTILLED/$FITTING.base" ./-.base
	make_empty_btf ./-.expects
	fed "$SPLIT/$FITTING" check --old-base "$OLD" --base "$OLD" -
	exits 0
	fed "$SPLIT/$FITTING" info -
	says 'form        split'
}

@test "verbs that write refuse standard input, and nobody can read it twice" {
	remember .
	for verb in distill relocate standalone renumber; do
		for out in '' '--out-dir=out'; do
			rebtf $verb --base "$OLD" $out - < "$SPLIT/veth.btf"
			exits 2
			complains 'rebtf: -: cannot write to standard input' './-'
		done
	done
	for arguments in '- -' '--base - -' '--base - --old-base - x.btf'; do
		rebtf check $arguments < "$OLD"
		exits 2
		complains 'cannot read standard input more than once (named 2 times)'
	done
	rebtf verify --base - --base - x.btf < "$OLD"
	exits 2
	complains 'cannot read standard input more than once'
	unchanged .
}

@test "what is wrong with standard input is an error" {
	complaining() {
		local input=$1
		shift
		run -2 --separate-stderr bash -c '"$REBTF" info - '"$input"
		complains 'rebtf: -: ' "$@"
	}
	complaining '<&-' 'Bad file descriptor'
	complaining '< /' 'Is a directory'
	complaining '< /dev/null' 'empty'
	complaining '< /dev/zero' 'neither BTF nor an ELF file'
	run -2 --separate-stderr bash -c 'echo none | "$REBTF" check --base - x.btf'
	complains 'rebtf: -: no BTF found'
	for module in "$SPLIT/veth.btf" "$DATA/ko/crc-itu-t.ko" "$DATA/ko/tcp_dctcp.ko.zst"; do
		fed "$module" check --base - x.btf
		exits 2
		complains "rebtf: -: not a kernel's BTF, but a module's"
	done
}

# The start of a pipe can be read only once.
@test "a pipe is not searched for a kernel behind the bytes that were read" {
	rebtf info --base "$OLD" <(cat "$SPLIT/veth.btf")
	exits 0
	rebtf info <(head -c 4096 /dev/zero; cat "$OLD" 2> /dev/null)
	exits 2
	complains /dev/fd/ 'neither BTF nor an ELF file'
}

@test "a file whose name is - has a path" {
	cp "$SPLIT/veth.btf" ./-
	rebtf distill --base "$OLD" ./-
	exits 0
	cmp ./- "$DISTILLED/veth.btf"
}
