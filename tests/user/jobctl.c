/* SPDX-License-Identifier: MIT */
/* Process groups, sessions, stopping and continuing. */
#include "t.h"
#include <fcntl.h>
#include <sys/ioctl.h>

/* A child that sleeps until it is killed. */
static pid_t sleeper(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void groups(void)
{
	pid_t a = sleeper(), b = sleeper();

	is(getpgid(a), getpgrp(), 0, "a child is in its parent's group");
	is(setpgid(a, -1), -1, EINVAL, "no group has a negative number");
	is(setpgid(0x7ffffff0, 0), -1, ESRCH, "nor does a process");
	is(setpgid(getppid(), 0), -1, ESRCH, "only ourselves and our children");
	is(setpgid(a, b), -1, EPERM, "a group must exist to be joined");
	is(setpgid(b, 0), 0, 0, "a child becomes a leader");
	is(getpgid(b), b, 0, "of its own group");
	is(setpgid(a, b), 0, 0, "which another can join");
	is(getpgid(0x7ffffff0), -1, ESRCH, "the group of nobody");
	is(getsid(0x7ffffff0), -1, ESRCH, "the session of nobody");
	is(kill(-b, SIGTERM), 0, 0, "a signal to the group");
	T(waitpid(a, NULL, 0) == a && waitpid(b, NULL, 0) == b,
	  "reaches every member");
	is(kill(-b, SIGTERM), -1, ESRCH, "then there is none");
}

static void after_exec(void)
{
	int fd[2];
	char c;
	pid_t pid;

	if (pipe(fd))
		exit(99);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		execl("/proc/self/exe", "jobctl", "sleep", NULL);
		_exit(1);
	}
	close(fd[1]);
	/* End of file: the exec has closed the other end. */
	is(read(fd[0], &c, 1), 0, 0, "a close-on-exec pipe tells of an exec");
	is(setpgid(pid, 0), -1, EACCES, "after it the child is on its own");
	end(pid);
	close(fd[0]);
}

static void sessions(void)
{
	int status = in_child({
		pid_t me = getpid();
		int bad = 0;

		bad |= (setsid() == me) ? 0 : 1;
		bad |= (getsid(0) == me && getpgrp() == me) ? 0 : 2;
		bad |= (setsid() == -1 && errno == EPERM) ? 0 : 4;
		bad |= (setpgid(0, 0) == -1 && errno == EPERM) ? 0 : 8;
		bad |= (open("/dev/tty", O_RDWR) == -1 && errno == ENXIO) ? 0
									  : 16;
		_exit(bad);
	});

	T(status == 0,
	  "setsid: a new session and group, no terminal, once (%d)",
	  WEXITSTATUS(status));
	status = in_child({
		setpgid(0, 0);
		_exit(setsid() == -1 && errno == EPERM ? 0 : 1);
	});
	T(status == 0, "a group leader cannot found a session");
	status = in_child({
		pid_t other = sleeper();
		int bad;

		setsid();
		bad = !(setpgid(other, getpid()) == -1 && errno == EPERM);
		end(other);
		_exit(bad);
	});
	T(status == 0, "groups do not reach over sessions");
}

static void stopping(void)
{
	int signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int status;

	for (int i = 0; i < 4; i++) {
		pid_t pid = sleeper();

		setpgid(pid, pid);
		kill(pid, signals[i]);
		T(waitpid(pid, &status, WUNTRACED) == pid &&
			  WIFSTOPPED(status) && WSTOPSIG(status) == signals[i],
		  "signal %d stops", signals[i]);
		is(waitpid(pid, &status, WUNTRACED | WNOHANG), 0, 0,
		   "a stop is reported once");
		kill(pid, SIGCONT);
		T(waitpid(pid, &status, WCONTINUED) == pid &&
			  WIFCONTINUED(status),
		  "SIGCONT goes on");
		is(waitpid(pid, &status, WCONTINUED | WNOHANG), 0, 0,
		   "which is reported once");
		end(pid);
	}
}

static void signals_to_the_stopped(void)
{
	pid_t pid = sleeper();
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGTERM);
	usleep(50000);
	is(waitpid(pid, &status, WNOHANG), 0, 0, "SIGTERM waits for SIGCONT");
	kill(pid, SIGCONT);
	T(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM,
	  "and then ends the process");
	pid = sleeper();
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGKILL);
	T(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL,
	  "SIGKILL does not wait");
}

static void each_other(void)
{
	sigset_t set, pending;
	int status;

	status = in_child({
		sigemptyset(&set);
		sigaddset(&set, SIGTSTP);
		sigaddset(&set, SIGCONT);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTSTP);
		raise(SIGCONT);
		sigpending(&pending);
		if (sigismember(&pending, SIGTSTP) ||
		    !sigismember(&pending, SIGCONT))
			_exit(1);
		raise(SIGTSTP);
		sigpending(&pending);
		_exit(!sigismember(&pending, SIGTSTP) ||
		      sigismember(&pending, SIGCONT));
	});
	T(status == 0, "stop signals and SIGCONT discard each other");
}

static void orphaned_group(void)
{
	int status = in_child({
		/* A session of our own: nobody outside could continue us. */
		setsid();
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		_exit(3);
	});

	T(WIFEXITED(status) && WEXITSTATUS(status) == 3,
	  "an orphaned group does not stop for the terminal");
}

static volatile sig_atomic_t hups, conts;

static void note(int sig)
{
	if (sig == SIGHUP)
		hups++;
	else
		conts++;
}

/* The parent dies while its child's group, now orphaned, is stopped. */
static void newly_orphaned(void)
{
	int fd[2], answer[2] = { 0, 0 };

	if (pipe(fd))
		exit(99);
	in_child({
		pid_t pid;

		setsid();
		pid = fork();
		if (!pid) {
			signal(SIGHUP, note);
			signal(SIGCONT, note);
			raise(SIGSTOP);
			answer[0] = hups;
			answer[1] = conts;
			_exit(write(fd[1], answer, sizeof(answer)) < 0);
		}
		setpgid(pid, pid);
		waitpid(pid, NULL, WUNTRACED);
		_exit(0);
	});
	T(read(fd[0], answer, sizeof(answer)) == sizeof(answer) &&
		  answer[0] == 1 && answer[1] == 1,
	  "a stopped group that becomes orphaned gets SIGHUP and SIGCONT");
	close(fd[0]);
	close(fd[1]);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		for (;;)
			pause();
	groups();
	after_exec();
	sessions();
	stopping();
	signals_to_the_stopped();
	each_other();
	orphaned_group();
	newly_orphaned();
	return done();
}
