/* SPDX-License-Identifier: MIT */
/*
 * Processes that are killed while they wait in a call, or in the middle of
 * many: System V objects are as if they had never been, but for what the
 * process had made on purpose, and nothing is left behind. Needs a debug
 * kernel.
 */
#include "inuse.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define PAGE   4096UL
#define ROUNDS 16
#define STEP   400000 /* ns that each round waits longer */

static const char *self;
static int shmid, semid, empty_queue, full_queue, file, ready[2];
static char data[16 * PAGE];
static struct {
	long type;
	char text[8000];
} message = { .type = 1 };

/* In memory that all share. */
static struct {
	unsigned int word, other;
	pthread_mutex_t mutex;
} * shared;

/* From here on the process may be killed. */
static void begin(void)
{
	if (write(ready[1], "r", 1) != 1)
		_exit(1);
}

/* --- waiting -------------------------------------------------------------- */

static void semop_waits(void)
{
	struct sembuf ops[] = { { 0, 3, SEM_UNDO }, { 1, 2, SEM_UNDO } };
	struct sembuf wait = { 2, -1, SEM_UNDO };

	semop(semid, ops, 2);
	begin();
	semop(semid, &wait, 1);
}

static void long_semop_waits(void)
{
	static struct sembuf ops[100];

	for (int i = 0; i < 99; i++)
		ops[i] =
			(struct sembuf){ (unsigned short)(i % 5), 1, SEM_UNDO };
	ops[99] = (struct sembuf){ 9, -1, 0 };
	begin();
	semop(semid, ops, 100);
}

static void msgsnd_waits(void)
{
	begin();
	msgsnd(full_queue, &message, sizeof(message.text), 0);
}

static void msgrcv_waits(void)
{
	begin();
	msgrcv(empty_queue, &message, sizeof(message.text), 0, 0);
}

static void futex_waits(void)
{
	begin();
	syscall(SYS_futex, &shared->word, 0, 0, NULL, NULL, 0);
}

static void requeued_futex_waits(void)
{
	if (!fork()) {
		usleep(300);
		syscall(SYS_futex, &shared->word, 3, 0, (void *)1,
			&shared->other, 0);
		_exit(0);
	}
	begin();
	syscall(SYS_futex, &shared->word, 0, 0, NULL, NULL, 0);
}

static void robust_mutex_is_held(void)
{
	if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD)
		pthread_mutex_consistent(&shared->mutex);
	begin();
	pause();
}

static void segment_is_attached(void)
{
	memset(shmat(shmid, NULL, 0), 1, 3 * PAGE);
	begin();
	pause();
}

static void pipe_reader_waits(void)
{
	int fd[2];

	if (pipe(fd))
		_exit(1);
	begin();
	read(fd[0], data, 1);
}

static void pipe_writer_waits(void)
{
	int fd[2];

	if (pipe(fd))
		_exit(1);
	begin();
	for (;;)
		write(fd[1], data, sizeof(data));
}

static void fifo_open_waits(void)
{
	mkfifo("a", 0600);
	begin();
	open("a", O_RDONLY);
}

static void lock_waits(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 0, .l_len = 10 };

	begin();
	fcntl(file, F_SETLKW, &l);
}

static void poll_waits(void)
{
	static struct pollfd p[300];
	int fd[2];

	if (pipe(fd))
		_exit(1);
	for (int i = 0; i < 300; i++)
		p[i] = (struct pollfd){ fd[0], POLLIN, 0 };
	begin();
	poll(p, 300, -1);
}

static void epoll_waits(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int fd[2], ep = epoll_create1(0);

	if (pipe(fd))
		_exit(1);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &e);
	begin();
	epoll_wait(ep, &e, 1, -1);
}

/* With a descriptor on its way that nobody will take: that of the pair. */
static void socket_waits(void)
{
	char room[CMSG_SPACE(sizeof(int))] = "";
	struct iovec v = { data, 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		_exit(1);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &file, sizeof(int));
	sendmsg(fd[0], &m, 0);
	begin();
	read(fd[0], data, 1);
}

static void wait_waits(void)
{
	if (!fork()) {
		usleep(20000);
		_exit(0);
	}
	begin();
	wait(NULL);
}

static void *thread(void *arg)
{
	for (;;)
		syscall(SYS_futex, &shared->word, 0, 0, NULL, NULL, 0);
	return arg;
}

