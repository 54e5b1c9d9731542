/* SPDX-License-Identifier: MIT */
/* System V message queues: msgget, msgsnd, msgrcv, msgctl. */
#include "sysv_ipc.h"
#include <limits.h>
#include <sys/msg.h>

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif
#ifndef MSG_EXCEPT
#define MSG_EXCEPT 020000
#endif
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

static int root;

static struct message {
	long type;
	char text[16384];
} m;

static int make(void)
{
	return msgget(IPC_PRIVATE, IPC_CREAT | 0600);
}

static int drop(int id)
{
	return msgctl(id, IPC_RMID, NULL);
}

static int put(int id, long type, const char *text)
{
	m.type = type;
	strcpy(m.text, text);
	return msgsnd(id, &m, strlen(text), IPC_NOWAIT);
}

/* The text of what is received; its type is m.type. */
static const char *take(int id, long type, int flags)
{
	ssize_t n = msgrcv(id, &m, 1000, type, flags | IPC_NOWAIT);

	if (n < 0)
		return strerror(errno);
	m.text[n] = 0;
	return m.text;
}

#define gives(call, want, ...) T(!strcmp(call, want), __VA_ARGS__)

static struct msqid_ds stat_of(int id)
{
	struct msqid_ds ds;

	memset(&ds, 0, sizeof(ds));
	if (msgctl(id, IPC_STAT, &ds))
		ds.msg_qnum = 9999;
	return ds;
}

static void getting(void)
{
	key_t key = unique_key(1);
	int id, again;

	is(msgget(key, 0600), -1, ENOENT, "no queue has the key");
	id = msgget(key, IPC_CREAT | 0600);
	T(id >= 0 && msgget(key, 0) == id, "IPC_CREAT makes one");
	is(msgget(key, IPC_CREAT | IPC_EXCL), -1, EEXIST, "IPC_EXCL");
	T(drop(id) == 0, "IPC_RMID");
	is(drop(id), -1, EINVAL, "twice");
	again = msgget(key, IPC_CREAT | 0600);
	T(again >= 0 && again != id, "the next has another id");
	drop(again);
}

static void types(void)
{
	int id = make();

	put(id, 3, "three");
	put(id, 1, "one");
	put(id, 2, "two");
	put(id, 1, "another one");
	put(id, LONG_MAX, "last");
	gives(take(id, 2, 0), "two", "the first of a type");
	gives(take(id, 2, 0), strerror(ENOMSG), "there is no other");
	gives(take(id, -3, 0), "one", "the lowest type up to 3");
	gives(take(id, -1, 0), "another one", "of type 1 only");
	gives(take(id, -2, 0), strerror(ENOMSG), "none so low");
	gives(take(id, 3, MSG_EXCEPT), "last", "all but 3");
	T(m.type == LONG_MAX, "its type");
	put(id, LONG_MAX, "last");
	gives(take(id, 0, 0), "three", "the oldest");
	gives(take(id, LONG_MIN, 0), "last", "LONG_MIN: any type");
	gives(take(id, 0, 0), strerror(ENOMSG), "empty");
	drop(id);
}

static void errors(void)
{
	int id = make();

	m.type = 0;
	is(msgsnd(id, &m, 1, 0), -1, EINVAL, "type 0");
	m.type = -1;
	is(msgsnd(id, &m, 1, 0), -1, EINVAL, "negative type");
	m.type = 1;
	is(msgsnd(id, &m, 8193, 0), -1, EINVAL, "beyond msgmax");
	is(msgsnd(id, &m, (size_t)-1, 0), -1, EINVAL, "negative size");
	is(msgsnd(-1, &m, 1, 0), -1, EINVAL, "no id");
	is(msgsnd(id + 32768, &m, 1, 0), -1, EINVAL, "no such queue");
	is(msgsnd(id, NULL, 1, 0), -1, EFAULT, "bad address");
	is(msgrcv(-1, &m, 1, 0, 0), -1, EINVAL, "receive: no id");
	is(msgrcv(id, &m, (size_t)-1, 0, 0), -1, EINVAL, "negative size");
	is(msgrcv(id + 32768, &m, 1, 0, 0), -1, EINVAL, "no such queue");
	is(msgrcv(id, &m, 1, 0, IPC_NOWAIT), -1, ENOMSG, "nothing there");
	is(msgrcv(id, &m, 1, 0, MSG_COPY), -1, EINVAL, "MSG_COPY may not wait");
	is(msgrcv(id, &m, 1, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), -1, EINVAL,
	   "nor with MSG_EXCEPT");
	T(msgsnd(id, &m, 0, 0) == 0, "an empty message");
	T(msgrcv(id, &m, 0, 0, 0) == 0, "is received");
	put(id, 1, "0123456789");
	is(msgrcv(id, &m, 9, 0, 0), -1, E2BIG, "no room for it");
	T(stat_of(id).msg_qnum == 1, "it stays");
	T(msgrcv(id, &m, 4, 0, MSG_NOERROR) == 4 &&
		  !memcmp(m.text, "0123456789", 4) && stat_of(id).msg_qnum == 0,
	  "MSG_NOERROR cuts it");
	put(id, 1, "lost");
	is(msgrcv(id, NULL, 10, 0, 0), -1, EFAULT, "to a bad address");
	T(stat_of(id).msg_qnum == 0, "it is lost");
	drop(id);
}

