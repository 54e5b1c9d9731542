/* SPDX-License-Identifier: MIT */
#ifndef UAPI_SYSINFO_H
#define UAPI_SYSINFO_H

#include <stdint.h>

/* sysinfo(2); memory in units of mem_unit bytes. */
struct sysinfo_k {
	int64_t uptime; /* s */
	uint64_t loads[3]; /* 16 bits fraction */
	uint64_t totalram;
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad_;
	uint32_t pad2_;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit;
	uint32_t pad3_;
};
_Static_assert(sizeof(struct sysinfo_k) == 112, "struct sysinfo");

#endif
