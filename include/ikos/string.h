/* SPDX-License-Identifier: MIT */
#ifndef IKOS_STRING_H
#define IKOS_STRING_H

#include <ikos/types.h>

/* The C library's functions of these names (string(3)), for the kernel. */
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Copy at most @size - 1 bytes and always terminate; bytes copied, or
 * -E2BIG when @src did not fit. */
ssize_t strscpy(char *dst, const char *src, size_t size);

/* Parse the whole of @s as a number in @base (0: as C writes it): 0 or
 * -EINVAL, -ERANGE. */
int kstrtoul(const char *s, unsigned int base, unsigned long *res);
int kstrtol(const char *s, unsigned int base, long *res);

#endif
