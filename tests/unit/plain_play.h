/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an RDP session says in plain, written from the specifications. SECRET stands wherever a
 * password, a key, a response or a cookie does: no test may ever find it again.
 */
#ifndef TESTS_UNIT_PLAIN_PLAY_H
#define TESTS_UNIT_PLAIN_PLAY_H

#include "tests/unit/dialog_play.h"

#define SECRET "hunter2!"

#define UP RDPATH_TO_SERVER
#define DOWN RDPATH_TO_CLIENT

/* Bytes that grow; what goes inside a length is built first. */
struct bytes {
    uint8_t at[4096];
    size_t len;
};

static inline void bytes_add(struct bytes *b, const void *more, size_t len)
{
    assert_true(b->len + len <= sizeof b->at);
    memcpy(b->at + b->len, more, len);
    b->len += len;
}

static inline void bytes_all(struct bytes *b, const struct bytes *more)
{
    bytes_add(b, more->at, more->len);
}

static inline void bytes_le(struct bytes *b, uint32_t value, int n)
{
    for (int i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        bytes_add(b, &byte, 1);
    }
}

static inline void bytes_be(struct bytes *b, uint32_t value, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        bytes_add(b, &byte, 1);
    }
}

static inline void bytes_zero(struct bytes *b, size_t n)
{
    while (n-- > 0)
        bytes_add(b, "", 1);
}

/* "30 0d": pairs of hexadecimal digits. */
static inline void bytes_hex(struct bytes *b, const char *hex)
{
    while (*hex) {
        char *end;
        uint8_t byte = (uint8_t)strtoul(hex, &end, 16);
        assert_true(end > hex);
        bytes_add(b, &byte, 1);
        hex = end + strspn(end, " ");
    }
}

/* UTF-16LE, filled up to n bytes with NUL. */
static inline void bytes_wide(struct bytes *b, const char *text, size_t n)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        bytes_le(b, (uint8_t)text[i], 2);
    if (n > 2 * len)
        bytes_zero(b, n - 2 * len);
}

/* An element of DER or BER with a length of two bytes. */
static inline struct bytes der(const char *tag_hex, const struct bytes *content)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, tag_hex);
    bytes_hex(&b, "82");
    bytes_be(&b, (uint32_t)content->len, 2);
    bytes_all(&b, content);
    return b;
}

/* ---- MCS ------------------------------------------------------------------------------------- */

static inline void say_x224(struct play *p, int way, const struct bytes *content)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, "03 00");
    bytes_be(&b, (uint32_t)content->len + 7, 2);
    bytes_hex(&b, "02 f0 80");
    bytes_all(&b, content);
    play_say(p, (enum rdpath_direction)way, b.at, b.len);
}

static inline void say_hex(struct play *p, int way, const char *hex)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, hex);
    say_x224(p, way, &b);
}

/* SendDataRequest or SendDataIndication [MS-RDPBCGR 4.1.9]. */
static inline void say_data(struct play *p, int way, uint16_t channel, const struct bytes *data)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, way == UP ? "64 00 06" : "68 00 01");
    bytes_be(&b, channel, 2);
    bytes_hex(&b, "70");
    bytes_be(&b, 0x8000 | (uint32_t)data->len, 2);
    bytes_all(&b, data);
    say_x224(p, way, &b);
}

/* Behind a security header of flags [MS-RDPBCGR 2.2.8.1.1.2.1]. */
static inline void say_flagged(struct play *p, int way, uint16_t flags, const struct bytes *data)
{
    struct bytes b = {.len = 0};
    bytes_le(&b, flags, 4);
    bytes_all(&b, data);
    say_data(p, way, 1003, &b);
}

/* A share control header and what follows it [MS-RDPBCGR 2.2.8.1.1.1.1]. */
static inline void say_share(struct play *p, int way, uint8_t type, const struct bytes *rest)
{
    struct bytes b = {.len = 0};
    bytes_le(&b, (uint32_t)rest->len + 6, 2);
    bytes_le(&b, 0x10U | type, 2);
    bytes_le(&b, 1002, 2);
    bytes_all(&b, rest);
    say_data(p, way, 1003, &b);
}

