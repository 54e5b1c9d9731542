/* SPDX-License-Identifier: MIT */
/*
 * execve(2): another program in the place of this one.
 *
 *	copy the strings, open the file		can fail, nothing is changed
 *	#! -> interpreter, again		can fail
 *	new address space, mapped and filled	can fail
 *	the other threads are killed		fails if we are killed, too
 *	new signal handlers, descriptors	can fail (only if shared)
 *	------------------------------------	the point of no return
 *	switch; caught signals to default; close-on-exec; name; credentials
 *
 * So, other than on Linux, a program that is found to be unusable late gives
 * an error and not a SIGKILL; unless there were other threads, which are gone
 * when memory for what is shared with other processes cannot be had.
 */
#include <asm/irqflags.h>
#include <ikos/binfmt.h>
#include <ikos/err.h>
#include <ikos/fdtable.h>
#include <ikos/fs.h>
#include <ikos/mm.h>
#include <ikos/posix_timer.h>
#include <ikos/ptrace.h>
#include <ikos/slab.h>
#include <ikos/smp.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <uapi/mount.h>

#include "task_internal.h"

#define ARG_MAX	    KiB(128) /* always allowed for strings and pointers */
#define ARG_CEILING MiB(6)

/* What the new program gets of its own that was shared, made beforehand. */
struct unshared {
	struct sighand_struct *sighand;
	struct files_struct *files;
};

static size_t argument_room(void)
{
	unsigned long quarter = rlimit(RLIMIT_STACK) / 4;

	return max(min(quarter, ARG_CEILING), ARG_MAX);
}

/* All strings; argv[0] is there even when the caller gave none. */
static int copy_all_strings(struct linux_binprm *bprm,
			    const struct exec_source *argv,
			    const struct exec_source *envp)
{
	static const char *const no_name[] = { "", NULL };
	size_t name = strlen(bprm->filename) + 1;
	int err;

	bprm->room = argument_room() - name;
	err = exec_copy_strings(bprm, &bprm->argv, argv);
	if (!err && !bprm->argv.count)
		err = exec_copy_strings(
			bprm, &bprm->argv,
			&(struct exec_source){ .pointers = no_name });
	if (!err)
		err = exec_copy_strings(bprm, &bprm->envp, envp);
	return err;
}

/* Whether another process could change directories under the program. */
static bool fs_is_shared(void)
{
	struct task_struct *t;
	int threads = 0;

	spin_lock_irq(&tasklist_lock);
	list_for_each_entry (t, &current->signal->thread_head, thread_node)
		threads += t->fs == current->fs;
	spin_unlock_irq(&tasklist_lock);
	return atomic_read(&current->fs->count) > threads;
}

/* By somebody who could not have the rights of any program. */
static bool is_traced(void)
{
	return ptracer(current) && !current->ptrace->privileged;
}

/* The user and group of the file, where its mode says so. */
static void take_file_ids(struct linux_binprm *bprm)
{
	struct inode *inode = bprm->file->f_inode;
	struct cred *cred = &bprm->cred;
	bool nosuid = current->no_new_privs ||
		      (bprm->file->f_path.mnt &&
		       (bprm->file->f_path.mnt->mnt_flags & MS_NOSUID));

	bprm->setid = false;
	if (!nosuid && (inode->i_mode & S_ISUID)) {
		cred->euid = inode->i_uid;
		bprm->setid = true;
	}
	if (!nosuid && (inode->i_mode & (S_ISGID | 0010)) == (S_ISGID | 0010)) {
		cred->egid = inode->i_gid;
		bprm->setid = true;
	}
}

/* The identity that the program at bprm->file runs with: execve(2). */
static void prepare_cred(struct linux_binprm *bprm)
{
	struct cred *cred = &bprm->cred;
	bool setid;

	*cred = current->cred;
	take_file_ids(bprm);
	setid = cred->euid != cred->uid || cred->egid != cred->gid;
	bprm->secure = setid;
	cred_exec(cred, setid);
	if (bprm->setid && (fs_is_shared() || is_traced())) {
		if (setid && !capable(CAP_SETUID)) {
			cred->euid = cred->uid;
			cred->egid = cred->gid;
		}
		cred->cap_permitted &= current->cred.cap_permitted;
		cred->cap_effective &= cred->cap_permitted;
	}
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
}

static int read_beginning(struct linux_binprm *bprm)
{
	loff_t pos = 0;
	ssize_t n;

	memset(bprm->buf, 0, sizeof(bprm->buf));
	n = kernel_read(bprm->file, bprm->buf, sizeof(bprm->buf), &pos);
	return n < 0 ? (int)n : 0;
}

/* Load bprm->file, or the interpreter that it asks for. */
static int load_binary(struct linux_binprm *bprm)
{
	for (int depth = 0; depth <= MAX_INTERPRETERS; depth++) {
		int err = read_beginning(bprm);

		if (err)
			return err;
		prepare_cred(bprm);
		err = load_script(bprm);
		if (err == -ENOEXEC)
			return load_elf_binary(bprm);
		if (err)
			return err;
	}
	return -ELOOP;
}

static int prepare_unshared(struct unshared *un)
{
	struct task_struct *t = current;

	if (atomic_read(&t->sighand->count) > 1) {
		un->sighand = sighand_alloc(t->sighand);
		if (!un->sighand)
			return -ENOMEM;
	}
	if (t->files && atomic_read(&t->files->count) > 1) {
		un->files = dup_files(t->files);
		if (!un->files) {
			if (un->sighand)
				sighand_put(un->sighand);
			return -ENOMEM;
		}
	}
	return 0;
}

