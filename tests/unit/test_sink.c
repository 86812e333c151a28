/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a recording: whole at any time, within their limits, and a ring of them. */
#include "tests/unit/frames.h"

#include "capture/sink.h"
#include "capture/sink_file.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKET = 1000, BLOCK = 28 + PACKET + 4 }; /* draft-ietf-opsawg-pcapng, 4.3 */

static char folder[] = "/tmp/rdpath-sink-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The number of blocks of that type; the test fails where the file is not whole blocks. */
static unsigned blocks_of(const char *path, uint32_t type, size_t *len)
{
    static uint8_t bytes[2 << 20];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    unsigned n = 0;
    for (size_t at = 0; at < *len;) {
        uint32_t head[2], tail;
        assert_true(*len - at >= 12);
        memcpy(head, bytes + at, sizeof head);
        assert_true(head[1] >= 12 && head[1] <= *len - at);
        memcpy(&tail, bytes + at + head[1] - 4, sizeof tail);
        assert_int_equal(tail, head[1]);
        n += head[0] == type;
        at += head[1];
    }
    return n;
}

static struct sink begun(const char *path, uint64_t file_bytes, uint32_t n_files)
{
    struct sink s;
    struct rdpath_error error;
    const struct sink_options options = {path, file_bytes, n_files};
    const struct pcapng_interface interface = {.link_type = 1, .name = "eth0"};
    assert_true(sink_open(&s, &options, &error));
    assert_true(sink_begin(&s, &interface, 1, NULL));
    return s;
}

static bool add(struct sink *s)
{
    static const uint8_t bytes[PACKET];
    const struct pcapng_packet p = {.captured_len = PACKET, .wire_len = PACKET};
    return sink_packet(s, &p, bytes);
}

static void count_at_end(struct sink *s)
{
    const struct pcapng_statistics counts = {.start_ns = RDPATH_UNKNOWN, .received = 7};
    sink_statistics(s, &counts);
    sink_flush(s);
    sink_close(s);
}

static void test_one_file(void **state)
{
    (void)state;
    size_t len;
    char path[128];
    snprintf(path, sizeof path, "%s", path_of("one.pcapng"));
    struct sink s = begun(path, 0, 0);
    assert_int_equal(blocks_of(path, 1, &len), 1); /* readable before the first packet */
    for (int i = 0; i < 600; i++)
        assert_true(add(&s));
    assert_true(blocks_of(path, 6, &len) >= 200); /* a batch goes out when it is full */
    assert_int_equal(s.file_len, len);
    count_at_end(&s);
    assert_int_equal(blocks_of(path, 6, &len), 600);
    assert_int_equal(blocks_of(path, 5, &len), 1);
}

static void test_full(void **state)
{
    (void)state;
    size_t len;
    char path[128];
    snprintf(path, sizeof path, "%s", path_of("full.pcapng"));
    struct sink s = begun(path, 100 * 1024, 0);
    unsigned n = 0;
    while (add(&s))
        n++;
    assert_true(s.full && !s.failed);
    count_at_end(&s);
    assert_int_equal(blocks_of(path, 6, &len), n);
    assert_true(len <= 100 * 1024 + 128 && len > 100 * 1024 - 2 * BLOCK);
}

static void test_ring(void **state)
{
    (void)state;
    size_t len;
    char path[128], names[3][SINK_PATH_SIZE];
    snprintf(path, sizeof path, "%s", path_of("ring.x.pcapng"));
    const struct sink_options options = {path, 64 * 1024, 3};
    struct sink s = begun(path, 64 * 1024, 3);
    for (uint32_t i = 0; i < 3; i++)
        sink_path(&options, i, names[i]);
    assert_non_null(strstr(names[2], "/ring.x-3.pcapng"));
    assert_int_equal(blocks_of(names[2], 1, &len), 1); /* not yet begun, and readable */
    for (int i = 0; i < 63 * 5 + 1; i++)
        assert_true(add(&s));
    assert_int_equal(s.begun, 6); /* 63 packets fit beside the interfaces */
    count_at_end(&s);
    unsigned n = 0;
    for (uint32_t i = 0; i < 3; i++) {
        n += blocks_of(names[i], 6, &len);
        assert_true(len <= 64 * 1024 + 128);
    }
    assert_true(n > 63 * 2 && n <= 63 * 3);
}

