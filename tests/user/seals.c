/* SPDX-License-Identifier: MIT */
/* Seals of memfd_create(2): what each forbids, and when it can be set. */
#include "shm.h"

#define seal(fd, seals) fcntl(fd, F_ADD_SEALS, seals)
#define seals_of(fd)	fcntl(fd, F_GET_SEALS)

static int sealable(size_t pages)
{
	return memory_file(MFD_ALLOW_SEALING, pages);
}

static void who_may(void)
{
	int fd = memory_file(0, 1), pipes[2], ro;
	char path[64];

	is(seals_of(fd), F_SEAL_SEAL, 0, "sealed by default");
	is(seal(fd, F_SEAL_WRITE), -1, EPERM, "so no more seals");
	is(seal(fd, 0), -1, EPERM, "not even none");
	close(fd);
	fd = sealable(1);
	is(seals_of(fd), 0, 0, "MFD_ALLOW_SEALING");
	is(seal(fd, 0x100), -1, EINVAL, "a seal that is none");
	is(seal(fd, 0), 0, 0, "no seal");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	is(seal(ro, F_SEAL_GROW), -1, EPERM, "not open for writing");
	is(seals_of(ro), 0, 0, "reading them needs no right");
	close(ro);
	is(seal(fd, F_SEAL_GROW), 0, 0, "one");
	is(seal(fd, F_SEAL_SHRINK), 0, 0, "another");
	is(seals_of(fd), F_SEAL_GROW | F_SEAL_SHRINK, 0, "they add up");
	is(seal(fd, F_SEAL_GROW), 0, 0, "again");
	is(seal(fd, F_SEAL_SEAL), 0, 0, "the last");
	is(seal(fd, F_SEAL_WRITE), -1, EPERM, "none after it");
	close(fd);
	pipe(pipes);
	is(seals_of(pipes[1]), -1, EINVAL, "a pipe has none");
	is(seal(pipes[1], F_SEAL_GROW), -1, EINVAL, "and gets none");
	is(seal(pipes[0], F_SEAL_GROW), -1, EPERM,
	   "the reading end is not open for writing");
	close(pipes[0]);
	close(pipes[1]);
	fd = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	is(seals_of(fd), F_SEAL_SEAL, 0, "any file of tmpfs is sealed so");
	close(fd);
	is(seals_of(-1), -1, EBADF, "no descriptor");
}

static void size_seals(void)
{
	static char page[2 * PAGE];
	int fd = sealable(2);

	seal(fd, F_SEAL_SHRINK);
	is(ftruncate(fd, (off_t)PAGE), -1, EPERM, "SHRINK: not less");
	is(ftruncate(fd, (off_t)(2 * PAGE)), 0, 0, "the same");
	is(ftruncate(fd, (off_t)(3 * PAGE)), 0, 0, "more");
	is(fallocate(fd, HOLE, 0, (off_t)PAGE), 0, 0, "a hole");
	close(fd);
	fd = sealable(2);
	seal(fd, F_SEAL_GROW);
	is(ftruncate(fd, (off_t)(3 * PAGE)), -1, EPERM, "GROW: not more");
	is(pwrite(fd, page, 1, (off_t)(2 * PAGE)), -1, EPERM,
	   "a write behind the end");
	is(pwrite(fd, page, PAGE, (off_t)PAGE + 1), PAGE - 1, 0,
	   "across the end: the page before it");
	is(pwrite(fd, page, PAGE, (off_t)PAGE), PAGE, 0, "up to the end");
	is(pwrite(fd, page, 2 * PAGE, (off_t)PAGE), PAGE, 0,
	   "across: as far as the end");
	T(size_of(fd) == 2 * (off_t)PAGE, "nothing grew");
	is(fallocate(fd, 0, 0, (off_t)(3 * PAGE)), -1, EPERM, "fallocate");
	is(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)(3 * PAGE)), -1, EPERM,
	   "also when the size stays");
	is(fallocate(fd, 0, 0, (off_t)(2 * PAGE)), 0, 0, "inside");
	is(ftruncate(fd, (off_t)PAGE), 0, 0, "less");
	is(ftruncate(fd, (off_t)(2 * PAGE)), -1, EPERM, "and not back");
	ftruncate(fd, 100);
	is(pwrite(fd, page, 100, 50), -1, EPERM,
	   "across the end, in one page: nothing");
	close(fd);
}

