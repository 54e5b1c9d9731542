/* SPDX-License-Identifier: MIT */
/*
 * Ann's process as Bob, Ann and root see it: /proc/PID, process_vm_readv(2),
 * signals, priorities, limits. ptrace(2), "Ptrace access mode checking";
 * proc(5); kill(2).
 */
#include "who.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

static pid_t ann;
static char path_[64], word[16];

static char *at(const char *name)
{
	snprintf(path_, sizeof(path_), "/proc/%d/%s", ann, name);
	return path_;
}

static long try_open(const char *name, int flags)
{
	int fd = open(at(name), flags);

	return fd < 0 ? -1 : close(fd);
}

static long peep(void)
{
	struct iovec here = { who->text, 4 }, there = { word, 4 };

	return syscall(SYS_process_vm_readv, ann, &here, 1, &there, 1, 0);
}

static long poke_at(void)
{
	struct iovec here = { who->text, 4 }, there = { word, 4 };

	return syscall(SYS_process_vm_writev, ann, &here, 1, &there, 1, 0);
}

/* Files that are for whoever may look into the process. */
static const char *const secret[] = {
	"maps", "smaps",    "smaps_rollup", "environ",
	"auxv", "mem",	    "pagemap",	    "map_files",
	"fd",	"fdinfo",   "fd/0",	    "fdinfo/0",
	"exe",	"root/etc", "cwd/.",	    "task/../maps"
};
static const char *const public[] = { "stat",	  "statm",  "status",
				      "cmdline",  "comm",   "limits",
				      "task",	  "mounts", "mountinfo",
				      "oom_score" };

static void views(void)
{
	char buf[99];

	for (size_t i = 0; i < sizeof(secret) / sizeof(*secret); i++)
		REFUSED(try_open(secret[i], O_RDONLY), EACCES, "EACCES: %s",
			secret[i]);
	for (size_t i = 0; i < sizeof(public) / sizeof(*public); i++)
		BY(BOB, try_open(public[i], O_RDONLY), 0, 0, "%s is for all",
		   public[i]);
	REFUSED(readlink(at("exe"), buf, 99), EACCES, "EACCES: read exe");
	REFUSED(readlink(at("cwd"), buf, 99), EACCES, "EACCES: read cwd");
	REFUSED(readlink(at("root"), buf, 99), EACCES, "EACCES: read root");
	REFUSED(readlink(at("fd/0"), buf, 99), EACCES, "EACCES: read fd/0");
	REFUSED(chdir(at("cwd")), EACCES, "EACCES: chdir to cwd");
	REFUSED(try_open("comm", O_WRONLY), EACCES, "EACCES: another's name");
	REFUSED(try_open("oom_score_adj", O_WRONLY), EACCES,
		"EACCES: oom_score_adj");
	REFUSED(try_open("clear_refs", O_WRONLY), EACCES, "EACCES: clear_refs");
	REFUSED(try_open("mem", O_RDWR), EACCES, "EACCES: mem to write");
	BY(ANN, try_open("mem", O_RDWR), 0, 0, "Ann's own");
	BY(ANN, try_open("environ", O_RDONLY), 0, 0, "her environment");
	BY(ANN, try_open("exe", O_RDONLY), 0, 0, "her program");
	AFTER(syscall(SYS_setresgid, BOB, BOB, BOB);
	      syscall(SYS_setresuid, ANN, ANN, ANN), try_open("maps", O_RDONLY),
	      -1, EACCES, "EACCES: the group must be the same, too");
}

/* Fields of stat that tell addresses are 0 or 1 to strangers. */
static long start_code(void)
{
	FILE *f = fopen(at("stat"), "r");
	unsigned long start = 99;

	if (!f)
		return -1;
	if (fscanf(f,
		   "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
		   "%*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %lu",
		   &start) != 1)
		start = 98;
	fclose(f);
	return start > 1 ? 2 : (long)start;
}

static void addresses(void)
{
	BY(BOB, start_code(), 1, 0, "stat tells Bob no address");
	BY(ANN, start_code(), 2, 0, "but Ann");
	AFTER(, start_code(), 2, 0, "and root");
}

