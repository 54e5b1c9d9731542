/* SPDX-License-Identifier: MIT */
/* Extended attributes: on files, links, devices, pipes, in /proc; who may. */
#include "t.h"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DIR "/dev/shm/xattr.test"

static char b[70000];

static void values(int f)
{
	is(fgetxattr(f, "user.a", b, 9), -1, ENODATA, "get: there is none");
	is(fsetxattr(f, "user.a", "one", 3, XATTR_REPLACE), -1, ENODATA,
	   "replace: there is none");
	is(fsetxattr(f, "user.a", "one", 3, XATTR_CREATE), 0, 0, "create");
	is(fsetxattr(f, "user.a", "one", 3, XATTR_CREATE), -1, EEXIST,
	   "create: it is there");
	is(fgetxattr(f, "user.a", b, 9), 3, 0, "get");
	T(!memcmp(b, "one", 3), "its value");
	is(fgetxattr(f, "user.a", b, 0), 3, 0, "only its size");
	is(fgetxattr(f, "user.a", b, 2), -1, ERANGE, "get: too short");
	is(fsetxattr(f, "user.a", "longer", 6, 0), 0, 0, "another value");
	is(fgetxattr(f, "user.a", b, 9), 6, 0, "is there");
	is(fsetxattr(f, "user.empty", NULL, 0, 0), 0, 0, "an empty one");
	is(fgetxattr(f, "user.empty", b, 9), 0, 0, "is there, too");
	is(flistxattr(f, b, 0), 18, 0, "the length of the list");
	is(flistxattr(f, b, sizeof(b)), 18, 0, "the list");
	is(flistxattr(f, b, 3), -1, ERANGE, "list: too short");
	is(flistxattr(f, (void *)8, 99), -1, EFAULT, "list: to nowhere");
	is(fgetxattr(f, "user.a", (void *)8, 99), -1, EFAULT,
	   "get: to nowhere");
	is(fsetxattr(f, "user.b", (void *)8, 4, 0), -1, EFAULT,
	   "set: from nowhere");
	is(fgetxattr(f, (void *)8, b, 9), -1, EFAULT, "a name from nowhere");
	is(fsetxattr(f, "user.a", "x", 1, 4), -1, EINVAL, "unknown flags");
	is(fsetxattr(f, "user.big", b, 65537, 0), -1, E2BIG, "too large");
	is(fsetxattr(f, "user.big", b, 65536, 0), 0, 0, "the largest");
	is(fgetxattr(f, "user.big", b, 65536), 65536, 0, "is there");
	is(fremovexattr(f, "user.big"), 0, 0, "remove");
	is(fremovexattr(f, "user.big"), -1, ENODATA, "remove: it has gone");
	is(fremovexattr(f, "user.empty"), 0, 0, "the other");
}

static void names(int f)
{
	char name[300] = "user.";

	memset(name + 5, 'n', 290);
	is(fgetxattr(f, name, b, 9), -1, ERANGE, "a name that is too long");
	name[255] = '\0';
	is(fgetxattr(f, name, b, 9), -1, ENODATA, "the longest");
	is(fgetxattr(f, "", b, 9), -1, ERANGE, "no name");
	is(fgetxattr(f, "user.", b, 9), -1, EINVAL, "only a prefix");
	is(fgetxattr(f, "user", b, 9), -1, EOPNOTSUPP, "not even that");
	is(fgetxattr(f, "foo.a", b, 9), -1, EOPNOTSUPP, "an unknown prefix");
	is(fsetxattr(f, "foo.a", b, 9, 0), -1, EOPNOTSUPP, "to set, too");
	is(fgetxattr(f, "system.posix_acl_access", b, 9), -1, ENODATA,
	   "no access list");
	is(fgetxattr(99, "user.a", b, 9), -1, EBADF, "no descriptor");
	is(getxattr(DIR "/none", "user.a", b, 9), -1, ENOENT, "no file");
	is(getxattr((void *)8, "user.a", b, 9), -1, EFAULT, "no path");
	is(getxattr(DIR "/file/x", "user.a", b, 9), -1, ENOTDIR,
	   "a file as a directory");
}

