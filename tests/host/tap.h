/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HOST_TAP_H
#define TESTS_HOST_TAP_H

#include <ikos/types.h>

/*
 * Tests of one program. A test is a function put into a table; sim_host.c
 * runs each in a child process of its own, in seeded random order, and prints
 * TAP.
 *
 *	TEST(split_keeps_the_list_sorted)
 *	{
 *		ASSERT(mm);			// else the test ends here
 *		EXPECT_EQ(mm->map_count, 2);	// else it fails and goes on
 *	}
 */
struct sim_test {
	const char *name;
	void (*run)(void);
};

#define TEST(name_)                                                            \
	static void test_##name_(void);                                        \
	static const struct sim_test entry_##name_ = { #name_, test_##name_ }; \
	static const struct sim_test *const ref_##name_ __used __section(      \
		"sim_tests") = &entry_##name_;                                 \
	static void test_##name_(void)

/* A test of what only debug builds of the kernel notice. */
#ifdef CONFIG_DEBUG_VM
#define TEST_DEBUG(name_) TEST(name_)
#else
#define TEST_DEBUG(name_) static void __maybe_unused test_##name_(void)
#endif

/* A diagnostic line. */
void sim_note(const char *fmt, ...) __printf(1, 2);
/* The running test has failed; it goes on. */
void sim_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* The same, and it ends; where a panic is expected, this is one. */
void sim_die(const char *fmt, ...) __printf(1, 2) __noreturn;
void sim_end_test(void) __noreturn;
/* The test does not apply. */
void sim_skip(const char *why) __noreturn;
int sim_failures(void);

#define EXPECT(cond)                                                           \
	do {                                                                   \
		if (!(cond))                                                   \
			sim_fail(__FILE__, __LINE__, "expected: %s", #cond);   \
	} while (0)

#define EXPECT_EQ(a, b)                                                        \
	do {                                                                   \
		long _ta = (long)(a), _tb = (long)(b);                         \
		if (_ta != _tb)                                                \
			sim_fail(__FILE__, __LINE__,                           \
				 "%s: expected %ld (%#lx), got %ld (%#lx)",    \
				 #a, _tb, (unsigned long)_tb, _ta,             \
				 (unsigned long)_ta);                          \
	} while (0)

#define ASSERT(cond)                                                           \
	do {                                                                   \
		if (!(cond)) {                                                 \
			sim_fail(__FILE__, __LINE__, "required: %s", #cond);   \
			sim_end_test();                                        \
		}                                                              \
	} while (0)

#define ASSERT_EQ(a, b)                                                        \
	do {                                                                   \
		EXPECT_EQ(a, b);                                               \
		if ((long)(a) != (long)(b))                                    \
			sim_end_test();                                        \
	} while (0)

/*
 * @stmt must panic with a sentence that contains @text. It runs in a copy of
 * the process: whatever it breaks, the test goes on as if it had not run.
 */
#define EXPECT_PANIC(text, stmt)                                               \
	do {                                                                   \
		if (sim_panic_begin()) {                                       \
			stmt;                                                  \
			sim_panic_missed();                                    \
		}                                                              \
		sim_panic_end(text, __FILE__, __LINE__);                       \
	} while (0)
bool sim_panic_begin(void);
void sim_panic_missed(void) __noreturn;
void sim_panic_end(const char *text, const char *file, int line);

/* Called by panic(): tells an expecting EXPECT_PANIC, or ends the test. */
void sim_panicked(const char *sentence) __noreturn;

#endif
