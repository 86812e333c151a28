/* SPDX-License-Identifier: Apache-2.0 */
/* What crew_windows.c does with the line beside line.h. */
#ifndef CAPTURE_LINE_WINDOWS_H
#define CAPTURE_LINE_WINDOWS_H

#include "capture/line.h"

void line_begin(void);
void line_order(const struct tail_message *);

/* The thread that records has ended, whatever it told. */
void line_recorder_ended(void);

#endif
