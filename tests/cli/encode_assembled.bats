#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# bats file_tags=hostile_input
#
# rebtf encode on DWARF that no compiler writes, or only rarely: it is assembled here byte by byte, or several tools make
# it together. Most of these files are about memory that is used too early, too late or past its end, so the sanitized
# command reads them.

load common

setup() {
	enter_work
}

# assemble NAME: makes NAME.o of the assembler's code that follows. Its units, in DWARF 4, use these abbreviations.
assemble() {
	{
		cat <<- 'END'
			.macro abbrev code, tag, children, attributes:vararg
			.uleb128 \code, \tag; .byte \children; .uleb128 \attributes, 0, 0
			.endm
			.macro unit name, language
			.uleb128 1; .string "\name"; .byte \language
			.endm
			.macro header start, end
			.long \end - \start; \start: .value 4; .long 0; .byte 8
			.endm
			.section .debug_abbrev,"",@progbits
			# compile unit: name, language
			abbrev 1, 0x11, 1, 3, 8, 0x13, 0xb
			# base type: name, size, encoding
			abbrev 2, 0x24, 0, 3, 8, 0xb, 0xb, 0x3e, 0xb
			# struct and union: name, size
			abbrev 3, 0x13, 1, 3, 8, 0xb, 0xb
			abbrev 4, 0x17, 1, 3, 8, 0xb, 0xb
			# member: name, type, offset; a bit-field of DWARF 3: also number of bits and their offset
			abbrev 5, 0x0d, 0, 3, 8, 0x49, 0x13, 0x38, 0xb
			abbrev 6, 0x0d, 0, 3, 8, 0x49, 0x13, 0x38, 0xb, 0xd, 0xb, 0xc, 0xb
			# typedef: name, type in the unit; the same in another unit
			abbrev 7, 0x16, 0, 3, 8, 0x49, 0x13
			abbrev 8, 0x16, 0, 3, 8, 0x49, 0x10
			# function: name, address, type; its parameters: name, type
			abbrev 9, 0x2e, 1, 3, 8, 0x11, 1, 0x49, 0x13
			abbrev 10, 5, 0, 3, 8, 0x49, 0x13
			# function: abstract origin, address; name, specification; prototyped; lexical block: name
			abbrev 11, 0x2e, 0, 0x31, 0x10, 0x11, 1
			abbrev 12, 0x2e, 0, 3, 8, 0x47, 0x10
			abbrev 13, 0x2e, 0, 0x27, 0x19
			abbrev 14, 0x0b, 0, 3, 8
			.uleb128 0
			.text
			.globl foo; .type foo, @function; foo: ret; .size foo, 1
			.section .debug_info,"",@progbits
			info:
		END
		cat
	} > "$1.s"
	gcc -c "$1.s" -o "$1.o"
}

# dumps FILE: encodes it, and writes its types to the file dump.
dumps() {
	rebtf encode --detached out.btf "$@"
	exits 0
	"$REBTF" dump --as standalone out.btf > dump
}

@test "a bit-field that BTF cannot have is left out, and no other member moves" {
	local kind place
	# A union's member at an offset; one whose place depends on the size of its type; one before its struct.
	for place in '4 4 1' '4 0 1' '3 0 100'; do
		set -- $place
		kind=$1
		assemble field <<- END
			header start, end
			unit field.c, 12
			int: .uleb128 2; .string "int"; .byte 4, 5
			.uleb128 3; .string "before"; .byte 8
			.uleb128 5; .string "a"; .long int - info; .byte 0
			.uleb128 5; .string "b"; .long int - info; .byte 4
			.uleb128 0
			.uleb128 $kind; .string "middle"; .byte 8
			.uleb128 6; .string "lost"; .long int - info; .byte $2, 3, $3
			.uleb128 0
			.uleb128 3; .string "after"; .byte 16
			.uleb128 5; .string "c"; .long int - info; .byte 12
			.uleb128 0
			.uleb128 0
			end:
		END
		dumps -v field.o
		says 'without 1 type or member'
		run ! grep -q "'lost'" dump
		grep -A2 "STRUCT 'before' size=8 vlen=2" dump | grep -q "'b' .* bits_offset=32"
		grep -A1 "STRUCT 'after' size=16 vlen=1" dump | grep -q "'c' .* bits_offset=96"
	done
}