/* The same with a share data header [MS-RDPBCGR 2.2.8.1.1.1.2]. */
static inline void say_share_data(struct play *p, int way, uint8_t type, const struct bytes *rest)
{
    struct bytes b = {.len = 0};
    bytes_le(&b, 0x000103ea, 4);
    bytes_hex(&b, "00 01");
    bytes_le(&b, (uint32_t)rest->len + 4, 2);
    bytes_le(&b, type, 2);
    bytes_le(&b, 0, 2);
    bytes_all(&b, rest);
    say_share(p, way, 7, &b);
}

static inline void bytes_block(struct bytes *b, uint16_t type, const struct bytes *content)
{
    bytes_le(b, type, 2);
    bytes_le(b, (uint32_t)content->len + 4, 2);
    bytes_all(b, content);
}

/* Connect Initial [MS-RDPBCGR 4.1.3]: PC7, build 19041, 1280 x 800, two channels, UDP wanted. */
static inline void say_connect_initial(struct play *p)
{
    struct bytes core = {.len = 0}, net = {.len = 0}, udp = {.len = 0}, blocks = {.len = 0};
    bytes_le(&core, 0x00080004, 4);
    bytes_le(&core, 1280, 2);
    bytes_le(&core, 800, 2);
    bytes_hex(&core, "01 ca 03 aa 07 04 00 00");
    bytes_le(&core, 19041, 4);
    bytes_wide(&core, "PC7", 32);
    bytes_hex(&core, "04 00 00 00 00 00 00 00 0c 00 00 00");
    bytes_zero(&core, 64);
    bytes_hex(&core, "01 ca 01 00 00 00 00 00 18 00 07 00 01 00");
    bytes_zero(&core, 64);
    bytes_hex(&core, "06 00  08 00 00 00");
    bytes_le(&net, 2, 4);
    bytes_add(&net, "rdpdr\0\0\0\0\0\0\0cliprdr\0\0\0\0\0", 24);
    bytes_le(&udp, 0x305, 4);
    bytes_block(&blocks, 0xc001, &core);
    bytes_block(&blocks, 0xc003, &net);
    bytes_block(&blocks, 0xc00a, &udp);
    struct bytes gcc = {.len = 0};
    bytes_hex(&gcc, "00 05 00 14 7c 00 01");
    bytes_be(&gcc, 0x8000 | ((uint32_t)blocks.len + 14), 2);
    bytes_hex(&gcc, "00 08 00 10 00 01 c0 00 44 75 63 61");
    bytes_be(&gcc, 0x8000 | (uint32_t)blocks.len, 2);
    bytes_all(&gcc, &blocks);
    struct bytes body = {.len = 0}, data = der("04", &gcc);
    bytes_hex(&body, "04 01 01 04 01 01 01 01 ff"
                     " 30 19 02 01 22 02 01 02 02 01 00 02 01 01 02 01 00 02 01 01 02 02 ff ff"
                     " 02 01 02"
                     " 30 19 02 01 01 02 01 01 02 01 01 02 01 01 02 01 00 02 01 01 02 02 04 20"
                     " 02 01 02"
                     " 30 1c 02 02 ff ff 02 02 fc 17 02 02 ff ff 02 01 01 02 01 00 02 01 01"
                     " 02 02 ff ff 02 01 02");
    bytes_all(&body, &data);
    struct bytes whole = der("7f 65", &body);
    say_x224(p, UP, &whole);
}

