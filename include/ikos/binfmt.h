/* SPDX-License-Identifier: MIT */
#ifndef IKOS_BINFMT_H
#define IKOS_BINFMT_H

#include <ikos/sched.h>
#include <ikos/types.h>

/*
 * execve(2) under way. Everything that the new program will have is made
 * here, beside the running one: strings, credentials, an address space with
 * the file mapped and the stack filled. Only when all of it is complete does
 * exec.c put it in the place of the old; until then any error goes back to the
 * caller, who has lost nothing.
 */
#define BINPRM_BUF_SIZE	  256
#define MAX_ARG_STRLEN	  131072 /* bytes of one string, with its end */
#define MAX_INTERPRETERS  5 /* nested #! */
#define BINPRM_MAX_PREFIX (3 * (MAX_INTERPRETERS + 1))

/* A page of string bytes. */
struct exec_chunk {
	struct exec_chunk *next;
	size_t used;
	char data[PAGE_SIZE - 2 * sizeof(long)];
};

/* Strings one after the other, each with its end. */
struct exec_strings {
	struct exec_chunk *first, *last;
	size_t skip; /* bytes of the first chunk that do not count */
	size_t bytes;
	unsigned long count;
};

struct linux_binprm {
	const char *filename; /* as execve() was given it: AT_EXECFN, comm */
	char interp[BINPRM_BUF_SIZE]; /* name of the interpreter of a script */
	struct file *file; /* what is being loaded */
	char buf[BINPRM_BUF_SIZE]; /* its beginning, padded with zeroes */

	struct exec_strings argv, envp;
	/* What "#!" puts before argv; the last one comes first. */
	char *prefix[BINPRM_MAX_PREFIX];
	unsigned int nr_prefix;
	size_t room; /* bytes of strings and pointers that may still come */

	struct cred cred;
	bool secure; /* gains privileges: AT_SECURE */
	bool setid; /* a file with S_ISUID or S_ISGID */
	bool randomize; /* stack, mmap and PIE */
	bool randomize_brk;
	unsigned int personality; /* the program will have */

	struct mm_struct *mm;
	unsigned long stack_top; /* bytes, page aligned */
	unsigned long string_start; /* user address of the first string */
	unsigned long execfn;
	unsigned long sp, entry; /* where the program starts */
};

/* What create_tables() puts into the auxiliary vector. */
struct exec_auxv {
	unsigned long phdr, phnum, base, entry;
	unsigned long sysinfo_ehdr; /* the vdso; 0: none */
};

/* kernel/exec_args.c */
struct exec_source {
	const void *pointers; /* array of pointers, ended by NULL */
	bool user; /* the array and the strings are in user space */
};
int exec_copy_strings(struct linux_binprm *bprm, struct exec_strings *to,
		      const struct exec_source *from);
int exec_push_prefix(struct linux_binprm *bprm, const char *s, size_t len);
void exec_drop_first_arg(struct linux_binprm *bprm);
void exec_free_strings(struct linux_binprm *bprm);
unsigned long exec_argc(const struct linux_binprm *bprm);

/* kernel/exec_stack.c */
int exec_setup_stack(struct linux_binprm *bprm, vm_flags_t extra);
int exec_create_tables(struct linux_binprm *bprm, const struct exec_auxv *aux);
int exec_write(struct mm_struct *mm, unsigned long addr, const void *data,
	       size_t len);

/* kernel.randomize_va_space: 0 nothing, 1 all but the heap, 2 all; and
 * vm.legacy_va_layout: mappings from the bottom up for everybody. */
extern int randomize_va_space, sysctl_legacy_va_layout;

/* The formats. 0, or -errno; -ENOEXEC: not mine, or malformed. */
int load_elf_binary(struct linux_binprm *bprm);
/* Replaces bprm->file by the interpreter's. */
int load_script(struct linux_binprm *bprm);

#endif
