/* SPDX-License-Identifier: MIT */
/*
 * Programs that run as another user than who starts them: execve(2),
 * credentials(7), capabilities(7). "prog" is a copy of this program that says
 * who it is.
 */
#include "who.h"
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#define REPORT	  100 /* descriptor */
#define CAP_CHOWN 0

static unsigned int cap_effective(void)
{
	unsigned int head[2] = { 0x20080522, 0 }, data[6] = { 0 };

	syscall(SYS_capget, head, data);
	return data[0];
}

/* Real, effective, saved and file users; groups; AT_SECURE, dumpable, the
 * signal at the parent's death, CAP_CHOWN. */
static int report(void)
{
	uid_t u[3];
	gid_t g[3];
	int sig = -1;

	syscall(SYS_getresuid, &u[0], &u[1], &u[2]);
	syscall(SYS_getresgid, &g[0], &g[1], &g[2]);
	prctl(PR_GET_PDEATHSIG, &sig);
	dprintf(REPORT, "%d %d %d %d  %d %d %d  %lu %d %d %d", u[0], u[1], u[2],
		(int)syscall(SYS_setfsuid, -1), g[0], g[1], g[2],
		getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE), sig,
		cap_effective() >> CAP_CHOWN & 1);
	return 0;
}

static void copy_self(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	static char buf[1 << 16];
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0700);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			exit(99);
	if (in < 0 || out < 0 || n ||
	    (who_root && (fchown(out, uid, gid) || fchmod(out, mode))))
		exit(99);
	close(in);
	close(out);
}

/* In a child: run @prog; its words come through the descriptor. */
static void run(const char *prog, int fd)
{
	char *const argv[] = { "prog", "report", NULL };

	dup2(fd, REPORT);
	execv(prog, argv);
	_exit(97);
}

/* What @prog says when it is run after @before. */
#define SAYS(before, prog, text_, ...)                                         \
	({                                                                     \
		int s_fd[2], s_n;                                              \
		char s_text[200] = "";                                         \
		if (pipe(s_fd))                                                \
			exit(99);                                              \
		if (who_root) {                                                \
			in_child({                                             \
				before;                                        \
				run(prog, s_fd[1]);                            \
			});                                                    \
			close(s_fd[1]);                                        \
			s_n = (int)read(s_fd[0], s_text, 199);                 \
			s_text[s_n < 0 ? 0 : s_n] = '\0';                      \
		} else {                                                       \
			close(s_fd[1]);                                        \
			strcpy(s_text, text_);                                 \
		}                                                              \
		close(s_fd[0]);                                                \
		if (!T(!strcmp(s_text, text_), __VA_ARGS__))                   \
			printf("# expected \"%s\"\n# got      \"%s\"\n",       \
			       text_, s_text);                                 \
	})

static void plain(void)
{
	SAYS(become(BOB, BOB), "./prog",
	     "4322 4322 4322 4322  4322 4322 4322  0 1 0 0",
	     "a plain program runs as its caller, and may be looked into");
	SAYS(syscall(SYS_setresuid, BOB, ANN, 0), "./prog",
	     "4322 4321 4321 4321  0 0 0  1 0 0 0",
	     "the saved user becomes the effective one");
	SAYS(syscall(SYS_setresgid, BOB, ANN, 0), "./prog",
	     "0 0 0 0  4322 4321 4321  1 0 0 1", "so does the group");
	SAYS(syscall(SYS_setresuid, 0, BOB, BOB), "./prog",
	     "0 4322 4322 4322  0 0 0  1 0 0 0", "a real root is not enough");
	if (who_root)
		chmod("prog", 0711);
	SAYS(become(BOB, BOB), "./prog",
	     "4322 4322 4322 4322  4322 4322 4322  0 0 0 0",
	     "what cannot be read cannot be looked into");
}

static void set_ids(void)
{
	copy_self("prog", ANN, 77, 04755);
	SAYS(prctl(PR_SET_PDEATHSIG, 9); become(BOB, BOB);
	     prctl(PR_SET_PDEATHSIG, 9), "./prog",
	     "4322 4321 4321 4321  4322 4322 4322  1 0 0 0",
	     "set-user-ID; no signal at the parent's death");
	SAYS(, "./prog", "0 4321 4321 4321  0 0 0  1 0 0 0", "root's start");
	SAYS(become(ANN, ANN), "./prog",
	     "4321 4321 4321 4321  4321 4321 4321  0 1 0 0",
	     "the user who one is already");
	SAYS(become(BOB, BOB); prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "./prog",
			       "4322 4322 4322 4322  4322 4322 4322  0 1 0 0",
			       "PR_SET_NO_NEW_PRIVS");
	if (who_root)
		chmod("prog", 02755);
	SAYS(become(BOB, BOB), "./prog",
	     "4322 4322 4322 4322  4322 77 77  1 0 0 0", "set-group-ID");
	if (who_root)
		chmod("prog", 02745);
	SAYS(become(BOB, BOB), "./prog",
	     "4322 4322 4322 4322  4322 4322 4322  0 1 0 0",
	     "not without the group's x");
	if (who_root)
		chmod("prog", 06755);
	SAYS(become(BOB, BOB), "./prog",
	     "4322 4321 4321 4321  4322 77 77  1 0 0 0", "both");
	copy_self("prog", 0, 0, 04755);
	SAYS(become(BOB, BOB), "./prog", "4322 0 0 0  4322 4322 4322  1 0 0 1",
	     "root's programs have root's capabilities");
}

static void script(const char *name, mode_t mode)
{
	char cwd[200];
	FILE *f = fopen(name, "w");

	if (!f || !getcwd(cwd, sizeof(cwd)))
		exit(99);
	fprintf(f, "#!%s/prog report\n", cwd);
	fclose(f);
	if (chmod(name, mode))
		exit(99);
}

static void scripts(void)
{
	copy_self("prog", ANN, ANN, 0755);
	script("script", 06755);
	SAYS(become(BOB, BOB), "./script",
	     "4322 4322 4322 4322  4322 4322 4322  0 1 0 0",
	     "a script's bits mean nothing");
	if (who_root)
		chmod("prog", 04755);
	SAYS(become(BOB, BOB), "./script",
	     "4322 4321 4321 4321  4322 4322 4322  1 0 0 0",
	     "its interpreter's do");
}

/* Somebody who shares the working directory could move it under a program. */
static void shared(void)
{
	SAYS(
		become(BOB, BOB);
		pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0,
					   0, 0);
		if (pid) {
			waitpid(pid, NULL, 0);
			_exit(0);
		},
		"./prog", "4322 4322 4322 4322  4322 4322 4322  1 1 0 0",
		"no set-user-ID with CLONE_FS");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "report"))
		return report();
	who_init();
	copy_self("prog", ANN, ANN, 0755);
	plain();
	set_ids();
	scripts();
	shared();
	return done();
}
