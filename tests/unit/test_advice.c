/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be advised: what every row has to say, what may stand where, and the numbers in the
 * commands. What lowers security is told by the settings themselves (Microsoft's documents on
 * SecurityLayer, UserAuthentication, AllowEncryptionOracle and SCHANNEL), not by a row's grade.
 */
#include "tests/unit/attempt_play.h"

#include "analyze/rules/advice.h"
#include "analyze/rules/judge.h"
#include "analyze/rules/table.h"

#include <stdlib.h>

static bool has(const char *text, const char *word)
{
    return strstr(text, word) != NULL;
}

static bool has_any(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (has(text, *words))
            return true;
    }
    return false;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void every_row_says_all(void **state)
{
    (void)state;
    static const char *const wheres[] = {"client",   "server",     "network", "{other}",
                                         "{sender}", "{receiver}", NULL};
    static const char *const platforms[] = {"windows", "linux", "any", NULL};
    for (int i = 1; i < N_ADVICE; i++) {
        const struct rdpath_advice *t = &advice_rows[i].text;
        assert_true(*t->title && *t->command && *t->verify && *t->undo && *t->risk);
        assert_false(has(t->title, "\n") || has(t->verify, "\n") || has(t->risk, "\n"));
        assert_true(has_any(t->where, wheres));
        assert_true(has_any(t->platform, platforms));
    }
}

static void what_lowers_security_is_told_by_the_setting_and_labelled(void **state)
{
    (void)state;
    static const char *const settings[] = {"UserAuthentication /t REG_DWORD /d 0",
                                           "SecurityLayer /t REG_DWORD /d 0",
                                           "enablecredsspsupport:i:0",
                                           "AllowEncryptionOracle",
                                           "TLS 1.0\\Server",
                                           "/sec:rdp",
                                           "/cert:ignore",
                                           NULL};
    static const char *const key_killers[] = {"del ", "rd /s",   "Remove-Item", "rename",
                                              "ren ", "takeown", NULL};
    struct arena arena = {0};
    int n = 0;
    for (int i = 1; i < N_ADVICE; i++) {
        const char *command = advice_rows[i].text.command;
        bool lowers = has_any(command, settings);
        n += lowers;
        assert_int_equal(lowers, advice_rows[i].grade == ADVICE_WEAKENS);
        struct rdpath_advice told = advice_general(&arena, (enum advice)i);
        assert_int_equal(lowers, strncmp(told.title, "LOWERS SECURITY", 15) == 0);
        assert_int_equal(lowers, strncmp(told.risk, "LOWERS SECURITY", 15) == 0);
        if (has(command, "MachineKeys"))
            assert_false(has_any(command, key_killers));
    }
    assert_in_range(n, 1, N_ADVICE); /* the dictionary does find them */
    arena_free(&arena);
}

static void what_only_measures_changes_nothing(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "reg add", "reg delete",        "Set-",   "New-",    "Remove-",   "Restart",
        "Enable-", "Disable-",          "Stop-",  "Start-S", " mtu=",     "nft add",
        "nft ins", "systemctl restart", "icacls", "/add",    "sysctl -w", NULL};
    for (int i = 1; i < N_ADVICE; i++) {
        const struct advice_row *row = &advice_rows[i];
        if (row->grade == ADVICE_MEASURE)
            assert_false(has_any(row->text.command, changes));
        else
            assert_false(has(row->text.undo, "nothing to undo") && has(row->text.command, "reg "));
    }
}

/* A word in braces that is not filled in would reach the user's shell. */
static void no_word_is_left_in_braces(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (int i = 1; i < N_ADVICE; i++) {
        struct rdpath_advice told = advice_general(&arena, (enum advice)i);
        const char *const texts[] = {told.title,  told.where, told.command,
                                     told.verify, told.undo,  told.risk};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            for (const char *open = texts[k]; (open = strchr(open, '{')); open++) {
                size_t len = strspn(open + 1, "abcdefghijklmnopqrstuvwxyz-");
                assert_false(len > 0 && open[len + 1] == '}');
            }
        }
    }
    arena_free(&arena);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static void every_cause_has_advice_and_begins_with_what_is_safe(void **state)
{
    (void)state;
    for (int i = 0; i < N_RULES; i++) {
        const uint8_t *list = rule_table[i].rule->advice;
        int least = ADVICE_WEAKENS + 1;
        for (int k = 0; k < VERDICT_ADVICE_MAX && list[k]; k++) {
            int grade = (int)advice_rows[list[k]].grade;
            least = grade < least ? grade : least;
            for (int other = 0; other < k; other++)
                assert_int_not_equal(list[other], list[k]);
        }
        if (i == RULE_none)
            assert_int_equal(list[0], NO_ADVICE);
        else
            assert_in_range(least, ADVICE_MEASURE, ADVICE_EASY);
    }
}

static void every_row_is_given_by_a_rule(void **state)
{
    (void)state;
    /* given by what a rule found, in its judge() */
    static const enum advice by_finding[] = {
        ADVISE_CLOCK_DOMAIN,  ADVISE_DOMAIN_REACHED, ADVISE_FULL_NAME,
        ADVISE_TYPE_PASSWORD, ADVISE_LICENCE_RENEW,  ADVISE_MEMORY,
        ADVISE_END_CLIENT,    ADVISE_KEEP_ALIVE,     ADVISE_KEEP_ALIVE_XRDP,
        ADVISE_IDLE_TIMER,    ADVISE_UDP_LISTENER,   ADVISE_UDP_LISTENER_GATEWAY,
        ADVISE_UDP_PING,      ADVISE_UDP_TUNNEL,     ADVISE_UDP_DEVICE,
        ADVISE_PROXY_LOG,     ADVISE_PROXY_RULE,
    };
    bool given[N_ADVICE] = {0};
    for (size_t i = 0; i < sizeof by_finding / sizeof by_finding[0]; i++)
        given[by_finding[i]] = true;
    for (int i = 0; i < N_RULES; i++) {
        for (int k = 0; k < VERDICT_ADVICE_MAX; k++)
            given[rule_table[i].rule->advice[k]] = true;
    }
    for (int i = 1; i < N_ADVICE; i++)
        assert_true(given[i]);
}

