/* SPDX-License-Identifier: Apache-2.0 */
/* A process without rights has none, and a confined one ends when it asks for more. */
#include "tests/unit/frames.h"

#include "capture/privilege.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool (*confine)(struct rdpath_error *) = privilege_confine;

static int confined_parser(int (*act)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rdpath_error error;
        if (!privilege_drop(&error) || !confine(&error))
            _exit(99);
        _exit(act());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return status;
}

static int open_a_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static int open_a_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}

static int open_packets(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static int start_a_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int start_a_process(void)
{
    return fork() >= 0;
}

static int take_memory_to_run(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static int work(void)
{
    char *memory = malloc(8 << 20);
    for (size_t i = 0; i < 8 << 20; i += 4096)
        memory[i] = 1;
    memory = realloc(memory, 16 << 20);
    free(memory);
    return dprintf(STDERR_FILENO, "%s", "") == 0 ? 0 : 1;
}

static void test_what_ends_it(void **state)
{
    (void)state;
    int (*const forbidden[])(void) = {open_a_file, open_a_socket, start_a_program, start_a_process,
                                      take_memory_to_run};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        int status = confined_parser(forbidden[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static bool confine_probe(struct rdpath_error *error)
{
    return privilege_confine_probe(false, error);
}

static bool confine_naming_probe(struct rdpath_error *error)
{
    return privilege_confine_probe(true, error);
}

static int remove_a_file(void)
{
    return unlink("/no-such-folder/file") != -1;
}

static int open_what_a_probe_needs(void)
{
    int four = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int six = socket(AF_INET6, SOCK_DGRAM, 0);
    return four < 0 || six < 0;
}

static int open_what_a_probe_may_not(void)
{
    return open_a_file() || open("/tmp/rdpath-test", O_WRONLY | O_CREAT, 0600) >= 0 ||
           socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 || socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0;
}

static void test_what_ends_a_probe(void **state)
{
    (void)state;
    int (*const forbidden[])(void) = {start_a_program, start_a_process, take_memory_to_run,
                                      remove_a_file, open_packets};
    confine = confine_probe;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        int status = confined_parser(forbidden[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
    confine = privilege_confine;
}

static void test_what_a_probe_may(void **state)
{
    (void)state;
    int (*const allowed[])(void) = {work, open_what_a_probe_needs, open_what_a_probe_may_not,
                                    remove_a_file};
    confine = confine_naming_probe;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        int status = confined_parser(allowed[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    confine = privilege_confine;
}

static void test_what_it_may(void **state)
{
    (void)state;
    int status = confined_parser(work);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Without confinement: the right alone is gone, if it was there. */
static void test_the_right_is_gone(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct rdpath_error error;
        _exit(!privilege_drop(&error) ? 99 : privilege_is_held() || open_packets());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_the_command_is_named(void **state)
{
    (void)state;
    struct rdpath_error error;
    privilege_explain(&error);
    assert_non_null(strstr(error.text, "sudo setcap cap_net_raw=ep /"));
    assert_null(strchr(error.text, '\n'));
}

int main(void)
{
    struct rdpath_error error;
    if (!privilege_prepare(&error)) {
        printf("skipped: %s\n", error.text);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_ends_it),      cmocka_unit_test(test_what_it_may),
        cmocka_unit_test(test_what_ends_a_probe), cmocka_unit_test(test_what_a_probe_may),
        cmocka_unit_test(test_the_right_is_gone), cmocka_unit_test(test_the_command_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
