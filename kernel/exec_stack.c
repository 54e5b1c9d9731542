/* SPDX-License-Identifier: MIT */
/*
 * What a new program finds on its stack (System V ABI, AMD64, 3.4.1):
 *
 *	stack_top	8 bytes of 0
 *			file name (AT_EXECFN)
 *			environment strings	env_start .. env_end
 *	string_start	argument strings	arg_start .. arg_end
 *			random gap, platform, 16 random bytes
 *			auxiliary vector, AT_NULL last
 *			NULL, envp[] from the last to the first
 *			NULL, argv[]
 *	sp (16-aligned)	argc
 *
 * All of it is written into an address space that nobody runs in yet.
 */
#include <asm/elf.h>
#include <ikos/binfmt.h>
#include <ikos/err.h>
#include <ikos/mm.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <uapi/auxvec.h>

#define RANDOM_BYTES 16
#define STACK_EXPAND KiB(128) /* Linux makes the stack so much larger at once */

/**
 * exec_write - write into the new address space
 * @addr: user address
 * @data: kernel memory, @len bytes
 *
 * Context: may sleep. Return: 0, -ENOMEM.
 */
int exec_write(struct mm_struct *mm, unsigned long addr, const void *data,
	       size_t len)
{
	size_t done = access_remote_vm(mm, addr, (void *)data, len,
				       FAULT_FLAG_WRITE | FAULT_FLAG_REMOTE);

	return done == len ? 0 : -ENOMEM;
}

/* Words that are written one after the other, a page at a time. */
struct word_writer {
	struct mm_struct *mm;
	unsigned long addr; /* of the next flush */
	unsigned long *buf; /* a page */
	unsigned int n;
	int err;
};

static void flush_words(struct word_writer *w)
{
	if (!w->err && w->n)
		w->err =
			exec_write(w->mm, w->addr, w->buf, w->n * sizeof(long));
	w->addr += w->n * sizeof(long);
	w->n = 0;
}

static void put_word(struct word_writer *w, unsigned long word)
{
	w->buf[w->n++] = word;
	if (w->n == PAGE_SIZE / sizeof(long))
		flush_words(w);
}

static int write_strings(struct mm_struct *mm, unsigned long addr,
			 const struct exec_strings *s)
{
	size_t skip = s->skip;
	int err = 0;

	for (struct exec_chunk *c = s->first; c && !err; c = c->next) {
		err = exec_write(mm, addr, c->data + skip, c->used - skip);
		addr += c->used - skip;
		skip = 0;
	}
	return err;
}

static size_t prefix_bytes(const struct linux_binprm *bprm)
{
	size_t bytes = 0;

	for (unsigned int i = 0; i < bprm->nr_prefix; i++)
		bytes += strlen(bprm->prefix[i]) + 1;
	return bytes;
}

static int write_prefix(struct linux_binprm *bprm, unsigned long addr)
{
	for (unsigned int i = bprm->nr_prefix; i-- > 0;) {
		const char *s = bprm->prefix[i];
		int err = exec_write(bprm->mm, addr, s, strlen(s) + 1);

		if (err)
			return err;
		addr += strlen(s) + 1;
	}
	return 0;
}

/* Lay the strings out below stack_top and write them. */
static int write_all_strings(struct linux_binprm *bprm)
{
	struct mm_struct *mm = bprm->mm;
	size_t name_len = strlen(bprm->filename) + 1;
	size_t prefix = prefix_bytes(bprm);
	int err;

	bprm->execfn = bprm->stack_top - sizeof(long) - name_len;
	mm->env_end = bprm->execfn;
	mm->env_start = mm->env_end - bprm->envp.bytes;
	mm->arg_end = mm->env_start;
	mm->arg_start = mm->arg_end - bprm->argv.bytes - prefix;
	bprm->string_start = mm->arg_start;

	err = exec_write(mm, bprm->execfn, bprm->filename, name_len);
	if (!err)
		err = write_strings(mm, mm->env_start, &bprm->envp);
	if (!err)
		err = write_strings(mm, mm->arg_start + prefix, &bprm->argv);
	if (!err)
		err = write_prefix(bprm, mm->arg_start);
	return err;
}

/* Let the stack VMA reach below the strings, as far as its limit goes. */
static void expand_stack_early(struct linux_binprm *bprm)
{
	unsigned long limit = bprm->mm->rlim[RLIMIT_STACK].rlim_cur;
	unsigned long used =
		bprm->stack_top - PAGE_ALIGN_DOWN(bprm->string_start);
	unsigned long size = used + STACK_EXPAND;

	if (size > limit)
		size = limit & PAGE_MASK;
	if (size > used)
		vm_expand_stack(bprm->mm, bprm->stack_top - size);
}

/**
 * exec_setup_stack - make the stack and copy the strings there
 * @extra: VM_EXEC for an executable stack
 *
 * Context: bprm->mm is there, its other mappings too.
 * Return: 0, -ENOMEM, -ENOEXEC (something else is mapped there).
 */
