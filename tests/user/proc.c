/* SPDX-License-Identifier: MIT */
/* /proc: the form of its files, and what happens when a process goes. */
#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static char text[1 << 17];

static ssize_t slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = 0, got;

	if (fd < 0)
		return -1;
	while ((got = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	return got < 0 ? -1 : n;
}

static int matches(const char *s, const char *pattern)
{
	regex_t re;
	int ret;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE))
		return 0;
	ret = regexec(&re, s, 0, NULL, 0) == 0;
	regfree(&re);
	return ret;
}

/* Every line of a file has one form. */
static void all_lines(const char *path, const char *pattern)
{
	int ok = slurp(path) > 0, lines = 0;

	for (char *s = strtok(text, "\n"); s && ok; s = strtok(NULL, "\n")) {
		ok = matches(s, pattern);
		lines++;
		if (!ok)
			printf("# %s: %s\n", path, s);
	}
	T(ok && lines, "the lines of %s", path);
}

static void one_text(const char *path, const char *pattern)
{
	int ok = slurp(path) > 0 && matches(text, pattern);

	T(ok, "the form of %s", path);
	if (!ok)
		printf("# %s\n", text);
}

static void has_lines(const char *path, const char *const *patterns)
{
	if (!T(slurp(path) > 0, "%s can be read", path))
		return;
	for (; *patterns; patterns++)
		T(matches(text, *patterns), "%s has %s", path, *patterns);
}

static void global_files(void)
{
	static const char *const meminfo[] = {
		"^MemTotal:       [ 0-9]{8} kB$",
		"^MemFree:        [ 0-9]{8} kB$",
		"^MemAvailable:   [ 0-9]{8} kB$",
		"^Buffers:        [ 0-9]{8} kB$",
		"^Cached:         [ 0-9]{8} kB$",
		"^Active\\(anon\\):   [ 0-9]{8} kB$",
		"^SwapTotal:      [ 0-9]{8} kB$",
		"^AnonPages:      [ 0-9]{8} kB$",
		"^Mapped:         [ 0-9]{8} kB$",
		"^Shmem:          [ 0-9]{8} kB$",
		"^Slab:           [ 0-9]{8} kB$",
		"^KernelStack:    [ 0-9]{8} kB$",
		"^PageTables:     [ 0-9]{8} kB$",
		"^CommitLimit:    [ 0-9]{8} kB$",
		"^Committed_AS:   [ 0-9]{8} kB$",
		"^HugePages_Total: +[0-9]+$",
		"^Hugepagesize:       2048 kB$",
		NULL,
	};
	static const char *const stat[] = {
		"^cpu  [0-9]+( [0-9]+){9}$",
		"^cpu0 [0-9]+( [0-9]+){9}$",
		"^intr [0-9]+( [0-9]+)+$",
		"^ctxt [0-9]+$",
		"^btime [0-9]+$",
		"^processes [0-9]+$",
		"^procs_running [0-9]+$",
		"^procs_blocked [0-9]+$",
		NULL,
	};
	static const char *const cpuinfo[] = {
		"^processor\t: 0$",
		"^vendor_id\t: .+$",
		"^cpu family\t: [0-9]+$",
		"^model\t\t: [0-9]+$",
		"^model name\t: .+$",
		"^cpu MHz\t\t: [0-9]+\\.[0-9]{3}$",
		"^fpu\t\t: yes$",
		"^flags\t\t: fpu .*lm",
		"^bogomips\t: [0-9]+\\.[0-9]{2}$",
		"^address sizes\t: [0-9]+ bits physical, [0-9]+ bits virtual$",
		"^power management:",
		NULL,
	};

	has_lines("/proc/meminfo", meminfo);
	has_lines("/proc/stat", stat);
	has_lines("/proc/cpuinfo", cpuinfo);
	all_lines("/proc/uptime", "^[0-9]+\\.[0-9]{2} [0-9]+\\.[0-9]{2}$");
	all_lines("/proc/version", "^Linux version [0-9]+\\.[0-9]+.* #1 SMP");
	all_lines("/proc/loadavg",
		  "^([0-9]+\\.[0-9]{2} ){3}[0-9]+/[0-9]+ [0-9]+$");
	all_lines("/proc/mounts", "^[^ ]+ /[^ ]* [^ ]+ (rw|ro)[^ ]* 0 0$");
	all_lines("/proc/self/mountinfo",
		  "^[0-9]+ [0-9]+ [0-9]+:[0-9]+ / /[^ ]* (rw|ro)[^ ]* "
		  "([^ ]+ )*- [^ ]+ [^ ]+ (rw|ro)");
	all_lines("/proc/filesystems", "^(nodev)?\t[a-z0-9_]+$");
	all_lines("/proc/sys/kernel/random/uuid",
		  "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
		  "[0-9a-f]{12}$");
	one_text("/proc/sys/kernel/ostype", "^Linux$");
	one_text("/proc/sys/vm/max_map_count", "^[0-9]+$");
	one_text("/proc/sys/kernel/pid_max", "^[0-9]+$");
}

