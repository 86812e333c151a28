/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of a recording, compiled by libpcap and asked about frames that matter. */
#include "tests/unit/frames.h"

#include "capture/filter.h"
#include "capture/pcap_library.h"

#include <stdio.h>

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58, ESP = 50, FRAGMENT = 44, SOME_PORT = 50000 };

static const struct pcap_library *pcap;

struct filter {
    pcap_t *handle;
    struct bpf_program program;
};

static struct filter compiled(const struct filter_wish *wish, int link_type)
{
    struct filter f = {.handle = pcap->open_dead(link_type, 65535)};
    struct text text = {0};
    filter_write(&text, wish);
    assert_int_equal(pcap->compile(f.handle, &f.program, text.bytes, 1, PCAP_NETMASK_UNKNOWN), 0);
    text_free(&text);
    return f;
}

static bool keeps(struct filter *f, const struct build *b)
{
    struct pcap_pkthdr h = {.caplen = (uint32_t)b->len, .len = (uint32_t)b->len};
    return pcap->offline_filter(&f->program, &h, b->bytes) != 0;
}

static void filter_free(struct filter *f)
{
    pcap->freecode(&f->program);
    pcap->close(f->handle);
}

/* What stands between the addresses of a frame and its IP header, and what tells its version. */
static const char *const carriers[][2] = {
    {"08 00", "86 dd"},
    {"81 00 00 07 08 00", "81 00 00 07 86 dd"}, /* IEEE 802.1Q */
    {"88 a8 00 05 81 00 00 07 08 00", "88 a8 00 05 81 00 00 07 86 dd"},
    {"88 64 11 00 00 01 00 3e 00 21", "88 64 11 00 00 01 00 52 00 57"}, /* PPPoE: RFC 2516 */
    {"88 47 00 01 01 40", "88 47 00 01 01 40"},                         /* MPLS: RFC 3032 */
    {"88 47 00 02 00 40 00 01 01 40", "88 47 00 02 00 40 00 01 01 40"},
};

enum { PLAIN, TAGGED, TAGGED_TWICE, N_CARRIERS = sizeof carriers / sizeof *carriers };

struct sample {
    int version;
    unsigned protocol, src_port, dst_port;
    unsigned offset; /* of a fragment, in 8 bytes */
    int carrier;
};

static struct build sample_frame(const struct sample *s)
{
    struct build b = {.len = 0};
    put_hex(&b, ETHERNET_ADDRESSES);
    put_hex(&b, carriers[s->carrier][s->version == 6]);
    if (s->version == 4)
        put_ipv4(&b, (struct ip_fields){.len = 60, .protocol = s->protocol, .flags = s->offset});
    else
        put_ipv6(&b, (struct ip_fields){.len = 40, .protocol = s->protocol});
    put16(&b, s->src_port);
    put16(&b, s->dst_port);
    put_repeated(&b, 0, 36);
    return b;
}

static bool is_kept(struct filter *f, const struct sample *s)
{
    struct build b = sample_frame(s);
    return keeps(f, &b);
}

static void test_all_that_counts(void **state)
{
    (void)state;
    static const struct sample kept[] = {
        {4, TCP, SOME_PORT, 3389, 0, 0}, {4, TCP, 3389, SOME_PORT, 0, 0},
        {6, TCP, SOME_PORT, 3389, 0, 0}, {4, UDP, 3389, SOME_PORT, 0, 0},
        {4, UDP, SOME_PORT, 3391, 0, 0}, {4, ICMP, 0x0304, 0, 0, 0},
        {6, ICMP6, 0x0200, 0, 0, 0},     {4, TCP, 0x1234, 0x5678, 185, 0},
        {4, UDP, 0x1234, 0x5678, 1, 0},  {6, FRAGMENT, 0x0600, 0x0001, 0, 0},
        {4, UDP, SOME_PORT, 53, 0, 0},   {4, TCP, 88, SOME_PORT, 0, 0},
    };
    struct filter f = compiled(&(struct filter_wish){.ethernet = true}, DLT_EN10MB);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        for (int carrier = 0; carrier < N_CARRIERS; carrier++) {
            struct sample s = kept[i];
            s.carrier = carrier;
            if (!is_kept(&f, &s))
                fail_msg("sample %zu in carrier %d is left out", i, carrier);
        }
    }
    filter_free(&f);
}

