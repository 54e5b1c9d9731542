/* SPDX-License-Identifier: MIT */
/*
 * Programs: execve() and fork() with an address space, each allocation made to
 * fail in turn; and files that are no programs.
 */
#include <ikos/err.h>
#include <ikos/fs.h>
#include <ikos/ktest.h>
#include <ikos/mm.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/syscall.h>

#define PROGRAM "/bin/busybox"
#define SCRIPT	"/tmp/ktest-script"
#define NTH_MAX 2000

static const char *const true_argv[] = { "true", NULL };
static const char *const some_envp[] = { "PATH=/bin", "HOME=/", NULL };

struct attempt {
	const char *path;
	unsigned long nth; /* which allocation fails, 0: none */
	int err;
	bool hit;
	long forked; /* what fork gave, in the fork test */
	struct completion tried;
};

static bool have_program(void)
{
	struct file *file = open_exec(PROGRAM);

	if (IS_ERR(file))
		return false;
	fput(file);
	return true;
}

/* A kernel thread that becomes a program, or ends with the error. */
static int try_exec(void *arg)
{
	struct attempt *a = arg;

	fail_nth_set(a->nth);
	a->err = kernel_execve(a->path, true_argv, some_envp);
	a->hit = fail_nth_hit();
	fail_nth_set(0);
	complete(&a->tried);
	return 0;
}

static void adopt(struct task_struct *t)
{
	spin_lock_irq(&tasklist_lock);
	t->parent = current;
	list_del(&t->sibling);
	list_add_tail(&t->sibling, &current->children);
	spin_unlock_irq(&tasklist_lock);
}

/* Run @fn in a thread; if that becomes a program, wait for its end. */
static int run_attempt(struct attempt *a, int (*fn)(void *), int *status)
{
	struct task_struct *t;
	pid_t pid;

	ktest_one_cpu();
	init_completion(&a->tried);
	t = kthread_run(fn, a, "ktest");
	if (IS_ERR(t))
		return (int)PTR_ERR(t);
	/* It has not run yet: this CPU is not preempted. */
	pid = t->pid;
	adopt(t);
	wait_for_completion(&a->tried);
	*status = -1;
	if (!a->err && sys_wait4((unsigned long)pid, 0, 0, 0, 0, 0) == pid)
		*status = 0;
	return a->err;
}

KTEST(exec, every_failed_allocation_is_undone)
{
	struct attempt a = { .path = PROGRAM };
	unsigned int failures = 0;
	int status;

	if (!have_program())
		KTEST_SKIP("no " PROGRAM);
	for (a.nth = 1; a.nth < NTH_MAX; a.nth++) {
		if (run_attempt(&a, try_exec, &status)) {
			EXPECT_EQ(a.err, -ENOMEM);
			failures++;
		} else {
			EXPECT_EQ(status, 0);
			if (!a.hit)
				break;
		}
	}
	EXPECT(a.nth < NTH_MAX);
#ifdef CONFIG_DEBUG_VM
	EXPECT(failures > 10);
#endif
}

/* Execute the program, then fork from it with the allocation failing. */
static int try_fork(void *arg)
{
	struct kernel_clone_args args = { .exit_signal = SIGCHLD };
	struct attempt *a = arg;

	a->err = kernel_execve(PROGRAM, true_argv, some_envp);
	if (!a->err) {
		fail_nth_set(a->nth);
		a->forked = kernel_clone(&args);
		a->hit = fail_nth_hit();
		fail_nth_set(0);
		if (a->forked > 0)
			sys_wait4((unsigned long)a->forked, 0, 0, 0, 0, 0);
	}
	complete(&a->tried);
	return 0;
}

KTEST(fork, every_failed_allocation_of_a_process_is_undone)
{
	struct attempt a = { .nth = 1 };
	unsigned int failures = 0;
	int status;

	if (!have_program())
		KTEST_SKIP("no " PROGRAM);
	for (; a.nth < NTH_MAX; a.nth++) {
		EXPECT_EQ(run_attempt(&a, try_fork, &status), 0);
		if (a.forked < 0) {
			EXPECT_EQ(a.forked, -ENOMEM);
			failures++;
		} else if (!a.hit) {
			break;
		}
	}
	EXPECT(a.nth < NTH_MAX);
#ifdef CONFIG_DEBUG_VM
	EXPECT(failures > 10);
#endif
}

static bool write_script(const char *text)
{
	struct file *file =
		filp_open(AT_FDCWD, SCRIPT, O_CREAT | O_TRUNC | O_WRONLY, 0755);
	loff_t pos = 0;
	bool ok;

	if (IS_ERR(file))
		return false;
	ok = kernel_write(file, text, strlen(text), &pos) ==
	     (ssize_t)strlen(text);
	fput(file);
	return ok;
}

KTEST(exec, files_that_are_no_programs)
{
	static const struct {
		const char *text;
		int err;
	} files[] = {
		{ "", -ENOEXEC },
		{ "echo hello\n", -ENOEXEC },
		{ "#!\n", -ENOEXEC },
		{ "#!   \t\n", -ENOEXEC },
		{ "#!/nowhere/at-all\n", -ENOENT },
		{ "#! /bin -x\n", -EACCES },
		{ "#!" SCRIPT "\n", -ELOOP },
		{ "\177ELF", -ENOEXEC },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		struct attempt a = { .path = SCRIPT };
		int status;

		ASSERT(write_script(files[i].text));
		EXPECT_EQ(run_attempt(&a, try_exec, &status), files[i].err);
	}
	EXPECT_EQ(vfs_unlink(AT_FDCWD, SCRIPT), 0);
}

KTEST(exec, names_that_cannot_be_executed)
{
	static const struct {
		const char *path;
		int err;
	} names[] = {
		{ "/nowhere", -ENOENT },
		{ "/tmp", -EACCES },
		{ "/dev/null", -EACCES },
		{ PROGRAM "/x", -ENOTDIR },
	};

	if (!have_program())
		KTEST_SKIP("no " PROGRAM);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		struct attempt a = { .path = names[i].path };
		int status;

		EXPECT_EQ(run_attempt(&a, try_exec, &status), names[i].err);
	}
}
