/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Signing modules as the kernel's scripts/sign-file does: a detached CMS signature over the bytes
 * of the module, in DER, without signed attributes and certificates, whose signer is named by
 * issuer and serial number; behind it what says that there is one (signature.h). The kernel looks
 * for the certificate among those that it trusts.
 */
#ifndef REBTF_MODULE_SIGN_H
#define REBTF_MODULE_SIGN_H

#include <sys/uio.h>

#include "util/error.h"

/*
 * What makes the module that the @count @pieces are, one after the other, a signed one if it is
 * appended: malloced, the caller's. They must not end in a signature. Threads may share @signer.
 * Errors: UNSUPPORTED (libcrypto refuses; rebtf_signer_open() has tried once), NOMEM.
 */
struct rebtf_error *sign_append(const struct rebtf_signer *signer, const struct iovec *pieces,
				size_t count, void **trailer, size_t *trailer_size);

#endif
