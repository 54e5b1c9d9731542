/* SPDX-License-Identifier: MIT */
/*
 * The strings of execve(2) on their way from the old program to the new one.
 *
 * They are copied once, into a list of kernel pages, so that the program that
 * calls cannot change them any more and their number and size are known
 * before the new stack is laid out. "#!" takes the first argument away and
 * puts others before the rest:
 *
 *	argv  "run" "-x"	prefix  (empty)
 *	argv  "-x"		prefix  "/bin/run" "/bin/sh"	-> sh run -x
 *
 * Limits are Linux's: 128 KiB a string; all strings and pointers together a
 * quarter of RLIMIT_STACK, at least 128 KiB and at most 6 MiB.
 */
#include <ikos/binfmt.h>
#include <ikos/err.h>
#include <ikos/page.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

_Static_assert(sizeof(struct exec_chunk) == PAGE_SIZE, "a chunk is a page");

static struct exec_chunk *add_chunk(struct exec_strings *to)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct exec_chunk *chunk;

	if (!page)
		return NULL;
	page_set(page, PG_kernel);
	chunk = page_address(page);
	chunk->next = NULL;
	chunk->used = 0;
	if (to->last)
		to->last->next = chunk;
	else
		to->first = chunk;
	to->last = chunk;
	return chunk;
}

static void free_chunk(struct exec_chunk *chunk)
{
	struct page *page = virt_to_page(chunk);

	page_clear(page, PG_kernel);
	__free_pages(page, 0);
}

/* Copy at most @size bytes of a string: its length, @size: there is more. */
static long copy_piece(char *dst, const char *src, size_t size, bool user)
{
	size_t n;

	if (user)
		return strncpy_from_user(dst, src, (long)size);
	n = strnlen(src, size);
	memcpy(dst, src, n < size ? n + 1 : n);
	return (long)n;
}

static int charge(struct linux_binprm *bprm, size_t bytes)
{
	if (bytes > bprm->room)
		return -E2BIG;
	bprm->room -= bytes;
	return 0;
}

/* Copy one string to the end of @to. */
static int add_string(struct linux_binprm *bprm, struct exec_strings *to,
		      const char *s, bool user)
{
	size_t done = 0;

	for (;;) {
		struct exec_chunk *chunk = to->last;
		size_t size, bytes;
		long n;

		if (!chunk || chunk->used == sizeof(chunk->data)) {
			chunk = add_chunk(to);
			if (!chunk)
				return -ENOMEM;
		}
		size = min(sizeof(chunk->data) - chunk->used,
			   MAX_ARG_STRLEN - done);
		if (!size)
			return -E2BIG;
		n = copy_piece(chunk->data + chunk->used, s + done, size, user);
		if (n < 0)
			return -EFAULT;
		bytes = (size_t)n < size ? (size_t)n + 1 : size;
		if (charge(bprm, bytes))
			return -E2BIG;
		chunk->used += bytes;
		to->bytes += bytes;
		done += bytes;
		if ((size_t)n < size)
			return 0;
	}
}

/* The @i-th pointer of the array: 0 or -EFAULT. */
static int get_pointer(const struct exec_source *from, unsigned long i,
		       const char **s)
{
	const char *const *array = from->pointers;

	if (!from->user) {
		*s = array[i];
		return 0;
	}
	return get_user(*s, &array[i]) ? -EFAULT : 0;
}

/**
 * exec_copy_strings - copy an array of strings
 * @to: where to; empty before
 * @from: the array; a NULL array counts as empty, as on Linux
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, -E2BIG, -ENOMEM, -EINTR (being killed); what has been
 * copied stays until exec_free_strings().
 */
int exec_copy_strings(struct linux_binprm *bprm, struct exec_strings *to,
		      const struct exec_source *from)
{
	if (!from->pointers)
		return 0;
	for (unsigned long i = 0;; i++) {
		const char *s;
		int err = get_pointer(from, i, &s);

		if (err)
			return err;
		if (!s)
			return 0;
		if (charge(bprm, sizeof(s)))
			return -E2BIG;
		err = add_string(bprm, to, s, from->user);
		if (err)
			return err;
		to->count++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/**
 * exec_push_prefix - put a string before all arguments
 * @len: bytes, without an end
 *
 * Return: 0, -ENOMEM, -E2BIG.
 */
int exec_push_prefix(struct linux_binprm *bprm, const char *s, size_t len)
{
	char *copy;

	if (bprm->nr_prefix == BINPRM_MAX_PREFIX)
		return -E2BIG;
	if (charge(bprm, len + 1 + sizeof(s)))
		return -E2BIG;
	copy = kmalloc(len + 1, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, s, len);
	copy[len] = '\0';
	bprm->prefix[bprm->nr_prefix++] = copy;
	return 0;
}

/* Take @n bytes, which lie in the first chunk, off the front. */
static void skip_bytes(struct exec_strings *s, size_t n)
{
	struct exec_chunk *chunk = s->first;

	s->skip += n;
	s->bytes -= n;
	if (s->skip < chunk->used)
		return;
	s->first = chunk->next;
	if (!s->first)
		s->last = NULL;
	s->skip = 0;
	free_chunk(chunk);
}

/**
 * exec_drop_first_arg - take argv[0] away
 *
 * Context: there is one.
 */
void exec_drop_first_arg(struct linux_binprm *bprm)
{
	struct exec_strings *argv = &bprm->argv;

	if (bprm->nr_prefix) {
		kfree(bprm->prefix[--bprm->nr_prefix]);
		return;
	}
	for (;;) {
		struct exec_chunk *chunk = argv->first;
		char *start = chunk->data + argv->skip;
		size_t left = chunk->used - argv->skip;
		char *end = memchr(start, '\0', left);

		skip_bytes(argv, end ? (size_t)(end - start) + 1 : left);
		if (end)
			break;
	}
	argv->count--;
}

/**
 * exec_argc - the number of arguments, those of "#!" included
 */
unsigned long exec_argc(const struct linux_binprm *bprm)
{
	return bprm->nr_prefix + bprm->argv.count;
}

static void free_list(struct exec_strings *s)
{
	struct exec_chunk *chunk, *next;

	for (chunk = s->first; chunk; chunk = next) {
		next = chunk->next;
		free_chunk(chunk);
	}
	s->first = s->last = NULL;
}

/**
 * exec_free_strings - give all copies back
 */
void exec_free_strings(struct linux_binprm *bprm)
{
	free_list(&bprm->argv);
	free_list(&bprm->envp);
	while (bprm->nr_prefix)
		kfree(bprm->prefix[--bprm->nr_prefix]);
}
