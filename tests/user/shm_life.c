/* SPDX-License-Identifier: MIT */
/*
 * How long a System V segment lives: five things happen to it in each of the
 * 120 orders, with two children that have inherited it and end their part in
 * each of four ways. After each step the segment is there or gone, with the
 * number of attachments that a model of five lines says.
 */
#include "sysv_ipc.h"
#include <sys/shm.h>

enum event {
	REMOVE,
	DETACH,
	ATTACH,
	FIRST,
	SECOND,
	NR_EVENTS
};
enum ending {
	DETACHES,
	EXECS,
	EXITS,
	IS_KILLED,
	NR_ENDINGS
};

static const char letter[] = "RDA12";

struct child {
	pid_t pid;
	int tell, told; /* the parent's ends of two pipes */
	enum ending ending;
};

/* What there is, and what there should be. */
static int id;
static key_t key;
static char *first_at, *second_at; /* the parent's attachments */
static struct child child[2];
static unsigned int attached;
static int removed;

static void await_end(int fd)
{
	char c;

	while (read(fd, &c, 1) > 0)
		;
	_exit(0);
}

/* In the child: told to, it ends its part and says so; then it waits. */
static void live(int from, int to, char *at, enum ending ending)
{
	char c, fds[2][12];

	if (read(from, &c, 1) != 1 || at[0] != 'x')
		_exit(1);
	if (ending == EXITS)
		_exit(0);
	if (ending == EXECS) {
		sprintf(fds[0], "%d", from);
		sprintf(fds[1], "%d", to);
		execl("/proc/self/exe", "shm_life", fds[0], fds[1], NULL);
		_exit(2);
	}
	shmdt(at);
	if (write(to, "d", 1) != 1)
		_exit(3);
	await_end(from);
}

static void bear(struct child *c, enum ending ending)
{
	int down[2], up[2];

	if (pipe(down) || pipe(up))
		exit(99);
	c->ending = ending;
	c->pid = fork();
	if (!c->pid) {
		close(down[1]);
		close(up[0]);
		if (c == &child[1]) /* or the first would never see its end */
			close(child[0].tell);
		live(down[0], up[1], first_at, ending);
	}
	close(down[0]);
	close(up[1]);
	c->tell = down[1];
	c->told = up[0];
}

static void end_part(struct child *c)
{
	char answer;

	if (c->ending == IS_KILLED)
		kill(c->pid, SIGKILL);
	else if (write(c->tell, "g", 1) != 1)
		exit(99);
	if (c->ending == IS_KILLED || c->ending == EXITS) {
		waitpid(c->pid, NULL, 0);
		c->pid = 0;
	} else if (read(c->told, &answer, 1) != 1) {
		exit(98);
	}
}

static void bury(struct child *c)
{
	close(c->tell);
	close(c->told);
	if (c->pid)
		waitpid(c->pid, NULL, 0);
}

/* --- the model ------------------------------------------------------------ */

static int exists(void)
{
	return !removed || attached;
}

static int as_expected(void)
{
	struct shmid_ds ds;

	if (!exists())
		return shmctl(id, IPC_STAT, &ds) == -1 && errno == EINVAL &&
		       shmget(key, 0, 0) == -1 && errno == ENOENT;
	if (shmctl(id, IPC_STAT, &ds) || ds.shm_nattch != attached)
		return 0;
	if (!!(ds.shm_perm.mode & SHM_DEST) != removed)
		return 0;
	return removed ? shmget(key, 0, 0) == -1 && errno == ENOENT
		       : shmget(key, 0, 0) == id;
}

/* 0 when the call itself did not do what it should. */
static int happen(enum event e)
{
	int there = exists(), ok = 1;

	switch (e) {
	case REMOVE:
		ok = shmctl(id, IPC_RMID, NULL) == 0;
		removed = 1;
		break;
	case DETACH:
		ok = shmdt(first_at) == 0;
		attached--;
		break;
	case ATTACH:
		second_at = shmat(id, NULL, 0);
		ok = there ? second_at[0] == 'x' : second_at == (void *)-1;
		attached += there;
		break;
	case FIRST:
	case SECOND:
		end_part(&child[e - FIRST]);
		attached--;
		break;
	default:
		break;
	}
	return ok;
}

/* One life; at which step it was other than expected, -1: nowhere. */
static int live_through(const enum event *order, enum ending a, enum ending b)
{
	int wrong = -1;

	key = unique_key(9);
	id = shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600);
	first_at = shmat(id, NULL, 0);
	second_at = (void *)-1;
	first_at[0] = 'x';
	removed = 0;
	bear(&child[0], a);
	bear(&child[1], b);
	attached = 3;
	for (int i = 0; i < NR_EVENTS; i++)
		if ((!happen(order[i]) || !as_expected()) && wrong < 0)
			wrong = i;
	bury(&child[0]);
	bury(&child[1]);
	if (second_at != (void *)-1) {
		shmdt(second_at);
		attached--;
	}
	if (attached || exists() || !as_expected())
		wrong = NR_EVENTS;
	return wrong;
}

static void try_order(const enum event *order, unsigned int nr)
{
	char name[NR_EVENTS + 1] = "";
	int wrong = -1, failed_with = -1;

	for (int i = 0; i < NR_EVENTS; i++)
		name[i] = letter[order[i]];
	for (int a = 0; a < NR_ENDINGS; a++) {
		int w = live_through(
			order, (enum ending)a,
			(enum ending)((nr + (unsigned)a) % NR_ENDINGS));

		if (w >= 0 && wrong < 0) {
			wrong = w;
			failed_with = a;
		}
	}
	if (!T(wrong < 0, "%s", name))
		printf("# step %d, first child's ending %d\n", wrong,
		       failed_with);
}

/* The @nr-th permutation. */
static void order_of(unsigned int nr, enum event *order)
{
	enum event left[NR_EVENTS] = { REMOVE, DETACH, ATTACH, FIRST, SECOND };
	unsigned int n = NR_EVENTS;

	for (unsigned int i = 0; i < NR_EVENTS; i++, n--) {
		unsigned int pick = nr % n;

		nr /= n;
		order[i] = left[pick];
		for (unsigned int j = pick; j + 1 < n; j++)
			left[j] = left[j + 1];
	}
}

int main(int argc, char **argv)
{
	enum event order[NR_EVENTS];

	if (argc > 2) { /* the new program of a child that called exec */
		if (write(atoi(argv[2]), "x", 1) != 1)
			return 1;
		await_end(atoi(argv[1]));
	}
	alarm(50);
	for (unsigned int nr = 0; nr < 120; nr++) {
		order_of(nr, order);
		try_order(order, nr);
	}
	return done();
}
