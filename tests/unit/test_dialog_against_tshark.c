/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tshark reads of X.224 and TLS in the connections that are found here, in the captures of
 * pcaps/ and in those that others published where they are at hand ($RDPATH_SHARED): the frames and
 * fields of the negotiation, the frame of the ClientHello, the length and the last frame of the
 * first records of application data, and how many of them each side sent, which only comes out the
 * same where the length of every record of any type was read the same. Runs where tshark is
 * installed. With arguments: those files.
 *
 * Left out, since tshark reads them otherwise and both are right: records of TLS 1.3, where it
 * calls the encrypted handshake application data; records of a connection of which bytes are
 * missing or recorded twice; X.224 on other ports than 3389, and a ClientHello that was sent again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/attempt/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 77, CONNECTIONS_MAX = 256, TLS_13 = 0x0304, APPLICATION_DATA = 23 };

/* A connection as it was told here, and what tshark reads of it. */
struct told {
    uint16_t port;
    bool reused; /* there is another one of that port */
    bool whole;  /* no byte of it is missing */
    struct rdpath_rdp rdp;
    uint16_t version;
    rdpath_ref request, confirm, hello;
    uint32_t records[2];
    uint32_t tshark_records[2];
    struct rdpath_record first[2][RDPATH_RECORDS_MAX]; /* of records, by direction */
    uint32_t n_first[2];
};

static struct {
    const char *path;
    struct told told[CONNECTIONS_MAX];
    uint32_t n;
    unsigned n_requests, n_confirms, n_hellos, n_records, n_lengths;
} at;

static rdpath_ref frame_of(const struct connection *c, enum rdpath_stage stage)
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage == stage && !c->rungs[i].inferred)
            return c->rungs[i].frame;
    }
    return 0;
}

static bool is_whole(const struct connection *c)
{
    if (c->snaplen_cut || c->opening.mid_stream)
        return false;
    for (int way = 0; way < 2; way++) {
        const struct rdpath_path *p = &c->path[way];
        if (p->n_missed || p->hole.len || p->n_lost || p->retransmitted || p->n_reordered ||
            p->n_duplicates)
            return false;
    }
    return true;
}

static void hear(void *ctx, const struct rdpath_attempt *result)
{
    const struct attempt *a = (const struct attempt *)result; /* its first member */
    (void)ctx;
    for (uint32_t i = 0; i < a->n_connections && at.n < CONNECTIONS_MAX; i++) {
        const struct connection *c = a->connections[i];
        struct told *told = &at.told[at.n++];
        *told = (struct told){
            .port = c->summary.client_port,
            .whole = is_whole(c),
            .rdp = c->rdp,
            .version = c->tls.version,
            .request = frame_of(c, RDPATH_STAGE_X224_REQUEST),
            .confirm = frame_of(c, RDPATH_STAGE_X224_CONFIRM),
            .hello = c->client_hello.frame,
            .records = {c->encrypted_records[0], c->encrypted_records[1]},
        };
        for (uint32_t k = 0; k < c->n_records; k++) {
            const struct rdpath_record *r = &c->records[k];
            told->first[r->direction][told->n_first[r->direction]++] = *r;
        }
        for (uint32_t k = 0; k + 1 < at.n; k++) {
            if (at.told[k].port == told->port)
                at.told[k].reused = told->reused = true;
        }
    }
}

static void not_heard(void *ctx, const struct rdpath_input *input)
{
    (void)ctx;
    (void)input;
}

static bool listen_to(const char *path)
{
    const struct rdpath_options options = {0};
    const struct rdpath_events events = {.attempt = hear, .input = not_heard};
    struct rdpath_error error;
    at.path = path;
    at.n = 0;
    struct rdpath *r = rdpath_new(&options, &events);
    bool read = rdpath_read(r, path, &error);
    rdpath_free(r);
    return read && at.n > 0;
}

