/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads and writes the links from a kernel to the BTF in its carrier. */
#include <stdio.h>
#include <string.h>

#include "btf/header.h"
#include "module/carrier_link.h"
#include "module/crypto.h"
#include "module/modinfo.h"
#include "util/bytes.h"

const char *rebtf_link_form_name(enum rebtf_link_form form)
{
	static const char *const names[] = {
		[REBTF_LINK_NONE] = "none",
		[REBTF_LINK_NAMED] = ".BTF.link",
		[REBTF_LINK_META] = ".BTF.meta",
	};

	return (size_t)form < sizeof(names) / sizeof(*names) ? names[form] : "unknown";
}

/* The name becomes a file name, so it must be one. */
static bool is_module_name(const char *name, size_t size)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length = strnlen(name, size);

	return length && length < size && strspn(name, letters) == length;
}

static struct rebtf_error *parse_named(struct bytes section, bool big_endian,
				       struct rebtf_link *link)
{
	unsigned int word = section.size == LINK_NAMED_SIZE(4) ? 4 : 8;
	size_t name_size = LINK_NAME_SIZE(word);

	if (section.size != LINK_NAMED_SIZE(word))
		return error_new(REBTF_ERR_FORMAT, "%zu bytes (expected %u or %u)", section.size,
				 LINK_NAMED_SIZE(8), LINK_NAMED_SIZE(4));
	memcpy(link->module, section.data, name_size);
	if (!is_module_name(link->module, name_size))
		return error_new(REBTF_ERR_FORMAT, "invalid name of a module");
	memcpy(link->digest, section.data + name_size, REBTF_DIGEST_SIZE);
	link->btf_size = get32(section.data + name_size + REBTF_DIGEST_SIZE, big_endian);
	return NULL;
}

static struct rebtf_error *parse_meta(struct bytes section, bool big_endian,
				      struct rebtf_link *link)
{
	if (section.size != LINK_META_SIZE)
		return error_new(REBTF_ERR_FORMAT, "%zu bytes (expected %u)", section.size,
				 LINK_META_SIZE);
	memcpy(link->module, CARRIER_NAME, sizeof(CARRIER_NAME));
	link->btf_size = get32(section.data, big_endian);
	memcpy(link->digest, section.data + 4, REBTF_DIGEST_SIZE);
	return NULL;
}

struct rebtf_error *carrier_link_parse(enum rebtf_link_form form, struct bytes section,
				       bool big_endian, struct rebtf_link *link)
{
	struct rebtf_link parsed = { .form = form };

	if (form == REBTF_LINK_NAMED)
		TRY(parse_named(section, big_endian, &parsed));
	else
		TRY(parse_meta(section, big_endian, &parsed));
	*link = parsed;
	return NULL;
}

size_t carrier_link_write(const struct rebtf_link *link, unsigned int word, bool big_endian,
			  uint8_t section[LINK_NAMED_SIZE(4)])
{
	size_t name_size = LINK_NAME_SIZE(word);

	if (link->form == REBTF_LINK_META) {
		put32(section, link->btf_size, big_endian);
		memcpy(section + 4, link->digest, REBTF_DIGEST_SIZE);
		return LINK_META_SIZE;
	}
	memset(section, 0, name_size);
	memcpy(section, link->module, strnlen(link->module, name_size - 1));
	memcpy(section + name_size, link->digest, REBTF_DIGEST_SIZE);
	put32(section + name_size + REBTF_DIGEST_SIZE, link->btf_size, big_endian);
	return LINK_NAMED_SIZE(word);
}

/*
 * The zeros after the name distinguish a link from other uses of the name. The size of the BTF is
 * below 2^24 bytes in one byte order only, or it is ambiguous; then the host's order decides.
 */
static bool search_at(struct bytes rest, struct rebtf_link *link)
{
	const size_t name_size = LINK_NAME_SIZE(8);
	bool big_endian = HOST_BIG_ENDIAN;
	const uint8_t *digest, *size;

	if (rest.size < LINK_NAMED_SIZE(4) ||
	    !only_zeros(rest.data + strlen(CARRIER_NAME), name_size - strlen(CARRIER_NAME)))
		return false;
	digest = rest.data + name_size;
	if (only_zeros(digest, 4))
		digest += 4; /* a 32-bit machine */
	size = digest + REBTF_DIGEST_SIZE;
	/* The name in an array, such as that of a struct module in an initramfs. */
	if (only_zeros(digest, REBTF_DIGEST_SIZE) || only_zeros(size, 4))
		return false;
	if (!size[0] != !size[3])
		big_endian = !size[0];
	*link = (struct rebtf_link){
		.form = REBTF_LINK_NAMED,
		.module = CARRIER_NAME,
		.btf_size = get32(size, big_endian),
	};
	memcpy(link->digest, digest, REBTF_DIGEST_SIZE);
	return true;
}

void carrier_link_search(struct bytes image, struct rebtf_link *link)
{
	struct bytes rest = image;
	const uint8_t *at;

	*link = (struct rebtf_link){};
	while (rest.size &&
	       (at = memmem(rest.data, rest.size, CARRIER_NAME, sizeof(CARRIER_NAME)))) {
		rest = bytes_clip(image, (size_t)(at - image.data), SIZE_MAX);
		if (search_at(rest, link))
			return;
		rest = bytes_clip(rest, sizeof(CARRIER_NAME), SIZE_MAX);
	}
}

struct rebtf_error *carrier_link_check(struct rebtf_link *link, struct bytes btf,
				       uint8_t digest[REBTF_DIGEST_SIZE])
{
	const struct iovec piece = iovec_of(btf.data, btf.size);

	TRY(crypto_sha256(&piece, 1, digest));
	link->fits = btf.size == link->btf_size && !memcmp(digest, link->digest, REBTF_DIGEST_SIZE);
	return NULL;
}

bool carrier_is_name(struct bytes modinfo)
{
	const struct modinfo info = { (const char *)modinfo.data, modinfo.size };
	const char *name = modinfo_value(&info, "name");

	return name && !strcmp(name, CARRIER_NAME);
}
