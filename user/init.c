/* SPDX-License-Identifier: MIT */
/*
 * The first program. tools/ikos leaves in /etc/ikos/ what is to be done:
 *
 *	mode	"shell"	a login shell on the terminal
 *		"tty"	one program on the terminal
 *		"pipe"	one program whose descriptors 0, 1 and 2 are pipes that
 *			this program joins to the serial line
 *	stdin	for "pipe": "null" or "stream"
 *	argv, env	NUL-separated strings
 *	winsize	"rows columns" of the terminal
 *
 * Without these it gives a shell. When the job ends, its status goes to the
 * kernel's log, where tools/ikos reads it, and the machine powers off.
 *
 * In "pipe" mode bytes on the line are framed, DLE being 0x10:
 *
 *	to the host	DLE O, DLE E: what follows is standard output / error
 *	from the host	DLE EOT: end of standard input
 *	both		DLE DLE: the byte DLE itself
 *
 * READY is sent once before anything else, so that the host knows where the
 * firmware's and the boot loader's words end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TTY "/dev/ttyS0"
#define READY                                                                  \
	"\x1e"                                                                 \
	"IKOS\x1e"
#define DLE 0x10
#define EOT 0x04

static char *default_env[] = {
	"HOME=/root",
	"USER=root",
	"LOGNAME=root",
	"SHELL=/bin/sh",
	"TERM=vt100",
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
	"/usr/bin:/sbin:/bin",
	NULL,
};

static void kmsg(const char *text)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		perror("init: /dev/kmsg");
	close(fd);
}

static void die(const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "<3>init: %s: %s\n", what,
		 strerror(errno));
	kmsg(text);
	sync();
	reboot(RB_POWER_OFF);
	_exit(1);
}

/* Tell how the job ended and stop the machine. */
static void power_off(int status)
{
	char text[80];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "<5>init: killed by signal %d\n",
			 WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "<5>init: exit status %d\n",
			 WEXITSTATUS(status));
	kmsg(text);
	sync();
	reboot(RB_POWER_OFF);
	_exit(1);
}

/* A whole file of /etc/ikos, terminated; NULL when it is not there. */
static char *job_file(const char *name, size_t *len)
{
	char path[64];
	struct stat st;
	char *buf;
	size_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "/etc/ikos/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !(buf = malloc((size_t)st.st_size + 1)))
		die(path);
	while (got < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + got, (size_t)st.st_size - got);

		if (n <= 0)
			die(path);
		got += (size_t)n;
	}
	buf[got] = '\0';
	close(fd);
	if (len)
		*len = got;
	return buf;
}

/* NUL-separated strings as a vector; NULL when the file is not there. */
static char **job_vector(const char *name)
{
	size_t len, n = 0, i = 0;
	char *buf = job_file(name, &len);
	char **v;

	if (!buf)
		return NULL;
	for (size_t k = 0; k < len; k++)
		n += buf[k] == '\0';
	v = calloc(n + 2, sizeof(*v));
	if (!v)
		die(name);
	for (char *s = buf; s < buf + len; s += strlen(s) + 1)
		v[i++] = s;
	return v;
}

static void run(char **argv, char **env)
{
	int err;

	signal(SIGPIPE, SIG_DFL);
	execvpe(argv[0], argv, env);
	err = errno;
	dprintf(2, "ikos: %s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT ? 127 : 126);
}

static void write_all(int fd, const char *buf, size_t n)
{
	while (n) {
		ssize_t done = write(fd, buf, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			die("write to the terminal");
		buf += done;
		n -= (size_t)done;
	}
}

/* Make the serial line this session's terminal and descriptors 0, 1 and 2. */
static void take_terminal(void)
{
	char *size = job_file("winsize", NULL);
	struct winsize ws = { 24, 80, 0, 0 };
	int fd;

	setsid();
	fd = open(TTY, O_RDWR);
	if (fd < 0)
		die(TTY);
	ioctl(fd, TIOCSCTTY, 0);
	if (size && sscanf(size, "%hu %hu", &ws.ws_row, &ws.ws_col) == 2)
		ioctl(fd, TIOCSWINSZ, &ws);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	write_all(1, READY, strlen(READY));
}

static void run_on_terminal(char **argv, char **env, const char *argv0)
{
	pid_t job, pid;
	int status;

	job = fork();
	if (job < 0)
		die("fork");
	if (!job) {
		char *path = argv[0];

		take_terminal();
		if (argv0) {
			argv[0] = (char *)argv0;
			execve(path, argv, env);
			die(path);
		}
		run(argv, env);
	}
	while ((pid = wait(&status)) != job)
		if (pid < 0 && errno != EINTR)
			die("wait");
	power_off(status);
}

/* --- pipe mode ---------------------------------------------------------- */

struct stream {
	int fd; /* -1: ended */
	char mark; /* 'O' or 'E' */
};

static char current_mark;
static int child_pipe[2];

static void on_child(int sig)
{
	int saved = errno;

	(void)sig;
	if (write(child_pipe[1], "", 1) < 0 && errno != EAGAIN)
		_exit(1);
	errno = saved;
}

static void send_framed(int tty, char mark, const char *buf, size_t n)
{
	char out[2 * 4096 + 2];
	size_t len = 0;

	if (mark != current_mark) {
		out[len++] = DLE;
		out[len++] = mark;
		current_mark = mark;
	}
	for (size_t i = 0; i < n; i++) {
		if (buf[i] == DLE)
			out[len++] = DLE;
		out[len++] = buf[i];
	}
	write_all(tty, out, len);
}

/* Move what is there; false when the stream has nothing now. */
static int forward(int tty, struct stream *s)
{
	char buf[4096];
	ssize_t n;

	if (s->fd < 0)
		return 0;
	n = read(s->fd, buf, sizeof(buf));
	if (n < 0)
		return 0;
	if (n == 0) {
		close(s->fd);
		s->fd = -1;
		return 0;
	}
	send_framed(tty, s->mark, buf, (size_t)n);
	return 1;
}

struct input {
	int fd; /* write end of the job's standard input; -1: closed */
	int escaped, ended;
	char buf[4096];
	size_t len;
};

static void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	in->fd = -1;
	in->len = 0;
}

static void input_from_line(int tty, struct input *in)
{
	char raw[sizeof(in->buf)];
	ssize_t n = read(tty, raw, sizeof(raw) - in->len);

	for (ssize_t i = 0; i < n; i++) {
		if (!in->escaped && raw[i] == DLE) {
			in->escaped = 1;
			continue;
		}
		if (in->escaped && raw[i] == EOT)
			in->ended = 1;
		else if (!in->ended)
			in->buf[in->len++] = raw[i];
		in->escaped = 0;
	}
}

static void input_to_job(struct input *in)
{
	ssize_t n = write(in->fd, in->buf, in->len);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			input_close(in); /* nobody reads it any more */
		return;
	}
	memmove(in->buf, in->buf + n, in->len - (size_t)n);
	in->len -= (size_t)n;
}

