/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an RDP connection says in plain: behind TLS where the secrets are known, and with Standard
 * RDP Security as far as that travels in clear. Plain bytes go in, facts about the connection come
 * out; rungs reached here are seen, not inferred.
 *
 * No password, key, hash, response or ticket is ever copied out of these bytes.
 */
#ifndef ANALYZE_PROTO_INNER_H
#define ANALYZE_PROTO_INNER_H

#include "analyze/attempt/attempt.h"
#include "base/reader.h"

struct inner;

/* What the client says first: CredSSP [MS-CSSP], or MCS Connect Initial [MS-RDPBCGR 2.2.1.3]. */
enum inner_begin { INNER_CREDSSP, INNER_MCS };

struct inner *inner_new(struct connection *, enum inner_begin);
void inner_free(struct inner *); /* NULL is allowed */

/* The plain bytes of one record, or of one segment, in order. Units may be cut anywhere. */
void inner_bytes(struct inner *, enum rdpath_direction, struct reader plain, struct moment);

/* One or more records are missing: reading goes on where a later one begins like a unit. */
void inner_gap(struct inner *, enum rdpath_direction, struct moment);

#endif