static void threads_wait(void)
{
	pthread_t t;

	for (int i = 0; i < 5; i++)
		pthread_create(&t, NULL, thread, NULL);
	begin();
	pause();
}

/* --- in the middle of something ------------------------------------------- */

static void semop_runs(void)
{
	struct sembuf up[] = { { 0, 3, SEM_UNDO }, { 1, 2, SEM_UNDO } };
	struct sembuf down[] = { { 0, -3, SEM_UNDO }, { 1, -2, SEM_UNDO } };

	begin();
	for (;;) {
		semop(semid, up, 2);
		semop(semid, down, 2);
	}
}

static void messages_run(void)
{
	begin();
	for (;;) {
		msgsnd(empty_queue, &message, sizeof(message.text), 0);
		msgrcv(empty_queue, &message, sizeof(message.text), 0, 0);
	}
}

static void shmat_runs(void)
{
	begin();
	for (;;) {
		char *p = shmat(shmid, NULL, 0);

		memset(p, 1, 3 * PAGE);
		mprotect(p + PAGE, PAGE, PROT_READ);
		shmdt(p);
	}
}

static void ids_come_and_go(void)
{
	begin();
	for (;;) {
		int id = shmget(IPC_PRIVATE, 9 * PAGE, 0600);
		char *p = shmat(id, NULL, 0);

		memset(p, 1, 9 * PAGE);
		shmctl(id, IPC_RMID, NULL);
		shmdt(p);
	}
}

static void mutex_runs(void)
{
	begin();
	for (;;) {
		if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD)
			pthread_mutex_consistent(&shared->mutex);
		pthread_mutex_unlock(&shared->mutex);
	}
}

static void pipe_runs(void)
{
	int fd[2];

	begin();
	for (;;) {
		if (pipe(fd))
			_exit(1);
		write(fd[1], data, sizeof(data));
		read(fd[0], data, 3000);
		close(fd[0]);
		close(fd[1]);
	}
}

