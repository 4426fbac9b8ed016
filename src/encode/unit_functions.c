/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Keeps the DIEs of functions that have a group until the unit's types have nodes, then makes
 * instances of them. A DIE for the code of an inlined function refers to the DIE of its source,
 * which has the names and types (unit_origins.c).
 */
#include <stdlib.h>
#include <string.h>

#include "encode/ranges.h"
#include "encode/unit_functions.h"
#include "encode/unit_origins.h"
#include "util/error.h"

/* Tags beyond this have no effect. A function with more parameters has no prototype. */
#define COUNT_MAX 1024

#define NO_OWNER UINT32_MAX

/* A list through the items of a vector. */
struct raw_list {
	uint32_t first, last; /* indices, if @count is not 0 */
	uint32_t count;
};

struct raw_function {
	uint64_t offset; /* of its DIE */
	struct die_ref type;
	uint32_t group;
	/* Nested functions can be between parameters, so parameters and tags are lists. */
	struct raw_list parameters, tags;
	uint32_t flags; /* enum instance_flag */
	bool is_variadic;
	bool is_ambiguous; /* its group is: parameters do not matter */
};

struct raw_parameter {
	uint32_t next; /* in its function's list */
	uint32_t name;
	struct die_ref type;
	struct parameter_facts facts;
};

struct raw_tag {
	uint32_t next; /* in the list of the tagged function or variable */
	struct decl_tag tag;
};

struct raw_variable {
	struct found_variable found;
	struct die_ref type;
	struct raw_list tags;
};

/* A subprogram DIE whose end was not reached. */
struct open_function {
	uint32_t depth;
	uint32_t function; /* index, or NO_OWNER: it does not matter */
	struct die_ref origin;
};

/* A name that was looked up before, with the key of its string. */
struct known_name {
	uint64_t key;
	uint32_t group; /* index plus 1; or 0 */
};

/* Most names are those of inline functions of headers, which many units repeat. */
#define KNOWN_BITS   13
#define KNOWN_NAMES  (1 << KNOWN_BITS)
#define KNOWN_FACTOR UINT64_C(0x9e3779b97f4a7c15)

DEFINE_VECTOR(raw_function_vector, struct raw_function);
DEFINE_VECTOR(raw_parameter_vector, struct raw_parameter);
DEFINE_VECTOR(raw_tag_vector, struct raw_tag);
DEFINE_VECTOR(raw_variable_vector, struct raw_variable);
DEFINE_VECTOR(open_function_vector, struct open_function);
DEFINE_VECTOR(parameter_vector, struct node_parameter);

struct unit_functions {
	const struct function_groups *groups;
	const struct variable_sections *sections;
	struct node_store *store;

	/* The current unit. */
	struct unit_reader *reader;
	uint32_t unit;
	bool is_clang;
	struct unit_origins origins;
	struct raw_function_vector functions;
	struct raw_parameter_vector parameters;
	struct raw_variable_vector variables;
	struct raw_tag_vector tags;
	struct open_function_vector open;
	bool wants_tags; /* annotations inside the last variable count */

	/* Buffers of unit_functions_finish(). */
	struct parameter_vector proto;
	struct facts_vector facts;
	struct decl_tag_vector tag_list;

	struct known_name known[KNOWN_NAMES];
	struct function_instances instances;
	struct variable_list found;
};

struct rebtf_error *unit_functions_new(const struct dwarf_file *file,
				       const struct dwarf_unit_vector *units,
				       const struct dwarf_unit_vector *supplementary,
				       const struct function_groups *groups,
				       const struct variable_sections *sections,
				       struct node_store *store, struct unit_functions **functions)
{
	struct unit_functions *f = calloc(1, sizeof(*f));

	if (!f || !table_reserve(&f->instances.table, 1)) {
		free(f);
		return error_nomem();
	}
	f->groups = groups;
	f->sections = sections;
	f->store = store;
	unit_origins_init(&f->origins, file, units, supplementary);
	*functions = f;
	return NULL;
}

