/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The type ids in .BTF_ids, see btf_ids.h. They are words among counts and flags; which are ids,
 * and of what, only symbols say, "__BTF_ID__func__NAME__1234" at each one (include/linux/btf_ids.h
 * in the kernel). So the ids are found anew by name, as the kernel's build found them. A set is
 * sorted by id after that, which is why a symbol tells in what set a name is, but no longer at
 * which place of it.
 */
#include <string.h>

#include "module/btf_ids.h"
#include "module/module.h"
#include "util/cleanup.h"

#define SYMBOL_PREFIX "__BTF_ID__"

/* A word that is an id, and what it is the id of. */
struct id_word {
	uint64_t offset;
	uint32_t kind;
	char *name;
	uint32_t id; /* 0 until it is found */
};

/* A count, in set8 also flags, and as many ids, in set8 each with flags of its own. */
struct id_set {
	uint64_t offset;
	uint64_t size;
	size_t stride; /* of an element, and the size of what precedes the first one */
};

struct btf_ids {
	struct elf_file file;
	struct elf_section section;
	bool big_endian;
	uint8_t *data; /* as it was, then as it shall be */
	struct id_word *words;
	size_t word_count;
	struct id_set *sets;
	size_t set_count;
};

static void btf_ids_release(struct btf_ids *ids)
{
	for (size_t i = 0; i < ids->word_count; i++)
		free(ids->words[i].name);
	free(ids->words);
	free(ids->sets);
	free(ids->data);
	if (ids->file.elf)
		elf_file_close(&ids->file);
}

static uint32_t get_word(const struct btf_ids *ids, uint64_t offset)
{
	const uint8_t *p = ids->data + offset;
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | p[ids->big_endian ? i : 3 - i];
	return value;
}

static void put_word(struct btf_ids *ids, uint64_t offset, uint32_t value)
{
	uint8_t *p = ids->data + offset;

	for (int i = 0; i < 4; i++)
		p[ids->big_endian ? 3 - i : i] = (uint8_t)(value >> 8 * i);
}

/* -------------------------------------------------------------------------------------- symbols */

/* The kind that a symbol's name speaks of; 0 if it is none that ids are found for. */
static uint32_t kind_of_word(const char *word, size_t length)
{
	static const struct {
		const char *word;
		uint32_t kind;
	} kinds[] = {
		{ "func", REBTF_KIND_FUNC },
		{ "struct", REBTF_KIND_STRUCT },
		{ "union", REBTF_KIND_UNION },
		{ "typedef", REBTF_KIND_TYPEDEF },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i].word) == length && !memcmp(kinds[i].word, word, length))
			return kinds[i].kind;
	}
	return 0;
}

static struct rebtf_error *bad_symbol(const char *symbol, const char *what)
{
	return error_new(REBTF_ERR_FORMAT, "the symbol %s %s", symbol, what);
}

static struct rebtf_error *add_set(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym,
				   size_t stride)
{
	struct id_set set = { sym->st_value, sym->st_size, stride };

	if (set.offset > ids->section.size || set.size > ids->section.size - set.offset ||
	    set.size < stride || set.size % stride)
		return bad_symbol(symbol, "is no set that lies in the section");
	ids->sets[ids->set_count++] = set;
	return NULL;
}

/* @name is followed by "__" and a number, which only keeps symbols apart. */
static struct rebtf_error *add_word(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym,
				    uint32_t kind, const char *name)
{
	const char *end = strrchr(name, '_');
	struct id_word *word = &ids->words[ids->word_count];

	if (sym->st_value > ids->section.size || ids->section.size - sym->st_value < 4)
		return bad_symbol(symbol, "is no word that lies in the section");
	if (!end || end - name < 2 || end[-1] != '_')
		return bad_symbol(symbol, "names no type");
	*word = (struct id_word){ .offset = sym->st_value, .kind = kind };
	word->name = strndup(name, (size_t)(end - name) - 1);
	if (!word->name)
		return error_nomem();
	ids->word_count++;
	return NULL;
}

