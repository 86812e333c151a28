/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate (RFC 5280 section 4.1) that keeps its form, its dates and its algorithms. Names
 * become others, so that what was signed by itself still is; key, serial number and signature
 * become bytes of nothing, and of the extensions the alternative names alone stay, as others.
 */
#include "report/excerpt/scrub.h"

enum {
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTET_STRING = 0x04,
    TAG_OBJECT = 0x06,
    TAG_BMP_STRING = 0x1e,
    TAG_UNIVERSAL_STRING = 0x1c,
    TAG_SEQUENCE = 0x30,
    TAG_VERSION = 0xa0,
    TAG_EXTENSIONS = 0xa3,
    TAG_DNS_NAME = 0x82,
    NAMES_MAX = 64, /* parts of a name; certificates have ten at most */
};

/* RelativeDistinguishedName: a SET of SEQUENCEs of a type and a text. */
static void attribute_redo(struct redo set)
{
    uint8_t tag;
    struct redo pair = redo_element(&set, &tag);
    redo_keep_all(redo_element(&pair, &tag));
    struct redo text = redo_element(&pair, &tag);
    if (tag == TAG_BMP_STRING)
        redo_wide_name(&text, text.in.left, 2, 1);
    else if (tag != TAG_UNIVERSAL_STRING)
        redo_name(&text, text.in.left);
}

static void name_redo(struct redo *tbs)
{
    uint8_t tag;
    struct redo name = redo_element(tbs, &tag);
    for (int i = 0; i < NAMES_MAX && name.in.left; i++)
        attribute_redo(redo_element(&name, &tag));
}

/* A positive number of the same length. */
static void number_redo(struct redo number)
{
    uint8_t *first = number.out;
    size_t len = number.in.left;
    redo_bytes(&number, len);
    if (len)
        first[0] = (uint8_t)((first[0] & 0x3f) | 0x40);
}

/* An RSA key keeps its length and its exponent (RFC 8017 A.1.1); a point of a curve is dropped. */
static void key_redo(struct redo info)
{
    uint8_t tag;
    redo_keep_all(redo_element(&info, &tag)); /* the algorithm */
    struct redo bits = redo_element(&info, &tag);
    redo_keep(&bits, 1); /* unused bits */
    if (reader_peek(&bits.in) != TAG_SEQUENCE)
        return;
    struct redo key = redo_element(&bits, &tag), modulus = redo_element(&key, &tag);
    bool signless = reader_peek(&modulus.in) == 0;
    redo_keep(&modulus, signless);
    uint8_t *first = modulus.out;
    size_t len = modulus.in.left;
    redo_bytes(&modulus, len);
    if (len) {
        first[0] = signless ? first[0] | 0x80 : (first[0] & 0x3f) | 0x40;
        first[len - 1] |= 1;
    }
    redo_keep_all(redo_element(&key, &tag));
}

static void alternative_names_redo(struct redo value)
{
    uint8_t tag;
    struct redo names = redo_element(&value, &tag);
    for (int i = 0; i < NAMES_MAX && names.in.left; i++) {
        struct redo name = redo_element(&names, &tag);
        if (tag == TAG_DNS_NAME)
            redo_name(&name, name.in.left);
    }
}

static void extension_redo(struct redo extension)
{
    static const uint8_t alternative_name[] = {0x55, 0x1d, 0x11}; /* 2.5.29.17 */
    uint8_t tag;
    struct redo object = redo_element(&extension, &tag);
    struct reader id = object.in;
    redo_keep_all(object);
    struct redo value = redo_element(&extension, &tag);
    if (tag != TAG_OCTET_STRING) { /* critical */
        redo_keep_all(value);
        value = redo_element(&extension, &tag);
    }
    if (id.left == sizeof alternative_name && memcmp(id.at, alternative_name, id.left) == 0)
        alternative_names_redo(value);
}

static void extensions_redo(struct redo outer)
{
    uint8_t tag;
    struct redo list = redo_element(&outer, &tag);
    for (int i = 0; i < NAMES_MAX && list.in.left; i++)
        extension_redo(redo_element(&list, &tag));
}

static void to_be_signed_redo(struct redo tbs)
{
    uint8_t tag;
    struct redo first = redo_element(&tbs, &tag);
    if (tag == TAG_VERSION) {
        redo_keep_all(first);
        first = redo_element(&tbs, &tag);
    }
    number_redo(first);
    redo_keep_all(redo_element(&tbs, &tag)); /* signature algorithm */
    name_redo(&tbs);
    redo_keep_all(redo_element(&tbs, &tag)); /* validity */
    name_redo(&tbs);
    key_redo(redo_element(&tbs, &tag));
    while (tbs.in.left) {
        struct redo rest = redo_element(&tbs, &tag);
        if (tag == TAG_EXTENSIONS)
            extensions_redo(rest);
    }
}

void scrub_certificate(struct redo r)
{
    uint8_t tag;
    struct redo certificate = redo_element(&r, &tag);
    to_be_signed_redo(redo_element(&certificate, &tag));
    redo_keep_all(redo_element(&certificate, &tag)); /* signature algorithm */
    (void)redo_element(&certificate, &tag);          /* signature */
}