/* Returns 1 when the job itself has ended, its status in *@status. */
static int reap(pid_t job, int *status)
{
	char drop[64];
	pid_t pid;
	int st, done = 0;

	while (read(child_pipe[0], drop, sizeof(drop)) > 0)
		;
	while ((pid = waitpid(-1, &st, WNOHANG)) > 0)
		if (pid == job) {
			*status = st;
			done = 1;
		}
	return done;
}

static void pump(int tty, pid_t job, struct stream *s, struct input *in)
{
	int status;

	for (;;) {
		struct pollfd p[5] = {
			{ .fd = child_pipe[0], .events = POLLIN },
			{ .fd = s[0].fd, .events = POLLIN },
			{ .fd = s[1].fd, .events = POLLIN },
			{ .fd = in->fd >= 0 && in->len < sizeof(in->buf) &&
						!in->ended
					? tty
					: -1,
			  .events = POLLIN },
			{ .fd = in->len ? in->fd : -1, .events = POLLOUT },
		};

		if (in->ended && !in->len)
			input_close(in);
		if (poll(p, 5, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[1].revents)
			forward(tty, &s[0]);
		if (p[2].revents)
			forward(tty, &s[1]);
		if (p[3].revents)
			input_from_line(tty, in);
		if (p[4].revents)
			input_to_job(in);
		if (reap(job, &status))
			break;
	}
	while (forward(tty, &s[0]) | forward(tty, &s[1]))
		;
	tcdrain(tty);
	power_off(status);
}

static void pipe_or_die(int fd[2])
{
	if (pipe2(fd, O_CLOEXEC))
		die("pipe");
}

static void run_on_pipes(char **argv, char **env)
{
	char *how = job_file("stdin", NULL);
	int streaming = how && !strcmp(how, "stream");
	int out[2], err[2], in[2] = { -1, -1 }, tty;
	struct termios t;
	pid_t job;

	tty = open(TTY, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0 || tcgetattr(tty, &t))
		die(TTY);
	cfmakeraw(&t);
	tcsetattr(tty, TCSANOW, &t);
	pipe_or_die(out);
	pipe_or_die(err);
	pipe_or_die(child_pipe);
	fcntl(child_pipe[0], F_SETFL, O_NONBLOCK);
	fcntl(child_pipe[1], F_SETFL, O_NONBLOCK);
	if (streaming)
		pipe_or_die(in);
	signal(SIGCHLD, on_child);
	write_all(tty, READY, strlen(READY));
	job = fork();
	if (job < 0)
		die("fork");
	if (!job) {
		int fd = streaming ? in[0] : open("/dev/null", O_RDONLY);

		signal(SIGCHLD, SIG_DFL);
		setsid();
		dup2(fd, 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		if (!streaming && fd > 2)
			close(fd);
		run(argv, env);
	}
	close(out[1]);
	close(err[1]);
	if (streaming)
		close(in[0]);
	signal(SIGPIPE, SIG_IGN);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	if (streaming)
		fcntl(in[1], F_SETFL, O_NONBLOCK);
	pump(tty, job, (struct stream[]){ { out[0], 'O' }, { err[0], 'E' } },
	     &(struct input){ .fd = in[1] });
}

int main(void)
{
	static char *shell[] = { "/bin/sh", NULL };
	char **argv, **env;
	char *mode;

	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mode = job_file("mode", NULL);
	argv = job_vector("argv");
	env = job_vector("env");
	if (!env)
		env = default_env;
	if (mode && argv && argv[0] && !strcmp(mode, "pipe"))
		run_on_pipes(argv, env);
	if (mode && argv && argv[0] && !strcmp(mode, "tty"))
		run_on_terminal(argv, env, NULL);
	if (chdir("/root"))
		kmsg("<4>init: there is no /root\n");
	run_on_terminal(shell, env, "-sh");
	return 1;
}
