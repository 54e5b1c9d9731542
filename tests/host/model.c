/* SPDX-License-Identifier: MIT */
/* The model of model.h: its pages, and how they are compared with mm/. */
#include "model.h"

struct space space[SPACES];
struct object object[OBJECTS];
struct file *file;
u8 file_byte[FILE_PAGES];
enum seen file_seen[FILE_PAGES];
bool failing;

unsigned int rnd(unsigned int n)
{
	return (unsigned int)sim_random_below(n);
}

unsigned long random_prot(void)
{
	static const unsigned long prots[] = {
		PROT_NONE, PROT_READ, RW, RW, RW, PROT_READ | PROT_EXEC
	};

	return prots[rnd(ARRAY_SIZE(prots))];
}

/* Has an allocation failed in this step? */
bool hit(void)
{
	return failing && fail_nth_hit();
}

/* The call failed for want of memory, as it may. */
bool failed(long ret)
{
	return hit() && (ret == -ENOMEM || ret == -EAGAIN);
}

/* --- pages ---------------------------------------------------------------- */

void drop(struct mpage *p)
{
	if (p->kind == SHARED && p->object >= 0)
		object[p->object].refs--;
	*p = (struct mpage){ HOLE };
}

/* Its private contents go, as MADV_DONTNEED has it. */
void forget(struct mpage *p)
{
	p->copied = p->given_up = false;
	p->byte = 0;
	p->seen = NEVER;
}

/* The byte and the knowledge of residence of a page that is not beyond_end. */
static u8 *cell(struct mpage *p, enum seen **seen)
{
	if (p->kind == ANONYMOUS || p->copied) {
		*seen = &p->seen;
		return &p->byte;
	}
	if (p->kind == SHARED && p->object >= 0) {
		*seen = &object[p->object].seen[p->index];
		return &object[p->object].byte[p->index];
	}
	*seen = &file_seen[p->index];
	return &file_byte[p->index];
}

u8 content(const struct mpage *p)
{
	enum seen *seen;

	return *cell((struct mpage *)p, &seen);
}

bool beyond_end(const struct mpage *p)
{
	if (p->kind == ANONYMOUS || p->copied)
		return false;
	if (p->kind == SHARED && p->object >= 0)
		return p->index >= object[p->object].pages;
	return p->index >= (int)PFN_UP((unsigned long)file->f_mapping->size);
}

void read_page(struct mpage *p)
{
	enum seen *seen;

	cell(p, &seen);
	if (*seen == NEVER)
		*seen = MAYBE;
}

void write_page(struct mpage *p, u8 byte)
{
	enum seen *seen;

	if (p->kind == PRIVATE && !p->copied) {
		read_page(p);
		p->copied = true;
	}
	*cell(p, &seen) = byte;
	*seen = CERTAIN;
	p->given_up = false;
}

/* --- what the page tables say --------------------------------------------- */

static pte_t entry(struct space *s, int i)
{
	return (pte_t){ sim_pte(s->mm, AT(i)) };
}

static bool has_copy(struct space *s, int i)
{
	pte_t pte = entry(s, i);

	return !pte_none(pte) && !is_zero_pfn(pte_pfn(pte)) &&
	       page_test(pfn_to_page(pte_pfn(pte)), PG_anon);
}

bool resident(struct space *s, int i)
{
	return !pte_none(entry(s, i));
}

/* One past the last page of the area of page @i, which is mapped. */
int area_end(struct space *s, int i)
{
	return (int)((find_vma(s->mm, AT(i))->vm_end - BASE) >> PAGE_SHIFT);
}

/* --- faulting in advance -------------------------------------------------- */

static int populate_page(struct mpage *p, bool write)
{
	if (beyond_end(p))
		return -EFAULT;
	if (hit()) /* perhaps: adopt_copies() will see */
		read_page(p);
	else if (write)
		write_page(p, content(p));
	else
		read_page(p);
	return 0;
}

/* A part of one area, until it fails. */
int populate_area(struct space *s, int first, int end)
{
	struct mpage *p = &s->page[first];
	bool write = p->kind != SHARED && (p->prot & PROT_WRITE);
	int ret = 0;

	if (p->lock & VM_LOCKONFAULT)
		return 0;
	if (!p->prot)
		return -EFAULT;
	for (int i = first; i < end && !ret; i++)
		ret = populate_page(&s->page[i], write);
	return ret;
}

/* The areas of a range; @stop: at the first error. */
int populate(struct space *s, int first, int n, bool stop)
{
	int end, ret;

	for (int i = first; i < first + n; i = end) {
		end = i + 1;
		if (s->page[i].kind == HOLE)
			continue;
		end = min(area_end(s, i), first + n);
		ret = populate_area(s, i, end);
		if (ret && stop)
			return ret;
	}
	return 0;
}

