/* SPDX-License-Identifier: MIT */
/* Signals of exceptions, the alternate stack, and what a handler preserves. */
#include "t.h"
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

static char altstack[65536];
static char *volatile null;
static volatile int on_alt, flags_inside;

static void exception(int sig, siginfo_t *info, void *context)
{
	t_handler(sig, info, context);
}

static struct fault try_it(int sig, void (*fn)(void))
{
	struct sigaction sa = { .sa_sigaction = exception,
				.sa_flags = SA_SIGINFO },
			 old;

	t_fault = (struct fault){ 0, 0, NULL };
	sigaction(sig, &sa, &old);
	if (!sigsetjmp(t_jump, 1))
		fn();
	sigaction(sig, &old, NULL);
	return t_fault;
}

static void divide(void)
{
	__asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; xor %%edx, %%edx;"
			 "div %%ecx" ::
				 : "eax", "ecx", "edx", "cc");
}

static void undefined(void)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void single_step(void)
{
	__asm__ volatile("pushf; orl $0x100, (%rsp); popf; nop; nop");
}

static void privileged(void)
{
	__asm__ volatile("hlt");
}

static void non_canonical(void)
{
	peek((char *)0x8000000000000000UL);
}

static void kernel_address(void)
{
	peek((char *)0xffffffff80000000UL);
}

static void null_write(void)
{
	poke(null, 1);
}

static void null_call(void)
{
	((void (*)(void))8)();
}

static void exceptions(void)
{
	struct fault f;

	f = try_it(SIGFPE, divide);
	T(f.sig == SIGFPE && f.code == FPE_INTDIV && f.addr,
	  "division by zero: SIGFPE, FPE_INTDIV, an address");
	f = try_it(SIGILL, undefined);
	T(f.sig == SIGILL && f.code == ILL_ILLOPN && f.addr,
	  "ud2: SIGILL, ILL_ILLOPN, an address");
	f = try_it(SIGTRAP, breakpoint);
	T(f.sig == SIGTRAP && f.code == SI_KERNEL, "int3: SIGTRAP, SI_KERNEL");
	f = try_it(SIGTRAP, single_step);
	T(f.sig == SIGTRAP && f.code == TRAP_TRACE,
	  "the trap flag: SIGTRAP, TRAP_TRACE");
	f = try_it(SIGSEGV, privileged);
	T(f.sig == SIGSEGV && f.code == SI_KERNEL && !f.addr,
	  "hlt: SIGSEGV, SI_KERNEL");
	f = try_it(SIGSEGV, non_canonical);
	T(f.sig == SIGSEGV && f.code == SI_KERNEL && !f.addr,
	  "a non-canonical address: SIGSEGV, SI_KERNEL");
	f = try_it(SIGSEGV, kernel_address);
	T(f.sig == SIGSEGV && f.code == SEGV_MAPERR &&
		  f.addr == (void *)0xffffffff80000000UL,
	  "a kernel address: SIGSEGV, SEGV_MAPERR");
	f = try_it(SIGSEGV, null_write);
	T(f.sig == SIGSEGV && f.code == SEGV_MAPERR && !f.addr,
	  "NULL: SIGSEGV, SEGV_MAPERR");
	f = try_it(SIGSEGV, null_call);
	T(f.sig == SIGSEGV && f.code == SEGV_MAPERR && f.addr == (void *)8,
	  "a call to nowhere: SIGSEGV at that address");
}

static void deadly(void)
{
	T(WTERMSIG(in_child(null_write())) == SIGSEGV,
	  "without a handler it kills");
	T(WTERMSIG(in_child({
		  signal(SIGSEGV, SIG_IGN);
		  null_write();
	  })) == SIGSEGV,
	  "ignoring SIGSEGV does not help");
	T(WTERMSIG(in_child({
		  sigset_t all;

		  sigfillset(&all);
		  sigprocmask(SIG_BLOCK, &all, NULL);
		  null_write();
	  })) == SIGSEGV,
	  "nor does blocking it");
	T(WTERMSIG(in_child(divide())) == SIGFPE, "SIGFPE kills");
	T(WTERMSIG(in_child(undefined())) == SIGILL, "SIGILL kills");
	T(WTERMSIG(in_child(breakpoint())) == SIGTRAP, "SIGTRAP kills");
	T(WTERMSIG(in_child({
		  /* No stack to put the frame on. */
		  struct sigaction sa = { .sa_sigaction = exception,
					  .sa_flags = SA_SIGINFO };

		  sigaction(SIGSEGV, &sa, NULL);
		  __asm__ volatile("mov $16, %rsp; push %rax");
	  })) == SIGSEGV,
	  "a handler without a stack cannot run");
}

static void overflow_handler(int sig, siginfo_t *info, void *context)
{
	char here;
	stack_t now;

	on_alt = &here > altstack && &here < altstack + sizeof(altstack);
	sigaltstack(NULL, &now);
	flags_inside = now.ss_flags;
	t_handler(sig, info, context);
}

