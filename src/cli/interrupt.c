/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Catches signals that end a batch early. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/interrupt.h"

static const struct {
	int number;
	const char *name;
} signals[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" } };

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static atomic_int caught; /* 0: no signal */

/*
 * SA_RESETHAND restores each signal's default action, so a second signal of the same kind kills the
 * process.
 */
static void catch (int number)
{
	int none = 0;

	if (atomic_compare_exchange_strong(&caught, &none, number))
		return;
	signal(number, SIG_DFL);
	raise(number);
}

void interrupt_catch(void)
{
	const struct sigaction action = {
		.sa_handler = catch,
		.sa_flags = SA_RESTART | SA_RESETHAND,
	};
	struct sigaction old;

	/* Shells start background commands with some of them ignored; so does nohup(1). */
	for (size_t i = 0; i < SIGNALS; i++) {
		if (!sigaction(signals[i].number, NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i].number, &action, NULL);
	}
}

bool interrupt_came(void)
{
	return atomic_load(&caught);
}

const char *interrupt_name(void)
{
	int number = atomic_load(&caught);

	for (size_t i = 0; i < SIGNALS; i++) {
		if (signals[i].number == number)
			return signals[i].name;
	}
	return "no signal";
}

void die_by(int signal_number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal_number);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* The status that shells report for a signal. */
	_exit(128 + signal_number);
}

void interrupt_finish(void)
{
	if (!interrupt_came())
		return;
	fflush(stdout);
	die_by(atomic_load(&caught));
}
