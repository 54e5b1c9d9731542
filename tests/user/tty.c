/* SPDX-License-Identifier: MIT */
/* A terminal: lines and bytes, waiting, settings, job control. On Linux it is
 * the far end of a pseudoterminal, on IKOS the second serial port, which is
 * typed at with TIOCSTI. Echo is off: that port carries the kernel's log. */
#include "t.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>
#include <time.h>

#define PORT "/dev/ttyS1"

static int tty, master = -1;
static char name[64] = PORT;

static void open_terminal(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master >= 0) {
		if (grantpt(master) || unlockpt(master) ||
		    ptsname_r(master, name, sizeof(name)))
			exit(98);
	}
	tty = open(name, O_RDWR | O_NOCTTY);
	if (tty < 0) {
		perror(name);
		exit(99);
	}
}

static void type(const char *s)
{
	size_t n = strlen(s);

	if (master >= 0) {
		if (write(master, s, n) != (ssize_t)n)
			exit(97);
		usleep(20000);
		return;
	}
	for (; n--; s++)
		if (ioctl(tty, TIOCSTI, s))
			exit(96);
}

static void mode(tcflag_t iflag, tcflag_t lflag, int vmin, int vtime)
{
	struct termios t;

	tcgetattr(tty, &t);
	t.c_iflag = iflag;
	t.c_oflag = 0;
	t.c_lflag = lflag;
	t.c_cc[VMIN] = (cc_t)vmin;
	t.c_cc[VTIME] = (cc_t)vtime;
	tcsetattr(tty, TCSANOW, &t);
}

static void cooked(void)
{
	mode(ICRNL | IXON, ICANON | ISIG | IEXTEN, 4, 0);
}

static long ms_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int waiting(void)
{
	int n = -1;

	ioctl(tty, FIONREAD, &n);
	return n;
}

static int ready(void)
{
	struct pollfd p = { tty, POLLIN, 0 };

	return poll(&p, 1, 0);
}

#define READS(n, text, ...)                                                    \
	({                                                                     \
		char r_buf[512];                                               \
		ssize_t r_n = read(tty, r_buf, n);                             \
		T(r_n == (ssize_t)strlen(text) &&                              \
			  !memcmp(r_buf, text, strlen(text)),                  \
		  __VA_ARGS__);                                                \
	})

static void identity(void)
{
	struct termios t, u;
	struct winsize ws;

	T(isatty(tty), "it is a terminal");
	is(lseek(tty, 0, SEEK_SET), -1, ESPIPE, "without positions");
	T(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, tty, 0) == MAP_FAILED &&
		  errno == ENODEV,
	  "it cannot be mapped");
	tcgetattr(tty, &t);
	T(t.c_cc[VINTR] == 3 && t.c_cc[VEOF] == 4 && t.c_cc[VERASE] == 0177 &&
		  t.c_cc[VKILL] == 025 && t.c_cc[VSUSP] == 032 &&
		  t.c_cc[VMIN] == 1 && t.c_cc[VTIME] == 0,
	  "the usual control characters");
	T(t.c_lflag == (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
			ECHOKE | IEXTEN) &&
		  t.c_iflag == (ICRNL | IXON) && t.c_oflag == (OPOST | ONLCR),
	  "the usual modes");
	t.c_cc[VINTR] = 7;
	t.c_lflag = ICANON;
	is(tcsetattr(tty, TCSADRAIN, &t), 0, 0, "set them");
	is(tcgetattr(tty, &u), 0, 0, "get them");
	T(u.c_cc[VINTR] == 7 && u.c_lflag == ICANON, "they are set");
	t.c_cc[VINTR] = 3;
	is(tcsetattr(tty, TCSAFLUSH, &t), 0, 0, "with a flush");
	ws = (struct winsize){ 25, 81, 2, 3 };
	is(ioctl(tty, TIOCSWINSZ, &ws), 0, 0, "set a size");
	memset(&ws, 0, sizeof(ws));
	is(ioctl(tty, TIOCGWINSZ, &ws), 0, 0, "get it");
	T(ws.ws_row == 25 && ws.ws_col == 81 && ws.ws_xpixel == 2 &&
		  ws.ws_ypixel == 3,
	  "it is the same");
}

