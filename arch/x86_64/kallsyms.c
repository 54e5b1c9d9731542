/* SPDX-License-Identifier: MIT */
/*
 * Function names for backtraces. tools/kallsyms makes the table from a first
 * link of the kernel; the second link adds it behind the code, so that no
 * address changes. In the first link the table is missing: weak symbols.
 *
 *	kallsyms_offsets[i]	start of function i, bytes from _text, ascending
 *	kallsyms_names[i]	where its name starts in kallsyms_strings
 */
#include <ikos/kallsyms.h>
#include <ikos/kernel.h>

extern const u32 kallsyms_count __weak;
extern const u32 kallsyms_offsets[] __weak;
extern const u32 kallsyms_names[] __weak;
extern const char kallsyms_strings[] __weak;
extern char _text[], _etext[];

/**
 * kallsyms_lookup - find the function that an address is in
 * @addr: any address
 * @offset: gets the distance from the function's first byte
 *
 * Context: any. Return: the name, for good; NULL when @addr is not in the
 * kernel's code.
 */
const char *kallsyms_lookup(unsigned long addr, unsigned long *offset)
{
	const u32 *count = &kallsyms_count;
	u32 lo = 0, hi, pos;

	barrier();
	if (!count || addr < (unsigned long)_text ||
	    addr >= (unsigned long)_etext)
		return NULL;
	pos = (u32)(addr - (unsigned long)_text);
	hi = *count;
	/* The last function that starts at or before pos is in [lo, hi). */
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (kallsyms_offsets[mid] <= pos)
			lo = mid;
		else
			hi = mid;
	}
	if (!*count || kallsyms_offsets[lo] > pos)
		return NULL;
	*offset = pos - kallsyms_offsets[lo];
	return kallsyms_strings + kallsyms_names[lo];
}