/* From here on the task runs in @mm. */
static void take_address_space(struct task_struct *t, struct mm_struct *mm)
{
	struct mm_struct *old = t->mm, *borrowed = t->active_mm;
	unsigned long flags;

	exec_mm_release(t);
	if (old)
		t->signal->maxrss = max(t->signal->maxrss, mm_hiwater_rss(old));
	flags = task_lock(t);
	t->mm = t->active_mm = mm;
	t->vmacache = (struct vmacache){ 0 };
	switch_mm(borrowed, mm);
	task_unlock(t, flags);
	if (old)
		mmput(old);
	else if (borrowed)
		mmdrop(borrowed);
}

static void nothing(void *unused)
{
}

static void take_unshared(struct task_struct *t, struct unshared *un)
{
	struct sighand_struct *old_sighand = t->sighand;
	struct files_struct *old_files = t->files;
	unsigned long flags;

	if (un->sighand) {
		spin_lock_irq(&tasklist_lock);
		spin_lock(&old_sighand->siglock);
		t->sighand = un->sighand;
		spin_unlock(&old_sighand->siglock);
		spin_unlock_irq(&tasklist_lock);
		/* Who has read the old pointer, with interrupts off, has seen
		 * by the time it takes an interrupt that it is old. */
		smp_call_function(nothing, NULL);
		sighand_put(old_sighand);
	}
	if (un->files) {
		flags = task_lock(t);
		t->files = un->files;
		task_unlock(t, flags);
		files_put(old_files);
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether only root may look into the program's memory: prctl(2),
 * PR_SET_DUMPABLE. */
static bool must_hide(const struct linux_binprm *bprm)
{
	const struct cred *cred = &current->cred;

	return cred->euid != cred->uid || cred->egid != cred->gid ||
	       cred_gains(cred, &bprm->cred) ||
	       inode_permission(bprm->file->f_inode, MAY_READ);
}

/* The point of no return: nothing here can fail. */
static void commit(struct linux_binprm *bprm, struct unshared *un)
{
	struct task_struct *t = current;

	bprm->mm->undumpable = must_hide(bprm);
	take_address_space(t, bprm->mm);
	bprm->mm = NULL;
	take_unshared(t, un);
	exit_posix_timers(t->signal);
	flush_signal_handlers(t, true);
	t->sas = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
	t->restart_fn = NULL;
	t->robust_list = 0;
	t->flags &= ~(PF_KTHREAD | PF_FORKNOEXEC);
	t->exit_signal = SIGCHLD;
	strscpy(t->comm, base_name(bprm->filename), sizeof(t->comm));
	if (bprm->secure)
		t->pdeath_signal = 0;
	cred_commit(&bprm->cred);
	t->personality = bprm->personality;
	t->signal->did_exec = true;
	if (t->files)
		files_close_on_exec(t->files);
	flush_thread();
	start_thread(current_pt_regs(), bprm->entry, bprm->sp);
}

static int load_and_commit(struct linux_binprm *bprm)
{
	struct unshared un = { 0 };
	bool alone;
	int err;

	bprm->file = open_exec(bprm->filename);
	if (IS_ERR(bprm->file)) {
		err = (int)PTR_ERR(bprm->file);
		bprm->file = NULL;
		return err;
	}
	err = load_binary(bprm);
	if (err)
		return err;
	alone = thread_group_empty(current);
	err = de_thread();
	if (err)
		return err;
	err = prepare_unshared(&un);
	if (!err)
		commit(bprm, &un);
	else if (!alone)
		force_sig(SIGKILL);
	return err;
}

/* While the new program's rights are being worked out nobody may attach, for
 * they depend on who traces. The flags are the task's own, the lock is for
 * those who look. */
static void set_in_exec(bool on)
{
	spin_lock_irq(&tasklist_lock);
	if (on)
		current->flags |= PF_IN_EXEC;
	else
		current->flags &= ~PF_IN_EXEC;
	spin_unlock_irq(&tasklist_lock);
}

static int do_execve(const char *filename, const struct exec_source *argv,
		     const struct exec_source *envp)
{
	struct linux_binprm *bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	pid_t old_pid = current->pid;
	int err;

	if (!bprm)
		return -ENOMEM;
	bprm->filename = filename;
	set_in_exec(true);
	err = copy_all_strings(bprm, argv, envp);
	if (!err)
		err = load_and_commit(bprm);
	if (bprm->mm)
		mmput(bprm->mm);
	if (bprm->file)
		fput(bprm->file);
	exec_free_strings(bprm);
	kfree(bprm);
	set_in_exec(false);
	if (!err && unlikely(current->ptrace))
		ptrace_exec(old_pid);
	return err;
}

/**
 * kernel_execve - run a program in the current task
 * @path: absolute, or from the working directory
 * @argv: kernel memory, ended by NULL, like @envp
 *
 * On success the task enters the program when it next returns to user mode.
 * Context: a task that may sleep; a kernel thread becomes a process.
 * Return: 0, or -errno as execve(2).
 */
int kernel_execve(const char *path, const char *const *argv,
		  const char *const *envp)
{
	return do_execve(path, &(struct exec_source){ .pointers = argv },
			 &(struct exec_source){ .pointers = envp });
}

/**
 * sys_execve - execve(2)
 */
SYSCALL_DEFINE3(execve, const char __user *, filename, const void __user *,
		argv, const void __user *, envp)
{
	char *name = getname(filename, 0);
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = do_execve(
		name, &(struct exec_source){ .pointers = argv, .user = true },
		&(struct exec_source){ .pointers = envp, .user = true });
	putname(name);
	return err;
}
