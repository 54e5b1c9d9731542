/* SPDX-License-Identifier: MIT */
/*
 * Fork children that each use some memory until fork fails, then end them all
 * and see that they are gone.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
	long before = mem_free();
	int children = 0, err = 0, reaped = 0;

	setpgid(0, 0);
	signal(SIGTERM, SIG_IGN);
	fflush(stdout);
	for (;;) {
		pid_t pid = fork();

		if (pid < 0) {
			err = errno;
			break;
		}
		if (!pid) {
			char data[3 * 4096];

			signal(SIGTERM, SIG_DFL);
			memset(data, getpid(), sizeof(data));
			for (;;)
				pause();
		}
		children++;
	}
	printf("%d children, then fork: %s\n", children,
	       err == EAGAIN   ? "EAGAIN"
	       : err == ENOMEM ? "ENOMEM"
			       : strerror(err));
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		reaped++;
	printf("all %d children gone, %ld kB lost\n", reaped,
	       before - mem_free());
	return reaped != children;
}
