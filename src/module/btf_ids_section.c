/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads .BTF_ids and the symbols that name its words, and checks that they fit together. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "module/btf_ids_section.h"
#include "util/cleanup.h"
#include "util/file.h"

#define SYMBOL_PREFIX "__BTF_ID__"

/* Longer symbols are invalid. Type names have the same limit. */
#define SYMBOL_LENGTH_MAX 4095
/* The part of a symbol that an error shows. */
#define SHOWN ".255s"

void btf_ids_release(struct btf_ids *ids)
{
	free(ids->words);
	free(ids->sets);
	if (ids->file.elf)
		elf_file_close(&ids->file);
}

/* -------------------------------------------------------------------------------------- symbols */

/* The kind that a symbol names. 0: not a kind with ids. */
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
	return error_new(REBTF_ERR_FORMAT, "symbol %" SHOWN " %s", symbol, what);
}

static struct rebtf_error *too_many_symbols(void)
{
	return error_new(REBTF_ERR_FORMAT, "more symbols than words in the section");
}

static bool lies_within(const struct btf_ids *ids, const GElf_Sym *sym)
{
	return sym->st_value <= ids->section.size &&
	       sym->st_size <= ids->section.size - sym->st_value && sym->st_value % 4 == 0;
}

static struct rebtf_error *add_set(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym,
				   uint64_t stride)
{
	if (!lies_within(ids, sym) || sym->st_size < stride || sym->st_size % stride)
		return bad_symbol(symbol, "is not a set within the section");
	if (ids->set_count == ids->capacity)
		return too_many_symbols();
	ids->sets[ids->set_count++] = (struct btf_id_set){
		.offset = sym->st_value,
		.stride = stride,
		.count = sym->st_size / stride - 1,
		.symbol = symbol,
	};
	return NULL;
}

/* "__" and a number follow @name. They only keep symbols apart. */
static struct rebtf_error *add_word(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym,
				    uint32_t kind, const char *name)
{
	const char *end = strrchr(name, '_');

	if (!lies_within(ids, sym) || sym->st_size != 4)
		return bad_symbol(symbol, "is not a word within the section");
	if (!end || end - name < 2 || end[-1] != '_')
		return bad_symbol(symbol, "names no type");
	if (ids->word_count == ids->capacity)
		return too_many_symbols();
	ids->words[ids->word_count++] = (struct id_word){
		.offset = sym->st_value,
		.symbol = symbol,
		.name = name,
		.length = (size_t)(end - 1 - name),
		.kind = kind,
	};
	return NULL;
}

static struct rebtf_error *btf_ids_add_symbol(struct btf_ids *ids, const char *symbol,
					      const GElf_Sym *sym)
{
	const char *word, *name;
	uint32_t kind;

	if (strncmp(symbol, SYMBOL_PREFIX, strlen(SYMBOL_PREFIX)))
		return NULL;
	if (strnlen(symbol, SYMBOL_LENGTH_MAX + 1) > SYMBOL_LENGTH_MAX)
		return bad_symbol(symbol, "has too long a name");
	/* Names of real symbols share at most their ends. Copies could take quadratic space. */
	ids->names_size += strlen(symbol) + 1;
	if (ids->names_size / 4 > ids->file.size)
		return error_new(REBTF_ERR_FORMAT, "symbol names overlap too much");
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
				 "symbol %" SHOWN " names an unknown kind of type", symbol);
	return add_word(ids, symbol, sym, kind, name + 2);
}

/* A symbol outside the section. */
static void btf_ids_note_function(struct btf_ids *ids, const char *symbol, const GElf_Sym *sym)
{
	enum id_function how = sym->st_shndx == SHN_UNDEF ? ID_FUNCTION_IMPORTED
							  : ID_FUNCTION_DEFINED;

	if (!strcmp(symbol, "register_btf_kfunc_id_set"))
		ids->register_kfuncs = how;
	else if (!strcmp(symbol, "register_btf_fmodret_id_set"))
		ids->register_fmodret = how;
}

/* Finds a section of @type. @link: only one that belongs to this section; 0: any. */
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

