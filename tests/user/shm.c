/* SPDX-License-Identifier: MIT */
/* System V shared memory: shmget, shmat, shmdt, shmctl. */
#include "maps.h"
#include "sysv_ipc.h"
#include <sys/shm.h>

#define RW     (PROT_READ | PROT_WRITE)
#define FAILED ((void *)-1)
#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static int root;

static struct shmid_ds stat_of(int id)
{
	struct shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	if (shmctl(id, IPC_STAT, &ds))
		ds.shm_nattch = 9999;
	return ds;
}

static long nattch(int id)
{
	return (long)stat_of(id).shm_nattch;
}

static int gone(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) == -1 && errno == EINVAL;
}

static int make(size_t size)
{
	return shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
}

static void getting(void)
{
	key_t key = unique_key(1);
	int id, again;

	is(shmget(key, 4096, 0600), -1, ENOENT, "no segment has the key");
	id = shmget(key, 5000, IPC_CREAT | 0640);
	T(id >= 0, "IPC_CREAT makes one");
	T(shmget(key, 5000, 0600) == id, "the key finds it");
	T(shmget(key, 0, 0) == id, "whatever size below");
	T(shmget(key, 5000, IPC_CREAT | 0600) == id, "with IPC_CREAT, too");
	is(shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600), -1, EEXIST,
	   "IPC_EXCL refuses");
	T(shmget(key, 5000, IPC_EXCL | 0600) == id, "IPC_EXCL alone does not");
	is(shmget(key, 5001, 0600), -1, EINVAL, "larger than it is");
	is(shmget(key, 5001, IPC_CREAT | IPC_EXCL | 0600), -1, EEXIST,
	   "EEXIST before EINVAL");
	T(shmctl(id, IPC_RMID, NULL) == 0, "IPC_RMID");
	is(shmget(key, 4096, 0600), -1, ENOENT, "the key is free again");
	is(shmctl(id, IPC_RMID, NULL), -1, EINVAL, "the id is not valid");
	again = shmget(key, 4096, IPC_CREAT | 0600);
	T(again >= 0 && again != id, "the next one has another id");
	shmctl(again, IPC_RMID, NULL);

	id = make(1);
	again = make(1);
	T(id >= 0 && again >= 0 && id != again, "IPC_PRIVATE: a new one each");
	T(shmctl(id, IPC_RMID, NULL) == 0 && shmctl(again, IPC_RMID, NULL) == 0,
	  "both go");
	id = shmget(IPC_PRIVATE, 4096, 0600);
	T(id >= 0, "IPC_PRIVATE needs no IPC_CREAT");
	shmctl(id, IPC_RMID, NULL);
	is(make(0), -1, EINVAL, "of no size");
	is(make((size_t)-1), -1, EINVAL, "beyond shmmax");
	is(make(1UL << 63), -1, EINVAL, "beyond what a file can be");
	is(make(1UL << 60), -1, ENOMEM, "more than can be promised");
	id = shmget(IPC_PRIVATE, 1UL << 40, IPC_CREAT | SHM_NORESERVE | 0600);
	T(id >= 0, "SHM_NORESERVE: no promise");
	shmctl(id, IPC_RMID, NULL);
}

