/* SPDX-License-Identifier: Apache-2.0 */
/* What a single ClientHello says, to those who follow no conversation. */
#ifndef ANALYZE_PROTO_TLS_HELLO_H
#define ANALYZE_PROTO_TLS_HELLO_H

#include "base/reader.h"

/* server_name: the host that it asks for (RFC 6066 section 3), as sent: any bytes. before_13: it is
   here as a whole, and offers no TLS 1.3 (RFC 8446 section 4.2.1). */
struct hello_glance {
    struct reader server_name;
    bool before_13;
};

/* False: these bytes begin no ClientHello, or it names no host in the bytes that are here. */
bool tls_hello_glance(struct reader bytes, struct hello_glance *);

#endif
