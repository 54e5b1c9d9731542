/* SPDX-License-Identifier: MIT */
/*
 * Four producers and four consumers over each kind of shared memory, kept in
 * order in each way: every parcel arrives once and undamaged. Each process
 * finds the memory for itself, at an address of its own.
 */
#include "producers_sync.h"
#include <fcntl.h>
#include <sys/shm.h>
#include <sys/stat.h>

#define RW	  (PROT_READ | PROT_WRITE)
#define RING_SIZE ((sizeof(struct ring) + PAGE - 1) & ~(PAGE - 1))

/* A kind of memory: made once, found by every process, gone at the end. */
struct memory {
	const char *name;
	void (*make)(void);
	void *(*find)(void);
	void (*lose)(void *p);
	void (*end)(void);
};

static int id, fd;
static void *inherited;
static char name[32];

static void *map_fd(int from)
{
	return mmap(NULL, RING_SIZE, RW, MAP_SHARED, from, 0);
}

static void unmap(void *p)
{
	munmap(p, RING_SIZE);
}

static void sysv_make(void)
{
	id = shmget(IPC_PRIVATE, RING_SIZE, 0600);
}

static void *sysv_find(void)
{
	return shmat(id, NULL, 0);
}

static void sysv_lose(void *p)
{
	shmdt(p);
}

static void sysv_end(void)
{
	shmctl(id, IPC_RMID, NULL);
}

static void shm_make(void)
{
	int made;

	sprintf(name, "/producers-%d", getpid());
	made = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (made < 0 || ftruncate(made, RING_SIZE))
		exit(99);
	close(made);
}

static void *shm_find(void)
{
	int mine = shm_open(name, O_RDWR, 0);
	void *p = map_fd(mine);

	close(mine);
	return p;
}

static void shm_end(void)
{
	shm_unlink(name);
}

static void memfd_make(void)
{
	fd = memfd_create("ring", 0);
	if (ftruncate(fd, RING_SIZE))
		exit(99);
}

static void *memfd_find(void)
{
	return map_fd(fd);
}

static void memfd_end(void)
{
	close(fd);
}

static void anon_make(void)
{
	inherited =
		mmap(NULL, RING_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void *anon_find(void)
{
	return inherited;
}

static void anon_lose(void *p)
{
	(void)p;
}

static void anon_end(void)
{
	unmap(inherited);
}

/* By name, in a tmpfs; written once before it is mapped. */
static void file_make(void)
{
	static const char zeroes[RING_SIZE];
	int made;

	sprintf(name, "/dev/shm/ring-%d", getpid());
	made = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (write(made, zeroes, RING_SIZE) != (ssize_t)RING_SIZE)
		exit(99);
	close(made);
}

static void *file_find(void)
{
	int mine = open(name, O_RDWR);
	void *p = map_fd(mine);

	close(mine);
	return p;
}

static void file_end(void)
{
	unlink(name);
}

static const struct memory memories[] = {
	{ "System V", sysv_make, sysv_find, sysv_lose, sysv_end },
	{ "shm_open", shm_make, shm_find, unmap, shm_end },
	{ "memfd", memfd_make, memfd_find, unmap, memfd_end },
	{ "anonymous", anon_make, anon_find, anon_lose, anon_end },
	{ "a file", file_make, file_find, unmap, file_end },
};

/* --- the work ------------------------------------------------------------- */

static uint64_t sum_of(const struct parcel *p)
{
	uint64_t sum = p->number;

	for (int i = 0; i < NR_WORDS; i++)
		sum = sum * 31 + p->word[i];
	return sum;
}

static void produce(const struct order *o, struct ring *r, unsigned int who)
{
	struct parcel p;

	for (unsigned int n = 0; n < PER_PRODUCER; n++) {
		p.number = who * PER_PRODUCER + n;
		for (unsigned int i = 0; i < NR_WORDS; i++)
			p.word[i] = (p.number + 1) * 0x9e3779b97f4a7c15 >> i;
		p.sum = sum_of(&p);
		o->put(r, &p);
	}
}

static void consume(const struct order *o, struct ring *r)
{
	struct parcel p;

	for (int n = 0; n < NR_PARCELS / NR_CONSUMERS; n++) {
		o->get(r, &p);
		if (p.number >= NR_PARCELS || p.sum != sum_of(&p)) {
			__atomic_fetch_add(&r->damaged, 1, __ATOMIC_RELAXED);
			continue;
		}
		__atomic_fetch_add(&r->arrived[p.number], 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&r->total, p.sum, __ATOMIC_RELAXED);
	}
}

/* Process @i of eight; the memory lies elsewhere in each. */
static void work(const struct memory *m, const struct order *o, unsigned int i)
{
	struct ring *r;

	anon((i + 1) * PAGE, PROT_NONE);
	r = m->find();
	if (r == MAP_FAILED)
		_exit(2);
	if (i < NR_PRODUCERS)
		produce(o, r, i);
	else
		consume(o, r);
	_exit(0);
}

static void check(const struct memory *m, const struct order *o)
{
	unsigned int good = 0, once = 0;
	struct ring *r;
	int status;

	m->make();
	r = m->find();
	if (!T(r != MAP_FAILED, "%s, %s", m->name, o->name))
		return;
	o->start(r);
	for (unsigned int i = 0; i < NR_PRODUCERS + NR_CONSUMERS; i++)
		if (!fork())
			work(m, o, i);
	while (wait(&status) > 0)
		good += !status;
	for (int i = 0; i < NR_PARCELS; i++)
		once += r->arrived[i] == 1;
	is(good, NR_PRODUCERS + NR_CONSUMERS, 0, "all processes end well");
	T(once == NR_PARCELS && !r->damaged, "every parcel arrives once");
	T(1, "the sum of all is %016lx", (unsigned long)r->total);
	o->stop(r);
	m->lose(r);
	m->end();
}

int main(void)
{
	alarm(50);
	for (size_t m = 0; m < sizeof(memories) / sizeof(*memories); m++)
		for (size_t o = 0; o < sizeof(orders) / sizeof(*orders); o++)
			check(&memories[m], &orders[o]);
	return done();
}
