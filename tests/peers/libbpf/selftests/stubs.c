/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Functions of libbpf for tests in btf.c that need a kernel, and do not run here. */
#include <stdlib.h>

#define STUB(name)                                                                                 \
	void name(void);                                                                           \
	void name(void)                                                                            \
	{                                                                                          \
		abort();                                                                           \
	}

STUB(bpf_btf_get_fd_by_id)
STUB(bpf_btf_get_info_by_fd)
STUB(bpf_btf_load)
STUB(bpf_map__btf_key_type_id)
STUB(bpf_map__btf_value_type_id)
STUB(bpf_map_create)
STUB(bpf_map_get_info_by_fd)
STUB(bpf_map_update_elem)
STUB(bpf_obj_pin)
STUB(bpf_object__close)
STUB(bpf_object__find_map_by_name)
STUB(bpf_object__load)
STUB(bpf_object__next_program)
STUB(bpf_object__open)
STUB(bpf_prog_get_info_by_fd)
STUB(bpf_program__fd)
STUB(bpf_program__set_type)
STUB(libbpf_num_possible_cpus)
