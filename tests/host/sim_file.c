/* SPDX-License-Identifier: MIT */
/*
 * Files for mapping tests: a struct file over an inode over an address_space,
 * with nothing of the VFS behind them.
 */
#include "sim.h"

#define SIM_GFP (GFP_KERNEL | __GFP_NOFAIL_INJECT | __GFP_ZERO)

unsigned long sim_nr_readpage;
bool sim_readpage_fails;
int sim_nr_files;

/* Offset o reads so; no period of a power of two, so a misplaced page shows. */
u8 sim_file_byte(unsigned long offset)
{
	return (u8)(offset % 251 + (offset >> PAGE_SHIFT) * 7);
}

static int sim_readpage(struct address_space *mapping, struct page *page)
{
	unsigned long start = page->index << PAGE_SHIFT;
	u8 *p = page_address(page);

	sim_might_sleep("readpage");
	sim_nr_readpage++;
	if (sim_readpage_fails)
		return -EIO;
	for (unsigned long i = 0; i < PAGE_SIZE; i++)
		p[i] = start + i < (unsigned long)mapping->size
			       ? sim_file_byte(start + i)
			       : 0;
	return 0;
}

static const struct address_space_operations sim_aops = {
	.readpage = sim_readpage,
};
static const struct address_space_operations sim_shmem_aops = { NULL };
static const struct file_operations sim_fops = { .mmap = generic_file_mmap };

static void fill_file(struct file *file, struct inode *inode, loff_t size,
		      unsigned int mode, bool shmem)
{
	inode->i_mode = S_IFREG | 0755;
	inode->i_ino = 1000 + ++sim_nr_files;
	mutex_init(&inode->i_lock);
	address_space_init(&inode->i_data, inode,
			   shmem ? &sim_shmem_aops : &sim_aops, shmem);
	inode->i_data.size = size;
	atomic_set(&inode->i_count, 1);
	atomic_set(&file->f_count, 1);
	mutex_init(&file->f_pos_lock);
	file->f_mode = mode;
	file->f_flags = mode & FMODE_WRITE ? O_RDWR : O_RDONLY;
	file->f_inode = inode;
	file->f_op = &sim_fops;
	file->f_mapping = &inode->i_data;
}

static struct file *make_file(loff_t size, unsigned int mode, bool shmem)
{
	struct inode *inode = kmalloc(sizeof(*inode), SIM_GFP);
	struct file *file = kmalloc(sizeof(*file), SIM_GFP);

	if (!inode || !file)
		sim_die("no memory for a file");
	memset(inode, 0, sizeof(*inode));
	memset(file, 0, sizeof(*file));
	fill_file(file, inode, size, mode, shmem);
	return file;
}

/* As kernel/fs/tmpfs.c has it; here allocations may fail. */
struct file *shmem_file_setup(const char *name, loff_t size,
			      unsigned long flags)
{
	struct inode *inode = kmalloc(sizeof(*inode), GFP_KERNEL);
	struct file *file = kmalloc(sizeof(*file), GFP_KERNEL);

	if (inode && file) {
		memset(inode, 0, sizeof(*inode));
		memset(file, 0, sizeof(*file));
		fill_file(file, inode, size, FMODE_READ | FMODE_WRITE, true);
		inode->i_data.promise_pages = flags & VM_NORESERVE;
		if (inode->i_data.promise_pages ||
		    !mapping_promise(&inode->i_data, PFN_UP(size)))
			return file;
		sim_nr_files--;
	}
	kfree(file);
	kfree(inode);
	return ERR_PTR(-ENOMEM);
}

struct file *sim_file(loff_t size, unsigned int mode)
{
	return make_file(size, mode, false);
}

struct file *sim_shmem_file(loff_t size, unsigned int mode)
{
	return make_file(size, mode, true);
}

void fput(struct file *file)
{
	if (atomic_read(&file->f_count) <= 0)
		sim_die("fput of a file without references");
	if (!atomic_dec_and_test(&file->f_count))
		return;
	address_space_destroy(file->f_mapping);
	sim_nr_files--;
	kfree(file->f_inode);
	kfree(file);
}