static void kinds(void)
{
	int p[2], null = open("/dev/null", O_RDWR),
		  proc = open("/proc/self/stat", O_RDONLY);

	pipe(p);
	symlink("file", DIR "/link");
	is(getxattr(DIR "/link", "user.a", b, 9), 6, 0, "through a link");
	is(lgetxattr(DIR "/link", "user.a", b, 9), -1, ENODATA,
	   "the link itself");
	is(lsetxattr(DIR "/link", "user.a", b, 1, 0), -1, EPERM,
	   "which cannot have one");
	is(lsetxattr(DIR "/link", "trusted.a", b, 1, 0), 0, 0,
	   "but one of trusted");
	is(llistxattr(DIR "/link", b, 99), 10, 0, "its list");
	is(lremovexattr(DIR "/link", "trusted.a"), 0, 0, "remove it");
	is(setxattr(DIR, "user.d", "x", 1, 0), 0, 0, "a directory");
	is(listxattr(DIR, b, 99), 7, 0, "its list");
	is(removexattr(DIR, "user.d"), 0, 0, "remove it");
	is(fgetxattr(null, "user.a", b, 9), -1, ENODATA, "a device");
	is(fsetxattr(null, "user.a", b, 1, 0), -1, EPERM, "cannot have one");
	is(fgetxattr(p[0], "user.a", b, 9), -1, ENODATA, "a pipe");
	is(fsetxattr(p[0], "user.a", b, 1, 0), -1, EPERM, "neither");
	is(fgetxattr(p[0], "security.a", b, 9), -1, EOPNOTSUPP,
	   "nor any other");
	is(flistxattr(p[0], b, 9), 0, 0, "its list is empty");
	is(fgetxattr(proc, "user.a", b, 9), -1, EOPNOTSUPP, "a file of /proc");
	is(fsetxattr(proc, "user.a", b, 1, 0), -1, EOPNOTSUPP, "cannot");
	is(flistxattr(proc, b, 9), 0, 0, "its list is empty");
	close(p[0]);
	close(p[1]);
	close(null);
	close(proc);
}

static void rights(int f)
{
	is(fsetxattr(f, "trusted.t", "x", 1, 0), 0, 0, "root: trusted");
	is(fsetxattr(f, "security.s", "y", 1, 0), 0, 0, "root: security");
	is(flistxattr(f, b, 99), 7 + 10 + 11, 0, "root: sees all");
	fflush(stdout);
	T(WEXITSTATUS(in_child({
		  int bad = 0;

		  setuid(12345);
		  bad |= fgetxattr(f, "user.a", b, 9) != 6;
		  bad |= (fsetxattr(f, "user.a", "x", 1, 0) != -1 ||
			  errno != EACCES)
			 << 1;
		  bad |= (fgetxattr(f, "trusted.t", b, 9) != -1 ||
			  errno != ENODATA)
			 << 2;
		  bad |= (fsetxattr(f, "trusted.t", "x", 1, 0) != -1 ||
			  errno != EPERM)
			 << 3;
		  bad |= (fgetxattr(f, "security.s", b, 9) != 1) << 4;
		  bad |= (fsetxattr(f, "security.s", "x", 1, 0) != -1 ||
			  errno != EPERM)
			 << 5;
		  bad |= (flistxattr(f, b, 99) != 7 + 11) << 6;
		  _exit(bad);
	  })) == 0,
	  "others: read user and security, no more");
}

int main(void)
{
	int f;

	mkdir(DIR, 0755);
	f = open(DIR "/file", O_RDWR | O_CREAT, 0644);
	values(f);
	names(f);
	kinds();
	rights(f);
	unlink(DIR "/file");
	unlink(DIR "/link");
	rmdir(DIR);
	f = memfd_create("x", 0);
	is(fsetxattr(f, "user.m", "x", 1, 0), 0, 0, "a memfd");
	is(fgetxattr(f, "user.m", b, 9), 1, 0, "has them, too");
	return done();
}
