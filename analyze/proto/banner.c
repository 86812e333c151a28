/* SPDX-License-Identifier: Apache-2.0 */
/* What answers on an RDP port and is not RDP: servers that are known by how they begin. */
#include "analyze/proto/proto.h"

#include <string.h>

static const struct {
    const char *prefix;
    const char *name;
} greetings[] = {
    {"SSH-", "SSH"},   /* RFC 4253 section 4.2 */
    {"HTTP/", "HTTP"}, /* RFC 9112 section 4 */
    /* HTTP/0.9 servers answer with the page alone */
    {"<!DOCTYP", "HTTP"},
    {"<html", "HTTP"},
    /* RFC 959 section 5.4, RFC 5321 section 4.3.1 */
    {"220 ", "FTP or SMTP"},
    {"220-", "FTP or SMTP"},
    {"421 ", "FTP or SMTP"},
    {"554 ", "FTP or SMTP"},
    {"+OK", "POP3"},   /* RFC 1939 section 4 */
    {"* OK", "IMAP"},  /* RFC 9051 section 7.1 */
    {"RFB 00", "VNC"}, /* RFC 6143 section 7.1.1 */
    /* TLS without X.224 before it (RFC 8446 section 5.1) */
    {"\x15\x03", "TLS"},
    {"\x16\x03", "TLS"},
    /* RFC 854: WILL, DO */
    {"\xff\xfb", "Telnet"},
    {"\xff\xfd", "Telnet"},
    {"\x05\xff", "SOCKS"}, /* RFC 1928 section 3 */
};

const char *banner_name(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
        size_t n = strlen(greetings[i].prefix);
        if (len >= n && memcmp(bytes, greetings[i].prefix, n) == 0)
            return greetings[i].name;
    }
    return NULL;
}
