/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Mutates BTF and ELF files. New ids and names are mostly taken from those in the file. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "btf/header.h"
#include "btf/kind.h"
#include "fuzz.h"
#include "mutate.h"
#include "util/bytes.h"

static uint64_t state;

void mutate_start(unsigned int seed)
{
	state = (seed + 1) * 0x9e3779b97f4a7c15u;
}

uint32_t mutate_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

uint32_t mutate_below(uint32_t end)
{
	return end ? mutate_random() % end : 0;
}

/* ----------------------------------------------------------------------------------------- BTF */

#define TYPES_MAX 2048u
#define WORDS_MAX (1u << 16)

/* A parsed BTF file. Words are in the host's order. */
struct draft {
	uint32_t words[WORDS_MAX];
	uint32_t word_count;
	uint32_t
		places[TYPES_MAX + 1]; /* start of each type, in words; the last entry is the end */
	uint32_t count;
	bool big_endian;
	uint32_t layout_size;
	uint32_t strings_size;
	uint8_t layout[1024];
	uint8_t strings[1u << 18];
};

static struct draft draft;

static struct rebtf_type *draft_type(uint32_t i)
{
	return (struct rebtf_type *)(draft.words + draft.places[i]);
}

static void find_places(void)
{
	uint32_t at = 0;

	draft.count = 0;
	while (at + 3 <= draft.word_count && draft.count < TYPES_MAX) {
		const struct rebtf_type *t = (const struct rebtf_type *)(draft.words + at);
		const struct kind_layout *row = layout_of(t);
		uint64_t words = 3 + row->info_size / 4 +
				 (uint64_t)row->elem_size / 4 * rebtf_type_vlen(t);

		if (at + words > draft.word_count)
			break;
		draft.places[draft.count++] = at;
		at += (uint32_t)words;
	}
	draft.places[draft.count] = at;
}

static bool take_apart(const uint8_t *data, size_t size)
{
	struct btf_sections s;
	struct rebtf_error *err = header_parse(data, size, &s);

	if (err) {
		rebtf_error_free(err);
		return false;
	}
	if (s.types.size > sizeof(draft.words) || s.strings.size > sizeof(draft.strings) ||
	    s.layout.size > sizeof(draft.layout))
		return false;
	draft.big_endian = s.big_endian;
	draft.word_count = s.types.size / 4;
	memcpy(draft.words, data + s.types.start, draft.word_count * 4);
	if (s.big_endian != HOST_BIG_ENDIAN)
		swap_types(draft.words, draft.word_count * 4);
	draft.layout_size = s.layout.size;
	memcpy(draft.layout, data + s.layout.start, s.layout.size);
	draft.strings_size = s.strings.size;
	memcpy(draft.strings, data + s.strings.start, s.strings.size);
	find_places();
	return true;
}

/* Writes the draft as a file. Returns 0 if it does not fit. */
static size_t put_together(uint8_t *data, size_t max_size)
{
	uint32_t types_size = draft.word_count * 4;
	size_t at;

	if (HEADER_SIZE_LAYOUT + types_size + draft.layout_size + draft.strings_size > max_size)
		return 0;
	if (draft.big_endian != HOST_BIG_ENDIAN)
		swap_types(draft.words, types_size);
	at = header_write(data, 0, draft.big_endian, types_size, draft.layout_size,
			  draft.strings_size);
	memcpy(data + at, draft.words, types_size);
	at += types_size;
	memcpy(data + at, draft.layout, draft.layout_size);
	at += draft.layout_size;
	memcpy(data + at, draft.strings, draft.strings_size);
	return at + draft.strings_size;
}

/* Returns a random field of the type, or NULL if the type has no field. */
static uint32_t *any_field(uint32_t i, enum rebtf_field field)
{
	struct rebtf_field_iter it;
	const uint32_t *value, *found = NULL;
	uint32_t seen = 0;

	rebtf_field_iter_init(&it, draft_type(i), field);
	while ((value = rebtf_field_iter_next(&it))) {
		if (!mutate_below(++seen))
			found = value;
	}
	return (uint32_t *)found;
}

