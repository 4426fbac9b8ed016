/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Signs modules as the kernel's scripts/sign-file does: a detached CMS signature over the bytes of
 * the module, in DER, without signed attributes and certificates, with the signer named by issuer
 * and serial number. The marker of signature.h follows it. The kernel looks for the certificate
 * among those that it trusts.
 */
#ifndef REBTF_MODULE_SIGN_H
#define REBTF_MODULE_SIGN_H

#include "module/elf_file.h"
#include "util/error.h"

/*
 * Sets @unsigned_size to the size of the file @image of @size bytes without its signature, if it has
 * one. Errors: SIGNED, unless @may_drop; FORMAT.
 */
struct rebtf_error *sign_unsigned_size(const uint8_t *image, size_t size, bool may_drop,
				       size_t *unsigned_size);

/*
 * Appends a signature to @output, unless @signer is NULL. @trailer, malloced, must outlive @output.
 * Errors: those of sign_append().
 */
struct rebtf_error *sign_output(const struct rebtf_signer *signer, struct elf_output *output,
				void **trailer);

/*
 * Makes the bytes that sign the module in @pieces when appended to it. The @count pieces follow one
 * another and must not end in a signature. @trailer is malloced, the caller's. Threads may share
 * @signer. Errors: UNSUPPORTED (libcrypto refuses; rebtf_signer_open() has tried once), NOMEM.
 */
struct rebtf_error *sign_append(const struct rebtf_signer *signer, const struct iovec *pieces,
				size_t count, void **trailer, size_t *trailer_size);

#endif
