/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* How the command ends. */
#ifndef REBTF_CLI_STATUS_H
#define REBTF_CLI_STATUS_H

/* Exit statuses, as in grep and diff. */
enum status {
	STATUS_OK = 0,
	STATUS_MISFIT = 1,	 /* a module does not fit, or some of several files failed */
	STATUS_TROUBLE = 2,	 /* usage, unreadable input, no work done */
	STATUS_INCOMPATIBLE = 4, /* diff: like STATUS_MISFIT, but users of the old kernel break */
};

#endif