static void process_files(void)
{
	static const char *const status[] = {
		"^Name:\tproc$",
		"^Umask:\t[0-7]{4}$",
		"^State:\tR \\(running\\)$",
		"^Tgid:\t[0-9]+$",
		"^Ngid:\t0$",
		"^Pid:\t[0-9]+$",
		"^PPid:\t[0-9]+$",
		"^TracerPid:\t0$",
		"^Uid:\t[0-9]+\t[0-9]+\t[0-9]+\t[0-9]+$",
		"^Gid:\t[0-9]+\t[0-9]+\t[0-9]+\t[0-9]+$",
		"^FDSize:\t[0-9]+$",
		"^Groups:\t([0-9]+ )* ?$",
		"^NSsid:\t[0-9]+$",
		"^VmPeak:\t[ 0-9]{8} kB$",
		"^VmSize:\t[ 0-9]{8} kB$",
		"^VmLck:\t       0 kB$",
		"^VmHWM:\t[ 0-9]{8} kB$",
		"^VmRSS:\t[ 0-9]{8} kB$",
		"^RssAnon:\t[ 0-9]{8} kB$",
		"^RssFile:\t[ 0-9]{8} kB$",
		"^RssShmem:\t[ 0-9]{8} kB$",
		"^VmData:\t[ 0-9]{8} kB$",
		"^VmStk:\t[ 0-9]{8} kB$",
		"^VmExe:\t[ 0-9]{8} kB$",
		"^VmLib:\t       [0-9] kB$",
		"^VmPTE:\t[ 0-9]{8} kB$",
		"^VmSwap:\t       0 kB$",
		"^Threads:\t1$",
		"^SigQ:\t[0-9]+/[0-9]+$",
		"^SigPnd:\t0{16}$",
		"^ShdPnd:\t0{16}$",
		"^SigBlk:\t[0-9a-f]{16}$",
		"^SigCgt:\t[0-9a-f]{16}$",
		"^CapEff:\t[0-9a-f]{16}$",
		"^Cpus_allowed:\t[0-9a-f,]+$",
		"^Cpus_allowed_list:\t[-0-9,]+$",
		"^voluntary_ctxt_switches:\t[0-9]+$",
		"^nonvoluntary_ctxt_switches:\t[0-9]+$",
		NULL,
	};

	prctl(PR_SET_NAME, "proc");
	has_lines("/proc/self/status", status);
	one_text("/proc/self/stat", "^[0-9]+ \\(proc\\) R( -?[0-9]+){49}$");
	one_text("/proc/self/statm", "^([0-9]+ ){3}[0-9]+ 0 [0-9]+ 0$");
	one_text("/proc/self/comm", "^proc$");
	all_lines("/proc/self/maps",
		  "^[0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][ps] [0-9a-f]{8,} "
		  "[0-9a-f]{2}:[0-9a-f]{2} [0-9]+ ( *(/.+|\\[.+\\]))?$");
	all_lines("/proc/self/limits",
		  "^(Limit|Max [a-z ]+) +[^ ]+( Limit)? +[^ ]+.*$");
	one_text("/proc/self/oom_score_adj", "^-?[0-9]+$");
}

