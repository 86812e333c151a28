/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that were read lately. A server shows the same one at every attempt, and reading
 * it costs more than all the rest of an attempt.
 */
#ifndef ANALYZE_PROTO_X509_SHELF_H
#define ANALYZE_PROTO_X509_SHELF_H

#include "analyze/proto/x509.h"

struct x509_shelf;

struct x509_shelf *x509_shelf_new(void);
void x509_shelf_free(struct x509_shelf *);

/* x509_read() and x509_names() with a memory; shelf NULL: without. */
bool x509_shelf_read(struct x509_shelf *, struct arena *, const struct rdpath_text *der,
                     struct rdpath_certificate *);
bool x509_shelf_names(struct x509_shelf *, const struct rdpath_text *der,
                      const struct rdpath_text *name);

#endif
