#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command line: help, versions, what is refused, and that manual pages and completions know it all.

load common

setup() {
	enter_work
}

verbs='distill relocate check info dump verify'

# Long options of a verb, as its help lists them.
long_options() {
	"$REBTF" "$1" --help | grep -oE -- '^ .*--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

@test "--help lists every verb" {
	rebtf --help
	exits 0
	[ -z "$stderr" ]
	for verb in $verbs help; do
		grep -qE "^  $verb +[a-z]" <<< "$output"
	done
}

@test "help fits a terminal of 80 columns, with its examples and lists unbroken" {
	for verb in '' $verbs; do
		rebtf $verb --help
		exits 0
		awk 'length > 79 { print "too long: " $0; bad = 1 }
			before ~ /^  (rebtf|cd|[a-z]+   )/ && /^[^ ]/ { print "broken: " before; bad = 1 }
			{ before = $0 }
			END { exit bad }' <<< "$output"
	done
}

@test "--help of a verb and help VERB say the same, with an example" {
	for verb in $verbs; do
		rebtf help "$verb"
		exits 0
		local text=$output
		rebtf "$verb" --help
		exits 0
		[ "$output" = "$text" ]
		says "Usage: rebtf $verb "
		says "  rebtf $verb "
	done
}

@test "--version says name and version" {
	rebtf --version
	exits 0
	[[ $output =~ ^rebtf\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	local version=$output
	rebtf check --version
	exits 0
	[ "$output" = "$version" ]
}

@test "wrong usage is refused with status 2, and a word on stderr alone" {
	refused() {
		rebtf "$@"
		exits 2
		[ -z "$output" ] || { echo "$* printed: $output"; return 1; }
		[[ ${stderr_lines[0]} == rebtf* ]] || { echo "$* complained: $stderr"; return 1; }
	}
	refused
	refused frobnicate x.btf
	refused --frobnicate
	refused help frobnicate
	for verb in $verbs; do
		refused "$verb"
		refused "$verb" --frobnicate x.btf
		refused "$verb" --base
		refused "$verb" --base= x.btf
		refused "$verb" ''
	done
	refused check --jobs 0 x.btf
	refused check --jobs -1 x.btf
	refused check --jobs 2x x.btf
	refused check --format yaml x.btf
	refused check --out-dir x x.btf
	refused distill --old-base x x.btf
	refused distill --trust x x.btf
	refused check --policy loose x.btf
	refused check --on-mismatch shrug x.btf
	refused check --kernel 6.1 x.btf
	refused relocate --kernel 6.1 --base x
	refused relocate --kernel ../6.1
	refused relocate --kernel=
	refused relocate --root /tmp x.btf
	refused dump a.btf b.btf
	refused verify --kernel 5.10 x.btf
	refused verify --kernel new x.btf
}

@test "help that cannot be printed is an error" {
	run -2 --separate-stderr bash -c '"$REBTF" --help > /dev/full'
	complains 'standard output' 'No space left'
}

@test "a base that is not there is one line of errors" {
	make_standalone_btf "x.btf"
	for verb in distill relocate check info; do
		rebtf "$verb" --base ./none.btf "x.btf"
		exits 2
		complains "none.btf" 'No such file'
	done
}

@test "manual pages explain every option of every verb" {
	cd "$BATS_TEST_DIRNAME/../docs"
	for verb in $verbs; do
		[[ $(long_options "$verb") == *--base* ]]
		for option in $(long_options "$verb"); do
			cat rebtf.rst "rebtf-$verb.rst" | grep -qE "^\*\*(.*\*\*)?$option\*\*" ||
				{ echo "$verb $option"; return 1; }
		done
	done
}

@test "completions know every verb and every option" {
	cd "$BATS_TEST_DIRNAME/../completions"
	for verb in $verbs; do
		grep -q "$verb" rebtf.bash
		grep -q "'$verb:" _rebtf
		grep -q -- "-a $verb " rebtf.fish
		[[ $(long_options "$verb") == *--base* ]]
		for option in $(long_options "$verb"); do
			grep -q -- "$option" rebtf.bash || { echo "bash $option"; return 1; }
			grep -q -- "$option" _rebtf || { echo "zsh $option"; return 1; }
			grep -q -- "-l ${option#--}" rebtf.fish || { echo "fish $option"; return 1; }
		done
	done
}

@test "bash completes verbs, options and files" {
	source "$BATS_TEST_DIRNAME/../completions/rebtf.bash"
	completed() {
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_rebtf 2> /dev/null	# compopt works in a real completion alone
		echo "${COMPREPLY[*]}"
	}
	touch one.ko one.ko.xz one.c vmlinux.btf
	[ "$(completed rebtf re)" = relocate ]
	[ "$(completed rebtf check --ol)" = --old-base ]
	[ "$(completed rebtf check --format = j)" = json ]
	[ "$(completed rebtf check --base vm)" = vmlinux.btf ]
	[ "$(completed rebtf check one | tr ' ' '\n' | sort | xargs)" = "one.ko one.ko.xz" ]
}
