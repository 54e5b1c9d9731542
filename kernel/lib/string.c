/* SPDX-License-Identifier: MIT */
/*
 * The C library's memory and string functions, string(3). The compiler calls
 * memcpy, memmove, memset and memcmp on its own account; the three that move
 * bytes in bulk use the CPU's string instructions, in arch/x86_64/memory.S.
 */
#include <ikos/err.h>
#include <ikos/kernel.h>
#include <ikos/string.h>

/**
 * memcmp - compare @n bytes as unsigned values
 *
 * Context: any. Return: <0, 0 or >0, by the first difference.
 */
int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

/**
 * memchr - find the first byte of value @c in @n bytes
 *
 * Context: any. Return: its address, or NULL.
 */
void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

/**
 * strlen - length of a string in bytes, without its end
 */
size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

/**
 * strnlen - like strlen(), and looks at no more than @max bytes
 */
size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

/**
 * strcmp - compare two strings by unsigned bytes
 */
int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

/**
 * strncmp - like strcmp(), over at most @n bytes
 */
int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

/**
 * strchr - first place of @c (which may be the end) in @s, or NULL
 */
char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

/**
 * strrchr - last place of @c in @s, or NULL
 */
char *strrchr(const char *s, int c)
{
	char *found = NULL;

	do {
		if (*s == (char)c)
			found = (char *)s;
	} while (*s++);
	return found;
}

/**
 * strstr - first place of @needle in @haystack, or NULL
 */
char *strstr(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (;; haystack++) {
		if (!strncmp(haystack, needle, n))
			return (char *)haystack;
		if (!*haystack)
			return NULL;
	}
}

/**
 * strscpy - copy a string into @size bytes and always terminate it
 *
 * Return: bytes copied without the end, or -E2BIG when @src was cut.
 */
ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t n;

	if (!size)
		return -E2BIG;
	n = strnlen(src, size);
	if (n == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, n + 1);
	return (ssize_t)n;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/**
 * kstrtoul - parse a whole string as an unsigned number
 * @s: digits, with one newline allowed at the end
 * @base: 2 … 36, or 0 to go by a 0x or 0 prefix
 * @res: the number, written on success only
 *
 * Return: 0; -EINVAL when it is not a number; -ERANGE when it does not fit.
 */
int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long v = 0;
	bool any = false;

	if ((base == 0 || base == 16) && s[0] == '0' &&
	    (s[1] == 'x' || s[1] == 'X')) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = s[0] == '0' ? 8 : 10;
	for (; digit_value(*s) < (int)base; s++, any = true) {
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (unsigned)digit_value(*s), &v))
			return -ERANGE;
	}
	if (*s == '\n')
		s++;
	if (*s || !any)
		return -EINVAL;
	*res = v;
	return 0;
}

/**
 * kstrtol - the same for a number that may have a sign
 */
int kstrtol(const char *s, unsigned int base, long *res)
{
	bool negative = *s == '-';
	unsigned long v;
	int err;

	err = kstrtoul(s + (*s == '-' || *s == '+'), base, &v);
	if (err)
		return err;
	if (v > (unsigned long)LONG_MAX + negative)
		return -ERANGE;
	*res = negative ? (long)-v : (long)v;
	return 0;
}
