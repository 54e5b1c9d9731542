/* SPDX-License-Identifier: MIT */
/*
 * ELF programs: statically linked, position-independent or not, and those
 * that name an interpreter (PT_INTERP: the dynamic linker).
 *
 *	file			address space
 *	+--------+ p_offset	+--------+ bias + p_vaddr
 *	| text   |		| text   |  file mapping
 *	+--------+		+--------+
 *	| data   |		| data   |  private file mapping
 *	+--------+ p_filesz	|::::::::|  rest of its last page: zeroes
 *				| bss    |  anonymous
 *				+--------+ p_memsz
 *
 * First the headers are checked, all of them, against each other and against
 * the file's size; a file that fails gives ENOEXEC. Then the segments are
 * mapped into an address space of its own, so that a failure there costs the
 * caller nothing either.
 *
 * Where: ET_EXEC at its own addresses. ET_DYN with an interpreter at
 * ELF_ET_DYN_BASE plus a random offset; without one (static PIE, and the
 * interpreter itself) where mmap(2) would put it, and then the heap is moved
 * to ELF_ET_DYN_BASE, since there is little room behind the program.
 *
 * Differs from Linux: segments beyond the end of the file, out of order or
 * overlapping are refused.
 * Source: elf(5), System V ABI.
 */
#include <asm/elf.h>
#include <asm/vdso.h>
#include <ikos/binfmt.h>
#include <ikos/boot.h>
#include <ikos/err.h>
#include <ikos/fs.h>
#include <ikos/mm.h>
#include <ikos/random.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <uapi/elf.h>
#include <uapi/prctl.h>

#define MAX_PHDR_BYTES 65536 /* of all program headers together */
#define STACK_GAP_MIN  MiB(128)
#define STACK_GAP_MAX  (TASK_SIZE / 6 * 5)

int randomize_va_space = 2;
int sysctl_legacy_va_layout;

/* A file being loaded: the program or its interpreter. */
struct elf_image {
	struct file *file;
	struct elf64_ehdr ehdr;
	struct elf64_phdr *phdrs;
	unsigned long low, high; /* range of all segments, bytes, no bias */
	unsigned long max_align;
	unsigned long bias; /* added to every address */
};

/* Exactly @len bytes: 0, or -ENOEXEC for a file that is shorter. */
static int read_exactly(struct file *file, void *buf, size_t len, u64 offset)
{
	loff_t pos = (loff_t)offset;
	ssize_t n;

	if (offset > LONG_MAX - len)
		return -ENOEXEC;
	n = kernel_read(file, buf, len, &pos);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ENOEXEC;
}

static int check_ehdr(const struct elf64_ehdr *h)
{
	/* Like Linux, e_machine alone tells the class and the byte order. */
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) || h->e_machine != ELF_MACHINE)
		return -ENOEXEC;
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return -ENOEXEC;
	if (h->e_phentsize != sizeof(struct elf64_phdr) || !h->e_phnum ||
	    h->e_phnum > MAX_PHDR_BYTES / sizeof(struct elf64_phdr))
		return -ENOEXEC;
	return 0;
}

/* One PT_LOAD by itself, sizes and offsets. */
static int check_segment(const struct elf_image *img,
			 const struct elf64_phdr *ph)
{
	u64 size = (u64)img->file->f_inode->i_data.size;

	if (ph->p_filesz > ph->p_memsz)
		return -ENOEXEC;
	if (ph->p_vaddr >= TASK_SIZE || ph->p_memsz > TASK_SIZE - ph->p_vaddr)
		return -ENOEXEC;
	if (!ph->p_filesz)
		return 0;
	if (ph->p_offset > size || ph->p_filesz > size - ph->p_offset)
		return -ENOEXEC;
	if (offset_in_page(ph->p_offset) != offset_in_page(ph->p_vaddr))
		return -ENOEXEC;
	return 0;
}

/* All PT_LOADs: at least one, in order. */
static int check_segments(struct elf_image *img)
{
	img->low = TASK_SIZE;
	img->max_align = PAGE_SIZE;
	for (unsigned int i = 0; i < img->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &img->phdrs[i];

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		if (check_segment(img, ph) || ph->p_vaddr < img->high)
			return -ENOEXEC;
		img->low = min(img->low, PAGE_ALIGN_DOWN(ph->p_vaddr));
		img->high = ph->p_vaddr + ph->p_memsz;
		if (is_power_of_2(ph->p_align))
			img->max_align = max(img->max_align, ph->p_align);
	}
	return img->high ? 0 : -ENOEXEC;
}