static void state(void)
{
	int id = msgget(unique_key(2), IPC_CREAT | 0640), n, found = 0, max;
	struct msqid_ds ds = stat_of(id);
	struct msginfo info, before;

	T(ds.msg_qbytes == 16384 && ds.msg_qnum == 0 && ds.msg_lspid == 0 &&
		  ds.msg_lrpid == 0 && ds.msg_stime == 0 && ds.msg_rtime == 0 &&
		  recent(ds.msg_ctime) && ds.msg_perm.mode == 0640,
	  "a new queue");
	msgctl(0, MSG_INFO, (void *)&before);
	put(id, 1, "12345");
	put(id, 1, "678");
	max = msgctl(0, MSG_INFO, (void *)&info);
	T(info.msgpool == before.msgpool && info.msgmap == before.msgmap + 2 &&
		  info.msgtql == before.msgtql + 8,
	  "MSG_INFO");
	T(msgctl(0, IPC_INFO, (void *)&info) == max && info.msgmax == 8192 &&
		  info.msgmnb == 16384 && info.msgmni == 32000 &&
		  info.msgssz == 16 && info.msgtql == 16384 &&
		  info.msgmap == 16384 && info.msgpool == 512000 &&
		  info.msgseg == 0xffff,
	  "IPC_INFO");
	for (n = 0; n <= max; n++)
		found += msgctl(n, MSG_STAT, &ds) == id;
	T(found == 1, "MSG_STAT");
	for (found = n = 0; n <= max; n++)
		found += msgctl(n, MSG_STAT_ANY, &ds) == id;
	T(found == 1, "MSG_STAT_ANY");
	ds = stat_of(id);
	T(ds.msg_qnum == 2 && ds.__msg_cbytes == 8 &&
		  ds.msg_lspid == getpid() && recent(ds.msg_stime),
	  "two messages");
	take(id, 0, 0);
	ds = stat_of(id);
	T(ds.msg_qnum == 1 && ds.msg_lrpid == getpid() && recent(ds.msg_rtime),
	  "one received");
	ds.msg_perm.mode = 0604;
	ds.msg_qbytes = 10;
	T(msgctl(id, IPC_SET, &ds) == 0, "IPC_SET");
	ds = stat_of(id);
	T(ds.msg_perm.mode == 0604 && ds.msg_qbytes == 10, "mode and size");
	is(put(id, 1, "12345678"), -1, EAGAIN, "no more room");
	is(msgctl(id, IPC_SET, NULL), -1, EFAULT, "IPC_SET: bad address");
	is(msgctl(id, IPC_STAT, NULL), -1, EFAULT, "IPC_STAT: bad address");
	is(msgctl(0, IPC_INFO, NULL), -1, EFAULT, "IPC_INFO: bad address");
	is(msgctl(id, 99, &ds), -1, EINVAL, "unknown command");
	is(msgctl(-1, IPC_STAT, &ds), -1, EINVAL, "no id");
	drop(id);
}

