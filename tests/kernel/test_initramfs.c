/* SPDX-License-Identifier: MIT */
/* Unpacking cpio archives, whole and damaged. */
#include "test_fs.h"

#define ARCHIVE_MAX 8192

struct archive {
	char *data;
	size_t len;
};

struct entry {
	const char *name;
	unsigned int mode;
	const char *body;
	unsigned int ino, nlink;
	unsigned int major, minor;
};

static void pad_to_4(struct archive *a)
{
	while (a->len % 4)
		a->data[a->len++] = '\0';
}

static void add_bytes(struct archive *a, const void *data, size_t n)
{
	memcpy(a->data + a->len, data, n);
	a->len += n;
}

static void add(struct archive *a, const struct entry *e)
{
	size_t len = e->body ? strlen(e->body) : 0;
	char header[120];
	int n;

	n = snprintf(header, sizeof(header),
		     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
		     "%08x",
		     e->ino, e->mode, 7u, 8u, e->nlink ? e->nlink : 1,
		     1000000000u, (unsigned int)len, 0u, 0u, e->major, e->minor,
		     (unsigned int)strlen(e->name) + 1, 0u);
	add_bytes(a, header, (size_t)n);
	add_bytes(a, e->name, strlen(e->name) + 1);
	pad_to_4(a);
	if (len)
		add_bytes(a, e->body, len);
	pad_to_4(a);
}

static void add_trailer(struct archive *a)
{
	add(a, &(struct entry){ .name = "TRAILER!!!" });
}

#define IN "dev/shm/"

static void make_sample(struct archive *a)
{
	a->len = 0;
	add(a, &(struct entry){ .name = ".", .mode = S_IFDIR | 0755 });
	add(a, &(struct entry){ .name = IN "d", .mode = S_IFDIR | 02750 });
	add(a, &(struct entry){ .name = IN "d/f",
				.mode = S_IFREG | 0640,
				.body = "content" });
	add(a, &(struct entry){ .name = "./" IN "l",
				.mode = S_IFLNK | 0777,
				.body = "d/f" });
	add(a, &(struct entry){ .name = "/" IN "null",
				.mode = S_IFCHR | 0666,
				.ino = 0,
				.nlink = 0,
				.major = 1,
				.minor = 3 });
	add(a, &(struct entry){ .name = IN "fifo", .mode = S_IFIFO | 0600 });
	add(a, &(struct entry){ .name = IN "h1",
				.mode = S_IFREG | 0600,
				.ino = 77,
				.nlink = 2 });
	add(a, &(struct entry){ .name = IN "h2",
				.mode = S_IFREG | 0600,
				.body = "linked",
				.ino = 77,
				.nlink = 2 });
	add(a, &(struct entry){ .name = IN "deep/er/f",
				.mode = S_IFREG | 0600,
				.body = "parents" });
	add_trailer(a);
}

KTEST(initramfs, every_kind_of_entry)
{
	struct archive a = { kzalloc(ARCHIVE_MAX, GFP_KERNEL), 0 };
	struct kstat st = {};

	ASSERT(a.data);
	FS_BEGIN;
	make_sample(&a);
	EXPECT_EQ(unpack_initramfs(a.data, a.len), 0);
	EXPECT_EQ(lookup_stat(AT "/d", 0, &st), 0);
	EXPECT_EQ(st.mode, S_IFDIR | 02750);
	EXPECT_EQ(st.uid, 7);
	EXPECT_EQ(st.gid, 8);
	EXPECT_EQ(st.mtime.tv_sec, 1000000000);
	EXPECT_EQ(lookup_stat(AT "/d/f", 0, &st), 0);
	EXPECT_EQ(st.mode, S_IFREG | 0640);
	EXPECT_EQ(st.mtime.tv_sec, 1000000000);
	EXPECT(holds(AT "/l", "content"));
	EXPECT_EQ(lookup_stat(AT "/null", 0, &st), 0);
	EXPECT_EQ(st.mode, S_IFCHR | 0666);
	EXPECT_EQ(st.rdev, MKDEV(1, 3));
	EXPECT_EQ(lookup_stat(AT "/fifo", 0, &st), 0);
	EXPECT(S_ISFIFO(st.mode));
	EXPECT(holds(AT "/h1", "linked"));
	EXPECT(holds(AT "/h2", "linked"));
	EXPECT_EQ(nlink_of(AT "/h1"), 2);
	EXPECT(holds(AT "/deep/er/f", "parents"));
	FS_END;
	kfree(a.data);
}

