/* SPDX-License-Identifier: MIT */
/* System V semaphores: semget, semop, semtimedop, semctl. */
#include "sysv_ipc.h"
#include <sched.h>
#include <sys/sem.h>

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int root;

static int make(int n)
{
	return semget(IPC_PRIVATE, n, IPC_CREAT | 0600);
}

static int drop(int id)
{
	return semctl(id, 0, IPC_RMID);
}

static int get(int id, int n, int cmd)
{
	return semctl(id, n, cmd);
}

static int val(int id, int n)
{
	return get(id, n, GETVAL);
}

static int set(int id, int n, int v)
{
	return semctl(id, n, SETVAL, (union semun){ .val = v });
}

static int op(int id, int n, int by, int flags)
{
	struct sembuf b = { (unsigned short)n, (short)by, (short)flags };

	return semop(id, &b, 1);
}

/* Until @n calls wait. */
static void until_waiting(int id, int sem, int cmd, int n)
{
	for (int i = 0; i < 1000 && get(id, sem, cmd) != n; i++)
		nap(2);
}

static void getting(void)
{
	key_t key = unique_key(1);
	int id, again;

	is(semget(key, 1, 0600), -1, ENOENT, "no set has the key");
	is(semget(key, 0, IPC_CREAT | 0600), -1, EINVAL, "a set of none");
	is(semget(key, -1, IPC_CREAT | 0600), -1, EINVAL, "of less");
	is(semget(key, 32001, IPC_CREAT | 0600), -1, EINVAL, "beyond SEMMSL");
	id = semget(key, 3, IPC_CREAT | 0600);
	T(id >= 0, "IPC_CREAT makes one");
	T(semget(key, 3, 0600) == id && semget(key, 0, 0) == id,
	  "the key finds it");
	is(semget(key, 4, 0600), -1, EINVAL, "it has fewer");
	is(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600), -1, EEXIST, "IPC_EXCL");
	T(val(id, 0) == 0 && val(id, 2) == 0 && get(id, 0, GETPID) == 0,
	  "values are 0");
	T(drop(id) == 0, "IPC_RMID");
	is(drop(id), -1, EINVAL, "twice");
	again = semget(key, 1, IPC_CREAT | 0600);
	T(again >= 0 && again != id, "the next has another id");
	drop(again);
}

