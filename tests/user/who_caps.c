/* SPDX-License-Identifier: MIT */
/*
 * Capabilities: capget(2), capset(2), prctl(2), and what the set-user-ID calls
 * do to them: capabilities(7). The machine of the tests may not have given root
 * all of them; those below it has.
 */
#include "who.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum {
	CHOWN = 0,
	DAC_OVERRIDE = 1,
	READ_SEARCH = 2,
	FOWNER = 3,
	KILL = 5,
	SETGID = 6,
	SETUID = 7,
	SETPCAP = 8,
	PTRACE = 19,
	NICE = 23
};
#define BIT(cap) (1u << (cap))
#define SOME                                                                   \
	(BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(READ_SEARCH) | BIT(FOWNER) |     \
	 BIT(KILL) | BIT(SETGID) | BIT(SETUID) | BIT(SETPCAP) | BIT(PTRACE) |  \
	 BIT(NICE))
#define FILES (BIT(CHOWN) | BIT(DAC_OVERRIDE) | BIT(READ_SEARCH) | BIT(FOWNER))

#define V1 0x19980330u
#define V3 0x20080522u

struct head {
	unsigned int version;
	int pid;
};
struct data {
	unsigned int effective, permitted, inheritable;
};

static long get(struct data *d)
{
	struct head h = { V3, 0 };

	return syscall(SYS_capget, &h, d);
}

static long set(unsigned int e, unsigned int p, unsigned int i)
{
	struct head h = { V3, 0 };
	struct data d[2] = { { e, p, i }, { 0, 0, 0 } };

	return syscall(SYS_capset, &h, d);
}

static unsigned int effective(void)
{
	struct data d[2] = { { 0, 0, 0 } };

	return get(d) ? 0 : d[0].effective & SOME;
}

static unsigned int permitted(void)
{
	struct data d[2] = { { 0, 0, 0 } };

	return get(d) ? 0 : d[0].permitted & SOME;
}

static void calls(void)
{
	struct head h = { 1, 0 };
	struct data d[2];

	is(syscall(SYS_capget, &h, NULL), 0, 0, "capget tells its version");
	T(h.version == V3, "the third");
	h.version = 1;
	is(syscall(SYS_capget, &h, d), -1, EINVAL, "EINVAL: a version of 1");
	h = (struct head){ V3, -1 };
	is(syscall(SYS_capget, &h, d), -1, EINVAL, "EINVAL: process -1");
	h.pid = 0x3ffffff;
	is(syscall(SYS_capget, &h, d), -1, ESRCH, "ESRCH: no such process");
	is(syscall(SYS_capget, 8, d), -1, EFAULT, "EFAULT: no head");
	h.pid = 0;
	is(syscall(SYS_capget, &h, 8), -1, EFAULT, "EFAULT: no data");
	h.pid = getpid();
	is(syscall(SYS_capget, &h, d), 0, 0, "capget of oneself");
	h.pid = 1;
	is(syscall(SYS_capget, &h, d), 0, 0, "capget of init");
	is(syscall(SYS_capset, &h, d), -1, EPERM, "EPERM: capset of init");
	h = (struct head){ V1, 0 };
	d[1].effective = 0x12345678;
	is(syscall(SYS_capget, &h, d), 0, 0, "the first version");
	T(d[1].effective == 0x12345678, "has one word a set");
	h = (struct head){ 1, 0 };
	is(syscall(SYS_capset, &h, d), -1, EINVAL, "EINVAL: capset");
}

/* In a child of root's: the value of an expression after others. */
#define GIVES(before, value, result, ...)                                      \
	AFTER(before, value, result, 0, __VA_ARGS__)

static void ids(void)
{
	GIVES(, effective(), SOME, "root has them all");
	GIVES(syscall(SYS_setresuid, 5, 5, 5), permitted(), 0,
	      "with the last root id they go");
	GIVES(syscall(SYS_setresuid, 0, 5, 0), permitted(), SOME,
	      "without the effective one they are put aside");
	GIVES(syscall(SYS_setresuid, 0, 5, 0), effective(), 0,
	      "and have no effect");
	GIVES(syscall(SYS_setresuid, 0, 5, 0); syscall(SYS_setresuid, 0, 0, 0),
					       effective(), SOME,
					       "they come back with it");
	GIVES(syscall(SYS_setfsuid, 5), effective(), SOME & ~FILES,
	      "those of files go with the fsuid");
	GIVES(syscall(SYS_setfsuid, 5);
	      syscall(SYS_setfsuid, 0), effective(), SOME, "and come back");
	GIVES(prctl(PR_SET_KEEPCAPS, 1); syscall(SYS_setresuid, 5, 5, 5),
					 permitted(), SOME, "PR_SET_KEEPCAPS");
	GIVES(prctl(PR_SET_KEEPCAPS, 1); syscall(SYS_setresuid, 5, 5, 5),
					 effective(), 0,
					 "keeps the permitted ones only");
	GIVES(prctl(PR_SET_SECUREBITS, 4); syscall(SYS_setresuid, 5, 5, 5),
					   effective(), SOME,
					   "SECBIT_NO_SETUID_FIXUP keeps all");
}

