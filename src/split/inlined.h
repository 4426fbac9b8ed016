/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Transforms BTF together with the inline BTF that is split from it (the section .BTF.inline). The
 * two are joined into one object, in which all ids and string offsets stay the same. Any transform
 * can change the joined object, and afterwards it is parted again. A LOCSEC, the mark, refers to all
 * types of the BTF and so shows what these became.
 */
#ifndef REBTF_SPLIT_INLINED_H
#define REBTF_SPLIT_INLINED_H

#include "btf/build.h"

/*
 * Joins @btf and @inlined, which is split from it. Errors: NOMEM; UNSUPPORTED (unknown kinds; too
 * large; the BTF already has the mark of joined BTF); WRONG_BASE (@inlined has a reference that no
 * compiler makes, or names inside other names).
 */
struct rebtf_error *inlined_join(const struct rebtf_btf *btf, const struct rebtf_btf *inlined,
				 struct rebtf_btf **joined);

/*
 * Adds the mark to a builder that makes joined BTF: all types so far are those of the BTF, all types
 * that follow are those of the inline BTF.
 */
void inlined_add_mark(struct rebtf_builder *b);

/*
 * Parts what a transform made of joined BTF: @btf has the types that the mark lists, and all that
 * they refer to, @inlined the rest. @old_inlined: for the layout section. Sets @new_ids, which
 * is malloced, to the new id of each own type. Errors: NOMEM; FORMAT (the mark is missing);
 * UNSUPPORTED (names overlap).
 */
struct rebtf_error *inlined_part(const struct rebtf_btf *joined,
				 const struct rebtf_btf *old_inlined, struct rebtf_btf **btf,
				 struct rebtf_btf **inlined, uint32_t **new_ids);

#endif
