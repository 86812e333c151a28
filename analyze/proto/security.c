/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SendData carries on the I/O and the message channel, told from its security header
 * [MS-RDPBCGR 2.2.8.1.1.2]. Whether there is one depends: with Standard RDP Security that encrypts,
 * always. Otherwise before what is said until licensing is over, and on the message channel; the
 * rest begins with a share control header, which tells itself by its length and type.
 */
#include "analyze/proto/plain.h"

enum {
    SEC_TRANSPORT_REQ = 0x0002,
    SEC_TRANSPORT_RSP = 0x0004,
    SEC_ENCRYPT = 0x0008,
    SEC_INFO_PKT = 0x0040,
    SEC_LICENSE_PKT = 0x0080,
    SEC_REDIRECTION_PKT = 0x0400,
    SEC_AUTODETECT_REQ = 0x1000,
    SEC_MAY_BE_SET = 0x8a30, /* secure checksum, licence encryption, and those that are ignored */
    SEC_IGNORED = 0x8a38,
    SECURITY_HEADER = 12, /* flags and an 8-byte signature [2.2.8.1.1.2.2] */
};

static const struct content {
    uint16_t flag;
    uint8_t direction; /* enum rdpath_direction */
    void (*read)(struct inner *, const struct pdu *);
} contents[] = {
    {SEC_INFO_PKT, RDPATH_TO_SERVER, client_info_read},
    {SEC_LICENSE_PKT, RDPATH_BOTH, licensing_message},
    {SEC_REDIRECTION_PKT, RDPATH_TO_CLIENT, redirection_packet},
    {SEC_TRANSPORT_REQ, RDPATH_TO_CLIENT, transport_request},
    {SEC_TRANSPORT_RSP, RDPATH_TO_SERVER, transport_response},
    {SEC_AUTODETECT_REQ, RDPATH_TO_CLIENT, auto_detect},
};

/* Is it one of the channels that RDP itself uses? */
static bool security_is_own(const struct inner *in, uint16_t channel)
{
    uint16_t io = in->io_channel ? in->io_channel : MCS_IO_CHANNEL;
    return channel == io || (in->message_channel && channel == in->message_channel);
}

static bool security_has_header(const struct inner *in, const struct pdu *pdu)
{
    if (in->clear && (in->encrypts || !in->has_level))
        return true;
    return security_is_own(in, pdu->channel) && !share_is_header(pdu->bytes);
}

/* The Client Info, or what the server says behind it: encrypted or not, its header is in clear. */
static void security_licensing(struct inner *in, const struct pdu *pdu, uint16_t flags)
{
    bool by_client = pdu->direction == RDPATH_TO_SERVER;
    uint16_t wanted = by_client ? SEC_INFO_PKT : SEC_LICENSE_PKT;
    uint16_t others = (uint16_t) ~(wanted | SEC_ENCRYPT | SEC_MAY_BE_SET);
    enum rdpath_stage stage = connection_stage(in->connection);
    if (!(flags & wanted) || (flags & others) || stage >= RDPATH_STAGE_LICENSING)
        return;
    if (in->clear && stage != RDPATH_STAGE_MCS)
        return;
    inner_reach(in, RDPATH_STAGE_LICENSING, pdu->at);
    if (in->clear)
        phase_begin_licensing(in->clear);
}

static void security_content(struct inner *in, const struct pdu *pdu, uint16_t flags)
{
    uint16_t kind = flags & (uint16_t)~SEC_IGNORED;
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        const struct content *c = &contents[i];
        if (c->flag == kind && (c->direction == RDPATH_BOTH || c->direction == pdu->direction))
            c->read(in, pdu);
    }
    if (kind == 0) /* encryption level "low": the server's side has a header and is in clear */
        share_control(in, pdu);
}

/* In clear, what cannot be read is told by its length. */
static void security_measure(struct inner *in, const struct pdu *pdu, bool sealed)
{
    uint32_t len = pdu->unit_len;
    if (sealed && len > SECURITY_HEADER)
        len -= SECURITY_HEADER;
    if (in->clear)
        phase_record(in->clear, pdu->direction, len, pdu->at);
}

void security_data(struct inner *in, const struct pdu *pdu)
{
    struct pdu inside = *pdu;
    bool own = security_is_own(in, pdu->channel);
    bool begun = connection_stage(in->connection) >= RDPATH_STAGE_LICENSING;
    uint16_t flags = 0;
    if (in->clear && !in->connection->standard_security)
        return;
    bool header = security_has_header(in, pdu);
    if (header) {
        flags = reader_le16(&inside.bytes);
        reader_skip(&inside.bytes, 2);
    }
    if (!reader_ok(&inside.bytes))
        return;
    bool sealed = flags & SEC_ENCRYPT;
    if (own && header)
        security_licensing(in, &inside, flags);
    if (own && !sealed)
        security_content(in, &inside, flags);
    if (begun)
        security_measure(in, pdu, sealed);
}
