#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# Faulty files and faulty destinations: each gives one clear line and the right exit status, and all files on disk stay
# as they were.

load common

setup_file() {
	unpack_data
}

setup() {
	enter_work
}

teardown() {
	chmod -R u+rwX "$BATS_TEST_TMPDIR"
	! mountpoint -q small 2> /dev/null || umount small
}

# all_verbs_refuse FILE TEXT...: each verb that reads modules gives status 2 and one line with the file's name and each
# TEXT, and changes no file.
all_verbs_refuse() {
	local file=$1
	shift
	remember .
	for verb in distill relocate check info; do
		rebtf $verb --base "$OLD" "$file"
		exits 2
		complains "$file" "$@"
	done
	rebtf dump --base "$OLD" "$file"
	exits 2
	complains "$file" "$@"
	unchanged .
}

@test "a file that is not there" {
	all_verbs_refuse none.ko 'No such file'
}

@test "an empty file" {
	: > x.ko
	all_verbs_refuse x.ko empty
}

@test "a file that is not what its name says" {
	for name in x.ko x.ko.xz x.ko.zst x.ko.gz x.btf; do
		echo 'plain text, whatever the name says' > $name
		all_verbs_refuse $name 'neither BTF nor'
		rm $name
	done
}

@test "files that unpack to far more than their size" {
	head -c 200M /dev/zero | zstd -q -o x.ko.zst
	head -c 200M /dev/zero | gzip -1 > x.ko.gz
	for name in x.ko.zst x.ko.gz; do
		all_verbs_refuse $name 'data is too large (maximum' 'bytes for a file of this size)'
		rebtf check --base $name "$SPLIT/$FITTING"
		exits 2
		complains $name
	done
}

@test "a device without end, and a large file that is something else" {
	all_verbs_refuse /dev/zero 'neither BTF nor'
	truncate -s 1G x.ko
	all_verbs_refuse x.ko 'neither BTF nor'
}

@test "a name does not matter where the bytes are right" {
	take "$DISTILLED/$FITTING" x.ko.xz
	rebtf check --base "$NEW" x.ko.xz
	exits 0
}

# cut_short DIR ARGUMENT...: runs the command, and lets the second read of the directory fail. The first one gets all
# entries, the second one usually their end.
cut_short() {
	run --separate-stderr env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -qq -o log -P "$PWD/$1" -e inject=getdents64:error=EIO:when=2 "$REBTF" "${@:2}"
	grep -q INJECTED log
}

@test "a directory that can be read in part only is an error, and not a short list" {
	command -v strace > /dev/null || skip "needs strace"
	mkdir -p tree loaded/{proc/sys/kernel,sys/kernel/btf,sys/module,lib/modules} kernels
	cp "$OLD" tree/vmlinux
	cp "$SPLIT/$FITTING" tree/sch_fq
	cp "$OLD" kernels/x.btf
	cp "$OLD" loaded/sys/kernel/btf/vmlinux
	echo 6.1.0-47-amd64 > loaded/proc/sys/kernel/osrelease
	mkdir loaded/lib/modules/6.1.0-47-amd64
	cp "$OLD" loaded/lib/modules/6.1.0-47-amd64/vmlinux
	echo '__attribute__((section("kprobe/f"), used)) int g(void) { return 0; }' > p.bpf.c
	clang -target bpf -g -O2 -c p.bpf.c -o p.bpf.o
	cut_short kernels min-core --kernels kernels -o out p.bpf.o
	exits 2
	complains 'kernels: cannot read the directory' 'Input/output error'
	cut_short tree find --base "$OLD" Qdisc tree
	exits 2
	complains 'tree: cannot read' 'Input/output error'
	cut_short loaded/sys/module check --loaded --root loaded
	exits 2
	complains '/sys/module: cannot read' 'Input/output error'
	# Another kernel may be installed, too.
	cut_short loaded/lib/modules diff loaded "$NEW"
	exits 2
	complains 'loaded: no kernel in this directory'
}

@test "truncated BTF, at every part of it" {
	local size
	size=$(stat -c %s "$SPLIT/$FITTING")
	for length in 1 2 7 23 24 25 $((size / 4)) $((size / 2)) $((size - 1)); do
		head -c $length "$SPLIT/$FITTING" > x.btf
		all_verbs_refuse x.btf
	done
}

@test "a truncated distilled base" {
	cp "$DISTILLED/$FITTING" x.btf
	head -c 100 "$DISTILLED/$FITTING.base" > x.btf.base
	for verb in relocate check info; do
		rebtf $verb --base "$NEW" x.btf
		exits 2
		complains x.btf.base
	done
}

