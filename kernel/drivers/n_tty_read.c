/* SPDX-License-Identifier: MIT */
/*
 * The line discipline's readers and writers: read(2) by lines or by MIN and
 * TIME, write(2) as far as the driver has room.
 *
 * A piece of input is looked at under tty->lock, copied to the program without
 * it, and only then taken out of the ring; one reader at a time, so nobody
 * else can take it meanwhile. Input that is flushed meanwhile shows in the
 * count of flushes, and there is nothing left to take.
 *
 * Follows termios(3): canonical mode gives at most a line per read; otherwise
 * MIN and TIME give the four cases written at struct read_wait.
 */
#include <ikos/kernel.h>
#include <ikos/sched.h>
#include <ikos/tty.h>
#include <ikos/uaccess.h>

#define CHUNK 256

static bool is_eol(const struct n_tty *n, u32 pos)
{
	return n->eol[pos % N_TTY_BUF_SIZE / 64] & BIT(pos % 64);
}

/**
 * n_tty_chars_available - bytes that a read would find, for FIONREAD
 *
 * Context: tty->lock held.
 */
size_t n_tty_chars_available(const struct tty_struct *tty)
{
	const struct n_tty *n = &tty->n_tty;
	size_t count = 0;

	if (!L_FLAG(tty, ICANON) || L_FLAG(tty, EXTPROC))
		return n->head - n->tail;
	for (u32 pos = n->tail; pos != n->canon_head; pos++)
		count += !(is_eol(n, pos) && n_tty_byte(tty, pos) == 0);
	return count;
}

/**
 * n_tty_input_available - would a read go on without sleeping
 * @poll: the question is poll(2)'s: MIN counts unless TIME is set
 *
 * Context: tty->lock held.
 */
bool n_tty_input_available(const struct tty_struct *tty, bool poll)
{
	const struct n_tty *n = &tty->n_tty;
	u32 min_bytes = 1;

	if (L_FLAG(tty, ICANON) && !L_FLAG(tty, EXTPROC))
		return n->canon_head != n->tail;
	if (poll && !tty->termios.c_cc[VTIME] && tty->termios.c_cc[VMIN])
		min_bytes = tty->termios.c_cc[VMIN];
	return n->head - n->tail >= min_bytes;
}

static struct n_tty_chunk peek_line(const struct tty_struct *tty, u8 *buf,
				    size_t n)
{
	const struct n_tty *nt = &tty->n_tty;
	struct n_tty_chunk c = { 0 };
	u32 pos = nt->tail;

	while (pos != nt->canon_head && !c.end_of_line) {
		bool eol = is_eol(nt, pos);
		u8 byte = n_tty_byte(tty, pos);
		bool eof = eol && byte == 0;

		/* An end of file right behind the last byte goes with it. */
		if (!eof && c.copied == n)
			break;
		if (!eof)
			buf[c.copied++] = byte;
		c.end_of_line = eol;
		pos++;
	}
	c.consumed = pos - nt->tail;
	return c;
}

static struct n_tty_chunk peek_raw(const struct tty_struct *tty, u8 *buf,
				   size_t n)
{
	struct n_tty_chunk c = { 0 };
	u32 have = tty->n_tty.head - tty->n_tty.tail;

	c.copied = c.consumed = min(n, (size_t)have);
	for (size_t i = 0; i < c.copied; i++)
		buf[i] = n_tty_byte(tty, tty->n_tty.tail + (u32)i);
	return c;
}

/**
 * n_tty_peek - what a read of @n bytes gets first, without taking it
 * @buf: kernel memory of at least @n bytes
 * @n: bytes that the reader still wants
 *
 * Context: tty->lock held.
 * Return: bytes in @buf, bytes to pass to n_tty_consume(), whether the line
 * ends there; end_of_line with no byte is end of file.
 */
struct n_tty_chunk n_tty_peek(const struct tty_struct *tty, u8 *buf, size_t n)
{
	if (L_FLAG(tty, ICANON) && !L_FLAG(tty, EXTPROC))
		return peek_line(tty, buf, n);
	return peek_raw(tty, buf, n);
}

