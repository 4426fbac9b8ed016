/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares the verdicts of two versions of libbpf on bytes that may be BTF: whether they read them,
 * with which error, and then the number of types and the bytes that they write.
 *
 *	verdicts OURS THEIRS COUNT BASE FILE...
 *
 * OURS and THEIRS are shared objects. Each FILE is raw BTF, or split from BASE; COUNT changed copies
 * of each are tried. Changes come from a fixed seed. BASE can be - for no base.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 10

struct btf;

struct library {
	struct btf *(*open)(const void *data, uint32_t size, struct btf *base);
	void (*free)(struct btf *btf);
	uint32_t (*count)(const struct btf *btf);
	const void *(*raw)(const struct btf *btf, uint32_t *size);
	struct btf *base;
};

struct bytes {
	uint8_t *data;
	uint32_t size;
};

static uint64_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 16) % limit;
}

static void fail(const char *what)
{
	fprintf(stderr, "verdicts: %s\n", what);
	exit(2);
}

static void *symbol(void *handle, const char *name)
{
	void *found = dlsym(handle, name);

	if (!found)
		fail(name);
	return found;
}

static int print_nothing(int level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

static struct library load(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *(*set_print)(int (*)(int, const char *, va_list));
	struct library lib;

	if (!handle)
		fail(dlerror());
	lib.open = symbol(handle, "btf__new_split");
	lib.free = symbol(handle, "btf__free");
	lib.count = symbol(handle, "btf__type_cnt");
	lib.raw = symbol(handle, "btf__raw_data");
	lib.base = NULL;
	set_print = symbol(handle, "libbpf_set_print");
	set_print(print_nothing);
	return lib;
}

static struct bytes read_file(const char *path)
{
	struct bytes b = { malloc(64 << 20), 0 };
	FILE *f = fopen(path, "rb");

	if (!f || !b.data)
		fail(path);
	b.size = fread(b.data, 1, 64 << 20, f);
	fclose(f);
	return b;
}

/* Numbers near limits find more than random ones. */
static uint32_t some_word(uint32_t old)
{
	static const uint32_t words[] = { 0, 1, 3, 4, 24, 32, 0x7fffffff, 0x80000000, UINT32_MAX };
	uint32_t number = random_below(4);

	if (number == 0)
		return words[random_below(sizeof(words) / sizeof(*words))];
	if (number == 1)
		return old + random_below(9) - 4;
	if (number == 2)
		return random_below(128) << 24 | (old & 0xffffff);
	return old ^ 1u << random_below(32);
}

/* Half of the changes are in the header and the first types, which decide about the rest. */
static void change(struct bytes *b)
{
	uint32_t left = 1 + random_below(3);

	if (!random_below(8))
		b->size = random_below(b->size) + 1;
	while (left--) {
		uint32_t room = random_below(2) && b->size > 64 ? 64 : b->size, at, word;

		if (room < 4)
			return;
		at = random_below(room - 3) & ~3u;
		memcpy(&word, b->data + at, 4);
		word = some_word(word);
		memcpy(b->data + at, &word, 4);
	}
}

/* A copy of the exact size lets a sanitizer see reads beyond its end. */
static struct btf *open_copy(const struct library *lib, const struct bytes *b, int *errnum)
{
	uint8_t *copy = malloc(b->size);
	struct btf *btf;

	memcpy(copy, b->data, b->size);
	errno = 0;
	btf = lib->open(copy, b->size, lib->base);
	*errnum = btf ? 0 : errno;
	free(copy);
	return btf;
}

/* libbpf can write a file of the other byte order that it cannot read: it leaves out gaps. */
static int can_read(const struct library *lib, const void *raw, uint32_t size)
{
	struct btf *btf = lib->open(raw, size, lib->base);

	if (btf)
		lib->free(btf);
	return btf != NULL;
}

static int same_contents(const struct library *ours, const struct btf *our,
			 const struct library *theirs, const struct btf *their)
{
	uint32_t our_size, their_size;
	const void *our_raw = ours->raw(our, &our_size), *their_raw;

	if (ours->count(our) != theirs->count(their))
		return 0;
	their_raw = theirs->raw(their, &their_size);
	if (!our_raw || !their_raw)
		return !our_raw == !their_raw;
	if (our_size == their_size && !memcmp(our_raw, their_raw, our_size))
		return 1;
	return can_read(theirs, our_raw, our_size) && !can_read(theirs, their_raw, their_size);
}

static unsigned long accepted, refused, different;

static void compare(const struct library *ours, const struct library *theirs, const struct bytes *b,
		    const char *name, uint32_t number)
{
	int our_err, their_err, same;
	struct btf *our = open_copy(ours, b, &our_err);
	struct btf *their = open_copy(theirs, b, &their_err);

	same = our_err == their_err;
	if (our && their)
		same = same_contents(ours, our, theirs, their);
	accepted += our != NULL;
	refused += our == NULL;
	if (!same && different++ < SHOWN)
		printf("# %s, change %u: errno %d, expected %d\n", name, number, our_err,
		       their_err);
	if (our)
		ours->free(our);
	if (their)
		theirs->free(their);
}

int main(int argc, char **argv)
{
	struct library ours, theirs;
	uint32_t count;

	if (argc < 6)
		fail("usage: verdicts OURS THEIRS COUNT BASE FILE...");
	ours = load(argv[1]);
	theirs = load(argv[2]);
	count = atoi(argv[3]);
	if (strcmp(argv[4], "-")) {
		struct bytes base = read_file(argv[4]);

		ours.base = ours.open(base.data, base.size, NULL);
		theirs.base = theirs.open(base.data, base.size, NULL);
		if (!ours.base || !theirs.base)
			fail(argv[4]);
	}
	for (int i = 5; i < argc; i++) {
		struct bytes file = read_file(argv[i]), copy = { malloc(file.size + 1), 0 };

		for (uint32_t number = 0; number <= count && file.size; number++) {
			copy.size = file.size;
			memcpy(copy.data, file.data, file.size);
			if (number)
				change(&copy);
			compare(&ours, &theirs, &copy, argv[i], number);
		}
		free(file.data);
		free(copy.data);
	}
	printf("# %lu read, %lu refused, %lu different\n", accepted, refused, different);
	return different > 0;
}
