#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf relocate --kernel and --keep: the modules of an installed kernel, in place and repeatedly. All tests run below
# their own root.

load common

K=9.8.7-test

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir -p root/boot root/lib/modules/$K/updates/dkms root/lib/modules/$K/kernel/lib
	cp "$OLD" root/boot/vmlinuz-$K
	MODULES=root/lib/modules/$K
	UPDATES=$MODULES/updates/dkms
	# Modules that came with the kernel, and added modules, distilled.
	cp "$DATA/ko/nls_utf8.ko.xz" $MODULES/kernel/lib
	cp "$DATA/ko/crc16-signed.ko" $MODULES/kernel/lib
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir $UPDATES \
		"$DATA/ko/tcp_bbr.ko" "$DATA/ko/tcp_dctcp.ko.zst" "$DATA/ko/wmi-bmof.ko.gz"
}

relocate() {
	rebtf relocate --root root --kernel $K --keep "$@"
}

# over BASE FILE...: checks that bpftool reads each file over BASE.
over() {
	local base=$1
	shift
	for file; do
		case $file in
		*.gz) gzip -dc "$file" > unpacked.ko ;;
		*.zst) zstd -qdc "$file" > unpacked.ko ;;
		*) cp "$file" unpacked.ko ;;
		esac
		objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc unpacked.ko unpacked.btf
		bpftool btf dump -B "$base" file unpacked.btf format raw > theirs
		"$REBTF" dump --base "$base" "$file" > ours
		cmp theirs ours
		[ "$("$REBTF" info --json "$file" | jq -r .form)" = split ]
	done
}

@test "the modules of a kernel are relocated to it in place, but for its own" {
	remember $MODULES/kernel
	relocate
	exits 0
	says '5 modules: 3 relocated, 2 left alone (2 split)'
	[ -z "$stderr" ]
	over "$OLD" $UPDATES/*
	unchanged $MODULES/kernel
}

@test "doing it twice is doing it once, and writes nothing" {
	relocate
	exits 0
	remember root
	for extra in '' '--verbose' '--on-mismatch local'; do
		relocate $extra
		exits 0
		says '3 already relocated'
		unchanged root
	done
	relocate --json
	[ "$(jq -r 'select(.outcome == "relocated").changed' <<< "$output" | sort -u)" = false ]
}

@test "the next kernel starts from what was kept, and so does the one before it" {
	relocate
	cp -r $UPDATES first
	cp "$NEW" root/boot/vmlinuz-$K
	relocate --on-mismatch local
	exits 0
	over "$NEW" $UPDATES/*
	# The second run needs no --keep.
	cp "$OLD" root/boot/vmlinuz-$K
	rebtf relocate --root root --kernel $K
	exits 0
	says '3 relocated'
	same first $UPDATES
}

@test "a module that does not fit stays, and is named; the others are relocated" {
	relocate
	remember $UPDATES/wmi-bmof.ko.gz
	cp "$NEW" root/boot/vmlinuz-$K
	relocate
	exits 1
	says "$UPDATES/wmi-bmof.ko.gz: does not fit"
	says 'struct device: 744 bytes then, 752 now'
	says '2 relocated'
	unchanged $UPDATES/wmi-bmof.ko.gz
	over "$NEW" $UPDATES/tcp_bbr.ko $UPDATES/tcp_dctcp.ko.zst
}

@test "kfuncs follow: the ids in .BTF_ids are those of functions of the same names" {
	relocate
	cp "$NEW" root/boot/vmlinuz-$K
	relocate --on-mismatch local
	objcopy -O binary --only-section=.BTF_ids $UPDATES/tcp_bbr.ko ids
	"$REBTF" dump --base "$NEW" $UPDATES/tcp_bbr.ko > dump
	for id in $(od -An -v -w8 -t u4 ids | awk 'NR > 1 { print $1 }'); do
		grep "^\[$id\] FUNC '" dump
	done | sed -E "s/.*FUNC '([^']*)'.*/\1/" | sort > after
	nm "$DATA/ko/tcp_bbr.ko" | sed -nE 's/.* __BTF_ID__func__(.*)__[0-9]+$/\1/p' | sort > named
	[ -s named ]
	diff named after
}

@test "a file that is named is taken alone" {
	relocate $UPDATES/tcp_bbr.ko
	exits 0
	says '1 module: 1 relocated'
	over "$OLD" $UPDATES/tcp_bbr.ko
	[ "$("$REBTF" info --json $UPDATES/wmi-bmof.ko.gz | jq -r .form)" = distilled ]
}

@test "where /lib is /usr/lib, each file is taken once" {
	mkdir root/usr
	mv root/lib root/usr/lib
	ln -s usr/lib root/lib
	relocate
	exits 0
	says '5 modules: 3 relocated, 2 left alone (2 split)'
}

@test "where there are both, all files are taken" {
	mkdir -p root/usr/lib/modules/$K
	mv $UPDATES/tcp_bbr.ko root/usr/lib/modules/$K
	relocate
	exits 0
	says '5 modules: 3 relocated, 2 left alone (2 split)'
	over "$OLD" root/usr/lib/modules/$K/tcp_bbr.ko
}

@test "a link to a module of another kernel is left alone, one to somewhere else is followed" {
	mkdir -p root/lib/modules/other/extra root/var $MODULES/weak-updates
	mv $UPDATES/tcp_bbr.ko root/lib/modules/other/extra
	ln -s "$(realpath root)/lib/modules/other/extra/tcp_bbr.ko" $MODULES/weak-updates/
	mv $UPDATES/tcp_dctcp.ko.zst root/var
	ln -s "$(realpath root)/var/tcp_dctcp.ko.zst" $UPDATES/
	remember root/lib/modules/other
	relocate --verbose
	exits 0
	says "$MODULES/weak-updates/tcp_bbr.ko: left alone, as it is another kernel's"
	says '2 relocated'
	unchanged root/lib/modules/other
	[ -L $UPDATES/tcp_dctcp.ko.zst ]
	over "$OLD" root/var/tcp_dctcp.ko.zst
}

