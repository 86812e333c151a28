/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/render_samples.h"

#include <string.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }
#define LEN(array) (uint32_t)(sizeof(array) / sizeof(array)[0])

enum { SYN = 0x02, SYN_ACK = 0x12, ACK = 0x10, PSH_ACK = 0x18, FIN_ACK = 0x11, RST_ACK = 0x14 };

static struct rdpath_endpoint client(void)
{
    return (struct rdpath_endpoint){.address = "10.0.1.2", .port = 41842};
}

static struct rdpath_endpoint server(void)
{
    return (struct rdpath_endpoint){.address = "10.0.9.2", .port = 3389, .name = TEXT("rds01")};
}

/* ---- the black hole -------------------------------------------------------------------------- */

#define AT_US(us) (SAMPLE_START_NS + INT64_C(1000) * (us))

#define PACKET(us, number, len, payload, way, flags)                                               \
    {                                                                                              \
        .ts_ns = AT_US(us), .frame = (number), .ip_len = (len), .payload_len = (payload),          \
        .direction = RDPATH_TO_##way, .kind = RDPATH_PACKET_TCP, .tcp_flags = (flags)              \
    }
#define LOST(us, number, nth)                                                                      \
    {                                                                                              \
        .ts_ns = AT_US(us), .frame = (number), .ip_len = 1500, .payload_len = 1448,                \
        .direction = RDPATH_TO_CLIENT, .kind = RDPATH_PACKET_TCP, .tcp_flags = ACK,                \
        .fate = RDPATH_FATE_LOST, .again = (nth)                                                   \
    }

static const struct rdpath_packet hole_packets[] = {
    PACKET(0, 2, 60, 0, SERVER, SYN),
    PACKET(100, 3, 60, 0, CLIENT, SYN_ACK),
    PACKET(600, 4, 52, 0, SERVER, ACK),
    PACKET(1400, 5, 97, 45, SERVER, PSH_ACK),
    PACKET(3500, 7, 71, 19, CLIENT, PSH_ACK),
    PACKET(7300, 9, 367, 315, SERVER, PSH_ACK),
    LOST(12100, 10, 0),
    LOST(12110, 11, 0),
    PACKET(12120, 12, 1252, 1200, CLIENT, PSH_ACK),
    PACKET(20000, 18, 232, 180, CLIENT, PSH_ACK),
    PACKET(20300, 19, 72, 0, SERVER, ACK),
    LOST(226000, 21, 1),
    LOST(666000, 22, 2),
    LOST(1498000, 23, 3),
    LOST(3162000, 24, 4),
    PACKET(5149000, 27, 72, 0, SERVER, ACK),
    PACKET(5150000, 28, 52, 0, CLIENT, ACK),
    LOST(6682000, 29, 5),
    LOST(13338000, 34, 6),
    PACKET(13585000, 35, 72, 0, SERVER, FIN_ACK),
};

static const struct rdpath_rung hole_rungs[] = {
    {RDPATH_STAGE_TCP_SYN, AT_US(0), 2, false},
    {RDPATH_STAGE_TCP_OPEN, AT_US(600), 4, false},
    {RDPATH_STAGE_X224_REQUEST, AT_US(1400), 5, false},
    {RDPATH_STAGE_X224_CONFIRM, AT_US(3500), 7, false},
    {RDPATH_STAGE_TLS_HELLO, AT_US(7300), 9, false},
};

static const struct rdpath_evidence hole_evidence[] = {
    {"The server sent one 1500-byte packet 7 times, with growing gaps.",
     {{10, 21, 22, 23, 24, 29, 34}, 7, 7}},
    {"Packets of 1252 and 232 bytes to the client arrived in between.", {{12, 18, 19}, 3, 3}},
};

static const struct rdpath_evidence hole_against[] = {
    {"The capture was taken at one end only.", {{0}, 0, 0}},
};

