/* SPDX-License-Identifier: MIT */
/*
 * A small dynamic program with something in every part of its address space:
 * constants, data, bss, heap, stack. It stops at the point where its memory map
 * is to be looked at, and goes on with SIGCONT.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char title[] = "dyn_ctypes";
static int64_t data64 = 0x1122334455667788;
static int32_t bss32[64];

static __attribute__((noinline)) void incr(int64_t *v64, int32_t *v32, int n)
{
	for (int i = 0; i < n; i++) {
		v64[i] += data64;
		v32[i] += i;
	}
	raise(SIGSTOP);
}

int main(void)
{
	enum {
		N = 8
	};
	int64_t *heap = calloc(N, sizeof(*heap));
	int64_t sum = 0;

	if (!heap)
		return 1;
	incr(heap, bss32, N);
	for (int i = 0; i < N; i++)
		sum += heap[i] + bss32[i];
	printf("%s: %" PRId64 "\n", title, sum);
	free(heap);
	return 0;
}