static void memory(void)
{
	REFUSED(peep(), EPERM, "EPERM: process_vm_readv");
	REFUSED(poke_at(), EPERM, "EPERM: process_vm_writev");
	BY(ANN, peep(), 4, 0, "Ann reads");
	BY(ANN, poke_at(), 4, 0, "and writes");
	AFTER(syscall(SYS_setresuid, 0, ANN, ANN), peep(), -1, EPERM,
	      "EPERM: root that has put its rights aside");
	AFTER(syscall(SYS_setresgid, ANN, ANN, ANN);
	      syscall(SYS_setresuid, BOB, ANN, ANN), peep(), -1, EPERM,
	      "EPERM: the real user counts, not the effective one");
	AFTER(syscall(SYS_setresgid, ANN, ANN, ANN);
	      syscall(SYS_setresuid, BOB, ANN, ANN), try_open("maps", O_RDONLY),
	      0, 0, "in /proc it is the other way");
	AFTER(syscall(SYS_setfsuid, BOB), try_open("maps", O_RDONLY), 0, 0,
	      "root is root, whatever its fsuid");
	REFUSED(syscall(SYS_get_robust_list, ann, who->text, who->text + 8),
		EPERM, "EPERM: get_robust_list");
}

/* A process that has changed its user: root's secrets may be in its memory. */
static void undumpable(void)
{
	struct stat st;

	BY(ANN, try_open("maps", O_RDONLY), -1, EACCES, "EACCES: maps");
	BY(ANN, try_open("fd", O_RDONLY), -1, EACCES, "EACCES: fd");
	BY(ANN, try_open("exe", O_RDONLY), -1, EACCES, "EACCES: exe");
	BY(ANN, peep(), -1, EPERM, "EPERM: process_vm_readv");
	BY(ANN, start_code(), 1, 0, "no address");
	BY(ANN, kill(ann, 0), 0, 0, "but she may signal it");
	AFTER(, try_open("mem", O_RDWR), 0, 0, "root may look");
	T(!who_root || (!stat(at("maps"), &st) && !st.st_uid && !st.st_gid),
	  "its files are root's");
	T(!who_root ||
		  (!stat(at("."), &st) && st.st_uid == ANN && st.st_gid == ANN),
	  "its directory is not");
	T(!who_root || (!stat(at("task"), &st) && st.st_uid == ANN),
	  "nor is task");
}

static long own(const char *name, int flags)
{
	int fd = open(name, flags);

	return fd < 0 ? -1 : close(fd);
}

static void oneself(void)
{
	BY(ANN, prctl(PR_GET_DUMPABLE), 0, 0, "another user: not dumpable");
	AFTER(syscall(SYS_setfsuid, ANN), prctl(PR_GET_DUMPABLE), 0, 0,
	      "another fsuid");
	AFTER(syscall(SYS_setresgid, -1, ANN, -1), prctl(PR_GET_DUMPABLE), 0, 0,
	      "another group");
	AFTER(syscall(SYS_setresuid, -1, -1, ANN), prctl(PR_GET_DUMPABLE), 1, 0,
	      "the saved user alone is no change");
	AFTER(become(ANN, ANN); prctl(PR_SET_DUMPABLE, 1),
				prctl(PR_GET_DUMPABLE), 1, 0,
				"it can be set again");
	BY(ANN, in_child(_exit(prctl(PR_GET_DUMPABLE))), 0, 0, "fork keeps it");
	BY(ANN, own("/proc/self/maps", O_RDONLY), 0, 0, "one's own maps");
	BY(ANN, own("/proc/self/fd", O_RDONLY), 0, 0, "one's own fd");
	BY(ANN, own("/proc/self/fdinfo/0", O_RDONLY), 0, 0, "and fdinfo");
	BY(ANN, own("/proc/self/exe", O_RDONLY), 0, 0, "one's own exe");
	BY(ANN, own("/proc/self/environ", O_RDONLY), -1, EACCES,
	   "EACCES: environ is root's now");
	BY(ANN, own("/proc/self/mem", O_RDONLY), -1, EACCES,
	   "EACCES: so is mem");
	BY(ANN, own("/proc/self/comm", O_WRONLY), -1, EACCES,
	   "EACCES: and comm");
	BY(ANN, own("/proc/thread-self/comm", O_WRONLY), 0, 0,
	   "a thread's comm is not");
	BY(ANN, own("/proc/sys/vm/overcommit_memory", O_WRONLY), -1, EACCES,
	   "EACCES: settings");
	AFTER(syscall(SYS_setresuid, -1, BOB, -1),
	      own("/proc/sys/vm/overcommit_memory", O_WRONLY), -1, EACCES,
	      "EACCES: by the effective user");
	AFTER(syscall(SYS_setfsuid, BOB),
	      own("/proc/sys/vm/overcommit_memory", O_WRONLY), 0, 0,
	      "not by the fsuid");
}

static long queue(int code)
{
	siginfo_t si = { .si_code = code };

	return syscall(SYS_rt_sigqueueinfo, ann, SIGURG, &si);
}

