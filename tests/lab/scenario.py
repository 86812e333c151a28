# SPDX-License-Identifier: Apache-2.0
"""What a scenario of the lab is: one declaration, the truth included."""

from dataclasses import dataclass, field

AS_TRUE = "as in the truth"


@dataclass(frozen=True)
class Truth:
    """What really happened. Directions are "to-server", "to-client", "both" or None."""

    cause: str = "none"
    direction: str = None
    stages: tuple = ("active",)     # the last rung reached; several where the ends may differ
    outcome: str = "connected"
    mtu_to_server: int = 1500       # the largest IP packet that this direction carries
    mtu_to_client: int = 1500
    when_cut: tuple = ()            # causes that a recording which stops sooner truly holds
    reset_by: str = None            # "client", "server" or "middlebox": who sent the RST that told


@dataclass(frozen=True)
class Sees:
    """What of the truth one vantage can see. What is not given is as in the truth.

    attempts=0: no packet of the attempt passes there. why says what hides the rest; it goes into
    the case's about.md. mtu=False: this vantage is deceived about the path MTU (a router that
    clears DF), or does not carry these packets at all. twins=True: packets of one sender that are
    the same in every byte pass here, so that they may be taken for one recorded twice."""

    causes: tuple = AS_TRUE
    directions: tuple = AS_TRUE
    stages: tuple = AS_TRUE
    outcomes: tuple = AS_TRUE
    confidences: tuple = ()
    observed: tuple = ()
    not_observed: tuple = ()
    attempts: int = 1
    mtu: bool = True
    twins: bool = False
    why: str = ""


@dataclass(frozen=True)
class Scenario:
    """name: the cases are pcaps/lab-NAME-at-VANTAGE.

    path: what is done to the path, in this order, each with start(run) and words (impair.py).
    server, client: programs (ends.py). seconds: how long the client may run before it is ended.
    sees: what each vantage can see; a key is "client", "server" or "NODE:DEVICE", and None keeps
    no case of it. frames, most_bytes: the recording is cut behind so many."""

    name: str
    story: str
    server: object
    client: object
    truth: Truth
    path: tuple = ()
    sees: dict = field(default_factory=dict)
    family: int = 4
    offload: bool = False
    seconds: float = 12
    linger: float = 0.3             # how long the recording goes on after the client is gone
    frames: int = 150
    most_bytes: int = 60_000         # and so many bytes
    keys: bool = False              # the secrets of TLS are in the capture

    def vantages(self):
        """{name: Sees}, in order."""
        ends = {"client": Sees(), "server": Sees()}
        return {name: sees for name, sees in {**ends, **self.sees}.items() if sees is not None}
