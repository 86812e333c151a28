/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over DER and BER (X.690) with definite lengths and tags of one byte, which is all that
 * CredSSP, SPNEGO and MCS use behind their first tag. Nothing is recursive: each level is entered
 * by name, so depth and work are bounded by the bytes.
 */
#ifndef ANALYZE_PROTO_DER_H
#define ANALYZE_PROTO_DER_H

#include "base/reader.h"

/* A length (X.690 section 8.1.3); more than 32 bits, or an indefinite one, is a failure. */
uint32_t der_len(struct reader *);

/* Takes the next element. False: malformed. A cut element gets what is there of it. */
bool der_next(struct reader *, uint8_t *tag, struct reader *content);

/* Takes the next element, which has to have that tag. */
bool der_enter(struct reader *, uint8_t tag, struct reader *content);

/* The first element with that tag among those of a level. */
bool der_find(struct reader level, uint8_t tag, struct reader *content);

/* An INTEGER or ENUMERATED, of which the lowest 32 bits are kept. */
bool der_number(struct reader element, uint32_t *number);

#endif
