#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf distill, on the modules of a real kernel.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
	cp "$SPLIT/$MISFIT" x.btf
}

@test "distill writes a whole tree below --out-dir and leaves the originals alone" {
	remember "$SPLIT"
	rebtf distill --base "$OLD" --out-dir new/deep/tree "$SPLIT"
	exits 0
	says "$(find "$SPLIT" -name '*.btf' | wc -l) modules: $(find "$SPLIT" -name '*.btf' | wc -l) distilled"
	unchanged "$SPLIT"
	diff <(cd "$SPLIT" && find . -name '*.btf' | sort) <(cd new/deep/tree && find . -name '*.btf' | sort)
	diff <(cd "$SPLIT" && find . -name '*.btf' | sed 's/$/.base/' | sort) \
		<(cd new/deep/tree && find . -name '*.btf.base' | sort)
}

@test "a file that was named goes to --out-dir itself" {
	rebtf distill --base "$OLD" --out-dir out "$SPLIT/$MISFIT"
	exits 0
	[ "$(ls out)" = "$(basename "$MISFIT")"$'\n'"$(basename "$MISFIT").base" ]
}

@test "distill in place gives what --out-dir gives" {
	rebtf distill --base "$OLD" x.btf
	exits 0
	cmp x.btf "$DISTILLED/$MISFIT"
	cmp x.btf.base "$DISTILLED/$MISFIT.base"
	[ "$(ls -A)" = x.btf$'\n'x.btf.base ]
}

@test "in place, mode and owner stay" {
	chmod 640 x.btf
	[ "$(id -u)" -ne 0 ] || chown 1234:5678 x.btf
	local before
	before=$(stat -c '%a %u %g' x.btf)
	rebtf distill --base "$OLD" x.btf
	exits 0
	[ "$(stat -c '%a %u %g' x.btf)" = "$before" ]
	[ "$(stat -c '%a %u %g' x.btf.base)" = "$before" ]
}

@test "in place, a symbolic link stays one" {
	mv x.btf real.btf
	ln -s real.btf x.btf
	rebtf distill --base "$OLD" x.btf
	exits 0
	[ -L x.btf ]
	cmp real.btf "$DISTILLED/$MISFIT"
}

@test "what is distilled already, standalone or empty is left alone and counted" {
	rebtf distill --base "$OLD" x.btf
	make_standalone_btf standalone.btf
	make_empty_btf empty.btf
	remember .
	rebtf distill --base "$OLD" .
	exits 0
	says '3 modules: 3 left alone (1 distilled, 1 standalone, 1 empty)'
	unchanged .
}

@test "with --out-dir, what is left alone is copied, so that the tree is complete" {
	mkdir in
	mv x.btf in/
	rebtf distill --base "$OLD" in
	make_standalone_btf in/standalone.btf
	make_empty_btf in/empty.btf
	chmod 600 in/empty.btf
	rebtf distill --base "$OLD" --out-dir out in
	exits 0
	same in out
	[ "$(stat -c %a out/empty.btf)" = 600 ]
}

@test "a base left over from another time does not join a copy that has none" {
	make_standalone_btf s.btf
	mkdir out
	cp x.btf out/s.btf.base
	rebtf distill --base "$OLD" --out-dir out s.btf
	exits 0
	[ "$(ls out)" = s.btf ]
}

@test "--out-dir may be the directory itself" {
	mkdir in
	cp x.btf in/x.btf
	make_standalone_btf in/s.btf
	rebtf distill --base "$OLD" --out-dir in in
	exits 0
	cmp in/x.btf "$DISTILLED/$MISFIT"
	make_standalone_btf s.btf
	cmp in/s.btf s.btf
}

@test "a file that is named twice is one file" {
	cp -r "$SPLIT" in
	rebtf distill --base "$OLD" --verbose in "in/$FITTING" in
	exits 0
	says '50 modules: 50 distilled'
	same in "$DISTILLED"
	rebtf distill --base "$OLD" --out-dir out "$SPLIT" "$SPLIT"
	exits 0
	same out "$DISTILLED"
}

