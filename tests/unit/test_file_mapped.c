/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A large plain file is mapped. It must hold the same frames as the same bytes in memory: usual
 * frames, frames across windows, frames larger than a window, and a file that ends in the middle of
 * one. A file that shrinks under the reader ends there, and says so.
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

static void add_frame(struct text *t, uint32_t n)
{
    uint32_t len = frame_len(n);
    add_le32(t, 1600000000 + n);
    add_le32(t, n % 1000000);
    add_le32(t, len);
    add_le32(t, len);
    text_fill(t, (char)(n * 7), len);
}

static struct text make_content(void)
{
    struct text t = {0};
    add_file_header(&t);
    for (uint32_t n = 0; t.len < CONTENT; n++)
        add_frame(&t, n);
    return t;
}

static struct capture_file *open_written(const struct text *t, size_t len, char path[])
{
    struct rdpath_error error;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, t->bytes, len), (ssize_t)len);
    close(fd);
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
    struct text t = make_content();
    compare_up_to(&t, t.len, 0);
    compare_up_to(&t, t.len - 1, 1);
    compare_up_to(&t, 3 * MAPPED_WINDOW + 1, 1);
    text_free(&t);
}

/* file_next(); whatever mapping has cost so far on a busy machine is forgotten. */
static bool mapped_next(struct capture_file *f, struct rdpath_frame *frame)
{
    if (f->in.mapped)
        f->in.mapped->cost_ns = 0;
    return file_next(f, frame);
}

/* Where mapping turns out to be dear, the rest is read, from the same byte on. */
static void what_does_not_pay_is_read(void **state)
{
    (void)state;
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct rdpath_error error;
    struct text t = make_content();
    struct capture_file *f = open_written(&t, t.len, path);
    struct capture_file *plain = file_open_memory(t.bytes, t.len, false, &error);
    struct rdpath_frame x, y;
    for (uint32_t n = 0; n < 1000 ? mapped_next(f, &x) : file_next(f, &x); n++) {
        assert_true(file_next(plain, &y));
        assert_int_equal(x.captured_len, y.captured_len);
        if (x.captured_len)
            assert_memory_equal(x.bytes, y.bytes, x.captured_len);
        if (n == 1000) {
            assert_non_null(f->in.mapped);
            f->in.mapped->cost_ns = INT64_MAX;
        }
    }
    assert_null(f->in.mapped);
    assert_false(file_next(plain, &y));
    assert_int_equal(file_info(f)->bytes, t.len);
    assert_int_equal(file_info(f)->n_problems, 0);
    file_close(f);
    file_close(plain);
    unlink(path);
    text_free(&t);
}

static void closes_in_the_middle(void **state)
{
    (void)state;
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct text t = make_content();
    struct capture_file *f = open_written(&t, t.len, path);
    struct rdpath_frame frame;
    for (int i = 0; i < 3000; i++)
        assert_true(file_next(f, &frame));
    file_close(f);
    unlink(path);
    text_free(&t);
}

/* Reads up to a frame in the middle of a window; then the file is made as long as `kept`. */
static void shrinks_to(off_t kept, const char *said)
{
    char path[] = "/tmp/rdpath-mapped-XXXXXX";
    struct text t = make_content();
    struct capture_file *f = open_written(&t, t.len, path);
    struct rdpath_frame frame;
    uint32_t n = 0;
    while (n < 3000 && mapped_next(f, &frame))
        assert_int_equal(frame.captured_len, frame_len(n++));
    assert_int_equal(truncate(path, kept), 0);
    for (; mapped_next(f, &frame); n++)
        continue;
    assert_true(n >= 3000);
    assert_true(file_info(f)->bytes < t.len);
    assert_true(file_info(f)->n_problems >= 1);
    assert_non_null(strstr(file_info(f)->problems[0], said));
    file_close(f);
    unlink(path);
    text_free(&t);
}

static void a_file_shrinks_under_its_reader(void **state)
{
    (void)state;
    shrinks_to(64 * 1024, "made smaller");
    shrinks_to(4 * MAPPED_WINDOW + MAPPED_WINDOW / 2 + 4096, "cut off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_frames_as_without),
        cmocka_unit_test(what_does_not_pay_is_read),
        cmocka_unit_test(closes_in_the_middle),
        cmocka_unit_test(a_file_shrinks_under_its_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
