/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints the members of a struct of a kernel, with their offsets in bytes.
 *
 *	c++ members.cc $(pkg-config --cflags --libs rebtf) -o members
 *	./members KERNEL STRUCT
 */
#include <rebtf.h>
#include <cstdlib>
#include <iostream>
#include <memory>

using btf_ptr = std::unique_ptr<rebtf_btf, decltype(&rebtf_btf_unref)>;

static btf_ptr open_kernel(const char *where)
{
	rebtf_btf *btf = nullptr;

	if (rebtf_error *err = rebtf_kernel_open(where, NULL, &btf)) {
		std::unique_ptr<char, decltype(&std::free)> text(rebtf_error_text(err), std::free);

		std::cerr << "members: " << (text ? text.get() : "out of memory") << '\n';
		rebtf_error_free(err);
	}
	return { btf, rebtf_btf_unref };
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		std::cerr << "usage: members KERNEL STRUCT\n";
		return 2;
	}
	btf_ptr btf = open_kernel(argv[1]);
	if (!btf)
		return 2;
	uint32_t id = rebtf_btf_find(btf.get(), argv[2], REBTF_KIND_STRUCT);
	if (!id) {
		std::cerr << "members: no struct " << argv[2] << '\n';
		return 1;
	}
	const rebtf_type *t = rebtf_btf_type(btf.get(), id);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const rebtf_member *m = &rebtf_members(t)[i];

		std::cout << rebtf_member_bit_offset(t, m) / 8 << ' '
			  << rebtf_btf_string(btf.get(), m->name_off) << '\n';
	}
	return 0;
}
