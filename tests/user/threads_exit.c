/* SPDX-License-Identifier: MIT */
/*
 * How processes of several threads end, fork, and execute programs: which
 * status the parent sees and when, whose the children are, what is left of the
 * other threads.
 */
#include "t.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg)) {
		printf("Bail out! pthread_create\n");
		exit(99);
	}
	return t;
}

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static void exit_thread(int status)
{
	syscall(SYS_exit, status);
}

static void *sleeps(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *spins(void *arg)
{
	(void)arg;
	for (;;)
		;
	return NULL;
}

static void some_threads(void)
{
	start(sleeps, NULL);
	start(spins, NULL);
	start(sleeps, NULL);
	sleep_ms(5);
}

/* --- ends ------------------------------------------------------------------------ */

static void *group_exits(void *arg)
{
	sleep_ms(5);
	_exit((int)(long)arg);
}

static void *thread_exits(void *arg)
{
	sleep_ms(5);
	exit_thread((int)(long)arg);
	return NULL;
}

static void *returns(void *arg)
{
	return arg;
}

static void *aborts(void *arg)
{
	(void)arg;
	sleep_ms(2);
	abort();
}

static void *faults_badly(void *arg)
{
	(void)arg;
	sleep_ms(2);
	*(volatile int *)8 = 1;
	return NULL;
}

static void *overflows(void *arg)
{
	volatile char frame[2000];

	for (int i = 0; i < 2000; i++)
		frame[i] = 1;
	return frame[1000] ? overflows((void *)&frame[5]) : arg;
}

static int killed_by(int status, int sig)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == sig;
}

static int exited(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static void ends(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	T(exited(in_child(some_threads(); _exit(3)), 3),
	  "exit_group ends threads that sleep and compute");
	T(exited(in_child(start(group_exits, (void *)4); pause()), 4),
	  "exit_group of another thread is the status");
	T(exited(in_child(start(group_exits, (void *)5); exit_thread(1)), 5),
	  "also when the leader has ended before");
	T(exited(in_child(start(thread_exits, (void *)6); exit_thread(1)), 6),
	  "without it the last thread's exit is the status");
	T(exited(in_child(start(thread_exits, (void *)7); sleep_ms(20);
			  exit_thread(2)),
		 2),
	  "be it the leader's or not");
	T(exited(in_child(pthread_join(start(returns, NULL), NULL);
			  exit_thread(8)),
		 8),
	  "exit(2) of the only thread left");
	T(killed_by(in_child(some_threads(); kill(getpid(), SIGKILL); pause()),
		    SIGKILL),
	  "SIGKILL ends all");
	T(killed_by(in_child(some_threads();
			     syscall(SYS_tgkill, getpid(), getpid(), SIGTERM);
			     pause()),
		    SIGTERM),
	  "a fatal signal to one thread ends all");
	T(killed_by(
		  in_child(some_threads(); start(faults_badly, NULL); pause()),
		  SIGSEGV),
	  "SIGSEGV of one thread ends all");
	T(killed_by(in_child(start(aborts, NULL); some_threads(); pause()),
		    SIGABRT),
	  "abort of one thread ends all");
	T(killed_by(in_child(some_threads(); start(overflows, NULL); pause()),
		    SIGSEGV),
	  "a thread's stack overflow is SIGSEGV");
	T(killed_by(in_child(start(sleeps, NULL); alarm(1); exit_thread(0)),
		    SIGALRM),
	  "a signal ends a process whose leader is gone");
}

/* --- the zombie leader ----------------------------------------------------------- */

static char state_of(pid_t pid)
{
	char path[40], line[400] = "", *p;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return '-';
	if (read(fd, line, sizeof(line) - 1) < 0)
		line[0] = 0;
	close(fd);
	p = strrchr(line, ')');
	return p ? p[2] : '?';
}

static atomic_int *go;

static void *waits_for_go(void *arg)
{
	(void)arg;
	while (!atomic_load(go))
		sleep_ms(1);
	exit_thread(9);
	return NULL;
}

static atomic_int chld_count, chld_status, chld_code;

static void on_chld(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	atomic_store(&chld_status, info->si_status);
	atomic_store(&chld_code, info->si_code);
	atomic_fetch_add(&chld_count, 1);
}

static pid_t leader_gone(void)
{
	pid_t pid;

	atomic_store(go, 0);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		start(waits_for_go, NULL);
		exit_thread(7);
	}
	while (state_of(pid) != 'Z')
		sleep_ms(1);
	return pid;
}

