/* SPDX-License-Identifier: Apache-2.0 */
/* What was negotiated, as JSON trees: "rdp", "tls", "udp", "session". */
#ifndef REPORT_RENDER_TREE_PROTOCOL_H
#define REPORT_RENDER_TREE_PROTOCOL_H

#include "report/render/tree.h"

json_t *tree_of_rdp(const struct rdpath_rdp *);
json_t *tree_of_tls(const struct rdpath_tls *, bool joined);
json_t *tree_of_udp(const struct rdpath_attempt *);
json_t *tree_of_session(const struct rdpath_session *, bool joined); /* NULL: null */

#endif
