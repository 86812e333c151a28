/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation of one TCP connection: in-order bytes of both directions go in, facts about the
 * connection come out (rungs, negotiation, TLS, certificate). x224 negotiates and hands over to tls
 * or to mcs; behind encryption the record walker runs on over the 5-byte headers.
 *
 * Bytes come in order; what the capture does not hold comes as a gap. Every byte is an attacker's.
 */
#ifndef ANALYZE_PROTO_DIALOG_H
#define ANALYZE_PROTO_DIALOG_H

#include "analyze/attempt/attempt.h"
#include "base/reader.h"

struct dialog;

struct dialog *dialog_new(struct connection *);
void dialog_free(struct dialog *);

/* The conversation inside a UDP leg: TLS from its first byte, or DTLS, which dtls.h reads. */
struct dialog *dialog_new_inner(struct connection *, bool dtls);

/* The next bytes of one direction (TO_SERVER: from the client), with the frame they came in. */
void dialog_bytes(struct dialog *, enum rdpath_direction, struct reader, struct moment);

/* len bytes of one direction that the capture does not hold. */
void dialog_gap(struct dialog *, enum rdpath_direction, uint64_t len, struct moment);

/* Is this payload the beginning of an RDP connection: an X.224 connection request with a cookie, a
   routing token or RDP_NEG_REQ [MS-RDPBCGR 2.2.1.1]? strict: one without any of them is not. */
bool x224_is_request(struct reader payload, bool strict);

/* Or, where that was not captured, the client's next message in clear: X.224 Data with an MCS
   Connect Initial around RDP's own blocks, as their key "Duca" says [MS-RDPBCGR 2.2.1.3]? */
bool mcs_is_connect_initial(struct reader payload);

/* Or of one through a proxy: SOCKS or HTTP CONNECT to port 3389? */
bool proxy_is_request(struct reader payload);

/* Or of a connection in clear to an RD Gateway: an HTTP request with a method of its own? */
bool gateway_is_request(struct reader payload);

#endif
