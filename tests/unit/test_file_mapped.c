/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large plain file is mapped. It must hold the same frames as the same bytes in memory: usual
 * frames, frames across windows, frames larger than a window, frames that hold a capture,
 * and a file that ends in the middle of one. A file that shrinks under the reader ends there, and
 * says so.
 */
#include "analyze/file/capture.h"
#include "analyze/file/mapped.h"
#include "base/arena.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORD_HEADER = 16, CONTENT = 6 * MAPPED_WINDOW };

static void add_le32(struct text *t, uint32_t n)
{
    uint8_t bytes[] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};
    text_add_bytes(t, bytes, sizeof bytes);
}

static void add_file_header(struct text *t)
{
    add_le32(t, 0xa1b2c3d4);
    add_le32(t, 0x00040002);
    add_le32(t, 0);
    add_le32(t, 0);
    add_le32(t, 16 * 1024 * 1024);
    add_le32(t, 1);
}

/* The nth frame: its length from a fixed sequence, its bytes from its number. */
static uint32_t frame_len(uint32_t n)
{
    static const uint32_t special[] = {MAPPED_PIECE - RECORD_HEADER, MAPPED_WINDOW / 2,
                                       MAPPED_WINDOW + 12345, 1, 0};
    if (n % 997 == 500)
        return special[n / 997 % 5];
    return 40 + n * 2654435761u % 1460;
}

/* A record's header as they stand in a capture, and where none stands. */
static void add_record_header(struct text *t, uint32_t n, uint32_t len)
{
    add_le32(t, 1600000000 + n);
    add_le32(t, n % 1000000);
    add_le32(t, len);
    add_le32(t, len);
}

/* Every seventh frame is of the download of a capture: records wherever one looks. */
static void add_payload(struct text *t, uint32_t n, uint32_t len)
{
    enum { INNER = 48 };
    for (; n % 7 == 0 && len >= RECORD_HEADER + INNER; len -= RECORD_HEADER + INNER) {
        add_record_header(t, n, INNER);
        text_fill(t, 'x', INNER);
    }
    text_fill(t, (char)(n * 7), len);
}

static void add_frame(struct text *t, uint32_t n)
{
    add_record_header(t, n, frame_len(n));
    add_payload(t, n, frame_len(n));
}

static struct text make_pcap(void)
{
    struct text t = {0};
    add_file_header(&t);
    for (uint32_t n = 0; t.len < CONTENT; n++)
        add_frame(&t, n);
    return t;
}

static void add_block(struct text *t, uint32_t type, const struct text *body)
{
    uint32_t padding = (uint32_t)(-body->len & 3), len = 12 + (uint32_t)body->len + padding;
    add_le32(t, type);
    add_le32(t, len);
    text_add_bytes(t, body->bytes, body->len);
    text_fill(t, 0, padding);
    add_le32(t, len);
}

static void add_words(struct text *t, uint32_t type, const uint32_t *words, size_t n)
{
    struct text body = {0};
    for (size_t i = 0; i < n; i++)
        add_le32(&body, words[i]);
    add_block(t, type, &body);
    text_free(&body);
}

/* draft-ietf-opsawg-pcapng: an enhanced packet block (4.3), its time in microseconds. */
static void add_packet_block(struct text *t, uint32_t n)
{
    uint64_t us = (1600000000 + (uint64_t)n) * 1000000 + n % 1000000;
    struct text body = {0};
    add_le32(&body, 0);
    add_le32(&body, (uint32_t)(us >> 32));
    add_le32(&body, (uint32_t)us);
    add_le32(&body, frame_len(n));
    add_le32(&body, frame_len(n));
    add_payload(&body, n, frame_len(n));
    add_block(t, 6, &body);
    text_free(&body);
}

static struct text make_pcapng(void)
{
    struct text t = {0};
    add_words(&t, 0x0a0d0d0a, (const uint32_t[]){0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX}, 4);
    add_words(&t, 1, (const uint32_t[]){1, 0}, 2);
    for (uint32_t n = 0; t.len < CONTENT; n++)
        add_packet_block(&t, n);
    return t;
}

static void write_file(const struct text *t, size_t len, char path[])
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, t->bytes, len), (ssize_t)len);
    close(fd);
}

static struct capture_file *open_written(const struct text *t, size_t len, char path[])
{
    struct rdpath_error error;
    write_file(t, len, path);
    struct capture_file *f = file_open(path, false, &error);
    assert_non_null(f);
    return f;
}

