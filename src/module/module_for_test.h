/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Shared by tests of modules: a module's BTF in its forms, and modules that contain it. */
#ifndef REBTF_MODULE_MODULE_FOR_TEST_H
#define REBTF_MODULE_MODULE_FOR_TEST_H

#include "module/codec.h"
#include "module/module.h"
#include "module/test_object.h"
#include "util/replace_for_test.h"
#include "util/testing.h"

/*
 * A base and split BTF over it: "struct device" and a pointer to it in a struct of the module's
 * own.
 */
struct pair {
	struct rebtf_btf *base;
	struct rebtf_btf *split;
	struct rebtf_btf *distilled;
	struct rebtf_btf *over_distilled;
	struct rebtf_btf *expects; /* over distilled */
	void *bytes;
	size_t size;
};

static inline void make_pair(struct pair *pair)
{
	struct rebtf_builder *b;
	uint32_t number, device, pointer;

	assert_ok(rebtf_builder_new(NULL, &b));
	number = rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	device = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	rebtf_builder_member(b, "id", number, 0, 0);
	rebtf_builder_member(b, "open", number, 32, 0);
	assert_ok(rebtf_builder_finish(b, &pair->base));

	assert_ok(rebtf_builder_new(pair->base, &b));
	pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, device);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "mine", 16);
	rebtf_builder_member(b, "device", pointer, 0, 0);
	rebtf_builder_member(b, "own", device, 64, 0);
	assert_ok(rebtf_builder_finish(b, &pair->split));
	assert_ok(rebtf_btf_write(pair->split, NULL, &pair->bytes, &pair->size));
	assert_ok(rebtf_distill_expects(pair->split, NULL, &pair->distilled, &pair->over_distilled,
					&pair->expects));
}

static inline void pair_release(struct pair *pair)
{
	rebtf_btf_unref(pair->split);
	rebtf_btf_unref(pair->expects);
	rebtf_btf_unref(pair->over_distilled);
	rebtf_btf_unref(pair->distilled);
	rebtf_btf_unref(pair->base);
	free(pair->bytes);
}

#define _cleanup_pair_ _cleanup_(pair_release)

static inline struct rebtf_error *write_distilled(const struct rebtf_module *module,
						  const char *path, const struct pair *pair,
						  bool strip_signature)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = pair->over_distilled,
		.distilled = true,
		.made_over = pair->base,
		.strip_signature = strip_signature,
	};

	return rebtf_module_write(module, path, &output);
}

static inline struct rebtf_error *write_split(const struct rebtf_module *module, const char *path,
					      const struct rebtf_btf *btf)
{
	const struct rebtf_module_output output = {
		.size = sizeof(struct rebtf_module_output),
		.btf = btf,
	};

	return rebtf_module_write(module, path, &output);
}

static inline void assert_form(const char *path, enum rebtf_form want)
{
	_cleanup_module_ struct rebtf_module *module = NULL;
	enum rebtf_form form;

	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_ok(rebtf_module_form(module, NULL, &form));
	assert_string_equal(rebtf_form_name(form), rebtf_form_name(want));
}

/* Writes an object with @btf, compressed with @codec, and with a signature if @sign. */
static inline void make_ko(const char *path, const void *btf, size_t size, enum codec codec,
			   bool sign)
{
	static const char signature[] = "sig\0\0\2\0\0\0\0\0\0\0\0\3~Module signature appended~\n";
	const struct test_object object = { .btf = btf, .btf_size = size };
	_cleanup_file_bytes_ struct file_bytes image = {};
	_cleanup_free_ uint8_t *packed = NULL;
	struct iovec pieces[2];
	size_t packed_size;

	test_object_make(&object, &image);
	pieces[0] = (struct iovec){ image.data, image.size };
	pieces[1] = (struct iovec){ (void *)signature, sign ? sizeof(signature) - 1 : 0 };
	if (codec == CODEC_NONE) {
		assert_ok(file_replace(path, pieces, 2, NULL));
		return;
	}
	assert_ok(codec_compress(codec, pieces, 2, &packed, &packed_size));
	write_bytes(path, packed, packed_size);
}

static inline struct rebtf_module *opened(const char *path)
{
	struct rebtf_module *module;

	assert_ok(rebtf_module_open(path, NULL, &module));
	return module;
}

/* Raw BTF at @path, with its distilled base beside it. */
static inline void make_distilled_btf(const char *path, const struct pair *pair)
{
	_cleanup_module_ struct rebtf_module *plain = NULL;

	write_bytes(path, pair->bytes, pair->size);
	plain = opened(path);
	assert_ok(write_distilled(plain, path, pair, 0));
}

#endif
