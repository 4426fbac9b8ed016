#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# Programs that were built with an older rebtf.h still work: the sizes, offsets, values and functions of src/librebtf.abi
# are those of the header (scripts/abi). "make abi" renews the list.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	source_tree=$BATS_TEST_DIRNAME/../..
	echo 'int x;' | gcc -gbtf -xc -c - -o probe.o 2> /dev/null || skip "no gcc that writes BTF"
	[ "$(getconf LONG_BIT)" = 64 ] || skip "the list is for 64-bit machines"
}

abi() {
	run "$source_tree/scripts/abi" "$1" "$REBTF" "$2"
	echo "$output"
}

@test "the binary interface has everything in its list, unchanged" {
	abi check "$source_tree"
	[ -z "$output" ] || sed 's/^/# /' <<< "$output" >&3
	[ "$status" -eq 0 ]
}

@test "each change that breaks programs is found, and additions are not taken for one" {
	# changes STATUS EXPECTED SED_SCRIPT FILE: changes a copy of the file.
	changes() {
		cp "tree/$4" original
		sed -E "$3" original > "tree/$4"
		cmp -s original "tree/$4" && return 1
		abi check tree
		cp original "tree/$4"
		[ "$status" -eq "$1" ]
		[[ $output == *"$2"* ]] || { echo "$3"; return 1; }
	}
	local header=include/rebtf.h
	mkdir -p tree/src tree/include
	cp "$source_tree/src/librebtf.map" tree/src
	cp "$source_tree/$header" tree/include
	"$source_tree/scripts/abi" list "$REBTF" tree > tree/src/librebtf.abi
	abi check tree
	[ "$status" -eq 0 ]
	[ "$output" = "" ]

	changes 1 'struct rebtf_step: changed (found 24 bytes, expected 16 bytes)' \
		's/^struct rebtf_step \{/&\n\tuint64_t first;/' $header
	changes 1 'rebtf_step.member: changed (found byte 16: const char *, expected byte 8: const char *)' \
		's/^struct rebtf_step \{/&\n\tuint64_t first;/' $header
	changes 1 'rebtf_step.last: new member in a struct that does not start with its size (found byte 16: int)' \
		'/^struct rebtf_step \{/,/^\}/s/^\}/\tint last;\n}/' $header
	changes 1 'rebtf_step.type_id: changed (found byte 0: int, expected byte 0: uint32_t)' \
		'/^struct rebtf_step \{/,/^\}/s/uint32_t type_id/int type_id/' $header
	changes 1 'rebtf_loader_options.symvers: vanished (expected byte 24: const char *)' \
		'/^struct rebtf_loader_options \{/,/^\}/s/\*symvers/*symbols/' $header
	changes 1 'REBTF_FORM_EMPTY: changed (found 4, expected 3)' 's/^\tREBTF_FORM_EMPTY,/\tREBTF_FORM_NEW, &/' $header
	changes 1 'REBTF_FORM_EMPTY: vanished (expected 3)' '/^\tREBTF_FORM_EMPTY,/d' $header
	changes 1 'rebtf_form_name: changed (found char *(enum rebtf_form), expected const char *(enum rebtf_form))' \
		's/const char \*rebtf_form_name/char *rebtf_form_name/' $header
	changes 1 'rebtf_kind_name: changed (found const char *(int), expected const char *(uint32_t))' \
		's/(rebtf_kind_name\()uint32_t/\1int/' $header
	changes 1 'rebtf_form_name: vanished' '/\trebtf_form_name;/d' src/librebtf.map
	changes 1 'rebtf_standalone_options.more: new member in the padding of programs that were built before (found byte 9: _Bool)' \
		'/^struct rebtf_standalone_options \{/,/^\}/s/^\}/\tbool more;\n}/' $header

	changes 0 'rebtf_standalone_options.more: addition (byte 16: size_t)' \
		'/^struct rebtf_standalone_options \{/,/^\}/s/^\}/\tsize_t more;\n}/' $header
	changes 0 'REBTF_FORM_NEW: addition (4)' 's/^\tREBTF_FORM_EMPTY,/& REBTF_FORM_NEW,/' $header
	changes 0 'struct rebtf_new: addition (4 bytes)' 's/^struct rebtf_step \{/struct rebtf_new { int x; };\n&/' $header
	changes 0 'make abi renews src/librebtf.abi' 's/^\tREBTF_FORM_EMPTY,/& REBTF_FORM_NEW,/' $header
}
