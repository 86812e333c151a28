/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's libcrypto 3, loaded when a certificate or a secret first needs it: it takes longer to
 * load than most captures take to analyze, and it may be absent.
 */
#ifndef ANALYZE_PROTO_LIBCRYPTO_H
#define ANALYZE_PROTO_LIBCRYPTO_H

#include <stdbool.h>

/* Sets the pointer to a function at `function` to the one of that name. False: there is none. */
bool libcrypto_find(const char *name, void *function);

#endif