static struct rebtf_error *add_symbol(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym)
{
	const char *word, *name;
	uint32_t kind;

	if (strncmp(symbol, SYMBOL_PREFIX, strlen(SYMBOL_PREFIX)))
		return NULL;
	word = symbol + strlen(SYMBOL_PREFIX);
	name = strstr(word, "__");
	if (!name)
		return bad_symbol(symbol, "names no type");
	if (name - word == 3 && !memcmp(word, "set", 3))
		return add_set(ids, symbol, sym, 4);
	if (name - word == 4 && !memcmp(word, "set8", 4))
		return add_set(ids, symbol, sym, 8);
	kind = kind_of_word(word, (size_t)(name - word));
	if (!kind)
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "the symbol %s speaks of no kind of type that is known", symbol);
	return add_word(ids, symbol, sym, kind, name + 2);
}

/* The section of that type, of those that belong to section @link unless that is 0. */
static Elf_Scn *find_section(const struct btf_ids *ids, uint32_t type, size_t link, GElf_Shdr *shdr)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(ids->file.elf, section))) {
		if (gelf_getshdr(section, shdr) && shdr->sh_type == type &&
		    (!link || shdr->sh_link == link))
			return section;
	}
	return NULL;
}

static struct rebtf_error *read_symbols(struct btf_ids *ids)
{
	GElf_Shdr shdr, extended_shdr;
	Elf_Scn *symtab = find_section(ids, SHT_SYMTAB, 0, &shdr), *extended;
	Elf_Data *symbols = symtab ? elf_getdata(symtab, NULL) : NULL, *indices = NULL;
	size_t count;