static void bad_requests(void)
{
	int n = 1;

	is(ioctl(tty, TCGETS, 1), -1, EFAULT, "TCGETS to nowhere");
	is(ioctl(tty, TCSETS, 1), -1, EFAULT, "TCSETS from nowhere");
	is(ioctl(tty, TIOCGWINSZ, 1), -1, EFAULT, "TIOCGWINSZ");
	is(ioctl(tty, FIONREAD, 1), -1, EFAULT, "FIONREAD");
	is(ioctl(tty, TCFLSH, 3), -1, EINVAL, "TCFLSH");
	is(ioctl(tty, TCXONC, 4), -1, EINVAL, "TCXONC");
	is(ioctl(tty, 0x54ff, 0), -1, ENOTTY, "an unknown request");
	is(ioctl(tty, TIOCGPGRP, &n), -1, ENOTTY, "not our terminal");
	is(ioctl(tty, TIOCSPGRP, &n), -1, ENOTTY, "nor our foreground");
	is(ioctl(tty, TIOCGSID, &n), -1, ENOTTY, "nor our session");
	is(ioctl(tty, TIOCNOTTY, 0), -1, ENOTTY, "nothing to give up");
	n = 99;
	is(ioctl(tty, TIOCSETD, &n), -1, EINVAL, "no such discipline");
	is(ioctl(tty, TIOCGETD, &n), 0, 0, "the discipline");
	T(n == 0, "is N_TTY");
	is(read(tty, NULL, 0), 0, 0, "reading nothing");
	is(write(tty, NULL, 0), 0, 0, "writing nothing");
	is(write(tty, (void *)1, 10), -1, EFAULT, "writing from nowhere");
}

static void lines(void)
{
	cooked();
	T(!ready() && waiting() == 0, "nothing is there");
	type("ab");
	T(!ready() && waiting() == 0, "an unfinished line is nothing");
	type("c\r");
	T(ready() && waiting() == 4, "a finished one is");
	READS(2, "ab", "a part of it");
	READS(100, "c\n", "the rest");
	type("one\ntwo\n");
	READS(100, "one\n", "one line a read");
	READS(100, "two\n", "and another");
	type("\004");
	T(ready(), "end of file is news");
	READS(100, "", "it reads as nothing");
	type("xy\004");
	READS(2, "xy", "a line without its end");
	T(!ready(), "its end went along");
	type("axb\177\177c\n");
	READS(100, "ac\n", "ERASE");
	type("abc\025d\n");
	READS(100, "d\n", "KILL");
	type("one two\027three\n");
	READS(100, "one three\n", "WERASE");
	type("\026\003\n");
	READS(100, "\003\n", "LNEXT");
	type("lost");
	is(tcflush(tty, TCIFLUSH), 0, 0, "TCFLSH");
	type("\n");
	READS(100, "\n", "forgets the line");
	type("x\n");
	lseek(tty, 0, SEEK_SET);
	is(read(tty, (void *)1, 10), -1, EFAULT, "read to nowhere");
	tcflush(tty, TCIFLUSH);
}

static void nonblocking(void)
{
	char c;

	cooked();
	fcntl(tty, F_SETFL, O_RDWR | O_NONBLOCK);
	is(read(tty, &c, 1), -1, EAGAIN, "EAGAIN in canonical mode");
	mode(0, 0, 1, 0);
	is(read(tty, &c, 1), -1, EAGAIN, "and with MIN");
	mode(0, 0, 0, 0);
	is(read(tty, &c, 1), 0, 0, "MIN 0 TIME 0 never waits");
	mode(0, 0, 0, 5);
	is(read(tty, &c, 1), -1, EAGAIN, "TIME does not matter");
	fcntl(tty, F_SETFL, O_RDWR);
}