/* ---- numbers --------------------------------------------------------------------------------- */

struct bracket {
    uint8_t version;
    uint32_t at_least, below;
    uint32_t mtu; /* what may be set: worked out by hand */
};

static const struct bracket brackets[] = {
    {4, 1400, 1500, 1400}, /* the largest that passed */
    {4, 1112, 1500, 1280}, /* little passed: what passes nearly everywhere, and is not ruled out */
    {4, 700, 1200, 700},   /* 1280 is ruled out */
    {4, 357, 1200, 576},   /* no host takes a smaller one */
    {6, 1400, 1500, 1400}, {6, 300, 1500, 1280},
};

static const struct rdpath_attempt *judged(struct played *p, const struct bracket *b)
{
    struct rdpath_path *path = &p->connections[0].path[RDPATH_TO_CLIENT];
    p->attempt.client.version = p->attempt.server.version = b->version;
    p->attempt.result.vantage = RDPATH_AT_SERVER;
    p->attempt.result.server.port = 3389;
    path->repeated = (struct rdpath_repeated){.ip_len = b->below,
                                              .n_sent = 6,
                                              .first_ns = START_NS + SECOND_NS,
                                              .last_ns = START_NS + 20 * SECOND_NS,
                                              .gaps_grow = true,
                                              .smaller_delivered_after = true};
    path->mtu = (struct rdpath_mtu){b->at_least, b->below};
    path->n_lost = path->retransmitted = 5;
    attempt_conclude(&p->attempt);
    judge_attempt(&p->attempt);
    return &p->attempt.result;
}

static const struct rdpath_advice *with_command(const struct rdpath_finding *f, const char *word)
{
    for (uint32_t i = 0; i < f->n_advice; i++) {
        if (has(f->advice[i].command, word))
            return &f->advice[i];
    }
    fail_msg("no command with %s", word);
    return NULL;
}

/* The number behind the nth place of that word. */
static long number_behind(const char *text, const char *word, int nth)
{
    const char *at = text;
    for (int i = 0; at && i < nth; i++)
        at = strstr(at + (i > 0), word);
    assert_non_null(at);
    return strtol(at + strlen(word), NULL, 10);
}

static void the_numbers_are_those_of_the_bracket(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof brackets / sizeof brackets[0]; i++) {
        const struct bracket *b = &brackets[i];
        struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
        const struct rdpath_finding *f = &judged(p, b)->findings[0];
        assert_string_equal(f->id, "pmtu-black-hole");
        long ping = b->version == 6 ? 40 + 8 : 20 + 8, tcp = b->version == 6 ? 40 + 20 : 20 + 20;
        const char *windows = with_command(f, "-l ")->command;
        assert_int_equal(number_behind(windows, "-l ", 1) + ping, b->below);
        assert_int_equal(number_behind(windows, "-l ", 2) + ping, b->mtu);
        assert_int_equal(has(windows, "-f "), b->version == 4);
        const char *linux_ping = with_command(f, "-M do")->command;
        assert_int_equal(number_behind(linux_ping, "-s ", 1) + ping, b->below);
        assert_int_equal(number_behind(linux_ping, "-s ", 2) + ping, b->mtu);
        assert_int_equal(number_behind(with_command(f, "netsh")->command, "mtu=", 1), b->mtu);
        assert_true(has(with_command(f, "netsh")->command, b->version == 6 ? "ipv6" : "ipv4"));
        assert_int_equal(number_behind(with_command(f, "ip link")->command, " mtu ", 1), b->mtu);
        assert_int_equal(number_behind(with_command(f, "maxseg")->command, "set ", 1) + tcp,
                         b->mtu);
        assert_non_null(with_command(f, "rdpath probe"));
        played_free(p);
    }
}

/* What is easier to undo comes first, whatever order the rule has. */
static void a_finding_orders_its_advice(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_X224_CONFIRM);
    struct connection *c = &p->connections[0];
    c->rdp = (struct rdpath_rdp){.present = true, .has_response = true, .failure = 5};
    c->fin[RDPATH_TO_SERVER] = at_second(2, 9);
    attempt_conclude(&p->attempt);
    judge_attempt(&p->attempt);
    const struct rdpath_finding *f = &p->attempt.result.findings[0];
    assert_string_equal(f->id, "nla-required");
    assert_true(f->n_advice > 2);
    assert_true(has(f->advice[0].command, "reg query"));
    for (uint32_t i = 0; i < f->n_advice; i++) {
        bool last = i + 1 == f->n_advice;
        assert_int_equal(has(f->advice[i].title, "LOWERS SECURITY"), last);
    }
    played_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_all),
        cmocka_unit_test(what_lowers_security_is_told_by_the_setting_and_labelled),
        cmocka_unit_test(what_only_measures_changes_nothing),
        cmocka_unit_test(no_word_is_left_in_braces),
        cmocka_unit_test(every_cause_has_advice_and_begins_with_what_is_safe),
        cmocka_unit_test(every_row_is_given_by_a_rule),
        cmocka_unit_test(the_numbers_are_those_of_the_bracket),
        cmocka_unit_test(a_finding_orders_its_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
