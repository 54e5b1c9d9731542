/* SPDX-License-Identifier: MIT */
/* Shared memory and what synchronises it, with every allocation failing. */
#include "failnth.h"

#include <pthread.h>
#include <sched.h>

#define FUTEX_WAIT	   0
#define FUTEX_WAKE	   1
#define FUTEX_CMP_REQUEUE  4
#define FUTEX_WAIT_PRIVATE 128

#define NR_SEMS 300
#define NR_OPS	200

static int shmid, semid, bigsem, msqid;
static struct sembuf many[NR_OPS];
static unsigned short values[32000];
static struct {
	long type;
	char text[8000];
} message = { .type = 1 };

/* So many that the next one needs a larger table of them. */
#define MANY 44

static int some[MANY];

static void t_shmget_of_many(void)
{
	int id;

	for (int i = 0; i < MANY; i++)
		some[i] = shmget(IPC_PRIVATE, PAGE, 0600);
	id = (int)TRY(shmget(IPC_PRIVATE, PAGE, 0600));
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	for (int i = 0; i < MANY; i++)
		shmctl(some[i], IPC_RMID, NULL);
}

static void t_semget_of_many(void)
{
	int id;

	for (int i = 0; i < MANY; i++)
		some[i] = semget(IPC_PRIVATE, 1, 0600);
	id = (int)TRY(semget(IPC_PRIVATE, 1, 0600));
	if (id >= 0)
		semctl(id, 0, IPC_RMID);
	for (int i = 0; i < MANY; i++)
		semctl(some[i], 0, IPC_RMID);
}

static void t_msgget_of_many(void)
{
	int id;

	for (int i = 0; i < MANY; i++)
		some[i] = msgget(IPC_PRIVATE, 0600);
	id = (int)TRY(msgget(IPC_PRIVATE, 0600));
	if (id >= 0)
		msgctl(id, IPC_RMID, NULL);
	for (int i = 0; i < MANY; i++)
		msgctl(some[i], IPC_RMID, NULL);
}

static void t_shmget(void)
{
	int id = (int)TRY(shmget(0x5a5a, 3 * PAGE, IPC_CREAT | 0600));

	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
}

static void t_shmget_that_is_there(void)
{
	int id = shmget(0x5a5b, PAGE, IPC_CREAT | 0600);

	TRY(shmget(0x5a5b, 0, 0));
	shmctl(id, IPC_RMID, NULL);
}

static void t_shmat(void)
{
	void *p = (void *)TRY(shmat(shmid, NULL, 0));

	if (p != (void *)-1)
		shmdt(p);
}

static void t_shmat_over_others(void)
{
	char *p = fresh(9 * PAGE);

	memset(p, 1, 9 * PAGE);
	TRY(shmat(shmid, p + 3 * PAGE, SHM_REMAP));
	munmap(p, 9 * PAGE);
}

static void t_shmdt(void)
{
	char *p = shmat(shmid, NULL, 0);

	memset(p, 1, 3 * PAGE);
	if (TRY(shmdt(p)))
		shmdt(p);
}

static void t_shmdt_in_pieces(void)
{
	char *p = shmat(shmid, NULL, 0);

	p[0] = p[2 * PAGE] = 1;
	mprotect(p + PAGE, PAGE, PROT_READ);
	if (TRY(shmdt(p)))
		shmdt(p);
}

static void t_shmctl_stat(void)
{
	struct shmid_ds ds;

	TRY(shmctl(shmid, IPC_STAT, &ds));
}

static void t_shmctl_set(void)
{
	struct shmid_ds ds;

	shmctl(shmid, IPC_STAT, &ds);
	TRY(shmctl(shmid, IPC_SET, &ds));
}

static void t_shmctl_lock(void)
{
	if (!TRY(shmctl(shmid, SHM_LOCK, NULL)))
		shmctl(shmid, SHM_UNLOCK, NULL);
}

static void t_shmctl_rmid(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, 0600);

	if (TRY(shmctl(id, IPC_RMID, NULL)))
		shmctl(id, IPC_RMID, NULL);
}

