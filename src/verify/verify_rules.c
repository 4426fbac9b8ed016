/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The verifier's rules of each kernel version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "verify/verify.h"

/* Bits 16 to 23, 29 and 30 of info are valid only since Linux 7.2. */
#define INFO_MASK_OLD 0x9f00ffffu
/* Linux 5.10 has only 16 kinds. */
#define INFO_MASK_5_10 0x8f00ffffu

#define RULES_5_10 .short_names = true, .returned_vars = true, .any_chains = true
#define RULES_6_1                                                                                  \
	.info_mask = INFO_MASK_OLD, .last_kind = REBTF_KIND_ENUM64, .signed_enums = true,          \
	.empty_sections = true, .resolved_funcs = true, .tags_first = true

#define RULES_6_12 RULES_6_1, .printable_section = true, .records = true
#define RULES_7_2                                                                                  \
	.info_mask = UINT32_MAX, .signed_enums = true, .empty_sections = true,                     \
	.resolved_funcs = true, .printable_section = true, .flagged_tags = true,                   \
	.layout_section = true, .records = true, .res_spin_lock = true, .uptr = true,              \
	.one_in_all = true, .one_refcount = true

/* Ordered by version. Stable updates got some rules long after the release of their version. */
static const struct kernel_rules all_rules[] = {
	{ .release = "5.10",
	  RULES_5_10,
	  .info_mask = INFO_MASK_5_10,
	  .last_kind = REBTF_KIND_DATASEC },
	{ .release = "5.15",
	  RULES_5_10,
	  .info_mask = INFO_MASK_OLD,
	  .last_kind = REBTF_KIND_FLOAT,
	  .empty_sections = true },
	{ .release = "6.1", RULES_6_1 },
	/* From the sources of 6.6. Ubuntu's 6.8.0-151 agrees, but has two of the later updates. */
	{ .release = "6.6", RULES_6_1, .records = true, .flat_records = true },
	{ .release = "6.12", RULES_6_12 },
	{ .release = "6.12.110", RULES_6_12, .one_in_all = true },
	{ .release = "6.12.112", RULES_6_12, .one_in_all = true, .owner_levels = true },
	{ .release = "6.12.114",
	  RULES_6_12,
	  .one_in_all = true,
	  .owner_levels = true,
	  .one_refcount = true },
	{ .release = "6.18",
	  RULES_6_12,
	  .flagged_tags = true,
	  .res_spin_lock = true,
	  .uptr = true },
	{ .release = "7.2", RULES_7_2, .last_kind = REBTF_KIND_ENUM64 },
	{ .release = "7.2.9", RULES_7_2, .last_kind = REBTF_KIND_ENUM64, .owner_levels = true },
	/* From the patches that are queued for this version. */
	{ .release = "7.4",
	  RULES_7_2,
	  .last_kind = REBTF_KIND_LOCSEC,
	  .owner_levels = true,
	  .announced = true },
};

#define RULES_COUNT (sizeof(all_rules) / sizeof(all_rules[0]))

/*
 * Parses a release into a number that sorts like the version. Three parts of "6.12.117+deb12-amd64"
 * count. If only two are given, @update is the third.
 */
static bool rules_parse_release(const char *release, unsigned int update, uint64_t *version)
{
	/* "%u" would accept signs and spaces. */
	char major[6], minor[6], third[6];
	int parts = sscanf(release, "%5[0-9].%5[0-9].%5[0-9]", major, minor, third);

	if (parts < 2)
		return false;
	*version = (uint64_t)strtoul(major, NULL, 10) << 40 |
		   (uint64_t)strtoul(minor, NULL, 10) << 20 |
		   (parts == 3 ? strtoul(third, NULL, 10) : update);
	return true;
}

struct rebtf_error *kernel_rules_find(const char *release, const struct kernel_rules **rules)
{
	uint64_t wanted, version;

	for (size_t i = 0; i < RULES_COUNT; i++) {
		if (!all_rules[i].announced)
			*rules = &all_rules[i];
	}
	if (!release)
		return NULL;
	/* "6.12" means its newest update. */
	if (!rules_parse_release(release, 99999, &wanted))
		return error_new(REBTF_ERR_ARGUMENT,
				 "invalid Linux version '%s' (expected for example 6.12)", release);
	*rules = NULL;
	for (size_t i = 0; i < RULES_COUNT; i++) {
		if (rules_parse_release(all_rules[i].release, 0, &version) && version <= wanted)
			*rules = &all_rules[i];
	}
	if (!*rules)
		return error_new(REBTF_ERR_ARGUMENT, "unsupported Linux version %s (minimum %s)",
				 release, all_rules[0].release);
	return NULL;
}