static const struct rdpath_advice hole_advice[] = {
    {"Test now, without changing anything: the first must fail, the second must answer", "client",
     "windows", "ping -f -l 1472 rds01\nping -f -l 1224 rds01", NULL, NULL, "none"},
    {"Quick relief: a smaller MTU on the client's VPN adapter", "client", "windows",
     "netsh interface ipv4 set subinterface \"VPN\" mtu=1252 store=persistent",
     "netsh interface ipv4 show subinterfaces",
     "netsh interface ipv4 set subinterface \"VPN\" mtu=1500 store=persistent",
     "slightly lower throughput; nothing else changes"},
    {"The cure, for everyone behind the tunnel: clamp the MSS at the VPN gateway, or let ICMP "
     "through",
     "network", "any",
     "nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu", NULL, NULL,
     "does not help RDP over UDP: for that the MTU must be right too"},
};

static const struct rdpath_finding hole_findings[] = {{
    .id = "pmtu-black-hole",
    .confirmed = true,
    .confidence = RDPATH_CONFIRMED,
    .direction = RDPATH_TO_CLIENT,
    .text = "Large packets from the server never reach the client.",
    .frames = {{10, 11}, 2, 2},
    .evidence = hole_evidence,
    .n_evidence = LEN(hole_evidence),
    .against = hole_against,
    .n_against = LEN(hole_against),
    .advice = hole_advice,
    .n_advice = LEN(hole_advice),
}};

static const struct rdpath_ruled_out hole_ruled_out[] = {
    {"packet-loss", "9 of 9 packets of 1500 bytes lost, 0 of 11 smaller ones", {{0}, 0, 0}},
    {"server-key-unusable", "the server did answer the ClientHello", {{10, 11, 12, 18}, 4, 4}},
    {"middlebox-reset", "no RST in the capture", {{0}, 0, 0}},
    {"server-silent", "it kept answering keep-alives", {{28}, 1, 1}},
};

static const struct rdpath_undecided hole_undecided[] = {
    {"tunnel-mtu-too-large", "rdpath probe rds01 from the client narrows 1252 to 1499 down"},
    {"udp-blocked", "not attempted before the failure; check after the fix"},
};

static const struct rdpath_observation hole_observations[] = {
    {.id = "udp-not-attempted",
     .text = "No RDP over UDP was attempted.",
     .values = {{"mss", 1460, NULL}, {"side", 0, "client"}},
     .n_values = 2},
};

static const struct rdpath_connection hole_connections[] = {
    {.decisive = true,
     .client_port = 41842,
     .start_ns = SAMPLE_START_NS,
     .duration_ns = 13585 * SAMPLE_MS,
     .stage = RDPATH_STAGE_TLS_HELLO,
     .ended = {RDPATH_BY_CLIENT, RDPATH_END_FIN, 35, 13564 * SAMPLE_MS}},
};

static void hole_paths(struct rdpath_path path[2])
{
    path[RDPATH_TO_SERVER] = (struct rdpath_path){
        .mss = 1460,
        .largest_delivered = 367,
        .largest_frame = 9,
        .mtu = {367, 0},
        .rtt_ns = 400000,
        .n_packets = 16,
        .n_data = 2,
    };
    path[RDPATH_TO_CLIENT] = (struct rdpath_path){
        .mss = 1460,
        .largest_delivered = 1252,
        .largest_frame = 12,
        .smallest_lost = 1500,
        .mtu = {1252, 1500},
        .rtt_ns = 600000,
        .retransmitted = 7,
        .n_packets = 20,
        .n_data = 6,
        .n_lost = 9,
        .repeated = {.ip_len = 1500, .n_sent = 9, .gaps_grow = true},
    };
}

