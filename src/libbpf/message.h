/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Messages for the printer that libbpf_set_print() sets. */
#ifndef REBTF_LIBBPF_MESSAGE_H
#define REBTF_LIBBPF_MESSAGE_H

#include "libbpf/api.h"

void message_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints @err as a warning and frees it. Returns the -errno that it stands for. */
int message_error(struct rebtf_error *err);

#endif
