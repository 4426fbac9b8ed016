/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
#include "libbpf/built_for_test.h"
#include "libbpf/message.h"

static char printed[200];
static int printed_level;

static int keep_message(int level, const char *format, va_list arguments)
{
	printed_level = level;
	return vsnprintf(printed, sizeof(printed), format, arguments);
}

static void errors_have_texts(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(libbpf_strerror(-ENOENT, text, sizeof(text)), 0);
	assert_string_equal(text, "No such file or directory");
	assert_int_equal(libbpf_strerror(4001, text, sizeof(text)), 0);
	assert_string_equal(text, "BPF object format invalid");
	assert_errno(libbpf_strerror(4013, text, sizeof(text)), ENOENT);
	assert_string_equal(text, "Unknown libbpf error 4013");
	assert_errno(libbpf_strerror(4001, text, 4), ERANGE);
	assert_string_equal(text, "BPF");
	assert_errno(libbpf_strerror(1, NULL, 0), EINVAL);
}

static void a_pointer_tells_whether_it_is_an_error(void **state)
{
	(void)state;
	errno = ENOENT;
	assert_int_equal(libbpf_get_error(NULL), -ENOENT);
	assert_int_equal(libbpf_get_error(&errno), 0);
	assert_errno(libbpf_get_error((void *)-EINVAL), EINVAL);
}

static void warnings_go_to_the_printer(void **state)
{
	const uint32_t cut[] = { built_start(BTF_MAGIC, 1, 0), 24, 0, 12, 12, 1, 0, 1 << 24, 4, 0 };

	(void)state;
	assert_null(libbpf_set_print(keep_message));
	assert_null(btf__new(cut, sizeof(cut)));
	assert_string_equal(printed, "type [1] is incomplete\n");
	assert_int_equal(printed_level, MESSAGE_WARN);
	assert_ptr_equal(libbpf_set_print(NULL), keep_message);
}

static int fail_to_print(int level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	errno = EPIPE;
	return -1;
}

static void a_printer_changes_no_errno(void **state)
{
	(void)state;
	libbpf_set_print(fail_to_print);
	errno = ENOENT;
	message_warn("no such file");
	assert_int_equal(errno, ENOENT);
	libbpf_set_print(NULL);
}

static void versions(void **state)
{
	(void)state;
	assert_int_equal(libbpf_major_version(), 1);
	assert_int_equal(libbpf_minor_version(), 8);
	assert_string_equal(libbpf_version_string(), "v1.8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_texts),
		cmocka_unit_test(a_pointer_tells_whether_it_is_an_error),
		cmocka_unit_test(warnings_go_to_the_printer),
		cmocka_unit_test(a_printer_changes_no_errno),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests_name("libbpf: message", tests, built_print_nothing, NULL);
}
