# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# shellcheck shell=sh
#
# What the hooks share: settings, the key that modules are signed with, and how a run is reported. A hook is a guest
# in somebody else's work, the installation of a kernel or the build of a module, and never makes that fail.

# Both are for tests, and for making images: a command that is not installed, and a system that is not this one.
rebtf=${REBTF:-rebtf}
root=${REBTF_ROOT:-}

# Settings: see docs/hooks.md.
REBTF_RELOCATE_OPTIONS=
REBTF_SIGN_KEY=
REBTF_SIGN_CERT=
if [ -r "$root/etc/default/rebtf" ]; then
	. "$root/etc/default/rebtf"
fi

# A hook can outlast the package that it came with.
command -v "$rebtf" > /dev/null || exit 0

# sign_with KEY CERT: unless the settings name a key, and if these are there.
sign_with()
{
	if [ -z "$REBTF_SIGN_KEY" ] && [ -r "$root$1" ] && [ -r "$root$2" ]; then
		REBTF_SIGN_KEY=$root$1
		REBTF_SIGN_CERT=$root$2
	fi
}

# What DKMS signs with, by itself and on Ubuntu.
sign_with /var/lib/dkms/mok.key /var/lib/dkms/mok.pub
sign_with /var/lib/shim-signed/mok/MOK.priv /var/lib/shim-signed/mok/MOK.der

# The hash that modules of the kernel RELEASE are signed with: sign_hash RELEASE.
sign_hash()
{
	cat "$root/lib/modules/$1/build/.config" "$root/boot/config-$1" 2> /dev/null |
		sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"$/\1/p' | head -n 1
}

# Runs a verb of rebtf on modules of the kernel RELEASE: run RELEASE VERB OPTION... [FILE...]
# What it printed is shown if not all went well, and its last line if something was done.
run()
{
	release=$1
	verb=$2
	shift 2
	if [ -n "$REBTF_SIGN_KEY" ]; then
		hash=$(sign_hash "$release")
		set -- --sign "$REBTF_SIGN_KEY" --cert "$REBTF_SIGN_CERT" --sign-hash "${hash:-sha256}" "$@"
	fi
	if said=$("$rebtf" "$verb" "$@" 2>&1); then
		said=$(printf '%s\n' "$said" | tail -n 1)
		case $said in
		*" relocated"* | *" distilled"*)
			printf 'rebtf: %s\n' "$said"
			;;
		esac
		return 0
	fi
	printf 'rebtf: not all modules for %s are ready:\n%s\n' "$release" "$said" >&2
	return 1
}

# relocate RELEASE [DIR...]: the modules that are installed for it, or those in each DIR.
relocate()
{
	to=$1
	shift
	# Settings are words.
	# shellcheck disable=SC2086
	run "$to" relocate --kernel "$to" ${root:+"--root=$root"} --keep $REBTF_RELOCATE_OPTIONS "$@"
}
