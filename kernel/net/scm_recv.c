/* SPDX-License-Identifier: MIT */
/*
 * What goes beside the bytes, on the way out: control messages for the
 * receiver. What does not fit is dropped and MSG_CTRUNC says so.
 * Source: recvmsg(2), cmsg(3), unix(7).
 */
#include <ikos/net.h>

#include <ikos/uaccess.h>

static void advance(struct msghdr_k *hdr, size_t space)
{
	space = min(space, hdr->msg_controllen);
	hdr->msg_control = (char *)hdr->msg_control + space;
	hdr->msg_controllen -= space;
}

static void put_cmsg(struct msghdr_k *hdr, int type, const void *data,
		     size_t len)
{
	struct cmsghdr_k cmsg = { .cmsg_len = CMSG_LEN_K(len),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = type };
	char __user *to = hdr->msg_control;

	if (!to || hdr->msg_controllen < sizeof(cmsg)) {
		hdr->msg_flags |= MSG_CTRUNC;
		return;
	}
	if (hdr->msg_controllen < cmsg.cmsg_len) {
		hdr->msg_flags |= MSG_CTRUNC;
		cmsg.cmsg_len = hdr->msg_controllen;
	}
	if (copy_to_user(to, &cmsg, sizeof(cmsg)) ||
	    copy_to_user(to + sizeof(cmsg), data, cmsg.cmsg_len - sizeof(cmsg)))
		return;
	advance(hdr, CMSG_SPACE_K(len));
}

/* The user learns the number before it works; false: enough. */
static bool install_one(struct file *file, int32_t __user *to,
			unsigned int flags)
{
	int fd = get_unused_fd(0, flags);

	if (fd < 0)
		return false;
	if (put_user(fd, to)) {
		put_unused_fd((unsigned int)fd);
		return false;
	}
	fd_install((unsigned int)fd, get_file(file));
	return true;
}

static void put_fds(struct msghdr_k *hdr, struct scm_fp *fp, unsigned int flags)
{
	char __user *to = hdr->msg_control;
	struct cmsghdr_k cmsg = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS };
	size_t room = 0;
	unsigned int i = 0;

	if (to && hdr->msg_controllen > sizeof(cmsg))
		room = (hdr->msg_controllen - sizeof(cmsg)) / sizeof(int32_t);
	while (i < fp->count && i < room &&
	       install_one(fp->files[i],
			   (int32_t __user *)(to + sizeof(cmsg)) + i, flags))
		i++;
	if (i < fp->count)
		hdr->msg_flags |= MSG_CTRUNC;
	if (!i)
		return;
	cmsg.cmsg_len = CMSG_LEN_K(i * sizeof(int32_t));
	if (!copy_to_user(to, &cmsg, sizeof(cmsg)))
		advance(hdr, CMSG_SPACE_K(i * sizeof(int32_t)));
}

static struct ucred_k shown(const struct ucred_k *cred)
{
	if (cred->pid)
		return *cred;
	return (struct ucred_k){ 0, OVERFLOW_ID, OVERFLOW_ID };
}

/**
 * scm_recv - write the control messages of recvmsg(2)
 * @sk: the receiver
 * @scm: what came; its descriptors are used up
 * @hdr: msg_control and msg_controllen: the room, what is left of it
 * afterwards; msg_flags: MSG_CTRUNC is added
 * @flags: MSG_CMSG_CLOEXEC
 *
 * Context: may sleep.
 */
void scm_recv(struct unix_sock *sk, struct scm *scm, struct msghdr_k *hdr,
	      unsigned int flags)
{
	struct ucred_k cred = shown(&scm->cred);

	if (!hdr->msg_control) {
		if (sk->passcred || scm->fp)
			hdr->msg_flags |= MSG_CTRUNC;
	} else {
		if (sk->passcred)
			put_cmsg(hdr, SCM_CREDENTIALS, &cred, sizeof(cred));
		if (scm->fp)
			put_fds(hdr, scm->fp,
				flags & MSG_CMSG_CLOEXEC ? O_CLOEXEC : 0);
	}
	scm_fp_free(scm->fp);
	scm->fp = NULL;
}