void unit_functions_free(struct unit_functions *f)
{
	if (!f)
		return;
	unit_origins_release(&f->origins);
	raw_function_vector_release(&f->functions);
	raw_parameter_vector_release(&f->parameters);
	raw_variable_vector_release(&f->variables);
	raw_tag_vector_release(&f->tags);
	open_function_vector_release(&f->open);
	parameter_vector_release(&f->proto);
	facts_vector_release(&f->facts);
	decl_tag_vector_release(&f->tag_list);
	function_instances_release(&f->instances);
	found_variable_vector_release(&f->found.list);
	decl_tag_vector_release(&f->found.tags);
	free(f);
}

void unit_functions_start(struct unit_functions *f, struct unit_reader *reader, uint32_t unit)
{
	f->reader = reader;
	f->unit = unit;
	f->is_clang = strstr(reader->producer, "clang");
	f->functions.count = f->parameters.count = f->variables.count = 0;
	f->tags.count = f->open.count = 0;
	f->wants_tags = false;
	unit_origins_start(&f->origins, reader);
}

/* Appends to the list the tag that the annotation is. Other annotations have no effect. */
static struct rebtf_error *functions_add_tag(struct unit_functions *f, struct die_string name,
					     struct die_string text, int32_t component,
					     struct raw_list *list)
{
	uint32_t index = (uint32_t)f->tags.count;
	struct raw_tag raw = { .tag.component = component };

	if (!name.text || strcmp(name.text, "btf_decl_tag") || !text.text ||
	    list->count >= COUNT_MAX)
		return NULL;
	raw.tag.text = die_string_number(f->store, text);
	if (!raw_tag_vector_append(&f->tags, raw))
		return error_nomem();
	if (list->count++)
		f->tags.items[list->last].next = index;
	else
		list->first = index;
	list->last = index;
	return NULL;
}

/* GCC: DW_AT_GNU_annotation refers to the first of a chain of annotations. */
static struct rebtf_error *add_tag_chain(struct unit_functions *f, const struct die *die,
					 int32_t component, struct raw_list *list)
{
	struct die_ref next = die_ref(die, DIE_ANNOTATION);
	struct die annotation;

	for (unsigned int i = 0; next.place != DIE_NOWHERE && i < COUNT_MAX; i++) {
		bool found;

		TRY(unit_origins_read(&f->origins, next, &annotation, &found));
		if (!found)
			return NULL;
		TRY(functions_add_tag(f, die_string(&annotation, DIE_NAME),
				      die_string(&annotation, DIE_TAG_VALUE), component, list));
		next = die_ref(&annotation, DIE_ANNOTATION);
	}
	return NULL;
}

/* ------------------------------------------------------------------------------------ functions */

/* Sets *@is_at: the code starts at the address of the group. */
static struct rebtf_error *find_code(struct unit_functions *f, const struct die *die,
				     const struct function_group *group, bool *is_at)
{
	uint64_t pc = 0;

	TRY(die_low_pc(f->reader, die, &pc, is_at));
	*is_at = *is_at && pc == group->address;
	return NULL;
}

static struct function_group *group_named(struct unit_functions *f, struct die_string name)
{
	struct known_name *known = &f->known[name.key * KNOWN_FACTOR >> (64 - KNOWN_BITS)];
	struct function_group *group;

	if (name.key && known->key == name.key)
		return known->group ? &f->groups->list.items[known->group - 1] : NULL;
	group = function_groups_find(f->groups, name.text, strlen(name.text));
	known->key = name.key;
	known->group = group ? (uint32_t)(group - f->groups->list.items) + 1 : 0;
	return group;
}

