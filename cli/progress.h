/* SPDX-License-Identifier: Apache-2.0 */
/* The bar that long work shows on standard error, where that is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

/* total 0: unknown, then there is no bar but the number alone. */
void progress_show(uint64_t done, uint64_t total, uint32_t n_attempts);
void progress_show_probe(const char *host, unsigned seconds, uint32_t n_packets);
/* Takes it away, before anything else is said. */
void progress_clear(void);

#endif
