/* SPDX-License-Identifier: MIT */
/* The mapped file: its contents, its size, its holes. */
#include "calls.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * pwrite() that cannot read a byte of its buffer lets a tmpfs file of newer
 * kernels grow nevertheless: it starts inside the file, then.
 */
static void do_pwrite(char *addr, unsigned long len, unsigned long off)
{
	static char good[4 * PAGE];
	bool is_good = rnd(3) == 0;
	struct stat st;

	if (!call("pwrite(F0, %s, 0x%lx, 0x%lx)",
		  is_good ? "good" : place(addr), len, off))
		return;
	fstat(file[0], &st);
	if (is_good || (long)off < st.st_size)
		result(pwrite(file[0], is_good ? good : addr, len, (off_t)off));
}

void do_file_io(void)
{
	char *addr = rnd_byte();
	unsigned long len = 1 + rnd(rnd(2) ? 3 * PAGE : 64);
	unsigned long off = rnd(FILE_PAGES * PAGE);

	if (rnd(2))
		do_pwrite(addr, len, off);
	else if (call("pread(F0, %s, 0x%lx, 0x%lx)", place(addr), len, off))
		result(pread(file[0], addr, len, (off_t)off));
}

void do_truncate(void)
{
	unsigned long size = rnd(FILE_PAGES + 4) * PAGE;

	if (rnd(2))
		size += rnd(4096);
	if (call("ftruncate(F0, 0x%lx)", size))
		result(ftruncate(file[0], (off_t)size));
}

void do_fallocate(void)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE };
	unsigned long off = rnd(FILE_PAGES) * PAGE, len = rnd(9) * PAGE;
	int mode = modes[rnd(4)];

	if (rnd(2))
		off += rnd(4096), len += rnd(4096);
	if (!call("fallocate(F0, %d, 0x%lx, 0x%lx)", mode, off, len))
		return;
	result(syscall(SYS_fallocate, file[0], mode, off, len));
}
