/* SPDX-License-Identifier: MIT */
/* Sending, blocking and handling signals; what siginfo_t says. */
#include "t.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

static volatile sig_atomic_t calls, nested, order[16];
static siginfo_t last;
static volatile sigset_t mask_inside;

static void count(int sig, siginfo_t *info, void *context)
{
	sigset_t now;

	(void)context;
	if (calls < 16)
		order[calls] = sig;
	calls++;
	last = *info;
	sigprocmask(SIG_BLOCK, NULL, &now);
	mask_inside = now;
}

static void handle(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = count,
				.sa_flags = SA_SIGINFO | flags };

	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR2);
	if (sigaction(sig, &sa, NULL))
		exit(99);
	calls = 0;
	memset(&last, 0, sizeof(last));
}

static void block(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how, &set, NULL);
}

static void actions(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN }, old;
	long raw[4] = { 0 };

	is(sigaction(SIGKILL, &sa, NULL), -1, EINVAL,
	   "SIGKILL takes no handler");
	is(sigaction(SIGSTOP, &sa, NULL), -1, EINVAL, "nor does SIGSTOP");
	is(sigaction(SIGKILL, NULL, &old), 0, 0, "but both can be asked about");
	is(syscall(SYS_rt_sigaction, 0, NULL, raw, 8), -1, EINVAL,
	   "there is no signal 0");
	is(syscall(SYS_rt_sigaction, 65, NULL, raw, 8), -1, EINVAL, "nor 65");
	is(syscall(SYS_rt_sigaction, SIGHUP, NULL, raw, 16), -1, EINVAL,
	   "a signal set has 8 bytes");
	is(syscall(SYS_rt_sigaction, SIGHUP, (void *)1, NULL, 8), -1, EFAULT,
	   "an action that cannot be read");
	is(syscall(SYS_rt_sigaction, SIGHUP, NULL, (void *)1, 8), -1, EFAULT,
	   "an action that cannot be written");
	handle(SIGUSR1, SA_RESTART);
	T(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_sigaction == count &&
		  (old.sa_flags & SA_RESTART) &&
		  sigismember(&old.sa_mask, SIGUSR2),
	  "an action reads back as it was set");
}

static void who_sent_it(void)
{
	union sigval value = { .sival_int = 4711 };

	handle(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	T(calls == 1 && last.si_signo == SIGUSR1 && last.si_code == SI_USER &&
		  last.si_pid == getpid() && last.si_uid == getuid(),
	  "kill: SI_USER, pid and uid of the sender");
	raise(SIGUSR1);
	T(calls == 2 && last.si_code == SI_TKILL && last.si_pid == getpid(),
	  "raise: SI_TKILL");
	sigqueue(getpid(), SIGUSR1, value);
	T(calls == 3 && last.si_code == SI_QUEUE &&
		  last.si_value.sival_int == 4711 && last.si_pid == getpid(),
	  "sigqueue: SI_QUEUE and the value");
	is(kill(getpid(), 0), 0, 0, "signal 0 only asks");
	is(kill(getpid(), 65), -1, EINVAL, "there is no signal 65");
	is(kill(getpid(), -1), -1, EINVAL, "nor -1");
	is(kill(0x7ffffff0, SIGTERM), -1, ESRCH, "nobody has that pid");
	is(kill(-0x7ffffff0, SIGTERM), -1, ESRCH, "nor that group");
	is(syscall(SYS_tkill, 0, SIGUSR1), -1, EINVAL, "tkill of thread 0");
	is(syscall(SYS_tgkill, 1, getpid(), SIGUSR1), -1, ESRCH,
	   "tgkill of a thread of another process");
	last.si_signo = SIGUSR1;
	last.si_code = SI_USER;
	is(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &last), -1, EPERM,
	   "nobody may pose as kill(2)");
}

