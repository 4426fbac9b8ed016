#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf check, and its common ground with relocate: reasons, their summary, and JSON.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

@test "check says of each module what relocate does, and writes nothing" {
	remember "$DISTILLED"
	rebtf check --base "$NEW" "$DISTILLED"
	exits 1
	unchanged "$DISTILLED"
	grep ': does not fit$' <<< "$output" > checked
	cp -r "$DISTILLED" copy
	rebtf relocate --base "$NEW" copy
	exits 1
	diff <(sed "s,^$DISTILLED/,," checked) <(grep ': does not fit$' <<< "$output" | sed 's,^copy/,,')
}

@test "all modules fit the kernel that they were built for" {
	rebtf check --base "$OLD" "$DISTILLED"
	exits 0
	local count
	count=$(find "$DISTILLED" -name '*.btf' | wc -l)
	[ "$output" = "$count modules: $count fit" ]
}

@test "with --old-base, plain split modules get the answer that distilled ones get" {
	remember "$SPLIT"
	rebtf check --old-base "$OLD" --base "$NEW" "$DISTILLED"
	exits 1
	sed "s,^$DISTILLED/,," <<< "$output" > of_distilled
	rebtf check --old-base "$OLD" --base "$NEW" "$SPLIT"
	exits 1
	diff of_distilled <(sed "s,^$SPLIT/,," <<< "$output")
	unchanged "$SPLIT"
}

@test "without --old-base, a plain split module of another kernel is an error that names it" {
	rebtf check --base "$NEW" "$SPLIT/$FITTING"
	exits 2
	complains "$FITTING: .BTF: built for another kernel" --old-base
	rebtf check --json --base "$NEW" "$SPLIT/$FITTING"
	exits 2
	[ "$(jq -r 'select(.file) | "\(.outcome) \(.error.code)"' <<< "$output")" = 'failed wrong_base' ]
}

@test "plain split modules fit the kernel that they were built for" {
	local count
	remember "$SPLIT"
	count=$(find "$SPLIT" -name '*.btf' | wc -l)
	rebtf check --base "$OLD" "$SPLIT"
	exits 0
	[ "$output" = "$count modules: $count built for this kernel" ]
	rebtf check --quiet --base "$OLD" "$SPLIT"
	exits 0
	silent
	rebtf check --verbose --base "$OLD" "$SPLIT/$FITTING"
	exits 0
	[ "${lines[0]}" = "$SPLIT/$FITTING: fits, as it was built for this kernel" ]
	rebtf check --json --base "$OLD" "$SPLIT"
	exits 0
	[ "$(jq -c 'select(.file) | [.outcome, .form, .is_base, .misfits]' <<< "$output" | sort -u)" = '["fits","split",true,[]]' ]
	jq -e "select(.summary) | .summary | .fits == $count and .built_for_base == $count" <<< "$output"
	unchanged "$SPLIT"
	# All modules fit, including signed and compressed ones, but no module fits another kernel.
	rebtf check --base "$OLD" "$DATA/ko/crc16-signed.ko" "$DATA/ko/tcp_dctcp.ko.zst"
	exits 0
	says '2 modules: 2 built for this kernel'
	rebtf check --base "$NEW" "$SPLIT"
	exits 2
	[ "${lines[-1]}" = "$count modules: $count failed" ]
}

@test "modules of several kernels are told apart" {
	mkdir both
	cp "$SPLIT/$FITTING" both/own.btf
	cp "$SPLIT/$MISFIT" both/own2.btf
	take "$DISTILLED/$FITTING" both/distilled.btf
	"$REBTF" relocate --quiet --base "$NEW" --out-dir moved "$DISTILLED/$FITTING"
	cp "moved/$(basename "$FITTING")" both/other.btf
	rebtf check --base "$OLD" both
	exits 1
	complains 'both/other.btf: .BTF: built for another kernel'
	says '4 modules: 1 fits, 2 built for this kernel, 1 failed'
	rebtf relocate --base "$OLD" --out-dir out both
	exits 1
	complains 'both/other.btf: .BTF: built for another kernel'
	says '4 modules: 1 relocated, 2 left alone (2 split), 1 failed'
	[ "$(ls out | xargs)" = 'distilled.btf own.btf own2.btf' ]
	cmp out/own.btf both/own.btf
}

@test "over a wrong old base, modules are errors" {
	rebtf check --old-base "$NEW" --base "$NEW" "$SPLIT/$FITTING"
	exits 2
	complains "$FITTING"
}

