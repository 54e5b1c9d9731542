/* SPDX-License-Identifier: MIT */
/*
 * System V objects for ipcs(1) to show, of every kind and state, then the
 * program that is asked for; what holds on to them ends with it. Names, owners
 * and contents are the same in every run. sysv PROGRAM ARG...
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY    0x494b0000
#define NOBODY 65534

static void check(int bad, const char *what)
{
	if (!bad)
		return;
	perror(what);
	exit(99);
}

static int segment(key_t key, size_t size, int mode)
{
	int id = shmget(key, size, IPC_CREAT | IPC_EXCL | mode);

	check(id < 0, "shmget");
	return id;
}

static void segments(void)
{
	char *p = shmat(segment(KEY + 1, 12288, 0640), NULL, 0);
	int gone = segment(KEY + 2, 5000, 0600);
	int locked = segment(IPC_PRIVATE, 1, 0606);

	check(p == (void *)-1, "shmat");
	p[0] = p[8192] = 'x';
	check(shmat(gone, NULL, SHM_RDONLY) == (void *)-1, "shmat");
	check(shmctl(gone, IPC_RMID, NULL), "IPC_RMID");
	check(shmctl(locked, SHM_LOCK, NULL), "SHM_LOCK");
	segment(KEY + 3, 4096, 0666);
}

static void sets(void)
{
	struct sembuf up[2] = { { 0, 3, 0 }, { 2, 7, 0 } };
	int id = semget(KEY + 4, 3, IPC_CREAT | IPC_EXCL | 0644);

	check(id < 0 || semop(id, up, 2), "semop");
	check(semget(IPC_PRIVATE, 25, 0600) < 0, "semget");
}

static void queues(void)
{
	struct {
		long type;
		char text[20];
	} m = { 5, "a message" };
	int id = msgget(KEY + 5, IPC_CREAT | IPC_EXCL | 0622);

	check(id < 0 || msgsnd(id, &m, 10, 0) || msgsnd(id, &m, 20, 0) ||
		      msgrcv(id, &m, 20, 0, 0) != 10 || msgsnd(id, &m, 3, 0),
	      "msgsnd");
	check(msgget(IPC_PRIVATE, 0600) < 0, "msgget");
}

static void as_nobody(void)
{
	if (fork()) {
		wait(NULL);
		return;
	}
	check(setgid(NOBODY) || setuid(NOBODY), "setuid");
	segment(KEY + 6, 100, 0600);
	check(semget(KEY + 7, 1, IPC_CREAT | 0600) < 0, "semget");
	check(msgget(KEY + 8, IPC_CREAT | 0600) < 0, "msgget");
	exit(0);
}

int main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		return 99;
	segments();
	sets();
	queues();
	as_nobody();
	pid = fork();
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(98);
	}
	check(waitpid(pid, &status, 0) != pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
