/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prepares the BTF of a BPF program as its loader passes it to the kernel. Compilers do not know
 * where a linker puts variables. So clang leaves the sizes of sections and the offsets of global
 * variables at 0, and extern variables and functions have no offset at all. libbpf fills these in
 * before it loads the BTF. This file makes the same changes in the same order, and refuses the
 * objects that libbpf refuses meanwhile:
 *
 *   1. Externs in .ksyms become variables of type int, side by side.
 *   2. Externs in .kconfig become variables of their types, sorted by alignment.
 *   3. All other sections get their size and the offsets of their global variables from the ELF file,
 *      and hidden variables become static.
 *   4. Features that an older kernel does not know are dropped: a '?' at the start of a section's
 *      name, and the layout section.
 *
 * Source: libbpf 1.7, bpf_object__collect_externs(), btf_fixup_datasec(),
 * bpf_object__sanitize_btf().
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/resolve.h"
#include "verify/verify.h"
#include "module/module.h"
#include "module/program_elf.h"
#include "util/cleanup.h"
#include "util/order.h"

#define KSYMS	   ".ksyms"
#define KCONFIG	   ".kconfig"
#define DUMMY_KSYM "dummy_ksym"

#define REFUSE(...) return error_new(REBTF_ERR_FORMAT, "libbpf rejects the object: " __VA_ARGS__)

/* An extern variable of .kconfig. */
struct kconfig_extern {
	const char *name;
	uint32_t id;
	uint32_t size;
	uint32_t align;
	uint32_t offset; /* in .kconfig */
};

struct program {
	const struct rebtf_btf *btf; /* the BTF in the object */
	struct program_elf elf;
	struct rebtf_builder out; /* of the BTF for the kernel */
	uint32_t *sections;	  /* by id of a variable or function: the first DATASEC with it */
	uint8_t *externs; /* by id of a variable or function: whether a symbol refers to it */
	struct kconfig_extern *kconfig;
	size_t kconfig_count;
	uint32_t kconfig_section; /* ids; 0: no extern in it */
	uint32_t ksyms_section;
	uint32_t dummy; /* the variable for functions in .ksyms; 0: not needed */
};

static void program_release(struct program *p)
{
	program_elf_release(&p->elf);
	builder_release(&p->out);
	free(p->sections);
	free(p->externs);
	free(p->kconfig);
}

/* Type @id, which is not void, for modification. */
static struct rebtf_type *program_type(const struct program *p, uint32_t id)
{
	return builder_type(&p->out, id);
}

static const char *program_name(const struct program *p, uint32_t id)
{
	return btf_string(p->btf, program_type(p, id)->name_off);
}

static uint32_t *linkage_of(struct rebtf_type *var)
{
	return (uint32_t *)(var + 1);
}

static struct rebtf_error *at_type(const struct program *p, uint32_t id, struct rebtf_error *err)
{
	return err ? btf_error_at(err, p->btf, id) : NULL;
}

/* ---------------------------------------------------------------------------------- preparation */

/* The first INT of 32 bits, the type of variables in .ksyms. 0: no such INT. */
static uint32_t find_int(const struct rebtf_btf *btf)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		if (rebtf_type_kind(t) == REBTF_KIND_INT && rebtf_int_bits(t) == 32)
			return btf->start_id + i;
	}
	return 0;
}

/* Functions in .ksyms share one variable, which comes after all other types. */
static bool needs_dummy(const struct rebtf_btf *btf)
{
	uint32_t id = rebtf_btf_find(btf, KSYMS, REBTF_KIND_DATASEC);
	const struct rebtf_type *sec = btf_type(btf, id);
	const struct rebtf_var_secinfo *vars = rebtf_var_secinfos(sec);

	for (uint32_t i = 0; id && i < rebtf_type_vlen(sec); i++) {
		if (rebtf_type_kind(btf_type(btf, vars[i].type)) == REBTF_KIND_FUNC)
			return true;
	}
	return false;
}

static struct rebtf_error *program_copy_types(struct program *p)
{
	struct rebtf_builder *out = &p->out;

	builder_start_like(out, NULL, p->btf, "prepare the program");
	builder_keep_own(out, p->btf);
	if (needs_dummy(p->btf))
		p->dummy = rebtf_builder_var(out, DUMMY_KSYM, REBTF_LINKAGE_GLOBAL,
					     find_int(p->btf));
	return take_ptr(&out->err);
}

static struct rebtf_error *note_sections(struct program *p)
{
	uint32_t count = rebtf_btf_type_count(p->btf);

