/* SPDX-License-Identifier: MIT */
/*
 * Threads in /proc: task/, what each of its files says of one thread and what
 * of all, thread-self, and what is left when a thread has ended.
 */
#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

static int gettid_(void)
{
	return (int)syscall(SYS_gettid);
}

static char *slurp(const char *path)
{
	static char buf[65536];
	ssize_t n = 0, got;
	int fd = open(path, O_RDONLY);

	buf[0] = 0;
	if (fd < 0)
		return NULL;
	while (n < (ssize_t)sizeof(buf) - 1 &&
	       (got = read(fd, buf + n, sizeof(buf) - 1 - (size_t)n)) > 0)
		n += got;
	buf[n] = 0;
	close(fd);
	return buf;
}

static char *task_file(int tid, const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tid, name);
	return slurp(path);
}

static long status_field(int tid, const char *name)
{
	char key[40], *text = task_file(tid, "status"), *p;

	snprintf(key, sizeof(key), "\n%s:", name);
	p = text ? strstr(text, key) : NULL;
	return p ? atol(p + strlen(key)) : -1;
}

/* Field @n of a stat file, counted as proc(5) does, from 3 on. */
static long stat_field(const char *text, int n)
{
	const char *p = text ? strrchr(text, ')') : NULL;

	for (int i = 2; p && i < n; i++)
		p = strchr(p + 1, ' ');
	return p ? atol(p) : -1;
}

