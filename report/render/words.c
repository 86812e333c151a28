/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/words.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static const char *words_limited(struct arena *arena, struct reader r, size_t codes_max)
{
    struct text t = {0};
    size_t plain = text_plain_len((const char *)r.at, r.left < codes_max ? r.left : codes_max);
    text_add_bytes(&t, reader_take(&r, plain), plain);
    for (size_t n = plain; r.left && n < codes_max; n++) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        text_add_code(&t, code ? code : TEXT_REPLACEMENT); /* a NUL would end the string */
    }
    if (r.left)
        text_add(&t, "…");
    const char *kept = arena_copy(arena, text_string(&t), t.len + 1);
    text_free(&t);
    return kept;
}

const char *words_text(struct arena *arena, const struct rdpath_text *t)
{
    return words_limited(arena, reader_of(t->bytes, t->len, READER_END), WORDS_NAME_MAX);
}

const char *words_short(struct arena *arena, const char *string, size_t codes_max)
{
    const char *known = string ? string : "";
    size_t len = strlen(known);
    if (len <= codes_max && text_plain_len(known, len) == len)
        return known;
    return words_limited(arena, reader_of(known, len, READER_END), codes_max);
}

const char *words_duration(struct arena *arena, int64_t ns)
{
    char text[TEXT_DURATION_SIZE];
    text_duration(text, ns);
    return arena_string(arena, text);
}

/* An IPv6 address stands in brackets before a port, RFC 3986 section 3.2.2. */
static const char *address_with_port(struct arena *arena, const struct rdpath_endpoint *e)
{
    bool v6 = strchr(e->address, ':') != NULL;
    return arena_format(arena, "%s%s%s:%u", v6 ? "[" : "", e->address, v6 ? "]" : "",
                        (unsigned)e->port);
}

const char *words_endpoint(struct arena *arena, const struct rdpath_endpoint *e)
{
    const char *address = address_with_port(arena, e);
    if (e->name.len == 0)
        return address;
    return arena_format(arena, "%s (%s)", words_text(arena, &e->name), address);
}

const char *words_host(struct arena *arena, const struct rdpath_endpoint *e)
{
    return e->name.len ? words_text(arena, &e->name) : arena_string(arena, e->address);
}

const char *words_direction(enum rdpath_direction direction)
{
    static const char *const words[] = {
        [RDPATH_TO_SERVER] = "to the server",
        [RDPATH_TO_CLIENT] = "to the client",
        [RDPATH_BOTH] = "in both directions",
        [RDPATH_NO_DIRECTION] = NULL,
    };
    return direction <= RDPATH_NO_DIRECTION ? words[direction] : NULL;
}

const char *words_vantage(enum rdpath_vantage vantage)
{
    static const char *const words[] = {
        [RDPATH_AT_UNKNOWN] = "seen from an unknown place",
        [RDPATH_AT_CLIENT] = "seen at the client",
        [RDPATH_AT_SERVER] = "seen at the server",
        [RDPATH_AT_MIDDLE] = "seen between the two",
    };
    return words[vantage <= RDPATH_AT_MIDDLE ? vantage : RDPATH_AT_UNKNOWN];
}

const char *words_who(struct arena *arena, const struct rdpath_advice *a)
{
    static const char *const who[][2] = {{"client", "client administrator"},
                                         {"server", "server administrator"},
                                         {"network", "network team"}};
    static const char *const platforms[][2] = {{"windows", ", Windows"},
                                               {"linux", ", Linux"},
                                               {"macos", ", macOS"}};
    const char *name = a->where, *platform = "";
    if (!a->where)
        return NULL;
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++)
        if (strcmp(a->where, who[i][0]) == 0)
            name = who[i][1];
    for (size_t i = 0; a->platform && i < sizeof platforms / sizeof platforms[0]; i++)
        if (strcmp(a->platform, platforms[i][0]) == 0)
            platform = platforms[i][1];
    return arena_format(arena, "%s%s", name, platform);
}

bool words_is_command(const char *string)
{
    static const char *const programs[] = {"netsh ", "ip ",      "nft ",    "net ",
                                           "reg ",   "icacls ",  "pktmon ", "sysctl ",
                                           "Set-",   "New-",     "Remove-", "Test-",
                                           "Get-",   "Restart-", "sc ",     "iptables "};
    for (size_t i = 0; string && i < sizeof programs / sizeof programs[0]; i++)
        if (strncmp(string, programs[i], strlen(programs[i])) == 0)
            return true;
    return false;
}

bool words_is_instruction(const char *string)
{
    return strncmp(string, "on ", 3) == 0 || strncmp(string, "in ", 3) == 0 ||
           strncmp(string, "allow ", 6) == 0;
}

