/* SPDX-License-Identifier: MIT */
/*
 * The state of the CPU as a program sees it: across system calls, signal
 * handlers, task switches and fork, and what a forged signal frame can do.
 */
#include "t.h"
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

#define FLAG_DF 0x400
#define FLAG_AC 0x40000

/* A system call with known values in every register that it must keep. */
struct regs {
	uint64_t bx, bp, r12, r13, r14, r15, r8, r9, r10, dx, si, di, ax, cx,
		r11, ip;
};

static struct regs call_with_marks(uint64_t nr)
{
	struct regs r = { 0 };

	__asm__ volatile("lea -128(%%rsp), %%rsp\n" /* the red zone is in use */
			 "push %%rbp\n"
			 "push %%rbx\n"
			 "push %%rdi\n"
			 "mov $0x1111, %%ebx\n mov $0x2222, %%ebp\n"
			 "mov $0x3333, %%r12d\n mov $0x4444, %%r13d\n"
			 "mov $0x5555, %%r14d\n mov $0x6666, %%r15d\n"
			 "mov $0x7777, %%r8d\n mov $0x8888, %%r9d\n"
			 "mov $0x9999, %%r10d\n mov $0xaaaa, %%edx\n"
			 "mov $0xbbbb, %%esi\n mov $0xcccc, %%edi\n"
			 "syscall\n"
			 "1: push %%rdi\n mov 8(%%rsp), %%rdi\n"
			 "mov %%rbx, 0(%%rdi)\n mov %%rbp, 8(%%rdi)\n"
			 "mov %%r12, 16(%%rdi)\n mov %%r13, 24(%%rdi)\n"
			 "mov %%r14, 32(%%rdi)\n mov %%r15, 40(%%rdi)\n"
			 "mov %%r8, 48(%%rdi)\n mov %%r9, 56(%%rdi)\n"
			 "mov %%r10, 64(%%rdi)\n mov %%rdx, 72(%%rdi)\n"
			 "mov %%rsi, 80(%%rdi)\n mov %%rax, 96(%%rdi)\n"
			 "mov %%rcx, 104(%%rdi)\n mov %%r11, 112(%%rdi)\n"
			 "pop 88(%%rdi)\n"
			 "lea 1b(%%rip), %%rax\n mov %%rax, 120(%%rdi)\n"
			 "pop %%rdi\n pop %%rbx\n pop %%rbp\n"
			 "lea 128(%%rsp), %%rsp\n"
			 : "+a"(nr)
			 : "D"(&r)
			 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12",
			   "r13", "r14", "r15", "memory", "cc");
	return r;
}

static int marks_kept(const struct regs *r)
{
	return r->bx == 0x1111 && r->bp == 0x2222 && r->r12 == 0x3333 &&
	       r->r13 == 0x4444 && r->r14 == 0x5555 && r->r15 == 0x6666 &&
	       r->r8 == 0x7777 && r->r9 == 0x8888 && r->r10 == 0x9999 &&
	       r->dx == 0xaaaa && r->si == 0xbbbb && r->di == 0xcccc;
}

static void system_calls_keep_registers(void)
{
	struct regs r = call_with_marks(SYS_getppid);

	T(marks_kept(&r), "a system call changes rax, rcx and r11 alone");
	T(r.ax == (uint64_t)getppid(), "its result is in rax");
	T(r.cx == r.ip, "rcx is the address of the next instruction");
	T(r.r11 & 0x200, "r11 holds the flags, interrupts on");
	r = call_with_marks(SYS_sched_yield);
	T(marks_kept(&r), "the same through a task switch");
	r = call_with_marks(9999);
	T((long)r.ax == -ENOSYS && marks_kept(&r), "no such call: ENOSYS");
	r = call_with_marks(~0UL);
	T((long)r.ax == -ENOSYS, "call -1: ENOSYS");
	r = call_with_marks(0x4000000000UL | SYS_getppid);
	T(r.ax == (uint64_t)getppid(),
	  "only the low half of rax is the number");
}

/* --- signal handlers ------------------------------------------------------- */

typedef double v2 __attribute__((vector_size(16)));

static volatile int handled;
static uint64_t handler_flags, handler_sp_mod_16;
static unsigned int handler_mxcsr;
static ucontext_t *handler_uc;

