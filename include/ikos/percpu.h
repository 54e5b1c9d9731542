/* SPDX-License-Identifier: MIT */
#ifndef IKOS_PERCPU_H
#define IKOS_PERCPU_H

/* Per-CPU variables; how a CPU finds its own is the port's business. */
#include <asm/percpu.h>

#endif
