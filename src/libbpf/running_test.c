/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * tests/peers/libbpf loads real BTF into the running kernel. Here is what is printed if that fails,
 * and what is read from a kernel. That kernel is made up, so that no test needs its permission.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libbpf/built_for_test.h"

/* From the kernel's include/uapi/linux/bpf.h. */
#define BPF_OBJ_GET_INFO_BY_FD 15
#define BPF_BTF_GET_FD_BY_ID   19

struct bpf_info_by_fd {
	uint32_t fd;
	uint32_t size;
	uint64_t info;
};

struct bpf_btf_info {
	uint64_t btf;
	uint32_t btf_size;
	uint32_t id;
};

#define MADE_ID 77

/* A kernel with one BTF. Without data, the running kernel answers. */
static struct {
	const void *data;
	uint32_t size;
	uint32_t growth; /* of the size, with each answer */
	int fd;
} made;

static int made_info(const struct bpf_info_by_fd *by_fd)
{
	struct bpf_btf_info *info = (void *)(uintptr_t)by_fd->info;

	assert_int_equal(by_fd->fd, made.fd);
	assert_int_equal(by_fd->size, sizeof(*info));
	memcpy((void *)(uintptr_t)info->btf, made.data,
	       info->btf_size < made.size ? info->btf_size : made.size);
	info->btf_size = made.size;
	made.size += made.growth;
	return 0;
}

/* The library calls this instead of the C library's function. */
long syscall(long number, ...)
{
	long (*real)(long number, ...);
	void *attributes;
	size_t size;
	va_list ap;
	int command;

	va_start(ap, number);
	command = va_arg(ap, int);
	attributes = va_arg(ap, void *);
	size = va_arg(ap, size_t);
	va_end(ap);
	assert_int_equal(number, SYS_bpf);
	if (made.data && command == BPF_OBJ_GET_INFO_BY_FD)
		return made_info(attributes);
	if (made.data && command == BPF_BTF_GET_FD_BY_ID && *(uint32_t *)attributes == MADE_ID)
		return made.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (made.data) {
		errno = ENOENT;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, command, attributes, size);
}

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

/* Makes a kernel whose BTF has so many pointers. The result owns its data. */
static struct btf *make_kernel(unsigned int pointers, uint32_t growth)
{
	struct btf *btf = built_base();

	for (unsigned int i = 1; i < pointers; i++)
		btf__add_ptr(btf, 2);
	made.data = btf__raw_data(btf, &made.size);
	made.growth = growth;
	return btf;
}

static int forget_kernel(void **state)
{
	(void)state;
	made.data = NULL;
	return 0;
}

static void btf_of_any_size_is_read_by_its_id(void **state)
{
	static const unsigned int pointers[] = { 1, 5000, 100000 };

	(void)state;
	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++) {
		_cleanup_btf_ struct btf *kernel = make_kernel(pointers[i], 0);
		_cleanup_btf_ struct btf *btf = btf__load_from_kernel_by_id(MADE_ID);
		const void *data;
		uint32_t size;

		assert_non_null(btf);
		data = btf__raw_data(btf, &size);
		assert_int_equal(size, made.size);
		assert_memory_equal(data, made.data, size);
		assert_int_equal(fcntl(made.fd, F_GETFD), -1);
	}
}

static void btf_that_is_not_there_or_grows_is_an_error(void **state)
{
	_cleanup_btf_ struct btf *kernel = make_kernel(5000, 12);

	(void)state;
	assert_null_errno(btf__load_from_kernel_by_id(MADE_ID + 1), ENOENT);
	assert_null_errno(btf__load_from_kernel_by_id(MADE_ID), E2BIG);
	assert_int_equal(fcntl(made.fd, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_log_is_printed_once),
		cmocka_unit_test_teardown(btf_of_any_size_is_read_by_its_id, forget_kernel),
		cmocka_unit_test_teardown(btf_that_is_not_there_or_grows_is_an_error,
					  forget_kernel),
	};

	return cmocka_run_group_tests_name("libbpf: running", tests, built_print_nothing, NULL);
}
