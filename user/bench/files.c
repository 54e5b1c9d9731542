/* SPDX-License-Identifier: MIT */
/*
 * Memory with an object behind it: memfd, files, System V segments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define FAULTS	  64
#define AHEAD	  512
#define FILE_NAME "/tmp/bench.data"

static long shared_write(int filled)
{
	int fd = memory_file(FAULTS + 1, filled);
	char *p;
	long t;

	if (fd < 0)
		return fd;
	p = mmap(NULL, (FAULTS + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		 fd, 0);
	if (p == MAP_FAILED) {
		t = -errno;
	} else {
		*(volatile char *)p = 1;
		t = time_writes(p + PAGE, FAULTS, PAGE);
		munmap(p, (FAULTS + 1) * PAGE);
	}
	close(fd);
	return t;
}

static long shared_new(void)
{
	return shared_write(0);
}

static long shared_cached(void)
{
	return shared_write(1);
}

/* A regular file of @pages pages with contents, already unlinked. */
static int regular_file(size_t pages)
{
	static char block[PAGE];
	int fd;

	mkdir("/tmp", 01777);
	fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return -errno;
	unlink(FILE_NAME);
	for (size_t i = 0; i < pages; i++)
		if (write(fd, block, PAGE) != (ssize_t)PAGE) {
			close(fd);
			return -ENOSPC;
		}
	return fd;
}

static long file_read(void)
{
	int fd = regular_file(AHEAD);
	char *p;
	long t;

	if (fd < 0)
		return fd;
	p = mmap(NULL, AHEAD * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		t = -errno;
	} else {
		t = time_reads(p, AHEAD, PAGE);
		munmap(p, AHEAD * PAGE);
	}
	close(fd);
	return t;
}

static long file_cow(void)
{
	int fd = regular_file(FAULTS + 1);
	char *p;
	long t;

	if (fd < 0)
		return fd;
	p = mmap(NULL, (FAULTS + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
		 fd, 0);
	if (p == MAP_FAILED) {
		t = -errno;
	} else {
		*(volatile char *)p = 1;
		t = time_writes(p + PAGE, FAULTS, PAGE);
		munmap(p, (FAULTS + 1) * PAGE);
	}
	close(fd);
	return t;
}

static long attach(void)
{
	int id = shmget(IPC_PRIVATE, 64 * PAGE, IPC_CREAT | 0600);
	uint64_t start;
	char *p;
	long t;

	if (id < 0)
		return -errno;
	p = shmat(id, NULL, 0);
	if (p == (char *)-1) {
		t = -errno;
	} else {
		write_pages(p, 64, PAGE);
		shmdt(p);
		start = begin();
		p = shmat(id, NULL, 0);
		if (p == (char *)-1 || shmdt(p))
			t = -errno;
		else
			t = since(start);
	}
	shmctl(id, IPC_RMID, NULL);
	return t;
}

const struct row file_rows[] = {
	{ "shared-new", "shared (memfd) first write, page new", FAULTS, 4,
	  .run = shared_new },
	{ "shared-cached", "shared (memfd) first write, page cached", FAULTS, 4,
	  .run = shared_cached },
	{ "file-read", "file page read, sequential (fault-around)", AHEAD, 4,
	  .run = file_read },
	{ "file-cow", "private file page written (COW)", FAULTS, 4,
	  .run = file_cow },
	{ "shmat", "shmat + shmdt, 64 pages", 1, 6, .run = attach },
	{ .name = NULL },
};