/* The base of symbol values: 0 in a relocatable object, otherwise the section's address. */
static uint64_t start_address(const struct btf_ids *ids)
{
	GElf_Shdr shdr;

	if (ids->file.ehdr.e_type == ET_REL ||
	    !gelf_getshdr(elf_getscn(ids->file.elf, ids->section.index), &shdr))
		return 0;
	return shdr.sh_addr;
}

static struct rebtf_error *btf_ids_read_symbols(struct btf_ids *ids)
{
	GElf_Shdr shdr, extended_shdr;
	Elf_Scn *symtab = find_section(ids, SHT_SYMTAB, 0, &shdr), *extended;
	Elf_Data *symbols, *indices;
	uint64_t start = start_address(ids);
	struct elf_strings names;
	size_t count;

	TRY(elf_section_data(symtab, &symbols));
	if (ids->file.is_read && symtab && !symbols)
		return error_new(REBTF_ERR_FORMAT, "cannot read the symbols");
	if (!symbols || !symbols->d_buf)
		return NULL;
	extended = find_section(ids, SHT_SYMTAB_SHNDX, elf_ndxscn(symtab), &extended_shdr);
	TRY(elf_section_data(extended, &indices));
	TRY(elf_find_strings(&ids->file, shdr.sh_link, "symbol", &names));
	count = symbols->d_size / gelf_fsize(ids->file.elf, ELF_T_SYM, 1, EV_CURRENT);
	ids->capacity = count < ids->section.size / 4 ? count : ids->section.size / 4;
	ids->words = calloc(ids->capacity + 1, sizeof(*ids->words));
	ids->sets = calloc(ids->capacity + 1, sizeof(*ids->sets));
	if (!ids->words || !ids->sets)
		return error_nomem();
	for (size_t i = 1; i < count && i <= INT32_MAX; i++) {
		Elf32_Word index = 0;
		const char *name;
		GElf_Sym sym;

		if (!gelf_getsymshndx(symbols, indices, (int)i, &sym, &index))
			continue;
		name = elf_string(&names, sym.st_name);
		if (!name)
			continue;
		if ((sym.st_shndx == SHN_XINDEX ? index : sym.st_shndx) != ids->section.index) {
			btf_ids_note_function(ids, name, &sym);
			continue;
		}
		sym.st_value -= start;
		TRY(btf_ids_add_symbol(ids, name, &sym));
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------- checking */

static int btf_ids_words_by_offset(const void *a, const void *b)
{
	return by_number(((const struct id_word *)a)->offset, ((const struct id_word *)b)->offset);
}

static int sets_by_offset(const void *a, const void *b)
{
	return by_number(((const struct btf_id_set *)a)->offset,
			 ((const struct btf_id_set *)b)->offset);
}

/* Two symbols claim the same words. */
static struct rebtf_error *btf_ids_overlap(const char *left, const char *right)
{
	return error_new(REBTF_ERR_FORMAT, "symbols %" SHOWN " and %" SHOWN " overlap", left,
			 right);
}

/* A set without resolved ids has no count yet: all its words are zero. */
static struct rebtf_error *check_count(const struct btf_ids *ids, const struct btf_id_set *set)
{
	uint32_t count = btf_ids_get(ids, ids->data, set->offset);
	bool has_ids = false;

	for (size_t i = 0; i < set->count; i++)
		has_ids |= btf_ids_get(ids, ids->data, btf_id_set_place(set, i)) != 0;
	if (count == set->count || (!count && !has_ids))
		return NULL;
	return error_new(REBTF_ERR_FORMAT,
			 "invalid id count of set %" SHOWN " (found %u, expected %zu)", set->symbol,
			 count, set->count);
}

/* Assigns words to a set. *@w is the first word not before the set, and moves past its end. */
static struct rebtf_error *give_words(struct btf_ids *ids, struct btf_id_set *set, size_t *w)
{
	uint64_t end = btf_id_set_end(set);

	set->first = *w;
	for (; *w < ids->word_count && ids->words[*w].offset < end; ++*w) {
		const struct id_word *word = &ids->words[*w];
		uint64_t offset = word->offset - set->offset;

		if (offset < set->stride || offset % set->stride)
			return error_new(REBTF_ERR_FORMAT,
					 "symbol %" SHOWN " is not at an id of set %" SHOWN,
					 word->symbol, set->symbol);
	}
	set->word_count = *w - set->first;
	return NULL;
}

static struct rebtf_error *check_places(struct btf_ids *ids)
{
	uint64_t end = 0;
	size_t w = 0;

	for (size_t i = 1; i < ids->word_count; i++) {
		if (ids->words[i].offset == ids->words[i - 1].offset)
			return btf_ids_overlap(ids->words[i - 1].symbol, ids->words[i].symbol);
	}
	for (size_t i = 0; i < ids->set_count; i++) {
		struct btf_id_set *set = &ids->sets[i];

		if (set->offset < end)
			return btf_ids_overlap(ids->sets[i - 1].symbol, set->symbol);
		while (w < ids->word_count && ids->words[w].offset < set->offset)
			w++;
		TRY(give_words(ids, set, &w));
		end = btf_id_set_end(set);
	}
	return NULL;
}

/*
 * Outside sets, each nonzero word is an id. In sets, this is checked when ids are assigned to
 * names.
 */
static struct rebtf_error *check_named(const struct btf_ids *ids)
{
	size_t w = 0, s = 0;

	for (uint64_t offset = 0; offset + 4 <= ids->section.size;) {
		if (s < ids->set_count && ids->sets[s].offset == offset) {
			offset = btf_id_set_end(&ids->sets[s]);
			w = ids->sets[s].first + ids->sets[s].word_count;
			s++;
			continue;
		}
		if (w < ids->word_count && ids->words[w].offset == offset)
			w++;
		else if (btf_ids_get(ids, ids->data, offset))
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "no symbol names the type of the id at offset %" PRIu64,
					 offset);
		offset += 4;
	}
	return NULL;
}

/* Finds the section in the open file, and the symbols in it. */
static struct rebtf_error *btf_ids_find(struct btf_ids *ids)
{
	const char *name = rebtf_section_name(REBTF_SECTION_BTF_IDS);

