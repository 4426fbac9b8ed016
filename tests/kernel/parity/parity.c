/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Compares rebtf_verify() with the kernel. The program makes random blobs (blob.h) and loads each
 * into the running kernel with bpf(BPF_BTF_LOAD). The verdicts must be the same. If the first types
 * of a blob are valid alone, the blob is also judged as split BTF over these types, or over a chain
 * of two bases. Kernels load no split BTF from programs, but the split BTF and its bases together
 * have the meaning of the whole blob, which they do load.
 *
 * If verdicts differ, the program reduces the blob while they still differ, and prints it. The
 * result becomes a named test. Needs the right to load BTF (root or CAP_BPF).
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rebtf.h"

#include "blob.h"
#include "load_btf.h"

struct options {
	uint64_t count;
	uint64_t seed;
	const char *kernel;
	struct rebtf_btf *kernel_types;
	unsigned int jobs;
};

struct tally {
	uint64_t blobs;
	uint64_t accepted;
	uint64_t split;
	uint64_t split_accepted;
	uint64_t differ;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "parity: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --required: it is an error if no comparison is possible. */
static bool required;

/* Ends the program, because no comparison is possible here. */
static void __attribute__((noreturn)) skip(const char *why)
{
	if (required)
		printf("not ok 1 - %s\n", why);
	else
		printf("ok 1 # SKIP %s\n", why);
	exit(required);
}

/* ---------------------------------------------------------------------------------------- judges */

static bool kernel_accepts_logging(const uint8_t *data, size_t size, char *log, size_t log_size)
{
	int error = load_btf(data, size, log, log_size);

	if (error == EPERM || error == ENOSYS)
		skip("this process may not load BTF");
	/* All other errors are about the blob. 524 is the kernel's ENOTSUPP. */
	if (error && error != EINVAL && error != E2BIG && error != EEXIST && error != ENOENT &&
	    error != ELOOP && error != EFAULT && error != 524 && error != ENOSPC) {
		errno = error;
		die("BPF_BTF_LOAD");
	}
	return !error;
}

static bool kernel_accepts(const uint8_t *data, size_t size)
{
	return kernel_accepts_logging(data, size, NULL, 0);
}

/* Sets *@text to the reason of a refusal, malloced. */
static bool rebtf_accepts(const struct options *options, const uint8_t *data, size_t size,
			  struct rebtf_btf *base, char **text)
{
	const struct rebtf_verify_options verify = { .size = sizeof(struct rebtf_verify_options),
						     .kernel = options->kernel,
						     .limit = 1,
						     .kernel_types = options->kernel_types,
						     .pointer_size = sizeof(void *) };
	struct rebtf_violations *violations;
	struct rebtf_error *err = rebtf_verify(data, size, NULL, base, &verify, &violations);
	bool accepts;

	if (err) {
		fprintf(stderr, "parity: %s\n", rebtf_error_text(err));
		exit(2);
	}
	accepts = !rebtf_violations_count(violations);
	if (text)
		*text = accepts ? NULL : rebtf_error_text(rebtf_violations_at(violations, 0));
	rebtf_violations_free(violations);
	return accepts;
}

/* A part of a blob: types from @from up to @to, and a range of strings. */
struct part {
	uint32_t from, to;
	uint32_t strings_from, strings_to;
};

static size_t write_part(const struct blob *b, const struct part *part, uint8_t *bytes)
{
	static struct blob cut;
	uint32_t words = b->start[part->to] - b->start[part->from];

	cut = *b;
	memmove(cut.words, cut.words + cut.start[part->from], words * sizeof(uint32_t));
	/* For writing, the words can be treated as a single type. */
	cut.count = 1;
	cut.start[1] = words;
	cut.strings_size = part->strings_to - part->strings_from;
	memmove(cut.strings, cut.strings + part->strings_from, cut.strings_size);
	return blob_write(&cut, bytes);
}

/* The part after @last that ends before type @to. */
static struct part part_before(const struct blob *b, const struct part *last, uint32_t to)
{
	struct part part = { .from = last->to, .to = to, .strings_from = last->strings_to };

