#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# The hooks below a test root: the installation of a kernel, and the build of a module by DKMS.

load common

K=9.8.7-test

setup_file() {
	unpack_data
}

setup() {
	enter_work
	HOOKS=$BATS_TEST_DIRNAME/../../hooks
	export REBTF_ROOT=$PWD/root
	INSTALLED=root/lib/modules/$K/updates/dkms
	mkdir -p root/boot root/etc/default root/lib/modules/$K/build root/lib/modules/$K/kernel $INSTALLED
	cp "$OLD" root/boot/vmlinuz-$K
	cp "$OLD" root/lib/modules/$K/build/vmlinux
	cp "$DATA/ko/crc16-signed.ko" root/lib/modules/$K/kernel
}

# hook NAME ARGUMENT...
hook() {
	catch "$HOOKS/$1" "${@:2}"
}

distilled() {
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir $INSTALLED "$@"
}

over() {
	"$REBTF" info --json --base "$1" "$2" | jq -e '.form == "split" and .fit.fits' > /dev/null
}

# make_key SIGNER DIRECTORY KEY CERT: creates a key and its certificate in DKMS's format.
make_key() {
	mkdir -p "$2"
	openssl req -new -x509 -nodes -newkey rsa:2048 -subj "/CN=$1/" -outform DER \
		-keyout "$2/$3" -out "$2/$4" 2> /dev/null
}

signed() {
	[ "$("$REBTF" info --json "$1" | jq .signed)" = true ]
}

# signed_by SIGNER MODULE
signed_by() {
	[ "$(modinfo -F signer "$PWD/$2")" = "$1" ]
}

# dkms_built MODULE...: creates the files that DKMS has when it calls the hook.
dkms_built() {
	BUILT=root/var/lib/dkms/hello/1.0/$K/x86_64/module
	mkdir -p $BUILT root/var/lib/dkms/hello/1.0/build
	cp "$@" $BUILT
}

dkms_hook() {
	run --separate-stderr env -C root/var/lib/dkms/hello/1.0/build "$HOOKS/dkms-post-build" "$@"
}

@test "when a kernel is installed, the modules that were added to it follow" {
	distilled "$DATA/ko/tcp_bbr.ko" "$DATA/ko/tcp_dctcp.ko.zst"
	hook kernel-postinst $K root/boot/vmlinuz-$K
	exits 0
	[ "$output" = 'rebtf: 3 modules: 2 relocated, 1 left alone (1 split)' ]
	over "$OLD" $INSTALLED/tcp_bbr.ko
	cp "$NEW" root/boot/vmlinuz-$K
	hook kernel-postinst $K
	exits 0
	over "$NEW" $INSTALLED/tcp_bbr.ko
	over "$NEW" $INSTALLED/tcp_dctcp.ko.zst
	cmp root/lib/modules/$K/kernel/crc16-signed.ko "$DATA/ko/crc16-signed.ko"
}

@test "called twice, the hook writes nothing the second time" {
	distilled "$DATA/ko/tcp_bbr.ko" "$DATA/ko/tcp_dctcp.ko.zst"
	hook kernel-postinst $K
	remember root
	hook kernel-postinst $K
	exits 0
	unchanged root
}

@test "a module that does not fit stays and is named, and the installation goes on" {
	distilled "$DATA/ko/tcp_bbr.ko" "$DATA/ko/wmi-bmof.ko.gz"
	cp "$NEW" root/boot/vmlinuz-$K
	remember $INSTALLED/wmi-bmof.ko.gz
	hook kernel-postinst $K
	exits 0
	[[ $stderr == *"wmi-bmof.ko.gz: does not fit"*"struct device: 744 bytes then, 752 now"* ]]
	over "$NEW" $INSTALLED/tcp_bbr.ko
	unchanged $INSTALLED/wmi-bmof.ko.gz
	# With settings that localize types:
	echo 'REBTF_RELOCATE_OPTIONS="--on-mismatch local"' > root/etc/default/rebtf
	hook kernel-postinst $K
	exits 0
	[ -z "$stderr" ]
	over "$NEW" $INSTALLED/wmi-bmof.ko.gz
}