@test "two files that would go to one place are refused before anything is written" {
	mkdir a b
	cp x.btf a/
	cp x.btf b/
	rebtf distill --base "$OLD" --out-dir out a/x.btf b/x.btf
	exits 2
	complains a/x.btf b/x.btf out/x.btf
	[ ! -e out ]
	rebtf distill --base "$OLD" --out-dir out a b
	exits 2
	complains a/x.btf b/x.btf out/x.btf
	[ ! -e out ]
}

@test "over a wrong base nothing is written" {
	remember .
	rebtf distill --base "$NEW" x.btf
	exits 2
	complains x.btf base
	unchanged .
	rebtf distill --base "$NEW" --out-dir out x.btf
	exits 2
	[ -z "$(find out -type f 2> /dev/null)" ]
}

@test "no module with names of its own is taken for one of another kernel" {
	cp -r "$SPLIT" in
	# Without strings a module is not recognizable: its few ids are valid in every kernel.
	"$REBTF" info --json in | jq -r 'select(.sections[".BTF"].strings <= 1).file' > nameless
	xargs rm < nameless
	local count
	count=$(find in -name '*.btf' | wc -l)
	[ "$count" -ge 40 ]
	remember in
	rebtf distill --base "$NEW" in
	exits 2
	says "$count modules: $count failed"
	unchanged in
}

@test "verbose names each module, quiet none" {
	cp x.btf y.btf
	rebtf distill --verbose --base "$OLD" x.btf
	exits 0
	says 'x.btf: distilled, '
	rebtf distill --quiet --base "$OLD" y.btf
	exits 0
	silent
}

@test "files are written whether or not anybody reads what is said about them" {
	bash -c '"$REBTF" distill --json --base "$OLD" --out-dir out "$SPLIT" 2> errors; echo $? > status' | :
	[ "$(cat status)" -eq 141 ] # SIGPIPE, after all files are written
	[ ! -s errors ]
	same out "$DISTILLED"
	run -2 --separate-stderr bash -c '"$REBTF" distill --base "$OLD" --out-dir out2 "$SPLIT" > /dev/full'
	complains 'standard output' 'No space left'
	same out2 "$DISTILLED"
}

@test "JSON has an object for each module and a summary" {
	make_empty_btf empty.btf
	rebtf distill --json --base "$OLD" --out-dir out empty.btf x.btf
	exits 0
	[ "$(jq -c '[.file, .outcome, .output, .form]' <<< "${lines[0]}")" = \
		'["empty.btf","left","out/empty.btf","empty"]' ]
	[ "$(jq -c '[.file, .outcome, .output]' <<< "${lines[1]}")" = '["x.btf","distilled","out/x.btf"]' ]
	[ "$(jq .types <<< "${lines[1]}")" -eq "$("$REBTF" dump out/x.btf | grep -c '^\[')" ]
	[ "$(jq .base_types <<< "${lines[1]}")" -eq "$(cp out/x.btf.base b && "$REBTF" dump b | grep -c '^\[')" ]
	[ "$(jq -c '.summary | [.verb, .modules, .distilled, .left, .misfit, .failed]' <<< "${lines[2]}")" = \
		'["distill",2,1,1,0,0]' ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "the result does not depend on the number of threads" {
	for jobs in 1 2 8; do
		rebtf distill --verbose --jobs $jobs --base "$OLD" --out-dir out "$SPLIT"
		exits 0
		mv out out.$jobs
		echo "$output" > text.$jobs
	done
	same out.1 out.2
	same out.1 out.8
	cmp text.1 text.2
	cmp text.1 text.8
}

@test "a section that would keep the old ids stops the file" {
	echo records > records
	objcopy --add-section .BTF.ext=records "$DATA/ko/tcp_bbr.ko" x.ko
	cp x.ko before.ko
	rebtf distill --strip-signature --base "$OLD" x.ko
	exits 2
	complains x.ko "cannot change .BTF: .BTF.ext refers to its types by id"
	cmp x.ko before.ko
}