	p->sections = calloc(count, sizeof(*p->sections));
	p->externs = calloc(count, sizeof(*p->externs));
	p->kconfig = calloc(p->elf.externs.count + 1, sizeof(*p->kconfig));
	if (!p->sections || !p->externs || !p->kconfig)
		return error_nomem();
	for (uint32_t id = 1; id < count; id++) {
		const struct rebtf_type *sec = program_type(p, id);
		const struct rebtf_var_secinfo *vars = rebtf_var_secinfos(sec);

		if (rebtf_type_kind(sec) != REBTF_KIND_DATASEC)
			continue;
		for (uint32_t i = 0; i < rebtf_type_vlen(sec); i++) {
			if (!p->sections[vars[i].type])
				p->sections[vars[i].type] = id;
		}
	}
	return NULL;
}

/* -------------------------------------------------------------------------------------- externs */

/* Skips typedefs and qualifiers. Void if libbpf would not find a size below so many of them. */
static const struct rebtf_type *unqualified(const struct rebtf_btf *btf, uint32_t id)
{
	return resolve_skip(btf, FAMILY_ALIAS, &id) ?: btf_type(btf, 0);
}

static bool is_char(const struct rebtf_type *t)
{
	return rebtf_type_kind(t) == REBTF_KIND_INT && t->size == 1 &&
	       !(rebtf_int_encoding(t) & REBTF_INT_BOOL);
}

/* Whether libbpf can give such a variable the value of a kernel's option. */
static bool is_kconfig_type(const struct rebtf_btf *btf, const struct rebtf_type *t)
{
	const struct rebtf_array *array = rebtf_array(t);

	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
		if (rebtf_int_encoding(t) & REBTF_INT_BOOL)
			return t->size == 1;
		return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8;
	case REBTF_KIND_ENUM:
		return t->size == 4 && !strcmp(rebtf_btf_type_name(btf, t), "libbpf_tristate");
	case REBTF_KIND_ENUM64:
		return !strcmp(rebtf_btf_type_name(btf, t), "libbpf_tristate");
	case REBTF_KIND_ARRAY:
		return array->nelems && is_char(unqualified(btf, array->type));
	default:
		return false;
	}
}

static struct rebtf_error *add_kconfig(struct program *p, uint32_t id)
{
	const struct rebtf_type *var = program_type(p, id);
	const struct rebtf_type *t;
	uint64_t size;

	if (rebtf_type_kind(var) != REBTF_KIND_VAR)
		REFUSE("functions cannot be in " KCONFIG);
	t = unqualified(p->btf, var->type);
	if (!is_kconfig_type(p->btf, t) || !resolve_size(p->btf, var->type, 0, &size) || !size ||
	    size > INT32_MAX)
		REFUSE("variables in " KCONFIG " cannot have this type");
	p->kconfig[p->kconfig_count++] = (struct kconfig_extern){
		.name = program_name(p, id),
		.id = id,
		.size = (uint32_t)size,
		.align = rebtf_type_kind(t) == REBTF_KIND_ARRAY ? 1
			 : t->size < 8				? t->size
								: 8,
	};
	return NULL;
}

/* The first variable or function of that name. 0: not found. */
static uint32_t program_find_named(const struct program *p, const char *name)
{
	uint32_t var = rebtf_btf_find(p->btf, name, REBTF_KIND_VAR);
	uint32_t func = rebtf_btf_find(p->btf, name, REBTF_KIND_FUNC);

	return var && (!func || var < func) ? var : func;
}

static bool is_extern(struct rebtf_type *t)
{
	if (rebtf_type_kind(t) == REBTF_KIND_VAR)
		return *linkage_of(t) == REBTF_LINKAGE_EXTERN;
	return rebtf_type_vlen(t) == REBTF_LINKAGE_EXTERN;
}

static struct rebtf_error *place_extern(struct program *p, uint32_t id)
{
	const char *section;

	if (!is_extern(program_type(p, id)))
		REFUSE("undefined symbol, but not extern");
	p->externs[id] = 1;
	if (!p->sections[id])
		REFUSE("extern, but in no section");
	section = program_name(p, p->sections[id]);
	if (!strcmp(section, KCONFIG)) {
		p->kconfig_section = p->sections[id];
		return add_kconfig(p, id);
	}
	if (strcmp(section, KSYMS) != 0)
		REFUSE("extern in an unsupported section (found %.255s, expected " KSYMS
		       " or " KCONFIG ")",
		       section);
	p->ksyms_section = p->sections[id];
	return NULL;
}

static struct rebtf_error *collect_extern(struct program *p, const char *name)
{
	uint32_t id = program_find_named(p, name);

	if (!id)
		REFUSE("no type for the extern symbol %.255s", name);
	return at_type(p, id, place_extern(p, id));
}