@test "truncated compressed files" {
	for tool in 'xz -c' 'gzip -c' 'zstd -qc'; do
		$tool "$SPLIT/$MISFIT" > whole || { echo "no $tool"; continue; }
		head -c $(($(stat -c %s whole) / 2)) whole > x.ko.z
		rm whole
		all_verbs_refuse x.ko.z
	done
}

@test "compressed raw BTF is read, and stays compressed" {
	for tool in xz gzip zstd; do
		$tool -c "$SPLIT/$FITTING" > x.btf
		head -c 3 x.btf > magic
		rebtf distill --base "$OLD" x.btf
		exits 0
		cmp magic <(head -c 3 x.btf)
		$tool -dc < x.btf | cmp - "$DISTILLED/$FITTING"
		rm x.btf x.btf.base
	done
}

@test "lengths and counts that are absurdly large" {
	# Section lengths of 4 GiB minus one, a STRUCT of 16 million members, and an unterminated string section.
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' > x.btf
	all_verbs_refuse x.btf
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x0c\0\0\0\x0c\0\0\0\x01\0\0\0\0\0\0\0\xff\xff\xff\x04\x08\0\0\0\0' > x.btf
	all_verbs_refuse x.btf
	printf '\x9f\xeb\x01\0\xff\xff\xff\xff\0\0\0\0\x0c\0\0\0\x0c\0\0\0\x01\0\0\0' > x.btf
	all_verbs_refuse x.btf
}

@test "a type that contains itself" {
	# [3] TYPEDEF 'a' type_id=3, over [1] INT 'int' and [2] INT 'char'
	make_standalone_btf base.btf
	printf '\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\x0c\0\0\0\x0c\0\0\0\x02\0\0\0' > x.btf
	printf '\x0a\0\0\0\0\0\0\x08\x03\0\0\0a\0' >> x.btf
	for verb in distill dump; do
		rebtf $verb --base base.btf x.btf
		exits 2
		complains x.btf "type [3] TYPEDEF 'a'"
	done
}

@test "a directory without a module" {
	mkdir -p empty/deep
	echo text > empty/deep/README
	for verb in distill relocate check info; do
		rebtf $verb --base "$OLD" empty
		exits 2
		complains empty 'no modules in the directory'
	done
	rebtf dump empty
	exits 2
	complains empty
}

@test "an ELF file without BTF" {
	command -v as > /dev/null || skip "needs as"
	echo 'nop' | as -o x.ko -
	all_verbs_refuse x.ko .BTF
}

@test "no read permission" {
	cp "$SPLIT/$FITTING" x.btf
	chmod 000 x.btf
	for verb in distill relocate check info dump; do
		run --separate-stderr without_override "$REBTF" $verb --base "$OLD" x.btf
		exits 2
		complains x.btf 'Permission denied'
	done
}

@test "a directory that cannot be read" {
	mkdir closed
	cp "$SPLIT/$FITTING" closed/x.btf
	chmod 000 closed
	run --separate-stderr without_override "$REBTF" check --base "$NEW" closed "$DISTILLED/$FITTING"
	exits 1
	complains closed 'Permission denied'
	says '2 modules: 1 fits, 1 failed'
}

@test "no write permission" {
	mkdir locked
	cp "$SPLIT/$FITTING" locked/x.btf
	chmod 555 locked
	remember locked
	run --separate-stderr without_override "$REBTF" distill --base "$OLD" locked
	exits 2
	complains locked/x.btf 'Permission denied'
	run --separate-stderr without_override "$REBTF" distill --base "$OLD" --out-dir locked/out "$SPLIT"/"$FITTING"
	exits 2
	complains locked/out 'Permission denied'
	unchanged locked
}

@test "an --out-dir that is a file" {
	echo precious > out
	rebtf distill --base "$OLD" --out-dir out "$SPLIT/$FITTING"
	exits 2
	complains out
	[ "$(cat out)" = precious ]
}

@test "something that is no file in the way of the output" {
	mkdir -p out/"$(basename "$FITTING")"
	rebtf distill --base "$OLD" --out-dir out "$SPLIT/$FITTING"
	exits 2
	complains out/"$(basename "$FITTING")"
}

