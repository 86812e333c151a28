/* SPDX-License-Identifier: Apache-2.0 */
/* pcap, and how a capture is stored. Expected values come from how the bytes were made. */
#include "file_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

/* ---- pcap ------------------------------------------------------------------------------------ */

static void pcap_is_read_in_both_orders_and_resolutions(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        int64_t fraction_ns;
    } rows[] = {{0xa1b2c3d4, 123456000}, {0xa1b23c4d, 123456}};
    for (int i = 0; i < 4; i++) {
        struct made m = {.big = i & 1};
        /* LINKTYPE_EN10MB, FCS present and 4 bytes long */
        pcap_header(&m, rows[i / 2].magic, 100, 0x24000001);
        pcap_record(&m, 1, 60, 60);
        pcap_record(&m, 2, 100, 1514);
        pcap_record(&m, 3, 0, 42);
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 1, 60);
        assert_int_equal(frame.ts_ns, 1700000001000000000 + rows[i / 2].fraction_ns);
        assert_int_equal(frame.number, 1);
        assert_int_equal(frame.link_type, 1);
        assert_int_equal(frame.way, RDPATH_WAY_UNKNOWN);
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 2, 100);
        assert_int_equal(frame.wire_len, 1514);
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 3, 0);
        assert_int_equal(frame.wire_len, 42);
        assert_false(file_next(f, &frame));
        assert_false(file_next(f, &frame));
        const struct file_info *info = file_info(f);
        assert_string_equal(info->format, "pcap");
        assert_null(info->compression);
        assert_int_equal(info->packets, 3);
        assert_int_equal(info->bytes, m.len);
        assert_int_equal(info->total, m.len);
        assert_int_equal(info->n_problems, 0);
        assert_int_equal(info->n_interfaces, 1);
        assert_int_equal(info->interfaces[0].snaplen, 100);
        assert_int_equal(info->interfaces[0].dropped, -1);
        assert_int_equal(info->first_ns, 1700000001000000000 + rows[i / 2].fraction_ns);
        assert_int_equal(info->last_ns, 1700000003000000000 + rows[i / 2].fraction_ns);
        assert_true(info->end_ns == RDPATH_UNKNOWN);
        file_close(f);
        made_free(&m);
    }
}

/* Kuznetzov's records: interface, protocol, packet type, padding between header and frame. */
static void modified_pcap_tells_the_way(void **state)
{
    (void)state;
    static const uint8_t ways[] = {RDPATH_WAY_INBOUND, RDPATH_WAY_INBOUND,  RDPATH_WAY_INBOUND,
                                   RDPATH_WAY_UNKNOWN, RDPATH_WAY_OUTBOUND, RDPATH_WAY_UNKNOWN};
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        pcap_header(&m, 0xa1b2cd34, 65535, 1);
        for (uint8_t type = 0; type < 6; type++) {
            put32(&m, 1000);
            put32(&m, 7);
            put32(&m, 33);
            put32(&m, 44);
            put32(&m, 2);
            put16(&m, 0x0800);
            put8(&m, type);
            put8(&m, 0);
            put_frame(&m, type, 33);
        }
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        for (uint8_t type = 0; type < 6; type++) {
            assert_true(file_next(f, &frame));
            assert_frame(&frame, type, 33);
            assert_int_equal(frame.wire_len, 44);
            assert_int_equal(frame.ts_ns, 1000000007000);
            assert_int_equal(frame.way, ways[type]);
        }
        assert_false(file_next(f, &frame));
        assert_int_equal(file_info(f)->n_problems, 0);
        file_close(f);
        made_free(&m);
    }
}

/* Before version 2.3 the wire length stood first; in 2.3 sometimes. */
static void old_pcap_has_its_lengths_swapped(void **state)
{
    (void)state;
    for (uint8_t minor = 2; minor <= 4; minor++) {
        struct made m = {.big = false};
        pcap_header(&m, 0xa1b2c3d4, 65535, 1);
        m.bytes[6] = minor;
        put32(&m, 1);
        put32(&m, 2);
        put32(&m, minor < 4 ? 90 : 20);
        put32(&m, minor < 4 ? 20 : 90);
        put_frame(&m, 5, 20);
        struct capture_file *f = opened(&m);
        struct rdpath_frame frame;
        assert_true(file_next(f, &frame));
        assert_frame(&frame, 5, 20);
        assert_int_equal(frame.wire_len, 90);
        file_close(f);
        made_free(&m);
    }
}

