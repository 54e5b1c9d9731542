/* SPDX-License-Identifier: MIT */
#ifndef UAPI_PRCTL_H
#define UAPI_PRCTL_H

/* prctl(2): the operations that IKOS has. */
#define PR_SET_PDEATHSIG    1
#define PR_GET_PDEATHSIG    2
#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_GET_TID_ADDRESS  40

/* personality(2): what exec heeds. */
#define PER_LINUX	   0x0000
#define ADDR_NO_RANDOMIZE  0x0040000
#define ADDR_COMPAT_LAYOUT 0x0200000

#endif
