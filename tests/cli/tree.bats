#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Rules about the source tree that no compiler checks. Each test prints the lines that break its rule.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	build=$(dirname "$REBTF")
}

# Fails if it has input, and prints the input.
nothing() {
	! grep .
}

# A test may use shared test code of a later layer.
@test "a layer includes only itself and the layers before it" {
	local before=
	for layer in util btf verify graph split core encode module libbpf; do
		before=$before${before:+|}$layer
		! grep -nE '#include "[a-z]+/' src/$layer/*.[ch] | grep -vE "#include \"($before)/" |
			grep -vE '_test\.c:.*_for_test\.h"' || return 1
	done
}

# Bash goes on after "! COMMAND" and after the first command of "COMMAND && COMMAND", whatever their status is. Only the
# last line of a function returns it. Write "run ! COMMAND", or a line for each command.
@test "no test goes on after a check that failed" {
	awk '
		FNR > 1 && held != "" && !/^\t*}/ { print held }
		{ held = "" }
		/^\t+! [^-]/ && !/\|\||\|$/ || /^\t+\[.* \]+ && [^|]*$/ && !/&& (return|continue)/ { held = FILENAME ":" FNR ": " $0 }
	' tests/cli/*.bats tests/cli/*.bash | nothing
}

# A file and its header count as one.
@test "files do not include each other in a circle" {
	grep -HoE '#include "[a-z]+/[a-z_0-9]+\.h"' src/*/*.[ch] |
		sed -E 's/^src\///; s/:#include//; s/"//g; s/\.[ch]\b//g' | awk '$1 != $2' | tsort > /dev/null
}

# The internal headers, for runs over many files and for patterns, need no other header of the library. The command's
# tests do not count: they make objects that the library has no function to make.
@test "the command includes rebtf.h, its own headers and those for many files and for patterns only" {
	local internal='module/(tree|unpacked)|util/(glob|parallel)'
	grep -nE '#include "' src/cli/*.[ch] | grep -v '^src/cli/[a-z_]*_test\.c:' | grep -vE "#include \"(rebtf|cli/[a-z_]+|$internal)\.h\"" | nothing
	grep -nE '#include "' src/module/{tree,unpacked}.h src/util/{glob,parallel}.h | grep -v '"rebtf\.h"' | nothing
}

@test "every source file, tests too, is in its layer's meson.build" {
	grep -oE "'[^']+\.c'" src/*/meson.build | sed "s/meson.build:'//; s/'$//" | sort -u > "$BATS_TEST_TMPDIR/listed"
	ls src/*/*.c | sort | comm -13 "$BATS_TEST_TMPDIR/listed" - | nothing
}

@test "every file says its licence" {
	find Makefile meson.build meson_options.txt .ci .clang-format bench demo docs hooks include scripts src tests -type f \
		! -path '*/data/*' ! -name '*.md' ! -path '*/__pycache__/*' -exec awk '
			BEGIN { for (i = 1; i < ARGC; i++) missing[ARGV[i]] }
			FNR > 3 { nextfile }
			/SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause/ { delete missing[FILENAME] }
			END { for (file in missing) print file }' {} + | nothing
}

@test "no source file is longer than 600 lines, and no test beside it than 700" {
	wc -l src/*/*.[ch] | awk '$2 != "total" && $1 > ($2 ~ /test/ ? 700 : 600)' | nothing
}

# grep, gdb's break and perf then answer with one place. Structs that a .c file keeps to itself count, too.
@test "each function and each struct has a name of its own" {
	local files
	files=$(ls src/*/*.[ch] | grep -vE '_test\.c$|_for_test\.h$|/test_|testing\.h$')
	{
		# A definition starts at the first column and its brace is the next line.
		awk 'FNR == 1 { head = "" }
			/^\{/ && head ~ /^[a-z].*\(/ { sub(/\(.*/, "", head); sub(/.*[ *]/, "", head); print head "()" }
			/^[^ \t}{#\/]/ { head = /^[a-z][^;=]*\(/ ? $0 : head }
			/;$/ && !/^\t/ { head = "" }' $files
		sed -nE 's/^((struct|enum|union) [a-z_0-9]+) \{$/\1/p' $files
	} | grep -v '^__attribute__' | sort | uniq -d | nothing
}