int exec_setup_stack(struct linux_binprm *bprm, vm_flags_t extra)
{
	int err = vm_setup_stack(bprm->mm, bprm->stack_top, extra);

	if (err)
		return err == -ENOMEM ? err : -ENOEXEC;
	err = write_all_strings(bprm);
	if (!err)
		expand_stack_early(bprm);
	return err;
}

/* The user addresses of the strings in @s, which lie at @addr. */
static unsigned long put_string_pointers(struct word_writer *w,
					 unsigned long addr,
					 const struct exec_strings *s)
{
	bool at_start = true;
	size_t skip = s->skip;

	for (struct exec_chunk *c = s->first; c; c = c->next) {
		for (const char *p = c->data + skip; p < c->data + c->used;) {
			size_t left = (size_t)(c->data + c->used - p);
			const char *end = memchr(p, '\0', left);
			size_t n = end ? (size_t)(end - p) + 1 : left;

			if (at_start)
				put_word(w, addr);
			at_start = end != NULL;
			addr += n;
			p += n;
		}
		skip = 0;
	}
	return addr;
}

static unsigned long put_prefix_pointers(struct word_writer *w,
					 const struct linux_binprm *bprm)
{
	unsigned long addr = bprm->string_start;

	for (unsigned int i = bprm->nr_prefix; i-- > 0;) {
		put_word(w, addr);
		addr += strlen(bprm->prefix[i]) + 1;
	}
	return addr;
}

/* Fill mm->saved_auxv; its length in words, AT_NULL included. */
static size_t fill_auxv(const struct linux_binprm *bprm,
			const struct exec_auxv *aux, unsigned long platform,
			unsigned long random)
{
	const unsigned long entries[][2] = {
		{ AT_SYSINFO_EHDR, aux->sysinfo_ehdr },
		{ AT_HWCAP, elf_hwcap() },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, USER_HZ },
		{ AT_PHDR, aux->phdr },
		{ AT_PHENT, 56 },
		{ AT_PHNUM, aux->phnum },
		{ AT_BASE, aux->base },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, aux->entry },
		{ AT_UID, bprm->cred.uid },
		{ AT_EUID, bprm->cred.euid },
		{ AT_GID, bprm->cred.gid },
		{ AT_EGID, bprm->cred.egid },
		{ AT_SECURE, bprm->secure },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, elf_hwcap2() },
		{ AT_EXECFN, bprm->execfn },
		{ AT_PLATFORM, platform },
		{ AT_NULL, 0 },
	};

	size_t skip = aux->sysinfo_ehdr ? 0 : 1; /* without a vdso */
	size_t bytes = sizeof(entries) - skip * sizeof(entries[0]);

	_Static_assert(sizeof(entries) <= sizeof(bprm->mm->saved_auxv),
		       "the auxiliary vector fits in mm_struct");
	memcpy(bprm->mm->saved_auxv, entries + skip, bytes);
	return bytes / sizeof(long);
}

/* All pointers, from argc up; the strings are in place. */
static int write_tables(struct linux_binprm *bprm, size_t auxv_words)
{
	struct word_writer w = { .mm = bprm->mm, .addr = bprm->sp };
	unsigned long env_start;

	w.buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!w.buf)
		return -ENOMEM;
	put_word(&w, exec_argc(bprm));
	env_start = put_string_pointers(&w, put_prefix_pointers(&w, bprm),
					&bprm->argv);
	put_word(&w, 0);
	put_string_pointers(&w, env_start, &bprm->envp);
	put_word(&w, 0);
	for (size_t i = 0; i < auxv_words; i++)
		put_word(&w, bprm->mm->saved_auxv[i]);
	flush_words(&w);
	kfree(w.buf);
	return w.err;
}

/**
 * exec_create_tables - argc, argv[], envp[] and the auxiliary vector
 * @aux: what the format knows
 *
 * Sets bprm->sp. Context: after exec_setup_stack(). Return: 0, -ENOMEM.
 */
int exec_create_tables(struct linux_binprm *bprm, const struct exec_auxv *aux)
{
	unsigned long p = bprm->string_start, platform, random;
	struct {
		u8 random[RANDOM_BYTES];
		char platform[sizeof(ELF_PLATFORM)];
	} block = { .platform = ELF_PLATFORM };
	size_t auxv_words, words;
	int err;

	if (bprm->randomize)
		p -= get_random_u64() % 8192;
	random = ALIGN_DOWN(p - sizeof(block), 16UL);
	platform = random + RANDOM_BYTES;
	get_random_bytes(block.random, sizeof(block.random));
	err = exec_write(bprm->mm, random, &block, sizeof(block));
	if (err)
		return err;

	auxv_words = fill_auxv(bprm, aux, platform, random);
	words = 1 + exec_argc(bprm) + 1 + bprm->envp.count + 1 + auxv_words;
	bprm->sp = ALIGN_DOWN(random - words * sizeof(long), 16UL);
	bprm->mm->start_stack = bprm->sp;
	return write_tables(bprm, auxv_words);
}
