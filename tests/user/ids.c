/* SPDX-License-Identifier: MIT */
/* User and group ids. What only root may do is tried only by root. */
#include "t.h"
#include <fcntl.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

static int root;

/* musl changes the ids of every thread, by signals; here the bare calls. */
#define setresuid(r, e, s) syscall(SYS_setresuid, r, e, s)
#define setreuid(r, e)	   syscall(SYS_setreuid, r, e)
#define setuid(u)	   syscall(SYS_setuid, u)
#define setresgid(r, e, s) syscall(SYS_setresgid, r, e, s)
#define setregid(r, e)	   syscall(SYS_setregid, r, e)
#define setgid(g)	   syscall(SYS_setgid, g)
#define setgroups(n, l)	   syscall(SYS_setgroups, n, l)

/* In a child, as root; @bad collects what went wrong, a bit each. */
#define AS_ROOT(name, ...)                                                     \
	({                                                                     \
		int r_status = root ? in_child({                               \
			int bad = 0;                                           \
			__VA_ARGS__;                                           \
			_exit(bad);                                            \
		})                                                             \
				    : 0;                                       \
		T(r_status == 0, name);                                        \
		if (r_status)                                                  \
			printf("# status %#x\n", r_status);                    \
	})
#define CHECK(bit, cond)	(bad |= (cond) ? 0 : 1 << (bit))
#define FAILS(bit, call, error) CHECK(bit, (call) == -1 && errno == (error))

static int ids_are(uid_t r, uid_t e, uid_t s)
{
	uid_t a, b, c;

	return !getresuid(&a, &b, &c) && a == r && b == e && c == s;
}

static int gids_are(gid_t r, gid_t e, gid_t s)
{
	gid_t a, b, c;

	return !getresgid(&a, &b, &c) && a == r && b == e && c == s;
}

static void users(void)
{
	AS_ROOT("root's setuid sets all three for good",
		CHECK(0, setuid(1000) == 0),
		CHECK(1, ids_are(1000, 1000, 1000)), FAILS(2, setuid(0), EPERM),
		FAILS(3, setuid(-1), EINVAL));
	AS_ROOT("seteuid can be taken back",
		CHECK(0, setresuid(-1, 1000, -1) == 0),
		CHECK(1, ids_are(0, 1000, 0)), FAILS(2, setuid(77), EPERM),
		CHECK(3, setuid(0) == 0), CHECK(4, ids_are(0, 0, 0)));
	AS_ROOT("setreuid moves the saved id along",
		CHECK(0, setreuid(1000, 1001) == 0),
		CHECK(1, ids_are(1000, 1001, 1001)),
		CHECK(2, setreuid(1001, 1000) == 0),
		CHECK(3, ids_are(1001, 1000, 1000)),
		FAILS(4, setreuid(-1, 5), EPERM),
		FAILS(5, setreuid(5, -1), EPERM));
	AS_ROOT("setresuid swaps three ids", CHECK(0, setresuid(1, 2, 3) == 0),
		CHECK(1, ids_are(1, 2, 3)), CHECK(2, setresuid(3, 1, 2) == 0),
		CHECK(3, ids_are(3, 1, 2)),
		FAILS(4, setresuid(4, -1, -1), EPERM),
		CHECK(5, setresuid(-1, -1, -1) == 0));
	AS_ROOT("setfsuid tells the id before", CHECK(0, setfsuid(1000) == 0),
		CHECK(1, setfsuid(-1) == 1000),
		CHECK(2, setresuid(5, 6, 7) == 0), CHECK(3, setfsuid(8) == 6),
		CHECK(4, setfsuid(7) == 6), CHECK(5, setfsuid(-1) == 7));
}

static void groups(void)
{
	AS_ROOT("setgid", CHECK(0, setgid(10) == 0),
		CHECK(1, gids_are(10, 10, 10)), CHECK(2, setregid(11, 12) == 0),
		CHECK(3, gids_are(11, 12, 12)),
		CHECK(4, setresgid(1, 2, 3) == 0), CHECK(5, gids_are(1, 2, 3)));
	AS_ROOT("without root the group must be one of ours",
		CHECK(0, setresgid(1, 2, 3) == 0), CHECK(1, setuid(1000) == 0),
		FAILS(2, setgid(9), EPERM), FAILS(3, setregid(9, -1), EPERM),
		FAILS(4, setresgid(-1, 9, -1), EPERM), CHECK(5, setgid(3) == 0),
		CHECK(6, gids_are(1, 3, 3)));
	AS_ROOT("supplementary groups come back sorted",
		gid_t list[] = { 7, 5, 9 };
		gid_t now[8]; CHECK(0, setgroups(3, list) == 0);
		CHECK(1, getgroups(0, NULL) == 3);
		CHECK(2, getgroups(8, now) == 3 && now[0] == 5 && now[1] == 7 &&
				 now[2] == 9);
		FAILS(3, getgroups(2, now), EINVAL);
		FAILS(4, getgroups(-1, now), EINVAL);
		CHECK(5, setgroups(0, NULL) == 0 && getgroups(0, NULL) == 0);
		CHECK(6, setuid(1) == 0); FAILS(7, setgroups(0, NULL), EPERM));
}

