/* SPDX-License-Identifier: MIT */
/* Several CPUs: each does what the others ask it, and what they share stays
 * whole. On one CPU most of this has nothing to show. */
#include <asm/irqflags.h>
#include <asm/kmap.h>
#include <asm/tlbflush.h>
#include <ikos/err.h>
#include <ikos/ktest.h>
#include <ikos/page.h>
#include <ikos/sched.h>
#include <ikos/smp.h>
#include <ikos/spinlock.h>

#define NEED_CPUS(n)                                                           \
	do {                                                                   \
		if (nr_cpus_online < (n))                                      \
			KTEST_SKIP("too few CPUs");                            \
	} while (0)

static void note_cpu(void *info)
{
	unsigned long *cpus = info;

	VM_BUG_ON(!irqs_disabled());
	__atomic_fetch_or(cpus, BIT(smp_processor_id()), __ATOMIC_SEQ_CST);
}

KTEST(smp, a_function_reaches_every_cpu)
{
	unsigned long others = 0, all = 0;
	unsigned int self = smp_processor_id();

	smp_call_function(note_cpu, &others);
	on_each_cpu(note_cpu, &all);
	EXPECT_EQ(others, online_cpus() & ~BIT(self));
	EXPECT_EQ(all, online_cpus());
}

KTEST(smp, a_function_reaches_one_cpu_or_those_of_a_mask)
{
	for (unsigned int cpu = 0; cpu < nr_cpus_online; cpu++) {
		unsigned long one = 0, some = 0, mask = online_cpus();

		smp_call_function_single(cpu, note_cpu, &one);
		EXPECT_EQ(one, BIT(cpu));
		mask &= ~(BIT(cpu) | BIT(smp_processor_id()));
		smp_call_function_mask(mask, note_cpu, &some);
		EXPECT_EQ(some, mask);
	}
}

struct job {
	unsigned int cpu; /* where it shall run */
	void (*work)(struct job *job);
	struct completion go, done;
	void *shared;
	unsigned int wrong;
};

static int run_job(void *arg)
{
	struct job *job = arg;

	if (sched_set_affinity(current, BIT(job->cpu)) ||
	    smp_processor_id() != job->cpu)
		job->wrong++;
	wait_for_completion(&job->go);
	if (smp_processor_id() != job->cpu)
		job->wrong++;
	job->work(job);
	complete(&job->done);
	return 0;
}

/* Run @work on CPUs 0 to @nr - 1 at the same time. What went wrong. */
static unsigned int run_jobs(struct job *jobs, unsigned int nr,
			     void (*work)(struct job *), void *shared)
{
	unsigned int wrong = 0, started = 0;

	for (; started < nr; started++) {
		struct job *job = &jobs[started];

		*job = (struct job){ .cpu = started,
				     .work = work,
				     .shared = shared };
		init_completion(&job->go);
		init_completion(&job->done);
		if (IS_ERR(kthread_run(run_job, job, "ktest")))
			break;
	}
	for (unsigned int i = 0; i < started; i++)
		complete(&jobs[i].go);
	for (unsigned int i = 0; i < started; i++) {
		wait_for_completion(&jobs[i].done);
		wrong += jobs[i].wrong;
	}
	return wrong + (nr - started);
}

#define ROUNDS 4000

struct counters {
	spinlock_t lock;
	unsigned long plain;
	atomic64_t atomic;
};

static void count(struct job *job)
{
	struct counters *c = job->shared;

	for (int i = 0; i < ROUNDS; i++) {
		unsigned long flags;

		spin_lock_irqsave(&c->lock, flags);
		c->plain++;
		spin_unlock_irqrestore(&c->lock, flags);
		atomic64_inc(&c->atomic);
	}
}

KTEST(smp, counters_lose_nothing)
{
	static struct job jobs[NR_CPUS];
	static struct counters c;

	spin_lock_init(&c.lock);
	c.plain = 0;
	atomic64_set(&c.atomic, 0);
	EXPECT_EQ(run_jobs(jobs, nr_cpus_online, count, &c), 0);
	EXPECT_EQ(c.plain, ROUNDS * nr_cpus_online);
	EXPECT_EQ(atomic64_read(&c.atomic), ROUNDS * nr_cpus_online);
}

