/* SPDX-License-Identifier: MIT */
#ifndef IKOS_FS_H
#define IKOS_FS_H

#include <ikos/err.h>
#include <ikos/fdtable.h>
#include <ikos/list.h>
#include <ikos/mutex.h>
#include <ikos/pagemap.h>
#include <ikos/string.h>
#include <ikos/types.h>
#include <ikos/uio.h>
#include <ikos/wait.h>
#include <uapi/fcntl.h>
#include <uapi/mount.h>
#include <uapi/stat.h>
#include <uapi/time.h>

/*
 * The virtual file system: a dentry names an inode in a directory, an inode
 * is a file whatever its names, a file is an open one. Mounts join trees.
 *
 * Lock order: rename_mutex, inode->i_lock of the parent directory, then of
 * the child, then mmap_lock (a copy to or from user space may fault); of the
 * spin locks mount_lock, then dcache_lock, innermost of all. f_pos_lock comes
 * before every i_lock.
 */
struct inode;
struct dentry;
struct file;
struct super_block;
struct poll_table;
struct vm_area_struct;
struct cred;
struct mount;
struct seq_file;
struct file_lock;
struct pipe_inode;
struct xattr;
struct epitem;

#define NAME_MAX 255
#define PATH_MAX 4096

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

struct kstat {
	u64 ino;
	dev_t dev, rdev;
	umode_t mode;
	unsigned int nlink;
	uid_t uid;
	gid_t gid;
	loff_t size;
	u64 blocks; /* of 512 bytes */
	u32 blksize;
	struct timespec64 atime, mtime, ctime;
};

/* Which fields of iattr count. */
#define ATTR_MODE  0x1u
#define ATTR_UID   0x2u
#define ATTR_GID   0x4u
#define ATTR_SIZE  0x8u
#define ATTR_ATIME 0x10u
#define ATTR_MTIME 0x20u
#define ATTR_KILL  0x40u /* drop set-user-ID and set-group-ID */
#define ATTR_FORCE 0x80u /* whoever writes may, though the file is not his */

struct iattr {
	unsigned int valid;
	umode_t mode;
	uid_t uid;
	gid_t gid;
	loff_t size;
	struct timespec64 atime, mtime;
};

/* Directory inode's lock held where the call changes the directory. */
struct inode_operations {
	/* Fill @dentry (its name is set) with d_add(); a missing name gives a
	 * negative dentry (d_add(dentry, NULL)). 0 or -errno. */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*mknod)(struct inode *dir, struct dentry *dentry, umode_t mode,
		     dev_t dev);
	int (*symlink)(struct inode *dir, struct dentry *dentry,
		       const char *target);
	/* A file without a name: O_TMPFILE. */
	int (*tmpfile)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*link)(struct dentry *old, struct inode *dir,
		    struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*rename)(struct inode *olddir, struct dentry *olddentry,
		      struct inode *newdir, struct dentry *newdentry,
		      unsigned int flags);
	/* The target of a symbolic link: length, not terminated, or -errno. */
	long (*readlink)(struct inode *inode, char *buf, size_t size);
	/* A magic link (/proc/self/exe, fd/N): where it leads, with references;
	 * NULL: follow the text. */
	int (*follow)(struct inode *inode, struct path *res);
	int (*setattr)(struct dentry *dentry, const struct iattr *attr);
	int (*getattr)(struct inode *inode, struct kstat *stat);
	int (*permission)(struct inode *inode, int mask);
};

struct dir_context {
	loff_t pos; /* cookie of the next entry */
	/* False: no room, stop. */
	bool (*actor)(struct dir_context *ctx, const char *name, size_t len,
		      loff_t pos, u64 ino, unsigned int d_type);
};

/* Report the entry at ctx->pos; false: stop. The caller moves ctx->pos on. */
static inline bool dir_emit(struct dir_context *ctx, const char *name,
			    size_t len, u64 ino, unsigned int d_type)
{
	return ctx->actor(ctx, name, len, ctx->pos, ino, d_type);
}
/* "." and "..", at positions 0 and 1; the others begin at 2. */
bool dir_emit_dots(struct file *file, struct dir_context *ctx);

/*
 * Buffers are in user space, offsets in bytes. Counts or -errno. A file has
 * read or read_iter, write or write_iter; the _iter forms also serve the
 * kernel's own buffers (kernel_read(), sendfile(2)) and see a readv(2) whole.
 */
