/* SPDX-License-Identifier: Apache-2.0 */
/* TLS key logs: any bytes, whole and in pieces, must tell the same secrets. */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/keylog.h"

#include <stdlib.h>

static struct keylog read_in(const uint8_t *data, size_t size, size_t piece)
{
    struct keylog k = {.secrets = secrets_new(NULL)};
    struct reader r = reader_of(data, size, READER_END);
    while (r.left)
        keylog_bytes(&k, reader_sub(&r, piece < r.left ? piece : r.left));
    keylog_end(&k);
    return k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keylog whole = read_in(data, size, size), pieces = read_in(data, size, 7);
    if (whole.n_secrets != pieces.n_secrets || whole.n_damaged != pieces.n_damaged ||
        whole.n_crowded != pieces.n_crowded)
        abort();
    secrets_free(whole.secrets);
    secrets_free(pieces.secrets);
    return 0;
}
