#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Signals that end a batch, and output that closes before the batch ends.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	# With names this long, fifty lines exceed a pipe and a buffer.
	local name
	name=$(printf 'd%.0s' {1..200})
	deep=$name/$name/$name/$name/$name/$name/$name/$name
	mkdir -p "$deep"
	cp -r "$SPLIT/." "$deep"
}

# interrupted SIGNAL JOBS: checks that the last batch of fifty files reports its progress, and sets $done to it. With
# several threads all files can be done before the first line is printed.
interrupted() {
	[[ $stderr =~ ^rebtf:\ interrupted\ by\ $1\ after\ ([0-9]+)\ of\ 50\ files$ ]]
	done=${BASH_REMATCH[1]}
	((done > 0 && (done < 50 || $2 > 1)))
}

@test "a signal ends a batch after the files at hand, and the summary is true" {
	for signal in SIGINT SIGTERM SIGHUP; do
		for jobs in 1 4; do
			rm -rf out
			run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" $signal ONCE \
				"$REBTF" distill --json --jobs $jobs --base "$OLD" --out-dir out "$deep"
			interrupted $signal $jobs
			jq -se --argjson done $done '(map(select(.outcome == "distilled")) | length) == $done and
				(.[-1].summary | .distilled == $done and .unreached == 50 - $done and .modules == 50)' <<< "$output"
			# The output has exactly the files that it names, complete.
			jq -r '.output // empty' <<< "$output" | sort | cmp - <(find out -name '*.btf' | sort)
			[ -z "$(find out -type f ! -name '*.btf' ! -name '*.btf.base')" ]
			for file in $(cd out && find . -name '*.btf'); do
				cmp "out/$file" "$DISTILLED/$file"
				cmp "out/$file.base" "$DISTILLED/$file.base"
			done
		done
	done
}

@test "after a signal, no other files of a tree of modules are copied" {
	touch "$deep/modules.order"
	"$REBTF" distill --quiet --base "$OLD" --out-dir all "$deep"
	[ -e all/modules.order ]
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT ONCE \
		"$REBTF" distill --json --jobs 1 --base "$OLD" --out-dir out "$deep"
	interrupted SIGINT 1
	[ ! -e out/modules.order ]
}

@test "a signal leaves what was not reached in place as it was" {
	cp -r "$deep" before
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT ONCE \
		"$REBTF" distill --json --jobs 2 --base "$OLD" "$deep"
	interrupted SIGINT 2
	local changed=0
	for file in $(cd before && find . -name '*.btf'); do
		if [ -e "$deep/$file.base" ]; then
			cmp "$deep/$file" "$DISTILLED/$file"
			changed=$((changed + 1))
		else
			cmp "$deep/$file" "before/$file"
		fi
	done
	[ $changed -eq $done ]
}

@test "the text of an interrupted batch counts what was not reached, and reading verbs end likewise" {
	for verb in 'check -v --old-base' 'verify -v --base' 'standalone -v --out-dir out --base'; do
		run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT ONCE "$REBTF" $verb "$OLD" --jobs 1 "$deep"
		interrupted SIGINT 1
		[[ ${lines[-1]} == "50 modules: $done "*", $((50 - done)) not reached"* ]]
	done
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT ONCE "$REBTF" info --jobs 1 --base "$OLD" "$deep"
	interrupted SIGINT 1
}

@test "after an interrupt, nothing is said of names that only other modules may have" {
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT ONCE \
		"$REBTF" check -v --jobs 1 --trust no_such_name --policy strict --old-base "$OLD" --base "$OLD" "$deep"
	interrupted SIGINT 1
}

@test "a second signal ends the command at once" {
	run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" SIGINT TWICE \
		"$REBTF" check --verbose --old-base "$OLD" --base "$OLD" "$deep"
	[ -z "$stderr" ]
}