static void masks(void)
{
	sigset_t pending;

	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	sigpending(&pending);
	T(calls == 0 && sigismember(&pending, SIGUSR1) &&
		  !sigismember(&pending, SIGUSR2),
	  "a blocked signal stays pending");
	block(SIG_UNBLOCK, SIGUSR1);
	T(calls == 1, "a standard signal is pending once");
	sigpending(&pending);
	T(!sigismember(&pending, SIGUSR1), "and no longer after delivery");
	raise(SIGUSR1);
	T(sigismember((sigset_t *)&mask_inside, SIGUSR1) &&
		  sigismember((sigset_t *)&mask_inside, SIGUSR2),
	  "a handler runs with its signal and sa_mask blocked");
	sigprocmask(SIG_BLOCK, NULL, &pending);
	T(!sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2),
	  "and the mask comes back");
	handle(SIGUSR1, SA_NODEFER);
	raise(SIGUSR1);
	T(!sigismember((sigset_t *)&mask_inside, SIGUSR1),
	  "SA_NODEFER leaves the signal itself unblocked");
	block(SIG_BLOCK, SIGKILL);
	sigprocmask(SIG_BLOCK, NULL, &pending);
	T(!sigismember(&pending, SIGKILL), "SIGKILL cannot be blocked");
	is(syscall(SYS_rt_sigprocmask, 3, &pending, NULL, 8), -1, EINVAL,
	   "an unknown way to change the mask");
	is(syscall(SYS_rt_sigprocmask, 0, &pending, NULL, 4), -1, EINVAL,
	   "a set of another size");
	is(syscall(SYS_rt_sigprocmask, 0, (void *)1, NULL, 8), -1, EFAULT,
	   "a set that cannot be read");
}

static void ignoring_discards(void)
{
	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	handle(SIGUSR1, 0);
	block(SIG_UNBLOCK, SIGUSR1);
	T(calls == 0, "setting SIG_IGN discards a pending signal");
	signal(SIGCHLD, SIG_DFL);
	block(SIG_BLOCK, SIGCHLD);
	raise(SIGCHLD);
	handle(SIGCHLD, 0);
	block(SIG_UNBLOCK, SIGCHLD);
	T(calls == 1, "an ignored signal that is blocked stays pending");
	signal(SIGCHLD, SIG_DFL);
}

static void real_time(void)
{
	union sigval value;
	int first = SIGRTMIN + 1, sums = 0;

	for (int sig = first + 1; sig >= first; sig--) {
		handle(sig, 0);
		block(SIG_BLOCK, sig);
		for (value.sival_int = 1; value.sival_int <= 3;
		     value.sival_int++)
			sums += sigqueue(getpid(), sig, value) == 0;
	}
	T(sums == 6, "real-time signals are queued");
	/* The last one blocked is the lower: deliver it first. */
	block(SIG_UNBLOCK, first);
	T(calls == 3 && last.si_value.sival_int == 3 && last.si_signo == first,
	  "each of them is delivered, in order");
	block(SIG_UNBLOCK, first + 1);
	T(calls == 6 && last.si_signo == first + 1, "and those of another");
}

static void reset_hand(void)
{
	int status = in_child({
		handle(SIGUSR1, (int)SA_RESETHAND);
		raise(SIGUSR1);
		if (calls != 1)
			_exit(1);
		raise(SIGUSR1);
	});

	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1,
	  "SA_RESETHAND: the second one takes the default action");
}

static void defaults(void)
{
	for (int sig = 1; sig < 32; sig++) {
		int status = in_child({
			signal(sig, SIG_DFL);
			kill(getpid(), sig == SIGSTOP || sig == SIGTSTP ||
						       sig == SIGTTIN ||
						       sig == SIGTTOU
					       ? SIGCONT
					       : sig);
			_exit(7);
		});

		if (WIFEXITED(status))
			T(1, "signal %d by default is no reason to end", sig);
		else
			T(1, "signal %d by default ends the process (%d)", sig,
			  WTERMSIG(status));
	}
	T(WTERMSIG(in_child(raise(SIGRTMIN + 3))) == SIGRTMIN + 3,
	  "so does a real-time signal");
}

static int tell; /* the handler writes there */

static void alarm_handler(int sig)
{
	(void)sig;
	calls++;
	if (tell && write(tell, "r", 1) != 1)
		_exit(99);
}