	if (!symbols || !symbols->d_buf || !shdr.sh_entsize)
		return NULL;
	extended = find_section(ids, SHT_SYMTAB_SHNDX, elf_ndxscn(symtab), &extended_shdr);
	if (extended)
		indices = elf_getdata(extended, NULL);
	count = symbols->d_size / gelf_fsize(ids->file.elf, ELF_T_SYM, 1, EV_CURRENT);
	ids->words = calloc(count + 1, sizeof(*ids->words));
	ids->sets = calloc(count + 1, sizeof(*ids->sets));
	if (!ids->words || !ids->sets)
		return error_nomem();
	for (size_t i = 1; i < count && i <= INT32_MAX; i++) {
		Elf32_Word index = 0;
		const char *name;
		GElf_Sym sym;

		if (!gelf_getsymshndx(symbols, indices, (int)i, &sym, &index))
			continue;
		if ((sym.st_shndx == SHN_XINDEX ? index : sym.st_shndx) != ids->section.index)
			continue;
		name = elf_strptr(ids->file.elf, shdr.sh_link, sym.st_name);
		if (name)
			TRY(add_symbol(ids, name, &sym));
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- types */

static int by_name(const void *a, const void *b)
{
	const struct id_word *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Gives @id to all words of its kind and name that have none yet. */
static void give_id(struct btf_ids *ids, const char *name, uint32_t kind, uint32_t id)
{
	const struct id_word key = { .kind = kind, .name = (char *)name };
	size_t low = 0, high = ids->word_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_name(&ids->words[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < ids->word_count && !by_name(&ids->words[low], &key); low++) {
		if (ids->words[low].id)
			return;
		ids->words[low].id = id;
	}
}

/* The module's own types come first: a kernel may well have a function of the same name. */
static void find_ids(struct btf_ids *ids, const struct rebtf_btf *btf)
{
	const struct rebtf_btf *base = rebtf_base(btf);

	if (ids->word_count)
		qsort(ids->words, ids->word_count, sizeof(*ids->words), by_name);
	for (uint32_t id = rebtf_start_id(btf); id < rebtf_type_count(btf); id++) {
		const struct rebtf_type *t = rebtf_type_by_id(btf, id);
		uint32_t kind = rebtf_type_kind(t);

		if (kind == REBTF_KIND_FUNC || kind == REBTF_KIND_STRUCT ||
		    kind == REBTF_KIND_UNION || kind == REBTF_KIND_TYPEDEF)
			give_id(ids, rebtf_type_name(btf, t), kind, id);
	}
	for (size_t i = 0; base && i < ids->word_count; i++) {
		if (!ids->words[i].id)
			ids->words[i].id = rebtf_find(base, ids->words[i].name, ids->words[i].kind);
	}
}

/*
 * What the kernel's build did not find has id 0 and may keep it. What it did find has to be there
 * now.
 */
static struct rebtf_error *check_found(const struct btf_ids *ids)
{
	size_t zeros = 0;

	for (size_t i = 0; i < ids->word_count; i++)
		zeros += !get_word(ids, ids->words[i].offset);
	for (size_t i = 0; i < ids->word_count; i++) {
		const struct id_word *word = &ids->words[i];

		if (word->id)
			continue;
		if (!zeros)
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "the module has the type id of %s '%s', which its new BTF "
					 "does not lead to",
					 rebtf_kind_name(word->kind), word->name);
		zeros--;
	}
	return NULL;
}

/* ----------------------------------------------------------------------------------------- sets */

static int by_id(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/*
 * Flags keep their places: the functions that have flags are the module's own, whose ids all move
 * by the same amount, so each of them has the place that it had.
 */
static void sort_set(struct btf_ids *ids, const struct id_set *set, uint32_t *sorted)
{
	size_t count = set->size / set->stride - 1;

	for (size_t i = 0; i < count; i++)
		sorted[i] = get_word(ids, set->offset + (i + 1) * set->stride);
	qsort(sorted, count, sizeof(*sorted), by_id);
	for (size_t i = 0; i < count; i++)
		put_word(ids, set->offset + (i + 1) * set->stride, sorted[i]);
}

static struct rebtf_error *sort_sets(struct btf_ids *ids)
{
	_cleanup_free_ uint32_t *sorted = malloc(ids->section.size);
	uint64_t left = ids->section.size;

	if (!sorted)
		return error_nomem();
	for (size_t i = 0; i < ids->set_count; i++) {
		if (ids->sets[i].size > left)
			return error_new(REBTF_ERR_FORMAT, "its sets overlap");
		left -= ids->sets[i].size;
		sort_set(ids, &ids->sets[i], sorted);
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------------- whole */

static bool has_ids(const struct btf_ids *ids)
{
	for (uint64_t i = 0; i < ids->section.size; i++) {
		if (ids->data[i])
			return true;
	}
	return false;
}

static struct rebtf_error *resolve(struct btf_ids *ids, const struct rebtf_btf *btf)
{
	TRY(read_symbols(ids));
	if (!ids->word_count && has_ids(ids))
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"its type ids need to be changed, but the symbols that say where they "
			"stand were stripped");
	find_ids(ids, btf);
	TRY(check_found(ids));
	for (size_t i = 0; i < ids->word_count; i++)
		put_word(ids, ids->words[i].offset, ids->words[i].id);
	return sort_sets(ids);
}

struct rebtf_error *btf_ids_resolve(const uint8_t *image, size_t size, const struct rebtf_btf *btf,
				    uint8_t **data, size_t *data_size)
{
	_cleanup_(btf_ids_release) struct btf_ids ids = {};
	const char *name = rebtf_section_name(REBTF_SECTION_BTF_IDS);

	TRY(elf_file_open_mem(image, size, &ids.file));
	TRY(elf_find_sections(&ids.file, &name, &ids.section, 1));
	*data = NULL;
	*data_size = ids.section.size;
	if (!ids.section.size)
		return NULL;
	ids.big_endian = ids.file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	ids.data = malloc(ids.section.size);
	if (!ids.data)
		return error_nomem();
	memcpy(ids.data, image + ids.section.offset, ids.section.size);
	TRY(error_at(resolve(&ids, btf), NULL, name));
	*data = take_ptr(&ids.data);
	return NULL;
}
