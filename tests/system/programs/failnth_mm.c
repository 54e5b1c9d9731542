/* SPDX-License-Identifier: MIT */
/* Address spaces and processes, with every allocation failing. */
#include "failnth.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)
#define BIND 2 /* MPOL_BIND: musl has no <numaif.h> */

static const char *self;
static int file;

static char *ten(void)
{
	char *p = fresh(10 * PAGE);

	memset(p, 7, 10 * PAGE);
	return p;
}

static void mapped(long p, size_t len)
{
	if (p != -1)
		munmap((void *)p, len);
}

static void t_mmap(void)
{
	mapped(TRY((long)mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0)), PAGE);
}

static void t_mmap_shared(void)
{
	mapped(TRY((long)mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0)),
	       PAGE);
}

static void t_mmap_of_a_file(void)
{
	mapped(TRY((long)mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, file, 0)),
	       3 * PAGE);
}

static void t_mmap_over_the_middle(void)
{
	char *p = ten();

	TRY((long)mmap(p + 3 * PAGE, 3 * PAGE, PROT_READ,
		       MAP_SHARED | MAP_FIXED, file, 0));
	munmap(p, 10 * PAGE);
}

static void t_mmap_populated(void)
{
	mapped(TRY_ANY((long)mmap(NULL, 8 * PAGE, RW, ANON | MAP_POPULATE, -1,
				  0)),
	       8 * PAGE);
}

static void t_munmap_of_the_middle(void)
{
	char *p = ten();

	TRY(munmap(p + 3 * PAGE, 3 * PAGE));
	munmap(p, 10 * PAGE);
}

static void t_mprotect_of_the_middle(void)
{
	char *p = ten();

	TRY(mprotect(p + 3 * PAGE, 3 * PAGE, PROT_READ));
	munmap(p, 10 * PAGE);
}

static void t_mbind_of_the_middle(void)
{
	char *p = ten(),
	     *s = mmap(NULL, 10 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long node0 = 1;

	TRY(syscall(SYS_mbind, p + 3 * PAGE, 3 * PAGE, BIND, &node0, 65, 0));
	TRY(syscall(SYS_mbind, s + 3 * PAGE, 3 * PAGE, BIND, &node0, 65, 0));
	munmap(p, 10 * PAGE);
	munmap(s, 10 * PAGE);
}

static void t_set_mempolicy(void)
{
	unsigned long node0 = 1;

	TRY(syscall(SYS_set_mempolicy, BIND, &node0, 65));
	syscall(SYS_set_mempolicy, 0, NULL, 0);
}

static void t_mremap_that_moves(void)
{
	char *p = ten(), *to = fresh(20 * PAGE);
	long moved =
		TRY((long)mremap(p + PAGE, 5 * PAGE, 9 * PAGE,
				 MREMAP_MAYMOVE | MREMAP_FIXED, to + 4 * PAGE));

	(void)moved;
	munmap(p, 10 * PAGE);
	munmap(to, 20 * PAGE);
}

static void t_mremap_that_grows(void)
{
	char *p = ten();
	long moved = TRY((long)mremap(p, 10 * PAGE, 40 * PAGE, MREMAP_MAYMOVE));

	if (moved != -1)
		munmap((void *)moved, 40 * PAGE);
	else
		munmap(p, 10 * PAGE);
}

static void t_brk(void)
{
	char *was = (void *)syscall(SYS_brk, 0), *end = was + 5 * PAGE;

	if (TRY((char *)syscall(SYS_brk, end) == end
			? 0
			: (errno = ENOMEM, -1)) == 0)
		syscall(SYS_brk, was);
}

static void t_mlock_of_the_middle(void)
{
	char *p = ten();

	TRY_ANY(mlock(p + 3 * PAGE, 3 * PAGE));
	munmap(p, 10 * PAGE);
}

static void t_mlock_of_fresh_memory(void)
{
	char *p = fresh(10 * PAGE);

	TRY_ANY(mlock(p, 10 * PAGE));
	munmap(p, 10 * PAGE);
}

static void t_mlockall(void)
{
	TRY_ANY(mlockall(MCL_CURRENT));
	munlockall();
}

static void t_madvise_of_the_middle(void)
{
	char *p = ten();

	TRY(madvise(p + 3 * PAGE, 3 * PAGE, MADV_DONTFORK));
	munmap(p, 10 * PAGE);
}

static void t_madvise_populate(void)
{
	char *p = fresh(10 * PAGE);

	TRY_ANY(madvise(p, 10 * PAGE, 23 /* MADV_POPULATE_WRITE */));
	munmap(p, 10 * PAGE);
}

static void t_madvise_remove(void)
{
	char *p = mmap(NULL, 9 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, 9 * PAGE);
	TRY(madvise(p + PAGE, 3 * PAGE, MADV_REMOVE));
	munmap(p, 9 * PAGE);
}

static void t_msync(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, file, 0);

	p[0] = p[PAGE] = 1;
	TRY(msync(p, 3 * PAGE, MS_SYNC));
	munmap(p, 3 * PAGE);
}

