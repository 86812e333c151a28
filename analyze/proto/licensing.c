/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licensing [MS-RDPELE 2.2.2, MS-RDPBCGR 2.2.1.12]: a preamble of type, flags and length. Only the
 * error alert is read, by which either side ends the exchange, well or not. Licences, random
 * numbers and keys are passed over.
 */
#include "analyze/proto/plain.h"

enum { ERROR_ALERT = 0xff };

void licensing_message(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes;
    uint8_t type = reader_u8(&r);
    reader_skip(&r, 3); /* flags, length */
    uint32_t code = reader_le32(&r);
    uint32_t transition = reader_le32(&r);
    if (!reader_ok(&r) || type != ERROR_ALERT)
        return;
    struct rdpath_session *s = inner_session(in);
    s->license = plain_code(code, pdu);
    s->license_transition = transition;
    s->license_by_client = pdu->direction == RDPATH_TO_SERVER;
}
