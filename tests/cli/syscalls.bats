#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# System calls for each module of a batch. Each figure is the difference between the calls for 20 modules and those for
# 40 in one directory, so the start of the command does not count. docs/design.md gives the reason for each call.

load common

setup_file() {
	unpack_data
	build_meanwhile
}

# A directory on a local file system: elsewhere, ctime does not prove that a file is unchanged.
setup() {
	command -v strace > /dev/null || skip "needs strace"
	! grep -q __asan_init "$REBTF" || skip "the sanitizer makes system calls, too"
	WORK=$(mktemp -d /dev/shm/rebtf-test-XXXXXX)
	[ "$(stat -f -c %T "$WORK")" = tmpfs ] || skip "needs a tmpfs in /dev/shm"
	cd "$WORK"
}

teardown() {
	[ -z "${WORK:-}" ] || rm -rf "$WORK"
}

# make_directory DIR COUNT FILE ENDING: a directory of COUNT copies of FILE, as modules, which the listing finds
# unchanged.
make_directory() {
	mkdir "$1"
	for i in $(seq -w "$2"); do
		take "$3" "$1/$i$4"
	done
}

# calls ARGUMENT...: the number of system calls of a run with one thread. Descriptors with consecutive numbers are closed
# by one call, so none that was opened before may be between them. How often the heap grows depends on its random address,
# so it grows only once.
calls() {
	# shellcheck disable=SC2016
	bash -c 'for fd in {3..30}; do eval "exec $fd>&-"; done; exec "$@"' -- strace -f -E MALLOC_TOP_PAD_=16777216 -qq -e signal=none -o log "$REBTF" "$@" --quiet --jobs 1 --base "$OLD" || return
	wc -l < log
}

# calls_each FILE ENDING out|place VERB: the number of system calls for each copy of FILE.
calls_each() {
	make_directory few 20 "$1" "$2"
	make_directory many 40 "$1" "$2"
	sleep 0.2
	if [ "$3" = out ]; then
		few=$(calls "$4" --out-dir few-out few)
		many=$(calls "$4" --out-dir many-out many)
	else
		few=$(calls "$4" few)
		many=$(calls "$4" many)
	fi
	rm -r few many few-out many-out 2> /dev/null || true
	echo "$4, $3: $(((many - few) * 100 / 20)) hundredths of a system call for each module"
	# The listing takes a call for many modules.
	each=$(((many - few + 10) / 20))
}

@test "a module written to a fresh directory takes at most 11 system calls" {
	calls_each "$DISTILLED/$FITTING" .btf out relocate
	[ "$each" -le 11 ]
	calls_each "$SPLIT/$FITTING" .btf out distill
	[ "$each" -le 11 ]
	calls_each "$DATA/ko/crc-itu-t.ko" .ko out distill
	[ "$each" -le 8 ]
}

@test "a directory that is there but empty is fresh, too" {
	make_directory one 10 "$SPLIT/$FITTING" .btf
	mkdir one-out
	sleep 0.2
	calls distill --out-dir one-out one
	run ! grep flock log
}

@test "a module replaced in place takes at most 15 system calls" {
	calls_each "$DATA/ko/crc-itu-t.ko" .ko place distill
	[ "$each" -le 15 ]
}

@test "raw BTF replaced in place with its base takes at most 21 system calls" {
	calls_each "$DISTILLED/$FITTING" .btf place relocate
	[ "$each" -le 21 ]
	calls_each "$SPLIT/$FITTING" .btf place distill
	[ "$each" -le 19 ]
}

@test "a new file has no name before it is complete" {
	make_directory in 1 "$DATA/ko/crc-itu-t.ko" .ko
	for where in '--out-dir out' ''; do
		# shellcheck disable=SC2086 # an option with its argument, or none
		calls distill $where in
		[ "$(grep -c O_TMPFILE log)" -eq 1 ]
		run ! grep O_CREAT log
	done
}

@test "old files that change while they are read are read again" {
	export MEANWHILE_FILE=x.btf
	for file in "$FITTING" "$MISFIT"; do
		mkdir "${file##*/}"
		cp "$SPLIT/$file" "${file##*/}/x.btf"
		"$REBTF" distill --quiet --base "$OLD" "${file##*/}"
	done
	for change in "'$REBTF' distill --quiet --base '$OLD' in/x.btf" "cp '$SPLIT/$MISFIT' new; mv new in/x.btf" \
		"cat '$SPLIT/$MISFIT' > in/x.btf"; do
		for moment in BEFORE_READ AFTER_READ; do
			mkdir in
			cp "$SPLIT/$FITTING" in/x.btf
			touch -d yesterday in/x.btf
			sleep 0.2
			meanwhile $moment "once && { $change; }" distill --quiet --base "$OLD" in
			exits 0
			diff -r in "${FITTING##*/}" || diff -r in "${MISFIT##*/}"
			rm -r in
		done
	done
}

