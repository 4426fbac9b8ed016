/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Messages, errors and versions: the functions that are not about BTF. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libbpf/message.h"
#include "libbpf/object.h"
#include "util/error.h"

#define VERSION_MAJOR 1
#define VERSION_MINOR 8

static int message_to_stderr(int level, const char *format, va_list arguments)
{
	static const char *const words[] = { "warn", "info", "debug" };
	const char *wanted = getenv("LIBBPF_LOG_LEVEL");
	int most = MESSAGE_INFO;

	for (int i = MESSAGE_WARN; wanted && i <= MESSAGE_DEBUG; i++) {
		if (!strcasecmp(wanted, words[i]))
			most = i;
	}
	return level > most ? 0 : vfprintf(stderr, format, arguments);
}

static message_printer message_current = message_to_stderr;

message_printer libbpf_set_print(message_printer printer)
{
	return __atomic_exchange_n(&message_current, printer, __ATOMIC_RELAXED);
}

void message_warn(const char *format, ...)
{
	message_printer printer = __atomic_load_n(&message_current, __ATOMIC_RELAXED);
	int errnum = errno;
	va_list arguments;

	va_start(arguments, format);
	if (printer)
		printer(MESSAGE_WARN, format, arguments);
	va_end(arguments);
	errno = errnum;
}

int message_error(struct rebtf_error *err)
{
	enum rebtf_error_code code = err->code;
	char *text = rebtf_error_text(err);

	message_warn("libbpf: %s\n", text ?: "out of memory");
	free(text);
	rebtf_error_free(err);
	switch (code) {
	case REBTF_ERR_NOMEM:
		return -ENOMEM;
	case REBTF_ERR_IO:
		return -EIO;
	default:
		return -EINVAL;
	}
}

/* Before 1.0, pointers could be errors. Afterwards, this tells a NULL from a valid one. */
long libbpf_get_error(const void *pointer)
{
	if (!pointer)
		return -errno;
	return object_is_error(pointer) ? object_result((intptr_t)pointer) : 0;
}

static const char *const message_errors[LIBBPF_ERRNO_END - LIBBPF_ERRNO_START] = {
	"Something wrong in libelf",
	"BPF object format invalid",
	"'version' section incorrect or lost",
	"Endian mismatch",
	"Internal error in libbpf",
	"Relocation failed",
	"Kernel verifier blocks program loading",
	"Program too big",
	"Incorrect kernel version",
	"Kernel doesn't support this program type",
	"Wrong pid in netlink message",
	"Invalid netlink sequence",
	"Incorrect netlink message parsing",
};

int libbpf_strerror(int err, char *text, size_t size)
{
	const char *message;
	size_t length;

	if (!text || !size)
		return object_result(-EINVAL);
	err = err < 0 ? -err : err;
	if (err >= LIBBPF_ERRNO_END) {
		length = snprintf(text, size, "Unknown libbpf error %d", err);
		return object_result(length >= size ? -ERANGE : -ENOENT);
	}
	message = err < LIBBPF_ERRNO_START ? strerrordesc_np(err)
					   : message_errors[err - LIBBPF_ERRNO_START];
	if (!message) {
		snprintf(text, size, "Unknown error %d", err);
		return object_result(-EINVAL);
	}
	length = snprintf(text, size, "%s", message);
	return object_result(length >= size ? -ERANGE : 0);
}

int libbpf_set_strict_mode(int mode)
{
	(void)mode; /* libbpf 1.0 and later are always strict */
	return 0;
}

uint32_t libbpf_major_version(void)
{
	return VERSION_MAJOR;
}

uint32_t libbpf_minor_version(void)
{
	return VERSION_MINOR;
}

const char *libbpf_version_string(void)
{
	return "v1.8";
}
