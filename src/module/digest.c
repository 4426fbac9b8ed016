/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The digest of a base: see digest.h. */
#include "format/btf.h"
#include "module/crypto.h"
#include "module/digest.h"
#include "util/cleanup.h"

static struct rebtf_error *compute(const struct rebtf_btf *btf, uint8_t *digest)
{
	_cleanup_free_ void *data = NULL;
	size_t size;

	TRY(rebtf_write(btf, 0, &data, &size));
	return crypto_sha256(data, size, digest);
}

/* Two threads that ask first at once both compute it, and the one that comes second drops its own. */
struct rebtf_error *btf_digest(struct rebtf_btf *btf, const uint8_t **digest)
{
	uint8_t *known = atomic_load_explicit(&btf->digest, memory_order_acquire);
	_cleanup_free_ uint8_t *computed = NULL;

	if (!known) {
		computed = malloc(REBTF_DIGEST_SIZE);
		if (!computed)
			return error_nomem();
		TRY(compute(btf, computed));
		if (atomic_compare_exchange_strong_explicit(&btf->digest, &known, computed,
							    memory_order_acq_rel,
							    memory_order_acquire))
			known = take_ptr(&computed);
	}
	*digest = known;
	return NULL;
}
