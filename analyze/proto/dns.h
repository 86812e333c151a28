/* SPDX-License-Identifier: Apache-2.0 */
/* One message of DNS (RFC 1035 section 4.1): the question, and the addresses of its answer. */
#ifndef ANALYZE_PROTO_DNS_H
#define ANALYZE_PROTO_DNS_H

#include "base/addr.h"
#include "base/reader.h"

enum {
    DNS_NAME_SIZE = 96,     /* with its NUL; the names of servers are shorter */
    DNS_ADDRESSES_MAX = 4,  /* kept of an answer */
    DNS_RECORDS_MAX = 16,   /* looked at in an answer */
    DNS_TYPE_A = 1,         /* RFC 1035 section 3.2.2 */
    DNS_TYPE_AAAA = 28,     /* RFC 3596 section 2.1 */
    DNS_SERVER_FAILURE = 2, /* RFC 1035 section 4.1.1 */
    DNS_NO_SUCH_NAME = 3,
};

struct dns_message {
    bool answer;
    uint8_t code; /* of an answer; 0 = no error */
    uint16_t type;
    uint32_t n_addresses;
    char name[DNS_NAME_SIZE]; /* that was asked for: printable ASCII without a dot at its end */
    struct addr addresses[DNS_ADDRESSES_MAX];
};

/*
 * A standard query for an address, or the answer to one. False: anything else, or a name that is
 * no host's. Of an answer that is not whole the records that are.
 */
bool dns_read(struct reader, struct dns_message *);

#endif
