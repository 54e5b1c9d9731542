/* SPDX-License-Identifier: MIT */
/* Sleeping locks: who gets in, in what order, and that nobody is left. */
#include <ikos/err.h>
#include <ikos/ktest.h>
#include <ikos/mutex.h>
#include <ikos/rwsem.h>
#include <ikos/sched.h>
#include <ikos/string.h>

struct party {
	struct rw_semaphore sem;
	struct mutex mutex;
	char log[32];
	unsigned int pos;
	int inside, most_inside;
};

struct guest {
	struct party *party;
	char letter;
	struct completion done;
};

static void note(struct party *p, char letter)
{
	if (p->pos < sizeof(p->log) - 1)
		p->log[p->pos++] = letter;
}

static void start(struct ktest_state *ktest_self, struct guest *g,
		  struct party *p, int (*fn)(void *), char letter)
{
	g->party = p;
	g->letter = letter;
	init_completion(&g->done);
	EXPECT(!IS_ERR(kthread_run(fn, g, "ktest")));
	/* Let it run until it sleeps. */
	yield();
}

static int reader(void *arg)
{
	struct guest *g = arg;
	struct party *p = g->party;

	down_read(&p->sem);
	note(p, g->letter);
	p->most_inside = max(p->most_inside, ++p->inside);
	yield();
	p->inside--;
	up_read(&p->sem);
	complete(&g->done);
	return 0;
}

static int writer(void *arg)
{
	struct guest *g = arg;
	struct party *p = g->party;

	down_write(&p->sem);
	note(p, g->letter);
	p->most_inside = max(p->most_inside, 100 + ++p->inside);
	yield();
	p->inside--;
	up_write(&p->sem);
	complete(&g->done);
	return 0;
}

static void party_init(struct party *p)
{
	ktest_one_cpu();
	memset(p, 0, sizeof(*p));
	init_rwsem(&p->sem);
	mutex_init(&p->mutex);
}

KTEST(rwsem, a_waiting_writer_keeps_new_readers_out)
{
	struct party p;
	struct guest w, r;

	party_init(&p);
	down_read(&p.sem);
	start(ktest_self, &w, &p, writer, 'w');
	start(ktest_self, &r, &p, reader, 'r');
	EXPECT_EQ(p.pos, 0);
	EXPECT(!down_read_trylock(&p.sem));
	up_read(&p.sem);
	wait_for_completion(&w.done);
	wait_for_completion(&r.done);
	EXPECT(!strcmp(p.log, "wr"));
	EXPECT(!rwsem_is_locked(&p.sem));
}

KTEST(rwsem, readers_behind_a_writer_enter_together)
{
	struct guest g[4];
	struct party p;

	party_init(&p);
	down_write(&p.sem);
	for (int i = 0; i < 3; i++)
		start(ktest_self, &g[i], &p, reader, (char)('a' + i));
	start(ktest_self, &g[3], &p, writer, 'w');
	EXPECT(rwsem_is_write_locked(&p.sem));
	up_write(&p.sem);
	for (int i = 0; i < 4; i++)
		wait_for_completion(&g[i].done);
	EXPECT_EQ(p.log[3], 'w');
	EXPECT_EQ(p.most_inside, 101);
	EXPECT(!rwsem_is_locked(&p.sem));
}

KTEST(rwsem, trylock_respects_holders)
{
	struct rw_semaphore sem;

	init_rwsem(&sem);
	EXPECT(down_read_trylock(&sem));
	EXPECT(down_read_trylock(&sem));
	EXPECT(!down_write_trylock(&sem));
	up_read(&sem);
	up_read(&sem);
	EXPECT(down_write_trylock(&sem));
	EXPECT(!down_read_trylock(&sem));
	up_write(&sem);
	EXPECT(!rwsem_is_locked(&sem));
}

KTEST(rwsem, downgrade_lets_readers_in_and_keeps_writers_out)
{
	struct guest r, w;
	struct party p;

	party_init(&p);
	down_write(&p.sem);
	start(ktest_self, &r, &p, reader, 'r');
	start(ktest_self, &w, &p, writer, 'w');
	downgrade_write(&p.sem);
	wait_for_completion(&r.done);
	yield();
	EXPECT(!strcmp(p.log, "r"));
	up_read(&p.sem);
	wait_for_completion(&w.done);
	EXPECT(!strcmp(p.log, "rw"));
}

static int mutex_user(void *arg)
{
	struct guest *g = arg;
	struct party *p = g->party;

	mutex_lock(&p->mutex);
	p->most_inside = max(p->most_inside, ++p->inside);
	note(p, g->letter);
	yield();
	p->inside--;
	mutex_unlock(&p->mutex);
	complete(&g->done);
	return 0;
}

KTEST(mutex, is_handed_over_in_order_of_arrival)
{
	struct guest g[5];
	struct party p;

	party_init(&p);
	mutex_lock(&p.mutex);
	for (int i = 0; i < 5; i++)
		start(ktest_self, &g[i], &p, mutex_user, (char)('a' + i));
	EXPECT(!mutex_trylock(&p.mutex));
	mutex_unlock(&p.mutex);
	/* The first in the queue has it already. */
	EXPECT(!mutex_trylock(&p.mutex));
	for (int i = 0; i < 5; i++)
		wait_for_completion(&g[i].done);
	EXPECT(!strcmp(p.log, "abcde"));
	EXPECT_EQ(p.most_inside, 1);
	EXPECT(!mutex_is_locked(&p.mutex));
}

KTEST(mutex, trylock_takes_a_free_one)
{
	DEFINE_MUTEX(m);

	EXPECT(mutex_trylock(&m));
	EXPECT(mutex_is_locked(&m));
	mutex_unlock(&m);
	EXPECT(!mutex_is_locked(&m));
}
