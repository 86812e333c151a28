# SPDX-License-Identifier: Apache-2.0
"""What tshark reads of the public captures with RDP in them, from the text beside them.

captures/README.md has a section for each, made by tshark; each TCP connection in it is compared
with the connection of that client port in the answer.
"""

import re

import result

SECTION = "\n### "
STREAM = re.compile(r"- TCP stream \d+: client (\S+):(\d+) -> server (\S+):(\d+); .* frames "
                    r"(\d+)\.\.(\d+), ([0-9.]+) s")
SYN_MSS = re.compile(r"SYN #\d+\(C\) MSS=(\d+)")
SYN_ACK_MSS = re.compile(r"SYN/ACK #\d+\(S\) MSS=(\d+)")
REQUEST = re.compile(r"X\.224 CR cookie='(.*)' requestedProtocols=(\S+)")
CONFIRM = re.compile(r"X\.224 CC RDP_NEG_RSP selectedProtocol=(\S+)")
FAILURE = re.compile(r"X\.224 CC RDP_NEG_FAILURE code=(\d+)")
CLIENT_HELLO = re.compile(r"C: ClientHello .* SNI=(\S+)")
SERVER_HELLO = re.compile(r"S: ServerHello\S* recver=\S+ hellover=(\S+) suppver=(\S+) "
                          r"cipher=(\S+) cert_len=\d+ names=(.*) validity=(.*) \(UTC\);"
                          r"(.*) \(UTC\)")
INITIAL = re.compile(r"MCS Connect-Initial clientName='(.*)' build=(\d+)")
RESPONSE = re.compile(r"MCS Connect-Response encMethod=(\S+) encLevel=(\S+)")
ULTIMATUM = re.compile(r"#(\d+) plaintext disconnectProviderUltimatum")
REQUEST_ERROR = re.compile(r"#(\d+) s0 ntlm=\S* credsspver=(\d+) err=(-?\d+)")
END = re.compile(r"#(\d+)\(([CS])")
VERSIONS = {"0x0301": "1.0", "0x0302": "1.1", "0x0303": "1.2", "0x0304": "1.3"}
CIPHERS = {"0xc030": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
           "0x002f": "TLS_RSA_WITH_AES_128_CBC_SHA"}
PROTOCOLS = [(1, "tls"), (2, "hybrid"), (4, "rdstls"), (8, "hybrid-ex"), (16, "rdsaad")]
# What a line says is the least stage of its connection.
# The first messages of a logon, as tshark names them.
METHODS = [("ntlm=0x00000001", "ntlm"), ("krb=16", "kerberos"), ("krb=14", "kerberos")]
REACHED = [("SYN #", "tcp-syn"), ("X.224 CR", "x224-request"), ("X.224 CC", "x224-confirm"),
           ("C: ClientHello", "tls-hello"), ("S: ServerHello", "tls-server-flight"),
           ("S: ChangeCipherSpec", "tls-done"), ("MCS Connect-Initial", "mcs"),
           ("plaintext ClientInfo", "licensing")]


def sections(text):
    """Each file's lines by its name."""
    for section in text.split(SECTION)[1:]:
        name, _, body = section.partition("\n")
        yield name.strip(), body.split("\n")


def streams(lines):
    """[match of the first line, the lines below it] of each TCP connection on the RDP side."""
    found, below = [], None
    for line in lines:
        match = STREAM.match(line)
        if match:
            below = []
            found.append((match, below))
        elif line.startswith("  ") and below is not None:
            below.append(line.strip().removeprefix("- "))
        else:
            below = None
    return found


def protocols(mask):
    mask = int(mask, 16)
    return [name for bit, name in PROTOCOLS if mask & bit] or ["rdp"]


def members_of_hello(match):
    version, supported, cipher, names, begins, ends = match.groups()
    members = {"tls.version": VERSIONS[supported if supported != "-" else version],
               "tls.cipher": CIPHERS[cipher],
               "tls.certificate.not_before": begins.replace(" ", "T") + ".000000000Z",
               "tls.certificate.not_after": ends.replace(" ", "T") + ".000000000Z"}
    issuer, subject = names.split("/")[:2]
    members["tls.certificate.self_signed"] = issuer == subject
    if issuer == subject:
        members["tls.certificate.subject"] = "CN=" + subject
    return members


