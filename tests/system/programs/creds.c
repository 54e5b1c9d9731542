/* SPDX-License-Identifier: MIT */
/* Who a program runs as: its users and groups, real, effective and saved. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	uid_t u[3];
	gid_t g[3];

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	printf("%u %u %u  %u %u %u\n", u[0], u[1], u[2], g[0], g[1], g[2]);
	return 0;
}
