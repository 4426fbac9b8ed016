#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Packages that stand for the modules in them.

load common

K=6.1.0-47-amd64

setup_file() {
	unpack_data
	mkdir -p "$BATS_FILE_TMPDIR/system/lib/modules/$K/kernel" "$BATS_FILE_TMPDIR/system/boot"
	cd "$BATS_FILE_TMPDIR/system"
	cp "$DATA"/ko/{tcp_bbr.ko,nf_conntrack.ko.xz,tcp_dctcp.ko.zst,crc16-signed.ko} lib/modules/$K/kernel
	gzip -nc "$OLD" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage boot/vmlinuz-$K packed
	rm packed
	tar -cJf ../data.tar.xz ./boot ./lib
	tar -cf ../data.tar ./boot ./lib
}

setup() {
	enter_work
	ln -s "$BATS_FILE_TMPDIR"/{system,data.tar,data.tar.xz} .
}

deb() {
	echo 2.0 > debian-binary
	tar -czf control.tar.gz debian-binary
	ar r "$1" debian-binary control.tar.gz "$2" 2> /dev/null
}

# same_as_tree PACKAGE...: checks that each has the same modules as the directory.
same_as_tree() {
	rebtf find --base "$OLD" '*tcp*' system/lib
	exits 0
	local want=$output
	for package; do
		rebtf find --base "$OLD" '*tcp*' "$package"
		exits 0
		[ -z "$stderr" ]
		[ "$output" = "$want" ]
	done
}

@test "packages of all formats have the same modules as a directory" {
	deb xz.deb data.tar.xz
	zstd -q < data.tar > data.tar.zst
	deb zst.deb data.tar.zst
	gzip -nc data.tar > a.tar.gz
	(cd system && find . | cpio --quiet -o -H newc) > a.cpio
	(cd system && find lib -type f) | sed 's/^/system\//' > names
	# shellcheck disable=SC2046 # one word for each name
	"$BATS_TEST_DIRNAME/make_image.py" cpio payload $(cat names)
	xz -k payload
	"$BATS_TEST_DIRNAME/make_image.py" rpm a.rpm payload.xz
	same_as_tree ./xz.deb ./zst.deb ./data.tar ./a.tar.gz ./a.cpio ./a.rpm
}

@test "a package is base and modules at once" {
	deb a.deb data.tar.xz
	rebtf find --base ./a.deb bbr ./a.deb
	exits 0
	says '/* tcp_bbr ['
	rebtf merge --base ./a.deb ./a.deb -o merged.btf
	exits 0
	says '4 modules merged'
	rebtf merge --base "$OLD" system/lib -o want.btf
	cmp merged.btf want.btf
	rebtf header --base ./a.deb --type bbr ./a.deb
	exits 0
	says 'struct bbr {'
}

@test "diff compares packages with all modules" {
	deb a.deb data.tar.xz
	rebtf diff ./a.deb ./a.deb
	exits 0
	cp -r system/. other
	rm other/lib/modules/$K/kernel/tcp_dctcp.ko.zst
	tar -C other -cJf other.tar.xz ./boot ./lib
	rebtf diff ./a.deb ./other.tar.xz
	local want=$output status_of_packages=$status
	says 'removed module tcp_dctcp'
	[ "$status" != 2 ]
	rebtf diff system other
	[ "$output" = "$want" ]
	[ "$status" = "$status_of_packages" ]
}

@test "modules in a package of their own are compared over the kernels of --base and --old-base" {
	tar -C system -cf modules.tar ./lib
	rebtf diff --old-base "$OLD" --base "$OLD" ./modules.tar ./modules.tar
	exits 0
	rebtf diff ./modules.tar ./modules.tar
	exits 2
	[[ $stderr == *modules.tar* ]]
}

@test "without libarchive, packages are refused, and other files are read" {
	command -v strace > /dev/null || skip "needs strace"
	deb a.deb data.tar.xz
	hide=(env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o log -e inject=openat:error=ENOENT)
	for library in $(ldconfig -p | awk '/libarchive\.so\.13/ { print $NF }'); do
		hide+=(-P "$library" -P "/usr$library")
	done
	run --separate-stderr "${hide[@]}" "$REBTF" find --base "$OLD" bbr ./a.deb
	exits 2
	# strace notes on standard error that the library is a symbolic link.
	[[ $stderr == *"rebtf: ./a.deb: packages need libarchive, but loading it fails: libarchive.so.13: "* ]]
	run --separate-stderr "${hide[@]}" "$REBTF" find --base "$OLD" bbr system/lib
	exits 0
	says '/* tcp_bbr ['
}

@test "a module in a package that is damaged or belongs to another kernel is left out and named" {
	cp -r system/. other
	head -c 5000 system/lib/modules/$K/kernel/tcp_bbr.ko > other/lib/modules/$K/kernel/tcp_bbr.ko
	tar -C other -cf other.tar ./lib
	rebtf find --base "$OLD" dctcp ./other.tar
	exits 0
	says '/* tcp_dctcp ['
	[[ $stderr == *"other.tar:lib/modules/$K/kernel/tcp_bbr.ko: "* ]]
	rebtf find --base "$NEW" bbr ./other.tar
	exits 1
	[[ $stderr == *"other.tar:lib/modules/$K/kernel/nf_conntrack.ko.xz: "*"probably the wrong base"* ]]
}

@test "a package without modules, and one that is cut off or lies about sizes, are errors" {
	tar -C system -cf none.tar ./boot
	rebtf find --base "$OLD" bbr ./none.tar
	exits 2
	complains none.tar 'no modules in this package'
	deb a.deb data.tar.xz
	for size in 100000 200000; do
		head -c $size a.deb > cut.deb
		rebtf find --base "$OLD" bbr ./cut.deb
		exits 2
		complains cut.deb 'damaged package'
	done
	# The first member claims 8 GB.
	cp data.tar big.tar
	chmod u+w big.tar
	python3 - <<-'END'
		with open("big.tar", "r+b") as file:
		    data = bytearray(file.read())
		    at = next(i for i in range(0, len(data), 512) if data[i + 156 : i + 157] == b"0" and data[i + 257 : i + 262] == b"ustar")
		    data[at + 124 : at + 136] = b"77777777777\0"
		    data[at + 148 : at + 156] = b" " * 8
		    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
		    file.seek(0)
		    file.write(data)
	END
	rebtf find --base "$OLD" bbr ./big.tar
	exits 2
	complains big.tar 'unpacks to more than'
	# An archive in compression in compression is none.
	xz -c data.tar.xz | xz > data.tar.xz.xz.xz
	rebtf find --base "$OLD" bbr ./data.tar.xz.xz.xz
	exits 1
	complains data.tar.xz.xz.xz 'neither BTF nor an ELF file'
}

@test "a small file that unpacks to a gigabyte is refused before that" {
	mkdir -p lib
	truncate -s 1G lib/x.ko
	tar -cf - lib | xz -0 -T1 > bomb.tar.xz
	rebtf find --base "$OLD" bbr ./bomb.tar.xz
	exits 2
	complains bomb.tar.xz 'the package unpacks to more than'
}