static void state(void)
{
	int id = shmget(unique_key(2), 5000, IPC_CREAT | 0640);
	struct shmid_ds ds = stat_of(id);
	char *p;

	T(ds.shm_perm.__ipc_perm_key == unique_key(2), "key");
	T(ds.shm_segsz == 5000, "size in bytes");
	T(ds.shm_perm.mode == 0640, "mode");
	T(ds.shm_perm.uid == geteuid() && ds.shm_perm.cuid == geteuid() &&
		  ds.shm_perm.gid == getegid() && ds.shm_perm.cgid == getegid(),
	  "owner and creator");
	T(ds.shm_perm.__ipc_perm_seq == (id >> 15 & 0xffff), "sequence number");
	T(ds.shm_nattch == 0 && ds.shm_cpid == getpid() && ds.shm_lpid == 0,
	  "not attached yet");
	T(ds.shm_atime == 0 && ds.shm_dtime == 0 && recent(ds.shm_ctime),
	  "times of a new one");
	p = shmat(id, NULL, 0);
	ds = stat_of(id);
	T(p != FAILED && ds.shm_nattch == 1 && ds.shm_lpid == getpid() &&
		  recent(ds.shm_atime) && ds.shm_dtime == 0,
	  "shmat: nattch, lpid, atime");
	T(shmdt(p) == 0, "shmdt");
	ds = stat_of(id);
	T(ds.shm_nattch == 0 && recent(ds.shm_dtime), "shmdt: nattch, dtime");

	ds.shm_perm.mode = 07777;
	ds.shm_perm.uid = 5;
	ds.shm_perm.gid = 6;
	ds.shm_segsz = 77;
	if (!root)
		ds.shm_perm.uid = geteuid();
	T(shmctl(id, IPC_SET, &ds) == 0, "IPC_SET");
	ds = stat_of(id);
	T(ds.shm_perm.mode == 0777 && ds.shm_perm.gid == 6 &&
		  ds.shm_segsz == 5000 && ds.shm_perm.cuid == geteuid(),
	  "sets owner and mode, nothing else");
	ds.shm_perm.uid = (uid_t)-1;
	is(shmctl(id, IPC_SET, &ds), -1, EINVAL, "IPC_SET: no such user");
	is(shmctl(id, IPC_SET, NULL), -1, EFAULT, "IPC_SET: bad address");
	is(shmctl(id, IPC_STAT, NULL), -1, EFAULT, "IPC_STAT: bad address");
	is(shmctl(id, 99, &ds), -1, EINVAL, "unknown command");
	is(shmctl(id, -1, &ds), -1, EINVAL, "negative command");
	is(shmctl(-1, IPC_STAT, &ds), -1, EINVAL, "negative id");
	is(shmctl(0x7fffffff, IPC_STAT, &ds), -1, EINVAL, "no such id");
	is(shmctl(id + 32768, IPC_STAT, &ds), -1, EINVAL, "a later id");
	shmctl(id, IPC_RMID, NULL);
}

static void all_of_them(void)
{
	struct shminfo limits;
	struct shm_info usage, before;
	struct shmid_ds ds;
	int i, max, id, found = 0;

	max = shmctl(0, SHM_INFO, (void *)&before);
	T(max >= 0, "SHM_INFO");
	id = make(3 * PAGE + 1);
	max = shmctl(0, SHM_INFO, (void *)&usage);
	T(usage.used_ids == before.used_ids + 1 &&
		  usage.shm_tot == before.shm_tot + 4,
	  "SHM_INFO counts segments and pages");
	T(shmctl(0, IPC_INFO, (void *)&limits) == max, "IPC_INFO");
	T(limits.shmmni == 4096 && limits.shmmin == 1 &&
		  limits.shmseg == 4096 &&
		  limits.shmmax == 18446744073692774399UL &&
		  limits.shmall == 18446744073692774399UL,
	  "its limits");
	is(shmctl(0, IPC_INFO, NULL), -1, EFAULT, "IPC_INFO: bad address");
	is(shmctl(0, SHM_INFO, NULL), -1, EFAULT, "SHM_INFO: bad address");
	for (i = 0; i <= max; i++)
		found += shmctl(i, SHM_STAT, &ds) == id;
	T(found == 1, "SHM_STAT finds it by index, once");
	for (found = i = 0; i <= max; i++)
		found += shmctl(i, SHM_STAT_ANY, &ds) == id;
	T(found == 1, "SHM_STAT_ANY, too");
	is(shmctl(32767, SHM_STAT, &ds), -1, EINVAL, "an index not in use");
	shmctl(id, IPC_RMID, NULL);
}

