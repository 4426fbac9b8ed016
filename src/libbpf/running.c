/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Reads the BTF of the running kernel and of its modules, and loads BTF into it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libbpf/files.h"
#include "libbpf/message.h"
#include "libbpf/object.h"

#define RUNNING_VMLINUX "/sys/kernel/btf/vmlinux"

/* Of bpf(2); the headers of old systems lack some of them. */
#define BPF_OBJ_GET_INFO_BY_FD 15
#define BPF_BTF_LOAD	       18
#define BPF_BTF_GET_FD_BY_ID   19

/* The parts of union bpf_attr and struct bpf_btf_info that are needed. The kernel takes any size. */
struct running_load {
	uint64_t btf;
	uint64_t log;
	uint32_t size;
	uint32_t log_size;
	uint32_t log_level;
};

struct running_get_fd {
	uint32_t id;
	uint32_t unused[2];
};

struct running_get_info {
	uint32_t fd;
	uint32_t size;
	uint64_t info;
};

struct running_info {
	uint64_t btf;
	uint32_t size;
	uint32_t id;
};

/* The first buffer for BTF of a kernel, and for its verifier's log. */
#define RUNNING_BTF_ROOM 4096
#define RUNNING_LOG_ROOM (1u << 16)
#define RUNNING_LOG_MAX	 (1u << 30)

static int running_bpf(int command, void *attributes, size_t size)
{
	long result = syscall(SYS_bpf, command, attributes, size);

	return result < 0 ? -errno : (int)result;
}

static uint64_t running_pointer(const void *p)
{
	return (uintptr_t)p;
}

/* --- load */

static int running_try_load(const void *data, uint32_t size, char *log, uint32_t log_size)
{
	struct running_load load = { running_pointer(data), running_pointer(log), size, log_size,
				     log ? 1 : 0 };
	int fd;

	do
		fd = running_bpf(BPF_BTF_LOAD, &load, sizeof(load));
	while (fd == -EAGAIN);
	return fd;
}

/* Loads again with a log, whose size is not known before. */
static int running_load_with_log(const void *data, uint32_t size)
{
	int fd = -ENOSPC;

	for (uint32_t room = RUNNING_LOG_ROOM; fd == -ENOSPC && room <= RUNNING_LOG_MAX;
	     room *= 2) {
		char *log = calloc(1, room);

		if (!log)
			return -ENOMEM;
		fd = running_try_load(data, size, log, room);
		if (fd < 0 && fd != -ENOSPC)
			message_warn("BTF loading error: %s\n-- BEGIN BTF LOAD LOG ---\n%s\n"
				     "-- END BTF LOAD LOG --\n",
				     strerror(-fd), log);
		free(log);
	}
	return fd;
}

int btf__load_into_kernel(struct btf *btf)
{
	bool swapped = btf->swapped;
	const void *data;
	uint32_t size;
	int fd;

	if (btf->fd >= 0)
		return object_result(-EEXIST);
	btf->swapped = false;
	data = btf__raw_data(btf, &size);
	btf->swapped = swapped;
	if (!data)
		return object_result(-ENOMEM);
	fd = running_try_load(data, size, NULL, 0);
	if (fd < 0)
		fd = running_load_with_log(data, size);
	if (fd < 0)
		return object_result(fd);
	btf->fd = fd;
	return 0;
}

/* --- by id */

/* Reads up to @room bytes of the BTF into @data. Sets @size to the size of the whole. */
static int running_get_info(int fd, void *data, uint32_t room, uint32_t *size)
{
	struct running_info info = { running_pointer(data), room, 0 };
	struct running_get_info get = { fd, sizeof(info), running_pointer(&info) };
	int err = running_bpf(BPF_OBJ_GET_INFO_BY_FD, &get, sizeof(get));

	*size = info.size;
	return err;
}

static int running_read(int fd, struct btf *base, struct btf **btf)
{
	uint32_t room = RUNNING_BTF_ROOM, size;
	void *data = malloc(room);
	int err = data ? running_get_info(fd, data, room, &size) : -ENOMEM;

	if (!err && size > room) {
		free(data);
		room = size;
		data = malloc(room);
		err = data ? running_get_info(fd, data, room, &size) : -ENOMEM;
	}
	if (!err)
		err = size > room ? -E2BIG : object_parse(data, size, base, btf);
	free(data);
	return err;
}

struct btf *btf__load_from_kernel_by_id_split(uint32_t id, struct btf *base)
{
	struct running_get_fd get = { .id = id };
	int fd = running_bpf(BPF_BTF_GET_FD_BY_ID, &get, sizeof(get));
	struct btf *btf;
	int err;

	if (fd < 0)
		return object_null(fd);
	err = running_read(fd, base, &btf);
	close(fd);
	return err ? object_null(err) : btf;
}

struct btf *btf__load_from_kernel_by_id(uint32_t id)
{
	return btf__load_from_kernel_by_id_split(id, NULL);
}

/* --- by name */

static struct btf *running_search(void)
{
	static const char *const paths[][2] = {
		{ "/boot/vmlinux-", "" },
		{ "/lib/modules/", "/vmlinux-" },
		{ "/lib/modules/", "/build/vmlinux" },
		{ "/usr/lib/modules/", "/kernel/vmlinux" },
		{ "/usr/lib/debug/boot/vmlinux-", "" },
		{ "/usr/lib/debug/boot/vmlinux-", ".debug" },
		{ "/usr/lib/debug/lib/modules/", "/vmlinux" },
	};
	struct utsname system;

	uname(&system);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		const char *end = paths[i][1];
		bool twice = *end && end[strlen(end) - 1] == '-';
		char path[PATH_MAX];
		struct btf *btf;

		snprintf(path, sizeof(path), "%s%s%s%s", paths[i][0], system.release, end,
			 twice ? system.release : "");
		if (!access(path, R_OK) && !files_parse(path, NULL, &btf, NULL))
			return btf;
	}
	message_warn("no file with the kernel's BTF\n");
	return object_null(ESRCH);
}

struct btf *btf__load_vmlinux_btf(void)
{
	struct btf *btf;
	int err;

	if (access(RUNNING_VMLINUX, F_OK)) {
		message_warn("%s is missing: was CONFIG_DEBUG_INFO_BTF enabled?\n",
			     RUNNING_VMLINUX);
		return running_search();
	}
	err = files_parse(RUNNING_VMLINUX, NULL, &btf, NULL);
	if (!err)
		return btf;
	message_warn("%s: cannot read: %s\n", RUNNING_VMLINUX, strerror(-err));
	return object_null(err);
}

struct btf *libbpf_find_kernel_btf(void)
{
	return btf__load_vmlinux_btf();
}

struct btf *btf__load_module_btf(const char *module, struct btf *vmlinux)
{
	char path[PATH_MAX];
	struct btf *btf;
	int err;

	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
	err = files_parse(path, vmlinux, &btf, NULL);
	return err ? object_null(err) : btf;
}
