/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* tests/peers/libbpf loads real BTF into the running kernel. Here is what is printed if that fails. */
#include "libbpf/built_for_test.h"

static unsigned int messages;
static bool has_log;

/* The arguments are the error and the log. */
static int count_messages(int level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	messages++;
	va_arg(arguments, const char *);
	has_log = strlen(va_arg(arguments, const char *)) > 1 << 16;
	return 0;
}

static bool may_load(void)
{
	_cleanup_btf_ struct btf *btf = built_base();

	return btf__load_into_kernel(btf) != -EPERM;
}

/* The log has a line for each type, so it is longer than the first buffer for it. */
static void a_long_log_is_printed_once(void **state)
{
	_cleanup_btf_ struct btf *btf = NULL;

	(void)state;
	if (!may_load())
		skip();
	btf = built_base();
	for (int i = 0; i < 3000; i++)
		btf__add_ptr(btf, 2);
	/* No PTR has a name. */
	((struct rebtf_type *)(uintptr_t)btf__type_by_id(btf, 3003))->name_off = 1;
	libbpf_set_print(count_messages);
	assert_int_equal(btf__load_into_kernel(btf), -EINVAL);
	assert_int_equal(messages, 1);
	assert_true(has_log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_log_is_printed_once),
	};

	return cmocka_run_group_tests_name("libbpf: running", tests, built_print_nothing, NULL);
}
