# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# bash completion for rebtf. The command itself lists its verbs, its options and their values.

# Releases with installed modules or headers, as accepted by --base.
_rebtf_releases()
{
	local dir

	for dir in /lib/modules/*/ /usr/src/linux-headers-*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		dir=${dir##*/}
		printf '%s\n' "${dir#linux-headers-}"
	done
}

# Names that begin with $cur: directories, and files that match the pattern $1.
_rebtf_files()
{
	local name

	compopt -o filenames
	while IFS= read -r name; do
		# shellcheck disable=SC2053 # $1 is a pattern
		[[ -d $name || $name == $1 ]] && COMPREPLY+=("$name")
	done < <(compgen -f -- "$cur")
}

_rebtf_words()
{
	local word

	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen -W "$1" -- "$cur")
}

# Any input that may contain BTF: modules, kernels, packages and releases.
_rebtf_any()
{
	_rebtf_words "$(_rebtf_releases)"
	_rebtf_files '*@(.ko|.ko.xz|.ko.zst|.ko.gz|.btf|.efi|.tar.xz|.deb|.rpm|vmlinu[xz]*|*[Ii]mage*)'
}

# Completes a value of the kind $1, as "rebtf help --list" names it. Fails if there is no such kind.
_rebtf_value()
{
	case $1 in
	*RELEASE\|* | *\|RELEASE*)
		_rebtf_any
		;;
	*\|*)
		_rebtf_words "${1//|/ }"
		;;
	RELEASE)
		_rebtf_words "$(_rebtf_releases)"
		;;
	BASE)
		_rebtf_words "$(_rebtf_releases)"
		_rebtf_files '*@(vmlinu[xz]*|*.btf|*.ko?(.xz|.zst|.gz)|*.efi|*.tar.xz|*[Ii]mage*)'
		;;
	DIR)
		_rebtf_files ''
		;;
	FILE | LIST | KEY | CERT | OUT)
		_rebtf_files '*'
		;;
	N | NAME | VERSION | HASH) ;;
	*)
		return 1
		;;
	esac
}

# Called as a completion function: $1 is the command.
_rebtf()
{
	local command=${1:-rebtf} cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local verbs='' names='' args='' verb='' name letter value has_value='' i

	COMPREPLY=()
	# If = is a word break, "--base=x" arrives as three words.
	if [[ $cur == '=' ]]; then
		cur=''
		has_value=yes
	elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
		has_value=yes
	fi

	while IFS=$'\t' read -r name value _; do
		verbs+=" $name"
		for ((i = 1; i < COMP_CWORD; i++)); do
			# Options and their values may precede the verb.
			[[ -z $verb && ${COMP_WORDS[i]} == "$name" ]] && verb=$name args=$value
		done
	done < <("$command" help --list 2> /dev/null)

	while IFS=$'\t' read -r name letter value _; do
		names+=" $name"
		[[ $previous == "$name" || $previous == "$letter" ]] || continue
		# An optional value follows only "=".
		[[ $value != '['* || $has_value ]] || continue
		value=${value#[}
		_rebtf_value "${value%]}" && return
	done < <("$command" help --list "${verb:-help}" 2> /dev/null)

	if [[ $verb && $cur == -* ]]; then
		_rebtf_words "$names"
	elif [[ ! $verb || $verb == help ]]; then
		_rebtf_words "$verbs$([[ $verb ]] || echo "$names")"
	elif [[ $args == *RELEASE* ]]; then
		_rebtf_any
	else
		_rebtf_files '*@(.ko|.ko.xz|.ko.zst|.ko.gz|.btf|vmlinux*)'
	fi
}

complete -F _rebtf rebtf
