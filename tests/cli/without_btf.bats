#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Modules without BTF, which need no change, and the files beside modules in a tree.

load common

K=9.8.7-test

setup_file() {
	unpack_data
}

setup() {
	enter_work
	mkdir tree
	make_module tree/none.ko
}

# make_module PATH: assembles a module without BTF.
make_module() {
	printf '.section .modinfo,"a"\n.asciz "license=GPL"\n' | cc -c -x assembler -o "$1" -
}

# Adds modules without BTF in every variant to the one that is already in tree.
all_kinds() {
	cp tree/none.ko tree/signed.ko
	printf '~Module signature appended~\n' >> tree/signed.ko
	for tool in xz:xz zstd:zst gzip:gz; do
		"${tool%:*}" -qc tree/none.ko > "tree/packed.ko.${tool#*:}"
	done
	cp "$DATA/ko/crc16-armhf-without-btf.ko" tree/narrow.ko
	: > nothing
	objcopy --add-section .BTF=nothing tree/none.ko tree/no_bytes.ko
	printf '.section .BTF,"a",@nobits\n.zero 100\n.section .modinfo,"a"\n.asciz "license=GPL"\n' |
		cc -c -x assembler -o tree/no_bits.ko -
	objcopy --add-section .BTF_ids="$OLD" tree/none.ko tree/ids.ko
	KINDS=9
}

@test "in a directory, every verb leaves modules without BTF alone and ends well" {
	all_kinds
	remember tree
	for verb in distill relocate check standalone renumber verify; do
		rebtf $verb --base "$OLD" tree
		exits 0
		[ "$output" = "$KINDS modules: $KINDS left alone ($KINDS without BTF)" ]
		[ -z "$stderr" ]
		rebtf $verb --verbose --as split --base "$OLD" tree
		exits 0
		[ "$(grep -c ': left alone, as it has no BTF$' <<< "$output")" = $KINDS ]
		rebtf $verb --quiet --base "$OLD" tree
		exits 0
		silent
		rebtf $verb --json --base "$OLD" tree
		exits 0
		[ "$(jq -c 'select(.file) | [.outcome, .form]' <<< "$output" | sort -u)" = '["left",null]' ]
		jq -e "select(.summary) | .summary | .left == $KINDS and .left_without_btf == $KINDS and .failed == 0" <<< "$output"
	done
	rebtf info tree
	exits 0
	[ "$(grep -c '^  form        none: has no BTF$' <<< "$output")" = $KINDS ]
	rebtf info --json tree
	exits 0
	[ "$(jq -c '[.outcome, .form]' <<< "$output" | sort -u)" = '["left",null]' ]
	unchanged tree
}

@test "--out-dir copies modules without BTF as they are" {
	all_kinds
	for verb in distill relocate standalone renumber; do
		rebtf $verb --base "$OLD" --out-dir "$verb" tree
		exits 0
		same tree "$verb"
	done
}

@test "modules without BTF are counted apart from others" {
	mkdir tree/net
	cp "$DATA/ko/tcp_bbr.ko" tree/net
	make_standalone_btf tree/alone.btf
	rebtf distill --base "$OLD" tree
	exits 0
	[ "$output" = '3 modules: 1 distilled, 2 left alone (1 standalone, 1 without BTF)' ]
	rebtf check --base "$NEW" tree
	exits 0
	rebtf relocate --base "$NEW" tree
	exits 0
	[ "${lines[-1]}" = '3 modules: 1 relocated, 2 left alone (1 standalone, 1 without BTF)' ]
}

