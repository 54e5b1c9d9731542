/* SPDX-License-Identifier: MIT */
#ifndef UAPI_EVENTFD_H
#define UAPI_EVENTFD_H

/* eventfd(2); the other flags are O_CLOEXEC and O_NONBLOCK. */
#define EFD_SEMAPHORE 1

#endif
