/* SPDX-License-Identifier: MIT */
/*
 * A second user and every call on System V and POSIX shared memory, semaphores
 * and message queues: sysvipc(7), "Resource access permissions", and the ERRORS
 * of shmget(2) shmop(2) shmctl(2) semget(2) semop(2) semctl(2) msgget(2)
 * msgop(2) msgctl(2) shm_open(3).
 */
#include "who.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef SHM_EXEC
#define SHM_EXEC 0100000
#endif

union arg {
	int val;
	void *buf;
	unsigned short *array;
};
static struct {
	long type;
	char text[8];
} message = { 1, "hello" };

static key_t key; /* of this process, known to its children */

/* Becoming somebody who is in the group ANN, as a supplementary one. */
static void member(void)
{
	gid_t g = ANN;

	syscall(SYS_setgroups, 1, &g);
	syscall(SYS_setresgid, BOB, BOB, BOB);
	syscall(SYS_setresuid, BOB, BOB, BOB);
}

static long attach(int id, int flags)
{
	void *p = shmat(id, NULL, flags);

	return p == (void *)-1 ? -1 : shmdt(p);
}

/* Owner, group and mode of a segment, by root. */
static void own_shm(int id, int uid, int gid, int mode)
{
	struct shmid_ds ds = { 0 };

	ds.shm_perm.uid = (uid_t)uid;
	ds.shm_perm.gid = (gid_t)gid;
	ds.shm_perm.mode = (mode_t)mode;
	if (who_root && shmctl(id, IPC_SET, &ds))
		exit(99);
}

static long set_shm(int id)
{
	struct shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ds.shm_perm.uid = BOB;
	return shmctl(id, IPC_SET, &ds);
}

static void shm_refused(int id)
{
	struct shmid_ds ds;
	struct rlimit none = { 0, 0 };

	own_shm(id, ANN, ANN, 0600);
	REFUSED(shmget(key, 0, 0400), EACCES, "EACCES: shmget to read");
	REFUSED(shmget(key, 0, IPC_CREAT | 0600), EACCES,
		"EACCES: IPC_CREAT of what exists");
	REFUSED(shmget(key, 99999, 0400), EINVAL, "EINVAL comes first");
	BY(BOB, shmget(key, 0, 0) == id, 1, 0, "no rights asked for: its id");
	REFUSED(attach(id, 0), EACCES, "EACCES: shmat");
	REFUSED(attach(id, SHM_RDONLY), EACCES, "EACCES: shmat to read");
	REFUSED(shmctl(id, IPC_STAT, &ds), EACCES, "EACCES: IPC_STAT");
	BY(BOB, shmctl(id & 32767, SHM_STAT_ANY, &ds) == id, 1, 0,
	   "SHM_STAT_ANY is for all");
	REFUSED(shmctl(id & 32767, SHM_STAT, &ds), EACCES, "EACCES: SHM_STAT");
	REFUSED(set_shm(id), EPERM, "EPERM: IPC_SET");
	REFUSED(shmctl(id, IPC_RMID, NULL), EPERM, "EPERM: IPC_RMID");
	REFUSED(shmctl(id, SHM_LOCK, NULL), EPERM, "EPERM: SHM_LOCK");
	REFUSED(shmctl(id, SHM_UNLOCK, NULL), EPERM, "EPERM: SHM_UNLOCK");
	AFTER(setrlimit(RLIMIT_MEMLOCK, &none);
	      become(ANN, ANN), shmctl(id, SHM_LOCK, NULL), -1, EPERM,
	      "EPERM: SHM_LOCK with a limit of 0");
	BY(ANN, shmctl(id, SHM_LOCK, NULL), 0, 0, "its owner locks it");
	BY(ANN, shmctl(id, SHM_UNLOCK, NULL), 0, 0, "and unlocks it");
}

