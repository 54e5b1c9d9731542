/* SPDX-License-Identifier: MIT */
/* msync(2). */
#include "maps.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* The libraries may add checks of their own. */
#define raw_msync(p, n, f) syscall(SYS_msync, p, (size_t)(n), f)

int main(void)
{
	char *p = mmap((void *)0x200000000, 16 * PAGE, PROT_NONE, ANON, -1, 0);
	int fd = open("file", O_CREAT | O_RDWR, 0600), dev;
	char buf[4];

	if (ftruncate(fd, 4 * PAGE))
		exit(99);
	munmap(p, 16 * PAGE);
	mmap(p, 4 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
	mmap(p + 6 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	is(raw_msync(p, 4 * PAGE, MS_SYNC), 0, 0, "MS_SYNC");
	is(raw_msync(p, 4 * PAGE, MS_ASYNC), 0, 0, "MS_ASYNC");
	is(raw_msync(p, 4 * PAGE, MS_INVALIDATE), 0, 0, "MS_INVALIDATE");
	is(raw_msync(p, 4 * PAGE, 0), 0, 0, "no flag");
	is(raw_msync(p, 4 * PAGE, MS_SYNC | MS_INVALIDATE), 0, 0,
	   "MS_SYNC | MS_INVALIDATE");
	is(raw_msync(p, 0, MS_SYNC), 0, 0, "length 0");
	is(raw_msync(p + 5 * PAGE, 0, MS_SYNC), 0, 0, "length 0 of nothing");
	is(raw_msync(p + 6 * PAGE, 2 * PAGE, MS_SYNC), 0, 0,
	   "anonymous memory");
	is(raw_msync(p + 1, PAGE, MS_SYNC), -1, EINVAL,
	   "EINVAL: an address inside a page");
	is(raw_msync(p, PAGE, MS_SYNC | MS_ASYNC), -1, EINVAL,
	   "EINVAL: MS_SYNC | MS_ASYNC");
	is(raw_msync(p, PAGE, 8), -1, EINVAL, "EINVAL: an unknown flag");
	is(raw_msync(p + 4 * PAGE, PAGE, MS_SYNC), -1, ENOMEM,
	   "ENOMEM: nothing is mapped");
	is(raw_msync(p, 8 * PAGE, MS_SYNC), -1, ENOMEM, "ENOMEM: a hole");
	is(raw_msync(p, 8 * PAGE, MS_ASYNC), -1, ENOMEM,
	   "ENOMEM: also with MS_ASYNC");
	is(raw_msync(p + 4 * PAGE, 2 * PAGE, MS_ASYNC), -1, ENOMEM,
	   "ENOMEM: nothing but a hole");
	is(raw_msync(p, -4096L, MS_SYNC), -1, ENOMEM,
	   "ENOMEM: a range that wraps");
	is(raw_msync(p, -1L, MS_SYNC), 0, 0,
	   "a length that overflows when rounded counts as 0");
	mlock(p + 7 * PAGE, PAGE);
	is(raw_msync(p + 6 * PAGE, 2 * PAGE, MS_INVALIDATE), -1, EBUSY,
	   "EBUSY: MS_INVALIDATE and a locked page");
	is(raw_msync(p, 8 * PAGE, MS_SYNC | MS_INVALIDATE), -1, EBUSY,
	   "EBUSY: it counts more than a hole");
	is(raw_msync(p + 6 * PAGE, 2 * PAGE, MS_SYNC), 0, 0,
	   "a locked page without MS_INVALIDATE");
	memcpy(p + 2 * PAGE, "abc", 3);
	is(raw_msync(p + 2 * PAGE, 1, MS_SYNC), 0, 0, "one byte is a page");
	T(pread(fd, buf, 3, 2 * PAGE) == 3 && !memcmp(buf, "abc", 3),
	  "the file has what was written");
	mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	is(raw_msync(p, PAGE, MS_SYNC), 0, 0, "a private mapping");
	dev = open("/dev/zero", O_RDWR);
	mmap(p, PAGE, RW, MAP_SHARED | MAP_FIXED, dev, 0);
	is(raw_msync(p, PAGE, MS_SYNC), 0, 0, "shared memory");
	unlink("file");
	return done();
}
