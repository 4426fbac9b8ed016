/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of opening modules: the options, the descriptors, and the BTF of an open module. */
#include <fcntl.h>

#include "module/module.h"
#include "module/module_for_test.h"

static void a_module_may_be_opened_without_standard_streams(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	const char *path = scratch_path(dir, "x.btf");
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
	_cleanup_pair_ struct pair pair;
	struct rebtf_error *err;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	/* So the directory gets descriptor 0. */
	close(0);
	err = rebtf_module_open(path, NULL, &module);
	/* It closes descriptor 0, too. */
	rebtf_module_free(take_ptr(&module));
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(saved, 0), 0);
	close(saved);
	assert_ok(err);
}

/* The number of this process's descriptors that are regular files in @dir. */
static unsigned int open_files_in(const char *dir)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++) {
		char link[32], path[256];
		ssize_t size;
		struct stat st;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, path, sizeof(path));
		count += size > (ssize_t)strlen(dir) && !memcmp(path, dir, strlen(dir)) &&
			 !fstat(fd, &st) && S_ISREG(st.st_mode);
	}
	return count;
}

/* Writes the module with expectations, and opens it again. */
static void distill_and_open(struct rebtf_module **module, const char *path,
			     const struct pair *pair)
{
	assert_ok(rebtf_module_write(*module, path,
				     &(struct rebtf_module_output){
					     .size = sizeof(struct rebtf_module_output),
					     .btf = pair->over_distilled,
					     .distilled = true,
					     .expects = pair->expects,
					     .made_over = pair->base,
				     }));
	rebtf_module_free(*module);
	*module = opened(path);
}

static void an_opened_module_keeps_no_file_open(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *expects = NULL;
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	module = opened(path);
	assert_int_equal(open_files_in(dir), 0);
	distill_and_open(&module, path, &pair);
	assert_int_equal(open_files_in(dir), 0);
	assert_ok(rebtf_module_btf(module, NULL, &btf));
	assert_ok(rebtf_module_expects(module, rebtf_btf_base(btf), &expects));
	assert_non_null(expects);
	assert_int_equal(open_files_in(dir), 0);
}

/* The expectations are read only when a caller needs them, and a section alone is a need. */
static void the_section_of_expectations_is_the_companions_bytes(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_file_bytes_ struct file_bytes companion = {};
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_pair_ struct pair pair;
	const void *section;
	size_t size;

	(void)state;
	make_pair(&pair);
	write_bytes(path, pair.bytes, pair.size);
	module = opened(path);
	section = rebtf_module_section(module, REBTF_SECTION_BTF_EXPECTS, &size);
	assert_null(section);
	distill_and_open(&module, path, &pair);
	assert_ok(file_read(scratch_path(dir, "x.btf.expects"), &companion));
	section = rebtf_module_section(module, REBTF_SECTION_BTF_EXPECTS, &size);
	assert_non_null(section);
	assert_int_equal(size, companion.size);
	assert_memory_equal(section, companion.data, size);
}

/*
 * The program closes its standard input after it opened a module. So a file or directory on the way
 * to the expectations gets descriptor 0.
 */
static void expectations_are_read_without_standard_input(void **state)
{
	static const char *const targets[] = { NULL, "target", "sub/target" };

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		_cleanup_scratch_ char *dir = scratch_new();
		_cleanup_module_ struct rebtf_module *module = NULL;
		_cleanup_free_ char *path = strdup(scratch_path(dir, "x.btf"));
		_cleanup_free_ char *companion = strdup(scratch_path(dir, "x.btf.expects"));
		int saved = fcntl(0, F_DUPFD_CLOEXEC, 10);
		_cleanup_pair_ struct pair pair;
		const void *section;
		size_t size;

		make_pair(&pair);
		write_bytes(path, pair.bytes, pair.size);
		module = opened(path);
		distill_and_open(&module, path, &pair);
		if (targets[i]) {
			assert_int_equal(mkdir(scratch_path(dir, "sub"), 0777), 0);
			assert_int_equal(rename(companion, scratch_path(dir, targets[i])), 0);
			assert_int_equal(symlink(targets[i], companion), 0);
		}
		close(0);
		section = rebtf_module_section(module, REBTF_SECTION_BTF_EXPECTS, &size);
		assert_int_equal(fcntl(0, F_GETFD), -1);
		assert_int_equal(dup2(saved, 0), 0);
		close(saved);
		assert_non_null(section);
	}
}

