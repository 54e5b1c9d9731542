/* SPDX-License-Identifier: MIT */
/*
 * Single descriptors: reserved, installed, looked up, closed.
 *
 * The lowest free number is found in two bitmap steps: full_words says which
 * words of open_fds have no bit left, next_fd from where on it is worth
 * looking.
 */
#include "fdtable.h"

/* A table that nobody shares cannot change meanwhile. */
static __always_inline struct file *get_unless(unsigned int fd,
					       unsigned int mode)
{
	struct files_struct *files = current->files;
	/* Acquire: what the last of the others did to it is seen. */
	bool shared = smp_load_acquire(&files->count.counter) > 1;
	struct file *file = NULL;

	if (shared)
		spin_lock(&files->lock);
	if (likely(fd < files->max_fds))
		file = files->fd[fd];
	if (likely(file)) {
		if (unlikely(file->f_mode & mode))
			file = NULL;
		else
			get_file(file);
	}
	if (shared)
		spin_unlock(&files->lock);
	return file;
}

/**
 * fget - the file of a descriptor of current
 * @fd: the descriptor
 *
 * Context: any task context.
 * Return: the file with a reference; NULL: EBADF, also for one that was opened
 * with O_PATH, which is good for little.
 */
struct file *fget(unsigned int fd)
{
	return get_unless(fd, FMODE_PATH);
}

/**
 * fget_raw - the same, for the calls that work with O_PATH too
 * @fd: the descriptor
 *
 * Context: any task context.
 * Return: the file with a reference, or NULL: EBADF.
 */
struct file *fget_raw(unsigned int fd)
{
	return get_unless(fd, 0);
}

/* The lowest free number from @min on, or max_fds; lock held. */
static unsigned int find_free(const struct files_struct *files,
			      unsigned int min)
{
	unsigned int words = files->max_fds / BITS, w = min / BITS;
	unsigned long free;

	if (min >= files->max_fds)
		return min;
	free = ~files->open_fds[w] & ~0UL << (min % BITS);
	while (!free) {
		if (++w >= words)
			return files->max_fds;
		/* Skip 64 full words at a time. */
		if (w % BITS == 0 && files->full_words[w / BITS] == ~0UL)
			w += BITS - 1;
		else
			free = ~files->open_fds[w];
	}
	return w * BITS + ffs_bit(free);
}

static void mark_open(struct files_struct *files, unsigned int fd, bool cloexec)
{
	set_bit_at(files->open_fds, fd);
	if (files->open_fds[fd / BITS] == ~0UL)
		set_bit_at(files->full_words, fd / BITS);
	if (cloexec)
		set_bit_at(files->close_on_exec, fd);
	else
		clear_bit_at(files->close_on_exec, fd);
}

static void mark_free(struct files_struct *files, unsigned int fd)
{
	clear_bit_at(files->open_fds, fd);
	clear_bit_at(files->full_words, fd / BITS);
	if (fd < files->next_fd)
		files->next_fd = fd;
}

/**
 * get_unused_fd - reserve the lowest free descriptor of current
 * @min: the lowest that will do
 * @flags: O_CLOEXEC counts
 *
 * Context: may sleep.
 * Return: the descriptor, for fd_install() or put_unused_fd(); -EMFILE: the
 * limit RLIMIT_NOFILE; -ENOMEM.
 */
int get_unused_fd(unsigned int min, unsigned int flags)
{
	struct files_struct *files = current->files;
	unsigned long limit =
		min_t(unsigned long, rlimit(RLIMIT_NOFILE), NR_OPEN_MAX);
	unsigned int fd;

	for (;;) {
		int err;

		spin_lock(&files->lock);
		fd = find_free(files, max(min, files->next_fd));
		if (fd >= limit) {
			spin_unlock(&files->lock);
			return -EMFILE;
		}
		if (fd < files->max_fds)
			break;
		spin_unlock(&files->lock);
		err = files_grow(files, fd);
		if (err)
			return err;
	}
	mark_open(files, fd, flags & O_CLOEXEC);
	if (min <= files->next_fd)
		files->next_fd = fd + 1;
	spin_unlock(&files->lock);
	return (int)fd;
}

/**
 * put_unused_fd - give a reserved descriptor back
 * @fd: from get_unused_fd()
 *
 * Context: any task context.
 */
void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->lock);
	mark_free(files, fd);
	spin_unlock(&files->lock);
}

/**
 * fd_install - let a reserved descriptor name a file
 * @fd: from get_unused_fd()
 * @file: the reference is taken over
 *
 * Context: any task context.
 */
void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;

	spin_lock(&files->lock);
	VM_BUG_ON(files->fd[fd]);
	files->fd[fd] = file;
	spin_unlock(&files->lock);
}

/**
 * fd_alloc_install - get_unused_fd() and fd_install() in one
 * @file: the reference is taken over, on success only
 * @min: the lowest that will do
 * @flags: O_CLOEXEC counts
 *
 * Context: may sleep.
 * Return: the descriptor, -EMFILE or -ENOMEM.
 */
int fd_alloc_install(struct file *file, unsigned int min, unsigned int flags)
{
	int fd = get_unused_fd(min, flags);

	if (fd >= 0)
		fd_install((unsigned int)fd, file);
	return fd;
}

/**
 * fd_detach - take a descriptor out of a table
 * @files: the table
 * @fd: the descriptor
 *
 * Context: any task context.
 * Return: the file with the table's reference, or NULL: there was none.
 */
struct file *fd_detach(struct files_struct *files, unsigned int fd)
{
	struct file *file = NULL;