static void nothing(void *unused)
{
}

/* With interrupts off now and then: who waits must answer, too. */
static void call_all(struct job *job)
{
	for (int i = 0; i < 20; i++) {
		unsigned long flags;

		local_irq_save(flags);
		if (i % 2)
			local_irq_restore(flags);
		smp_call_function(nothing, NULL);
		if (!(i % 2))
			local_irq_restore(flags);
	}
}

KTEST(smp, all_call_all_at_once)
{
	static struct job jobs[NR_CPUS];

	EXPECT_EQ(run_jobs(jobs, nr_cpus_online, call_all, NULL), 0);
}

struct table {
	struct wait_queue_head wait;
	unsigned int turn;
};

#define TURNS 100

static void take_turns(struct job *job)
{
	struct table *t = job->shared;

	for (int i = 0; i < TURNS; i++) {
		wait_event(t->wait, READ_ONCE(t->turn) % 2 == job->cpu);
		WRITE_ONCE(t->turn, t->turn + 1);
		wake_up_all(&t->wait);
	}
}

KTEST(smp, wake_ups_cross_cpus)
{
	static struct job jobs[2];
	static struct table t;

	NEED_CPUS(2);
	init_waitqueue_head(&t.wait);
	t.turn = 0;
	EXPECT_EQ(run_jobs(jobs, 2, take_turns, &t), 0);
	EXPECT_EQ(t.turn, 2 * TURNS);
}

/* A page of KMAP far above the stacks in use, in a table of its own. */
#define SPARE_VA (KMAP_START + GiB(1) - PMD_SIZE)

struct view {
	bool stop;
	u64 newest; /* what the page held when the last flush returned */
	atomic64_t looks;
	struct page *pages[2];
	pte_t *pte;
};

static pte_t *spare_pte(void)
{
	pud_t *pud = pgd_table(swapper_pg_dir[pgd_index(SPARE_VA)]) +
		     pud_index(SPARE_VA);

	return pmd_table(pud_table(*pud)[pmd_index(SPARE_VA)]) +
	       pte_index(SPARE_VA);
}

/* Map one page in place of the other, again and again. A stale translation
 * would show the one that is not mapped, and has a 0. */
static void change_page(struct view *v)
{
	for (u64 n = 1; n <= 40; n++) {
		struct page *page = v->pages[n % 2];
		long looks = atomic64_read(&v->looks);

		*(u64 *)page_address(page) = n;
		set_pte(v->pte, (pte_t){ page_to_phys(page) | PAGE_KERNEL.v });
		flush_tlb_kernel_range(SPARE_VA, SPARE_VA + PAGE_SIZE);
		smp_store_release(&v->newest, n);
		*(u64 *)page_address(v->pages[(n + 1) % 2]) = 0;
		while (atomic64_read(&v->looks) < looks + 4)
			cpu_relax();
	}
	smp_store_release(&v->stop, true);
}

static void watch_page(struct job *job)
{
	struct view *v = job->shared;

	if (job->cpu == 0) {
		change_page(v);
		return;
	}
	while (!smp_load_acquire(&v->stop)) {
		u64 newest = smp_load_acquire(&v->newest);
		u64 seen = *(volatile u64 *)SPARE_VA;

		if (seen < newest)
			job->wrong++;
		atomic64_inc(&v->looks);
	}
}

KTEST(smp, after_a_flush_nobody_sees_the_old_page)
{
	static struct job jobs[NR_CPUS];
	static struct view v;

	NEED_CPUS(2);
	v = (struct view){ 0 };
	for (int i = 0; i < 2; i++) {
		v.pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		ASSERT(v.pages[i]);
	}
	ASSERT(!map_kernel_page(SPARE_VA, page_to_phys(v.pages[0]),
				PAGE_KERNEL));
	v.pte = spare_pte();
	EXPECT_EQ(run_jobs(jobs, nr_cpus_online, watch_page, &v), 0);
	unmap_kernel_page(SPARE_VA);
	flush_tlb_kernel_range(SPARE_VA, SPARE_VA + PAGE_SIZE);
	put_page(pfn_to_page(PFN_DOWN(unhook_kernel_table(SPARE_VA))));
	flush_tlb_kernel_range(SPARE_VA, SPARE_VA + PMD_SIZE);
	put_page(v.pages[0]);
	put_page(v.pages[1]);
}