static void more_than_the_snaplen_is_tolerated(void **state)
{
    (void)state;
    struct made m = {.big = true};
    pcap_header(&m, 0xa1b2c3d4, 96, 1);
    pcap_record(&m, 1, 200, 150); /* beyond the snaplen and beyond the wire */
    struct capture_file *f = opened(&m);
    struct rdpath_frame frame;
    assert_true(file_next(f, &frame));
    assert_frame(&frame, 1, 200);
    assert_int_equal(frame.wire_len, 200);
    assert_false(file_next(f, &frame));
    file_close(f);
    made_free(&m);
}

/* The largest frame needs a larger window; one byte more is damage. */
static void frames_are_read_up_to_the_limit(void **state)
{
    (void)state;
    struct made m = {.big = false};
    pcap_header(&m, 0xa1b2c3d4, 0, 1);
    pcap_record(&m, 1, 60, 60);
    pcap_record(&m, 2, FILE_FRAME_MAX, FILE_FRAME_MAX);
    pcap_record(&m, 3, 60, 60);
    size_t damage = m.len;
    pcap_record(&m, 4, FILE_FRAME_MAX + 1, FILE_FRAME_MAX + 1);
    struct capture_file *f = opened(&m);
    struct rdpath_frame frame;
    assert_true(file_next(f, &frame));
    assert_true(file_next(f, &frame));
    assert_int_equal(frame.captured_len, FILE_FRAME_MAX);
    assert_memory_equal(frame.bytes, m.bytes + 24 + 16 + 60 + 16, FILE_FRAME_MAX);
    assert_true(file_next(f, &frame));
    assert_frame(&frame, 3, 60);
    assert_false(file_next(f, &frame));
    char where[32];
    snprintf(where, sizeof where, "at byte %zu,", damage);
    assert_int_equal(file_info(f)->n_problems, 1);
    assert_has(file_info(f)->problems[0], where);
    assert_has(file_info(f)->problems[0], "found one of 16777217");
    file_close(f);
    made_free(&m);
}

/* ---- storage --------------------------------------------------------------------------------- */

enum { STORED_FRAMES = 5000, STORED_FRAME_LEN = 1000 }; /* several windows long */

static struct made large_capture(void)
{
    struct made m = {.big = false};
    pcap_header(&m, 0xa1b2c3d4, 65535, 1);
    for (int i = 0; i < STORED_FRAMES; i++)
        pcap_record(&m, (uint8_t)(i * 7), STORED_FRAME_LEN, STORED_FRAME_LEN);
    return m;
}

/* Reads a large_capture() to its end, then closes it. */
static void assert_large(struct capture_file *f, const char *compression)
{
    struct rdpath_frame frame;
    for (int i = 0; i < STORED_FRAMES; i++) {
        assert_true(file_next(f, &frame));
        assert_frame(&frame, (uint8_t)(i * 7), STORED_FRAME_LEN);
    }
    assert_false(file_next(f, &frame));
    const struct file_info *info = file_info(f);
    assert_int_equal(info->n_problems, 0);
    if (compression)
        assert_string_equal(info->compression, compression);
    else
        assert_null(info->compression);
    file_close(f);
}

static void assert_large_from_file(const struct made *m, const char *compression)
{
    char path[] = "/tmp/rdpath-test-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, m->bytes, m->len), (ssize_t)m->len);
    close(fd);
    struct rdpath_error error;
    struct capture_file *f = file_open(path, false, &error);
    unlink(path);
    assert_non_null(f);
    assert_int_equal(file_info(f)->total, m->len);
    assert_large(f, compression);
}

