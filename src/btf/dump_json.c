/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints BTF as JSON, with the keys and the order of "bpftool -j btf dump file FILE". bpftool does
 * not tell an attribute from the argument of one: here tags have a kind_flag if it is set.
 */
#include "btf/btf.h"
#include "btf/dump.h"
#include "util/writer.h"

struct dump_json {
	const struct rebtf_btf *btf;
	struct writer out;
};

/* Appends "KEY":, where @key has its quotes and colon. */
#define PUT_KEY(d, key, value)                                                                     \
	do {                                                                                       \
		WRITER_PUT(&(d)->out, key);                                                        \
		writer_u64(&(d)->out, value);                                                      \
	} while (0)

/*
 * Escapes characters that JSON does not allow in a string. A byte that is not UTF-8 becomes U+FFFD.
 */
static void dump_json_escape(struct writer *out, uint32_t code)
{
	static const char digits[] = "0123456789abcdef";

	if (code == REBTF_NO_CHARACTER) {
		WRITER_PUT(out, "\xef\xbf\xbd");
	} else if (code == '"' || code == '\\') {
		*out->at++ = '\\';
		*out->at++ = code;
	} else {
		WRITER_PUT(out, "\\u");
		for (int shift = 12; shift >= 0; shift -= 4)
			*out->at++ = digits[code >> shift & 0xf];
	}
}

static void dump_json_string(struct writer *out, const char *s)
{
	WRITER_PUT(out, "\"");
	while (*s) {
		size_t plain = 0, size;
		uint32_t code;
		bool control;

		while (s[plain] >= ' ' && s[plain] <= '~' && s[plain] != '"' && s[plain] != '\\')
			plain++;
		writer_bytes(out, s, plain);
		s += plain;
		if (!*s)
			break;
		writer_begin(out);
		size = rebtf_character(s, &code, &control);
		if (control || code == REBTF_NO_CHARACTER || code == '"' || code == '\\')
			dump_json_escape(out, code);
		else
			writer_bytes(out, s, size);
		s += size;
	}
	WRITER_PUT(out, "\"");
}

static void dump_json_name(struct dump_json *d, uint32_t off)
{
	dump_json_string(&d->out, off ? btf_string(d->btf, off) : "(anon)");
}

static void dump_json_word(struct dump_json *d, const char *word)
{
	WRITER_PUT(&d->out, "\"");
	writer_string(&d->out, word);
	WRITER_PUT(&d->out, "\"");
}

/* Begins element @i of a list. */
static void dump_json_element(struct dump_json *d, uint32_t i)
{
	writer_begin(&d->out);
	if (i)
		WRITER_PUT(&d->out, ",");
	WRITER_PUT(&d->out, "{");
}

static void dump_json_int(struct dump_json *d, const struct rebtf_type *t)
{
	PUT_KEY(d, ",\"size\":", t->size);
	PUT_KEY(d, ",\"bits_offset\":", rebtf_int_offset(t));
	PUT_KEY(d, ",\"nr_bits\":", rebtf_int_bits(t));
	WRITER_PUT(&d->out, ",\"encoding\":");
	dump_json_word(d, dump_int_encoding(rebtf_int_encoding(t)));
}

static void dump_json_array(struct dump_json *d, const struct rebtf_type *t)
{
	PUT_KEY(d, ",\"type_id\":", rebtf_array(t)->type);
	PUT_KEY(d, ",\"index_type_id\":", rebtf_array(t)->index_type);
	PUT_KEY(d, ",\"nr_elems\":", rebtf_array(t)->nelems);
}