static void full(void)
{
	int id = make(), n;

	m.type = 1;
	T(msgsnd(id, &m, 8192, IPC_NOWAIT) == 0 &&
		  msgsnd(id, &m, 8192, IPC_NOWAIT) == 0,
	  "two of 8192 bytes");
	is(msgsnd(id, &m, 1, IPC_NOWAIT), -1, EAGAIN, "and it is full");
	T(msgsnd(id, &m, 0, IPC_NOWAIT) == 0, "an empty one fits");
	drop(id);
	id = make();
	for (n = 0; msgsnd(id, &m, 0, IPC_NOWAIT) == 0; n++)
		;
	T(n == 16384 && errno == EAGAIN, "as many empty ones as bytes");
	drop(id);
}

/* Give another process time to fall asleep in the queue. */
#define asleep() nap(60)

static void on_signal(int sig)
{
	(void)sig;
}

static void waiting(void)
{
	int id = make(), status;
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	struct msqid_ds ds;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(msgrcv(id, &m, 100, 2, 0) != 3);
	asleep();
	put(id, 1, "one");
	put(id, 2, "two");
	waitpid(pid, &status, 0);
	ds = stat_of(id);
	T(status == 0 && ds.msg_qnum == 1 && ds.msg_lrpid == pid,
	  "a receiver waits for its type");
	take(id, 0, 0);
	pid = fork();
	if (!pid)
		_exit(msgrcv(id, &m, 2, 0, 0) == -1 ? errno : 99);
	asleep();
	put(id, 1, "long");
	waitpid(pid, &status, 0);
	T(WEXITSTATUS(status) == E2BIG, "E2BIG while it waits");
	gives(take(id, 0, 0), "long", "the message stays");

	m.type = 1;
	msgsnd(id, &m, 8192, 0);
	msgsnd(id, &m, 8192, 0);
	pid = fork();
	if (!pid)
		_exit(msgsnd(id, &m, 10, 0) != 0);
	asleep();
	T(stat_of(id).msg_qnum == 2, "a sender waits for room");
	msgrcv(id, &m, 8192, 0, 0);
	waitpid(pid, &status, 0);
	T(status == 0 && stat_of(id).msg_qnum == 2, "and gets it");
	ds = stat_of(id);
	ds.msg_qbytes = 8300;
	msgctl(id, IPC_SET, &ds);
	pid = fork();
	if (!pid)
		_exit(msgsnd(id, &m, 100, 0) != 0);
	asleep();
	ds.msg_qbytes = 16384;
	msgctl(id, IPC_SET, &ds);
	waitpid(pid, &status, 0);
	T(status == 0, "IPC_SET makes room");
	while (msgrcv(id, &m, 8192, 0, IPC_NOWAIT) >= 0)
		;

	for (int n = 0; n < 2; n++) {
		if (n) {
			m.type = 1;
			msgsnd(id, &m, 8192, 0);
			msgsnd(id, &m, 8192, 0);
		}
		pid = fork();
		if (!pid) {
			sigaction(SIGUSR1, &sa, NULL);
			_exit((n ? msgsnd(id, &m, 100, 0)
				 : msgrcv(id, &m, 1, 0, 0)) == -1
				      ? errno
				      : 99);
		}
		asleep();
		kill(pid, SIGUSR1);
		waitpid(pid, &status, 0);
		T(WEXITSTATUS(status) == EINTR, "EINTR, %s",
		  n ? "sending" : "receiving");
	}
	for (int n = 0; n < 2; n++) {
		if (n) {
			id = make();
		}
		pid = fork();
		if (!pid)
			_exit((n ? msgrcv(id, &m, 1, 0, 0)
				 : msgsnd(id, &m, 100, 0)) == -1
				      ? errno
				      : 99);
		asleep();
		drop(id);
		waitpid(pid, &status, 0);
		T(WEXITSTATUS(status) == EIDRM, "EIDRM, %s",
		  n ? "receiving" : "sending");
	}
	id = make();
	pid = fork();
	if (!pid)
		_exit(msgrcv(id, &m, 1, 0, 0) != 1);
	asleep();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	put(id, 1, "x");
	T(stat_of(id).msg_qnum == 1, "a killed receiver gets nothing");
	drop(id);
}

