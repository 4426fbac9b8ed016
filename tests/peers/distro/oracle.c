/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Checks rebtf against libbpf, module by module and type by type. Both distill each module over
 * OLD_BASE, and relocate the distilled modules onto NEW_BASE. libbpf reads rebtf's results and
 * compares them, so no code of rebtf takes part in the comparison.
 *
 *	oracle [--self-test] OLD_BASE NEW_BASE DIR < NAMES
 *
 * In some cases libbpf and the kernel follow a different rule than rebtf's design (same.h). An
 * independent version of the design's rule therefore judges each type, too, and rebtf's report must
 * agree with it. If libbpf's verdict or result differs, the rule must explain the difference at the
 * very types where they diverge. The summary counts these modules by rule.
 *
 * --self-test flips every word of rebtf's results, one at a time, and requires that the comparison
 * detects each flip. Exit status: 0 no differences, 1 differences, 2 failure.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rebtf.h"
#include "same.h"

struct oracle {
	struct btf *old_libbpf, *new_libbpf;
	struct rebtf_btf *old_rebtf, *new_rebtf;
	struct rule_base *rule;
	bool self_test;

	size_t modules, types, failed;
	size_t fit, refused, fit_libbpf;
	size_t by_rule[LIBBPF_RULES]; /* modules with a different libbpf result, by rule */
	size_t flips;
};

static const char *const rule_names[LIBBPF_RULES] = {
	[LIBBPF_FWD_FLAG] = "it reads a STRUCT's kind flag for a FWD's",
	[LIBBPF_ANY_KIND] = "it lets another kind stand for a STRUCT",
	[LIBBPF_INT_BITS] = "it does not look at an INT's bits",
};

/* libbpf's last message. It names the type that stops a relocation. */
static char libbpf_warning[512];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(libbpf_warning, sizeof(libbpf_warning), format, args);
	return 0;
}

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("oracle: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\n", stderr);
	va_end(args);
	exit(2);
}

static __attribute__((format(printf, 3, 4))) bool differ(struct oracle *o, const char *module,
							 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%s: ", module);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	o->failed++;
	return false;
}

static void must(struct rebtf_error *err)
{
	if (err)
		die("%s", rebtf_error_text(err));
}

/* Reads rebtf's result with libbpf. NULL if libbpf rejects it. */
static struct btf *read_back(const struct rebtf_btf *made, struct btf *base)
{
	struct btf *btf;
	size_t size;
	void *data;

	must(rebtf_btf_write(made, NULL, &data, &size));
	btf = btf__new_split(data, size, base);
	free(data);
	return btf;
}

/* A word of a header in either byte order. */
static uint32_t header_word(const uint8_t *data, size_t at)
{
	const uint8_t *w = data + at;
	bool big = data[0] == 0xeb;

	return big ? (uint32_t)w[0] << 24 | w[1] << 16 | w[2] << 8 | w[3]
		   : (uint32_t)w[3] << 24 | w[2] << 16 | w[1] << 8 | w[0];
}

/* Flips a bit of each word of the types in turn. */
static bool sees_every_flip(struct oracle *o, const char *module, const struct btf *expected,
			    const struct rebtf_btf *made, struct btf *base)
{
	uint32_t types, types_size;
	char why[256];
	uint8_t *data;
	size_t size;

	must(rebtf_btf_write(made, NULL, (void **)&data, &size));
	types = header_word(data, 4) + header_word(data, 8);
	types_size = header_word(data, 12);
	for (uint32_t at = 0; at < types_size; at += 4) {
		uint8_t *word = data + types + at;
		struct btf *btf;
		bool same;

		*word ^= 1;
		btf = btf__new_split(data, size, base);
		same = btf && same_btf(expected, btf, why, sizeof(why));
		btf__free(btf);
		*word ^= 1;
		o->flips++;
		if (same) {
			free(data);
			return differ(o, module, "a change of word %u of the types was not seen",
				      at / 4);
		}
	}
	free(data);
	return true;
}

static bool compare(struct oracle *o, const char *module, const char *what,
		    const struct btf *expected, const struct rebtf_btf *made, struct btf *base)
{
	struct btf *got = read_back(made, base);
	char why[256] = "libbpf does not take it";
	bool same = got && same_btf(expected, got, why, sizeof(why));

	btf__free(got);
	if (!same)
		return differ(o, module, "%s: %s", what, why);
	return !o->self_test || sees_every_flip(o, module, expected, made, base);
}

/*
 * Whether the report agrees with the design's table. Sets @rules[id] to the rule that lets libbpf
 * decide differently about that type. The caller frees it.
 */
