/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * rebtf carrier: moves a kernel's BTF into a module, the carrier, and back. With --install, gives BTF
 * to a kernel that was built without it: a carrier for rebtf, and a vmlinux for programs with libbpf,
 * which look for one in several places.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/guards.h"
#include "cli/kernels.h"
#include "cli/provided.h"
#include "cli/signer.h"
#include "cli/text.h"
#include "module/tree.h"

#define CARRIER_FILE "btf_vmlinux.ko"

struct carrier_run {
	const struct options *options;
	struct rebtf_btf *btf;
	struct rebtf_signer *signer;
	const char *release; /* with --install and --remove */
	struct utsname running;
};

static char *carrier_path(const char *directory, const char *file)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, file) < 0)
		out_of_memory();
	return path;
}

/* A file of the kernel below /lib/modules/RELEASE. */
static char *carrier_installed_path(const struct carrier_run *run, const char *file,
				    const char *ending)
{
	char *path;

	if (asprintf(&path, "%s/lib/modules/%s/%s%s", run->options->root ?: "", run->release, file,
		     ending) < 0)
		out_of_memory();
	return path;
}

/* ------------------------------------------------------------------------------------------ BTF */

/* Makes BTF from the DWARF of the file @from, which has no BTF. Frees @no_btf unless it returns it. */
static struct rebtf_error *carrier_encode(const char *from, unsigned int jobs,
					  struct rebtf_error *no_btf, struct rebtf_btf **btf)
{
	REBTF_OPTIONS(rebtf_encode_options, how,
		      .features = REBTF_ENCODE_DEFAULT | REBTF_ENCODE_ATTRIBUTES, .jobs = jobs);
	struct rebtf_encoding *encoding;
	struct rebtf_error *err = rebtf_encode(from, &how, &encoding);

	if (!err && !rebtf_encoding_btf(encoding)) {
		rebtf_encoding_free(encoding);
		return no_btf;
	}
	rebtf_error_free(no_btf);
	if (err)
		return err;
	*btf = rebtf_btf_ref(rebtf_encoding_btf(encoding));
	rebtf_encoding_free(encoding);
	return NULL;
}

static struct rebtf_error *carrier_open_btf(struct carrier_run *run)
{
	const struct options *options = run->options;
	const char *from = options->from ?: options->kernel;
	struct rebtf_error *err;

	if (!options->from && options->root)
		return kernels_open_installed(options->root, options->kernel, &run->btf);
	err = kernels_open(from, &run->btf);
	if (err && options->from && rebtf_error_code(err) == REBTF_ERR_NO_BTF)
		return carrier_encode(from, options->jobs, err, &run->btf);
	return err;
}

/* --------------------------------------------------------------------------------------- making */

static struct rebtf_error *carrier_write_module(const struct carrier_run *run, const char *path)
{
	REBTF_OPTIONS(rebtf_carrier_options, how, .kernel = run->options->kernel,
		      .root = run->options->root, .signer = run->signer);

	if (run->options->dry_run)
		return NULL;
	TRY(tree_make_parents(path));
	return rebtf_carrier_write(run->btf, &how, path);
}

/* Whether the user named a vmlinux, which gets a copy with the link. */
static bool carrier_has_vmlinux(const struct options *options)
{
	char magic[4] = "";
	FILE *file;

	if (!options->kernel || options->from || access(options->kernel, R_OK))
		return false;
	file = fopen(options->kernel, "re");
	if (file && fread(magic, 1, sizeof(magic), file) != sizeof(magic))
		*magic = '\0';
	if (file)
		fclose(file);
	return !memcmp(magic, "\177ELF", sizeof(magic));
}

static struct rebtf_error *carrier_make_pair(const struct carrier_run *run)
{
	const struct options *options = run->options;
	GUARD(memory) char *carrier = carrier_path(options->out_dir, CARRIER_FILE);
	GUARD(memory) char *vmlinux = carrier_path(options->out_dir, "vmlinux");
	GUARD(link) struct rebtf_link *link = NULL;

