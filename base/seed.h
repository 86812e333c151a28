/* SPDX-License-Identifier: Apache-2.0 */
/* A number that nobody outside this process knows: tables keyed by what a capture says mix it into
   their hashes, so that no capture can put everything into one bucket. */
#ifndef BASE_SEED_H
#define BASE_SEED_H

#include <stdint.h>

/* The same in one process, another in the next. No answer may depend on it. */
uint64_t seed_of_process(void);

#endif
