"""The relay with the configuration that Anteroom writes: a real coturn, and what it lets nobody do."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from aioice import stun
from flask import Flask

from tests.cast import Cast, book, with_link
from tests.relay import SECRET, UDP, V6, Client, Refused, RunningRelay, credential, inside
from tests.servers import HOST
from tests.test_cli import run
from tests.wire import within
from webapp.relay import BYTES_A_SECOND, PER_SEAT, REFUSED, Fault, Relay, address, configuration

WAYS = ["udp", "tcp", "tls"]
NETWORKS = [network for networks in REFUSED.values() for network in networks]


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRelay]:
    """A relay as at a clinic: it talks to nobody on loopback."""
    with RunningRelay(tmp_path_factory.mktemp("relay"), listening=(HOST, "::1")) as running:
        yield running


def refusal(of: Client, move: str, *what: str) -> int:
    """Return the code with which something is refused."""
    with pytest.raises(Refused) as refused:
        getattr(of, move)(*what)
    return refused.value.code


def connect(one: Client, other: Client) -> None:
    """Let two talk to each other, each through an allocation of their own."""
    at_one, at_other = one.allocate(), other.allocate()
    one.bind(*at_other)
    other.bind(*at_one)


class TestItsConfiguration:
    def test_is_understood_by_the_relay_line_by_line(self, relay: RunningRelay) -> None:
        said = relay.log.partition("Default Net Engine")[0]
        for complaint in ("ERROR", "WARNING", "Bad", "Unknown", "unrecognized", "illegal", "cannot", "Usage:"):
            assert complaint not in said
        program = shutil.which("turnserver")
        known = subprocess.run([str(program), "-h"], capture_output=True, text=True).stdout
        for line in (relay.folder / "turnserver.conf").read_text().splitlines():
            name = re.escape(line.partition("=")[0])
            if line and not line.startswith("#"):
                assert re.search(rf"^ (-\w, +)?--(\S+, )?{name}\b", known, re.MULTILINE), f"what is {line}?"

    def test_is_in_force(self, relay: RunningRelay) -> None:
        for said in (
            f"{BYTES_A_SECOND} bytes per second allowed per session",
            "RFC5780 disabled",
            "TCP relay endpoints are not allowed",
            "TLS/TCP listener opened",
        ):
            assert said in relay.log
        for never in ("DTLS/UDP listener", "CLI password", "Admin", SECRET):
            assert never not in relay.log

    def test_shows_no_version(self, relay: RunningRelay) -> None:
        with Client(relay) as client:
            for answer in (client.ask(stun.Method.BINDING), client.ask(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP)):
                assert "SOFTWARE" not in answer.attributes
                assert "OTHER-ADDRESS" not in answer.attributes
                assert "FINGERPRINT" in answer.attributes

    @pytest.mark.parametrize(
        ("version", "spoken"),
        [(ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)],
    )
    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
    def test_speaks_no_old_tls(self, relay: RunningRelay, version: ssl.TLSVersion, spoken: bool) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(relay.folder / "cert.pem")
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection((HOST, relay.encrypted), 2) as raw:
            if spoken:
                context.wrap_socket(raw, server_hostname=HOST).close()
            else:
                with pytest.raises(OSError):
                    context.wrap_socket(raw, server_hostname=HOST)


class TestAKey:
    @pytest.mark.parametrize("way", WAYS)
    def test_as_a_browser_gets_it_opens_the_relay(
        self, relay: RunningRelay, app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        app.config.update(TURN_URLS=relay.urls, TURN_SECRET=SECRET)
        appointment = book(cast.ada)
        cleo = with_link(app, appointment)
        monkeypatch.undo()  # the relay goes by the real clock; the appointment is still to come
        found = cleo.get(f"/visit/{appointment.ref}/ice").json["servers"][0]  # type: ignore[index]
        assert found["urls"] == relay.urls
        with Client(relay, way, (found["username"], found["credential"])) as client:
            assert client.allocate()[0] == HOST
            assert client.refresh(0) == 0

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize(
        "given",
        [credential(-1), credential(secret="another secret altogether"), ("a-name", "a-key")],
        ids=["that has run out", "made with another secret", "made up"],
    )
    def test_opens_nothing(self, relay: RunningRelay, way: str, given: tuple[str, str]) -> None:
        with Client(relay, way, given) as client:
            assert refusal(client, "allocate") == 401

    def test_that_was_given_to_someone_else_is_no_key_to_their_allocation(self, relay: RunningRelay) -> None:
        with Client(relay, "udp", credential()) as client:
            client.allocate()
            own = client.name, client.key
            client.name, client.key = credential(seat="another")
            assert refusal(client, "refresh") == 441
            client.name, client.key = own

    def test_is_needed(self, relay: RunningRelay) -> None:
        with Client(relay) as client:
            assert client.ask(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP).error_code == 401


class TestItNeverSends:
    @pytest.mark.parametrize("network", NETWORKS + ["::1/128", "::7f00:1/128", "::7f00:0/128", "::ffff:7f00:1/128"])
    def test_to_a_network_of_this_kind(self, relay: RunningRelay, network: str) -> None:
        family = V6 if ":" in network else 0
        for peer in inside(network):
            for move in ("permit", "bind"):
                with Client(relay, "udp", credential(seat=f"to-{peer}-{move}")) as client:
                    client.allocate(family=family)
                    assert refusal(client, move, peer) == 403, f"{move} {peer}"

    @pytest.mark.parametrize("peer", ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::1", "64:ff9b::a00:1"])
    def test_from_ipv4_to_what_is_hidden_in_ipv6(self, relay: RunningRelay, peer: str) -> None:
        with Client(relay, "udp", credential()) as client:
            client.allocate()
            assert refusal(client, "permit", peer) == refusal(client, "bind", peer) == 443

    @pytest.mark.parametrize(
        "peer", ["9.9.9.9", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "223.255.255.1", "192.0.2.7"]
        + ["198.51.100.7", "203.0.113.7", "2001:db8::7", "2606:4700::1111", "2a00::1"],
    )  # fmt: skip
    def test_but_to_the_rest_of_the_world(self, relay: RunningRelay, peer: str) -> None:
        with Client(relay, "udp", credential()) as client:
            client.allocate(family=V6 if ":" in peer else 0)
            client.permit(peer)
            client.bind(peer)

    def test_by_tcp(self, relay: RunningRelay) -> None:
        with Client(relay, "tcp", credential()) as client, pytest.raises(Refused) as refused:
            client.do(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=6 << 24)
        assert refused.value.code == 442


class TestItsCaps:
    def test_a_seat_may_hold_so_many_however_often_its_key_is_renewed(self, relay: RunningRelay) -> None:
        with ExitStack() as stack:
            keys = [credential(300 - number, "greedy") for number in range(PER_SEAT + 1)]
            *held, last = [stack.enter_context(Client(relay, "udp", key)) for key in keys]
            for client in held:
                client.allocate()
            assert refusal(last, "allocate") == 486
            with Client(relay, "udp", credential(seat="modest")) as other:
                other.allocate()
            held[0].refresh(0)
            within(10, lambda: allocates(relay, "greedy"))

    @pytest.mark.parametrize("line", ["total-quota=3", f"bps-capacity={3 * BYTES_A_SECOND}"])
    def test_all_together_may_hold_so_many(self, tmp_path: Path, line: str) -> None:
        with RunningRelay(tmp_path, line) as relay:
            held = [Client(relay, "udp", credential(seat=f"seat-{number}")) for number in range(4)]
            for client in held[:3]:
                client.allocate()
            assert refusal(held[3], "allocate") == 486
            for client in held:
                client.drop()

    @pytest.mark.alone
    def test_nobody_may_send_more_than_so_much(self, tmp_path: Path) -> None:
        with (
            RunningRelay(tmp_path, "max-bps=50000", allow_loopback=True) as relay,
            Client(relay, "udp", credential(seat="ada")) as ada,
            Client(relay, "udp", credential(seat="cleo")) as cleo,
        ):
            connect(ada, cleo)
            began, came, sent = time.monotonic(), 0, 0
            while time.monotonic() - began < 3:
                for _ in range(20):
                    ada.send(b"x" * 1000)
                    sent += 1000
                while cleo.hear(0.001):
                    came += 1000
            assert 50_000 < came < 300_000 < sent / 3

    def test_an_allocation_lives_five_minutes_without_a_sign_of_life(self, relay: RunningRelay) -> None:
        with Client(relay, "udp", credential()) as client:
            client.allocate(3600)
            assert client.seconds == client.refresh(3600) == 300


class TestMedia:
    @pytest.mark.parametrize("way", WAYS)
    def test_goes_from_relay_to_relay(self, tmp_path: Path, way: str) -> None:
        with (
            RunningRelay(tmp_path, allow_loopback=True) as relay,
            Client(relay, way, credential(seat="ada")) as ada,
            Client(relay, way, credential(seat="cleo")) as cleo,
        ):
            connect(ada, cleo)
            for here, there in ((ada, cleo), (cleo, ada)):
                here.send(b"a picture")
                assert there.hear() == b"a picture"


class TestAfterTheEnd:
    """What "useless after the end" amounts to, as docs/security.md says it."""

    def test_a_key_opens_nothing_new_once_it_has_run_out(self, relay: RunningRelay) -> None:
        given = credential(2, "late")
        with Client(relay, "udp", given) as client:
            client.allocate()
        within(10, lambda: int(given[0].partition(":")[0]) + 2 < time.time())
        with Client(relay, "udp", given) as client:
            assert refusal(client, "allocate") == 401

    def test_what_is_open_then_stays_open_for_as_long_as_its_owner_keeps_it_so(self, tmp_path: Path) -> None:
        """Coturn remembers an allocation's key: neither the key's end nor a new nonce makes it look again."""
        with RunningRelay(tmp_path, "stale-nonce=1") as relay, Client(relay, "udp", credential(1, "long")) as client:
            client.allocate()
            before = client.nonce
            ends = time.monotonic() + 4
            within(10, lambda: time.monotonic() > ends)
            assert client.refresh() == 300
            assert client.nonce != before, "and it was asked to prove its key anew"
            client.permit("9.9.9.9")

    def test_and_ends_soon_after_its_owner_is_gone(self, tmp_path: Path) -> None:
        with RunningRelay(tmp_path, "max-allocate-lifetime=2", "user-quota=1") as relay:
            with Client(relay, "udp", credential(seat="gone")) as client:
                client.allocate()
                assert client.seconds == 2
                client.drop()
            with Client(relay, "udp", credential(seat="gone")) as another:
                assert refusal(another, "allocate") == 486
            within(15, lambda: allocates(relay, "gone"))


def allocates(relay: RunningRelay, seat: str) -> bool:
    """Say whether a seat gets an allocation now."""
    with Client(relay, "udp", credential(seat=seat)) as client:
        try:
            client.allocate()
        except Refused:
            return False
        return True


class TestTheCommand:
    SET = {"TURN_URLS": ["turn:turn.example.org:3478", "turns:turn.example.org"], "TURN_SECRET": SECRET}
    FILES = ["--cert", "/etc/relay/cert.pem", "--key", "/etc/relay/key.pem"]

    def test_prints_the_configuration_and_nothing_else(self, app: Flask) -> None:
        app.config.update(self.SET)
        code, said = run(app, "turn-config", *self.FILES, "--external-ip", "203.0.113.7/10.0.0.7")
        assert code == 0
        lines = said.splitlines()
        for line in (
            "use-auth-secret",
            f"static-auth-secret={SECRET}",
            "realm=turn.example.org",
            "listening-port=3478",
            "tls-listening-port=5349",
            "cert=/etc/relay/cert.pem",
            "pkey=/etc/relay/key.pem",
            "external-ip=203.0.113.7/10.0.0.7",
            "denied-peer-ip=10.0.0.0-10.255.255.255",
            f"user-quota={PER_SEAT}",
            "no-cli",
        ):
            assert lines.count(line) == 1, line

    def test_writes_a_file_for_its_owners_eyes_only(self, app: Flask, tmp_path: Path) -> None:
        app.config.update(self.SET)
        path = tmp_path / "turnserver.conf"
        path.write_text("what was there")
        path.chmod(0o644)
        code, said = run(app, "turn-config", *self.FILES, "--output", str(path))
        assert code == 0
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text().startswith("# The relay of Anteroom")
        assert SECRET in path.read_text()
        assert SECRET not in said
        assert "only the relay's system user may read it" in said

    def test_says_that_it_cannot_write_there(self, app: Flask) -> None:
        app.config.update(self.SET)
        code, said = run(app, "turn-config", *self.FILES, "--output", "/nowhere/turnserver.conf")
        assert (code, said) == (1, "Error: /nowhere/turnserver.conf cannot be written: No such file or directory.\n")

    @pytest.mark.parametrize(
        ("settings", "arguments", "sentence"),
        [
            ({"TURN_URLS": [], "TURN_SECRET": ""}, [], "TURN_URLS and TURN_SECRET are not set"),
            ({"TURN_SECRET": "short"}, FILES, "TURN_SECRET has to be 16 characters or more"),
            ({"TURN_SECRET": "two lines are\nno-auth too many"}, FILES, "TURN_SECRET has to be 16 characters or more"),
            ({}, [], "name its certificate and key with --cert and --key"),
            ({"TURN_URLS": ["turn:a.example:80", "turn:a.example:81"]}, [], "more than one port for turn: addresses"),
            ({"TURN_URLS": ["turn:"]}, [], "an address reads like turn:turn.example.org:3478"),
            ({"TURN_URLS": ["turn:a.example:70000"]}, [], "an address reads like"),
            ({"TURN_URLS": ["turns:a.example?transport=udp"]}, FILES, "leave ?transport=udp out"),
            ({}, [*FILES, "--external-ip", "relay.example.org"], "'relay.example.org' is no IP address"),
            ({}, [*FILES, "--external-ip", "203.0.113.7/"], "'' is no IP address"),
            ({}, [*FILES, "--listening-ip", "eth0"], "'eth0' is no IP address"),
            ({}, [*FILES, "--realm", "a\nno-auth"], "--realm is"),
        ],
    )
    def test_says_in_a_sentence_what_is_missing(
        self, app: Flask, settings: dict[str, object], arguments: list[str], sentence: str
    ) -> None:
        app.config.update({**self.SET, **settings})
        code, said = run(app, "turn-config", *arguments)
        assert code == 1
        assert sentence in said
        assert said.startswith("Error: ") and said.count("\n") == 1
        assert SECRET not in said

    def test_without_tls_there_is_none(self) -> None:
        lines = configuration(["turn:[2001:db8::7]:3478?transport=tcp"], SECRET, Relay()).splitlines()
        assert "no-tls" in lines and "realm=2001:db8::7" in lines
        assert not [line for line in lines if line.startswith(("tls-", "cert", "pkey", "external-ip", "listening-ip"))]

    def test_an_address_is_taken_apart(self) -> None:
        assert address("turn:a.example").port == 3478
        assert address("turns:a.example").port == 5349
        assert address("turns:[2001:db8::7]:443?transport=tcp").host == "[2001:db8::7]"
        with pytest.raises(Fault):
            address("turn:a.example/path")
