/* SPDX-License-Identifier: MIT */
/* Copy-on-write: what one process writes, no other sees. */
#include "t.h"

static char *page;
static char data[3 * PAGE] = "data";

static void child_and_parent_are_apart(void)
{
	int go[2], back[2];
	char c = 0;
	pid_t pid;

	strcpy(page, "parent");
	if (pipe(go) || pipe(back))
		exit(99);
	pid = fork();
	if (!pid) {
		T(!strcmp(page, "parent"), "the child sees the parent's page");
		strcpy(page, "child");
		t_failed += write(back[1], "x", 1) != 1;
		t_failed += read(go[0], &c, 1) != 1;
		T(!strcmp(page, "child"), "the parent's write stays outside");
		_exit(t_failed);
	}
	t_count++;
	T(read(back[0], &c, 1) == 1 && !strcmp(page, "parent"),
	  "the child's write stays outside");
	strcpy(page, "again");
	t_failed += write(go[1], "x", 1) != 1;
	t_count++;
	is(waitpid(pid, NULL, 0), pid, 0, "the child ends");
	T(!strcmp(page, "again"), "the parent keeps its page");
}

static void fork_of_a_fork(void)
{
	int status;

	strcpy(page, "1");
	status = in_child({
		int inner = in_child({
			strcpy(page, "3");
			_exit(strcmp(page, "3") != 0);
		});
		int mine = strcmp(page, "1");

		strcpy(page, "2");
		_exit(inner || mine || strcmp(page, "2"));
	});
	T(status == 0 && !strcmp(page, "1"), "three generations, three pages");
}

static void write_in_many_children(void)
{
	int bad = 0;

	for (int i = 0; i < 20; i++) {
		page[0] = (char)i;
		bad += in_child({
			       int seen = page[0] == i;

			       page[0] = 99;
			       _exit(!seen || page[0] != 99);
		       }) != 0;
		bad += page[0] != i;
	}
	T(!bad, "20 children in a row each get their own copy");
}

static void mprotect_does_not_break_it(void)
{
	strcpy(page, "before");
	T(in_child({
		  mprotect(page, PAGE, PROT_READ);
		  mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		  strcpy(page, "after");
		  _exit(0);
	  }) == 0 &&
		  !strcmp(page, "before"),
	  "mprotect adds write access to a shared page, and it is copied");
}

static void data_and_stack(void)
{
	char local[2 * PAGE];

	strcpy(local, "stack");
	T(in_child({
		  strcpy(local, "x");
		  strcpy(data, "y");
		  memset(data + PAGE, 1, PAGE);
		  _exit(0);
	  }) == 0 &&
		  !strcmp(local, "stack") && !strcmp(data, "data") &&
		  data[PAGE] == 0,
	  "data, bss and stack are copied, too");
}

static void zero_page(void)
{
	char *p = anon(4 * PAGE, PROT_READ | PROT_WRITE);

	T(p[0] == 0 && p[PAGE] == 0, "fresh memory reads as zeroes");
	p[0] = 1;
	T(p[0] == 1 && p[PAGE] == 0 && p[2 * PAGE] == 0,
	  "a write after a read changes one page only");
	T(in_child({
		  int was = p[PAGE];

		  p[PAGE] = 7;
		  _exit(was || p[3 * PAGE]);
	  }) == 0 &&
		  p[PAGE] == 0,
	  "a page that was only read is not shared for writing");
	munmap(p, 4 * PAGE);
}

static void system_calls_write_to_copies(void)
{
	int fd[2];

	if (pipe(fd))
		exit(99);
	strcpy(page, "mine");
	T(in_child({
		  _exit(write(fd[1], "from a pipe", 12) != 12 ||
			read(fd[0], page, 12) != 12 ||
			strcmp(page, "from a pipe"));
	  }) == 0 &&
		  !strcmp(page, "mine"),
	  "read(2) into a shared page copies it first");
	close(fd[0]);
	close(fd[1]);
}

static void shared_memory_is_shared(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	T(p != MAP_FAILED, "mmap MAP_SHARED|MAP_ANONYMOUS");
	T(in_child(p[0] = 42; _exit(0)) == 0 && p[0] == 42,
	  "a child's write to shared memory is seen");
	munmap(p, PAGE);
}

int main(void)
{
	page = anon(PAGE, PROT_READ | PROT_WRITE);
	child_and_parent_are_apart();
	fork_of_a_fork();
	write_in_many_children();
	mprotect_does_not_break_it();
	data_and_stack();
	zero_page();
	system_calls_write_to_copies();
	shared_memory_is_shared();
	return done();
}
