/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/der.h"

enum { DER_INTEGER = 0x02, DER_ENUMERATED = 0x0a, DER_LONG = 0x80, DER_LEN_BYTES_MAX = 4 };

uint32_t der_len(struct reader *r)
{
    uint8_t first = reader_u8(r);
    if (first < DER_LONG)
        return first;
    unsigned n = first & 0x7fU;
    uint32_t len = 0;
    if (n == 0 || n > DER_LEN_BYTES_MAX)
        r->failed = true;
    for (unsigned i = 0; i < n && reader_ok(r); i++)
        len = len << 8 | reader_u8(r);
    return reader_ok(r) ? len : 0;
}

bool der_next(struct reader *r, uint8_t *tag, struct reader *content)
{
    *tag = reader_u8(r);
    uint32_t len = der_len(r);
    *content = reader_sub(r, len);
    return reader_ok(r) && reader_ok(content);
}

bool der_enter(struct reader *r, uint8_t tag, struct reader *content)
{
    uint8_t found;
    return der_next(r, &found, content) && found == tag;
}

bool der_find(struct reader level, uint8_t tag, struct reader *content)
{
    uint8_t found;
    while (level.left && der_next(&level, &found, content)) {
        if (found == tag)
            return true;
    }
    return false;
}

bool der_number(struct reader element, uint32_t *number)
{
    uint8_t tag;
    struct reader value;
    uint32_t n = 0;
    if (!der_next(&element, &tag, &value) || (tag != DER_INTEGER && tag != DER_ENUMERATED))
        return false;
    if (value.left == 0 || value.tail != READER_END)
        return false;
    while (value.left)
        n = n << 8 | reader_u8(&value);
    *number = n;
    return true;
}
