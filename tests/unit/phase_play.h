/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions behind encryption, written as the plain sizes of their PDUs ("<" from the server, ">"
 * from the client); the records are made of them as the specification of each cipher says.
 */
#ifndef TESTS_UNIT_PHASE_PLAY_H
#define TESTS_UNIT_PHASE_PLAY_H

#include "tests/unit/dialog_play.h"

static const enum rdpath_direction CLIENT = RDPATH_TO_SERVER, SERVER = RDPATH_TO_CLIENT;
enum { NONE, TLS = 1, HYBRID = 2, HYBRID_EX = 8 };

/* ---- ciphers --------------------------------------------------------------------------------- */

struct suite {
    uint16_t version, cipher;
    uint32_t fixed; /* explicit nonce or IV, tag or MAC, and the byte that counts the padding */
    uint32_t block; /* 0: none */
};

static const struct suite suites[] = {
    {0x0304, 0x1302, 1 + 16, 0},       /* RFC 8446 5.2: inner type, tag */
    {0x0303, 0xc030, 8 + 16, 0},       /* RFC 5288 3: explicit nonce, tag */
    {0x0303, 0xc0a0, 8 + 8, 0},        /* RFC 6655 4: CCM_8 */
    {0x0303, 0xcca8, 16, 0},           /* RFC 7905 2 */
    {0x0303, 0xc014, 16 + 20 + 1, 16}, /* RFC 5246 6.2.3.2: IV, SHA-1, padding */
    {0x0303, 0x003d, 16 + 32 + 1, 16}, /* SHA-256 */
    {0x0303, 0xc028, 16 + 48 + 1, 16}, /* SHA-384 */
    {0x0301, 0x002f, 20 + 1, 16},      /* RFC 2246 6.2.3.2: no IV on the wire */
    {0x0301, 0x000a, 20 + 1, 8},       /* 3DES */
    {0x0303, 0x0005, 20, 0},           /* RC4 */
};
enum { N_SUITES = sizeof suites / sizeof suites[0] };

/* The IV is a whole block, so rounding up everything is right. */
static inline uint32_t record_len(const struct suite *suite, uint32_t plain)
{
    uint32_t len = plain + suite->fixed;
    return suite->block ? (len + suite->block - 1) / suite->block * suite->block : len;
}

/* ---- a session ------------------------------------------------------------------------------- */

static inline void say_record(struct play *p, uint8_t type, uint32_t len, uint8_t fill)
{
    play_be(p, type, 1);
    play_be(p, 0x0303, 2);
    play_be(p, len, 2);
    play_fill(p, fill, len);
}

static inline void say_hello(struct play *p, uint8_t type, const struct suite *suite)
{
    bool tickets = suite->version == 0x0304;
    bool by_server = type == 2;
    uint32_t extra = by_server && tickets ? 8 : 0;
    uint32_t len = 2 + 32 + 1 + (by_server ? 3U : 6U) + extra;
    play_be(p, 0x160303, 3);
    play_be(p, len + 4, 2);
    play_be(p, type, 1);
    play_be(p, len, 3);
    play_be(p, tickets ? 0x0303 : suite->version, 2);
    play_fill(p, 0, 32 + 1);
    play_be(p, by_server ? 0 : 2, by_server ? 0 : 2);
    play_be(p, suite->cipher, 2);
    play_be(p, by_server ? 0 : 0x0100, by_server ? 1 : 2);
    if (extra) {
        play_be(p, 0x0006002b, 4);
        play_be(p, 0x00020304, 4);
    }
}

static inline void say_handshake(struct play *p, const struct suite *suite)
{
    bool is_13 = suite->version == 0x0304;
    play_line(p, CLIENT);
    say_hello(p, 1, suite);
    play_line(p, SERVER);
    say_hello(p, 2, suite);
    if (is_13)
        say_record(p, 23, 900, 0xa5);
    play_line(p, CLIENT);
    say_record(p, 20, 1, 1);
    say_record(p, is_13 ? 23 : 22, 53, 0xa5);
    play_line(p, SERVER);
    say_record(p, is_13 ? 23 : 20, is_13 ? 250 : 1, 1); /* a ticket, or ChangeCipherSpec */
    if (!is_13)
        say_record(p, 22, 53, 0xa5);
}

static inline void say_pdus(struct play *p, const struct suite *suite, const char *pdus)
{
    for (const char *at = pdus; *at; at++) {
        if (*at != '<' && *at != '>')
            continue;
        char *end;
        unsigned long plain = strtoul(at + 1, &end, 10);
        play_line(p, *at == '>' ? CLIENT : SERVER);
        say_record(p, 23, record_len(suite, (uint32_t)plain), 0xa5);
    }
}

static inline void stage_session(struct stage *s, uint8_t selected, const struct suite *suite,
                                 const char *pdus)
{
    struct play *p = calloc(1, sizeof *p);
    play_negotiate(p, selected | TLS, selected);
    say_handshake(p, suite);
    say_pdus(p, suite, pdus);
    stage_play_whole(s, p);
    free(p);
}

static inline enum rdpath_stage told(uint8_t selected, const struct suite *suite, const char *pdus)
{
    struct stage s;
    stage_session(&s, selected, suite, pdus);
    enum rdpath_stage stage = connection_stage(&s.connection);
    for (uint32_t i = 0; i < s.connection.n_rungs; i++) {
        if (s.connection.rungs[i].stage > RDPATH_STAGE_TLS_DONE)
            assert_true(s.connection.rungs[i].inferred);
    }
    stage_close(&s);
    return stage;
}

/* ---- what the phases consist of -------------------------------------------------------------- */

#define NTLM "> 57 < 290 > 543 < 59 > 76 "
#define KERBEROS "> 175 < 1351 > 1887 < 227 > 191 < 103 > 183 "
#define AUTHORIZED "< 4 "
#define CONNECT "> 462 < 126 "
#define ATTACH "> 12 > 8 < 11 "
#define JOINS "> 12 < 15 > 12 < 15 > 12 < 15 > 12 < 15 "
#define INFO "> 433 "
#define LICENCE "< 34 "
#define CONFIRM "< 472 > 611 "
#define CLIENT_FINAL "> 36 > 40 > 40 > 40 "
#define SERVER_FINAL "< 36 < 40 < 40 < 40 "

#define UP_TO_INFO CONNECT ATTACH JOINS INFO
#define WHOLE UP_TO_INFO LICENCE CONFIRM CLIENT_FINAL SERVER_FINAL

#endif
