/* SPDX-License-Identifier: MIT */
/*
 * Small system calls about the machine: uname(2), sysinfo(2), getrandom(2),
 * syslog(2); and set_tid_address(2).
 */
#include <ikos/boot.h>
#include <ikos/mm.h>
#include <ikos/printk.h>
#include <ikos/random.h>
#include <ikos/sched.h>
#include <ikos/slab.h>
#include <ikos/string.h>
#include <ikos/syscall.h>
#include <ikos/uaccess.h>
#include <ikos/utsname.h>
#include <uapi/prctl.h>
#include <uapi/sysinfo.h>

struct new_utsname system_utsname = {
	.sysname = "Linux",
	.nodename = "ikos",
	.release = "6.1.0-ikos",
	.version = "#1 SMP IKOS " IKOS_VERSION,
	.machine = "x86_64",
	.domainname = "(none)",
};

DEFINE_SPINLOCK(uts_lock);

/* UNAME26: programs that take "3" for no version get 2.6.(60 + minor). */
static void pretend_2_6(char *release, size_t size)
{
	char old[NEW_UTS_LEN + 1];
	unsigned int minor = 0;
	const char *rest;

	strscpy(old, release, sizeof(old));
	rest = strchr(old, '.');
	for (rest = rest ? rest + 1 : old; *rest >= '0' && *rest <= '9'; rest++)
		minor = minor * 10 + (unsigned int)(*rest - '0');
	while (*rest == '.' || (*rest >= '0' && *rest <= '9'))
		rest++;
	snprintf(release, size, "2.6.%u%s", minor + 60, rest);
}

/* What personality(2) makes of the names. */
static void show_personality(struct new_utsname *name)
{
	unsigned int persona = current->personality;

	if ((persona & PER_MASK) == PER_LINUX32)
		strscpy(name->machine, "i686", sizeof(name->machine));
	if (persona & UNAME26)
		pretend_2_6(name->release, sizeof(name->release));
}

/**
 * sys_uname() - name and version: programs take us for the Linux whose ABI
 * this is
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE1(uname, struct new_utsname __user *, ubuf)
{
	struct new_utsname name;

	spin_lock(&uts_lock);
	name = system_utsname;
	spin_unlock(&uts_lock);
	show_personality(&name);
	return put_user(name, ubuf);
}

static long set_uts_field(char *field, const char __user *uname, int len)
{
	char name[NEW_UTS_LEN + 1];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > NEW_UTS_LEN)
		return -EINVAL;
	memset(name, 0, sizeof(name));
	if (copy_from_user(name, uname, (size_t)len))
		return -EFAULT;
	spin_lock(&uts_lock);
	memcpy(field, name, sizeof(name));
	spin_unlock(&uts_lock);
	return 0;
}

/**
 * sys_sethostname() - name the machine
 *
 * Context: process context. Return: 0; -EPERM: not root; -EINVAL: too long;
 * -EFAULT.
 */
SYSCALL_DEFINE2(sethostname, const char __user *, name, int, len)
{
	return set_uts_field(system_utsname.nodename, name, len);
}

/**
 * sys_setdomainname() - name its NIS domain
 *
 * Context: process context. Return: 0; -EPERM: not root; -EINVAL: too long;
 * -EFAULT.
 */
SYSCALL_DEFINE2(setdomainname, const char __user *, name, int, len)
{
	return set_uts_field(system_utsname.domainname, name, len);
}

/**
 * sys_sysinfo() - uptime, load and memory at a glance; memory in bytes
 *
 * Context: process context. Return: 0 or -EFAULT.
 */
SYSCALL_DEFINE1(sysinfo, struct sysinfo_k __user *, ubuf)
{
	unsigned long loads[3];
	struct sysinfo_k info;
	struct mem_info mem;

	memset(&info, 0, sizeof(info));
	mm_meminfo(&mem);
	get_loadavg(loads);
	for (int i = 0; i < 3; i++)
		info.loads[i] = loads[i];
	/* Rounded up, as Linux does. */
	info.uptime = (s64)DIV_ROUND_UP(ktime_get_ns(), NSEC_PER_SEC);
	info.totalram = mem.total << PAGE_SHIFT;
	info.freeram = mem.free << PAGE_SHIFT;
	info.sharedram = mem.shmem << PAGE_SHIFT;
	info.bufferram = mem.buffers << PAGE_SHIFT;
	info.procs = (u16)nr_threads_total();
	info.mem_unit = 1;
	return put_user(info, ubuf);
}