@test "modules without BTF need no kernel with BTF" {
	mkdir -p root/lib/modules/9.9.9/updates
	cp "$DATA/ko/crc16-armhf-without-btf.ko" root/lib/modules/9.9.9/updates/none.ko
	rebtf relocate --kernel 9.9.9 --root root
	exits 0
	says '1 module: 1 left alone (1 without BTF)'
	REBTF_ROOT=$PWD/root run -0 --separate-stderr sh "$BATS_TEST_DIRNAME/../../hooks/kernel-postinst" 9.9.9
	silent
	mkdir -p 9.9.9/x86_64/module build
	cp root/lib/modules/9.9.9/updates/none.ko 9.9.9/x86_64/module
	cd build
	REBTF_ROOT=$PWD/../root run -0 --separate-stderr sh "$BATS_TEST_DIRNAME/../../hooks/dkms-post-build" 9.9.9 x86_64
	silent
	cd ..
	# A module that does need it is an error.
	"$REBTF" distill --quiet --base "$OLD" --out-dir root/lib/modules/9.9.9/updates "$DATA/ko/tcp_bbr.ko"
	rebtf relocate --kernel 9.9.9 --root root
	exits 2
	[[ $stderr == *'tcp_bbr.ko: cannot find the BTF of the kernel 9.9.9'* ]]
	[[ $stderr == *'no kernel of that release with BTF'* ]]
	says '2 modules: 1 left alone (1 without BTF), 1 failed'
}

@test "--kernel leaves modules without BTF alone" {
	mkdir -p root/boot root/lib/modules
	cp "$OLD" root/boot/vmlinuz-$K
	mv tree root/lib/modules/$K
	rebtf relocate --kernel $K --root root --keep
	exits 0
	[ "$output" = '1 module: 1 left alone (1 without BTF)' ]
	rebtf relocate --kernel $K --root root --keep root/lib/modules/$K/none.ko
	exits 2
	complains none.ko 'no .BTF section'
}

@test "what only goes with BTF is an error without it" {
	distilled=$PWD/distilled.ko
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	mv tcp_bbr.ko "$distilled"
	objcopy --remove-section .BTF "$distilled" tree/base.ko
	cp "$distilled" kept.ko
	"$REBTF" relocate --quiet --keep --base "$NEW" kept.ko
	objcopy --remove-section .BTF kept.ko tree/kept.ko
	objcopy --remove-section .BTF.kept --remove-section .BTF.kept_base --remove-section .BTF.base_expects \
		tree/kept.ko tree/note.ko
	for verb in distill relocate check standalone renumber verify; do
		rebtf $verb --json --base "$OLD" tree
		exits 1
		[ "$(jq -r 'select(.outcome == "failed") | "\(.error.section) \(.error.code)"' <<< "$output" | xargs)" = \
			'.BTF.base format .BTF.base_expects format .note.rebtf format' ]
		[ "$(jq -r 'select(.outcome == "left").file' <<< "$output")" = tree/none.ko ]
	done
}

@test "what is called .ko and is no module is an error" {
	echo text > tree/text.ko
	: > tree/empty.ko
	head -c 100 tree/none.ko > tree/truncated.ko
	head -c 4 tree/none.ko > tree/magic.ko
	cc -shared -x c -o tree/shared.ko - <<< 'int x;'
	echo text | gzip > tree/text.ko.gz
	ln -s none.ko tree/link.ko
	for verb in distill check verify; do
		rebtf $verb --base "$OLD" tree
		exits 1
		[ "${lines[-1]}" = '8 modules: 2 left alone (2 without BTF), 6 failed' ]
	done
}

# make_tree DIR: creates a tree like a kernel package's, completed by depmod.
make_tree() {
	mkdir -p "$1/kernel/net"
	cp "$DATA/ko/tcp_bbr.ko" "$1/kernel/net"
	make_module "$1/kernel/none.ko"
	printf 'kernel/net/tcp_bbr.ko\nkernel/none.ko\n' > "$1/modules.order"
	echo kernel/built_in.ko > "$1/modules.builtin"
	printf 'built_in.license=GPL\0built_in.alias=x\0' > "$1/modules.builtin.modinfo"
	echo block > "$1/modules.block"
	: > "$1/modules.builtin.ranges"
	for name in dep alias symbols softdep devname dep.bin alias.bin symbols.bin builtin.bin builtin.alias.bin weakdep; do
		echo made > "$1/modules.$name"
	done
	echo other > "$1/vmlinuz"
	ln -s /usr/src/linux-headers-$K "$1/build"
}

