/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Runs libbpf's API tests of the kernel's source: each FUNCTION test_X is linked from prog_tests/X.c.
 * Prints a line of TAP for each subtest. Of btf.c, only the tests of deduplication run: the others
 * ask a kernel.
 */
#include "test_progs.h"

struct test_env env;

void test_btf(void);
void test_btf_dedup_split(void);
void test_btf_distill(void);
void test_btf_dump(void);
void test_btf_endian(void);
void test_btf_kind(void);
void test_btf_permute(void);
void test_btf_split(void);
void test_btf_write(void);

static const struct {
	const char *name;
	void (*run)(void);
	const char *only; /* subtests that start with this */
} tests[] = {
	{ "btf", test_btf, "dedup: " },		 { "btf_dedup_split", test_btf_dedup_split, "" },
	{ "btf_distill", test_btf_distill, "" }, { "btf_dump", test_btf_dump, "" },
	{ "btf_endian", test_btf_endian, "" },	 { "btf_kind", test_btf_kind, "" },
	{ "btf_permute", test_btf_permute, "" }, { "btf_split", test_btf_split, "" },
	{ "btf_write", test_btf_write, "" },
};

static size_t current;
static char subtest[200];
static bool failed, skipped;
static unsigned int count, failures;

static void end_subtest(void)
{
	printf("%sok %u - %s%s%s%s\n", failed ? "not " : "", ++count, tests[current].name,
	       *subtest ? ": " : "", subtest, skipped ? " # SKIP" : "");
	failures += failed;
	failed = skipped = false;
}

bool test__start_subtest(const char *name)
{
	const char *only = tests[current].only;

	if (strncmp(name, only, strlen(only)))
		return false;
	if (*subtest)
		end_subtest();
	snprintf(subtest, sizeof(subtest), "%s", name);
	return true;
}

void test__skip(void)
{
	skipped = true;
}

void test__fail(void)
{
	failed = true;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

/* Arguments are names of tests; without arguments: all. */
int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	libbpf_set_print(print_nothing);
	for (current = 0; current < sizeof(tests) / sizeof(*tests); current++) {
		bool wanted = argc == 1;

		for (int i = 1; i < argc; i++)
			wanted |= !strcmp(argv[i], tests[current].name);
		if (!wanted)
			continue;
		*subtest = 0;
		tests[current].run();
		end_subtest();
	}
	printf("1..%u\n", count);
	return failures > 0;
}
