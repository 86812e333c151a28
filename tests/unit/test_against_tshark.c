/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tshark reads of every packet, frame by frame, against what is read here: of the captures in
 * pcaps/, and of those that others published where they are at hand ($RDPATH_SHARED). Runs where
 * tshark is installed. With arguments: those files.
 *
 * Of more than 500 captures tshark would spend nearly all the time on starting: those of pcaps/ are
 * put into one file, so a frame that differs is named by its number there. What is compared is read
 * of each frame alone. Called with each capture as its argument the test names the file.
 *
 * Known differences, which are no faults: tshark lists blocks without a packet as frames (their
 * numbers are passed over here as well), it decodes what is inside a tunnel (not compared), and it
 * reads text dumps. Where a length is 0 an offload engine left it so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/file/file.h"
#include "analyze/net/packet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SKIPPED = 77 };

enum field {
    FRAME_NUMBER,
    PROTOCOLS,
    MALFORMED,
    IP_SRC,
    IP_DST,
    IP_LEN,
    IP_ID,
    IP_TTL,
    IP_FLAGS,
    IP_OFFSET,
    IP6_SRC,
    IP6_DST,
    IP6_LEN,
    IP6_HOPS,
    IP6_MORE,
    IP6_OFFSET,
    IP6_ID,
    TCP_SRC,
    TCP_DST,
    TCP_SEQ,
    TCP_ACK_NR,
    TCP_FLAGS,
    TCP_LEN,
    TCP_WINDOW,
    TCP_MSS,
    UDP_SRC,
    UDP_DST,
    UDP_LEN,
    ICMP_MTU,
    ICMP6_MTU,
    N_FIELDS
};

static const char *const field_names[N_FIELDS] = {"frame.number",
                                                  "frame.protocols",
                                                  "_ws.malformed",
                                                  "ip.src",
                                                  "ip.dst",
                                                  "ip.len",
                                                  "ip.id",
                                                  "ip.ttl",
                                                  "ip.flags",
                                                  "ip.frag_offset",
                                                  "ipv6.src",
                                                  "ipv6.dst",
                                                  "ipv6.plen",
                                                  "ipv6.hlim",
                                                  "ipv6.fraghdr.more",
                                                  "ipv6.fraghdr.offset",
                                                  "ipv6.fraghdr.ident",
                                                  "tcp.srcport",
                                                  "tcp.dstport",
                                                  "tcp.seq",
                                                  "tcp.ack",
                                                  "tcp.flags",
                                                  "tcp.len",
                                                  "tcp.window_size_value",
                                                  "tcp.options.mss_val",
                                                  "udp.srcport",
                                                  "udp.dstport",
                                                  "udp.length",
                                                  "icmp.mtu",
                                                  "icmpv6.mtu"};

struct row {
    char text[65536];
    const char *field[N_FIELDS];
};

static struct {
    const char *path;
    uint64_t frame;
    unsigned n_files, n_frames, n_tcp, n_udp, n_icmp, n_fragments;
} at;

/* Whether this layer list leads to IP over link headers alone, with no tunnel between. */
static bool reaches_ip(const char *protocols, bool *is_ipv6)
{
    static const char *const links[] = {"eth",  "ethertype", "vlan", "ieee8021ad", "llc",  "pppoes",
                                        "ppp",  "sll",       "raw",  "null",       "mpls", "chdlc",
                                        "fr",   "radiotap",  "ppi",  "wlan_radio", "wlan", "nflog",
                                        "fddi", "pktap",     "ipnet"};
    const char *p = protocols;
    while (*p) {
        size_t len = strcspn(p, ":");
        *is_ipv6 = len == 4 && memcmp(p, "ipv6", 4) == 0;
        if (*is_ipv6 || (len == 2 && memcmp(p, "ip", 2) == 0))
            return true;
        bool known = false;
        for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
            known |= strlen(links[i]) == len && memcmp(p, links[i], len) == 0;
        if (!known)
            return false;
        p += len + (p[len] == ':');
    }
    return false;
}

static void assert_number(const struct row *row, enum field field, uint32_t found)
{
    const char *text = row->field[field];
    if (!*text || strtoul(text, NULL, 0) != found)
        fail_msg("%s frame %llu: tshark reads %s '%s', here it is %u", at.path,
                 (unsigned long long)at.frame, field_names[field], text, found);
}

static void assert_addr(const struct row *row, enum field field, const struct addr *found)
{
    char text[ADDR_TEXT_SIZE];
    addr_format(found, text);
    if (strcmp(text, row->field[field]) != 0)
        fail_msg("%s frame %llu: tshark reads %s '%s', here it is %s", at.path,
                 (unsigned long long)at.frame, field_names[field], row->field[field], text);
}

