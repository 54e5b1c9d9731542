/* SPDX-License-Identifier: MIT */
/* execve(2): what it passes on, what it resets, and when it refuses. The
 * program runs itself again with a word that says what to look at. */
#include "t.h"
#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static char self[4096];

/* --- in the new program ---------------------------------------------------- */

static int show_args(int argc, char **argv, char **envp)
{
	for (int i = 2; i < argc; i++)
		printf("[%s]", argv[i]);
	for (int i = 0; envp[i]; i++)
		printf("{%s}", envp[i]);
	printf(" end %d\n", argv[argc] == NULL);
	return 0;
}

static int show_auxv(char **argv)
{
	const unsigned char *r = (void *)getauxval(AT_RANDOM);
	const Elf64_Phdr *ph = (void *)getauxval(AT_PHDR);
	int sum = 0, load = 0;

	for (int i = 0; i < 16; i++)
		sum |= r[i];
	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++)
		load += ph[i].p_type == PT_LOAD;
	return !(getauxval(AT_PAGESZ) == PAGE &&
		 getauxval(AT_PHENT) == sizeof(Elf64_Phdr) && load > 0 && sum &&
		 getauxval(AT_UID) == getuid() &&
		 getauxval(AT_EUID) == geteuid() &&
		 getauxval(AT_GID) == getgid() && getauxval(AT_CLKTCK) == 100 &&
		 getauxval(AT_SECURE) == 0 && getauxval(AT_ENTRY) &&
		 !strcmp((char *)getauxval(AT_EXECFN), argv[2]) &&
		 !strcmp((char *)getauxval(AT_PLATFORM), "x86_64"));
}

static int show_signals(void)
{
	struct sigaction sa;
	sigset_t mask, pending;
	int bad = 0;

	sigaction(SIGUSR1, NULL, &sa);
	bad |= sa.sa_handler == SIG_DFL ? 0 : 1;
	sigaction(SIGUSR2, NULL, &sa);
	bad |= sa.sa_handler == SIG_IGN ? 0 : 2;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	bad |= sigismember(&mask, SIGHUP) ? 0 : 4;
	sigpending(&pending);
	bad |= sigismember(&pending, SIGHUP) ? 0 : 8;
	bad |= sigaltstack(NULL, (stack_t[]){ { 0 } }) ? 16 : 0;
	return bad;
}

static int show_misc(char **argv)
{
	char name[17] = "", buf[64] = "";
	int fd = atoi(argv[2]), bad = 0, n;

	prctl(PR_GET_NAME, name);
	bad |= strcmp(name, "exec") ? 1 : 0;
	bad |= (fcntl(fd, F_GETFD) == -1 && errno == EBADF) ? 0 : 2;
	bad |= fcntl(fd + 1, F_GETFD) == 0 ? 0 : 4;
	n = open("/proc/self/cmdline", O_RDONLY);
	bad |= read(n, buf, sizeof(buf)) > 0 && !strcmp(buf, "zero") ? 0 : 8;
	bad |= alarm(0) > 0 ? 0 : 16;
	return bad;
}

/* --- in the old one ---------------------------------------------------------- */

static int exec_self(const char *what, const char *arg)
{
	return in_child({
		char *argv[] = { "zero", (char *)what, (char *)arg, NULL };
		char *envp[] = { NULL };

		execve(self, argv, envp);
		_exit(99);
	});
}

static void arguments(void)
{
	char *argv[] = { "x", "args", "", "two words", "\xff\x80", NULL };
	char *envp[] = { "A=1", "", "noequals", NULL };

	T(in_child(execve(self, argv, envp); _exit(99)) == 0,
	  "arguments and environment arrive");
	T(in_child({
		  char *none[] = { "x", "args", NULL };

		  execve(self, none, NULL);
		  _exit(99);
	  }) == 0,
	  "no environment at all");
	T(exec_self("auxv", self) == 0, "the auxiliary vector");
}

static void nothing(int sig)
{
	(void)sig;
}

static void what_stays(void)
{
	int status = in_child({
		sigset_t set;

		signal(SIGUSR1, nothing);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGHUP);
		_exit(WEXITSTATUS(exec_self("signals", NULL)) |
		      0); /* pending ones do not cross a fork */
	});

	T(WEXITSTATUS(status) == 8,
	  "handlers are reset, SIG_IGN and the mask stay (%d)",
	  WEXITSTATUS(status));
	status = in_child({
		char *argv[] = { "zero", "signals", NULL };
		sigset_t set;

		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGHUP);
		execv(self, argv);
		_exit(99);
	});
	T(status == 0, "pending signals stay pending");
	status = in_child({
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		char number[16];
		char *argv[] = { "zero", "misc", number, NULL };

		if (dup(fd) != fd + 1)
			_exit(98);
		snprintf(number, sizeof(number), "%d", fd);
		alarm(1000);
		execv(self, argv);
		_exit(99);
	});
	T(status == 0, "name, close-on-exec, descriptors, cmdline, alarm (%d)",
	  WEXITSTATUS(status));
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		exit(99);
	fchmod(fd, mode);
	close(fd);
}