static void t_first_touch_of_a_segment(void)
{
	int id = shmget(IPC_PRIVATE, 40 * PAGE, 0600);
	char *p = shmat(id, NULL, 0);

	TRY_ANY((memset(p, 1, 40 * PAGE), 0)); /* the faults are repeated */
	shmdt(p);
	shmctl(id, IPC_RMID, NULL);
}

static void t_semget(void)
{
	int id = (int)TRY(semget(0x5a5a, NR_SEMS, IPC_CREAT | 0600));

	if (id >= 0)
		semctl(id, 0, IPC_RMID);
}

static void t_semop(void)
{
	struct sembuf op = { 0, 1, 0 };

	if (!TRY(semop(semid, &op, 1)))
		semctl(semid, 0, SETVAL, 0);
}

static void t_semop_of_many(void)
{
	for (int i = 0; i < NR_OPS; i++)
		many[i] = (struct sembuf){ (unsigned short)i, 1, 0 };
	if (!TRY(semop(semid, many, NR_OPS))) {
		memset(values, 0, sizeof(values));
		semctl(semid, 0, SETALL, values);
	}
}

/* In a child, since the list of what is to be undone stays to the end. */
static void in_fork(long (*call)(void))
{
	pid_t pid;
	int *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*shared = 0;
	pid = fork();
	if (!pid) {
		int fd = open("/proc/self/fail-nth", O_RDWR);

		dup2(fd, nth_fd);
		close(fd);
		TRY(call());
		memcpy(shared, &now, sizeof(now));
		_exit(0);
	}
	if (reap(pid) == 0)
		memcpy(&now, shared, sizeof(now));
	munmap(shared, PAGE);
}

static long op_undo(void)
{
	struct sembuf op = { 5, 1, SEM_UNDO };

	return semop(semid, &op, 1);
}

static long many_undo(void)
{
	for (int i = 0; i < NR_OPS; i++)
		many[i] = (struct sembuf){ (unsigned short)i, 1, SEM_UNDO };
	return semop(semid, many, NR_OPS);
}

static void t_semop_to_be_undone(void)
{
	in_fork(op_undo);
}

static void t_semop_of_many_to_be_undone(void)
{
	in_fork(many_undo);
}

static int nothing(void *unused)
{
	(void)unused;
	_exit(0);
}

static long clone_sysvsem(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t pid = clone(nothing, stack + sizeof(stack),
			  CLONE_SYSVSEM | SIGCHLD, NULL);

	if (pid < 0)
		return -1;
	reap(pid);
	return 0;
}

static void t_clone_that_shares_undo(void)
{
	in_fork(clone_sysvsem);
}

static void t_semtimedop_that_waits(void)
{
	struct sembuf op[70] = { { 0, -1, 0 } };
	struct timespec ts = { 0, 1000000 };

	for (int i = 1; i < 70; i++)
		op[i] = (struct sembuf){ (unsigned short)i, 1, 0 };
	TRY(semtimedop(semid, op, 70, &ts) && errno == EAGAIN ? 0 : -1);
}

static void t_semctl_getall(void)
{
	TRY(semctl(bigsem, 0, GETALL, values));
}

static void t_semctl_setall(void)
{
	TRY(semctl(bigsem, 0, SETALL, values));
}

static void t_semctl_setval(void)
{
	TRY(semctl(semid, 7, SETVAL, 0));
}

static void t_semctl_rmid(void)
{
	int id = semget(IPC_PRIVATE, NR_SEMS, 0600);

	if (TRY(semctl(id, 0, IPC_RMID)))
		semctl(id, 0, IPC_RMID);
}

static void t_msgget(void)
{
	int id = (int)TRY(msgget(0x5a5a, IPC_CREAT | 0600));

	if (id >= 0)
		msgctl(id, IPC_RMID, NULL);
}

static void drain(void)
{
	while (msgrcv(msqid, &message, 8000, 0, IPC_NOWAIT) >= 0)
		;
}

static void t_msgsnd_small(void)
{
	TRY(msgsnd(msqid, &message, 10, 0));
	drain();
}

