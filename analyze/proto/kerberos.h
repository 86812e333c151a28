/* SPDX-License-Identifier: Apache-2.0 */
/* The messages between a client and its KDC (RFC 4120 section 5), as far as they are in clear. */
#ifndef ANALYZE_PROTO_KERBEROS_H
#define ANALYZE_PROTO_KERBEROS_H

#include "base/reader.h"

enum { KERBEROS_SERVICE_SIZE = 16, KERBEROS_HOST_SIZE = 96 }; /* with their NUL */

enum kerberos_kind { KERBEROS_REQUEST, KERBEROS_REPLY, KERBEROS_ERROR };

struct kerberos_message {
    enum kerberos_kind kind;
    uint32_t code; /* ERROR: error-code, RFC 4120 section 7.5.9 */
    /* What the ticket is for: "krbtgt", "EXAMPLE.COM"; empty in a request, where it comes behind
       more bytes than one segment has, and where it is too long or not printable ASCII. */
    char service[KERBEROS_SERVICE_SIZE], host[KERBEROS_HOST_SIZE];
};

/* A datagram. False: none of these messages, or damaged. */
bool kerberos_read(struct reader, struct kerberos_message *);

/* The first segment of a message over TCP, behind its length (RFC 4120 section 7.2.2). */
bool kerberos_read_segment(struct reader, struct kerberos_message *);

#endif
