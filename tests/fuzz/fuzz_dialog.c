/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two sides of a connection say, from X.224 to the records of TLS. Input: for each segment
 * its direction (1 byte: bit 0 to the client, bit 7 instead a gap), length (2 bytes), payload.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/dialog.h"

static void say(struct dialog *dialog, struct reader *r, struct moment at)
{
    uint8_t kind = reader_u8(r);
    uint16_t len = reader_be16(r);
    enum rdpath_direction direction = kind & 1 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;

    if (kind & 0x80) {
        dialog_gap(dialog, direction, len, at);
        return;
    }
    struct reader payload = reader_sub(r, len < r->left ? len : r->left);
    (void)x224_is_request(payload, true);
    (void)mcs_is_connect_initial(payload);
    (void)proxy_is_request(payload);
    (void)gateway_is_request(payload);
    dialog_bytes(dialog, direction, payload, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(data, size, READER_END);
    struct attempt attempt = {0};
    struct connection connection = {.attempt = &attempt};
    struct dialog *dialog = dialog_new(&connection);

    for (uint64_t n = 1; r.left > 3; n++)
        say(dialog, &r, (struct moment){.ts_ns = (int64_t)n * 1000000, .frame = n});
    dialog_free(dialog);
    arena_free(&connection.arena);
    arena_free(&attempt.arena);
    return 0;
}
