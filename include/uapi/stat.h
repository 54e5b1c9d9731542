/* SPDX-License-Identifier: MIT */
#ifndef UAPI_STAT_H
#define UAPI_STAT_H

#include <stdint.h>

/* File types and modes, inode(7). */
#define S_IFMT	  0170000
#define S_IFSOCK  0140000
#define S_IFLNK	  0120000
#define S_IFREG	  0100000
#define S_IFBLK	  0060000
#define S_IFDIR	  0040000
#define S_IFCHR	  0020000
#define S_IFIFO	  0010000
#define S_ISUID	  0004000
#define S_ISGID	  0002000
#define S_ISVTX	  0001000
#define S_IRWXUGO 0777
#define S_IALLUGO 07777

#define S_ISLNK(m)  (((m)&S_IFMT) == S_IFLNK)
#define S_ISREG(m)  (((m)&S_IFMT) == S_IFREG)
#define S_ISDIR(m)  (((m)&S_IFMT) == S_IFDIR)
#define S_ISCHR(m)  (((m)&S_IFMT) == S_IFCHR)
#define S_ISBLK(m)  (((m)&S_IFMT) == S_IFBLK)
#define S_ISFIFO(m) (((m)&S_IFMT) == S_IFIFO)
#define S_ISSOCK(m) (((m)&S_IFMT) == S_IFSOCK)

/* d_type of getdents64(2) */
#define DT_UNKNOWN 0
#define DT_FIFO	   1
#define DT_CHR	   2
#define DT_DIR	   4
#define DT_BLK	   6
#define DT_REG	   8
#define DT_LNK	   10
#define DT_SOCK	   12

/* struct stat of stat(2) on x86-64. */
struct stat_k {
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	uint32_t st_mode;
	uint32_t st_uid;
	uint32_t st_gid;
	uint32_t pad0_;
	uint64_t st_rdev;
	int64_t st_size;
	int64_t st_blksize;
	int64_t st_blocks;
	uint64_t st_atime_sec, st_atime_nsec;
	uint64_t st_mtime_sec, st_mtime_nsec;
	uint64_t st_ctime_sec, st_ctime_nsec;
	int64_t unused_[3];
};
_Static_assert(sizeof(struct stat_k) == 144, "struct stat");

struct statx_timestamp {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t pad_;
};

/* struct statx of statx(2). */
struct statx_k {
	uint32_t stx_mask;
	uint32_t stx_blksize;
	uint64_t stx_attributes;
	uint32_t stx_nlink;
	uint32_t stx_uid;
	uint32_t stx_gid;
	uint16_t stx_mode;
	uint16_t pad0_;
	uint64_t stx_ino;
	uint64_t stx_size;
	uint64_t stx_blocks;
	uint64_t stx_attributes_mask;
	struct statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
	uint32_t stx_rdev_major, stx_rdev_minor;
	uint32_t stx_dev_major, stx_dev_minor;
	uint64_t stx_mnt_id;
	uint64_t spare_[13];
};
_Static_assert(sizeof(struct statx_k) == 256, "struct statx");

#define STATX_BASIC_STATS 0x7ffu
#define STATX_MNT_ID	  0x1000u
#define STATX_RESERVED	  0x80000000u

#define STATX_ATTR_MOUNT_ROOT 0x2000u

/* utimensat(2) */
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

#endif
