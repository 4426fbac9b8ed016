#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf's explanation of a type that does not fit: changes, the module's need for the type, and remedies. It is tested
# as text, in colour, and as JSON, which explain.py checks by its own rules.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

explain() {
	python3 "$BATS_TEST_DIRNAME/explain.py" "$REBTF" "$OLD" "$NEW"
}

@test "each misfit says why it matters and what can be done" {
	rebtf check --base "$NEW" "$DISTILLED/$MISFIT"
	exits 1
	[ "${lines[1]}" = '    struct device: 744 bytes then, 752 now (embedded)' ]
	[ "${lines[2]}" = "        needed  struct idxd_dev -> member 'conf_dev' -> struct device, embedded" ]
	# The code has the old layout, so localizing the type does not help. Rebuilding comes first.
	[ "${lines[3]}" = '        remedy  rebuild the module for that kernel, because its code has the old layout' ]
	[[ ${lines[4]} == *"or localize it (--on-mismatch local): the BTF stays true to the module's code, but the code may still be wrong" ]]
	[ "${lines[5]}" = '1 module: 1 does not fit' ]
}

@test "with the old definition at hand, it says what changed, member by member" {
	rebtf check --old-base "$OLD" --base "$NEW" "$DISTILLED/virtio-rng.btf"
	exits 1
	diff - <(sed -n '2,6p' <<< "$output") <<-'END'
	    struct hwrng: 152 bytes then, 184 now (embedded)
	        changed member 'cleanup_work' is new at byte 88: struct work_struct of 32 bytes
	                member 'cleanup_done' moved from byte 88 to 120
	                member 'dying' moved from byte 120 to 152
	        needed  struct virtrng_info -> member 'hwrng' -> struct hwrng, embedded
	END
	# The same changes from the definitions recorded by distill --expects.
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir expecting "$SPLIT/virtio-rng.btf"
	local explained=$output
	rebtf check --base "$NEW" expecting/virtio-rng.btf
	diff <(sed 1d <<< "$explained") <(sed 1d <<< "$output")
}

@test "relocate and info explain as check does" {
	rebtf check --base "$NEW" "$DISTILLED/$MISFIT"
	sed '1d; $d' <<< "$output" > checked
	rebtf relocate --base "$NEW" --out-dir moved "$DISTILLED/$MISFIT"
	exits 1
	diff checked <(sed '1d; $d' <<< "$output")
	rebtf info --base "$NEW" "$DISTILLED/$MISFIT"
	diff checked <(sed '1,/^  fits/d' <<< "$output")
	# With the module's own expectations.
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir expecting "$SPLIT/$MISFIT"
	rebtf info --base "$NEW" "expecting/$(basename "$MISFIT")"
	says "changed member 'flags' is new at byte 744: long unsigned int[1] of 8 bytes"
}

@test "changes and paths in JSON are what dumps show" {
	rebtf check --json --old-base "$OLD" --base "$NEW" "$DISTILLED"
	exits 1
	run explain <<< "$output"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ ^[1-9][0-9]\ types,\ [1-9][0-9]+\ changes,\ [1-9][0-9]+\ steps$ ]]
}

@test "a change or a step that is wrong would be noticed" {
	rebtf check --json --old-base "$OLD" --base "$NEW" "$DISTILLED/virtio-rng.btf"
	local whole=$output wrong
	for wrong in '.changes[0].new.offset_bits = 8' '.changes |= .[1:]' '.changes[1].old.name = "x"' \
		'.path |= .[1:]' '.path[0].member = "x"'; do
		run explain <<< "$(jq -c "if .misfits then .misfits[0] |= ($wrong) else . end" <<< "$whole")"
		[ "$status" -eq 1 ] || { echo "unnoticed: $wrong"; return 1; }
	done
}

@test "what is localized has one line, and with --verbose its explanation" {
	rebtf check --on-mismatch local --base "$NEW" "$DISTILLED/$MISFIT"
	exits 0
	[[ ${lines[0]} =~ ^"$DISTILLED/$MISFIT: fits, 1 of "[0-9]+" base types localized"$ ]]
	[ "${lines[1]}" = '    struct device: 744 bytes then, 752 now (embedded), localized, but the code still has the old layout' ]
	[[ ${lines[2]} =~ ^"1 module: 1 would be kept by localizing 1 type ("[0-9.]+" % of their type references)"$ ]]
	rebtf check --verbose --on-mismatch local --base "$NEW" "$DISTILLED/$MISFIT"
	says "needed  struct idxd_dev -> member 'conf_dev' -> struct device, embedded"
	[[ $output != *remedy* ]]
}