@test "a full disk leaves every file old or new, never half, and nothing else" {
	mkdir small
	mount -t tmpfs -o size=256k none small 2> /dev/null || skip "may not mount"
	cp "$SPLIT/$FITTING" small/a.btf
	cp "$SPLIT/$MISFIT" small/b.btf
	head -c 1M /dev/zero > small/filler 2> /dev/null || true
	remember small
	rebtf distill --base "$OLD" small
	exits 2
	[ "${#stderr_lines[@]}" -eq 2 ]
	for line in "${stderr_lines[@]}"; do
		[[ $line == "rebtf: small/"*'No space left on device' ]] || { echo "$line"; return 1; }
	done
	unchanged small
	rebtf distill --base "$OLD" --out-dir small/out "$SPLIT/$FITTING"
	exits 2
	complains small/out 'No space left'
}

@test "one bad file stops none of the others" {
	mkdir in
	cp "$SPLIT/$FITTING" in/a.btf
	echo broken > in/b.btf
	cp "$SPLIT/$MISFIT" in/c.btf
	for jobs in 1 4; do
		rebtf distill --jobs $jobs --base "$OLD" --out-dir out.$jobs in none.btf
		exits 1
		says '4 modules: 2 distilled, 2 failed'
		[ "${#stderr_lines[@]}" -eq 2 ]
		[[ ${stderr_lines[0]} == 'rebtf: in/b.btf: '* ]]
		[[ ${stderr_lines[1]} == 'rebtf: none.btf: '* ]]
		[ "$(ls out.$jobs | xargs)" = 'a.btf a.btf.base c.btf c.btf.base' ]
	done
}

@test "if all files are bad the status is 2" {
	echo broken > a.btf
	echo broken > b.btf
	rebtf distill --base "$OLD" a.btf b.btf
	exits 2
	[ "${#stderr_lines[@]}" -eq 2 ]
	says '2 modules: 2 failed'
}

# damage FILE WHAT: changes a name or an index in a module so that it points just past the end of its table.
damage() {
	python3 - "$@" <<-'END'
		import struct, sys
		path, what = sys.argv[1:]
		data = bytearray(open(path, "rb").read())
		table, count, names = *struct.unpack_from("<Q", data, 0x28), *struct.unpack_from("<2H", data, 0x3c)
		headers = [table + 64 * i for i in range(count)]
		types = [struct.unpack_from("<I", data, at + 4)[0] for at in headers]
		end = struct.unpack_from("<Q", data, headers[names] + 32)[0]
		symbols = struct.unpack_from("<Q", data, headers[types.index(2)] + 24)[0]
		how, at, value = {
		    "name": ("<I", headers[2], end),
		    "link": ("<I", headers[2] + 40, count),
		    "symbol": ("<H", symbols + 3 * 24 + 6, count),
		}[what]
		struct.pack_into(how, data, at, value)
		open(path, "wb").write(data)
	END
}

@test "a module in which a name or an index leads past the end of its table is refused before the table grows" {
	for what in name link symbol; do
		cp "$DATA/ko/tcp_bbr.ko" x.ko
		damage x.ko $what
		remember .
		for verb in distill 'distill --expects'; do
			# shellcheck disable=SC2086 # a verb and its options
			rebtf $verb --base "$OLD" x.ko
			exits 2
			complains x.ko section
		done
		unchanged .
	done
}

@test "a compressed file that is cut short is called so by every verb" {
	for file in tcp_dctcp.ko.zst nls_utf8.ko.xz wmi-bmof.ko.gz; do
		head -c 1000 "$DATA/ko/$file" > "$file"
		for verb in info verify dump check distill; do
			rebtf $verb --base "$OLD" "$file"
			exits 2
			complains "$file: truncated " ' data'
		done
		rebtf check --base "./$file" "$DISTILLED/$FITTING"
		exits 2
		complains "$file: truncated " ' data'
	done
}

@test "an ELF file whose section names are lost is damaged, not without BTF" {
	mkdir in
	for index in 0 65535 1; do
		cp "$DATA/ko/tcp_bbr.ko" in/$index.ko
		# e_shstrndx
		python3 -c 'import struct, sys; f = open(sys.argv[1], "r+b"); f.seek(62); f.write(struct.pack("<H", int(sys.argv[2])))' \
			in/$index.ko $index
	done
	rebtf distill --base "$OLD" --out-dir out in
	exits 2
	says '3 modules: 3 failed'
	[[ $stderr == *'bad ELF file: invalid section names'* ]]
	[ ! -e out ] || [ -z "$(find out -type f)" ]
}

@test "distilled BTF whose base is broken does not count as distilled" {
	cp "$SPLIT/$FITTING" x.btf
	: > x.btf.base
	rebtf distill --base "$OLD" --out-dir out x.btf
	exits 2
	complains 'x.btf.base: '
	[ ! -e out/x.btf ]
}