static int recurse(int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	if (depth < 0)
		return 0;
	return recurse(depth + 1) + frame[0];
}

static void alternate_stack(void)
{
	stack_t ss = { .ss_sp = altstack, .ss_size = sizeof(altstack) }, old;
	struct sigaction sa = { .sa_sigaction = overflow_handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };

	T(!sigaltstack(NULL, &old) && old.ss_flags == SS_DISABLE,
	  "at first there is no alternate stack");
	ss.ss_size = 100;
	is(sigaltstack(&ss, NULL), -1, ENOMEM, "100 bytes are too few");
	ss.ss_size = sizeof(altstack);
	ss.ss_flags = 4;
	is(sigaltstack(&ss, NULL), -1, EINVAL, "flags that do not exist");
	is(syscall(SYS_sigaltstack, 1, NULL), -1, EFAULT, "no stack_t there");
	ss.ss_flags = 0;
	is(sigaltstack(&ss, NULL), 0, 0, "set");
	T(!sigaltstack(NULL, &old) && old.ss_flags == 0 &&
		  old.ss_sp == altstack && old.ss_size == sizeof(altstack),
	  "it reads back");
	sigaction(SIGSEGV, &sa, NULL);
	if (!sigsetjmp(t_jump, 1))
		recurse(0);
	T(t_fault.sig == SIGSEGV && on_alt,
	  "a stack overflow is handled on the alternate stack");
	T(flags_inside == SS_ONSTACK, "SS_ONSTACK while there");
	T(!sigaltstack(NULL, &old) && old.ss_flags == 0, "and not afterwards");
	ss.ss_flags = SS_DISABLE;
	is(sigaltstack(&ss, NULL), 0, 0, "switched off");
	T(WTERMSIG(in_child(recurse(0))) == SIGSEGV,
	  "without it the overflow kills");
	signal(SIGSEGV, SIG_DFL);
}

static volatile double dirty;

static void use_fpu(int sig)
{
	(void)sig;
	for (int i = 1; i < 50; i++)
		dirty += 1.0 / i;
	__asm__ volatile("pcmpeqb %%xmm0, %%xmm0; pcmpeqb %%xmm7, %%xmm7;"
			 "pcmpeqb %%xmm15, %%xmm15" ::
				 : "xmm0", "xmm7", "xmm15");
}

static void registers_survive(void)
{
	uint64_t x0 = 0x1122334455667788, x15 = 0x99aabbccddeeff00, a = 0,
		 b = 0, flags = 0;
	long pid = getpid(), ret;

	signal(SIGUSR1, use_fpu);
	__asm__ volatile(
		"movq %[x0], %%xmm0; movq %[x15], %%xmm15;"
		"stc; syscall; pushf; popq %[flags];"
		"movq %%xmm0, %[a]; movq %%xmm15, %[b]"
		: "=a"(ret), [a] "=&r"(a), [b] "=&r"(b), [flags] "=&r"(flags)
		: "a"(62L), "D"(pid),
		  "S"((long)SIGUSR1), [x0] "r"(x0), [x15] "r"(x15)
		: "rcx", "r11", "memory", "xmm0", "xmm15", "cc");
	T(ret == 0 && a == x0 && b == x15,
	  "a handler may use the FPU, its registers come back");
	T(flags & 1, "so do the flags");
}

static void change_context(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	/* Go on behind the two bytes of ud2, with another rbx. */
	uc->uc_mcontext.gregs[REG_RIP] += 2;
	uc->uc_mcontext.gregs[REG_RBX] = 4711;
}

static void context_can_be_changed(void)
{
	struct sigaction sa = { .sa_sigaction = change_context,
				.sa_flags = SA_SIGINFO };
	long value = 1;

	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("mov $1, %%rbx; ud2; mov %%rbx, %0"
			 : "=r"(value)::"rbx");
	T(value == 4711, "a handler can change where and how it goes on");
	signal(SIGILL, SIG_DFL);
}

static void evil_context(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)0x8000000000000000UL;
	uc->uc_mcontext.gregs[REG_EFL] |= 0x3000; /* I/O privilege */
	((uint16_t *)&uc->uc_mcontext.gregs[REG_CSGSFS])[0] = 0x10;
}

static void return_to_nowhere(void)
{
	int status = in_child({
		struct sigaction sa = { .sa_sigaction = evil_context,
					.sa_flags = SA_SIGINFO };

		sigaction(SIGUSR1, &sa, NULL);
		raise(SIGUSR1);
		_exit(0);
	});

	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	  "a frame with a kernel's registers ends the process, not the kernel");
	status = in_child({
		/* No frame at all under the stack pointer. */
		__asm__ volatile("mov $64, %rsp; mov $15, %eax; syscall");
	});
	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	  "so does sigreturn without a frame");
}

int main(void)
{
	exceptions();
	deadly();
	alternate_stack();
	registers_survive();
	context_can_be_changed();
	return_to_nowhere();
	return done();
}