@test "what the module's code has the old layout of is not harmless, whether it is localized or not" {
	local more
	for more in '' '--on-mismatch local'; do
		# shellcheck disable=SC2086
		rebtf check --json --old-base "$OLD" --base "$NEW" $more "$DISTILLED"
		jq -e 'select(.misfits) | .misfits[] | select(.kind == "STRUCT" and .embedded) | .harmless' <<< "$output" && return 1
		# struct device has a new member at its end and is larger, so it no longer matches the code.
		[ "$(jq -c '.misfits[]? | select(.name == "device") | .changes[] | .harmless' <<< "$output" | sort -u)" = false ]
	done
	rebtf check --json --base "$NEW" "$DISTILLED"
	[ "$(jq -c '.misfits[]? | select(.name == "device") | [.remedy, .remedies, .harmless]' <<< "$output" | sort -u)" = \
		'["rebuild",["rebuild","localize"],false]' ]
}

@test "modules that are kept, and the types that are localized for them, add up" {
	rebtf check --json --on-mismatch local --base "$NEW" "$DISTILLED"
	exits 0
	local made said
	made=$(jq -sc 'map(select(.localized > 0)) | [length, (map(.localized) | add), (map(.refs) | add),
		(map(.refs_localized) | add), (map(.misfits | map(select(.localized)) | length) | add)]' <<< "$output")
	said=$(jq -c '.summary // empty | [.kept, .localized, .refs, .refs_localized,
		(.localized_types | map(.modules) | add)]' <<< "$output")
	[ "$made" = "$said" ] || { echo "$made"; echo "$said"; return 1; }
	[ "$(jq '.[0]' <<< "$made")" -gt 10 ]
	rebtf check --on-mismatch local --base "$NEW" "$DISTILLED"
	[[ ${lines[-1]} == *" $(jq '.[0]' <<< "$made") would be kept by localizing $(jq '.[1]' <<< "$made") types ("* ]]
}

@test "text has colours on a terminal, and nowhere else" {
	command -v script > /dev/null || skip "needs script(1)"
	local check="'$REBTF' check --base '$NEW' '$DISTILLED/$MISFIT'"

	TERM=xterm script -qec "$check" /dev/null > colours < /dev/null || true
	grep -qF $'\e[31mdoes not fit\e[0m' colours
	# Without the colours, the text equals the output to a pipe.
	rebtf check --base "$NEW" "$DISTILLED/$MISFIT"
	[[ $output != *$'\e'* ]]
	diff <(sed 's/\x1b\[[0-9]*m//g; s/\r$//' colours) <(printf '%s\n' "$output")
	TERM=xterm NO_COLOR=1 script -qec "$check" /dev/null > plain < /dev/null || true
	TERM=dumb script -qec "$check" /dev/null > dumb < /dev/null || true
	TERM=xterm script -qec "$check --json" /dev/null > json < /dev/null || true
	for file in plain dumb json; do
		[ -s $file ]
		if grep -q $'\e' $file; then return 1; fi
	done
}

@test "the path, the types and the verdict on a module stand out" {
	styled check --base "$NEW" --old-base "$OLD" "$DISTILLED/$MISFIT"
	exits 1
	[[ $output == "<strong>$DISTILLED/$MISFIT<>: <bad>does not fit<>"$'\n'* ]]
	says "    <strong>struct device<>: "
	for label in changed needed remedy; do
		grep -qE "^<faint>        $label +<>[^ <]" <<< "$output"
	done
	styled check --verbose --base "$NEW" "$DISTILLED/$FITTING"
	exits 0
	says "<strong>$DISTILLED/$FITTING<>: <good>fits<>, "
	styled check --on-mismatch local --base "$NEW" "$DISTILLED/$MISFIT"
	exits 0
	says "<strong>$DISTILLED/$MISFIT<>: <warn>"
	says "    <strong>struct device<>: "
}

@test "the headings of a summary stand out" {
	mkdir broken
	head -c 100 "$SPLIT/$FITTING" > broken/one.btf
	cp broken/one.btf broken/two.btf
	styled check --base "$NEW" "$DISTILLED" broken
	exits 1
	says $'\n<strong>Reasons why modules do not fit, by number of modules:<>\n'
	says $'\n<strong>Errors, by number of modules:<>\n'
	styled check --on-mismatch local --base "$NEW" "$DISTILLED"
	exits 0
	says $'\n<strong>Localized types, by number of modules:<>\n'
}

@test "names with control characters do not reach the terminal" {
	# "idxd_dev", the module's own struct on the path, gets a name that would clear the screen.
	mkdir -p odd
	sed 's/\x00idxd_dev\x00/\x00id\x1b[2J__\x00/' "$DISTILLED/$MISFIT" > odd/x.btf
	cp "$DISTILLED/$MISFIT.base" odd/x.btf.base
	rebtf check --base "$NEW" odd/x.btf
	exits 1
	says 'struct id\x1b[2J__ -> member'
	[[ $output != *$'\e'* ]]
}