/* The connection of that row, NULL: none that can be compared. */
static struct told *told_of(const char *src, const char *dst, int *way)
{
    unsigned long ports[] = {strtoul(src, NULL, 10), strtoul(dst, NULL, 10)};
    for (uint32_t i = 0; i < at.n; i++) {
        for (*way = 0; *way < 2; ++*way) {
            if (at.told[i].port == ports[*way] && !at.told[i].reused)
                return &at.told[i];
        }
    }
    return NULL;
}

static void assert_same(const char *frame, const char *what, uint64_t tshark, uint64_t here)
{
    if (tshark != here)
        fail_msg("%s frame %s: tshark reads %s %llu, here it is %llu", at.path, frame, what,
                 (unsigned long long)tshark, (unsigned long long)here);
}

enum { N_FIELDS = 7 };

static bool row_read(FILE *tshark, char *text, char *field[N_FIELDS])
{
    if (!fgets(text, 65536, tshark))
        return false;
    text[strcspn(text, "\n")] = 0;
    for (int i = 0; i < N_FIELDS; i++) {
        field[i] = text;
        text += strcspn(text, "\t");
        if (*text)
            *text++ = 0;
    }
    return true;
}

static FILE *tshark_start(const char *options)
{
    char command[4096];
    snprintf(command, sizeof command,
             "tshark -n -r '%s' -T fields -e frame.number -e tcp.srcport -e tcp.dstport %s "
             "2>/dev/null",
             at.path, options);
    FILE *tshark = popen(command, "r");
    assert_non_null(tshark);
    return tshark;
}

static void compare_request(char *const field[N_FIELDS], const struct told *told)
{
    if (!told->request) /* answered before it was seen, or sent twice */
        return;
    assert_same(field[0], "an X.224 request in frame", strtoull(field[0], NULL, 10),
                RDPATH_REF_FRAME(told->request));
    assert_same(field[0], "requestedProtocols", strtoul(field[3], NULL, 0), told->rdp.requested);
    at.n_requests++;
}

static void compare_confirm(char *const field[N_FIELDS], const struct told *told)
{
    if (!told->confirm)
        return;
    assert_same(field[0], "an X.224 confirm in frame", strtoull(field[0], NULL, 10),
                RDPATH_REF_FRAME(told->confirm));
    if (*field[4])
        assert_same(field[0], "selectedProtocol", strtoul(field[4], NULL, 0), told->rdp.selected);
    if (*field[5])
        assert_same(field[0], "failureCode", strtoul(field[5], NULL, 0), told->rdp.failure);
    at.n_confirms++;
}

static void compare_negotiation(void)
{
    static char text[65536];
    char *field[N_FIELDS];
    int way;
    FILE *tshark = tshark_start("-Y 'rdp.neg_type && !tcp.analysis.retransmission' "
                                "-e rdp.negReq.requestedProtocols -e rdp.negReq.selectedProtocol "
                                "-e rdp.negFailure.failureCode -e rdp.neg_type");
    while (row_read(tshark, text, field)) {
        const struct told *told = told_of(field[1], field[2], &way);
        if (told && told->whole && way == RDPATH_TO_SERVER && *field[3])
            compare_request(field, told);
        else if (told && told->whole && way == RDPATH_TO_CLIENT)
            compare_confirm(field, told);
    }
    pclose(tshark);
}

/* The next of numbers with commas between them. */
static unsigned long number_next(const char **list)
{
    char *end;
    unsigned long number = strtoul(*list, &end, 0);
    *list = *end ? end + 1 : end;
    return number;
}

