"""Networks that let the two browsers reach each other only through the relay: a real coturn on the server's side."""

import json
import re

import pytest

from tests.browser import people
from tests.browser.people import Call
from tests.lab.relay import Relay, credential
from tests.lab.scene import Scene, pair

BLOCKS = {
    "udp": ["peer"],
    "tcp": ["peer", "udp"],
    "tls": ["peer", "udp", "plain relay"],
}
"""What a client's firewall lets through no more, by the one way to the relay that is left."""


@pytest.mark.parametrize("way", BLOCKS)
def test_a_strict_firewall_leaves_one_way_to_the_relay_and_it_is_found(scene: Scene, way: str) -> None:
    scene.lab.wire.set("client", block=BLOCKS[way])
    call = scene.start()
    found = pair(call.cleo)
    if way == "udp":  # then Dr Ada's place at the relay can be reached as well as one's own
        assert "relay" in (found["local"], found["remote"])
    else:
        assert (found["local"], found["way"]) == ("relay", way)
    people.line_says(call.cleo, "Connected")


def test_where_both_firewalls_are_strict_media_goes_from_relay_to_relay(scene: Scene) -> None:
    for side in ("client", "clinician"):
        scene.lab.wire.set(side, block=BLOCKS["tcp"])
    call = scene.start()
    found = pair(call.cleo)
    assert (found["local"], found["remote"], found["way"]) == ("relay", "relay", "tcp")


def test_a_firewall_that_closes_in_the_middle_of_a_call_is_got_round(call: Call, scene: Scene) -> None:
    scene.lab.wire.set("client", block=BLOCKS["udp"])
    people.line_says(call.cleo, re.compile("econnecting$"), within=10)
    call.expect_pictures(within=30)
    assert "relay" in (pair(call.cleo)["local"], pair(call.cleo)["remote"])


def _with_old_keys(old: dict[str, str]) -> str:
    """Return a script that gives a page relay keys which have run out; what the page asks for later is good."""
    return f"""
    new MutationObserver(() => {{
      const room = document.getElementById('room');
      if (!room?.dataset.ice || room.__old) return;
      room.__old = true;
      const given = JSON.parse(room.dataset.ice);
      for (const each of given.servers ?? given) if (each.credential) Object.assign(each, {json.dumps(old)});
      room.dataset.ice = JSON.stringify(given);
    }}).observe(document, {{ subtree: true, childList: true }});
    """


def test_keys_that_have_run_out_are_replaced_and_the_call_comes_about(scene: Scene, relay: Relay) -> None:
    for side in ("client", "clinician"):
        scene.lab.wire.set(side, block=BLOCKS["udp"])
    old = credential(-60)
    call = scene.waiting(_with_old_keys(old))
    call.ada.get_by_role("button", name="Start Call").click()
    call.expect_pictures(within=40)
    assert re.search(rf"user <{old['username']}>.*401", relay.log), "the old ones were tried"
    assert pair(call.cleo)["local"] == "relay"


def test_the_relay_opens_no_way_into_a_private_network(scene: Scene, relay: Relay) -> None:
    scene.leave()
    strayed, before = scene.lab.wire.counts()["server strayed"], len(relay.log)
    page = scene.cleos().new_page()
    page.goto("/healthz")
    page.evaluate(
        """async (iceServers) => {
            const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
            pc.createDataChannel('in');
            await pc.setLocalDescription();
            const other = new RTCPeerConnection();
            await other.setRemoteDescription(pc.localDescription);
            await other.setLocalDescription();
            await pc.setRemoteDescription({ type: 'answer', sdp: other.localDescription.sdp });
            for (const host of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '192.168.1.1', '224.0.0.1']) {
                const candidate = `candidate:1 1 udp 2122260223 ${host} 40000 typ host`;
                await pc.addIceCandidate({ candidate, sdpMid: '0' });
            }
        }""",
        [{"urls": relay.urls["udp"], **credential()}],
    )
    refused = 0
    for _ in range(100):
        refused = relay.log[before:].count("error 403")
        if refused >= 5:
            break
        page.wait_for_timeout(100)
    assert refused >= 5, relay.log[before:]
    assert scene.lab.wire.counts()["server strayed"] == strayed, "nothing has left for anywhere"