def members_of(lines):
    """What the answer has to say of a connection that decides."""
    members = {}
    for line in lines:
        for pattern, path in ((SYN_MSS, "path.to_client.mss"), (SYN_ACK_MSS, "path.to_server.mss")):
            match = pattern.search(line)
            if match:
                members[path] = int(match.group(1))
        if match := REQUEST.search(line):
            cookie = match.group(1).removeprefix("Cookie: mstshash=").replace("\\\\", "\\")
            members["rdp.cookie"] = cookie or None
            if match.group(2) != "ABSENT":
                members["rdp.requested"] = protocols(match.group(2))
        if match := CONFIRM.search(line):
            members["rdp.selected"] = protocols(match.group(1))[0]
        if match := FAILURE.search(line):
            members["rdp.failure.code"] = int(match.group(1))
        if match := CLIENT_HELLO.search(line):
            members["tls.server_name"] = None if match.group(1) == "-" else match.group(1)
        if match := SERVER_HELLO.search(line):
            members.update(members_of_hello(match))
        if match := INITIAL.search(line):
            members["session.client.name"] = match.group(1)
            members["session.client.build"] = int(match.group(2))
        if match := RESPONSE.search(line):
            members["session.server.encryption_method"] = int(match.group(1), 16)
            members["session.server.encryption_level"] = int(match.group(2), 16)
        if match := ULTIMATUM.search(line):
            members["session.disconnect.frame"] = int(match.group(1))
    return members


def least_stage(lines):
    least = 0
    for line in lines:
        for words, stage in REACHED:
            if words in line:
                least = max(least, result.STAGES.index(stage))
    return least


def ends_of(lines):
    """(frame, side) of each FIN and RST."""
    text = next((line for line in lines if line.startswith("end: ")), "")
    return {(int(frame), {"C": "client", "S": "server"}[side]) for frame, side in END.findall(text)}


def check_end(lines, connection, where):
    ends, ended = ends_of(lines), connection["ended"]
    if not ends:
        return [] if ended["frame"] is None or ended["how"] == "alert" else \
            [f"{where}.ended: tshark sees no FIN and no RST, found {ended}"]
    first = min(ends)
    if ended["how"] == "alert" or (ended["frame"], ended["by"]) == first:
        return []
    return [f"{where}.ended: tshark sees the first FIN or RST in frame {first[0]} of the "
            f"{first[1]}, found {ended}"]


def check_connection(match, lines, found, where):
    attempt, connection = found
    problems = check_end(lines, connection, where)
    whole = not any("SYN NOT CAPTURED" in line for line in lines)  # else it begins with its data
    if whole and abs(connection["duration"] - float(match.group(7))) > 1e-6:
        problems.append(f"{where}.duration: tshark says {match.group(7)} s, found "
                        f"{connection['duration']}")
    if result.STAGES.index(connection["stage"]) < least_stage(lines):
        problems.append(f"{where}.stage: tshark shows {result.STAGES[least_stage(lines)]}, found "
                        f"{connection['stage']}")
    if connection["decisive"]:
        for path, value in members_of(lines).items():
            problems += result.check_one_of(attempt, path, [value], where)
    return problems


def check_logon(lines, attempts):
    """With the secrets in the file tshark names the logon; without them its sizes have to."""
    secret = next((line for line in lines if line.startswith("- WITH the embedded secrets")), "")
    wanted = next((method for words, method in METHODS if words in secret), None)
    if not wanted or not attempts:
        return []
    seen = [o["values"].get("method") for o in attempts[0]["observations"]
            if o["id"] == "logon-method"]
    read = result.member(attempts[0], "session.credssp.mechanism")
    right = wanted in (read, *seen) and set(seen) <= {wanted}
    return [] if right else [f"logon: expected {wanted}, read {read}, told from sizes {seen}"]


def check_error(lines, attempts):
    """An error of CredSSP that tshark decrypted is read as well, where the secrets are there."""
    secret = next((line for line in lines if line.startswith("- WITH the embedded secrets")), "")
    match = REQUEST_ERROR.search(secret)
    if not match or not attempts or result.member(attempts[0], "session") is None:
        return []
    members = {"frame": int(match.group(1)), "code": int(match.group(3)) & 0xFFFFFFFF}
    problems = result.check_one_of(attempts[0], "session.credssp.server_version",
                                   [int(match.group(2))], "attempts[0]")
    for name, value in members.items():
        problems += result.check_one_of(attempts[0], "session.credssp.error." + name, [value],
                                        "attempts[0]")
    return problems


def check(lines, attempts, all_found):
    """all_found: does every connection on this list have to be in the answer?"""
    problems = check_logon(lines, attempts) + check_error(lines, attempts)
    for match, below in streams(lines):
        found = [(attempt, connection) for attempt in attempts
                 for connection in attempt["connections"]
                 if attempt["client"]["address"] == match.group(1)
                 and attempt["server"]["address"] == match.group(3)
                 and str(connection["client_port"]) == match.group(2)]
        where = f"client port {match.group(2)}"
        if found:
            problems += check_connection(match, below, found[0], where)
        elif all_found:
            problems.append(f"{where}: tshark sees this connection, the answer has none of it")
    return problems
