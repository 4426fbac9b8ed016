#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# rebtf verify of BPF programs: it judges their BTF as their loader passes it to the kernel. libbpf_btf.py extracts the
# BTF that libbpf passes, and rebtf's version of it.

load common

setup() {
	command -v clang > /dev/null || skip "no clang"
	clang --print-targets | grep -q bpfeb || skip "clang does not compile for BPF"
	enter_work
	cat > common.h <<-'END'
	#define SEC(name) __attribute__((section(name), used))
	typedef unsigned long long u64;
	char _license[] SEC("license") = "GPL";
	END
	cat > data.c <<-'END'
	#include "common.h"
	int one = 5, zero; u64 two = 7, zeros[3];
	static volatile int own = 9, own_zero; static volatile char text[] = "text";
	const volatile char ro[3] = "ro"; static const volatile u64 ro_own = 1;
	__attribute__((visibility("hidden"))) int hidden = 3;
	int weak __attribute__((weak)) = 4;
	struct pair { char c; u64 x; } pair SEC(".rodata.pair") = { 1, 2 };
	int custom SEC(".data.custom") = 1; u64 custom2 SEC(".data.custom") = 2;
	int zeros_elsewhere[2] SEC(".bss.elsewhere");
	SEC("kprobe/x") int prog(void *ctx)
	{
		own_zero = own++ + text[1] + ro_own;
		return one + two + zero + zeros[1] + ro[1] + hidden + weak + pair.x + custom + custom2 + zeros_elsewhere[1];
	}
	END
	cat > maps.c <<-'END'
	#include "common.h"
	#define __uint(name, val) int (*name)[val]
	#define __type(name, val) typeof(val) *name
	struct inner { __uint(type, 2); __uint(max_entries, 1); __type(key, int); __type(value, int); };
	struct { __uint(type, 1); __uint(max_entries, 4); __type(key, int); __type(value, u64); } hash SEC(".maps");
	struct { __uint(type, 12); __uint(max_entries, 4); __type(key, int); struct inner *values[]; } outer SEC(".maps");
	int counter;
	__attribute__((noinline)) static int helper(void *map) { return map != &hash; }
	SEC("kprobe/x") int prog(void *ctx) { return counter++ + helper(&outer); }
	END
	cat > externs.c <<-'END'
	#include "common.h"
	enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
	extern int CONFIG_HZ SEC(".kconfig") __attribute__((weak));
	extern u64 LINUX_KERNEL_VERSION SEC(".kconfig");
	extern _Bool CONFIG_BPF SEC(".kconfig") __attribute__((weak));
	extern enum libbpf_tristate CONFIG_TRI SEC(".kconfig") __attribute__((weak));
	extern const char CONFIG_NAME[17] SEC(".kconfig") __attribute__((weak));
	extern const int bpf_prog_active SEC(".ksyms");
	extern const void ksym_void SEC(".ksyms") __attribute__((weak));
	extern int kfunc(int, u64) SEC(".ksyms");
	extern void other_kfunc(int *named) SEC(".ksyms") __attribute__((weak));
	int local = 1;
	SEC("kprobe/x") int prog(void *ctx)
	{
		local += CONFIG_HZ + LINUX_KERNEL_VERSION + CONFIG_BPF + CONFIG_TRI + CONFIG_NAME[2];
		local += (long)&bpf_prog_active + (&ksym_void != 0);
		if (&other_kfunc)
			other_kfunc(&local);
		return kfunc(local, 3);
	}
	END
}

# compile TARGET NAME: compiles NAME.c. BTF contains the source's path, which must be the same everywhere.
compile() {
	clang -g -O2 -fdebug-compilation-dir=. -target "$1" -c "$2.c" -o "$2-$1.o"
}

