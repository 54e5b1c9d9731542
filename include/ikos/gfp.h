/* SPDX-License-Identifier: MIT */
#ifndef IKOS_GFP_H
#define IKOS_GFP_H

#include <ikos/types.h>

/* How an allocation may get its memory, and in what state it wants it. */
#define GFP_KERNEL	    0x00u /* may sleep, may reclaim; half the reserve */
#define GFP_ATOMIC	    0x01u /* must not sleep; may use the reserve */
#define GFP_USER	    0x02u /* for a user page: fails before the reserve */
#define __GFP_ZERO	    0x10u /* filled with zeroes */
#define __GFP_NOFAIL_INJECT 0x20u /* exempt from fail-the-Nth injection */
#define __GFP_NOWARN	    0x40u

#endif
