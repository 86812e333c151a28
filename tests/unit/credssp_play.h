/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CredSSP as plain_play.h has MCS: TSRequest [MS-CSSP 2.2.1], NTLM [MS-NLMP 2.2.1], SPNEGO
 * [RFC 4178], written from the specifications.
 */
#ifndef TESTS_UNIT_CREDSSP_PLAY_H
#define TESTS_UNIT_CREDSSP_PLAY_H

#include "tests/unit/plain_play.h"

static inline struct bytes octets(const void *content, size_t len)
{
    struct bytes b = {.len = 0};
    bytes_add(&b, content, len);
    return der("04", &b);
}

static inline void bytes_field(struct bytes *b, const char *tag, const struct bytes *content)
{
    struct bytes field = der(tag, content);
    bytes_all(b, &field);
}

/* TSRequest of a version, a token (NULL: none), and what stands behind it already encoded. */
static inline void say_request(struct play *p, int way, const struct bytes *token,
                               const struct bytes *rest)
{
    struct bytes body = {.len = 0}, list = {.len = 0};
    bytes_hex(&body, "a0 03 02 01 06");
    if (token) {
        struct bytes one = octets(token->at, token->len);
        bytes_field(&list, "a0", &one);
        one = der("30", &list);
        list = der("30", &one);
        bytes_field(&body, "a1", &list);
    }
    if (rest)
        bytes_all(&body, rest);
    struct bytes whole = der("30", &body);
    play_say(p, (enum rdpath_direction)way, whole.at, whole.len);
}

/* A field of NTLM's header: where its payload stands. */
static inline void bytes_place(struct bytes *b, size_t len, size_t *offset)
{
    bytes_le(b, (uint32_t)len, 2);
    bytes_le(b, (uint32_t)len, 2);
    bytes_le(b, (uint32_t)*offset, 4);
    *offset += len;
}

static inline struct bytes ntlm_negotiate(void)
{
    struct bytes b = {.len = 0};
    bytes_add(&b, "NTLMSSP", 8);
    bytes_hex(&b, "01 00 00 00 b7 82 08 e2");
    bytes_zero(&b, 24);
    return b;
}

/* From RDS01.example.org, which calls its domain EXAMPLE. */
static inline struct bytes ntlm_challenge(void)
{
    struct bytes b = {.len = 0};
    size_t offset = 56;
    bytes_add(&b, "NTLMSSP", 8);
    bytes_hex(&b, "02 00 00 00");
    bytes_place(&b, 14, &offset);
    bytes_hex(&b, "35 82 8a e2");
    bytes_add(&b, SECRET, 8);
    bytes_zero(&b, 8);
    bytes_place(&b, 4 + 14 + 4 + 34 + 4, &offset);
    bytes_zero(&b, 8);
    bytes_wide(&b, "EXAMPLE", 14);
    bytes_hex(&b, "02 00 0e 00");
    bytes_wide(&b, "EXAMPLE", 14);
    bytes_hex(&b, "03 00 22 00");
    bytes_wide(&b, "RDS01.example.org", 34);
    bytes_hex(&b, "00 00 00 00");
    return b;
}

/* EXAMPLE\alice from PC7; a secret as response of either kind and as session key. */
static inline struct bytes ntlm_authenticate(void)
{
    struct bytes b = {.len = 0};
    size_t offset = 88;
    bytes_add(&b, "NTLMSSP", 8);
    bytes_hex(&b, "03 00 00 00");
    bytes_place(&b, 8, &offset);
    bytes_place(&b, 16, &offset);
    bytes_place(&b, 14, &offset);
    bytes_place(&b, 10, &offset);
    bytes_place(&b, 6, &offset);
    bytes_place(&b, 8, &offset);
    bytes_hex(&b, "35 82 88 e2");
    bytes_zero(&b, 8);
    bytes_add(&b, SECRET SECRET, 16); /* MIC */
    bytes_add(&b, SECRET, 8);
    bytes_wide(&b, SECRET, 16);
    bytes_wide(&b, "EXAMPLE", 14);
    bytes_wide(&b, "alice", 10);
    bytes_wide(&b, "PC7", 6);
    bytes_add(&b, SECRET, 8);
    return b;
}

/* pubKeyAuth [3] or authInfo [2] around a secret. */
static inline struct bytes sealed_field(const char *tag)
{
    struct bytes secret = octets(SECRET, sizeof SECRET - 1), b = {.len = 0};
    bytes_field(&b, tag, &secret);
    return b;
}

/* The whole of NLA with NTLM, up to the user's credentials. */
static inline void say_nla(struct play *p)
{
    struct bytes token = ntlm_negotiate(), field = sealed_field("a3");
    say_request(p, UP, &token, NULL);
    token = ntlm_challenge();
    say_request(p, DOWN, &token, NULL);
    token = ntlm_authenticate();
    say_request(p, UP, &token, &field);
    say_request(p, DOWN, NULL, &field);
    field = sealed_field("a2");
    say_request(p, UP, NULL, &field);
}

#endif
