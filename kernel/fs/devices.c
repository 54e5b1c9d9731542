/* SPDX-License-Identifier: MIT */
/*
 * Character devices: which driver serves which number, and the names in /dev.
 *
 * The table is filled at boot and never shrinks; a list under a spin lock
 * serves a dozen entries well.
 */
#include <ikos/fs.h>
#include <ikos/kernel.h>
#include <ikos/printk.h>
#include <ikos/seq_file.h>
#include <ikos/slab.h>

#include "devices.h"

struct chrdev {
	struct chrdev *next;
	unsigned int major, first, nr;
	const char *name;
	const struct file_operations *fop;
};

static DEFINE_SPINLOCK(chrdev_lock);
static struct chrdev *chrdevs; /* by major, then minor */

static bool overlap(const struct chrdev *a, const struct chrdev *b)
{
	return a->major == b->major && a->first < b->first + b->nr &&
	       b->first < a->first + a->nr;
}

static bool before(const struct chrdev *a, const struct chrdev *b)
{
	return a->major < b->major ||
	       (a->major == b->major && a->first < b->first);
}

static int insert(struct chrdev *dev)
{
	struct chrdev **link = &chrdevs;

	for (struct chrdev *d = chrdevs; d; d = d->next)
		if (overlap(d, dev))
			return -EBUSY;
	while (*link && before(*link, dev))
		link = &(*link)->next;
	dev->next = *link;
	*link = dev;
	return 0;
}

/**
 * register_chrdev - a driver serves device numbers
 * @minor_first: the first
 * @nr: how many
 * @name: for /proc/devices; must stay
 * @fop: operations of the opened files
 *
 * Context: may sleep.
 * Return: 0; -EBUSY: one of them is served already; -ENOMEM.
 */
int register_chrdev(unsigned int major, unsigned int minor_first,
		    unsigned int nr, const char *name,
		    const struct file_operations *fop)
{
	struct chrdev *dev = kmalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return -ENOMEM;
	*dev = (struct chrdev){ .major = major,
				.first = minor_first,
				.nr = nr,
				.name = name,
				.fop = fop };
	spin_lock(&chrdev_lock);
	err = insert(dev);
	spin_unlock(&chrdev_lock);
	if (err)
		kfree(dev);
	return err;
}

static const struct file_operations *chrdev_fop(dev_t number)
{
	const struct file_operations *fop = NULL;

	spin_lock(&chrdev_lock);
	for (struct chrdev *d = chrdevs; d && !fop; d = d->next)
		if (d->major == MAJOR(number) && MINOR(number) >= d->first &&
		    MINOR(number) - d->first < d->nr)
			fop = d->fop;
	spin_unlock(&chrdev_lock);
	return fop;
}

/**
 * chrdev_open - ->open() of character special files
 *
 * Makes the driver's operations those of @file and calls its open.
 *
 * Context: may sleep.
 * Return: 0; -ENXIO: no driver has the number; what the driver says.
 */
int chrdev_open(struct inode *inode, struct file *file)
{
	const struct file_operations *fop = chrdev_fop(inode->i_rdev);

	if (!fop)
		return -ENXIO;
	file->f_op = fop;
	return fop->open ? fop->open(inode, file) : 0;
}

/**
 * chrdevs_show - print /proc/devices
 */
int chrdevs_show(struct seq_file *m, void *unused)
{
	const struct chrdev *last = NULL;

	seq_puts(m, "Character devices:\n");
	spin_lock(&chrdev_lock);
	for (struct chrdev *d = chrdevs; d; d = d->next) {
		if (!last || last->major != d->major || last->name != d->name)
			seq_printf(m, "%3u %s\n", d->major, d->name);
		last = d;
	}
	spin_unlock(&chrdev_lock);
	seq_puts(m, "\nBlock devices:\n");
	return 0;
}

static const struct {
	const char *path;
	umode_t mode;
	unsigned int major, minor;
} nodes[] = {
	{ "/dev/mem", 0640, 1, 1 },	{ "/dev/null", 0666, 1, 3 },
	{ "/dev/zero", 0666, 1, 5 },	{ "/dev/full", 0666, 1, 7 },
	{ "/dev/random", 0666, 1, 8 },	{ "/dev/urandom", 0666, 1, 9 },
	{ "/dev/kmsg", 0644, 1, 11 },	{ "/dev/tty", 0666, 5, 0 },
	{ "/dev/console", 0600, 5, 1 }, { "/dev/ttyS0", 0660, 4, 64 },
	{ "/dev/ttyS1", 0660, 4, 65 },	{ "/dev/ttyS2", 0660, 4, 66 },
	{ "/dev/ttyS3", 0660, 4, 67 },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static int make_nodes(void)
{
	int err = 0; /* vfs_init() has made /dev */

	for (size_t i = 0; i < ARRAY_SIZE(nodes) && !err; i++)
		err = vfs_mknod(AT_FDCWD, nodes[i].path,
				S_IFCHR | nodes[i].mode,
				MKDEV(nodes[i].major, nodes[i].minor));
	for (size_t i = 0; i < ARRAY_SIZE(links) && !err; i++)
		err = vfs_symlink(links[i].target, AT_FDCWD, links[i].path);
	if (!err)
		err = vfs_mkdir(AT_FDCWD, "/dev/shm", S_ISVTX | 0777);
	return err;
}

/**
 * devices_init - register the memory devices and make the names in /dev
 *
 * Context: boot, after vfs_init().
 */
void devices_init(void)
{
	int err = make_nodes();

	if (!err)
		err = mem_devices_init();
	if (err)
		pr_err("devices: /dev is not complete (error %d)\n", -err);
}