static void map_names(void)
{
	char heap[100], *at;
	long brk = syscall(SYS_brk, 0) + 8192;

	syscall(SYS_brk, brk);
	slurp("/proc/self/maps");
	/* The last of them: libc may have protected a part. */
	at = NULL;
	for (char *s = text; (s = strstr(s, "[heap]")); s++)
		at = s;
	T(at && strstr(text, "[stack]"), "heap and stack have names");
	while (at && at > text && at[-1] != '\n')
		at--;
	T(at && strchr(at, '[') - at == 73, "names stand in column 73");
	snprintf(heap, sizeof(heap), "%08lx ",
		 ((unsigned long)brk + PAGE - 1) & -PAGE);
	T(at && !strncmp(strchr(at, '-') + 1, heap, strlen(heap)),
	  "the heap ends at the break");
}

static void arguments(char **argv)
{
	ssize_t n = slurp("/proc/self/cmdline");
	char comm[20] = "";
	int fd;

	T(n == (ssize_t)strlen(argv[0]) + 1 && !memcmp(text, argv[0], n),
	  "cmdline is what exec was given");
	/* A program may write over its arguments. */
	argv[0][0] = '#';
	slurp("/proc/self/cmdline");
	T(text[0] == '#', "or what the program has made of it");
	setenv("UNUSED", "1", 1);
	T(slurp("/proc/self/environ") >= 0 && !strstr(text, "UNUSED"),
	  "environ is what exec was given");
	T(slurp("/proc/self/auxv") % 16 == 0, "auxv is pairs");
	T(!memcmp(text + slurp("/proc/self/auxv") - 16, (char[16]){ 0 }, 16),
	  "and ends with a null one");
	fd = open("/proc/self/comm", O_RDWR);
	is(write(fd, "a name that is too long\n", 24), 24, 0, "comm is set");
	T(read(fd, comm, 20) >= 0 || 1, "and read");
	close(fd);
	slurp("/proc/self/comm");
	T(!strcmp(text, "a name that is \n"), "to fifteen bytes");
	prctl(PR_SET_NAME, "proc");
}

static void links(void)
{
	char a[4096], b[4096], path[64];
	struct stat st, st2;
	ssize_t n;
	int fd;

	n = readlink("/proc/self/cwd", a, sizeof(a) - 1);
	a[n > 0 ? n : 0] = '\0';
	T(getcwd(b, sizeof(b)) && !strcmp(a, b), "cwd");
	T(readlink("/proc/self/root", a, 10) == 1 && a[0] == '/', "root");
	T(!stat("/proc/self/exe", &st) && S_ISREG(st.st_mode) &&
		  (st.st_mode & 0100),
	  "exe leads to the program");
	n = readlink("/proc/self", a, sizeof(a) - 1);
	a[n > 0 ? n : 0] = '\0';
	T(atoi(a) == getpid(), "self is the process");
	fd = open("/tmp/proc-test", O_CREAT | O_RDWR, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, a, sizeof(a) - 1);
	a[n > 0 ? n : 0] = '\0';
	T(!strcmp(a, "/tmp/proc-test"), "fd/N is the file");
	T(!lstat(path, &st) && S_ISLNK(st.st_mode) &&
		  (st.st_mode & 0777) == 0700 && st.st_size == 64,
	  "as a link of its own kind");
	unlink("/tmp/proc-test");
	n = readlink(path, a, sizeof(a) - 1);
	a[n > 0 ? n : 0] = '\0';
	T(!strcmp(a, "/tmp/proc-test (deleted)"), "also when it is gone");
	T(!stat(path, &st) && !fstat(fd, &st2) && st.st_ino == st2.st_ino,
	  "and still leads there");
	close(fd);
	is(readlink(path, a, 10), -1, ENOENT, "closed: no such file");
	is(open("/proc/self/fd/x", O_RDONLY), -1, ENOENT, "no number");
	is(open("/proc/self/fd/00", O_RDONLY), -1, ENOENT, "leading zeroes");
}

