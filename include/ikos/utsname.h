/* SPDX-License-Identifier: MIT */
#ifndef IKOS_UTSNAME_H
#define IKOS_UTSNAME_H

#include <ikos/spinlock.h>
#include <uapi/utsname.h>

/* What uname(2) and /proc/version tell: kernel/sys_misc.c. Only nodename and
 * domainname ever change. */
extern struct new_utsname system_utsname;
extern spinlock_t uts_lock; /* guards those two */

#endif
