/* SPDX-License-Identifier: Apache-2.0 */
/* What tshark reads of the blocks that base/pcapng_writer.h composes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pcapng_written.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77 };

static const char *path;

/* The first line that tshark prints of these fields of a frame. */
static const char *fields_of(int frame, const char *fields)
{
    static char line[1024];
    char command[1024];
    snprintf(command, sizeof command,
             "tshark -r '%s' -Y frame.number==%d -T fields -E occurrence=a %s 2>/dev/null", path,
             frame, fields);
    FILE *tshark = popen(command, "r");
    assert_non_null(tshark);
    assert_non_null(fgets(line, sizeof line, tshark));
    pclose(tshark);
    line[strcspn(line, "\n")] = 0;
    return line;
}

static void tshark_reads_packets(void **state)
{
    (void)state;
    assert_string_equal(fields_of(1, "-e frame.time_epoch -e frame.len -e frame.cap_len"),
                        "1767604443.123456789\t1500\t15");
    assert_string_equal(fields_of(1, "-e frame.packet_flags_direction -e frame.comment"),
                        "0x00000002\tfirst of two,second");
    assert_string_equal(fields_of(2, "-e frame.time_epoch -e frame.len -e frame.comment"),
                        "1767604443.200000000\t15\t");
}

static void tshark_reads_the_interface(void **state)
{
    (void)state;
    assert_string_equal(fields_of(1, "-e frame.interface_name -e frame.interface_description"),
                        "eth0\tthe wire");
}

static bool file_is_written(void)
{
    static uint8_t memory[4096];
    struct pcapng_room r = {memory, sizeof memory, 0, false};
    written_capture(&r);
    FILE *file = fopen(path, "wb");
    return file && fwrite(memory, 1, r.len, file) == r.len && fclose(file) == 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tshark_reads_packets),
        cmocka_unit_test(tshark_reads_the_interface),
    };
    if (system("tshark -v >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return SKIPPED;
    }
    char name[] = "/tmp/rdpath-writer-XXXXXX";
    int fd = mkstemp(name);
    path = name;
    int failed = fd < 0 || !file_is_written() || cmocka_run_group_tests(tests, NULL, NULL);
    remove(name);
    return failed;
}
