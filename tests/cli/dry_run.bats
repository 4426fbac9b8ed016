#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# --dry-run: each verb that writes gives the report and the exit status of a real run, but changes no file.

load common

setup_file() {
	unpack_data
	export MODULES=$BATS_FILE_TMPDIR/ko
	mkdir "$MODULES"
	cp "$DATA"/ko/{nf_conntrack.ko.xz,nls_utf8.ko.xz,tcp_bbr.ko,wmi-bmof.ko.gz} "$MODULES"
	touch "$MODULES/modules.order"
}

setup() {
	enter_work
}

state() {
	find . -printf '%p %T@ %C@ %s %i %l\n' | sort
}

# same VERB ARGUMENT...: checks that a dry run changes no file, and that its JSON and its exit status are those of the
# real run, but for the key dry_run. The real run follows.
same() {
	local before expected
	before=$(state)
	rebtf "$@" --dry-run --json
	expected=$output
	[ "$(jq -s 'all(.dry_run or .summary.dry_run)' <<< "$output")" = true ]
	[ "$(state)" = "$before" ]
	local code=$status
	rebtf "$@" -n
	[ "$status" -eq "$code" ]
	[ "$(state)" = "$before" ]
	said=$output
	[ -z "$output" ] || [[ $output == *"would be "* ]] || { echo "said: $output"; return 1; }
	rebtf "$@" --json
	[ "$status" -eq "$code" ]
	diff <(jq -c 'del(.dry_run, .summary.dry_run)' <<< "$expected") <(jq -c 'del(.summary.dry_run)' <<< "$output")
}

@test "a dry run of each verb changes no file below --out-dir, and reports what the run then does" {
	for input in "$SPLIT" "$MODULES"; do
		same distill --base "$OLD" --strip-signature --out-dir kept "$input"
		[[ $said == *"would be distilled"* ]]
		same relocate --base "$NEW" --out-dir moved kept
		[[ $said == *"would be relocated"* ]]
		same relocate --base "$NEW" --on-mismatch local --out-dir local kept
		same standalone --base "$NEW" --out-dir alone kept
		[[ $said == *"would be made standalone"* ]]
		same renumber --base "$NEW" --out-dir shown alone
		[[ $said == *"would be renumbered"* ]]
		rm -r kept moved local alone shown
	done
}

@test "a dry run changes no file in place" {
	cp -r "$MODULES" ko
	same distill --base "$OLD" --strip-signature ko
	same relocate --base "$NEW" --keep ko
	# The second time, they are relocated already.
	before=$(state)
	rebtf relocate --dry-run --base "$NEW" --keep ko
	says 'already relocated'
	[[ $output != *'would be'* ]]
	[ "$(state)" = "$before" ]
}

@test "a dry run of extract writes neither files nor standard output" {
	cp "$SPLIT/$FITTING" x.btf
	same extract --output out.btf x.btf
	[[ $said == *"would be extracted"* ]]
	rebtf extract --dry-run --output - --verbose x.btf
	exits 0
	says 'x.btf: would be extracted to -'
}

@test "a dry run fails where the run would" {
	cp "$MODULES/nf_conntrack.ko.xz" signed.ko.xz
	printf junk > bad.ko
	rebtf distill --dry-run --base "$OLD" bad.ko
	exits 2
	complains bad.ko
	rebtf distill --dry-run --base "$OLD" --out-dir out "$MODULES" bad.ko
	exits 1
	[ ! -e out ]
}

@test "verbs that do not write have no dry run" {
	for verb in check info dump verify; do
		rebtf $verb --dry-run x.btf
		exits 2
		[[ $stderr == *"unknown option '--dry-run'"* ]]
	done
}