static void zombie_leader(void)
{
	struct sigaction sa = { .sa_sigaction = on_chld,
				.sa_flags = SA_SIGINFO | SA_RESTART };
	siginfo_t info = { 0 };
	int status = -1;
	pid_t pid;

	go = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGCHLD, &sa, NULL);
	pid = leader_gone();
	T(state_of(pid) == 'Z', "a leader that ended first is a zombie");
	is(waitpid(pid, &status, WNOHANG), 0, 0, "that cannot be waited for");
	is(waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT), 0, 0,
	   "nor seen");
	T(info.si_pid == 0 && atomic_load(&chld_count) == 0,
	  "and nobody is told");
	T(kill(pid, 0) == 0, "the process can still be signalled");
	atomic_store(go, 1);
	T(waitpid(pid, &status, 0) == pid && exited(status, 9),
	  "until its last thread ends, whose status counts");
	T(atomic_load(&chld_count) == 1 &&
		  atomic_load(&chld_code) == CLD_EXITED,
	  "SIGCHLD comes once, then");
	is(atomic_load(&chld_status), 9, 0, "with that status");
	is(waitpid(pid, &status, 0), -1, ECHILD, "and it is gone");

	atomic_store(&chld_count, 0);
	pid = leader_gone();
	kill(pid, SIGKILL);
	T(waitpid(pid, &status, 0) == pid && killed_by(status, SIGKILL),
	  "it is killed although its leader is a zombie");
	T(atomic_load(&chld_count) == 1, "SIGCHLD comes once");
	signal(SIGCHLD, SIG_IGN);
	pid = leader_gone();
	atomic_store(go, 1);
	is(waitpid(pid, &status, 0), -1, ECHILD,
	   "with SIGCHLD ignored it goes by itself");
	signal(SIGCHLD, SIG_DFL);
}

/* --- whose children ---------------------------------------------------------------- */

static void *forks(void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		sleep_ms((int)(long)arg);
		_exit(11);
	}
	return (void *)(long)pid;
}

static void *waits_any(void *arg)
{
	int status = -1;
	pid_t pid = waitpid(-1, &status, (int)(long)arg);

	if (pid < 0)
		return (void *)(long)-errno;
	return (void *)(long)(exited(status, 11) ? pid : 0);
}

static void *join(pthread_t t)
{
	void *ret = NULL;

	pthread_join(t, &ret);
	return ret;
}

static void *counts_threads(void *arg)
{
	char line[200];
	FILE *f = fopen("/proc/self/status", "r");
	long n = -1;

	(void)arg;
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %ld", &n);
	if (f)
		fclose(f);
	return (void *)n;
}

