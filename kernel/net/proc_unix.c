/* SPDX-License-Identifier: MIT */
/*
 * /proc/net/unix: every socket of the family, a line each. Source: proc(5).
 */
#include <ikos/net.h>
#include <ikos/seq_file.h>

/* St: 1 unconnected, 2 to be accepted, 3 connected. */
static unsigned int state_of(const struct unix_sock *sk)
{
	if (!sk->peer)
		return 1;
	return sk->file ? 3 : 2;
}

/* An abstract name starts with '@' and so do the zeroes in it. */
static void show_name(struct seq_file *m, const struct unix_address *addr)
{
	int n = addr->len - (int)offsetof(struct sockaddr_un_k, sun_path);
	bool abstract = !addr->un.sun_path[0];

	seq_putc(m, ' ');
	if (!abstract)
		n--;
	for (int i = 0; i < n; i++)
		seq_putc(m, addr->un.sun_path[i] ? addr->un.sun_path[i] : '@');
}

/**
 * unix_proc_show - the text of /proc/net/unix
 *
 * The first column tells nobody where in memory a socket is.
 *
 * Context: takes unix_lock.
 * Return: 0.
 */
int unix_proc_show(struct seq_file *m, void *unused __maybe_unused)
{
	struct unix_sock *sk;

	seq_puts(m, "Num               RefCount Protocol Flags    Type St "
		    "Inode Path\n");
	spin_lock(&unix_lock);
	list_for_each_entry (sk, &unix_socks, all) {
		seq_printf(m, "%016lx: %08X %08X %08X %04X %02X %5lu", 0UL,
			   (unsigned int)atomic_read(&sk->count), 0,
			   sk->listening ? 0x10000 : 0, (unsigned int)sk->type,
			   state_of(sk),
			   sk->file ? sk->file->f_inode->i_ino : 0UL);
		if (sk->addr)
			show_name(m, sk->addr);
		seq_putc(m, '\n');
	}
	spin_unlock(&unix_lock);
	return 0;
}
