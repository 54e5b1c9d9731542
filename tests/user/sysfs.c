/* SPDX-License-Identifier: MIT */
/* What programs read in /sys about CPUs and memory, and tables of /proc. */
#include "t.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CPU  "/sys/devices/system/cpu/"
#define NODE "/sys/devices/system/node/"

static char text[8192];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* How many numbers a list like "0-2,5" has. */
static int in_list(const char *s)
{
	int n = 0, a, b, len;

	while (sscanf(s, "%d%n", &a, &len) == 1) {
		s += len;
		b = a;
		if (*s == '-' && sscanf(s + 1, "%d%n", &b, &len) == 1)
			s += len + 1;
		n += b - a + 1;
		if (*s++ != ',')
			break;
	}
	return n;
}

static void topology(void)
{
	struct stat st;

	is(stat(CPU "cpu0", &st), 0, 0, "a directory for a CPU");
	T(S_ISDIR(st.st_mode), "indeed");
	is(stat(CPU "cpu4095", &st), -1, ENOENT, "not for one that is not");
	is(stat(CPU "cpu00", &st), -1, ENOENT, "nor by another name");
	is(stat(CPU "cpu0/online", &st), -1, ENOENT, "the first one stays");
	T(!strcmp(slurp(CPU "cpu0/topology/physical_package_id"), "0\n"),
	  "its package");
	T(!strcmp(slurp(CPU "cpu0/topology/core_id"), "0\n"), "its core");
	T(*slurp(CPU "cpu0/topology/thread_siblings_list") == '0',
	  "its threads");
	T(*slurp(CPU "cpu0/topology/core_siblings_list") == '0',
	  "its package's CPUs");
	is(stat(CPU "cpu0/cache", &st), 0, 0, "its caches");
}

static void caches(void)
{
	struct stat st;

	if (stat(CPU "cpu0/cache/index0", &st))
		return;
	if (atoi(slurp(CPU "cpu0/cache/index0/level")) != 1 ||
	    atoi(slurp(CPU "cpu0/cache/index0/coherency_line_size")) < 16 ||
	    !strchr(slurp(CPU "cpu0/cache/index0/size"), 'K') ||
	    *slurp(CPU "cpu0/cache/index0/shared_cpu_list") != '0')
		T(0, "the first cache is of level 1: %s", text);
}

int main(void)
{
	cpu_set_t set;
	struct statfs sf;
	struct stat st;

	sched_getaffinity(0, sizeof(set), &set);
	is(in_list(slurp(CPU "online")), CPU_COUNT(&set), 0, "CPUs online");
	T(in_list(slurp(CPU "possible")) >= CPU_COUNT(&set), "possible");
	T(in_list(slurp(CPU "present")) >= CPU_COUNT(&set), "present");
	T(atoi(slurp(CPU "kernel_max")) >= CPU_COUNT(&set), "the kernel's");
	T(!strcmp(slurp(NODE "online"), "0\n"), "one node");
	T(in_list(slurp(NODE "node0/cpulist")) >= CPU_COUNT(&set),
	  "which has them all");
	T(!strncmp(slurp(NODE "node0/meminfo"), "Node 0 MemTotal:", 16),
	  "and memory");
	is(open(CPU "online", O_WRONLY | O_EXCL | O_CREAT, 0600), -1, EEXIST,
	   "nothing can be made anew");
	is(open("/sys/none", O_RDONLY), -1, ENOENT, "what is not there");
	is(stat(CPU "online", &st), 0, 0, "a file");
	T(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0444, "to read");
	T(!statfs("/sys", &sf) && sf.f_type == 0x62656572, "of sysfs");
	T(!strncmp(slurp("/proc/swaps"), "Filename\t\t\t\tType\t\tSize", 22),
	  "/proc/swaps has its head");
	T(atol(slurp("/proc/sys/fs/file-max")) > 1000, "files there may be");
	T(atol(slurp("/proc/sys/fs/pipe-max-size")) == 1048576,
	  "bytes of a pipe");
	topology();
	caches();
	return done();
}
