#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command has one list of verbs and one of options, and prints them: rebtf help --list. The manual pages, the README
# and the completions agree with these lists, and rebtf(3) has the functions of the library (lists.py).

load common

setup() {
	enter_work
	source_tree=$BATS_TEST_DIRNAME/../..
	verbs=$("$REBTF" help --list | cut -f 1)
}

# options VERB: prints the names of the verb's options, sorted.
options() {
	"$REBTF" help --list "$1" | cut -f 1,2 | tr '\t' '\n' | grep -x -- '--*[a-zA-Z][a-z-]*' | LC_ALL=C sort
}

@test "help --list prints each verb, and each of its options with what --help says of it" {
	[ "$(wc -w <<< "$verbs")" -ge 10 ]
	[ "$verbs" = "$("$REBTF" --help | sed -nE '/^Verbs:/,/^$/s/^  ([a-z]+(-[a-z]+)*) .*/\1/p')" ]
	for verb in $verbs; do
		[ "$("$REBTF" help --list "$verb" | awk -F '\t' 'NF != 4 || !$1 || !$2 || !$3 || !$4')" = '' ]
		diff <(options "$verb" | grep -- --) \
			<("$REBTF" help "$verb" | sed -nE 's/^ {2,6}(-., +)?(--[a-z-]+).*/\2/p' | LC_ALL=C sort)
	done
	rebtf help --list verify
	says $'--base\t-B\tBASE\tThe kernel'
	says $'--all\t-\t-\tReport'
	says $'--color\t-\t[auto|always|never]\t'
	rebtf help --list frobnicate
	exits 2
	complains "unknown verb 'frobnicate'"
}

@test "manual pages and README have all verbs, options and functions, and no others" {
	python3 "$BATS_TEST_DIRNAME/lists.py" "$REBTF" "$source_tree"
}

@test "a list that lacks an entry is found, and so is one that has another" {
	# finds EXPECTED SED_SCRIPT FILE: changes a copy of the file.
	finds() {
		cp "$source_tree/$3" original
		sed -E "$2" original > "tree/$3"
		run ! cmp -s original "tree/$3"
		run python3 "$BATS_TEST_DIRNAME/lists.py" "$REBTF" tree
		cp original "tree/$3"
		[ "$status" -eq 1 ]
		[[ $output == *"$1"* ]] || { echo "$2: $output"; return 1; }
	}
	mkdir tree
	cp -r "$source_tree/docs" "$source_tree/README.md" "$source_tree/include" tree
	finds 'VERBS: lacks check' '/^\*\*check\*\*$/d' docs/rebtf.rst
	finds 'VERBS: has frob too much' 's/^\*\*check\*\*$/&\n    x\n\n**frob**/' docs/rebtf.rst
	finds 'OPTIONS: lacks --symvers' 's/^\*\*--symvers\*\*/--symvers/' docs/rebtf.rst
	finds 'OPTIONS: lacks -q' 's/^\*\*-q\*\*, //' docs/rebtf.rst
	finds 'OPTIONS: has --frob too much' 's/^\*\*-q\*\*, /&**--frob**, /' docs/rebtf.rst
	finds 'rebtf-verify.rst: OPTIONS: lacks --rules' 's/^\*\*--rules\*\*/**--all**/' docs/rebtf-verify.rst
	finds 'rebtf-verify.rst: OPTIONS: has --over too much' 's/^\*\*--all\*\*/**--over**\n    x\n\n&/' docs/rebtf-verify.rst
	finds 'rebtf-info.rst: OPTIONS: lacks --json' 's/\*\*--json\*\*, //' docs/rebtf-info.rst
	finds 'rebtf-info.rst: OPTIONS: has --keep too much' 's/\*\*--json\*\*, /&**--keep**, /' docs/rebtf-info.rst
	finds 'rebtf-info.rst: SYNOPSIS: has --keep too much' 's/^(\*\*rebtf\*\* \*\*info\*\*) /\1 **--keep** /' docs/rebtf-info.rst
	finds 'rebtf-info.rst: SYNOPSIS: lacks info' 's/^(\*\*rebtf\*\*) \*\*info\*\*/\1/' docs/rebtf-info.rst
	finds 'rebtf-dump.rst: SYNOPSIS: lacks *FILE*' 's/^(\*\*rebtf\*\* .*) \*FILE\*.*/\1 *FILE*/' docs/rebtf-dump.rst
	finds 'README.md: verbs: lacks dump' '/^\| `rebtf dump /d' README.md
	finds 'README.md: verbs: has undump too much' 's/^\| `rebtf dump /| `rebtf undump |\n&/' README.md
	finds 'README.md: rebtf check has no --format' 's/^\$ rebtf check /&--format json /' README.md
	finds 'rebtf.3.rst: FUNCTIONS: lacks rebtf_verify' '/^\| \*\*rebtf_verify\*\*/d' docs/rebtf.3.rst
	finds 'rebtf.3.rst: FUNCTIONS: has rebtf_frob too much' 's/^\| \*\*rebtf_verify\*\*/| **rebtf_frob**\\(): x\n&/' docs/rebtf.3.rst
	finds 'rebtf.3.rst: FUNCTIONS: has rebtf_verify twice' 's/^\| \*\*rebtf_verify\*\*.*/&\n&/' docs/rebtf.3.rst
	finds 'rebtf.3.rst: FUNCTIONS: has rebtf_type_vlen too much' '/^static inline .*rebtf_type_vlen/d' include/rebtf.h
	finds 'meson.build: lacks rebtf-dump' "/'rebtf-dump'/d" docs/meson.build
	finds 'meson.build: has rebtf-undump too much' "s/'rebtf-dump': '1',/& 'rebtf-undump': '1',/" docs/meson.build
}