@test "a signal that was ignored from the start stays ignored, as nohup wants it" {
	for signal in SIGHUP SIGINT; do
		run -0 --separate-stderr "$BATS_TEST_DIRNAME/interrupt.py" $signal IGNORED \
			"$REBTF" check --verbose --old-base "$OLD" --base "$OLD" "$deep"
		[ -z "$stderr" ]
		[ "${lines[-1]}" = '50 modules: 50 fit' ]
	done
}

@test "every verb ends by SIGPIPE without a word when the reader of its output is gone" {
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$deep"
	for command in "dump $OLD" "info --base $OLD $deep" "check -v --old-base $OLD --base $OLD $deep" \
		"verify -v --base $OLD $deep" "distill -v --base $OLD --out-dir out $deep" \
		"relocate -v --old-base $OLD --base $OLD --out-dir out $deep" \
		"standalone -v --base $OLD --out-dir out $deep" "renumber -v --base $OLD --out-dir out alone" --help; do
		for ignored in '' "trap '' PIPE;"; do
			rm -rf out
			bash -c "$ignored"' sleep 0.1; "$REBTF" '"$command"' 2> errors; echo $? > status' | true
			[ "$(cat status)" -eq 141 ] || { echo "$command: $(cat status)"; return 1; }
			[ ! -s errors ]
		done
	done
}

@test "a reader that is gone stops no verb that writes files" {
	bash -c '"$REBTF" distill -v --base "$OLD" --out-dir out '"$deep" | true
	same out "$DISTILLED"
	bash -c '"$REBTF" extract -v -o extracted '"$deep" | true
	same extracted "$SPLIT"
	bash -c '"$REBTF" dedup -v --base "$OLD" --out-dir merged '"$deep" | true
	[ "$(ls merged)" = "$(ls "$SPLIT")" ]
}

@test "a full disk under standard output is an error of every verb" {
	for command in "dump $OLD" "info --base $OLD $deep" "check -v --old-base $OLD --base $OLD $deep" \
		"verify -v --base $OLD $deep" "distill -v --base $OLD --out-dir out $deep" --help help; do
		run -2 --separate-stderr bash -c '"$REBTF" '"$command"' > /dev/full'
		complains 'cannot write to standard output' 'No space left'
	done
}

@test "a file that exceeds the limit of ulimit -f fails alone" {
	mkdir in
	cp "$SPLIT/veth.btf" in/small.btf
	cp "$DATA/ko/tcp_bbr.ko" in/large.ko
	[ "$(stat -c %s in/large.ko)" -gt 8192 ]
	[ "$(stat -c %s in/small.btf)" -lt 8192 ]
	run -1 --separate-stderr bash -c 'ulimit -f 8; "$REBTF" distill --base "$OLD" --out-dir out in'
	complains large.ko 'File too large'
	[ "${lines[-1]}" = '2 modules: 1 distilled, 1 failed' ]
	[ "$(ls out)" = $'small.btf\nsmall.btf.base' ]
	cp -r in before
	run -1 --separate-stderr bash -c 'ulimit -f 8; "$REBTF" distill --base "$OLD" in'
	complains large.ko 'File too large'
	cmp in/large.ko before/large.ko
	run -2 --separate-stderr bash -c 'ulimit -f 8; "$REBTF" dump "$OLD" > dump'
	complains 'cannot write to standard output' 'File too large'
}

@test "what cannot be written leaves older BTF its companions" {
	mkdir in
	cp "$SPLIT/veth.btf" in/x.btf
	"$REBTF" distill --quiet --expects --note --base "$OLD" in
	touch in/x.btf.inline in/x.btf.ids
	cp -r in before
	run -2 --separate-stderr bash -c 'ulimit -f 8; "$REBTF" extract -o in/x.btf "$OLD"'
	complains 'File too large'
	diff -r before in
	run -2 --separate-stderr bash -c 'ulimit -f 8; "$REBTF" merge -o in/x.btf "$OLD"'
	complains 'File too large'
	diff -r before in
	mkdir in/y.btf.note
	cp in/x.btf in/y.btf
	cp -r in before2
	rebtf extract -o in/y.btf "$OLD"
	exits 2
	complains 'in/y.btf.note: '
	diff -r before2 in
}
