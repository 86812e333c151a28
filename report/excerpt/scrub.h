/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stay of each message for the answer to stay the same: an allow-list, one function a
 * message. Lengths never change.
 */
#ifndef REPORT_EXCERPT_SCRUB_H
#define REPORT_EXCERPT_SCRUB_H

#include "rdpath_words.h"
#include "report/excerpt/redo.h"

/* scrub_x224.c: the connection request and confirm [MS-RDPBCGR 2.2.1.1, 2.2.1.2], a pre-connection
   PDU [MS-RDPEPS 2.2.1], a proxy's and a gateway's messages, another service's greeting. */
void scrub_x224(struct redo);
void scrub_preconnection(struct redo);
void scrub_http(struct redo);
void scrub_socks(struct redo);
void scrub_greeting(struct redo);
void scrub_correlation_id(struct redo *);

/* scrub_mcs.c: MCS in X.224 data in TPKT, whole or its beginning. */
void scrub_mcs(struct redo);

/* scrub_tls.c: the body of a handshake message of TLS or DTLS. */
struct scrub_handshake {
    uint8_t type;
    bool dtls;
};
void scrub_handshake(struct redo, const struct scrub_handshake *);

/* Is this ServerHello's body one of TLS 1.3? */
bool scrub_hello_is_13(struct reader body);

/* scrub_certificate.c: one certificate in DER. */
void scrub_certificate(struct redo);

/* scrub_datagram.c: what UDP carries on the ports of RDP. */
void scrub_datagram(struct redo, bool rdpudp2);

#endif
