# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Shared by the tests of the command: real BTF, unpacked once for each test file, and checks that print the reason for a
# failure. $REBTF is the command under test.

bats_require_minimum_version 1.5.0
: "${REBTF:?names no command to test}"

# Tests do not depend on what the caller has set for the command.
export TERM=xterm
# A build that counts executions keeps the counts of each test apart, if $COUNTS names a directory.
[ -z "${COUNTS:-}" ] || export GCOV_PREFIX=$COUNTS/${BATS_TEST_NUMBER:-setup}
unset CLICOLOR_FORCE COLUMNS KERNELRELEASE NO_COLOR PAHOLE_LANG_EXCLUDE REBTF_BTF_BASE REBTF_DISTILL REBTF_PAHOLE_VERSION

# Modules of the old kernel: one that fits the new kernel, and one that embeds struct device, which grew.
FITTING=net/sched/sch_fq.btf
MISFIT=drivers/dma/idxd_bus.btf

# unpack_data, for setup_file(): unpacks the data (data/README.md), and creates trees of all modules of the old kernel,
# as shipped and distilled.
unpack_data() {
	# tests/run has already unpacked it.
	export DATA=${TESTDATA:-$BATS_FILE_TMPDIR/data}
	export OLD=$DATA/vmlinux/6.1.0-47-amd64.btf NEW=$DATA/vmlinux/6.1.0-56-amd64.btf
	export SPLIT=$BATS_FILE_TMPDIR/split DISTILLED=$BATS_FILE_TMPDIR/distilled

	[ -n "${TESTDATA:-}" ] || "$BATS_TEST_DIRNAME/../data/unpack" "$DATA"
	cp -r "$DATA/modules/6.1.0-47-amd64" "$SPLIT"
	for module in "$FITTING" "$MISFIT"; do
		mkdir -p "$SPLIT/$(dirname "$module")"
		mv "$SPLIT/$(basename "$module")" "$SPLIT/$module"
	done
	"$REBTF" distill --quiet --base "$OLD" --out-dir "$DISTILLED" "$SPLIT"
}

# enter_work, for setup(): creates and enters an empty directory. bats leaves no files in it.
enter_work() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
}

# take FILE NAME: copies a module and the files beside it.
take() {
	cp "$1" "$2"
	for beside in base expects; do
		[ ! -e "$1.$beside" ] || cp "$1.$beside" "$2.$beside"
	done
}

# catch PROGRAM ARGUMENT...: runs a program. Sets $output and $lines to its standard output, $stderr and $stderr_lines to
# its errors and $status to its exit status, as "run --separate-stderr" does. That starts some processes for each program,
# which takes longer than the command itself.
catch() {
	local out=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/stdout err=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/stderr

	status=0
	"$@" > "$out" 2> "$err" || status=$?
	output=$(< "$out")
	stderr=$(< "$err")
	# Without empty lines.
	IFS=$'\n' read -rd '' -a lines < "$out" || true
	IFS=$'\n' read -rd '' -a stderr_lines < "$err" || true
}

# rebtf ARGUMENT...: runs the command.
rebtf() {
	catch "$REBTF" "$@"
}