enum { IP_DF = 2, IP_MF = 1 }; /* of the three flags, the upper bits of their byte in tshark 4 */

static void compare_fragment(const struct row *row, const struct packet *p, bool is_ipv6)
{
    if (!is_ipv6) {
        uint32_t flags = (uint32_t)strtoul(row->field[IP_FLAGS], NULL, 0);
        flags = flags > 7 ? flags >> 5 : flags; /* older: the three bits alone */
        assert_int_equal(p->df, (flags & IP_DF) != 0);
        assert_int_equal(p->more_fragments, (flags & IP_MF) != 0);
        uint32_t offset = (uint32_t)strtoul(row->field[IP_OFFSET], NULL, 0);
        if (offset * 8 != p->fragment_offset) /* tshark 4.0 shows units of 8 bytes, others bytes */
            assert_number(row, IP_OFFSET, p->fragment_offset);
    } else if (*row->field[IP6_ID] && p->fragment) {
        assert_number(row, IP6_ID, p->id);
        assert_number(row, IP6_MORE, p->more_fragments);
        assert_number(row, IP6_OFFSET, p->fragment_offset / 8);
    }
    at.n_fragments += p->fragment;
}

static void compare_ip(const struct row *row, const struct packet *p, bool is_ipv6)
{
    assert_int_equal(p->src.version, is_ipv6 ? 6 : 4);
    assert_addr(row, is_ipv6 ? IP6_SRC : IP_SRC, &p->src);
    assert_addr(row, is_ipv6 ? IP6_DST : IP_DST, &p->dst);
    assert_number(row, is_ipv6 ? IP6_HOPS : IP_TTL, p->ttl);
    enum field len = is_ipv6 ? IP6_LEN : IP_LEN;
    if (strtoul(row->field[len], NULL, 0) != 0) /* 0: what an offload engine left */
        assert_number(row, len, p->ip_len - (is_ipv6 ? 40 : 0));
    if (!is_ipv6)
        assert_number(row, IP_ID, p->id);
    compare_fragment(row, p, is_ipv6);
}

static void compare_tcp(const struct row *row, const struct packet *p)
{
    struct tcp_segment tcp;
    if (p->protocol != IP_TCP || !tcp_decode(p, &tcp))
        return;
    assert_number(row, TCP_SRC, p->src_port);
    assert_number(row, TCP_DST, p->dst_port);
    assert_number(row, TCP_SEQ, tcp.seq);
    assert_number(row, TCP_ACK_NR, tcp.ack);
    assert_int_equal(strtoul(row->field[TCP_FLAGS], NULL, 0) & 0xff, tcp.flags);
    assert_number(row, TCP_WINDOW, tcp.window);
    if (!p->fragment) /* tshark shows none of a fragment's */
        assert_number(row, TCP_LEN, tcp.payload_len);
    if (tcp.mss > 0 || *row->field[TCP_MSS])
        assert_number(row, TCP_MSS, tcp.mss);
    at.n_tcp++;
}

static void compare_udp(const struct row *row, const struct packet *p)
{
    struct udp_datagram udp;
    if (p->protocol != IP_UDP || !udp_decode(p, &udp))
        return;
    assert_number(row, UDP_SRC, p->src_port);
    assert_number(row, UDP_DST, p->dst_port);
    if (!p->fragment)
        assert_number(row, UDP_LEN, udp.payload_len + 8);
    at.n_udp++;
}

static void compare_icmp(const struct row *row, const struct packet *p)
{
    struct icmp_error e;
    if (!icmp_decode(p, &e))
        return;
    if (e.quoted.protocol == IP_TCP && e.has_seq) {
        assert_number(row, TCP_SRC, e.quoted.src_port);
        assert_number(row, TCP_SEQ, e.seq);
    } else if (e.quoted.protocol == IP_UDP && e.quoted.src_port) {
        assert_number(row, UDP_DST, e.quoted.dst_port);
    }
    enum field mtu = p->src.version == 4 ? ICMP_MTU : ICMP6_MTU;
    if (e.kind == RDPATH_ICMP_TOO_BIG && strtoul(row->field[mtu], NULL, 0) != 0)
        assert_number(row, mtu, e.mtu);
    at.n_icmp++;
}

static void compare(const struct row *row, const struct rdpath_frame *frame)
{
    bool is_ipv6;
    bool expected = reaches_ip(row->field[PROTOCOLS], &is_ipv6);
    struct packet p;
    bool decoded = packet_decode(frame, &p);
    at.n_frames++;
    if (*row->field[MALFORMED])
        return;
    if (decoded != expected)
        fail_msg("%s frame %llu: tshark reads %s, here decoded is %d", at.path,
                 (unsigned long long)at.frame, row->field[PROTOCOLS], decoded);
    if (!decoded)
        return;
    compare_ip(row, &p, is_ipv6);
    compare_tcp(row, &p);
    compare_udp(row, &p);
    compare_icmp(row, &p);
}

