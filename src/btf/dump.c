/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Prints BTF as text, in the words and spacing of "bpftool btf dump file FILE format raw". A
 * vmlinux makes more than ten megabytes of text, nearly all of it names and numbers. So both are
 * formatted by hand into a block, which is passed on when it is full.
 */
#include <string.h>

#include "btf/btf.h"
#include "util/cleanup.h"
#include "util/error.h"

#define BLOCK_SIZE 65536u
/*
 * A record is the line of a type up to its elements, or one element. At its start the block has at
 * least this much room: enough for all labels and numbers of a record and for two names of up to
 * LONG_NAME bytes.
 */
#define RECORD_ROOM 1024u
#define LONG_NAME   256u

struct dump {
	const struct rebtf_btf *btf;
	struct rebtf_error *(*write)(void *arg, const char *text, size_t size);
	void *arg;
	struct rebtf_error *err; /* the first error, which stops the output */
	bool plain;		 /* no name needs escaping */
	char *block;
	char *at; /* the next byte goes here */
};

static void flush(struct dump *d)
{
	if (!d->err && d->at > d->block)
		d->err = d->write(d->arg, d->block, d->at - d->block);
	d->at = d->block;
}

static inline void begin_record(struct dump *d)
{
	if (d->at > d->block + BLOCK_SIZE - RECORD_ROOM)
		flush(d);
}

/* Appends a string constant. */
#define PUT(d, literal)                                                                            \
	do {                                                                                       \
		memcpy((d)->at, literal, sizeof(literal) - 1);                                     \
		(d)->at += sizeof(literal) - 1;                                                    \
	} while (0)

/* Appends a name that may exceed the room of a record. Afterwards, a whole record fits again. */
static void put_long_name(struct dump *d, const char *s, size_t size)
{
	while (size) {
		size_t piece = size < LONG_NAME ? size : LONG_NAME;

		begin_record(d);
		memcpy(d->at, s, piece);
		d->at += piece;
		s += piece;
		size -= piece;
	}
	begin_record(d);
}

/* As put_long_name(), but escapes control characters byte by byte as \xNN. */
static void dump_put_escaped(struct dump *d, const char *s)
{
	static const char digits[] = "0123456789abcdef";

	while (*s) {
		uint32_t code;
		bool control;
		size_t size = rebtf_character(s, &code, &control);

		begin_record(d);
		for (const char *end = s + size; s < end; s++) {
			if (control) {
				PUT(d, "\\x");
				*d->at++ = digits[(unsigned char)*s >> 4];
				*d->at++ = digits[*s & 0xf];
			} else {
				*d->at++ = *s;
			}
		}
	}
	begin_record(d);
}

static inline void put_string(struct dump *d, const char *s)
{
	size_t size;

	if (!d->plain) {
		dump_put_escaped(d, s);
		return;
	}
	size = strlen(s);
	if (size > LONG_NAME) {
		put_long_name(d, s, size);
		return;
	}
	memcpy(d->at, s, size);
	d->at += size;
}

/* "00" to "99": two digits for one division. */
static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

