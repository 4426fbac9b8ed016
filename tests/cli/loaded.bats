#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf check --loaded: the modules of a running system, here of a made-up one below another root.

load common

RELEASE=6.1.0-47-amd64

setup_file() {
	unpack_data
	export SYSTEM=$BATS_FILE_TMPDIR/system
	mkdir -p "$SYSTEM"/{proc/sys/kernel,sys/kernel/btf,sys/module,dev,boot,lib/modules/$RELEASE/kernel}
	echo $RELEASE > "$SYSTEM/proc/sys/kernel/osrelease"
	cp "$OLD" "$SYSTEM/sys/kernel/btf/vmlinux"
	printf 'CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODULES=y\n' > "$SYSTEM/boot/config-$RELEASE"
	mkdir -p "$SYSTEM/sys/module/printk/parameters"	# built in
}

setup() {
	enter_work
	cp -r "$SYSTEM" root
}

# make_module NAME BTF [RELEASE]: makes a module, without BTF if that is empty.
make_module() {
	gcc -c -x assembler -o "root/lib/modules/$RELEASE/kernel/$1.ko" - <<- END
		.section .gnu.linkonce.this_module, "aw"
		.skip 896
		.section .modinfo, "a"
		.asciz "name=$1"
		.asciz "srcversion=ABC"
		.asciz "vermagic=${3:-$RELEASE} SMP preempt mod_unload modversions "
		${2:+.section .BTF, \"a\"}
		${2:+.incbin \"$2\"}
	END
}

# load_module NAME [SRCVERSION]
load_module() {
	mkdir -p "root/sys/module/$1"
	echo live > "root/sys/module/$1/initstate"
	echo 0 > "root/sys/module/$1/refcnt"
	echo "${2:-ABC}" > "root/sys/module/$1/srcversion"
}

# state_of NAME STATE: checks the reason of a module.
state_of() {
	rebtf check --loaded --root root --json
	[ "$(jq -r --arg name "$1" 'select(.module == $name).state' <<< "$output")" = "$2" ] && return
	echo "not $2: $output"
	return 1
}

@test "modules with BTF are fine, those built in are not counted, and the carrier is no module" {
	load_module a
	load_module btf_vmlinux
	cp "$SPLIT/$FITTING" root/sys/kernel/btf/a
	rebtf check --loaded --root root
	exits 0
	[ "$output" = '1 loaded module: 1 has BTF' ]
	rebtf check --loaded --root root/ --json
	exits 0
	[ "$(jq -c 'select(.outcome == "loaded_modules") | [.release, .has_carrier, .modules, .states.with_btf]' \
		<<< "$output")" = "[\"$RELEASE\",true,1,1]" ]
}

@test "BTF of another kernel that the kernel has accepted is wrong BTF" {
	make_module a "$SPLIT/$FITTING"
	make_module b "$SPLIT/$FITTING" 6.1.0-56-amd64
	for name in a b c; do
		load_module $name
		cp "$SPLIT/$FITTING" root/sys/kernel/btf/$name
	done
	cp "$NEW" root/sys/kernel/btf/vmlinux
	"$REBTF" relocate --quiet --base "$NEW" --out-dir new "$DISTILLED/$FITTING"
	cp new/*.btf root/sys/kernel/btf/c
	rebtf check --loaded --root root
	exits 1
	says 'a: wrong BTF: the kernel accepted BTF that was split from another kernel'
	says '    run     rebtf relocate --strip-signature --base 6.1.0-47-amd64 --old-base 6.1.0-56-amd64 /lib/modules'
	says '3 loaded modules: 1 has BTF, 2 have BTF of another kernel'
	state_of b foreign
	# The file has been mended, so the module only has to be loaded again.
	cp "$OLD" root/sys/kernel/btf/vmlinux
	cp new/*.btf root/sys/kernel/btf/a
	rebtf check --loaded --root root
	says '    run     modprobe -r a && modprobe a'
	[ "$(jq -c 'select(.module == "a") | [.state, .file_fits]' <<< "$("$REBTF" check --loaded --root root --json || true)")" = '["foreign",true]' ]
}

@test "each reason has a word, a sentence, and a command that can be typed" {
	local distilled=$BATS_TEST_TMPDIR/distilled.ko
	make_module bare ''
	make_module fits "$SPLIT/$FITTING"
	make_module foreign "$SPLIT/$FITTING" 6.1.0-56-amd64
	make_module distilled "$SPLIT/$FITTING"
	"$REBTF" distill --quiet --base "$OLD" -o "$BATS_TEST_TMPDIR" root/lib/modules/$RELEASE/kernel/distilled.ko
	mv "$distilled" root/lib/modules/$RELEASE/kernel/
	echo damaged > root/lib/modules/$RELEASE/kernel/damaged.ko
	for name in bare fits foreign distilled damaged gone; do
		load_module $name
	done
	load_module changed DEF
	make_module changed "$SPLIT/$FITTING"
	echo 2 > root/sys/module/fits/refcnt
	printf '4,1,2,-;BPF: x\n4,2,3,-;failed to validate module [foreign] BTF: -22\n' > root/dev/kmsg
	rebtf check --loaded --root root --json
	exits 1
	[ "$(jq -c 'select(.module) | [.module, .state, .replaced, .users, .log]' <<< "$output")" = "$(cat <<- 'END'
		["bare","file_without_btf",false,0,null]
		["changed","earlier",true,0,null]
		["damaged","unreadable",false,0,null]
		["distilled","distilled",false,0,null]
		["fits","earlier",false,2,null]
		["foreign","other_base",false,0,"failed to validate module [foreign] BTF: -22"]
		["gone","without_file",false,0,null]
	END
	)" ]
	rebtf check --loaded --root root
	exits 1
	says 'bare: no BTF: its file has no BTF'
	says "    run     rebtf encode --strip-signature --base $RELEASE /lib/modules/$RELEASE/kernel/bare.ko && modprobe -r bare && modprobe bare"
	says 'changed.ko, which is not the one that was loaded'
	says "    run     rebtf relocate --strip-signature --base $RELEASE --old-base 6.1.0-56-amd64 /lib/modules/"
	says '    log     failed to validate module [foreign] BTF: -22'
	says '    but     2 users of the module must stop first'
	says '7 loaded modules: 0 have BTF, 7 have none (1 without a file, 1 with an unreadable file, 1 without BTF in the file, 1 with BTF of another kernel, 1 with distilled BTF, 2 loaded before)'
}

@test "a kernel from 6.11 on would relocate distilled BTF, so it does not fit or was loaded before" {
	"$REBTF" distill --quiet --base "$OLD" -o d "$SPLIT/$MISFIT" "$SPLIT/$FITTING"
	mkdir -p root/lib/modules/6.12.9-x/kernel
	echo 6.12.9-x > root/proc/sys/kernel/osrelease
	cp "$NEW" root/sys/kernel/btf/vmlinux
	printf 'CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODULES=y\n' > root/boot/config-6.12.9-x
	for module in $FITTING $MISFIT; do
		local name
		name=$(basename "$module" .btf)
		load_module "$name"
		make_module "$name" "$SPLIT/$module"
		"$REBTF" distill --quiet --base "$OLD" -o root/lib/modules/6.12.9-x/kernel \
			"root/lib/modules/$RELEASE/kernel/$name.ko"
	done
	state_of sch_fq earlier
	state_of idxd_bus misfit
}

@test "BTF that the kernel's rules forbid is refused with the reason" {
	# Linux 6.1 has no attributes, which are tags with a flag.
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- 'END'
		from build_btf import *
		kernel = Btf()
		number = kernel.int("int", 4)
		module = Btf(kernel)
		module.add(TYPE_TAG, "attribute", number, flag=1)
		open("kernel.btf", "wb").write(kernel.bytes())
		open("module.btf", "wb").write(module.bytes())
	END
	mv kernel.btf root/sys/kernel/btf/vmlinux
	load_module a
	make_module a module.btf
	state_of a refused
	rebtf check --loaded --root root
	exits 1
	says 'a: no BTF: this kernel refuses the BTF in its file: Linux 6.1 does not accept the kind_flag of tags'
	says "    run     rebtf verify --kernel-btf --base $RELEASE /lib/modules/$RELEASE/kernel/a.ko"
	says '1 loaded module: 0 have BTF, 1 has none (1 refused)'
}

@test "BTF of the build that is installed but does not run yet needs a reboot" {
	cp "$NEW" root/sys/kernel/btf/vmlinux
	cp "$OLD" root/boot/vmlinux-$RELEASE
	load_module a
	make_module a "$SPLIT/$MISFIT"
	state_of a other_build
	rebtf check --loaded --root root
	exits 1
	says '    run     reboot'
}

@test "a kernel without BTF now, and one that ignores the BTF of modules" {
	load_module a
	make_module a "$SPLIT/$FITTING"
	rm root/sys/kernel/btf/vmlinux
	state_of a kernel_without_btf
	rebtf check --loaded --root root
	exits 1
	[[ $output != *' run '* ]]
	make_module btf_vmlinux "$OLD"
	rebtf check --loaded --root root
	exits 1
	says '    run     modprobe btf_vmlinux'
	cp "$OLD" root/sys/kernel/btf/vmlinux
	sed -i /BTF/d root/boot/config-$RELEASE
	state_of a not_supported
}

@test "--loaded takes no file, and fails without a running system" {
	rebtf check --loaded x.ko
	exits 2
	[[ $stderr == *'--loaded takes no file'* ]]
	rebtf check --loaded --base x
	exits 2
	rm root/proc/sys/kernel/osrelease
	rebtf check --loaded --root root
	exits 2
	complains "/proc/sys/kernel/osrelease: cannot read the running kernel's release"
}