static void shm_bits(int id)
{
	struct shmid_ds ds;

	own_shm(id, ANN, ANN, 0444);
	BY(BOB, attach(id, SHM_RDONLY), 0, 0, "r for others");
	REFUSED(attach(id, 0), EACCES, "EACCES: but no w");
	BY(BOB, shmctl(id, IPC_STAT, &ds), 0, 0, "r is IPC_STAT's");
	REFUSED(attach(id, SHM_RDONLY | SHM_EXEC), EACCES, "EACCES: no x");
	own_shm(id, ANN, ANN, 0060);
	AFTER(member(), attach(id, 0), 0, 0, "the group's rw");
	REFUSED(attach(id, SHM_RDONLY), EACCES, "EACCES: not in the group");
	AFTER(become(ANN, ANN), attach(id, SHM_RDONLY), -1, EACCES,
	      "EACCES: the owner has the owner's bits");
	own_shm(id, ANN, ANN, 0006);
	AFTER(member(), attach(id, SHM_RDONLY), -1, EACCES,
	      "EACCES: a member has the group's bits");
	AFTER(, attach(id, 0), 0, 0, "root may");
	own_shm(id, BOB, ANN, 0600);
	BY(BOB, attach(id, 0), 0, 0, "the new owner may");
	BY(BOB, set_shm(id), 0, 0, "and give it away");
	AFTER(syscall(SYS_setresuid, BOB, 77, 77), shmctl(id, IPC_RMID, NULL),
	      -1, EPERM, "EPERM: the effective user counts");
	BY(BOB, shmctl(id, IPC_RMID, NULL), 0, 0, "the owner removes it");
}

static long operate(int id, int op)
{
	struct sembuf b = { 0, (short)op, IPC_NOWAIT };

	return semop(id, &b, 1);
}

static long set_sem(int id)
{
	struct semid_ds ds;

	memset(&ds, 0, sizeof(ds));
	ds.sem_perm.uid = BOB;
	return semctl(id, 0, IPC_SET, (union arg){ .buf = &ds });
}

static void sem_refused(int id)
{
	struct semid_ds ds;
	unsigned short values[2] = { 1, 1 };

	REFUSED(semget(key, 0, 0400), EACCES, "EACCES: semget to read");
	REFUSED(semget(key, 0, 0200), EACCES, "EACCES: semget to alter");
	REFUSED(operate(id, 1), EACCES, "EACCES: semop");
	REFUSED(operate(id, 0), EACCES, "EACCES: semop that waits for 0");
	REFUSED(semctl(id, 0, GETVAL), EACCES, "EACCES: GETVAL");
	REFUSED(semctl(id, 0, GETPID), EACCES, "EACCES: GETPID");
	REFUSED(semctl(id, 0, GETNCNT), EACCES, "EACCES: GETNCNT");
	REFUSED(semctl(id, 0, GETZCNT), EACCES, "EACCES: GETZCNT");
	REFUSED(semctl(id, 0, GETALL, (union arg){ .array = values }), EACCES,
		"EACCES: GETALL");
	REFUSED(semctl(id, 0, SETVAL, (union arg){ .val = 1 }), EACCES,
		"EACCES: SETVAL");
	REFUSED(semctl(id, 0, SETALL, (union arg){ .array = values }), EACCES,
		"EACCES: SETALL");
	REFUSED(semctl(id, 0, IPC_STAT, (union arg){ .buf = &ds }), EACCES,
		"EACCES: IPC_STAT");
	REFUSED(set_sem(id), EPERM, "EPERM: IPC_SET");
	REFUSED(semctl(id, 0, IPC_RMID), EPERM, "EPERM: IPC_RMID");
	AFTER(, operate(id, 1), 0, 0, "root may");
}

static void semaphores(void)
{
	int id = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600);
	int open = semget(IPC_PRIVATE, 1, 0604);

	sem_refused(id);
	BY(BOB, semctl(open, 0, GETVAL), 0, 0, "r for others");
	BY(BOB, operate(open, 0), 0, 0, "waiting for 0 is reading");
	REFUSED(operate(open, 1), EACCES, "EACCES: but no a");
	semctl(id, 0, IPC_RMID);
	semctl(open, 0, IPC_RMID);
}