	spin_lock(&files->lock);
	if (fd < files->max_fds)
		file = files->fd[fd];
	if (file) {
		files->fd[fd] = NULL;
		mark_free(files, fd);
	}
	spin_unlock(&files->lock);
	return file;
}

/**
 * fd_replace - dup2(2)'s heart: let a descriptor name a file
 * @fd: below RLIMIT_NOFILE; what it named is closed
 * @file: the reference is taken over, on success only
 * @flags: O_CLOEXEC counts
 *
 * Context: may sleep.
 * Return: @fd; -ENOMEM; -EBUSY: another thread is opening just that one.
 */
int fd_replace(unsigned int fd, struct file *file, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct file *old;

	if (fd >= files->max_fds) {
		int err = files_grow(files, fd);

		if (err)
			return err;
	}
	spin_lock(&files->lock);
	old = files->fd[fd];
	if (!old && test_bit_at(files->open_fds, fd)) {
		spin_unlock(&files->lock);
		return -EBUSY;
	}
	files->fd[fd] = file;
	mark_open(files, fd, flags & O_CLOEXEC);
	spin_unlock(&files->lock);
	if (old)
		filp_close(old, files);
	return (int)fd;
}

/**
 * fd_is - whether a descriptor of current still names a file
 * @fd: the descriptor
 * @file: the file
 *
 * Context: any task context; takes the table's lock.
 */
bool fd_is(unsigned int fd, const struct file *file)
{
	struct files_struct *files = current->files;
	bool is;

	spin_lock(&files->lock);
	is = fd < files->max_fds && files->fd[fd] == file;
	spin_unlock(&files->lock);
	return is;
}

/**
 * fd_get_cloexec - whether exec closes a descriptor of current
 * @fd: an open one
 *
 * Context: any task context.
 */
bool fd_get_cloexec(unsigned int fd)
{
	struct files_struct *files = current->files;
	bool on;

	spin_lock(&files->lock);
	on = fd < files->max_fds && test_bit_at(files->close_on_exec, fd);
	spin_unlock(&files->lock);
	return on;
}

/**
 * fd_set_cloexec - say whether exec closes a descriptor of current
 * @fd: the descriptor
 * @on: close it
 *
 * Context: any task context.
 * Return: 0 or -EBADF.
 */
int fd_set_cloexec(unsigned int fd, bool on)
{
	struct files_struct *files = current->files;
	int err = 0;

	spin_lock(&files->lock);
	if (fd >= files->max_fds || !files->fd[fd])
		err = -EBADF;
	else if (on)
		set_bit_at(files->close_on_exec, fd);
	else
		clear_bit_at(files->close_on_exec, fd);
	spin_unlock(&files->lock);
	return err;
}

/**
 * files_close_on_exec - close what must not survive exec
 * @files: current's table, not shared
 *
 * Context: may sleep.
 */
void files_close_on_exec(struct files_struct *files)
{
	for (unsigned int w = 0; w < files->max_fds / BITS; w++) {
		unsigned long bits =
			files->close_on_exec[w] & files->open_fds[w];

		for (; bits; bits &= bits - 1) {
			unsigned int fd = w * BITS + ffs_bit(bits);
			struct file *file = fd_detach(files, fd);

			if (file)
				filp_close(file, files);
		}
		files->close_on_exec[w] = 0;
	}
}

/**
 * files_next - the next open descriptor of a table
 * @files: current's, or kept from going by its task's task_lock()
 * @fd: where to start; becomes the descriptor found
 *
 * Context: any task context.
 * Return: its file with a reference, or NULL: no more.
 */
struct file *files_next(struct files_struct *files, unsigned int *fd)
{
	struct file *file = NULL;

	spin_lock(&files->lock);
	for (; *fd < files->max_fds; ++*fd) {
		if (!(files->open_fds[*fd / BITS] >> (*fd % BITS))) {
			*fd |= BITS - 1; /* nothing more in this word */
			continue;
		}
		file = files->fd[*fd];
		if (file) {
			get_file(file);
			break;
		}
	}
	spin_unlock(&files->lock);
	return file;
}

/**
 * task_next_file - the next open descriptor of any task
 * @t: whose; held by the caller
 * @fd: where to start; becomes the descriptor found
 *
 * The table gets no reference: one of ours would make it look shared, and let
 * it outlive a process that ends meanwhile, with all that is open in it.
 *
 * Context: any task context; takes @t's task_lock() and the table's lock.
 * Return: its file with a reference, or NULL: no more.
 */
struct file *task_next_file(struct task_struct *t, unsigned int *fd)
{
	unsigned long flags = task_lock(t);
	struct file *file = t->files ? files_next(t->files, fd) : NULL;

	task_unlock(t, flags);
	return file;
}

/**
 * task_file - the file behind a descriptor of any task
 * @t: whose; held by the caller
 * @fd: the descriptor
 *
 * Context: as task_next_file().
 * Return: the file with a reference, or NULL: it is not open.
 */
struct file *task_file(struct task_struct *t, unsigned int fd)
{
	unsigned int found = fd;
	struct file *file = task_next_file(t, &found);

	if (!file || found == fd)
		return file;
	fput(file);
	return NULL;
}

/**
 * filp_close - a descriptor has been closed
 * @file: what it named; the reference is dropped
 * @files: the table that it was in: its record locks go
 *
 * Context: may sleep.
 * Return: what the file's flush() says, for close(2).
 */
int filp_close(struct file *file, struct files_struct *files)
{
	int err = 0;

	if (!(file->f_mode & FMODE_PATH)) {
		if (file->f_op->flush)
			err = file->f_op->flush(file);
		locks_remove_posix(file, files);
	}
	fput(file);
	return err;
}