	TRY(elf_find_sections(&ids->file, &name, &ids->section, 1));
	ids->big_endian = ids->file.ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	if (!ids->section.size)
		return NULL;
	if (ids->section.size > FILE_SIZE_MAX)
		return error_new(REBTF_ERR_UNSUPPORTED, "too large");
	TRY(btf_ids_read_symbols(ids));
	if (ids->word_count)
		qsort(ids->words, ids->word_count, sizeof(*ids->words), btf_ids_words_by_offset);
	if (ids->set_count)
		qsort(ids->sets, ids->set_count, sizeof(*ids->sets), sets_by_offset);
	return check_places(ids);
}

struct rebtf_error *btf_ids_read_unresolved(const uint8_t *image, size_t size, struct btf_ids *ids)
{
	TRY(elf_file_open_mem(image, size, &ids->file));
	TRY(btf_ids_find(ids));
	ids->data = image + ids->section.offset;
	return NULL;
}

struct rebtf_error *btf_ids_read(const uint8_t *image, size_t size, struct btf_ids *ids)
{
	TRY(btf_ids_read_unresolved(image, size, ids));
	if (!ids->section.size)
		return NULL;
	if (!ids->word_count && !ids->set_count && !only_zeros(ids->data, ids->section.size))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "no symbol names the types of the ids (stripped?)");
	for (size_t i = 0; i < ids->set_count; i++)
		TRY(check_count(ids, &ids->sets[i]));
	return check_named(ids);
}

struct rebtf_error *btf_ids_read_fd(int fd, struct btf_ids *ids)
{
	Elf_Data *data;

	TRY(elf_file_open_fd(fd, &ids->file));
	TRY(btf_ids_find(ids));
	if (!ids->section.size)
		return NULL;
	errno = 0;
	data = elf_rawdata(elf_getscn(ids->file.elf, ids->section.index), NULL);
	if (!data && errno == ENOMEM)
		return error_nomem();
	if (!data || !data->d_buf || data->d_size != ids->section.size)
		return error_new(REBTF_ERR_FORMAT, "cannot read the section");
	ids->data = data->d_buf;
	return NULL;
}
