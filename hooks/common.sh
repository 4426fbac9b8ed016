# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# shellcheck shell=sh
#
# Shared by the hooks: settings, the signing key, running rebtf, and each hook's work. The hooks source this file in a
# subshell. They run during the installation of a kernel or the build of a module, and must never make it fail.

# A caller's environment must not change how the commands below work.
unset IFS CDPATH GREP_OPTIONS
trap '' PIPE

# Tests and image builders set $REBTF to a command that is not installed, and $REBTF_ROOT to another system.
rebtf=${REBTF:-rebtf}
root=${REBTF_ROOT:-}
newline='
'

say()
{
	printf 'rebtf: %s\n' "$*" >&2
}

# ------------------------------------------------------------------------------------------------------- settings

settings=$root/etc/default/rebtf
settings_max=16384
settings_complaints_max=3

# settings_text: prints the settings file. If the file cannot be read, prints only a message.
settings_text()
{
	[ -e "$settings" ] || return
	if [ ! -f "$settings" ] || [ ! -r "$settings" ]; then
		say "$settings: cannot read this file, so no settings apply"
	elif [ "$(head -c $((settings_max + 1)) "$settings" | wc -c)" -gt $settings_max ]; then
		say "$settings: the file has more than $settings_max bytes, so no settings apply"
	else
		cat "$settings"
	fi
}