static int count_tasks(const char *path, int wanted)
{
	DIR *dir = opendir(path);
	struct dirent *de;
	int n = 0, found = 0;

	while (dir && (de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		n++;
		found |= atoi(de->d_name) == wanted;
	}
	if (dir)
		closedir(dir);
	return found ? n : -n;
}

/* linux/futex.h, which not every C library brings along. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

enum {
	REST,
	SPIN,
	STOP
};

struct worker {
	atomic_int tid, what;
	pthread_t thread;
};

static void tell(struct worker *w, int what)
{
	atomic_store(&w->what, what);
	syscall(SYS_futex, &w->what, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	prctl(PR_SET_NAME, "worker");
	atomic_store(&w->tid, gettid_());
	while (atomic_load(&w->what) != STOP)
		if (atomic_load(&w->what) == REST)
			syscall(SYS_futex, &w->what, FUTEX_WAIT, REST, NULL,
				NULL, 0);
	return NULL;
}

static void begin(struct worker *w)
{
	memset(w, 0, sizeof(*w));
	if (pthread_create(&w->thread, NULL, work, w))
		exit(99);
	while (!atomic_load(&w->tid))
		sched_yield();
}

static void end(struct worker *w)
{
	tell(w, STOP);
	pthread_join(w->thread, NULL);
}

static void listed(struct worker *w)
{
	char path[80], link[80] = "", expect[80];
	int tid = atomic_load(&w->tid);

	T(count_tasks("/proc/self/task", tid) == 3, "task/ lists the threads");
	snprintf(path, sizeof(path), "/proc/%d/task", getpid());
	T(count_tasks(path, getpid()) == 3, "the first one, too");
	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	T(slurp(path) != NULL, "a thread is found in /proc");
	T(count_tasks("/proc", tid) <= 0, "but not listed");
	snprintf(path, sizeof(path), "/proc/1/task/%d", tid);
	is(open(path, O_RDONLY), -1, ENOENT, "nor in another's task/");
	if (readlink("/proc/thread-self", link, sizeof(link) - 1) < 0)
		link[0] = 0;
	snprintf(expect, sizeof(expect), "%d/task/%d", getpid(), gettid_());
	T(!strcmp(link, expect), "thread-self");
}

static void *own_link(void *arg)
{
	char *link = arg;

	if (readlink("/proc/thread-self", link, 79) < 0)
		link[0] = 0;
	return (void *)(long)gettid_();
}

static void its_own(struct worker *w)
{
	int tid = atomic_load(&w->tid), fd;
	char link[80] = "", expect[80], path[80];
	pthread_t t;
	void *ret;

	T(!strcmp(task_file(tid, "comm"), "worker\n"), "comm is its own");
	T(strcmp(slurp("/proc/self/comm"), "worker\n"), "not the process's");
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	fd = open(path, O_RDWR);
	is(write(fd, "renamed", 7), 7, 0, "another thread may write it");
	close(fd);
	T(!strcmp(task_file(tid, "comm"), "renamed\n"), "that is read");
	T(status_field(tid, "Pid") == tid &&
		  status_field(tid, "Tgid") == getpid() &&
		  status_field(tid, "PPid") == getppid(),
	  "status: Pid, Tgid, PPid");
	T(status_field(tid, "Threads") == 3 &&
		  status_field(getpid(), "Threads") == 3,
	  "status: Threads");
	T(stat_field(task_file(tid, "stat"), 20) == 3, "stat: num_threads");
	T(atol(task_file(tid, "stat")) == tid, "stat: the number");
	T(stat_field(task_file(tid, "stat"), 4) == getppid(),
	  "stat: the parent");
	pthread_create(&t, NULL, own_link, link);
	pthread_join(t, &ret);
	snprintf(expect, sizeof(expect), "%d/task/%ld", getpid(), (long)ret);
	T(!strcmp(link, expect), "thread-self of a thread");
}

static void shared(struct worker *w)
{
	char maps[65536], path[80], exe[200], its[200];
	int tid = atomic_load(&w->tid);
	ssize_t a, b;

	strcpy(maps, task_file(getpid(), "maps"));
	T(!strcmp(maps, task_file(tid, "maps")) && strstr(maps, "[stack]"),
	  "maps are the same");
	strcpy(maps, slurp("/proc/self/cmdline"));
	T(!strcmp(maps, task_file(tid, "cmdline")), "cmdline");
	snprintf(path, sizeof(path), "/proc/self/task/%d/exe", tid);
	a = readlink("/proc/self/exe", exe, sizeof(exe));
	b = readlink(path, its, sizeof(its));
	T(a > 0 && a == b && !memcmp(exe, its, (size_t)a), "exe");
	snprintf(path, sizeof(path), "/proc/self/task/%d/fd/1", tid);
	T(readlink(path, its, sizeof(its)) > 0, "fd/");
	T(task_file(tid, "statm") && task_file(tid, "smaps") &&
		  task_file(tid, "limits") && task_file(tid, "oom_score"),
	  "statm, smaps, limits, oom_score");
	snprintf(path, sizeof(path), "/proc/self/task/%d/task", tid);
	is(open(path, O_RDONLY), -1, ENOENT, "there is no task/ in it");
}

static void times(struct worker *w, struct worker *idle)
{
	int tid = atomic_load(&w->tid), lazy = atomic_load(&idle->tid);
	long used = 0, whole, other;

	tell(w, SPIN);
	for (int i = 0; i < 30000 && used < 10; i++) {
		struct timespec ts = { 0, 2000000 };
		char *text;

		nanosleep(&ts, NULL);
		text = task_file(tid, "stat");
		used = stat_field(text, 14);
		used += stat_field(text, 15);
	}
	tell(w, REST);
	other = stat_field(task_file(lazy, "stat"), 14);
	whole = stat_field(slurp("/proc/self/stat"), 14) +
		stat_field(slurp("/proc/self/stat"), 15);
	T(used >= 10 && other < 10, "stat: a thread's own CPU time");
	/* Both are rounded down, user and system time each. */
	T(whole + 1 >= used, "the process's is the sum");
}

static void gone(struct worker *w)
{
	int tid = atomic_load(&w->tid), fd, err;
	char path[80], buf[10];

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	fd = open(path, O_RDONLY);
	end(w);
	/* The library learns of the end before it is complete. */
	for (int i = 0; i < 10000 && !access(path, F_OK); i++)
		usleep(1000);
	err = read(fd, buf, sizeof(buf)) < 0 ? errno : 0;
	T(err == ESRCH, "a file of a thread that has ended: ESRCH");
	close(fd);
	is(open(path, O_RDONLY), -1, ENOENT, "its folder is gone");
	T(count_tasks("/proc/self/task", getpid()) == 2, "and not listed");
}

int main(void)
{
	struct worker a, b;

	begin(&a);
	begin(&b);
	listed(&a);
	its_own(&a);
	shared(&a);
	times(&a, &b);
	gone(&a);
	end(&b);
	return done();
}