@test "the name of a function stays when its specification is in a third unit" {
	assemble chain <<- 'END'
		header start1, end1
		unit a.c, 12
		.uleb128 11; .long origin - info; .quad foo
		.uleb128 0
		end1:
		header start2, end2
		unit b.c, 12
		origin: .uleb128 12; .string "foo"; .long specification - info
		.uleb128 0
		end2:
		header start3, end3
		unit c.c, 12
		specification: .uleb128 13
		.uleb128 14
		.fill 1000, 1, 'a'
		.byte 0
		.uleb128 0
		end3:
	END
	# Only of a linked file each unit is read when it is needed.
	ld -e foo chain.o -o chain
	dumps chain
	grep -q "FUNC 'foo'" dump
}

@test "a name with the mark of a hidden type is as any other" {
	assemble hidden <<- 'END'
		header start1, end1
		unit a.c, 12
		int1: .uleb128 2; .string "int"; .byte 4, 5
		.uleb128 2; .fill 400, 1, 'p'; .byte 0, 4, 5
		typedef: .uleb128 7; .byte 1, 'x', 2; .fill 400, 1, 'z'; .byte 0; .long int1 - info
		.uleb128 9; .string "foo"; .quad foo; .long int1 - info
		.uleb128 10; .string "parameter"; .long typedef - info
		.uleb128 0
		.uleb128 0
		end1:
		second:
		header start2, end2
		unit b.c, 12
		int2: .uleb128 2; .string "int"; .byte 4, 5
		.uleb128 9; .string "foo"; .quad foo; .long int2 - second
		.uleb128 10; .string "parameter"; .long int2 - second
		.uleb128 0
		.uleb128 0
		end2:
	END
	dumps hidden.o
	grep -q "TYPEDEF 'zzz" dump
}

@test "a reference to a unit of an excluded language finds nothing" {
	assemble excluded <<- 'END'
		header start1, end1
		unit a.c, 12
		.uleb128 8; .string "reference"; .long other - info
		.uleb128 0
		end1:
		header start2, end2
		.uleb128 1; .fill 4000, 1, 'a'; .byte 0, 0x1c
		other: .uleb128 2; .string "i32"; .byte 4, 5
		.uleb128 0
		end2:
	END
	dumps --lang-exclude rust excluded.o
	grep -q "TYPEDEF 'reference' type_id=0" dump
	dumps --lang-exclude asm excluded.o
	grep -q "TYPEDEF 'reference' type_id=[1-9]" dump
}

@test "a linked file with type units has the types of its object" {
	cat > program.c <<- 'END'
		struct point { int x, y; };
		struct line { struct point a, b; struct line *next; } line;
		struct other { long q[20]; struct line *l; } other;
		int f(struct line *l) { return l->a.x; }
		int main(void) { return f(&line) + (int)other.q[0]; }
	END
	gcc -gdwarf-4 -fdebug-types-section -c program.c
	gcc program.o -o program
	readelf -SW program | grep -q ' \.debug_types '
	dumps program.o
	cp dump object
	dumps program
	diff object dump
}

@test "names in a supplementary file are not taken for those of the main file" {
	local name i
	command -v dwz > /dev/null || skip "no dwz here"
	cat > shared.h <<- 'END'
		struct shared_structure { long shared_member_one; long shared_member_two; struct shared_structure *shared_next; };
		inline long shared_function(struct shared_structure *shared_parameter_first, long shared_parameter_second,
			long shared_parameter_number_three, long shared_parameter_that_is_fourth)
		{ return shared_parameter_first->shared_member_one - shared_parameter_second * 3
			+ shared_parameter_number_three * shared_parameter_that_is_fourth; }
		extern long shared_function(struct shared_structure *, long, long, long);
	END
	for name in a b; do
		# So many short names that one has the offset of a name in the other file.
		cat > $name.c <<- END
			#include "shared.h"
			long (*pointer)(struct shared_structure *, long, long, long) = shared_function;
			long function_$name($(for i in {100..250}; do printf 'long %s%d, ' $name $i; done) int last)
			{ return last + ${name}100; }
			int main(void) { struct shared_structure s = { 1, 2, 0 }; return (int)shared_function(&s, 4, 5, 6); }
		END
		gcc -g -gdwarf-4 -O2 $name.c -o $name
	done
	dumps a
	cp dump whole
	dwz -m common.debug a b
	readelf -SW a | grep -q ' \.gnu_debugaltlink '
	dumps a
	names() { grep -o "'[a-z_0-9]*'" "$1" | sort; }
	diff <(names whole) <(names dump)
}