static void files_and_ids(void)
{
	AS_ROOT("files of others", int fd = open("f", O_CREAT | O_RDWR, 0640);
		chown("f", 1000, 500); CHECK(0, setresgid(500, 500, 500) == 0);
		CHECK(1, setgroups(0, NULL) == 0);
		CHECK(2, setresuid(2000, 2000, 2000) == 0); close(fd);
		CHECK(3, (fd = open("f", O_RDONLY)) >= 0);
		FAILS(4, open("f", O_RDWR), EACCES);
		FAILS(5, chmod("f", 0666), EPERM);
		FAILS(6, chown("f", 2000, -1), EPERM));
}

/* A process of another user, which ends when we do. */
static pid_t stranger(void)
{
	int hold[2];
	pid_t pid;
	char c;

	if (pipe(hold))
		_exit(99);
	pid = fork();
	if (!pid) {
		close(hold[1]);
		_exit(setuid(1000) || read(hold[0], &c, 1));
	}
	until_asleep(pid);
	return pid;
}

static void signals_and_ids(void)
{
	AS_ROOT("who may signal whom", pid_t pid = stranger();
		CHECK(0, setresuid(1000, 2000, 2000) == 0);
		CHECK(1, kill(pid, 0) == 0);
		CHECK(2, setresuid(2000, 2000, 2000) == 0);
		FAILS(3, kill(pid, 0), EPERM);
		FAILS(4, kill(pid, SIGKILL), EPERM);
		CHECK(5, kill(pid, SIGCONT) == 0);
		FAILS(6, kill(1, SIGTERM), EPERM));
}

static void priorities(void)
{
	struct rlimit none = { 0, 0 };

	/* Who runs the tests may be nice already. */
	int base = getpriority(PRIO_PROCESS, 0);

	T(in_child({
		  int bad = setpriority(PRIO_PROCESS, 0, base + 5) != 0;

		  bad |= getpriority(PRIO_PROCESS, 0) != base + 5;
		  bad |= in_child(_exit(getpriority(PRIO_PROCESS, 0))) !=
			 (base + 5) << 8;
		  bad |= setpriority(PRIO_PROCESS, 0, 99) != 0;
		  bad |= getpriority(PRIO_PROCESS, 0) != 19;
		  _exit(bad);
	  }) == 0,
	  "it can be raised, is inherited and clamped");
	AS_ROOT("only root lowers it", CHECK(0, !nice(-5) || errno == 0);
		CHECK(1, getpriority(PRIO_PROCESS, 0) == base - 5);
		setrlimit(RLIMIT_NICE, &none); CHECK(2, setuid(1000) == 0);
		FAILS(3, setpriority(PRIO_PROCESS, 0, base - 6), EACCES);
		FAILS(4, setpriority(PRIO_PROCESS, 1, 1), EPERM));
	is(getpriority(9, 0), -1, EINVAL, "priority of what?");
	is(getpriority(PRIO_PROCESS, 0x7ffffff0), -1, ESRCH, "of whom?");
	is(setpriority(PRIO_PGRP, 0x7ffffff0, 0), -1, ESRCH, "of which group?");
}

static void names(void)
{
	struct utsname u;

	T(uname(&u) == 0 && !strcmp(u.sysname, "Linux") &&
		  !strcmp(u.machine, "x86_64"),
	  "uname");
	is(syscall(SYS_uname, 1), -1, EFAULT, "uname to nowhere");
	AS_ROOT("only root names the machine", CHECK(0, setuid(1) == 0);
		FAILS(1, sethostname("x", 1), EPERM);
		FAILS(2, syscall(SYS_reboot, 0, 0, 0, 0), EPERM));
}

int main(void)
{
	root = geteuid() == 0;
	users();
	groups();
	files_and_ids();
	signals_and_ids();
	priorities();
	names();
	return done();
}