@test "a kernel without modules, or without BTF, is no error of its installation" {
	mkdir -p root/lib/modules/1.2.3-empty
	for release in 1.2.3-none 1.2.3-empty; do
		hook kernel-postinst $release
		exits 0
		silent
	done
	rm root/boot/vmlinuz-$K root/lib/modules/$K/build/vmlinux
	hook kernel-postinst $K
	exits 0
	silent
	# Only a distilled module needs it.
	distilled "$DATA/ko/tcp_bbr.ko"
	hook kernel-postinst $K
	exits 0
	[[ $stderr == *"no kernel of that release with BTF"* ]]
	REBTF=/nonexistent/rebtf hook kernel-postinst $K
	exits 0
	silent
}

@test "called in a wrong way, a hook says how" {
	hook kernel-postinst
	exits 2
	[[ $stderr == "usage: "*" RELEASE [IMAGE]" ]]
	hook dkms-post-build $K
	exits 2
	[[ $stderr == "usage: "*" RELEASE ARCHITECTURE" ]]
}

@test "what DKMS built works for its kernel, and can follow the next one" {
	dkms_built "$DATA/ko/tcp_bbr.ko" "$DATA/ko/wmi-bmof.ko.gz"
	dkms_hook $K x86_64
	exits 0
	[ "$output" = 'rebtf: 2 modules: 2 relocated' ]
	over "$OLD" $BUILT/tcp_bbr.ko
	over "$OLD" $BUILT/wmi-bmof.ko.gz
	# DKMS installs the modules, and then the kernel is replaced.
	cp $BUILT/* $INSTALLED
	ln -s 1.0/$K/x86_64 root/var/lib/dkms/hello/kernel-$K-x86_64
	cp "$NEW" root/boot/vmlinuz-$K
	echo 'REBTF_RELOCATE_OPTIONS="--on-mismatch local"' > root/etc/default/rebtf
	hook kernel-postinst $K
	exits 0
	over "$NEW" $INSTALLED/tcp_bbr.ko
	over "$NEW" $INSTALLED/wmi-bmof.ko.gz
	same $INSTALLED $BUILT
	# The builder's definitions are still recorded.
	"$REBTF" dump --base "$NEW" $INSTALLED/wmi-bmof.ko.gz | grep "STRUCT 'device' size=744 vlen=44"
}

@test "the kernel that DKMS built for is the one below the root, whatever is installed here" {
	dkms_built "$DATA/ko/tcp_bbr.ko"
	rm root/lib/modules/$K/build/vmlinux
	dkms_hook $K x86_64
	exits 0
	over "$OLD" $BUILT/tcp_bbr.ko
	dkms_built "$DATA/ko/tcp_bbr.ko"
	rm root/boot/vmlinuz-$K
	dkms_hook $K x86_64
	exits 0
	[[ $stderr == *"root/boot/vmlinuz-$K: "* ]]
	cmp "$DATA/ko/tcp_bbr.ko" $BUILT/tcp_bbr.ko
}

@test "a module that DKMS built without BTF is as it was, and nothing is said about it" {
	dkms_built "$DATA/ko/crc16-armhf-without-btf.ko" "$DATA/ko/tcp_bbr.ko"
	dkms_hook $K x86_64
	exits 0
	[ -z "$stderr" ]
	[ "$output" = 'rebtf: 2 modules: 1 relocated, 1 left alone (1 without BTF)' ]
	cmp $BUILT/crc16-armhf-without-btf.ko "$DATA/ko/crc16-armhf-without-btf.ko"
	over "$OLD" $BUILT/tcp_bbr.ko
	rm $BUILT/tcp_bbr.ko
	dkms_hook $K x86_64
	exits 0
	silent
	cp $BUILT/* $INSTALLED
	hook kernel-postinst $K
	exits 0
	silent
}

@test "signed modules are signed again with DKMS's key, and without it left alone" {
	dkms_built "$DATA/ko/crc16-signed.ko"
	dkms_hook $K x86_64
	exits 0
	[[ $stderr == *"signed"* ]]
	cmp $BUILT/crc16-signed.ko "$DATA/ko/crc16-signed.ko"
	make_key dkms root/var/lib/dkms mok.key mok.pub
	dkms_hook $K x86_64
	exits 0
	[ -z "$stderr" ]
	over "$OLD" $BUILT/crc16-signed.ko
	signed $BUILT/crc16-signed.ko
	cp $BUILT/crc16-signed.ko $INSTALLED
	cp "$NEW" root/boot/vmlinuz-$K
	hook kernel-postinst $K
	exits 0
	over "$NEW" $INSTALLED/crc16-signed.ko
	signed $INSTALLED/crc16-signed.ko
	cp $INSTALLED/crc16-signed.ko first.ko
	hook kernel-postinst $K
	cmp first.ko $INSTALLED/crc16-signed.ko
}

@test "the key is the one of the settings, or else DKMS's, or else Ubuntu's" {
	make_key ubuntu root/var/lib/shim-signed/mok MOK.priv MOK.der
	dkms_built "$DATA/ko/crc16-signed.ko"
	dkms_hook $K x86_64
	exits 0
	signed_by ubuntu $BUILT/crc16-signed.ko
	make_key dkms root/var/lib/dkms mok.key mok.pub
	dkms_built "$DATA/ko/crc16-signed.ko"
	dkms_hook $K x86_64
	exits 0
	signed_by dkms $BUILT/crc16-signed.ko
	make_key settings "$PWD/keys" signing.key signing.der
	printf 'REBTF_SIGN_%s\n' "KEY=$PWD/keys/signing.key" "CERT=$PWD/keys/signing.der" > root/etc/default/rebtf
	dkms_built "$DATA/ko/crc16-signed.ko"
	dkms_hook $K x86_64
	exits 0
	signed_by settings $BUILT/crc16-signed.ko
}

@test "the documented names put the hooks before and after dkms, and before what copies modules" {
	command -v run-parts > /dev/null || skip 'run-parts is not installed'
	local names
	names=$(sed -n 's,^ln -s .* /etc/kernel/postinst\.d/,,p' "$HOOKS/../docs/hooks.md")
	mkdir postinst.d
	for program in dkms $names dracut initramfs-tools; do
		printf '#!/bin/sh\n' > "postinst.d/$program"
		chmod +x "postinst.d/$program"
	done
	[ "$(run-parts --list postinst.d | xargs -n 1 basename | paste -sd ' ')" = \
		'btf-carrier btf-rebtf dkms dkms-rebtf dracut initramfs-tools' ]
}

# programs NAME...: makes these the only programs besides the system's that the hook finds.
programs() {
	rm -rf bin
	mkdir bin
	for program; do
		printf '#!/bin/sh\n' > "bin/$program"
		chmod +x "bin/$program"
	done
	export PATH=$PWD/bin:/usr/bin:/bin
}

@test "builds get a vmlinux where they have the programs that need it, and lose a stale one" {
	local build=root/lib/modules/$K/build resolver
	resolver=$build/tools/bpf/resolve_btfids/resolve_btfids
	rm $build/vmlinux
	for missing in pahole rebtf-resolve_btfids; do
		PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v $missing > /dev/null && continue
		programs pahole rebtf-resolve_btfids
		rm "bin/$missing"
		hook kernel-vmlinux $K
		exits 0
		[ "$output$stderr" = '' ]
		[ ! -e $build/vmlinux ]
	done
	rm -rf $build/tools
	programs pahole rebtf-resolve_btfids
	hook kernel-vmlinux $K
	exits 0
	[ "$output$stderr" = '' ]
	[ "$(readlink $resolver)" = "$PWD/bin/rebtf-resolve_btfids" ]
	rebtf info --json $build/vmlinux
	[ "$(jq .note.form <<< "$output")" = '"standalone"' ]
	# Another build of the same release.
	cp "$NEW" root/boot/vmlinuz-$K
	hook kernel-vmlinux $K
	exits 0
	rebtf info --json $build/vmlinux
	[ "$(jq .types <<< "$output")" = "$("$REBTF" info --json "$NEW" | jq .types)" ]
	# The kernel is gone, or has no BTF.
	rm root/boot/vmlinuz-$K
	hook kernel-vmlinux $K
	exits 0
	[ "$output$stderr" = '' ]
	[ ! -e $build/vmlinux ]
}

@test "a kernel without BTF gets it from its debug information, and a kernel with BTF does not" {
	local directory=root/lib/modules/$K
	mkdir -p root/usr/lib/debug/boot $directory/kernel
	gcc -c -x assembler -o $directory/kernel/any.ko - <<- END
		.section .gnu.linkonce.this_module, "aw"
		.skip 896
		.section .modinfo, "a"
		.asciz "name=any"
		.asciz "intree=Y"
		.asciz "vermagic=$K SMP preempt mod_unload modversions "
	END
	echo 'struct module { int state; char name[56]; } m; int f(struct module *m) { return m->state; }' |
		gcc -g -O0 -c -x c -o root/usr/lib/debug/boot/vmlinux-$K -
	for config in CONFIG_DEBUG_INFO_BTF=y CONFIG_MODULES=y CONFIG_DEBUG_INFO_BTF=y; do
		echo $config > root/boot/config-$K
		hook kernel-carrier $K
		exits 0
		[ "$output$stderr" = '' ]
		if [ $config = CONFIG_MODULES=y ]; then
			[ -f $directory/vmlinux-$K ]
			[ -f $directory/updates/btf_vmlinux.ko ]
		else
			[ ! -e $directory/vmlinux-$K ]
			[ ! -e $directory/updates/btf_vmlinux.ko ]
		fi
	done
	# The debug information is gone: what was made of it can be stale.
	echo CONFIG_MODULES=y > root/boot/config-$K
	hook kernel-carrier $K
	[ -f $directory/vmlinux-$K ]
	rm root/usr/lib/debug/boot/vmlinux-$K
	mv $directory/build $directory/build.old
	hook kernel-carrier $K
	exits 0
	[ ! -e $directory/vmlinux-$K ] && [ ! -e $directory/updates/btf_vmlinux.ko ]
}

@test "builds keep their own vmlinux and resolve_btfids" {
	local build=root/lib/modules/$K/build
	mkdir -p $build/tools/bpf/resolve_btfids
	printf '#!/bin/sh\n' > $build/tools/bpf/resolve_btfids/resolve_btfids
	chmod +x $build/tools/bpf/resolve_btfids/resolve_btfids
	programs pahole rebtf-resolve_btfids
	hook kernel-vmlinux $K
	exits 0
	cmp "$OLD" $build/vmlinux
	[ ! -L $build/tools/bpf/resolve_btfids/resolve_btfids ]
	rm root/boot/vmlinuz-$K
	hook kernel-vmlinux $K
	exits 0
	cmp "$OLD" $build/vmlinux
}

@test "DKMS itself calls the hook by the line that is documented" {
	command -v dkms > /dev/null || skip 'dkms is not installed'
	[ "$(id -u)" -eq 0 ] || skip 'dkms wants to be root'
	local tree=$PWD/root/var/lib/dkms source=$PWD/source line
	mkdir -p "$tree" "$source/hello-1.0" root/lib/modules/$K/build/include
	cp "$DATA/ko/tcp_bbr.ko" "$source/hello-1.0/built"
	# More ".." components, because this tree lies deeper than DKMS's.
	line=$(grep '^POST_BUILD=' "$HOOKS/../docs/hooks.md" |
		sed "s,\.\./usr/share/rebtf/hooks,../../../../../../../../../..$(realpath "$HOOKS"),")
	cat > "$source/hello-1.0/dkms.conf" <<-END
	PACKAGE_NAME=hello
	PACKAGE_VERSION=1.0
	BUILT_MODULE_NAME[0]=tcp_bbr
	DEST_MODULE_LOCATION[0]=/updates
	MAKE[0]="cp built tcp_bbr.ko"
	CLEAN=true
	$line
	END
	dkms install -m hello -v 1.0 -k $K --no-depmod --dkmstree "$tree" --sourcetree "$source" \
		--installtree "$PWD/root/lib/modules" --kernelsourcedir "$PWD/root/lib/modules/$K/build" || true
	over "$OLD" $INSTALLED/tcp_bbr.ko
	"$REBTF" info --json $INSTALLED/tcp_bbr.ko | jq -e '.sections | has(".BTF.kept")'
	dkms status --dkmstree "$tree" --sourcetree "$source" --installtree "$PWD/root/lib/modules" > status
	grep 'hello/1.0, .*: installed$' status
}