/* Enough room again for MIN (at most 255) and for lines to end. */
static void unthrottle(struct tty_struct *tty)
{
	struct n_tty *n = &tty->n_tty;

	if (!tty->throttled)
		return;
	if (n_tty_receive_room(tty) < N_TTY_BUF_SIZE / 4 &&
	    !(L_FLAG(tty, ICANON) && n->canon_head == n->tail))
		return;
	tty->throttled = false;
	if (I_FLAG(tty, IXOFF) && tty->termios.c_cc[VSTART])
		tty->ops->write(tty, &tty->termios.c_cc[VSTART], 1);
	tty->ops->unthrottle(tty);
}

/**
 * n_tty_consume - take @n bytes, which n_tty_peek() has shown, out of the ring
 *
 * Lets the driver receive again when there is room. Context: tty->lock held.
 */
void n_tty_consume(struct tty_struct *tty, size_t n)
{
	struct n_tty *nt = &tty->n_tty;

	for (; n; n--, nt->tail++)
		nt->eol[nt->tail % N_TTY_BUF_SIZE / 64] &= ~BIT(nt->tail % 64);
	unthrottle(tty);
}

/*
 * How long a read waits, termios(3):
 *
 *	canonical		until a line is there
 *	MIN > 0, TIME = 0	until MIN bytes are there
 *	MIN > 0, TIME > 0	the first byte for ever, each next TIME
 *	MIN = 0, TIME > 0	TIME for the first byte
 *	MIN = 0, TIME = 0	not at all
 */
struct read_wait {
	size_t minimum; /* bytes */
	u64 first, between; /* ns */
};

static struct read_wait read_wait_of(const struct tty_struct *tty)
{
	struct read_wait w = { 1, MAX_SCHEDULE_TIMEOUT, MAX_SCHEDULE_TIMEOUT };
	u64 time = tty->termios.c_cc[VTIME] * (NSEC_PER_SEC / 10);

	if (L_FLAG(tty, ICANON))
		return w;
	if (tty->termios.c_cc[VMIN]) {
		w.minimum = tty->termios.c_cc[VMIN];
		if (time)
			w.between = time;
	} else {
		w.first = time;
	}
	return w;
}

/* Copy what is there, at most a line; bytes, -EFAULT. *@end: read no more. */
static ssize_t copy_available(struct tty_struct *tty, char __user *buf,
			      size_t n, bool *end)
{
	u8 chunk[CHUNK];
	size_t done = 0;

	*end = false;
	while (done < n && !*end) {
		unsigned long flags;
		struct n_tty_chunk c;
		u32 flushes;
		bool canon;

		spin_lock_irqsave(&tty->lock, flags);
		canon = L_FLAG(tty, ICANON);
		flushes = tty->n_tty.flushes;
		c = n_tty_peek(tty, chunk, min(n - done, sizeof(chunk)));
		spin_unlock_irqrestore(&tty->lock, flags);
		if (!c.consumed)
			break;
		if (copy_to_user(buf + done, chunk, c.copied))
			return done ? (ssize_t)done : -EFAULT;
		spin_lock_irqsave(&tty->lock, flags);
		if (flushes == tty->n_tty.flushes)
			n_tty_consume(tty, c.consumed);
		spin_unlock_irqrestore(&tty->lock, flags);
		done += c.copied;
		*end = canon && (c.end_of_line || done == n);
	}
	return (ssize_t)done;
}

static bool available(struct tty_struct *tty, const struct tty_file *tf)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&tty->lock, flags);
	ret = n_tty_input_available(tty, false) || tty_hung_up(tf);
	spin_unlock_irqrestore(&tty->lock, flags);
	return ret;
}

static ssize_t read_loop(struct file *file, char __user *buf, size_t n)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	struct read_wait w = read_wait_of(tty);
	size_t done = 0;

	while (!tty_hung_up(tf)) {
		bool end;
		ssize_t got = copy_available(tty, buf + done, n - done, &end);
		u64 wait;
		long err;

		if (got < 0)
			return done ? (ssize_t)done : got;
		done += (size_t)got;
		if (end || done >= min(w.minimum, n))
			break;
		wait = done ? w.between : w.first;
		if (!wait)
			break;
		if (file->f_flags & O_NONBLOCK)
			return done ? (ssize_t)done : -EAGAIN;
		err = wait_event_interruptible_timeout(
			tty->read_wait, available(tty, tf), wait);
		if (err == -ETIMEDOUT)
			break;
		if (err)
			return done ? (ssize_t)done : err;
	}
	return (ssize_t)done;
}