static void attaching(void)
{
	int id = make(3 * PAGE - 100);
	char *hole = anon(8 * PAGE, PROT_NONE);
	char *p, *q;

	T(id >= 0, "three pages");
	p = shmat(id, NULL, 0);
	q = shmat(id, NULL, SHM_RDONLY);
	T(p != FAILED && q != FAILED && p != q, "attached twice");
	T(nattch(id) == 2, "counts twice");
	T(p[0] == 0 && p[3 * PAGE - 1] == 0, "zeroes, to the page's end");
	p[5] = 'x';
	T(q[5] == 'x', "both see what one writes");
	T_SEGV(poke(q, 1), SEGV_ACCERR, q, "SHM_RDONLY cannot be written");
	is(mprotect(q, PAGE, RW), -1, EACCES, "nor made writable");
	T_SEGV(((void (*)(void))p)(), SEGV_ACCERR, p, "no execution");
	T(shmdt(q) == 0 && nattch(id) == 1, "one detached");
	T_SEGV(peek(q), SEGV_MAPERR, q, "it is gone");
	is(shmdt(q), -1, EINVAL, "twice");
	is(shmdt(p + 1), -1, EINVAL, "not page aligned");
	is(shmdt(p + PAGE), -1, EINVAL, "not its first page");
	is(shmdt(hole), -1, EINVAL, "not a segment");
	T(shmdt(p) == 0, "the other");

	is(shmat(id, hole, 0), -1, EINVAL, "where something is");
	is(shmat(id, hole + 1, 0), -1, EINVAL, "unaligned");
	T(shmat(id, hole, SHM_REMAP) == hole, "SHM_REMAP replaces it");
	T(nattch(id) == 1, "attached once");
	T(shmat(id, hole, SHM_REMAP) == hole && nattch(id) == 1, "and itself");
	T(shmdt(hole) == 0, "detached");
	T_SEGV(peek(hole), SEGV_MAPERR, hole, "a hole stays");
	T(shmat(id, hole + 10, SHM_RND) == hole, "SHM_RND rounds down");
	is(shmat(id, hole + 2 * PAGE, 0), -1, EINVAL, "overlaps at its end");
	T(shmdt(hole) == 0, "detached again");
	is(shmat(id, NULL, SHM_REMAP), -1, EINVAL, "SHM_REMAP of nowhere");
	is(shmat(id, (void *)1, SHM_REMAP | SHM_RND), -1, EINVAL,
	   "SHM_REMAP rounded to nowhere");
	is(shmat(id, (void *)(1UL << 47), 0), -1, ENOMEM, "beyond user space");
	is(shmat(id, (void *)-PAGE, 0), -1, EINVAL, "wraps round");
	is(shmat(-1, NULL, 0), -1, EINVAL, "no id");
	is(shmat(id + 32768, NULL, 0), -1, EINVAL, "a later id");
	T(nattch(id) == 0, "failures attach nothing");

	p = shmat(id, NULL, SHM_EXEC);
	if (T(p != FAILED, "SHM_EXEC")) {
		p[0] = (char)0xc3; /* ret */
		T_FINE(((void (*)(void))p)(), "runs");
		shmdt(p);
	}
	shmctl(id, IPC_RMID, NULL);
	is(shmat(id, NULL, 0), -1, EINVAL, "removed");
	munmap(hole, 8 * PAGE);
}

