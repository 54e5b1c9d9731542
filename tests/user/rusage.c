/* SPDX-License-Identifier: MIT */
/* getrusage(2): faults and resident memory; the counts of /proc/PID/status,
 * stat and statm, which must agree. */
#include "smaps.h"
#include <sys/resource.h>

#define RW  PROT_READ | PROT_WRITE
#define MIB (1UL << 20)

/* What a process does between two looks beside what is tested, and what a
 * counter kept by each CPU may be behind. */
#define SLACK	 16
#define SLACK_KB 1024

static struct rusage usage(int who)
{
	struct rusage r;

	if (getrusage(who, &r))
		exit(99);
	return r;
}

#define MINFLT() usage(RUSAGE_SELF).ru_minflt

/* Faults that the statements cause. */
#define faults_of(...)                                                         \
	({                                                                     \
		long n_before = MINFLT();                                      \
		__VA_ARGS__;                                                   \
		MINFLT() - n_before;                                           \
	})

static int about(long n, long want)
{
	if (n < want || n > want + SLACK)
		printf("# expected %ld, got %ld\n", want, n);
	return n >= want && n <= want + SLACK;
}

static void faults_count(void)
{
	char *p = anon(64 * PAGE, RW);
	int st;

	(void)MINFLT();
	T(about(faults_of(for (int i = 0; i < 64; i++) p[i * PAGE] = 1), 64),
	  "64 first writes are 64 faults");
	T(about(faults_of(for (int i = 0; i < 64; i++) p[i * PAGE] = 2), 0),
	  "the second ones are none");
	madvise(p, 64 * PAGE, MADV_DONTNEED);
	T(about(faults_of(for (int i = 0; i < 64; i++) peek(p + i * PAGE)), 64),
	  "64 reads");
	T(about(faults_of(for (int i = 0; i < 64; i++) p[i * PAGE] = 1), 64),
	  "and 64 writes after them");
	st = in_child({
		_exit(!about(
			faults_of(for (int i = 0; i < 64; i++) p[i * PAGE] = 1),
			64));
	});
	T(st == 0, "a child copies 64 pages in 64 faults");
	p = mmap(p, 64 * PAGE, RW, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	T(about(faults_of(mlock(p, 64 * PAGE)), 64),
	  "mlock takes the faults in advance");
	munlock(p, 64 * PAGE);
	T(about(faults_of(p = mmap(p, 64 * PAGE, RW,
				   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS |
					   MAP_POPULATE,
				   -1, 0)),
		64),
	  "so does MAP_POPULATE");
	T(usage(RUSAGE_CHILDREN).ru_minflt >= 64,
	  "which count for the parent when it has waited");
	T(in_child(_exit(usage(RUSAGE_SELF).ru_minflt > 60)) == 0,
	  "a child begins anew");
	munmap(p, 64 * PAGE);
}

static void peak(void)
{
	long before = usage(RUSAGE_SELF).ru_maxrss, after;
	long status, kb = 64 << 10;
	char *p = anon(64 * MIB, RW);

	T(before < 16384, "ru_maxrss of a small program, in kB");
	T(labs(usage(RUSAGE_SELF).ru_maxrss - before) <= SLACK_KB,
	  "untouched memory does not count");
	memset(p, 1, 64 * MIB);
	after = usage(RUSAGE_SELF).ru_maxrss;
	T(after >= kb - SLACK_KB && after <= before + kb + SLACK_KB,
	  "64 MiB touched make ru_maxrss 64 MiB larger");
	munmap(p, 64 * MIB);
	T(usage(RUSAGE_SELF).ru_maxrss >= after - SLACK_KB,
	  "the peak stays when they are gone");
	status = proc_number("/proc/self/status", "VmHWM");
	T(labs(status - usage(RUSAGE_SELF).ru_maxrss) <= SLACK_KB,
	  "VmHWM is the same");
	T(proc_number("/proc/self/status", "VmRSS") < before + SLACK_KB,
	  "VmRSS is not");
	in_child({
		p = anon(96 * MIB, RW);
		memset(p, 1, 96 * MIB);
		_exit(0);
	});
	T(usage(RUSAGE_CHILDREN).ru_maxrss >= (96 << 10) - SLACK_KB,
	  "RUSAGE_CHILDREN: the largest child");
	T(in_child(_exit(usage(RUSAGE_SELF).ru_maxrss >= kb)) == 0,
	  "a child begins anew");
}

static void errors(void)
{
	is(getrusage(2, &(struct rusage){ 0 }), -1, EINVAL, "who is 2");
	is(getrusage(-2, &(struct rusage){ 0 }), -1, EINVAL, "who is -2");
	is(getrusage(RUSAGE_SELF, (void *)16), -1, EFAULT, "to nowhere");
	is(getrusage(1, &(struct rusage){ 0 }), 0, 0, "RUSAGE_THREAD");
}

/* --- the same in /proc ---------------------------------------------------------- */

static long statm(int field)
{
	long v[7] = { 0 };

	sscanf(proc_text("/proc/self/statm"), "%ld %ld %ld %ld %ld %ld %ld", v,
	       v + 1, v + 2, v + 3, v + 4, v + 5, v + 6);
	return v[field];
}

static long status(const char *name)
{
	return proc_number("/proc/self/status", name);
}

static void counters(void)
{
	long size, data, anonymous, shmem;
	char *p, *q;

	status("VmSize");
	size = status("VmSize");
	data = status("VmData");
	T(size == statm(0) * 4, "statm and status: size");
	T(labs(status("VmRSS") - statm(1) * 4) <= SLACK_KB,
	  "statm and status: resident");
	T(statm(5) * 4 == data + status("VmStk"), "statm: data and stack");
	T(status("VmRSS") ==
		  status("RssAnon") + status("RssFile") + status("RssShmem"),
	  "VmRSS is the sum of three kinds");
	p = anon(16 * MIB, RW);
	T(status("VmSize") == size + 16384 && status("VmData") == data + 16384,
	  "VmSize and VmData grow with a mapping");
	T(status("VmPeak") >= status("VmSize"), "VmPeak");
	mprotect(p, 16 * MIB, PROT_READ);
	T(status("VmSize") == size + 16384 && status("VmData") == data,
	  "read-only memory is no data");
	munmap(p, 16 * MIB);
	T(status("VmSize") == size && status("VmData") == data,
	  "and all is as before");
	anonymous = status("RssAnon");
	shmem = status("RssShmem");
	p = anon(16 * MIB, RW);
	memset(p, 1, 16 * MIB);
	q = mmap(NULL, 8 * MIB, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(q, 1, 8 * MIB);
	T(labs(status("RssAnon") - anonymous - 16384) <= SLACK_KB,
	  "RssAnon counts anonymous memory");
	T(labs(status("RssShmem") - shmem - 8192) <= SLACK_KB,
	  "RssShmem counts shared memory");
	T(status("VmPTE") >= 12 * 4, "VmPTE counts page tables");
	munmap(q, 8 * MIB);
	munmap(p, 16 * MIB);
	p = anon(4 * PAGE, RW);
	T(status("VmLck") == 0 && !mlock(p, 3 * PAGE) && status("VmLck") == 12,
	  "VmLck counts locked memory");
	munmap(p, 4 * PAGE);
	T(status("VmLck") == 0, "until it is unmapped");
}

/* pgfault counts what all do, we among them. */
static void vmstat(void)
{
	char *p = anon(512 * PAGE, RW), word[32];
	long before = 0, after = 0;
	char *at;

	for (int i = 0; i < 2; i++) {
		at = strstr(proc_text("/proc/vmstat"), "\npgfault ");
		if (at)
			sscanf(at, "%31s %ld", word, i ? &after : &before);
		if (!i)
			for (int n = 0; n < 512; n++)
				p[(unsigned long)n * PAGE] = 1;
	}
	T(before > 0 && after - before >= 512, "vmstat: pgfault");
	T(strstr(proc_text("/proc/vmstat"), "\npgmajfault ") != NULL,
	  "vmstat: pgmajfault");
	munmap(p, 512 * PAGE);
}

/* exec keeps the peak of what ran before; a child has none. */
int main(void)
{
	int status;
	pid_t child = fork();

	if (child) {
		waitpid(child, &status, 0);
		return !WIFEXITED(status) || WEXITSTATUS(status);
	}
	peak();
	counters();
	faults_count();
	errors();
	vmstat();
	return done();
}
