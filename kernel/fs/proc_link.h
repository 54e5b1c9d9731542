/* SPDX-License-Identifier: MIT */
#ifndef PROC_LINK_H
#define PROC_LINK_H

#include <ikos/fs.h>

long proc_path_text(struct path *path, char *buf, size_t size);

#endif