static void signals(void)
{
	REFUSED(kill(ann, 0), EPERM, "EPERM: kill 0");
	REFUSED(kill(ann, SIGTERM), EPERM, "EPERM: kill");
	REFUSED(kill(ann, 99), EINVAL, "EINVAL: no such signal comes first");
	REFUSED(syscall(SYS_tkill, ann, SIGTERM), EPERM, "EPERM: tkill");
	REFUSED(syscall(SYS_tgkill, ann, ann, SIGTERM), EPERM, "EPERM: tgkill");
	REFUSED(queue(SI_QUEUE), EPERM, "EPERM: sigqueue");
	BY(ANN, queue(SI_QUEUE), 0, 0, "Ann's sigqueue");
	BY(ANN, queue(SI_USER), -1, EPERM, "EPERM: not as kill");
	BY(ANN, queue(SI_TKILL), -1, EPERM, "EPERM: not as tkill");
	BY(BOB, kill(ann, SIGCONT), 0, 0, "SIGCONT within the session");
	AFTER(setsid(); become(BOB, BOB), kill(ann, SIGCONT), -1, EPERM,
			"EPERM: not from another one");
	REFUSED(kill(1, SIGCHLD), EPERM, "EPERM: init");
	AFTER(syscall(SYS_setresuid, ANN, BOB, BOB), kill(ann, 0), 0, 0,
	      "the sender's real user counts");
	AFTER(syscall(SYS_setresuid, BOB, ANN, BOB), kill(ann, 0), 0, 0,
	      "so does the effective one");
	AFTER(syscall(SYS_setresuid, BOB, BOB, ANN), kill(ann, 0), -1, EPERM,
	      "EPERM: the saved one does not");
	AFTER(syscall(SYS_setresuid, 0, BOB, BOB), kill(ann, 0), -1, EPERM,
	      "EPERM: root that has put its rights aside");
}

/* The receiver's saved user counts, its effective one does not. */
static void receivers(void)
{
	if (who_root) {
		ann = fork();
		if (!ann) {
			syscall(SYS_setresuid, ANN, 77, BOB);
			pause();
		}
		until_asleep(ann);
	}
	BY(BOB, kill(ann, 0), 0, 0, "the receiver's saved user");
	BY(ANN, kill(ann, 0), 0, 0, "or its real one");
	BY(77, kill(ann, 0), -1, EPERM, "EPERM: not its effective one");
	if (who_root)
		ends(ann);
}

static void scheduling(void)
{
	struct rlimit r = { 0, 0 };
	unsigned long mask[16];
	int old = getpriority(PRIO_PROCESS, 0);

	REFUSED(setpriority(PRIO_PROCESS, ann, 15), EPERM,
		"EPERM: setpriority");
	BY(BOB, getpriority(PRIO_PROCESS, ann), old, 0, "looking is free");
	AFTER(syscall(SYS_setresuid, ANN, BOB, BOB),
	      setpriority(PRIO_PROCESS, ann, 15), -1, EPERM,
	      "EPERM: the effective user counts");
	AFTER(setrlimit(RLIMIT_NICE, &r);
	      become(ANN, ANN), setpriority(PRIO_PROCESS, 0, old - 1), -1,
	      EACCES, "EACCES: nicer to oneself");
	REFUSED(setpriority(PRIO_USER, ANN, 15), EPERM, "EPERM: all of Ann's");
	REFUSED(syscall(SYS_prlimit64, ann, RLIMIT_CORE, &r, NULL), EPERM,
		"EPERM: prlimit sets");
	REFUSED(syscall(SYS_prlimit64, ann, RLIMIT_CORE, NULL, who->text),
		EPERM, "EPERM: and tells");
	BY(ANN, syscall(SYS_prlimit64, ann, RLIMIT_CORE, NULL, who->text), 0, 0,
	   "Ann's own limits");
	AFTER(syscall(SYS_setresuid, BOB, ANN, ANN),
	      syscall(SYS_prlimit64, ann, RLIMIT_CORE, NULL, who->text), -1,
	      EPERM, "EPERM: of the real user");
	BY(BOB, syscall(SYS_sched_getaffinity, ann, sizeof(mask), mask) > 0, 1,
	   0, "sched_getaffinity is free");
}

int main(void)
{
	who_init();
	strcpy(word, "ann");
	ann = ann_waits(1);
	views();
	addresses();
	memory();
	signals();
	scheduling();
	ends(ann);
	ann = ann_waits(0);
	undumpable();
	ends(ann);
	receivers();
	oneself();
	return done();
}
