/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Server Redirection Packet [MS-RDPBCGR 2.2.13.1]: flags name the fields that follow, each with
 * its length, in the order of the table below. Where the client is sent is read. User, password,
 * certificate and load-balancing data are passed over.
 */
#include "analyze/proto/plain.h"

enum { PACKET_ID = 0x0400 };

enum field_use { FIELD_SKIP, FIELD_ADDRESS, FIELD_NAME };

static const struct field {
    uint32_t flag;
    enum field_use use;
} fields[] = {
    {0x00001, FIELD_ADDRESS}, /* TargetNetAddress */
    {0x00002, FIELD_SKIP},    /* LoadBalanceInfo */
    {0x00004, FIELD_SKIP},    /* UserName */
    {0x00008, FIELD_SKIP},    /* Domain */
    {0x00010, FIELD_SKIP},    /* Password */
    {0x00100, FIELD_NAME},    /* TargetFQDN */
    {0x00200, FIELD_SKIP},    /* TargetNetBiosName */
};

void redirection_packet(struct inner *in, const struct pdu *pdu)
{
    struct rdpath_session *s = inner_session(in);
    struct reader r = pdu->bytes;
    uint16_t id = reader_le16(&r);
    reader_skip(&r, 6); /* length, session */
    uint32_t flags = reader_le32(&r);
    if (!reader_ok(&r) || id != PACKET_ID)
        return;
    s->redirected = plain_code(flags, pdu);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (!(flags & fields[i].flag))
            continue;
        struct reader value = reader_sub(&r, reader_le32(&r));
        if (!reader_ok(&r))
            return;
        if (fields[i].use == FIELD_ADDRESS)
            s->redirect_address = plain_name(in, value, true);
        else if (fields[i].use == FIELD_NAME)
            s->redirect_name = plain_name(in, value, true);
    }
}
