/* SPDX-License-Identifier: MIT */
#ifndef IKOS_POSIX_TIMER_H
#define IKOS_POSIX_TIMER_H

#include <ikos/signal.h>

struct signal_struct;

/* kernel/posix_timer.c */
/* A signal has been taken: if it is a timer's, set the timer to the next time
 * and say in @info how many were missed. May sleep. */
void posix_timer_deliver(struct siginfo *info);
/* exec and exit: delete all of them. No other thread is left. */
void exit_posix_timers(struct signal_struct *sig);
/* kernel/itimer.c: exit. */
void exit_itimers(struct signal_struct *sig);

#endif
