/* SPDX-License-Identifier: MIT */
/*
 * leaks PROGRAM...: run each twice, each in an empty directory and with
 * no output; after the second time the same must be in use as before it: memory,
 * objects, threads, System V ids. Needs a debug kernel.
 */
#include "inuse.h"

#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A program's exit status; -1: a signal ended it. This process itself allocates
 * nothing, for that would be counted. */
static int run_in(const char *dir, char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int fd = open("/dev/null", O_RDWR);

		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		if (chdir(dir))
			_exit(126);
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(char *program)
{
	char *it[] = { program, NULL };
	char *rm[] = { "/bin/busybox", "rm", "-rf", "/tmp/leaks", NULL };
	int status;

	mkdir("/tmp/leaks", 0755);
	status = run_in("/tmp/leaks", it);
	run_in("/", rm);
	return status;
}

/* How many segments, sets and queues there are. */
static int ids(void)
{
	struct shm_info shm;
	struct seminfo sem;
	struct msginfo msg;

	shmctl(0, SHM_INFO, (void *)&shm);
	semctl(0, 0, SEM_INFO, &sem);
	msgctl(0, MSG_INFO, (void *)&msg);
	return shm.used_ids + sem.semusz + msg.msgpool;
}

int main(int argc, char **argv)
{
	int failed = 0;

	settle();
	for (int i = 1; i < argc; i++) {
		int good, status, before;

		run(argv[i]);
		leaks(); /* its children may be on their way out */
		before = ids();
		usage(use_before);
		status = run(argv[i]);
		good = !leaks() && ids() == before && status == 0;
		if (!good) {
			printf("# status %d, %d ids\n", status, ids() - before);
			first_difference("in use", use_before, use_after, 10);
		}
		failed += !good;
		printf("%s %d - %s leaves nothing behind\n",
		       good ? "ok" : "not ok", i, argv[i]);
		fflush(stdout);
	}
	printf("1..%d\n", argc - 1);
	return failed != 0;
}
