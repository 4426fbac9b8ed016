/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Makes a minimal vmlinux: an ELF file with a kernel's BTF and our note. Builds of modules need no
 * more of a vmlinux: pahole and resolve_btfids read only its .BTF.
 */
#ifndef REBTF_MODULE_VMLINUX_ELF_H
#define REBTF_MODULE_VMLINUX_ELF_H

#include "util/buffer.h"
#include "util/error.h"

/*
 * Writes the file's bytes to @out, in the byte order of @btf. @machine: EM_* of the kernel, or
 * EM_NONE. @pointer_size: the kernel's, 4 or 8 bytes. The note records that the BTF is standalone.
 * Errors: NOMEM, IO, UNSUPPORTED (see rebtf_btf_write()).
 */
struct rebtf_error *vmlinux_elf_make(const struct rebtf_btf *btf, uint16_t machine,
				     uint32_t pointer_size, struct buffer *out);

#endif
