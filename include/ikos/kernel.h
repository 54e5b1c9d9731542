/* SPDX-License-Identifier: MIT */
#ifndef IKOS_KERNEL_H
#define IKOS_KERNEL_H

#include <ikos/types.h>

#if __STDC_HOSTED__
#include <limits.h>
#else
#define INT_MAX	  0x7fffffff
#define INT_MIN	  (-INT_MAX - 1)
#define UINT_MAX  0xffffffffU
#define LONG_MAX  0x7fffffffffffffffL
#define LONG_MIN  (-LONG_MAX - 1)
#define ULONG_MAX 0xffffffffffffffffUL
#endif

/* Arithmetic helpers that every file needs. */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member)                                        \
	((type *)((char *)(ptr)-offsetof(type, member)))

#define min(a, b)                                                              \
	({                                                                     \
		__typeof__(a) _min_a = (a);                                    \
		__typeof__(b) _min_b = (b);                                    \
		_min_a < _min_b ? _min_a : _min_b;                             \
	})
#define max(a, b)                                                              \
	({                                                                     \
		__typeof__(a) _max_a = (a);                                    \
		__typeof__(b) _max_b = (b);                                    \
		_max_a > _max_b ? _max_a : _max_b;                             \
	})
#define min_t(t, a, b)	 min((t)(a), (t)(b))
#define max_t(t, a, b)	 max((t)(a), (t)(b))
#define clamp(v, lo, hi) min(max(v, lo), hi)

#define swap(a, b)                                                             \
	do {                                                                   \
		__typeof__(a) _swap_t = (a);                                   \
		(a) = (b);                                                     \
		(b) = _swap_t;                                                 \
	} while (0)

/* For @a a power of two. */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN(x, a)	 ALIGN_DOWN((x) + (__typeof__(x))(a)-1, a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define BIT(n)		   (1UL << (n))

#define KiB(n) ((unsigned long)(n) << 10)
#define MiB(n) ((unsigned long)(n) << 20)
#define GiB(n) ((unsigned long)(n) << 30)

/* Position of the highest / lowest set bit; undefined for 0. */
static inline unsigned int ilog2(unsigned long n)
{
	return 63 - (unsigned int)__builtin_clzl(n);
}

static inline unsigned int ffs_bit(unsigned long n)
{
	return (unsigned int)__builtin_ctzl(n);
}

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, __builtin_va_list args);

#endif
