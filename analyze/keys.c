/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/keys.h"

#include "analyze/analyze.h"
#include "analyze/file/source.h"
#include "analyze/proto/tls_cipher.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 65536, /* read at once: a key log may have any size */
    PATH_SHOWN_MAX = 200,
};

static void error_set(struct rdpath_error *error, const char *path, const char *why)
{
    snprintf(error->text, sizeof error->text, "%.*s: %s", PATH_SHOWN_MAX, path, why);
}

/* False: reading failed. */
static bool keys_read(struct keylog *k, struct source *source)
{
    uint8_t *piece = memory_zeroed(PIECE);
    ptrdiff_t n;
    while ((n = source_read(source, piece, PIECE)) > 0)
        keylog_bytes(k, reader_of(piece, (size_t)n, READER_END));
    keylog_end(k);
    memory_wipe(piece, PIECE);
    memory_release(piece);
    return n == 0;
}

bool keys_load(struct keys *keys, const char *path, struct rdpath_error *error)
{
    struct source source;
    const char *why = source_open(&source, path);
    if (!why && !keys_read(&keys->keylog, &source))
        why = source_error();
    source_close(&source);
    if (why)
        error_set(error, path, why);
    else
        keys->path = arena_format(&keys->texts, "Key log %.*s", PATH_SHOWN_MAX, path);
    return !why;
}

bool rdpath_read_keylog(struct rdpath *r, const char *path, struct rdpath_error *error)
{
    return keys_load(&r->keys, path, error);
}

struct secrets *keys_begin_input(struct keys *keys)
{
    if (!keys->keylog.secrets)
        keys->keylog.secrets = secrets_new(NULL);
    keys->input = secrets_new(keys->keylog.secrets);
    return keys->input;
}

void keys_end_input(struct keys *keys)
{
    secrets_free(keys->input);
    keys->input = NULL;
}

void keys_free(struct keys *keys)
{
    secrets_free(keys->keylog.secrets);
    arena_free(&keys->texts);
}

const char *keys_problem(const struct keylog *k, const char *where, struct arena *arena)
{
    if (!where || !k->read)
        return NULL;
    if (k->n_secrets + k->n_damaged == 0)
        return arena_format(arena,
                            "%s: expected lines such as \"CLIENT_RANDOM\", 64 and 96 hexadecimal "
                            "digits, found none: it decrypts nothing.",
                            where);
    if (k->n_secrets && !cipher_is_there())
        return arena_format(arena,
                            "%s: expected libcrypto.so.3 to decrypt with it, found none; install "
                            "OpenSSL 3.",
                            where);
    if (k->n_damaged)
        return arena_format(arena,
                            "%s: expected lines such as \"CLIENT_RANDOM\", 64 and 96 hexadecimal "
                            "digits; %" PRIu64 " of %" PRIu64 " are damaged and left out.",
                            where, k->n_damaged, k->n_damaged + k->n_secrets);
    if (k->n_crowded)
        return arena_format(arena,
                            "%s: expected the secrets of at most %d connections; those of %" PRIu64
                            ", the oldest, are left out. Name a key log of that day alone.",
                            where, (int)SECRETS_MAX, k->n_crowded);
    return NULL;
}
