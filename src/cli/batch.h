/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * One verb over many files. Workers take the files as they come and put their output into a struct
 * result. Results are printed in the order of the files, each as soon as all before it are there, so
 * the output is the same for any number of threads. When many results wait for a slow file, workers
 * wait, too. A file that fails, for want of memory or otherwise, is one result among others.
 */
#ifndef REBTF_CLI_BATCH_H
#define REBTF_CLI_BATCH_H

#include "rebtf.h"

#include "cli/errors.h"
#include "cli/evidence.h"
#include "cli/kernels.h"
#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/text.h"

/* What became of one file. */
enum outcome {
	OUTCOME_DONE,	/* the verb did its work, or (check) the module fits */
	OUTCOME_LEFT,	/* there was nothing to do */
	OUTCOME_MISFIT, /* the module does not fit the base */
	OUTCOME_FAILED,
};

#define OUTCOMES (OUTCOME_FAILED + 1)
#define FORMS	 (REBTF_FORM_EMPTY + 1)

struct result {
	enum outcome outcome;
	enum rebtf_form form; /* of a file that was left alone, unless */
	bool no_btf;	      /* it has no BTF */
	bool built_for_base;  /* it fits, as it is over the base already */
	bool changed;	      /* it failed as somebody else changed the file meanwhile */
	bool no_memory;	      /* it failed for want of memory */
	bool held;	      /* nothing is decided: it has to wait for the evidence of others */
	size_t base_refs;     /* then: of how many types of the base it makes sense */
	bool refutes_base;    /* it was split from another base */
	bool already;	      /* it is done, and was so before: nothing was written */
	size_t given_up;      /* types, if it was kept by giving them up */
	size_t refs;	      /* then, too: see struct rebtf_report */
	size_t refs_given_up;
	struct text out; /* for stdout */
	/* What the JSON of a file that fails or is left alone will say of loading; NULL: nothing. */
	struct json_object *loading;
	struct file_error error; /* for stderr, of a file that failed */
};

/* Makes @result that of a file that failed; frees @err. */
void result_fail(struct result *result, const struct options *options, const char *path,
		 struct rebtf_error *err);

/* As result_fail(), for what no function of the library said. */
void result_refuse(struct result *result, const struct options *options, const char *path,
		   enum rebtf_error_code code, const char *section, const char *message);

/* How many files came out how. */
struct tally {
	size_t files;
	size_t outcomes[OUTCOMES];
	size_t left_forms[FORMS];
	size_t left_no_btf;
	size_t already;	  /* of those that are done: they were so before */
	size_t unreached; /* an interrupt came first, so these have no outcome */
	/* Of the others that are done. */
	size_t built_for_base; /* they are over the base already */
	size_t kept;	       /* by giving up types */
	size_t given_up;       /* types, in all of these */
	size_t refs;	       /* and how many references they have */
	size_t refs_given_up;
	struct error_groups errors; /* of those that failed */
	bool tree_files_failed;	    /* something beside the modules could not be copied */
	/* What was done rests on these; NULL: not needed. The verb sets them, and they are its. */
	const struct rebtf_btf *base;
	const struct rebtf_btf *old_base;
};

struct batch_work {
	const char *doing; /* "relocating" */
	void (*one)(void *arg, const struct rebtf_file *file, struct result *result);
	void *arg;
	/* Gets all paths before the first file's turn; NULL: nobody asks. */
	void (*listed)(void *arg, const char *const *paths, size_t count);
	void *listed_arg;
	struct evidence *evidence; /* see evidence.h; NULL: the files are none for one another */
	bool takes_kernels;	   /* a release is a file, too */
	name_below *name_below;	   /* NULL: below --out-dir, files keep their names */
};

/*
 * Does @work for each file that @options names. Returns false, with a message, if it could not even
 * start. In any case, end with tally_finish().
 */
bool batch_run(const struct options *options, const struct batch_work *work, struct tally *tally);

/* Frees what the tally holds, and returns the exit status of a batch that @ran, or could not start. */
enum status tally_finish(struct tally *tally, bool ran);

#endif
