#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Checks the JSON of all verbs against docs/rebtf.schema.json and docs/rebtf-json.rst with schema.py.

load common

setup_file() {
	unpack_data
	export has_jsonschema
	! python3 -c 'import jsonschema' 2> /dev/null || has_jsonschema=1
}

setup() {
	enter_work
	[ -n "${has_jsonschema:-}" ] || skip "needs python3-jsonschema"
}

# Checks the last command's output against the schema. Sets $used to the outcomes in it and their counts.
matches_schema() {
	local docs=$BATS_TEST_DIRNAME/../../docs

	[ -n "$output" ]
	used=$(python3 "$BATS_TEST_DIRNAME/schema.py" "$docs/rebtf.schema.json" ${page:+"$page"} <<< "$output") || {
		echo "$used"
		return 1
	}
}

@test "the schema is a valid schema" {
	python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" < /dev/null
	echo '{"type": "frob", "$defs": {}}' > wrong.json
	run python3 "$BATS_TEST_DIRNAME/schema.py" wrong.json "$BATS_TEST_DIRNAME/../../docs/rebtf-json.rst" < /dev/null
	[ "$status" -ne 0 ]
}

@test "what check and relocate print is as the schema says" {
	rebtf check --json --base "$NEW" "$DISTILLED"
	exits 1
	matches_schema
	[[ $used =~ ^fits:[0-9]+\ misfit:[0-9]+\ summary:1$ ]]
	rebtf relocate --json --base "$NEW" --out-dir moved "$DISTILLED"
	exits 1
	matches_schema
	[[ $used =~ ^misfit:[0-9]+\ relocated:[0-9]+\ summary:1$ ]]
}

@test "what they print of expected members, policies and types localized is as the schema says" {
	local policy
	for policy in kernel strict lenient; do
		rebtf check --json --old-base "$OLD" --base "$NEW" --policy $policy --trust device "$DISTILLED"
		exits 1
		matches_schema
		rebtf relocate --json --old-base "$OLD" --base "$NEW" --policy $policy --on-mismatch local \
			--out-dir moved "$DISTILLED"
		matches_schema
	done
	[ "$(jq -s '[.[].misfits[]?.changes[]?] | length' <<< "$output")" -gt 10 ]
}

@test "what all verbs print of loading is as the schema says" {
	local modules=$DATA/machine/lib/modules/6.1.0-55-amd64/kernel base=$DATA/vmlinux/6.1.0-55-amd64.btf
	local symvers=$DATA/machine/usr/src/linux-headers-6.1.0-56-amd64/Module.symvers
	sed 's/^0x[0-9a-f]*\tether_setup\t/0x00000001\tether_setup\t/' "$symvers" > other
	rebtf check --json --old-base "$base" --base "$NEW" "$modules"
	matches_schema
	rebtf check --json --old-base "$base" --base "$NEW" --symvers other "$modules"
	matches_schema
	[ "$(jq -c 'select(.file) | .loading.verdict' <<< "$output" | sort -u | tr '\n' ' ')" = '"no" "unknown" ' ]
	rebtf check --json --base "$NEW" --symvers other "$modules"
	matches_schema
	rebtf info --json --base "$base" --symvers other "$modules"
	matches_schema
	rebtf relocate --json --old-base "$base" --base "$NEW" --strip-signature --symvers other --out-dir moved "$modules"
	matches_schema
	rebtf standalone --json --base "$base" --strip-signature --out-dir alone "$modules"
	matches_schema
	rebtf renumber --json --base "$NEW" --out-dir shown alone
	matches_schema
}

@test "what distill prints is as the schema says" {
	rebtf distill --json --base "$OLD" --out-dir kept "$SPLIT"
	exits 0
	matches_schema
	[[ $used =~ ^distilled:[0-9]+\ summary:1$ ]]
	rebtf distill --json --expects --base "$OLD" --out-dir kept "$SPLIT"
	matches_schema
}

