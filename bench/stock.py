"""A relay as the flask-sock handbook would have it, to compare with: no seats, no checks, no limits, no lock.

Started by signalling.py under the same gunicorn: `gunicorn -k gthread bench.stock:app`.
"""

import json
from collections import defaultdict

from flask import Flask
from flask_sock import Sock
from simple_websocket import Server

PATH = "/stock/"

app = Flask(__name__)
app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 6}
sock = Sock(app)
rooms: dict[str, list[Server]] = defaultdict(list)


@sock.route(f"{PATH}<room>")
def relay(ws: Server, room: str) -> None:
    """Pass each message on to everybody else in the room."""
    rooms[room].append(ws)
    try:
        while True:
            message = json.loads(ws.receive())
            for other in rooms[room]:
                if other is not ws:
                    other.send(json.dumps({**message, "from": "other"}))
    finally:
        rooms[room].remove(ws)