@test "BTF in a directory that replaced a listed one is read with its base" {
	make_directory in 1 "$SPLIT/$FITTING" .btf
	make_directory in/sub 1 "$SPLIT/$FITTING" .btf
	make_directory new 1 "$DISTILLED/$FITTING" .btf
	sleep 0.2
	export MEANWHILE_FILE=1.btf
	meanwhile AFTER_READ "once && mv in/sub old && mv new in/sub" info --jobs 1 --base "$OLD" in
	exits 0
	[[ $output = *"form "*split:*"form "*distilled:* ]]
}

@test "a device in the place of expectations is not read" {
	make_directory in 1 "$DISTILLED/$FITTING" .btf
	mknod in/1.btf.expects c 1 5 || skip "needs the right to make devices"
	: < in/1.btf.expects || skip "the file system has no devices"
	calls relocate --out-dir out in || true
	grep -q 1.btf.expects log
	! grep -q 'pread64(.*\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' log
}

@test "files that another run writes to a fresh directory give way as a whole" {
	make_directory split 1 "$SPLIT/$FITTING" .btf
	make_directory other 1 "$SPLIT/$MISFIT" .btf
	"$REBTF" distill --quiet --base "$OLD" --expects --out-dir distilled split
	"$REBTF" distill --quiet --base "$OLD" --out-dir wanted split
	for verb in "distill --expects" distill standalone; do
		# The first file to be linked is the base, the second one the BTF.
		for moment in "once &&" "[ -e looked ] && once &&"; do
			meanwhile BEFORE_LINK "$moment '$REBTF' $verb --quiet --base '$OLD' --out-dir out other; touch looked" \
				distill --quiet --base "$OLD" --out-dir out split
			exits 0
			[ "$stderr" = "" ]
			diff -r out wanted
			rm -r out looked
		done
	done
	for verb in "distill --expects" distill; do
		meanwhile BEFORE_LINK "once && '$REBTF' $verb --quiet --base '$OLD' --out-dir out other" \
			standalone --quiet --base "$OLD" --out-dir out split
		exits 0
		[ "$(ls out)" = 1.btf ]
		rm -r out
	done
}

@test "a run that is killed over a fresh directory leaves no base beside the BTF of another run" {
	make_directory split 1 "$SPLIT/$FITTING" .btf
	make_directory other 1 "$SPLIT/$MISFIT" .btf
	"$REBTF" distill --quiet --base "$OLD" --out-dir wanted split
	# The first run has linked its base and waits with its BTF. When the second run is about to link its file number $last,
	# the first run goes on, and the second one is killed.
	cat > first <<- 'END'
		if mkdir base; then exit; fi
		touch linked
		until [ -e go ]; do sleep 0.02; done
	END
	cat > second <<- 'END'
		echo >> links
		if [ "$(wc -l < links)" = 1 ]; then
			{
				LD_PRELOAD=$MEANWHILE BEFORE_LINK='. ./first' \
					"$REBTF" distill --quiet --base "$OLD" --out-dir out split
				touch ended
			} > /dev/null 2>&1 3>&- &
			until [ -e linked ]; do sleep 0.02; done
		fi
		if [ "$(wc -l < links)" = "$last" ]; then
			touch go
			until [ -e out/1.btf ]; do sleep 0.02; done
			kill -9 $PPID
		fi
	END
	for last in 2 3; do
		export last
		run timeout 60 env MEANWHILE="$BATS_FILE_TMPDIR/meanwhile.so" BEFORE_LINK='. ./second' \
			LD_PRELOAD="$BATS_FILE_TMPDIR/meanwhile.so" \
			"$REBTF" distill --expects --quiet --base "$OLD" --out-dir out other
		touch go
		until [ -e ended ]; do sleep 0.02; done
		cmp out/1.btf wanted/1.btf
		[ ! -e out/1.btf.base ] || cmp out/1.btf.base wanted/1.btf.base
		rm -r out base linked go links ended
	done
}