KTEST(initramfs, archives_follow_each_other)
{
	struct archive a = { kzalloc(ARCHIVE_MAX, GFP_KERNEL), 0 };

	ASSERT(a.data);
	FS_BEGIN;
	add(&a, &(struct entry){ .name = IN "one",
				 .mode = S_IFREG | 0600,
				 .body = "1",
				 .ino = 5,
				 .nlink = 2 });
	add(&a, &(struct entry){ .name = IN "both",
				 .mode = S_IFREG | 0600,
				 .body = "first" });
	add_trailer(&a);
	a.len = ALIGN(a.len, 512);
	/* The same inode number in another archive is another file. */
	add(&a, &(struct entry){ .name = IN "two",
				 .mode = S_IFREG | 0600,
				 .body = "2",
				 .ino = 5,
				 .nlink = 2 });
	add(&a, &(struct entry){ .name = IN "both",
				 .mode = S_IFREG | 0600,
				 .body = "2nd" });
	add_trailer(&a);
	EXPECT_EQ(unpack_initramfs(a.data, a.len), 0);
	EXPECT(holds(AT "/one", "1"));
	EXPECT(holds(AT "/two", "2"));
	EXPECT(holds(AT "/both", "2nd"));
	EXPECT_EQ(unpack_initramfs(a.data, 0), 0);
	FS_END;
	kfree(a.data);
}

/* Let the root be the test's own file system, so that a damaged name cannot
 * leave it. */
static struct fs_struct *confine(void)
{
	struct fs_struct *saved = current->fs, *own = dup_fs(saved);
	struct path path;

	if (!own)
		return NULL;
	if (path_lookup(AT_FDCWD, AT, LOOKUP_FOLLOW, &path)) {
		fs_put(own);
		return NULL;
	}
	path_put(&own->root);
	path_put(&own->pwd);
	own->root = own->pwd = path;
	path_get(&own->pwd);
	current->fs = own;
	return saved;
}

static int unpack_confined(struct ktest_state *ktest_self,
			   const struct archive *a, size_t len)
{
	struct fs_struct *saved;
	int err = -ENOMEM;

	EXPECT_EQ(vfs_mount("tmpfs", AT, 0, NULL), 0);
	saved = confine();
	EXPECT(saved);
	if (saved) {
		err = unpack_initramfs(a->data, len);
		fs_put(current->fs);
		current->fs = saved;
	}
	EXPECT_EQ(vfs_umount(AT, 0), 0);
	return err;
}

/* Cut at every length, and with every byte replaced: an error or success,
 * never harm. What ends before the trailer's name is an error. */
KTEST(initramfs, damage_does_no_harm)
{
	struct archive a = { kzalloc(ARCHIVE_MAX, GFP_KERNEL), 0 };
	static const char bad[] = { '\0', '9', 'f', 'z', '/' };

	ASSERT(a.data);
	add(&a, &(struct entry){ .name = "d", .mode = S_IFDIR | 0750 });
	add(&a, &(struct entry){ .name = "d/f",
				 .mode = S_IFREG | 0640,
				 .body = "content" });
	add(&a, &(struct entry){
			.name = "l", .mode = S_IFLNK | 0777, .body = "d/f" });
	add_trailer(&a);
	EXPECT_EQ(unpack_confined(ktest_self, &a, a.len), 0);
	for (size_t n = 1; n < a.len - 4; n += 3)
		EXPECT_EQ(unpack_confined(ktest_self, &a, n), -EINVAL);
	for (size_t i = 0; i < a.len; i++) {
		char saved = a.data[i];

		for (size_t b = 0; b < sizeof(bad); b += 1 + i % 3) {
			a.data[i] = bad[b];
			unpack_confined(ktest_self, &a, a.len);
			a.data[i] = saved;
		}
	}
	kfree(a.data);
}

KTEST(initramfs, fields_are_checked)
{
	struct archive a = { kzalloc(ARCHIVE_MAX, GFP_KERNEL), 0 };
	struct entry f = { .name = IN "f",
			   .mode = S_IFREG | 0600,
			   .body = "data" };

	ASSERT(a.data);
	FS_BEGIN;
	add(&a, &f);
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL); /* no trailer */
	EXPECT(holds(AT "/f", "data"));
	EXPECT_EQ(unpack_initramfs(a.data, 100), -EINVAL);
	EXPECT_EQ(unpack_initramfs(a.data, a.len - 4), -EINVAL);
	memcpy(a.data + 6 + 8 * 6, "ffffffff", 8); /* the file's size */
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL);
	a.len = 0;
	add(&a, &f);
	memcpy(a.data + 6 + 8 * 11, "00000000", 8); /* the name's size */
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL);
	memcpy(a.data + 6 + 8 * 11, "00000005", 8); /* ends inside the name */
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL);
	memcpy(a.data, "070707", 6); /* another kind of cpio */
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL);
	memcpy(a.data, "\x1f\x8b\x08", 3); /* gzip */
	EXPECT_EQ(unpack_initramfs(a.data, a.len), -EINVAL);
	FS_END;
	kfree(a.data);
}