/* Adds the subprogram @die. *@index becomes its index, or NO_OWNER if it does not matter. */
static struct rebtf_error *add_unit_function(struct unit_functions *f, const struct die *die,
					     uint32_t *index)
{
	struct function_group *group;
	struct raw_function raw = { .offset = die->offset };
	struct origin source;
	bool is_at;

	*index = NO_OWNER;
	if (die_is_present(die, DIE_DECLARATION))
		return NULL;
	TRY(unit_origins_follow(&f->origins, die, &source));
	if (!source.name.text)
		return NULL;
	group = group_named(f, source.name);
	if (!group)
		return NULL;
	raw.type = source.type;
	raw.group = (uint32_t)(group - f->groups->list.items);
	raw.is_ambiguous = group->ambiguous;
	TRY(find_code(f, die, group, &is_at));
	if (is_at)
		raw.flags |= INSTANCE_AT_SYMBOL;
	if (!die_number(die, DIE_INLINE, 0))
		raw.flags |= INSTANCE_HAS_FACTS;
	if (f->is_clang)
		raw.flags |= INSTANCE_FROM_CLANG;
	if (f->is_clang && source.calling_convention == DW_CC_nocall &&
	    (raw.flags & INSTANCE_HAS_FACTS))
		raw.flags |= INSTANCE_NOCALL;
	TRY(add_tag_chain(f, die, -1, &raw.tags));
	*index = (uint32_t)f->functions.count;
	return raw_function_vector_append(&f->functions, raw) ? NULL : error_nomem();
}

static struct rebtf_error *open_function(struct unit_functions *f, const struct die *die)
{
	struct open_function open = { .depth = die->depth, .origin = die_ref(die, DIE_ORIGIN) };

	TRY(add_unit_function(f, die, &open.function));
	if (die->children && !open_function_vector_append(&f->open, open))
		return error_nomem();
	return NULL;
}

/* Returns the function whose DIE directly contains a DIE at @depth, or NULL if it does not matter. */
static struct open_function *open_at(struct unit_functions *f, uint32_t depth)
{
	struct open_function *top;

	while (f->open.count && f->open.items[f->open.count - 1].depth >= depth)
		f->open.count--;
	if (!f->open.count)
		return NULL;
	top = &f->open.items[f->open.count - 1];
	return top->depth + 1 == depth && top->function != NO_OWNER ? top : NULL;
}

static struct rebtf_error *add_unit_parameter(struct unit_functions *f, const struct die *die)
{
	const struct open_function *open = open_at(f, die->depth);
	struct raw_parameter raw = { .facts = { .reg = NO_REGISTER } };
	uint32_t index = (uint32_t)f->parameters.count;
	struct raw_function *function;
	struct origin source;
	bool moved;

	if (!open)
		return NULL;
	function = &f->functions.items[open->function];
	if (function->parameters.count >= COUNT_MAX)
		function->flags |= INSTANCE_UNNAMED;
	if (function->is_ambiguous || function->parameters.count >= COUNT_MAX)
		return NULL;
	TRY(unit_origins_parameter(&f->origins, die, open->origin, function->parameters.count,
				   &source, &moved));
	if (moved)
		function->flags |= INSTANCE_REORDERED;
	if (!source.name.text)
		function->flags |= INSTANCE_UNNAMED;
	raw.name = die_string_number(f->store, source.name);
	raw.type = source.type;
	if (function->flags & INSTANCE_HAS_FACTS)
		TRY(parameter_facts_read(f->reader, die, &raw.facts));
	TRY(add_tag_chain(f, die, (int32_t)function->parameters.count, &function->tags));
	if (!raw_parameter_vector_append(&f->parameters, raw))
		return error_nomem();
	if (function->parameters.count++)
		f->parameters.items[function->parameters.last].next = index;
	else
		function->parameters.first = index;
	function->parameters.last = index;
	return NULL;
}

/* -------------------------------------------------------------------------------- unit variables */