struct file_operations {
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file); /* last fput */
	ssize_t (*read)(struct file *file, char __user *buf, size_t n,
			loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t n,
			 loff_t *pos);
	ssize_t (*read_iter)(struct file *file, struct iov_iter *to,
			     loff_t *pos);
	ssize_t (*write_iter)(struct file *file, struct iov_iter *from,
			      loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	int (*iterate)(struct file *file, struct dir_context *ctx);
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	unsigned int (*poll)(struct file *file, struct poll_table *table);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*fsync)(struct file *file);
	/* FALLOC_FL_* of <uapi/falloc.h>; range checked: 0 or -errno. */
	long (*fallocate)(struct file *file, int mode, loff_t offset,
			  loff_t len);
	int (*flush)(struct file *file); /* every close(2) */
	/* More lines of /proc/PID/fdinfo/FD. */
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

struct super_operations {
	void (*evict_inode)(
		struct inode *inode); /* last reference, free data */
	int (*statfs)(struct super_block *sb, void *buf); /* struct statfs_k */
	/* Whether a cached name still holds; NULL: always. Spin locks held. */
	bool (*d_valid)(struct dentry *dentry);
	/* The last mount has gone: drop the tree, free s_fs_info. NULL: the
	 * file system stays for ever. */
	void (*kill_sb)(struct super_block *sb);
	/* The file system's own mount options, ",size=…"; may be NULL. */
	void (*show_options)(struct seq_file *m, struct super_block *sb);
};

#define SB_XATTR 0x2u /* its files have extended attributes */
#define SB_ANON	 0x1u /* files without a place in the tree: pipes, memfd */

struct super_block {
	dev_t s_dev; /* anonymous: major 0 */
	unsigned long s_magic;
	const char *s_type;
	unsigned int s_flags; /* SB_* */
	atomic_t s_active; /* mounts */
	const struct super_operations *s_op;
	struct dentry *s_root;
	atomic64_t s_next_ino;
	void *s_fs_info;
};

struct inode {
	umode_t i_mode;
	uid_t i_uid;
	gid_t i_gid;
	unsigned int i_nlink;
	bool i_linkable; /* made by O_TMPFILE: may get a first name */
	bool i_locks_seen; /* somebody has set a record lock: for ever */
	ino_t i_ino;
	dev_t i_rdev;
	atomic_t i_count;
	struct timespec64 i_atime, i_mtime, i_ctime;
	const struct inode_operations *i_op;
	const struct file_operations *i_fop;
	struct super_block *i_sb;
	struct mutex i_lock; /* directory contents, size, attributes */
	struct address_space i_data; /* page cache; i_data.size is the size */
	atomic_t i_writecount; /* >0: open for writing; <0: being executed */
	unsigned int i_seals; /* F_SEAL_*, under i_lock: files in memory */
	void *i_private;
	struct pipe_inode *i_pipe; /* FIFOs */
	struct xattr *i_xattrs; /* kernel/fs/xattr.c, under i_lock */
	struct file_lock *i_flock; /* fcntl(2) locks: kernel/fs/locks.c */
};

struct dentry {
	struct dentry *d_parent; /* itself: a root */
	struct inode *d_inode; /* NULL: negative */
	struct super_block *d_sb;
	atomic_t d_count;
	bool d_unhashed; /* deleted: not found by lookup, " (deleted)" */
	bool d_mounted; /* something is mounted here */
	struct list_head d_children, d_child; /* dcache_lock */
	struct dentry *d_hash_next;
	u32 d_hash;
	u32 d_len;
	char *d_name; /* d_iname or kmalloc'ed */
	char d_iname[40];
	void *d_fsdata;
};

struct mount {
	struct mount *mnt_parent; /* itself: the root mount */
	struct dentry *mnt_mountpoint;
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	const char *mnt_devname;
	unsigned int mnt_flags; /* MS_RDONLY, MS_NOSUID … */
	int mnt_id;
	atomic_t mnt_count;
	struct list_head mnt_list;
};

