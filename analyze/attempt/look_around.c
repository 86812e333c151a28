/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around an attempt: a proxy or gateway in front of the server, a broker behind it. */
#include "analyze/attempt/leg.h"

static const struct {
    const char *tag, *title;
} proxies[] = {
    [PROXY_SOCKS4] = {"socks4", "a SOCKS 4 proxy"},
    [PROXY_SOCKS5] = {"socks5", "a SOCKS 5 proxy"},
    [PROXY_HTTP] = {"http", "an HTTP proxy"},
    [PROXY_NOT_NAMED] = {"unknown", "a proxy or tunnel"},
};

static const char *proxy_answer(struct attempt *a, const struct proxy_seen *p)
{
    if (p->refused)
        return arena_format(&a->arena, ", and it refused with code %u", p->code);
    return p->answered.frame ? "" : ", and it never answered";
}

static void look_proxy(struct attempt *a, const struct connection *c)
{
    const struct proxy_seen *p = &c->proxy;
    if (p->kind == PROXY_NONE)
        return;
    struct rdpath_value values[3] = {{.name = "kind", .text = proxies[p->kind].tag}};
    struct observed o = {.kind = OBS_PROXY_SEEN, .values = values, .n_values = 1};
    o.frames = frames_of(p->at.frame);
    if (p->kind == PROXY_NOT_NAMED) {
        attempt_observe(a, &o,
                        "%u bytes of the client and %u of the server went before the RDP "
                        "connection request: it goes through a proxy or tunnel",
                        p->len[RDPATH_TO_SERVER], p->len[RDPATH_TO_CLIENT]);
        return;
    }
    if (p->target)
        values[o.n_values++] = (struct rdpath_value){.name = "target", .text = p->target};
    if (p->refused)
        values[o.n_values++] = (struct rdpath_value){.name = "code", .number = p->code};
    if (p->answered.frame)
        frames_add(&o.frames, p->answered.frame);
    attempt_observe(a, &o, "the client asked %s for %s%s", proxies[p->kind].title,
                    p->target ? p->target : "another server", proxy_answer(a, p));
}

/* What the gateway made of the request, in words; 401 is the first step of every logon. */
static const char *gateway_answer(struct attempt *a, const struct connection *c)
{
    enum { HTTP_UNAUTHORIZED = 401 };
    if (!c->gateway_code)
        return "no answer to its last request was seen";
    const char *means = connection_gateway_took(c)             ? ": it was taken"
                        : c->gateway_code == HTTP_UNAUTHORIZED ? ": the client has to log on first"
                                                               : "";
    return arena_format(&a->arena, "the last answer is HTTP status %u%s", c->gateway_code, means);
}

static void look_gateway(struct attempt *a, const struct connection *c)
{
    struct observed o = {.kind = OBS_GATEWAY_SEEN, .frames = frames_of(c->gateway_at.frame)};
    struct rdpath_value code = {.name = "code", .number = c->gateway_code};
    if (c->gateway_method) {
        o.values = &code;
        o.n_values = c->gateway_code != 0;
        if (c->gateway_code)
            frames_add(&o.frames, c->gateway_answered.frame);
        attempt_observe(a, &o, "the client speaks HTTP with the method %s to an RD Gateway; %s",
                        c->gateway_method, gateway_answer(a, c));
        return;
    }
    o.frames = frames_of(c->client_hello.frame);
    if (connection_hides_session(c))
        attempt_observe(a, &o,
                        "the client began with TLS and without X.224, and data went both ways: "
                        "possibly an RD Gateway, or another service over HTTPS");
}

/* The side channel of its HTTP transport [MS-TSGU 1.3.3]. */
static void look_gateway_udp(struct attempt *a)
{
    const struct leg *leg = leg_decisive(a);
    if (!leg || !leg->bare)
        return;
    struct observed o = {.kind = OBS_GATEWAY_SEEN, .frames = leg->hello[RDPATH_TO_SERVER].frames};
    attempt_observe(a, &o,
                    "the client speaks DTLS to UDP port %u, where an RD Gateway listens: what goes "
                    "through it cannot be read",
                    a->result.server.port);
}

static void look_udp_address(struct attempt *a)
{
    const struct leg *leg = leg_decisive(a);
    const char *from = leg ? leg->summary.client_address : NULL;
    if (!from)
        return;
    char tcp[ADDR_TEXT_SIZE];
    addr_format(&a->client, tcp);
    struct rdpath_value address = {.name = "address", .text = from};
    struct observed o = {.kind = OBS_UDP_OTHER_ADDRESS, .values = &address, .n_values = 1};
    o.frames = leg->hello[RDPATH_TO_SERVER].frames;
    attempt_observe(a, &o,
                    "the client's UDP comes from %s and its TCP from %s: see which routes or "
                    "which NAT send the two different ways",
                    from, tcp);
}

/* The frame of the request that carried the token. */
static struct rdpath_frames request_frames(const struct connection *c)
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage == RDPATH_STAGE_X224_REQUEST)
            return frames_of(c->rungs[i].frame);
    }
    return (struct rdpath_frames){0};
}

static void look_token(struct attempt *a, const struct connection *c)
{
    if (!c->rdp.routing_token.len)
        return;
    struct observed o = {.kind = OBS_REDIRECTED, .frames = request_frames(c)};
    if (!c->routed_to.version) {
        attempt_observe(a, &o, "the client presented the routing token of a broker");
        return;
    }
    char to[ADDR_TEXT_SIZE];
    addr_format(&c->routed_to, to);
    struct rdpath_value values[] = {
        {.name = "address", .text = arena_string(&a->arena, to)},
        {.name = "port", .number = c->routed_port},
    };
    o.values = values;
    o.n_values = 2;
    attempt_observe(a, &o, "the client presented a broker's routing token for %s:%u", to,
                    c->routed_port);
}

void attempt_look_around(struct attempt *a)
{
    look_proxy(a, a->decisive);
    look_gateway(a, a->decisive);
    look_gateway_udp(a);
    look_udp_address(a);
    look_token(a, a->decisive);
}
