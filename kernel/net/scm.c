/* SPDX-License-Identifier: MIT */
/*
 * What goes beside the bytes, on the way in: descriptors and credentials that
 * the sender names. Source: cmsg(3), unix(7).
 */
#include <ikos/net.h>

#include <ikos/slab.h>
#include <ikos/uaccess.h>

/**
 * scm_fp_free - drop descriptors that are not in flight (any more)
 * @fp: may be NULL
 *
 * Context: may sleep: closes files.
 */
void scm_fp_free(struct scm_fp *fp)
{
	if (!fp)
		return;
	for (unsigned int i = 0; i < fp->count; i++)
		fput(fp->files[i]);
	kfree(fp);
}

/**
 * scm_fp_dup - the same descriptors once more
 * @fp: some
 * @room: filled, with references
 *
 * Context: any.
 * Return: @room.
 */
struct scm_fp *scm_fp_dup(const struct scm_fp *fp, struct scm_fp *room)
{
	memcpy(room, fp, sizeof(*room));
	for (unsigned int i = 0; i < fp->count; i++)
		get_file(room->files[i]);
	return room;
}

/* SCM_RIGHTS: 0 or -errno; what has been added stays for the caller to drop. */
static int add_fds(struct scm *scm, const int32_t __user *fds, size_t bytes)
{
	size_t n = bytes / sizeof(*fds);

	if (!n)
		return 0;
	if (n > SCM_MAX_FD)
		return -EINVAL;
	if (!scm->fp) {
		scm->fp = kzalloc(sizeof(*scm->fp), GFP_KERNEL);
		if (!scm->fp)
			return -ENOMEM;
	}
	if (n > SCM_MAX_FD - scm->fp->count)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		struct file *file;
		int fd;

		if (get_user(fd, fds + i))
			return -EFAULT;
		file = fd < 0 ? NULL : fget_raw((unsigned int)fd);
		if (!file)
			return -EBADF;
		scm->fp->files[scm->fp->count++] = file;
	}
	return 0;
}

static bool own_uid(uid_t uid)
{
	const struct cred *c = &current->cred;

	return uid == c->uid || uid == c->euid || uid == c->suid ||
	       cred_has_cap(c, CAP_SETUID);
}

static bool own_gid(gid_t gid)
{
	const struct cred *c = &current->cred;

	return gid == c->gid || gid == c->egid || gid == c->sgid ||
	       cred_has_cap(c, CAP_SETGID);
}

/* SCM_CREDENTIALS: it takes a capability to be somebody else. */
static int set_cred(struct scm *scm, const void __user *data)
{
	struct task_struct *task;
	struct ucred_k cred;

	if (copy_from_user(&cred, data, sizeof(cred)))
		return -EFAULT;
	if ((cred.pid != current->tgid && !capable(CAP_SYS_ADMIN)) ||
	    !own_uid(cred.uid) || !own_gid(cred.gid))
		return -EPERM;
	task = find_get_task(cred.pid);
	if (!task)
		return -ESRCH;
	put_task_struct(task);
	if (cred.uid == NO_ID || cred.gid == NO_ID)
		return -EINVAL;
	scm->cred = cred;
	return 0;
}

static int add_cmsg(struct scm *scm, const struct cmsghdr_k *hdr,
		    const char __user *data)
{
	size_t bytes = hdr->cmsg_len - sizeof(*hdr);

	if (hdr->cmsg_level != SOL_SOCKET)
		return 0;
	if (hdr->cmsg_type == SCM_RIGHTS)
		return add_fds(scm, (const void __user *)data, bytes);
	if (hdr->cmsg_type == SCM_CREDENTIALS)
		return bytes == sizeof(struct ucred_k) ? set_cred(scm, data)
						       : -EINVAL;
	return -EINVAL;
}

static int parse(struct scm *scm, const char __user *control, size_t len)
{
	struct cmsghdr_k hdr;

	while (len >= sizeof(hdr)) {
		size_t step;
		int err;

		if (copy_from_user(&hdr, control, sizeof(hdr)))
			return -EFAULT;
		if (hdr.cmsg_len < sizeof(hdr) || hdr.cmsg_len > len)
			return -EINVAL;
		err = add_cmsg(scm, &hdr, control + sizeof(hdr));
		if (err)
			return err;
		step = CMSG_ALIGN_K(hdr.cmsg_len);
		if (step >= len)
			break;
		control += step;
		len -= step;
	}
	return 0;
}

/**
 * scm_send - read the control messages of sendmsg(2)
 * @scm: empty; filled
 * @control: in user space
 * @len: bytes of it
 *
 * Context: may sleep.
 * Return: 0, or with nothing left in @scm: -EINVAL: malformed, unknown, or
 * more than 253 descriptors; -EBADF; -EPERM, -ESRCH: credentials; -EFAULT,
 * -ENOMEM.
 */
int scm_send(struct scm *scm, const void __user *control, size_t len)
{
	int err = parse(scm, control, len);

	if (err) {
		scm_fp_free(scm->fp);
		scm->fp = NULL;
	}
	return err;
}