static void control(void)
{
	unsigned short v[4] = { 1, 2, 3, 4 };
	struct semid_ds ds;
	struct seminfo info, before;
	union semun arg;
	int id, i, max, found = 0;

	arg.info = &before;
	T(semctl(0, 0, SEM_INFO, arg) >= 0, "SEM_INFO");
	id = semget(unique_key(2), 4, IPC_CREAT | 0640);
	arg.info = &info;
	max = semctl(0, 0, SEM_INFO, arg);
	T(info.semusz == before.semusz + 1 && info.semaem == before.semaem + 4,
	  "counts sets and semaphores");
	T(semctl(0, 0, IPC_INFO, arg) == max, "IPC_INFO");
	T(info.semmap == 1024000000 && info.semmni == 32000 &&
		  info.semmns == 1024000000 && info.semmnu == 1024000000 &&
		  info.semmsl == 32000 && info.semopm == 500 &&
		  info.semume == 500 && info.semusz == 20 &&
		  info.semvmx == 32767 && info.semaem == 32767,
	  "its limits");
	arg.buf = &ds;
	for (i = 0; i <= max; i++)
		found += semctl(i, 0, SEM_STAT, arg) == id;
	T(found == 1, "SEM_STAT");
	for (found = i = 0; i <= max; i++)
		found += semctl(i, 0, SEM_STAT_ANY, arg) == id;
	T(found == 1, "SEM_STAT_ANY");
	T(semctl(id, 0, IPC_STAT, arg) == 0, "IPC_STAT");
	T(ds.sem_nsems == 4 && ds.sem_otime == 0 && recent(ds.sem_ctime) &&
		  ds.sem_perm.mode == 0640 &&
		  ds.sem_perm.__ipc_perm_key == unique_key(2),
	  "what it says");

	arg.array = v;
	T(semctl(id, 0, SETALL, arg) == 0, "SETALL");
	memset(v, 0, sizeof(v));
	T(semctl(id, 0, GETALL, arg) == 0 && v[0] == 1 && v[1] == 2 &&
		  v[2] == 3 && v[3] == 4,
	  "GETALL");
	v[2] = 32768;
	is(semctl(id, 0, SETALL, arg), -1, ERANGE, "SETALL: no value");
	T(val(id, 0) == 1, "and sets nothing");
	T(get(id, 0, GETPID) == getpid(), "GETPID");
	arg.array = NULL;
	is(semctl(id, 0, GETALL, arg), -1, EFAULT, "GETALL: bad address");
	is(semctl(id, 0, SETALL, arg), -1, EFAULT, "SETALL: bad address");
	is(semctl(id, 0, IPC_STAT, arg), -1, EFAULT, "IPC_STAT: bad address");
	is(semctl(id, 0, IPC_SET, arg), -1, EFAULT, "IPC_SET: bad address");
	is(semctl(0, 0, IPC_INFO, arg), -1, EFAULT, "IPC_INFO: bad address");
	T(set(id, 3, 32767) == 0 && val(id, 3) == 32767, "SETVAL");
	is(set(id, 3, 32768), -1, ERANGE, "SETVAL: too large");
	is(set(id, 3, -1), -1, ERANGE, "SETVAL: negative");
	is(set(id, 4, 0), -1, EINVAL, "no such semaphore");
	is(val(id, 4), -1, EINVAL, "to read, too");
	is(val(id, -1), -1, EINVAL, "negative, too");
	is(val(id + 32768, 0), -1, EINVAL, "no such set");
	is(val(-1, 0), -1, EINVAL, "no id");
	is(semctl(id, 0, 99), -1, EINVAL, "unknown command");
	arg.buf = &ds;
	ds.sem_perm.mode = 07604;
	T(semctl(id, 0, IPC_SET, arg) == 0 &&
		  semctl(id, 0, IPC_STAT, arg) == 0 && ds.sem_perm.mode == 0604,
	  "IPC_SET");
	drop(id);
}

