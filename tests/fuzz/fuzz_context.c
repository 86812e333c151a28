/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram or first segment of DNS and of Kerberos, whole and cut. */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/dns.h"
#include "analyze/proto/kerberos.h"

#include <assert.h>

static void check_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    assert(len < size);
    for (size_t i = 0; i < len; i++)
        assert(text[i] > ' ' && text[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_message d;
    struct kerberos_message k;
    for (int cut = 0; cut < 2; cut++) {
        struct reader r = reader_of(data, size, cut ? READER_CUT : READER_END);
        if (dns_read(r, &d)) {
            check_text(d.name, sizeof d.name);
            assert(d.n_addresses <= DNS_ADDRESSES_MAX);
        }
        if (kerberos_read(r, &k) || kerberos_read_segment(r, &k)) {
            check_text(k.service, sizeof k.service);
            check_text(k.host, sizeof k.host);
        }
    }
    return 0;
}
