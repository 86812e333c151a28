/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Client Info PDU [MS-RDPBCGR 2.2.1.11.1.1]: flags, the lengths of five texts, the texts. The
 * domain and the user stand first and are read. The password behind them is not, nor is anything
 * that follows it.
 */
#include "analyze/proto/plain.h"

enum { INFO_UNICODE = 0x0010 };

void client_info_read(struct inner *in, const struct pdu *pdu)
{
    struct rdpath_session *s = inner_session(in);
    struct reader r = pdu->bytes;
    reader_skip(&r, 4); /* code page, or the input locale */
    uint32_t flags = reader_le32(&r);
    uint16_t domain_len = reader_le16(&r);
    uint16_t user_len = reader_le16(&r);
    reader_skip(&r, 6); /* the lengths of password, alternate shell and working folder */
    if (!reader_ok(&r))
        return;
    bool wide = flags & INFO_UNICODE;
    s->has_info = true;
    s->info_flags = flags;
    struct reader domain = reader_sub(&r, domain_len);
    reader_skip(&r, wide ? 2 : 1); /* the NUL behind a text is not counted in its length */
    struct reader user = reader_sub(&r, user_len);
    if (!reader_ok(&r))
        return;
    s->domain = plain_name(in, domain, wide);
    s->user = plain_name(in, user, wide);
}
