#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Daemons may start the command with a closed standard input. Then a file that it opens gets descriptor 0, which is as
# good as any other.

load common

K=6.1.0-47-amd64

setup_file() {
	unpack_data
	make_start
}

setup() {
	enter_work
}

# make_start: creates the directory "start", which each run gets a copy of.
make_start() {
	mkdir -p "$BATS_FILE_TMPDIR"/start/{modules,tree,alone}
	cd "$BATS_FILE_TMPDIR/start" || return
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - <<- END
		from build_btf import *
		def kernel(path, grown):
		    k = Btf()
		    i = k.int("int", 4, 1)
		    own = k.struct("own", 12, [("first", i, 0), ("second", i, 32), ("third", i, 64)][:2 + grown])
		    k.func("f", k.proto(i, [("own", k.add(PTR, "", own))]))
		    k.write(path)
		    return k, i, own
		k, i, own = kernel("kernel.btf", 0)
		kernel("new.btf", 1)
		m = Btf(k)
		m.struct("s", 16, [("x", i, 0), ("pointer", m.add(PTR, "", own), 64)])
		m.write("modules/m.btf")
	END
	cp kernel.btf tree/$K.btf
	tar -cJf tree/packed.btf.tar.xz kernel.btf
	"$REBTF" distill --quiet --base kernel.btf --out-dir distilled modules
	"$REBTF" standalone --quiet --base kernel.btf --out-dir alone modules/m.btf
	make_module modules/m.btf m.ko
	cp m.ko distilled.ko
	"$REBTF" distill --quiet --base kernel.btf distilled.ko
	gzip -nk m.ko
	"$BATS_TEST_DIRNAME/ids_module.py" make "$OLD" ids.ko
	"$BATS_TEST_DIRNAME/ids_module.py" unresolved "$OLD" unresolved.ko
	echo 'struct own { int first, second; } own; int f(struct own *own) { return own->second; }' > f.c
	gcc -g -c f.c -o f.o
	echo '__attribute__((section("kprobe/f"), used)) int g(struct own *own) { return f(own); }' |
		cat <(echo '#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)') \
			f.c <(echo '#pragma clang attribute pop') - > p.bpf.c
	clang -target bpf -g -O2 -c p.bpf.c -o p.bpf.o
	printf 'm.ko\nmodules\n' > list
	printf '0x01234567\t%s\tvmlinux\tEXPORT_SYMBOL\t\n' f module_layout > symvers
	make_root
}

# make_module BTF FILE: makes a module.
make_module() {
	gcc -c -x assembler -o "$2" - <<- END
		.section .gnu.linkonce.this_module, "aw"
		.skip 896
		.section .modinfo, "a"
		.asciz "name=m"
		.asciz "intree=Y"
		.asciz "srcversion=ABC"
		.asciz "vermagic=$K SMP preempt mod_unload modversions "
		.section .BTF, "a"
		.incbin "$1"
	END
}

# make_root: makes directories of systems: one with a kernel and a loaded module, one with a module only, and one with
# BTF only.
make_root() {
	mkdir -p {root,bare}/{boot,dev,proc/sys/kernel,sys/kernel/btf,sys/module/m,usr/src/headers,lib/modules/$K/kernel}
	ln -s /usr/src/headers root/lib/modules/$K/build
	ln -s /usr/src/headers bare/lib/modules/$K/build
	echo $K | tee root/proc/sys/kernel/osrelease > bare/proc/sys/kernel/osrelease
	cp kernel.btf root/sys/kernel/btf/vmlinux
	cp kernel.btf bare/lib/modules/$K/vmlinux
	cp m.ko root/lib/modules/$K/kernel
	echo live > root/sys/module/m/initstate
	echo ABC > root/sys/module/m/srcversion
	mkdir -p plain/lib/modules/$K/kernel
	cp m.ko plain/lib/modules/$K/kernel
	gzip -nc kernel.btf > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage root/boot/vmlinuz-$K packed
	printf 'CONFIG_%s=y\n' DEBUG_INFO_BTF_MODULES MODULES X86_64 | tee root/boot/config-$K > bare/boot/config-$K
	printf '4,2,3,-;failed to validate module [m] BTF: -22\n' > root/dev/kmsg
}

# run_in DIRECTORY COMMAND ARGUMENT...: runs a command in a copy of "start", which then becomes the directory, together
# with the command's status and output. All copies have the same path while the command runs.
run_in() {
	local directory=$1 status=0
	shift

	cp -a "$BATS_FILE_TMPDIR/start" copy
	mkdir "$directory"
	(cd copy && XDG_CACHE_HOME=$PWD/../cache.$directory "$@") > "$directory/out" 2> "$directory/err" || status=$?
	echo "$status" > "$directory/status"
	mv copy "$directory/files"
	(cd "$directory/files" && find . -type l -printf '%P %l\n' -o -printf '%P %m\n' | sort) > "$directory/modes"
}