const char *words_udp(enum rdpath_udp_outcome outcome)
{
    static const char *const words[] = {
        [RDPATH_UDP_NOT_ATTEMPTED] = "not attempted",
        [RDPATH_UDP_OK] = "worked",
        [RDPATH_UDP_BLOCKED] = "blocked, nothing answers",
        [RDPATH_UDP_REFUSED] = "refused, the port is closed",
        [RDPATH_UDP_REJECTED] = "rejected by a firewall",
        [RDPATH_UDP_LARGE_DROPPED] = "large datagrams vanish",
        [RDPATH_UDP_DATA_LOST] = "began, and its data is lost",
        [RDPATH_UDP_HANDSHAKE_FAILED] = "its TLS or DTLS handshake failed",
        [RDPATH_UDP_STALLED] = "stopped while the session went on",
        [RDPATH_UDP_UNKNOWN] = "what became of it cannot be told",
    };
    return words[outcome];
}

static const char *protocol_words(struct arena *arena, uint32_t protocol)
{
    const char *name = rdpath_protocol_name(protocol);
    return name ? name : arena_format(arena, "0x%08x", (unsigned)protocol);
}

static bool is_id(const char *id)
{
    return id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

const char *words_id(struct arena *arena, const char *id)
{
    static const char *const written[][2] = {{"pmtu", "path MTU"}, {"mtu", "MTU"}, {"udp", "UDP"},
                                             {"tls", "TLS"},       {"rdp", "RDP"}, {"nla", "NLA"},
                                             {"mss", "MSS"},       {"ip", "IP"},   {"dns", "DNS"}};
    struct text t = {0};
    if (!is_id(id))
        return id;
    while (*id) {
        size_t len = strcspn(id, "-");
        const char *word = arena_format(arena, "%.*s", (int)len, id);
        for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
            if (strcmp(word, written[i][0]) == 0)
                word = written[i][1];
        text_addf(&t, "%s%s", t.len ? " " : "", word);
        id += len + (id[len] == '-');
    }
    const char *kept = arena_string(arena, text_string(&t));
    text_free(&t);
    return kept;
}

const char *words_protocols(struct arena *arena, uint32_t protocols)
{
    struct text t = {0};
    for (unsigned bit = 0; bit < 32; bit++)
        if (protocols >> bit & 1)
            text_addf(&t, "%s%s", t.len ? ", " : "", protocol_words(arena, (uint32_t)1 << bit));
    const char *kept = t.len ? arena_string(arena, text_string(&t)) : protocol_words(arena, 0);
    text_free(&t);
    return kept;
}

const char *words_peer(enum rdpath_end_by by)
{
    static const char *const words[] = {
        [RDPATH_BY_NOBODY] = "nobody",
        [RDPATH_BY_CLIENT] = "the client",
        [RDPATH_BY_SERVER] = "the server",
        [RDPATH_BY_MIDDLEBOX] = "a device on the way",
    };
    return words[by <= RDPATH_BY_MIDDLEBOX ? by : RDPATH_BY_NOBODY];
}

const char *words_frame(struct arena *arena, rdpath_ref ref, bool joined)
{
    if (!joined)
        return arena_format(arena, "frame %" PRIu64, (uint64_t)RDPATH_REF_FRAME(ref));
    return arena_format(arena, "input %u frame %" PRIu64, RDPATH_REF_INPUT(ref),
                        (uint64_t)RDPATH_REF_FRAME(ref));
}

/* How many references from here on follow each other without a gap. */
static uint32_t run_length(const struct rdpath_frames *f, uint32_t at)
{
    uint32_t n = 1;
    while (at + n < f->n && f->ref[at + n] == f->ref[at] + n)
        n++;
    return n;
}

static void add_run(struct text *t, const struct rdpath_frames *f, uint32_t at, uint32_t n)
{
    text_addf(t, "%" PRIu64, (uint64_t)RDPATH_REF_FRAME(f->ref[at]));
    if (n > 1)
        text_addf(t, "%s%" PRIu64, n > 2 ? "-" : ", ",
                  (uint64_t)RDPATH_REF_FRAME(f->ref[at + n - 1]));
}

const char *words_frames(struct arena *arena, const struct rdpath_frames *f, bool joined)
{
    struct text t = {0};
    if (!f || f->n == 0)
        return NULL;
    uint32_t n;
    for (uint32_t at = 0; at < f->n; at += n) {
        unsigned input = RDPATH_REF_INPUT(f->ref[at]);
        bool other = joined && (at == 0 || input != RDPATH_REF_INPUT(f->ref[at - 1]));
        n = run_length(f, at);
        if (at > 0)
            text_add(&t, other ? "; " : ", ");
        if (other)
            text_addf(&t, "input %u ", input);
        if (other || at == 0)
            text_add(&t, f->total > 1 ? "frames " : "frame ");
        add_run(&t, f, at, n);
    }
    if (f->total > f->n)
        text_addf(&t, " and %u more", (unsigned)(f->total - f->n));
    const char *kept = arena_string(arena, text_string(&t));
    text_free(&t);
    return kept;
}
