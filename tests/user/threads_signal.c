/* SPDX-License-Identifier: MIT */
/*
 * Signals and threads: to one of them, to the process, to whoever waits; masks,
 * alternate stacks, stops and timers; who takes what another one did not.
 */
#include "t.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

static int gettid_(void)
{
	return (int)syscall(SYS_gettid);
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg)) {
		printf("Bail out! pthread_create\n");
		exit(99);
	}
	return t;
}

static void *join(pthread_t t)
{
	void *ret = NULL;

	pthread_join(t, &ret);
	return ret;
}

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static void mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(how, &set, NULL);
}

/* What the handler saw last. */
static atomic_int got_sig, got_tid, got_code, got_pid, got_count, got_value;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	atomic_store(&got_sig, sig);
	atomic_store(&got_tid, gettid_());
	atomic_store(&got_code, info->si_code);
	atomic_store(&got_pid, info->si_pid);
	atomic_store(&got_value, info->si_value.sival_int);
	atomic_fetch_add(&got_count, 1);
}

static void handle(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | flags };

	sigaction(sig, &sa, NULL);
}

static void reset(void)
{
	atomic_store(&got_sig, 0);
	atomic_store(&got_tid, 0);
	atomic_store(&got_count, 0);
}

static int wait_for_count(int n)
{
	for (int i = 0; i < 2000 && atomic_load(&got_count) < n; i++)
		sleep_ms(1);
	return atomic_load(&got_count) == n;
}

/* --- to one thread --------------------------------------------------------------- */

struct worker {
	atomic_int tid, stop, interrupted;
	int block;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	if (w->block)
		mask(SIG_BLOCK, w->block);
	atomic_store(&w->tid, gettid_());
	while (!atomic_load(&w->stop)) {
		struct timespec ts = { 0, 20000000 };

		if (nanosleep(&ts, NULL) && errno == EINTR)
			atomic_fetch_add(&w->interrupted, 1);
	}
	return NULL;
}

static void begin(struct worker *w, int block)
{
	memset(w, 0, sizeof(*w));
	w->block = block;
	w->thread = start(work, w);
	while (!atomic_load(&w->tid))
		sleep_ms(1);
}

static void end(struct worker *w)
{
	atomic_store(&w->stop, 1);
	join(w->thread);
}

static void to_one(void)
{
	struct worker w;

	begin(&w, 0);
	handle(SIGUSR1, 0);
	reset();
	pthread_kill(w.thread, SIGUSR1);
	T(wait_for_count(1) && atomic_load(&got_tid) == atomic_load(&w.tid),
	  "pthread_kill: that thread's handler runs");
	T(atomic_load(&got_code) == SI_TKILL &&
		  atomic_load(&got_pid) == getpid(),
	  "SI_TKILL, from the process");
	reset();
	is(syscall(SYS_tgkill, getpid(), atomic_load(&w.tid), SIGUSR1), 0, 0,
	   "tgkill");
	T(wait_for_count(1) && atomic_load(&got_tid) == atomic_load(&w.tid),
	  "the same");
	sleep_ms(2);
	T(atomic_load(&w.interrupted) > 0, "its sleep ends with EINTR");
	reset();
	raise(SIGUSR1);
	T(atomic_load(&got_count) == 1 && atomic_load(&got_tid) == gettid_(),
	  "raise is for the caller");
	mask(SIG_BLOCK, SIGUSR1);
	reset();
	raise(SIGUSR1);
	sleep_ms(3);
	T(!atomic_load(&got_count), "blocked, nobody else takes it");
	mask(SIG_UNBLOCK, SIGUSR1);
	T(atomic_load(&got_count) == 1 && atomic_load(&got_tid) == gettid_(),
	  "until it is unblocked");
	end(&w);
}

/* --- to the process ------------------------------------------------------------------ */

