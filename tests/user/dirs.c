/* SPDX-License-Identifier: MIT */
/* Folders: making, listing, walking, and where we are. */
#include "t.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The sorted names in @path as one string. */
static const char *names_in(const char *path)
{
	static char text[8192];
	char *names[600];
	struct dirent *e;
	int n = 0;
	DIR *d = opendir(path);

	text[0] = '\0';
	if (!d)
		return strerror(errno);
	while (n < 600 && (e = readdir(d)))
		names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, (size_t)n, sizeof(*names), compare);
	for (int i = 0; i < n; i++) {
		if (strlen(text) + strlen(names[i]) + 2 < sizeof(text)) {
			strcat(text, names[i]);
			strcat(text, " ");
		}
		free(names[i]);
	}
	return text;
}

static void making(void)
{
	struct stat st;

	umask(027);
	is(mkdir("d", 0777), 0, 0, "mkdir");
	T(!stat("d", &st) && st.st_mode == (S_IFDIR | 0750), "umask counts");
	T(st.st_nlink == 2, "two links: its name and .");
	is(mkdir("d", 0777), -1, EEXIST, "once");
	is(mkdir("d/a/b", 0777), -1, ENOENT, "not two at a time");
	is(mkdir("d/", 0777), -1, EEXIST, "a slash behind it");
	is(mkdir("d/a/", 0777), 0, 0, "makes no difference");
	T(!stat("d", &st) && st.st_nlink == 3, "a subfolder is a link");
	is(rmdir("d"), -1, ENOTEMPTY, "rmdir wants it empty");
	is(rmdir("d/a"), 0, 0, "rmdir");
	is(rmdir("d/."), -1, EINVAL, "not of .");
	is(rmdir("d/.."), -1, ENOTEMPTY, "nor of ..");
	is(rmdir("none"), -1, ENOENT, "what is not there");
	close(open("file", O_CREAT | O_WRONLY, 0600));
	is(rmdir("file"), -1, ENOTDIR, "a file");
	is(mkdir("file/x", 0700), -1, ENOTDIR, "in a file");
	is(stat("file/", &st), -1, ENOTDIR, "a file with a slash");
	is(stat("d//./../d/", &st), 0, 0, "dots and slashes");
}

static void listing(void)
{
	char name[32], raw[4096];
	int fd, total = 0, n;

	T(1, "empty: %s", names_in("d"));
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d/entry-%03d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	T(1, "300 files: %.60s", names_in("d"));
	fd = open("d", O_RDONLY | O_DIRECTORY);
	is(syscall(SYS_getdents64, fd, raw, 10), -1, EINVAL,
	   "ten bytes are too few");
	while ((n = (int)syscall(SYS_getdents64, fd, raw, 200)) > 0)
		for (int at = 0; at < n; at += raw[at + 16] | raw[at + 17] << 8)
			total++;
	T(n == 0 && total == 302, "small pieces give all of them");
	is(syscall(SYS_getdents64, fd, raw, 200), 0, 0, "then no more");
	is(lseek(fd, 0, SEEK_SET), 0, 0, "rewind");
	T(syscall(SYS_getdents64, fd, raw, 200) > 0, "and again");
	is(read(fd, raw, 1), -1, EISDIR, "a folder is not read");
	close(fd);
	fd = open("file", O_RDONLY);
	is(syscall(SYS_getdents64, fd, raw, 200), -1, ENOTDIR, "nor a file");
	close(fd);
}

/* The older records: the name comes earlier, the type in the last byte. */
static void old_listing(void)
{
	static const char *const names[] = { "1",	"12",	   "123",
					     "1234",	"12345",   "123456",
					     "1234567", "12345678" };
	char raw[4096], name[64];
	int fd, n, lens = 0, types = 0;

	mkdir("old", 0700);
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "old/%s", names[i]);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	fd = open("old", O_RDONLY | O_DIRECTORY);
	is(syscall(SYS_getdents, fd, raw, 23), -1, EINVAL,
	   "getdents: 23 bytes are too few");
	memset(raw, 0xee, sizeof(raw));
	n = (int)syscall(SYS_getdents, fd, raw, sizeof(raw));
	for (int at = 0; at < n;) {
		int size = (unsigned char)raw[at + 16];
		size_t len = strlen(raw + at + 18);

		lens += (int)len;
		types += raw[at + size - 1] == (raw[at + 18] == '.' ? 4 : 8);
		at += size;
	}
	T(lens == 36 + 3, "all names");
	T(types == 10, "and types");
	is(syscall(SYS_getdents, fd, raw, sizeof(raw)), 0, 0, "no more");
	lseek(fd, 0, SEEK_SET);
	is(syscall(SYS_getdents, fd, 8, sizeof(raw)), -1, EFAULT,
	   "getdents: to nowhere");
	is(syscall(SYS_getdents, -1, raw, sizeof(raw)), -1, EBADF,
	   "getdents: no descriptor");
	is(syscall(SYS_getdents, 0, raw, sizeof(raw)), -1, ENOTDIR,
	   "getdents: no folder");
	system("rm -r old");
	is(syscall(SYS_getdents, fd, raw, sizeof(raw)), -1, ENOENT,
	   "getdents: it is gone");
	close(fd);
}

