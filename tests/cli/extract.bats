#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Kernel images, releases and archives as FILE, and rebtf extract, which writes their BTF as raw files.

load common

K=9.8.7-test

setup_file() {
	unpack_data
	cd "$BATS_FILE_TMPDIR"
	gzip -nc "$NEW" > packed
	"$BATS_TEST_DIRNAME/make_image.py" bzimage vmlinuz packed
	objcopy -I binary -O elf64-x86-64 --rename-section .data=.BTF "$NEW" vmlinux 2> /dev/null
	printf '\2\0' | dd of=vmlinux bs=1 seek=16 conv=notrunc status=none	# an executable, like kernels
	cp "$NEW" $K.btf
	tar -chJf $K.btf.tar.xz $K.btf
	xz -k vmlinux
	xz -kc $K.btf > $K.btf.xz
	mkdir boot
	cp vmlinuz boot/vmlinuz-$K
	tar -chJf data.tar.xz ./boot
	ar r kernel.deb data.tar.xz 2> /dev/null
	export FILES="vmlinuz vmlinux vmlinux.xz $K.btf.tar.xz $K.btf.xz kernel.deb"
}

setup() {
	enter_work
	ln -s "$BATS_FILE_TMPDIR"/* .
	export XDG_CACHE_HOME=$PWD/cache
	# A release is looked up in the system's directories, so these tests mount their own.
	have_namespace() {
		[ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null
	}
}

matches_schema() {
	! python3 -c 'import jsonschema' 2> /dev/null ||
		python3 "$BATS_TEST_DIRNAME/schema.py" "$BATS_TEST_DIRNAME/../../docs/rebtf.schema.json" <<< "$output"
}

# installed COMMAND...: runs a command in a namespace with the kernel $K installed.
installed() {
	run --separate-stderr unshare -m bash -c 'mount --make-rprivate / && mount -t tmpfs none /boot &&
		cp "$1" /boot/vmlinuz-'$K' && shift && exec "$@"' _ "$BATS_FILE_TMPDIR/vmlinuz" "$@"
}

@test "info describes images and archives as it does vmlinux" {
	rebtf info --json vmlinux
	exits 0
	local types
	types=$(jq .types <<< "$output")
	for file in $FILES; do
		rebtf info "$file"
		exits 0
		says 'form        standalone'
		rebtf info --json "$file"
		exits 0
		[ "$(jq .types <<< "$output")" = "$types" ]
		[ "$(jq -r .file <<< "$output")" = "$file" ]
	done
	rebtf info --json vmlinuz
	[ "$(jq -r '.container, .kernel.file' <<< "$output" | xargs)" = 'image vmlinuz' ]
	matches_schema
}

@test "dump, verify and standalone take images and archives" {
	"$REBTF" dump "$NEW" > expected
	for file in $FILES; do
		"$REBTF" dump "$file" | cmp - expected
		rebtf verify --verbose "$file"
		exits 0
		says "$file: accepted"
		rebtf standalone --base "$OLD" --out-dir out "$file"
		exits 0
		says '1 left alone (1 standalone)'
	done
}

@test "verbs that write modules say what an image is, and do not touch it" {
	cp --remove-destination "$BATS_FILE_TMPDIR/vmlinuz" vmlinuz
	remember vmlinuz
	for verb in distill relocate check renumber; do
		rebtf "$verb" --base "$OLD" vmlinuz
		exits 2
		complains vmlinuz 'neither BTF nor an ELF file, but a kernel image'
	done
	unchanged vmlinuz
}

@test "an image cannot be read as split" {
	rebtf info --as split vmlinuz
	exits 2
	complains vmlinuz 'cannot read standalone BTF as split (it belongs to a kernel)'
}

@test "what is neither module nor kernel is called so, however large" {
	head -c 100000 /dev/zero | tr '\0' x > text
	for verb in info dump verify standalone; do
		rebtf "$verb" text
		exits 2
		complains text 'neither BTF nor an ELF file'
		rebtf "$verb" none.ko
		exits 2
		complains none.ko 'No such file'
	done
	# An image without BTF is still recognized as an image.
	gzip -nc text > packed-text
	"$BATS_TEST_DIRNAME/make_image.py" bzimage empty packed-text
	rebtf info empty
	exits 2
	complains empty 'no BTF found, neither plain nor compressed'
}

@test "a release is a file, and its kernel is named" {
	have_namespace || skip 'needs a mount namespace'
	installed "$REBTF" info $K
	exits 0
	says $'9.8.7-test\n'
	says "file        /boot/vmlinuz-$K"
	says "release     $K"
	installed "$REBTF" info --json $K
	exits 0
	[ "$(jq -r '.file, .kernel.file, .kernel.release' <<< "$output" | xargs)" = "$K /boot/vmlinuz-$K $K" ]
	installed "$REBTF" extract $K -o out.btf
	exits 0
	cmp "$NEW" out.btf
	installed bash -c '"$REBTF" dump '$K' | cmp - <("$REBTF" dump '"$NEW"')'
	exits 0
	rebtf info 1.2.3-none
	exits 2
	complains 1.2.3-none 'no kernel of that release'
}

@test "extract writes the raw BTF of anything that can be read" {
	for file in $FILES; do
		rebtf extract "$file" -o out/deep/"$file".raw
		exits 0
		says '1 file: 1 extracted'
		cmp "$NEW" out/deep/"$file".raw
		[ "$(ls out/deep)" = "$file.raw" ]
		rm -r out
	done
}

@test "a module's sections go beside its BTF" {
	"$REBTF" distill --quiet --expects --base "$OLD" --out-dir . "$DATA/ko/tcp_bbr.ko"
	for section in BTF BTF.base BTF.base_expects BTF_ids; do
		objcopy -O binary --only-section=.$section --set-section-flags .$section=alloc tcp_bbr.ko $section
	done
	xz --check=crc32 tcp_bbr.ko
	rebtf extract --verbose -o x.btf tcp_bbr.ko.xz
	exits 0
	says "tcp_bbr.ko.xz: extracted to x.btf"
	cmp BTF x.btf
	cmp BTF.base x.btf.base
	cmp BTF.base_expects x.btf.expects
	cmp BTF_ids x.btf.ids
	# These files form a module in raw form.
	rebtf relocate --policy strict --base "$OLD" x.btf
	exits 0
	rebtf dump --base "$OLD" x.btf
	exits 0
}

@test "what is left beside the output from another module goes" {
	for ending in base expects ids; do
		echo old > x.btf.$ending
	done
	rebtf extract -o x.btf "$DATA/ko/nls_utf8.ko.xz"
	exits 0
	[ "$(ls x.btf*)" = x.btf ]
}

@test "several files, or a directory, go below a directory" {
	rebtf extract -o out vmlinuz $K.btf.tar.xz
	exits 0
	says '2 files: 2 extracted'
	[ "$(ls out | xargs)" = "$K.btf vmlinuz.btf" ]
	cmp "$NEW" out/vmlinuz.btf
	rm -r out
	mkdir -p tree/a tree/b
	cp "$DATA/ko/nls_utf8.ko.xz" tree/a
	cp "$DATA/ko/tcp_dctcp.ko.zst" tree/b
	cp "$DATA/ko/crc-itu-t.ko" tree
	rebtf extract -o out tree
	exits 0
	[ "$(cd out && find . -type f | sort | xargs)" = './a/nls_utf8.btf ./b/tcp_dctcp.btf ./b/tcp_dctcp.btf.ids ./crc-itu-t.btf' ]
	# An existing directory, or a name with a trailing slash, also receives a single file.
	mkdir there
	rebtf extract vmlinuz -o there
	exits 0
	rebtf extract vmlinuz -o new/
	exits 0
	cmp there/vmlinuz.btf new/vmlinuz.btf
}

@test "files that would be written to one name are refused before anything is written" {
	mkdir tree
	cp "$DATA/ko/nls_utf8.ko.xz" tree
	xz -dk tree/nls_utf8.ko.xz
	rebtf extract -o out tree
	exits 2
	complains nls_utf8.ko nls_utf8.ko.xz 'both have the output out/nls_utf8.btf'
	[ ! -e out ]
}

@test "one file that fails does not stop the others" {
	echo text > text
	rebtf extract -o out vmlinuz text
	exits 1
	complains text 'neither BTF nor'
	cmp "$NEW" out/vmlinuz.btf
}

@test "extract writes to standard output, and nothing else goes there" {
	"$REBTF" extract vmlinuz -o - > out.btf
	cmp "$NEW" out.btf
	"$REBTF" extract --verbose -o - vmlinuz | cmp - "$NEW"
	run -2 --separate-stderr bash -c '"$REBTF" extract vmlinuz -o - > /dev/full'
	complains 'standard output' 'No space left'
}

@test "an output that makes no sense is refused" {
	rebtf extract vmlinuz
	exits 2
	complains '--output'
	rebtf extract -o - vmlinuz vmlinux
	exits 2
	complains 'cannot extract several files to standard output'
	rebtf extract -o - --json vmlinuz
	exits 2
	complains JSON
	cp "$NEW" x.btf.base
	for output in x.btf.base ./x.btf; do
		rebtf extract -o "$output" x.btf.base
		exits 2
		complains 'cannot overwrite the input with its BTF'
		cmp "$NEW" x.btf.base
	done
	run -2 script -qec '"$REBTF" extract -o - vmlinuz' /dev/null
	[[ $output == *'cannot write BTF to a terminal'* ]]
}

@test "JSON names each output" {
	rebtf extract --json -o out "$DATA/ko/tcp_bbr.ko" vmlinuz
	exits 0
	[ "$(jq -r 'select(.file == "vmlinuz") | .outcome, .output, .sections[".BTF"].output' <<< "$output" | xargs)" = \
		'extracted out/vmlinuz.btf out/vmlinuz.btf' ]
	[ "$(jq -r '.sections[".BTF_ids"].output // empty' <<< "$output")" = out/tcp_bbr.btf.ids ]
	[ "$(jq '.summary.extracted // empty' <<< "$output")" = 2 ]
	matches_schema
}

@test "without memory for its name, an output is not written to a file of another name" {
	! grep -q __asan_init "$REBTF" || skip "the sanitizer has a heap of its own"
	getconf GNU_LIBC_VERSION > /dev/null || skip "allocations.c needs glibc"
	cc -shared -fPIC -o allocations.so "$BATS_TEST_DIRNAME/../stress/faults/allocations.c"
	local name=no-such-file-of-rebtf count i
	mkdir sub
	cp "$SPLIT/$FITTING" $name.btf
	LD_PRELOAD=./allocations.so COUNT_TO=3 "$REBTF" extract --quiet -o sub/ $name.btf 3> count
	count=$(cat count)
	[ "$count" -gt 10 ]
	for ((i = 1; i <= count; i++)); do
		LD_PRELOAD=./allocations.so FAIL_ALLOCATION=$i "$REBTF" extract -o sub/ $name.btf || true
	done > output 2>&1
	[ "$(ls -A sub)" = $name.btf ]
	[ ! -e /$name.btf ]
}