static void to_all(void)
{
	struct worker w, other;
	sigset_t set;

	handle(SIGUSR2, 0);
	begin(&w, 0);
	reset();
	kill(getpid(), SIGUSR2);
	T(wait_for_count(1) && atomic_load(&got_tid) == gettid_(),
	  "kill: the first thread takes it when it can");
	T(atomic_load(&got_code) == SI_USER, "SI_USER");
	mask(SIG_BLOCK, SIGUSR2);
	reset();
	kill(getpid(), SIGUSR2);
	T(wait_for_count(1) && atomic_load(&got_tid) == atomic_load(&w.tid),
	  "another one when the first blocks it");
	reset();
	kill(atomic_load(&w.tid), SIGUSR2);
	T(wait_for_count(1), "kill takes a thread's number for its process's");
	end(&w);

	begin(&w, SIGUSR2);
	begin(&other, SIGUSR2);
	reset();
	kill(getpid(), SIGUSR2);
	sleep_ms(3);
	sigpending(&set);
	T(!atomic_load(&got_count) && sigismember(&set, SIGUSR2),
	  "when all block it, it is pending");
	mask(SIG_UNBLOCK, SIGUSR2);
	T(atomic_load(&got_count) == 1 && atomic_load(&got_tid) == gettid_(),
	  "for the first that unblocks it");
	end(&w);
	end(&other);
}

static void *blocks_in_handler(void *arg)
{
	(void)arg;
	mask(SIG_UNBLOCK, SIGRTMIN + 3);
	for (int i = 0; i < 200 && !atomic_load(&got_count); i++)
		sleep_ms(1);
	return NULL;
}

static void *ends_with_it_pending(void *arg)
{
	(void)arg;
	mask(SIG_BLOCK, SIGRTMIN + 3);
	kill(getpid(), SIGRTMIN + 3);
	return NULL;
}

static void handed_on(void)
{
	int sig = SIGRTMIN + 3;
	pthread_t t;

	handle(sig, 0);
	mask(SIG_BLOCK, sig);
	reset();
	t = start(blocks_in_handler, NULL);
	join(start(ends_with_it_pending, NULL));
	T(wait_for_count(1), "what a thread leaves pending another one takes");
	join(t);
	mask(SIG_UNBLOCK, sig);
}

/* --- waiting ------------------------------------------------------------------------- */

static void *waits(void *arg)
{
	sigset_t set;
	int sig = 0;

	sigemptyset(&set);
	sigaddset(&set, (int)(long)arg);
	sigwait(&set, &sig);
	return (void *)(long)sig;
}

static void *waits_info(void *arg)
{
	siginfo_t *info = arg;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 4);
	return (void *)(long)sigwaitinfo(&set, info);
}

static void *suspends(void *arg)
{
	sigset_t set;

	(void)arg;
	sigfillset(&set);
	sigdelset(&set, SIGUSR1);
	sigsuspend(&set);
	return (void *)(long)errno;
}

static void waiting(void)
{
	union sigval value = { .sival_int = 77 };
	siginfo_t info = { 0 };
	pthread_t t, u;

	mask(SIG_BLOCK, SIGUSR1);
	t = start(waits, (void *)SIGUSR1);
	sleep_ms(3);
	kill(getpid(), SIGUSR1);
	T(join(t) == (void *)SIGUSR1,
	  "sigwait in a thread takes the process's");
	t = start(waits, (void *)SIGUSR1);
	sleep_ms(3);
	pthread_kill(t, SIGUSR1);
	T(join(t) == (void *)SIGUSR1, "and its own");
	mask(SIG_BLOCK, SIGRTMIN + 4);
	t = start(waits_info, &info);
	sleep_ms(3);
	sigqueue(getpid(), SIGRTMIN + 4, value);
	T(join(t) == (void *)(long)(SIGRTMIN + 4) &&
		  info.si_value.sival_int == 77 && info.si_code == SI_QUEUE,
	  "sigwaitinfo gets the value");
	t = start(waits, (void *)SIGUSR1);
	u = start(waits, (void *)SIGUSR1);
	sleep_ms(3);
	kill(getpid(), SIGUSR1);
	sleep_ms(3);
	kill(getpid(), SIGUSR1);
	T(join(t) == (void *)SIGUSR1 && join(u) == (void *)SIGUSR1,
	  "of two that wait each gets one");
	reset();
	t = start(suspends, NULL);
	sleep_ms(3);
	kill(getpid(), SIGUSR1);
	T(join(t) == (void *)EINTR && atomic_load(&got_count) == 1,
	  "sigsuspend in a thread");
	mask(SIG_UNBLOCK, SIGUSR1);
	mask(SIG_UNBLOCK, SIGRTMIN + 4);
}

