/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The digest of a base: SHA-256 of its bytes, which distinguishes bases of the same size. It is
 * computed on first use and stored in the object, so a batch pays for it once.
 */
#ifndef REBTF_MODULE_DIGEST_H
#define REBTF_MODULE_DIGEST_H

#include "util/error.h"

/*
 * Sets @digest to the REBTF_DIGEST_SIZE bytes of @btf's digest. @btf owns them. The digest covers
 * @btf's own part, as rebtf_btf_write() writes it, not its base. Thread-safe. Errors: NOMEM,
 * UNSUPPORTED (libcrypto cannot be loaded; or rebtf_btf_write() cannot write it).
 */
struct rebtf_error *btf_digest(struct rebtf_btf *btf, const uint8_t **digest);

#endif
