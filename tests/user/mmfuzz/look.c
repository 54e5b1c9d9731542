/* SPDX-License-Identifier: MIT */
/* Access to memory, by the program and by the kernel. */
#include "calls.h"
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void do_probe(void)
{
	char *addr = rnd_byte();
	unsigned char byte = (unsigned char)rnd(256);

	if (rnd(5) < 3) {
		if (call("poke(%s, 0x%x)", place(addr), byte))
			outcome(access_memory(addr, 'w', byte));
	} else if (call("peek(%s)", place(addr))) {
		outcome(access_memory(addr, 'r', 0));
	}
}

/* Plant a return instruction, look whether it is there, call it. */
void do_execute(void)
{
	char *addr = rnd_page() + 64;
	struct outcome o;

	if (!call("execute(%s)", place(addr)))
		return;
	outcome(access_memory(addr, 'w', 0xc3));
	o = access_memory(addr, 'r', 0);
	outcome(o);
	if (o.sig || o.byte == 0xc3)
		outcome(access_memory(addr, 'x', 0));
}

/* Through a pipe: at most one page, which either end takes whole. */
void do_pipe_io(void)
{
	static char junk[PAGE];
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(200);
	int fd[2];

	memset(junk, 'p', sizeof(junk));
	if (rnd(2)) {
		if (!call("pipe_read(%s, 0x%lx)", place(addr), len) || pipe(fd))
			return;
		if (write(fd[1], junk, len) == (long)len)
			result(read(fd[0], addr, len));
	} else {
		if (!call("pipe_write(%s, 0x%lx)", place(addr), len) ||
		    pipe(fd))
			return;
		result(write(fd[1], addr, len));
	}
	close(fd[0]);
	close(fd[1]);
}

void do_vm_copy(void)
{
	static char buf[2 * PAGE];
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(2 * PAGE);
	struct iovec here = { buf, len }, there = { addr, len };
	bool out = rnd(2);

	memset(buf, 'v', sizeof(buf));
	/* Newer kernels do not make another's stack grow. */
	if (!as_c && (!one_area(addr, 1) || !one_area(addr + len, 1)))
		len = 1;
	if (!as_c && !one_area(addr, 1))
		return;
	if (call("process_vm_%s(%s, 0x%lx)", out ? "writev" : "readv",
		 place(addr), len))
		result(syscall(out ? SYS_process_vm_writev
				   : SYS_process_vm_readv,
			       getpid(), &here, 1, &there, 1, 0));
}

void do_mincore(void)
{
	static unsigned char vec[ARENA_PAGES + 8];
	unsigned long len;
	char *addr = rnd_range(&len);
	long r;

	if (!call("mincore(%s, 0x%lx, vec)", place(addr), len))
		return;
	memset(vec, 2, sizeof(vec));
	r = result(syscall(SYS_mincore, addr, len, vec));
	if (r)
		return;
	say(" ");
	for (unsigned long i = 0; i < (len + PAGE - 1) / PAGE; i++)
		say("%x", vec[i]);
}
