# SPDX-License-Identifier: Apache-2.0
"""Attempts that nothing is wrong with."""

from ends import Shadow, Weston, Xfreerdp, Xrdp
from scenario import Scenario, Truth

CONNECTED = Truth()

SCENARIOS = [
    Scenario("fine-tls12", "A session over TLS 1.2",
             Xrdp(protocols="TLSv1.2"), Xfreerdp("tls"), CONNECTED, seconds=4),
    Scenario("fine-tls13", "A session over TLS 1.3",
             Xrdp(), Xfreerdp("tls"), CONNECTED, seconds=4),
    Scenario("fine-tls13-v6", "A session over TLS 1.3 and IPv6",
             Xrdp(), Xfreerdp("tls"), CONNECTED, seconds=4, family=6),
    Scenario("fine-nla", "A session with NLA",
             Shadow("nla"), Xfreerdp("nla"), CONNECTED, seconds=4),
    Scenario("fine-standard", "A session with Standard RDP Security",
             Shadow("rdp"), Xfreerdp("rdp"), CONNECTED, seconds=4),
    Scenario("fine-weston", "A session whose first pictures come at once",
             Weston(), Xfreerdp("tls"), CONNECTED, seconds=4),
]