#define GRND_NONBLOCK 1u
#define GRND_RANDOM   2u
#define GRND_INSECURE 4u

/**
 * sys_getrandom() - random bytes
 *
 * The generator is seeded at boot, so nobody ever waits.
 *
 * Context: process context. Return: bytes; -EINVAL: flags; -EFAULT.
 */
SYSCALL_DEFINE3(getrandom, char __user *, ubuf, size_t, count, unsigned int,
		flags)
{
	char chunk[256];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & GRND_RANDOM) && (flags & GRND_INSECURE))
		return -EINVAL;
	count = min(count, (size_t)INT_MAX);
	while (done < count) {
		size_t n = min(count - done, sizeof(chunk)), left;

		get_random_bytes(chunk, n);
		left = copy_to_user(ubuf + done, chunk, n);
		done += n - left;
		if (left)
			break;
		/* A long request gives way, and up when a signal came. */
		if (IS_ALIGNED(done, PAGE_SIZE)) {
			if (current->sigpending)
				break;
			cond_resched();
		}
	}
	memset(chunk, 0, sizeof(chunk));
	barrier();
	return done || !count ? (long)done : -EFAULT;
}

enum {
	SYSLOG_CLOSE,
	SYSLOG_OPEN,
	SYSLOG_READ,
	SYSLOG_READ_ALL,
	SYSLOG_READ_CLEAR,
	SYSLOG_CLEAR,
	SYSLOG_CONSOLE_OFF,
	SYSLOG_CONSOLE_ON,
	SYSLOG_CONSOLE_LEVEL,
	SYSLOG_SIZE_UNREAD,
	SYSLOG_SIZE_BUFFER,
};

#define MINIMUM_CONSOLE_LOGLEVEL 1

/* The newest @len bytes of the log. */
static long syslog_read_all(char __user *ubuf, int len)
{
	size_t size = min((size_t)len, kmsg_size()), n;
	char *buf;

	if (!ubuf || len < 0)
		return -EINVAL;
	if (!len)
		return 0;
	buf = kmalloc(size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	n = kmsg_read(buf, size);
	if (copy_to_user(ubuf, buf, n))
		n = (size_t)-EFAULT;
	kfree(buf);
	return (long)n;
}

static int saved_console_loglevel = -1;

static long set_console_level(int level)
{
	if (level < 1 || level > 8)
		return -EINVAL;
	console_loglevel = max(level, MINIMUM_CONSOLE_LOGLEVEL);
	saved_console_loglevel = -1;
	return 0;
}

/**
 * sys_syslog() - read the kernel's log and say what of it the console shows:
 * syslog(2)
 *
 * The calls that consume the log (READ, READ_CLEAR, CLEAR) are not there.
 *
 * Context: process context. Return: bytes or 0; -EPERM: not root; -EINVAL:
 * @type or a value; -ENOMEM; -EFAULT.
 */
SYSCALL_DEFINE3(syslog, int, type, char __user *, ubuf, int, len)
{
	/* Size and contents are for everybody, the rest is root's. */
	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER &&
	    !capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ_ALL:
		return syslog_read_all(ubuf, len);
	case SYSLOG_CONSOLE_OFF:
		if (saved_console_loglevel < 0)
			saved_console_loglevel = console_loglevel;
		console_loglevel = MINIMUM_CONSOLE_LOGLEVEL;
		return 0;
	case SYSLOG_CONSOLE_ON:
		if (saved_console_loglevel >= 0)
			console_loglevel = saved_console_loglevel;
		saved_console_loglevel = -1;
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		return set_console_level(len);
	case SYSLOG_SIZE_BUFFER:
		return (long)kmsg_size();
	default:
		return -EINVAL;
	}
}

/**
 * sys_set_tid_address() - where to store 0 and wake a futex when the thread
 * ends
 *
 * Context: process context. Return: the thread's number.
 */
SYSCALL_DEFINE1(set_tid_address, int __user *, tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}