static bool row_read(FILE *tshark, struct row *row)
{
    if (!fgets(row->text, sizeof row->text, tshark))
        return false;
    row->text[strcspn(row->text, "\n")] = 0;
    char *rest = row->text;
    for (int i = 0; i < N_FIELDS; i++) {
        assert_non_null(rest);
        row->field[i] = rest;
        rest = strchr(rest, '\t');
        if (rest)
            *rest++ = 0;
    }
    return true;
}

static FILE *tshark_start(const char *path)
{
    char command[4096];
    int len = snprintf(command, sizeof command,
                       "tshark -n -r '%s' -T fields -E occurrence=f -o ip.defragment:FALSE "
                       "-o ipv6.defragment:FALSE -o tcp.relative_sequence_numbers:FALSE",
                       path);
    for (int i = 0; i < N_FIELDS; i++)
        len += snprintf(command + len, sizeof command - (size_t)len, " -e %s", field_names[i]);
    snprintf(command + len, sizeof command - (size_t)len, " 2>/dev/null");
    FILE *tshark = popen(command, "r");
    assert_non_null(tshark);
    return tshark;
}

/* The row of that frame; those before it hold no packet. */
static void row_find(FILE *tshark, struct row *row)
{
    bool is_ipv6;
    for (;;) {
        if (!row_read(tshark, row))
            fail_msg("%s: tshark ends before frame %llu", at.path, (unsigned long long)at.frame);
        uint64_t number = strtoull(row->field[FRAME_NUMBER], NULL, 10);
        if (number == at.frame)
            return;
        if (number > at.frame || reaches_ip(row->field[PROTOCOLS], &is_ipv6))
            fail_msg("%s frame %llu is not read here", at.path, (unsigned long long)number);
    }
}

static void compare_file(const char *path)
{
    static struct row row;
    struct rdpath_error error;
    struct rdpath_frame frame;
    bool is_ipv6;
    struct capture_file *file = file_open(path, false, &error);
    if (!file) {
        printf("%s is left out: %s\n", path, error.text);
        return;
    }
    FILE *tshark = tshark_start(path);
    at.path = path;
    at.n_files++;
    while (file_next(file, &frame)) {
        at.frame = frame.number;
        row_find(tshark, &row);
        compare(&row, &frame);
    }
    while (row_read(tshark, &row))
        assert_false(reaches_ip(row.field[PROTOCOLS], &is_ipv6));
    pclose(tshark);
    file_close(file);
}

static const char *folder;

static void compare_folder(const char *path)
{
    char command[2200], name[2048];
    snprintf(command, sizeof command, "find -L '%s' -type f | sort", path);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    while (fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = 0;
        if (strstr(name, ".pcap") || strstr(name, ".cap"))
            compare_file(name);
    }
    pclose(list);
}

/* tshark brings mergecap along. */
static void compare_merged(const char *captures)
{
    char path[] = "/tmp/rdpath-merged-XXXXXX", command[512];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(command, sizeof command,
             "mergecap -a -F pcapng -w %s $(find -L %s -name 'capture.pcap*' | sort)", path,
             captures);
    int status = system(command);
    if (status == 0)
        compare_file(path);
    unlink(path);
    assert_int_equal(status, 0);
}

static void reads_what_tshark_reads(void **state)
{
    char path[2048];
    (void)state;
    compare_merged("pcaps");
    snprintf(path, sizeof path, "%s/captures", folder);
    compare_folder(path);
    assert_true(at.n_tcp > 0 && at.n_icmp > 0);
}

static char **arguments;

static void reads_what_tshark_reads_of_arguments(void **state)
{
    (void)state;
    for (char **path = arguments; *path; path++)
        compare_file(*path);
}

static int skipped(const char *why)
{
    printf("skipped: %s\n", why);
    return SKIPPED;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest of_captures[] = {cmocka_unit_test(reads_what_tshark_reads)};
    const struct CMUnitTest of_arguments[] = {
        cmocka_unit_test(reads_what_tshark_reads_of_arguments)};
    if (system("tshark -v >/dev/null 2>&1") != 0)
        return skipped("tshark is not installed");
    folder = getenv("RDPATH_SHARED");
    if (!folder)
        folder = "../shared";
    arguments = argv + 1;
    int failed = argc > 1 ? cmocka_run_group_tests(of_arguments, NULL, NULL)
                          : cmocka_run_group_tests(of_captures, NULL, NULL);
    printf("%u captures, %u frames: %u TCP, %u UDP, %u ICMP errors, %u fragments\n", at.n_files,
           at.n_frames, at.n_tcp, at.n_udp, at.n_icmp, at.n_fragments);
    return failed;
}