static void interrupted_calls(void)
{
	struct sigaction sa = { .sa_handler = alarm_handler };
	struct timespec ts = { 30, 0 }, rem = { 0, 0 };
	int fd[2], told[2];
	char c = 0;
	pid_t pid;

	if (pipe(fd) || pipe(told))
		exit(99);
	calls = 0;
	sigaction(SIGALRM, &sa, NULL);
	is(interrupted_by(50, read(fd[0], &c, 1)), -1, EINTR,
	   "a handler interrupts read");
	is(interrupted_by(50, nanosleep(&ts, &rem)), -1, EINTR,
	   "and nanosleep");
	T(rem.tv_sec > 9 && rem.tv_sec < 30, "which says how much is left");
	is(interrupted_by(50, clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rem)),
	   EINTR, 0, "and clock_nanosleep");
	is(wait(NULL), -1, ECHILD, "wait without children does not sleep");
	is(interrupted_by(50, pause()), -1, EINTR, "pause ends with a handler");
	T(calls >= 4, "four times at least");

	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		/* Only when the handler has run. */
		if (read(told[0], &c, 1) == 1)
			usleep(50000);
		_exit(write(fd[1], &c, 1) != 1);
	}
	calls = 0;
	tell = told[1];
	ualarm(50000, 0);
	T(read(fd[0], &c, 1) == 1 && c == 'r' && calls == 1,
	  "SA_RESTART: read goes on after the handler");
	waitpid(pid, NULL, 0);
	tell = 0;
	is(interrupted_by(50, nanosleep(&ts, &rem)), -1, EINTR,
	   "nanosleep ends all the same");
	close(told[0]);
	close(told[1]);
	close(fd[0]);
	close(fd[1]);
}

static void stop_does_not_interrupt(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct timespec ts = { 0, 300000000 };

		_exit(nanosleep(&ts, NULL) ? 1 : 5);
	}
	usleep(50000);
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	T(WIFEXITED(status) && WEXITSTATUS(status) == 5,
	  "a stop and SIGCONT do not end a nanosleep");
}

static void waiting_for_signals(void)
{
	struct timespec none = { 0, 0 }, little = { 0, 20000000 },
			bad = { 0, 1000000000 };
	sigset_t set, empty;
	siginfo_t info;

	sigemptyset(&empty);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	handle(SIGUSR1, 0);
	block(SIG_BLOCK, SIGUSR1);
	is(sigtimedwait(&set, &info, &none), -1, EAGAIN,
	   "sigtimedwait: nothing is pending");
	is(sigtimedwait(&set, &info, &little), -1, EAGAIN, "nothing comes");
	is(sigtimedwait(&set, &info, &bad), -1, EINVAL, "no such time");
	raise(SIGUSR1);
	is(sigtimedwait(&set, &info, &none), SIGUSR1, 0, "one is pending");
	T(info.si_code == SI_TKILL && calls == 0, "its handler does not run");
	fflush(stdout);
	if (!fork()) {
		usleep(50000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	is(sigwaitinfo(&set, &info), SIGUSR1, 0, "one comes while we wait");
	wait(NULL);
	raise(SIGUSR1);
	is(sigsuspend(&empty), -1, EINTR, "sigsuspend lets it in");
	sigprocmask(SIG_BLOCK, NULL, &empty);
	T(calls == 1 && sigismember(&empty, SIGUSR1),
	  "and goes back to the mask before");
	block(SIG_UNBLOCK, SIGUSR1);
}

static void broken_pipe(void)
{
	int fd[2];

	if (pipe(fd))
		exit(99);
	close(fd[0]);
	handle(SIGPIPE, 0);
	is(write(fd[1], "x", 1), -1, EPIPE, "writing to nobody: EPIPE");
	T(calls == 1, "and SIGPIPE");
	close(fd[1]);
	signal(SIGPIPE, SIG_DFL);
}

int main(void)
{
	actions();
	who_sent_it();
	masks();
	ignoring_discards();
	real_time();
	reset_hand();
	defaults();
	interrupted_calls();
	stop_does_not_interrupt();
	waiting_for_signals();
	broken_pipe();
	return done();
}