static atomic_int received;

static void count_rt(int sig)
{
	(void)sig;
	atomic_fetch_add(&received, 1);
}

static void *storm(void *arg)
{
	pthread_t to = (pthread_t)arg;
	union sigval value = { .sival_int = 1 };

	for (int i = 0; i < 200; i++) {
		while (sigqueue(getpid(), SIGRTMIN + 5, value))
			sched_yield();
		pthread_kill(to, SIGUSR2);
	}
	return NULL;
}

static void storms(void)
{
	struct sigaction sa = { .sa_handler = count_rt,
				.sa_flags = SA_RESTART };
	pthread_t t[4];

	sigaction(SIGRTMIN + 5, &sa, NULL);
	mask(SIG_UNBLOCK, SIGUSR2);
	for (int i = 0; i < 4; i++)
		t[i] = start(storm, (void *)pthread_self());
	for (int i = 0; i < 4; i++)
		join(t[i]);
	for (int i = 0; i < 1000 && atomic_load(&received) < 800; i++)
		sleep_ms(1);
	T(atomic_load(&received) == 800,
	  "no queued signal is lost among threads that send and take them");
}

/* --- alternate stacks, faults -------------------------------------------------------- */

static atomic_long on_stack;

static void notes_stack(int sig)
{
	char here;

	(void)sig;
	atomic_store(&on_stack, (long)&here);
}

static void *has_own_stack(void *arg)
{
	stack_t ss = { .ss_sp = arg, .ss_size = 16384 }, old;

	if (sigaltstack(NULL, &old) || old.ss_flags != SS_DISABLE)
		return (void *)1;
	if (sigaltstack(&ss, NULL))
		return (void *)2;
	raise(SIGUSR1);
	return (void *)(long)(atomic_load(&on_stack) >= (long)arg &&
					      atomic_load(&on_stack) <
						      (long)arg + 16384
				      ? 0
				      : 3);
}

static __thread sigjmp_buf back;
static __thread void *fault_addr;

static void jump_back(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fault_addr = info->si_addr;
	siglongjmp(back, 1);
}

static void *faults_often(void *arg)
{
	char *volatile p = arg;
	volatile long good = 0;

	for (volatile int i = 0; i < 100; i++) {
		fault_addr = NULL;
		if (!sigsetjmp(back, 1)) {
			*(volatile char *)(p + i) = 1;
		} else {
			good += fault_addr == p + i;
		}
	}
	return (void *)good;
}

static void *overflow_more(void *arg)
{
	volatile char frame[1000];

	for (int i = 0; i < 1000; i++)
		frame[i] = 1;
	return frame[500] ? overflow_more((void *)&frame[5]) : arg;
}

static void *overflows(void *arg)
{
	stack_t ss = { .ss_sp = arg, .ss_size = 16384 };

	sigaltstack(&ss, NULL);
	if (!sigsetjmp(back, 1))
		overflow_more(NULL);
	return (void *)(long)(fault_addr != NULL);
}

static void stacks_and_faults(void)
{
	struct sigaction sa = { .sa_handler = notes_stack,
				.sa_flags = SA_ONSTACK };
	struct sigaction segv = { .sa_sigaction = jump_back,
				  .sa_flags = SA_SIGINFO | SA_ONSTACK };
	static char mine[16384], other[16384];
	stack_t ss = { .ss_sp = mine, .ss_size = sizeof(mine) }, now;
	char *p = anon(4 * PAGE, PROT_NONE);
	pthread_t t[4];
	long good = 0;

	sigaction(SIGUSR1, &sa, NULL);
	sigaltstack(&ss, NULL);
	T(join(start(has_own_stack, other)) == NULL,
	  "a thread starts without an alternate stack and has its own");
	sigaltstack(NULL, &now);
	T(now.ss_sp == mine, "which leaves the other threads' alone");
	sigaction(SIGSEGV, &segv, NULL);
	for (int i = 0; i < 4; i++)
		t[i] = start(faults_often, p + i * (long)PAGE);
	for (int i = 0; i < 4; i++)
		good += (long)join(t[i]);
	T(good == 400, "each thread gets its own faults");
	T(join(start(overflows, other)) == (void *)1,
	  "a thread's stack overflow is handled on its alternate stack");
	signal(SIGSEGV, SIG_DFL);
}