static void operations(void)
{
	int id = make(3);
	struct sembuf ops[501] = {};
	struct timespec bad = { 0, 1000000000 }, soon = { 0, 20000000 };
	struct semid_ds ds;

	T(op(id, 0, 5, 0) == 0 && val(id, 0) == 5, "add");
	T(op(id, 0, -3, 0) == 0 && val(id, 0) == 2, "subtract");
	semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds });
	T(recent(ds.sem_otime), "otime");
	is(op(id, 0, -3, IPC_NOWAIT), -1, EAGAIN, "too little");
	is(op(id, 0, 0, IPC_NOWAIT), -1, EAGAIN, "not 0");
	T(op(id, 1, 0, IPC_NOWAIT) == 0, "0");
	is(op(id, 0, 32766, 0), -1, ERANGE, "too large");
	is(op(id, 3, 1, 0), -1, EFBIG, "no such semaphore");
	is(op(id + 32768, 0, 1, 0), -1, EINVAL, "no such set");
	is(op(-1, 0, 1, 0), -1, EINVAL, "no id");
	is(semop(id, ops, 0), -1, EINVAL, "no operation");
	is(semop(id, ops, 501), -1, E2BIG, "beyond SEMOPM");
	is(semop(id, NULL, 1), -1, EFAULT, "bad address");
	is(semtimedop(id, ops, 1, &bad), -1, EINVAL, "bad timeout");
	is(semtimedop(id, ops, 1, (void *)1), -1, EFAULT,
	   "timeout at a bad address");
	for (int i = 0; i < 500; i++)
		ops[i] = (struct sembuf){ 1, 1, 0 };
	T(semop(id, ops, 500) == 0 && val(id, 1) == 500, "500 at once");

	ops[0] = (struct sembuf){ 0, -2, 0 };
	ops[1] = (struct sembuf){ 2, -1, IPC_NOWAIT };
	is(semop(id, ops, 2), -1, EAGAIN, "the second cannot be done");
	T(val(id, 0) == 2, "so the first is not");
	ops[1] = (struct sembuf){ 1, 32767, 0 };
	is(semop(id, ops, 2), -1, ERANGE, "nor with one too large");
	T(val(id, 0) == 2, "the first is not, either");
	ops[1] = (struct sembuf){ 0, 0, 0 };
	ops[2] = (struct sembuf){ 0, 7, 0 };
	T(semop(id, ops, 3) == 0 && val(id, 0) == 7,
	  "each sees those before it");
	ops[0] = (struct sembuf){ 2, -1, 0 };
	is(semtimedop(id, ops, 1, &soon), -1, EAGAIN, "the time is over");
	T(get(id, 2, GETNCNT) == 0, "nobody waits any more");
	drop(id);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void waiting(void)
{
	int id = make(2), status;
	struct sigaction sa = { .sa_handler = on_alarm,
				.sa_flags = SA_RESTART };
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(op(id, 0, -1, 0) ? errno : 0);
	until_waiting(id, 0, GETNCNT, 1);
	T(get(id, 0, GETNCNT) == 1 && get(id, 0, GETZCNT) == 0, "GETNCNT");
	op(id, 0, 1, 0);
	waitpid(pid, &status, 0);
	T(status == 0 && val(id, 0) == 0, "is let go on");
	T(get(id, 0, GETPID) == pid, "and was the last");
	set(id, 0, 1);
	pid = fork();
	if (!pid)
		_exit(op(id, 0, 0, 0) ? errno : 0);
	until_waiting(id, 0, GETZCNT, 1);
	T(get(id, 0, GETZCNT) == 1 && get(id, 0, GETNCNT) == 0, "GETZCNT");
	set(id, 0, 0);
	waitpid(pid, &status, 0);
	T(status == 0, "SETVAL lets it go on");
	pid = fork();
	if (!pid)
		_exit(op(id, 1, -1, 0) == -1 ? errno : 99);
	until_waiting(id, 1, GETNCNT, 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	T(get(id, 1, GETNCNT) == 0, "a killed one does not wait");
	sigaction(SIGALRM, &sa, NULL);
	pid = fork();
	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		_exit(op(id, 1, -1, 0) == -1 ? errno : 99);
	}
	until_waiting(id, 1, GETNCNT, 1);
	kill(pid, SIGUSR1);
	waitpid(pid, &status, 0);
	T(WEXITSTATUS(status) == EINTR, "EINTR, in spite of SA_RESTART");
	pid = fork();
	if (!pid)
		_exit(op(id, 1, -1, 0) == -1 ? errno : 99);
	until_waiting(id, 1, GETNCNT, 1);
	drop(id);
	waitpid(pid, &status, 0);
	T(WEXITSTATUS(status) == EIDRM, "EIDRM");
}

/* Who came first goes first, when it can. */
static void order(void)
{
	int id = make(2), to[2];
	char who[5] = "";

	if (pipe(to))
		exit(99);
	fflush(stdout);
	for (int n = 0; n < 4; n++) {
		if (!fork()) {
			op(id, 0, n == 0 ? -3 : -1, 0);
			(void)!write(to[1], &"abcd"[n], 1);
			_exit(0);
		}
		until_waiting(id, 0, GETNCNT, n + 1);
	}
	for (int n = 0; n < 3; n++) {
		op(id, 0, 1, 0);
		(void)!read(to[0], who + n, 1);
	}
	op(id, 0, 3, 0);
	(void)!read(to[0], who + 3, 1);
	T(!strcmp(who, "bcda"), "in order: %s", who);
	while (wait(NULL) > 0)
		;
	close(to[0]);
	close(to[1]);
	drop(id);
}