# styled ARGUMENT...: runs the command with colours. $output has <strong>, <bad> and so on instead of the terminal's
# sequences, and <> where plain text begins. Without these, it equals the output without colours.
styled() {
	local plain

	rebtf "$@"
	plain=$output
	rebtf "$@" --color=always
	output=$(sed 's/\x1b\[0m/<>/g; s/\x1b\[1m/<strong>/g; s/\x1b\[2m/<faint>/g; s/\x1b\[32m/<good>/g
		s/\x1b\[31m/<bad>/g; s/\x1b\[33m/<warn>/g' <<< "$output")
	# Each sequence is the start of a style or the end of it.
	if [[ $output == *$'\e'* ]] ||
		[ "$(grep -oE '<[a-z]*>' <<< "$output" | paste -sd '' | sed -E 's/(<[a-z]*><>)*//')" ]; then
		echo "unknown sequences, or a style without an end, in: $output"
		return 1
	fi
	diff <(sed -E 's/<(strong|faint|good|bad|warn)?>//g' <<< "$output") - <<< "$plain"
}

# exits STATUS: checks the exit status of the last command.
exits() {
	[ "$status" -eq "$1" ] && return
	echo "exit status $status instead of $1"
	echo "stdout: $output"
	echo "stderr: ${stderr:-}"
	return 1
}

# says TEXT: checks that standard output contains TEXT.
says() {
	[[ $output == *"$1"* ]] && return
	echo "no '$1' in: $output"
	return 1
}

# complains TEXT...: checks that standard error has exactly one line, printed by rebtf, that contains each TEXT.
complains() {
	local text

	# $stderr_lines omits empty lines.
	if [ "${#stderr_lines[@]}" -ne 1 ] || [[ $stderr != "rebtf: "* ]]; then
		echo "not one line of errors: $stderr"
		return 1
	fi
	for text; do
		[[ $stderr == *"$text"* ]] && continue
		echo "no '$text' in: $stderr"
		return 1
	done
}

silent() {
	[ -z "$output$stderr" ] && return
	echo "stdout: $output"
	echo "stderr: $stderr"
	return 1
}

# build_meanwhile, for setup_file(): compiles what meanwhile() needs (stress/faults/meanwhile.c).
build_meanwhile() {
	cc -shared -fPIC -o "$BATS_FILE_TMPDIR/meanwhile.so" "$BATS_TEST_DIRNAME/../stress/faults/meanwhile.c" -ldl
}

# meanwhile VARIABLE COMMAND ARGUMENT...: runs rebtf, and runs COMMAND at the moment VARIABLE. Inside COMMAND, "once"
# ends all further calls.
meanwhile() {
	local moment=$1 command=$2
	shift 2
	# The sanitizer demands to be loaded first, but does not need to be.
	run --separate-stderr env "$moment=once() { [ ! -e done ] && touch done; }; $command" \
		LD_PRELOAD="$BATS_FILE_TMPDIR/meanwhile.so" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$REBTF" "$@"
	rm -f done
}

# same DIR DIR: checks that two trees have the same files with the same bytes.
same() {
	diff -r "$1" "$2"
}

# fingerprint DIR: prints names, contents, modes, times and inode numbers of all files below a directory.
fingerprint() {
	find "$1" -printf '%P %m %u %T@ %i\n' | sort
	find "$1" -type f -exec sha256sum {} + | sort
}

# remember DIR, and later unchanged DIR: checks that all its files are unchanged.
remember() {
	fingerprint "$1" > "$BATS_TEST_TMPDIR/remembered"
}

unchanged() {
	fingerprint "$1" | diff "$BATS_TEST_TMPDIR/remembered" -
}

# without_override COMMAND...: runs a command without root's right to override file permissions. Other users run it as
# it is.
without_override() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# raw_btf PATH STRINGS WORD...: writes little-endian BTF with these words. A slash in STRINGS ends a string.
raw_btf() {
	python3 - "$@" <<- 'END'
		import struct, sys
		path, strings, *words = sys.argv[1:]
		strings = strings.encode().replace(b"/", b"\0")
		types = struct.pack(f"<{len(words)}I", *(int(word, 0) for word in words))
		header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(strings))
		open(path, "wb").write(header + types + strings)
	END
}

# make_empty_btf PATH: writes BTF that consists only of a header and an empty string.
make_empty_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0' > "$1"
}

# make_standalone_btf PATH: writes standalone BTF with two types, INT 'int' and INT 'char'. In the kernels used here no
# string starts at the offset of its second string, so it is not valid over them.
make_standalone_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x20\0\0\0\x20\0\0\0\x0a\0\0\0' > "$1"
	printf '\x01\0\0\0\0\0\0\x01\x04\0\0\0\x20\0\0\x01' >> "$1"
	printf '\x05\0\0\0\0\0\0\x01\x01\0\0\0\x08\0\0\x01\0int\0char\0' >> "$1"
}

# make_ambiguous_btf PATH: writes BTF with one type, INT 'int'. It is standalone, but over a kernel it could also be
# split.
make_ambiguous_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x05\0\0\0' > "$1"
	printf '\x01\0\0\0\0\0\0\x01\x04\0\0\0\x20\0\0\x01\0int\0' >> "$1"
}

# make_kfunc_module FILE SYMBOL...: writes the module nf_conntrack of $OLD, with these symbols among its imports. The set
# of its ten kfuncs has no flag, and its BTF no tags.
make_kfunc_module() {
	xz -dc "$DATA/ko/nf_conntrack.ko.xz" > kfuncs.o
	printf '.section .data\n'"$(printf '.quad %s\\n' "${@:2}")" | as --64 -o imports.o -
	ld -r -o "$1" kfuncs.o imports.o
	rm kfuncs.o imports.o
}

# compile NAME...: compiles BPF programs of tests/data/programs to NAME.bpf.o, for setup_file(). With TARGET=bpfeb, they
# are big-endian.
compile() {
	for name; do
		clang -target "${TARGET:-bpf}" -g -O2 -c "$BATS_TEST_DIRNAME/../data/programs/$name.bpf.c" \
			-o "$BATS_FILE_TMPDIR/$name.bpf.o"
	done
}