static void directories(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int self = 0, files = 0, last = 0, sorted = 1, fd;
	struct stat st;

	while ((e = readdir(d))) {
		int n = atoi(e->d_name);

		self += n == getpid();
		files += !strcmp(e->d_name, "meminfo");
		sorted &= !n || n > last;
		last = n ? n : last;
		if (n == getpid())
			T(!stat("/proc/self/", &st) && st.st_ino == e->d_ino,
			  "readdir and stat agree on the number");
	}
	closedir(d);
	T(self == 1 && files == 1, "/proc lists processes and files once");
	T(sorted, "processes in order");
	fd = open("/proc/meminfo", O_WRONLY);
	T(geteuid() ? fd < 0 : write(fd, "x", 1) == -1 && errno == EIO,
	  "meminfo is not written");
	close(fd);
	is(open("/proc/nosuch", O_RDONLY), -1, ENOENT, "what is not there");
	is(open("/proc/0", O_RDONLY), -1, ENOENT, "process 0");
	is(open("/proc/999999999", O_RDONLY), -1, ENOENT, "or any that is not");
	is(mkdir("/proc/x", 0777), -1, ENOENT, "nothing can be made there");
	is(unlink("/proc/meminfo"), -1, EPERM, "nor removed");
	is(chmod("/proc/self/maps", 0777), -1, EPERM, "nor opened to all");
	is(open("/proc/sys/kernel/ostype", O_WRONLY), -1, EACCES,
	   "what is fixed is not set");
}

static void exited(void)
{
	char path[64];
	int fd, dir, zombie, status;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	T(slurp(path) > 0, "a child's maps");
	zombie = open(path, O_RDONLY);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	T(slurp(path) > 0 && strstr(text, ") Z "), "a zombie has a state");
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	T(slurp(path) == 0, "but no arguments");
	is(read(zombie, text, 100), 0, 0, "and no maps");
	waitpid(pid, &status, 0);
	is(read(fd, text, 100), -1, ESRCH, "gone: ESRCH");
	is(openat(dir, "stat", O_RDONLY), -1, ESRCH, "nothing in it");
	is(openat(dir, "nosuch", O_RDONLY), -1, ESRCH, "nothing at all");
	is(open(path, O_RDONLY), -1, ENOENT, "no directory");
	close(fd);
	close(dir);
	close(zombie);
}

static void positions(void)
{
	char a[4096], b[4096];
	int fd = open("/proc/self/maps", O_RDONLY);
	ssize_t n = 0, got;

	/* Byte by byte is the same text. */
	while (n < (ssize_t)sizeof(a) && (got = read(fd, a + n, 1)) == 1)
		n++;
	lseek(fd, 0, SEEK_SET);
	got = 0;
	for (ssize_t r; (r = read(fd, b + got, sizeof(b) - (size_t)got)) > 0;)
		got += r;
	T(got == n && !memcmp(a, b, (size_t)n), "read by bytes or at once");
	T(pread(fd, b, 10, 20) == 10 && !memcmp(b, a + 20, 10), "pread");
	is(pread(fd, b, 10, 1 << 20), 0, 0, "beyond the end");
	is(lseek(fd, 0, SEEK_END), -1, EINVAL, "the end is not known");
	lseek(fd, 0, SEEK_SET);
	is(read(fd, (void *)1, 10), -1, EFAULT, "read to nowhere");
	close(fd);
}

static void other_users(void)
{
	int status;

	if (geteuid()) {
		T(1, "not root: no other users");
		return;
	}
	status = in_child({
		char path[64];
		int ok;

		if (setgid(1000) || setuid(1000))
			_exit(98);
		snprintf(path, sizeof(path), "/proc/%d/environ", getppid());
		ok = open(path, O_RDONLY) < 0 && errno == EACCES;
		snprintf(path, sizeof(path), "/proc/%d/maps", getppid());
		ok &= open(path, O_RDONLY) < 0 && errno == EACCES;
		snprintf(path, sizeof(path), "/proc/%d/fd", getppid());
		ok &= open(path, O_RDONLY) < 0 && errno == EACCES;
		snprintf(path, sizeof(path), "/proc/%d/exe", getppid());
		ok &= readlink(path, text, 10) < 0 && errno == EACCES;
		snprintf(path, sizeof(path), "/proc/%d/status", getppid());
		ok &= slurp(path) > 0;
		_exit(ok);
	});
	T(WEXITSTATUS(status) == 1, "others see the status, not the memory");
}

int main(int argc, char **argv)
{
	(void)argc;
	global_files();
	process_files();
	map_names();
	arguments(argv);
	links();
	directories();
	exited();
	positions();
	other_users();
	return done();
}
