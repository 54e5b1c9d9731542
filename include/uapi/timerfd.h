/* SPDX-License-Identifier: MIT */
#ifndef UAPI_TIMERFD_H
#define UAPI_TIMERFD_H

/* timerfd_create(2), whose flags are O_CLOEXEC and O_NONBLOCK. */
#define TFD_TIMER_ABSTIME	1
#define TFD_TIMER_CANCEL_ON_SET 2

#endif