/* Finds the extern of an entry in a section of externs. Like libbpf, searches by name. */
static struct rebtf_error *require_extern(const struct program *p, uint32_t id, uint32_t *found)
{
	*found = id ? program_find_named(p, program_name(p, id)) : 0;
	if (!*found || !p->externs[*found])
		REFUSE("no undefined symbol for extern type [%u]", id);
	return NULL;
}

/* ------------------------------------------------------------------------------------- sections */

/* Parameters of a kfunc need names to pass as those of a global function. */
static void name_parameters(const struct program *p, uint32_t proto_id)
{
	struct rebtf_type *proto;
	struct rebtf_param *params;

	if (!proto_id || !p->dummy)
		return;
	proto = program_type(p, proto_id);
	params = (struct rebtf_param *)(proto + 1);
	for (uint32_t i = 0;
	     rebtf_type_kind(proto) == REBTF_KIND_FUNC_PROTO && i < rebtf_type_vlen(proto); i++) {
		if (params[i].type && !params[i].name_off)
			params[i].name_off = program_type(p, p->dummy)->name_off;
	}
}

static struct rebtf_error *fix_ksyms(struct program *p)
{
	struct rebtf_type *sec = program_type(p, p->ksyms_section);
	struct rebtf_var_secinfo *vars = (struct rebtf_var_secinfo *)(sec + 1);
	uint32_t int_id = find_int(p->btf), found;

	for (uint32_t i = 0; i < rebtf_type_vlen(sec); i++) {
		struct rebtf_type *t;

		TRY(require_extern(p, vars[i].type, &found));
		t = program_type(p, vars[i].type);
		if (rebtf_type_kind(t) != REBTF_KIND_VAR && rebtf_type_kind(t) != REBTF_KIND_FUNC)
			REFUSE("type [%u] is neither a VAR nor a FUNC", vars[i].type);
		if (rebtf_type_kind(t) == REBTF_KIND_FUNC) {
			name_parameters(p, t->type);
			t->info = (uint32_t)REBTF_KIND_FUNC << 24 | REBTF_LINKAGE_GLOBAL;
			vars[i].type = p->dummy;
		} else {
			*linkage_of(t) = REBTF_LINKAGE_GLOBAL;
			t->type = int_id;
		}
		vars[i].offset = i * sizeof(uint32_t);
		vars[i].size = sizeof(uint32_t);
	}
	sec->size = rebtf_type_vlen(sec) * sizeof(uint32_t);
	return NULL;
}

/* The largest alignment first, then the smallest size. */
static int compare_kconfig(const void *a, const void *b)
{
	const struct kconfig_extern *left = a, *right = b;

	return by_number(right->align, left->align)
		       ?: by_number(left->size, right->size) ?: strcmp(left->name, right->name);
}

static int compare_kconfig_ids(const void *a, const void *b)
{
	const struct kconfig_extern *left = a, *right = b;

	return by_number(left->id, right->id);
}

static struct rebtf_error *fix_kconfig(struct program *p)
{
	struct rebtf_type *sec = program_type(p, p->kconfig_section);
	struct rebtf_var_secinfo *vars = (struct rebtf_var_secinfo *)(sec + 1);
	uint64_t end = 0;

	qsort(p->kconfig, p->kconfig_count, sizeof(*p->kconfig), compare_kconfig);
	for (size_t i = 0; i < p->kconfig_count; i++) {
		struct kconfig_extern *ext = &p->kconfig[i];

		end = (end + ext->align - 1) / ext->align * ext->align;
		ext->offset = (uint32_t)end;
		end += ext->size;
		if (end > INT32_MAX)
			REFUSE("variables exceed 2 GiB");
	}
	sec->size = (uint32_t)end;
	qsort(p->kconfig, p->kconfig_count, sizeof(*p->kconfig), compare_kconfig_ids);
	for (uint32_t i = 0; i < rebtf_type_vlen(sec); i++) {
		struct kconfig_extern key = {}, *ext;

		TRY(require_extern(p, vars[i].type, &key.id));
		if (rebtf_type_kind(program_type(p, vars[i].type)) != REBTF_KIND_VAR)
			REFUSE("type [%u] is not a VAR", vars[i].type);
		ext = bsearch(&key, p->kconfig, p->kconfig_count, sizeof(key), compare_kconfig_ids);
		vars[i].offset = ext ? ext->offset : 0;
		*linkage_of(program_type(p, vars[i].type)) = REBTF_LINKAGE_GLOBAL;
	}
	return NULL;
}

