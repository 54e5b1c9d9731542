/* SPDX-License-Identifier: MIT */
#ifndef IKOS_WAIT_H
#define IKOS_WAIT_H

#include <ikos/list.h>
#include <ikos/spinlock.h>
#include <uapi/errno.h>

/*
 * Waiting for a condition. The waiter queues itself and sets its state before
 * it tests, so that a wake-up in between is not lost. Wake-ups may come from
 * interrupt handlers.
 */
struct task_struct;
struct wait_queue_entry;

/* @key: what wake_up_poll() was told. Called with the queue's lock held,
 * interrupts off. Return: whether it counts as the wake-up of an exclusive
 * entry. */
typedef bool (*wait_queue_func_t)(struct wait_queue_entry *entry,
				  unsigned int key);

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};

struct wait_queue_entry {
	struct task_struct *task;
	wait_queue_func_t func; /* NULL: wake the task */
	void *private;
	bool exclusive; /* wake_up() stops after one of these */
	bool autoremove; /* the wake-up takes it off: prepare_to_wait() */
	struct list_head entry;
};

#define WAIT_QUEUE_HEAD_INIT(name)                                             \
	{                                                                      \
		.lock = SPINLOCK_INIT, .head = LIST_HEAD_INIT((name).head)     \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name)                                          \
	struct wait_queue_head name = WAIT_QUEUE_HEAD_INIT(name)

void init_waitqueue_head(struct wait_queue_head *wq);
void init_wait_entry(struct wait_queue_entry *entry); /* for current */
void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void remove_wait_queue(struct wait_queue_head *wq,
		       struct wait_queue_entry *entry);
/* Queue @entry unless it is queued, and set the current task's state. */
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry,
		     int state);
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void wake_up(struct wait_queue_head *wq); /* all, one of the exclusive */
void wake_up_all(struct wait_queue_head *wq); /* every one */
/* wake_up() that says what has become true: POLL* bits, 0: anything. */
void wake_up_poll(struct wait_queue_head *wq, unsigned int key);
bool waitqueue_active(struct wait_queue_head *wq);

/* kernel/sched.c: sleep; for at most @ns (MAX: for ever), ns left. */
#define MAX_SCHEDULE_TIMEOUT (~0ULL)
void schedule(void);
u64 wait_schedule_timeout(u64 ns);
bool current_signal_pending(void);

#define TASK_RUNNING	     0
#define TASK_INTERRUPTIBLE   1 /* any signal wakes */
#define TASK_UNINTERRUPTIBLE 2 /* only a wake-up */
#define TASK_KILLABLE	     4 /* a fatal signal wakes too */
#define TASK_STOPPED	     8
#define TASK_ZOMBIE	     16
#define TASK_DEAD	     32
#define TASK_TRACED	     64 /* a fatal signal wakes too */
#define TASK_FROZEN	     128 /* traced, and the tracer is looking */

#define ___wait_event(wq, cond, state, timeout)                                \
	({                                                                     \
		long _we_ret = 0;                                              \
		u64 _we_left = (timeout);                                      \
		struct wait_queue_entry _we_entry;                             \
		init_wait_entry(&_we_entry);                                   \
		for (;;) {                                                     \
			prepare_to_wait(&(wq), &_we_entry, state);             \
			if (cond)                                              \
				break;                                         \
			if ((state) == TASK_INTERRUPTIBLE &&                   \
			    current_signal_pending()) {                        \
				_we_ret = -ERESTARTSYS;                        \
				break;                                         \
			}                                                      \
			if (!_we_left) {                                       \
				_we_ret = -ETIMEDOUT;                          \
				break;                                         \
			}                                                      \
			if ((timeout) == MAX_SCHEDULE_TIMEOUT)                 \
				schedule();                                    \
			else                                                   \
				_we_left = wait_schedule_timeout(_we_left);    \
			/* Nearly always what it was woken for. */             \
			if (cond)                                              \
				break;                                         \
		}                                                              \
		finish_wait(&(wq), &_we_entry);                                \
		_we_ret;                                                       \
	})

/* Until @cond holds, whatever signals come. */
#define wait_event(wq, cond)                                                   \
	((void)((cond) ? 0                                                     \
		       : ___wait_event(wq, cond, TASK_UNINTERRUPTIBLE,         \
				       MAX_SCHEDULE_TIMEOUT)))
/* 0, or -ERESTARTSYS when a signal came first. */
#define wait_event_interruptible(wq, cond)                                     \
	((cond) ? 0L                                                           \
		: ___wait_event(wq, cond, TASK_INTERRUPTIBLE,                  \
				MAX_SCHEDULE_TIMEOUT))
/* The same, and -ETIMEDOUT after @ns nanoseconds. */
#define wait_event_interruptible_timeout(wq, cond, ns)                         \
	((cond) ? 0L : ___wait_event(wq, cond, TASK_INTERRUPTIBLE, ns))

#endif