@test "a link to a module of the kernel's other directory is followed, even if that lies beside the first" {
	mkdir -p root/usr/lib/modules root/lib/modules/more
	ln -s ../../../lib/modules/more root/usr/lib/modules/$K
	mv $UPDATES/tcp_bbr.ko root/lib/modules/more
	ln -s "$(realpath root)/lib/modules/more/tcp_bbr.ko" $UPDATES/
	relocate
	exits 0
	over "$OLD" root/lib/modules/more/tcp_bbr.ko
	says ' 2 left alone (2 split)'
	[ -L $UPDATES/tcp_bbr.ko ]
}

@test "what counts is the kernel's image, not headers of another build" {
	mkdir -p root/usr/src/linux-headers-$K
	cp "$NEW" root/usr/src/linux-headers-$K/vmlinux
	relocate
	exits 0
	over "$OLD" $UPDATES/*
	rm root/boot/vmlinuz-$K
	relocate --on-mismatch local
	exits 0
	over "$NEW" $UPDATES/*
}

@test "a module that was relocated and not kept is no use for another build of the kernel" {
	rebtf relocate --root root --kernel $K
	exits 0
	cp "$NEW" root/boot/vmlinuz-$K
	remember $UPDATES
	relocate $UPDATES/tcp_bbr.ko
	exits 2
	complains tcp_bbr.ko 'relocated to another kernel without a saved original' 'reinstall'
	# Modules of an installed kernel are not of another base.
	relocate --old-base "$OLD" $UPDATES/tcp_bbr.ko
	exits 2
	complains tcp_bbr.ko 'relocated to another kernel without a saved original' 'reinstall'
	unchanged $UPDATES
}

@test "a kernel without modules, or without BTF, is an error that says so" {
	rebtf relocate --root root --kernel 1.2.3-none
	exits 2
	complains 1.2.3-none 'no modules of this kernel' root/lib/modules/1.2.3-none
	rm root/boot/vmlinuz-$K
	relocate --verbose
	exits 2
	[[ ${stderr_lines[-1]} == "rebtf: $K: "*"root/boot/vmlinuz-$K"*"root/usr/src/linux-headers-$K/vmlinux"* ]]
}

@test "below --out-dir goes the tree as it would be, and the kernel's stays" {
	remember root
	relocate --out-dir out
	exits 0
	unchanged root
	diff <(cd $MODULES && find . -type f | sort) <(cd out && find . -type f | sort)
	same $MODULES/kernel out/kernel
	over "$OLD" out/updates/dkms/*
}

@test "nothing is kept in raw BTF" {
	take "$DISTILLED/$FITTING" x.btf
	remember .
	rebtf relocate --keep --base "$NEW" x.btf
	exits 2
	complains x.btf
	unchanged .
}

@test "what is kept is not distilled anew from what was relocated" {
	rebtf relocate --keep --on-mismatch local --base "$NEW" $UPDATES/tcp_bbr.ko
	exits 0
	cp $UPDATES/tcp_bbr.ko first.ko
	rebtf distill --base "$NEW" $UPDATES/tcp_bbr.ko
	exits 0
	says '1 left alone'
	cmp first.ko $UPDATES/tcp_bbr.ko
}

@test "what is kept lives through relocation by --base, and is described" {
	rebtf relocate --keep --base "$NEW" $UPDATES/tcp_bbr.ko
	exits 0
	cp $UPDATES/tcp_bbr.ko first.ko
	rebtf relocate --base "$OLD" $UPDATES/tcp_bbr.ko
	exits 0
	rebtf relocate --base "$NEW" $UPDATES/tcp_bbr.ko
	exits 0
	cmp first.ko $UPDATES/tcp_bbr.ko
	rebtf check --policy strict --base "$OLD" $UPDATES/tcp_bbr.ko
	exits 0
}

@test "depmod finds in relocated modules what it found before" {
	cp "$DATA/ko/crc-itu-t.ko" $UPDATES
	"$REBTF" distill --quiet --base "$OLD" $UPDATES/crc-itu-t.ko
	rm $UPDATES/wmi-bmof.ko.gz $UPDATES/tcp_dctcp.ko.zst # not every depmod reads these
	cp "$NEW" root/boot/vmlinuz-$K
	local depmod
	depmod=$(PATH=$PATH:/usr/sbin:/sbin command -v depmod)
	"$depmod" -b "$PWD/root" $K
	mkdir before after
	mv $MODULES/modules.* before
	grep -q '^alias symbol:crc_itu_t crc_itu_t$' before/modules.symbols
	relocate
	exits 0
	says '4 modules: 2 relocated, 2 left alone (2 split)'
	"$depmod" -b "$PWD/root" $K
	mv $MODULES/modules.* after
	same before after
}

@test "what is already relocated is counted apart from what is relocated now" {
	relocate
	exits 0
	[ "${lines[-1]}" = '5 modules: 3 relocated, 2 left alone (2 split)' ]
	cp $UPDATES/tcp_bbr.ko relocated.ko
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	mv tcp_bbr.ko $UPDATES/
	relocate
	[ "${lines[-1]}" = '5 modules: 1 relocated, 2 already relocated, 2 left alone (2 split)' ]
	cmp $UPDATES/tcp_bbr.ko relocated.ko
	relocate --json
	jq -e 'select(.summary).summary | .relocated == 0 and .already == 3 and .left == 2' <<< "$output"
}
