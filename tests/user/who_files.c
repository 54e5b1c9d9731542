/* SPDX-License-Identifier: MIT */
/*
 * A second user before every door to a file: path_resolution(7), "Permissions",
 * and the ERRORS of each call. Ann owns, Bob tries.
 */
#include "who.h"
#include <dirent.h>
#include <sys/mount.h>
#include <time.h>

/* An open and closed again: 0, or -1 as open(2). */
static long try_open(const char *name, int flags)
{
	int fd = open(name, flags, 0666);

	return fd < 0 ? -1 : close(fd);
}

static void opening(void)
{
	make("shut", ANN, ANN, 0600);
	make("read", ANN, ANN, 0644);
	make("group", ANN, BOB, 0640);
	make("notme", BOB, BOB, 0077);
	REFUSED(try_open("shut", O_RDONLY), EACCES, "EACCES: open to read");
	REFUSED(try_open("shut", O_WRONLY), EACCES, "EACCES: open to write");
	REFUSED(try_open("read", O_RDWR), EACCES, "EACCES: read is not write");
	BY(BOB, try_open("read", O_RDONLY), 0, 0, "others' r is for others");
	REFUSED(try_open("read", O_RDONLY | O_TRUNC), EACCES,
		"EACCES: to truncate is to write");
	REFUSED(try_open("read", O_RDONLY | O_NOATIME), EPERM,
		"EPERM: O_NOATIME of somebody else's");
	AFTER(int fd = open("read", O_RDONLY); become(BOB, BOB),
					       fcntl(fd, F_SETFL, O_NOATIME),
					       -1, EPERM, "EPERM: by F_SETFL");
	BY(BOB, try_open("group", O_RDONLY), 0, 0, "the group's r");
	REFUSED(try_open("group", O_WRONLY), EACCES, "EACCES: it has no w");
	AFTER(gid_t g = BOB; syscall(SYS_setgroups, 1, &g);
	      syscall(SYS_setresgid, 9, 9, 9);
	      syscall(SYS_setresuid, 9, 9, 9), try_open("group", O_RDONLY), 0,
	      0, "a supplementary group");
	REFUSED(try_open("notme", O_RDONLY), EACCES,
		"EACCES: the owner's bits, though others may");
	BY(BOB, try_open("shut", O_PATH), 0, 0, "O_PATH asks for nothing");
	AFTER(, try_open("shut", O_RDWR), 0, 0, "root reads and writes all");
	AFTER(syscall(SYS_setfsuid, BOB);
	      syscall(SYS_setfsgid, BOB), try_open("shut", O_RDONLY), -1,
	      EACCES, "EACCES: root with another fsuid");
}

static long list(const char *name)
{
	DIR *d = opendir(name);

	return d ? closedir(d) : -1;
}

static void searching(void)
{
	struct stat st;

	make_dir("closed", ANN, ANN, 0700);
	make("closed/f", ANN, ANN, 0666);
	make_dir("pass", ANN, ANN, 0711);
	make("pass/f", ANN, ANN, 0644);
	make_dir("look", ANN, ANN, 0744);
	make("look/f", ANN, ANN, 0644);
	if (symlink("closed/f", "link"))
		exit(99);
	REFUSED(try_open("closed/f", O_RDONLY), EACCES,
		"EACCES: a directory without x");
	REFUSED(stat("closed/f", &st), EACCES, "EACCES: stat");
	REFUSED(stat("closed/none", &st), EACCES, "EACCES: not even ENOENT");
	REFUSED(stat("closed/.", &st), EACCES, "EACCES: \".\"");
	REFUSED(stat("closed/..", &st), EACCES, "EACCES: \"..\"");
	REFUSED(try_open("link", O_RDONLY), EACCES, "EACCES: through a link");
	BY(BOB, readlink("link", who->text, 99), 8, 0, "a link itself");
	REFUSED(list("closed"), EACCES, "EACCES: list it");
	REFUSED(chdir("closed"), EACCES, "EACCES: chdir");
	REFUSED(fchdir(open("closed", O_PATH)), EACCES, "EACCES: fchdir");
	REFUSED(list("pass"), EACCES, "EACCES: x alone does not list");
	BY(BOB, try_open("pass/f", O_RDONLY), 0, 0, "but finds");
	BY(BOB, list("look"), 0, 0, "r alone lists");
	REFUSED(stat("look/f", &st), EACCES, "EACCES: but does not find");
	AFTER(int d = open("pass", O_RDONLY);
	      become(BOB, BOB), openat(d, "new", O_CREAT | O_RDWR, 0666), -1,
	      EACCES, "EACCES: openat in a directory that root opened");
	AFTER(, stat("closed/f", &st), 0, 0, "root searches all");
}