static void mmap_runs(void)
{
	begin();
	for (;;) {
		char *p = mmap(NULL, 50 * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(p, 1, 50 * PAGE);
		mprotect(p + 10 * PAGE, PAGE, PROT_READ);
		p = mremap(p, 10 * PAGE, 90 * PAGE, MREMAP_MAYMOVE);
		munmap(p + 20 * PAGE, 30 * PAGE);
		mlock(p, 5 * PAGE);
	}
}

static void populating_runs(void)
{
	begin();
	for (;;)
		munmap(mmap(NULL, 8000 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0),
		       8000 * PAGE);
}

static void fallocate_runs(void)
{
	begin();
	for (;;) {
		int fd = memfd_create("large", MFD_ALLOW_SEALING);

		fallocate(fd, 0, 0, 8000 * PAGE);
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
		close(fd);
	}
}

static void files_run(void)
{
	begin();
	for (;;) {
		int fd = open("a", O_RDWR | O_CREAT, 0600);

		write(fd, data, sizeof(data));
		rename("a", "b");
		ftruncate(fd, PAGE + 5);
		close(fd);
		unlink("b");
	}
}

static void fork_runs(void)
{
	begin();
	for (;;) {
		if (!fork())
			_exit(0);
		wait(NULL);
	}
}

static void exec_runs(void)
{
	begin();
	execl(self, self, "again", NULL);
	_exit(1);
}

static void process_vm_runs(void)
{
	struct iovec to = { data, sizeof(data) };

	begin();
	for (;;)
		process_vm_readv(getppid(), &to, 1, &to, 1, 0);
}

/* --- the other side ------------------------------------------------------- */

static char ipc_before[4096], ipc_after[4096];

/* Values and attachments; not times and who was last. */
static void ipc_state(char *to)
{
	unsigned short values[10];
	struct shmid_ds shm;
	struct msqid_ds empty, full;
	struct shm_info info;

	memset(to, 0, sizeof(ipc_before));
	semctl(semid, 0, GETALL, values);
	for (int i = 0; i < 10; i++)
		to += sprintf(to, "%d %d %d;", values[i],
			      semctl(semid, i, GETNCNT),
			      semctl(semid, i, GETZCNT));
	shmctl(shmid, IPC_STAT, &shm);
	shmctl(0, SHM_INFO, (void *)&info);
	msgctl(empty_queue, IPC_STAT, &empty);
	msgctl(full_queue, IPC_STAT, &full);
	sprintf(to, "\nattached %lu segments %d pages %lu messages %lu %lu\n",
		(unsigned long)shm.shm_nattch, info.used_ids, info.shm_tot,
		(unsigned long)empty.msg_qnum, (unsigned long)full.msg_qnum);
}

/* What it had made on purpose and was not let to take away. */
static void clean_up_after(pid_t pid)
{
	struct shmid_ds ds;
	int max = shmctl(0, IPC_INFO, &ds);

	for (int i = 0; i <= max; i++) {
		int id = shmctl(i, SHM_STAT, &ds);

		if (id >= 0 && ds.shm_cpid == pid)
			shmctl(id, IPC_RMID, NULL);
	}
	while (msgrcv(empty_queue, &message, sizeof(message.text), 0,
		      IPC_NOWAIT) >= 0)
		;
	unlink("a");
	unlink("b");
}

/* A process killed after @ns; whether it had lived that long. */
static int kill_one(void (*child)(void), long ns)
{
	struct timespec ts = { 0, ns };
	int status;
	char c;
	pid_t pid = fork();

	if (!pid) {
		child();
		_exit(2);
	}
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		return 0;
	nanosleep(&ts, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	clean_up_after(pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static int count, failed;

static void check(const char *name, void (*child)(void))
{
	int good = 1;

	for (int i = 0; i < 3; i++)
		good &= kill_one(child, 1000000 * i);
	leaks();
	ipc_state(ipc_after);
	ipc_state(ipc_before);
	usage(use_before);
	for (int i = 0; good && i < ROUNDS; i++)
		good &= kill_one(child, STEP * i);
	if (!good)
		printf("# %s: ended by itself\n", name);
	ipc_state(ipc_after);
	if (strcmp(ipc_before, ipc_after)) {
		first_difference(name, ipc_before, ipc_after, 5);
		good = 0;
	}
	if (leaks()) {
		first_difference("in use", use_before, use_after, 10);
		good = 0;
	}
	failed += !good;
	printf("%s %d - %s and is killed\n", good ? "ok" : "not ok", ++count,
	       name);
	fflush(stdout);
}

#define CHECK(name) check(#name, name)

static void make_objects(void)
{
	pthread_mutexattr_t a;

	shmid = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
	semid = semget(IPC_PRIVATE, 10, 0600);
	empty_queue = msgget(IPC_PRIVATE, 0600);
	full_queue = msgget(IPC_PRIVATE, 0600);
	while (!msgsnd(full_queue, &message, sizeof(message.text), IPC_NOWAIT))
		;
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&shared->mutex, &a);
}

/* A directory's numbers: see failnth_files.c. */
static void use_numbers(void)
{
	for (int i = 0; i < 70; i++) {
		close(open("a", O_RDWR | O_CREAT, 0600));
		unlink("a");
	}
}

int main(int argc, char **argv)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 5, .l_len = 10 };

	self = argv[0];
	if (argc > 1) {
		execl(self, self, "again", NULL);
		return 3;
	}
	if (access("/proc/inuse", R_OK)) {
		printf("1..0 # SKIP no /proc/inuse\n");
		return 0;
	}
	mkdir("/tmp/kill9", 0700);
	if (chdir("/tmp/kill9") || pipe(ready))
		return 98;
	use_numbers();
	make_objects();
	file = open("file", O_RDWR | O_CREAT, 0600);
	use_numbers();
	fcntl(file, F_SETLK, &l);
	settle();
	CHECK(semop_waits);
	CHECK(long_semop_waits);
	CHECK(msgsnd_waits);
	CHECK(msgrcv_waits);
	CHECK(futex_waits);
	CHECK(requeued_futex_waits);
	CHECK(robust_mutex_is_held);
	CHECK(segment_is_attached);
	CHECK(pipe_reader_waits);
	CHECK(pipe_writer_waits);
	CHECK(fifo_open_waits);
	CHECK(lock_waits);
	CHECK(poll_waits);
	CHECK(epoll_waits);
	CHECK(socket_waits);
	CHECK(wait_waits);
	CHECK(threads_wait);
	CHECK(semop_runs);
	CHECK(messages_run);
	CHECK(shmat_runs);
	CHECK(ids_come_and_go);
	CHECK(mutex_runs);
	CHECK(pipe_runs);
	CHECK(mmap_runs);
	CHECK(populating_runs);
	CHECK(fallocate_runs);
	CHECK(files_run);
	CHECK(fork_runs);
	CHECK(exec_runs);
	CHECK(process_vm_runs);
	printf("1..%d\n", count);
	return failed != 0;
}
