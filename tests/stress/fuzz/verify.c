/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes for the verifier, whose rules guide the fuzzer from one to the next. The
 * input is two files, base and split, each after its length. Each is judged by the rules of all
 * versions. If the running kernel's rules are known and it can be asked (as root, with
 * FUZZ_ASK_KERNEL set), its verdict on the first file must be the same.
 */
#include <sys/utsname.h>

#include "../../kernel/parity/load_btf.h"
#include "fuzz.h"
#include "mutate.h"

static bool accepts(const uint8_t *data, size_t size, struct rebtf_btf *base,
		    struct rebtf_btf *kernel_types, const char *kernel, bool kernel_btf,
		    size_t limit)
{
	const struct rebtf_verify_options options = {
		.size = sizeof(struct rebtf_verify_options),
		.kernel = kernel,
		.kernel_btf = kernel_btf,
		.limit = limit,
		.kernel_types = kernel_types,
	};
	struct rebtf_violations *violations;
	bool none;

	if (!ok(rebtf_verify(data, size, "x", base, &options, &violations)))
		fail("no verdict");
	none = !rebtf_violations_count(violations);
	for (size_t i = 0; i < rebtf_violations_count(violations); i++)
		must_be_said(rebtf_violations_at(violations, i));
	rebtf_violations_free(violations);
	return none;
}

/*
 * Collecting all violations must give the same verdict as collecting one. BTF that passes the full
 * checks must pass the trusting ones.
 */
static void judge_by_all(const uint8_t *data, size_t size, struct rebtf_btf *base,
			 struct rebtf_btf *kernel_types)
{
	static const char *const kernels[] = { "6.1", "6.12", "6.18", "7.2" };

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		bool full = accepts(data, size, base, kernel_types, kernels[i], false, 1);
		bool trusting = accepts(data, size, base, kernel_types, kernels[i], true, 1);

		if (accepts(data, size, base, kernel_types, kernels[i], false, 0) != full ||
		    accepts(data, size, base, kernel_types, kernels[i], true, 0) != trusting ||
		    (full && !trusting))
			fail("verdicts contradict each other");
	}
}

static void ask_kernel(const uint8_t *data, size_t size)
{
	static struct rebtf_btf *kernel_types;
	static struct utsname uts;
	int error;

	/* BTF of the other byte order is for another kernel. */
	if (!getenv("FUZZ_ASK_KERNEL") || (size >= 2 && data[0] == 0xeb))
		return;
	if (!kernel_types) {
		uname(&uts);
		must(rebtf_kernel_open(NULL, NULL, &kernel_types));
	}
	error = load_btf(data, size, NULL, 0);
	if (error == EPERM || error == ENOMEM)
		fail(strerror(error));
	if (!error != accepts(data, size, NULL, kernel_types, uts.release, false, 1))
		fail("the kernel says something else");
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size }, base_file = next_file(&input), split_file;
	struct rebtf_btf *base;

	judge_by_all(base_file.data ?: data, base_file.size, NULL, NULL);
	ask_kernel(base_file.data ?: data, base_file.size);
	if (!ok(rebtf_btf_open_mem(base_file.data, base_file.size, "base", NULL, &base)))
		return 0;
	split_file = next_file(&input);
	judge_by_all(split_file.data ?: data, split_file.size, base, NULL);
	/* Also judged as a program's BTF, for a kernel with these types. */
	judge_by_all(split_file.data ?: data, split_file.size, NULL, base);
	rebtf_btf_unref(base);
	return 0;
}