	/* Splits the strings in proportion, so that all parts have some. */
	part.strings_to = to == b->count ? b->strings_size : b->strings_size * to / b->count;
	while (part.strings_to > part.strings_from && part.strings_to < b->strings_size &&
	       b->strings[part.strings_to - 1])
		part.strings_to--;
	return part;
}

/* Opens the part as BTF over @base, if both judges' rules and rebtf_btf_open() accept it. */
static struct rebtf_btf *open_part(const struct options *options, const struct blob *b,
				   const struct part *part, struct rebtf_btf *base)
{
	static uint8_t bytes[BLOB_MAX_SIZE];
	size_t size = write_part(b, part, bytes);
	struct rebtf_btf *btf;
	struct rebtf_error *err;

	if (!rebtf_accepts(options, bytes, size, base, NULL))
		return NULL;
	err = rebtf_btf_open_mem(bytes, size, NULL, base, &btf);
	if (!err)
		return btf;
	rebtf_error_free(err);
	return NULL;
}

/* Whether the file has the usual layout, so that it can be split into parts. */
static bool is_plain(const struct blob *b)
{
	static const uint32_t plain[8] = { BLOB_FIRST_WORD };

	return !memcmp(b->header, plain, sizeof(plain)) && b->header_size == 24 &&
	       !b->strings_first && !b->layout_size && !b->cut && !b->trailing && b->strings_size &&
	       !b->strings[0] && !b->strings[b->strings_size - 1];
}

/* How the judges' verdicts differ. */
enum difference {
	SAME,
	DIFFER,
	DIFFER_AS_SPLIT,
};

/*
 * Judges @b as split BTF over its first types. With two @cuts these are split themselves. Returns
 * false if they are not valid alone.
 */
static bool judge_split(const struct options *options, const struct blob *b, const uint32_t cuts[2],
			bool *accepts)
{
	static uint8_t bytes[BLOB_MAX_SIZE];
	struct rebtf_btf *base = NULL;
	struct part part = {};
	size_t size;

	for (int i = 0; i < 2; i++) {
		struct rebtf_btf *next;

		if (cuts[i] <= part.to)
			continue;
		part = part_before(b, &part, cuts[i]);
		next = open_part(options, b, &part, base);
		rebtf_btf_unref(base);
		if (!next)
			return false;
		base = next;
	}
	part = part_before(b, &part, b->count);
	size = write_part(b, &part, bytes);
	*accepts = rebtf_accepts(options, bytes, size, base, NULL);
	rebtf_btf_unref(base);
	return true;
}

static enum difference judge(const struct options *options, const struct blob *b,
			     const uint32_t cuts[2], struct tally *tally)
{
	static uint8_t bytes[BLOB_MAX_SIZE];
	size_t size = blob_write(b, bytes);
	bool accepts = kernel_accepts(bytes, size), accepts_split;

	tally->blobs++;
	tally->accepted += accepts;
	if (rebtf_accepts(options, bytes, size, NULL, NULL) != accepts)
		return DIFFER;
	if (!cuts[1] || cuts[1] >= b->count || !is_plain(b) ||
	    !judge_split(options, b, cuts, &accepts_split))
		return SAME;
	tally->split++;
	tally->split_accepted += accepts;
	return accepts_split == accepts ? SAME : DIFFER_AS_SPLIT;
}

/* --------------------------------------------------------------------------------------- finding */

/* @cuts: the points where it may be split, in ascending order, or 0. */
static void make(struct blob *b, uint64_t seed, uint32_t cuts[2])
{
	/* Any seed but 0 is suitable. Neighbouring seeds must not give similar blobs. */
	struct rng r = { .state = (seed + 1) * 0x9e3779b97f4a7c15ull | 1 };
	uint32_t changes;

	for (unsigned int i = 0; i < 8; i++)
		rng_next(&r);
	blob_make(b, &r);
	changes = rng_below(&r, 5);
	cuts[0] = cuts[1] = 0;
	if (!rng_below(&r, 4)) {
		blob_tangle(b, &r);
		changes = rng_below(&r, 2);
	} else if (!rng_below(&r, 4)) {
		blob_specialise(b, &r);
		for (changes = rng_below(&r, 8) / 6; changes; changes--)
			blob_change(b, &r);
		/* Split BTF has no special rules for programs. */
		return;
	}
	for (; changes; changes--)
		blob_change(b, &r);
	cuts[1] = rng_below(&r, 2) ? rng_below(&r, b->count) : 0;
	cuts[0] = cuts[1] && rng_below(&r, 2) ? rng_below(&r, cuts[1]) : 0;
}

/* Removes all parts that are not needed for the verdicts to differ. */
static void minimise(const struct options *options, struct blob *b, uint32_t cuts[2],
		     enum difference how)
{
	static struct blob smaller;
	struct tally ignored = {};
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t i = b->count; i-- > 0 && b->count > 1;) {
			uint32_t less[2] = { cuts[0] - (i < cuts[0]), cuts[1] - (i < cuts[1]) };

			smaller = *b;
			blob_remove(&smaller, i);
			if (judge(options, &smaller, less, &ignored) != how)
				continue;
			*b = smaller;
			memcpy(cuts, less, sizeof(less));
			again = true;
		}
	}
}

