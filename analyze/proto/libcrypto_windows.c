/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt and crypt32 are part of Windows and linked: there is nothing to load. */
#include "analyze/proto/libcrypto.h"

bool libcrypto_find(const char *name, void *function)
{
    (void)name, (void)function;
    return false;
}
