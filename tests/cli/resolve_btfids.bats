#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf under the name resolve_btfids: the command lines, files and exit statuses of the kernel's tool. ids_module.py makes
# the modules and knows their ids. tests/peers/resolve_btfids compares with the kernel's tools themselves.

load common

setup_file() {
	unpack_data
	export MADE=$BATS_FILE_TMPDIR/made
	mkdir "$MADE"
	"$BATS_TEST_DIRNAME/ids_module.py" unresolved "$OLD" "$MADE/m.ko"
	"$REBTF" extract --quiet "$MADE/m.ko" -o "$MADE/m.btf"
	rm "$MADE/m.btf.ids"
	ln -s "$(realpath "$REBTF")" "$MADE/rebtf-resolve_btfids"
	ln -s "$(realpath "$REBTF")" "$MADE/resolve_btfids"
}

setup() {
	enter_work
	cp "$MADE/m.ko" "$MADE/m.btf" .
}

resolve() {
	catch "$MADE/rebtf-resolve_btfids" "$@"
}

# fails STATUS TEXT: checks that the tool failed with one line that has the text.
fails() {
	exits "$1"
	[ "${#stderr_lines[@]}" -eq 1 ] && [[ $stderr == "FAILED: "*"$2"* ]] && return
	echo "no '$2' in: $stderr"
	return 1
}

@test "a file is patched in place, and nothing but .BTF_ids changes" {
	local offset size
	resolve -b "$OLD" m.ko
	exits 0
	silent
	"$BATS_TEST_DIRNAME/ids_module.py" check "$OLD" m.ko
	read -r offset size < <(readelf -SW m.ko | awk '$2 == ".BTF_ids" || $3 == ".BTF_ids" { sub(/.*\.BTF_ids/, ""); print $3, $4 }')
	cmp -l "$MADE/m.ko" m.ko | awk -v first=$((0x$offset)) -v size=$((0x$size)) \
		'$1 <= first || $1 > first + size { bad = 1 } END { exit bad || !NR }'
	[ "$(ls)" = $'m.btf\nm.ko' ]
}

@test "both names work, and both spellings of options" {
	run "$MADE/resolve_btfids" --btf_base="$OLD" -v m.ko
	exits 0
	says 'patching m.ko'
	"$BATS_TEST_DIRNAME/ids_module.py" check "$OLD" m.ko
}

@test "a file without ids, or without symbols, stays as it is and needs no BTF" {
	for option in --remove-section=.BTF_ids --strip-all; do
		objcopy $option --remove-section=.BTF "$MADE/m.ko" m.ko
		cp m.ko before
		resolve -b "$OLD" m.ko
		exits 0
		silent
		cmp before m.ko
	done
}

@test "with --btf the results are files, which can be put into the module" {
	resolve --btf m.btf -b "$OLD" m.ko
	exits 0
	silent
	cmp "$MADE/m.ko" m.ko
	[ "$(ls)" = $'m.btf\nm.ko\nm.ko.BTF\nm.ko.BTF_ids' ]
	resolve --patch_btfids m.ko.BTF_ids m.ko
	exits 0
	silent
	objcopy --update-section .BTF=m.ko.BTF m.ko
	"$BATS_TEST_DIRNAME/ids_module.py" check "$OLD" m.ko
	# Sorted by name: types without a name first.
	"$REBTF" dump -B "$OLD" m.ko.BTF | sed -nE "s/^\[[0-9]+\] [A-Z_0-9]+ '([^']*)'.*/\1/p" | sed 's/(anon)//' > names
	LC_ALL=C sort -c names
}

@test "with --distill_base there is a base, and files of an earlier run do not stay" {
	touch m.ko.BTF_ids
	objcopy --remove-section .BTF_ids "$MADE/m.ko" m.ko
	resolve --btf m.btf -b "$OLD" --distill_base m.ko
	exits 0
	silent
	[ "$(ls)" = $'m.btf\nm.ko\nm.ko.BTF\nm.ko.BTF.base' ]
	# The module relocates to another kernel.
	mv m.ko.BTF x.btf
	mv m.ko.BTF.base x.btf.base
	rebtf relocate --base "$NEW" x.btf
	exits 0
}

@test "empty BTF is resolved, sorted and distilled" {
	objcopy --remove-section .BTF_ids --remove-section .BTF "$MADE/m.ko" m.ko
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > empty
	resolve --btf empty -b "$OLD" m.ko
	exits 0
	cmp empty m.ko.BTF
	resolve --btf empty -b "$OLD" --distill_base m.ko
	exits 0
	[ -s m.ko.BTF.base ]
}

