/* SPDX-License-Identifier: MIT */
#ifndef UAPI_IOCTL_H
#define UAPI_IOCTL_H

#include <uapi/termios.h> /* FIONREAD, FIONBIO */

/* ioctl(2) requests that every file knows. */
#define FIONCLEX 0x5450
#define FIOCLEX	 0x5451

#endif