/* Names in a directory that Bob may not write. */
static void names(void)
{
	make_dir("dir", ANN, ANN, 0755);
	make("dir/f", ANN, ANN, 0666);
	make_dir("dir/sub", ANN, ANN, 0777);
	make("mine", BOB, BOB, 0666);
	make_dir("own", BOB, BOB, 0755);
	REFUSED(try_open("dir/new", O_CREAT | O_RDWR), EACCES,
		"EACCES: O_CREAT");
	BY(BOB, try_open("dir/f", O_CREAT | O_RDWR), 0, 0, "of what exists");
	REFUSED(try_open("dir", O_TMPFILE | O_RDWR), EACCES,
		"EACCES: O_TMPFILE");
	REFUSED(mkdir("dir/new", 0777), EACCES, "EACCES: mkdir");
	REFUSED(mkdir("dir/sub", 0777), EEXIST, "EEXIST comes first");
	REFUSED(symlink("x", "dir/new"), EACCES, "EACCES: symlink");
	REFUSED(mknod("dir/new", S_IFIFO | 0666, 0), EACCES, "EACCES: mknod");
	REFUSED(link("mine", "dir/new"), EACCES, "EACCES: link");
	REFUSED(unlink("dir/f"), EACCES, "EACCES: unlink");
	REFUSED(rmdir("dir/sub"), EACCES, "EACCES: rmdir");
	REFUSED(rename("dir/f", "dir/g"), EACCES, "EACCES: rename");
	REFUSED(rename("dir/f", "own/f"), EACCES, "EACCES: rename out");
	REFUSED(rename("own", "dir/own"), EACCES, "EACCES: rename into");
	REFUSED(mknod("own/null", S_IFCHR | 0666, 0x103), EPERM,
		"EPERM: mknod of a device");
	BY(BOB, mknod("own/fifo", S_IFIFO | 0666, 0), 0, 0, "a FIFO is fine");
	make_dir("own/theirs", ANN, ANN, 0755);
	make_dir("own/below", BOB, BOB, 0755);
	REFUSED(rename("own/theirs", "own/below/theirs"), EACCES,
		"EACCES: a directory whose \"..\" would change");
	BY(BOB, rename("own/theirs", "own/t"), 0, 0, "in its place it may");
}

static void sticky(void)
{
	make_dir("tmp", ANN, ANN, 01777);
	make("tmp/ann", ANN, ANN, 0666);
	make("tmp/third", 77, 77, 0666);
	make("tmp/bob", BOB, BOB, 0600);
	make_dir("tmp/dir", ANN, ANN, 0777);
	REFUSED(unlink("tmp/ann"), EPERM,
		"EPERM: unlink in a sticky directory");
	REFUSED(rename("tmp/ann", "tmp/new"), EPERM, "EPERM: rename");
	REFUSED(rename("tmp/bob", "tmp/ann"), EPERM, "EPERM: replace");
	REFUSED(rmdir("tmp/dir"), EPERM, "EPERM: rmdir");
	BY(BOB, rename("tmp/bob", "tmp/bob2"), 0, 0, "one's own");
	BY(BOB, unlink("tmp/bob2"), 0, 0, "goes");
	BY(ANN, unlink("tmp/third"), 0, 0, "the directory's owner may");
	AFTER(, unlink("tmp/ann"), 0, 0, "and root");
}

