/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Computes the digest of a base, once for each object. */
#include "btf/btf.h"
#include "btf/header.h"
#include "module/crypto.h"
#include "module/digest.h"
#include "util/bytes.h"
#include "util/cleanup.h"

/*
 * In the host's byte order, the object's parts equal those of a file. So hash them without copying
 * megabytes.
 */
static struct rebtf_error *compute_in_place(const struct rebtf_btf *btf, uint8_t *digest)
{
	size_t layout_size = btf->layout_count * sizeof(*btf->layout);
	uint32_t size = header_size_for(btf->header_size, layout_size);
	_cleanup_free_ uint8_t *header = malloc(size);
	const struct iovec pieces[] = {
		iovec_of(header, size),
		iovec_of(btf->types, btf->types_size),
		iovec_of(btf->layout, layout_size),
		iovec_of(btf->strings, btf->strings_size),
	};

	if (!header)
		return error_nomem();
	header_write(header, size, btf->big_endian, btf->types_size, layout_size,
		     btf->strings_size);
	return crypto_sha256(pieces, sizeof(pieces) / sizeof(*pieces), digest);
}

static struct rebtf_error *compute(const struct rebtf_btf *btf, uint8_t *digest)
{
	_cleanup_free_ void *data = NULL;
	struct iovec piece;

	if (btf->big_endian == HOST_BIG_ENDIAN)
		return compute_in_place(btf, digest);
	TRY(rebtf_btf_write(btf, NULL, &data, &piece.iov_len));
	piece.iov_base = data;
	return crypto_sha256(&piece, 1, digest);
}

/* If two threads compute the first digest at the same time, the second discards its own. */
struct rebtf_error *btf_digest(struct rebtf_btf *btf, const uint8_t **digest)
{
	void *known = atomic_load_explicit(&btf->attached, memory_order_acquire);
	_cleanup_free_ uint8_t *computed = NULL;

	if (!known) {
		computed = malloc(REBTF_DIGEST_SIZE);
		if (!computed)
			return error_nomem();
		TRY(compute(btf, computed));
		if (atomic_compare_exchange_strong_explicit(&btf->attached, &known, computed,
							    memory_order_acq_rel,
							    memory_order_acquire))
			known = take_ptr(&computed);
	}
	*digest = known;
	return NULL;
}
