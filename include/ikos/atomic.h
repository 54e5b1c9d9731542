/* SPDX-License-Identifier: MIT */
#ifndef IKOS_ATOMIC_H
#define IKOS_ATOMIC_H

#include <ikos/types.h>

/*
 * Atomic counters and bits over the compiler's builtins: full barriers where a
 * value comes back, relaxed where none does (the Linux convention).
 */
#define ATOMIC_INIT(i)                                                         \
	{                                                                      \
		(i)                                                            \
	}

#define IKOS_DEFINE_ATOMIC(prefix, type, T)                                    \
	static inline T prefix##_read(const type *v)                           \
	{                                                                      \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);         \
	}                                                                      \
	static inline void prefix##_set(type *v, T i)                          \
	{                                                                      \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);            \
	}                                                                      \
	static inline void prefix##_add(T i, type *v)                          \
	{                                                                      \
		__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline void prefix##_sub(T i, type *v)                          \
	{                                                                      \
		__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline void prefix##_inc(type *v)                               \
	{                                                                      \
		prefix##_add(1, v);                                            \
	}                                                                      \
	static inline void prefix##_dec(type *v)                               \
	{                                                                      \
		prefix##_sub(1, v);                                            \
	}                                                                      \
	static inline T prefix##_add_return(T i, type *v)                      \
	{                                                                      \
		return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);   \
	}                                                                      \
	static inline T prefix##_sub_return(T i, type *v)                      \
	{                                                                      \
		return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);   \
	}                                                                      \
	static inline bool prefix##_dec_and_test(type *v)                      \
	{                                                                      \
		return prefix##_sub_return(1, v) == 0;                         \
	}                                                                      \
	static inline T prefix##_xchg(type *v, T i)                            \
	{                                                                      \
		return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);  \
	}                                                                      \
	static inline bool prefix##_try_cmpxchg(type *v, T *old, T new)        \
	{                                                                      \
		return __atomic_compare_exchange_n(&v->counter, old, new,      \
						   false, __ATOMIC_SEQ_CST,    \
						   __ATOMIC_RELAXED);          \
	}                                                                      \
	static inline bool prefix##_inc_not_zero(type *v)                      \
	{                                                                      \
		T old = prefix##_read(v);                                      \
		do {                                                           \
			if (!old)                                              \
				return false;                                  \
		} while (!prefix##_try_cmpxchg(v, &old, old + 1));             \
		return true;                                                   \
	}

IKOS_DEFINE_ATOMIC(atomic, atomic_t, int)
IKOS_DEFINE_ATOMIC(atomic64, atomic64_t, long)

#define xchg(ptr, v) __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
/* Returns what was there: the exchange happened when that equals @old. */
#define cmpxchg(ptr, old, new)                                                 \
	({                                                                     \
		__typeof__(*(ptr)) _cx_old = (old);                            \
		__atomic_compare_exchange_n(ptr, &_cx_old, new, false,         \
					    __ATOMIC_SEQ_CST,                  \
					    __ATOMIC_SEQ_CST);                 \
		_cx_old;                                                       \
	})
#define smp_load_acquire(ptr)	  __atomic_load_n(ptr, __ATOMIC_ACQUIRE)
#define smp_store_release(ptr, v) __atomic_store_n(ptr, v, __ATOMIC_RELEASE)
#define smp_mb()		  __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