static void raw_timing(void)
{
	char buf[100];
	long t;
	pid_t pid;

	mode(0, 0, 0, 0);
	type("ab\003\004\n");
	READS(100, "ab\003\004\n", "every byte, no signal");
	is(read(tty, buf, 1), 0, 0, "MIN 0 TIME 0: nothing");
	mode(0, 0, 0, 2);
	t = ms_now();
	is(read(tty, buf, 1), 0, 0, "MIN 0 TIME 2: nothing");
	T(ms_now() - t >= 190 && ms_now() - t < 1500, "after 0.2 s");
	type("x");
	READS(100, "x", "or what is there");
	mode(0, 0, 3, 0);
	type("ab");
	T(!ready() && waiting() == 2, "two bytes are not MIN");
	pid = fork();
	if (!pid) {
		usleep(50000);
		type("c");
		_exit(0);
	}
	READS(100, "abc", "MIN 3 TIME 0 waits for the third");
	waitpid(pid, NULL, 0);
	type("abcde");
	READS(2, "ab", "a short read does not wait for MIN");
	READS(100, "cde", "the rest is MIN");
	mode(0, 0, 10, 2);
	type("ab");
	t = ms_now();
	READS(100, "ab", "MIN 10 TIME 2: what came until a pause");
	T(ms_now() - t >= 190 && ms_now() - t < 1500, "of 0.2 s");
	type("half");
	cooked();
	READS(100, "half", "raw bytes are a line in canonical mode");
	type("half");
	mode(0, 0, 1, 0);
	READS(100, "half", "a half line is bytes in raw mode");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { .it_value = { 0, 50000 } };
	char c;

	cooked();
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	is(read(tty, &c, 1), -1, EINTR, "a handler ends a read");
	signal(SIGALRM, SIG_DFL);
}

/* --- job control ---------------------------------------------------------- */

/* How a process of its own group that runs the statements ends or stops. */
#define job(foreground, ...)                                                   \
	({                                                                     \
		int j_status = -1;                                             \
		signal(SIGTTOU, SIG_IGN);                                      \
		pid_t j_pid = fork();                                          \
		if (!j_pid) {                                                  \
			signal(SIGTTOU, SIG_DFL);                              \
			setpgid(0, 0);                                         \
			usleep(20000);                                         \
			__VA_ARGS__;                                           \
			_exit(0);                                              \
		}                                                              \
		setpgid(j_pid, j_pid);                                         \
		if (foreground)                                                \
			tcsetpgrp(tty, j_pid);                                 \
		typed_at = j_pid;                                              \
		during();                                                      \
		waitpid(j_pid, &j_status, WUNTRACED);                          \
		if (WIFSTOPPED(j_status)) {                                    \
			kill(j_pid, SIGKILL);                                  \
			waitpid(j_pid, NULL, 0);                               \
		}                                                              \
		tcsetpgrp(tty, getpid());                                      \
		signal(SIGTTOU, SIG_DFL);                                      \
		j_status;                                                      \
	})

static pid_t typed_at;
static const char *to_type;

static void during(void)
{
	if (!to_type)
		return;
	usleep(100000);
	type(to_type);
	to_type = NULL;
}

static int stopped_by(int status, int sig)
{
	return WIFSTOPPED(status) && WSTOPSIG(status) == sig;
}

static int killed_by(int status, int sig)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == sig;
}

static int winch;

static void on_winch(int sig)
{
	(void)sig;
	winch++;
}

static void background(void)
{
	struct termios t;
	char c;

	tcgetattr(tty, &t);
	T(stopped_by(job(0, read(tty, &c, 1)), SIGTTIN),
	  "a background read stops the job");
	T(WEXITSTATUS(job(0,
			  {
				  signal(SIGTTIN, SIG_IGN);
				  _exit(read(tty, &c, 1) == -1 && errno == EIO);
			  })) == 1,
	  "or fails, if it does not want to stop");
	T(job(0, write(tty, "", 0)) == 0, "a background write does not");
	T(stopped_by(job(0, tcsetattr(tty, TCSANOW, &t)), SIGTTOU),
	  "a background change of settings does");
	T(stopped_by(job(0, tcsetpgrp(tty, getpid())), SIGTTOU),
	  "nor may it take the foreground");
	T(WEXITSTATUS(job(0,
			  {
				  signal(SIGTTOU, SIG_IGN);
				  _exit(tcsetpgrp(tty, getpid()) == 0 &&
					tcgetpgrp(tty) == getpid());
			  })) == 1,
	  "unless it ignores SIGTTOU");
	t.c_lflag |= TOSTOP;
	tcsetattr(tty, TCSANOW, &t);
	T(stopped_by(job(0, write(tty, "", 1)), SIGTTOU),
	  "with TOSTOP, a write does");
	t.c_lflag &= ~(tcflag_t)TOSTOP;
	tcsetattr(tty, TCSANOW, &t);
}

