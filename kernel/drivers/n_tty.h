/* SPDX-License-Identifier: MIT */
#ifndef N_TTY_H
#define N_TTY_H

#include <ikos/types.h>

struct tty_struct;

/* Between the parts of the line discipline; tty->lock held. */
void n_tty_erase(struct tty_struct *tty, u8 key);
void n_tty_finish_erasing(struct tty_struct *tty);

#endif
