"""The configuration of the clinic's relay (coturn), written from the settings of Anteroom.

It refuses to be a way into anybody's private network, and bounds what one seat, and all together, can take of it.
Knows no browser and no appointment; keys are made in ice.py.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

PLAIN, ENCRYPTED = 3478, 5349
"""The ports of TURN where an address names none (RFC 7065)."""

PER_SEAT = 24
"""Allocations a seat may hold: a browser takes one for each way to the relay and each of its own networks, and those
of a network that it has lost stay until their time is over."""
USUAL = 12
"""And what it takes at most where nothing goes wrong; room for all is reckoned by this."""
BYTES_A_SECOND = 500_000
"""What one allocation may carry each way: a sharp picture and sound take a little more than half of it."""
LIFETIME = 300
"""Seconds that an allocation outlives its browser's last sign of life."""
NONCE = 300
"""Seconds after which a browser has to prove its key again."""

REFUSED = {
    "this host and network": ["0.0.0.0/8"],
    "private": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    "carrier-grade NAT": ["100.64.0.0/10"],
    "loopback": ["127.0.0.0/8"],
    "link-local, and cloud providers' metadata": ["169.254.0.0/16", "fe80::/10"],
    "protocols' own, and anycast to IPv6": ["192.0.0.0/24", "192.88.99.0/24"],
    "benchmarks of networks": ["198.18.0.0/15"],
    "multicast, reserved, broadcast": ["224.0.0.0/4", "240.0.0.0/4", "ff00::/8"],
    "private and site-local, IPv6": ["fc00::/7", "fec0::/10"],
    "loopback of IPv6, and IPv4 in its clothes": ["::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"],
    "the same by NAT64, 6to4 and Teredo": ["64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"],
    "thrown away": ["100::/64"],
}
"""Peers that are refused. Examples for books (192.0.2.0/24 and such) lead nowhere and are left out."""


class Fault(Exception):
    """What keeps it from being a configuration that works, in one sentence."""


@dataclass(frozen=True)
class Address:
    """One of TURN_URLS, taken apart."""

    encrypted: bool
    host: str
    port: int


@dataclass(frozen=True)
class Relay:
    """What the person who sets the relay up has said of it."""

    realm: str = ""
    listening: tuple[str, ...] = ()
    external: str = ""
    certificate: str = ""
    key: str = ""
    calls: int = 20


def address(url: str) -> Address:
    """Take one of TURN_URLS apart (RFC 7065)."""
    found = re.fullmatch(r"(turns?):(\[[0-9A-Fa-f:.]+\]|[^\s:/?@\[\]]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?", url)
    if not found or not 0 < int(found[3] or 1) < 65536:
        raise Fault(f"TURN_URLS holds {url!r}: an address reads like turn:turn.example.org:3478?transport=tcp.")
    encrypted = found[1] == "turns"
    if encrypted and found[4] == "udp":
        raise Fault(f"TURN_URLS holds {url!r}: browsers speak turns: over TCP only; leave ?transport=udp out.")
    return Address(encrypted, found[2], int(found[3] or (ENCRYPTED if encrypted else PLAIN)))


def configuration(urls: list[str], secret: str, relay: Relay) -> str:
    """Return the content of turnserver.conf; raise Fault where it could not work."""
    if not urls or not secret:
        raise Fault("TURN_URLS and TURN_SECRET are not set: set both first, for example as .env.example shows.")
    if not re.fullmatch(r"[!-~]{16,}", secret) or set(secret) & set("#\"'"):
        raise Fault(
            "TURN_SECRET has to be 16 characters or more, without spaces and quotes; "
            "make one with: openssl rand -hex 32"
        )
    _check(relay)
    found = [address(url) for url in urls]
    tls = any(each.encrypted for each in found)
    if tls and not (relay.certificate and relay.key):
        raise Fault("TURN_URLS holds a turns: address: name its certificate and key with --cert and --key.")
    plain = _one_port("turn:", {each.port for each in found if not each.encrypted}) or PLAIN
    encrypted = _one_port("turns:", {each.port for each in found if each.encrypted})
    realm = relay.realm or found[0].host.strip("[]")
    return _written(_lines(relay, realm, secret, plain, encrypted))