/* --- after a failure that may come half-way ------------------------------- */

static vm_flags_t lock_of(const struct vm_area_struct *vma)
{
	return vma->vm_flags & (VM_LOCKED | VM_LOCKONFAULT);
}

/* Do not guess how far the call has come: look. */
void adopt_flags(struct space *s, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		struct vm_area_struct *vma = find_vma(s->mm, AT(i));
		struct mpage *p = &s->page[i];

		if (p->kind == HOLE)
			continue;
		ASSERT(vma);
		p->prot = vma->vm_flags & VM_ACCESS_FLAGS;
		p->lock = lock_of(vma);
		p->dontfork = vma->vm_flags & VM_DONTCOPY;
		p->wipe = vma->vm_flags & VM_WIPEONFORK;
	}
}

/* Which private pages have been copied in advance? */
void adopt_copies(struct space *s)
{
	for (int i = 0; i < PAGES; i++) {
		struct mpage *p = &s->page[i];

		if (p->kind == PRIVATE && !p->copied && has_copy(s, i))
			write_page(p, content(p));
	}
}

/* --- comparing ------------------------------------------------------------ */

static void check_area(const struct vm_area_struct *vma, const struct mpage *p,
		       int i)
{
	vm_flags_t f = vma->vm_flags;

	ASSERT_EQ(f & VM_ACCESS_FLAGS, p->prot);
	ASSERT_EQ(lock_of(vma), p->lock);
	ASSERT_EQ(!!(f & VM_DONTCOPY), p->dontfork);
	ASSERT_EQ(!!(f & VM_WIPEONFORK), p->wipe);
	ASSERT_EQ(!!(f & VM_MAYSHARE), p->kind == SHARED);
	ASSERT_EQ(vma_is_anonymous(vma), p->kind == ANONYMOUS);
	if (p->kind != ANONYMOUS)
		ASSERT_EQ(linear_page_index(vma, AT(i)), p->index);
}

/* An entry shows the right contents; nothing is faulted in for that. */
static void check_entry(struct space *s, int i)
{
	const struct mpage *p = &s->page[i];
	pte_t pte = entry(s, i);
	const u8 *at;

	if (pte_none(pte))
		return;
	ASSERT(p->kind != HOLE && !beyond_end(p));
	if (p->kind == PRIVATE)
		ASSERT_EQ(has_copy(s, i), p->copied);
	at = page_address(pfn_to_page(pte_pfn(pte)));
	ASSERT_EQ(at[OFFSET], content(p));
}

/* After each step: areas, rights, locks, counts, what is resident. */
void check_maps(struct space *s)
{
	struct vm_area_struct *vma = s->mm->mmap;
	unsigned long mapped = 0, locked = 0;

	for (int i = 0; i < PAGES; i++) {
		const struct mpage *p = &s->page[i];

		while (vma && vma->vm_end <= AT(i))
			vma = vma->vm_next;
		ASSERT_EQ(vma && vma->vm_start <= AT(i), p->kind != HOLE);
		if (p->kind != HOLE)
			check_area(vma, p, i);
		check_entry(s, i);
		mapped += p->kind != HOLE;
		locked += !!(p->lock & VM_LOCKED);
	}
	ASSERT_EQ(s->mm->total_vm, mapped);
	ASSERT_EQ(s->mm->locked_vm, locked);
	ASSERT_EQ(s->mm->brk, AT(s->brk));
	check_mm(s->mm);
}

/* Every page, as the program would see it. */
void check_contents(struct space *s)
{
	for (int i = 0; i < PAGES; i++) {
		struct mpage *p = &s->page[i];
		vm_fault_t want = p->kind == HOLE ? VM_FAULT_MAPERR
				  : !p->prot	  ? VM_FAULT_ACCERR
				  : beyond_end(p) ? VM_FAULT_SIGBUS
						  : 0;
		u8 byte;

		ASSERT_EQ(sim_access(s->mm, AT(i) + OFFSET, SIM_READ, 1, &byte),
			  want);
		if (want)
			continue;
		ASSERT_EQ(byte, content(p));
		read_page(p);
	}
}

/* --- address spaces ------------------------------------------------------- */

struct space *live_space(void)
{
	struct space *s = &space[rnd(SPACES)];

	if (s->mm)
		return s;
	failing = false;
	fail_nth_set(0);
	s->mm = new_mm();
	ASSERT(s->mm);
	s->mm->start_brk = s->mm->brk = AT(HEAP);
	s->brk = HEAP;
	s->future = 0;
	return s;
}

void step_exit(struct space *s)
{
	if (!s->mm)
		return;
	mmput(s->mm);
	s->mm = NULL;
	for (int i = 0; i < PAGES; i++)
		drop(&s->page[i]);
}
