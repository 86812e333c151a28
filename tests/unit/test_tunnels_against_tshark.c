/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The innermost packet of every frame as tshark reads it, against what is found here in tunnels: of
 * the captures in pcaps/, and of those that others published where they are at hand
 * ($RDPATH_SHARED). Runs where tshark is installed. With arguments: those files.
 *
 * Known differences, which are no faults: tshark opens what is not opened here (CAPWAP, tunnels on
 * other ports, cookies of L2TPv3, a second packet in an A-MSDU); they are counted, not compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/file/file.h"
#include "analyze/net/tunnels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77 };

enum field { NUMBER, PROTOCOLS, MALFORMED, IP_SRC, IP_LEN, IP6_SRC, IP6_LEN, TCP_SRC, TCP_SEQ };
enum { N_FIELDS = TCP_SEQ + 1 };

static const char *const field_names[N_FIELDS] = {"frame.number",  "frame.protocols",
                                                  "_ws.malformed", "ip.src",
                                                  "ip.len",        "ipv6.src",
                                                  "ipv6.plen",     "tcp.srcport",
                                                  "tcp.seq"};

static struct {
    const char *path;
    unsigned n_compared, n_not_opened;
} at;

struct row {
    char text[65536];
    const char *field[N_FIELDS];
};

/* IP headers in the list of layers; *v6: the last one's version. An error quotes another. */
static unsigned n_headers(const char *protocols, bool *v6)
{
    unsigned n = 0;
    for (const char *p = protocols; *p; p += strcspn(p, ":"), p += *p == ':') {
        size_t len = strcspn(p, ":");
        if (len >= 4 && memcmp(p, "icmp", 4) == 0)
            return 0;
        bool four = len == 2 && memcmp(p, "ip", 2) == 0;
        bool six = len == 4 && memcmp(p, "ipv6", 4) == 0;
        n += four || six;
        *v6 = four || six ? six : *v6;
    }
    return n;
}

static void assert_number(const struct row *row, enum field field, uint32_t found)
{
    if (*row->field[field] && strtoul(row->field[field], NULL, 0) != found)
        fail_msg("%s frame %s: tshark reads %s '%s', here it is %u", at.path, row->field[NUMBER],
                 field_names[field], row->field[field], found);
}

static void compare_inner(const struct row *row, const struct packet *p, bool v6)
{
    char text[ADDR_TEXT_SIZE];
    struct tcp_segment tcp;
    addr_format(&p->src, text);
    assert_string_equal(text, row->field[v6 ? IP6_SRC : IP_SRC]);
    if (v6)
        assert_number(row, IP6_LEN, p->ip_len - 40);
    else
        assert_number(row, IP_LEN, p->ip_len);
    if (tcp_decode(p, &tcp)) {
        assert_number(row, TCP_SRC, p->src_port);
        assert_number(row, TCP_SEQ, tcp.seq);
    }
    at.n_compared++;
}

static void compare(const struct row *row, const struct rdpath_frame *frame)
{
    struct packet outer, inside[2];
    const struct packet *p = &outer;
    bool v6 = false;
    unsigned n = n_headers(row->field[PROTOCOLS], &v6), n_here = 1;
    if (n < 2 || *row->field[MALFORMED] || !packet_decode(frame, &outer))
        return;
    while (n_here <= TUNNELS_DEPTH_MAX && !p->fragment && tunnel_open(p, &inside[n_here % 2]))
        p = &inside[n_here++ % 2];
    if (n_here == n)
        compare_inner(row, p, v6);
    else if (n_here > n)
        fail_msg("%s frame %s: tshark reads %s, here %u IP headers", at.path, row->field[NUMBER],
                 row->field[PROTOCOLS], n_here);
    else
        at.n_not_opened++;
}

static bool row_read(FILE *tshark, struct row *row)
{
    if (!fgets(row->text, sizeof row->text, tshark))
        return false;
    row->text[strcspn(row->text, "\n")] = 0;
    char *rest = row->text;
    for (int i = 0; i < N_FIELDS; i++) {
        row->field[i] = rest;
        rest += strcspn(rest, "\t");
        if (*rest)
            *rest++ = 0;
    }
    return true;
}

static FILE *tshark_start(const char *path)
{
    char command[4096];
    int len = snprintf(command, sizeof command,
                       "tshark -n -r '%s' -T fields -E occurrence=l -o ip.defragment:FALSE "
                       "-o ipv6.defragment:FALSE -o tcp.relative_sequence_numbers:FALSE",
                       path);
    for (int i = 0; i < N_FIELDS; i++)
        len += snprintf(command + len, sizeof command - (size_t)len, " -e %s", field_names[i]);
    snprintf(command + len, sizeof command - (size_t)len, " 2>/dev/null");
    return popen(command, "r");
}

static void compare_file(const char *path)
{
    static struct row row;
    struct rdpath_error error;
    struct rdpath_frame frame;
    struct capture_file *file = file_open(path, false, &error);
    if (!file)
        return;
    FILE *tshark = tshark_start(path);
    assert_non_null(tshark);
    at.path = path;
    bool more = row_read(tshark, &row);
    while (file_next(file, &frame)) {
        while (more && strtoull(row.field[NUMBER], NULL, 10) < frame.number)
            more = row_read(tshark, &row);
        if (more && strtoull(row.field[NUMBER], NULL, 10) == frame.number)
            compare(&row, &frame);
    }
    pclose(tshark);
    file_close(file);
}

/* Captures with a tunnel in them; of others test_against_tshark tells. */
static const char *const captures[] = {
    "OISF_suricata-verify/temp6.pcap",
    "arkime_arkime/arkime_synthetic.pcap",
    "arkime_arkime/tcpdump-geneve.pcap",
    "ntop_nDPI/4in6tunnel.pcap",
    "ntop_nDPI/6in4tunnel.pcap",
    "ntop_nDPI/teredo.pcap",
    "ntop_nDPI/vxlan.pcap",
};

static char **arguments;

static void opens_what_tshark_opens(void **state)
{
    const char *shared = getenv("RDPATH_SHARED");
    char path[2048];
    (void)state;
    for (char **each = arguments; *each; each++)
        compare_file(*each);
    if (*arguments)
        return;
    compare_file("pcaps/pmtu-black-hole-gre/capture.pcap");
    compare_file("pcaps/pmtu-black-hole-vxlan/capture.pcapng");
    assert_int_not_equal(at.n_compared, 0);
    for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        snprintf(path, sizeof path, "%s/captures/public/%s", shared ? shared : "../shared",
                 captures[i]);
        compare_file(path);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(opens_what_tshark_opens)};
    (void)argc;
    arguments = argv + 1;
    if (system("tshark -v >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%u packets in tunnels as tshark reads them, %u not opened here\n", at.n_compared,
           at.n_not_opened);
    return failed;
}
