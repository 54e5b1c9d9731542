/* SPDX-License-Identifier: MIT */
#ifndef UAPI_MEMPOLICY_H
#define UAPI_MEMPOLICY_H

/* set_mempolicy(2), mbind(2) */
#define MPOL_DEFAULT	    0
#define MPOL_PREFERRED	    1
#define MPOL_BIND	    2
#define MPOL_INTERLEAVE	    3
#define MPOL_LOCAL	    4
#define MPOL_PREFERRED_MANY 5
#define MPOL_MAX	    6

#define MPOL_F_STATIC_NODES   (1u << 15)
#define MPOL_F_RELATIVE_NODES (1u << 14)
#define MPOL_F_NUMA_BALANCING (1u << 13)
#define MPOL_MODE_FLAGS                                                        \
	(MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES | MPOL_F_NUMA_BALANCING)

/* get_mempolicy(2) */
#define MPOL_F_NODE	    (1ul << 0)
#define MPOL_F_ADDR	    (1ul << 1)
#define MPOL_F_MEMS_ALLOWED (1ul << 2)

/* mbind(2), move_pages(2) */
#define MPOL_MF_STRICT	 (1u << 0)
#define MPOL_MF_MOVE	 (1u << 1)
#define MPOL_MF_MOVE_ALL (1u << 2)
#define MPOL_MF_VALID	 (MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)

#endif
