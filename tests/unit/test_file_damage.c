/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a capture that is cut off or damaged, and to a file that is none. */
#include "file_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- damage ---------------------------------------------------------------------------------- */

/* Frames of what must be a prefix of whole; their number. The problems are left in *problems. */
static uint64_t prefix_read(const struct made *whole, const uint8_t *bytes, size_t len,
                            char problem[512])
{
    struct rdpath_error error;
    struct capture_file *a = opened(whole);
    struct capture_file *b = file_open_memory(bytes, len, false, &error);
    uint64_t n = 0;
    snprintf(problem, 512, "%s", b ? "" : error.text);
    for (struct rdpath_frame in_a, in_b; b && file_next(b, &in_b); n++) {
        assert_true(file_next(a, &in_a));
        assert_int_equal(in_a.captured_len, in_b.captured_len);
        assert_memory_equal(in_a.bytes, in_b.bytes, in_a.captured_len);
        assert_int_equal(in_a.ts_ns, in_b.ts_ns);
        assert_int_equal(in_a.number, in_b.number);
    }
    if (b && file_info(b)->n_problems) {
        assert_int_equal(file_info(b)->n_problems, 1);
        snprintf(problem, 512, "%s", file_info(b)->problems[0]);
    }
    file_close(a);
    file_close(b);
    return n;
}

/* A file with the places where a record ends; made frames[i] stand before ends[i]. */
struct sample {
    struct made m;
    size_t ends[8];
    uint64_t frames[8];
    size_t n;
};

static void sample_mark(struct sample *s, uint64_t frames)
{
    s->ends[s->n] = s->m.len;
    s->frames[s->n++] = frames;
}

static struct sample sample_make(bool pcapng, bool big)
{
    struct sample s = {.m = {.big = big}};
    if (!pcapng) {
        pcap_header(&s.m, 0xa1b2c3d4, 65535, 1);
        sample_mark(&s, 0);
        for (uint8_t i = 1; i <= 3; i++) {
            pcap_record(&s.m, i, 20u + i, 60);
            sample_mark(&s, i);
        }
        return s;
    }
    section(&s.m);
    sample_mark(&s, 0);
    interface(&s.m, 1, 0);
    sample_mark(&s, 0);
    packet(&s.m, 0, 1, 1);
    sample_mark(&s, 1);
    s.m.big = !big; /* a second section, of a machine of the other byte order */
    section(&s.m);
    sample_mark(&s, 1);
    interface(&s.m, 1, 0);
    sample_mark(&s, 1);
    packet(&s.m, 0, 2, 2);
    sample_mark(&s, 2);
    return s;
}

static void cut_everywhere(const struct sample *s)
{
    char problem[512];
    for (size_t len = 0, part = 0; len <= s->m.len; len++) {
        while (part < s->n && s->ends[part] <= len)
            part++;
        /* a copy of its own, so that reading beyond its end is found */
        uint8_t *cut = malloc(len ? len : 1);
        memcpy(cut, s->m.bytes, len);
        uint64_t n = prefix_read(&s->m, cut, len, problem);
        free(cut);
        assert_int_equal(n, part ? s->frames[part - 1] : 0);
        bool clean = part && s->ends[part - 1] == len;
        assert_int_equal(problem[0] == '\0', clean);
    }
}

static void every_cut_leaves_the_whole_frames(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct sample s = sample_make(i & 2, i & 1);
        cut_everywhere(&s);
        made_free(&s.m);
    }
}

static void the_cut_is_named(void **state)
{
    (void)state;
    char problem[512];
    struct sample s = sample_make(false, false);
    prefix_read(&s.m, s.m.bytes, s.ends[1] + 16 + 5, problem);
    assert_string_equal(problem, "Expected a frame of 38 bytes at byte 61, found 21: the file is "
                                 "cut off.");
    made_free(&s.m);
}

/* Cut or changed anywhere, a compressed file is told to be broken; what came before stands. */
static void compressed_damage_is_named(void **state)
{
    (void)state;
    struct sample s = sample_make(false, false);
    for (int kind = 0; kind < 2; kind++) {
        struct made packed = {0};
        (kind ? zstd_append : gzip_append)(&packed, s.m.bytes, s.m.len);
        char problem[512];
        for (size_t len = 0; len < packed.len; len++) {
            prefix_read(&s.m, packed.bytes, len, problem);
            assert_true(problem[0]);
            if (len > 4)
                assert_has(problem, kind ? "whole zstd data" : "whole gzip data");
        }
        made_free(&packed);
    }
    made_free(&s.m);
}

