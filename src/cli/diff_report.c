/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Describes differences in words. Each starts with a line for the type that changed. Below it are the
 * changes of its members, the modules that have the type, and its users.
 */
#include <stdio.h>
#include <string.h>

#include "cli/changes.h"
#include "cli/diff_report.h"

/* Without --verbose, lists end after this many names or changes. */
#define DIFF_NAMES_SHOWN   6
#define DIFF_CHANGES_SHOWN 12

/* The text of both formats differs only in these marks. */
struct diff_marks {
	const char *line; /* before each line below a difference */
	const char *code; /* around names */
};

static const struct diff_marks text_marks = { "        ", "" };
static const struct diff_marks markdown_marks = { "- ", "`" };

/* -------------------------------------------------------------------------------------- first line */

static void add_code(struct text *text, const struct diff_marks *marks, const char *name)
{
	text_add(text, marks->code);
	text_add_type_name(text, name);
	text_add(text, marks->code);
}

static void report_add_sizes(struct text *text, uint64_t old_size, uint64_t new_size)
{
	if (old_size && new_size && old_size != new_size) {
		text_add(text, ", ");
		text_add_count(text, old_size);
		text_add(text, " to ");
		text_add_counted(text, new_size, "byte");
	} else if (old_size || new_size) {
		text_add(text, ", ");
		text_add_counted(text, old_size ? old_size : new_size, "byte");
	}
}

static const char *breaks_words(const struct rebtf_difference *d)
{
	if (d->internal)
		return "internal";
	if (d->compatible)
		return "compatible";
	switch (d->breaks) {
	case REBTF_RELIANCE_POINTER_ONLY:
		return "breaks all users";
	case REBTF_RELIANCE_EMBEDDED:
		return "breaks users that contain it";
	default:
		return "breaks users of its members";
	}
}

/* For functions, "members" would be the wrong word. */
static const char *difference_effect(const struct rebtf_difference *d)
{
	bool is_function = d->old_kind == REBTF_KIND_FUNC || d->new_kind == REBTF_KIND_FUNC;

	if (d->compatible || !is_function)
		return breaks_words(d);
	return "breaks its callers";
}

static void add_title(struct text *text, const struct rebtf_difference *d,
		      const struct diff_marks *marks)
{
	text_add(text, difference_word(d));
	text_add(text, " ");
	if (d->unnamed)
		text_add(text, "{ ");
	add_code(text, marks, d->name);
	if (d->unnamed)
		text_add(text, ", ... }");
	report_add_sizes(text, d->old_size, d->new_size);
}

/* ------------------------------------------------------------------------------------------ lists */

static void add_more(struct text *text, size_t count)
{
	text_add(text, " and ");
	text_add_count(text, count);
	text_add(text, " more");
}

static size_t names_shown(const struct diff_report *report, size_t count)
{
	return report->options->verbose || count <= DIFF_NAMES_SHOWN ? count : DIFF_NAMES_SHOWN;
}

/* The modules with the difference, unless only the kernel itself has it. */
static void report_add_members(const struct diff_report *report, struct text *text,
			       const struct rebtf_difference *d, const struct diff_marks *marks)
{
	size_t shown = names_shown(report, d->member_count);

	if (!d->member_count || (d->member_count == 1 && !strcmp(d->members[0], "vmlinux")))
		return;
	text_addf(text, "%sin ", marks->line);
	for (size_t i = 0; i < shown; i++) {
		text_add(text, i ? ", " : "");
		text_add_name(text, d->members[i]);
	}
	if (shown < d->member_count)
		add_more(text, d->member_count - shown);
	text_add(text, "\n");
}

static void add_type_user(struct text *text, const struct rebtf_user *user)
{
	text_add(text, user->type_kind == REBTF_KIND_UNION     ? "union "
		       : user->type_kind == REBTF_KIND_TYPEDEF ? "typedef "
							       : "struct ");
	text_add_type_name(text, user->name);
	if (user->old_size != user->new_size) {
		text_add(text, " (");
		text_add_count(text, user->old_size);
		text_add(text, " to ");
		text_add_counted(text, user->new_size, "byte");
		text_add(text, ")");
	}
}

static void add_module(struct text *text, const char *name)
{
	text_add(text, " (");
	text_add_name(text, name);
	text_add(text, ")");
}

