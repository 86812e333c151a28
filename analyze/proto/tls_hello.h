/* SPDX-License-Identifier: Apache-2.0 */
/* What a single ClientHello says, to those who follow no conversation. */
#ifndef ANALYZE_PROTO_TLS_HELLO_H
#define ANALYZE_PROTO_TLS_HELLO_H

#include "base/reader.h"

/* The host that the ClientHello at the beginning of these bytes asks for (RFC 6066 section 3), as
   sent: any bytes. False: it is none, or names none in the bytes that are there. */
bool tls_hello_server_name(struct reader bytes, struct reader *name);

#endif
