/* SPDX-License-Identifier: MIT */
/*
 * Page faults: from the CPU's error code to mm_fault(), and from its answer to
 * a signal, a failed user copy, or a panic.
 *
 *	who	address		
 *	user	user		mm_fault(); if that fails SIGSEGV or SIGBUS
 *	user	kernel		SIGSEGV, as if nothing were mapped there
 *	kernel	user		only from the copy routines: mm_fault(); if that
 *				fails the copy ends early. Else: panic
 *	kernel	kernel		panic
 *
 * The copy routines are known by their entries in the exception table, so a
 * kernel bug that follows a program's pointer never passes for a user copy.
 */
#include <asm/cpufeature.h>
#include <asm/entry.h>
#include <asm/extable.h>
#include <asm/irqflags.h>
#include <asm/uaccess.h>
#include <ikos/mm.h>
#include <ikos/sched.h>

/* Error code: Intel SDM 3A, 4.7. */
#define PF_PROT	 0x01UL /* the page is there, its rights do not suffice */
#define PF_WRITE 0x02UL
#define PF_USER	 0x04UL
#define PF_RSVD	 0x08UL /* a reserved bit is set in a table */
#define PF_INSTR 0x10UL /* instruction fetch */

#define TRAP_PAGE_FAULT 14

/* For the signal frame. What is mapped in the kernel's half is not told. */
static void note_fault(unsigned long error_code, unsigned long address)
{
	struct thread_struct *t = &current->thread;

	t->cr2 = address;
	t->trap_nr = TRAP_PAGE_FAULT;
	t->error_code = error_code;
	if (address >= TASK_SIZE)
		t->error_code |= PF_PROT;
}

static const char *access_name(unsigned long error_code)
{
	if (error_code & PF_INSTR)
		return "execute";
	return error_code & PF_WRITE ? "write" : "read";
}

/* Whether @address is the guard page below the running kernel stack. */
static bool hit_stack_guard(unsigned long address)
{
	return current && address < (unsigned long)current->stack &&
	       (unsigned long)current->stack - address <= PAGE_SIZE;
}

static void __noreturn kernel_fault(struct pt_regs *regs,
				    unsigned long error_code,
				    unsigned long address)
{
	const char *how = access_name(error_code);

	if (hit_stack_guard(address))
		die(regs, "the kernel stack of %s (pid %d) has overflowed",
		    current->comm, current->pid);
	if (address < PAGE_SIZE)
		die(regs,
		    "the kernel tried to %s at address 0x%lx: it used a NULL pointer",
		    how, address);
	if (address < TASK_SIZE && (error_code & PF_INSTR))
		die(regs,
		    "the kernel tried to execute the program's memory at 0x%lx",
		    address);
	if (address < TASK_SIZE)
		die(regs,
		    "the kernel tried to %s at user address 0x%lx, outside the user copy routines",
		    how, address);
	if (error_code & PF_INSTR && error_code & PF_PROT)
		die(regs, "the kernel tried to execute data at 0x%lx", address);
	if (error_code & PF_PROT)
		die(regs,
		    "the kernel tried to %s at 0x%lx, which is protected from that",
		    how, address);
	die(regs, "the kernel tried to %s at 0x%lx, where nothing is mapped",
	    how, address);
}

/* Whether the faulting instruction is one of the user copy routines'. */
static bool in_user_copy(const struct pt_regs *regs)
{
	struct pt_regs trial = *regs;

	return fixup_exception(&trial);
}

/* One of user_atomic.S, which are used with spin locks held. */
static bool in_user_atomic(const struct pt_regs *regs)
{
	return regs->ip >= (unsigned long)__user_atomic_start &&
	       regs->ip < (unsigned long)__user_atomic_end;
}