static inline void put_u64(struct dump *d, uint64_t value)
{
	char digits[20];
	char *first = digits + sizeof(digits);

	while (value >= 100) {
		first -= 2;
		memcpy(first, digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		first -= 2;
		memcpy(first, digit_pairs + value * 2, 2);
	} else {
		*--first = '0' + value;
	}
	memcpy(d->at, first, digits + sizeof(digits) - first);
	d->at += digits + sizeof(digits) - first;
}

static void put_i64(struct dump *d, int64_t value)
{
	if (value < 0) {
		PUT(d, "-");
		put_u64(d, -(uint64_t)value);
	} else {
		put_u64(d, value);
	}
}

static void put_name(struct dump *d, uint32_t off)
{
	if (!off) {
		PUT(d, "'(anon)'");
		return;
	}
	PUT(d, "'");
	put_string(d, btf_string(d->btf, off));
	PUT(d, "'");
}

/* Appends a label and a number: " size=8". */
#define PUT_FIELD(d, label, value)                                                                 \
	do {                                                                                       \
		PUT(d, label);                                                                     \
		put_u64(d, value);                                                                 \
	} while (0)

static const char *int_encoding(uint32_t encoding)
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

static const char *linkage_name(uint32_t linkage)
{
	static const char *const names[] = { "static", "global", "extern" };

	return linkage < sizeof(names) / sizeof(*names) ? names[linkage] : "(unknown)";
}

static void put_int(struct dump *d, const struct rebtf_type *t)
{
	PUT_FIELD(d, " size=", t->size);
	PUT_FIELD(d, " bits_offset=", rebtf_int_offset(t));
	PUT_FIELD(d, " nr_bits=", rebtf_int_bits(t));
	PUT(d, " encoding=");
	put_string(d, int_encoding(rebtf_int_encoding(t)));
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

		begin_record(d);
		PUT(d, "\n\t");
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
		begin_record(d);
		PUT(d, "\n\t");
		put_name(d, e->name_off);
		PUT(d, " val=");
		put_i64(d, rebtf_type_kind_flag(t) ? (int32_t)e->val : (int64_t)e->val);
	}
}

static void put_enum64(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_enum64 *e = rebtf_enums64(t);

	put_enum_head(d, t);
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, e++) {
		uint64_t value = (uint64_t)e->val_hi32 << 32 | e->val_lo32;

		begin_record(d);
		PUT(d, "\n\t");
		put_name(d, e->name_off);
		PUT(d, " val=");
		if (rebtf_type_kind_flag(t)) {
			put_i64(d, value);
			PUT(d, "LL");
		} else {
			put_u64(d, value);
			PUT(d, "ULL");
		}
	}
}

static void put_func_proto(struct dump *d, const struct rebtf_type *t)
{
	const struct rebtf_param *p = rebtf_params(t);

	PUT_FIELD(d, " ret_type_id=", t->type);
	PUT_FIELD(d, " vlen=", rebtf_type_vlen(t));
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++, p++) {
		begin_record(d);
		PUT(d, "\n\t");
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

		begin_record(d);
		PUT_FIELD(d, "\n\ttype_id=", v->type);
		PUT_FIELD(d, " offset=", v->offset);
		PUT_FIELD(d, " size=", v->size);
		PUT(d, " (");
		put_string(d, v->type ? rebtf_kind_name(rebtf_type_kind(var)) : "UNKNOWN");
		PUT(d, " ");
		put_name(d, var->name_off);
		PUT(d, ")");
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
		PUT(d, " linkage=");
		put_string(d, linkage_name(rebtf_type_vlen(t)));
		break;
	case REBTF_KIND_FUNC_PROTO:
		put_func_proto(d, t);
		break;
	case REBTF_KIND_VAR:
		PUT_FIELD(d, " type_id=", t->type);
		PUT(d, ", linkage=");
		put_string(d, linkage_name(rebtf_var_linkage(t)));
		break;
	case REBTF_KIND_DATASEC:
		put_datasec(d, t);
		break;
	case REBTF_KIND_FLOAT:
		PUT_FIELD(d, " size=", t->size);
		break;
	case REBTF_KIND_DECL_TAG:
		PUT_FIELD(d, " type_id=", t->type);
		PUT(d, " component_idx=");
		put_i64(d, rebtf_decl_tag_component(t));
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
	_cleanup_free_ char *block = malloc(BLOCK_SIZE);
	struct dump d = {
		.btf = btf,
		.write = write,
		.arg = arg,
		.plain = has_plain_strings(btf),
		.block = block,
		.at = block,
	};

	if (!block)
		return error_nomem();
	for (uint32_t i = 0; i < btf->own_count && !d.err; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		begin_record(&d);
		PUT(&d, "[");
		put_u64(&d, btf->start_id + i);
		PUT(&d, "] ");
		put_string(&d, rebtf_kind_name(rebtf_type_kind(t)));
		PUT(&d, " ");
		put_name(&d, t->name_off);
		put_details(&d, t);
		PUT(&d, "\n");
	}
	flush(&d);
	return d.err;
}