static void others(void)
{
	key_t key = unique_key(3);
	int id = msgget(key, IPC_CREAT | 0600), bad;
	struct msqid_ds ds = stat_of(id);

	if (!root) {
		for (int i = 0; i < 3; i++)
			T(1, "(only root can try another user)");
		drop(id);
		return;
	}
	bad = as_nobody(
		_exit(fails(0, put(id, 1, "x"), EACCES) |
		      fails(1, msgrcv(id, &m, 1, 0, IPC_NOWAIT), EACCES) |
		      fails(2, msgctl(id, IPC_STAT, &ds), EACCES) |
		      fails(3, msgctl(id, IPC_SET, &ds), EPERM) |
		      fails(4, drop(id), EPERM) |
		      fails(5, msgget(key, 0600), EACCES)));
	T(bad == 0, "0600: another user may do nothing (%#x)", bad);
	ds.msg_perm.mode = 0602;
	msgctl(id, IPC_SET, &ds);
	bad = as_nobody(
		_exit(works(0, put(id, 1, "x")) |
		      fails(1, msgrcv(id, &m, 1, 0, IPC_NOWAIT), EACCES)));
	T(bad == 0, "0602: he may send (%#x)", bad);
	ds.msg_perm.uid = NOBODY;
	msgctl(id, IPC_SET, &ds);
	ds.msg_qbytes = 16385;
	bad = as_nobody({
		int b = fails(0, msgctl(id, IPC_SET, &ds), EPERM);
		ds.msg_qbytes = 100;
		_exit(b | works(1, msgctl(id, IPC_SET, &ds)) |
		      works(2, drop(id)));
	});
	T(bad == 0, "its owner may not make it larger (%#x)", bad);
}

/* Four send, four receive; type 9 ends. */
static void eight(void)
{
	unsigned long *sum = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int id = make(), bad = 0, status;
	pid_t pid[8];

	fflush(stdout);
	for (int n = 0; n < 8; n++) {
		pid[n] = fork();
		if (pid[n])
			continue;
		for (unsigned long i = 1; n < 4 && i <= 500; i++) {
			m.type = n + 1;
			memcpy(m.text, &i, sizeof(i));
			if (msgsnd(id, &m, sizeof(i) + i, 0))
				_exit(1);
		}
		while (n >= 4) {
			unsigned long i;
			ssize_t len = msgrcv(id, &m, 8192, 0, 0);

			memcpy(&i, m.text, sizeof(i));
			if (m.type == 9)
				break;
			if (len != (ssize_t)(sizeof(i) + i))
				_exit(2);
			__atomic_add_fetch(sum, i * (unsigned long)m.type,
					   __ATOMIC_RELAXED);
		}
		_exit(0);
	}
	for (int n = 0; n < 4; n++) {
		waitpid(pid[n], &status, 0);
		bad |= status;
	}
	for (int n = 0; n < 4; n++)
		put(id, 9, "12345678");
	for (int n = 4; n < 8; n++) {
		waitpid(pid[n], &status, 0);
		bad |= status;
	}
	T(bad == 0 && *sum == 500 * 501 / 2 * (1 + 2 + 3 + 4),
	  "producers and consumers");
	T(stat_of(id).msg_qnum == 0, "nothing is left");
	munmap(sum, PAGE);
	drop(id);
}

static void listing(void)
{
	static const char *const names[] = { "msgmax", "msgmnb", "msgmni" };
	int id = msgget(unique_key(4), IPC_CREAT | 0644), found = 0;
	char line[256], want[256];
	struct msqid_ds ds;
	FILE *f;

	put(id, 1, "12345");
	ds = stat_of(id);
	sprintf(want,
		"%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10lu "
		"%10lu %10lu\n",
		unique_key(4), id, 0644, 5UL, 1UL, getpid(), 0, geteuid(),
		getegid(), geteuid(), getegid(), (unsigned long)ds.msg_stime,
		(unsigned long)ds.msg_rtime, (unsigned long)ds.msg_ctime);
	f = fopen("/proc/sysvipc/msg", "r");
	T(f && fgets(line, sizeof(line), f), "/proc/sysvipc/msg");
	printf("# %s", line);
	while (fgets(line, sizeof(line), f))
		found += !strcmp(line, want);
	fclose(f);
	T(found == 1, "its line");
	for (int i = 0; i < 3; i++) {
		sprintf(want, "/proc/sys/kernel/%s", names[i]);
		f = fopen(want, "r");
		T(f && fgets(line, sizeof(line), f), "%s", want);
		printf("# %s", line);
		fclose(f);
	}
	drop(id);
}

int main(void)
{
	root = geteuid() == 0;
	getting();
	types();
	errors();
	state();
	full();
	waiting();
	others();
	eight();
	listing();
	return done();
}
