/* SPDX-License-Identifier: MIT */
/* Resource limits, and small system calls about the process. */
#include "t.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

static void limits(void)
{
	struct rlimit r, old;

	is(getrlimit(99, &r), -1, EINVAL, "no such resource");
	is(syscall(SYS_getrlimit, RLIMIT_STACK, 1), -1, EFAULT,
	   "a limit to nowhere");
	r = (struct rlimit){ 20, 10 };
	is(setrlimit(RLIMIT_CORE, &r), -1, EINVAL, "soft above hard");
	T(in_child({
		  r = (struct rlimit){ 5, 10 };
		  int bad = setrlimit(RLIMIT_CORE, &r);

		  bad |= getrlimit(RLIMIT_CORE, &r) || r.rlim_cur != 5 ||
			 r.rlim_max != 10;
		  bad |= in_child({
			  _exit(getrlimit(RLIMIT_CORE, &old) ||
				old.rlim_cur != 5);
		  });
		  _exit(bad);
	  }) == 0,
	  "limits are set and inherited");
	is(syscall(SYS_prlimit64, 0x7ffffff0, RLIMIT_CORE, NULL, &old), -1,
	   ESRCH, "the limits of nobody");
	T(in_child({
		  r = (struct rlimit){ 10, 10 };
		  int fd, bad = setrlimit(RLIMIT_NOFILE, &r);

		  while ((fd = open("/dev/null", O_RDONLY)) >= 0)
			  bad |= fd >= 10;
		  _exit(bad || errno != EMFILE);
	  }) == 0,
	  "RLIMIT_NOFILE: EMFILE");
	T(in_child({
		  r = (struct rlimit){ 64 << 20, 64 << 20 };
		  int bad = setrlimit(RLIMIT_AS, &r);

		  errno = 0;
		  bad |= mmap(NULL, 128 << 20, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
		  _exit(bad || errno != ENOMEM);
	  }) == 0,
	  "RLIMIT_AS: ENOMEM");
	T(in_child({
		  signal(SIGXFSZ, SIG_IGN);
		  r = (struct rlimit){ 100, 100 };
		  int fd = open("small", O_CREAT | O_WRONLY, 0600);
		  char buf[200] = "";
		  int bad = setrlimit(RLIMIT_FSIZE, &r);

		  bad |= write(fd, buf, 200) != 100;
		  bad |= write(fd, buf, 1) != -1 || errno != EFBIG;
		  _exit(bad);
	  }) == 0,
	  "RLIMIT_FSIZE: a short write, then EFBIG");
	T(WTERMSIG(in_child({
		  r = (struct rlimit){ 0, 0 };
		  int fd = open("none", O_CREAT | O_WRONLY, 0600);

		  setrlimit(RLIMIT_FSIZE, &r);
		  _exit(write(fd, "x", 1) == 1);
	  })) == SIGXFSZ,
	  "and SIGXFSZ");
}

static volatile sig_atomic_t xcpu;

static void on_xcpu(int sig)
{
	(void)sig;
	xcpu++;
}

static void burn(void)
{
	for (volatile unsigned long n = 0;;)
		n++;
}

static void limits_of_time(void)
{
	struct rlimit r = { 1, 2 };

	T(WTERMSIG(in_child({
		  setrlimit(RLIMIT_CPU, &r);
		  burn();
	  })) == SIGXCPU,
	  "RLIMIT_CPU: SIGXCPU at the soft limit");
	T(WTERMSIG(in_child({
		  signal(SIGXCPU, on_xcpu);
		  setrlimit(RLIMIT_CPU, &r);
		  burn();
	  })) == SIGKILL,
	  "SIGKILL at the hard one");
}

static void limits_of_signals(void)
{
	struct rlimit r = { 0, 0 };
	union sigval v = { 0 };
	sigset_t all, pending;

	T(in_child({
		  int bad = setrlimit(RLIMIT_SIGPENDING, &r);

		  sigfillset(&all);
		  sigprocmask(SIG_BLOCK, &all, NULL);
		  bad |= (sigqueue(getpid(), SIGRTMIN, v) == -1 &&
			  errno == EAGAIN)
				 ? 0
				 : 2;
		  bad |= kill(getpid(), SIGRTMIN + 1) ? 4 : 0;
		  bad |= kill(getpid(), SIGUSR1) ? 8 : 0;
		  sigpending(&pending);
		  bad |= sigismember(&pending, SIGRTMIN) ? 16 : 0;
		  bad |= sigismember(&pending, SIGRTMIN + 1) ? 0 : 32;
		  bad |= sigismember(&pending, SIGUSR1) ? 0 : 64;
		  _exit(bad);
	  }) == 0,
	  "RLIMIT_SIGPENDING: EAGAIN for sigqueue, not for kill");
}

static void controls(void)
{
	char name[17] = "";
	int sig = 0;

	is(prctl(PR_SET_NAME, "a name that is too long"), 0, 0, "PR_SET_NAME");
	T(!prctl(PR_GET_NAME, name) && !strcmp(name, "a name that is "),
	  "cuts it to 15 bytes");
	is(prctl(PR_SET_NAME, 1), -1, EFAULT, "a name from nowhere");
	is(prctl(PR_SET_PDEATHSIG, 65), -1, EINVAL, "no such signal");
	is(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0, 0, "PR_SET_PDEATHSIG");
	T(!prctl(PR_GET_PDEATHSIG, &sig) && sig == SIGUSR1, "reads back");
	prctl(PR_SET_PDEATHSIG, 0);
	is(prctl(PR_GET_DUMPABLE), 1, 0, "PR_GET_DUMPABLE");
	is(prctl(PR_SET_DUMPABLE, 7), -1, EINVAL, "PR_SET_DUMPABLE 7");
	is(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0, 0, "PR_GET_NO_NEW_PRIVS");
	is(prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0), -1, EINVAL,
	   "PR_SET_NO_NEW_PRIVS 2");
	T(in_child({
		  int bad = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

		  bad |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
		  bad |= in_child(_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0,
					      0))) != 1 << 8;
		  _exit(bad);
	  }) == 0,
	  "it is inherited");
	is(prctl(9999), -1, EINVAL, "an unknown operation");
	is(personality(0xffffffff), 0, 0, "the personality is Linux");
	is(personality(ADDR_NO_RANDOMIZE), 0, 0, "without random addresses");
	is(personality(0xffffffff), ADDR_NO_RANDOMIZE, 0, "reads back");
	personality(0);
}