struct rdpath_attempt sample_black_hole(void)
{
    struct rdpath_attempt a = {
        .id = 1,
        .input_path = "attempt.pcapng",
        .vantage = RDPATH_AT_SERVER,
        .client = client(),
        .server = server(),
        .start_ns = SAMPLE_START_NS,
        .duration_ns = 13585 * SAMPLE_MS,
        .outcome = RDPATH_FAILED,
        .stage = RDPATH_STAGE_TLS_HELLO,
        .waiting_for = RDPATH_BY_SERVER,
        .ended = {RDPATH_BY_CLIENT, RDPATH_END_FIN, 35, 13564 * SAMPLE_MS},
        .cause = {"pmtu-black-hole",
                  RDPATH_TO_CLIENT,
                  RDPATH_CONFIRMED,
                  "Large packets from the server never reach the client. The path toward it "
                  "carries at least 1252 and less than 1500 bytes, and no router says so.",
                  {{10, 12, 21, 22}, 4, 4}},
        .has_path = true,
        .rdp = {.present = true,
                .has_request = true,
                .has_response = true,
                .cookie = TEXT("user1"),
                .requested = 3,
                .selected = 1},
        .tls = {.present = true,
                .offered_max = 0x0304,
                .client_hello_whole = true,
                .server_name = TEXT("rds01")},
        .rungs = hole_rungs,
        .n_rungs = LEN(hole_rungs),
        .connections = hole_connections,
        .n_connections = LEN(hole_connections),
        .observations = hole_observations,
        .n_observations = LEN(hole_observations),
        .findings = hole_findings,
        .n_findings = LEN(hole_findings),
        .ruled_out = hole_ruled_out,
        .n_ruled_out = LEN(hole_ruled_out),
        .undecided = hole_undecided,
        .n_undecided = LEN(hole_undecided),
        .packets = hole_packets,
        .n_packets = LEN(hole_packets),
        .n_packets_seen = LEN(hole_packets),
    };
    hole_paths(a.path);
    return a;
}

/* ---- a healthy session ----------------------------------------------------------------------- */

static const struct rdpath_certificate certificate = {
    .subject = "CN=rds01",
    .issuer = "CN=rds01",
    .not_before_s = 1767225600,           /* 2026-01-01 */
    .not_after_s = INT64_C(253402300799), /* 9999-12-31 23:59:59, RFC 5280 section 4.1.2.5 */
    .key = "rsa-2048",
    .signature = "sha256WithRSAEncryption",
    .self_signed = true,
    .sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    .frame = 12,
};

static const struct rdpath_rung healthy_rungs[] = {
    {RDPATH_STAGE_TCP_SYN, AT_US(0), 1, false},
    {RDPATH_STAGE_TCP_OPEN, AT_US(600), 3, false},
    {RDPATH_STAGE_X224_REQUEST, AT_US(1400), 4, false},
    {RDPATH_STAGE_X224_CONFIRM, AT_US(3500), 6, false},
    {RDPATH_STAGE_TLS_HELLO, AT_US(7300), 8, false},
    {RDPATH_STAGE_TLS_SERVER_FLIGHT, AT_US(12000), 12, false},
    {RDPATH_STAGE_TLS_DONE, AT_US(15000), 14, false},
    {RDPATH_STAGE_CREDSSP, AT_US(120000), 20, true},
    {RDPATH_STAGE_MCS, AT_US(160000), 30, true},
    {RDPATH_STAGE_LICENSING, AT_US(300000), 41, true},
    {RDPATH_STAGE_ACTIVE, AT_US(410000), 50, true},
};

struct rdpath_attempt sample_healthy(void)
{
    struct rdpath_attempt a = {
        .id = 2,
        .input_path = "attempt.pcapng",
        .vantage = RDPATH_AT_CLIENT,
        .client = client(),
        .server = server(),
        .start_ns = SAMPLE_START_NS,
        .duration_ns = 61000 * SAMPLE_MS,
        .outcome = RDPATH_CONNECTED,
        .stage = RDPATH_STAGE_ACTIVE,
        .stage_inferred = true,
        .ended = {RDPATH_BY_CLIENT, RDPATH_END_FIN, 950, 20 * SAMPLE_MS},
        .cause = {"none",
                  RDPATH_NO_DIRECTION,
                  RDPATH_CONFIRMED,
                  "The session came up and was closed by the client; nothing went wrong.",
                  {{0}, 0, 0}},
        .has_path = true,
        .rdp = {.present = true,
                .has_request = true,
                .has_response = true,
                .cookie = TEXT("user1"),
                .requested = 11,
                .selected = 8},
        .tls = {.present = true,
                .version = 0x0303,
                .cipher = 0xc030,
                .server_answered = true,
                .server_name = TEXT("rds01"),
                .certificate = &certificate},
        .udp = {.attempted = true,
                .stage = "data",
                .version = "2",
                .mtu_up = 1232,
                .mtu_down = 1232,
                .outcome = RDPATH_UDP_OK},
        .rungs = healthy_rungs,
        .n_rungs = LEN(healthy_rungs),
    };
    a.path[RDPATH_TO_SERVER] = (struct rdpath_path){.mss = 1460,
                                                    .largest_delivered = 1500,
                                                    .mtu = {1500, 0},
                                                    .rtt_ns = 2000000,
                                                    .n_packets = 400,
                                                    .n_data = 120};
    a.path[RDPATH_TO_CLIENT] = (struct rdpath_path){.mss = 1460,
                                                    .largest_delivered = 1500,
                                                    .mtu = {1500, 0},
                                                    .rtt_ns = 40000,
                                                    .retransmitted = 2,
                                                    .n_packets = 550,
                                                    .n_data = 500,
                                                    .n_merged = 3};
    return a;
}