struct slow_timer {
	struct timer timer;
	bool started, ended;
};

static void run_slowly(struct timer *timer)
{
	struct slow_timer *t = container_of(timer, struct slow_timer, timer);
	u64 end = ktime_get_ns() + 5 * NSEC_PER_MSEC;

	smp_store_release(&t->started, true);
	while (ktime_get_ns() < end)
		cpu_relax();
	smp_store_release(&t->ended, true);
}

static void cancel_elsewhere(struct job *job)
{
	struct slow_timer *t = job->shared;

	if (job->cpu == 0) {
		timer_setup(&t->timer, run_slowly);
		timer_start(&t->timer, ktime_get_ns() + NSEC_PER_MSEC);
		while (!smp_load_acquire(&t->ended))
			cpu_relax();
		return;
	}
	while (!smp_load_acquire(&t->started))
		cpu_relax();
	timer_cancel(&t->timer);
	if (!READ_ONCE(t->ended))
		job->wrong++;
}

KTEST(smp, a_cancelled_timer_does_not_run_elsewhere)
{
	static struct job jobs[2];
	static struct slow_timer t;

	NEED_CPUS(2);
	t = (struct slow_timer){ 0 };
	EXPECT_EQ(run_jobs(jobs, 2, cancel_elsewhere, &t), 0);
}

static void read_clock(struct job *job)
{
	u64 *latest = job->shared;

	for (int i = 0; i < ROUNDS; i++) {
		u64 before = __atomic_load_n(latest, __ATOMIC_SEQ_CST);
		u64 now = ktime_get_ns();

		if (now < before)
			job->wrong++;
		while (before < now &&
		       !__atomic_compare_exchange_n(latest, &before, now, false,
						    __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST))
			;
	}
}

KTEST(smp, the_clock_never_goes_back)
{
	static struct job jobs[NR_CPUS];
	static u64 latest;

	latest = 0;
	EXPECT_EQ(run_jobs(jobs, nr_cpus_online, read_clock, &latest), 0);
}

static int spin_everywhere(void *arg)
{
	u64 end = ktime_get_ns() + 60 * NSEC_PER_SEC;

	while (READ_ONCE(((unsigned long *)arg)[1]) != online_cpus() &&
	       ktime_get_ns() < end) {
		__atomic_fetch_or(&((unsigned long *)arg)[1],
				  BIT(smp_processor_id()), __ATOMIC_SEQ_CST);
		cond_resched();
	}
	__atomic_fetch_add((unsigned long *)arg, 1, __ATOMIC_SEQ_CST);
	return 0;
}

KTEST(smp, work_spreads_to_all_cpus)
{
	static unsigned long done_cpus[2];
	unsigned long n = 2 * nr_cpus_online;

	done_cpus[0] = done_cpus[1] = 0;
	for (unsigned long i = 0; i < n; i++)
		ASSERT(!IS_ERR(
			kthread_run(spin_everywhere, done_cpus, "ktest")));
	while (READ_ONCE(done_cpus[0]) < n) {
		current->state = TASK_UNINTERRUPTIBLE;
		schedule_timeout(10 * NSEC_PER_MSEC);
	}
	EXPECT_EQ(done_cpus[0], n);
	EXPECT_EQ(done_cpus[1], online_cpus());
}

KTEST(smp, affinity_to_no_cpu_is_refused)
{
	EXPECT_EQ(sched_set_affinity(current, 0), -EINVAL);
	EXPECT_EQ(sched_set_affinity(current, 1UL << 63), -EINVAL);
	EXPECT_EQ(sched_set_affinity(current, ~0UL), 0);
}