static void report(const struct options *options, uint64_t seed, struct blob *b, uint32_t cuts[2],
		   enum difference how)
{
	static uint8_t bytes[BLOB_MAX_SIZE];
	static char log[1 << 16];
	char *text = NULL;
	size_t size;

	minimise(options, b, cuts, how);
	size = blob_write(b, bytes);
	log[0] = 0;
	printf("# seed %" PRIu64 "%s: kernel %s; rebtf: ", seed,
	       how == DIFFER_AS_SPLIT ? ", as split BTF" : "",
	       kernel_accepts_logging(bytes, size, log, sizeof(log)) ? "accepts" : "refuses");
	rebtf_accepts(options, bytes, size, NULL, &text);
	printf("%s\n", text ?: "accepts");
	free(text);
	if (how == DIFFER_AS_SPLIT)
		printf("# split after types %u and %u\n", cuts[0], cuts[1]);
	for (uint32_t i = 0; i < b->count; i++) {
		printf("#   [%u] %s:", i + 1,
		       rebtf_kind_name(b->words[b->start[i] + 1] >> 24 & 0x7f));
		for (uint32_t k = b->start[i]; k < b->start[i + 1]; k++)
			printf(" 0x%x", b->words[k]);
		printf("\n");
	}
	printf("#   header %u +%x %x %x %x %x %x %x %x, layout %u, cut %u, trailing %u%s\n",
	       b->header_size, b->header[0], b->header[1], b->header[2], b->header[3], b->header[4],
	       b->header[5], b->header[6], b->header[7], b->layout_size, b->cut, b->trailing,
	       b->strings_first ? ", strings first" : "");
	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
		printf("#   kernel: %s\n", line);
	fflush(stdout);
}

static struct tally work(const struct options *options, unsigned int worker)
{
	static struct blob b;
	struct tally tally = {};

	for (uint64_t i = worker; i < options->count; i += options->jobs) {
		enum difference how;
		uint32_t cuts[2];
		uint16_t magic;

		make(&b, options->seed + i, cuts);
		/* BTF of the other byte order is for another kernel. */
		memcpy(&magic, b.header, sizeof(magic));
		if (magic == 0x9feb)
			continue;
		how = judge(options, &b, cuts, &tally);
		if (how == SAME)
			continue;
		tally.differ++;
		if (tally.differ <= 5)
			report(options, options->seed + i, &b, cuts, how);
	}
	return tally;
}

/* ---------------------------------------------------------------------------------------- running */

