/* SPDX-License-Identifier: MIT */
/*
 * Copies between the kernel and user space: the checks around the copying
 * instructions of copy_user.S.
 *
 * Every function here refuses a range that is not wholly user space before it
 * touches anything, so that no pointer from a program makes the kernel read or
 * write its own memory. A fault inside user space is handled like a fault of
 * the program; one that cannot be mended ends the copy.
 */
#include <asm/uaccess.h>
#include <ikos/kernel.h>
#include <ikos/string.h>
#include <ikos/uaccess.h>

/**
 * raw_copy_from_user - read memory of the current program, and no more
 * @to: kernel buffer of @n bytes
 * @from: user address
 * @n: bytes
 *
 * What could not be read stays as it was in @to: a page of a file keeps its
 * contents there.
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the number of bytes at the end that were not read.
 */
size_t raw_copy_from_user(void *to, const void __user *from, size_t n)
{
	if (unlikely(!access_ok(from, n)))
		return n;
	return __copy_user(to, from, n);
}

/**
 * copy_from_user - read memory of the current program
 * @to: kernel buffer of @n bytes
 * @from: user address
 * @n: bytes
 *
 * What could not be read is zeroed in @to, so that no stale kernel memory is
 * taken for the program's data.
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the number of bytes at the end that were not read.
 */
size_t copy_from_user(void *to, const void __user *from, size_t n)
{
	size_t left = raw_copy_from_user(to, from, n);

	if (unlikely(left))
		memset((char *)to + (n - left), 0, left);
	return left;
}

/**
 * copy_to_user - write memory of the current program
 * @to: user address
 * @from: kernel buffer of @n bytes
 * @n: bytes
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the number of bytes at the end that were not written.
 */
size_t copy_to_user(void __user *to, const void *from, size_t n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	return __copy_user(to, from, n);
}

/**
 * clear_user - zero memory of the current program
 * @to: user address
 * @n: bytes
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the number of bytes at the end that were not zeroed.
 */
size_t clear_user(void __user *to, size_t n)
{
	if (unlikely(!access_ok(to, n)))
		return n;
	return __clear_user(to, n);
}

/* Bytes from @s to the end of user space, at most @max. */
static unsigned long user_room(const char __user *s, long max)
{
	unsigned long addr = (unsigned long)s;

	if (addr >= TASK_SIZE)
		return 0;
	return min((unsigned long)max, TASK_SIZE - addr);
}

/**
 * strncpy_from_user - read a string of the current program
 * @dst: kernel buffer of @size bytes
 * @src: user address
 * @size: bytes
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the length without the zero byte; @size when no zero byte was among
 * the first @size bytes, @dst then not being terminated; -EFAULT when memory
 * on the way cannot be read, the end of user space included.
 */
long strncpy_from_user(char *dst, const char __user *src, long size)
{
	unsigned long room;
	long len;

	if (size <= 0)
		return 0;
	room = user_room(src, size);
	if (!room)
		return -EFAULT;
	len = __strncpy_user(dst, src, (long)room);
	if (len < 0 || (len == (long)room && len != size))
		return -EFAULT;
	return len;
}

/**
 * strnlen_user - measure a string of the current program
 * @s: user address
 * @max: how far to look, bytes
 *
 * Context: may sleep; no spinlock, no mmap_lock.
 * Return: the length with the zero byte; more than @max when there is none
 * among the first @max bytes; 0 when the memory cannot be read.
 */
long strnlen_user(const char __user *s, long max)
{
	unsigned long room;
	long len;

	if (max <= 0)
		return 0;
	room = user_room(s, max);
	if (!room)
		return 0;
	len = __strnlen_user(s, (long)room);
	if (len < 0 || (len == (long)room && len != max))
		return 0;
	return len + 1;
}

/**
 * user_load_u32 - read a word of the current program in one piece
 * @val: what it holds; untouched on failure
 * @from: user address, a multiple of 4
 *
 * Context: any in a task; with interrupts off nothing is faulted in, with
 * interrupts on it may sleep.
 * Return: 0; -EFAULT.
 */
int user_load_u32(u32 *val, const u32 __user *from)
{
	if (unlikely(!access_ok(from, sizeof(*from))))
		return -EFAULT;
	return (int)__user_load_u32(val, from);
}

/**
 * user_cmpxchg_u32 - compare and exchange a word of the current program
 * @to: user address, a multiple of 4
 * @old: what it should hold; becomes what it held
 * @new: what it gets then
 *
 * Fails where the program could not write, whatever the word holds.
 *
 * Context: as user_load_u32().
 * Return: 0, the exchange happened if *@old is as before; -EFAULT.
 */
int user_cmpxchg_u32(u32 __user *to, u32 *old, u32 new)
{
	if (unlikely(!access_ok(to, sizeof(*to))))
		return -EFAULT;
	return (int)__user_cmpxchg_u32(to, old, new);
}