/* The address of a variable in memory: an address, and perhaps an offset in a merged variable. */
static struct rebtf_error *variable_address(struct unit_functions *f, const struct die *die,
					    uint64_t *address, bool *has_address)
{
	struct die_operation ops[OPERATIONS_MAX];
	size_t count;

	*has_address = false;
	if (!die_has(die, DIE_LOCATION))
		return NULL;
	TRY(location_operations(f->reader, die, NULL, ops, &count));
	if (!count || count > 2 || (ops[0].atom != DW_OP_addr && ops[0].atom != DW_OP_addrx) ||
	    (count == 2 && ops[1].atom != DW_OP_plus_uconst))
		return NULL;
	*address = ops[0].number + (count == 2 ? ops[1].number : 0);
	*has_address = true;
	return NULL;
}

static struct rebtf_error *add_unit_variable(struct unit_functions *f, const struct die *die)
{
	struct raw_variable raw = { .found.die_offset = die->offset };
	struct origin source;
	bool has_address;

	f->wants_tags = false;
	/* Without a location, this is a declaration or a constant. */
	if (!f->sections->index.by_address.count || die->depth != 1 ||
	    die_is_present(die, DIE_ARTIFICIAL))
		return NULL;
	TRY(variable_address(f, die, &raw.found.address, &has_address));
	if (!has_address)
		return NULL;
	TRY(unit_origins_follow(&f->origins, die, &source));
	if (!source.name.text || source.is_artificial ||
	    variable_name_is_useless(source.name.text) ||
	    !variable_sections_find(f->sections, raw.found.address, source.name.text,
				    &raw.found.section))
		return NULL;
	raw.found.name = die_string_number(f->store, source.name);
	raw.found.is_external = source.is_external;
	raw.type = source.type;
	TRY(add_tag_chain(f, die, -1, &raw.tags));
	f->wants_tags = true;
	return raw_variable_vector_append(&f->variables, raw) ? NULL : error_nomem();
}

/* ---------------------------------------------------------------------------------- annotations */

/* clang: an annotation is a child of the DIE that it annotates. */
static struct rebtf_error *add_annotation(struct unit_functions *f, const struct die *die,
					  uint16_t parent)
{
	struct die_string name = die_string(die, DIE_NAME), text = die_string(die, DIE_TAG_VALUE);
	const struct open_function *open;
	struct raw_function *function;

	if (parent == DW_TAG_variable && f->wants_tags && die->depth == 2)
		return functions_add_tag(f, name, text, -1,
					 &f->variables.items[f->variables.count - 1].tags);
	if (parent != DW_TAG_subprogram && parent != DW_TAG_formal_parameter)
		return NULL;
	open = open_at(f, parent == DW_TAG_subprogram ? die->depth : die->depth - 1);
	if (!open)
		return NULL;
	function = &f->functions.items[open->function];
	if (parent == DW_TAG_subprogram)
		return functions_add_tag(f, name, text, -1, &function->tags);
	if (!function->parameters.count)
		return NULL;
	return functions_add_tag(f, name, text, (int32_t)function->parameters.count - 1,
				 &function->tags);
}

struct rebtf_error *unit_functions_die(struct unit_functions *f, const struct die *die,
				       uint16_t parent)
{
	struct open_function *open;

	switch (die->tag) {
	case DW_TAG_subprogram:
		open_at(f, die->depth);
		return open_function(f, die);
	case DW_TAG_formal_parameter:
		return parent == DW_TAG_subprogram ? add_unit_parameter(f, die) : NULL;
	case DW_TAG_unspecified_parameters:
		open = parent == DW_TAG_subprogram ? open_at(f, die->depth) : NULL;
		if (open)
			f->functions.items[open->function].is_variadic = true;
		return NULL;
	case DW_TAG_variable:
		return add_unit_variable(f, die);
	case DW_TAG_LLVM_annotation:
		return add_annotation(f, die, parent);
	default:
		return NULL;
	}
}

/* ------------------------------------------------------------------------------- end of the unit */

/* Sets f->tag_list to the tags in the list. */
static struct rebtf_error *gather_tags(struct unit_functions *f, struct raw_list list)
{
	uint32_t index = list.first;