static void write_seal(void)
{
	int fd = sealable(2);
	char *p = map_fd(fd, 2, RW, MAP_SHARED);
	char *q;

	p[0] = 'p';
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "WRITE: a mapping may write");
	is(seals_of(fd), 0, 0, "it is not sealed");
	mprotect(p, PAGE, PROT_READ);
	munmap(p + PAGE, PAGE);
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "a part of it, by mprotect");
	munmap(p, PAGE);
	p = map_fd(fd, 2, PROT_READ, MAP_SHARED);
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "one that reads, but could");
	T(in_child(munmap(p, 2 * PAGE)) == 0, "a child lets go");
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "that is not the parent");
	munmap(p, 2 * PAGE);
	p = map_fd(fd, 2, RW, MAP_PRIVATE);
	p[1] = 'q';
	is(seal(fd, F_SEAL_WRITE), 0, 0, "private mappings do not count");
	is(pwrite(fd, "x", 1, 0), -1, EPERM, "no write");
	is(pwrite(fd, "", 0, 0), 0, 0, "of nothing: yes");
	is(fallocate(fd, HOLE, 0, (off_t)PAGE), -1, EPERM, "no hole");
	is(ftruncate(fd, (off_t)PAGE), 0, 0, "the size is free");
	is(ftruncate(fd, (off_t)(2 * PAGE)), 0, 0, "both ways");
	is(fallocate(fd, 0, 0, (off_t)(2 * PAGE)), 0, 0, "pages, too");
	is(map_fd(fd, 2, RW, MAP_SHARED), -1, EPERM, "no writable mapping");
	q = map_fd(fd, 2, RW, MAP_PRIVATE);
	T(q != MAP_FAILED && q[0] == 'p' && (q[0] = 'r', 1),
	  "a private one writes for itself");
	T(pread(fd, q + PAGE, 1, 0) == 1 && q[PAGE] == 'p', "only");
	munmap(q, 2 * PAGE);
	munmap(p, 2 * PAGE);
	close(fd);
}

static void read_only_after_seal(const char *what, int fd)
{
	char *p = map_fd(fd, 2, PROT_READ, MAP_SHARED);

	T(p != MAP_FAILED, "%s: shared, to read", what);
	is(mprotect(p, PAGE, RW), -1, EACCES, "%s: never to write", what);
	T_SEGV(poke(p, 1), SEGV_ACCERR, p, "%s: a write faults", what);
	T_MAPS(p, "r--s 00000000 00:01 N /memfd:t (deleted)",
	       "%s: the line in maps", what);
	munmap(p, 2 * PAGE);
}

static void future_write(void)
{
	int fd = sealable(2);
	char *p = map_fd(fd, 2, RW, MAP_SHARED);

	is(seal(fd, F_SEAL_FUTURE_WRITE), 0, 0, "FUTURE_WRITE: at any time");
	T_FINE(poke(p, 'x'), "the mapping goes on");
	is(mprotect(p, PAGE, PROT_READ), 0, 0, "with less");
	is(mprotect(p, PAGE, RW), 0, 0, "and all rights");
	is(pwrite(fd, "x", 1, 0), -1, EPERM, "no write");
	is(fallocate(fd, HOLE, 0, (off_t)PAGE), -1, EPERM, "no hole");
	T(in_child(p[1] = 'c') == 0 && p[1] == 'c', "a child inherits it");
	munmap(p, 2 * PAGE);
	is(map_fd(fd, 2, RW, MAP_SHARED), -1, EPERM, "no new one");
	is(map_fd(fd, 2, PROT_WRITE, MAP_SHARED), -1, EPERM,
	   "nor to write only");
	read_only_after_seal("FUTURE_WRITE", fd);
	p = map_fd(fd, 2, PROT_READ, MAP_SHARED);
	is(seal(fd, F_SEAL_WRITE), 0, 0,
	   "one that can never write does not keep WRITE away");
	read_only_after_seal("WRITE", fd);
	munmap(p, 2 * PAGE);
	close(fd);
}

static void counting(void)
{
	int fd = sealable(8);
	char *p = map_fd(fd, 8, RW, MAP_SHARED);

	mprotect(p + 2 * PAGE, PAGE, PROT_READ);
	mprotect(p + 4 * PAGE, PAGE, PROT_NONE);
	mprotect(p, 8 * PAGE, RW);
	munmap(p + 3 * PAGE, PAGE);
	mmap(p + 5 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	     -1, 0);
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "split, merged, cut: it counts");
	T(in_child() == 0, "forked");
	munmap(p, 7 * PAGE);
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "the last page");
	p = mremap(p + 7 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	is(seal(fd, F_SEAL_WRITE), -1, EBUSY, "elsewhere");
	munmap(p, 2 * PAGE);
	is(seal(fd, F_SEAL_WRITE), 0, 0, "gone");
	close(fd);
}

int main(void)
{
	who_may();
	size_seals();
	write_seal();
	future_write();
	counting();
	return done();
}