	TRY(carrier_write_module(run, carrier));
	provided_print(options, REBTF_VMLINUX_WRITTEN, carrier);
	TRY(rebtf_link_make(run->btf, options->meta ? REBTF_LINK_META : REBTF_LINK_NAMED, &link));
	if (!options->dry_run)
		TRY(rebtf_vmlinux_split(carrier_has_vmlinux(options) ? options->kernel : carrier,
					link, vmlinux));
	provided_print(options, REBTF_VMLINUX_WRITTEN, vmlinux);
	return NULL;
}

static struct rebtf_error *carrier_undo(const struct carrier_run *run)
{
	GUARD(memory) char *vmlinux = carrier_path(run->options->out_dir, "vmlinux");

	if (!run->options->dry_run) {
		TRY(tree_make_parents(vmlinux));
		TRY(rebtf_vmlinux_join(run->options->kernel, run->btf, vmlinux));
	}
	provided_print(run->options, REBTF_VMLINUX_WRITTEN, vmlinux);
	return NULL;
}

/* ----------------------------------------------------------------------------------- installing */

/* Writes or removes the vmlinux that libbpf finds. */
static struct rebtf_error *carrier_install_vmlinux(const struct carrier_run *run)
{
	GUARD(memory) char *wanted = carrier_installed_path(run, "vmlinux-", run->release);
	REBTF_OPTIONS(rebtf_vmlinux_options, how, .root = run->options->root, .path = wanted,
		      .btf = run->btf, .remove = run->options->remove,
		      .dry_run = run->options->dry_run);
	GUARD(memory) char *path = NULL;
	enum rebtf_vmlinux_outcome outcome;

	TRY(rebtf_kernel_provide_vmlinux(run->release, &how, &outcome, &path));
	provided_print(run->options, outcome, path);
	return NULL;
}

/* Sets @exists, and @ours if rebtf wrote the module. */
static struct rebtf_error *carrier_is_ours(const char *path, bool *exists, bool *ours)
{
	GUARD(module) struct rebtf_module *module = NULL;

	*exists = !access(path, F_OK);
	*ours = false;
	if (!*exists)
		return NULL;
	TRY(rebtf_module_open(path, NULL, &module));
	*ours = rebtf_module_note(module);
	return NULL;
}

static struct rebtf_error *carrier_install_module(const struct carrier_run *run)
{
	GUARD(memory) char *path = carrier_installed_path(run, "updates/" CARRIER_FILE, "");
	const struct options *options = run->options;
	enum rebtf_vmlinux_outcome outcome = REBTF_VMLINUX_WRITTEN;
	bool exists, ours;

	TRY(carrier_is_ours(path, &exists, &ours));
	if (exists && !ours)
		outcome = REBTF_VMLINUX_FOREIGN;
	else if (options->remove)
		outcome = exists ? REBTF_VMLINUX_REMOVED : REBTF_VMLINUX_ABSENT;
	if (outcome == REBTF_VMLINUX_WRITTEN)
		TRY(carrier_write_module(run, path));
	if (outcome == REBTF_VMLINUX_REMOVED && !options->dry_run && unlink(path))
		return rebtf_error_new_io(errno, path, NULL, "cannot remove the file");
	provided_print(options, outcome, path);
	return NULL;
}

static struct rebtf_error *carrier_install(const struct carrier_run *run)
{
	TRY(carrier_install_vmlinux(run));
	return carrier_install_module(run);
}

/* ----------------------------------------------------------------------------------------- verb */

/* Returns a problem with the options, or NULL. */
static const char *carrier_complaint(const struct options *options)
{
	bool installs = options->install || options->remove;

	if (options->install && options->remove)
		return "--install and --remove exclude each other";
	if (installs && options->out_dir)
		return "--install and --remove exclude --output: their paths are fixed";
	if (installs && options->kernel && strchr(options->kernel, '/'))
		return "--install and --remove need a release for --kernel";
	if (!installs && !options->out_dir)
		return "missing --output (the directory for the carrier)";
	if (options->undo && (installs || options->from || !options->kernel))
		return "--undo needs the vmlinux with the link for --kernel, and nothing else";
	return NULL;
}