static int thread(void *arg)
{
	int id = *(int *)arg;

	return op(id, 0, 1, SEM_UNDO);
}

static void undo(void)
{
	int id = make(2), status;
	unsigned short v[2] = { 9, 9 };
	static char stack[16384];
	pid_t pid;

	set(id, 0, 5);
	status = in_child(_exit(op(id, 0, -2, SEM_UNDO) || val(id, 0) != 3));
	T(status == 0 && val(id, 0) == 5, "exit gives back");
	status = in_child({
		op(id, 0, -5, SEM_UNDO);
		raise(SIGKILL);
	});
	T(val(id, 0) == 5, "so does kill -9");
	status = in_child({
		op(id, 0, 2, SEM_UNDO);
		op(id, 0, -7, 0);
	});
	T(val(id, 0) == 0, "a value does not fall below 0");
	status = in_child({
		op(id, 0, 2, SEM_UNDO);
		set(id, 0, 3);
	});
	T(val(id, 0) == 3, "SETVAL forgets it");
	status = in_child({
		op(id, 0, 2, SEM_UNDO);
		semctl(id, 0, SETALL, (union semun){ .array = v });
	});
	T(val(id, 0) == 9, "SETALL, too");
	status = in_child({
		op(id, 0, -1, SEM_UNDO);
		if (!fork())
			_exit(0);
		wait(NULL);
		_exit(val(id, 0) != 8);
	});
	T(status == 0 && val(id, 0) == 9,
	  "a child of fork has nothing to undo");
	status = in_child({
		op(id, 0, -1, SEM_UNDO);
		execl("/proc/self/exe", "sem", "exec", NULL);
	});
	T(val(id, 0) == 9, "exec keeps it for exit");
	status = in_child({
		pid = clone(thread, stack + sizeof(stack),
			    CLONE_VM | CLONE_SYSVSEM | SIGCHLD, &id);
		waitpid(pid, NULL, 0);
		_exit(val(id, 0) != 10);
	});
	T(status == 0 && val(id, 0) == 9, "CLONE_SYSVSEM: with the last");
	status = in_child(
		_exit(fails(0, op(id, 0, -10, SEM_UNDO | IPC_NOWAIT), EAGAIN)));
	T(status == 0 && val(id, 0) == 9, "what was not done is not undone");
	status = in_child({
		set(id, 0, 0);
		set(id, 1, 0);
		op(id, 1, 32767, SEM_UNDO);
		op(id, 1, -32767, 0);
		_exit(works(0, op(id, 1, 1, SEM_UNDO)) |
		      fails(1, op(id, 1, 1, SEM_UNDO), ERANGE));
	});
	T(status == 0, "ERANGE: too much to undo");
	status = in_child({
		op(id, 0, 1, SEM_UNDO);
		drop(id);
	});
	T(status == 0, "the set is removed before exit");

	/* A process that waits for what another one's end gives back. */
	id = make(1);
	set(id, 0, 1);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		op(id, 0, -1, SEM_UNDO);
		pause();
	}
	while (val(id, 0))
		nap(2);
	if (!fork())
		_exit(op(id, 0, -1, 0) != 0);
	until_waiting(id, 0, GETNCNT, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	wait(&status);
	T(status == 0, "kill -9 of a holder lets the next one in");
	drop(id);
}

