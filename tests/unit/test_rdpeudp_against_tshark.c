/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tshark reads of the headers of RDP over UDP, in the captures of pcaps/ and in those that
 * others published where they are at hand ($RDPATH_SHARED). Runs where tshark is installed.
 *
 * Left out: what tshark 4.0 reads behind an acknowledgement vector of versions 1 and 2. It skips
 * the vector's padding before the vector and takes the source header for something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/rdpeudp.h"
#include "analyze/proto/rdpeudp2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77, ROW_MAX = 16384, PAYLOAD_MAX = 4096 };

enum field {
    FRAME,
    PAYLOAD,
    SOURCE_ACK,
    FLAGS,
    ISN,
    MTU_UP,
    MTU_DOWN,
    VERSION,
    FLAGS_2,
    LOG_WINDOW,
    ACK_SEQ,
    OLDEST,
    SEQ,
    CHANNEL_SEQ,
    N_FIELDS
};

static const char *const field_names[N_FIELDS] = {"frame.number",
                                                  "udp.payload",
                                                  "rdpudp.snsourceack",
                                                  "rdpudp.flags",
                                                  "rdpudp.initialsequencenumber",
                                                  "rdpudp.upstreammtu",
                                                  "rdpudp.downstreammtu",
                                                  "rdpudp.synex.version",
                                                  "rdpudp2.flags",
                                                  "rdpudp2.logWindow",
                                                  "rdpudp2.ack.seqnum",
                                                  "rdpudp2.ackofacksseqnum",
                                                  "rdpudp2.data.seqnum",
                                                  "rdpudp2.data.channelseqnumber"};

struct row {
    char text[ROW_MAX];
    char *field[N_FIELDS];
};

static struct {
    const char *path;
    unsigned n_hellos, n_first, n_second;
} at;

/* Where tshark says nothing, there is nothing to compare. */
static void assert_field(const struct row *row, enum field field, uint32_t here)
{
    if (!*row->field[field])
        return;
    unsigned long tshark = strtoul(row->field[field], NULL, 0);
    if (tshark != here)
        fail_msg("%s frame %s: tshark reads %s %lu, here it is %u", at.path, row->field[FRAME],
                 field_names[field], tshark, here);
}

static void compare_first(const struct row *row, struct reader payload)
{
    struct rdpeudp u;
    assert_true(rdpeudp_read(payload, &u));
    assert_field(row, SOURCE_ACK, u.source_ack);
    assert_field(row, FLAGS, u.flags);
    assert_field(row, ISN, u.isn);
    assert_field(row, MTU_UP, u.mtu_up);
    assert_field(row, MTU_DOWN, u.mtu_down);
    assert_field(row, VERSION, u.version);
    at.n_hellos += u.flags & RDPEUDP_SYN;
    at.n_first++;
}

/* tshark shows a dummy's first filler as a channel number, which it has none of. */
static void compare_second(const struct row *row, struct reader payload)
{
    struct rdpeudp2 u;
    assert_true(rdpeudp2_read(payload, 0, &u));
    assert_field(row, FLAGS_2, u.flags);
    assert_field(row, LOG_WINDOW, u.log_window);
    assert_field(row, ACK_SEQ, u.ack_seq);
    assert_field(row, OLDEST, u.oldest);
    assert_field(row, SEQ, u.seq);
    if (!u.dummy)
        assert_field(row, CHANNEL_SEQ, u.channel_seq);
    at.n_second++;
}

static size_t payload_of(const struct row *row, uint8_t bytes[PAYLOAD_MAX])
{
    const char *hex = row->field[PAYLOAD];
    size_t n = 0;
    for (; n < PAYLOAD_MAX && hex[2 * n] && hex[2 * n + 1]; n++) {
        const char digits[] = {hex[2 * n], hex[2 * n + 1], 0};
        bytes[n] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return n;
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
    int len =
        snprintf(command, sizeof command,
                 "tshark -n -r '%s' -Y 'rdpudp and not icmp' -T fields -E occurrence=f", path);
    for (int i = 0; i < N_FIELDS; i++)
        len += snprintf(command + len, sizeof command - (size_t)len, " -e %s", field_names[i]);
    snprintf(command + len, sizeof command - (size_t)len, " 2>/dev/null");
    FILE *tshark = popen(command, "r");
    assert_non_null(tshark);
    return tshark;
}

static void compare_file(const char *path)
{
    static struct row row;
    static uint8_t bytes[PAYLOAD_MAX];
    FILE *tshark = tshark_start(path);
    at.path = path;
    while (row_read(tshark, &row)) {
        struct reader payload = reader_of(bytes, payload_of(&row, bytes), READER_END);
        if (*row.field[FLAGS])
            compare_first(&row, payload);
        else if (*row.field[FLAGS_2])
            compare_second(&row, payload);
    }
    pclose(tshark);
}

static void compare_files(const char *folder, const char *names)
{
    char command[2200], path[2048];
    snprintf(command, sizeof command, "find -L '%s' -type f -path '%s' | sort", folder, names);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    while (fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = 0;
        compare_file(path);
    }
    pclose(list);
}

static void reads_what_tshark_reads(void **state)
{
    const char *shared = getenv("RDPATH_SHARED");
    char captures[2048];
    (void)state;
    snprintf(captures, sizeof captures, "%s/captures", shared ? shared : "../shared");
    compare_files("pcaps", "*/udp-*/capture.pcap*");
    compare_files(captures, "*/lab/udp_*.pcap");
    compare_files(captures, "*/rdpeudp*.pcap");
    compare_files(captures, "*/LM_rdp_sharprdp.pcapng");
    assert_true(at.n_hellos && at.n_first && at.n_second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_tshark_reads)};
    if (system("tshark -v >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%u SYNs and SYN+ACKs among %u datagrams of versions 1 and 2, %u of RDPUDP2\n",
           at.n_hellos, at.n_first, at.n_second);
    return failed;
}