static bool kernel_fault_allowed(struct pt_regs *regs, unsigned long error_code,
				 unsigned long address)
{
	if (address >= TASK_SIZE || error_code & PF_INSTR ||
	    !in_user_copy(regs))
		return false;
	if (!current->mm)
		die(regs, "a kernel thread (%s) used user address 0x%lx",
		    current->comm, address);
	if (!(regs->flags & X86_EFLAGS_IF) && !in_user_atomic(regs))
		die(regs, "user address 0x%lx was used with interrupts off",
		    address);
	return true;
}

static void send_fault_signal(vm_fault_t fault, unsigned long error_code,
			      unsigned long address)
{
	note_fault(error_code | PF_USER, address);
	if (fault & VM_FAULT_SIGBUS)
		force_sig_fault(SIGBUS, BUS_ADRERR, address);
	else
		force_sig_fault(SIGSEGV,
				fault & VM_FAULT_ACCERR ? SEGV_ACCERR
							: SEGV_MAPERR,
				address);
}

static noinline void fault_failed(struct pt_regs *regs, vm_fault_t fault,
				  unsigned long error_code,
				  unsigned long address)
{
	if (!user_mode(regs)) {
		if (!fixup_exception(regs))
			kernel_fault(regs, error_code, address);
		return;
	}
	if (fault & VM_FAULT_OOM)
		out_of_memory(); /* the program repeats the access, or dies */
	else
		send_fault_signal(fault, error_code, address);
}

/*
 * In user mode, yet not with the program's rights: the CPU itself read a
 * descriptor, or an emulator takes the stack access of a far return for such
 * a read. With SMAP no mending makes that succeed for a user page.
 */
static bool hopeless_implicit_access(unsigned long error_code)
{
	return (error_code & (PF_PROT | PF_USER)) == PF_PROT &&
	       cpu_has(X86_FEATURE_SMAP);
}

static unsigned int fault_flags(unsigned long error_code)
{
	unsigned int flags = 0;

	if (error_code & PF_WRITE)
		flags |= FAULT_FLAG_WRITE;
	/* While the page is not there, fetching is reading, as on Linux: beyond
	 * the end of a file it is SIGBUS, whatever the area allows. */
	if ((error_code & (PF_INSTR | PF_PROT)) == (PF_INSTR | PF_PROT))
		flags |= FAULT_FLAG_EXEC;
	return flags;
}

/**
 * do_page_fault - exception 14
 * @regs: what was interrupted
 * @error_code: what the access was, PF_*
 * @address: CR2: the address, exact
 *
 * Returns to repeat the access, or with a signal pending, or with @regs at a
 * fix-up.
 *
 * Context: interrupts off on entry and on return; on in between where they
 * were on before. Follows Intel SDM 3A, 4.7 and 6.15.
 */
void do_page_fault(struct pt_regs *regs, unsigned long error_code,
		   unsigned long address)
{
	unsigned int flags = fault_flags(error_code);
	struct task_struct *t = current;
	vm_fault_t fault;

	if (unlikely(error_code & PF_RSVD))
		die(regs,
		    "a page table is corrupt: reserved bits are set on the way to 0x%lx",
		    address);
	if (likely(user_mode(regs))) {
		flags |= FAULT_FLAG_USER;
		local_irq_enable();
		if (unlikely(address >= TASK_SIZE ||
			     hopeless_implicit_access(error_code))) {
			send_fault_signal(VM_FAULT_MAPERR, error_code, address);
			goto out;
		}
	} else {
		if (!kernel_fault_allowed(regs, error_code, address))
			kernel_fault(regs, error_code, address);
		if (unlikely(!(regs->flags & X86_EFLAGS_IF))) {
			fixup_exception(regs); /* no sleeping here */
			return;
		}
		local_irq_enable();
	}
	fault = mm_fault(t->mm, &t->vmacache, address, flags);
	if (unlikely(fault & VM_FAULT_ERROR))
		fault_failed(regs, fault, error_code, address);
	else if (fault & VM_FAULT_MAJOR)
		t->maj_flt++;
	else
		t->min_flt++;
out:
	local_irq_disable();
}