/*
 * Read and check the headers of @file. 0, or -errno; then nothing is held.
 * img->phdrs is the caller's to free.
 */
static int read_headers(struct elf_image *img, struct file *file)
{
	size_t bytes;
	int err;

	memset(img, 0, sizeof(*img));
	img->file = file;
	err = read_exactly(file, &img->ehdr, sizeof(img->ehdr), 0);
	if (!err)
		err = check_ehdr(&img->ehdr);
	if (err)
		return err;
	bytes = img->ehdr.e_phnum * sizeof(struct elf64_phdr);
	img->phdrs = kmalloc(bytes, GFP_KERNEL);
	if (!img->phdrs)
		return -ENOMEM;
	err = read_exactly(file, img->phdrs, bytes, img->ehdr.e_phoff);
	if (!err)
		err = check_segments(img);
	if (err) {
		kfree(img->phdrs);
		img->phdrs = NULL;
	}
	return err;
}

static const struct elf64_phdr *find_phdr(const struct elf_image *img, u32 type)
{
	for (unsigned int i = 0; i < img->ehdr.e_phnum; i++)
		if (img->phdrs[i].p_type == type)
			return &img->phdrs[i];
	return NULL;
}

/* Open the file that PT_INTERP names; NULL: none is named. */
static struct file *open_interpreter(const struct elf_image *img)
{
	const struct elf64_phdr *ph = find_phdr(img, PT_INTERP);
	struct file *file;
	char *path;
	int err;

	if (!ph)
		return NULL;
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX)
		return ERR_PTR(-ENOEXEC);
	path = kmalloc(ph->p_filesz, GFP_KERNEL);
	if (!path)
		return ERR_PTR(-ENOMEM);
	err = read_exactly(img->file, path, ph->p_filesz, ph->p_offset);
	if (!err && path[ph->p_filesz - 1])
		err = -ENOEXEC;
	file = err ? ERR_PTR(err) : open_exec(path);
	kfree(path);
	return file;
}

static unsigned long random_pages(const struct linux_binprm *bprm,
				  unsigned long pages)
{
	return bprm->randomize ? get_random_u64() % pages << PAGE_SHIFT : 0;
}

/* Where the stack ends and mmap(2) begins. An unlimited stack gets the most
 * room there is, but does not turn the layout upside down. */
static void lay_out(struct linux_binprm *bprm)
{
	struct mm_struct *mm = bprm->mm;
	unsigned long limit = mm->rlim[RLIMIT_STACK].rlim_cur;
	unsigned long gap = limit, pad = GUARD_GAP;
	bool bottom_up = sysctl_legacy_va_layout ||
			 (bprm->personality & ADDR_COMPAT_LAYOUT);

	if (bprm->randomize)
		pad += STACK_RND_PAGES << PAGE_SHIFT;
	if (gap + pad > gap)
		gap += pad;
	gap = clamp(gap, STACK_GAP_MIN, STACK_GAP_MAX);
	bprm->stack_top = STACK_TOP - random_pages(bprm, STACK_RND_PAGES);
	mm_layout(mm, gap, random_pages(bprm, MMAP_RND_PAGES), bottom_up);
}

/* What of the caller's personality(2) the program keeps, and what follows. */
static void choose_personality(struct linux_binprm *bprm)
{
	int level = READ_ONCE(randomize_va_space);

	/* 64-bit programs say themselves what is executable. */
	bprm->personality = current->personality & ~READ_IMPLIES_EXEC;
	if (bprm->setid)
		bprm->personality &= ~PER_CLEAR_ON_SETID;
	if (bprm->personality & ADDR_NO_RANDOMIZE)
		level = 0;
	bprm->randomize = level != 0;
	bprm->randomize_brk = level > 1;
}

static int new_address_space(struct linux_binprm *bprm)
{
	struct mm_struct *mm = mm_alloc();

	if (!mm)
		return -ENOMEM;
	bprm->mm = mm;
	memcpy(mm->rlim, current->signal->rlim, sizeof(mm->rlim));
	mm->may_lock = cred_has_cap(&bprm->cred, CAP_IPC_LOCK);
	choose_personality(bprm);
	lay_out(bprm);
	return 0;
}

/* vm_mmap() with what exec makes of its errors. */
static int map(struct linux_binprm *bprm, const struct mmap_request *req)
{
	unsigned long addr = vm_mmap(bprm->mm, req);

	if (!IS_ERR_VALUE(addr))
		return 0;
	return (long)addr == -ENOMEM ? -ENOMEM : -ENOEXEC;
}

