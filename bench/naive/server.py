"""Serves the naive page, and passes what one of two sockets says on to the other; tells the second that both are there.

python -m bench.naive.server HOST PORT
"""

import json
import sys
import threading
from pathlib import Path

from flask import Flask
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")

app = Flask(__name__)
sock = Sock(app)
_pair: list[Server] = []
_lock = threading.Lock()


@app.get("/")
def page() -> str:
    """Return the one page."""
    return PAGE


@sock.route("/socket")
def relay(ws: Server) -> None:
    """Pass on; a third socket begins another pair."""
    with _lock:
        if len(_pair) == 2:
            _pair.clear()
        _pair.append(ws)
        if len(_pair) == 2:
            ws.send(json.dumps({"both": True}))
    try:
        while True:
            data = ws.receive()
            for other in [each for each in _pair if each is not ws]:
                other.send(data)
    except ConnectionClosed:
        pass


if __name__ == "__main__":
    app.run(sys.argv[1], int(sys.argv[2]), threaded=True)