static bool follows_rule(struct oracle *o, const char *module, const struct btf *split,
			 const struct rebtf_report *report, enum libbpf_rule **rules)
{
	const struct btf *distilled = btf__base_btf(split);
	bool *embedded = rule_embedded(split);
	bool good = true;

	*rules = calloc(btf__type_cnt(distilled), sizeof(**rules));
	if (!embedded || !*rules)
		die("out of memory");
	if (rebtf_report_count(report) != btf__type_cnt(distilled) - 1)
		good = differ(o, module, "the report is about %zu types",
			      rebtf_report_count(report));
	for (uint32_t id = 1; good && id < btf__type_cnt(distilled); id++) {
		const struct rebtf_match *m = rebtf_report_at(report, id - 1);
		struct rule_answer rule = rule_match(o->rule, distilled, id, embedded);
		bool fits = m->verdict == REBTF_VERDICT_MATCHED;
		const struct btf_type *t = btf__type_by_id(distilled, id);

		(*rules)[id] = rule.libbpf;
		if (m->id != id || fits != (rule.target != 0) || m->target != rule.target ||
		    (m->verdict == REBTF_VERDICT_AMBIGUOUS) != rule.several ||
		    (btf_is_composite(t) && embedded[id] && !m->embedded))
			good = differ(
				o, module,
				"distilled type [%u]: %s%s, target [%u]; by the rule [%u]%s%s", id,
				rebtf_verdict_name(m->verdict), m->embedded ? ", embedded" : "",
				m->target, rule.target, rule.several ? ", several" : "",
				embedded[id] ? ", embedded" : "");
	}
	free(embedded);
	return good;
}

/* The id of the type in libbpf's last message, or 0. */
static uint32_t libbpf_stopped_at(void)
{
	const char *bracket = strchr(libbpf_warning, '[');

	return bracket ? strtoul(bracket + 1, NULL, 10) : 0;
}

/*
 * Whether libbpf's different rules explain its result. Below @end, every misfit must be a type on
 * which libbpf differs. The type @end, where libbpf stopped, must be a misfit or such a type. Sets
 * @rule to one of the reasons.
 */
static bool explained(const struct rebtf_report *report, const enum libbpf_rule *rules,
		      uint32_t end, enum libbpf_rule *rule)
{
	if (end == 0)
		return false;
	if (end <= rebtf_report_count(report) && strstr(libbpf_warning, "multiple candidates")) {
		/* Several candidates stop libbpf before it examines the other types. */
		*rule = rules[end];
		return *rule ||
		       rebtf_report_at(report, end - 1)->verdict == REBTF_VERDICT_AMBIGUOUS;
	}
	for (uint32_t id = 1; id <= rebtf_report_count(report) && id <= end; id++) {
		bool misfit = rebtf_report_at(report, id - 1)->verdict != REBTF_VERDICT_MATCHED;

		/* A type that fits, or the misfit where libbpf stopped. */
		if (misfit == (id == end))
			continue;
		if (!rules[id])
			return false;
		*rule = rules[id];
	}
	return true;
}

/*
 * Both relocated the module. The results are equal, unless libbpf differs on a type and maps it to
 * another target.
 */
static bool check_relocated(struct oracle *o, const char *module, const struct btf *expected,
			    const struct rebtf_btf *relocated, const struct rebtf_report *report,
			    const enum libbpf_rule *rules)
{
	struct btf *got;
	char why[256];
	bool same;

	for (uint32_t id = 1; id <= rebtf_report_count(report); id++) {
		if (!rules[id])
			continue;
		got = read_back(relocated, o->new_libbpf);
		same = got && same_btf(expected, got, why, sizeof(why));
		btf__free(got);
		if (!same) {
			o->by_rule[rules[id]]++;
			return true;
		}
	}
	return compare(o, module, "relocate", expected, relocated, o->new_libbpf);
}

