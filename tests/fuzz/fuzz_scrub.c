/* SPDX-License-Identifier: Apache-2.0 */
/* What may stay of a message. Input: which message (1 byte), its bytes. */
#include "tests/fuzz/fuzz.h"

#include "report/excerpt/scrub.h"

#include <stdlib.h>

static void datagram(struct redo r)
{
    scrub_datagram(r, false);
}

static void datagram_2(struct redo r)
{
    scrub_datagram(r, true);
}

static void handshake(struct redo r)
{
    uint8_t type = redo_u8(&r);
    scrub_handshake(r, &(struct scrub_handshake){type & 0x7f, type >> 7});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const scrubs[])(struct redo) = {
        scrub_x224, scrub_preconnection, scrub_http, scrub_socks, scrub_greeting,
        scrub_mcs,  scrub_certificate,   handshake,  datagram,    datagram_2,
    };
    static struct fake *fake;
    if (!fake)
        fake = fake_new("a key for nobody", 16);
    if (size == 0)
        return 0;
    uint8_t *out = calloc(size, 1), *in = malloc(size > 1 ? size - 1 : 1);
    memcpy(in, data + 1, size - 1);
    scrubs[data[0] % (sizeof scrubs / sizeof scrubs[0])](
        redo_of(fake, reader_of(in, size - 1, READER_END), out));
    (void)scrub_hello_is_13(reader_of(in, size - 1, READER_END));
    free(out);
    free(in);
    return 0;
}
