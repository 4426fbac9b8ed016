# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# bash completion for rebtf: verbs, options, releases for --base, and files that may contain BTF.

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

_rebtf()
{
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local verbs='distill relocate check standalone renumber info dump verify extract' verb='' i
	local write='--out-dir --strip-signature --compress-level --sign --cert --sign-hash'
	local fit='--policy --on-mismatch --old-base --trust'
	local loading='--root --symvers --require-loadable'
	local global='--color --help --usage --version'
	local batch="--jobs --json --quiet --verbose --no-cache $global"
	local common="--base --as $batch"

	COMPREPLY=()
	# If = is a word break, "--base=x" arrives as three words.
	if [[ $cur == '=' ]]; then
		cur=''
	elif [[ $previous == '=' && $COMP_CWORD -ge 2 ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	for ((i = 1; i < COMP_CWORD; i++)); do
		# Options and their values may precede the verb.
		if [[ " $verbs help " == *" ${COMP_WORDS[i]} "* ]]; then
			verb=${COMP_WORDS[i]}
			break
		fi
	done

	case $verb in
	'')
		_rebtf_words "$verbs help $global"
		return
		;;
	help)
		_rebtf_words "$verbs"
		return
		;;
	esac

	case $previous in
	--rules)
		_rebtf_words '6.1 6.12 6.18 7.2'
		return
		;;
	--kernel)
		_rebtf_words "$(_rebtf_releases)"
		return
		;;
	--policy)
		_rebtf_words 'kernel strict lenient'
		return
		;;
	--on-mismatch)
		_rebtf_words 'refuse local'
		return
		;;
	--trust)
		return
		;;
	-B | --base | --old-base)
		_rebtf_words "$(_rebtf_releases)"
		_rebtf_files '*@(vmlinu[xz]*|*.btf|*.efi|*.tar.xz|*[Ii]mage*)'
		return
		;;
	-o | --out-dir | --output | --root)
		[ "$verb" = extract ] && _rebtf_files '*' && return
		_rebtf_files ''
		return
		;;
	--sign | --cert | --symvers)
		_rebtf_files '*'
		return
		;;
	--sign-hash)
		_rebtf_words 'sha256 sha384 sha512'
		return
		;;
	-j | --jobs | --compress-level)
		return
		;;
	--as)
		_rebtf_words 'split standalone'
		return
		;;
	--color)
		# --color takes its value only after =.
		[[ ${COMP_WORDS[COMP_CWORD - 1]} == '=' || ${COMP_WORDS[COMP_CWORD]} == '=' ]] &&
			_rebtf_words 'auto always never' && return
		;;
	esac

	if [[ $cur != -* ]]; then
		case $verb in
		info | dump | verify | standalone | extract)
			_rebtf_words "$(_rebtf_releases)"
			_rebtf_files '*@(.ko|.ko.xz|.ko.zst|.ko.gz|.btf|.efi|.tar.xz|.deb|.rpm|vmlinu[xz]*|*[Ii]mage*)'
			;;
		*)
			_rebtf_files '*@(.ko|.ko.xz|.ko.zst|.ko.gz|.btf|vmlinux*)'
			;;
		esac
		return
	fi
	case $verb in
	distill)
		_rebtf_words "$common $write --any-release --expects --trust"
		;;
	relocate)
		_rebtf_words "$common $write $fit $loading --any-release --kernel --keep"
		;;
	renumber)
		_rebtf_words "$common $write $loading"
		;;
	standalone)
		_rebtf_words "$common $write $loading --any-release --full"
		;;
	check)
		_rebtf_words "$common $fit $loading --any-release"
		;;
	info)
		_rebtf_words "$common $loading --any-release"
		;;
	verify)
		_rebtf_words "$common --rules --over --pointer-size --all --kernel-btf"
		;;
	dump)
		_rebtf_words "--base --as --no-cache $global"
		;;
	extract)
		_rebtf_words "$batch --output"
		;;
	esac
}

complete -F _rebtf rebtf
