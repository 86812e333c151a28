/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C, or another wish that the program should end: stop_posix.c, stop_windows.c. */
#ifndef CAPTURE_STOP_H
#define CAPTURE_STOP_H

#include <stdbool.h>

/* From now on it ends nothing by itself. What was to be ignored (nohup) still is. */
void stop_listen(void);
bool stop_is_wanted(void);

#endif