static void t_msgsnd_large(void)
{
	TRY(msgsnd(msqid, &message, 8000, 0));
	drain();
}

static void t_msgrcv_large(void)
{
	msgsnd(msqid, &message, 8000, 0);
	TRY(msgrcv(msqid, &message, 8000, 0, 0));
	drain();
}

static void t_msgrcv_copy(void)
{
	msgsnd(msqid, &message, 8000, 0);
	TRY(msgrcv(msqid, &message, 8000, 0, 040000 | IPC_NOWAIT));
	drain();
}

/* To one that waits: handed over without a queue. */
static void t_msgsnd_to_a_waiter(void)
{
	struct timespec ts = { 0, 5000000 };
	pid_t pid = fork();

	if (!pid)
		_exit(msgrcv(msqid, &message, 8000, 0, 0) < 0);
	nanosleep(&ts, NULL);
	if (TRY(msgsnd(msqid, &message, 8000, 0)))
		msgsnd(msqid, &message, 8000, 0);
	reap(pid);
}

static void t_msgctl(void)
{
	struct msqid_ds ds;

	msgctl(msqid, IPC_STAT, &ds);
	TRY(msgctl(msqid, IPC_SET, &ds));
}

static void t_proc_sysvipc(void)
{
	char text[600];
	int fd = open("/proc/sysvipc/shm", O_RDONLY);

	TRY(read(fd, text, sizeof(text)));
	close(fd);
}

/* --- futexes -------------------------------------------------------------- */

static long futex(void *word, int op, unsigned int val, void *timeout,
		  void *word2, unsigned int val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static long futex_times_out(void *word, int op)
{
	struct timespec ts = { 0, 1000000 };

	return futex(word, op, 0, &ts, NULL, 0) == -1 && errno == ETIMEDOUT
		       ? 0
		       : -1;
}

static void t_futex_wait(void)
{
	unsigned int *word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	TRY_ANY(futex_times_out(word, FUTEX_WAIT));
	munmap(word, PAGE);
}

static void t_futex_wait_private(void)
{
	unsigned int *word = (void *)fresh(PAGE);

	*word = 0;
	TRY_ANY(futex_times_out(word, FUTEX_WAIT_PRIVATE));
	munmap(word, PAGE);
}

static void t_futex_requeue(void)
{
	unsigned int *word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec ts = { 0, 5000000 };
	pid_t pid = fork();

	if (!pid)
		_exit(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0) != 0);
	nanosleep(&ts, NULL);
	TRY(futex(word, FUTEX_CMP_REQUEUE, 0, (void *)1, word + 1, 0));
	while (!waitpid(pid, NULL, WNOHANG)) {
		futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
		futex(word + 1, FUTEX_WAKE, 1, NULL, NULL, 0);
		nanosleep(&ts, NULL);
	}
	munmap(word, PAGE);
}

/* A holder that ends while its allocations fail still says so. */
static void t_end_of_a_robust_holder(void)
{
	pthread_mutex_t *m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t a;
	unsigned long chosen = nth;
	pid_t pid;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &a);
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(m);
		int fd = open("/proc/self/fail-nth", O_RDWR);

		dup2(fd, nth_fd);
		arm(chosen);
		_exit(0);
	}
	reap(pid);
	nth = 0;
	TRY((errno = pthread_mutex_lock(m)) == EOWNERDEAD ? 0 : -1);
	nth = chosen;
	now.hit = chosen && chosen < 5;
	munmap(m, PAGE);
}

/* --- objects with names and without --------------------------------------- */

static void t_memfd_create(void)
{
	int fd = (int)TRY(memfd_create("a name", MFD_ALLOW_SEALING));

	if (fd >= 0)
		close(fd);
}

