/* SPDX-License-Identifier: MIT */
/*
 * NUMA policies on a machine of one node: set_mempolicy(2), get_mempolicy(2),
 * mbind(2), migrate_pages(2), move_pages(2).
 *
 * All memory is node 0's, so that every policy that can be had is obeyed by
 * doing nothing. What is asked for is checked here and kept by mm/mempolicy.c.
 *
 * Source: the man pages; numa(7).
 */
#include <ikos/err.h>
#include <ikos/mempolicy.h>
#include <ikos/mm.h>
#include <ikos/mm_views.h>
#include <ikos/sched.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <uapi/capability.h>

#define MAX_NODES  1024 /* that a mask may speak of */
#define NODE_WORDS (MAX_NODES / 64)
#define CHUNK	   16UL

struct nodemask {
	unsigned long bits[NODE_WORDS];
};

static bool nodes_empty(const struct nodemask *n)
{
	for (unsigned int i = 0; i < NODE_WORDS; i++)
		if (n->bits[i])
			return false;
	return true;
}

static bool only_node0(const struct nodemask *n)
{
	struct nodemask rest = *n;

	rest.bits[0] &= ~1UL;
	return nodes_empty(&rest);
}

static int get_word(const unsigned long __user *umask, unsigned long word,
		    unsigned long maxnode, unsigned long *bits)
{
	unsigned long left = maxnode - word * 64;

	if (get_user(*bits, umask + word))
		return -EFAULT;
	if (left < 64)
		*bits &= BIT(left) - 1;
	return 0;
}

/* @maxnode counts one more than there are bits. */
static int get_nodes(struct nodemask *n, const unsigned long __user *umask,
		     unsigned long maxnode)
{
	unsigned long words;

	memset(n, 0, sizeof(*n));
	if (!umask || maxnode <= 1)
		return maxnode || !umask ? 0 : -EINVAL;
	maxnode--;
	if (maxnode > PAGE_SIZE * 8)
		return -EINVAL;
	words = DIV_ROUND_UP(maxnode, 64);
	for (unsigned long i = 0; i < words; i++) {
		unsigned long bits;
		int err = get_word(umask, i, maxnode, &bits);

		if (err)
			return err;
		if (i < NODE_WORDS)
			n->bits[i] = bits;
		else if (bits)
			return -EINVAL;
	}
	return 0;
}

static int check_mode(int mode)
{
	unsigned int flags = (unsigned int)mode & MPOL_MODE_FLAGS;
	unsigned int kind = (unsigned int)mode & ~MPOL_MODE_FLAGS;

	if (kind >= MPOL_MAX)
		return -EINVAL;
	if ((flags & MPOL_F_STATIC_NODES) && (flags & MPOL_F_RELATIVE_NODES))
		return -EINVAL;
	if ((flags & MPOL_F_NUMA_BALANCING) && kind != MPOL_BIND)
		return -EINVAL;
	return 0;
}

/* Whether mode and nodes go together, and node 0 is among them where it has to
 * be; then *pol is what will be kept: an empty MPOL_PREFERRED is MPOL_LOCAL, and
 * nodes that do not exist are forgotten where no flag says to remember them. */
static int make_policy(struct mempolicy *pol, int mode,
		       const struct nodemask *nodes)
{
	unsigned int fixed = (unsigned int)mode &
			     (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);
	unsigned int kind = (unsigned int)mode & ~MPOL_MODE_FLAGS;
	bool empty = nodes_empty(nodes);

	*pol = (struct mempolicy){ (u16)mode, nodes->bits[0] };
	if (kind == MPOL_DEFAULT) {
		pol->mode = MPOL_DEFAULT;
		return empty ? 0 : -EINVAL;
	}
	if (kind == MPOL_LOCAL || (kind == MPOL_PREFERRED && empty)) {
		pol->mode = MPOL_LOCAL;
		return empty && !fixed ? 0 : -EINVAL;
	}
	if (empty)
		return -EINVAL;
	if (!((unsigned int)mode & MPOL_MODE_FLAGS))
		pol->nodes &= 1;
	/* Relative ones are folded onto what there is. */
	if (fixed & MPOL_F_RELATIVE_NODES)
		return 0;
	return nodes->bits[0] & 1 ? 0 : -EINVAL;
}

/* The number of the policy that is asked for, with a reference, or -errno. */
static int find_policy(int mode, const struct nodemask *nodes)
{
	struct mempolicy pol;
	int err = make_policy(&pol, mode, nodes);

	return err ? err : mpol_find(&pol);
}

/**
 * mpol_set_task - give the calling thread another policy
 * @id: its number, with a reference; 0: the default
 *
 * Context: process context.
 */
