/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 (RFC 5280), read by the system's library and never by hand: x509_openssl.c here,
 * x509_windows.c where that is Windows' own. The library is loaded when the first certificate
 * appears, so that a capture without one does not pay for it.
 */
#ifndef ANALYZE_PROTO_X509_H
#define ANALYZE_PROTO_X509_H

#include "base/arena.h"
#include "rdpath.h"

struct x509;

/*
 * Opens one DER certificate of len bytes, which must stay until x509_close(). NULL: not a
 * certificate, or no library to read it with.
 */
struct x509 *x509_open(const uint8_t *der, size_t len);
void x509_close(struct x509 *); /* NULL: does nothing */

/* What it says; texts go into the arena. The frame member is left alone. */
void x509_read(const struct x509 *, struct arena *, struct rdpath_certificate *);

/* Does it name this host, in its subjectAltName or, without one, its common name? (RFC 6125)
   name is not terminated. */
bool x509_names(const struct x509 *, const struct rdpath_text *name);

#endif
