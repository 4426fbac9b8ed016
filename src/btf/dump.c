/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints BTF as text, in the words and spacing of "bpftool btf dump file FILE format raw". A
 * vmlinux makes more than ten megabytes of text, nearly all of it names and numbers. So both are
 * formatted by hand into a block, which is passed on when it is full.
 */
#include <stdio.h>

#include "btf/dump.h"
#include "btf/btf.h"
#include "util/writer.h"

struct dump {
	const struct rebtf_btf *btf;
	struct writer out;
	bool plain; /* no name needs escaping */
};

static inline void put_string(struct dump *d, const char *s)
{
	if (d->plain)
		writer_string(&d->out, s);
	else
		writer_escaped(&d->out, s);
}

static void put_name(struct dump *d, uint32_t off)
{
	if (!off) {
		WRITER_PUT(&d->out, "'(anon)'");
		return;
	}
	WRITER_PUT(&d->out, "'");
	put_string(d, btf_string(d->btf, off));
	WRITER_PUT(&d->out, "'");
}

/* Appends a label and a number: " size=8". */
#define PUT_FIELD(d, label, value)                                                                 \
	do {                                                                                       \
		WRITER_PUT(&(d)->out, label);                                                      \
		writer_u64(&(d)->out, value);                                                      \
	} while (0)

const char *dump_int_encoding(uint32_t encoding)
{
	switch (encoding) {
	case 0:
		return "(none)";
	case REBTF_INT_SIGNED:
		return "SIGNED";
	case REBTF_INT_CHAR:
		return "CHAR";
	case REBTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

const char *dump_linkage_name(uint32_t linkage)
{
	static const char *const names[] = { "static", "global", "extern" };

	return linkage < sizeof(names) / sizeof(*names) ? names[linkage] : "(unknown)";
}

static void put_int(struct dump *d, const struct rebtf_type *t)
{
	PUT_FIELD(d, " size=", t->size);
	PUT_FIELD(d, " bits_offset=", rebtf_int_offset(t));
	PUT_FIELD(d, " nr_bits=", rebtf_int_bits(t));
	WRITER_PUT(&d->out, " encoding=");
	put_string(d, dump_int_encoding(rebtf_int_encoding(t)));
}

static void put_array(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_array *array = rebtf_array(t);

	PUT_FIELD(d, " type_id=", array->type);
	PUT_FIELD(d, " index_type_id=", array->index_type);
	PUT_FIELD(d, " nr_elems=", array->nelems);
}

static void put_members(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);

	PUT_FIELD(d, " size=", t->size);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t bits = rebtf_member_bitfield_size(t, m);

		writer_begin(&d->out);
		WRITER_PUT(&d->out, "\n\t");
		put_name(d, m->name_off);
		PUT_FIELD(d, " type_id=", m->type);
		PUT_FIELD(d, " bits_offset=", rebtf_member_bit_offset(t, m));
		if (bits)
			PUT_FIELD(d, " bitfield_size=", bits);
	}
}

static void put_enum_head(struct dump *d, const struct rebtf_type *t)
{
	put_string(d, rebtf_type_kind_flag(t) ? " encoding=SIGNED" : " encoding=UNSIGNED");
	PUT_FIELD(d, " size=", t->size);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
}

static void put_enum(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_enum *e = rebtf_enums(t);

	put_enum_head(d, t);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		writer_begin(&d->out);
		WRITER_PUT(&d->out, "\n\t");
		put_name(d, e->name_off);
		WRITER_PUT(&d->out, " val=");
		writer_i64(&d->out, rebtf_type_kind_flag(t) ? (int32_t)e->val : (int64_t)e->val);
	}
}

static void put_enum64(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_enum64 *e = rebtf_enums64(t);

	put_enum_head(d, t);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		uint64_t value = rebtf_enum64_value(e);

		writer_begin(&d->out);
		WRITER_PUT(&d->out, "\n\t");
		put_name(d, e->name_off);
		WRITER_PUT(&d->out, " val=");
		if (rebtf_type_kind_flag(t)) {
			writer_i64(&d->out, value);
			WRITER_PUT(&d->out, "LL");
		} else {
			writer_u64(&d->out, value);
			WRITER_PUT(&d->out, "ULL");
		}
	}
}

static void put_func_proto(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_param *p = rebtf_params(t);

	PUT_FIELD(d, " ret_type_id=", t->type);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, p++) {
		writer_begin(&d->out);
		WRITER_PUT(&d->out, "\n\t");
		put_name(d, p->name_off);
		PUT_FIELD(d, " type_id=", p->type);
	}
}

static void put_datasec(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_var_secinfo *v = rebtf_var_secinfos(t);

	PUT_FIELD(d, " size=", t->size);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, v++) {
		const struct rebtf_type *var = btf_type(d->btf, v->type);

		writer_begin(&d->out);
		PUT_FIELD(d, "\n\ttype_id=", v->type);
		PUT_FIELD(d, " offset=", v->offset);
		PUT_FIELD(d, " size=", v->size);
		WRITER_PUT(&d->out, " (");
		put_string(d, v->type ? rebtf_kind_name(rebtf_type_kind(var)) : "UNKNOWN");
		WRITER_PUT(&d->out, " ");
		put_name(d, var->name_off);
		WRITER_PUT(&d->out, ")");
	}
}