/* A child writes in pieces of every size up to 4096 bytes. */
static void assert_large_from_pipe(const struct made *m, const char *compression)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0, n = 1; at < m->len; at += n, n = n % 4096 + 1) {
            if (n > m->len - at)
                n = m->len - at;
            if (write(ends[1], m->bytes + at, n) != (ssize_t)n)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    int before = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    struct rdpath_error error;
    struct capture_file *f = file_open("-", false, &error);
    assert_non_null(f);
    assert_int_equal(file_info(f)->total, 0);
    assert_large(f, compression);
    dup2(before, STDIN_FILENO);
    close(before);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void assert_large_from_all(const struct made *m, const char *compression)
{
    assert_large(opened(m), compression);
    assert_large_from_file(m, compression);
    assert_large_from_pipe(m, compression);
}

static void storage_makes_no_difference(void **state)
{
    (void)state;
    struct made m = large_capture();
    assert_large_from_all(&m, NULL);

    struct made gzip = {0}, gzip_parts = {0}, zstd = {0}, zstd_parts = {0};
    gzip_append(&gzip, m.bytes, m.len);
    assert_large_from_all(&gzip, "gzip");
    zstd_append(&zstd, m.bytes, m.len);
    assert_large_from_all(&zstd, "zstd");

    /* members and frames that end inside a header, inside a frame, and hold nothing; padding */
    static const size_t cuts[] = {0, 3, 3, 30, 1500000, 1500001};
    put(&zstd_parts, "\x5a\x2a\x4d\x18\x03\0\0\0abc", 11); /* a skippable frame */
    for (size_t i = 0; i < 6; i++) {
        size_t to = i < 5 ? cuts[i + 1] : m.len;
        gzip_append(&gzip_parts, m.bytes + cuts[i], to - cuts[i]);
        zstd_append(&zstd_parts, m.bytes + cuts[i], to - cuts[i]);
    }
    put(&gzip_parts, "\0\0\0\0\0", 5);
    assert_large_from_all(&gzip_parts, "gzip");
    assert_large_from_all(&zstd_parts, "zstd");
    made_free(&m);
    made_free(&gzip);
    made_free(&gzip_parts);
    made_free(&zstd);
    made_free(&zstd_parts);
}

/* ---- hash ------------------------------------------------------------------------------------ */

/* The expected digest is that of `sha256sum` for these 41 bytes. */
static void the_stored_bytes_are_hashed(void **state)
{
    (void)state;
    struct made m = {.big = false};
    pcap_header(&m, 0xa1b2c3d4, 65535, 1);
    put32(&m, 1); /* a record that is damaged: the rest of the file is hashed all the same */
    put32(&m, 2);
    put32(&m, UINT32_MAX);
    put32(&m, UINT32_MAX);
    put8(&m, 'x');
    struct rdpath_error error;
    struct capture_file *f = file_open_memory(m.bytes, m.len, true, &error);
    struct rdpath_frame frame;
    assert_false(file_next(f, &frame));
    const char *expected = "e17f9920861b4c2d7220381d46da3154351ca86c6dbc2b0b670acf5c81b3ec85";
    assert_string_equal(file_sha256(f), expected);
    assert_string_equal(file_sha256(f), expected);
    assert_int_equal(file_info(f)->bytes, m.len);
    file_close(f);
    f = opened(&m);
    assert_null(file_sha256(f));
    file_close(f);
    made_free(&m);
}

static void link_types_have_names(void **state)
{
    (void)state;
    assert_string_equal(file_link_type_name(1), "EN10MB");
    assert_string_equal(file_link_type_name(101), "RAW");
    assert_string_equal(file_link_type_name(276), "LINUX_SLL2");
    assert_null(file_link_type_name(65535));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_is_read_in_both_orders_and_resolutions),
        cmocka_unit_test(modified_pcap_tells_the_way),
        cmocka_unit_test(old_pcap_has_its_lengths_swapped),
        cmocka_unit_test(more_than_the_snaplen_is_tolerated),
        cmocka_unit_test(frames_are_read_up_to_the_limit),
        cmocka_unit_test(storage_makes_no_difference),
        cmocka_unit_test(the_stored_bytes_are_hashed),
        cmocka_unit_test(link_types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