static void parent_death(void)
{
	int fd[2];
	char c = 0;

	if (pipe(fd))
		exit(99);
	in_child({
		if (!fork()) {
			sigset_t set;
			int sig;

			sigemptyset(&set);
			sigaddset(&set, SIGUSR1);
			sigprocmask(SIG_BLOCK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			if (write(fd[1], "r", 1) != 1)
				_exit(1);
			sigwait(&set, &sig);
			_exit(write(fd[1], "d", 1) != 1);
		}
		_exit(read(fd[0], &c, 1) != 1 || c != 'r');
	});
	T(read(fd[0], &c, 1) == 1 && c == 'd',
	  "PR_SET_PDEATHSIG: a signal when the parent dies");
	close(fd[0]);
	close(fd[1]);
}

static void randomness(void)
{
	unsigned char a[64], b[64];
	int same = 0;

	T(getrandom(a, 64, 0) == 64 && getrandom(b, 64, GRND_NONBLOCK) == 64,
	  "getrandom");
	for (int i = 0; i < 64; i++)
		same += a[i] == b[i];
	T(same < 32, "differs from call to call");
	is(getrandom(a, 0, 0), 0, 0, "no bytes");
	is(getrandom(a, 1, 0x80), -1, EINVAL, "unknown flags");
	is(getrandom(a, 1, 6), -1, EINVAL, "random and insecure");
	is(getrandom((void *)1, 1, 0), -1, EFAULT, "bytes to nowhere");
}

static void machine(void)
{
	struct sysinfo info;
	cpu_set_t set;

	T(!sysinfo(&info) && info.uptime > 0 && info.procs > 0 &&
		  info.totalram > info.freeram && info.mem_unit >= 1,
	  "sysinfo");
	is(syscall(SYS_sysinfo, 1), -1, EFAULT, "sysinfo to nowhere");
	T(!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) >= 1,
	  "sched_getaffinity");
	is(syscall(SYS_sched_getaffinity, 0, 7, &set), -1, EINVAL,
	   "a mask of seven bytes");
	is(syscall(SYS_sched_getaffinity, 0x7ffffff0, 128, &set), -1, ESRCH,
	   "the CPUs of nobody");
	is(sched_yield(), 0, 0, "sched_yield");
	is(syscall(SYS_set_robust_list, &set, 23), -1, EINVAL,
	   "set_robust_list with a wrong size");
	T(syscall(SYS_set_tid_address, &set) == getpid(),
	  "set_tid_address returns the thread's id");
	is(syscall(450 + 49), -1, ENOSYS, "a system call that is not");
	is(syscall(-1L), -1, ENOSYS, "nor is -1");
	is(syscall(1L << 40 | SYS_getpid), getpid(), 0,
	   "the upper half of the number does not count");
}

int main(void)
{
	limits();
	limits_of_time();
	limits_of_signals();
	controls();
	parent_death();
	randomness();
	machine();
	return done();
}