# compare STATUS ARGUMENT...: runs the command with its standard input closed and open. Both must have this exit status
# and the same effect.
compare() {
	local wanted=$1
	shift

	rm -rf open closed cache.*
	run_in open "$@" < /dev/null
	[ "$(< open/status)" -eq "$wanted" ] || { echo "$*: status $(< open/status): $(cat open/err)"; return 1; }
	run_in closed "$@" <&-
	diff -r --no-dereference open closed || { echo "other effects with a closed input: $*"; return 1; }
}

# in_system ROOT ARGUMENT...: runs the command with the directories of a system in place of the machine's. Runs in a mount
# namespace of its own.
in_system() {
	local path root=$1

	shift
	mount --make-rprivate /
	for path in proc/sys/kernel/osrelease sys/kernel/btf sys/module dev boot lib/modules usr/src; do
		mount --bind "$root/$path" "/$path" || return 100
	done
	"$REBTF" "$@"
}

@test "verbs that report have the same results with a closed standard input" {
	while read -r status arguments; do
		# shellcheck disable=SC2086 # arguments are words
		compare "$status" "$REBTF" $arguments
	done <<- END
		0 check --old-base kernel.btf --base new.btf modules m.ko m.ko.gz
		0 check --base kernel.btf distilled
		0 check --base $K --root root m.ko
		1 check --loaded --root root
		0 check --symvers symvers --base kernel.btf distilled.ko
		0 core-check --verbose --base kernel.btf p.bpf.o
		0 core-check --verbose --base new.btf --modules modules/m.btf p.bpf.o
		1 diff kernel.btf new.btf
		1 diff --symbols symvers --symvers symvers kernel.btf new.btf
		0 dump kernel.btf
		0 dump --base kernel.btf modules/m.btf
		0 dump distilled/m.btf
		0 find --base kernel.btf own m.ko modules
		0 header kernel.btf
		0 header root/boot/vmlinuz-$K
		0 ids --base $OLD ids.ko
		0 ids ids.ko
		0 info --base kernel.btf modules/m.btf
		0 info --json m.ko.gz
		0 info root/boot/vmlinuz-$K
		0 verify --verbose --base kernel.btf --files-from list
		0 verify --kernel-btf kernel.btf
	END
}

@test "verbs that write have the same results with a closed standard input" {
	while read -r status arguments; do
		# shellcheck disable=SC2086 # arguments are words
		compare "$status" "$REBTF" $arguments
	done <<- END
		0 dedup -o out.btf kernel.btf new.btf
		0 dedup --in-place --base kernel.btf m.ko
		0 distill --base kernel.btf modules
		0 distill --base kernel.btf --expects modules/m.btf m.ko m.ko.gz
		0 downgrade --for-kernel 5.10 --base kernel.btf modules/m.btf
		0 downgrade --for-kernel 5.10 --out-dir out kernel.btf
		0 encode f.o
		0 encode --detached out.btf f.o
		0 encode --base kernel.btf --detached out.btf f.o
		0 extract -o out.btf m.ko
		0 extract -o out root/boot/vmlinuz-$K tree/packed.btf.tar.xz
		0 ids --resolve --base $OLD unresolved.ko
		0 merge --base kernel.btf -o out.btf modules
		0 min-core --base kernel.btf -o out.btf p.bpf.o
		0 min-core --kernels tree -o out p.bpf.o
		0 min-core --kernels tree -o out.tar p.bpf.o
		0 provide-vmlinux --kernel $K --root root
		0 provide-vmlinux --kernel $K --root bare
		0 relocate --base new.btf distilled distilled.ko
		0 relocate --kernel $K --root root
		0 relocate --base new.btf --keep distilled.ko
		0 relocate --base new.btf --out-dir out distilled distilled.ko
		0 renumber --base new.btf alone/m.btf
		0 standalone --base kernel.btf modules m.ko
		0 carrier --install --root plain --kernel $K --from $OLD
	END
}

@test "the running system is read with a closed standard input" {
	[ "$(id -u)" -eq 0 ] && [ -e /sys/kernel/btf ] && [ -e /lib/modules ] && [ -e /usr/src ] && unshare -m true ||
		skip 'needs a mount namespace'
	export -f in_system
	while read -r status arguments; do
		# shellcheck disable=SC2086 # arguments are words
		compare "$status" unshare -m bash -c 'in_system "$@"' - $arguments
	done <<- END
		0 root relocate --kernel $K
		0 root find own
		0 root distill --out-dir out modules
		0 root provide-vmlinux --kernel $K
		0 bare provide-vmlinux --kernel $K
		0 bare carrier --install --kernel $K --from $OLD
	END
	compare 1 unshare -m bash -c 'in_system "$@"' - root check --loaded --json
	[ "$(jq -r 'select(.module).log' closed/out)" = 'failed to validate module [m] BTF: -22' ]
}
