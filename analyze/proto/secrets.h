/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS secrets that a key log told, by the client's random value. Bounded: where a set is full
 * its oldest entry goes, since a log is written in the order of time and a capture carries the
 * secrets close to what they open. Nothing in here may reach an output; it is wiped when it goes.
 */
#ifndef ANALYZE_PROTO_SECRETS_H
#define ANALYZE_PROTO_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SECRETS_RANDOM = 32,
    SECRETS_LEN_MAX = 48, /* a master secret, or SHA-384 */
    SECRETS_SETS = 4096,  /* 64 Ki connections at most, 18 MiB: */
    SECRETS_WAYS = 16,    /* more than a week of a busy server's */
    SECRETS_MAX = SECRETS_SETS * SECRETS_WAYS,
};

enum secret_kind {
    SECRET_MASTER, /* up to TLS 1.2 */
    SECRET_HANDSHAKE_TO_SERVER,
    SECRET_HANDSHAKE_TO_CLIENT,
    SECRET_TRAFFIC_TO_SERVER,
    SECRET_TRAFFIC_TO_CLIENT,
    N_SECRET_KINDS,
};

struct secret {
    uint8_t len; /* 0 = not told */
    uint8_t bytes[SECRETS_LEN_MAX];
};

struct secrets;

/* also: asked where this store knows nothing; it must live as long. NULL: nothing else. */
struct secrets *secrets_new(const struct secrets *also);
void secrets_free(struct secrets *);

/* False: another connection's had to go for it. */
bool secrets_add(struct secrets *, const uint8_t random[SECRETS_RANDOM], enum secret_kind,
                 const struct secret *);

/* NULL: not known. The store may be NULL. */
const struct secret *secrets_find(const struct secrets *, const uint8_t random[SECRETS_RANDOM],
                                  enum secret_kind);

#endif