static void wreck_handler(int sig, siginfo_t *info, void *context)
{
	uint64_t flags;

	(void)sig;
	(void)info;
	handler_uc = context;
	handler_sp_mod_16 = (uint64_t)__builtin_frame_address(0) % 16;
	__asm__ volatile("lea -128(%%rsp), %%rsp\n pushfq\n pop %0\n"
			 "lea 128(%%rsp), %%rsp\n"
			 : "=r"(flags));
	__asm__ volatile("stmxcsr %0" : "=m"(handler_mxcsr));
	handler_flags = flags;
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n"
			 "pcmpeqd %%xmm1, %%xmm1\n"
			 "pcmpeqd %%xmm7, %%xmm7\n"
			 "pcmpeqd %%xmm15, %%xmm15\n"
			 "fninit\n fld1\n" ::
				 : "xmm0", "xmm1", "xmm7", "xmm15");
	handled++;
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *),
		    int flags)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | flags };

	sigaction(sig, &sa, NULL);
}

static void send_self(int sig)
{
	syscall(SYS_kill, getpid(), sig);
}

static void handlers_do_not_disturb(void)
{
	uint64_t in[2] = { 0x1122334455667788, 0x99aabbccddeeff00 }, out[2];
	unsigned int mxcsr = 0x1f80 | 0x6000, after = 0;
	uint16_t fcw = 0x0f7f, fcw_after = 0;
	long pid = getpid(), ret;

	install(SIGUSR1, wreck_handler, 0);
	handled = 0;
	__asm__ volatile("ldmxcsr %[m]\n fldcw %[f]\n"
			 "movdqu %[in], %%xmm15\n"
			 "mov %[nr], %%eax\n"
			 "syscall\n"
			 "movdqu %%xmm15, %[out]\n"
			 "stmxcsr %[after]\n fnstcw %[fa]\n fninit\n"
			 : "=&a"(ret), [out] "=m"(out), [after] "=m"(after),
			   [fa] "=m"(fcw_after)
			 : [in] "m"(in), [m] "m"(mxcsr), [f] "m"(fcw),
			   [nr] "i"(SYS_kill), "D"(pid), "S"((long)SIGUSR1)
			 : "rcx", "r11", "xmm15", "memory");
	mxcsr = 0x1f80;
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	T(handled == 1 && ret == 0, "a handler runs and kill() returns 0");
	T(!memcmp(in, out, 16), "xmm15 survives a handler that changes it");
	T(after == (0x1f80 | 0x6000) && fcw_after == 0x0f7f,
	  "so do mxcsr and the x87 control word");
	T(handler_mxcsr == 0x1f80, "the handler itself starts with fresh ones");
	T(handler_sp_mod_16 == 0,
	  "the handler's stack is aligned as the ABI has it");
}

static void direction_flag_is_clear_in_handlers(void)
{
	long ret, pid = getpid();
	uint64_t flags;

	__asm__ volatile("std\n syscall\n pushfq\n pop %1\n cld\n"
			 : "=a"(ret), "=&r"(flags)
			 : "a"((long)SYS_kill), "D"(pid), "S"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
	T(!(handler_flags & FLAG_DF), "DF is clear in a handler");
	T(flags & FLAG_DF, "and set again behind it");
}

/* What is below the stack pointer belongs to a leaf function: 128 bytes. */
static void red_zone_is_left_alone(void)
{
	long ret, pid = getpid();
	uint64_t sum;

	__asm__ volatile("movq $0x5a5a5a5a, -8(%%rsp)\n"
			 "movq $0x3c3c3c3c, -128(%%rsp)\n"
			 "syscall\n"
			 "mov -8(%%rsp), %1\n xor -128(%%rsp), %1\n"
			 : "=a"(ret), "=&r"(sum)
			 : "a"((long)SYS_kill), "D"(pid), "S"((long)SIGUSR1)
			 : "rcx", "r11", "memory");
	T(sum == (0x5a5a5a5a ^ 0x3c3c3c3c), "a frame spares the red zone");
}

static void edit_handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RAX] = 0x1234567;
	uc->uc_mcontext.gregs[REG_RBX] = 0x7654321;
	uc->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x1; /* IOPL: in vain; CF */
	((uint32_t *)uc->uc_mcontext.fpregs->_xmm)[0] = 0x42424242;
	sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void frames_can_be_edited(void)
{
	long ret, bx, pid = getpid();
	uint64_t flags;
	uint32_t x;
	sigset_t now;

	install(SIGUSR1, edit_handler, 0);
	__asm__ volatile("pxor %%xmm0, %%xmm0\n xor %%ebx, %%ebx\n syscall\n"
			 "mov %%rbx, %1\n pushfq\n pop %2\n movd %%xmm0, %3\n"
			 : "=a"(ret), "=&r"(bx), "=&r"(flags), "=&r"(x)
			 : "a"((long)SYS_kill), "D"(pid), "S"((long)SIGUSR1)
			 : "rbx", "rcx", "r11", "xmm0", "memory");
	sigprocmask(SIG_BLOCK, NULL, &now);
	T(ret == 0x1234567 && bx == 0x7654321,
	  "a handler can change the registers in its frame");
	T((flags & 1) && !(flags & 0x3000), "and the flags, but not IOPL");
	T(x == 0x42424242, "and the vector registers");
	T(sigismember(&now, SIGUSR2), "and the signal mask");
	sigemptyset(&now);
	sigprocmask(SIG_SETMASK, &now, NULL);
}

