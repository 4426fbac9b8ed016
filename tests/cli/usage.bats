#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The command line: help, versions, refused arguments, and completion in bash.

load common

setup() {
	enter_work
}

verbs=$("$REBTF" --help | sed -nE '/^Verbs:/,/^$/s/^  ([a-z]+) .*/\1/p' | grep -v help)

@test "--help lists every verb" {
	rebtf --help
	exits 0
	[ -z "$stderr" ]
	for verb in distill relocate check standalone renumber info dump verify help; do
		grep -qE "^  $verb +[a-z]" <<< "$output"
	done
	[ "$(wc -w <<< "$verbs")" -ge 8 ]
}

@test "help comes in every way of asking for it, and says every time the same" {
	rebtf --help
	local text=$output
	for way in -h help '-?' 'help -h' 'help --help' '--color=never --help'; do
		rebtf $way
		exits 0
		[ "$output" = "$text" ]
	done
	for verb in $verbs; do
		rebtf help "$verb"
		exits 0
		text=$output
		for way in "$verb -h" "$verb --help" "-h $verb" "--help $verb" "$verb -? x.btf" "$verb --jobs 2 -h" "--color help $verb"; do
			[[ $verb != dump || $way != *--jobs* ]] || continue
			rebtf $way
			exits 0
			[ "$output" = "$text" ]
		done
	done
}

@test "options before the verb are options of the verb" {
	make_standalone_btf x.btf
	rebtf verify --verbose --jobs 2 --json x.btf
	exits 0
	local said=$output
	for order in '--verbose verify --jobs 2 --json x.btf' '--json -vj2 verify x.btf' \
		'--js --verb verify --jobs=2 x.btf' '-v -j 2 --json -- verify x.btf'; do
		rebtf $order
		exits 0
		[ "$output" = "$said" ]
	done
	# The value of an option is not the verb.
	make_empty_btf empty.btf
	rebtf --base info dump empty.btf
	exits 0
	rebtf --out-dir x check x.btf
	exits 2
	[ "${stderr_lines[0]}" = "rebtf check: unknown option '--out-dir'" ]
	rebtf check -Z
	exits 2
	[ "${stderr_lines[0]}" = "rebtf check: unknown option '-Z'" ]
}

@test "what was probably meant by a mistyped verb or option is suggested" {
	suggested() {
		local suggestion=$1
		shift
		rebtf "$@"
		exits 2
		[ -z "$output" ]
		if [ -z "$suggestion" ]; then
			[[ $stderr != *'did you mean'* ]]
		else
			[[ ${stderr_lines[0]} == *": did you mean '$suggestion'?" ]] || { echo "$*: $stderr"; return 1; }
		fi
	}
	suggested check chekc x
	suggested check ceck x
	suggested check checkk x
	suggested relocate rel x
	suggested relocate reloacte x
	suggested standalone standallone x
	suggested verify help verfy
	suggested help hlep
	suggested '' frobnicate x
	suggested '' x x
	suggested '' "$(printf 'check%.0s' {1..10000})" x
	suggested --base check --bsae x y
	suggested --base check --basee=x y
	suggested --base --bas_ x check y
	suggested --strip-signature distill --strip-signatures x
	suggested --on-mismatch relocate --on-missmatch=local x
	suggested --verbose check -verbose x
	suggested '' check --frobnicate x
	suggested '' check -Z x
	suggested '' check --with-a-name-that-no-option-comes-near-to x
	# After -- all arguments are files.
	rebtf check --base ./none -- --bsae
	exits 2
	complains none 'No such file'
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
	refused --base x
	refused --base
	refused --color=blue check x.btf
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
	refused check --format json x.btf
	refused check --base x --base y x.btf
	refused verify --over x x.btf
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
	refused verify --rules 5.9 x.btf
	refused verify --rules new x.btf
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

@test "bash completes verbs, options and files" {
	source "$BATS_TEST_DIRNAME/../../completions/rebtf.bash"
	completed() {
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_rebtf "$REBTF" 2> /dev/null	# compopt works only in a real completion
		echo "${COMPREPLY[*]}"
	}
	touch one.ko one.ko.xz one.c vmlinux.btf
	[ "$(completed rebtf rel)" = relocate ]
	[ "$(completed rebtf --jobs 2 rel)" = relocate ]
	[ "$(completed rebtf check --ol)" = --old-base ]
	[ "$(completed rebtf --jobs 2 check --ol)" = --old-base ]
	[ "$(completed rebtf check --color = n)" = never ]
	[ "$(completed rebtf check --j)" = '--jobs --json' ]
	[ "$(completed rebtf check --base vm)" = vmlinux.btf ]
	[ "$(completed rebtf carrier --kernel vm)" = vmlinux.btf ]
	[ "$(completed rebtf core-check --modules one.ko.)" = one.ko.xz ]
	[ "$(completed rebtf core-check --modules RELE)" = '' ]
	[ "$(completed rebtf check one | tr ' ' '\n' | sort | xargs)" = "one.ko one.ko.xz" ]
}