def _check(relay: Relay) -> None:
    """Refuse what is no address, and what would be more than one line of the file."""
    for each in (*relay.listening, *(part for part in relay.external.split("/", 1) if relay.external)):
        try:
            ipaddress.ip_address(each)
        except ValueError:
            raise Fault(f"{each!r} is no IP address; one reads like 203.0.113.7.") from None
    for name, value in (("--realm", relay.realm), ("--cert", relay.certificate), ("--key", relay.key)):
        if not re.fullmatch(r"[^\s#\"']*", value):
            raise Fault(f"{name} is {value!r}: it takes a word without spaces and quotes.")


def _one_port(scheme: str, ports: set[int]) -> int:
    if len(ports) > 1:
        raise Fault(f"TURN_URLS names more than one port for {scheme} addresses: the relay has one.")
    return ports.pop() if ports else 0


def _lines(relay: Relay, realm: str, secret: str, plain: int, encrypted: int) -> Iterable[str]:
    yield from (
        "# The relay of Anteroom: a configuration of coturn (4.6 or newer), written by",
        "#",
        "#     flask --app wsgi turn-config",
        "#",
        "# Write it anew when TURN_URLS or TURN_SECRET change, and restart the relay. What each line is for stands in",
        "# docs/relay.md. This file holds the secret: only the relay's system user may read it.",
        "",
        "# Who may use it: browsers with a key that Anteroom has given them, for five minutes each.",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        f"realm={realm}",
        f"stale-nonce={NONCE}",
        "no-auth-pings",
        "no-dynamic-ip-list",
        "no-dynamic-realms",
        "",
        "# Where it listens. Open in the firewall: the first port for UDP and TCP, that of TLS for TCP, and the range",
        "# from min-port to max-port for UDP: there the two browsers' media meets.",
        f"listening-port={plain}",
    )
    yield from (f"listening-ip={each}" for each in relay.listening)
    yield from (f"relay-ip={each}" for each in relay.listening)
    if encrypted:
        yield from (
            f"tls-listening-port={encrypted}",
            f"cert={relay.certificate}",
            f"pkey={relay.key}",
            "no-tlsv1",
            "no-tlsv1_1",
        )
    else:
        yield "no-tls"
    yield from ("no-dtls", "min-port=49152", "max-port=65535")
    if relay.external:
        yield from (
            "# The public address in front of this machine, and after a / its own.",
            f"external-ip={relay.external}",
        )
    else:
        yield "# Behind a NAT the relay has to know its public address: write the file anew with --external-ip."
    yield from (
        "",
        "# What it may take: allocations of one seat and in all, and bytes a second of each and of all together.",
        f"user-quota={PER_SEAT}",
        f"total-quota={relay.calls * 2 * USUAL}",
        f"max-bps={BYTES_A_SECOND}",
        f"bps-capacity={relay.calls * 2 * USUAL * BYTES_A_SECOND}",
        "# Seconds that something lives on without a word from its browser.",
        f"max-allocate-lifetime={LIFETIME}",
        "channel-lifetime=300",
        "permission-lifetime=300",
        "max-allocate-timeout=20",
        "",
        "# What it never does: show itself, connect by TCP on a browser's word, answer to commands from the network.",
        "fingerprint",
        "no-software-attribute",
        "no-rfc5780",
        "no-stun-backward-compatibility",
        "response-origin-only-with-rfc5780",
        "no-tcp-relay",
        "no-cli",
        "log-file=stdout",
        "simple-log",
        "",
        "# Where it never sends to: into this machine and the networks around it, or anybody's.",
        "no-multicast-peers",
    )
    for why, networks in REFUSED.items():
        yield f"# {why}"
        for network in map(ipaddress.ip_network, networks):
            yield from (f"denied-peer-ip={first}-{network[-1]}" for first in _firsts(network))


def _firsts(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[str]:
    """Return where the ranges begin that cover a network as coturn understands ranges.

    It takes one from :: on for one without a beginning, and all of IPv4 for a part of it; and it compares byte by
    byte, so that ::1 as the beginning leaves out ::1:0. (:: itself it never talks to.)
    """
    return ["::1", "::100", "::1:0", "::100:0"] if str(network[0]) == "::" else [str(network[0])]


def _written(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