static void add_one_user(struct text *text, const struct rebtf_user *user)
{
	if (user->kind == REBTF_USER_TYPE) {
		add_type_user(text, user);
	} else {
		text_add_type_name(text, user->name);
	}
	if (user->kind == REBTF_USER_MODULE)
		text_addf(text, " (%s)", rebtf_reliance_name(user->reliance));
	else if (strcmp(user->module, "vmlinux"))
		add_module(text, user->module);
}

static const char *users_noun(enum rebtf_user_kind kind)
{
	switch (kind) {
	case REBTF_USER_MODULE:
		return "module";
	case REBTF_USER_KFUNC:
		return "kfunc";
	case REBTF_USER_STRUCT_OPS:
		return "struct_ops type";
	case REBTF_USER_EXPORTED:
		return "exported function";
	case REBTF_USER_VARIABLE:
		return "variable";
	case REBTF_USER_TYPE:
		return "containing type";
	case REBTF_USER_FUNCTION:
		return "other function";
	}
	return "user";
}

/* A line for the @count users from @first on, which are of one kind. */
static void add_user_line(const struct diff_report *report, struct text *text,
			  const struct rebtf_difference *d, size_t first, size_t count,
			  const struct diff_marks *marks)
{
	enum rebtf_user_kind kind = rebtf_difference_user_at(d, first)->kind;
	size_t shown = names_shown(report, count);

	/* If exports are unknown, all functions may be exported. */
	text_addf(text, "%sused by ", marks->line);
	text_add_counted(text, count,
			 kind == REBTF_USER_FUNCTION && !report->knows_exports ? "function"
									       : users_noun(kind));
	text_add(text, ": ");
	for (size_t i = 0; i < shown; i++) {
		text_add(text, i ? ", " : "");
		add_one_user(text, rebtf_difference_user_at(d, first + i));
	}
	if (shown < count)
		add_more(text, count - shown);
	text_add(text, "\n");
}

static void add_users(const struct diff_report *report, struct text *text,
		      const struct rebtf_difference *d, const struct diff_marks *marks)
{
	const struct rebtf_user *user;

	for (size_t i = 0; (user = rebtf_difference_user_at(d, i));) {
		size_t count = rebtf_difference_user_kind_count(d, user->kind);

		add_user_line(report, text, d, i, count, marks);
		i += count;
	}
	if (d->users_incomplete)
		text_addf(text, "%sand more users: the search was cut short\n", marks->line);
}

/* ---------------------------------------------------------------------------------------- details */

static void add_type_change(struct text *text, const struct rebtf_difference *d,
			    const struct diff_marks *marks)
{
	const char *type = d->old_type ? d->old_type : d->new_type;

	if (!type)
		return;
	text_add(text, marks->line);
	if (d->kind == REBTF_DIFFERENCE_CHANGED && strcmp(d->old_type, d->new_type)) {
		text_add(text, "was ");
		add_code(text, marks, d->old_type);
		text_add(text, ", now ");
		type = d->new_type;
	}
	add_code(text, marks, type);
	text_add(text, "\n");
}

static void add_member_changes(const struct diff_report *report, struct text *text,
			       const struct rebtf_difference *d, const struct diff_marks *marks)
{
	size_t limit = report->options->verbose ? SIZE_MAX : DIFF_CHANGES_SHOWN;

	if (!d->changes || d->old_type)
		return;
	if (rebtf_change_list_count(d->changes))
		changes_add_text(text, d->changes, limit, marks->line, marks->line);
	else if (d->old_size == d->new_size)
		text_addf(text, "%smembers are grouped or spelled otherwise\n", marks->line);
}

/* The BPF objects whose relocations of the type have another result. */
static void add_objects(const struct diff_report *report, struct text *text,
			const struct rebtf_difference *d, const struct diff_marks *marks)
{
	const struct programs *programs = &report->objects.programs;

	for (size_t i = 0; i < programs->count; i++) {
		size_t uses = diff_objects_uses(&report->objects, i, d->name);

		if (!uses)
			continue;
		text_addf(text, "%sBPF object ", marks->line);
		text_add_name(text, rebtf_program_path(programs->items[i]));
		text_add(text, ": ");
		text_add_counted(text, uses, "answer");
		text_addf(text, " %s\n", uses == 1 ? "differs" : "differ");
	}
}