static long try_exec(const char *path, char **argv, char **envp)
{
	int status = in_child({
		execve(path, argv, envp);
		_exit(errno);
	});

	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void refusals(void)
{
	char *argv[] = { "x", NULL }, *envp[] = { NULL };
	char *bad[] = { "x", (char *)16, NULL };
	char name[5000];

	T(try_exec("/no/such/file", argv, envp) == ENOENT, "ENOENT");
	T(try_exec("", argv, envp) == ENOENT, "an empty name: ENOENT");
	T(try_exec("/dev", argv, envp) == EACCES, "a folder: EACCES");
	T(try_exec("/dev/null", argv, envp) == EACCES, "a device: EACCES");
	T(try_exec("/dev/null/x", argv, envp) == ENOTDIR, "ENOTDIR");
	make_file("plain", "#!/bin/sh\n", 0644);
	T(try_exec("plain", argv, envp) == EACCES, "not executable: EACCES");
	make_file("empty", "", 0755);
	T(try_exec("empty", argv, envp) == ENOEXEC, "an empty file: ENOEXEC");
	make_file("text", "echo hello\n", 0755);
	T(try_exec("text", argv, envp) == ENOEXEC, "a text file: ENOEXEC");
	if (symlink("loop", "loop"))
		exit(99);
	T(try_exec("loop", argv, envp) == ELOOP, "ELOOP");
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	T(try_exec(name, argv, envp) == ENAMETOOLONG, "ENAMETOOLONG");
	name[300] = '\0';
	T(try_exec(name, argv, envp) == ENAMETOOLONG, "a long component, too");
	T(try_exec((char *)16, argv, envp) == EFAULT, "a bad path: EFAULT");
	T(try_exec(self, (char **)16, envp) == EFAULT, "bad argv: EFAULT");
	T(try_exec(self, bad, envp) == EFAULT, "a bad argument: EFAULT");
	T(try_exec(self, argv, (char **)16) == EFAULT, "bad envp: EFAULT");
}

static void too_big(void)
{
	static char *argv[40000];
	char *envp[] = { NULL }, *long_one = malloc(200000);

	argv[0] = "zero";
	argv[1] = "nothing";
	memset(long_one, 'x', 200000);
	long_one[131072] = '\0';
	argv[2] = long_one;
	T(try_exec(self, argv, envp) == E2BIG, "an argument of 128 KiB: E2BIG");
	long_one[131071] = '\0';
	T(try_exec(self, argv, envp) == 0, "one byte less is fine");
	long_one[1000] = '\0';
	for (int i = 2; i < 39999; i++)
		argv[i] = long_one;
	T(try_exec(self, argv, envp) == E2BIG, "40 MB of arguments: E2BIG");
	argv[1500] = NULL;
	T(try_exec(self, argv, envp) == 0, "1.5 MB are fine");
	free(long_one);
}

static void scripts(void)
{
	char text[4500], *argv[] = { "script", "args", "tail", NULL };
	char *envp[] = { NULL };

	if (symlink(self, "me"))
		exit(99);
	make_file("s1", "#!me args\n", 0755);
	T(try_exec("s1", argv, envp) == 0, "#! with an argument");
	make_file("s2", "#!  me   args more than one  \nrest", 0755);
	T(try_exec("s2", argv, envp) == 0, "words behind it are one argument");
	make_file("s3", "#!./s1\n", 0755);
	T(try_exec("s3", argv, envp) == 0, "a script runs a script");
	make_file("s4", "#!s4\n", 0755);
	T(try_exec("s4", argv, envp) == ELOOP, "which runs itself: ELOOP");
	make_file("s5", "#!\n", 0755);
	T(try_exec("s5", argv, envp) == ENOEXEC, "no interpreter: ENOEXEC");
	make_file("s6", "#!/no/such/thing\n", 0755);
	T(try_exec("s6", argv, envp) == ENOENT, "a missing one: ENOENT");
	make_file("s7", "#!plain\n", 0755);
	T(try_exec("s7", argv, envp) == EACCES,
	  "one that is not executable: EACCES");
	memset(text, ' ', sizeof(text));
	memcpy(text, "#!", 2);
	strcpy(text + 300, "me args\n");
	make_file("s8", text, 0755);
	T(try_exec("s8", argv, envp) == ENOEXEC,
	  "one that does not begin in the first 256 bytes: ENOEXEC");
	make_file("s9", "#!me args", 0755);
	T(try_exec("s9", argv, envp) == 0, "without a newline");
}

static void busy(void)
{
	char *argv[] = { "x", "nothing", NULL }, *envp[] = { NULL };
	char buf[65536];
	int in = open(self, O_RDONLY), out, n;

	out = open("copy", O_WRONLY | O_CREAT, 0755);
	while ((n = (int)read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			exit(99);
	T(try_exec("copy", argv, envp) == ETXTBSY,
	  "a program that is open for writing: ETXTBSY");
	close(out);
	T(try_exec("copy", argv, envp) == 0, "closed it runs");
	T(in_child({
		  int fd = open(self, O_WRONLY);

		  _exit(fd == -1 && errno == ETXTBSY ? 0 : 1);
	  }) == 0,
	  "a running program cannot be opened for writing: ETXTBSY");
	close(in);
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1) {
		if (!strcmp(argv[1], "args"))
			return show_args(argc, argv, envp);
		if (!strncmp(argv[1], "args ", 5))
			return printf("<%s>\n", argv[1]) < 0;
		if (!strcmp(argv[1], "auxv"))
			return show_auxv(argv);
		if (!strcmp(argv[1], "signals"))
			return show_signals();
		if (!strcmp(argv[1], "misc"))
			return show_misc(argv);
		return 0;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		exit(99);
	arguments();
	what_stays();
	refusals();
	too_big();
	scripts();
	busy();
	return done();
}
