/* SPDX-License-Identifier: MIT */
/* How processes end and how their parents learn of it. */
#include "t.h"
#include <sys/resource.h>
#include <sys/syscall.h>

#define CLONE_SIGHAND_ONLY 0x800UL
#define CLONE_THREAD_ONLY  0x10100UL

static volatile sig_atomic_t chld;
static siginfo_t info;

static void on_chld(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	chld++;
	info = *si;
}

static void statuses(void)
{
	int status = in_child(_exit(0));

	T(WIFEXITED(status) && WEXITSTATUS(status) == 0, "_exit(0)");
	status = in_child(_exit(0x1234));
	T(WIFEXITED(status) && WEXITSTATUS(status) == 0x34,
	  "the low byte counts");
	status = in_child(raise(SIGTERM));
	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	  "a signal's number");
	status = in_child(raise(SIGKILL));
	T(status == SIGKILL, "SIGKILL leaves no core");
	status = in_child(syscall(SYS_exit, 3));
	T(status == 3 << 8, "exit of the only thread ends the process");
}

static void nobody_to_wait_for(void)
{
	int status;
	pid_t pid;

	is(wait(&status), -1, ECHILD, "wait: no children");
	is(waitpid(getpid(), &status, 0), -1, ECHILD, "waitpid: not a child");
	is(waitpid(-1, &status, WNOHANG), -1, ECHILD, "WNOHANG: no children");
	is(waitpid(-1, &status, 0x4000), -1, EINVAL, "no such option");
	is(waitpid((pid_t)0x80000000, &status, 0), -1, ESRCH,
	   "the most negative pid");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	is(waitpid(-1, &status, WNOHANG), 0, 0, "WNOHANG: none has ended");
	is(waitpid(-0x7ffffff0, &status, 0), -1, ECHILD, "no child in there");
	kill(pid, SIGKILL);
	is(waitpid(pid, (int *)1, 0), -1, EFAULT, "a bad place for the status");
	is(waitpid(pid, &status, WNOHANG), -1, ECHILD, "the child is gone");
}

static void which_child(void)
{
	pid_t a, b, c;
	int status;

	fflush(stdout);
	a = fork();
	if (!a)
		_exit(1);
	b = fork();
	if (!b) {
		setpgid(0, 0);
		_exit(2);
	}
	setpgid(b, b);
	c = fork();
	if (!c)
		_exit(3);
	T(waitpid(c, &status, 0) == c && WEXITSTATUS(status) == 3,
	  "wait for one pid");
	T(waitpid(-b, &status, 0) == b && WEXITSTATUS(status) == 2,
	  "wait for a group");
	T(waitpid(0, &status, 0) == a && WEXITSTATUS(status) == 1,
	  "wait for our own group");
}

static void zombies(void)
{
	siginfo_t si;
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(9);
	waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	is(kill(pid, 0), 0, 0, "a zombie still has its pid");
	is(kill(pid, SIGKILL), 0, 0, "killing it changes nothing");
	T(waitpid(pid, &status, 0) == pid && status == 9 << 8,
	  "its status waits for us");
	is(kill(pid, 0), -1, ESRCH, "then it is gone");
}

static void ids_of_waitid(void)
{
	siginfo_t si;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(77);
	memset(&si, 0, sizeof(si));
	T(!waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) &&
		  si.si_pid == pid && si.si_code == CLD_EXITED &&
		  si.si_status == 77 && si.si_signo == SIGCHLD &&
		  si.si_uid == getuid(),
	  "waitid tells who, how and with what");
	T(!waitid(P_ALL, 0, &si, WEXITED) && si.si_pid == pid,
	  "WNOWAIT leaves the child to be waited for");
	is(waitid(P_ALL, 0, &si, WEXITED), -1, ECHILD, "once");
	is(waitid(P_ALL, 0, &si, 0), -1, EINVAL,
	   "waitid must wait for something");
	is(waitid(99, 0, &si, WEXITED), -1, EINVAL, "an unknown kind of id");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	memset(&si, 1, sizeof(si));
	T(!waitid(P_ALL, 0, &si, WEXITED | WNOHANG) && si.si_pid == 0,
	  "WNOHANG: a siginfo of zero");
	kill(pid, SIGTERM);
	T(!waitid(P_PID, (id_t)pid, &si, WEXITED) && si.si_code == CLD_KILLED &&
		  si.si_status == SIGTERM,
	  "CLD_KILLED and the signal");
}

