/* SPDX-License-Identifier: MIT */
#ifndef IKOS_RANDOM_H
#define IKOS_RANDOM_H

#include <ikos/types.h>

/* ChaCha20 keyed from RDRAND/RDSEED, the TSC and seed= of the command line;
 * with seed=N alone the whole run repeats. Any context. */
void random_init(const char *seed); /* NULL: a random one */
void get_random_bytes(void *buf, size_t n);
u64 get_random_u64(void);
/* Mix bytes in: a write to /dev/urandom. */
void add_device_randomness(const void *buf, size_t n);
/* Provided by arch code: false when the CPU has no such instruction. */
bool arch_get_random(u64 *v);

#endif
