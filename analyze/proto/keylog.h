/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NSS key log format (draft-ietf-tls-keylogfile): one secret a line,
 *
 *     CLIENT_RANDOM <64 hexadecimal digits: the client's random value> <96: the secret>
 *
 * as browsers, OpenSSL and others write it (SSLKEYLOGFILE), and as a Decryption Secrets Block of
 * pcapng carries it. It is read in pieces of any size and holds one line at most.
 */
#ifndef ANALYZE_PROTO_KEYLOG_H
#define ANALYZE_PROTO_KEYLOG_H

#include "analyze/proto/secrets.h"
#include "base/reader.h"

enum { KEYLOG_LINE_MAX = 256 }; /* a label of 31, both values and two blanks are 225 */

struct keylog {
    struct secrets *secrets; /* where they go; set by the caller, the rest is zero */
    bool read;               /* a text was read to its end */
    uint64_t n_secrets;      /* lines taken */
    uint64_t n_damaged;      /* lines that begin like one and are none */
    uint64_t n_crowded;      /* secrets of other connections that had to go */
    uint8_t line[KEYLOG_LINE_MAX];
    uint32_t len;
    bool too_long;
};

void keylog_bytes(struct keylog *, struct reader text);

/* The text is over, with or without the end of its last line. */
void keylog_end(struct keylog *);

#endif