static struct tally run(const struct options *options)
{
	struct tally sum = {}, part;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	fflush(stdout);
	for (unsigned int i = 0; i < options->jobs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		part = work(options, i);
		if (write(fds[1], &part, sizeof(part)) != sizeof(part))
			die("pipe");
		exit(0);
	}
	close(fds[1]);
	for (unsigned int i = 0; i < options->jobs; i++) {
		if (read(fds[0], &part, sizeof(part)) != sizeof(part)) {
			fprintf(stderr, "parity: a worker failed\n");
			exit(2);
		}
		sum.blobs += part.blobs;
		sum.accepted += part.accepted;
		sum.split += part.split;
		sum.split_accepted += part.split_accepted;
		sum.differ += part.differ;
	}
	while (wait(NULL) > 0)
		;
	close(fds[0]);
	return sum;
}

/* The kernel's own types matter for pointers that own them. */
static struct rebtf_btf *open_kernel_types(void)
{
	struct rebtf_btf *btf;
	struct rebtf_error *err = rebtf_btf_open("/sys/kernel/btf/vmlinux", NULL, &btf);

	if (!err)
		return btf;
	fprintf(stderr, "parity: %s\n", rebtf_error_text(err));
	exit(2);
}

/*
 * The versions whose rules rebtf takes from their source. For versions between them it can only
 * guess.
 */
static const char *rules_of(const char *release)
{
	static const char *const known[] = { "5.10", "5.15", "6.1", "6.12", "6.18", "7.2", "7.3" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t length = strlen(known[i]);

		/* Release candidates have no third part. */
		if (!strncmp(release, known[i], length) && strchr(".-", release[length]))
			return release;
	}
	skip("the rules of the running kernel's version are not known; --kernel says whose to take");
}

static void usage(void)
{
	fprintf(stderr,
		"usage: parity [--count N] [--seed N] [--kernel VERSION] [--jobs N] [--required]\n"
		"Judges N made-up blobs of BTF with the running kernel and with rebtf.\n");
	exit(2);
}

int main(int argc, char **argv)
{
	/* The smallest BTF: one pointer to void. */
	static const uint32_t one_pointer[] = { BLOB_FIRST_WORD, 24, 0, 12, 12, 1, 0,
						0x02000000,	 0,  0 };
	static const struct option longs[] = { { "count", required_argument, NULL, 'c' },
					       { "seed", required_argument, NULL, 's' },
					       { "kernel", required_argument, NULL, 'k' },
					       { "jobs", required_argument, NULL, 'j' },
					       { "required", no_argument, NULL, 'r' },
					       {} };
	struct options options = { .count = 20000, .seed = 1, .jobs = 1 };
	struct utsname uts;
	struct tally sum;
	int option;

	uname(&uts);
	while ((option = getopt_long(argc, argv, "c:s:k:j:r", longs, NULL)) != -1) {
		if (option == 'c')
			options.count = strtoull(optarg, NULL, 0);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (option == 'k')
			options.kernel = optarg;
		else if (option == 'j')
			options.jobs = (unsigned int)strtoul(optarg, NULL, 0);
		else if (option == 'r')
			required = true;
		else
			usage();
	}
	if (optind < argc || !options.jobs)
		usage();
	printf("1..1\n");
	if (!options.kernel)
		options.kernel = rules_of(uts.release);
	if (!kernel_accepts((const uint8_t *)one_pointer, 37))
		skip("this kernel does not load BTF");
	options.kernel_types = open_kernel_types();
	sum = run(&options);
	rebtf_btf_unref(options.kernel_types);
	printf("%s 1 - verdicts of Linux %s and of rebtf by the rules of %s: %" PRIu64
	       " blobs, %" PRIu64 " accepted, %" PRIu64 " also as split BTF (%" PRIu64
	       " accepted), %" PRIu64 " differ\n",
	       sum.differ ? "not ok" : "ok", uts.release, options.kernel, sum.blobs, sum.accepted,
	       sum.split, sum.split_accepted, sum.differ);
	return sum.differ ? 1 : 0;
}