/* --- forged frames: the process dies by SIGSEGV, nothing else -------------- */

static int forge;

static void forging_handler(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;
	char *fp = (char *)uc->uc_mcontext.fpregs;

	(void)sig;
	(void)info;
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	/* Without XSAVE there is nothing to forge behind the FXSAVE area. */
	switch (forge > 6 && forge < 9 && !(uc->uc_flags & 1) ? 4 : forge) {
	case 0:
		regs[REG_RIP] = (greg_t)0x8000000000000000;
		break;
	case 1:
		regs[REG_RIP] = (greg_t)0xffffffff80200000;
		break;
	case 2:
		regs[REG_RIP] = 0x7ffffffff000;
		break;
	case 3:
		regs[REG_CSGSFS] = 0x10; /* the kernel's code segment */
		regs[REG_RIP] = (greg_t)0xffffffff80200000;
		break;
	case 4:
		((uint32_t *)fp)[6] = 0xffffffff; /* mxcsr */
		break;
	case 5:
		uc->uc_mcontext.fpregs = (void *)0xffff888000000000;
		break;
	case 6:
		uc->uc_mcontext.fpregs = (void *)8;
		break;
	case 7:
		*(uint64_t *)(fp + 512) = ~0UL; /* xstate_bv */
		break;
	case 8:
		*(uint64_t *)(fp + 520) = ~0UL; /* xcomp_bv */
		break;
	case 9:
		regs[REG_RSP] = (greg_t)0x8000000000000000;
		regs[REG_EFL] |= FLAG_AC;
		break;
	}
}

static void forged_frames_kill(void)
{
	static const char *const what[] = {
		"a non-canonical rip",	   "a rip in the kernel",
		"a rip at TASK_SIZE",	   "the kernel's code segment",
		"reserved bits in mxcsr",  "an FPU area in the kernel",
		"an FPU area that is not", "unknown FPU components",
		"a compacted FPU area",	   "a non-canonical rsp",
	};

	for (forge = 0; forge < 10; forge++) {
		int status = in_child({
			install(SIGUSR1, forging_handler, 0);
			send_self(SIGUSR1);
			/* Only the bad rsp comes back here, and uses it. */
		});

		if (forge == 9)
			T(WIFSIGNALED(status), "a frame with %s kills",
			  what[forge]);
		else
			T(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
			  "a frame with %s kills by SIGSEGV", what[forge]);
	}
}

static void sigreturn_from_nowhere(void)
{
	int status = in_child(__asm__ volatile("mov $16, %%esp\n"
					       "mov $15, %%eax\n"
					       "syscall\n" ::
						       : "memory"));

	T(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	  "rt_sigreturn without a frame kills by SIGSEGV");
}

static void bad_handlers_kill(void)
{
	static const uint64_t bad[] = { 0x8000000000000000, 0x10,
					0xffffffff80200000, 0x7ffffffff000 };

	for (size_t i = 0; i < 4; i++) {
		int status = in_child({
			install(SIGUSR1, (void *)bad[i], 0);
			send_self(SIGUSR1);
		});

		T(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "a handler at 0x%lx kills by SIGSEGV", (long)bad[i]);
	}
}

/* --- switches and fork --------------------------------------------------------- */

/* Two processes, each with its own values in the registers, take turns. */
static int registers_stay(uint64_t seed)
{
	uint64_t in[2] = { seed * 0x0101010101010101, ~seed }, out[2];

	for (int i = 0; i < 200; i++) {
		long ret = SYS_sched_yield;

		__asm__ volatile("movdqu %2, %%xmm9\n"
				 "movdqu %2, %%xmm0\n"
				 "syscall\n"
				 "pxor %%xmm0, %%xmm9\n"
				 "pxor %2, %%xmm0\n"
				 "por %%xmm9, %%xmm0\n"
				 "movdqu %%xmm0, %1\n"
				 : "+a"(ret), "=m"(out)
				 : "m"(in)
				 : "rcx", "r11", "xmm0", "xmm9", "memory");
		if (out[0] || out[1])
			return 1;
	}
	return 0;
}