/* ---- a refused connection -------------------------------------------------------------------- */

static const struct rdpath_packet refused_packets[] = {
    PACKET(0, 1, 60, 0, SERVER, SYN),
    PACKET(800, 2, 40, 0, CLIENT, RST_ACK),
};

static const struct rdpath_rung refused_rungs[] = {{RDPATH_STAGE_TCP_SYN, AT_US(0), 1, false}};

static const struct rdpath_advice refused_advice[] = {
    {"See whether anything listens on port 3389", "server", "windows", "netstat -ano -p tcp", NULL,
     NULL, "none"},
};

static const struct rdpath_finding refused_findings[] = {{
    .id = "connect-refused",
    .confirmed = true,
    .confidence = RDPATH_CONFIRMED,
    .direction = RDPATH_NO_DIRECTION,
    .text = "The server refused the connection.",
    .frames = {{2}, 1, 1},
    .advice = refused_advice,
    .n_advice = LEN(refused_advice),
}};

struct rdpath_attempt sample_refused(void)
{
    struct rdpath_attempt a = {
        .id = 3,
        .vantage = RDPATH_AT_CLIENT,
        .client = client(),
        .server = server(),
        .start_ns = SAMPLE_START_NS,
        .duration_ns = 800000,
        .outcome = RDPATH_FAILED,
        .stage = RDPATH_STAGE_TCP_SYN,
        .waiting_for = RDPATH_BY_SERVER,
        .ended = {RDPATH_BY_SERVER, RDPATH_END_RST, 2, 800000},
        .cause = {"connect-refused",
                  RDPATH_NO_DIRECTION,
                  RDPATH_CONFIRMED,
                  "The server host answered the SYN with RST: nothing listens on port 3389.",
                  {{1, 2}, 2, 2}},
        .rungs = refused_rungs,
        .n_rungs = LEN(refused_rungs),
        .findings = refused_findings,
        .n_findings = LEN(refused_findings),
        .packets = refused_packets,
        .n_packets = LEN(refused_packets),
        .n_packets_seen = 2,
    };
    return a;
}

/* ---- hostile --------------------------------------------------------------------------------- */

#define HOSTILE                                                                                    \
    "<script>alert(1)</script>|`` ``` *b* _i_ [x](http://e.example) ![i](y) # h\n# own heading\n"  \
    "| a | b |\r\x1b[31mred\x1b]0;t\x07 \xc2\x9b"                                                  \
    "1m \xe2\x80\xae"                                                                              \
    "rtl @all {code} &lt;"                                                                         \
    " </style>"                                                                                    \
    "\xff\xfe\xc0\xaf\xed\xa0\x80 \"quoted' --> ]]> \\"

const char sample_hostile_text[] = HOSTILE;

static char long_name[5000];

static const struct rdpath_evidence hostile_evidence[] = {{HOSTILE, {{4, 5, 6}, 3, 9}}};
static const struct rdpath_advice hostile_advice[] = {
    {HOSTILE, "client", "windows", HOSTILE, HOSTILE, HOSTILE, HOSTILE}};
static const struct rdpath_finding hostile_findings[] = {
    {.id = "not-rdp",
     .text = HOSTILE,
     .evidence = hostile_evidence,
     .n_evidence = 1,
     .against = hostile_evidence,
     .n_against = 1,
     .advice = hostile_advice,
     .n_advice = 1},
    {.id = "server-closed", .text = HOSTILE},
};
static const struct rdpath_ruled_out hostile_ruled_out[] = {
    {"server-silent", HOSTILE, {{0}, 0, 0}}};