/* A type id or string offset from the file, or one close to it. */
static uint32_t any_value(enum rebtf_field field)
{
	for (int tries = 0; tries < 8 && draft.count; tries++) {
		const uint32_t *value = any_field(mutate_below(draft.count), field);

		if (value)
			return *value + (mutate_below(4) ? 0 : mutate_below(5) - 2);
	}
	return mutate_below(draft.count + 1);
}

static void change_field(uint32_t i, enum rebtf_field field)
{
	uint32_t *value = any_field(i, field);

	if (value)
		*value = any_value(field);
}

/* Inserts @count words at @at, or removes words if @count is negative. */
static bool resize(uint32_t at, int count)
{
	uint32_t from = count < 0 ? at - count : at, to = count < 0 ? at : at + count;

	if (draft.word_count + count > WORDS_MAX || from > draft.word_count)
		return false;
	memmove(draft.words + to, draft.words + from, (draft.word_count - from) * 4);
	if (count > 0)
		memset(draft.words + at, 0, (uint32_t)count * 4);
	draft.word_count += count;
	return true;
}

/* Adds one member, value or parameter with the contents of another, or removes one. */
static void change_elements(uint32_t i)
{
	int words = layout_of(draft_type(i))->elem_size / 4;
	uint32_t vlen = rebtf_type_vlen(draft_type(i)), end = draft.places[i + 1];
	uint32_t id = any_value(REBTF_FIELD_IDS);

	if (!words)
		return;
	if (vlen && mutate_below(2)) {
		if (resize(end - words * (1 + mutate_below(vlen)), -words))
			draft_type(i)->info--;
	} else if (resize(end, words)) {
		draft_type(i)->info++;
		if (vlen)
			memcpy(draft.words + end, draft.words + end - words, words * 4);
		else
			draft.words[end + (words > 1)] = id;
	}
}

static void copy_type(uint32_t i)
{
	uint32_t words = draft.places[i + 1] - draft.places[i], copy[256];
	uint32_t at = draft.places[mutate_below(draft.count + 1)];

	if (words > sizeof(copy) / 4)
		return;
	memcpy(copy, draft.words + draft.places[i], words * 4);
	if (resize(at, (int)words))
		memcpy(draft.words + at, copy, words * 4);
}

static void add_type(void)
{
	uint32_t kind = 1 + mutate_below(REBTF_KNOWN_KINDS - 1);
	const struct kind_layout *row = kind_layout(kind);
	uint32_t vlen = row->elem_size ? mutate_below(3) : 0;
	uint32_t words = 3 + row->info_size / 4 + vlen * row->elem_size / 4;
	uint32_t i = mutate_below(draft.count + 1), at = draft.places[i];
	uint32_t name = any_value(REBTF_FIELD_STRINGS), id = any_value(REBTF_FIELD_IDS);
	struct rebtf_type *t = (struct rebtf_type *)(draft.words + at);
	uint32_t elements[8];

	/* First, while the offsets still match the types. */
	for (size_t w = 0; w < sizeof(elements) / sizeof(elements[0]); w++)
		elements[w] = mutate_below(2) ? any_value(mutate_below(2)) : 0;
	if (!resize(at, (int)words))
		return;
	t->name_off = mutate_below(3) ? name : 0;
	t->info = kind << 24 | vlen | mutate_below(2) << 31;
	t->type = row->third == THIRD_TYPE ? id : 1u << mutate_below(5);
	if (kind == REBTF_KIND_INT)
		draft.words[at + 3] = mutate_below(8) << 24 | t->size * 8;
	for (uint32_t w = 3 + row->info_size / 4; w < words; w++)
		draft.words[at + w] = elements[w % 8];
}

/* Changes to a kind of the same length, so that later types keep their offsets. */
static void change_kind(uint32_t i)
{
	const struct kind_layout *old = layout_of(draft_type(i));

	for (int tries = 0; tries < 16; tries++) {
		uint32_t kind = 1 + mutate_below(REBTF_KNOWN_KINDS - 1);
		const struct kind_layout *row = kind_layout(kind);
		struct rebtf_type *t = draft_type(i);

		if (row->info_size != old->info_size || row->elem_size != old->elem_size)
			continue;
		t->info = (t->info & 0x80ffffff) | kind << 24;
		return;
	}
}