CARRIED='modules.block modules.builtin modules.builtin.modinfo modules.builtin.ranges modules.order'

@test "--out-dir takes along what a tree has beside modules, but for what depmod makes" {
	make_tree lib/modules/$K
	make_tree lib/modules/$K-2
	for verb in distill relocate standalone; do
		local old=
		[ $verb != relocate ] || old="--old-base $OLD"
		rebtf $verb --base "$OLD" $old --out-dir $verb/lib/modules lib/modules
		exits 0
		[[ ${lines[-1]} == '4 modules: 2 '* ]]
		for release in $K $K-2; do
			[ "$(cd $verb/lib/modules/$release && ls -d modules.* | xargs)" = "$CARRIED" ]
			for name in $CARRIED; do
				cmp lib/modules/$release/$name $verb/lib/modules/$release/$name
			done
			[ "$(cd $verb/lib/modules/$release && find . -type f ! -name 'modules.*' | sort | xargs)" = \
				'./kernel/net/tcp_bbr.ko ./kernel/none.ko' ]
		done
	done
}

@test "--out-dir with --kernel takes them along as well" {
	mkdir -p root/boot
	cp "$OLD" root/boot/vmlinuz-$K
	make_tree root/lib/modules/$K
	rebtf relocate --kernel $K --root root --out-dir out
	exits 0
	[ "$(cd out && ls -d modules.* | xargs)" = "$CARRIED" ]
}

@test "depmod makes the rest, and has nothing to complain about" {
	command -v depmod > /dev/null || skip 'depmod is not installed'
	make_tree lib/modules/$K
	rebtf distill --base "$OLD" --out-dir out/lib/modules/$K lib/modules/$K
	exits 0
	run depmod -b out $K
	[ "$status" -eq 0 ]
	[[ $output != *modules.order* && $output != *modules.builtin* ]]
	grep -q built_in out/lib/modules/$K/modules.builtin
	[ -s out/lib/modules/$K/modules.builtin.bin ]
}

@test "a module whose name starts with modules. is a module" {
	mkdir in
	cp "$DATA/ko/tcp_bbr.ko" in/modules.foo.ko
	echo kernel/foo.ko > in/modules.order
	rebtf relocate --old-base "$OLD" --base "$DATA/vmlinux/6.12.107+deb13-s390x.btf" --out-dir out in
	[ "$(ls out)" = modules.order ]
}

@test "a file that is there already stays, and without --out-dir all stay" {
	make_tree lib/modules/$K
	mkdir -p out
	echo new > out/modules.builtin
	rebtf distill --base "$OLD" --out-dir out lib/modules/$K
	exits 0
	[ "$(cat out/modules.builtin)" = new ]
	cmp out/modules.order lib/modules/$K/modules.order
	fingerprint lib/modules/$K | grep modules > before
	rebtf distill --base "$OLD" --out-dir lib/modules/$K lib/modules/$K
	exits 0
	rebtf relocate --base "$NEW" lib/modules/$K
	exits 0
	fingerprint lib/modules/$K | grep modules | grep -v tcp_bbr > after
	diff <(grep -v tcp_bbr before) after
	# For files named on the command line, no other files are copied.
	rebtf distill --base "$OLD" --out-dir named "$DATA/ko/tcp_bbr.ko"
	exits 0
	[ "$(ls named)" = tcp_bbr.ko ]
}

@test "what cannot be taken along is an error, and the modules are written all the same" {
	make_tree lib/modules/$K
	chmod 0 lib/modules/$K/modules.order
	run --separate-stderr without_override "$REBTF" distill --base "$OLD" --out-dir out lib/modules/$K
	exits 1
	complains modules.order
	says '2 modules: 1 distilled, 1 left alone (1 without BTF)'
	[ -s out/kernel/net/tcp_bbr.ko ]
}
