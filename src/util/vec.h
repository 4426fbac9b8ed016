/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A growing array of one type. DEFINE_VECTOR(id_list, uint32_t) defines struct id_list and:
 *
 *	bool id_list_reserve(struct id_list *v, size_t more);     makes room for @more items
 *	uint32_t *id_list_append(struct id_list *v, uint32_t id); returns its address, or NULL
 *	uint32_t *id_list_extend(struct id_list *v, const uint32_t *ids, size_t count);
 *	void id_list_release(struct id_list *v);                  frees the items, leaves v empty
 *
 * A zeroed struct is an empty vector. If memory runs out, the vector remembers that in @failed and
 * takes no more items, so that code with many appends needs to check only once, at the end.
 * Appending may move all items.
 */
#ifndef REBTF_UTIL_VEC_H
#define REBTF_UTIL_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Returns @items, or a larger copy, with room for @more items after the first @count. Updates
 * @room. Returns NULL, and leaves both as they are, if memory runs out.
 */
void *vector_grow(void *items, size_t count, size_t *room, size_t more, size_t item_size);

#define VECTOR_FUNCTION static inline __attribute__((unused))

#define DEFINE_VECTOR(name, type)                                                                  \
	struct name {                                                                              \
		type *items; /* malloced, or NULL */                                               \
		size_t count;                                                                      \
		size_t room;                                                                       \
		bool failed; /* an allocation failed */                                            \
	};                                                                                         \
                                                                                                   \
	VECTOR_FUNCTION bool name##_reserve(struct name *v, size_t more)                           \
	{                                                                                          \
		type *items;                                                                       \
                                                                                                   \
		if (!v->failed && v->items && v->room - v->count >= more)                          \
			return true;                                                               \
		items = v->failed ? NULL                                                           \
				  : vector_grow(v->items, v->count, &v->room, more, sizeof(type)); \
		v->items = items ? items : v->items;                                               \
		v->failed = !items;                                                                \
		return items;                                                                      \
	}                                                                                          \
                                                                                                   \
	VECTOR_FUNCTION type *name##_append(struct name *v, type item)                             \
	{                                                                                          \
		if (!name##_reserve(v, 1))                                                         \
			return NULL;                                                               \
		v->items[v->count] = item;                                                         \
		return &v->items[v->count++];                                                      \
	}                                                                                          \
                                                                                                   \
	VECTOR_FUNCTION type *name##_extend(struct name *v, type const *items, size_t count)       \
	{                                                                                          \
		if (!name##_reserve(v, count))                                                     \
			return NULL;                                                               \
		if (count)                                                                         \
			memcpy(v->items + v->count, items, count * sizeof(type));                  \
		v->count += count;                                                                 \
		return v->items + v->count - count;                                                \
	}                                                                                          \
                                                                                                   \
	VECTOR_FUNCTION void name##_release(struct name *v)                                        \
	{                                                                                          \
		free(v->items);                                                                    \
		*v = (struct name){};                                                              \
	}                                                                                          \
                                                                                                   \
	struct name

/* Type ids, string offsets, offsets of types. */
DEFINE_VECTOR(u32_vector, uint32_t);

#endif
