/* SPDX-License-Identifier: MIT */
/* A program as tutorials show it, and what shm_open(3) promises beyond. */
#include "t.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The example, word for word. */
void *create_shared_memory(const char *name, size_t size);
void *access_shared_memory(const char *name, size_t size);

/* clang-format off */
void* create_shared_memory(const char* name, size_t size) {
    // Create shared memory object
    int fd = shm_open(name, O_CREAT | O_RDWR, 0666);
    if (fd == -1) {
        return NULL;
    }
    
    // Set the size
    if (ftruncate(fd, size) == -1) {
        close(fd);
        return NULL;
    }
    
    // Map it into memory
    void* ptr = mmap(NULL, size, 
                     PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, 0);
    
    close(fd);
    return (ptr == MAP_FAILED) ? NULL : ptr;
}

void* access_shared_memory(const char* name, size_t size) {
    int fd = shm_open(name, O_RDWR, 0666);
    if (fd == -1) {
        return NULL;
    }
    
    void* ptr = mmap(NULL, size,
                     PROT_READ | PROT_WRITE,
                     MAP_SHARED, fd, 0);
    
    close(fd);
    return (ptr == MAP_FAILED) ? NULL : ptr;
}
/* clang-format on */

#define NAME "/ikos-shm-open-test"

static void example(void)
{
	char *a, *b;

	shm_unlink(NAME);
	T(!access_shared_memory(NAME, PAGE) && errno == ENOENT,
	  "no such object yet");
	a = create_shared_memory(NAME, 3 * PAGE);
	b = access_shared_memory(NAME, 3 * PAGE);
	if (!T(a && b && a != b, "made, and mapped twice"))
		return;
	strcpy(a + PAGE, "hello");
	T(!strcmp(b + PAGE, "hello"), "one sees what the other writes");
	is(in_child(char *c = access_shared_memory(NAME, 3 * PAGE);
		    _exit(!c || strcmp(c + PAGE, "hello") ||
			  !strcpy(c, "from the child"))),
	   0, 0, "another process maps it");
	T(!strcmp(a, "from the child"), "and writes to it");
	is(shm_unlink(NAME), 0, 0, "unlink");
	T(!access_shared_memory(NAME, PAGE) && errno == ENOENT, "it is gone");
	T(!strcmp(b, "from the child"), "its mappings are not");
	munmap(a, 3 * PAGE);
	munmap(b, 3 * PAGE);
}

static void arguments(void)
{
	char name[300];
	struct stat st;
	mode_t mask = umask(027);
	int fd;

	is(shm_unlink(NAME), -1, ENOENT, "unlink of nothing");
	is(shm_open(NAME, O_RDWR, 0600), -1, ENOENT, "open of nothing");
	fd = shm_open(NAME, O_RDWR | O_CREAT | O_EXCL, 0666);
	T(fd >= 0, "create");
	fstat(fd, &st);
	is(st.st_mode, S_IFREG | 0640, 0, "the umask counts");
	is(st.st_size, 0, 0, "it is empty");
	is(fcntl(fd, F_GETFD), FD_CLOEXEC, 0, "it is closed by exec");
	is(shm_open(NAME, O_RDWR | O_CREAT | O_EXCL, 0666), -1, EEXIST,
	   "create it again");
	is(ftruncate(fd, 100), 0, 0, "a size");
	close(fd);
	fd = shm_open(NAME, O_RDONLY, 0);
	T(fd >= 0, "open it to read");
	T(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED &&
		  errno == EACCES,
	  "it cannot be mapped to write");
	is(write(fd, "x", 1), -1, EBADF, "nor be written");
	close(fd);
	fd = shm_open(NAME, O_RDWR | O_TRUNC, 0);
	fstat(fd, &st);
	is(st.st_size, 0, 0, "O_TRUNC");
	close(fd);
	if (!geteuid())
		is(in_child(
			   setgid(1234); setuid(1234);
			   _exit(shm_open(NAME, O_RDONLY, 0) >= 0 ? 0 : errno)),
		   EACCES << 8, 0, "a stranger is refused");
	is(shm_unlink(NAME), 0, 0, "unlink");
	is(shm_open("/a/b", O_RDWR | O_CREAT, 0600), -1, EINVAL,
	   "a name with a slash inside");
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[299] = '\0';
	is(shm_open(name, O_RDWR | O_CREAT, 0600), -1, ENAMETOOLONG,
	   "a long name");
	umask(mask);
}

int main(void)
{
	example();
	arguments();
	return done();
}
