/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds modules, BPF programs and initramfs inside other data. */
#include <string.h>

#include "module/archive.h"
#include "module/elf_file.h"
#include "module/foreign.h"

static const char *const magics[FOREIGN_MAGICS] = { ELFMAG, "07070" };

static size_t find_magic(struct bytes image, size_t from, const char *magic)
{
	struct bytes rest = bytes_clip(image, from, SIZE_MAX);
	const uint8_t *found = rest.size ? memmem(rest.data, rest.size, magic, strlen(magic))
					 : NULL;

	return found ? (size_t)(found - image.data) : image.size;
}

struct foreign foreign_walk(struct foreign_rules *rules, struct bytes image)
{
	struct foreign f = { .rules = rules, .image = image };

	for (size_t i = 0; i < FOREIGN_MAGICS; i++)
		f.next[i] = find_magic(image, 0, magics[i]);
	return f;
}

/* The size of the foreign part at the start of @bytes. 0: no such part. */
static size_t part_span(struct foreign_rules *rules, struct bytes bytes)
{
	size_t span = elf_object_span(bytes.data, bytes.size, &rules->headers_left);

	return span || rules->in_package ? span : initramfs_span(bytes);
}

/* Steps to the first part that starts at or after @f->end. */
static void step(struct foreign *f)
{
	size_t start = f->image.size, span;

	for (size_t i = 0; i < FOREIGN_MAGICS; i++) {
		if (f->next[i] < f->end)
			f->next[i] = find_magic(f->image, f->end, magics[i]);
		if (f->next[i] < start)
			start = f->next[i];
	}
	if (start == f->image.size) {
		f->start = f->end = SIZE_MAX;
		return;
	}
	span = part_span(f->rules, bytes_clip(f->image, start, SIZE_MAX));
	f->end = start + (span ?: 1);
	f->start = span ? start : f->end;
}

size_t foreign_end(struct foreign *f, size_t offset)
{
	while (f->end <= offset)
		step(f);
	return f->start <= offset && offset < f->end ? f->end : 0;
}