@test "both libraries export rebtf_* and nothing else" {
	nm --dynamic --defined-only --without-symbol-versions "$build/librebtf.so" |
		grep -v ' A REBTF_' >"$BATS_TEST_TMPDIR/symbols"
	nm --extern-only --defined-only "$build/librebtf.a" >>"$BATS_TEST_TMPDIR/symbols"
	# Names that start with two underscores belong to the compiler.
	awk 'NF == 3 && $3 !~ /^(rebtf_|__)/' "$BATS_TEST_TMPDIR/symbols" | nothing
	grep -q rebtf_version "$BATS_TEST_TMPDIR/symbols"
}

@test "the library exports all that the header declares" {
	nm --dynamic --defined-only --without-symbol-versions "$build/librebtf.so" | awk '{ print $3 }' | sort >"$BATS_TEST_TMPDIR/exported"
	# The preprocessor's output for "REBTF_API TYPE NAME(".
	cc -E -P include/rebtf.h | tr '\n' ' ' | grep -oE 'visibility\("default"\)+[^(]*' | grep -oE '[a-z0-9_]+ ?$' |
		sort >"$BATS_TEST_TMPDIR/declared"
	grep -q rebtf_version "$BATS_TEST_TMPDIR/declared"
	comm -13 "$BATS_TEST_TMPDIR/exported" "$BATS_TEST_TMPDIR/declared" | nothing
}

# Whoever changes the interface must change this list, and consider the effect on existing programs.
@test "the list of symbols has all that the header declares, in order, and no more" {
	cc -E -P include/rebtf.h | tr '\n' ' ' | grep -oE 'visibility\("default"\)+[^(]*' | grep -oE '[a-z0-9_]+ ?$' |
		tr -d ' ' | LC_ALL=C sort > "$BATS_TEST_TMPDIR/declared"
	sed -nE 's/^\t\t(rebtf_[a-z0-9_]+);$/\1/p' src/librebtf.map > "$BATS_TEST_TMPDIR/listed"
	diff "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/declared"
	nm --dynamic --defined-only --with-symbol-versions "$build/librebtf.so" |
		awk '$3 ~ /^rebtf_/ && $3 !~ /@@REBTF_0\.1$/' | nothing
}

# Worst-case counting, failing allocations and fuzzing run all operations of tests/stress/operations*.c, so a new function
# of the library is called there. These are not:
not_operations() {
	cat <<- END
		rebtf_error_details        reads a part of an error, which is left out without memory
		rebtf_error_file           likewise
		rebtf_error_nomem          makes no error of its own
		rebtf_error_section        reads a part of an error, which is left out without memory
		rebtf_error_text           the drivers call it for each error
		rebtf_error_text_without_file  as rebtf_error_text
		rebtf_error_type_kind      reads a part of an error, which is left out without memory
		rebtf_error_type_name      likewise
		rebtf_package_has_modules  libarchive reads the file
		rebtf_signer_free          see rebtf_signer_open
		rebtf_signer_open          needs a key; libcrypto reads it
		rebtf_version              returns a fixed text
	END
}

@test "each function of the library is called by an operation of the stress tests" {
	sed -nE 's/^\t\t(rebtf_[a-z0-9_]+);$/\1/p' src/librebtf.map >"$BATS_TEST_TMPDIR/listed"
	grep -q rebtf_btf_open_mem "$BATS_TEST_TMPDIR/listed"
	# Not in comments, and not the struct of that name.
	# set_for_test.h has the guards of what operations make.
	sed -E 's/\/\*.*//; /^[ \t]+\*( |$)/d; s/(struct|enum) rebtf_[a-z0-9_]+//g' tests/stress/operations*.c \
		src/core/set_for_test.h |
		grep -oE '\brebtf_[a-z0-9_]+' | LC_ALL=C sort -u >"$BATS_TEST_TMPDIR/called"
	# An exception that is called, or that does not exist, has no place in the list either.
	not_operations | awk '{ print $1 }' |
		diff - <(LC_ALL=C comm -23 "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/called")
}

@test "the header has the version of the library" {
	version=$(sed -nE 's/^#define REBTF_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)$/\2/p' include/rebtf.h | paste -sd.)
	[ "$("$REBTF" --version)" = "rebtf $version" ]
}

@test "the header is strict C11, and C++ where there is a compiler for it" {
	printf '#include <rebtf.h>\nint main(void) { return !rebtf_version(); }\n' >"$BATS_TEST_TMPDIR/program.c"
	cc -std=c11 -Wpedantic -Wall -Wextra -Werror -Iinclude -fsyntax-only "$BATS_TEST_TMPDIR/program.c"
	! command -v c++ || c++ -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c++ "$BATS_TEST_TMPDIR/program.c"
}
