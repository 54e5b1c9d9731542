/* SPDX-License-Identifier: MIT */
/*
 * What the VM_* bits of a mapping mean in a page-table entry.
 *
 * Nothing here needs a CPU: the tests of mm/ on the host use this file too.
 */
#include <asm/pgtable.h>
#include <ikos/mm.h>

#define USER_PAGE (_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)

/* Mapped, and every access faults: the present bit is off. */
#define PAGE_NONE  (_PAGE_PROTNONE | _PAGE_ACCESSED | _PAGE_NX)
#define PAGE_READ  (USER_PAGE | _PAGE_NX)
#define PAGE_WRITE (USER_PAGE | _PAGE_NX | _PAGE_RW)
#define PAGE_EXEC  USER_PAGE
#define PAGE_ALL   (USER_PAGE | _PAGE_RW)

/*
 * x86 cannot express "write only" or "execute only": both imply reading. A
 * private mapping is never writable here, since its first write must fault to
 * get a page of its own.
 */
const pgprot_t protection_map[16] = {
	[0] = { PAGE_NONE },
	[VM_READ] = { PAGE_READ },
	[VM_WRITE] = { PAGE_READ },
	[VM_WRITE | VM_READ] = { PAGE_READ },
	[VM_EXEC] = { PAGE_EXEC },
	[VM_EXEC | VM_READ] = { PAGE_EXEC },
	[VM_EXEC | VM_WRITE] = { PAGE_EXEC },
	[VM_EXEC | VM_WRITE | VM_READ] = { PAGE_EXEC },
	[VM_SHARED] = { PAGE_NONE },
	[VM_SHARED | VM_READ] = { PAGE_READ },
	[VM_SHARED | VM_WRITE] = { PAGE_WRITE },
	[VM_SHARED | VM_WRITE | VM_READ] = { PAGE_WRITE },
	[VM_SHARED | VM_EXEC] = { PAGE_EXEC },
	[VM_SHARED | VM_EXEC | VM_READ] = { PAGE_EXEC },
	[VM_SHARED | VM_EXEC | VM_WRITE] = { PAGE_ALL },
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ] = { PAGE_ALL },
};