struct file {
	atomic_t f_count;
	unsigned int f_flags; /* O_* */
	unsigned int f_mode; /* FMODE_* */
	loff_t f_pos; /* under f_pos_lock for regular files */
	struct mutex f_pos_lock;
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
	struct address_space *f_mapping; /* what mmap maps; may be NULL */
	void *private_data;
	struct epitem *f_ep; /* who watches it: epoll_ctl.c */
};
#define FMODE_READ   0x1u
#define FMODE_WRITE  0x2u
#define FMODE_LSEEK  0x4u
#define FMODE_PREAD  0x8u
#define FMODE_PWRITE 0x10u
#define FMODE_EXEC   0x20u
#define FMODE_PATH   0x4000u

static inline struct file *get_file(struct file *file)
{
	atomic_inc(&file->f_count);
	return file;
}
void fput(struct file *file);
static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}
static inline loff_t i_size_read(const struct inode *inode)
{
	return READ_ONCE(inode->i_data.size);
}

/* kernel/fs/namei.c. Paths in kernel memory. LOOKUP_* flags. */
#define LOOKUP_FOLLOW	 0x1u
#define LOOKUP_DIRECTORY 0x2u
#define LOOKUP_PARENT	 0x10u
#define LOOKUP_EMPTY	 0x4000u
int path_lookup(int dfd, const char *name, unsigned int flags,
		struct path *path);
void path_get(const struct path *path);
void path_put(const struct path *path);
struct file *filp_open(int dfd, const char *name, int flags, umode_t mode);
/* Opened for execution: regular, executable, else ERR_PTR. */
struct file *open_exec(const char *name);
ssize_t kernel_read(struct file *file, void *buf, size_t n, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t n, loff_t *pos);
int vfs_mkdir(int dfd, const char *name, umode_t mode);
int vfs_mknod(int dfd, const char *name, umode_t mode, dev_t dev);
int vfs_symlink(const char *target, int dfd, const char *name);
int vfs_unlink(int dfd, const char *name);
int vfs_rmdir(int dfd, const char *name);
int vfs_rename(int olddfd, const char *oldname, int newdfd, const char *newname,
	       unsigned int flags);
int vfs_mount(const char *type, const char *dir, unsigned long flags,
	      const char *dev);
int vfs_umount(const char *dir, int flags);
/* The path as text, from the current root, in @buf; " (deleted)" appended to
 * what has been unlinked. A pointer into @buf or ERR_PTR(-ENAMETOOLONG). */
char *d_path(const struct path *path, char *buf, size_t size);
/* Whether current owns @inode or has CAP_FOWNER. */
bool inode_owner_or_capable(const struct inode *inode);
/* A user's path string; free with putname(). ERR_PTR: EFAULT, ENAMETOOLONG,
 * ENOENT when empty (unless LOOKUP_EMPTY). */
char *getname(const char __user *name, unsigned int flags);
void putname(char *name);
/* One line of /proc/mounts for each mount: made for single_open(). */
int mounts_show(struct seq_file *m, void *unused);
int mountinfo_show(struct seq_file *m, void *unused); /* /proc/PID/mountinfo */
int filesystems_show(struct seq_file *m, void *unused);
int for_each_mount(int (*fn)(struct mount *mnt, void *data), void *data);
/* MAY_* mask: 0 or -EACCES. */
#define MAY_EXEC  1
#define MAY_WRITE 2
#define MAY_READ  4
int inode_permission(struct inode *inode, int mask);
int generic_permission(const struct inode *inode, int mask); /* by the mode */

/* kernel/fs/inode.c, dcache.c: for file systems. */
struct inode *new_inode(struct super_block *sb);
void iput(struct inode *inode);
static inline struct inode *igrab(struct inode *inode)
{
	atomic_inc(&inode->i_count);
	return inode;
}
/* Devices, FIFOs, sockets: set mode, number and file operations. */
void init_special_inode(struct inode *inode, umode_t mode, dev_t dev);
struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len);
struct dentry *d_alloc_root(struct inode *inode);
void d_add(struct dentry *dentry, struct inode *inode); /* hash it too */
void d_instantiate(struct dentry *dentry,
		   struct inode *inode); /* takes the reference */
void d_drop(struct dentry *dentry);
struct dentry *dget(struct dentry *dentry);
void dput(struct dentry *dentry);
/* NULL when there is no memory. */
struct super_block *sb_alloc(const char *type, unsigned long magic,
			     const struct super_operations *op);
