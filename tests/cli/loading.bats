#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Whether the kernel loads a module: a verdict beside the verdict on its BTF. The modules are Debian's: those of
# 6.1.0-55, which 6.1.0-56 loads, and those of 6.1.0-47, which it refuses.

load common

RELEASE=6.1.0-56-amd64

setup_file() {
	unpack_data
	export BEFORE=$DATA/vmlinux/6.1.0-55-amd64.btf
}

# A machine with the relevant parts of the kernel: BTF, symbol versions, configuration, one module.
setup() {
	enter_work
	cp -rL "$DATA/machine" root
	mv root/lib/modules/6.1.0-55-amd64/kernel taken
	chmod -R u+w root taken
	symvers=root/usr/src/linux-headers-$RELEASE/Module.symvers
	config=root/boot/config-$RELEASE
	own=root/lib/modules/$RELEASE/kernel
	dummy=taken/drivers/net/dummy.ko
	base="--base $RELEASE --root root"
}

# on OLD_BASE VERB...: runs a verb for the kernel, on modules of an old base.
on() {
	local old=$1 verb=$2
	shift 2
	# shellcheck disable=SC2086
	rebtf "$verb" $base --old-base "$old" "$@"
}

@test "check gives one verdict on BTF and another on loading" {
	on "$BEFORE" check taken
	exits 0
	[ "${lines[0]}" = "Loading by $RELEASE: 5 yes" ]
	[ "${lines[1]}" = '5 modules: 5 fit' ]
	# Relocation makes its BTF fit, but the kernel does not load it.
	on "$OLD" check "$DATA/ko/tcp_bbr.ko"
	exits 0
	[[ ${lines[0]} == *"/tcp_bbr.ko: fits, 12 base types found" ]]
	[ "${lines[1]}" = '    loading no: disagrees about version of symbol module_layout' ]
	[ "${lines[-1]}" = '1 module: 1 fits' ]
	# And the reverse: the module loads, but its BTF does not fit.
	cp "$OLD" "root/lib/modules/$RELEASE/vmlinux"
	on "$BEFORE" check --policy strict --json taken
	exits 1
	[ "$(jq -r 'select(.outcome == "misfit") | .loading.verdict' <<< "$output" | sort -u)" = yes ]
}

@test "check names all causes of a batch once, by how many modules each concerns" {
	on "$OLD" check "$DATA/ko/tcp_bbr.ko" "$DATA/ko/wmi-bmof.ko.gz" "$DATA/ko/nls_utf8.ko.xz"
	exits 1
	[ "$(grep -c '^    loading no: disagrees about version of symbol module_layout$' <<< "$output")" = 3 ]
	says "Loading by $RELEASE: 3 no"
	says '    3 modules: disagrees about version of symbol module_layout'
	[ "${lines[-1]}" = '3 modules: 2 fit, 1 does not fit' ]
}

@test "on a terminal, the kernel in the summary stands out, and so does a refusal" {
	# shellcheck disable=SC2086
	styled check $base --old-base "$BEFORE" taken
	exits 0
	[[ $output == "<strong>Loading by $RELEASE<>: 5 yes"$'\n'* ]]
	# shellcheck disable=SC2086
	styled check $base --old-base "$OLD" "$DATA/ko/tcp_bbr.ko" "$DATA/ko/wmi-bmof.ko.gz" "$DATA/ko/nls_utf8.ko.xz"
	exits 1
	[ "$(grep -c '^    loading <bad>no<>: disagrees about version of symbol module_layout$' <<< "$output")" = 3 ]
	says "<strong>Loading by $RELEASE<>: 3 no"
	# shellcheck disable=SC2086
	styled check --verbose $base --old-base "$BEFORE" "$dummy"
	exits 0
	says '    loading <>yes<>'
}

