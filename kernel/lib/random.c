/* SPDX-License-Identifier: MIT */
/*
 * Random numbers: a ChaCha20 key stream (RFC 8439, section 2.3) whose key is
 * made at boot and replaced by the stream's own first words after each use, so
 * that what was handed out cannot be recomputed from the state.
 *
 * With seed=N on the command line the key is made of N alone: every random
 * number of the run repeats, which is what a test wants and a server does not.
 */
#include <asm/processor.h>
#include <ikos/boot.h>
#include <ikos/kernel.h>
#include <ikos/random.h>
#include <ikos/spinlock.h>
#include <ikos/string.h>

static struct {
	spinlock_t lock;
	u32 key[8];
	u64 counter;
} rng;

static u32 rotl(u32 v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

static void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

static void chacha_block(u32 out[16])
{
	u32 in[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(&in[4], rng.key, sizeof(rng.key));
	in[12] = (u32)rng.counter;
	in[13] = (u32)(rng.counter >> 32);
	rng.counter++;
	memcpy(out, in, sizeof(in));
	for (int i = 0; i < 10; i++) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		out[i] += in[i];
}

/**
 * random_init - make the first key; once, at boot
 * @seed: value of seed= on the command line, or NULL
 */
void random_init(const char *seed)
{
	u64 v;

	if (seed) {
		for (size_t i = 0; seed[i]; i++)
			rng.key[i % 8] = rng.key[i % 8] * 31 + (u8)seed[i];
		return;
	}
	for (int i = 0; i < 8; i += 2) {
		v = rdtsc();
		rng.key[i] ^= (u32)v;
		rng.key[i + 1] ^= (u32)(v >> 32);
		if (arch_get_random(&v)) {
			rng.key[i] ^= (u32)v;
			rng.key[i + 1] ^= (u32)(v >> 32);
		}
	}
}

/**
 * get_random_bytes - fill a buffer
 * @buf: kernel memory
 * @n: bytes
 *
 * Context: any, interrupt handlers included.
 */
void get_random_bytes(void *buf, size_t n)
{
	unsigned long flags;
	u32 block[16];

	spin_lock_irqsave(&rng.lock, flags);
	while (n) {
		size_t chunk = min_t(size_t, n, 32);

		chacha_block(block);
		memcpy(rng.key, block, sizeof(rng.key));
		memcpy(buf, &block[8], chunk);
		buf = (u8 *)buf + chunk;
		n -= chunk;
	}
	spin_unlock_irqrestore(&rng.lock, flags);
	memset(block, 0, sizeof(block));
}

/**
 * add_device_randomness - let the key depend on some bytes more
 * @buf: kernel memory; whoever knows it learns nothing about the key
 * @n: bytes
 *
 * Context: any.
 */
void add_device_randomness(const void *buf, size_t n)
{
	const u8 *bytes = buf;
	unsigned long flags;
	u32 block[16];

	spin_lock_irqsave(&rng.lock, flags);
	while (n) {
		size_t chunk = min_t(size_t, n, sizeof(rng.key));

		for (size_t i = 0; i < chunk; i++)
			((u8 *)rng.key)[i] ^= bytes[i];
		chacha_block(block);
		memcpy(rng.key, block, sizeof(rng.key));
		bytes += chunk;
		n -= chunk;
	}
	spin_unlock_irqrestore(&rng.lock, flags);
	memset(block, 0, sizeof(block));
}

/**
 * get_random_u64 - one number, every value equally likely
 */
u64 get_random_u64(void)
{
	u64 v;

	get_random_bytes(&v, sizeof(v));
	return v;
}
