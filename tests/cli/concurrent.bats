#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Several processes and threads at once: runs on one tree, files that change during a run, and results that must not
# depend on the number of threads. faults/meanwhile.c makes changes at an exact moment. Only the tests with two
# simultaneous runs depend on timing; they hold for any timing.

load common

setup_file() {
	unpack_data
	build_meanwhile
}

setup() {
	enter_work
	export MEANWHILE_FILE=x.ko
}

# make_tree DIR: a tree of raw BTF and of modules in every compression.
make_tree() {
	mkdir "$1"
	for i in 1 2 3 4 5 6; do
		cp "$SPLIT/$FITTING" "$1/$i.btf"
		cp "$DATA/ko/crc-itu-t.ko" "$1/$i.ko"
	done
	cp "$DATA/ko/tcp_bbr.ko" "$DATA/ko/nls_utf8.ko.xz" "$DATA/ko/tcp_dctcp.ko.zst" "$DATA/ko/wmi-bmof.ko.gz" "$1"
}

# at_once DIR VERB...: runs several verbs in place at the same time. Leaves their exit statuses in $statuses.
at_once() {
	local directory=$1 verb pids=()
	shift
	for verb; do
		# shellcheck disable=SC2086 # a verb and its options
		"$REBTF" $verb --base "$OLD" --jobs 2 "$directory" > "$verb.out" 2>> errors &
		pids+=($!)
	done
	statuses=
	for pid in "${pids[@]}"; do
		wait "$pid" && statuses+="0 " || statuses+="$? "
	done
}

# forms DIR: lists the forms that occur in DIR.
forms() {
	"$REBTF" info --base "$OLD" --json "$1" | jq -r 'select(.file) | .form // .outcome' | sort -u | xargs
}

no_temporary_files() {
	[ -z "$(find . -name '.rebtf-*')" ]
}

@test "two runs of one verb come out as one" {
	make_tree in
	cp -r in once
	"$REBTF" distill --quiet --base "$OLD" once
	for round in 1 2 3 4 5 6; do
		cp -r in tree
		at_once tree distill 'distill --json'
		[ "$statuses" = '0 0 ' ] || { cat errors; return 1; }
		same once tree
		rm -r tree
	done
	no_temporary_files
}

@test "runs of different verbs come out as one after the other" {
	# In any order, a standalone module stays standalone, and a distilled module is made standalone.
	make_tree in
	for round in 1 2 3 4 5 6; do
		cp -r in tree
		at_once tree distill standalone 'distill --expects'
		[ "$statuses" = '0 0 0 ' ] || { cat errors; return 1; }
		[ "$(forms tree)" = standalone ]
		[ -z "$(find tree -name '*.base' -o -name '*.expects')" ]
		rm -r tree
	done
	no_temporary_files
}

@test "a module is exchanged in turn with other runs" {
	cp "$DATA/ko/crc-itu-t.ko" x.ko
	meanwhile BEFORE_REMOVE 'flock -n . touch alone || touch in_turn' distill --base "$OLD" x.ko
	exits 0
	[ -e in_turn ]
	[ ! -e alone ]
}

