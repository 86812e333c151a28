/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP in clear to an RD Gateway: the methods of its two transports [MS-TSGU 3.3.5.1,
 * MS-RPCH 2.1.2.1] and the status of its answers. What follows a request that was taken is the
 * tunnel, which is not read; neither side ever speaks X.224 here.
 */
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    HTTP_CODE_AT = 9,       /* behind "HTTP/1.1 " */
    REQUEST_LINE_MAX = 512, /* those of gateways have less than 100 */
};

bool http_begins(struct reader r, const char *text)
{
    size_t n = strlen(text);
    const uint8_t *bytes = reader_take(&r, n);
    return bytes && memcmp(bytes, text, n) == 0;
}

uint16_t http_code(struct reader r)
{
    uint16_t code = 0;
    reader_skip(&r, HTTP_CODE_AT);
    for (int i = 0; i < 3; i++) {
        uint8_t digit = reader_u8(&r);
        if (digit < '0' || digit > '9')
            return 0;
        code = (uint16_t)(code * 10 + digit - '0');
    }
    return code;
}

static const char *method_of(struct reader first)
{
    static const char *const methods[] = {"RDG_OUT_DATA", "RDG_IN_DATA", "RPC_OUT_DATA",
                                          "RPC_IN_DATA"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct reader rest = first;
        reader_skip(&rest, strlen(methods[i]));
        if (http_begins(first, methods[i]) && reader_peek(&rest) == ' ')
            return methods[i];
    }
    return NULL;
}

/* Exchange is asked with the RPC methods too; a gateway's endpoint is 3388 [MS-TSGU 2.1.1]. */
static bool asks_for_endpoint(struct reader r)
{
    static const char endpoint[] = ":3388 ";
    for (int i = 0; i < REQUEST_LINE_MAX && r.left && reader_peek(&r) != '\r'; i++) {
        if (http_begins(r, endpoint))
            return true;
        reader_skip(&r, 1);
    }
    return false;
}

bool gateway_is_request(struct reader payload)
{
    const char *method = method_of(payload);
    return method && (http_begins(payload, "RDG_") || asks_for_endpoint(payload));
}

/* Each request waits for an answer of its own, until one was taken. */
bool gateway_bytes(struct connection *c, const struct chunk *chunk)
{
    bool to_server = chunk->direction == RDPATH_TO_SERVER, took = connection_gateway_took(c);
    const char *method = to_server && !took ? method_of(chunk->bytes) : NULL;
    if (method && !c->gateway_method) {
        c->gateway_method = method;
        c->gateway_at = chunk->at;
        c->not_rdp = false;
    }
    if (method)
        c->gateway_code = 0;
    if (!c->gateway_method)
        return false;
    if (!to_server && !took && http_begins(chunk->bytes, "HTTP/1.")) {
        c->gateway_code = http_code(chunk->bytes);
        c->gateway_answered = chunk->at;
    }
    return true;
}