@test "without --base, the running kernel is the base" {
	[ -r /sys/kernel/btf/vmlinux ] || skip "the running kernel shows no BTF"
	rebtf check --verbose "$DISTILLED"
	local without=$output status_without=$status
	rebtf check --verbose --base /sys/kernel/btf/vmlinux "$DISTILLED"
	exits "$status_without"
	[ "$output" = "$without" ]
	rebtf check --verbose --base "$(uname -r)" "$DISTILLED"
	[ "$output" = "$without" ]
}

@test "standalone and empty modules fit every kernel" {
	make_standalone_btf standalone.btf
	make_empty_btf empty.btf
	rebtf check --verbose --base "$NEW" .
	exits 0
	says './standalone.btf: fits, as it is standalone'
	says './empty.btf: fits, as it is empty'
	says '2 modules: 2 fit'
}

@test "a reason names the type, both sizes, and whether it is embedded" {
	rebtf check --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	[ "${lines[0]}" = "$DISTILLED/$MISFIT: does not fit" ]
	[ "${lines[1]}" = '    struct device: 744 bytes then, 752 now (embedded)' ]
	[ "${lines[-1]}" = '1 module: 1 does not fit' ]
}

@test "the summary counts each reason over all modules, most frequent first" {
	rebtf check --verbose --base "$NEW" "$DISTILLED"
	exits 1
	sed '1,/^Reasons/d; $d' <<< "$output" | sed -E 's/^ +//; s/ modules?: /\t/' > summary
	[ "$(wc -l < summary)" -gt 1 ]
	sort -c -k1,1nr -t$'\t' summary
	# Computes the same summary from the lines of the modules.
	sed '/^Reasons/,$d' <<< "$output" | sed -nE 's/ \(embedded\)$//; s/^    ([^ :][^:]*): /\1, /p' |
		sort | uniq -c | sed -E 's/^ *([0-9]+) /\1\t/' | sort > counted
	diff <(sort summary) counted
}

@test "the totals add up" {
	rebtf check --base "$NEW" "$DISTILLED"
	exits 1
	[[ ${lines[-1]} =~ ^([0-9]+)\ modules:\ ([0-9]+)\ fit,\ ([0-9]+)\ do\ not\ fit$ ]]
	[ "${BASH_REMATCH[1]}" -eq "$(find "$DISTILLED" -name '*.btf' | wc -l)" ]
	[ "${BASH_REMATCH[3]}" -eq "$(grep -c ': does not fit$' <<< "$output")" ]
	[ $((BASH_REMATCH[2] + BASH_REMATCH[3])) -eq "${BASH_REMATCH[1]}" ]
}

@test "JSON: every line is an object, one for each module, then the summary" {
	rebtf check --json --base "$NEW" "$DISTILLED"
	exits 1
	[ -z "$stderr" ]
	for line in "${lines[@]}"; do
		[ "$(jq -r type <<< "$line")" = object ]
	done
	[ "$((${#lines[@]} - 1))" -eq "$(find "$DISTILLED" -name '*.btf' | wc -l)" ]
	jq -e 'has("summary")' <<< "${lines[-1]}"
	diff <(jq -r '.file // empty' <<< "$output") <(find "$DISTILLED" -name '*.btf' | LC_ALL=C sort)
}

@test "JSON: a misfit has all that is known of it" {
	rebtf check --json --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	local misfit
	misfit=$(jq -c '.misfits[0]' <<< "${lines[0]}")
	[ "$(jq -c '[.kind, .name, .verdict, .embedded, .old_size, .new_size]' <<< "$misfit")" = \
		'["STRUCT","device","size",true,744,752]' ]
	# The ids match the dumps.
	"$REBTF" dump "$DISTILLED/$MISFIT.base" | grep -q "^\[$(jq .id <<< "$misfit")\] STRUCT 'device' size=744"
	"$REBTF" dump "$NEW" > new
	[ "$(jq '.candidates | length' <<< "$misfit")" -gt 0 ]
	jq -r '.candidates[] | "[\(.id)] \(.kind) '"'device'"' size=752"' <<< "$misfit" |
		while IFS= read -r candidate; do
			grep -qF "$candidate" new || { echo "not in the new kernel: $candidate"; return 1; }
		done
}

