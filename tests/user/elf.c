/* SPDX-License-Identifier: MIT */
/*
 * Damaged programs. The file is a copy of this program with one field of its
 * headers changed; what execve(2) makes of it is printed: an errno, an exit
 * status or a signal. The last part damages headers at random, and only wants
 * the system to live on.
 */
#include "t.h"
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>

static unsigned char *image;
static size_t image_size;

static void read_self(void)
{
	struct stat st;
	int fd = open("/proc/self/exe", O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		exit(99);
	image_size = (size_t)st.st_size;
	image = malloc(image_size);
	for (size_t done = 0; done < image_size;) {
		ssize_t n = read(fd, image + done, image_size - done);

		if (n <= 0)
			exit(99);
		done += (size_t)n;
	}
	close(fd);
}

static void write_victim(const unsigned char *data, size_t size)
{
	int fd;

	unlink("victim");
	fd = open("victim", O_WRONLY | O_CREAT, 0755);
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, data + done, size - done);

		if (n <= 0)
			exit(99);
		done += (size_t)n;
	}
	close(fd);
}

/* What becomes of it: 200 and more for an errno, its exit status, or minus the
 * signal that ended it. */
static int run_victim(void)
{
	int status = in_child({
		char *argv[] = { "victim", "ok", NULL }, *envp[] = { NULL };
		struct rlimit cpu = { 2, 2 };
		int null = open("/dev/null", O_RDWR);

		setrlimit(RLIMIT_CPU, &cpu);
		dup2(null, 1);
		dup2(null, 2);
		alarm(5);
		execve("victim", argv, envp);
		_exit(200 + (errno == ENOEXEC  ? 1
			     : errno == ENOENT ? 2
			     : errno == EINVAL ? 3
			     : errno == ENOMEM ? 4
			     : errno == EIO    ? 5
					       : 50));
	});

	if (WIFSIGNALED(status))
		return -WTERMSIG(status);
	return WEXITSTATUS(status);
}

static const char *outcome(int result)
{
	static char text[32];

	switch (result) {
	case 0:
		return "runs";
	case 201:
		return "ENOEXEC";
	case 202:
		return "ENOENT";
	case 203:
		return "EINVAL";
	case 204:
		return "ENOMEM";
	case 205:
		return "EIO";
	case 206:
		return "EACCES";
	}
	if (result < 0)
		snprintf(text, sizeof(text), "signal %d", -result);
	else
		snprintf(text, sizeof(text), "status %d", result);
	return text;
}

/* Linux finds some damage only when the old program is gone; then a signal
 * ends what an earlier look would have refused. */
static bool either_way;

/* Change @size bytes at @offset to @value, run, change back. */
static void damage(size_t offset, size_t size, uint64_t value, const char *what)
{
	unsigned char saved[8];

	memcpy(saved, image + offset, size);
	memcpy(image + offset, &value, size);
	write_victim(image, image_size);
	if (either_way)
		T(run_victim() != 0, "%s: does not run", what);
	else
		T(1, "%s: %s", what, outcome(run_victim()));
	memcpy(image + offset, saved, size);
}

#define EH(field, value, what)                                                 \
	damage(offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field),  \
	       value, what)

static void file_header(void)
{
	damage(0, 1, 0x7e, "another first byte");
	damage(3, 1, 'f', "another magic");
	damage(EI_VERSION, 1, 7, "EI_VERSION 7");
	damage(EI_OSABI, 1, 99, "EI_OSABI 99");
	EH(e_type, ET_REL, "e_type ET_REL");
	EH(e_type, ET_CORE, "e_type ET_CORE");
	EH(e_type, 0xffff, "e_type 0xffff");
	EH(e_machine, EM_386, "e_machine EM_386");
	EH(e_machine, EM_AARCH64, "e_machine EM_AARCH64");
	EH(e_version, 99, "e_version 99");
	EH(e_phentsize, 55, "e_phentsize 55");
	EH(e_phentsize, 0, "e_phentsize 0");
	EH(e_phnum, 0, "e_phnum 0");
	EH(e_phnum, 0xffff, "e_phnum 0xffff");
	EH(e_phoff, image_size + 1, "e_phoff behind the end");
	EH(e_phoff, ~0UL, "e_phoff -1");
	EH(e_phoff, 1UL << 63, "e_phoff 2^63");
	EH(e_shoff, ~0UL, "e_shoff -1");
	EH(e_shnum, 0xffff, "e_shnum 0xffff");
	either_way = true;
	EH(e_entry, 0, "e_entry 0");
	EH(e_entry, 1UL << 63, "e_entry not canonical");
	EH(e_entry, 0x7fffffffe000UL, "e_entry in the highest page");
	either_way = false;
}

