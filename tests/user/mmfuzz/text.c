/* SPDX-License-Identifier: MIT */
/* A call and its result as text. */
#include "calls.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

/* Print the call; false: that was all that is wanted. */
bool call(const char *fmt, ...)
{
	static char s[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	if (as_c)
		say("\tshow(%s);\n", s);
	else
		say("%s", s);
	return !as_c;
}

static const char *error_name(int error)
{
	static char s[16];

	switch (error) {
#define E(x)                                                                   \
	case x:                                                                \
		return #x
		E(EPERM);
		E(ENOENT);
		E(EINTR);
		E(EIO);
		E(EBADF);
		E(EAGAIN);
		E(ENOMEM);
		E(EACCES);
		E(EFAULT);
		E(EBUSY);
		E(EEXIST);
		E(ENODEV);
		E(EINVAL);
		E(EFBIG);
		E(EOVERFLOW);
		E(EOPNOTSUPP);
		E(ENOSYS);
		E(ETXTBSY);
		E(ESRCH);
#undef E
	}
	snprintf(s, sizeof(s), "E%d", error);
	return s;
}

long result(long r)
{
	int e = errno;

	if (r == -1)
		say(" = -1 %s", error_name(e));
	else if (r >= 0x10000 || r < -1)
		say(" = %s", place((void *)r));
	else
		say(" = %ld", r);
	return r;
}

void outcome(struct outcome o)
{
	if (o.sig)
		say(" = %s code %d at %s",
		    o.sig == SIGSEGV ? "SIGSEGV" : "SIGBUS", o.code,
		    place(o.addr));
	else
		say(" = %x", o.byte);
}

struct flag {
	unsigned long bit;
	const char *name;
};

static const char *flags_text(unsigned long flags, const struct flag *f)
{
	static char ring[2][256];
	static int next;
	char *s = ring[next++ % 2];
	size_t n = 0;

	for (; f->name; f++)
		if (flags & f->bit) {
			n += (size_t)snprintf(s + n, 256 - n, "%s%s",
					      n ? " | " : "", f->name);
			flags &= ~f->bit;
		}
	if (flags || !n)
		snprintf(s + n, 256 - n, "%s%#lx", n ? " | " : "", flags);
	return s;
}

const char *prot_text(unsigned long prot)
{
	static const struct flag f[] = { { PROT_READ, "PROT_READ" },
					 { PROT_WRITE, "PROT_WRITE" },
					 { PROT_EXEC, "PROT_EXEC" },
					 { PROT_GROWSDOWN, "PROT_GROWSDOWN" },
					 { PROT_GROWSUP, "PROT_GROWSUP" },
					 { 0, NULL } };

	return prot ? flags_text(prot, f) : "PROT_NONE";
}

const char *map_text(unsigned long flags)
{
#define F(x)                                                                   \
	{                                                                      \
		x, #x                                                          \
	}
	static const struct flag f[] = {
		F(MAP_SHARED_VALIDATE), F(MAP_FIXED),	 F(MAP_ANONYMOUS),
		F(MAP_GROWSDOWN),	F(MAP_LOCKED),	 F(MAP_NORESERVE),
		F(MAP_POPULATE),	F(MAP_NONBLOCK), F(MAP_STACK),
		F(MAP_FIXED_NOREPLACE), { 0, NULL }
	};
#undef F
	static char s[256];

	if ((flags & 3) == 3)
		return flags_text(flags, f);
	snprintf(s, sizeof(s), "%s | %s",
		 (flags & 3) == 1   ? "MAP_SHARED"
		 : (flags & 3) == 2 ? "MAP_PRIVATE"
				    : "0",
		 flags_text(flags & ~3UL, f));
	return s;
}
