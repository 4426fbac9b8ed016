#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Kernel images as BASE: unified kernel images, other contents of images, and the paths where they are installed.

load common

K=9.8.7-test

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	# A module that was distilled over another kernel, as in an initramfs.
	"$REBTF" distill --quiet --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	"$REBTF" standalone --quiet --base "$OLD" --out-dir alone "$DATA/ko/tcp_bbr.ko"
	xz --check=crc32 -k tcp_bbr.ko alone/tcp_bbr.ko
	"$BATS_TEST_DIRNAME/make_image.py" cpio initramfs tcp_bbr.ko alone/tcp_bbr.ko tcp_bbr.ko.xz alone/tcp_bbr.ko.xz
	zstd -q -k initramfs
	gzip -nc "$NEW" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage linux packed
	printf 'ID=test\n' > os-release
	printf '%s\n' $K > uname
}

setup() {
	enter_work
	ln -s "$BATS_FILE_TMPDIR"/* .
}

make_image() {
	"$BATS_TEST_DIRNAME/make_image.py" "$@"
}

# is_new BASE...: checks that each base is recognized as the new kernel.
is_new() {
	for base; do
		rebtf info --base "$base" "$DISTILLED/$FITTING"
		exits 0
		rm -rf out
		rebtf relocate --base "$base" --out-dir out "$DISTILLED/$FITTING"
		exits 0
		rebtf info --base "$NEW" "out/$(basename "$FITTING")"
		exits 0
		says 'fits        yes'
	done
}

@test "of a unified kernel image the kernel counts, wherever the initrd is" {
	for initrd in initramfs initramfs.zst; do
		make_image uki a.efi .osrel=os-release .initrd=$initrd .linux=linux
		make_image uki b.efi .linux=linux .initrd=$initrd
		make_image uki c.efi .initrd=$initrd .linux=packed .osrel=os-release
		is_new ./a.efi ./b.efi ./c.efi
	done
}

@test "a unified kernel image whose kernel has no BTF has none in its initrd" {
	for initrd in initramfs initramfs.zst; do
		make_image uki a.efi .initrd=$initrd .linux=os-release
		rebtf info --base ./a.efi "$DISTILLED/$FITTING"
		exits 2
		complains a.efi 'no BTF'
	done
}

@test "lz4 frames, legacy lz4 and lzop files are unpacked" {
	{ head -c 5000 /dev/zero | tr '\0' x; cat "$NEW"; } > Image
	lz4 -q Image Image.lz4
	lz4 -q -9 --content-size -B4 -BD Image Image-9.lz4
	lz4 -q -l Image Image.lz4-legacy
	lzop -9 Image -o Image.lzo
	lzop -1 < Image > Image-1.lzo
	# The kernel's build appends the size to its compressed payload.
	{ cat Image.lzo; printf '\0\0\2\0'; } > payload
	make_image bzimage linux-lzo payload
	is_new ./Image.lz4 ./Image-9.lz4 ./Image.lz4-legacy ./Image.lzo ./Image-1.lzo ./linux-lzo
}

@test "without the library that unpacks it, a kernel is refused with the library's name" {
	lzop -9 < "$NEW" > Image.lzo
	lz4 -qc "$NEW" > Image.lz4
	bzip2 -c "$NEW" > Image.bzip2
	mkdir empty
	touch empty/liblzo2.so.2 empty/liblz4.so.1 empty/libbz2.so.1.0 empty/libbz2.so.1
	for library in lzo:lzo2 lz4:lz4 bzip2:bz2; do
		LD_LIBRARY_PATH=$PWD/empty rebtf info --base "./Image.${library%:*}" "$DISTILLED/$FITTING"
		exits 2
		complains "Image.${library%:*}" \
			"${library%:*} data needs lib${library#*:}, but loading it fails: " "lib${library#*:}.so"
	done
}

@test "an lzop file whose blocks are not compressed needs no library" {
	make_standalone_btf kernel.btf
	# What lzop writes: a header without a name, blocks, and a size of 0.
	python3 - <<- 'END'
		import struct
		data = open("kernel.btf", "rb").read()
		header = b"\x89LZO\0\r\n\x1a\n" + struct.pack(">HHHBBIIIIBI", 0x1040, 0x20A0, 0x940, 3, 9, 0, 0x81A4, 0, 0, 0, 0)
		open("Image.lzo", "wb").write(header + struct.pack(">II", len(data), len(data)) + data + bytes(4))
	END
	mkdir empty
	touch empty/liblzo2.so.2
	LD_LIBRARY_PATH=$PWD/empty rebtf dump ./Image.lzo
	exits 0
	[ "$output" = "$("$REBTF" dump kernel.btf)" ]
}

@test "in a flattened image tree the kernel counts, not the ramdisk" {
	gzip -nc "$NEW" > kernel
	for ramdisk in initramfs initramfs.zst; do
		make_image fit a.itb kernel=kernel ramdisk=$ramdisk
		make_image fit b.itb ramdisk=$ramdisk kernel=kernel
		is_new ./a.itb ./b.itb
	done
}

@test "mkimage's flattened image tree is read" {
	command -v mkimage > /dev/null || skip 'no mkimage'
	gzip -nc "$NEW" > kernel
	mkimage -f auto -A arm64 -O linux -T kernel -C gzip -a 0 -e 0 -n test -d kernel -i initramfs a.itb > mkimage.log
	is_new ./a.itb
}

@test "the kernel in an archive or a package is found" {
	mkdir boot
	cp linux boot/vmlinuz-$K
	cp "$NEW" $K.btf
	tar -chJf $K.btf.tar.xz $K.btf
	tar -chJf data.tar.xz ./tcp_bbr.ko ./boot/vmlinuz-$K
	ar r kernel.deb data.tar.xz 2> /dev/null
	make_image cpio payload ./tcp_bbr.ko boot/vmlinuz-$K
	zstd -q payload
	make_image rpm kernel.rpm payload.zst
	is_new ./$K.btf.tar.xz ./kernel.deb ./kernel.rpm
}

@test "an archive of two kernels is refused, and names them" {
	cp "$NEW" new.btf
	cp "$OLD" old.btf
	tar -chJf two.tar.xz new.btf old.btf
	rebtf info --base ./two.tar.xz "$DISTILLED/$FITTING"
	exits 2
	complains two.tar.xz new.btf old.btf
}

@test "a release that is installed as a unified kernel image alone is found" {
	make_image uki uki.efi .uname=uname .initrd=initramfs .linux=linux
	make_image uki plain.efi .initrd=initramfs .linux=linux
	for place in usr/lib/modules/$K/vmlinuz-virt.efi usr/lib/modules/$K/$K.efi usr/lib/linux/efi/kernel.efi-$K \
		efi/EFI/Linux/any.efi boot/EFI/Linux/any.efi boot/efi/EFI/Linux/any.efi boot/1234/$K/linux; do
		rm -rf root
		mkdir -p "root/$(dirname $place)" root/lib/modules/$K/extra
		cp uki.efi root/$place
		cp "$BATS_FILE_TMPDIR/tcp_bbr.ko" root/lib/modules/$K/extra
		rebtf relocate --root root --kernel $K
		exits 0
		rebtf info --base "$NEW" root/lib/modules/$K/extra/tcp_bbr.ko
		says 'fits        yes'
	done
	# Without .uname, the file name gives the release.
	mv root/boot/1234 gone
	mkdir -p root/efi/EFI/Linux
	cp plain.efi root/efi/EFI/Linux/any.efi
	rebtf relocate --root root --kernel $K
	exits 2
	mv root/efi/EFI/Linux/any.efi root/efi/EFI/Linux/token-$K+3.efi
	rebtf relocate --root root --kernel $K
	exits 0
}

@test "a link to what the running kernel shows is not the kernel of a release that is installed" {
	mkdir -p root/boot root/lib/modules/$K/build root/lib/modules/$K/extra
	cp "$BATS_FILE_TMPDIR/tcp_bbr.ko" root/lib/modules/$K/extra
	ln -s /sys/kernel/btf/vmlinux root/lib/modules/$K/build/vmlinux
	rebtf relocate --root root --kernel $K
	exits 2
	[[ ${stderr_lines[-1]} == *"$K: no such file, and no kernel of that release"* ]]
	cp linux root/boot/vmlinuz-$K
	rebtf relocate --root root --kernel $K
	exits 0
	rebtf info --base "$NEW" root/lib/modules/$K/extra/tcp_bbr.ko
	says 'fits        yes'
}

@test "a link to what the running kernel shows is not the kernel of the release it is named for" {
	[ "$(id -u)" -eq 0 ] && [ -e /sys/kernel/btf/vmlinux ] && unshare -m true || skip 'needs a mount namespace'
	cat > check <<-'END'
	set -e
	mount --make-rprivate /
	mount -t tmpfs none /boot
	mount -t tmpfs none /lib/modules
	mkdir -p "/lib/modules/$1/build"
	cp linux "/boot/vmlinuz-$1"
	ln -s /sys/kernel/btf/vmlinux "/lib/modules/$1/build/vmlinux"
	exec "$REBTF" relocate --base "$1" --out-dir out tcp_bbr.ko
	END
	mkdir -p /lib/modules
	cp -L tcp_bbr.ko module.ko
	rm tcp_bbr.ko
	mv module.ko tcp_bbr.ko
	run --separate-stderr unshare -m bash check $K
	exits 0
	rebtf info --base "$NEW" out/tcp_bbr.ko
	says 'fits        yes'
}

@test "an image of another kernel is not the kernel of the release that it is named for" {
	make_image uki uki.efi .uname=uname .initrd=initramfs .linux=linux
	mkdir -p root/boot
	cp uki.efi root/boot/vmlinuz-uki-9.9.9.efi
	rebtf check --verbose --root root --base 9.9.9 "$DISTILLED/$FITTING"
	exits 2
	complains "root/boot/vmlinuz-uki-9.9.9.efi (is the kernel $K)"
}

@test "--verbose and JSON name the file that was the base, and its release" {
	make_image uki uki.efi .uname=uname .initrd=initramfs .linux=linux
	mkdir -p root/lib/modules/$K/extra
	mkdir root/boot
	cp "$BATS_FILE_TMPDIR/tcp_bbr.ko" root/lib/modules/$K/extra
	cp uki.efi root/boot/vmlinuz-uki-$K.efi
	rebtf relocate --verbose --root root --kernel $K
	exits 0
	says "Base: root/boot/vmlinuz-uki-$K.efi, release $K"
	rebtf relocate --json --root root --kernel $K
	[ "$(jq -c '.summary.base // empty' <<< "$output")" = "{\"file\":\"root/boot/vmlinuz-uki-$K.efi\",\"release\":\"$K\"}" ]
	rebtf distill --verbose --base "$OLD" --out-dir out "$DATA/ko/nls_utf8.ko.xz"
	says "Base: $OLD"$'\n'
	rebtf standalone --verbose --base "$OLD" --out-dir out "$DATA/ko/nls_utf8.ko.xz"
	says "Base: $OLD"$'\n'
	make_standalone_btf x.btf
	rebtf renumber --verbose --base "$OLD" x.btf
	says "Base: $OLD"$'\n'
	rebtf check --verbose --old-base "$OLD" --base ./uki.efi "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	says "Base: ./uki.efi, release $K"
	says "Old base: $OLD"
	rebtf check --json --old-base "$OLD" --base ./uki.efi "$DATA/ko/nls_utf8.ko.xz"
	[ "$(jq -r '.summary // empty | .base.release, .old_base.file' <<< "$output" | xargs)" = "$K $OLD" ]
	rebtf info --verbose --base "$OLD" "$DATA/ko/nls_utf8.ko.xz"
	says "($OLD)"
	rebtf info --json --base ./uki.efi "$DISTILLED/$FITTING"
	[ "$(jq -r '.fit.base_kernel | .file, .release' <<< "$output" | xargs)" = "./uki.efi $K" ]
	rebtf verify --verbose --base "$OLD" --base "$DATA/ko/nls_utf8.ko.xz" "$DATA/ko/nls_utf8.ko.xz"
	says "Base: $OLD"$'\n'
	rebtf verify --json --base ./uki.efi "$DATA/ko/nls_utf8.ko.xz"
	[ "$(jq -r '.summary.base.release // empty' <<< "$output")" = $K ]
}