static void a_gzip_checksum_is_checked(void **state)
{
    (void)state;
    struct sample s = sample_make(false, false);
    struct made packed = {0};
    gzip_append(&packed, s.m.bytes, s.m.len);
    packed.bytes[packed.len - 8] ^= 1; /* RFC 1952 2.3: CRC-32, then the length */
    char problem[512];
    prefix_read(&s.m, packed.bytes, packed.len, problem);
    assert_has(problem, "gzip data, but it is broken");
    made_free(&packed);
    made_free(&s.m);
}

/* ---- what is not read ------------------------------------------------------------------------ */

static void other_formats_are_named(void **state)
{
    (void)state;
    char trace[80] = "\0\0\1"; /* a buffer of 64 KiB, then the first event */
    memcpy(trace + 72, "\2\0\2\xc0", 4);
#define LITERAL(bytes) bytes, sizeof bytes - 1
    static const struct {
        const char *bytes;
        size_t len;
        const char *found, *advice;
    } rows[] = {
        {"", 0, "found an empty file", "check how"},
        {LITERAL("snoop\0\0\0\0\0\0\2"), "Solaris snoop", "editcap -F pcapng"},
        {LITERAL("GMBU\0\2\0\0"), "Network Monitor 2", "editcap -F pcapng"},
        {LITERAL("RTSS\0\2\0\0"), "Network Monitor 1", "editcap -F pcapng"},
        {LITERAL("\4\x22\x4d\x18\x64\x40"), "LZ4", "lz4 -d"},
        {LITERAL("\xfd"
                 "7zXZ\0\0"),
         "xz", "xz -d"},
        {LITERAL("BZh91AY&SY"), "bzip2", "bzip2 -d"},
        {LITERAL("PK\3\4\24\0\0\0"), "a zip archive", "unpack it first"},
        {LITERAL("\r\n <!DOCTYPE html><html>"), "a web page", "download the file"},
        {LITERAL("<HTML><BODY>404</BODY>"), "a web page", "download the file"},
        {LITERAL("09:14:03.1 IP a.1 > b.3389: Flags [S]\n"), "found text", "tcpdump -w"},
        {LITERAL("\xff\xfeP\0k\0t\0"), "UTF-16", "pktmon"},
        {LITERAL("\x07\x80\x01\x02\x03"), "begins with 07 80 01 02;", "Wireshark"},
        {LITERAL("\x07"), "begins with 07;", "Wireshark"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *error = refused(rows[i].bytes, rows[i].len);
        assert_has(error, "expected a pcap or pcapng capture");
        assert_has(error, rows[i].found);
        assert_has(error, rows[i].advice);
    }
    assert_has(refused(trace, sizeof trace), "Windows event trace (ETL); convert it with pktmon "
                                             "etl2pcap");
    struct made once = {0}, twice = {0};
    gzip_append(&once, (const uint8_t *)"GMBU", 4);
    assert_has(refused(once.bytes, once.len), "Network Monitor");
    gzip_append(&twice, once.bytes, once.len);
    assert_has(refused(twice.bytes, twice.len), "twice compressed");
    made_free(&once);
    made_free(&twice);
}

static void paths_that_do_not_open_are_explained(void **state)
{
    (void)state;
    struct rdpath_error error;
    assert_null(file_open("/nowhere/at\nall.pcap", false, &error));
    assert_string_equal(error.text, "/nowhere/at?all.pcap: no such file; check the path");
    assert_null(file_open("/tmp", false, &error));
    assert_string_equal(error.text,
                        "/tmp: expected a file, found a directory; name the files in it");
    assert_null(file_open("/dev/null", false, &error));
    assert_string_equal(error.text, "/dev/null: expected a pcap or pcapng capture, found an empty "
                                    "file; check how it was recorded");
    if (geteuid() == 0)
        return; /* root may read everything */
    char path[] = "/tmp/rdpath-test-XXXXXX";
    int fd = mkstemp(path);
    fchmod(fd, 0);
    close(fd);
    assert_null(file_open(path, false, &error));
    assert_has(error.text, "no permission");
    unlink(path);
}

static void another_version_is_refused(void **state)
{
    (void)state;
    struct made m = {.big = false};
    pcap_header(&m, 0xa1b2c3d4, 65535, 1);
    m.bytes[4] = 3;
    assert_has(refused(m.bytes, m.len), "Expected pcap of version 2, found version 3.4");
    assert_has(refused(m.bytes, 10), "Expected a pcap file header of 24 bytes at byte 0, found 10");
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_leaves_the_whole_frames),
        cmocka_unit_test(the_cut_is_named),
        cmocka_unit_test(compressed_damage_is_named),
        cmocka_unit_test(a_gzip_checksum_is_checked),
        cmocka_unit_test(other_formats_are_named),
        cmocka_unit_test(paths_that_do_not_open_are_explained),
        cmocka_unit_test(another_version_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