/* Types and lengths of the records that end in a frame, in their order. */
static void compare_lengths(char *const field[N_FIELDS], struct told *told, int way)
{
    const char *frame = field[0], *types = field[3], *lengths = field[5];
    while (*types && *lengths) {
        unsigned long type = number_next(&types), len = number_next(&lengths);
        if (type != APPLICATION_DATA)
            continue;
        uint32_t i = told->tshark_records[way]++;
        if (i >= told->n_first[way])
            continue;
        const struct rdpath_record *here = &told->first[way][i];
        assert_same(frame, "a record of length", len, here->len);
        assert_same(frame, "a record that ends in frame", strtoull(frame, NULL, 10),
                    RDPATH_REF_FRAME(here->frame));
        at.n_lengths++;
    }
    assert_int_equal(*types, *lengths);
}

static uint32_t count_of(const char *list, unsigned long wanted)
{
    uint32_t n = 0;
    while (*list)
        n += number_next(&list) == wanted;
    return n;
}

static void compare_records(void)
{
    static char text[65536];
    char *field[N_FIELDS];
    int way;
    FILE *tshark = tshark_start("-Y tls -d tcp.port==3389,tls -E occurrence=a -E aggregator=, "
                                "-e tls.record.content_type -e tls.handshake.type "
                                "-e tls.record.length");
    while (row_read(tshark, text, field)) {
        struct told *told = told_of(field[1], field[2], &way);
        if (!told || !told->whole)
            continue;
        if (told->version != TLS_13)
            compare_lengths(field, told, way);
        if (way == RDPATH_TO_SERVER && count_of(field[4], 1) && told->hello) {
            assert_same(field[0], "a ClientHello in frame", strtoull(field[0], NULL, 10),
                        RDPATH_REF_FRAME(told->hello));
            at.n_hellos++;
        }
    }
    pclose(tshark);
    for (uint32_t i = 0; i < at.n; i++) {
        const struct told *told = &at.told[i];
        for (way = 0; way < 2; way++) {
            if (!told->whole || told->reused || !told->version || told->version == TLS_13)
                continue;
            assert_same("*", way ? "records of the server:" : "records of the client:",
                        told->tshark_records[way], told->records[way]);
            at.n_records += told->records[way];
        }
    }
}

/* Is anything of a connection to compare? tshark takes longer to start than to read. */
static bool any_has(bool (*what)(const struct told *))
{
    for (uint32_t i = 0; i < at.n; i++) {
        if (at.told[i].whole && !at.told[i].reused && what(&at.told[i]))
            return true;
    }
    return false;
}

static bool has_negotiation(const struct told *told)
{
    return told->request || told->confirm;
}

static bool has_records(const struct told *told)
{
    return told->hello || (told->version && told->version != TLS_13);
}

static void compare_file(const char *path)
{
    if (!listen_to(path))
        return;
    if (any_has(has_negotiation))
        compare_negotiation();
    if (any_has(has_records))
        compare_records();
}

static void compare_folder(const char *path)
{
    char command[2200], name[2048];
    snprintf(command, sizeof command, "find -L '%s' -type f | sort", path);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    while (fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = 0;
        if (strstr(name, "pktmon")) /* each packet four times: tshark reads some records again */
            continue;
        if (strstr(name, ".pcap") || strstr(name, ".cap"))
            compare_file(name);
    }
    pclose(list);
}

static char **arguments;

static void reads_what_tshark_reads(void **state)
{
    const char *shared = getenv("RDPATH_SHARED");
    char path[2048];
    (void)state;
    for (char **each = arguments; *each; each++)
        compare_file(*each);
    if (*arguments)
        return;
    compare_folder("pcaps");
    snprintf(path, sizeof path, "%s/captures", shared ? shared : "../shared");
    compare_folder(path);
    assert_true(at.n_requests && at.n_confirms && at.n_hellos && at.n_records && at.n_lengths);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_tshark_reads)};
    (void)argc;
    arguments = argv + 1;
    if (system("tshark -v >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return SKIPPED;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%u requests, %u confirms, %u ClientHellos, %u records, of them %u one by one\n",
           at.n_requests, at.n_confirms, at.n_hellos, at.n_records, at.n_lengths);
    return failed;
}