static size_t find_load(int nth)
{
	const Elf64_Ehdr *eh = (void *)image;
	const Elf64_Phdr *ph = (void *)(image + eh->e_phoff);

	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && nth-- == 0)
			return eh->e_phoff + (size_t)i * sizeof(*ph);
	exit(99);
}

#define PH(field, value, what)                                                 \
	damage(load + offsetof(Elf64_Phdr, field),                             \
	       sizeof(((Elf64_Phdr *)0)->field), value, what)

static void segments(void)
{
	size_t load = find_load(1); /* the program text */
	const Elf64_Phdr *ph = (void *)(image + load);

	either_way = true;
	PH(p_offset, image_size + PAGE - image_size % PAGE + ph->p_vaddr % PAGE,
	   "p_offset behind the end");
	PH(p_offset, ph->p_offset + 1, "p_offset not congruent");
	PH(p_offset, ~0UL - PAGE + 1 + ph->p_vaddr % PAGE, "p_offset -4096");
	PH(p_filesz, ph->p_memsz + 1, "p_filesz larger than p_memsz");
	PH(p_memsz, ~0UL, "p_memsz -1");
	PH(p_memsz, 1UL << 47, "p_memsz 2^47");
	PH(p_filesz, 1UL << 62, "p_filesz 2^62");
	PH(p_vaddr, 0x7ffffffff000UL, "p_vaddr above user space");
	PH(p_vaddr, 1UL << 63, "p_vaddr not canonical");
	PH(p_vaddr, ~0UL & ~(PAGE - 1), "p_vaddr -4096");
	PH(p_flags, 0, "p_flags 0");
	PH(p_flags, PF_R | PF_W, "p_flags without PF_X");
	either_way = false;
}

static void interpreter(void)
{
	size_t load = find_load(0);
	Elf64_Phdr saved, *ph = (void *)(image + load);
	static const char *const names[] = { "/no/such/ld.so", "/dev", "",
					     "victim" };

	/* The last kilobyte of the file becomes the interpreter's name. */
	saved = *ph;
	for (int i = 0; i < 4; i++) {
		size_t len = strlen(names[i]) + 1;
		unsigned char *tail = image + image_size - 1024;
		unsigned char kept[64];

		memcpy(kept, tail, sizeof(kept));
		memcpy(tail, names[i], len);
		*ph = (Elf64_Phdr){ .p_type = PT_INTERP,
				    .p_flags = PF_R,
				    .p_offset = image_size - 1024,
				    .p_filesz = len,
				    .p_memsz = len };
		write_victim(image, image_size);
		if (i != 3)
			T(1, "interpreter \"%s\": %s", names[i],
			  outcome(run_victim()));
		ph->p_filesz = 1UL << 40;
		write_victim(image, image_size);
		T(1, "interpreter's name of 2^40 bytes: %s",
		  outcome(run_victim()));
		memcpy(tail, kept, sizeof(kept));
		*ph = saved;
	}
}

static void truncated(void)
{
	static const size_t sizes[] = { 1, 2, 4, 16, 63, 64, 65, 100, 120 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		write_victim(image, sizes[i]);
		T(1, "only the first %zu bytes: %s", sizes[i],
		  outcome(run_victim()));
	}
}

static uint64_t seed = 88172645463325252ULL;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void at_random(void)
{
	static const uint64_t odd[] = { 0, 1, 0xff, 0x7f, 0x80, 0xfff, 0x1000 };
	unsigned char kept[512];

	memcpy(kept, image, sizeof(kept));
	for (int round = 0; round < 150; round++) {
		for (int n = 1 + (int)(rnd() % 4); n; n--) {
			size_t at = 4 + rnd() % 400;

			image[at] = rnd() % 2 ? (unsigned char)rnd()
					      : (unsigned char)odd[rnd() % 7];
		}
		write_victim(image, image_size);
		run_victim();
		memcpy(image, kept, sizeof(kept));
	}
	write_victim(image, image_size);
	T(run_victim() == 0, "after 150 random ones the whole one runs");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "ok"))
		return 0;
	/* A damaged program may end up here without its argument. */
	if (argc != 1 || strcmp(argv[0], "victim") == 0)
		return 42;
	read_self();
	write_victim(image, image_size);
	T(run_victim() == 0, "the whole one runs");
	file_header();
	segments();
	interpreter();
	truncated();
	at_random();
	return done();
}