static void deleting_while_listing(void)
{
	struct dirent *e;
	DIR *d = opendir("d");
	char name[300];
	int n = 0;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "d/%s", e->d_name);
		n += unlink(name) == 0;
	}
	closedir(d);
	T(n == 300, "every entry can be deleted while it is listed");
	is(rmdir("d"), 0, 0, "then the folder is empty");
}

static void types(void)
{
	struct dirent *e;
	DIR *d;

	mkdir("types", 0700);
	mkdir("types/dir", 0700);
	close(open("types/reg", O_CREAT | O_WRONLY, 0600));
	symlink("x", "types/lnk");
	mkfifo("types/fifo", 0600);
	d = opendir("types");
	int ok = 0;
	while ((e = readdir(d)))
		ok += (!strcmp(e->d_name, "dir") && e->d_type == DT_DIR) ||
		      (!strcmp(e->d_name, "reg") && e->d_type == DT_REG) ||
		      (!strcmp(e->d_name, "lnk") && e->d_type == DT_LNK) ||
		      (!strcmp(e->d_name, "fifo") && e->d_type == DT_FIFO);
	closedir(d);
	T(ok == 4, "entries tell their types");
}

static void where_we_are(void)
{
	char start[4096], now[4096];
	int fd, here = open(".", O_RDONLY);

	T(getcwd(start, sizeof(start)) != NULL, "getcwd");
	is(mkdir("w", 0700), 0, 0, "a folder");
	is(chdir("w"), 0, 0, "chdir");
	T(getcwd(now, sizeof(now)) && !strcmp(now + strlen(now) - 2, "/w"),
	  "getcwd follows");
	is(syscall(SYS_getcwd, now, 2), -1, ERANGE, "two bytes are too few");
	is(rmdir("../w"), 0, 0, "the folder goes under our feet");
	is(syscall(SYS_getcwd, now, sizeof(now)), -1, ENOENT,
	   "it has no name any more");
	is(open("x", O_CREAT | O_WRONLY, 0600), -1, ENOENT, "and takes none");
	is(fchdir(here), 0, 0, "fchdir");
	T(getcwd(now, sizeof(now)) && !strcmp(now, start), "back");
	is(chdir("file"), -1, ENOTDIR, "a file is no place");
	is(chdir("none"), -1, ENOENT, "nor is what is not there");
	fd = open("types", O_RDONLY);
	T(faccessat(fd, "reg", F_OK, 0) == 0 && openat(fd, "../file", 0) >= 0,
	  "names relative to a folder");
	is(openat(99, "x", O_RDONLY), -1, EBADF, "to no descriptor");
	is(openat(here = open("file", O_RDONLY), "x", O_RDONLY), -1, ENOTDIR,
	   "to a file");
	close(fd);
	close(here);
}

static void long_names(void)
{
	char name[300], path[5000];
	struct stat st;

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	T(close(open(name, O_CREAT | O_WRONLY, 0600)) == 0,
	  "a name of 255 bytes");
	name[255] = 'n';
	name[256] = '\0';
	is(open(name, O_CREAT | O_WRONLY, 0600), -1, ENAMETOOLONG,
	   "of 256 bytes");
	memset(path, '/', sizeof(path));
	path[4095] = '\0';
	is(stat(path, &st), 0, 0, "a path of 4095 bytes");
	path[4095] = '/';
	path[4096] = '\0';
	is(stat(path, &st), -1, ENAMETOOLONG, "of 4096 bytes");
}

int main(void)
{
	making();
	listing();
	old_listing();
	deleting_while_listing();
	types();
	where_we_are();
	long_names();
	return done();
}