static void foreground(void)
{
	to_type = "\003";
	T(killed_by(job(1, pause()), SIGINT), "^C interrupts the foreground");
	to_type = "\034";
	T(killed_by(job(1, pause()), SIGQUIT), "^\\ quits it");
	to_type = "\032";
	T(stopped_by(job(1, pause()), SIGTSTP), "^Z stops it");
	to_type = "a\n";
	T(WEXITSTATUS(job(1,
			  {
				  char c;
				  _exit(read(tty, &c, 1) == 1 && c == 'a');
			  })) == 1,
	  "it may read");
	tcflush(tty, TCIFLUSH);
}

static void requests(void)
{
	pid_t outside = getppid(), none = 4000000, negative = -1;
	struct winsize ws = { 30, 90, 0, 0 };
	int fd;

	T(tcgetpgrp(tty) == getpid(), "the foreground is the leader's group");
	T(tcgetsid(tty) == getpid(), "the session is the leader's");
	is(ioctl(tty, TIOCSCTTY, 0), 0, 0, "once more is no error");
	is(ioctl(tty, TIOCSPGRP, &outside), -1, EPERM,
	   "a group of another session");
	is(ioctl(tty, TIOCSPGRP, &none), -1, ESRCH, "one that is not");
	is(ioctl(tty, TIOCSPGRP, &negative), -1, EINVAL, "one that cannot be");
	is(ioctl(tty, TIOCSPGRP, 1), -1, EFAULT, "nowhere");
	signal(SIGWINCH, on_winch);
	ioctl(tty, TIOCSWINSZ, &ws);
	ioctl(tty, TIOCSWINSZ, &ws);
	T(winch == 1, "a change of size is told, no change is not");
	fd = open("/dev/tty", O_RDWR);
	T(fd >= 0 && isatty(fd), "/dev/tty opens");
	T(tcgetpgrp(fd) == getpid(), "and is the terminal");
	close(fd);
}

static void give_up(void)
{
	int hup = 0;

	signal(SIGHUP, SIG_IGN);
	signal(SIGCONT, SIG_IGN);
	is(ioctl(tty, TIOCNOTTY, 0), 0, 0, "the leader gives it up");
	is(open("/dev/tty", O_RDWR), -1, ENXIO, "/dev/tty is nothing now");
	is(ioctl(tty, TIOCGPGRP, &hup), -1, ENOTTY, "there is no foreground");
	is(open(name, O_RDWR | O_NOCTTY) >= 0, 1, 0, "open without taking it");
	is(open("/dev/tty", O_RDWR), -1, ENXIO, "does not");
	is(open(name, O_RDWR) >= 0, 1, 0, "a plain open");
	is(open("/dev/tty", O_RDWR) >= 0, 1, 0, "makes it ours again");
}

static void session(void)
{
	setsid();
	is(open("/dev/tty", O_RDWR), -1, ENXIO, "a new session has no tty");
	is(ioctl(tty, TIOCSCTTY, 0), 0, 0, "it takes one");
	signal(SIGTTOU, SIG_IGN);
	cooked();
	signal(SIGTTOU, SIG_DFL);
	requests();
	signal(SIGTTOU, SIG_IGN);
	foreground();
	signal(SIGTTOU, SIG_DFL);
	background();
	give_up();
}

static void leader_exits(void)
{
	int fd[2], status = in_child({
			   char c;

			   if (pipe(fd))
				   _exit(99);
			   if (!fork()) {
				   setsid();
				   /* The last leader's end hung a serial line up. */
				   tty = open(name, O_RDWR | O_NOCTTY);
				   ioctl(tty, TIOCSCTTY, 0);
				   if (!fork()) {
					   /* In the leader's group, the foreground. */
					   signal(SIGHUP, SIG_DFL);
					   close(fd[0]);
					   pause();
					   _exit(0);
				   }
				   usleep(50000);
				   _exit(0);
			   }
			   close(fd[1]);
			   /* The pipe ends when the last of them has gone. */
			   _exit(read(fd[0], &c, 1) == 0);
		   });

	T(WEXITSTATUS(status) == 1,
	  "the leader's end hangs up on the foreground");
}

int main(void)
{
	static const int sigs[] = { SIGINT,  SIGQUIT, SIGHUP, SIGTSTP,
				    SIGTTIN, SIGTTOU, SIGCONT };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		signal(sigs[i], SIG_DFL);
	open_terminal();
	identity();
	bad_requests();
	lines();
	nonblocking();
	raw_timing();
	interrupted();
	T(WIFEXITED(in_child(session(); printf("%d\n", t_count))),
	  "the session is over");
	leader_exits();
	return done();
}
