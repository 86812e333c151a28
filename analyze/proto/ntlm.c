/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three messages of NTLM [MS-NLMP 2.2.1]. Read are the names: who asks, from where, and what
 * the server calls itself. The challenge, the responses and the session key are not.
 */
#include "analyze/proto/plain.h"

#include <string.h>

enum {
    NTLM_CHALLENGE = 2,
    NTLM_AUTHENTICATE = 3,
    CHALLENGE_TARGET = 12, /* where a message has the place of a payload field [2.2.1.2] */
    CHALLENGE_FLAGS = 20,
    CHALLENGE_INFO = 40,
    AUTHENTICATE_DOMAIN = 28, /* [2.2.1.3] */
    AUTHENTICATE_USER = 36,
    AUTHENTICATE_WORKSTATION = 44,
    AUTHENTICATE_FLAGS = 60,
    NEGOTIATE_UNICODE = 1,
    AV_END = 0, /* [2.2.2.1] */
    AV_DNS_COMPUTER_NAME = 3,
};

static const uint8_t signature[8] = "NTLMSSP"; /* with its NUL */

static bool ntlm_wide(struct reader message, size_t at)
{
    reader_skip(&message, at);
    return reader_le32(&message) & NEGOTIATE_UNICODE;
}

/* The payload whose place stands at that offset. */
static struct reader ntlm_field(struct reader message, size_t at)
{
    struct reader place = message;
    reader_skip(&place, at);
    uint16_t len = reader_le16(&place);
    reader_skip(&place, 2);
    uint32_t offset = reader_le32(&place);
    reader_skip(&message, offset);
    return reader_ok(&place) ? reader_sub(&message, len) : reader_of(NULL, 0, READER_END);
}

/* AV_PAIRs: id, length, value. */
static void ntlm_target_info(struct inner *in, struct reader info)
{
    while (info.left && reader_ok(&info)) {
        uint16_t id = reader_le16(&info);
        uint16_t len = reader_le16(&info);
        struct reader value = reader_sub(&info, len);
        if (id == AV_END)
            return;
        if (id == AV_DNS_COMPUTER_NAME && reader_ok(&info))
            inner_session(in)->credssp.server = plain_name(in, value, true);
    }
}

bool ntlm_message(struct inner *in, struct reader message)
{
    struct reader r = message;
    const uint8_t *begin = reader_take(&r, sizeof signature);
    if (!begin || memcmp(begin, signature, sizeof signature) != 0)
        return false;
    struct rdpath_credssp *credssp = &inner_session(in)->credssp;
    uint32_t type = reader_le32(&r);
    credssp->mechanism = "ntlm";
    if (type == NTLM_CHALLENGE) {
        bool wide = ntlm_wide(message, CHALLENGE_FLAGS);
        credssp->target = plain_name(in, ntlm_field(message, CHALLENGE_TARGET), wide);
        ntlm_target_info(in, ntlm_field(message, CHALLENGE_INFO));
    } else if (type == NTLM_AUTHENTICATE) {
        bool wide = ntlm_wide(message, AUTHENTICATE_FLAGS);
        credssp->domain = plain_name(in, ntlm_field(message, AUTHENTICATE_DOMAIN), wide);
        credssp->user = plain_name(in, ntlm_field(message, AUTHENTICATE_USER), wide);
        credssp->workstation = plain_name(in, ntlm_field(message, AUTHENTICATE_WORKSTATION), wide);
    }
    return true;
}