static struct rebtf_error *carrier_run(struct carrier_run *run)
{
	const struct options *options = run->options;

	if (!options->remove)
		TRY(carrier_open_btf(run));
	if (options->undo)
		return carrier_undo(run);
	return options->install || options->remove ? carrier_install(run) : carrier_make_pair(run);
}

static enum status run_carrier(const struct options *options)
{
	struct carrier_run run = { .options = options };
	const char *complaint = carrier_complaint(options);
	struct rebtf_error *err = NULL;

	if (complaint) {
		fprintf(stderr, "rebtf: %s\n", complaint);
		return STATUS_TROUBLE;
	}
	if (!uname(&run.running))
		run.release = options->kernel ?: run.running.release;
	if (!open_signer(options, &run.signer))
		return STATUS_TROUBLE;
	err = carrier_run(&run);
	rebtf_signer_free(run.signer);
	rebtf_btf_unref(run.btf);
	if (!err)
		return STATUS_OK;
	print_error(err);
	return STATUS_TROUBLE;
}

static const struct argp_option own_options[] = {
	{ "kernel", OPTION_KERNEL, "RELEASE|FILE", 0,
	  "The kernel: a release, a vmlinux or another image; by default the running kernel", 1 },
	{ "root", OPTION_ROOT, "DIR", 0, "The kernel is installed below DIR", 1 },
	{ "from", OPTION_FROM, "FILE", 0,
	  "Take the BTF from FILE, not from the kernel: a file with BTF, or a vmlinux with DWARF, from which "
	  "rebtf makes BTF",
	  1 },
	{ "output", 'o', "DIR", 0, "Write btf_vmlinux.ko and vmlinux into DIR", 1 },
	{ "meta", OPTION_META, NULL, 0,
	  "Link the vmlinux by a section .BTF.meta, as in the first version of the kernel's patches, not by "
	  ".BTF.link",
	  1 },
	{ "undo", OPTION_UNDO, NULL, 0, "Write the vmlinux with the BTF that its link leads to",
	  1 },
	{ "install", OPTION_INSTALL, NULL, 0,
	  "Write the carrier and a vmlinux below /lib/modules/RELEASE, where rebtf and libbpf find them, for "
	  "a kernel without BTF",
	  1 },
	{ "remove", OPTION_REMOVE, NULL, 0, "Remove what --install wrote", 1 },
	{ "sign", OPTION_SIGN, "KEY", 0, "Sign the carrier with the private key in the file KEY",
	  1 },
	{ "cert", OPTION_CERT, "CERT", 0,
	  "The certificate of the key for --sign; the kernel must trust it", 1 },
	{ "sign-hash", OPTION_SIGN_HASH, "HASH", 0, "The hash for the signature; sha256 by default",
	  1 },
	DRY_RUN_OPTION,
	{ "jobs", 'j', "N", 0, "Use N threads to make BTF from DWARF; by default one for each core",
	  2 },
	JSON_OPTION,
	{ "quiet", 'q', NULL, 0, "Print only errors", 2 },
	{}
};

static const struct argp_child children[] = { { .argp = &cache_argp }, {} };

const struct verb verb_carrier = {
	.name = "carrier",
	.summary = "move a kernel's BTF into a module, or provide it",
	.writes = true,
	.argp = {
		.options = own_options,
		.parser = parse_verb_without_files,
		.doc = "Moves the BTF of a kernel into a module without code, btf_vmlinux.ko, as kernels with "
		       "CONFIG_DEBUG_INFO_BTF=m have it. The kernel's vmlinux then has a link to the BTF: its size "
		       "and SHA-256. With --install, gives BTF to a kernel that was built without."
		       "\v"
		       "Examples:\n"
		       "\n"
		       "  rebtf carrier --kernel ./vmlinux -o out\n"
		       "  rebtf carrier --kernel out/vmlinux --undo -o back\n"
		       "  rebtf carrier --install --from /usr/lib/debug/boot/vmlinux-$(uname -r)\n",
		.children = children,
	},
	.run = run_carrier,
};
