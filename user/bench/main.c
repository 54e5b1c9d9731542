/* SPDX-License-Identifier: MIT */
/*
 * The cost of memory operations, in instructions, on Linux and on IKOS.
 *
 *	bench [-m] [NAME...]		run all rows, or those named
 *	bench --list			tell the rows
 *	bench --forever NAME		repeat one row, for tools/bench/profile
 *
 * -m prints one line "bench NAME VALUE" for each row (VALUE is "n/a ERRNO" for
 * what the system does not have), without it there is a table for people. A
 * NAME may end in "*".
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

static const struct row *const groups[] = {
	call_rows, anon_rows, file_rows, verb_rows, process_rows, many_rows
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static int chosen(const char *name, char **wanted)
{
	if (!*wanted)
		return 1;
	for (; *wanted; wanted++) {
		size_t len = strlen(*wanted);

		if (!strcmp(name, *wanted))
			return 1;
		if (len && (*wanted)[len - 1] == '*' &&
		    !strncmp(name, *wanted, len - 1))
			return 1;
	}
	return 0;
}

/* The least of all repetitions: what disturbs one only ever adds to it. */
static long measure(const struct row *row)
{
	long best = -ENOSYS;

	for (unsigned i = 0; i <= row->reps; i++) {
		long t;

		pseudo_random_restart();
		t = row->run();
		if (t < 0)
			return t;
		if (i == 1 || (i > 1 && t < best) || !row->reps)
			best = t;
	}
	return best;
}

static void report(const struct row *row, int machine)
{
	unsigned long each;
	long t = row->plain ? 0 : fence_up();

	if (!t)
		t = measure(row);
	if (!row->plain)
		fence_down();
	if (t < 0) {
		printf(machine ? "bench %s n/a %s\n" : "%-16s %14s  (%s)\n",
		       row->name, machine ? strerror((int)-t) : "n/a",
		       strerror((int)-t));
	} else {
		each = ((unsigned long)t + row->ops / 2) / row->ops;
		if (machine)
			printf("bench %s %lu\n", row->name, each);
		else
			printf("%-16s %14lu  %s\n", row->name, each,
			       row->title);
	}
	fflush(stdout);
}

static int list(void)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (const struct row *r = groups[g]; r->name; r++)
			printf("%-16s %s\n", r->name, r->title);
	return 0;
}

/* One row without end; "ready" when all is warm. */
static int forever(const char *name)
{
	for (size_t g = 0; g < GROUPS; g++)
		for (const struct row *r = groups[g]; r->name; r++) {
			if (strcmp(r->name, name))
				continue;
			if ((!r->plain && fence_up()) || r->run() < 0)
				return 1;
			printf("ready %u\n", r->ops);
			fflush(stdout);
			for (;;)
				measure(r);
		}
	return 1;
}

static void measure_tick_cost(void)
{
	long least = LONG_MAX;

	for (int i = 0; i < 100; i++) {
		long cost = since(begin());

		if (cost < least)
			least = cost;
	}
	tick_cost = (uint64_t)least;
}

int main(int argc, char **argv)
{
	int machine = 0, found = 0;
	char **arg = argv + (argc > 0);

	for (; *arg && **arg == '-'; arg++) {
		if (!strcmp(*arg, "--list"))
			return list();
		if (!strcmp(*arg, "--forever") && arg[1])
			return forever(arg[1]);
		if (strcmp(*arg, "-m")) {
			fprintf(stderr, "usage: bench [-m] [NAME...]\n"
					"       bench --list\n");
			return 2;
		}
		machine = 1;
	}
	measure_tick_cost();
	for (size_t g = 0; g < GROUPS; g++)
		for (const struct row *r = groups[g]; r->name; r++)
			if (chosen(r->name, arg)) {
				report(r, machine);
				found = 1;
			}
	if (!found)
		fprintf(stderr, "bench: no such row; --list tells them\n");
	return !found;
}
