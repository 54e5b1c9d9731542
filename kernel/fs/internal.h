/* SPDX-License-Identifier: MIT */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <ikos/fs.h>
#include <ikos/sched.h>

/*
 * What the files of kernel/fs/ share among themselves. Each function is
 * documented where it is defined.
 */
#define MAXSYMLINKS  40
#define MAX_RW_COUNT 0x7ffff000UL /* bytes one call moves at most */

/* A walk along a path: kernel/fs/namei.c. */
enum last_type {
	LAST_NORM,
	LAST_DOT,
	LAST_DOTDOT,
	LAST_ROOT, /* the path is "/" or ends there */
};

struct nameidata {
	struct path path; /* where we are */
	struct path root;
	const char *name; /* what is left of the current text */
	const char *last; /* the last component, not yet walked */
	unsigned int last_len;
	enum last_type last_type;
	bool last_slash; /* "/" follows the last component */
	unsigned int links; /* symbolic links followed */
	unsigned int depth;
	struct {
		char *text; /* of a link, to free */
		const char *rest; /* where the text around it goes on */
	} stack[MAXSYMLINKS];
};

int walk_start(struct nameidata *nd, int dfd, const char *name);
int walk_parent(struct nameidata *nd);
int walk_last(struct nameidata *nd, bool follow);
int step_into(struct nameidata *nd, struct dentry *dentry, bool follow);
void walk_end(struct nameidata *nd);
struct dentry *lookup_locked(struct dentry *parent, const char *name,
			     size_t len);
int user_path_at(int dfd, const char __user *name, unsigned int flags,
		 struct path *path);
struct dentry *create_begin(int dfd, const char *name, bool dir,
			    struct path *parent);
void create_end(struct path *parent, struct dentry *dentry);

/* kernel/fs/permission.c */
int path_permission(const struct path *path, int mask);
int may_create(struct inode *dir);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);

/* kernel/fs/dcache.c */
extern spinlock_t dcache_lock;
struct dentry *d_lookup(struct dentry *parent, const char *name, size_t len);
void d_move(struct dentry *dentry, struct dentry *target);
void d_exchange(struct dentry *a, struct dentry *b);
bool d_is_ancestor(struct dentry *ancestor, struct dentry *dentry);
void dcache_init(void);
void inode_init(void);

static inline bool d_is_dir(const struct dentry *dentry)
{
	return dentry->d_inode && S_ISDIR(dentry->d_inode->i_mode);
}

/* kernel/fs/super.c */
struct file_system_type *get_fs_type(const char *name);
void sb_put(struct super_block *sb);

/* kernel/fs/mount.c */
extern spinlock_t mount_lock;
extern struct mount *root_mount;
void mntget(struct mount *mnt);
void mntput(struct mount *mnt);
bool follow_mount(struct path *path);
bool follow_up(struct path *path);
struct mount *mount_root(struct super_block *sb, const char *dev);
int mnt_want_write(const struct mount *mnt);
void touch_atime(const struct path *path);

/* kernel/fs/file.c */
struct file *file_alloc(void);
void file_init(void);
int get_write_access(struct inode *inode);
int deny_write_access(struct inode *inode);
void put_write_access(struct inode *inode);

/* kernel/fs/open.c */
int file_open_path(struct file *file, const struct path *path);

/* kernel/fs/fs_struct.c */
void get_fs_root(struct path *root);
void get_fs_pwd(struct path *pwd);
umode_t current_umask(void);

/* kernel/fs/attr.c */
int notify_change(const struct path *path, struct iattr *attr);
int setattr_generic(struct dentry *dentry, const struct iattr *attr);
int file_remove_privs(struct file *file);
void file_update_time(struct file *file);
int do_truncate(const struct path *path, loff_t size, bool times);
int vfs_getattr(const struct path *path, struct kstat *stat);

/* kernel/fs/read_write.c */
ssize_t vfs_iter_read(struct file *file, struct iov_iter *to, loff_t *pos);
ssize_t vfs_iter_write(struct file *file, struct iov_iter *from, loff_t *pos);
ssize_t write_limit(loff_t pos, size_t count);

/* kernel/fs/readdir.c */
int iterate_dir(struct file *file, struct dir_context *ctx);

/* kernel/fs/locks.c */
long fcntl_getlk(struct file *file, unsigned int cmd,
		 struct flock_k __user *arg);
void locks_remove_file(struct file *file);
long fcntl_setlk(struct file *file, unsigned int fd, unsigned int cmd,
		 struct flock_k __user *arg);
void locks_remove_posix(struct file *file, struct files_struct *owner);

/* kernel/fs/fdtable.c, fd.c */
void files_init(void);
int fd_replace(unsigned int fd, struct file *file, unsigned int flags);
int filp_close(struct file *file, struct files_struct *files);
struct file *fd_detach(struct files_struct *files, unsigned int fd);
bool fd_get_cloexec(unsigned int fd);
bool fd_is(unsigned int fd, const struct file *file);
int fd_set_cloexec(unsigned int fd, bool on);
int fd_alloc_install(struct file *file, unsigned int min, unsigned int flags);

/* kernel/fs/pipe.c, fifo.c */
extern const struct file_operations pipe_fops;
struct pipe_inode *pipe_alloc(void);
void pipe_free(struct pipe_inode *pipe);
long pipe_fcntl(struct file *file, unsigned int cmd, unsigned long arg);

/* kernel/fs/anon.c */
extern struct super_block *anon_sb;
void anon_init(struct super_block *shm);
int anon_dentry(struct inode *inode, const char *name, struct path *path);
struct file *anon_file(const struct path *path, unsigned int flags,
		       const struct file_operations *fop);

/* kernel/fs/tmpfs.c */
struct super_block *tmpfs_init(void);
struct super_block *shmem_init(void);

/* kernel/fs/epoll_ctl.c */
void eventpoll_release_file(struct file *file);

/* kernel/fs/truncate.c */
int newsize_ok(const struct inode *inode, loff_t size);

/* kernel/fs/memfd.c */
bool seals_forbid_resize(const struct inode *inode, loff_t size);
bool seals_forbid_write(const struct inode *inode, loff_t end);
int seals_mmap(struct file *file, struct vm_area_struct *vma);
long memfd_fcntl(struct file *file, unsigned int cmd, unsigned long arg);

#endif
