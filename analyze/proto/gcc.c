/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user data of MCS Connect Initial and Response: a GCC Conference Create Request or Response
 * (T.124, aligned PER) around RDP's own blocks [MS-RDPBCGR 2.2.1.3, 2.2.1.4], each of a type, a
 * length and fields, of which later versions have more.
 */
#include "analyze/proto/plain.h"

#include <string.h>

enum {
    GCC_OBJECT_KEY = 7, /* T.124's object identifier in its choice */
    REQUEST_HEAD = 8,   /* up to the key "Duca" */
    RESPONSE_HEAD = 9,  /* up to the key "McDn" */
    BLOCK_HEAD = 4,
    CS_CORE = 0xc001,
    CS_NET = 0xc003,
    CS_MULTITRANSPORT = 0xc00a,
    SC_CORE = 0x0c01,
    SC_SECURITY = 0x0c02,
    SC_NET = 0x0c03,
    SC_MCS_MSGCHANNEL = 0x0c04,
    SC_MULTITRANSPORT = 0x0c08,
    CLIENT_NAME_LEN = 32,
    CHANNEL_NAME_LEN = 8,
};

/* From the keyboard's type to postBeta2ColorDepth, clientProductId, serialNumber, highColorDepth
   and supportedColorDepths; between the capabilities and serverSelectedProtocol. */
enum { CORE_KEYBOARD_ON = 76 + 12, CORE_PRODUCT_ON = 64 + 2 };

static void client_core(struct inner *in, struct reader r)
{
    struct rdpath_session *s = inner_session(in);
    s->version[RDPATH_TO_SERVER] = reader_le32(&r);
    s->desktop_width = reader_le16(&r);
    s->desktop_height = reader_le16(&r);
    reader_skip(&r, 8); /* colorDepth, SASSequence, keyboardLayout */
    s->client_build = reader_le32(&r);
    s->client_name = plain_name(in, reader_sub(&r, CLIENT_NAME_LEN), true);
    reader_skip(&r, CORE_KEYBOARD_ON);
    uint16_t capabilities = reader_le16(&r);
    if (!reader_ok(&r))
        return;
    s->capabilities[RDPATH_TO_SERVER] = capabilities;
    reader_skip(&r, CORE_PRODUCT_ON);
    uint32_t selected = reader_le32(&r);
    s->has_echo[RDPATH_TO_SERVER] = reader_ok(&r);
    s->echo[RDPATH_TO_SERVER] = selected;
}

/* CHANNEL_DEF: a name in eight bytes, options. */
static void client_net(struct inner *in, struct reader r)
{
    struct rdpath_session *s = inner_session(in);
    uint32_t n = reader_le32(&r);
    s->n_channels = 0;
    while (s->n_channels < n && s->n_channels < RDPATH_SESSION_CHANNELS_MAX) {
        struct reader name = reader_sub(&r, CHANNEL_NAME_LEN);
        reader_skip(&r, 4);
        if (!reader_ok(&r))
            return;
        s->channels[s->n_channels++] = plain_name(in, name, false);
    }
}

static void multitransport(struct inner *in, struct reader r, enum rdpath_direction direction)
{
    struct rdpath_session *s = inner_session(in);
    s->multitransport[direction] = reader_le32(&r);
    s->has_multitransport[direction] = reader_ok(&r);
}

static void client_multitransport(struct inner *in, struct reader r)
{
    multitransport(in, r, RDPATH_TO_SERVER);
}

static void server_core(struct inner *in, struct reader r)
{
    struct rdpath_session *s = inner_session(in);
    s->version[RDPATH_TO_CLIENT] = reader_le32(&r);
    uint32_t requested = reader_le32(&r);
    s->has_echo[RDPATH_TO_CLIENT] = reader_ok(&r);
    s->echo[RDPATH_TO_CLIENT] = requested;
    s->capabilities[RDPATH_TO_CLIENT] = reader_le32(&r);
}

static void server_security(struct inner *in, struct reader r)
{
    struct rdpath_session *s = inner_session(in);
    s->encryption_method = reader_le32(&r);
    s->encryption_level = reader_le32(&r);
    s->has_encryption = in->has_level = reader_ok(&r);
    in->encrypts = s->encryption_method && s->encryption_level;
}

static void server_net(struct inner *in, struct reader r)
{
    in->io_channel = reader_le16(&r);
}

static void server_message_channel(struct inner *in, struct reader r)
{
    in->message_channel = reader_le16(&r);
}

static void server_multitransport(struct inner *in, struct reader r)
{
    multitransport(in, r, RDPATH_TO_CLIENT);
}

static const struct block {
    uint16_t type;
    uint8_t direction; /* enum rdpath_direction */
    void (*read)(struct inner *, struct reader);
} blocks[] = {
    {CS_CORE, RDPATH_TO_SERVER, client_core},
    {CS_NET, RDPATH_TO_SERVER, client_net},
    {CS_MULTITRANSPORT, RDPATH_TO_SERVER, client_multitransport},
    {SC_CORE, RDPATH_TO_CLIENT, server_core},
    {SC_SECURITY, RDPATH_TO_CLIENT, server_security},
    {SC_NET, RDPATH_TO_CLIENT, server_net},
    {SC_MCS_MSGCHANNEL, RDPATH_TO_CLIENT, server_message_channel},
    {SC_MULTITRANSPORT, RDPATH_TO_CLIENT, server_multitransport},
};

static void gcc_block(struct inner *in, const struct pdu *pdu, uint16_t type, struct reader content)
{
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (blocks[i].type == type && blocks[i].direction == pdu->direction)
            blocks[i].read(in, content);
    }
}

static void gcc_blocks(struct inner *in, const struct pdu *pdu, struct reader r)
{
    while (r.left >= BLOCK_HEAD && reader_ok(&r)) {
        uint16_t type = reader_le16(&r);
        uint16_t len = reader_le16(&r);
        if (len < BLOCK_HEAD)
            return;
        gcc_block(in, pdu, type, reader_sub(&r, len - (size_t)BLOCK_HEAD));
    }
}

static uint32_t per_len(struct reader *r)
{
    uint32_t len = reader_u8(r);
    return len & 0x80 ? (len & 0x7f) << 8 | reader_u8(r) : len;
}

/* Windows writes a length of connectPDU that is wrong on the server's side: it is passed over. */
void gcc_connect(struct inner *in, const struct pdu *pdu)
{
    bool by_client = pdu->direction == RDPATH_TO_SERVER;
    struct reader r = pdu->bytes;
    reader_skip(&r, GCC_OBJECT_KEY);
    (void)per_len(&r);
    reader_skip(&r, by_client ? REQUEST_HEAD : RESPONSE_HEAD);
    const uint8_t *key = reader_take(&r, 4);
    if (!key || memcmp(key, by_client ? "Duca" : "McDn", 4) != 0)
        return;
    uint32_t len = per_len(&r);
    gcc_blocks(in, pdu, reader_sub(&r, len));
}