# handed LIBRARY OBJECT OUT: writes the library's version of the BTF. A sanitized library needs the sanitizer to be
# loaded first.
handed() {
	local preload=""

	[ ! -e "$1" ] || ! grep -q __asan_init "$1" || preload=$(cc -print-file-name=libasan.so)
	LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 "$BATS_TEST_DIRNAME/libbpf_btf.py" "$@"
}

library() {
	echo "$(dirname "$REBTF")/librebtf.so"
}

@test "programs with variables, maps and externs are accepted, in both byte orders" {
	for target in bpfel bpfeb; do
		for name in data maps externs; do
			compile $target $name
			for kernel in 6.1 6.12 6.18 7.2; do
				rebtf verify --verbose --rules $kernel $name-$target.o
				exits 0
				says "$name-$target.o: accepted, as libbpf hands it over"
			done
		done
	done
	rebtf verify --json data-bpfel.o
	[ "$(jq -r '.loader // empty' <<< "$output")" = libbpf ]
}

@test "what is judged is what libbpf hands over, byte for byte" {
	[ -e "$(library)" ] || skip "no librebtf.so beside the command"
	python3 -c 'import ctypes; ctypes.CDLL("libbpf.so.1")' || skip "no libbpf"
	for name in data maps externs; do
		compile bpfel $name
		handed libbpf.so.1 $name-bpfel.o theirs
		handed "$(library)" $name-bpfel.o ours
		cmp theirs ours
		# The system's libbpf may be unable to open big-endian objects, but their types are the same.
		compile bpfeb $name
		handed "$(library)" $name-bpfeb.o big
		"$BATS_TEST_DIRNAME/swap_btf.py" big swapped
		cmp ours swapped
	done
}

@test "the running kernel takes what libbpf hands over" {
	[ -e "$(library)" ] || skip "no librebtf.so beside the command"
	mkdir handed
	for name in data maps externs; do
		compile bpfel $name
		handed "$(library)" $name-bpfel.o handed/$name.btf
	done
	run -- "$BATS_TEST_DIRNAME/load_btf.py" handed
	[ "$status" -ne 77 ] || skip "the running kernel cannot be asked"
	[ "$output" = '3 files, 0 refused' ]
}

@test "what is wrong in a program's BTF is refused, and so is what libbpf does not load" {
	compile bpfel data
	# A symbol with another name in .strtab, so the variable's location is unknown.
	read -r offset size < <(readelf -SW data-bpfel.o | sed -nE 's/.* \.strtab +STRTAB +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+).*/\1 \2/p')
	python3 - "$((16#$offset))" "$((16#$size))" <<-'END'
	import sys

	data = open("data-bpfel.o", "rb").read()
	start, size = map(int, sys.argv[1:])
	names = data[start : start + size]
	assert names.count(b"custom2\0") == 1
	data = data[:start] + names.replace(b"custom2\0", b"Custom2\0") + data[start + size :]
	open("renamed.o", "wb").write(data)
	END
	rebtf verify renamed.o
	exits 1
	says "type ["
	says "DATASEC '.data.custom': libbpf rejects the object: no symbol for variable 'custom2'"
	# The size of an INT: its kind, then 4 bytes.
	python3 - <<-'END'
	data = bytearray(open("data-bpfel.o", "rb").read())
	data[data.index(b"\0\0\0\1\4\0\0\0", data.index(b"\x9f\xeb\x01\0")) + 4] = 3
	open("broken.o", "wb").write(data)
	END
	rebtf verify broken.o
	exits 1
	says "] INT 'int': "
	rebtf verify --json renamed.o
	exits 1
	[ "$(jq -r 'select(.file) | .violations[0].code' <<< "$output")" = format ]
}

@test "a base that is named is the kernel that a program is for, and not what its BTF is split from" {
	unpack_data
	compile bpfel data
	compile bpfel externs
	rebtf verify --rules 6.1 --base "$OLD" data-bpfel.o externs-bpfel.o
	exits 0
	says '2 modules: 2 accepted'
}