static const struct rdpath_undecided hostile_undecided[] = {{"udp-blocked", HOSTILE}};
static const struct rdpath_observation hostile_observations[] = {
    {.id = "one-sided", .text = HOSTILE, .values = {{"what", 0, HOSTILE}}, .n_values = 1}};
static const struct rdpath_certificate hostile_certificate = {
    .subject = HOSTILE, .issuer = long_name, .key = "rsa-2048", .signature = HOSTILE, .sha256 = ""};

static const struct rdpath_session hostile_session = {
    .credssp = {.present = true,
                .user = TEXT(HOSTILE),
                .domain = TEXT(HOSTILE),
                .workstation = TEXT(HOSTILE),
                .target = TEXT(HOSTILE),
                .server = TEXT(HOSTILE)},
    .client_name = TEXT(HOSTILE),
    .channels = {TEXT(HOSTILE)},
    .n_channels = 1,
    .has_info = true,
    .user = TEXT(HOSTILE),
    .domain = TEXT(HOSTILE),
    .redirected = {.code = 1, .frame = 9},
    .redirect_address = TEXT(HOSTILE),
    .redirect_name = TEXT(HOSTILE),
};

struct rdpath_attempt sample_hostile(void)
{
    struct rdpath_attempt a = sample_black_hole();
    memset(long_name, 'A', sizeof long_name - 1);
    a.id = 4;
    a.input_path = HOSTILE;
    a.server.name = (struct rdpath_text)TEXT(HOSTILE);
    a.client.name = (struct rdpath_text){(const uint8_t *)long_name, sizeof long_name - 1};
    a.cause.id = "not-rdp";
    a.cause.summary = HOSTILE;
    a.rdp.cookie = (struct rdpath_text)TEXT("user\xff\x00<b>|`");
    a.tls.server_name = (struct rdpath_text)TEXT(HOSTILE);
    a.tls.certificate = &hostile_certificate;
    a.session = &hostile_session;
    a.tls.cipher = 0x1234;
    a.findings = hostile_findings;
    a.n_findings = LEN(hostile_findings);
    a.ruled_out = hostile_ruled_out;
    a.n_ruled_out = 1;
    a.undecided = hostile_undecided;
    a.n_undecided = 1;
    a.observations = hostile_observations;
    a.n_observations = 1;
    return a;
}

/* ---- nothing known, and the input ------------------------------------------------------------ */

struct rdpath_attempt sample_empty(void)
{
    return (struct rdpath_attempt){.start_ns = RDPATH_UNKNOWN,
                                   .duration_ns = RDPATH_UNKNOWN,
                                   .cause = {.direction = RDPATH_NO_DIRECTION},
                                   .ended = {.quiet_before_ns = RDPATH_UNKNOWN}};
}

static const struct rdpath_interface interfaces[] = {
    {.name = "eth0", .link_type = 1, .link_type_name = "EN10MB", .received = 91, .dropped = 0},
    {.link_type = 147, .received = -1, .dropped = -1},
};

static const char *const problems[] = {"The last packet is cut off at byte 20472."};

struct rdpath_input sample_input(void)
{
    return (struct rdpath_input){
        .path = "attempt.pcapng",
        .format = "pcapng",
        .packets = 91,
        .bytes = 20472,
        .first_ns = SAMPLE_START_NS,
        .last_ns = SAMPLE_START_NS + 14276543211,
        .vantage = RDPATH_AT_SERVER,
        .interfaces = interfaces,
        .n_interfaces = LEN(interfaces),
        .problems = problems,
        .n_problems = 1,
        .n_attempts = 1,
    };
}

/* ---- written --------------------------------------------------------------------------------- */

char *sample_rendered(const struct format *format, const struct writer_options *options,
                      const struct rdpath_attempt *attempts, size_t n)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&bytes, &len);
    struct writer *w = format->begin(file, options);
    struct rdpath_input input = sample_input();
    for (size_t i = 0; i < n; i++)
        format->attempt(w, &attempts[i]);
    format->input(w, &input);
    format->end(w);
    fclose(file);
    return bytes;
}
