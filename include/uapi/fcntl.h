/* SPDX-License-Identifier: MIT */
#ifndef UAPI_FCNTL_H
#define UAPI_FCNTL_H

#include <stdint.h>

/* open(2), fcntl(2) and the *at calls on x86-64. */
#define O_ACCMODE   00000003
#define O_RDONLY    00000000
#define O_WRONLY    00000001
#define O_RDWR	    00000002
#define O_CREAT	    00000100
#define O_EXCL	    00000200
#define O_NOCTTY    00000400
#define O_TRUNC	    00001000
#define O_APPEND    00002000
#define O_NONBLOCK  00004000
#define O_DSYNC	    00010000
#define O_DIRECT    00040000
#define O_LARGEFILE 00100000
#define O_DIRECTORY 00200000
#define O_NOFOLLOW  00400000
#define O_NOATIME   01000000
#define O_CLOEXEC   02000000
#define O_PATH	    010000000
#define O_SYNC	    (04000000 | O_DSYNC)
#define FASYNC	    020000
#define __O_TMPFILE 020000000
#define O_TMPFILE   (__O_TMPFILE | O_DIRECTORY)

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETLK		5
#define F_SETLK		6
#define F_SETLKW	7
#define F_SETOWN	8
#define F_GETOWN	9
#define F_OFD_GETLK	36
#define F_OFD_SETLK	37
#define F_OFD_SETLKW	38
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ	1031
#define F_GETPIPE_SZ	1032
#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034
#define FD_CLOEXEC	1

/* What must not be done any more: F_ADD_SEALS. */
#define F_SEAL_SEAL	    0x1
#define F_SEAL_SHRINK	    0x2
#define F_SEAL_GROW	    0x4
#define F_SEAL_WRITE	    0x8
#define F_SEAL_FUTURE_WRITE 0x10

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

/* struct flock: record locks, fcntl(2). */
struct flock_k {
	int16_t l_type;
	int16_t l_whence;
	int32_t pad0_;
	int64_t l_start;
	int64_t l_len;
	int32_t l_pid;
	int32_t pad1_;
};
_Static_assert(sizeof(struct flock_k) == 32, "struct flock");

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

#define AT_FDCWD	    (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR	    0x200
#define AT_EACCESS	    0x200
#define AT_SYMLINK_FOLLOW   0x400
#define AT_NO_AUTOMOUNT	    0x800
#define AT_EMPTY_PATH	    0x1000

#define SEEK_SET  0
#define SEEK_CUR  1
#define SEEK_END  2
#define SEEK_DATA 3
#define SEEK_HOLE 4

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2

#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0

#endif