@test "JSON: the summary is what the modules' objects add up to" {
	rebtf check --json --base "$NEW" "$DISTILLED"
	exits 1
	local made said
	made=$(jq -sc '[.[] | select(.misfits) | .misfits[]] | group_by([.kind, .name, .verdict, .old_size, .new_size]) |
		map([.[0].name, length, (map(select(.embedded)) | length)]) | sort' <<< "$output")
	said=$(jq -c '.summary.reasons // empty | map([.name, .modules, .embedded_in]) | sort' <<< "$output")
	[ "$made" != '[]' ]
	[ "$made" = "$said" ] || { echo "$made"; echo "$said"; return 1; }
	made=$(jq -sc '[(map(select(.outcome == "fits")) | length), (map(select(.outcome == "misfit")) | length)]' \
		<<< "$output")
	said=$(jq -c '.summary // empty | [.fits, .misfit]' <<< "$output")
	[ "$made" = "$said" ] || { echo "$made"; echo "$said"; return 1; }
}

@test "JSON and text agree on which modules do not fit" {
	rebtf check --json --base "$NEW" "$DISTILLED"
	jq -r 'select(.outcome == "misfit").file' <<< "$output" > json
	[ -s json ]
	rebtf check --base "$NEW" "$DISTILLED"
	diff json <(sed -n 's/: does not fit$//p' <<< "$output")
}

@test "JSON: a file that failed has an object with the error, which is on stderr as well" {
	printf 'no BTF' > bad.ko
	rebtf check --json --base "$NEW" bad.ko "$DISTILLED/$FITTING"
	exits 1
	complains bad.ko
	[ "$(jq -c '[.file, .outcome, .error.code, .error.file]' <<< "${lines[0]}")" = \
		'["bad.ko","failed","format","bad.ko"]' ]
	[ "$(jq -r .outcome <<< "${lines[1]}")" = fits ]
	[ "$(jq -c '.summary | [.fits, .failed]' <<< "${lines[2]}")" = '[1,1]' ]
}

@test "odd bytes in names make neither bad JSON nor extra lines" {
	local name=$'one\ntwo\x1b[31m\xff\xc3\xa9.btf'
	take "$DISTILLED/$MISFIT" "$name"
	rebtf check --base "$NEW" .
	exits 1
	[ "${lines[0]}" = $'./one\\x0atwo\\x1b[31m\xff\xc3\xa9.btf: does not fit' ]
	rebtf check --json --base "$NEW" .
	exits 1
	[ "$(jq -r '.file // empty' <<< "$output")" = $'./one\ntwo\x1b[31m\xef\xbf\xbd\xc3\xa9.btf' ]
	iconv -f UTF-8 -t UTF-8 <<< "$output" > iconv.out
}

@test "quiet says it by exit status alone" {
	rebtf check --quiet --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	silent
	rebtf check --quiet --base "$NEW" "$DISTILLED/$FITTING"
	exits 0
	silent
}

@test "verbose names modules that fit as well" {
	rebtf check --verbose --base "$NEW" "$DISTILLED/$FITTING"
	exits 0
	[[ ${lines[0]} =~ ^"$DISTILLED/$FITTING: fits, "[0-9]+" base types found"$ ]]
}

@test "the output does not depend on the number of threads" {
	echo broken > bad.ko
	for jobs in 1 2 8; do
		for format in text json; do
			"$REBTF" check --verbose $([ $format = text ] || echo --json) --jobs $jobs --base "$NEW" "$DISTILLED" bad.ko \
				"$SPLIT/$MISFIT" "$DISTILLED" > $format.$jobs 2> errors.$format.$jobs || [ $? -eq 1 ]
		done
	done
	for format in text json; do
		[ -s $format.1 ]
		cmp $format.1 $format.2
		cmp $format.1 $format.8
		[ "$(wc -l < errors.$format.1)" -eq 2 ]
		cmp errors.$format.1 errors.$format.2
		cmp errors.$format.1 errors.$format.8
	done
}

@test "a progress bar shows on terminals alone" {
	command -v script > /dev/null || skip "needs script(1)"
	# A pipe without input for more than a second.
	rebtf check --jobs 1 --base "$NEW" "$DISTILLED/$FITTING" <(sleep 1.3; cat "$DISTILLED/$FITTING")
	[[ $stderr != *checking* ]]
	for terminal in xterm dumb; do
		TERM=$terminal FILE=$DISTILLED/$FITTING SHELL=/bin/bash script -qec \
			'"$REBTF" check --jobs 1 --base "$NEW" <(sleep 1.3; cat "$FILE") "$FILE"' /dev/null \
			> $terminal < /dev/null || true
	done
	grep -q 'checking \[' xterm
	grep -q '2 modules: ' dumb
	! grep -q 'checking \[' dumb
}
