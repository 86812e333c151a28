/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. Administrators give gateways telling names: a word of the host's name such
 * as "rdg" says it alone; "gw" says it only beside a shape that a browser's connections lack today.
 * Two connections of one client ask for it at once, as the IN and OUT channels of a gateway do
 * [MS-TSGU 4.2.1]; or the ClientHello offers no TLS 1.3, as that of mstsc to its gateway (measured:
 * 2024, while it offers 1.3 to a server). What else such a connection shows, a browser's shows too.
 */
#include "analyze/gateways.h"
#include "analyze/proto/tls_hello.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_LEN = 100, CHANNELS = 2 };

#define CHANNELS_WITHIN_NS 5000000000LL

enum telling { TELLS_NOTHING, TELLS_PERHAPS, TELLS_GATEWAY };

struct asked {
    struct addr client, server;
    char name[NAME_MAX_LEN + 1];
    enum telling telling;
    bool before_13; /* its ClientHello offers no TLS 1.3 */
    uint16_t last_port;
    int64_t first_ns, last_ns;
    uint32_t n; /* connections within CHANNELS_WITHIN_NS of the first */
    struct rdpath_frames frames;
};

struct gateways {
    struct asked list[GATEWAYS_MAX];
    uint32_t n;
};

struct gateways *gateways_new(void)
{
    return memory_zeroed(sizeof(struct gateways));
}

void gateways_free(struct gateways *all)
{
    memory_release(all);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static bool is_word(const char *known, const uint8_t *word, size_t len)
{
    size_t i = 0;
    while (i < len && known[i] == (word[i] | 0x20))
        i++;
    return i == len && known[i] == 0;
}

static enum telling word_tells(const uint8_t *word, size_t len)
{
    static const struct {
        const char *word;
        enum telling telling;
    } words[] = {
        {"rdg", TELLS_GATEWAY},        {"rdgw", TELLS_GATEWAY},       {"rdgateway", TELLS_GATEWAY},
        {"rdpgw", TELLS_GATEWAY},      {"rdpgateway", TELLS_GATEWAY}, {"rdsgw", TELLS_GATEWAY},
        {"rdsgateway", TELLS_GATEWAY}, {"tsg", TELLS_GATEWAY},        {"tsgw", TELLS_GATEWAY},
        {"tsgateway", TELLS_GATEWAY},  {"gw", TELLS_PERHAPS},         {"gateway", TELLS_PERHAPS},
        {"rds", TELLS_PERHAPS},        {"rdp", TELLS_PERHAPS},        {"rdweb", TELLS_PERHAPS},
        {"remote", TELLS_PERHAPS},
    };
    uint8_t first = len ? word[0] | 0x20 : 0; /* most words are sorted out by it */
    if (first != 'g' && first != 'r' && first != 't')
        return TELLS_NOTHING;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is_word(words[i].word, word, len))
            return words[i].telling;
    }
    return TELLS_NOTHING;
}

/* Its words are the letters between dots, hyphens and the digits that number hosts. */
static enum telling name_tells(const uint8_t *name, size_t name_len)
{
    enum telling best = TELLS_NOTHING;
    for (size_t at = 0, len; at < name_len; at += len ? len : 1) {
        for (len = 0; at + len < name_len && is_letter(name[at + len]);)
            len++;
        enum telling telling = word_tells(name + at, len);
        best = telling > best ? telling : best;
    }
    return best;
}

/* A host's name as DNS allows it; anything else is no gateway's. */
static bool name_copy(const uint8_t *name, size_t len, char to[NAME_MAX_LEN + 1])
{
    if (len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum(name[i]) && name[i] != '-' && name[i] != '.')
            return false;
        to[i] = (char)tolower(name[i]);
    }
    to[len] = 0;
    return true;
}

/* ---- connections ----------------------------------------------------------------------------- */

static struct asked *place_for(struct gateways *all)
{
    if (all->n < GATEWAYS_MAX)
        return &all->list[all->n++];
    struct asked *oldest = &all->list[0];
    for (uint32_t i = 1; i < all->n; i++) {
        if (all->list[i].last_ns < oldest->last_ns)
            oldest = &all->list[i];
    }
    return oldest;
}

static struct asked *asked_before(struct gateways *all, const struct packet *p, const char *name)
{
    for (uint32_t i = 0; i < all->n; i++) {
        struct asked *a = &all->list[i];
        if (addr_equal(&a->client, &p->src) && addr_equal(&a->server, &p->dst) &&
            strcmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}

static bool is_told(const struct asked *a)
{
    return a->telling == TELLS_GATEWAY || a->before_13 || a->n >= CHANNELS;
}

static void asked_again(struct asked *a, const struct packet *p, rdpath_ref frame)
{
    int64_t now_ns = p->frame->ts_ns;
    a->last_ns = now_ns;
    if (a->last_port == p->src_port)
        return;
    a->last_port = p->src_port;
    if (!is_told(a) && now_ns - a->first_ns > CHANNELS_WITHIN_NS) {
        a->first_ns = now_ns;
        a->n = 0;
        a->frames = (struct rdpath_frames){0};
    }
    a->n++;
    frames_add(&a->frames, frame);
}

void gateways_hello(struct gateways *all, const struct packet *p, rdpath_ref frame)
{
    struct tcp_segment t;
    struct hello_glance hello;
    char name[NAME_MAX_LEN + 1];
    if (!tcp_decode(p, &t) || !tls_hello_glance(t.payload, &hello))
        return;
    size_t len = hello.server_name.left;
    const uint8_t *bytes = reader_take(&hello.server_name, len);
    enum telling telling = name_tells(bytes, len);
    if (telling == TELLS_NOTHING || !name_copy(bytes, len, name))
        return;
    struct asked *a = asked_before(all, p, name);
    if (!a) {
        a = place_for(all);
        *a = (struct asked){.client = p->src, .server = p->dst, .telling = telling};
        a->first_ns = p->frame->ts_ns;
        memcpy(a->name, name, sizeof a->name);
    }
    a->before_13 |= hello.before_13;
    asked_again(a, p, frame);
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void observe_one(const struct asked *a, struct arena *arena, struct rdpath_observation *o)
{
    char client[ADDR_TEXT_SIZE], server[ADDR_TEXT_SIZE];
    addr_format(&a->client, client);
    addr_format(&a->server, server);
    *o = (struct rdpath_observation){
        .id = observation_words[OBS_GATEWAY_SEEN].id,
        .frames = a->frames,
        .text = arena_format(arena,
                             "%s asked %s over HTTPS for %s, possibly an RD Gateway: what goes "
                             "through it cannot be read here; --port %d looks at the connection "
                             "itself, and a capture behind the gateway shows the attempt",
                             client, server, a->name, HTTPS_PORT),
        .values = {{.name = "name", .text = arena_string(arena, a->name)},
                   {.name = "connections", .number = a->n}},
        .n_values = 2,
    };
}

uint32_t gateways_observe(const struct gateways *all, const struct rdpath_input *in,
                          struct arena *arena, struct rdpath_observation list[GATEWAYS_TOLD_MAX])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n && n < GATEWAYS_TOLD_MAX; i++) {
        const struct asked *a = &all->list[i];
        bool wanted = a->telling == TELLS_GATEWAY || in->n_attempts == 0;
        if (wanted && is_told(a) && RDPATH_REF_INPUT(a->frames.ref[0]) == in->index)
            observe_one(a, arena, &list[n++]);
    }
    return n;
}
