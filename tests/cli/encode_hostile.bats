#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# rebtf encode on files that are damaged, or do not belong together: one clear line, nothing written, and no temporary
# file left.

load common

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	cat > program.c <<- 'END'
		enum color { RED, GREEN = 7 };
		struct outer { int a; char b[3]; struct outer *next; unsigned int flag : 3; };
		__attribute__((noinline)) int callee(struct outer *o, enum color n) { return o->a + (int)n; }
		int caller(struct outer *o) { return callee(o, GREEN); }
		#define ID "__BTF_ID__func__missing__1"
		asm(".pushsection .BTF_ids,\"a\"; .local " ID "; .size " ID ", 4; " ID ": .zero 4; .popsection");
	END
	gcc -g -O1 -fPIC -c program.c -o whole.o
	gcc -shared whole.o -o whole.so
	cat > damage.py <<- 'END'
		"""Changes bytes of a section: damage.py FROM TO SECTION SEED, or hides it: damage.py FROM TO SECTION hide"""
		import random, struct, sys
		source, target, wanted, how = sys.argv[1:]
		data = bytearray(open(source, "rb").read())
		offset, = struct.unpack_from("<Q", data, 40)
		size, count, names = struct.unpack_from("<HHH", data, 58)
		headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + size * i) for i in range(count)]
		text = headers[names][4]
		for i, header in enumerate(headers):
		    name = data[text + header[0] : data.index(0, text + header[0])].decode()
		    if name != wanted:
		        continue
		    if how == "hide":
		        struct.pack_into("<I", data, offset + size * i + 4, 1)
		        continue
		    rng = random.Random(how)
		    for _ in range(1 + int(how) % 5):
		        at = rng.randrange(header[5])
		        data[header[4] + at] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
		open(target, "wb").write(data)
	END
}

setup() {
	enter_work
	cp "$BATS_FILE_TMPDIR"/{whole.o,whole.so,damage.py} .
}

# harmless FILE: encodes the file. It must succeed, or say one thing in one line and write nothing.
harmless() {
	local before
	before=$(fingerprint .)
	rebtf encode --detached "$BATS_TEST_TMPDIR/out.btf" "$1"
	[ "$before" = "$(fingerprint .)" ]
	if [ "$status" -eq 0 ]; then
		"$REBTF" dump "$BATS_TEST_TMPDIR/out.btf" > /dev/null
		rm "$BATS_TEST_TMPDIR/out.btf"
		return
	fi
	exits 2
	complains "$1: "
	[ ! -e "$BATS_TEST_TMPDIR/out.btf" ]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name '.rebtf-*')" ]
}

@test "a truncated file is refused, wherever it ends" {
	local size file
	for file in whole.o whole.so; do
		size=$(stat -c %s $file)
		for part in $(seq 1 12); do
			head -c $((size * part / 13)) $file > cut
			harmless cut
			exits 2
		done
	done
}

@test "damaged sections are refused or harmless" {
	local section seed
	for section in .debug_info .debug_abbrev .debug_str .rela.debug_info .symtab .strtab; do
		for seed in 1 2 3 4 5; do
			python3 damage.py whole.o bad $section $seed
			harmless bad
		done
	done
	for section in .debug_info .debug_abbrev .debug_rnglists .debug_loclists; do
		for seed in 1 2 3; do
			python3 damage.py whole.so bad $section $seed
			harmless bad
		done
	done
}

@test "a file without symbols has types, but no functions" {
	python3 damage.py whole.so bare .symtab hide
	rebtf encode --detached out.btf bare
	exits 0
	"$REBTF" dump out.btf > dump
	grep -q "STRUCT 'outer' size=24" dump
	run ! grep -q FUNC dump
	python3 damage.py whole.o bare.o .symtab hide
	harmless bare.o
}

@test "ids of functions that do not exist make no tags" {
	rebtf encode --detached out.btf whole.o
	exits 0
	"$REBTF" dump out.btf > dump
	grep -q "FUNC 'callee'" dump
	run ! grep -q DECL_TAG dump
	rebtf encode whole.o
	rebtf ids --resolve --base out.btf whole.o
	[ "$status" -le 2 ]
	[ "${#stderr_lines[@]}" -le 1 ]
}

@test "a base in the other byte order is refused" {
	"$REBTF" encode --detached base.btf whole.o
	python3 "$BATS_TEST_DIRNAME/swap_btf.py" base.btf swapped.btf
	remember .
	rebtf encode --base swapped.btf whole.o
	exits 2
	complains 'whole.o: the base has the other byte order'
	unchanged .
}

@test "a base that is no BTF, or of another kernel, is refused" {
	rebtf encode --base damage.py whole.o
	exits 2
	complains 'damage.py'
	cat > banner.c <<- 'END'
		__attribute__((used)) static const char banner[] = "Linux version 6.1.0-one (a@b) #1 SMP";
		int first(int x) { return x; }
	END
	echo '__attribute__((section(".modinfo"), used)) static const char m[] = "vermagic=6.1.0-two SMP "; int own;' > module.c
	gcc -g -c banner.c module.c
	gcc -shared banner.o -o vmlinux
	"$REBTF" encode --quiet vmlinux
	remember .
	rebtf encode --base vmlinux module.o
	exits 2
	complains 'module.o: ' 6.1.0-two 6.1.0-one
	unchanged .
	rebtf encode --any-release --base vmlinux module.o
	exits 0
}