static void add_details(const struct diff_report *report, struct text *text,
			const struct rebtf_difference *d, size_t index,
			const struct diff_marks *marks)
{
	const struct suppression *suppressed = report->suppressed[index];

	if (suppressed) {
		text_addf(text, "%ssuppressed: ", marks->line);
		text_add_name(text, suppressed->reason);
		text_add(text, "\n");
	}
	if (d->kind == REBTF_DIFFERENCE_KIND)
		text_addf(text, "%swas %s, now %s\n", marks->line, rebtf_kind_name(d->old_kind),
			  rebtf_kind_name(d->new_kind));
	add_type_change(text, d, marks);
	add_member_changes(report, text, d, marks);
	report_add_members(report, text, d, marks);
	add_users(report, text, d, marks);
	add_objects(report, text, d, marks);
}

/* -------------------------------------------------------------------------------------------- text */

static enum style difference_style(const struct diff_report *report,
				   const struct rebtf_difference *d, size_t index)
{
	return report->suppressed[index] ? STYLE_FAINT : d->compatible ? STYLE_GOOD : STYLE_BAD;
}

/* Adds the numbers of incompatible, compatible and suppressed differences. */
static void add_summary(const struct diff_report *report, struct text *text)
{
	size_t derived = rebtf_diff_derived(report->diff);

	text_add_counted(text, report->incompatible, "incompatible difference");
	text_add(text, ", ");
	text_add_count(text, report->compatible);
	text_add(text, " compatible");
	if (report->suppressed_count) {
		text_add(text, ", ");
		text_add_count(text, report->suppressed_count);
		text_add(text, " suppressed");
	}
	if (derived) {
		text_add(text, "; ");
		text_add_counted(text, derived, "more type");
		text_add(text, " changed size or offsets because of types inside");
	}
	if (report->objects.broken) {
		text_add(text, "; ");
		text_add_counted(text, report->objects.broken, "BPF object");
		text_addf(text, " %s on the old kernel only",
			  report->objects.broken == 1 ? "loads" : "load");
	}
	if (report->left_out) {
		text_add(text, "; ");
		text_add_counted(text, report->left_out, "module");
		text_add(text, " could not be read");
	}
}

static bool report_shows(const struct diff_report *report, const struct rebtf_difference *d,
			 size_t index)
{
	return report->options->verbose || (!d->compatible && !report->suppressed[index]);
}

void diff_report_text(const struct diff_report *report, struct text *text)
{
	for (size_t i = 0; i < rebtf_diff_count(report->diff); i++) {
		const struct rebtf_difference *d = rebtf_diff_at(report->diff, i);

		if (!report_shows(report, d, i))
			continue;
		text_style(text, difference_style(report, d, i));
		text_add(text, rebtf_difference_kind_name(d->kind));
		text_style(text, STYLE_PLAIN);
		text_add(text, " ");
		add_title(text, d, &text_marks);
		text_addf(text, ": %s\n", difference_effect(d));
		add_details(report, text, d, i, &text_marks);
	}
	diff_objects_text(&report->objects, text, text_marks.line, text_marks.code,
			  report->options->verbose);
	add_summary(report, text);
	if (report->compatible && !report->options->verbose)
		text_add(text, " (--verbose lists them)");
	text_add(text, "\n");
}

/* ---------------------------------------------------------------------------------------- Markdown */

static void report_add_section(const struct diff_report *report, struct text *text,
			       const char *title, bool compatible, bool suppressed)
{
	bool is_first = true;

	for (size_t i = 0; i < rebtf_diff_count(report->diff); i++) {
		const struct rebtf_difference *d = rebtf_diff_at(report->diff, i);

		if (!report->suppressed[i] == suppressed ||
		    (!suppressed && d->compatible != compatible))
			continue;
		if (is_first)
			text_addf(text, "\n## %s\n", title);
		is_first = false;
		text_addf(text, "\n### %s ", rebtf_difference_kind_name(d->kind));
		add_title(text, d, &markdown_marks);
		text_addf(text, "\n\n%s\n\n", difference_effect(d));
		add_details(report, text, d, i, &markdown_marks);
	}
}

void diff_report_markdown(const struct diff_report *report, struct text *text)
{
	text_add(text, "# Differences between `");
	text_add_name(text, report->old_path);
	text_add(text, "` and `");
	text_add_name(text, report->new_path);
	text_add(text, "`\n\n");
	add_summary(report, text);
	text_add(text, "\n");
	report_add_section(report, text, "Incompatible", false, false);
	if (report->options->verbose)
		report_add_section(report, text, "Compatible", true, false);
	report_add_section(report, text, "Suppressed", false, true);
	diff_objects_text(&report->objects, text, markdown_marks.line, markdown_marks.code,
			  report->options->verbose);
}
