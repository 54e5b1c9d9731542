/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYSTEM_MEM_FREE_H
#define TESTS_SYSTEM_MEM_FREE_H

#include <stdio.h>

/* MemFree of /proc/meminfo in kB, or -1. */
static long mem_free(void)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld kB", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

#endif
