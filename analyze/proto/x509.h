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

/*
 * Reads one DER certificate of len bytes; texts go into the arena. False: not a certificate, or no
 * library to read it with. The frame member is left alone.
 */
bool x509_read(struct arena *, const uint8_t *der, size_t len, struct rdpath_certificate *);

/* Does the certificate name this host, in its subjectAltName or, without one, its common name?
   (RFC 6125) name is not terminated. */
bool x509_names(const uint8_t *der, size_t len, const struct rdpath_text *name);

#endif