/* shmdt takes exactly what its shmat has put there. */
static void pieces(void)
{
	int id = make(4 * PAGE), other = make(2 * PAGE);
	char *base = anon(16 * PAGE, PROT_NONE), *p;

	munmap(base, 16 * PAGE);
	p = shmat(id, base, 0);
	T(p == base, "at a place");
	T(mprotect(p + PAGE, PAGE, PROT_READ) == 0 && nattch(id) == 3,
	  "mprotect splits: three");
	T(mprotect(p + PAGE, PAGE, RW) == 0 && nattch(id) == 3,
	  "and they stay three");
	T(shmat(id, base + 4 * PAGE, 0) == base + 4 * PAGE && nattch(id) == 4,
	  "a second one beside it");
	T(shmdt(base) == 0 && nattch(id) == 1, "the first goes, all of it");
	T_FINE(peek(base + 4 * PAGE), "the second stays");
	T(munmap(base + 4 * PAGE, PAGE) == 0 && nattch(id) == 1,
	  "its first page unmapped");
	T(shmdt(base + 4 * PAGE) == 0 && nattch(id) == 0,
	  "it still goes by its address");

	shmat(id, base, 0);
	munmap(base + PAGE, PAGE);
	T(nattch(id) == 2, "a hole: two");
	shmat(other, base + 8 * PAGE, 0);
	anon(1, PROT_NONE);
	T(mmap(base + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	       -1, 0) == base + PAGE,
	  "something else in it");
	T(shmdt(base) == 0 && nattch(id) == 0, "both pieces go");
	T_FINE(poke(base + PAGE, 1), "what is between stays");
	T(nattch(other) == 1, "another segment, too");
	munmap(base + PAGE, PAGE);
	T(munmap(base + 8 * PAGE, 2 * PAGE) == 0 && nattch(other) == 0,
	  "munmap detaches");
	p = shmat(id, NULL, 0);
	p = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, base);
	T(p == base && nattch(id) == 1, "mremap moves it");
	T(shmdt(base) == 0 && nattch(id) == 0, "and it goes there");
	shmctl(id, IPC_RMID, NULL);
	shmctl(other, IPC_RMID, NULL);
}

static void names(void)
{
	char want[64], line[512] = "";
	int id = shmget(unique_key(3), PAGE, IPC_CREAT | 0600), found = 0;
	char *p = shmat(id, NULL, 0);
	unsigned long start, end, off, ino;
	unsigned int ma, mi;
	char perms[8];
	FILE *f = fopen("/proc/self/maps", "r");

	sprintf(want, "/SYSV%08x (deleted)\n", (unsigned int)unique_key(3));
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, want))
			continue;
		found = sscanf(line, "%lx-%lx %4s %lx %x:%x %lu", &start, &end,
			       perms, &off, &ma, &mi, &ino) == 7 &&
			(char *)start == p && end - start == PAGE &&
			!strcmp(perms, "rw-s") && off == 0 && ma == 0 &&
			mi == 1 && ino == (unsigned long)id;
	}
	fclose(f);
	T(found, "/proc/self/maps: /SYSV, device 00:01, inode is the id");
	p[0] = 1;
	found = 0;
	f = fopen("/proc/sysvipc/shm", "r");
	T(f && fgets(line, sizeof(line), f), "/proc/sysvipc/shm");
	printf("# %s", line);
	while (fgets(line, sizeof(line), f)) {
		char text[512];
		struct shmid_ds ds = stat_of(id);

		sprintf(text,
			"%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u %5u "
			"%10lu %10lu %10lu %21lu %21lu\n",
			unique_key(3), id, 0600, PAGE, getpid(), getpid(), 1UL,
			geteuid(), getegid(), geteuid(), getegid(),
			(unsigned long)ds.shm_atime,
			(unsigned long)ds.shm_dtime,
			(unsigned long)ds.shm_ctime, PAGE, 0UL);
		found += !strcmp(text, line);
	}
	fclose(f);
	T(found == 1, "its line");
	shmdt(p);
	shmctl(id, IPC_RMID, NULL);
}

