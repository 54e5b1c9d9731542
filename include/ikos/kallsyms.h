/* SPDX-License-Identifier: MIT */
#ifndef IKOS_KALLSYMS_H
#define IKOS_KALLSYMS_H

/* The name of the function that @addr is in, and how far in; NULL: none. */
const char *kallsyms_lookup(unsigned long addr, unsigned long *offset);

#endif
