/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng: blocks with secrets, as they are told to who listens (section 4.8). */
#include "file_fixture.h"

struct heard {
    char text[64];
    int n;
};

static void hear(void *ctx, const uint8_t *text, size_t len)
{
    struct heard *h = ctx;
    assert_true(len < sizeof h->text);
    memcpy(h->text, text, len);
    h->text[len] = '\0';
    h->n++;
}

/* Type and length of the secrets, then they themselves, padded. */
static void secrets_block(struct made *m, uint32_t type, uint32_t len, const char *text)
{
    block_begin(m, 10);
    put32(m, type);
    put32(m, len);
    put(m, text, strlen(text));
    block_end(m);
}

static void read_to_the_end(struct capture_file *f, struct heard *heard)
{
    struct rdpath_frame frame;
    file_listen(f, (struct file_listener){heard, hear});
    while (file_next(f, &frame))
        continue;
}

static void key_logs_are_told(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct made m = {.big = big};
        struct heard heard = {.n = 0};
        section(&m);
        interface(&m, 1, 0);
        secrets_block(&m, 0x544c534b, 10, "CLIENT_RAN  ");
        secrets_block(&m, 0x57474b4c, 4, "wgkl"); /* WireGuard's */
        packet(&m, 0, 1700000001000007, 1);
        struct capture_file *f = opened(&m);
        read_to_the_end(f, &heard);
        assert_int_equal(heard.n, 1);
        assert_string_equal(heard.text, "CLIENT_RAN");
        assert_true(file_info(f)->has_secrets);
        assert_int_equal(file_info(f)->packets, 1);
        assert_int_equal(file_info(f)->n_problems, 0);
        file_close(f);
        made_free(&m);
    }
}

static void a_length_that_lies_is_a_problem(void **state)
{
    struct made m = {.big = false};
    struct heard heard = {.n = 0};
    (void)state;
    section(&m);
    interface(&m, 1, 0);
    secrets_block(&m, 0x544c534b, 40, "lies");
    packet(&m, 0, 1700000001000007, 1);
    struct capture_file *f = opened(&m);
    read_to_the_end(f, &heard);
    assert_int_equal(heard.n, 0);
    assert_int_equal(file_info(f)->packets, 1);
    assert_int_equal(file_info(f)->n_problems, 1);
    file_close(f);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_logs_are_told),
        cmocka_unit_test(a_length_that_lies_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
