/* SPDX-License-Identifier: Apache-2.0 */
/* TLS handshakes for the tests, built after RFC 5246 section 7.4 and RFC 8446 section 4. */
#ifndef TESTS_UNIT_TLS_PLAY_H
#define TESTS_UNIT_TLS_PLAY_H

#include "tests/unit/dialog_play.h"

static const enum rdpath_direction CLIENT = RDPATH_TO_SERVER, SERVER = RDPATH_TO_CLIENT;
enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23 };

struct body {
    uint8_t bytes[2000];
    uint32_t len;
};

static inline void body_be(struct body *b, uint32_t value, int n)
{
    for (int i = n - 1; i >= 0; i--)
        b->bytes[b->len++] = (uint8_t)(value >> (8 * i));
}

static inline void body_add(struct body *b, const void *bytes, size_t len)
{
    memcpy(b->bytes + b->len, bytes, len);
    b->len += (uint32_t)len;
}

/* A ClientHello that offers 1.3, 1.2 and a GREASE version above both, for rds01. */
static inline struct body client_hello(void)
{
    struct body b = {0};
    body_be(&b, 0x0303, 2);
    b.len += 32; /* random */
    body_be(&b, 0, 1);
    body_be(&b, 4, 2);
    body_be(&b, 0x1301c02f, 4);
    body_be(&b, 0x0100, 2); /* compression: none */
    body_be(&b, 14 + 11, 2);
    body_be(&b, 0x0000000a, 4); /* server_name */
    body_be(&b, 8, 2);
    body_be(&b, 0x000005, 3);
    body_add(&b, "rds01", 5);
    body_be(&b, 0x002b0007, 4); /* supported_versions */
    body_be(&b, 6, 1);
    body_be(&b, 0xfafa, 2);
    body_be(&b, 0x0304, 2);
    body_be(&b, 0x0303, 2);
    return b;
}

static inline struct body server_hello(uint16_t version, uint16_t cipher, const uint8_t *random)
{
    struct body b = {0};
    body_be(&b, version > 0x0303 ? 0x0303 : version, 2);
    if (random)
        memcpy(b.bytes + 2, random, 32);
    b.len += 32;
    body_be(&b, 0, 1);
    body_be(&b, cipher, 2);
    body_be(&b, 0, 1);
    if (version > 0x0303) {
        body_be(&b, 6, 2);
        body_be(&b, 0x002b0002, 4);
        body_be(&b, version, 2);
    }
    return b;
}

static inline void say_record(struct play *p, uint8_t type, uint32_t len)
{
    play_be(p, type, 1);
    play_be(p, 0x0303, 2);
    play_be(p, len, 2);
}

static inline void say_message(struct play *p, uint8_t type, const struct body *b)
{
    say_record(p, HANDSHAKE, b->len + 4);
    play_be(p, type, 1);
    play_be(p, b->len, 3);
    play_add(p, b->bytes, b->len);
}

static inline void say_opaque(struct play *p, uint8_t type, uint32_t len)
{
    say_record(p, type, len);
    play_fill(p, 0xa5, len);
}

static inline void say_client_hello(struct play *p)
{
    struct body hello = client_hello();
    play_line(p, CLIENT);
    say_message(p, 1, &hello);
}

/* Line 4: ServerHello, a certificate that is none, ServerKeyExchange, ServerHelloDone. */
static inline void say_server_flight_12(struct play *p)
{
    struct body hello = server_hello(0x0303, 0xc02f, NULL);
    struct body certificate = {.len = 600}, exchange = {.len = 300}, done = {0};
    play_line(p, SERVER);
    say_message(p, 2, &hello);
    say_message(p, 11, &certificate);
    say_message(p, 12, &exchange);
    say_message(p, 14, &done);
}

static inline void say_change_and_finished(struct play *p)
{
    say_record(p, CCS, 1);
    play_be(p, 1, 1);
    say_opaque(p, HANDSHAKE, 40);
}

static inline void say_client_answer_12(struct play *p)
{
    struct body exchange = {.len = 66};
    play_line(p, CLIENT);
    say_message(p, 16, &exchange);
    say_change_and_finished(p);
}

static inline void say_handshake_12(struct play *p)
{
    play_negotiate(p, 3, 1);
    say_client_hello(p);
    say_server_flight_12(p);
    say_client_answer_12(p);
    play_line(p, SERVER);
    say_change_and_finished(p);
}

static inline void say_handshake_13(struct play *p)
{
    struct body hello = server_hello(0x0304, 0x1301, NULL);
    play_negotiate(p, 1, 1);
    say_client_hello(p);
    play_line(p, SERVER);
    say_message(p, 2, &hello);
    say_record(p, CCS, 1);
    play_be(p, 1, 1);
    say_opaque(p, APPLICATION, 23);
    say_opaque(p, APPLICATION, 900);
    play_line(p, CLIENT);
    say_record(p, CCS, 1);
    play_be(p, 1, 1);
}

static inline void assert_rung(const struct connection *c, enum rdpath_stage stage, uint64_t frame,
                               bool inferred)
{
    const struct rdpath_rung *rung = rung_of(c, stage);
    assert_non_null(rung);
    assert_int_equal(rung->frame, frame);
    assert_int_equal(rung->inferred, inferred);
}

#endif
