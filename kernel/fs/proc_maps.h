/* SPDX-License-Identifier: MIT */
#ifndef PROC_MAPS_H
#define PROC_MAPS_H

#include <ikos/mm.h>

#include "proc_internal.h"

/* Where the name stands in a line of maps. */
#define MAPS_NAME_COLUMN (25 + sizeof(void *) * 6 - 1)

/* A reader of the areas of a process: seq_file's private. */
struct maps {
	struct mm_struct *mm; /* a reference, not a user; NULL: none */
	struct task_struct *task; /* the inode's */
	bool locked; /* mmap_lock, and a user */
};

int maps_open_with(struct inode *inode, struct file *file,
		   const struct seq_operations *op);
int maps_release(struct inode *inode, struct file *file);
bool maps_lock(struct maps *maps);
void *maps_start(struct seq_file *m, loff_t *pos);
void *maps_next(struct seq_file *m, void *v, loff_t *pos);
void maps_stop(struct seq_file *m, void *v);
int maps_show(struct seq_file *m, void *v);

/* A bss that only touches the heap is none: as Linux since 6.6. mmap_lock. */
static inline bool vma_is_heap(const struct vm_area_struct *vma)
{
	return vma->vm_start < vma->vm_mm->brk &&
	       vma->vm_end > vma->vm_mm->start_brk;
}

/* The program's first stack. mmap_lock. */
static inline bool vma_is_stack(const struct vm_area_struct *vma)
{
	return vma->vm_start <= vma->vm_mm->start_stack &&
	       vma->vm_end >= vma->vm_mm->start_stack;
}

/* proc_pagemap.c, proc_mem.c: the address space that open(2) found. */
int proc_get_mm(struct task_struct *t, struct mm_struct **res);
int proc_mm_open(struct inode *inode, struct file *file);
int proc_mm_release(struct inode *inode, struct file *file);
loff_t proc_mm_llseek(struct file *file, loff_t offset, int whence);

#endif