static bool take_turn(bool *busy)
{
	return !__atomic_exchange_n(busy, true, __ATOMIC_ACQUIRE);
}

static long wait_turn(struct file *file, struct wait_queue_head *wq, bool *busy)
{
	if (take_turn(busy))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(*wq, take_turn(busy));
}

static void end_turn(struct wait_queue_head *wq, bool *busy)
{
	smp_store_release(busy, false);
	wake_up_all(wq);
}

/**
 * n_tty_read - read(2) from a terminal
 *
 * Context: sleeps.
 * Return: bytes, 0 at end of file or hang-up; -EIO in an orphaned background
 * group, -ERESTARTSYS on a signal, -EAGAIN, -EFAULT. See read(2), termios(3).
 */
ssize_t n_tty_read(struct file *file, char __user *buf, size_t n)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	ssize_t ret = 0;

	if (!n)
		return 0;
	if (!tf->console)
		ret = tty_check_change(tty, SIGTTIN);
	if (!ret)
		ret = wait_turn(file, &tty->read_wait, &tty->read_busy);
	if (ret)
		return ret;
	ret = read_loop(file, buf, n);
	end_turn(&tty->read_wait, &tty->read_busy);
	return ret;
}

static size_t output(struct tty_struct *tty, const u8 *buf, size_t n)
{
	unsigned long flags;
	size_t done;

	spin_lock_irqsave(&tty->lock, flags);
	done = n_tty_output(tty, buf, n);
	spin_unlock_irqrestore(&tty->lock, flags);
	return done;
}

static bool writable(struct tty_struct *tty, const struct tty_file *tf)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&tty->lock, flags);
	ret = tty->ops->write_room(tty) >= 64 || tty_hung_up(tf);
	spin_unlock_irqrestore(&tty->lock, flags);
	return ret;
}

static ssize_t write_chunk(struct file *file, const u8 *buf, size_t n)
{
	struct tty_file *tf = file->private_data;
	size_t done = 0;
	long err;

	for (;;) {
		if (tty_hung_up(tf))
			return -EIO;
		if (current_signal_pending())
			return done ? (ssize_t)done : -ERESTARTSYS;
		done += output(tf->tty, buf + done, n - done);
		if (done == n)
			return (ssize_t)done;
		if (file->f_flags & O_NONBLOCK)
			return done ? (ssize_t)done : -EAGAIN;
		err = wait_event_interruptible(tf->tty->write_wait,
					       writable(tf->tty, tf));
		if (err)
			return done ? (ssize_t)done : err;
	}
}

static ssize_t write_loop(struct file *file, const char __user *buf, size_t n)
{
	u8 chunk[CHUNK];
	size_t done = 0;

	while (done < n) {
		size_t want = min(n - done, sizeof(chunk));
		size_t have = want - copy_from_user(chunk, buf + done, want);
		ssize_t put;

		if (!have)
			return done ? (ssize_t)done : -EFAULT;
		put = write_chunk(file, chunk, have);
		if (put < 0)
			return done ? (ssize_t)done : put;
		done += (size_t)put;
		if ((size_t)put < want)
			break;
		if (current_signal_pending() && done < n)
			break;
		cond_resched();
	}
	return (ssize_t)done;
}

/**
 * n_tty_write - write(2) to a terminal
 *
 * Context: sleeps while the driver is full.
 * Return: bytes; -EIO after a hang-up or in an orphaned background group under
 * TOSTOP, -ERESTARTSYS on a signal, -EAGAIN, -EFAULT.
 */
ssize_t n_tty_write(struct file *file, const char __user *buf, size_t n)
{
	struct tty_file *tf = file->private_data;
	struct tty_struct *tty = tf->tty;
	ssize_t ret = 0;

	if (!tf->console && L_FLAG(tty, TOSTOP))
		ret = tty_check_change(tty, SIGTTOU);
	if (!ret)
		ret = wait_turn(file, &tty->write_wait, &tty->write_busy);
	if (ret)
		return ret;
	ret = write_loop(file, buf, n);
	end_turn(&tty->write_wait, &tty->write_busy);
	return ret;
}