static void lifetime(const char *self)
{
	int id = make(PAGE), status, to[2];
	char *p = shmat(id, NULL, 0), c;

	status = in_child({
		if (nattch(id) != 2)
			_exit(1);
		p[0] = 'c';
		shmdt(p);
		_exit(nattch(id) == 1 ? 0 : 2);
	});
	T(status == 0 && p[0] == 'c', "fork inherits it");
	T(nattch(id) == 1 && stat_of(id).shm_lpid != getpid(),
	  "the child detached last");
	status = in_child(_exit(0));
	T(status == 0 && nattch(id) == 1, "exit detaches");
	status = in_child({
		char text[16];
		sprintf(text, "%d", id);
		execl(self, self, "exec", text, NULL);
	});
	T(WIFEXITED(status) && WEXITSTATUS(status) == 1, "exec detaches");
	if (pipe(to))
		exit(99);
	fflush(stdout);
	if (!(status = fork())) {
		if (write(to[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	(void)!read(to[0], &c, 1);
	T(nattch(id) == 2, "a child that waits");
	kill(status, SIGKILL);
	waitpid(status, NULL, 0);
	T(nattch(id) == 1, "is killed: detached");

	T(shmctl(id, IPC_RMID, NULL) == 0, "IPC_RMID while attached");
	T(stat_of(id).shm_perm.mode == (0600 | 01000) &&
		  stat_of(id).shm_perm.__ipc_perm_key == IPC_PRIVATE,
	  "SHM_DEST, without a key");
	p[0] = 'd';
	T(p[0] == 'd', "it can still be used");
	{
		char *q = shmat(id, NULL, 0);

		T(q != FAILED && q[0] == 'd', "and attached by its id");
		T(shmdt(p) == 0 && nattch(id) == 1, "one detached");
		status = in_child(shmdt(q));
		T(!gone(id) && q[0] == 'd', "the child's detach is not last");
		T(shmctl(id, IPC_RMID, NULL) == 0, "IPC_RMID again");
		T(shmdt(q) == 0 && gone(id), "goes with the last");
	}

	id = make(PAGE);
	p = shmat(id, NULL, 0);
	status = in_child(shmctl(id, IPC_RMID, NULL));
	T(shmdt(p) == 0 && gone(id), "removed by a child, then detached");
	id = make(PAGE);
	status = in_child({
		p = shmat(id, NULL, 0);
		p[0] = 'k';
		shmctl(id, IPC_RMID, NULL);
		raise(SIGKILL);
	});
	T(WIFSIGNALED(status) && gone(id), "goes with a killed process");
	id = make(PAGE);
	status = in_child({
		p = shmat(id, NULL, 0);
		strcpy(p, "kept");
		raise(SIGKILL);
	});
	p = shmat(id, NULL, 0);
	T(p != FAILED && !strcmp(p, "kept"), "what is not removed stays");
	shmdt(p);
	shmctl(id, IPC_RMID, NULL);
}

static void key_of_removed(void)
{
	key_t key = unique_key(4);
	int id = shmget(key, PAGE, IPC_CREAT | 0600), next;
	char *p = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	is(shmget(key, PAGE, 0600), -1, ENOENT, "SHM_DEST: the key is free");
	next = shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600);
	T(next >= 0 && next != id, "for another one");
	shmdt(p);
	T(shmget(key, PAGE, 0600) == next, "which stays");
	shmctl(next, IPC_RMID, NULL);
}

static void others(void)
{
	key_t key = unique_key(5);
	int id = shmget(key, PAGE, IPC_CREAT | 0600);
	struct shmid_ds ds = stat_of(id);
	int bad;

	if (!root) {
		for (int i = 0; i < 5; i++)
			T(1, "(only root can try another user)");
		shmctl(id, IPC_RMID, NULL);
		return;
	}
	bad = as_nobody(_exit(fails(0, shmat(id, NULL, 0), EACCES) |
			      fails(1, shmat(id, NULL, SHM_RDONLY), EACCES) |
			      fails(2, shmctl(id, IPC_STAT, &ds), EACCES) |
			      fails(3, shmctl(id, IPC_RMID, NULL), EPERM) |
			      fails(4, shmctl(id, IPC_SET, &ds), EPERM) |
			      fails(5, shmget(key, 1, 0600), EACCES) |
			      works(6, shmget(key, 1, 0)) |
			      fails(7, shmctl(id, SHM_LOCK, NULL), EPERM)));
	T(bad == 0, "0600: another user may do nothing (%#x)", bad);
	ds.shm_perm.mode = 0604;
	shmctl(id, IPC_SET, &ds);
	bad = as_nobody(
		_exit(works(0, shmat(id, NULL, SHM_RDONLY)) |
		      fails(1, shmat(id, NULL, 0), EACCES) |
		      works(2, shmctl(id, IPC_STAT, &ds)) |
		      fails(3, shmat(id, NULL, SHM_RDONLY | SHM_EXEC), EACCES) |
		      works(4, shmget(key, 1, 0444 & 4)) |
		      fails(5, shmget(key, 1, 0600), EACCES)));
	T(bad == 0, "0604: he may read (%#x)", bad);
	ds.shm_perm.mode = 0660;
	ds.shm_perm.gid = NOBODY;
	shmctl(id, IPC_SET, &ds);
	bad = as_nobody(_exit(works(0, shmat(id, NULL, 0)) |
			      fails(1, shmctl(id, IPC_RMID, NULL), EPERM)));
	T(bad == 0, "0660: so may his group (%#x)", bad);
	ds.shm_perm.mode = 0406;
	ds.shm_perm.uid = NOBODY;
	shmctl(id, IPC_SET, &ds);
	bad = as_nobody(_exit(fails(0, shmat(id, NULL, 0), EACCES) |
			      works(1, shmat(id, NULL, SHM_RDONLY)) |
			      works(2, shmctl(id, IPC_SET, &ds)) |
			      works(3, shmctl(id, SHM_LOCK, NULL)) |
			      works(4, shmctl(id, SHM_UNLOCK, NULL)) |
			      works(5, shmctl(id, IPC_RMID, NULL))));
	T(bad == 0, "its owner may lock and remove it (%#x)", bad);
	T(gone(id), "it is gone");
}

static void locking(void)
{
	int id = make(4 * PAGE);
	struct rlimit none = { 0, 0 }, two = { 2 * PAGE, 2 * PAGE };
	int bad;

	T(shmctl(id, SHM_LOCK, NULL) == 0, "SHM_LOCK");
	T(stat_of(id).shm_perm.mode == (0600 | 02000), "SHM_LOCKED");
	T(shmctl(id, SHM_LOCK, NULL) == 0, "twice");
	T(shmctl(id, SHM_UNLOCK, NULL) == 0 &&
		  stat_of(id).shm_perm.mode == 0600,
	  "SHM_UNLOCK");
	is(shmctl(id + 32768, SHM_LOCK, NULL), -1, EINVAL, "no such segment");
	shmctl(id, IPC_RMID, NULL);
	if (!root) {
		T(1, "(only root can try another user)");
		return;
	}
	bad = as_nobody({
		int own = make(3 * PAGE);
		int b = 0;
		setrlimit(RLIMIT_MEMLOCK, &two);
		b |= fails(0, shmctl(own, SHM_LOCK, NULL), ENOMEM);
		setrlimit(RLIMIT_MEMLOCK, &none);
		b |= fails(1, shmctl(own, SHM_LOCK, NULL), EPERM);
		b |= works(2, shmctl(own, SHM_UNLOCK, NULL));
		b |= works(3, shmctl(own, IPC_RMID, NULL));
		_exit(b);
	});
	T(bad == 0, "RLIMIT_MEMLOCK (%#x)", bad);
}

#define ROUNDS 20000

/* Eight processes, two segments: each adds its share under a spin lock. */
static void eight(void)
{
	int id = make(16 * PAGE);
	struct {
		int lock, turn;
		unsigned long sum, seen[8];
	} *s = shmat(id, NULL, 0);
	unsigned long want = 0;
	pid_t pid[8];

	fflush(stdout);
	for (int n = 0; n < 8; n++) {
		pid[n] = fork();
		if (pid[n])
			continue;
		for (unsigned long i = 1; i <= ROUNDS / 8; i++) {
			while (__atomic_exchange_n(&s->lock, 1,
						   __ATOMIC_ACQUIRE))
				;
			s->sum = s->sum * 1 + i * (unsigned long)(n + 1);
			s->seen[n] += i;
			__atomic_store_n(&s->lock, 0, __ATOMIC_RELEASE);
		}
		((char *)s)[(n + 1) * (int)PAGE] = (char)(n + 1);
		_exit(0);
	}
	for (int n = 0; n < 8; n++) {
		waitpid(pid[n], NULL, 0);
		for (unsigned long i = 1; i <= ROUNDS / 8; i++)
			want += i * (unsigned long)(n + 1);
	}
	T(s->sum == want, "eight processes add up");
	for (int n = 0; n < 8; n++)
		want -= (unsigned long)(n + 1) * s->seen[n];
	T(want == 0, "and each its own");
	T(((char *)s)[PAGE] == 1 && ((char *)s)[8 * PAGE] == 8,
	  "a page of each");
	T(nattch(id) == 1, "all detached");
	shmdt(s);
	shmctl(id, IPC_RMID, NULL);
}

static int set_limit(const char *name, const char *value)
{
	char path[64];
	int fd, n;

	sprintf(path, "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY);
	n = (int)write(fd, value, strlen(value));
	close(fd);
	return n == (int)strlen(value);
}

static void limits(void)
{
	static const char *const names[] = { "shmmax", "shmall", "shmmni" };
	char text[64], path[64];
	struct shm_info usage;

	for (int i = 0; i < 3; i++) {
		ssize_t n;
		int fd;

		sprintf(path, "/proc/sys/kernel/%s", names[i]);
		fd = open(path, O_RDONLY);
		n = read(fd, text, sizeof(text) - 1);
		text[n < 0 ? 0 : n] = 0;
		printf("# %s %s", names[i], text);
		close(fd);
	}
	if (!root || !set_limit("shmmax", "8192")) {
		for (int i = 0; i < 4; i++)
			T(1, "(only root can change limits)");
		return;
	}
	is(make(8193), -1, EINVAL, "beyond kernel.shmmax");
	set_limit("shmmax", "18446744073692774399");
	shmctl(0, SHM_INFO, (void *)&usage);
	sprintf(text, "%lu", usage.shm_tot + 1);
	set_limit("shmall", text);
	is(make(4097), -1, ENOSPC, "beyond kernel.shmall");
	set_limit("shmall", "18446744073692774399");
	sprintf(text, "%d", usage.used_ids);
	set_limit("shmmni", text);
	is(make(1), -1, ENOSPC, "beyond kernel.shmmni");
	T(!set_limit("shmmni", "32769"), "which is at most 32768");
	set_limit("shmmni", "4096");
}

static void many(void)
{
	static int ids[200];
	int n, distinct = 1, removed = 0;

	for (n = 0; n < 200; n++)
		ids[n] = make(1);
	for (n = 0; n < 200; n++)
		for (int m = 0; m < n; m++)
			distinct &= ids[n] >= 0 && ids[n] != ids[m];
	T(distinct, "200 segments have 200 ids");
	for (n = 0; n < 200; n++)
		removed += shmctl(ids[n], IPC_RMID, NULL) == 0;
	T(removed == 200, "and all go");
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "exec"))
		return (int)nattch(atoi(argv[2]));
	root = geteuid() == 0;
	getting();
	state();
	all_of_them();
	attaching();
	pieces();
	names();
	lifetime("/proc/self/exe");
	key_of_removed();
	others();
	locking();
	eight();
	limits();
	many();
	return done();
}