static void others(void)
{
	key_t key = unique_key(3);
	int id = semget(key, 1, IPC_CREAT | 0600), bad;
	struct semid_ds ds;
	union semun arg = { .buf = &ds };
	unsigned short v[1];

	semctl(id, 0, IPC_STAT, arg);
	if (!root) {
		for (int i = 0; i < 3; i++)
			T(1, "(only root can try another user)");
		drop(id);
		return;
	}
	bad = as_nobody(_exit(fails(0, op(id, 0, 1, 0), EACCES) |
			      fails(1, op(id, 0, 0, 0), EACCES) |
			      fails(2, val(id, 0), EACCES) |
			      fails(3, set(id, 0, 1), EACCES) |
			      fails(4, semctl(id, 0, IPC_STAT, arg), EACCES) |
			      fails(5, semctl(id, 0, IPC_SET, arg), EPERM) |
			      fails(6, drop(id), EPERM) |
			      fails(7, semget(key, 1, 0600), EACCES)));
	T(bad == 0, "0600: another user may do nothing (%#x)", bad);
	ds.sem_perm.mode = 0604;
	semctl(id, 0, IPC_SET, arg);
	bad = as_nobody({
		arg.array = v;
		_exit(works(0, op(id, 0, 0, 0)) |
		      fails(1, op(id, 0, 1, 0), EACCES) | works(2, val(id, 0)) |
		      fails(3, set(id, 0, 1), EACCES) |
		      works(4, semctl(id, 0, GETALL, arg)) |
		      fails(5, semctl(id, 0, SETALL, arg), EACCES));
	});
	T(bad == 0, "0604: he may read (%#x)", bad);
	ds.sem_perm.mode = 0602;
	semctl(id, 0, IPC_SET, arg);
	bad = as_nobody(_exit(
		fails(0, op(id, 0, 0, 0), EACCES) | works(1, op(id, 0, 1, 0)) |
		works(2, set(id, 0, 1)) | fails(3, val(id, 0), EACCES)));
	T(bad == 0, "0602: he may change (%#x)", bad);
	drop(id);
}

/* Eight processes and a buffer of four: free, used, lock. */
static void eight(void)
{
	struct {
		unsigned int in, out, slot[4];
		unsigned long sum;
	} *ring = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sembuf take[2], give[2];
	int id = make(3), bad = 0, status;

	set(id, 0, 4);
	set(id, 2, 1);
	fflush(stdout);
	for (int n = 0; n < 8; n++) {
		int producer = n & 1;

		if (fork())
			continue;
		take[0] = (struct sembuf){ producer ? 0 : 1, -1, 0 };
		take[1] = (struct sembuf){ 2, -1, SEM_UNDO };
		give[0] = (struct sembuf){ producer ? 1 : 0, 1, 0 };
		give[1] = (struct sembuf){ 2, 1, SEM_UNDO };
		for (unsigned int i = 1; i <= 300; i++) {
			if (semop(id, take, 2))
				_exit(1);
			if (producer)
				ring->slot[ring->in++ % 4] = i * (unsigned)n;
			else
				ring->sum += ring->slot[ring->out++ % 4];
			if (semop(id, give, 2))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	T(bad == 0 && ring->sum == 300 * 301 / 2 * (1 + 3 + 5 + 7),
	  "producers and consumers");
	T(val(id, 0) == 4 && val(id, 1) == 0 && val(id, 2) == 1,
	  "all is as it was");
	munmap(ring, PAGE);
	drop(id);
}

static void listing(void)
{
	int id = semget(unique_key(4), 7, IPC_CREAT | 0644), found = 0;
	char line[256], want[256];
	struct semid_ds ds;
	FILE *f;

	semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds });
	sprintf(want, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu %10lu\n",
		unique_key(4), id, 0644, 7, geteuid(), getegid(), geteuid(),
		getegid(), (unsigned long)ds.sem_otime,
		(unsigned long)ds.sem_ctime);
	f = fopen("/proc/sysvipc/sem", "r");
	T(f && fgets(line, sizeof(line), f), "/proc/sysvipc/sem");
	printf("# %s", line);
	while (fgets(line, sizeof(line), f))
		found += !strcmp(line, want);
	fclose(f);
	T(found == 1, "its line");
	f = fopen("/proc/sys/kernel/sem", "r");
	T(f && fgets(line, sizeof(line), f), "/proc/sys/kernel/sem");
	printf("# %s", line);
	fclose(f);
	drop(id);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "exec"))
		return 0;
	root = geteuid() == 0;
	getting();
	control();
	operations();
	waiting();
	order();
	undo();
	others();
	eight();
	listing();
	return done();
}
