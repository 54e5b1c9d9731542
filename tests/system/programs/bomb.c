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

#include "mem_free.h"

#define MAX_CHILDREN 100000

static pid_t child[MAX_CHILDREN];

int main(void)
{
	long before = mem_free();
	int children = 0, err = 0, reaped = 0;

	while (children < MAX_CHILDREN) {
		pid_t pid = fork();

		if (pid < 0) {
			err = errno;
			break;
		}
		if (!pid) {
			char data[3 * 4096];

			memset(data, getpid(), sizeof(data));
			for (;;)
				pause();
		}
		child[children++] = pid;
	}
	printf("%d children, then fork: %s\n", children,
	       err == EAGAIN   ? "EAGAIN"
	       : err == ENOMEM ? "ENOMEM"
			       : strerror(err));
	for (int i = 0; i < children; i++)
		kill(child[i], SIGKILL);
	while (wait(NULL) > 0)
		reaped++;
	printf("all %d children gone, %ld kB lost\n", reaped,
	       before - mem_free());
	return reaped != children;
}
