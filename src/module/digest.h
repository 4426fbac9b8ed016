/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What tells one base from another of the same size: SHA-256 of its bytes. It is computed when it
 * is first asked for and stays with the object, so that a batch pays for it once.
 */
#ifndef REBTF_MODULE_DIGEST_H
#define REBTF_MODULE_DIGEST_H

#include "util/error.h"

/*
 * Sets @digest to the REBTF_DIGEST_SIZE bytes that are @btf's, which owns them: of its own part, as
 * rebtf_write() gives it; what it is split from is not in it. Thread-safe. Errors: NOMEM,
 * UNSUPPORTED (libcrypto cannot be loaded; or rebtf_write() cannot write it).
 */
struct rebtf_error *btf_digest(struct rebtf_btf *btf, const uint8_t **digest);

#endif