/* --- timers, stops ------------------------------------------------------------------- */

static void timers(void)
{
	struct itimerval it = { { 0, 5000 }, { 0, 5000 } }, off = { 0 };
	struct worker w;

	handle(SIGALRM, SA_RESTART);
	begin(&w, 0);
	mask(SIG_BLOCK, SIGALRM);
	reset();
	setitimer(ITIMER_REAL, &it, NULL);
	for (int i = 0; i < 1000 && atomic_load(&got_count) < 3; i++)
		sleep_ms(1);
	setitimer(ITIMER_REAL, &off, NULL);
	T(atomic_load(&got_count) >= 3 &&
		  atomic_load(&got_tid) == atomic_load(&w.tid),
	  "setitimer is the process's: a thread that can takes SIGALRM");
	mask(SIG_UNBLOCK, SIGALRM);
	end(&w);
}

static atomic_long *ticks;

static void *ticks_on(void *arg)
{
	(void)arg;
	for (;;) {
		atomic_fetch_add(ticks, 1);
		sched_yield();
	}
	return NULL;
}

static void stops(void)
{
	int status = 0;
	long before;
	pid_t pid;

	ticks = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		start(ticks_on, NULL);
		start(ticks_on, NULL);
		ticks_on(NULL);
	}
	while (atomic_load(ticks) < 100)
		sleep_ms(1);
	kill(pid, SIGSTOP);
	T(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) &&
		  WSTOPSIG(status) == SIGSTOP,
	  "SIGSTOP stops a process of three threads, told once");
	before = atomic_load(ticks);
	sleep_ms(20);
	T(atomic_load(ticks) == before, "all of them");
	is(waitpid(pid, &status, WUNTRACED | WNOHANG), 0, 0, "no more news");
	kill(pid, SIGCONT);
	T(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status),
	  "SIGCONT continues");
	for (int i = 0; i < 1000 && atomic_load(ticks) == before; i++)
		sleep_ms(1);
	T(atomic_load(ticks) > before, "them");
	for (int i = 0; i < 30; i++) {
		kill(pid, SIGSTOP);
		kill(pid, SIGCONT);
	}
	before = atomic_load(ticks);
	for (int i = 0; i < 1000 && atomic_load(ticks) == before; i++)
		sleep_ms(1);
	T(atomic_load(ticks) > before, "many times");
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGKILL);
	T(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		  WTERMSIG(status) == SIGKILL,
	  "SIGKILL ends it when it is stopped");
}

/* --- setuid: the library makes every thread do it -------------------------------------- */

static void *own_uid(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2000; i++) {
		if (syscall(SYS_getuid) == 1234)
			return (void *)1;
		sleep_ms(1);
	}
	return (void *)0;
}

static void *raw_setuid(void *arg)
{
	syscall(SYS_setuid, 4321);
	(void)arg;
	return (void *)(long)syscall(SYS_getuid);
}

static int uids_of_all(void)
{
	pthread_t t[5];
	long good = 0;

	if (join(start(raw_setuid, NULL)) != (void *)4321 || getuid() != 0)
		return 1;
	for (int i = 0; i < 5; i++)
		t[i] = start(own_uid, NULL);
	if (setuid(1234))
		return 2;
	for (int i = 0; i < 5; i++)
		good += (long)join(t[i]);
	return good == 5 ? 0 : 3;
}

int main(void)
{
	to_one();
	to_all();
	handed_on();
	waiting();
	storms();
	stacks_and_faults();
	timers();
	stops();
	T(in_child(_exit(uids_of_all())) == 0,
	  "ids are a thread's own; the library sets them in all");
	return done();
}
