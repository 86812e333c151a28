/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/libcrypto.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>

static void *library; /* NULL: absent */

static bool library_find(void *from, const char *name, void *function)
{
    void *address = dlsym(from, name);
    memcpy(function, &address, sizeof address); /* ISO C has no cast from data to function */
    return address != NULL;
}

static void library_load(void)
{
    /* The system's openssl.cnf, error texts and a farewell are of no use here: half the time. */
    const uint64_t sparse =
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT;
    __typeof__(OPENSSL_init_crypto) *init;
    void *found = dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL);
    if (found && library_find(found, "OPENSSL_init_crypto", &init) && init(sparse, NULL) == 1)
        library = found;
}

bool libcrypto_find(const char *name, void *function)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, library_load);
    return library && library_find(library, name, function);
}
