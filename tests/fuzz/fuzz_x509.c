/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a certificate. Input: DER. */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rdpath_text name = {(const uint8_t *)"rds01", 5};
    struct rdpath_certificate certificate = {0};
    struct arena arena = {0};

    struct x509 *opened = x509_open(data, size);
    if (!opened)
        return 0;
    x509_read(opened, &arena, &certificate);
    (void)x509_names(opened, &name);
    x509_close(opened);
    arena_free(&arena);
    return 0;
}
