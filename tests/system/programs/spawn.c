/* SPDX-License-Identifier: MIT */
/* fork, exec, exit and wait N times; tell what free memory has become less. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem_free.h"

static void spawn(int n)
{
	while (n-- > 0) {
		pid_t pid = fork();
		int status;

		if (pid < 0) {
			perror("fork");
			exit(1);
		}
		if (!pid) {
			execl("/bin/busybox", "true", (char *)NULL);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status) {
			printf("child ended with %#x\n", status);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	long before, after;

	/* Caches fill: those of several CPUs by what one frees and another
	 * takes, which takes longer. */
	spawn(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? n : 100);
	before = mem_free();
	spawn(n);
	after = mem_free();
	printf("%d spawned, free %ld kB, then %ld kB, lost %ld kB\n", n, before,
	       after, before - after);
	return 0;
}