static void options_name_an_open_file_and_a_reading(void **state)
{
	REBTF_OPTIONS(rebtf_module_options, options, .has_fd = true,
		      .reading = REBTF_READING_SPLIT);
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "base.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	_cleanup_free_ void *bytes = NULL;
	_cleanup_pair_ struct pair pair;
	enum rebtf_form form;
	size_t size;

	(void)state;
	make_pair(&pair);
	assert_ok(rebtf_btf_write(pair.base, NULL, &bytes, &size));
	write_bytes(path, bytes, size);
	options.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_ok(rebtf_module_open("name", &options, &module));
	close(options.fd);
	assert_string_equal(rebtf_module_path(module), "name");
	assert_ok(rebtf_module_form(module, NULL, &form));
	assert_int_equal(form, REBTF_FORM_SPLIT);
	rebtf_module_free(module);

	options = (struct rebtf_module_options){ .size = sizeof(options),
						 .reading = REBTF_READING_STANDALONE };
	assert_ok(rebtf_module_open(path, &options, &module));
	assert_string_equal(rebtf_module_path(module), path);
	assert_ok(rebtf_module_btf(module, pair.base, &btf));
	assert_null(rebtf_btf_base(btf));
}

static void options_that_contradict_each_other_are_refused(void **state)
{
	REBTF_OPTIONS(rebtf_module_options, options, .reading = REBTF_READING_STANDALONE + 1);
	REBTF_OPTIONS(rebtf_kernel_options, kernels);
	struct rebtf_module *module;

	(void)state;
	assert_fails(rebtf_module_open("/", &options, &module), REBTF_ERR_ARGUMENT,
		     "unknown reading 3 (maximum 2)");
	options.reading = REBTF_READING_AUTO;
	options.kernels = &kernels;
	options.has_fd = true;
	assert_fails(rebtf_module_open("/", &options, &module), REBTF_ERR_ARGUMENT, "open file");
	options.has_fd = false;
	kernels.has_fd = true;
	assert_fails(rebtf_module_open("/", &options, &module), REBTF_ERR_ARGUMENT, "open file");
}

static void a_module_opens_its_btf_once_for_each_base(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	const char *path = scratch_path(dir, "x.btf");
	_cleanup_module_ struct rebtf_module *module = NULL;
	struct rebtf_btf *first, *second;
	struct pair pairs[2];

	(void)state;
	make_pair(&pairs[0]);
	make_pair(&pairs[1]);
	write_bytes(path, pairs[0].bytes, pairs[0].size);
	module = opened(path);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(rebtf_module_btf(module, pairs[i].base, &first));
		assert_ok(rebtf_module_btf(module, pairs[i].base, &second));
		assert_ptr_equal(first, second);
		assert_ptr_equal(rebtf_btf_base(first), pairs[i].base);
		rebtf_btf_unref(first);
		rebtf_btf_unref(second);
		pair_release(&pairs[i]);
	}
}

static void a_section_that_does_not_exist_is_empty(void **state)
{
	_cleanup_scratch_ char *dir = scratch_new();
	_cleanup_module_ struct rebtf_module *module = NULL;
	_cleanup_pair_ struct pair pair;
	const char *path = scratch_path(dir, "x.ko");
	size_t size = 1;

	(void)state;
	make_pair(&pair);
	make_ko(path, pair.bytes, pair.size, CODEC_NONE, false);
	assert_ok(rebtf_module_open(path, NULL, &module));
	assert_non_null(rebtf_module_section(module, REBTF_SECTION_BTF, &size));
	for (unsigned int section = SECTION_COUNT; section; section *= 3) {
		size = 1;
		assert_null(rebtf_module_section(module, (enum rebtf_section)section, &size));
		assert_int_equal(size, 0);
		if (section > UINT32_MAX / 3)
			break;
	}
	assert_null(rebtf_module_section(module, (enum rebtf_section)77, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_may_be_opened_without_standard_streams),
		cmocka_unit_test(an_opened_module_keeps_no_file_open),
		cmocka_unit_test(the_section_of_expectations_is_the_companions_bytes),
		cmocka_unit_test(expectations_are_read_without_standard_input),
		cmocka_unit_test(options_name_an_open_file_and_a_reading),
		cmocka_unit_test(options_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_module_opens_its_btf_once_for_each_base),
		cmocka_unit_test(a_section_that_does_not_exist_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
