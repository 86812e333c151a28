/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decryption. A sender who knows the secrets, as one does who writes the capture, can put anything
 * behind a tag that is right. Input, for each step: what it is (1 byte, see below), length (2
 * bytes), content. The content is sealed for TLS_AES_128_GCM_SHA256, or sent as it is.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/dialog.h"
#include "analyze/proto/keylog.h"
#include "analyze/proto/tls_seal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_SERVER = 1,      /* it travels to the client */
    STEP_APPLICATION = 2, /* under the second secret */
    STEP_PLAIN = 4,       /* not sealed: bytes of the stream */
    STEP_GAP = 8,         /* nothing but a gap of that length */
    STEP_JUMP = 16,       /* records before it are missing */
    STEP_KINDS = 20,      /* the rest: inner type */
    CONTENT_MAX = 16384,
    TAG_LEN = 16,
};

/* X.224 request and confirm, TLS alone [MS-RDPBCGR 4.1.1, 4.1.2]; hellos of TLS 1.3 */
static const uint8_t request[] = {3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0};
static const uint8_t confirm[] = {3, 0, 0, 19, 14, 0xd0, 0, 0, 0, 0, 0, 2, 0, 8, 0, 1, 0, 0, 0};
static const uint8_t client_hello[] = {0x16, 3, 3, 0, 0x2d, 1, 0, 0,    0x29, 3, 3, 0, 0,
                                       0,    0, 0, 0, 0,    0, 0, 0,    0,    0, 0, 0, 0,
                                       0,    0, 0, 0, 0,    0, 0, 0,    0,    0, 0, 0, 0,
                                       0,    0, 0, 0, 0,    0, 2, 0x13, 1,    1, 0};
static const uint8_t server_hello[] = {0x16, 3, 3,    0, 0x32, 2, 0, 0, 0x2e, 3, 3, 0, 0, 0,
                                       0,    0, 0,    0, 0,    0, 0, 0, 0,    0, 0, 0, 0, 0,
                                       0,    0, 0,    0, 0,    0, 0, 0, 0,    0, 0, 0, 0, 0,
                                       0,    0, 0x13, 1, 0,    0, 6, 0, 0x2b, 0, 2, 3, 4};

struct talk {
    struct attempt attempt;
    struct connection connection;
    struct dialog *dialog;
    struct tls_keys keys[4];
    uint64_t number[4];
    uint64_t frame;
};

static struct moment now(struct talk *t)
{
    t->frame++;
    return (struct moment){.ts_ns = (int64_t)t->frame * 1000000, .frame = t->frame};
}

static void say(struct talk *t, enum rdpath_direction direction, const uint8_t *bytes, size_t len)
{
    dialog_bytes(t->dialog, direction, reader_of(bytes, len, READER_MORE), now(t));
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* RFC 8446 section 5.2 */
static size_t seal(struct talk *t, int secret, struct reader inner, uint8_t *record)
{
    uint8_t nonce[CIPHER_NONCE];
    size_t len = inner.left, body = len + TAG_LEN;
    int n;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    memcpy(record, (uint8_t[]){23, 3, 3, (uint8_t)(body >> 8), (uint8_t)body}, 5);
    memcpy(nonce, t->keys[secret].iv, sizeof nonce);
    for (int i = 0; i < 8; i++)
        nonce[CIPHER_NONCE - 1 - i] ^= (uint8_t)(t->number[secret] >> (8 * i));
    t->number[secret]++;
    require(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, t->keys[secret].key, nonce) == 1 &&
            EVP_EncryptUpdate(ctx, NULL, &n, record, 5) == 1 &&
            EVP_EncryptUpdate(ctx, record + 5, &n, inner.at, (int)len) == 1 &&
            EVP_EncryptFinal_ex(ctx, record + 5 + n, &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, record + 5 + len) == 1);
    EVP_CIPHER_CTX_free(ctx);
    return 5 + body;
}

static void step(struct talk *t, struct reader *r)
{
    static uint8_t inner[CONTENT_MAX + 1], record[CONTENT_MAX + 1 + TAG_LEN + 5];
    uint8_t kind = reader_u8(r);
    size_t len = reader_be16(r) % (CONTENT_MAX + 1);
    enum rdpath_direction direction = kind & STEP_SERVER ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
    int secret = kind & (STEP_SERVER | STEP_APPLICATION);
    if (kind & STEP_GAP) {
        dialog_gap(t->dialog, direction, len, now(t));
        return;
    }
    len = len < r->left ? len : r->left;
    const uint8_t *content = reader_take(r, len);
    if (kind & STEP_PLAIN) {
        say(t, direction, content, len);
        return;
    }
    t->number[secret] += kind & STEP_JUMP ? kind >> 5 : 0;
    if (len)
        memcpy(inner, content, len);
    inner[len] = (uint8_t)(STEP_KINDS + (kind >> 5) % 4);
    say(t, direction, record, seal(t, secret, reader_of(inner, len + 1, READER_END), record));
}

static void talk_begin(struct talk *t, struct secrets *secrets)
{
    static const uint8_t random[SECRETS_RANDOM];
    struct tls_suite suite;
    require(tls_suite_of(TLS_1_3, 0x1301, &suite));
    for (uint8_t i = 0; i < 4; i++) {
        struct secret s = {.len = 32, .bytes = {i}};
        secrets_add(secrets, random, (enum secret_kind)(SECRET_HANDSHAKE_TO_SERVER + i), &s);
        require(tls_derive_traffic(&suite, reader_of(s.bytes, s.len, READER_END), &t->keys[i]));
    }
    t->connection.attempt = &t->attempt;
    t->connection.secrets = secrets;
    t->dialog = dialog_new(&t->connection);
    say(t, RDPATH_TO_SERVER, request, sizeof request);
    say(t, RDPATH_TO_CLIENT, confirm, sizeof confirm);
    say(t, RDPATH_TO_SERVER, client_hello, sizeof client_hello);
    say(t, RDPATH_TO_CLIENT, server_hello, sizeof server_hello);
    require(t->connection.tls.cipher == 0x1301 && t->connection.tls.version == TLS_1_3);
}

/* The input as one record of every suite: none of them may open it. */
static void refuse(const uint8_t *data, size_t size)
{
    static const struct {
        uint16_t version, cipher;
        bool encrypt_then_mac;
    } kinds[] = {{TLS_1_0, 0x002f, false}, {TLS_1_0, 0x0035, true},  {TLS_1_2, 0x003c, false},
                 {TLS_1_2, 0xc028, true},  {TLS_1_2, 0xc02f, false}, {TLS_1_2, 0xcca8, false}};
    static const uint8_t head[] = {23, 3, 3, 0, 0};
    static uint8_t plain[CONTENT_MAX];
    size = size < CONTENT_MAX ? size : CONTENT_MAX;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct seal s = {.encrypt_then_mac = kinds[i].encrypt_then_mac};
        struct sealed_record record = {head, reader_of(data, size, READER_END)};
        struct opened_record out = {.plain = plain};
        require(tls_suite_of(kinds[i].version, kinds[i].cipher, &s.suite) && seal_begin(&s));
        require(!seal_open(&s, &record, &out));
        seal_wipe(&s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    refuse(data, size);
    struct reader r = reader_of(data, size, READER_END);
    struct secrets *secrets = secrets_new(NULL);
    struct talk t = {.dialog = NULL};
    talk_begin(&t, secrets);
    while (r.left > 3)
        step(&t, &r);
    dialog_free(t.dialog);
    arena_free(&t.connection.arena);
    arena_free(&t.attempt.arena);
    secrets_free(secrets);
    return 0;
}
