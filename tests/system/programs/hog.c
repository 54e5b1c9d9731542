/* SPDX-License-Identifier: MIT */
/* Write to ever more memory: the kernel's answer is SIGKILL. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			perror("mmap");
			return 1;
		}
		memset(p, 1, 1 << 20);
	}
}
