/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: headers in C. The input is two files, each after its length: a base, and BTF split from
 * it, which may be empty. A header must be made of all BTF with known kinds, define each struct once,
 * close each brace, and have no other characters than C has. bpftool's header may end with an error.
 */
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 2);
}

/* The text of a header, with a NUL at its end. */
struct header_text {
	char *text;
	size_t size;
	size_t room;
};

static struct rebtf_error *collect(void *arg, const char *text, size_t size)
{
	struct header_text *all = arg;

	if (all->size + size >= all->room) {
		all->room = 2 * (all->size + size + 1);
		all->text = realloc(all->text, all->room);
	}
	if (!all->text)
		fail("out of memory");
	memcpy(all->text + all->size, text, size);
	all->size += size;
	all->text[all->size] = 0;
	return NULL;
}

static struct rebtf_error *discard(void *arg, const char *text, size_t size)
{
	(void)arg, (void)text, (void)size;
	return NULL;
}

static void must_be_a_difference(void *arg, const struct rebtf_header_note *note)
{
	const struct rebtf_btf *btf = arg;

	if (note->id >= rebtf_btf_type_count(btf) || note->cause >= rebtf_btf_type_count(btf))
		fail("a note is about a type that does not exist");
	if (note->kind == REBTF_HEADER_RENAMED ? !strcmp(note->name, note->c_name) : !note->reason)
		fail("a note has no difference");
}

static bool has_unknown_kinds(const struct rebtf_btf *btf)
{
	for (uint32_t id = 1; id < rebtf_btf_type_count(btf); id++) {
		if (rebtf_type_kind(rebtf_btf_type(btf, id)) >= REBTF_KNOWN_KINDS)
			return true;
	}
	return false;
}

static void must_be_c(const struct header_text *header)
{
	bool in_string = false;
	int open = 0;

	for (size_t i = 0; i < header->size; i++) {
		char c = header->text[i];

		if (c != '\n' && c != '\t' && (c < ' ' || c > '~'))
			fail("a header has a character that C has not");
		in_string ^= c == '"';
		if (in_string && c == '\n')
			fail("a header has a string that does not end");
		if (in_string)
			continue;
		open += (c == '{' || c == '(' || c == '[') - (c == '}' || c == ')' || c == ']');
		if (open < 0)
			break;
	}
	/* The frame has the brace of extern "C" twice. */
	if (open)
		fail("a header does not close its braces");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether @line starts a definition with a name, which must be the only one. */
static bool is_definition(const char *line)
{
	size_t length = strlen(line);
	bool has_tag = !strncmp(line, "struct ", 7) || !strncmp(line, "union ", 6) ||
		       !strncmp(line, "enum ", 5);

	return has_tag && length > 9 && !strcmp(line + length - 2, " {");
}

/* Cuts the text into lines. */
static void must_define_once(struct header_text *header)
{
	char **lines = malloc((header->size + 1) * sizeof(*lines)), *rest = header->text, *line;
	size_t count = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (is_definition(line))
			lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	for (size_t i = 1; i < count; i++) {
		if (!strcmp(lines[i], lines[i - 1]))
			fail("a header defines a type twice");
	}
	free(lines);
}

static void make(const struct rebtf_btf *btf, const struct rebtf_header_options *options)
{
	struct header_text header = {};

	must(rebtf_header(btf, options, collect, &header));
	must_be_c(&header);
	must_define_once(&header);
	free(header.text);
}

/* Some types alone, with what they need. */
static void make_some(const struct rebtf_btf *btf)
{
	uint32_t count = rebtf_btf_type_count(btf), ids[8], step = count / 8 + 1;
	size_t id_count = 0;

	for (uint32_t id = count - 1; id && id_count < 8; id -= id < step ? id : step)
		ids[id_count++] = id;
	make(btf, &(struct rebtf_header_options){ .size = sizeof(struct rebtf_header_options),
						  .ids = ids,
						  .id_count = id_count,
						  .note = must_be_a_difference,
						  .note_arg = (void *)(uintptr_t)btf });
}

static void check(const struct rebtf_btf *btf, bool is_split)
{
	REBTF_OPTIONS(rebtf_header_options, all, .asserts = true, .note = must_be_a_difference,
		      .note_arg = (void *)(uintptr_t)btf);
	REBTF_OPTIONS(rebtf_header_options, own, .only_own = true, .unsorted = true,
		      .note = must_be_a_difference, .note_arg = (void *)(uintptr_t)btf);
	REBTF_OPTIONS(rebtf_header_options, like, .like_bpftool = true);

	if (has_unknown_kinds(btf))
		return;
	make(btf, &all);
	if (is_split)
		make(btf, &own);
	if (rebtf_btf_type_count(btf) > 1)
		make_some(btf);
	ok(rebtf_header(btf, &like, discard, NULL));
	like.unsorted = true;
	ok(rebtf_header(btf, &like, discard, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *base = next_btf(&input, NULL);
	struct rebtf_btf *split = base ? next_btf(&input, base) : NULL;

	if (base)
		check(base, false);
	if (split)
		check(split, true);
	rebtf_btf_unref(split);
	rebtf_btf_unref(base);
	return 0;
}
