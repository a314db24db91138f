"""What a browser may say over the socket, and nothing else."""

import json

import pytest

from webapp.signalling.messages import LARGEST, Refused, changed, parse

SAID = [
    {"type": "hello"},
    {"type": "hello", "call": "4-8-15.1"},
    {"type": "description", "call": "c1", "description": {"type": "offer", "sdp": "v=0\r\n"}},
    {"type": "description", "call": "c1", "description": {"type": "answer", "sdp": "v=0\r\n"}},
    {"type": "description", "call": "c1", "description": {"type": "rollback"}},
    {"type": "candidate", "call": "c1", "candidate": None},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": ""}},
    {
        "type": "candidate",
        "call": "c1",
        "candidate": {
            "candidate": "candidate:1 1 UDP 1 192.0.2.1 9 typ host",
            "sdpMid": "0",
            "sdpMLineIndex": 0,
            "usernameFragment": "ab",
        },
    },
    {
        "type": "candidate",
        "call": "c1",
        "candidate": {
            "candidate": "candidate:1",
            "sdpMid": None,
            "sdpMLineIndex": None,
            "usernameFragment": None,
        },
    },
]

UNSAID = [
    "",
    "hello",
    "{",
    "null",
    "[]",
    "7",
    '"hello"',
    "[" * 60_000,
    '{"a":' * 10_000,
    "1" * 60_000,
    "{}",
    {"type": None},
    {"type": 1},
    {"type": ["hello"]},
    {"type": {"hello": 1}},
    {"type": "changed", "status": "ended"},
    {"type": "chat", "text": "hello"},
    {"type": "__class__"},
    {"type": "hello", "from": "clinician"},
    {"type": "hello", "more": 1},
    {"type": "hello", "call": ""},
    {"type": "hello", "call": "x" * 65},
    {"type": "hello", "call": 1},
    {"type": "description"},
    {"type": "description", "call": "c1"},
    {"type": "description", "call": "", "description": {"type": "offer", "sdp": ""}},
    {"type": "description", "call": 7, "description": {"type": "offer", "sdp": ""}},
    {"type": "description", "call": "c" * 65, "description": {"type": "offer", "sdp": ""}},
    {"type": "description", "call": "c1", "description": None},
    {"type": "description", "call": "c1", "description": "offer"},
    {"type": "description", "call": "c1", "description": {"type": "pranswer", "sdp": ""}},
    {"type": "description", "call": "c1", "description": {"type": ["offer"], "sdp": ""}},
    {"type": "description", "call": "c1", "description": {"type": "offer", "sdp": None}},
    {"type": "description", "call": "c1", "description": {"type": "offer", "sdp": "", "more": 1}},
    {"type": "description", "call": "c1", "description": {"type": "offer", "sdp": ""}, "from": "clinician"},
    {"type": "candidate", "call": "c1"},
    {"type": "candidate", "call": "c1", "candidate": 1},
    {"type": "candidate", "call": "c1", "candidate": {}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": None}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "x" * 4097}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "sdpMid": 1}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "sdpMid": "m" * 257}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "sdpMLineIndex": "0"}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "sdpMLineIndex": True}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "sdpMLineIndex": float("nan")}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "usernameFragment": 1}},
    {"type": "candidate", "call": "c1", "candidate": {"candidate": "", "more": 1}},
]


@pytest.mark.parametrize("message", SAID, ids=json.dumps)
def test_the_vocabulary_is_understood(message: dict[str, object]) -> None:
    assert parse(json.dumps(message)) == message


@pytest.mark.parametrize("message", UNSAID, ids=lambda each: json.dumps(each)[:60])
def test_everything_else_is_refused(message: object) -> None:
    with pytest.raises(Refused) as refused:
        parse(message if isinstance(message, str) else json.dumps(message))
    assert "c1" not in str(refused.value), "the reason never says what was in it"


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"type":"hello"}', b"\xff\xfe"])
def test_binary_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        parse(raw)


def test_a_message_is_64_kilobytes_at_most() -> None:
    assert LARGEST == 65536


def test_the_server_says_the_status_and_nothing_more() -> None:
    assert changed("ended") == {"type": "changed", "status": "ended"}