static struct rebtf_error *fix_variable(const struct program *p, struct rebtf_var_secinfo *info,
					bool fill_in)
{
	const struct program_name *symbol;
	struct rebtf_type *var;

	if (rebtf_type_kind(btf_type(p->btf, info->type)) != REBTF_KIND_VAR)
		REFUSE("type [%u] is not a VAR", info->type);
	var = program_type(p, info->type);
	if (*linkage_of(var) == REBTF_LINKAGE_STATIC || *linkage_of(var) == REBTF_LINKAGE_EXTERN)
		return NULL;
	symbol = program_names_find(&p->elf.variables, program_name(p, info->type));
	if (!symbol)
		REFUSE("no symbol for variable '%.255s'", program_name(p, info->type));
	if (fill_in)
		info->offset = (uint32_t)symbol->value;
	if (symbol->hidden)
		*linkage_of(var) = REBTF_LINKAGE_STATIC;
	return NULL;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct rebtf_var_secinfo *left = a, *right = b;

	return by_number(left->offset, right->offset);
}

static struct rebtf_error *fix_section(const struct program *p, uint32_t id)
{
	struct rebtf_type *sec = program_type(p, id);
	struct rebtf_var_secinfo *vars = (struct rebtf_var_secinfo *)(sec + 1);
	const char *name = program_name(p, id);
	const struct program_name *section;
	bool fill_in = !sec->size;

	if (strcmp(name, KSYMS) != 0 && strcmp(name, KCONFIG) != 0) {
		if (fill_in) {
			section = program_names_find(&p->elf.sections, name);
			if (!section || !(uint32_t)section->value)
				REFUSE("missing or empty section in the object");
			sec->size = (uint32_t)section->value;
		}
		for (uint32_t i = 0; i < rebtf_type_vlen(sec); i++)
			TRY(fix_variable(p, &vars[i], fill_in));
	}
	qsort(vars, rebtf_type_vlen(sec), sizeof(*vars), compare_offsets);
	return NULL;
}

static struct rebtf_error *fix(struct program *p)
{
	uint32_t count = rebtf_btf_type_count(p->btf);

	TRY(program_copy_types(p));
	TRY(note_sections(p));
	for (size_t i = 0; i < p->elf.externs.count; i++)
		TRY(collect_extern(p, p->elf.externs.items[i].text));
	if (p->ksyms_section)
		TRY(at_type(p, p->ksyms_section, fix_ksyms(p)));
	if (p->kconfig_section)
		TRY(at_type(p, p->kconfig_section, fix_kconfig(p)));
	for (uint32_t id = 1; id < count; id++) {
		if (rebtf_type_kind(program_type(p, id)) == REBTF_KIND_DATASEC)
			TRY(at_type(p, id, fix_section(p, id)));
	}
	return NULL;
}

/* libbpf renames sections of optional programs for kernels that require an identifier. */
static void drop_question_marks(const struct btf_parts *parts)
{
	for (uint32_t i = 0; i < parts->own_count; i++) {
		const struct rebtf_type *t =
			(const struct rebtf_type *)(parts->types + parts->places[i]);

		if (rebtf_type_kind(t) == REBTF_KIND_DATASEC && parts->strings[t->name_off] == '?')
			parts->strings[t->name_off] = '_';
	}
}

/* ---------------------------------------------------------------------------------------- steps */

static struct rebtf_error *make(struct program *p, const struct rebtf_module *module,
				const struct kernel_rules *rules, void **data, size_t *size)
{
	REBTF_OPTIONS(rebtf_write_options, how,
		      .layout = rules->layout_section ? REBTF_LAYOUT_SAME : REBTF_LAYOUT_WITHOUT);
	_cleanup_unref_ struct rebtf_btf *fixed = NULL;
	struct btf_parts parts;

	TRY(program_elf_read(module->image.data, module->image.size, &p->elf));
	TRY(fix(p));
	TRY(builder_take_parts(&p->out, &parts));
	if (!rules->printable_section)
		drop_question_marks(&parts);
	TRY(btf_assemble(&parts, NULL, &fixed));
	return rebtf_btf_write(fixed, &how, data, size);
}

struct rebtf_error *rebtf_module_loader_btf(const struct rebtf_module *module, const char *kernel,
					    void **data, size_t *size)
{
	const struct module_section *bytes = &module->sections[REBTF_SECTION_BTF];
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_(program_release) struct program p = {};
	const struct kernel_rules *rules;

	TRY(kernel_rules_find(kernel, &rules));
	if (module->container == REBTF_CONTAINER_ELF &&
	    program_elf_detect(module->image.data, module->image.size))
		TRY(error_nomem_only(rebtf_btf_open_mem(bytes->data, bytes->size, NULL, NULL,
							&btf)));
	if (!btf || btf->has_unknown) {
		*data = NULL;
		return NULL;
	}
	p.btf = btf;
	return error_at(make(&p, module, rules, data, size), module->path,
			rebtf_section_name(REBTF_SECTION_BTF));
}