static void capset_rules(void)
{
	unsigned int few = BIT(CHOWN) | BIT(KILL);

	GIVES(, set(few, few, 0), 0, "root gives up all but two");
	GIVES(set(few, few, 0), effective(), few, "they are all it has");
	GIVES(set(few, few, 0), geteuid(), 0, "and it is root");
	AFTER(set(few, few, 0), set(few | BIT(FOWNER), few | BIT(FOWNER), 0),
	      -1, EPERM, "EPERM: none comes back");
	AFTER(set(few, few, 0), set(few | BIT(FOWNER), few, 0), -1, EPERM,
	      "EPERM: effective is part of permitted");
	AFTER(set(few, few, 0), set(few, few, BIT(FOWNER)), -1, EPERM,
	      "EPERM: inheritable without being permitted");
	GIVES(set(0, few, 0), set(few, few, few), 0, "what is permitted may");
	AFTER(set(0, 0, 0), chmod("/", 0755), geteuid() ? -1 : 0, EPERM,
	      "root owns its files without any");
	make("theirs", ANN, ANN, 0600);
	AFTER(set(0, 0, 0), open("theirs", O_RDONLY), -1, EACCES,
	      "EACCES: but opens nobody else's");
	AFTER(set(0, 0, 0), chown("theirs", 0, 0), -1, EPERM, "EPERM: chown");
	AFTER(set(0, 0, 0), syscall(SYS_setresuid, 5, 5, 5), -1, EPERM,
	      "EPERM: setresuid");
	AFTER(set(0, 0, 0), syscall(SYS_setgroups, 0, NULL), -1, EPERM,
	      "EPERM: setgroups");
	AFTER(set(0, 0, 0), kill(1, 0), 0, 0, "root signals root");
	AFTER(set(BIT(READ_SEARCH), BIT(READ_SEARCH), 0),
	      open("theirs", O_RDONLY) < 0, 0, 0, "CAP_DAC_READ_SEARCH reads");
	AFTER(set(BIT(READ_SEARCH), BIT(READ_SEARCH), 0),
	      open("theirs", O_WRONLY), -1, EACCES,
	      "EACCES: and does not write");
}

static void bounding(void)
{
	is(prctl(PR_CAPBSET_READ, 99), -1, EINVAL,
	   "EINVAL: no such capability");
	GIVES(, prctl(PR_CAPBSET_READ, KILL), 1, "exec may give CAP_KILL");
	GIVES(prctl(PR_CAPBSET_DROP, KILL), prctl(PR_CAPBSET_READ, KILL), 0,
	      "until that is dropped");
	GIVES(prctl(PR_CAPBSET_DROP, KILL), effective(), SOME,
	      "what one has one keeps");
	REFUSED(prctl(PR_CAPBSET_DROP, KILL), EPERM, "EPERM: not root");
	is(prctl(PR_SET_KEEPCAPS, 2), -1, EINVAL, "EINVAL: PR_SET_KEEPCAPS 2");
	GIVES(prctl(PR_SET_KEEPCAPS, 1), prctl(PR_GET_KEEPCAPS), 1,
	      "it is set");
	GIVES(prctl(PR_SET_KEEPCAPS, 1), prctl(PR_GET_SECUREBITS), 0x10,
	      "as one of the securebits");
	GIVES(, prctl(PR_SET_SECUREBITS, 0x2f), 0, "securebits with locks");
	AFTER(prctl(PR_SET_SECUREBITS, 0x2f), prctl(PR_SET_SECUREBITS, 0xf), -1,
	      EPERM, "EPERM: a lock stays");
	AFTER(prctl(PR_SET_SECUREBITS, 0x2f), prctl(PR_SET_KEEPCAPS, 1), -1,
	      EPERM, "EPERM: and locks");
	AFTER(, prctl(PR_SET_SECUREBITS, 0x1000), -1, EPERM,
	      "EPERM: no such bit");
	REFUSED(prctl(PR_SET_SECUREBITS, 1), EPERM, "EPERM: not root");
}

static void ambient(void)
{
	is(prctl(PR_CAP_AMBIENT, 9, KILL, 0, 0), -1, EINVAL,
	   "EINVAL: no such operation");
	is(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 99, 0, 0), -1, EINVAL,
	   "EINVAL: no such capability");
	is(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), -1, EINVAL,
	   "EINVAL: clear one of all");
	AFTER(, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0), -1,
	      EPERM, "EPERM: it is not inheritable");
	AFTER(set(SOME, SOME, BIT(KILL)),
	      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0), 0, 0,
	      "when it is, it can be");
	GIVES(set(SOME, SOME, BIT(KILL));
	      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0);
	      set(SOME, SOME, 0),
	      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0), 0,
	      "and goes with it");
}

static void many_groups(void)
{
	enum {
		MANY = 65536
	};
	gid_t *g = calloc(MANY + 1, sizeof(*g));

	for (unsigned int i = 0; i < MANY; i++)
		g[i] = (i * 7919 & 0xffff) + 1000;
	AFTER(, syscall(SYS_setgroups, MANY + 1, g), -1, EINVAL,
	      "EINVAL: 65,537 groups");
	AFTER(, syscall(SYS_setgroups, -1, g), -1, EINVAL, "EINVAL: -1");
	AFTER(, syscall(SYS_setgroups, 3, 8), -1, EFAULT,
	      "EFAULT: from nowhere");
	GIVES(, syscall(SYS_setgroups, MANY, g), 0, "65,536 groups");
	GIVES(syscall(SYS_setgroups, MANY, g),
	      getgroups(MANY, g) == MANY && g[0] == 1000 && g[1] == 1001 &&
		      g[MANY - 1] == MANY + 999,
	      1, "come back in order");
	make("grouped", ANN, 1000 + 4711, 0640);
	GIVES(syscall(SYS_setgroups, MANY, g);
	      syscall(SYS_setresuid, BOB, BOB, BOB),
	      open("grouped", O_RDONLY) < 0, 0, "each of them counts");
	GIVES(syscall(SYS_setgroups, 2, g);
	      syscall(SYS_setresuid, BOB, BOB, BOB),
	      in_child(_exit(getgroups(0, NULL))) >> 8, 2, "fork keeps them");
	free(g);
}

int main(void)
{
	who_init();
	calls();
	ids();
	capset_rules();
	bounding();
	ambient();
	many_groups();
	return done();
}