void mpol_set_task(u16 id)
{
	u16 old = current->mempolicy;

	/* Others look while they hold the policies' lock, which a put takes. */
	WRITE_ONCE(current->mempolicy, id);
	mpol_put(old);
}

/**
 * sys_set_mempolicy - set_mempolicy(2)
 *
 * Return: 0; -EINVAL: mode, flags, nodes; -EFAULT, -ENOMEM.
 */
SYSCALL_DEFINE3(set_mempolicy, int, mode, const unsigned long __user *, umask,
		unsigned long, maxnode)
{
	struct nodemask nodes;
	int ret = check_mode(mode);

	if (!ret)
		ret = get_nodes(&nodes, umask, maxnode);
	if (!ret)
		ret = find_policy(mode, &nodes);
	if (ret < 0)
		return ret;
	mpol_set_task((u16)ret);
	return 0;
}

/* --- get_mempolicy(2) ------------------------------------------------------ */

/* A mask of one word, as long as the caller wants it. */
static int put_nodes(unsigned long __user *umask, unsigned long maxnode,
		     unsigned long bits)
{
	unsigned long bytes = DIV_ROUND_UP(maxnode - 1, 64) * sizeof(bits);

	if (bytes > sizeof(bits)) {
		if (bytes > PAGE_SIZE)
			return -EINVAL;
		if (clear_user((char __user *)umask + sizeof(bits),
			       bytes - sizeof(bits)))
			return -EFAULT;
		bytes = sizeof(bits);
	}
	return copy_to_user(umask, &bits, bytes) ? -EFAULT : 0;
}

static int policy_at(unsigned long addr, struct mempolicy *pol)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = 0;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (!vma || vma->vm_start > addr)
		err = -EFAULT;
	else
		*pol = vma_policy(vma, addr);
	mmap_read_unlock(mm);
	return err;
}

/* The node of the page at @addr, which is brought in: 0, or -EFAULT. */
static int node_at(unsigned long addr)
{
	struct page *page = get_user_page(current->mm, addr, 0);

	if (!page)
		return -EFAULT;
	put_page(page);
	return 0;
}

/* What the call reports: a mode, or a node in its place, and nodes. */
static int query_policy(unsigned long addr, unsigned long flags,
			struct mempolicy *pol)
{
	u16 kind;
	int err;

	if (flags & MPOL_F_MEMS_ALLOWED) {
		*pol = (struct mempolicy){ 0, 1 };
		return flags & (MPOL_F_NODE | MPOL_F_ADDR) ? -EINVAL : 0;
	}
	if (flags & MPOL_F_ADDR) {
		err = policy_at(addr, pol);
		if (err || !(flags & MPOL_F_NODE))
			return err;
		pol->mode = 0;
		return node_at(addr);
	}
	if (addr)
		return -EINVAL;
	*pol = mpol_read(&current->mempolicy);
	kind = pol->mode & (u16)~MPOL_MODE_FLAGS;
	if (flags & MPOL_F_NODE) {
		pol->mode = 0; /* the next one */
		return kind == MPOL_INTERLEAVE ? 0 : -EINVAL;
	}
	return 0;
}

/**
 * sys_get_mempolicy - get_mempolicy(2)
 *
 * Return: 0; -EINVAL: flags, or an address without MPOL_F_ADDR; -EFAULT.
 */
SYSCALL_DEFINE5(get_mempolicy, int __user *, umode, unsigned long __user *,
		umask, unsigned long, maxnode, unsigned long, addr,
		unsigned long, flags)
{
	struct mempolicy pol;
	int err;

	if (umask && maxnode < 1)
		return -EINVAL;
	if (flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	err = query_policy(addr, flags, &pol);
	if (err)
		return err;
	if (umode && put_user((int)pol.mode, umode))
		return -EFAULT;
	return umask ? put_nodes(umask, maxnode, pol.nodes) : 0;
}

/* --- mbind(2) -------------------------------------------------------------- */

/* No hole in [start, end); with @any one area in it is enough. */
static int check_areas(unsigned long start, unsigned long end, bool any)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = 0;

	mmap_read_lock(mm);
	vma = find_vma(mm, start);
	if (!vma || vma->vm_start >= end)
		err = -EFAULT;
	while (!err && !any && start < end) {
		if (!vma || vma->vm_start > start)
			err = -EFAULT;
		else
			start = vma->vm_end;
		if (!err && start < end)
			vma = find_vma(mm, start);
	}
	mmap_read_unlock(mm);
	return err;
}

