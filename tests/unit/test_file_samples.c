/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures that others made, read in place: as many frames as their table says and no problem.
 * Where tshark is installed, those of the pcapng test generator are compared with what it reads.
 */
#include "file_fixture.h"

#include <inttypes.h>

enum { LINE_SIZE = 4096, SKIPPED = 77 };

static FILE *table;
static char folder[512];

/* A row of the table: "| file | source | licence | packets | what is in it |". */
struct row {
    char path[1024];
    unsigned long n_frames;
    bool capture; /* not, where another format was saved under a capture's name */
};

static bool row_read(const char *line, struct row *row)
{
    char name[400], number[32];
    if (sscanf(line, "| %399[^|] | %*[^|] | %*[^|] | %31[0-9] |", name, number) != 2)
        return false;
    name[strcspn(name, " ")] = '\0';
    snprintf(row->path, sizeof row->path, "%s/public/%s", folder, name);
    row->n_frames = strtoul(number, NULL, 10);
    row->capture = !strstr(line, "format_other");
    return true;
}

/* Calls test for each row whose path holds part; how many there were. */
static int rows_each(const char *part, void (*test)(const struct row *))
{
    char line[LINE_SIZE];
    struct row row;
    int n = 0;
    rewind(table);
    while (fgets(line, sizeof line, table))
        if (row_read(line, &row) && strstr(row.path, part)) {
            test(&row);
            n++;
        }
    return n;
}

static void sample_count(const struct row *row)
{
    struct rdpath_error error = {""};
    struct capture_file *f = file_open(row->path, false, &error);
    if (!row->capture) {
        assert_null(f);
        assert_has(error.text, "expected a pcap or pcapng capture, found");
        return;
    }
    if (!f)
        fail_msg("%s", error.text);
    struct rdpath_frame frame;
    unsigned long n = 0;
    while (file_next(f, &frame))
        n++;
    if (n != row->n_frames || file_info(f)->n_problems)
        fail_msg("%s: expected %lu frames, found %lu and %" PRIu32 " problems: %s", row->path,
                 row->n_frames, n, file_info(f)->n_problems,
                 file_info(f)->n_problems ? file_info(f)->problems[0] : "");
    assert_int_equal(file_info(f)->bytes, file_info(f)->total);
    file_close(f);
}

static void every_sample_has_its_frames(void **state)
{
    (void)state;
    assert_true(rows_each("/", sample_count) > 100);
}

/*
 * tshark numbers the interfaces of each section from 0 again. In the samples that have several
 * sections, the first section declares two interfaces and the second one.
 */
static unsigned int first_interface(unsigned int section)
{
    static const unsigned int first[] = {0, 0, 2, 3};
    assert_true(section < sizeof first / sizeof *first);
    return first[section];
}

/*
 * The next frame that tshark shows, "number, captured length, wire length, time, section,
 * interface". Custom and journal blocks are frames without an interface: they are passed over.
 */
static bool tshark_frame(FILE *tshark, char text[LINE_SIZE])
{
    char line[LINE_SIZE];
    while (fgets(line, sizeof line, tshark)) {
        char time[64];
        unsigned int number, captured, wire, section, interface;
        if (sscanf(line, "%u|%u|%u|%63[^|]|%u|%u", &number, &captured, &wire, time, &section,
                   &interface) != 6) {
            strcpy(time, "none");
            if (sscanf(line, "%u|%u|%u||%u|%u", &number, &captured, &wire, &section, &interface) !=
                5)
                continue;
        }
        snprintf(text, LINE_SIZE, "%u, %s, %u of %u bytes, interface %u", number, time, captured,
                 wire, first_interface(section) + interface);
        return true;
    }
    return false;
}

static void frame_print(const struct rdpath_frame *frame, char text[LINE_SIZE])
{
    char time[64] = "none";
    if (frame->ts_ns != RDPATH_UNKNOWN)
        snprintf(time, sizeof time, "%" PRId64 ".%09" PRId64, frame->ts_ns / 1000000000,
                 frame->ts_ns % 1000000000);
    snprintf(text, LINE_SIZE, "%u, %s, %u of %u bytes, interface %u", (unsigned int)frame->number,
             time, frame->captured_len, frame->wire_len, frame->interface);
}

static void sample_compare(const struct row *row)
{
    char command[2048], theirs[LINE_SIZE], ours[LINE_SIZE];
    snprintf(command, sizeof command,
             "tshark -n -r '%s' -T fields -E separator='|' -e frame.number -e frame.cap_len "
             "-e frame.len -e frame.time_epoch -e frame.section_number -e frame.interface_id "
             "2>/dev/null",
             row->path);
    FILE *tshark = popen(command, "r");
    struct rdpath_error error;
    struct capture_file *f = file_open(row->path, false, &error);
    assert_non_null(f);
    for (struct rdpath_frame frame; file_next(f, &frame);) {
        frame_print(&frame, ours);
        assert_true(tshark_frame(tshark, theirs));
        assert_string_equal(ours, theirs);
    }
    assert_false(tshark_frame(tshark, theirs));
    pclose(tshark);
    file_close(f);
}

static void generated_samples_read_as_in_tshark(void **state)
{
    (void)state;
    if (system("command -v tshark >/dev/null") != 0) {
        printf("tshark is not installed: frames are counted, not compared\n");
        skip();
    }
    assert_int_equal(rows_each("output_be_basic", sample_compare), 18);
    assert_int_equal(rows_each("output_le_advanced", sample_compare), 3);
    assert_int_equal(rows_each("output_le_difficult", sample_compare), 3);
}

int main(void)
{
    const char *shared = getenv("RDPATH_SHARED");
    snprintf(folder, sizeof folder, "%s/captures", shared ? shared : "../shared");
    char path[600];
    snprintf(path, sizeof path, "%s/README.md", folder);
    table = fopen(path, "r");
    if (!table) {
        printf("skipped: no captures at %s (RDPATH_SHARED says where they are)\n", folder);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_has_its_frames),
        cmocka_unit_test(generated_samples_read_as_in_tshark),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fclose(table);
    return failed;
}