static bool check_relocate(struct oracle *o, const char *module, struct btf *split_libbpf,
			   const struct rebtf_btf *split_rebtf)
{
	struct rebtf_btf *relocated = NULL;
	struct rebtf_report *report;
	enum libbpf_rule *rules, rule = LIBBPF_SAME;
	bool good, fits, fits_libbpf;
	struct rebtf_error *err = rebtf_relocate(split_rebtf, o->new_rebtf, &report, &relocated);

	fits = !err;
	if (err && rebtf_error_code(err) != REBTF_ERR_MISMATCH)
		must(err);
	rebtf_error_free(err);
	good = follows_rule(o, module, split_libbpf, report, &rules);
	if (fits != !rebtf_report_misfits(report))
		good = differ(o, module, "%s, but the report has %zu misfits",
			      fits ? "fits" : "refused", rebtf_report_misfits(report));
	libbpf_warning[0] = '\0';
	fits_libbpf = !btf__relocate(split_libbpf, o->new_libbpf);
	if (fits)
		o->fit++;
	else
		o->refused++;
	o->fit_libbpf += fits_libbpf;
	if (!good) {
		/* already reported */
	} else if (fits && fits_libbpf) {
		good = check_relocated(o, module, split_libbpf, relocated, report, rules);
	} else if (explained(report, rules, fits_libbpf ? UINT32_MAX : libbpf_stopped_at(),
			     &rule)) {
		o->by_rule[rule]++;
	} else {
		good = differ(o, module, "%s by rebtf, %s by libbpf; %s",
			      fits ? "relocated" : "refused", fits_libbpf ? "relocated" : "refused",
			      libbpf_warning);
	}
	free(rules);
	rebtf_btf_unref(relocated);
	rebtf_report_free(report);
	return good;
}

static bool check_module(struct oracle *o, const char *dir, const char *module)
{
	struct btf *split, *distilled_base, *new_split, *base_back;
	struct rebtf_btf *split_rebtf, *distilled_base_rebtf, *new_split_rebtf;
	char path[2 * PATH_MAX];
	bool good;

	snprintf(path, sizeof(path), "%s/%s", dir, module);
	split = btf__parse_raw_split(path, o->old_libbpf);
	if (!split || btf__distill_base(split, &distilled_base, &new_split))
		die("%s: libbpf cannot distill it: %s", path, libbpf_warning);
	must(rebtf_btf_open(path, o->old_rebtf, &split_rebtf));
	must(rebtf_distill(split_rebtf, &distilled_base_rebtf, &new_split_rebtf));
	base_back = read_back(distilled_base_rebtf, NULL);

	good = compare(o, module, "distilled base", distilled_base, distilled_base_rebtf, NULL) &&
	       compare(o, module, "distilled split", new_split, new_split_rebtf, base_back) &&
	       check_relocate(o, module, new_split, new_split_rebtf);
	o->modules++;
	o->types += btf__type_cnt(split) - btf__type_cnt(o->old_libbpf);

	rebtf_btf_unref(new_split_rebtf);
	rebtf_btf_unref(distilled_base_rebtf);
	rebtf_btf_unref(split_rebtf);
	btf__free(base_back);
	btf__free(new_split);
	btf__free(distilled_base);
	btf__free(split);
	return good;
}

static void print_summary(const struct oracle *o)
{
	printf("%zu modules, %zu types: %zu fit (%zu by libbpf), %zu do not; %zu differences\n",
	       o->modules, o->types, o->fit, o->fit_libbpf, o->refused, o->failed);
	for (int rule = LIBBPF_SAME + 1; rule < LIBBPF_RULES; rule++) {
		if (o->by_rule[rule])
			printf("in %zu of them libbpf's answer is another because %s\n",
			       o->by_rule[rule], rule_names[rule]);
	}
	if (o->self_test)
		printf("%zu changed words, each seen\n", o->flips);
}

int main(int argc, char **argv)
{
	struct oracle o = { 0 };
	char module[PATH_MAX];

	if (argc > 1 && !strcmp(argv[1], "--self-test")) {
		o.self_test = true;
		argc--;
		argv++;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: oracle [--self-test] OLD_BASE NEW_BASE DIR < NAMES\n");
		return 2;
	}
	libbpf_set_print(keep_warning);
	o.old_libbpf = btf__parse_raw(argv[1]);
	o.new_libbpf = btf__parse_raw(argv[2]);
	if (!o.old_libbpf || !o.new_libbpf)
		die("libbpf cannot open %s or %s", argv[1], argv[2]);
	must(rebtf_btf_open(argv[1], NULL, &o.old_rebtf));
	must(rebtf_btf_open(argv[2], NULL, &o.new_rebtf));
	o.rule = rule_base_new(o.new_libbpf);
	if (!o.rule)
		die("out of memory");

	while (fgets(module, sizeof(module), stdin)) {
		module[strcspn(module, "\n")] = '\0';
		check_module(&o, argv[3], module);
	}
	if (!o.modules)
		die("no module in %s", argv[3]);
	print_summary(&o);
	rule_base_free(o.rule);
	rebtf_btf_unref(o.old_rebtf);
	rebtf_btf_unref(o.new_rebtf);
	btf__free(o.old_libbpf);
	btf__free(o.new_libbpf);
	return o.failed ? 1 : 0;
}