static void sigchld(void)
{
	struct sigaction sa = { .sa_sigaction = on_chld,
				.sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t none;
	pid_t pid;
	int status;

	sigemptyset(&none);
	sigaction(SIGCHLD, &sa, NULL);
	status = in_child(_exit(5));
	T(status == 5 << 8 && chld == 1 && info.si_code == CLD_EXITED &&
		  info.si_status == 5,
	  "SIGCHLD: CLD_EXITED and the status");
	in_child(raise(SIGTERM));
	T(chld == 2 && info.si_code == CLD_KILLED &&
		  info.si_status == SIGTERM && info.si_uid == getuid(),
	  "SIGCHLD: CLD_KILLED and the signal");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		raise(SIGSTOP);
		usleep(20000); /* or two SIGCHLD become one */
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	T(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && chld == 3 &&
		  info.si_code == CLD_STOPPED && info.si_status == SIGSTOP &&
		  info.si_pid == pid,
	  "SIGCHLD: CLD_STOPPED and the signal");
	kill(pid, SIGCONT);
	waitpid(pid, &status, WCONTINUED);
	T(WIFCONTINUED(status), "WCONTINUED");
	waitpid(pid, &status, 0);
	T(chld >= 4 && info.si_code == CLD_EXITED, "and the end");
	sa.sa_flags |= SA_NOCLDSTOP;
	sigaction(SIGCHLD, &sa, NULL);
	chld = 0;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	T(WIFSTOPPED(status) && chld == 0, "SA_NOCLDSTOP: no signal for stops");
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
	T(chld == 1, "but for the end");
	signal(SIGCHLD, SIG_DFL);
}

static void no_zombies(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL,
				.sa_flags = SA_NOCLDWAIT };
	int status;

	signal(SIGCHLD, SIG_IGN);
	fflush(stdout);
	if (!fork())
		_exit(0);
	is(wait(&status), -1, ECHILD, "SIGCHLD ignored: children vanish");
	sigaction(SIGCHLD, &sa, NULL);
	fflush(stdout);
	if (!fork())
		_exit(0);
	is(wait(&status), -1, ECHILD, "SA_NOCLDWAIT: they do, too");
	signal(SIGCHLD, SIG_DFL);
}

static void orphans(void)
{
	int fd[2], answer = 0;
	pid_t parent;

	if (pipe(fd))
		exit(99);
	in_child({
		parent = getpid();
		if (!fork()) {
			for (int i = 0; i < 100 && getppid() == parent; i++)
				usleep(10000);
			answer = getppid() != parent;
			_exit(write(fd[1], &answer, sizeof(answer)) < 0);
		}
		_exit(0);
	});
	T(read(fd[0], &answer, sizeof(answer)) == sizeof(answer) && answer,
	  "an orphan gets another parent");
	is(wait(NULL), -1, ECHILD, "which is not its grandparent");
	close(fd[0]);
	close(fd[1]);
}

static volatile int shared;

static void vforks(void)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = vfork();
	if (!pid) {
		shared = 42;
		usleep(20000);
		_exit(6);
	}
	T(shared == 42,
	  "vfork: the parent waits and sees what the child wrote");
	T(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 6,
	  "and gets its status");
}

static void usage(void)
{
	struct rusage before, after, child;
	int status;
	pid_t pid;

	getrusage(RUSAGE_CHILDREN, &before);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		volatile unsigned long n = 0;

		/* Touch 100 pages, work a little. */
		char *p = anon(100 * PAGE, PROT_READ | PROT_WRITE);

		for (int i = 0; i < 100; i++)
			p[i * PAGE] = 1;
		while (n < 20000000)
			n++;
		_exit(0);
	}
	T(wait4(pid, &status, 0, &child) == pid && child.ru_minflt >= 100 &&
		  child.ru_utime.tv_sec * 1000000 + child.ru_utime.tv_usec > 0,
	  "wait4 reports what the child used");
	getrusage(RUSAGE_CHILDREN, &after);
	T(after.ru_minflt >= before.ru_minflt + 100 && after.ru_maxrss >= 200,
	  "it is added to RUSAGE_CHILDREN");
	is(getrusage(99, &after), -1, EINVAL, "usage of whom?");
	is(getrusage(RUSAGE_SELF, (void *)1), -1, EFAULT, "usage to where?");
}

static void clone_errors(void)
{
	is(syscall(SYS_clone, CLONE_SIGHAND_ONLY, 0, 0, 0, 0), -1, EINVAL,
	   "clone: handlers are shared only with memory");
	is(syscall(SYS_clone, CLONE_THREAD_ONLY, 0, 0, 0, 0), -1, EINVAL,
	   "clone: threads share handlers");
}

int main(void)
{
	statuses();
	nobody_to_wait_for();
	which_child();
	zombies();
	ids_of_waitid();
	sigchld();
	no_zombies();
	orphans();
	vforks();
	usage();
	clone_errors();
	return done();
}
