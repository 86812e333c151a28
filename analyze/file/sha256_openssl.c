/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto is loaded when a hash is asked for, and only then: to link it would cost every run
 * some megabytes of memory and milliseconds of start.
 */
#include "analyze/file/sha256.h"

#include "base/arena.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sha256 {
    void *library;
    EVP_MD_CTX *ctx;
    bool ok;
    EVP_MD_CTX *(*ctx_new)(void);
    void (*ctx_free)(EVP_MD_CTX *);
    const EVP_MD *(*algorithm)(void);
    int (*init)(EVP_MD_CTX *, const EVP_MD *, ENGINE *);
    int (*update)(EVP_MD_CTX *, const void *, size_t);
    int (*final)(EVP_MD_CTX *, unsigned char *, unsigned int *);
};

/* ISO C has no conversion from dlsym()'s object pointer to a function pointer: copy its value. */
static bool symbol_load(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static bool library_load(struct sha256 *s)
{
    s->library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    return s->library && symbol_load(s->library, "EVP_MD_CTX_new", &s->ctx_new) &&
           symbol_load(s->library, "EVP_MD_CTX_free", &s->ctx_free) &&
           symbol_load(s->library, "EVP_sha256", &s->algorithm) &&
           symbol_load(s->library, "EVP_DigestInit_ex", &s->init) &&
           symbol_load(s->library, "EVP_DigestUpdate", &s->update) &&
           symbol_load(s->library, "EVP_DigestFinal_ex", &s->final);
}

struct sha256 *sha256_new(void)
{
    struct sha256 *s = memory_zeroed(sizeof *s);
    if (library_load(s))
        s->ctx = s->ctx_new();
    if (s->ctx && s->init(s->ctx, s->algorithm(), NULL) == 1) {
        s->ok = true;
        return s;
    }
    sha256_free(s);
    return NULL;
}

void sha256_add(struct sha256 *s, const void *bytes, size_t len)
{
    s->ok = s->ok && s->update(s->ctx, bytes, len) == 1;
}

bool sha256_finish(struct sha256 *s, char text[SHA256_TEXT_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    s->ok = s->ok && s->final(s->ctx, digest, &len) == 1 && len == 32;
    for (unsigned int i = 0; s->ok && i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return s->ok;
}

void sha256_free(struct sha256 *s)
{
    if (!s)
        return;
    if (s->ctx)
        s->ctx_free(s->ctx);
    if (s->library)
        dlclose(s->library);
    free(s);
}
