/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints the types of a distilled module that a kernel has in another form, or not at all.
 *
 *	cc misfits.c $(pkg-config --cflags --libs rebtf) -o misfits
 *	./misfits MODULE KERNEL
 */
#include <rebtf.h>
#include <stdio.h>
#include <stdlib.h>

/* Prints @err, if any, and exits. */
static void must(struct rebtf_error *err)
{
	char *text = err ? rebtf_error_text(err) : NULL;

	if (!err)
		return;
	fprintf(stderr, "misfits: %s\n", text ? text : "out of memory");
	exit(2);
}

static void print(const struct rebtf_report *report)
{
	struct rebtf_btf *base = rebtf_report_distilled_base(report);

	for (size_t i = 0; i < rebtf_report_count(report); i++) {
		const struct rebtf_match *match = rebtf_report_at(report, i);
		const struct rebtf_type *t = rebtf_btf_type(base, match->id);

		if (match->verdict != REBTF_VERDICT_MATCHED)
			printf("%s%s: %s (%s)\n", rebtf_type_keyword(t),
			       rebtf_btf_type_name(base, t), rebtf_verdict_name(match->verdict),
			       rebtf_reliance_name(match->reliance));
	}
}

int main(int argc, char **argv)
{
	struct rebtf_report *report = NULL;
	struct rebtf_module *module;
	struct rebtf_btf *btf, *kernel;
	struct rebtf_error *err;
	size_t misfits;

	if (argc != 3) {
		fprintf(stderr, "usage: misfits MODULE KERNEL\n");
		return 2;
	}
	must(rebtf_module_open(argv[1], NULL, &module));
	must(rebtf_module_distilled(module, &btf));
	must(rebtf_kernel_open(argv[2], NULL, &kernel));
	err = rebtf_relocate(btf, kernel, &report, NULL);
	/* A misfit comes with a report, other errors do not. */
	if (!report)
		must(err);
	rebtf_error_free(err);
	print(report);
	misfits = rebtf_report_misfits(report);
	rebtf_report_free(report);
	rebtf_btf_unref(kernel);
	rebtf_btf_unref(btf);
	rebtf_module_free(module);
	return misfits ? 1 : 0;
}