static void dump_json_members(struct dump_json *d, const struct rebtf_type *t)
{
	const struct rebtf_member *m = rebtf_members(t);

	PUT_KEY(d, ",\"size\":", t->size);
	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"members\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, m++) {
		uint32_t bits = rebtf_member_bitfield_size(t, m);

		dump_json_element(d, i);
		WRITER_PUT(&d->out, "\"name\":");
		dump_json_name(d, m->name_off);
		PUT_KEY(d, ",\"type_id\":", m->type);
		PUT_KEY(d, ",\"bits_offset\":", rebtf_member_bit_offset(t, m));
		if (bits)
			PUT_KEY(d, ",\"bitfield_size\":", bits);
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_enum(struct dump_json *d, const struct rebtf_type *t)
{
	bool wide = rebtf_type_kind(t) == REBTF_KIND_ENUM64, is_signed = rebtf_type_kind_flag(t);
	const struct rebtf_enum64 *e64 = rebtf_enums64(t);
	const struct rebtf_enum *e = rebtf_enums(t);

	WRITER_PUT(&d->out, ",\"encoding\":");
	dump_json_word(d, is_signed ? "SIGNED" : "UNSIGNED");
	PUT_KEY(d, ",\"size\":", t->size);
	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"values\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		dump_json_element(d, i);
		WRITER_PUT(&d->out, "\"name\":");
		dump_json_name(d, wide ? e64[i].name_off : e[i].name_off);
		WRITER_PUT(&d->out, ",\"val\":");
		if (!wide)
			writer_i64(&d->out, is_signed ? (int32_t)e[i].val : (int64_t)e[i].val);
		else if (is_signed)
			writer_i64(&d->out, (int64_t)rebtf_enum64_value(&e64[i]));
		else
			writer_u64(&d->out, rebtf_enum64_value(&e64[i]));
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_proto(struct dump_json *d, const struct rebtf_type *t)
{
	const struct rebtf_param *p = rebtf_params(t);

	PUT_KEY(d, ",\"ret_type_id\":", t->type);
	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"params\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, p++) {
		dump_json_element(d, i);
		WRITER_PUT(&d->out, "\"name\":");
		dump_json_name(d, p->name_off);
		PUT_KEY(d, ",\"type_id\":", p->type);
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_datasec(struct dump_json *d, const struct rebtf_type *t)
{
	const struct rebtf_var_secinfo *v = rebtf_var_secinfos(t);

	PUT_KEY(d, ",\"size\":", t->size);
	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"vars\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, v++) {
		dump_json_element(d, i);
		PUT_KEY(d, "\"type_id\":", v->type);
		PUT_KEY(d, ",\"offset\":", v->offset);
		PUT_KEY(d, ",\"size\":", v->size);
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_linkage(struct dump_json *d, const struct rebtf_type *t, uint32_t linkage)
{
	PUT_KEY(d, ",\"type_id\":", t->type);
	WRITER_PUT(&d->out, ",\"linkage\":");
	dump_json_word(d, dump_linkage_name(linkage));
}

static void dump_json_tag(struct dump_json *d, const struct rebtf_type *t)
{
	PUT_KEY(d, ",\"type_id\":", t->type);
	if (rebtf_type_kind(t) == REBTF_KIND_DECL_TAG) {
		WRITER_PUT(&d->out, ",\"component_idx\":");
		writer_i64(&d->out, rebtf_decl_tag_component(t));
	}
	if (rebtf_type_kind_flag(t))
		WRITER_PUT(&d->out, ",\"kind_flag\":true");
}

/* The location of a LOC_PARAM as text. */
static void dump_json_location(struct dump_json *d, const struct rebtf_type *t)
{
	char text[REBTF_LOC_PARAM_TEXT];

	rebtf_loc_param_text(t, text, sizeof(text));
	dump_json_word(d, text);
}

static void dump_json_loc_param(struct dump_json *d, const struct rebtf_type *t)
{
	const uint32_t *words = rebtf_loc_param_words(t);

	PUT_KEY(d, ",\"size\":", t->size);
	PUT_KEY(d, ",\"flags\":", rebtf_loc_param_flags(t));
	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"location\":");
	dump_json_location(d, t);
	WRITER_PUT(&d->out, ",\"words\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		writer_begin(&d->out);
		if (i)
			WRITER_PUT(&d->out, ",");
		writer_u64(&d->out, words[i]);
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_loc_proto(struct dump_json *d, const struct rebtf_type *t)
{
	const uint32_t *ids = rebtf_loc_proto_params(t);

	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"params\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const struct rebtf_type *param = btf_type(d->btf, ids[i]);

		dump_json_element(d, i);
		PUT_KEY(d, "\"type_id\":", ids[i]);
		if (rebtf_type_kind(param) == REBTF_KIND_LOC_PARAM) {
			WRITER_PUT(&d->out, ",\"location\":");
			dump_json_location(d, param);
		}
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

static void dump_json_locsec(struct dump_json *d, const struct rebtf_type *t)
{
	const struct rebtf_locsec_entry *e = rebtf_locsec_entries(t);

	PUT_KEY(d, ",\"vlen\":", rebtf_type_vlen(t));
	WRITER_PUT(&d->out, ",\"locs\":[");
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		dump_json_element(d, i);
		WRITER_PUT(&d->out, "\"name\":");
		dump_json_name(d, btf_type(d->btf, e->func)->name_off);
		PUT_KEY(d, ",\"func_type_id\":", e->func);
		PUT_KEY(d, ",\"loc_proto_type_id\":", e->loc_proto);
		PUT_KEY(d, ",\"offset\":", e->offset);
		WRITER_PUT(&d->out, "}");
	}
	WRITER_PUT(&d->out, "]");
}

/* Appends the keys of a type that follow its id, kind and name. */
static void dump_json_details(struct dump_json *d, const struct rebtf_type *t)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_INT:
		dump_json_int(d, t);
		break;
	case REBTF_KIND_PTR:
	case REBTF_KIND_TYPEDEF:
	case REBTF_KIND_VOLATILE:
	case REBTF_KIND_CONST:
	case REBTF_KIND_RESTRICT:
		PUT_KEY(d, ",\"type_id\":", t->type);
		break;
	case REBTF_KIND_ARRAY:
		dump_json_array(d, t);
		break;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		dump_json_members(d, t);
		break;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		dump_json_enum(d, t);
		break;
	case REBTF_KIND_FWD:
		WRITER_PUT(&d->out, ",\"fwd_kind\":");
		dump_json_word(d, rebtf_type_kind_flag(t) ? "union" : "struct");
		break;
	case REBTF_KIND_FUNC:
		dump_json_linkage(d, t, rebtf_type_vlen(t));
		break;
	case REBTF_KIND_FUNC_PROTO:
		dump_json_proto(d, t);
		break;
	case REBTF_KIND_VAR:
		dump_json_linkage(d, t, rebtf_var_linkage(t));
		break;
	case REBTF_KIND_DATASEC:
		dump_json_datasec(d, t);
		break;
	case REBTF_KIND_FLOAT:
		PUT_KEY(d, ",\"size\":", t->size);
		break;
	case REBTF_KIND_DECL_TAG:
	case REBTF_KIND_TYPE_TAG:
		dump_json_tag(d, t);
		break;
	case REBTF_KIND_LOC_PARAM:
		dump_json_loc_param(d, t);
		break;
	case REBTF_KIND_LOC_PROTO:
		dump_json_loc_proto(d, t);
		break;
	case REBTF_KIND_LOCSEC:
		dump_json_locsec(d, t);
		break;
	default:
		break;
	}
}

struct rebtf_error *rebtf_btf_dump_json(const struct rebtf_btf *btf,
					struct rebtf_error *(*write)(void *arg, const char *text,
								     size_t size),
					void *arg)
{
	struct dump_json d = { .btf = btf };
	struct rebtf_error *err = writer_init(&d.out, write, arg);

	if (err)
		return err;
	WRITER_PUT(&d.out, "{\"types\":[");
	for (uint32_t i = 0; i < btf->own_count && !d.out.err; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		dump_json_element(&d, i);
		PUT_KEY(&d, "\"id\":", btf->start_id + i);
		WRITER_PUT(&d.out, ",\"kind\":");
		dump_json_word(&d, rebtf_kind_name(rebtf_type_kind(t)));
		WRITER_PUT(&d.out, ",\"name\":");
		dump_json_name(&d, t->name_off);
		dump_json_details(&d, t);
		WRITER_PUT(&d.out, "}");
	}
	writer_begin(&d.out);
	WRITER_PUT(&d.out, "]}");
	return writer_finish(&d.out);
}