# bash and fish are asked for completions; of zsh, the functions that complete print what they are told.
@test "the completions of all shells offer all verbs and options, and no others" {
	local shell
	mkdir bin
	ln -s "$REBTF" bin/rebtf
	PATH=$PWD/bin:$PATH
	in_bash() {
		bash -c '
			source "$1/completions/rebtf.bash"
			shift
			COMP_WORDS=(rebtf "$@") COMP_CWORD=$#
			_rebtf rebtf 2> /dev/null
			printf "%s\n" "${COMPREPLY[@]}"' - "$source_tree" "$@"
	}
	in_fish() {
		fish --no-config -c "source $source_tree/completions/rebtf.fish; complete -C 'rebtf $*'" | cut -f 1 | grep -v =
	}
	in_zsh() {
		zsh -f -c '
			compdef() {}
			_arguments() {
				(( $# > 2 )) && [[ $argv[-1] == *-\>arguments ]] && { state=${wanted:+arguments}; state=${state:-verb}; words=($wanted); return 1 }
				print -rl -- ${${(M)argv:#\*-*}%%[=+\[]*}
			}
			_describe() { print -rl -- ${(P)argv[-1]%%:*} }
			wanted=$2 words=(rebtf); source $1' - "$source_tree/completions/_rebtf" "$1" | sed 's/^\*//'
	}
	for shell in bash fish zsh; do
		command -v $shell > /dev/null || { echo "# no $shell" >&3; continue; }
		local offered
		offered=$(if [ $shell = zsh ]; then in_zsh ''; else in_$shell ''; fi | grep -v '^-')
		diff <(LC_ALL=C sort <<< "$offered") <(LC_ALL=C sort <<< "$verbs")
		for verb in $verbs; do
			[ $verb != help ] || continue
			diff <(in_$shell $verb -- | grep '^--' | LC_ALL=C sort -u) <(options $verb | grep '^--') ||
				{ echo "$shell $verb"; return 1; }
		done
	done
}