struct file_system_type {
	const char *name;
	bool nodev;
	struct super_block *(*mount)(struct file_system_type *type,
				     const char *data);
	struct list_head list;
};
void register_filesystem(struct file_system_type *type);
void generic_fillattr(struct inode *inode, struct kstat *stat);
struct timespec64 current_time(void);
/* A file without a place in the tree (pipe:[12], memfd): takes over @inode's
 * reference. */
int create_pipe_files(struct file *res[2], unsigned int flags);
struct file *alloc_anon_file(struct inode *inode, const char *name,
			     unsigned int flags,
			     const struct file_operations *fop);
/* The same file, opened once more, with other flags and operations; ERR_PTR. */
struct file *alloc_file_clone(const struct file *base, unsigned int flags,
			      const struct file_operations *fop);
loff_t generic_llseek(struct file *file, loff_t offset, int whence);
loff_t no_llseek(struct file *file, loff_t offset, int whence); /* -ESPIPE */
ssize_t generic_file_read(struct file *file, char __user *buf, size_t n,
			  loff_t *pos);
ssize_t generic_file_write(struct file *file, const char __user *buf, size_t n,
			   loff_t *pos);
ssize_t generic_file_read_iter(struct file *file, struct iov_iter *to,
			       loff_t *pos);
ssize_t generic_file_write_iter(struct file *file, struct iov_iter *from,
				loff_t *pos);
/* Update the access time as the mount's options say. */
void file_accessed(struct file *file);
/* A tmpfs file without a name, for shared memory: kernel/fs/tmpfs.c. d_path()
 * shows "/@name (deleted)". Its @size bytes are promised at once, unless
 * @flags is VM_NORESERVE. */
struct file *shmem_file_setup(const char *name, loff_t size,
			      unsigned long flags);

/* Devices: kernel/fs/devices.c */
#define MKDEV(ma, mi) ((dev_t)(((ma) << 20) | (mi)))
#define MAJOR(dev)    ((unsigned int)((dev) >> 20))
#define MINOR(dev)    ((unsigned int)((dev)&0xfffff))
/* ->open of character devices: finds the driver by inode->i_rdev, makes its
 * operations @file's, calls its open. -ENXIO: none registered. */
int chrdev_open(struct inode *inode, struct file *file);
/* The device number as stat(2) shows it. */
u64 new_encode_dev(dev_t dev);
dev_t new_decode_dev(u64 dev);
int register_chrdev(unsigned int major, unsigned int minor_first,
		    unsigned int nr, const char *name,
		    const struct file_operations *fop);

/* Descriptor tables: kernel/fs/fdtable.c */
struct files_struct *files_alloc(void);
struct files_struct *dup_files(struct files_struct *old); /* NULL: no memory */
void files_put(struct files_struct *files);
void files_close_on_exec(struct files_struct *files);
struct file *fget(unsigned int fd); /* with a reference, NULL: EBADF */
struct file *fget_raw(unsigned int fd); /* also one opened with O_PATH */
/* @min: the lowest acceptable; the fd or -EMFILE, -ENOMEM. */
int get_unused_fd(unsigned int min, unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd,
		struct file *file); /* takes over the reference */
/* For /proc/PID/fd: the first open descriptor >= *fd with a reference. */
struct file *files_next(struct files_struct *files, unsigned int *fd);
struct file *task_next_file(struct task_struct *t, unsigned int *fd);
struct file *task_file(struct task_struct *t, unsigned int fd);

/* Root, working directory and umask: kernel/fs/fs_struct.c */
struct fs_struct {
	atomic_t count;
	spinlock_t lock;
	struct path root, pwd;
	umode_t umask;
};
static inline struct fs_struct *fs_get(struct fs_struct *fs)
{
	atomic_inc(&fs->count);
	return fs;
}
struct fs_struct *dup_fs(struct fs_struct *old);
void fs_put(struct fs_struct *fs);
extern struct fs_struct init_fs;

/* poll(2): kernel/fs/select.c. A driver calls poll_wait() on every queue that
 * may bring news, then returns what holds now (POLL* bits). */
void poll_wait(struct file *file, struct wait_queue_head *wq,
	       struct poll_table *table);

/* Boot: kernel/main.c calls these in this order. */
void vfs_init(void); /* caches, tmpfs, the root mount */
void devices_init(void); /* /dev/null … registered */
int unpack_initramfs(const void *data,
		     size_t len); /* 0 or -errno, reason logged */
void proc_init(void);
void tty_init(void);

#endif