@test "a warning has the kernel's words, the file and the reason, and is fatal only if that is asked for" {
	# The new kernel has no such function.
	sed -i s/tcp_sendmsg/xxx_sendmsg/g m.ko
	for fatal in '' --fatal_warnings; do
		resolve --btf m.btf -b "$OLD" $fatal m.ko
		exits $((${#fatal} ? 255 : 0))
		[[ $stderr == "WARN: resolve_btfids: unresolved symbol xxx_sendmsg (m.ko: the BTF has no FUNC of this name: "* ]]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[ -s m.ko.BTF ]
		[ -s m.ko.BTF_ids ]
		rm m.ko.BTF*
	done
	resolve -b "$OLD" m.ko
	exits 0
	[[ $stderr == "WARN: resolve_btfids: unresolved symbol xxx_sendmsg ("* ]]
}

@test "a write that is cut short or interrupted goes on, and one that writes nothing is an error" {
	command -v strace > /dev/null || skip "needs strace"
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
	resolve --btf m.btf -b "$OLD" m.ko
	exits 0
	mv m.ko.BTF right
	# strace skips the call, so the bytes that it claims were written are not there. .BTF_ids is written first.
	catch strace -o /dev/null -e inject=writev:retval=7:when=2 \
		"$MADE/rebtf-resolve_btfids" --btf m.btf -b "$OLD" m.ko
	exits 0
	cmp <(tail -c +8 right) m.ko.BTF
	catch strace -o /dev/null -e inject=writev:error=EINTR:when=2 \
		"$MADE/rebtf-resolve_btfids" --btf m.btf -b "$OLD" m.ko
	exits 0
	cmp right m.ko.BTF
	echo old > m.ko.BTF_ids
	catch strace -o /dev/null -e inject=writev:retval=0:when=2 \
		"$MADE/rebtf-resolve_btfids" --btf m.btf -b "$OLD" m.ko
	fails 255 'm.ko.BTF: cannot write: No space left on device'
	# Neither file is replaced if one of them cannot be written.
	cmp right m.ko.BTF
	[ "$(< m.ko.BTF_ids)" = old ]
	# In place, the bytes stay as they were.
	cp m.ko in-place.ko
	resolve -b "$OLD" in-place.ko
	exits 0
	for error in retval=7 error=EINTR; do
		cp m.ko x.ko
		catch strace -o /dev/null -P "$PWD/x.ko" -e inject=pwrite64:$error:when=1 "$MADE/rebtf-resolve_btfids" -b "$OLD" x.ko
		exits 0
		[ "$(cmp -l in-place.ko x.ko | wc -l)" -le 7 ]
	done
	cmp in-place.ko x.ko
	catch strace -o /dev/null -P "$PWD/x.ko" -e inject=pwrite64:retval=0:when=1 "$MADE/rebtf-resolve_btfids" -b "$OLD" x.ko
	fails 255 'cannot write: No space left on device'
}

@test "wrong usage exits with 129, and so does --help" {
	for arguments in '' '--help' '-h' 'm.ko m.ko' '--frobnicate m.ko' '-b' '--patch_btfids m.btf'; do
		resolve $arguments
		exits 129
		[[ $stderr == *"Usage: resolve_btfids [<options>] <ELF object>"* ]]
	done
	resolve --version
	exits 0
	[ "$output" = "$("$REBTF" --version)" ]
}

@test "errors exit with 255, name the file and the problem, and write no file" {
	resolve absent.ko
	fails 255 'absent.ko: cannot open: No such file'
	resolve m.btf
	fails 255 'm.btf: .BTF_ids: bad ELF file'
	resolve m.ko
	fails 255 'm.ko: .BTF: '
	resolve -b m.ko m.ko
	fails 255 'm.ko: .BTF: '
	resolve --btf absent -b "$OLD" m.ko
	fails 255 'absent: cannot open'
	resolve --btf m.btf -b "$DATA/vmlinux/6.12.107+deb13-s390x.btf" m.ko
	fails 255 'byte order differs'
	head -c 100 m.btf > short
	resolve --btf short -b "$OLD" m.ko
	fails 255 'short: '
	head -c 12 m.btf > patch
	resolve --patch_btfids patch m.ko
	fails 255 'm.ko: .BTF_ids: cannot patch the section: its size differs'
	resolve --patch_btfids absent m.ko
	fails 255 'absent: cannot open'
	mkdir m.ko.BTF
	resolve --btf m.btf -b "$OLD" m.ko
	fails 255 'm.ko.BTF: cannot replace: not a regular file'
	[ ! -e m.ko.BTF_ids ]
	cmp "$MADE/m.ko" m.ko
}

@test "symbols that contradict each other are errors" {
	printf '%s\n' '.section .BTF_ids,"a"' '.zero 16' \
		'.set __BTF_ID__set__a, .BTF_ids' '.size __BTF_ID__set__a, 12' \
		'.set __BTF_ID__set__b, .BTF_ids + 8' '.size __BTF_ID__set__b, 8' > overlap.s
	printf '%s\n' '.section .BTF_ids,"a"' '.zero 8' \
		'.set __BTF_ID__func__f__1, .BTF_ids + 8' '.size __BTF_ID__func__f__1, 4' > beyond.s
	printf '%s\n' '.section .BTF_ids,"a"' '.zero 8' \
		'.set __BTF_ID__enum__f__1, .BTF_ids' '.size __BTF_ID__enum__f__1, 4' > kind.s
	printf '%s\n' '.section .BTF_ids,"a"' '.zero 8' \
		'.set __BTF_ID__func__f, .BTF_ids' '.size __BTF_ID__func__f, 4' > nameless.s
	for name in overlap beyond kind nameless; do
		as -o $name.o $name.s
		resolve --btf m.btf -b "$OLD" $name.o
		fails 255 "$name.o: .BTF_ids: symbol"
		[ ! -e $name.o.BTF ]
	done
}

@test "an ELF file with more than 65,535 sections is resolved" {
	{
		seq 66000 | sed 's/.*/.section .s&,"a"/'
		printf '%s\n' '.section .BTF_ids,"a"' '.zero 8' \
			'.set __BTF_ID__func__tcp_sendmsg__1, .BTF_ids + 4' '.size __BTF_ID__func__tcp_sendmsg__1, 4'
	} | as -o many.o -
	resolve --btf "$OLD" many.o
	exits 0
	silent
	[ "$(od -An -tu4 many.o.BTF_ids | awk '{ print $1 }')" = 0 ]
	[ "$(od -An -tu4 many.o.BTF_ids | awk '{ print $2 }')" = \
		"$("$REBTF" dump many.o.BTF | sed -nE "s/^\[([0-9]+)\] FUNC 'tcp_sendmsg' .*/\1/p")" ]
}