/* Connect Response [MS-RDPBCGR 4.1.4], with a result and encryption as asked. */
static inline void say_connect_response(struct play *p, uint8_t result, uint32_t level)
{
    struct bytes core = {.len = 0}, security = {.len = 0}, net = {.len = 0};
    struct bytes message = {.len = 0}, udp = {.len = 0}, blocks = {.len = 0}, gcc = {.len = 0};
    bytes_le(&core, 0x00080005, 4);
    bytes_le(&core, 0x0b, 4);
    bytes_le(&core, 1, 4);
    bytes_le(&security, level ? 2 : 0, 4);
    bytes_le(&security, level, 4);
    bytes_le(&net, 1003, 2);
    bytes_hex(&net, "02 00 ec 03 ed 03");
    bytes_le(&message, 1008, 2);
    bytes_le(&udp, 0x301, 4);
    bytes_block(&blocks, 0x0c01, &core);
    bytes_block(&blocks, 0x0c02, &security);
    bytes_block(&blocks, 0x0c03, &net);
    bytes_block(&blocks, 0x0c04, &message);
    bytes_block(&blocks, 0x0c08, &udp);
    bytes_hex(&gcc, "00 05 00 14 7c 00 01 2a 14 76 0a 01 01 00 01 c0 00 4d 63 44 6e");
    bytes_be(&gcc, 0x8000 | (uint32_t)blocks.len, 2);
    bytes_all(&gcc, &blocks);
    struct bytes body = {.len = 0}, data = der("04", &gcc);
    bytes_hex(&body, "0a 01");
    bytes_le(&body, result, 1);
    bytes_hex(&body, "02 01 00 30 1a 02 01 22 02 01 03 02 01 00 02 01 01 02 01 00 02 01 01"
                     " 02 03 00 ff f8 02 01 02");
    bytes_all(&body, &data);
    struct bytes whole = der("7f 66", &body);
    say_x224(p, DOWN, &whole);
}

/* TS_INFO_PACKET [MS-RDPBCGR 2.2.1.11.1.1]: EXAMPLE\alice, and secrets behind them. */
static inline void say_client_info(struct play *p)
{
    static const char *const texts[] = {"EXAMPLE", "alice", SECRET, SECRET, SECRET};
    struct bytes b = {.len = 0};
    bytes_le(&b, 0x409, 4);
    bytes_le(&b, 0x000107fb, 4); /* INFO_UNICODE and others; 0x08 autologon */
    for (int i = 0; i < 5; i++)
        bytes_le(&b, (uint32_t)(2 * strlen(texts[i])), 2);
    for (int i = 0; i < 5; i++)
        bytes_wide(&b, texts[i], 2 * strlen(texts[i]) + 2);
    say_flagged(p, UP, 0x0040, &b);
}

/* LICENSE_ERROR_MESSAGE [MS-RDPBCGR 2.2.1.12.1.3] of either side. */
static inline void say_license_error(struct play *p, int way, uint32_t code, uint32_t transition)
{
    struct bytes b = {.len = 0};
    bytes_hex(&b, "ff 03 10 00");
    bytes_le(&b, code, 4);
    bytes_le(&b, transition, 4);
    bytes_hex(&b, "04 00 00 00");
    say_flagged(p, way, 0x0080, &b);
}

static inline void say_error_info(struct play *p, uint32_t code)
{
    struct bytes b = {.len = 0};
    bytes_le(&b, code, 4);
    say_share_data(p, DOWN, 47, &b);
}

/* From Connect Initial to the Font Map [MS-RDPBCGR 1.3.1.1], nothing encrypted. */
static inline void say_connect(struct play *p)
{
    say_connect_initial(p);
    say_connect_response(p, 0, 0);
    say_hex(p, UP, "04 01 00 01 00");
    say_hex(p, UP, "28");
    say_hex(p, DOWN, "2e 00 00 06");
    say_hex(p, UP, "38 00 06 03 eb");
    say_hex(p, DOWN, "3e 00 00 06 03 eb 03 eb");
}

static inline void say_activation(struct play *p)
{
    struct bytes caps = {.len = 0}, list = {.len = 0};
    bytes_zero(&caps, 300);
    bytes_hex(&list, "00 00 00 00 03 00 04 00");
    say_share(p, DOWN, 1, &caps);
    say_share(p, UP, 3, &caps);
    say_share_data(p, UP, 31, &list);
    say_share_data(p, UP, 39, &list);
    say_share_data(p, DOWN, 31, &list);
    say_share_data(p, DOWN, 40, &list);
}

#endif