static void t_mincore(void)
{
	static unsigned char vec[10];
	char *p = ten();

	TRY(mincore(p, 10 * PAGE, vec));
	munmap(p, 10 * PAGE);
}

static void t_remap_file_pages(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, file, 0);

	p[0] = 1;
	TRY(syscall(SYS_remap_file_pages, p, PAGE, 0, 2, 0));
	munmap(p, 3 * PAGE);
}

static void t_faults(void)
{
	char *p = fresh(64 * PAGE), *f;

	f = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, file, 0);
	TRY_ANY((memset(p, 1, 64 * PAGE), *(volatile char *)f,
		 memset(f, 1, 3 * PAGE), 0));
	now.changed |= p[63 * PAGE] != 1 || f[2 * PAGE] != 1;
	munmap(p, 64 * PAGE);
	munmap(f, 3 * PAGE);
}

static void t_process_vm_readv(void)
{
	static char data[300];
	static struct iovec local[300], remote[300];

	for (int i = 0; i < 300; i++) {
		local[i] = (struct iovec){ data + i, 1 };
		remote[i] = (struct iovec){ data + 299 - i, 1 };
	}
	TRY(process_vm_readv(getpid(), local, 300, remote, 300, 0));
}

static void t_process_vm_writev_to_fresh_memory(void)
{
	static char data[5 * PAGE];
	char *p = fresh(10 * PAGE);
	struct iovec local = { data, sizeof(data) };
	struct iovec remote = { p, sizeof(data) };

	TRY_ANY(process_vm_writev(getpid(), &local, 1, &remote, 1, 0) < 0 &&
				errno != EFAULT
			? -1
			: 0);
	munmap(p, 10 * PAGE);
}

/* --- processes ------------------------------------------------------------ */

static long forked(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid;
}

static void t_fork(void)
{
	char *p = ten();
	int id = shmget(IPC_PRIVATE, PAGE, 0600);
	char *q = shmat(id, NULL, 0);

	reap((pid_t)TRY(forked()));
	shmdt(q);
	shmctl(id, IPC_RMID, NULL);
	munmap(p, 10 * PAGE);
}

static long vforked(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	return pid;
}

static void t_vfork(void)
{
	reap((pid_t)TRY(vforked()));
}

static void t_copy_on_write(void)
{
	char *p = fresh(600 * PAGE);
	pid_t pid;
	int fd[2];

	memset(p, 1, 600 * PAGE);
	if (pipe(fd))
		return;
	pid = fork();
	if (!pid) {
		close(fd[1]);
		_exit((int)read(fd[0], p, 1));
	}
	TRY_ANY((p[0] = 2, p[300 * PAGE] = 3, p[599 * PAGE] = 4, 0));
	now.changed |= p[0] != 2 || p[300 * PAGE] != 3 || p[599 * PAGE] != 4;
	close_all(fd, 2);
	reap(pid);
	munmap(p, 600 * PAGE);
}

static void *thread(void *arg)
{
	return arg;
}

static void t_pthread_create(void)
{
	pthread_t t;

	if (!TRY((errno = pthread_create(&t, NULL, thread, NULL)) ? -1 : 0))
		pthread_join(t, NULL);
}

