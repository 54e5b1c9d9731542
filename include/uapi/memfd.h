/* SPDX-License-Identifier: MIT */
#ifndef UAPI_MEMFD_H
#define UAPI_MEMFD_H

/* memfd_create(2) */
#define MFD_CLOEXEC	  0x1u
#define MFD_ALLOW_SEALING 0x2u
#define MFD_HUGETLB	  0x4u
#define MFD_HUGE_SHIFT	  26 /* log2 of the size of huge pages */
#define MFD_HUGE_MASK	  0x3f

#endif