static void test_ipv6_with_extension_headers(void **state)
{
    (void)state;
    static const unsigned first[] = {0, 43, 51, 60}; /* RFC 8200 section 4, RFC 4302 */
    struct filter f = compiled(&(struct filter_wish){.ethernet = true}, DLT_EN10MB);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        for (int carrier = PLAIN; carrier <= TAGGED_TWICE; carrier++) {
            if (!is_kept(&f, &(struct sample){6, first[i], 0x0600, 0x0104, 0, carrier}))
                fail_msg("header %u in carrier %d is left out", first[i], carrier);
        }
    }
    filter_free(&f);
}

static void test_no_more(void **state)
{
    (void)state;
    static const struct sample others[] = {
        {4, TCP, SOME_PORT, 443, 0, 0}, {4, UDP, SOME_PORT, 443, 0, 0},
        {6, TCP, SOME_PORT, 22, 0, 0},  {4, ESP, 0, 0, 0, 0},
        {6, ESP, 0, 0, 0, 0},           {4, TCP, SOME_PORT, 13389, 0, 0},
    };
    struct filter f = compiled(&(struct filter_wish){.ethernet = true}, DLT_EN10MB);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        for (int carrier = 0; carrier < N_CARRIERS; carrier++) {
            struct sample s = others[i];
            s.carrier = carrier;
            if (is_kept(&f, &s))
                fail_msg("sample %zu in carrier %d is kept", i, carrier);
        }
    }
    filter_free(&f);
}

static void test_ports_of_the_user(void **state)
{
    (void)state;
    const uint16_t ports[] = {13389};
    struct filter f =
        compiled(&(struct filter_wish){.ports = ports, .n_ports = 1, .ethernet = true}, DLT_EN10MB);
    assert_true(is_kept(&f, &(struct sample){4, TCP, SOME_PORT, 13389, 0, 0}));
    assert_true(is_kept(&f, &(struct sample){6, TCP, 13389, SOME_PORT, 0, TAGGED}));
    for (int carrier = TAGGED_TWICE; carrier < N_CARRIERS; carrier++)
        assert_true(is_kept(&f, &(struct sample){4, TCP, SOME_PORT, 13389, 0, carrier}));
    filter_free(&f);
}

static void test_outer_packets(void **state)
{
    (void)state;
    const struct addr peer = {.bytes = {10, 0, 0, 2}, .version = 4}; /* frames.h */
    const struct sample wireguard = {4, UDP, SOME_PORT, 51820, 0, 0}, esp = {4, ESP, 0, 0, 0, 0};
    const struct sample web = {4, TCP, SOME_PORT, 443, 0, 0}, odd = {4, UDP, 700, 701, 0, 0};
    struct filter f = compiled(&(struct filter_wish){.ethernet = true, .outer = true}, DLT_EN10MB);
    assert_true(is_kept(&f, &wireguard) && is_kept(&f, &esp));
    assert_false(is_kept(&f, &web) || is_kept(&f, &odd));
    filter_free(&f);
    f = compiled(&(struct filter_wish){.outer = true, .outer_tls = true}, DLT_EN10MB);
    assert_true(is_kept(&f, &web));
    filter_free(&f);
    f = compiled(&(struct filter_wish){.outer = true, .peers = {peer}, .n_peers = 1}, DLT_EN10MB);
    assert_true(is_kept(&f, &odd));
    filter_free(&f);
}

/* A tunnel's own packets have no Ethernet header, and no VLAN could be asked for. */
static void test_other_link_types(void **state)
{
    (void)state;
    const int link_types[] = {DLT_RAW, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL};
    for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++) {
        struct filter f = compiled(&(struct filter_wish){.ethernet = false}, link_types[i]);
        filter_free(&f);
    }
    struct filter f = compiled(&(struct filter_wish){.ethernet = false}, DLT_RAW);
    struct build b = sample_frame(&(struct sample){4, TCP, SOME_PORT, 3389, 0, 0});
    memmove(b.bytes, b.bytes + 14, b.len - 14);
    b.len -= 14;
    assert_true(keeps(&f, &b));
    filter_free(&f);
}

int main(void)
{
    struct rdpath_error error;
    pcap = pcap_library(&error);
    if (!pcap) {
        printf("skipped: %s\n", error.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_counts), cmocka_unit_test(test_ipv6_with_extension_headers),
        cmocka_unit_test(test_no_more),         cmocka_unit_test(test_ports_of_the_user),
        cmocka_unit_test(test_outer_packets),   cmocka_unit_test(test_other_link_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
