/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Annotations of types and members become TYPE_TAGs and DECL_TAGs. */
#ifndef REBTF_ENCODE_UNIT_ANNOTATIONS_H
#define REBTF_ENCODE_UNIT_ANNOTATIONS_H

#include "encode/unit_nodes.h"

/* LLVM's annotation @die is inside the DIE of a type or member, whose tag is @parent. */
void unit_add_inner_annotation(struct unit_types *t, const struct die *die, uint16_t parent);

/* GCC's annotation @die is on its own, and types and members refer to it. */
void unit_keep_annotation(struct unit_types *t, const struct die *die);

/* Type number @type, or its member number @component, is @die, which may refer to an annotation. */
void unit_keep_annotated(struct unit_types *t, const struct die *die, uint32_t type,
			 uint32_t component);

/* After the last DIE: adds the annotations that types and members refer to. */
void unit_add_kept_annotations(struct unit_types *t);

#endif