static uint32_t compare_frames(struct capture_file *a, struct capture_file *b)
{
    struct rdpath_frame x, y;
    uint32_t n = 0;
    while (file_next(a, &x)) {
        assert_true(file_next(b, &y));
        assert_int_equal(x.captured_len, y.captured_len);
        assert_int_equal(x.captured_len, frame_len(n));
        assert_int_equal(x.ts_ns, y.ts_ns);
        assert_int_equal(x.number, n + 1);
        if (x.captured_len)
            assert_memory_equal(x.bytes, y.bytes, x.captured_len);
        n++;
    }
    assert_false(file_next(b, &y));
    return n;
}

static void compare_up_to(const struct text *t, size_t len, uint32_t n_problems)
{
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct rdpath_error error;
    struct capture_file *mapped = open_written(t, len, path);
    struct capture_file *plain = file_open_memory(t->bytes, len, false, &error);
    assert_non_null(plain);
    assert_true(compare_frames(mapped, plain) > 5000);
    assert_int_equal(file_info(mapped)->n_problems, n_problems);
    assert_int_equal(file_info(plain)->n_problems, n_problems);
    assert_int_equal(file_info(mapped)->bytes, len);
    file_close(mapped);
    file_close(plain);
    unlink(path);
}

static void same_frames_as_without(void **state)
{
    (void)state;
    struct text contents[] = {make_pcap(), make_pcapng()};
    for (int i = 0; i < 2; i++) {
        struct text *t = &contents[i];
        compare_up_to(t, t->len, 0);
        compare_up_to(t, t->len - 1, 1);
        compare_up_to(t, 3 * MAPPED_WINDOW + 1, 1);
        text_free(t);
    }
}

/* Every byte is hashed, and so none is passed over. */
static void the_hash_is_of_all_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct rdpath_error error;
    struct text t = make_pcap();
    write_file(&t, t.len, path);
    struct capture_file *mapped = file_open(path, true, &error);
    struct capture_file *plain = file_open_memory(t.bytes, t.len, true, &error);
    compare_frames(mapped, plain);
    assert_non_null(file_sha256(plain));
    assert_string_equal(file_sha256(mapped), file_sha256(plain));
    file_close(mapped);
    file_close(plain);
    unlink(path);
    text_free(&t);
}

static void closes_in_the_middle(void **state)
{
    (void)state;
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct text t = make_pcap();
    struct capture_file *f = open_written(&t, t.len, path);
    struct rdpath_frame frame;
    for (int i = 0; i < 3000; i++)
        assert_true(file_next(f, &frame));
    file_close(f);
    unlink(path);
    text_free(&t);
}

/* Reads up to a frame in the middle of a window; then the file is made as long as `kept`. The
   number of frames that come after that. */
static uint32_t shrinks_to(struct text t, off_t kept, const char *said)
{
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct capture_file *f = open_written(&t, t.len, path);
    struct rdpath_frame frame;
    uint32_t n = 0;
    while (n < 3000 && file_next(f, &frame))
        assert_int_equal(frame.captured_len, frame_len(n++));
    assert_int_equal(truncate(path, kept), 0);
    uint32_t n_after = 0;
    while (file_next(f, &frame))
        n_after++;
    assert_true(file_info(f)->bytes < t.len);
    assert_int_equal(file_info(f)->n_problems, 1);
    assert_int_equal(file_info(f)->first_ns, 1600000000 * INT64_C(1000000000));
    assert_non_null(strstr(file_info(f)->problems[0], said));
    file_close(f);
    unlink(path);
    text_free(&t);
    return n_after;
}

static void a_file_shrinks_under_its_reader(void **state)
{
    enum { FAR_BEHIND = 4 * MAPPED_WINDOW + MAPPED_WINDOW / 2 + 4096 };
    (void)state;
    assert_int_equal(shrinks_to(make_pcap(), 64 * 1024, "made smaller"), 0);
    assert_int_equal(shrinks_to(make_pcapng(), 64 * 1024, "made smaller"), 0);
    assert_true(shrinks_to(make_pcap(), FAR_BEHIND, "cut off") > 1000);
    assert_true(shrinks_to(make_pcapng(), FAR_BEHIND, "cut off") > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_frames_as_without),
        cmocka_unit_test(the_hash_is_of_all_bytes),
        cmocka_unit_test(closes_in_the_middle),
        cmocka_unit_test(a_file_shrinks_under_its_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