static void test_full_disk(void **state)
{
    (void)state;
    size_t len;
    char path[128];
    const struct rlimit small = {100 * 1000, RLIM_INFINITY};
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    snprintf(path, sizeof path, "%s", path_of("disk.pcapng"));
    struct sink s = begun(path, 0, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    while (add(&s))
        ;
    assert_true(s.failed);
    assert_non_null(strstr(s.error.text, "the disk took no more"));
    count_at_end(&s);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(blocks_of(path, 6, &len) >= 95); /* all that fits beside the counts */
    assert_int_equal(blocks_of(path, 5, &len), 1);
}

static void test_where_no_file_can_be(void **state)
{
    (void)state;
    struct sink s;
    struct rdpath_error error;
    assert_false(sink_open(&s, &(struct sink_options){"/no/such/folder/x", 0, 0}, &error));
    assert_non_null(strstr(error.text, "/no/such/folder/x"));
    assert_false(sink_open(&s, &(struct sink_options){folder, 0, 0}, &error));
    assert_non_null(strstr(error.text, "plain file"));
}

static void write_words(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("precious", file);
    fclose(file);
}

static void assert_words(const char *path)
{
    char words[16] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(words, 1, sizeof words, file), 8);
    fclose(file);
    assert_string_equal(words, "precious");
}

/* The first file of a ring is not emptied, nor the second one made, where the third cannot be. */
static void test_nothing_is_lost_where_one_cannot_be(void **state)
{
    (void)state;
    struct sink s;
    struct rdpath_error error;
    char path[128], names[3][SINK_PATH_SIZE];
    snprintf(path, sizeof path, "%s", path_of("kept.pcapng"));
    const struct sink_options options = {path, 64 * 1024, 3};
    for (uint32_t i = 0; i < 3; i++)
        sink_path(&options, i, names[i]);
    write_words(names[0]);
    assert_int_equal(mkdir(names[2], 0700), 0);
    assert_false(sink_open(&s, &options, &error));
    assert_words(names[0]);
    assert_int_equal(access(names[1], F_OK), -1);
}

static void test_what_was_there_goes_when_it_begins(void **state)
{
    (void)state;
    size_t len;
    char path[128];
    snprintf(path, sizeof path, "%s", path_of("old.pcapng"));
    write_words(path);
    struct sink s = begun(path, 0, 0);
    sink_close(&s);
    assert_int_equal(blocks_of(path, 1, &len), 1);
}

static void test_names_are_reserved(void **state)
{
    (void)state;
    char path[128], names[2][SINK_PATH_SIZE];
    snprintf(path, sizeof path, "%s", path_of("new.pcapng"));
    const struct sink_options options = {path, 64 * 1024, 2};
    for (uint32_t i = 0; i < 2; i++)
        sink_path(&options, i, names[i]);
    write_words(names[1]);
    assert_false(sink_reserve(&options));
    assert_words(names[1]);
    assert_int_equal(access(names[0], F_OK), -1);
    assert_int_equal(unlink(names[1]), 0);
    assert_true(sink_reserve(&options));
    write_words(names[1]);
    sink_unreserve(&options);
    assert_int_equal(access(names[0], F_OK), -1);
    assert_words(names[1]);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_where_no_file_can_be),
        cmocka_unit_test(test_nothing_is_lost_where_one_cannot_be),
        cmocka_unit_test(test_what_was_there_goes_when_it_begins),
        cmocka_unit_test(test_names_are_reserved),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) ? 1 : failed;
}