/* The location of a LOC_PARAM, in quotes. */
static void put_location(struct dump *d, const struct rebtf_type *t)
{
	char text[REBTF_LOC_PARAM_TEXT];

	rebtf_loc_param_text(t, text, sizeof(text));
	WRITER_PUT(&d->out, "'");
	writer_string(&d->out, text);
	WRITER_PUT(&d->out, "'");
}

static void put_loc_param(struct dump *d, const struct rebtf_type *t)
{
	char flags[16];

	PUT_FIELD(d, " size=", t->size);
	snprintf(flags, sizeof(flags), " flags=0x%x", rebtf_loc_param_flags(t));
	writer_string(&d->out, flags);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, " values=");
	put_location(d, t);
}

static void put_loc_proto(struct dump *d, const struct rebtf_type *t)
{
	const uint32_t *ids = rebtf_loc_proto_params(t);

	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_type *param = btf_type(d->btf, ids[i]);

		writer_begin(&d->out);
		PUT_FIELD(d, "\n\ttype_id=", ids[i]);
		if (rebtf_type_kind(param) != REBTF_KIND_LOC_PARAM)
			continue;
		WRITER_PUT(&d->out, " value=");
		put_location(d, param);
	}
}

static void put_locsec(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_locsec_entry *e = rebtf_locsec_entries(t);

	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		writer_begin(&d->out);
		WRITER_PUT(&d->out, "\n\tname=");
		put_name(d, btf_type(d->btf, e->func)->name_off);
		PUT_FIELD(d, " func_type_id=", e->func);
		PUT_FIELD(d, " loc_proto_type_id=", e->loc_proto);
		PUT_FIELD(d, " offset=", e->offset);
	}
}

/* Appends the part of a type that follows its id, kind and name. */
static void put_details(struct dump *d, const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
		put_int(d, t);
		break;
	case REBTF_KIND_PTR:
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
	case REBTF_KIND_TYPE_TAG:
		PUT_FIELD(d, " type_id=", t->type);
		break;
	case REBTF_KIND_ARRAY:
		put_array(d, t);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		put_members(d, t);
		break;
	case REBTF_KIND_ENUM:
		put_enum(d, t);
		break;
	case REBTF_KIND_ENUM64:
		put_enum64(d, t);
		break;
	case REBTF_KIND_FWD:
		put_string(d, rebtf_type_kind_flag(t) ? " fwd_kind=union" : " fwd_kind=struct");
		break;
	case REBTF_KIND_FUNC:
		PUT_FIELD(d, " type_id=", t->type);
		WRITER_PUT(&d->out, " linkage=");
		put_string(d, dump_linkage_name(rebtf_type_vlen(t)));
		break;
	case REBTF_KIND_FUNC_PROTO:
		put_func_proto(d, t);
		break;
	case REBTF_KIND_VAR:
		PUT_FIELD(d, " type_id=", t->type);
		WRITER_PUT(&d->out, ", linkage=");
		put_string(d, dump_linkage_name(rebtf_var_linkage(t)));
		break;
	case REBTF_KIND_DATASEC:
		put_datasec(d, t);
		break;
	case REBTF_KIND_FLOAT:
		PUT_FIELD(d, " size=", t->size);
		break;
	case REBTF_KIND_DECL_TAG:
		PUT_FIELD(d, " type_id=", t->type);
		WRITER_PUT(&d->out, " component_idx=");
		writer_i64(&d->out, rebtf_decl_tag_component(t));
		break;
	case REBTF_KIND_LOC_PARAM:
		put_loc_param(d, t);
		break;
	case REBTF_KIND_LOC_PROTO:
		put_loc_proto(d, t);
		break;
	case REBTF_KIND_LOCSEC:
		put_locsec(d, t);
		break;
	default:
		break;
	}
}

/* Whether all strings of @btf and its bases are printable ASCII, as in every kernel. */
static bool has_plain_strings(const struct rebtf_btf *btf)
{
	unsigned int other = 0;

	for (; btf; btf = btf->base) {
		for (uint32_t i = 0; i < btf->strings_size; i++) {
			unsigned char c = (unsigned char)btf->strings[i];

			other |= (c < 0x20 && c) || c >= 0x7f;
		}
	}
	return !other;
}

struct rebtf_error *rebtf_btf_dump(const struct rebtf_btf *btf,
				   struct rebtf_error *(*write)(void *arg, const char *text,
								size_t size),
				   void *arg)
{
	struct dump d = { .btf = btf, .plain = has_plain_strings(btf) };
	struct rebtf_error *err = writer_init(&d.out, write, arg);

	if (err)
		return err;
	for (uint32_t i = 0; i < btf->own_count && !d.out.err; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		writer_begin(&d.out);
		WRITER_PUT(&d.out, "[");
		writer_u64(&d.out, btf->start_id + i);
		WRITER_PUT(&d.out, "] ");
		put_string(&d, rebtf_kind_name(rebtf_type_kind(t)));
		WRITER_PUT(&d.out, " ");
		put_name(&d, t->name_off);
		put_details(&d, t);
		WRITER_PUT(&d.out, "\n");
	}
	return writer_finish(&d.out);
}