static void change_bits(uint32_t i)
{
	uint32_t words = draft.places[i + 1] - draft.places[i];

	switch (mutate_below(4)) {
	case 0:
		draft_type(i)->info ^= 1u << 31;
		break;
	case 1:
		draft_type(i)->size = 1u << mutate_below(8);
		break;
	case 2:
		draft.words[draft.places[i] + mutate_below(words)] ^= 1u << mutate_below(32);
		break;
	default:
		LLVMFuzzerMutate((uint8_t *)draft_type(i), words * 4, words * 4);
	}
}

/* Copies another type's name to make same-named types. */
static void change_name(uint32_t i)
{
	draft_type(i)->name_off = draft_type(mutate_below(draft.count))->name_off;
}

static void change_strings(void)
{
	size_t size = LLVMFuzzerMutate(draft.strings, draft.strings_size, sizeof(draft.strings));

	draft.strings_size = (uint32_t)size;
	if (size && mutate_below(8)) {
		draft.strings[0] = 0;
		draft.strings[size - 1] = 0;
	}
}

static void change_draft(void)
{
	uint32_t i = mutate_below(draft.count), choice = mutate_below(16);

	if (choice == 0)
		change_strings();
	else if (choice == 1 || !draft.count)
		add_type();
	else if (choice < 5)
		change_field(i, REBTF_FIELD_IDS);
	else if (choice < 7)
		change_field(i, REBTF_FIELD_STRINGS);
	else if (choice == 7)
		change_elements(i);
	else if (choice == 8)
		copy_type(i);
	else if (choice == 9)
		resize(draft.places[i], -(int)(draft.places[i + 1] - draft.places[i]));
	else if (choice == 10)
		change_kind(i);
	else if (choice < 13)
		change_name(i);
	else
		change_bits(i);
}

size_t mutate_btf(uint8_t *data, size_t size, size_t max_size)
{
	size_t new_size = 0;

	if (mutate_below(8) && take_apart(data, size)) {
		for (uint32_t changes = 1 + mutate_below(3); changes; changes--) {
			change_draft();
			find_places();
		}
		new_size = put_together(data, max_size);
	}
	return new_size ?: LLVMFuzzerMutate(data, size, max_size);
}

/* ----------------------------------------------------------------------------------------- ELF */

/* Finds a section in 64-bit little-endian files. All other files are mutated as plain bytes. */
static Elf64_Shdr *any_section(uint8_t *data, size_t size)
{
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)data;
	Elf64_Shdr *section;
	uint64_t offset;

	if (size < sizeof(*ehdr) || memcmp(data, ELFMAG, SELFMAG) || data[EI_CLASS] != ELFCLASS64 ||
	    data[EI_DATA] != ELFDATA2LSB)
		return NULL;
	offset = ehdr->e_shoff + (uint64_t)mutate_below(ehdr->e_shnum) * sizeof(*section);
	if (ehdr->e_shoff > size || offset > size - sizeof(*section) || offset % 8)
		return NULL;
	section = (Elf64_Shdr *)(data + offset);
	if (section->sh_type == SHT_NOBITS || section->sh_offset > size ||
	    section->sh_size > size - section->sh_offset)
		return NULL;
	return section;
}

/*
 * An offset into .shstrtab or an index of a section, mostly near the end. Values behind the end
 * become valid when a name or a section is added.
 */
static uint32_t any_reference(const uint8_t *data, size_t size, uint32_t last)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)data;
	const Elf64_Shdr *names = (const Elf64_Shdr *)(data + ehdr->e_shoff) + ehdr->e_shstrndx;
	uint32_t end = last;

	if (mutate_below(2))
		return mutate_below(last + 4);
	if (mutate_below(2) && (const uint8_t *)(names + 1) <= data + size)
		end = (uint32_t)names->sh_size;
	return end + mutate_below(24) - 4;
}

