# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# What the tests of the command share: real BTF, unpacked once for each file of tests, and a few checks that
# say what they saw. $REBTF is the command under test.

bats_require_minimum_version 1.5.0
: "${REBTF:?names no command to test}"

# Modules of the old kernel: one that fits the new one, and one that embeds a struct device, which grew.
FITTING=net/sched/sch_fq.btf
MISFIT=drivers/dma/idxd_bus.btf

# To be called by setup_file(): the data (see data/README.md), and a tree of all modules of the old kernel, as
# they are and distilled.
unpack_data() {
	# tests/run has it unpacked already.
	export DATA=${TESTDATA:-$BATS_FILE_TMPDIR/data}
	export OLD=$DATA/vmlinux/6.1.0-47-amd64.btf NEW=$DATA/vmlinux/6.1.0-56-amd64.btf
	export SPLIT=$BATS_FILE_TMPDIR/split DISTILLED=$BATS_FILE_TMPDIR/distilled

	[ -n "${TESTDATA:-}" ] || "$BATS_TEST_DIRNAME/data/unpack" "$DATA"
	cp -r "$DATA/modules/6.1.0-47-amd64" "$SPLIT"
	for module in "$FITTING" "$MISFIT"; do
		mkdir -p "$SPLIT/$(dirname "$module")"
		mv "$SPLIT/$(basename "$module")" "$SPLIT/$module"
	done
	"$REBTF" distill --quiet --base "$OLD" --out-dir "$DISTILLED" "$SPLIT"
}

# To be called by setup(): an empty directory to work in, in which bats itself leaves nothing.
enter_work() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return
}

# take FILE NAME: copies a module, and what lies beside it.
take() {
	cp "$1" "$2"
	for beside in base expects; do
		[ ! -e "$1.$beside" ] || cp "$1.$beside" "$2.$beside"
	done
}

# Runs the command; afterwards $output is its standard output, $stderr its errors, $status how it ended.
rebtf() {
	run --separate-stderr "$REBTF" "$@"
}

# exits STATUS: how the last command ended.
exits() {
	[ "$status" -eq "$1" ] && return
	echo "exit status $status instead of $1"
	echo "stdout: $output"
	echo "stderr: ${stderr:-}"
	return 1
}

# says TEXT: whether standard output has it.
says() {
	[[ $output == *"$1"* ]] && return
	echo "no '$1' in: $output"
	return 1
}

# complains TEXT...: whether there is just one line of errors, rebtf's own, with each TEXT in it.
complains() {
	local text

	# $stderr_lines leaves out empty lines.
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

# same DIR DIR: whether two trees have the same files with the same bytes.
same() {
	diff -r "$1" "$2"
}

# Names, contents, modes, times of all files below a directory, and whether each is still the same file.
fingerprint() {
	find "$1" -printf '%P %m %u %T@ %i\n' | sort
	find "$1" -type f -exec sha256sum {} + | sort
}

# remember DIR, and later unchanged DIR: whether all its files are what they were then.
remember() {
	fingerprint "$1" > "$BATS_TEST_TMPDIR/remembered"
}

unchanged() {
	fingerprint "$1" | diff "$BATS_TEST_TMPDIR/remembered" -
}

# without_override COMMAND...: as root without root's right to pass by permissions; as anybody else as is.
without_override() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-all "$@"
	else
		"$@"
	fi
}

# raw_btf PATH STRINGS WORD...: little-endian BTF of these words. A slash in STRINGS ends a string.
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

# An empty BTF, header and nothing else, at PATH.
make_empty_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0' > "$1"
}

# A standalone BTF of two types, INT 'int' and INT 'char', at PATH. In the kernels used here no string starts
# where its second one does, so it makes no sense over them.
make_standalone_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x20\0\0\0\x20\0\0\0\x0a\0\0\0' > "$1"
	printf '\x01\0\0\0\0\0\0\x01\x04\0\0\0\x20\0\0\x01' >> "$1"
	printf '\x05\0\0\0\0\0\0\x01\x01\0\0\0\x08\0\0\x01\0int\0char\0' >> "$1"
}

# A BTF of one type, INT 'int', at PATH: standalone by itself, but over a kernel it could be split as well.
make_ambiguous_btf() {
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x05\0\0\0' > "$1"
	printf '\x01\0\0\0\0\0\0\x01\x04\0\0\0\x20\0\0\x01\0int\0' >> "$1"
}