static void *forks_and_counts(void *arg)
{
	int status = in_child(_exit((int)(long)counts_threads(NULL)));

	(void)arg;
	return (void *)(long)(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void children(void)
{
	long pid;
	int status;

	pid = (long)join(start(forks, (void *)0));
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  exited(status, 11),
	  "a child of a thread that has ended is the process's");
	pid = (long)forks((void *)5);
	T((long)join(start(waits_any, (void *)0)) == pid,
	  "one thread waits for another's child");
	pid = (long)forks((void *)5);
	T((long)join(start(waits_any, (void *)(long)__WNOTHREAD)) == -ECHILD,
	  "but not with __WNOTHREAD");
	T(waitpid((pid_t)pid, &status, __WNOTHREAD) == pid,
	  "with which its own maker can");
	pid = (long)join(start(forks, (void *)5));
	T(waitpid(-1, &status, __WNOTHREAD) == pid,
	  "a dead thread's child is another thread's, really");
	is(waitpid(-1, &status, 0), -1, ECHILD, "that were all");
	start(sleeps, NULL);
	T((long)join(start(forks_and_counts, NULL)) == 1,
	  "fork takes only the thread that calls it");
	T((long)counts_threads(NULL) == 2, "the parent keeps its own");
}

static void *forks_for_death(void *arg)
{
	int *fd = arg;
	pid_t pid = fork();

	if (!pid) {
		sigset_t set;
		int sig;

		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		prctl(PR_SET_PDEATHSIG, SIGUSR1);
		if (write(fd[1], "x", 1) != 1)
			_exit(1);
		_exit(sigwait(&set, &sig) || sig != SIGUSR1 ? 2 : 12);
	}
	char c;

	if (read(fd[0], &c, 1) != 1)
		return NULL;
	return (void *)(long)pid;
}

static void death_signal(void)
{
	int fd[2], status = -1;
	long pid;

	if (pipe(fd))
		exit(99);
	pid = (long)join(start(forks_for_death, fd));
	T(waitpid((pid_t)pid, &status, 0) == pid && exited(status, 12),
	  "PR_SET_PDEATHSIG: the end of the thread that forked counts");
	close(fd[0]);
	close(fd[1]);
}

/* --- exec ------------------------------------------------------------------------------ */

static const char *self;

static void *execs(void *arg)
{
	char *argv[] = { (char *)self, "exec", arg, NULL };

	sleep_ms(2);
	execv(self, argv);
	return NULL;
}

static void *execs_nothing(void *arg)
{
	char *argv[] = { "nothing", NULL };

	(void)arg;
	execv("/does/not/exist", argv);
	return (void *)(long)errno;
}

static pthread_barrier_t together;

static void *execs_together(void *arg)
{
	char *argv[] = { (char *)self, "exec", arg, NULL };

	pthread_barrier_wait(&together);
	execv(self, argv);
	return NULL;
}

/* The program that the tests execute: alone, and with the right number? */
static int executed(const char *pid)
{
	if (atoi(pid) != getpid() || getpid() != syscall(SYS_gettid))
		return 1;
	if ((long)counts_threads(NULL) != 1)
		return 2;
	return 21;
}

static char *my_pid(void)
{
	static char buf[20];

	snprintf(buf, sizeof(buf), "%d", getpid());
	return buf;
}

static void racing_execs(void)
{
	pthread_barrier_init(&together, NULL, 4);
	for (int i = 0; i < 4; i++)
		start(execs_together, my_pid());
	exit_thread(0);
}

static void execs_tests(void)
{
	int good = 0;

	T(exited(in_child(some_threads(); execs(my_pid())), 21),
	  "exec by the leader ends the other threads");
	T(exited(in_child(some_threads(); start(execs, my_pid()); pause()), 21),
	  "exec by another thread, which becomes the leader");
	T(exited(in_child(start(execs, my_pid()); exit_thread(3)), 21),
	  "exec by a thread whose leader has ended");
	T(exited(in_child(start(execs, my_pid()); some_threads();
			  exit_thread(3)),
		 21),
	  "and with others still there");
	T(join(start(execs_nothing, NULL)) == (void *)ENOENT,
	  "an exec that fails ends no thread");
	T((long)counts_threads(NULL) >= 2, "they are there");
	for (int i = 0; i < 20; i++)
		good += exited(in_child(racing_execs()), 21);
	T(good == 20, "of several threads that execute at once one wins");
	good = 0;
	for (int i = 0; i < 20; i++) {
		int status = in_child(start(execs, my_pid());
				      start(group_exits, (void *)22); pause());

		good += exited(status, 21) || exited(status, 22);
	}
	T(good == 20, "exec and exit_group at once: one of them");
}

static atomic_int *shared_word;

static void *vforks(void *arg)
{
	pid_t pid = vfork();

	(void)arg;
	if (!pid) {
		sleep_ms(20);
		atomic_store(shared_word, 2);
		_exit(13);
	}
	return (void *)(long)(atomic_load(shared_word) == 2 ? pid : -1);
}

static void vfork_tests(void)
{
	int status = -1, ran = 0;
	pthread_t t;
	long pid;

	shared_word = go;
	atomic_store(shared_word, 1);
	t = start(vforks, NULL);
	while (atomic_load(shared_word) == 1 && ran < 1000000)
		ran++;
	T(ran > 0, "vfork in one thread does not stop the others");
	pid = (long)join(t);
	T(pid > 0 && waitpid((pid_t)pid, &status, 0) == pid &&
		  exited(status, 13),
	  "it waits for its child");
	T(killed_by(in_child(start(vforks, NULL); sleep_ms(2);
			     kill(getpid(), SIGKILL); pause()),
		    SIGKILL),
	  "and can be killed");
}

int main(int argc, char **argv)
{
	static char path[200];

	if (argc == 3 && !strcmp(argv[1], "exec"))
		return executed(argv[2]);
	/* Not the link itself: a zombie leader has no program. */
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return 99;
	self = path;
	ends();
	zombie_leader();
	children();
	death_signal();
	execs_tests();
	vfork_tests();
	return done();
}
