/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/inner.h"

struct inner {
    struct connection *connection;
    enum inner_begin begin;
};

struct inner *inner_new(struct connection *c, enum inner_begin begin)
{
    struct inner *in = memory_zeroed(sizeof *in);
    in->connection = c;
    in->begin = begin;
    return in;
}

void inner_free(struct inner *in)
{
    memory_release(in);
}

void inner_bytes(struct inner *in, enum rdpath_direction direction, struct reader plain,
                 struct moment at)
{
    (void)direction;
    (void)plain;
    bool credssp = in->begin == INNER_CREDSSP;
    connection_reach(in->connection, credssp ? RDPATH_STAGE_CREDSSP : RDPATH_STAGE_MCS, at, false);
}

void inner_gap(struct inner *in, enum rdpath_direction direction, struct moment at)
{
    (void)in;
    (void)direction;
    (void)at;
}
