/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Loads and runs a BPF program that calls a function of the module rebtf_probe: kfunc sum|pid ID,
 * where ID is the function's number in the module's BTF. The verifier looks up ID in the kernel's
 * version of the module's BTF, finds the function's prototype, and compares the types of its
 * arguments with the program's. If the program passes and gives the right result, names, prototypes
 * and the set of kfuncs are correct.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE	      "rebtf_probe"
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* Searches the kernel's BTF objects, which have numbers, for the module's name. */
static int module_btf(void)
{
	uint32_t id = 0;

	for (;;) {
		union bpf_attr next = { .start_id = id }, by_id = {}, ask = {};
		struct bpf_btf_info info = {};
		char name[64] = "";
		int fd;

		if (bpf(BPF_BTF_GET_NEXT_ID, &next))
			die("no BTF of " MODULE);
		id = next.next_id;
		by_id.btf_id = id;
		fd = (int)bpf(BPF_BTF_GET_FD_BY_ID, &by_id);
		if (fd < 0)
			die("BPF_BTF_GET_FD_BY_ID");
		info.name = (uintptr_t)name;
		info.name_len = sizeof(name);
		ask.info.bpf_fd = (uint32_t)fd;
		ask.info.info_len = sizeof(info);
		ask.info.info = (uintptr_t)&info;
		if (bpf(BPF_OBJ_GET_INFO_BY_FD, &ask))
			die("BPF_OBJ_GET_INFO_BY_FD");
		if (info.kernel_btf && !strcmp(name, MODULE))
			return fd;
		close(fd);
	}
}

static uint32_t run(const struct bpf_insn *insns, size_t count, int btf)
{
	static char log[1 << 16];
	/* An instruction names the BTF by its index in this array. Index 0 is the kernel's own. */
	int fds[] = { -1, btf };
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_SYSCALL,
		.prog_flags = BPF_F_SLEEPABLE,
		.insns = (uintptr_t)insns,
		.insn_cnt = (uint32_t)count,
		.license = (uintptr_t) "GPL",
		.fd_array = (uintptr_t)fds,
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	union bpf_attr test = {};
	int program = (int)bpf(BPF_PROG_LOAD, &load);

	if (program < 0) {
		fputs(log, stderr);
		die("BPF_PROG_LOAD");
	}
	test.test.prog_fd = (uint32_t)program;
	if (bpf(BPF_PROG_TEST_RUN, &test))
		die("BPF_PROG_TEST_RUN");
	return test.test.retval;
}

static struct bpf_insn move(uint8_t reg, int32_t value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				  .dst_reg = reg,
				  .imm = value };
}

static struct bpf_insn call(uint8_t how, int32_t what)
{
	return (struct bpf_insn){
		.code = BPF_JMP | BPF_CALL,
		.src_reg = how,
		.off = how == BPF_PSEUDO_KFUNC_CALL,
		.imm = what,
	};
}

int main(int argc, char **argv)
{
	struct bpf_insn leave = { .code = BPF_JMP | BPF_EXIT };
	struct bpf_insn result_first = {
		.code = BPF_ALU64 | BPF_MOV | BPF_X,
		.dst_reg = BPF_REG_1,
		.src_reg = BPF_REG_0,
	};
	uint32_t result, expected;
	int32_t id;

	if (argc != 3) {
		fprintf(stderr, "usage: kfunc sum|pid ID\n");
		return 2;
	}
	id = atoi(argv[2]);
	if (!strcmp(argv[1], "sum")) {
		struct bpf_insn insns[] = {
			move(BPF_REG_1, 1000),
			move(BPF_REG_2, 230),
			call(BPF_PSEUDO_KFUNC_CALL, id),
			leave,
		};

		expected = 1000 + 230 + 3; /* the module adds the value of its own variable */
		result = run(insns, ARRAY_SIZE(insns), module_btf());
	} else {
		struct bpf_insn insns[] = {
			call(0, BPF_FUNC_get_current_task_btf),
			result_first,
			call(BPF_PSEUDO_KFUNC_CALL, id),
			leave,
		};

		expected = (uint32_t)getpid();
		result = run(insns, ARRAY_SIZE(insns), module_btf());
	}
	printf("result %u, expected %u\n", result, expected);
	return result == expected ? 0 : 1;
}