static void attributes(void)
{
	const struct timespec then[2] = { { 1, 0 }, { 2, 0 } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	const struct timespec one[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };

	make("a", ANN, ANN, 0644);
	make("w", ANN, ANN, 0666);
	make("b", BOB, BOB, 0644);
	REFUSED(chmod("a", 0777), EPERM, "EPERM: chmod");
	REFUSED(fchmod(open("w", O_RDWR), 0777), EPERM, "EPERM: fchmod");
	REFUSED(chown("a", BOB, -1), EPERM, "EPERM: chown to oneself");
	REFUSED(chown("b", ANN, -1), EPERM, "EPERM: give away");
	BY(BOB, chown("b", BOB, BOB), 0, 0, "as it is");
	REFUSED(chown("b", -1, ANN), EPERM, "EPERM: a group one is not in");
	AFTER(gid_t g = ANN; syscall(SYS_setgroups, 1, &g);
	      syscall(SYS_setresuid, BOB, BOB, BOB), chown("b", -1, ANN), 0, 0,
	      "one that one is in");
	BY(BOB, chown("a", -1, -1), 0, 0, "to change nothing is for all");
	REFUSED(utimensat(AT_FDCWD, "a", NULL, 0), EACCES, "EACCES: touch");
	REFUSED(utimensat(AT_FDCWD, "a", now, 0), EACCES, "EACCES: UTIME_NOW");
	BY(BOB, utimensat(AT_FDCWD, "w", NULL, 0), 0, 0,
	   "touch what one may write");
	REFUSED(utimensat(AT_FDCWD, "w", then, 0), EPERM, "EPERM: set times");
	REFUSED(utimensat(AT_FDCWD, "w", one, 0), EPERM, "EPERM: only one");
	REFUSED(truncate("a", 0), EACCES, "EACCES: truncate");
	BY(BOB, truncate("w", 9), 0, 0, "with w");
}

/* Set-user-ID and set-group-ID go when somebody else has touched the file. */
static void set_id_bits(void)
{
	gid_t bob = BOB;

	make("s", ANN, ANN, 06777);
	REFUSED(chown("s", -1, -1), EPERM, "EPERM: chown to take bits away");
	T(!who_root || mode_of("s") == 06777, "they stay");
	BY(BOB, pwrite(open("s", O_WRONLY), "x", 1, 0), 1, 0, "Bob writes");
	T(!who_root || mode_of("s") == 0777, "and they go");
	if (who_root)
		chmod("s", 06777);
	BY(BOB, truncate("s", 0), 0, 0, "Bob truncates");
	T(!who_root || mode_of("s") == 0777, "and they go");
	if (who_root)
		chmod("s", 02666);
	BY(ANN, pwrite(open("s", O_WRONLY), "x", 1, 0), 1, 0, "Ann writes");
	T(!who_root || mode_of("s") == 02666,
	  "without the group's x a member's S_ISGID stays");
	AFTER(, pwrite(open("s", O_WRONLY), "x", 1, 0), 1, 0, "root writes");
	T(!who_root || mode_of("s") == 02666, "root's bits stay");
	if (who_root)
		chmod("s", 06777);
	AFTER(, chown("s", ANN, ANN), 0, 0, "root's chown");
	T(!who_root || mode_of("s") == 0777, "takes them away");
	make("g", ANN, BOB, 0644);
	BY(ANN, chmod("g", 02755), 0, 0, "S_ISGID of a foreign group");
	T(!who_root || mode_of("g") == 0755, "is not set");
	AFTER(syscall(SYS_setgroups, 1, &bob);
	      syscall(SYS_setresuid, ANN, ANN, ANN), chmod("g", 02755), 0, 0,
	      "by a member");
	T(!who_root || mode_of("g") == 02755, "it is");
}

static void inheriting(void)
{
	struct stat st;

	make_dir("setgid", ANN, BOB, 02777);
	BY(ANN, try_open("setgid/f", O_CREAT | O_RDWR), 0, 0,
	   "a file in a set-group-ID directory");
	T(!who_root || (!stat("setgid/f", &st) && st.st_uid == ANN &&
			st.st_gid == BOB),
	  "has the directory's group");
	BY(ANN, mkdir("setgid/d", 0700), 0, 0, "a directory");
	T(!who_root || mode_of("setgid/d") == 02700, "inherits the bit");
	BY(ANN, open("setgid/x", O_CREAT | O_RDWR, 02775) < 0, 0, 0,
	   "a program in it");
	T(!who_root || mode_of("setgid/x") == 0775,
	  "is none of a group that its maker is not in");
	BY(BOB, open("setgid/y", O_CREAT | O_RDWR, 02775) < 0, 0, 0,
	   "a member's");
	T(!who_root || mode_of("setgid/y") == 02775, "is");
	AFTER(umask(027); become(ANN, ANN),
			  open("setgid/u", O_CREAT | O_RDWR, 0666) < 0, 0, 0,
			  "umask 027");
	T(!who_root || mode_of("setgid/u") == 0640, "takes bits away");
}

static long accessible(const char *name, int mode, int flags)
{
	return syscall(SYS_faccessat2, AT_FDCWD, name, mode, flags);
}

static void asking(void)
{
	make("data", ANN, ANN, 0640);
	REFUSED(access("data", R_OK), EACCES, "EACCES: access");
	BY(BOB, access("data", F_OK), 0, 0, "it exists");
	REFUSED(access("closed/f", F_OK), EACCES, "EACCES: or so one guesses");
	AFTER(syscall(SYS_setresuid, BOB, 0, 0), access("data", R_OK), -1,
	      EACCES, "EACCES: access asks for the real user");
	AFTER(syscall(SYS_setresuid, BOB, 0, 0),
	      accessible("data", R_OK, AT_EACCESS), 0, 0,
	      "AT_EACCESS for the effective one");
	AFTER(syscall(SYS_setresuid, 0, BOB, BOB), access("data", R_OK), 0, 0,
	      "a real root is asked as root");
	AFTER(syscall(SYS_setresuid, 0, BOB, BOB),
	      accessible("data", R_OK, AT_EACCESS), -1, EACCES,
	      "EACCES: its effective user not");
	AFTER(, access("data", X_OK), -1, EACCES,
	      "EACCES: root and no x at all");
	AFTER(, access("data", R_OK | W_OK), 0, 0, "but r and w");
	AFTER(, access("closed", X_OK), 0, 0, "and any directory");
}

static void running(void)
{
	char *const argv[] = { "x", NULL };

	make("noexec", ANN, ANN, 0666);
	make("annexec", ANN, ANN, 0744);
	REFUSED(execve("noexec", argv, argv + 1), EACCES, "EACCES: exec");
	REFUSED(execve("annexec", argv, argv + 1), EACCES, "EACCES: others' x");
	REFUSED(execve("closed/f", argv, argv + 1), EACCES, "EACCES: search");
	REFUSED(execve("dir", argv, argv + 1), EACCES, "EACCES: a directory");
	AFTER(, execve("noexec", argv, argv + 1), -1, EACCES, "EACCES: root");
	REFUSED(chroot("dir"), EPERM, "EPERM: chroot");
	REFUSED(chroot("closed"), EACCES, "EACCES: chroot");
	REFUSED(mount("none", "own", "tmpfs", 0, NULL), EPERM, "EPERM: mount");
	REFUSED(umount("/proc"), EPERM, "EPERM: umount");
}

int main(void)
{
	who_init();
	opening();
	searching();
	names();
	sticky();
	attributes();
	set_id_bits();
	inheriting();
	asking();
	running();
	return done();
}