/* Changes a header's reference to a name or a section. */
static void change_reference(uint8_t *data, size_t size, Elf64_Shdr *section)
{
	uint32_t value = any_reference(data, size, ((Elf64_Ehdr *)data)->e_shnum);

	switch (mutate_below(4)) {
	case 0:
		section->sh_name = value;
		break;
	case 1:
		section->sh_link = value;
		break;
	case 2:
		section->sh_info = value;
		section->sh_flags |= mutate_below(2) * SHF_INFO_LINK;
		break;
	default:
		section->sh_type = mutate_below(20);
		break;
	}
}

size_t mutate_elf(uint8_t *data, size_t size, size_t max_size)
{
	Elf64_Shdr *section = any_section(data, size);
	uint32_t choice = mutate_below(10);
	uint8_t *content;

	if (!section || !choice)
		return LLVMFuzzerMutate(data, size, max_size);
	content = data + section->sh_offset;
	if (choice > 7) {
		change_reference(data, size, section);
	} else if (choice == 1 || !section->sh_size) {
		LLVMFuzzerMutate((uint8_t *)section, sizeof(*section), sizeof(*section));
	} else if (section->sh_type == SHT_SYMTAB && choice < 6) {
		Elf64_Sym *symbol = (Elf64_Sym *)content +
				    mutate_below((uint32_t)(section->sh_size / sizeof(*symbol)));

		if (section->sh_size < sizeof(*symbol) || section->sh_offset % 8)
			return size;
		if (choice == 2)
			symbol->st_shndx = (uint16_t)any_reference(data, size,
								   ((Elf64_Ehdr *)data)->e_shnum);
		else if (choice == 3)
			symbol->st_name = any_reference(data, size, symbol->st_name);
		else
			LLVMFuzzerMutate((uint8_t *)symbol, sizeof(*symbol), sizeof(*symbol));
	} else if (section->sh_size > 2 && get16(content, false) == BTF_MAGIC) {
		/* If the BTF shrinks, the old bytes behind its end stay. */
		section->sh_size = mutate_btf(content, section->sh_size, section->sh_size);
	} else {
		LLVMFuzzerMutate(content, section->sh_size, section->sh_size);
	}
	return size;
}

size_t mutate_file(uint8_t *data, size_t size, size_t max_size)
{
	if (size > 2 && (get16(data, false) == BTF_MAGIC || get16(data, true) == BTF_MAGIC))
		return mutate_btf(data, size, max_size);
	if (size > SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		return mutate_elf(data, size, max_size);
	return LLVMFuzzerMutate(data, size, max_size);
}

/* ------------------------------------------------------------------------------------- several */

#define FILES_MAX 11u

size_t mutate_files(uint8_t *data, size_t size, size_t max_size, unsigned int count)
{
	struct input input = { data, size }, files[FILES_MAX];
	uint8_t *copy = malloc(max_size + 1), *changed = malloc(max_size + 1);
	uint32_t which = mutate_below(count);
	size_t at = 0, room = max_size;

	if (!copy || !changed)
		abort();
	for (unsigned int i = 0; i < count; i++) {
		files[i] = next_file(&input);
		room -= files[i].size + 4 < room ? files[i].size + 4 : room;
	}
	/* Replacing one file by another makes the two equal. */
	if (!mutate_below(16))
		files[which] = files[mutate_below(count)];
	room = room / 2 + files[which].size;
	if (files[which].size)
		memcpy(changed, files[which].data, files[which].size);
	files[which].size = mutate_file(changed, files[which].size, room);
	files[which].data = changed;
	for (unsigned int i = 0; i < count && at + 4 + files[i].size <= max_size; i++) {
		put32(copy + at, (uint32_t)files[i].size, false);
		if (files[i].size)
			memcpy(copy + at + 4, files[i].data, files[i].size);
		at += 4 + files[i].size;
	}
	memcpy(data, copy, at);
	free(copy);
	free(changed);
	return at;
}
