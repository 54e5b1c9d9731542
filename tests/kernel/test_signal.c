/* SPDX-License-Identifier: MIT */
/*
 * Pending signals, seen from inside: what is queued, what is merged, what
 * happens when there is no memory for the information. Everything is blocked
 * here, so that nothing is ever delivered.
 */
#include <ikos/ktest.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>

static sigset_t_k begin(void)
{
	sigset_t_k old = current->blocked;

	set_current_blocked(~0UL);
	flush_sigqueue(&current->pending);
	return old;
}

static void end(sigset_t_k old)
{
	unsigned long flags;

	spin_lock_irqsave(&current->sighand->siglock, flags);
	flush_sigqueue(&current->pending);
	spin_unlock_irqrestore(&current->sighand->siglock, flags);
	set_current_blocked(old);
}

static int send(int sig, int code, int value)
{
	struct siginfo info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = code;
	info.si_value.sival_int = value;
	return send_sig_info(sig, &info, current, false);
}

static int queued(void)
{
	struct sigqueue *q;
	int n = 0;

	list_for_each_entry (q, &current->pending.list, list)
		n++;
	return n;
}

KTEST(signal, standard_signals_are_pending_once)
{
	sigset_t_k old = begin();

	EXPECT_EQ(send(SIGUSR1, SI_QUEUE, 1), 0);
	EXPECT_EQ(send(SIGUSR1, SI_QUEUE, 2), 0);
	EXPECT_EQ(queued(), 1);
	EXPECT_EQ(
		list_first_entry(&current->pending.list, struct sigqueue, list)
			->info.si_value.sival_int,
		1);
	EXPECT(!current->sigpending);
	end(old);
}

KTEST(signal, real_time_signals_queue_in_order)
{
	sigset_t_k old = begin();
	struct sigqueue *q;
	int next = 0;

	for (int i = 0; i < 5; i++)
		EXPECT_EQ(send(SIGRTMIN + 2, SI_QUEUE, i), 0);
	EXPECT_EQ(queued(), 5);
	list_for_each_entry (q, &current->pending.list, list)
		EXPECT_EQ(q->info.si_value.sival_int, next++);
	end(old);
}

KTEST(signal, without_memory_the_bit_is_enough)
{
	sigset_t_k old = begin();

	fail_nth_set(1);
	EXPECT_EQ(send(SIGUSR1, SI_USER, 0), 0);
	if (fail_nth_hit())
		EXPECT_EQ(queued(), 0);
	fail_nth_set(0);
	EXPECT_EQ(current->pending.signal, sigmask(SIGUSR1));
	end(old);
}

KTEST(signal, without_memory_a_value_is_refused)
{
	sigset_t_k old = begin();

	for (unsigned long nth = 1; nth < 10; nth++) {
		int err;

		fail_nth_set(nth);
		err = send(SIGRTMIN + 1, SI_QUEUE, 7);
		if (!fail_nth_hit()) {
			EXPECT_EQ(err, 0);
			break;
		}
		EXPECT_EQ(err, -EAGAIN);
		EXPECT_EQ(queued(), 0);
		EXPECT_EQ(current->pending.signal, 0);
	}
	fail_nth_set(0);
	end(old);
}

KTEST(signal, stop_signals_and_sigcont_cancel_each_other)
{
	sigset_t_k old = begin();

	send(SIGTSTP, SI_USER, 0);
	send(SIGTTIN, SI_USER, 0);
	EXPECT_EQ(current->pending.signal, sigmask(SIGTSTP) | sigmask(SIGTTIN));
	send(SIGCONT, SI_USER, 0);
	EXPECT_EQ(current->pending.signal, sigmask(SIGCONT));
	send(SIGTTOU, SI_USER, 0);
	EXPECT_EQ(current->pending.signal, sigmask(SIGTTOU));
	EXPECT_EQ(queued(), 1);
	end(old);
}

KTEST(signal, numbers_out_of_range_are_refused)
{
	EXPECT_EQ(send_sig_info(-1, NULL, current, true), -EINVAL);
	EXPECT_EQ(send_sig_info(_NSIG + 1, NULL, current, true), -EINVAL);
	EXPECT_EQ(send_sig_info(0, NULL, current, true), 0);
	EXPECT_EQ(kill_pgrp(4000000, SIGTERM), -ESRCH);
}

KTEST(signal, init_ignores_what_it_does_not_handle)
{
	sigset_t_k old = current->blocked;

	if (current->tgid != 1)
		KTEST_SKIP("this is not pid 1");
	set_current_blocked(0);
	EXPECT_EQ(send_sig(SIGTERM, current), 0);
	EXPECT_EQ(send_sig(SIGKILL, current), 0);
	EXPECT_EQ(send_sig(SIGSTOP, current), 0);
	EXPECT_EQ(current->signal->shared_pending.signal, 0);
	EXPECT(!current->sigpending);
	EXPECT(!current->signal->group_exit);
	set_current_blocked(old);
}