static long set_queue(int id, unsigned long qbytes)
{
	struct msqid_ds ds;

	if (msgctl(id, IPC_STAT, &ds))
		return -1;
	ds.msg_qbytes = qbytes;
	return msgctl(id, IPC_SET, &ds);
}

static void give_queue(int id, uid_t uid)
{
	struct msqid_ds ds;

	if (who_root) {
		msgctl(id, IPC_STAT, &ds);
		ds.msg_perm.uid = uid;
		msgctl(id, IPC_SET, &ds);
	}
}

static void queues(void)
{
	int id = msgget(key, IPC_CREAT | IPC_EXCL | 0600);
	int open = msgget(IPC_PRIVATE, 0602);
	struct msqid_ds ds;

	memset(&ds, 0, sizeof(ds));
	REFUSED(msgget(key, 0400), EACCES, "EACCES: msgget to read");
	REFUSED(msgget(key, 0200), EACCES, "EACCES: msgget to write");
	REFUSED(msgsnd(id, &message, 6, IPC_NOWAIT), EACCES, "EACCES: msgsnd");
	REFUSED(msgrcv(id, &message, 6, 0, IPC_NOWAIT), EACCES,
		"EACCES: msgrcv");
	REFUSED(msgctl(id, IPC_STAT, &ds), EACCES, "EACCES: IPC_STAT");
	REFUSED(msgctl(id, IPC_SET, &ds), EPERM, "EPERM: IPC_SET");
	REFUSED(msgctl(id, IPC_RMID, NULL), EPERM, "EPERM: IPC_RMID");
	BY(BOB, msgsnd(open, &message, 6, IPC_NOWAIT), 0, 0, "w for others");
	REFUSED(msgrcv(open, &message, 6, 0, IPC_NOWAIT), EACCES,
		"EACCES: but no r");
	AFTER(, msgrcv(open, &message, 6, 0, IPC_NOWAIT), 6, 0, "root may");
	give_queue(id, BOB);
	BY(BOB, set_queue(id, 100), 0, 0, "the owner makes it smaller");
	REFUSED(set_queue(id, 1 << 20), EPERM,
		"EPERM: larger than msgmnb, as its owner");
	BY(BOB, msgctl(id, IPC_RMID, NULL), 0, 0, "and removes it");
	msgctl(id, IPC_RMID, NULL);
	msgctl(open, IPC_RMID, NULL);
}

static void posix(void)
{
	char name[40];
	int fd;

	snprintf(name, sizeof(name), "/ikos-who-%d", (int)getpid());
	fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0644);
	T(fd >= 0 && !ftruncate(fd, 4096), "an object of POSIX shared memory");
	REFUSED(shm_open(name, O_RDWR, 0), EACCES, "EACCES: shm_open to write");
	REFUSED(shm_open(name, O_CREAT | O_RDWR, 0666), EACCES,
		"EACCES: O_CREAT of what exists");
	REFUSED(shm_open(name, O_RDONLY | O_TRUNC, 0), EACCES,
		"EACCES: O_TRUNC");
	BY(BOB, shm_open(name, O_RDONLY, 0) < 0, 0, 0, "to read is for all");
	AFTER(become(BOB, BOB); int r = shm_open(name, O_RDONLY, 0),
				mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, r, 0),
				-1, EACCES, "EACCES: a writable mapping of it");
	AFTER(become(BOB, BOB); int r = shm_open(name, O_RDONLY, 0),
				ftruncate(r, 0), -1, EINVAL,
				"EINVAL: its size");
	REFUSED(shm_unlink(name), EPERM, "EPERM: shm_unlink: it is sticky");
	shm_unlink(name);
	close(fd);
	fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	REFUSED(shm_open(name, O_RDONLY, 0), EACCES, "EACCES: of mode 0600");
	shm_unlink(name);
	close(fd);
}

int main(void)
{
	int id;

	who_init();
	key = 0x57480000 + (getpid() & 0x7fff);
	id = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
	T(id >= 0, "a segment");
	shm_refused(id);
	shm_bits(id);
	shmctl(id, IPC_RMID, NULL);
	semaphores();
	queues();
	posix();
	return done();
}