static void switches_keep_vector_registers(void)
{
	__attribute__((aligned(16))) int unused = 0;
	pid_t child[3];
	int bad = 0, status;

	(void)unused;
	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		child[i] = fork();
		if (!child[i])
			_exit(registers_stay((uint64_t)i + 1));
	}
	bad = registers_stay(0x77);
	for (int i = 0; i < 3; i++) {
		waitpid(child[i], &status, 0);
		bad |= status;
	}
	T(!bad, "vector registers stay with their process");
}

static void fork_copies_vector_registers(void)
{
	uint64_t in[2] = { 0xfeedfacecafebeef, 0x0123456789abcdef }, out[2];
	long ret = SYS_fork;
	int status;

	fflush(stdout);
	__asm__ volatile("movdqu %2, %%xmm12\n syscall\n movdqu %%xmm12, %1\n"
			 : "+a"(ret), "=m"(out)
			 : "m"(in)
			 : "rcx", "r11", "xmm12", "memory");
	if (!ret)
		_exit(memcmp(in, out, 16) != 0);
	waitpid((pid_t)ret, &status, 0);
	T(status == 0, "a child has its parent's vector registers");
}

/* --- segment bases ----------------------------------------------------------------- */

static void segment_bases(void)
{
	static uint64_t cell = 0x600dcafe;
	unsigned long fs = 0, gs = 1;
	uint64_t got;
	int status;

	is(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs), 0, 0, "get fs base");
	T(*(unsigned long *)fs == fs, "the thread pointer points to itself");
	is(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs), 0, 0, "get gs base");
	T(gs == 0, "gs base is 0 at first");
	is(syscall(SYS_arch_prctl, ARCH_SET_GS, &cell), 0, 0, "set gs base");
	__asm__ volatile("mov %%gs:0, %0" : "=r"(got));
	T(got == 0x600dcafe, "gs:0 is what it points to");
	sched_yield();
	status = in_child({
		__asm__ volatile("mov %%gs:0, %0" : "=r"(got));
		_exit(got != 0x600dcafe);
	});
	T(status == 0, "a child has it too");
	is(syscall(SYS_arch_prctl, ARCH_SET_FS, 0x800000000000), -1, EPERM,
	   "a non-canonical base");
	is(syscall(SYS_arch_prctl, ARCH_SET_GS, 0xffff888000000000), -1, EPERM,
	   "a base in the kernel");
	is(syscall(SYS_arch_prctl, 0x4242, 0), -1, EINVAL, "no such code");
	is(syscall(SYS_arch_prctl, ARCH_GET_GS, 8), -1, EFAULT,
	   "nowhere to write it");
	is(syscall(SYS_arch_prctl, ARCH_SET_GS, 0), 0, 0, "gs base 0 again");
}

static void flat_segments_load(void)
{
	unsigned short ds, gs;

	__asm__ volatile("mov %2, %%ds\n mov %2, %%gs\n mov $24, %%eax\n"
			 "syscall\n mov %%ds, %0\n mov %%gs, %1\n"
			 "xor %%eax, %%eax\n mov %%eax, %%ds\n"
			 "mov %%eax, %%gs\n"
			 : "=&r"(ds), "=&r"(gs)
			 : "r"(0x2b)
			 : "rax", "rcx", "r11", "memory");
	T(ds == 0x2b && gs == 0x2b, "ds and gs keep a flat selector");
}

static void privileged_instructions(void)
{
	T_SEGV(__asm__ volatile("hlt"), SI_KERNEL, 0, "hlt");
	T_SEGV(__asm__ volatile("cli"), SI_KERNEL, 0, "cli");
	T_SEGV(__asm__ volatile("mov %%cr3, %%rax" ::
					: "rax"),
	       SI_KERNEL, 0, "reading cr3");
	T_SEGV(__asm__ volatile("in $0x60, %%al" ::
					: "rax"),
	       SI_KERNEL, 0, "port input");
	T_SEGV(__asm__ volatile("int $0x30"), SI_KERNEL, 0,
	       "the vector of a device");
	T_SEGV(peek(0x8000000000000000), SI_KERNEL, 0,
	       "a non-canonical address");
	T_SEGV(peek(0xffff888000000000), SEGV_MAPERR, 0xffff888000000000,
	       "the kernel's memory");
	T_SEGV(peek(0x7ffffffff123), SEGV_MAPERR, 0x7ffffffff123,
	       "the last page of the lower half");
}

int main(void)
{
	system_calls_keep_registers();
	handlers_do_not_disturb();
	direction_flag_is_clear_in_handlers();
	red_zone_is_left_alone();
	frames_can_be_edited();
	forged_frames_kill();
	sigreturn_from_nowhere();
	bad_handlers_kill();
	switches_keep_vector_registers();
	fork_copies_vector_registers();
	segment_bases();
	flat_segments_load();
	privileged_instructions();
	return done();
}
