/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: BPF programs and a kernel. The input is four files, each after its length: the BTF of a
 * kernel, the BTF of a program, its .BTF.ext, and the code of each of its sections. The relocations
 * must have the same results with minimal BTF, which rebtf_min_core() itself checks, and minimal BTF
 * is minimal: made again from itself, it stays the same.
 */
#include "core/btf_ext.h"
#include "core/program.h"
#include "core/set.h"
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, 4);
}

/* .BTF.ext must be written as it was read. */
static void must_write_same(const struct btf_ext *ext, const struct input *bytes)
{
	void *data;

	must(btf_ext_write(ext, ext->big_endian, &data));
	if (memcmp(data, bytes->data, bytes->size))
		fail(".BTF.ext is written as other bytes");
	free(data);
	must(btf_ext_write(ext, !ext->big_endian, &data));
	free(data);
}

/* Every section that .BTF.ext names has the same code. */
static void add_codes(struct rebtf_program *program, const struct btf_ext *ext,
		      const struct input *code)
{
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++) {
		const struct btf_ext_lists *lists = &ext->parts[part].lists;

		for (size_t i = 0; i < lists->count; i++) {
			struct program_code found = {
				.name = rebtf_btf_string(program->btf, lists->items[i].name_off),
				.data = code->data,
				.size = code->size,
			};

			program_codes_append(&program->codes, found);
		}
	}
}

static bool read_program(struct rebtf_program *program, const struct input *ext_bytes,
			 const struct input *code)
{
	struct btf_ext ext;
	bool is_ok = ok(btf_ext_read(ext_bytes->data, ext_bytes->size, program->btf, &ext));

	if (is_ok) {
		must_write_same(&ext, ext_bytes);
		add_codes(program, &ext, code);
	}
	btf_ext_release(&ext);
	return is_ok && ok(program_read_ext(program, ext_bytes->data, ext_bytes->size));
}

static void minimize_again(const struct rebtf_program *program, struct rebtf_btf *minimal)
{
	struct rebtf_min_core *m;
	struct rebtf_set *set;

	must(set_new(minimal, 1, &set));
	must(rebtf_min_core(&program, 1, set, NULL, &m));
	if (hash_of_dump(rebtf_min_core_btf(m, 0)) != hash_of_dump(minimal))
		fail("minimal BTF is not minimal");
	rebtf_min_core_free(m);
	rebtf_set_free(set);
}

static void check(const struct rebtf_program *program, struct rebtf_set *set)
{
	REBTF_OPTIONS(rebtf_core_options, options, .all_modules = true);
	struct rebtf_min_core *m;
	struct rebtf_core *core;

	if (ok(rebtf_core_check(program, set, NULL, &core)))
		rebtf_core_free(core);
	if (ok(rebtf_core_check(program, set, &options, &core)))
		rebtf_core_free(core);
	if (!ok(rebtf_min_core(&program, 1, set, NULL, &m)))
		return;
	must_reopen_in_all_ways(rebtf_min_core_btf(m, 0));
	minimize_again(program, rebtf_min_core_btf(m, 0));
	rebtf_min_core_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *kernel = next_btf(&input, NULL);
	struct rebtf_program *program;
	struct input ext, code;
	struct rebtf_set *set;

	if (!kernel)
		return 0;
	must(program_new("x.bpf.o", &program));
	program->btf = next_btf(&input, NULL);
	ext = next_file(&input);
	code = next_file(&input);
	must(set_new(kernel, 1, &set));
	if (program->btf && read_program(program, &ext, &code))
		check(program, set);
	rebtf_set_free(set);
	rebtf_program_free(program);
	rebtf_btf_unref(kernel);
	return 0;
}