static unsigned long segment_prot(const struct elf64_phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) |
	       (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	       (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

static int map_file_part(struct linux_binprm *bprm, const struct elf_image *img,
			 const struct elf64_phdr *ph)
{
	unsigned long start = img->bias + ph->p_vaddr;
	unsigned long in_page = offset_in_page(start);

	return map(
		bprm,
		&(struct mmap_request){
			.addr = start - in_page,
			.len = PAGE_ALIGN(ph->p_filesz + in_page),
			.prot = segment_prot(ph),
			.flags = MAP_PRIVATE | MAP_FIXED,
			.file = img->file,
			.pgoff = (ph->p_offset - in_page) >> PAGE_SHIFT,
			.may_low = cred_has_cap(&bprm->cred, CAP_SYS_RAWIO) });
}

/* Zeroes behind the part that comes from the file. */
static int map_bss(struct linux_binprm *bprm, const struct elf_image *img,
		   const struct elf64_phdr *ph)
{
	unsigned long start = img->bias + ph->p_vaddr + ph->p_filesz;
	unsigned long end = PAGE_ALIGN(img->bias + ph->p_vaddr + ph->p_memsz);
	unsigned long page = PAGE_ALIGN(start);
	int err = 0;

	if (!ph->p_filesz)
		page = PAGE_ALIGN_DOWN(start);
	else if (page > start && (ph->p_flags & PF_W))
		err = exec_write(bprm->mm, start, page_address(zero_page),
				 page - start);
	if (err || page >= end)
		return err;
	return map(
		bprm,
		&(struct mmap_request){
			.addr = page,
			.len = end - page,
			.prot = PROT_READ | PROT_WRITE |
				(segment_prot(ph) & PROT_EXEC),
			.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			.may_low = cred_has_cap(&bprm->cred, CAP_SYS_RAWIO) });
}

static int map_segments(struct linux_binprm *bprm, const struct elf_image *img)
{
	for (unsigned int i = 0; i < img->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &img->phdrs[i];
		int err = 0;

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		if (ph->p_filesz)
			err = map_file_part(bprm, img, ph);
		if (!err && ph->p_memsz > ph->p_filesz)
			err = map_bss(bprm, img, ph);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Find room for all segments where mmap(2) would, aligned as they want it: map
 * that much with no access; the segments replace it.
 */
static int choose_free_range(struct linux_binprm *bprm, struct elf_image *img)
{
	unsigned long len = PAGE_ALIGN(img->high) - img->low;
	unsigned long slack = img->max_align - PAGE_SIZE;
	unsigned long addr, start;

	if (len > TASK_SIZE - slack)
		return -ENOEXEC;
	addr = vm_mmap(bprm->mm, &(struct mmap_request){
					 .len = len + slack,
					 .prot = PROT_NONE,
					 .flags = MAP_PRIVATE | MAP_ANONYMOUS |
						  MAP_NORESERVE });
	if (IS_ERR_VALUE(addr))
		return -ENOMEM;
	start = ALIGN(addr, img->max_align);
	img->bias = start - img->low;
	/* Holes between the segments stay free, as on Linux. */
	return vm_munmap(bprm->mm, addr, len + slack);
}

/* Set img->bias. @has_interp: a program, with an interpreter to be loaded. */
static int choose_bias(struct linux_binprm *bprm, struct elf_image *img,
		       bool has_interp)
{
	unsigned long base;

	if (img->max_align > TASK_SIZE / 4)
		return -ENOEXEC;
	if (img->ehdr.e_type == ET_EXEC)
		return 0;
	if (!has_interp)
		return choose_free_range(bprm, img);
	base = ELF_ET_DYN_BASE + random_pages(bprm, MMAP_RND_PAGES);
	base = ALIGN_DOWN(base, img->max_align);
	if (img->high - img->low > TASK_SIZE - base)
		return -ENOEXEC;
	img->bias = base - img->low;
	return 0;
}

/* The marks of /proc/PID/stat, and where brk(2) starts. */
static void set_marks(struct linux_binprm *bprm, const struct elf_image *img,
		      bool has_interp)
{
	struct mm_struct *mm = bprm->mm;
	unsigned long brk = PAGE_ALIGN(img->bias + img->high);

	mm->start_code = TASK_SIZE;
	for (unsigned int i = 0; i < img->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &img->phdrs[i];
		unsigned long start = img->bias + ph->p_vaddr;
		unsigned long end = start + ph->p_filesz;

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		if (ph->p_flags & PF_X) {
			mm->start_code = min(mm->start_code, start);
			mm->end_code = max(mm->end_code, end);
		}
		mm->start_data = max(mm->start_data, start);
		mm->end_data = max(mm->end_data, end);
	}
	if (img->ehdr.e_type == ET_DYN && !has_interp)
		brk = PAGE_ALIGN(ELF_ET_DYN_BASE);
	if (bprm->randomize_brk)
		brk += random_pages(bprm, BRK_RND_BYTES >> PAGE_SHIFT);
	mm->start_brk = mm->brk = brk;
}

/* Where the program finds its own headers: in the segment that holds them. */
static unsigned long phdr_address(const struct elf_image *img)
{
	u64 offset = img->ehdr.e_phoff;

	for (unsigned int i = 0; i < img->ehdr.e_phnum; i++) {
		const struct elf64_phdr *ph = &img->phdrs[i];

		if (ph->p_type == PT_LOAD && offset >= ph->p_offset &&
		    offset - ph->p_offset < ph->p_filesz)
			return img->bias + ph->p_vaddr + offset - ph->p_offset;
	}
	return 0;
}

/* An entry point outside user space: a page fault there, as good as any. */
static unsigned long entry_address(const struct elf_image *img)
{
	return min(img->bias + img->ehdr.e_entry, TASK_SIZE);
}

/* Load the interpreter; the program starts there. */
static int load_interpreter(struct linux_binprm *bprm, struct file *file,
			    struct exec_auxv *aux)
{
	struct elf_image img;
	int err = read_headers(&img, file);

	if (err)
		return err == -ENOEXEC ? -ELIBBAD : err;
	err = choose_bias(bprm, &img, false);
	if (!err)
		err = map_segments(bprm, &img);
	kfree(img.phdrs);
	aux->base = img.bias + (img.ehdr.e_type == ET_DYN ? img.low : 0);
	bprm->entry = entry_address(&img);
	return err;
}

/* MMAP_PAGE_ZERO: old programs read through NULL. Who may not, does not. */
static void map_page_zero(struct linux_binprm *bprm)
{
	if (!(bprm->personality & MMAP_PAGE_ZERO))
		return;
	vm_mmap(bprm->mm,
		&(struct mmap_request){
			.len = PAGE_SIZE,
			.prot = PROT_READ | PROT_EXEC,
			.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			.may_low = cred_has_cap(&bprm->cred, CAP_SYS_RAWIO) });
}

static int map_vdso(struct linux_binprm *bprm, struct exec_auxv *aux)
{
	unsigned long addr;

	addr = arch_setup_additional_pages(bprm->mm, bprm->string_start);
	if (IS_ERR_VALUE(addr))
		return (int)(long)addr;
	aux->sysinfo_ehdr = addr;
	return 0;
}

static int load_image(struct linux_binprm *bprm, struct elf_image *img,
		      struct file *interp)
{
	const struct elf64_phdr *stack = find_phdr(img, PT_GNU_STACK);
	struct exec_auxv aux = { .phnum = img->ehdr.e_phnum };
	int err;

	err = new_address_space(bprm);
	if (!err)
		err = choose_bias(bprm, img, interp != NULL);
	if (!err)
		err = map_segments(bprm, img);
	if (err)
		return err;
	set_marks(bprm, img, interp != NULL);
	map_page_zero(bprm);
	mm_set_exe_file(bprm->mm, img->file);
	aux.phdr = phdr_address(img);
	aux.entry = img->bias + img->ehdr.e_entry;
	bprm->entry = entry_address(img);
	if (interp)
		err = load_interpreter(bprm, interp, &aux);
	if (!err)
		err = exec_setup_stack(
			bprm, stack && (stack->p_flags & PF_X) ? VM_EXEC : 0);
	if (!err)
		err = map_vdso(bprm, &aux);
	if (!err)
		err = exec_create_tables(bprm, &aux);
	return err;
}

/**
 * load_elf_binary - make an address space of an ELF program
 *
 * Fills bprm->mm, sp and entry; on failure bprm->mm may be there and half
 * made, for the caller to drop.
 * Context: may sleep.
 * Return: 0; -ENOEXEC: no ELF file for this machine, or malformed; -ENOMEM;
 * -ELIBBAD: a malformed interpreter; what opening the interpreter gives.
 */
int load_elf_binary(struct linux_binprm *bprm)
{
	struct file *interp;
	struct elf_image img;
	int err;

	if (memcmp(bprm->buf, ELFMAG, SELFMAG))
		return -ENOEXEC;
	err = read_headers(&img, bprm->file);
	if (err)
		return err;
	interp = open_interpreter(&img);
	if (IS_ERR(interp)) {
		err = (int)PTR_ERR(interp);
	} else {
		err = load_image(bprm, &img, interp);
		if (interp)
			fput(interp);
	}
	kfree(img.phdrs);
	return err;
}