/* The new program says whether the allocation was reached. */
static void t_execve(void)
{
	pid_t pid = fork();
	char fd[16], *argv[] = { "failnth", "hit", fd, NULL }, *env[] = { 0 };
	int status;

	if (!pid) {
		snprintf(fd, sizeof(fd), "%d",
			 open("/proc/self/fail-nth", O_RDWR));
		dup2(atoi(fd), nth_fd);
		TRY(execve(self, argv, env));
		_exit(now.hit && clean(now.err) && !now.changed ? 2 : 3);
	}
	status = reap(pid);
	now.tried = 1;
	now.ret = status == 2 << 8 ? -1 : 0;
	now.err = ENOMEM;
	now.hit = status == 1 << 8 || status == 2 << 8;
	if (status & ~(3 << 8) || status == 3 << 8) {
		printf("# execve: status %#x\n", status);
		now.ret = -1;
		now.err = EINVAL;
	}
}

static int say_hit(int fd)
{
	char text[24] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 4;
	return text[0] == '0';
}

static void t_wait4(void)
{
	struct rusage ru;
	pid_t pid = forked();

	if (TRY(wait4(pid, NULL, 0, &ru)) < 0)
		reap(pid);
}

static void t_kill_with_a_value(void)
{
	sigset_t set, old;
	union sigval v = { 5 };
	siginfo_t info;
	struct timespec ts = { 0, 0 };

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, &old);
	TRY(sigqueue(getpid(), SIGRTMIN, v));
	while (sigtimedwait(&set, &info, &ts) > 0)
		;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static volatile int handled;

static void handler(int sig)
{
	(void)sig;
	handled++;
}

static void t_signals_arrive(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 1000 } };

	signal(SIGALRM, handler);
	handled = 0;
	TRY((kill(getpid(), SIGALRM), setitimer(ITIMER_REAL, &it, NULL)));
	while (handled < 2)
		usleep(500);
}

static void t_nanosleep(void)
{
	struct timespec ts = { 0, 100000 };

	TRY(nanosleep(&ts, NULL));
}

static void t_setgroups(void)
{
	static unsigned int groups[32];

	TRY(syscall(SYS_setgroups, 32, groups));
	syscall(SYS_setgroups, 0, NULL);
}

static void t_setpgid(void)
{
	struct timespec ts = { 60, 0 };
	pid_t pid = fork();

	if (!pid)
		_exit(nanosleep(&ts, NULL));
	TRY(setpgid(pid, pid));
	kill(pid, SIGKILL);
	reap(pid);
}

static void t_prctl(void)
{
	TRY(prctl(PR_SET_NAME, "failnth"));
}

int main(int argc, char **argv)
{
	static char data[3 * PAGE];

	if (argc > 2)
		return say_hit(atoi(argv[2]));
	self = argv[0];
	begin();
	file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (write(file, data, sizeof(data)) != sizeof(data))
		return 99;
	SWEEP(mmap);
	SWEEP(mmap_shared);
	SWEEP(mmap_of_a_file);
	SWEEP(mmap_over_the_middle);
	SWEEP(mmap_populated);
	SWEEP(munmap_of_the_middle);
	SWEEP(mprotect_of_the_middle);
	SWEEP(mbind_of_the_middle);
	SWEEP(set_mempolicy);
	SWEEP(mremap_that_moves);
	SWEEP(mremap_that_grows);
	SWEEP(brk);
	SWEEP(mlock_of_the_middle);
	SWEEP(mlock_of_fresh_memory);
	SWEEP(mlockall);
	SWEEP(madvise_of_the_middle);
	SWEEP(madvise_populate);
	SWEEP(madvise_remove);
	SWEEP(msync);
	SWEEP(mincore);
	SWEEP(remap_file_pages);
	SWEEP(faults);
	SWEEP(process_vm_readv);
	SWEEP(process_vm_writev_to_fresh_memory);
	SWEEP(fork);
	SWEEP(vfork);
	SWEEP(copy_on_write);
	SWEEP(pthread_create);
	SWEEP(execve);
	SWEEP(wait4);
	SWEEP(kill_with_a_value);
	SWEEP(signals_arrive);
	SWEEP(nanosleep);
	SWEEP(setgroups);
	SWEEP(setpgid);
	SWEEP(prctl);
	return end();
}