	f->tag_list.count = 0;
	for (uint32_t i = 0; i < list.count; i++) {
		decl_tag_vector_append(&f->tag_list, f->tags.items[index].tag);
		index = f->tags.items[index].next;
	}
	return f->tag_list.failed ? error_nomem() : NULL;
}

/* Sets f->proto and f->facts to the parameters of the function. */
static struct rebtf_error *gather_parameters(struct unit_functions *f, struct unit_types *types,
					     const struct raw_function *raw)
{
	uint32_t index = raw->parameters.first;

	f->proto.count = 0;
	f->facts.count = 0;
	for (uint32_t i = 0; i < raw->parameters.count; i++) {
		const struct raw_parameter *p = &f->parameters.items[index];
		struct node_parameter parameter = { p->name, unit_types_node(types, p->type) };

		parameter_vector_append(&f->proto, parameter);
		facts_vector_append(&f->facts, p->facts);
		index = p->next;
	}
	/* "...", if there is one. */
	parameter_vector_append(&f->proto, (struct node_parameter){});
	return f->proto.failed || f->facts.failed ? error_nomem() : NULL;
}

/* Makes the node of the function's prototype. */
static struct rebtf_error *make_proto(struct unit_functions *f, struct unit_types *types,
				      const struct raw_function *raw, uint32_t *proto)
{
	struct node node = {
		.kind = REBTF_KIND_FUNC_PROTO,
		.type = unit_types_node(types, raw->type),
		.count = raw->parameters.count + raw->is_variadic,
		.first = UINT64_MAX,
	};

	TRY(gather_parameters(f, types, raw));
	*proto = node_store_add(f->store, &node, f->proto.items);
	return *proto ? NULL : error_nomem();
}

static struct rebtf_error *make_instance(struct unit_functions *f, struct unit_types *types,
					 const struct raw_function *raw, uint32_t order)
{
	struct function_instance instance = {
		.first = (uint64_t)f->unit << 32 | order,
		.die_offset = raw->offset,
		.group = raw->group,
		.tag_count = (uint16_t)raw->tags.count,
		.parameter_count = (uint16_t)raw->parameters.count,
		.flags = raw->flags,
	};

	if (!raw->is_ambiguous && !(raw->flags & INSTANCE_UNNAMED))
		TRY(make_proto(f, types, raw, &instance.proto));
	else
		instance.flags &= ~INSTANCE_HAS_FACTS;
	TRY(gather_tags(f, raw->tags));
	return function_instances_add(&f->instances, &instance, f->facts.items, f->tag_list.items)
		       ? NULL
		       : error_nomem();
}

static struct rebtf_error *make_variable(struct unit_functions *f, struct unit_types *types,
					 const struct raw_variable *raw, uint32_t order)
{
	struct found_variable found = raw->found;

	TRY(gather_tags(f, raw->tags));
	found.first = (uint64_t)f->unit << 32 | order;
	found.type = unit_types_node(types, raw->type);
	found.tags = (uint32_t)f->found.tags.count;
	found.tag_count = (uint16_t)raw->tags.count;
	return decl_tag_vector_extend(&f->found.tags, f->tag_list.items, f->tag_list.count) &&
			       found_variable_vector_append(&f->found.list, found)
		       ? NULL
		       : error_nomem();
}

struct rebtf_error *unit_functions_finish(struct unit_functions *f, struct unit_types *types)
{
	for (uint32_t i = 0; i < f->functions.count; i++)
		TRY(make_instance(f, types, &f->functions.items[i], i));
	for (uint32_t i = 0; i < f->variables.count; i++)
		TRY(make_variable(f, types, &f->variables.items[i], i));
	return NULL;
}

const struct function_instances *unit_functions_instances(const struct unit_functions *f)
{
	return &f->instances;
}

const struct variable_list *unit_functions_variables(const struct unit_functions *f)
{
	return &f->found;
}
