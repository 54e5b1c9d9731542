/* SPDX-License-Identifier: MIT */
/* Random numbers from the CPU, where it makes any. */
#include <asm/cpufeature.h>
#include <ikos/random.h>

/* The generator may be drained for a moment: Intel's guide says ten tries. */
#define TRIES 10

#define DEFINE_RANDOM_INSN(insn)                                               \
	static bool insn##_u64(u64 *v)                                         \
	{                                                                      \
		bool ok = false;                                               \
                                                                               \
		for (int i = 0; i < TRIES && !ok; i++)                         \
			__asm__ __volatile__(#insn " %0; setc %1"              \
					     : "=r"(*v), "=qm"(ok)             \
					     :                                 \
					     : "cc");                          \
		return ok;                                                     \
	}

DEFINE_RANDOM_INSN(rdseed)
DEFINE_RANDOM_INSN(rdrand)

/**
 * arch_get_random - 64 bits from the CPU's generator
 * @v: gets them
 *
 * Context: any.
 * Return: false when there is no generator or it yields nothing.
 */
bool arch_get_random(u64 *v)
{
	if (cpu_has(X86_FEATURE_RDSEED) && rdseed_u64(v))
		return true;
	return cpu_has(X86_FEATURE_RDRAND) && rdrand_u64(v);
}
