/* SPDX-License-Identifier: MIT */
/*
 * Tables of open descriptors: from a number to a file.
 *
 * Owns a table's life: made, grown, copied by fork, closed by exit.
 * kernel/fs/fd.c has the single descriptors. The arrays start inside the
 * structure and move to one allocation when they grow:
 *
 *	| fd[max] | open_fds[max/64] | close_on_exec[max/64] | full[max/4096] |
 */
#include "fdtable.h"

#include <ikos/slab.h>

static struct kmem_cache *files_cache;

/**
 * files_init - make the cache of tables
 *
 * Context: boot, once.
 */
void files_init(void)
{
	files_cache = KMEM_CACHE(files_struct);
}

/**
 * files_alloc - an empty table
 *
 * Context: may sleep.
 * Return: the table with one reference, or NULL when there is no memory.
 */
struct files_struct *files_alloc(void)
{
	struct files_struct *files = kmem_cache_zalloc(files_cache, GFP_KERNEL);

	if (!files)
		return NULL;
	atomic_set(&files->count, 1);
	spin_lock_init(&files->lock);
	files->max_fds = NR_OPEN_DEFAULT;
	files->fd = files->fd_array;
	files->open_fds = &files->open_init;
	files->close_on_exec = &files->cloexec_init;
	files->full_words = &files->full_init;
	return files;
}

/* The arrays of a table, wherever they are. */
struct fd_arrays {
	struct file **fd;
	unsigned long *open_fds, *close_on_exec, *full_words;
};

/* Zeroed arrays for @max descriptors, a multiple of 64. */
static bool arrays_alloc(struct fd_arrays *a, unsigned int max)
{
	size_t words = max / BITS;
	size_t full = DIV_ROUND_UP(words, BITS);

	a->fd = kcalloc(max + 2 * words + full, sizeof(long), GFP_KERNEL);
	if (!a->fd)
		return false;
	a->open_fds = (unsigned long *)(a->fd + max);
	a->close_on_exec = a->open_fds + words;
	a->full_words = a->close_on_exec + words;
	return true;
}

static void arrays_copy(const struct fd_arrays *to,
			const struct files_struct *from, unsigned int n)
{
	size_t words = n / BITS;

	memcpy(to->fd, from->fd, n * sizeof(*to->fd));
	memcpy(to->open_fds, from->open_fds, words * sizeof(long));
	memcpy(to->close_on_exec, from->close_on_exec, words * sizeof(long));
	memcpy(to->full_words, from->full_words,
	       DIV_ROUND_UP(words, BITS) * sizeof(long));
}

static void arrays_use(struct files_struct *files, const struct fd_arrays *a,
		       unsigned int max)
{
	files->fd = a->fd;
	files->open_fds = a->open_fds;
	files->close_on_exec = a->close_on_exec;
	files->full_words = a->full_words;
	files->max_fds = max;
}

static unsigned int round_max(unsigned int fd)
{
	unsigned int max = NR_OPEN_DEFAULT;

	while (max <= fd)
		max *= 2;
	return max;
}

/**
 * files_grow - make room for a descriptor
 * @files: the table
 * @fd: the descriptor, below NR_OPEN_MAX
 *
 * Context: may sleep; takes and releases the lock: the table may have changed
 * meanwhile.
 * Return: 0 or -ENOMEM.
 */
int files_grow(struct files_struct *files, unsigned int fd)
{
	unsigned int max = round_max(fd);
	struct fd_arrays a;
	void *unused;

	if (!arrays_alloc(&a, max))
		return -ENOMEM;
	spin_lock(&files->lock);
	if (max > files->max_fds) {
		arrays_copy(&a, files, files->max_fds);
		unused = files->fd == files->fd_array ? NULL : files->fd;
		arrays_use(files, &a, max);
	} else {
		unused = a.fd;
	}
	spin_unlock(&files->lock);
	kfree(unused);
	return 0;
}

static unsigned int last_word_used(const struct files_struct *files)
{
	unsigned int n = files->max_fds / BITS;

	while (n > 1 && !files->open_fds[n - 1])
		n--;
	return n;
}

/* Take the references of a copied table and forget what was only reserved. */
static void copy_references(struct files_struct *files)
{
	for (unsigned int w = 0; w < files->max_fds / BITS; w++) {
		unsigned long bits = files->open_fds[w];

		for (; bits; bits &= bits - 1) {
			unsigned int fd = w * BITS + ffs_bit(bits);

			if (files->fd[fd])
				get_file(files->fd[fd]);
			else
				clear_bit_at(files->open_fds, fd);
		}
		if (files->open_fds[w] != ~0UL)
			clear_bit_at(files->full_words, w);
	}
}

/* Big enough for what @old holds; its lock is not held, so it may grow. */
static bool dup_room(struct files_struct *new, unsigned int max)
{
	struct fd_arrays a;

	if (max <= NR_OPEN_DEFAULT)
		return true;
	if (!arrays_alloc(&a, max))
		return false;
	arrays_use(new, &a, max);
	return true;
}

static void free_table(struct files_struct *files)
{
	if (files->fd != files->fd_array)
		kfree(files->fd);
	kmem_cache_free(files_cache, files);
}

/**
 * dup_files - a copy for a new process
 * @old: the parent's
 *
 * Context: may sleep.
 * Return: the copy with one reference, or NULL when there is no memory.
 */
struct files_struct *dup_files(struct files_struct *old)
{
	for (;;) {
		struct files_struct *new = files_alloc();
		unsigned int max;

		if (!new)
			return NULL;
		spin_lock(&old->lock);
		max = round_max(last_word_used(old) * BITS - 1);
		spin_unlock(&old->lock);
		if (!dup_room(new, max)) {
			free_table(new);
			return NULL;
		}
		spin_lock(&old->lock);
		if (last_word_used(old) * BITS <= max) {
			struct fd_arrays a = { new->fd, new->open_fds,
					       new->close_on_exec,
					       new->full_words };

			arrays_copy(&a, old, min(max, old->max_fds));
			new->next_fd = 0;
			copy_references(new);
			spin_unlock(&old->lock);
			return new;
		}
		spin_unlock(&old->lock);
		free_table(new);
	}
}

/**
 * files_put - drop a reference to a table
 * @files: may be NULL
 *
 * The last one closes everything.
 *
 * Context: may sleep.
 */
void files_put(struct files_struct *files)
{
	if (!files || !atomic_dec_and_test(&files->count))
		return;
	for (unsigned int w = 0; w < files->max_fds / BITS; w++) {
		unsigned long bits = files->open_fds[w];

		for (; bits; bits &= bits - 1) {
			struct file *file = files->fd[w * BITS + ffs_bit(bits)];

			if (file)
				filp_close(file, files);
			cond_resched();
		}
	}
	free_table(files);
}