# settings_read_value TEXT: parses the TEXT after NAME= in a line, and sets $value. False if TEXT is more than one word or
# one quoted text, maybe with a comment after it, or if a shell would expand it.
settings_read_value()
{
	case $1 in
	\'*\'*)
		after=${1#?}
		value=${after%%\'*}
		after=${after#*\'}
		;;
	\"*\"*)
		after=${1#?}
		value=${after%%\"*}
		after=${after#*\"}
		case $value in
		*[\\\$\`]*) return 1 ;;
		esac
		;;
	*)
		value=${1%%[[:blank:]]*}
		after=${1#"$value"}
		case $value in
		'~'* | *[\\\$\`\'\"\;\&\|\<\>\(\)]*) return 1 ;;
		esac
		;;
	esac
	case $after in
	'' | [[:blank:]]*) ;;
	*) return 1 ;;
	esac
	after=${after#"${after%%[![:blank:]]*}"}
	case $after in
	'' | '#'*) return 0 ;;
	*) return 1 ;;
	esac
}

# settings_complain NUMBER: reports that line NUMBER is not a setting.
settings_complain()
{
	complaints=$((complaints + 1))
	if [ "$complaints" -le "$settings_complaints_max" ]; then
		say "$settings: line $1: not a setting that rebtf knows, in the form NAME=VALUE or NAME=\"VALUE\": ignored"
	elif [ "$complaints" -eq $((settings_complaints_max + 1)) ]; then
		say "$settings: more lines that are no settings"
	fi
}

# settings_get NAME: prints the value of the setting NAME, read from standard input. With an empty NAME it only reports
# lines that are no settings. The file is parsed, not sourced, so it cannot end, stop or change the hook.
settings_get()
{
	number=0
	complaints=0
	found=
	carriage_return=$(printf '\r')
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%"$carriage_return"}
		line=${line#"${line%%[![:blank:]]*}"}
		case $line in
		'' | '#'*) continue ;;
		esac
		line=${line#export }
		case ${line%%=*} in
		REBTF_RELOCATE_OPTIONS | REBTF_SIGN_KEY | REBTF_SIGN_CERT) value=${line#*=} ;;
		*) value=\" ;;
		esac
		if [ "$value" = "$line" ] || ! settings_read_value "$value"; then
			[ -n "$1" ] || settings_complain "$number"
		elif [ "${line%%=*}" = "$1" ]; then
			found=$value
		fi
	done
	printf '%s' "$found"
}

settings_load()
{
	text=$(settings_text)
	printf '%s' "$text" | settings_get ''
	REBTF_RELOCATE_OPTIONS=$(printf '%s' "$text" | settings_get REBTF_RELOCATE_OPTIONS)
	REBTF_SIGN_KEY=$(printf '%s' "$text" | settings_get REBTF_SIGN_KEY)
	REBTF_SIGN_CERT=$(printf '%s' "$text" | settings_get REBTF_SIGN_CERT)
}

# -------------------------------------------------------------------------------------------------------- signing

# sign_with KEY CERT: signs with these files if they exist and the settings name no key.
sign_with()
{
	if [ -z "$REBTF_SIGN_KEY" ] && [ -r "$root$1" ] && [ -r "$root$2" ]; then
		REBTF_SIGN_KEY=$root$1
		REBTF_SIGN_CERT=$root$2
	fi
}

# sign_hash RELEASE: prints the hash algorithm for signatures of that kernel's modules.
sign_hash()
{
	for config in "$root/lib/modules/$1/build/.config" "$root/boot/config-$1"; do
		[ ! -f "$config" ] || sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$/\1/p' "$config"
	done | head -n 1
}

# -------------------------------------------------------------------------------------------------------- running

# last_bytes: passes on the end of standard input. Without tail it reads all input, so that the writer does not fail.
last_bytes()
{
	tail -c 16384 || while read -r _; do :; done
}

# run RELEASE VERB ARGUMENT...: runs a verb of rebtf on modules of the kernel RELEASE. After a failure it shows the
# output. After a success it shows the last line if modules were changed. The shell keeps only the output that
# last_bytes passes on.
run()
{
	release=$1
	verb=$2
	shift 2
	if [ -n "$REBTF_SIGN_KEY" ]; then
		hash=$(sign_hash "$release")
		set -- --sign="$REBTF_SIGN_KEY" --cert="$REBTF_SIGN_CERT" --sign-hash="${hash:-sha256}" "$@"
	fi
	said=$({ "$rebtf" "$verb" "$@" 2>&1 < /dev/null; printf '\n%s' "$?"; } | last_bytes)
	ended=${said##*"$newline"}
	said=${said%"$newline"*}
	said=${said%"$newline"}
	if [ "$ended" != 0 ]; then
		say "not all modules for $release are ready ('$verb' ended with status ${ended:-unknown}):$newline$said"
		return 1
	fi
	said=${said##*"$newline"}
	case $said in
	*[0-9]" relocated"* | *" distilled"*) printf 'rebtf: %s\n' "$said" ;;
	esac
	return 0
}

# relocate RELEASE [DIR...]: relocates the modules that are installed for a kernel, or the modules in each DIR.
relocate()
{
	to=$1
	shift
	# The options are words. The shell must not expand them.
	set -f
	# shellcheck disable=SC2086
	set -- $REBTF_RELOCATE_OPTIONS "$@"
	set +f
	run "$to" relocate --kernel="$to" ${root:+--root="$root"} --keep "$@"
}

# ---------------------------------------------------------------------------------------------------------- hooks

# is_usable RELEASE: whether the hook can run for that kernel: the file of a hook can outlast the rebtf that it came with.
is_usable()
{
	command -v "$rebtf" > /dev/null || return 1
	case $1 in
	'' | . | .. | */*)
		say "'$1' is not the release of a kernel: no module was changed"
		return 1
		;;
	esac
}

# start RELEASE: prepares to work on that kernel's modules. Returns false if the hook cannot run.
start()
{
	is_usable "$1" || return 1
	settings_load
	# The keys that DKMS signs with: DKMS's own, or Ubuntu's.
	sign_with /var/lib/dkms/mok.key /var/lib/dkms/mok.pub
	sign_with /var/lib/shim-signed/mok/MOK.priv /var/lib/shim-signed/mok/MOK.der
}

# has_modules DIR...: whether one of the directories contains a module. Without find, assumes that one does.
has_modules()
{
	command -v find > /dev/null || return 0
	[ -n "$(find "$@" -name '*.ko*' 2> /dev/null | head -n 1)" ]
}

# kernel_installed RELEASE: relocates the modules that are installed for a kernel, and DKMS's copies, which DKMS
# compares with the installed modules.
kernel_installed()
{
	start "$1" || return 0
	has_modules "$root/lib/modules/$1/" "$root/usr/lib/modules/$1/" || return 0
	relocate "$1"
	for directory in "$root"/var/lib/dkms/*/kernel-"$1"-*/module; do
		[ ! -d "$directory" ] || relocate "$1" "$directory" > /dev/null 2>&1
	done
	return 0
}

# lack_btf DIR: whether all modules in a directory are without BTF. Such modules need no kernel with BTF.
lack_btf()
{
	forms=$("$rebtf" info "$1" 2> /dev/null < /dev/null | head -c 1000000 | sed -n 's/^  form  *\([a-z]*\):.*/\1/p' | sort -u | head -n 2)
	[ "$forms" = none ]
}

# dkms_built RELEASE ARCHITECTURE: distills what DKMS will install, which is stripped, signed and compressed by now, and
# relocates it to its own kernel.
dkms_built()
{
	start "$1" || return 0
	modules=../$1/$2/module
	if [ ! -d "$modules" ]; then
		say "there is no $modules here: DKMS calls this hook after a build"
		return 0
	fi
	lack_btf "$modules" && return 0
	# The module's BTF was made over the first of these. The image that was built with it has the same BTF. A
	# vmlinux for building is often a copy of the running kernel's, so its release says nothing.
	base=
	for file in "$root/lib/modules/$1/build/vmlinux" "$root/boot/vmlinuz-$1" "$root/lib/modules/$1/vmlinuz"; do
		if [ -z "$base" ] && [ -r "$file" ]; then
			base=$file
		fi
	done
	# With another root, a release would be looked up in the wrong system.
	base=${base:-${root:+$root/boot/vmlinuz-}$1}
	run "$1" distill --expects --any-release --base="$base" "$modules" > /dev/null
	relocate "$1" "$modules"
	return 0
}

# build_directory RELEASE: prints the directory where modules are built for that kernel, or nothing.
build_directory()
{
	link=$root/lib/modules/$1/build
	target=$(readlink "$link")
	case $target in
	/*) link=$root$target ;;
	esac
	[ ! -d "$link" ] || printf '%s' "$link"
}

# has_resolver DIR: whether builds in the directory DIR have a resolve_btfids, or can have rebtf's, which is linked there.
has_resolver()
{
	resolver=$1/tools/bpf/resolve_btfids/resolve_btfids
	[ ! -x "$resolver" ] || return 0
	ours=$(command -v rebtf-resolve_btfids) || return 1
	[ ! -e "$resolver" ] && [ ! -L "$resolver" ] || return 1
	mkdir -p "${resolver%/*}" && ln -s "$ours" "$resolver"
}

# vmlinux_provided RELEASE: gives builds of modules the vmlinux without which they make no BTF. With it they also need
# pahole and resolve_btfids, and fail without, so it comes only where both are. A vmlinux of rebtf's that cannot be renewed
# is removed: wrong BTF is worse than none. A kernel without BTF is no error.
vmlinux_provided()
{
	is_usable "$1" || return 0
	build=$(build_directory "$1")
	[ -n "$build" ] || return 0
	if command -v pahole > /dev/null && has_resolver "$build" 2> /dev/null &&
		"$rebtf" provide-vmlinux --kernel "$1" ${root:+--root "$root"} --quiet 2> /dev/null < /dev/null; then
		return 0
	fi
	"$rebtf" provide-vmlinux --remove --kernel "$1" ${root:+--root "$root"} --quiet 2> /dev/null < /dev/null
	return 0
}

# has_own_btf RELEASE: whether the kernel was built with BTF, or its configuration is unknown.
has_own_btf()
{
	for config in "$root/boot/config-$1" "$root/lib/modules/$1/build/.config" "$root/lib/modules/$1/config"; do
		[ -r "$config" ] || continue
		grep -q '^CONFIG_DEBUG_INFO_BTF=[ym]' "$config"
		return
	done
	return 0
}

# carrier_provided RELEASE: gives BTF from the debug information of a kernel to programs with libbpf, if the kernel was
# built without BTF. Files of rebtf's that cannot be renewed are removed: wrong BTF is worse than none.
carrier_provided()
{
	start "$1" || return 0
	if [ -d "$root/lib/modules/$1" ] && ! has_own_btf "$1"; then
		for file in "$root/usr/lib/debug/boot/vmlinux-$1" "$root/usr/lib/debug/lib/modules/$1/vmlinux" \
			"$root/usr/lib/debug/usr/lib/modules/$1/vmlinux" "$root/lib/modules/$1/build/vmlinux"; do
			[ -r "$file" ] || continue
			set -- "$1" --install --kernel "$1" ${root:+--root "$root"} --from "$file" --quiet
			if [ -n "$REBTF_SIGN_KEY" ]; then
				hash=$(sign_hash "$1")
				set -- "$@" --sign="$REBTF_SIGN_KEY" --cert="$REBTF_SIGN_CERT" --sign-hash="${hash:-sha256}"
			fi
			release=$1
			shift
			"$rebtf" carrier "$@" 2> /dev/null < /dev/null && return 0
			set -- "$release"
		done
	fi
	[ ! -d "$root/lib/modules/$1" ] || "$rebtf" carrier --remove --kernel "$1" ${root:+--root "$root"} --quiet 2> /dev/null < /dev/null
	return 0
}
