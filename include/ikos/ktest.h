/* SPDX-License-Identifier: MIT */
#ifndef IKOS_KTEST_H
#define IKOS_KTEST_H

#include <ikos/kernel.h>

/*
 * Tests inside the kernel, in KTAP. A test is a function that a macro puts
 * into a table; "ktest" on the kernel command line runs them all in seeded
 * random order (ktest.seed=N repeats one, ktest.filter=GLOB chooses) and
 * powers off. Around each test free pages, slab objects and page-table pages
 * are compared: a difference fails it.
 *
 *	KTEST(vma, split_keeps_the_list_sorted)
 *	{
 *		...
 *		EXPECT_EQ(mm->map_count, 2);
 *	}
 */
struct ktest_state {
	int failures; /* of the running test */
	const char *skip_reason;
};

struct ktest {
	const char *suite;
	const char *name;
	void (*run)(struct ktest_state *t);
};

#define KTEST(suite_, name_)                                                   \
	static void ktest_##suite_##_##name_(struct ktest_state *ktest_self);  \
	/* Aligned as in an array, or the compiler would leave gaps. */        \
	static const struct ktest ktest_entry_##suite_##_##name_ __used        \
		__aligned(8)                                                   \
			__section(".ktest") = { #suite_, #name_,               \
						ktest_##suite_##_##name_ };    \
	static void ktest_##suite_##_##name_(                                  \
		struct ktest_state *ktest_self __maybe_unused)

void ktest_fail(struct ktest_state *t, const char *file, int line,
		const char *fmt, ...) __printf(4, 5);
/* The rest of this test runs on one CPU, in the order of a single queue. */
void ktest_one_cpu(void);
/* Run what the command line asks for; failures, or -1 when not asked. */
int ktest_run(void);

#define EXPECT(cond)                                                           \
	do {                                                                   \
		if (!(cond))                                                   \
			ktest_fail(ktest_self, __FILE__, __LINE__,             \
				   "expected: %s", #cond);                     \
	} while (0)
#define EXPECT_EQ(a, b)                                                        \
	do {                                                                   \
		long _ka = (long)(a), _kb = (long)(b);                         \
		if (_ka != _kb)                                                \
			ktest_fail(ktest_self, __FILE__, __LINE__,             \
				   "%s: expected %ld (%#lx), got %ld (%#lx)",  \
				   #a, _kb, (unsigned long)_kb, _ka,           \
				   (unsigned long)_ka);                        \
	} while (0)
#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (!(cond)) {                                                 \
			ktest_fail(ktest_self, __FILE__, __LINE__,             \
				   "required: %s", #cond);                     \
			return;                                                \
		}                                                              \
	} while (0)
#define KTEST_SKIP(reason)                                                     \
	do {                                                                   \
		ktest_self->skip_reason = (reason);                            \
		return;                                                        \
	} while (0)

#endif
