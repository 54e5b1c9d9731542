/* SPDX-License-Identifier: MIT */
#ifndef ASM_UACCESS_H
#define ASM_UACCESS_H

#include <ikos/types.h>

/* copy_user.S; the caller has checked that user ranges are user ranges. */
size_t __copy_user(void *to, const void *from, size_t n);
size_t __clear_user(void *to, size_t n);
long __strncpy_user(char *dst, const char *src, long n);
long __strnlen_user(const char *src, long n);

#endif
