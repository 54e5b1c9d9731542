/* SPDX-License-Identifier: MIT */
#ifndef UAPI_SOCKET_H
#define UAPI_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <uapi/uio.h>

/* socket(2), socketpair(2) */
#define AF_UNSPEC 0
#define AF_UNIX	  1
#define AF_MAX	  46

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_MAX       11
#define SOCK_TYPE_MASK 0xf
#define SOCK_CLOEXEC   02000000
#define SOCK_NONBLOCK  04000

/* shutdown(2) */
#define SHUT_RD	  0
#define SHUT_WR	  1
#define SHUT_RDWR 2

/* send(2), recv(2) */
#define MSG_OOB		 0x1u
#define MSG_PEEK	 0x2u
#define MSG_CTRUNC	 0x8u
#define MSG_TRUNC	 0x20u
#define MSG_DONTWAIT	 0x40u
#define MSG_EOR		 0x80u
#define MSG_WAITALL	 0x100u
#define MSG_NOSIGNAL	 0x4000u
#define MSG_WAITFORONE	 0x10000u
#define MSG_CMSG_CLOEXEC 0x40000000u

/* getsockopt(2), socket(7) */
#define SOL_SOCKET	1
#define SO_DEBUG	1
#define SO_REUSEADDR	2
#define SO_TYPE		3
#define SO_ERROR	4
#define SO_DONTROUTE	5
#define SO_BROADCAST	6
#define SO_SNDBUF	7
#define SO_RCVBUF	8
#define SO_KEEPALIVE	9
#define SO_OOBINLINE	10
#define SO_PRIORITY	12
#define SO_LINGER	13
#define SO_REUSEPORT	15
#define SO_PASSCRED	16
#define SO_PEERCRED	17
#define SO_RCVLOWAT	18
#define SO_SNDLOWAT	19
#define SO_RCVTIMEO	20
#define SO_SNDTIMEO	21
#define SO_TIMESTAMP	29
#define SO_ACCEPTCONN	30
#define SO_SNDBUFFORCE	32
#define SO_RCVBUFFORCE	33
#define SO_PROTOCOL	38
#define SO_DOMAIN	39
#define SO_PEEK_OFF	42
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

struct linger_k {
	int32_t l_onoff, l_linger;
};

/* cmsg(3), unix(7) */
#define SCM_RIGHTS	1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD	253

struct ucred_k {
	int32_t pid;
	uint32_t uid, gid;
};

struct cmsghdr_k {
	size_t cmsg_len; /* this header included */
	int32_t cmsg_level, cmsg_type;
};
#define CMSG_ALIGN_K(n) (((size_t)(n) + 7) & ~(size_t)7)
#define CMSG_SPACE_K(n) (sizeof(struct cmsghdr_k) + CMSG_ALIGN_K(n))
#define CMSG_LEN_K(n)	(sizeof(struct cmsghdr_k) + (size_t)(n))

struct msghdr_k {
	void *msg_name;
	int32_t msg_namelen;
	struct iovec_k *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	uint32_t msg_flags;
};

struct mmsghdr_k {
	struct msghdr_k msg_hdr;
	uint32_t msg_len;
};
_Static_assert(sizeof(struct mmsghdr_k) == 64, "ABI: recvmmsg(2)");
_Static_assert(sizeof(struct msghdr_k) == 56, "ABI: recvmsg(2)");
_Static_assert(offsetof(struct msghdr_k, msg_flags) == 48, "ABI: recvmsg(2)");
_Static_assert(sizeof(struct cmsghdr_k) == 16, "ABI: cmsg(3)");
_Static_assert(sizeof(struct ucred_k) == 12, "ABI: unix(7)");

#define UNIX_PATH_MAX 108
struct sockaddr_un_k {
	uint16_t sun_family;
	char sun_path[UNIX_PATH_MAX];
};
struct sockaddr_storage_k {
	uint16_t ss_family;
	char ss_data[126];
};

#endif
