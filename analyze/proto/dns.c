/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/dns.h"

enum {
    ANSWER = 0x8000,
    OPCODE = 0x7800,
    CODE = 0x000f,
    POINTER = 0xc0,
    LABEL_LEN_MAX = 63,
    CLASS_INTERNET = 1,
};

/* A label of that length behind what is there of the name. */
static bool name_add(struct reader *r, char name[DNS_NAME_SIZE], uint32_t *len, uint8_t label)
{
    if (*len + 1 + label >= DNS_NAME_SIZE)
        return false;
    if (*len)
        name[(*len)++] = '.';
    for (; label; label--) {
        uint8_t c = reader_u8(r);
        if (c <= ' ' || c > '~')
            return false;
        name[(*len)++] = (char)c;
    }
    return true;
}

/* A question's name is never compressed: nothing stands before it that a pointer could mean. */
static bool name_read(struct reader *r, char name[DNS_NAME_SIZE])
{
    uint32_t len = 0;
    uint8_t label;
    while ((label = reader_u8(r)) != 0) {
        if (label > LABEL_LEN_MAX || !name_add(r, name, &len, label))
            return false;
    }
    name[len] = 0;
    return reader_ok(r) && len > 0;
}

/* The name of a record: a pointer ends it (RFC 1035 section 4.1.4) and is not followed. */
static void name_skip(struct reader *r)
{
    uint8_t label;
    while ((label = reader_u8(r)) != 0) {
        if (label >= POINTER) {
            reader_skip(r, 1);
            return;
        }
        reader_skip(r, label);
    }
}

static void address_add(struct dns_message *m, uint16_t type, struct reader data)
{
    struct addr *a = &m->addresses[m->n_addresses];
    size_t len = type == DNS_TYPE_A ? 4 : 16;
    const uint8_t *bytes = reader_take(&data, len);
    if (!bytes || data.left || m->n_addresses == DNS_ADDRESSES_MAX)
        return;
    a->version = type == DNS_TYPE_A ? 4 : 6;
    memcpy(a->bytes, bytes, len);
    m->n_addresses++;
}

static void records_read(struct reader *r, uint32_t n, struct dns_message *m)
{
    for (uint32_t i = 0; i < n && i < DNS_RECORDS_MAX; i++) {
        name_skip(r);
        uint16_t type = reader_be16(r);
        uint16_t class = reader_be16(r);
        reader_skip(r, 4); /* TTL */
        struct reader data = reader_sub(r, reader_be16(r));
        if (!reader_ok(r))
            return;
        if (class == CLASS_INTERNET && (type == DNS_TYPE_A || type == DNS_TYPE_AAAA))
            address_add(m, type, data);
    }
}

bool dns_read(struct reader r, struct dns_message *m)
{
    *m = (struct dns_message){0};
    reader_skip(&r, 2); /* id */
    uint16_t flags = reader_be16(&r);
    uint16_t n_questions = reader_be16(&r);
    uint16_t n_answers = reader_be16(&r);
    reader_skip(&r, 4); /* authorities, additional records */
    if (!reader_ok(&r) || flags & OPCODE || n_questions != 1 || !name_read(&r, m->name))
        return false;
    m->type = reader_be16(&r);
    uint16_t class = reader_be16(&r);
    if (!reader_ok(&r) || class != CLASS_INTERNET ||
        (m->type != DNS_TYPE_A && m->type != DNS_TYPE_AAAA))
        return false;
    m->answer = flags & ANSWER;
    m->code = m->answer ? flags & CODE : 0;
    if (m->answer)
        records_read(&r, n_answers, m);
    return true;
}
