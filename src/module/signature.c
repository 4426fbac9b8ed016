/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds a module's signature. It is read from the end: the marker; before it twelve bytes of struct
 * module_signature (the kernel's include/linux/module_signature.h), whose last word is the
 * signature's length in big-endian order; before that the signature.
 */
#include <string.h>

#include "module/signature.h"
#include "util/bytes.h"

static const char marker[] = "~Module signature appended~\n";

#define MARKER_SIZE (sizeof(marker) - 1)
#define INFO_SIZE   12
_Static_assert(INFO_SIZE + MARKER_SIZE == SIGNATURE_END_SIZE, "both make the end");

/* Offset of the kind of signature, and the kind that the kernel accepts. */
#define ID_TYPE	      2
#define ID_TYPE_PKCS7 2
/*
 * Offsets of the lengths of a signer's name and a key id, which signatures older than PKCS#7 have
 * in front.
 */
#define SIGNER_LENGTH 3
#define KEY_ID_LENGTH 4
/* Offset of the length of the signature itself, in big-endian order. */
#define SIGNATURE_LENGTH 8

bool signature_present(const uint8_t *data, size_t size)
{
	return size >= MARKER_SIZE && !memcmp(data + size - MARKER_SIZE, marker, MARKER_SIZE);
}

struct rebtf_error *signature_start(const uint8_t *data, size_t size, size_t *start)
{
	size_t left = size - MARKER_SIZE;
	const uint8_t *info;
	uint64_t length;

	if (left < INFO_SIZE)
		return error_new(REBTF_ERR_FORMAT, "truncated module signature");
	left -= INFO_SIZE;
	info = data + left;
	length = get32(info + SIGNATURE_LENGTH, true);
	length += info[SIGNER_LENGTH] + info[KEY_ID_LENGTH];
	if (length > left)
		return error_new(REBTF_ERR_FORMAT,
				 "truncated module signature (found %zu bytes, expected %llu)",
				 left, (unsigned long long)length);
	*start = left - length;
	return NULL;
}

void signature_end(uint32_t size, uint8_t end[SIGNATURE_END_SIZE])
{
	memset(end, 0, INFO_SIZE);
	end[ID_TYPE] = ID_TYPE_PKCS7;
	put32(end + SIGNATURE_LENGTH, size, true);
	memcpy(end + INFO_SIZE, marker, MARKER_SIZE);
}