static int bind_range(unsigned long start, unsigned long end, int mode,
		      const struct nodemask *nodes)
{
	bool by_default =
		((unsigned int)mode & ~MPOL_MODE_FLAGS) == MPOL_DEFAULT;
	int id = find_policy(mode, nodes), err;

	if (id < 0)
		return id;
	err = check_areas(start, end, by_default);
	if (!err)
		err = vm_set_policy(current->mm, start, end, (u16)id);
	mpol_put((u16)id);
	return err;
}

static int do_mbind(unsigned long start, unsigned long len, int mode,
		    const struct nodemask *nodes, unsigned int flags)
{
	unsigned long end;

	if (flags & ~(unsigned int)MPOL_MF_VALID)
		return -EINVAL;
	if ((flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (start & ~PAGE_MASK)
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -EINVAL;
	return end == start ? 0 : bind_range(start, end, mode, nodes);
}

/**
 * sys_mbind - mbind(2)
 *
 * Pages are where they should be already: on the only node.
 *
 * Return: 0; -EINVAL: mode, flags, nodes, range; -EFAULT: a hole, or the
 * mask; -EPERM; -ENOMEM: too many areas, or no memory; a part of the range may
 * have the policy then.
 */
SYSCALL_DEFINE6(mbind, unsigned long, start, unsigned long, len, int, mode,
		const unsigned long __user *, umask, unsigned long, maxnode,
		unsigned int, flags)
{
	struct nodemask nodes;
	int err = check_mode(mode);

	if (!err)
		err = get_nodes(&nodes, umask, maxnode);
	return err ? err : do_mbind(start, len, mode, &nodes, flags);
}

/* --- moving pages ---------------------------------------------------------- */

/* The memory of a process, held, that the caller may look into. */
static struct mm_struct *get_mm_of(pid_t pid)
{
	struct task_struct *t = current;
	struct mm_struct *mm;

	if (pid) {
		t = find_get_task(pid);
		if (!t)
			return ERR_PTR(-ESRCH);
	} else {
		get_task_struct(t);
	}
	mm = mm_access(t, PTRACE_MODE_REALCREDS);
	put_task_struct(t);
	if (IS_ERR(mm))
		return ERR_PTR(-EPERM);
	return mm ? mm : ERR_PTR(-EINVAL);
}

/**
 * sys_migrate_pages - migrate_pages(2): from node 0 to node 0
 *
 * Return: 0: pages that could not be moved; -EINVAL: masks; -ESRCH, -EPERM,
 * -EFAULT.
 */
SYSCALL_DEFINE4(migrate_pages, pid_t, pid, unsigned long, maxnode,
		const unsigned long __user *, uold,
		const unsigned long __user *, unew)
{
	struct nodemask old, new;
	struct mm_struct *mm;
	int err = get_nodes(&old, uold, maxnode);

	if (!err)
		err = get_nodes(&new, unew, maxnode);
	if (err)
		return err;
	mm = get_mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mmput(mm);
	if (!only_node0(&new) && !capable(CAP_SYS_NICE))
		return -EPERM;
	return new.bits[0] & 1 ? 0 : -EINVAL;
}

/* The node of the page at @addr, or -ENOENT, -EFAULT. */
static int page_node(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;
	int ret = -EFAULT;
	u64 entry;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr)
		ret = 0;
	mmap_read_unlock(mm);
	if (ret)
		return ret;
	vm_page_entries(mm, addr & PAGE_MASK, 1, &entry, false);
	return entry & PM_PRESENT ? 0 : -ENOENT;
}

static int check_node(int node)
{
	return node ? -ENODEV : 0;
}

static int move_one(struct mm_struct *mm, const u64 __user *upage,
		    const int __user *unode, int __user *ustatus)
{
	int err, node = 0;
	u64 addr;

	if (get_user(addr, upage) || (unode && get_user(node, unode)))
		return -EFAULT;
	err = check_node(node);
	if (err)
		return err;
	return put_user(page_node(mm, addr), ustatus);
}

/**
 * sys_move_pages - move_pages(2): says where pages are
 *
 * Return: 0; -EINVAL: flags; -ENODEV: a node that is not; -ESRCH, -EPERM,
 * -EFAULT.
 */
SYSCALL_DEFINE6(move_pages, pid_t, pid, unsigned long, nr, const u64 __user *,
		upages, const int __user *, unodes, int __user *, ustatus, int,
		flags)
{
	struct mm_struct *mm;
	int err = 0;

	if (flags & ~(int)(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if ((flags & (int)MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
		return -EPERM;
	mm = get_mm_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	for (unsigned long i = 0; !err && i < nr; i++) {
		err = move_one(mm, upages + i, unodes ? unodes + i : NULL,
			       ustatus + i);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	mmput(mm);
	return err;
}
