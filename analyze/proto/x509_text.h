/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows decoded of a certificate in the words of OpenSSL, so that an answer reads the same
   on every system. Windows only: x509_text_windows.c. */
#ifndef ANALYZE_PROTO_X509_TEXT_H
#define ANALYZE_PROTO_X509_TEXT_H

#include "base/arena.h"

#include <windows.h>

#include <wincrypt.h>

/* "CN=rds01, O=Example" */
const char *x509_text_name(struct arena *, CERT_NAME_BLOB);

/* "rsa-2048", "ec-prime256v1" */
const char *x509_text_key(struct arena *, CERT_PUBLIC_KEY_INFO *);

/* "sha256WithRSAEncryption" */
const char *x509_text_signature(const char *oid);

#endif