@test "check judges the loading of a module whose BTF it cannot judge" {
	# shellcheck disable=SC2086
	rebtf check $base "$DATA/ko/tcp_bbr.ko"
	exits 2
	[ "${lines[0]}" = "$DATA/ko/tcp_bbr.ko: no verdict on its BTF" ]
	[ "${lines[1]}" = '    loading no: disagrees about version of symbol module_layout' ]
	[[ $stderr == *'built for the kernel 6.1.0-47-amd64, but the base is the kernel '*' with --old-base'* ]]
	# shellcheck disable=SC2086
	rebtf check $base --json taken "$DATA/ko/tcp_bbr.ko"
	exits 2
	[ "$(jq -r 'select(.file) | .outcome + " " + .loading.verdict' <<< "$output" | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = \
		' 1 failed no, 5 failed yes,' ]
}

@test "relocate warns once about modules that the kernel refuses, and writes them all the same" {
	on "$OLD" relocate --out-dir moved "$DATA/ko/tcp_bbr.ko" "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	[ "${#stderr_lines[@]}" = 2 ]
	[ "${stderr_lines[0]}" = "rebtf: warning: $RELEASE refuses to load 2 of 2 modules:" ]
	[ "${stderr_lines[1]}" = 'rebtf:     2 modules: disagrees about version of symbol module_layout' ]
	[ "${lines[-1]}" = '2 modules: 2 relocated' ]
	[ -s moved/tcp_bbr.ko ]
	# Modules that load are not mentioned.
	on "$BEFORE" relocate --strip-signature --out-dir moved taken
	exits 0
	[ "$output$stderr" = '5 modules: 5 relocated' ]
}

@test "with --require-loadable a module that the kernel refuses makes the exit status 1" {
	local module=$DATA/ko/tcp_bbr.ko
	on "$OLD" relocate --quiet --out-dir moved "$module"
	exits 0
	silent
	on "$OLD" relocate --quiet --require-loadable --out-dir moved "$module"
	exits 1
	[ "${stderr_lines[0]}" = "rebtf: $RELEASE refuses to load 1 of 1 module:" ]
	on "$OLD" check --require-loadable "$module"
	exits 1
	rebtf info --require-loadable --root root --base "$RELEASE" "$module"
	exits 1
	on "$BEFORE" check --require-loadable taken
	exits 0
	# Unknown facts are not a refusal.
	rm -r "$symvers" "$config" "$own"
	on "$BEFORE" check --require-loadable taken
	exits 0
}

@test "--require-loadable also asks for modules that are left alone" {
	objcopy --remove-section .BTF "$dummy" taken/bare.ko
	sed -i 's/^0x[0-9a-f]*\tether_setup\t/0x00000001\tether_setup\t/' "$symvers"
	on "$BEFORE" check --require-loadable taken/bare.ko taken
	exits 1
	says 'Loading by '
	on "$BEFORE" relocate --require-loadable --strip-signature --out-dir moved taken
	exits 1
	# A second time there is nothing to do, but the kernel refuses the modules all the same.
	on "$BEFORE" relocate --require-loadable moved
	exits 1
}

@test "JSON has an object of its own for loading" {
	on "$BEFORE" check --json taken
	[ "$(jq -c 'select(.file) | .loading | [.verdict, .reasons, .kernel, .btf_mismatch, .signed]' <<< "$output" | sort -u)" = \
		"[\"yes\",[],\"$RELEASE\",\"loads without types\",true]" ]
	[ "$(jq '.loading.sources.build // empty' <<< "$output" | awk '{ n += $1 } END { print n }')" -gt 100 ]
	on "$OLD" check --json "$DATA/ko/tcp_bbr.ko"
	[ "$(jq -c 'select(.file) | .outcome, .loading.verdict, .loading.reasons' <<< "$output" | tr '\n' ' ')" = \
		'"fits" "no" [{"cause":"version","verdict":"no","symbol":"module_layout","message":"disagrees about version of symbol module_layout"}] ' ]
	[ "$(jq -c '.summary.loading // empty | [.yes, .no, .unknown, .causes[0].modules]' <<< "$output")" = '[0,1,0,1]' ]
	on "$OLD" check --json "$SPLIT/$FITTING"
	[ "$(jq -c 'select(.file) | .loading' <<< "$output")" = null ]
	[ "$(jq -c '.summary.loading' <<< "$output" | tail -n 1)" = null ]
}

@test "what is not known of a kernel is said once, and is no error" {
	rebtf check --old-base "$BEFORE" --base "$NEW" taken
	exits 0
	[ "${lines[0]}" = "Loading by $NEW: 5 unknown" ]
	[ "${lines[1]}" = "    5 modules: $NEW does not say which kernel it belongs to" ]
	[ "${lines[2]}" = '5 modules: 5 fit' ]
	# Without its own modules and its configuration, the kernel's version magic is unknown.
	rm -r "$own" "$config"
	on "$BEFORE" check taken
	exits 0
	says "Loading by $RELEASE: 5 unknown"
	says "5 modules: the kernel's version magic is not known"
	# Without symbol versions each symbol is unknown, and the message lists the paths that were tried.
	rm "$symvers"
	on "$BEFORE" check "$dummy"
	says "the kernel's version of symbol module_layout is not known"
	says 'not available: build (no such file), boot (no such file), modules (no such file), image ('
}

@test "--symvers counts first, plain and compressed" {
	mv "$symvers" plain
	sed 's/^0x[0-9a-f]*\tmodule_layout\t/0x00000001\tmodule_layout\t/' plain > "$symvers"
	on "$BEFORE" check --require-loadable taken
	exits 1
	gzip -k plain
	xz -k plain
	zstd -q plain
	for file in plain plain.gz plain.xz plain.zst; do
		on "$BEFORE" check --require-loadable --symvers $file --json taken
		exits 0
		[ "$(jq -r '.summary.loading // empty | .sources[0] | .source, .path' <<< "$output" | tr '\n' ' ')" = \
			"symvers $file " ]
	done
	on "$BEFORE" check --symvers missing taken
	exits 2
	complains missing 'No such file'
	echo text > bad
	on "$BEFORE" check --symvers bad taken
	exits 2
	complains 'bad: line 1: '
}

@test "a list of symbols that is no kernel's does not count, and is an error as --symvers" {
	cp "$symvers" whole
	: > empty
	printf '0x12345678\tvendor_call\textra/vendor\tEXPORT_SYMBOL_GPL\t\n' > external
	grep -v '	module_layout	' whole > cut
	for list in empty external cut; do
		cp $list "$symvers"
		on "$BEFORE" check --verbose "$dummy"
		exits 0
		[[ $output != *'loading no'* ]]
		cp whole "$symvers"
		on "$BEFORE" check --symvers $list "$dummy"
		exits 2
		complains "$list: no symbol"
	done
	# The imports of the kernel's own modules prove that a symbol exists, but not that one is missing.
	rm "$symvers"
	on "$BEFORE" check --verbose "$dummy"
	[[ $output != *'the kernel does not export'* ]]
}

@test "a symbol whose CRC differs is named" {
	sed -i 's/^0x[0-9a-f]*\tether_setup\t/0x00000001\tether_setup\t/' "$symvers"
	on "$BEFORE" check taken
	exits 0
	says 'dummy.ko: fits'
	says '    loading no: disagrees about version of symbol ether_setup'
	sed -i '/\tether_setup\t/d' "$symvers"
	on "$BEFORE" check "$dummy"
	says '    loading no: unknown symbol ether_setup'
	# Without the kernel's modules, their exports are unknown.
	rm -r "$own"
	on "$BEFORE" check --json "$dummy"
	[ "$(jq -r 'select(.file) | .loading.reasons[0] | .cause, .verdict, .symbol' <<< "$output" | tr '\n' ' ')" = \
		'symbol unknown ether_setup ' ]
}

@test "what the kernel does with BTF that does not fit is read from its configuration" {
	answer() {
		on "$BEFORE" check --policy strict --json taken
		jq -r 'select(.outcome == "misfit") | .loading.btf_mismatch' <<< "$output" | sort -u
	}
	cp "$OLD" "root/lib/modules/$RELEASE/vmlinux"
	[ "$(answer)" = 'loads without types' ]
	on "$BEFORE" check --policy strict taken
	says '    loading yes, but without types'
	sed -i '/CONFIG_MODULE_ALLOW_BTF_MISMATCH=y/d' "$config"
	[ "$(answer)" = refused ]
	on "$BEFORE" check --policy strict taken
	says '    loading yes but for its BTF: this kernel refuses BTF that does not fit'
	rm "$config"
	[ "$(answer)" = unknown ]
}

@test "info says whether the kernel that was named loads the module" {
	# shellcheck disable=SC2086
	rebtf info $base "$dummy"
	says '  loads       yes'
	# shellcheck disable=SC2086
	rebtf info $base "$DATA/ko/tcp_bbr.ko"
	says '  loads       no: disagrees about version of symbol module_layout'
	rebtf info "$dummy"
	[[ $output != *'  loads '* ]]
	rebtf info --json "$dummy"
	[ "$(jq -c .loading <<< "$output")" = null ]
}

@test "a module without BTF loads like any other" {
	mkdir tree
	objcopy --remove-section .BTF "$dummy" tree/dummy.ko
	# shellcheck disable=SC2086
	rebtf info $base tree
	exits 0
	says '  form        none: has no BTF'
	says '  loads       yes'
	# shellcheck disable=SC2086
	rebtf info $base --json tree
	[ "$(jq -r 'select(.file) | .outcome, .loading.verdict' <<< "$output" | tr '\n' ' ')" = 'left yes ' ]
}

@test "a kernel that requires signatures refuses what lost its own" {
	echo CONFIG_MODULE_SIG_FORCE=y >> "$config"
	on "$BEFORE" relocate --require-loadable --strip-signature --out-dir moved "$dummy"
	exits 1
	[[ $stderr == *'the module is unsigned, and the kernel requires a signature'* ]]
}

@test "standalone and renumber judge loading, too" {
	cp "$BEFORE" "root/lib/modules/$RELEASE/vmlinux"
	sed -i 's/^0x[0-9a-f]*\tether_setup\t/0x00000001\tether_setup\t/' "$symvers"
	# shellcheck disable=SC2086
	rebtf standalone $base --any-release --strip-signature --json --out-dir alone "$dummy"
	exits 0
	[ "$(jq -c '.loading.verdict // empty' <<< "$output")" = '"no"' ]
	[ "${stderr_lines[1]}" = 'rebtf:     1 module: disagrees about version of symbol ether_setup' ]
	# shellcheck disable=SC2086
	rebtf renumber $base --require-loadable --json --out-dir shown alone
	exits 1
	[ "$(jq -c '.loading.verdict // empty' <<< "$output")" = '"no"' ]
}

@test "modules that take symbols from each other are judged together" {
	sed -i 's@\tether_setup\tvmlinux\t@\tether_setup\tdrivers/net/other\t@' "$symvers"
	on "$BEFORE" check taken
	says 'needs module other, which is not there'
}

@test "with --root, --base is a release only if it is not '-', has no '/', and no file has that name" {
	for name in here.btf $RELEASE; do
		cp "$NEW" $name
		for file in $name ./$name; do
			rebtf info --json --root none --base $file "$DISTILLED/$FITTING"
			exits 0
		done
		rebtf info --json --root none --base - "$DISTILLED/$FITTING" < $name
		exits 0
		rm $name
	done
	rebtf info --root root --base ./$RELEASE "$DISTILLED/$FITTING"
	exits 2
	complains ./$RELEASE 'No such file'
	rebtf info --json --root root --base $RELEASE "$DISTILLED/$FITTING"
	exits 0
	# As in /lib/modules.
	mkdir $RELEASE
	rebtf info --json --root root --base $RELEASE "$DISTILLED/$FITTING"
	exits 0
}

@test "--root needs a kernel that is installed there" {
	rebtf check --root root taken
	exits 2
	[[ $stderr == *'--root needs --base or --kernel'* ]]
	rebtf check --root elsewhere --base "$RELEASE" taken
	exits 2
	complains "$RELEASE" 'no kernel of that release'
}
