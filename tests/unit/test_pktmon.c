/* SPDX-License-Identifier: Apache-2.0 */
/* Expected is what Microsoft documents: "pktmon start", "pktmon filter add", "pktmon etl2pcap". */
#include "capture/pktmon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void filters_by_port_and_icmp_beside(void **state)
{
    const uint16_t ports[] = {13389};
    const struct pktmon_wish wish = {ports, 1, false, false, "a b.etl", "a b.pcapng"};
    struct text t = {0};
    (void)state;
    pktmon_before(&t, &wish);
    assert_string_equal(text_string(&t),
                        "pktmon filter remove\n"
                        "pktmon filter add rdp -p 3389\n"
                        "pktmon filter add gateway -t UDP -p 3391\n"
                        "pktmon filter add rdp13389 -p 13389\n"
                        "pktmon filter add icmp -t ICMP\n"
                        "pktmon filter add icmp6 -t ICMPv6\n"
                        "pktmon filter add dns -p 53\n"
                        "pktmon filter add kerberos -p 88\n"
                        "pktmon start --capture --pkt-size 0 --file-name \"a b.etl\"\n");
    text_free(&t);
}

static void records_all_without_filters(void **state)
{
    const struct pktmon_wish wish = {NULL, 0, true, false, "a.etl", "a.pcapng"};
    struct text t = {0};
    (void)state;
    pktmon_before(&t, &wish);
    assert_string_equal(text_string(&t),
                        "pktmon filter remove\n"
                        "pktmon start --capture --pkt-size 0 --file-name \"a.etl\"\n");
    text_free(&t);
}

static void stops_converts_and_leaves_no_filter(void **state)
{
    const struct pktmon_wish wish = {NULL, 0, false, false, "a.etl", "a.pcapng"};
    struct text t = {0};
    (void)state;
    pktmon_after(&t, &wish);
    assert_string_equal(text_string(&t), "pktmon stop\n"
                                         "pktmon filter remove\n"
                                         "pktmon etl2pcap \"a.etl\" --out \"a.pcapng\"\n");
    text_free(&t);
}

/* "netsh trace start help"; etl2pcapng's README */
static void records_with_netsh_where_pktmon_does_not_convert(void **state)
{
    const struct pktmon_wish wish = {NULL, 0, false, true, "a b.etl", "a b.pcapng"};
    struct text t = {0};
    (void)state;
    pktmon_before(&t, &wish);
    assert_string_equal(
        text_string(&t),
        "netsh trace start capture=yes report=disabled maxsize=512 tracefile=\"a b.etl\"\n");
    text_free(&t);
    pktmon_after(&t, &wish);
    assert_string_equal(text_string(&t), "netsh trace stop\n"
                                         "etl2pcapng \"a b.etl\" \"a b.pcapng\"\n");
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_by_port_and_icmp_beside),
        cmocka_unit_test(records_all_without_filters),
        cmocka_unit_test(records_with_netsh_where_pktmon_does_not_convert),
        cmocka_unit_test(stops_converts_and_leaves_no_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