@test "runs that write to one place leave there what belongs together" {
	make_tree in
	"$REBTF" standalone --quiet --base "$OLD" --out-dir one in
	"$REBTF" distill --quiet --base "$OLD" --out-dir other in
	for round in 1 2 3 4 5 6; do
		at_once in 'standalone --out-dir tree' 'distill --out-dir tree'
		[ "$statuses" = '0 0 ' ] || { cat errors; return 1; }
		for file in tree/*.btf; do
			name=$(basename "$file")
			if [ -e "$file.base" ]; then
				cmp "$file" "other/$name"
				cmp "$file.base" "other/$name.base"
			else
				cmp "$file" "one/$name"
			fi
		done
		for file in tree/*.ko*; do
			name=$(basename "$file")
			cmp -s "$file" "one/$name" || cmp "$file" "other/$name"
		done
	done
	no_temporary_files
}

@test "who reads while others write sees no pair that does not belong together" {
	make_tree tree
	touch running
	{
		for round in 1 2 3 4 5 6 7 8 9 10; do
			"$REBTF" distill --quiet --base "$OLD" tree
			"$REBTF" relocate --quiet --base "$OLD" tree
		done
		rm running
	} &
	while [ -e running ]; do
		"$REBTF" info --quiet --base "$OLD" tree
		"$REBTF" check --quiet --base "$OLD" --old-base "$OLD" tree
		echo >> rounds
	done
	wait
	[ "$(wc -l < rounds)" -gt 1 ]
}

@test "a file that is replaced while it is worked on is worked on anew" {
	cp "$DATA/ko/tcp_bbr.ko" theirs.ko
	"$REBTF" distill --quiet --base "$OLD" --out-dir want theirs.ko
	for moment in BEFORE_READ AFTER_READ BEFORE_SYNC; do
		cp "$DATA/ko/crc-itu-t.ko" x.ko
		meanwhile $moment 'once && cp theirs.ko new && mv new x.ko' distill --base "$OLD" x.ko
		exits 0
		cmp x.ko want/theirs.ko
	done
	no_temporary_files
}

@test "a file that grows or is written to while it is read is read anew" {
	cp "$DATA/ko/tcp_bbr.ko" theirs.ko
	"$REBTF" distill --quiet --base "$OLD" --out-dir want theirs.ko
	for moment in BEFORE_READ AFTER_READ BEFORE_SYNC; do
		# Different contents from the first byte on, and longer than before.
		cp "$DATA/ko/crc-itu-t.ko" x.ko
		meanwhile $moment 'once && cat theirs.ko > x.ko' distill --base "$OLD" x.ko
		exits 0
		cmp x.ko want/theirs.ko
		# The reverse: shorter than before.
		cp theirs.ko x.ko
		head -c 1M /dev/zero >> x.ko
		meanwhile $moment 'once && truncate -s $(stat -c %s theirs.ko) x.ko' distill --base "$OLD" x.ko
		exits 0
		cmp x.ko want/theirs.ko
	done
}

@test "a file that is cut short while it is read is an error, and is left as it is" {
	for moment in BEFORE_READ AFTER_READ BEFORE_SYNC; do
		cp "$DATA/ko/tcp_bbr.ko" x.ko
		meanwhile $moment 'once && truncate -s 1000 x.ko' distill --base "$OLD" x.ko
		exits 2
		complains x.ko
		cmp x.ko <(head -c 1000 "$DATA/ko/tcp_bbr.ko")
	done
	no_temporary_files
}

@test "a file that is removed while it is worked on stays away" {
	for moment in BEFORE_READ AFTER_READ BEFORE_SYNC; do
		cp "$DATA/ko/tcp_bbr.ko" x.ko
		meanwhile $moment 'once && rm x.ko' distill --base "$OLD" x.ko
		exits 2
		complains x.ko 'No such file'
		[ -z "$(ls)" ]
	done
}

@test "a file that never stops changing is an error, and is left as it is" {
	for moment in BEFORE_READ AFTER_READ BEFORE_SYNC; do
		cp "$DATA/ko/tcp_bbr.ko" x.ko
		meanwhile $moment 'cp x.ko y && echo >> y && mv y x.ko' distill --base "$OLD" --json x.ko
		exits 2
		complains x.ko 'another process changed the file'
		[ "$(jq -r 'select(.file).error.code' <<< "$output")" = changed ]
		cmp -n "$(stat -c %s "$DATA/ko/tcp_bbr.ko")" x.ko "$DATA/ko/tcp_bbr.ko"
		no_temporary_files
	done
}

@test "with --out-dir, what was read is written, whatever became of it since" {
	cp "$DATA/ko/tcp_bbr.ko" x.ko
	"$REBTF" distill --quiet --base "$OLD" --out-dir out x.ko
	"$REBTF" distill --quiet --base "$OLD" --out-dir want x.ko
	meanwhile BEFORE_SYNC 'rm x.ko' distill --base "$OLD" --out-dir out x.ko
	exits 0
	cmp out/x.ko want/x.ko
}

@test "raw BTF that is distilled by another process meanwhile is found distilled" {
	export MEANWHILE_FILE=x.btf
	for moment in AFTER_READ BEFORE_SYNC; do
		cp "$SPLIT/$FITTING" x.btf
		meanwhile $moment "once && '$REBTF' distill --quiet --base '$OLD' x.btf" standalone --base "$OLD" x.btf
		exits 0
		cp "$SPLIT/$FITTING" y.btf
		"$REBTF" distill --quiet --base "$OLD" y.btf
		"$REBTF" standalone --quiet --base "$OLD" y.btf
		cmp x.btf y.btf
		[ "$(ls)" = "$(printf 'x.btf\ny.btf')" ]
		rm x.btf y.btf
	done
}

@test "raw BTF that is relocated by another process meanwhile is found relocated" {
	export MEANWHILE_FILE=x.btf
	take "$DISTILLED/$FITTING" x.btf
	meanwhile AFTER_READ "once && '$REBTF' relocate --quiet --base '$OLD' x.btf" standalone --base "$OLD" x.btf
	exits 0
	[ "$(ls)" = x.btf ]
	[ "$(forms x.btf)" = standalone ]
}

@test "raw BTF that is relocated by another process while it is copied is not copied by halves" {
	export MEANWHILE_FILE=x.btf
	take "$DISTILLED/$FITTING" x.btf
	# The file is read once to examine it and once to copy it.
	meanwhile AFTER_READ "[ -e looked ] && once && '$REBTF' relocate --quiet --base '$OLD' x.btf; touch looked" \
		distill --base "$OLD" --out-dir out x.btf
	exits 0
	[ "$(ls)" = "$(printf 'looked\nout\nx.btf')" ]
	cmp out/x.btf "$DISTILLED/$FITTING"
	cmp out/x.btf.base "$DISTILLED/$FITTING.base"
}

@test "the output, and what is written, is the same for any number of threads" {
	mkdir -p in/split
	cp -r "$SPLIT" in/split/btf
	cp "$DATA/ko/"{crc-itu-t.ko,tcp_bbr.ko,tcp_dctcp.ko.zst,wmi-bmof.ko.gz,nls_utf8.ko.xz} in/split
	"$REBTF" distill --expects --quiet --base "$OLD" --out-dir in/distilled in/split
	"$REBTF" standalone --quiet --base "$OLD" --out-dir in/standalone in/split
	cp "$DATA/ko/crc16-signed.ko" in
	echo broken > in/broken.ko

	while read -r command; do
		for format in '' --json; do
			for jobs in 1 2 8; do
				# The output directory has the same name each time, because its name is part of the
				# output.
				mkdir out
				# shellcheck disable=SC2086 # a verb and its options
				"$REBTF" $command $format --jobs $jobs in > stdout 2> stderr && status=0 || status=$?
				echo "status $status" >> stdout
				mv out stdout stderr "$(mkdir $jobs && echo $jobs)"
				[ $jobs = 1 ] || { same 1 $jobs; rm -r $jobs; }
			done
			[ "$(wc -l < 1/stdout)" -gt 50 ] || { echo "$command, $format:"; cat 1/stdout 1/stderr; return 1; }
			rm -r 1
		done
	done <<-END
		distill --verbose --base $OLD --out-dir out/x
		distill --verbose --expects --strip-signature --base $OLD --out-dir out/x
		relocate --verbose --base $NEW --out-dir out/x
		relocate --verbose --policy strict --on-mismatch local --old-base $OLD --base $NEW --out-dir out/x
		check --verbose --base $NEW
		check --verbose --policy strict --old-base $OLD --base $NEW
		standalone --verbose --base $OLD --out-dir out/x
		renumber --verbose --base $NEW --out-dir out/x
		info --base $OLD
		verify --verbose --base $OLD
	END
}
