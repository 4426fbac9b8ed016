/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The core's object with the types of a mutable one, for transforms. It is kept for the next
 * transform, for instance as the base of many modules. But callers may write into types, so the next
 * transform compares a hash of all bytes.
 */
#ifndef REBTF_LIBBPF_VIEW_H
#define REBTF_LIBBPF_VIEW_H

#include "libbpf/object.h"

/* Sets @view to an object with the types of @btf and its bases. It belongs to @btf. */
struct rebtf_error *view_get(struct btf *btf, struct rebtf_btf **view);

/* Gives @btf the own types and strings of @from, as they are. Returns 0, -ENOMEM, or -EOPNOTSUPP. */
int view_take(struct btf *btf, const struct rebtf_btf *from);

#endif
