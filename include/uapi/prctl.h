/* SPDX-License-Identifier: MIT */
#ifndef UAPI_PRCTL_H
#define UAPI_PRCTL_H

/* prctl(2): the operations that IKOS has. */
#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_GET_KEEPCAPS		7
#define PR_SET_KEEPCAPS		8
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_CAPBSET_READ		23
#define PR_CAPBSET_DROP		24
#define PR_GET_SECUREBITS	27
#define PR_SET_SECUREBITS	28
#define PR_GET_TIMING		13
#define PR_SET_TIMING		14
#define PR_SET_TIMERSLACK	29
#define PR_GET_TIMERSLACK	30
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_SET_VMA		0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#define PR_GET_TID_ADDRESS	40
#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define PR_GET_TSC		25
#define PR_SET_TSC		26
#define PR_TSC_ENABLE		1
#define PR_GET_SPECULATION_CTRL 52
#define PR_CAP_AMBIENT		47

/* personality(2): the bits that mean something here. */
#define PER_LINUX	   0x0000
#define PER_LINUX32	   0x0008
#define PER_MASK	   0x00ff
#define UNAME26		   0x0020000
#define ADDR_NO_RANDOMIZE  0x0040000
#define MMAP_PAGE_ZERO	   0x0100000
#define ADDR_COMPAT_LAYOUT 0x0200000
#define READ_IMPLIES_EXEC  0x0400000
/* What a program with other rights than its caller does not inherit. */
#define PER_CLEAR_ON_SETID                                                     \
	(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT |          \
	 MMAP_PAGE_ZERO)

#endif