@test "what standalone and renumber print is as the schema says" {
	rebtf standalone --json --base "$NEW" --out-dir alone "$DISTILLED"
	exits 1
	matches_schema
	[[ $used =~ ^misfit:[0-9]+\ standalone:[0-9]+\ summary:1$ ]]
	rebtf renumber --json --base "$NEW" --out-dir renumbered alone
	exits 0
	matches_schema
	[[ $used =~ ^renumbered:[0-9]+\ summary:1$ ]]
}

@test "what downgrade prints is as the schema says" {
	rebtf downgrade --json --for-kernel 5.10 --out-dir old "$NEW" "$DATA/ko/crc-itu-t.ko" -B "$OLD"
	exits 0
	matches_schema
	[[ $used == *'downgraded:'*' summary:1' ]]
}

@test "what info prints is as the schema says, for every form" {
	"$REBTF" relocate --quiet --base "$NEW" --out-dir moved "$DISTILLED/$FITTING"
	make_standalone_btf standalone.btf
	make_empty_btf empty.btf
	rebtf info --json "$SPLIT/$FITTING" "$DISTILLED" standalone.btf empty.btf
	matches_schema
	rebtf info --json --base "$NEW" moved "$SPLIT" "$DISTILLED" standalone.btf empty.btf "$DATA"/ko/*.ko*
	matches_schema
	[[ $used =~ ^described:[0-9]+\ failed:1$ ]]
}

@test "modules that were left alone, and files that failed, are as the schema says" {
	make_standalone_btf standalone.btf
	printf 'no BTF' > bad.ko
	rebtf relocate --json --base "$NEW" --out-dir moved standalone.btf bad.ko missing.ko "$SPLIT/$FITTING"
	exits 1
	matches_schema
	[ "$used" = "failed:3 left:1 summary:1" ]
}

@test "a key that the schema does not have is found, and so is one that is missing" {
	rebtf check --json --base "$NEW" "$DISTILLED/$MISFIT"
	matches_schema
	local whole=$output
	output=$(jq -c 'if .misfits then .misfits[0].path[0].more = 1 else . end' <<< "$whole")
	if matches_schema; then return 1; fi
	[[ $used == "misfits/0/path/0: "*more* ]]
	output=$(jq -c 'if .misfits then del(.misfits[0].remedy) else . end' <<< "$whole")
	if matches_schema; then return 1; fi
	[[ $used == "misfits/0: "*remedy* ]]
	output=$(jq -c '.schema = 2' <<< "$whole")
	if matches_schema; then return 1; fi
}

@test "a key that the manual page does not have is found" {
	page=$PWD/page.rst
	rebtf check --json --base "$NEW" "$DISTILLED/$MISFIT"
	for key in candidate_count member refs_localized unreached; do
		sed "s/\`\`$key\`\`/$key/" "$BATS_TEST_DIRNAME/../../docs/rebtf-json.rst" > "$page"
		if matches_schema; then return 1; fi
		[[ $used == "not in page.rst: $key"* ]]
	done
}

@test "the manual page has every key of the schema, and explains no other" {
	cd "$BATS_TEST_DIRNAME/../../docs"
	jq -r '.. | .properties? // empty | keys[]' rebtf.schema.json | sort -u > "$BATS_TEST_TMPDIR/keys"
	[ "$(wc -l < "$BATS_TEST_TMPDIR/keys")" -gt 50 ]
	grep -oE '``[^`]+``' rebtf-json.rst | tr -d '`' | sort -u | comm -23 "$BATS_TEST_TMPDIR/keys" - > "$BATS_TEST_TMPDIR/missing"
	diff /dev/null "$BATS_TEST_TMPDIR/missing"
	# The terms of the lists are keys, or outcomes.
	jq -r '.. | (.properties? // empty | keys[]), (.outcome? // empty | (.const, .enum[]?) // empty)' rebtf.schema.json |
		sort -u > "$BATS_TEST_TMPDIR/known"
	grep -B 1 '^    ' rebtf-json.rst | grep '^``' | sed 's/;.*//' | grep -oE '``[^`]+``' | tr -d '`' | sort -u |
		comm -13 "$BATS_TEST_TMPDIR/known" - > "$BATS_TEST_TMPDIR/unknown"
	diff /dev/null "$BATS_TEST_TMPDIR/unknown"
}

@test "what dry runs of all verbs that write print is as the schema says" {
	rebtf distill --json -n --expects --base "$OLD" --out-dir kept "$SPLIT"
	matches_schema
	rebtf relocate --json -n --old-base "$OLD" --base "$NEW" --on-mismatch local --out-dir moved "$DISTILLED"
	matches_schema
	rebtf standalone --json -n --base "$NEW" --out-dir alone "$DISTILLED" missing.ko
	matches_schema
	[[ $used =~ ^failed:1\ misfit:[0-9]+\ standalone:[0-9]+\ summary:1$ ]]
	make_standalone_btf x.btf
	rebtf renumber --json -n --base "$NEW" --out-dir shown x.btf "$DISTILLED/$FITTING"
	matches_schema
	[ "$used" = 'failed:1 renumbered:1 summary:1' ]
	rebtf relocate --json -n --base "$NEW" --out-dir moved x.btf
	matches_schema
	[ "$used" = 'left:1 summary:1' ]
	rebtf extract --json -n --output out x.btf missing.ko
	matches_schema
	[ "$used" = 'extracted:1 failed:1 summary:1' ]
	[ "$(ls)" = x.btf ]
}

@test "what header prints is as the schema says" {
	rebtf header --json "$OLD"
	exits 0
	matches_schema
	[ "$used" = header:1 ]
	rebtf header --json --only-modules --base "$OLD" "$SPLIT" "$DISTILLED/$MISFIT"
	exits 0
	matches_schema
	# A pointer to itself.
	raw_btf x.btf '' 0 0x2000000 1
	rebtf header --json --as standalone x.btf
	exits 0
	matches_schema
}

@test "what verify prints is as the schema says" {
	rebtf verify --json --base "$OLD" "$SPLIT"
	exits 0
	matches_schema
	[[ $used =~ ^accepted:[0-9]+\ summary:1$ ]]
	rebtf verify --json --all --base "$NEW" --as split "$SPLIT"
	exits 1
	matches_schema
	[[ $used =~ refused:[0-9]+\ summary:1$ ]]
}

@test "what is left out is as the schema says, and counted" {
	make_shape() {
		"$BATS_TEST_DIRNAME/../stress/worst/command.py" --make "$@"
	}
	make_shape long_paths 800
	rebtf check --json --old-base old.btf --base new.btf x.btf
	matches_schema
	[ "$(jq -s '.[0].misfits_left_out + (.[0].misfits | length)' <<< "$output")" -eq 800 ]
	[ "$(jq -s '.[0].misfits[0] | .path_left_out + (.path | length)' <<< "$output")" -eq 204 ]

	make_shape wide_changes 4000
	rebtf check --json --old-base old.btf --base new.btf x.btf
	matches_schema
	[ "$(jq -s '.[0].misfits[0] | .changes_left_out + (.changes | length)' <<< "$output")" -eq 4000 ]

	make_shape names_of_500_bytes 5000
	rebtf check --json --old-base old.btf --base new.btf x.btf
	matches_schema
	[ "$(jq -s '.[1].summary | .reasons_left_out > 1000 and (.reasons | length) > 1000' <<< "$output")" = true ]
	rebtf check --json --on-mismatch local --old-base old.btf --base new.btf x.btf
	matches_schema
	[ "$(jq -s '.[1].summary.localized_types_left_out > 1000' <<< "$output")" = true ]

	make_shape violations 1000
	rebtf verify --json --all --as standalone x.btf
	matches_schema
	[ "$(jq -s '.[0].violations_left_out > 100' <<< "$output")" = true ]
}

@test "what core-check and min-core print is as the schema says" {
	BATS_FILE_TMPDIR=$PWD compile relocations missing
	rebtf core-check --json --base "$OLD" relocations.bpf.o missing.bpf.o nothing
	exits 2
	matches_schema
	[ "$used" = "answered:2 failed:1" ]
	rebtf min-core --json --base "$OLD" -o min.btf missing.bpf.o
	exits 0
	matches_schema
	[ "$used" = "minimized:1" ]
}
