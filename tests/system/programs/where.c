/* SPDX-License-Identifier: MIT */
/*
 * Where things are: prints, for each of N runs of itself, one line of six
 * numbers in hex - code, heap, mmap, stack, vdso, AT_RANDOM's first word.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_places(void)
{
	uint64_t random;
	int here;
	void *map =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(&random, (void *)getauxval(AT_RANDOM), sizeof(random));
	printf("%lx %lx %lx %lx %lx %lx\n", (unsigned long)print_places,
	       (unsigned long)syscall(SYS_brk, 0), (unsigned long)map,
	       (unsigned long)&here, getauxval(AT_SYSINFO_EHDR),
	       (unsigned long)random);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0;

	if (!n) {
		print_places();
		return 0;
	}
	while (n--) {
		pid_t pid = vfork();

		if (!pid) {
			execl(argv[0], argv[0], NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
	return 0;
}