static void t_seals(void)
{
	int fd = memfd_create("a name", MFD_ALLOW_SEALING);

	TRY(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
	close(fd);
}

static void t_memfd_written(void)
{
	static char data[20 * PAGE];
	int fd = memfd_create("a name", 0);

	TRY_ANY(write(fd, data, sizeof(data)));
	close(fd);
}

static void t_memfd_fallocate(void)
{
	int fd = memfd_create("a name", 0);
	struct stat st;

	if (TRY(fallocate(fd, 0, 0, 100 * PAGE))) {
		fstat(fd, &st);
		now.changed |= st.st_size || st.st_blocks;
	}
	close(fd);
}

static void t_memfd_mapped(void)
{
	int fd = memfd_create("a name", 0);
	void *p;

	ftruncate(fd, 8 * PAGE);
	p = (void *)TRY(mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     fd, 0));
	if (p != MAP_FAILED)
		munmap(p, 8 * PAGE);
	close(fd);
}

static void t_shm_open(void)
{
	int fd =
		(int)TRY(shm_open("/failnth", O_RDWR | O_CREAT | O_EXCL, 0600));

	if (fd >= 0)
		close(fd);
	else
		now.changed |= shm_unlink("/failnth") != -1;
	shm_unlink("/failnth");
}

static void t_shm_open_that_is_there(void)
{
	int fd, was = shm_open("/failnth", O_RDWR | O_CREAT, 0600);

	fd = (int)TRY(shm_open("/failnth", O_RDWR, 0));
	if (fd >= 0)
		close(fd);
	close(was);
	shm_unlink("/failnth");
}

static void t_ftruncate_of_a_mapped_one(void)
{
	int fd = shm_open("/failnth", O_RDWR | O_CREAT, 0600);
	char *p;

	ftruncate(fd, 9 * PAGE);
	p = mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(p, 1, 9 * PAGE);
	TRY(ftruncate(fd, 100));
	munmap(p, 9 * PAGE);
	close(fd);
	shm_unlink("/failnth");
}

static void t_shm_unlink(void)
{
	int fd = shm_open("/failnth", O_RDWR | O_CREAT, 0600);

	close(fd);
	if (TRY(shm_unlink("/failnth")))
		shm_unlink("/failnth");
}

int main(void)
{
	begin();
	SWEEP(shmget_of_many); /* as long as there is none */
	SWEEP(semget_of_many);
	SWEEP(msgget_of_many);
	shmid = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
	semid = semget(IPC_PRIVATE, NR_SEMS, 0600);
	bigsem = semget(IPC_PRIVATE, 32000, 0600);
	msqid = msgget(IPC_PRIVATE, 0600);
	memset(values, 0, sizeof(values));
	memset(message.text, 1, sizeof(message.text));
	SWEEP(shmget);
	SWEEP(shmget_that_is_there);
	SWEEP(shmat);
	SWEEP(shmat_over_others);
	SWEEP(shmdt);
	SWEEP(shmdt_in_pieces);
	SWEEP(shmctl_stat);
	SWEEP(shmctl_set);
	SWEEP(shmctl_lock);
	SWEEP(shmctl_rmid);
	SWEEP(first_touch_of_a_segment);
	SWEEP(semget);
	SWEEP(semop);
	SWEEP(semop_of_many);
	SWEEP(semop_to_be_undone);
	SWEEP(semop_of_many_to_be_undone);
	SWEEP(clone_that_shares_undo);
	SWEEP(semtimedop_that_waits);
	SWEEP(semctl_getall);
	SWEEP(semctl_setall);
	SWEEP(semctl_setval);
	SWEEP(semctl_rmid);
	SWEEP(msgget);
	SWEEP(msgsnd_small);
	SWEEP(msgsnd_large);
	SWEEP(msgrcv_large);
	SWEEP(msgrcv_copy);
	SWEEP(msgsnd_to_a_waiter);
	SWEEP(msgctl);
	SWEEP(proc_sysvipc);
	SWEEP(futex_wait);
	SWEEP(futex_wait_private);
	SWEEP(futex_requeue);
	SWEEP(end_of_a_robust_holder);
	SWEEP(memfd_create);
	SWEEP(seals);
	SWEEP(memfd_written);
	SWEEP(memfd_fallocate);
	SWEEP(memfd_mapped);
	SWEEP(shm_open);
	SWEEP(shm_open_that_is_there);
	SWEEP(ftruncate_of_a_mapped_one);
	SWEEP(shm_unlink);
	return end();
}
