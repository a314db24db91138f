"""How the web server runs: one process, a thread for each open socket, and threads to spare for pages.

`make run` starts it; by hand: `gunicorn wsgi:app`. Never gevent: its patched sockets corrupt the stream of a
slow reader, and a blocking database driver would stop every call.
"""

import contextlib
import gc
import logging
import os
import re
import resource
import signal
import socket
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SPARE_THREADS = 32  # for pages, so that open sockets never starve them
PATIENCE = 10  # seconds of silence in the middle of a request
KEPT_ALIVE = 1000  # browsers keep several connections open between two requests; these need no thread


def _setting(name: str, default: str = "") -> str:
    """Return NAME, or the content of the file that NAME_FILE names, as webapp/config.py does.

    Nothing of webapp is imported here: this is the process that new workers come from, and an upgrade would never
    reach them.
    """
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name) or default
    if os.environ.get(name):
        sys.exit(f"Both {name} and {name}_FILE are set: keep one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        sys.exit(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.")


def _number(name: str, default: int) -> int:
    """Read a whole number from the environment, or stop with a sentence."""
    text = _setting(name, str(default))
    if not text.isdecimal():
        sys.exit(f"{name} must be a whole number, and is {text!r}.")
    return int(text)


if _number("WEB_CONCURRENCY", 1) > 1:
    sys.exit("WEB_CONCURRENCY must be 1: the two seats of a call have to meet in one process.")

_host = _setting("HOST", "127.0.0.1")
bind = f"[{_host}]:{_number('PORT', 8000)}" if ":" in _host else f"{_host}:{_number('PORT', 8000)}"

workers = 1
worker_class = "gthread"
threads = _number("MAX_SOCKETS", 300) + SPARE_THREADS
worker_connections = threads + KEPT_ALIVE
# The heartbeat is a file: on a slow disk a busy worker would look like a hung one.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

timeout = 30  # of the worker's own heartbeat; open sockets may live as long as they like
graceful_timeout = 5  # what a stop waits for requests; sockets are told at once, see _drain
keepalive = 20
control_socket_disable = True  # nothing to manage from outside, and no socket in anybody's home folder

# Paths hold clients' links, and a link is a key: no access log, and failed requests are cut.
accesslog = None
loglevel = "warning"

# Whose X-Forwarded-* headers are believed: addresses of the reverse proxy, by default nobody's.
forwarded_allow_ips = _setting("TRUSTED_PROXY")

# Each socket takes a descriptor, as pages and the record do, and the usual soft limit is 1024.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_wanted = 4 * worker_connections
with contextlib.suppress(OSError, ValueError):
    if _soft != resource.RLIM_INFINITY and _soft < _wanted:
        _most = _wanted if _hard == resource.RLIM_INFINITY else min(_wanted, _hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _hard))


def _cut_keys(record: logging.LogRecord) -> bool:
    """Replace whatever is long and random enough to be a key before it is written; say nothing of lost patience."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError):
        return False
    record.msg, record.args = re.sub(r"[\w-]{20,}", "…", record.getMessage()), ()
    return True


def on_starting(server: Any) -> None:
    """Put the cut in before the first request can fail."""
    server.log.error_log.addFilter(_cut_keys)


def when_ready(server: Any) -> None:
    """Say where to go, once the address is ours and answers."""
    if banner := os.environ.get("ANTEROOM_BANNER"):
        print(banner, flush=True)


def post_worker_init(worker: Any) -> None:
    """Make the first visitor wait no longer than the second, and a stop no longer than it must."""
    sys.setswitchinterval(0.0005)  # a notice waits less for a page being rendered in another thread
    _warm_up(worker)
    _stop_once(worker)
    _close_aside()
    _lose_patience(worker)
    from webapp import housekeeping

    housekeeping.start(worker.wsgi)
    threading.Thread(target=_drain, args=(worker,), name="drain", daemon=True).start()


def _warm_up(worker: Any) -> None:
    """Answer one request in private: first-request work is done before anybody waits for it."""
    from werkzeug.test import Client

    try:
        with Client(worker.wsgi).get("/healthz") as response:
            if response.status_code >= 500:
                worker.log.warning("The warm-up request was answered with %s.", response.status_code)
        for name in worker.wsgi.jinja_env.list_templates():
            worker.wsgi.jinja_env.get_template(name)
    except Exception:
        worker.log.exception("The warm-up request failed.")
    # What is here now stays: looking through all of it for garbage would stop every call for a tenth of a second.
    gc.collect()
    gc.freeze()


def _stop_once(worker: Any) -> None:
    """Let every kind of stop be the same graceful one.

    Ctrl-C reaches the worker twice, from the terminal and through its parent; two hasty exits at the same
    moment lock each other out, and the parent kills what is left seconds later. So its word alone counts.
    """
    from gunicorn.workers import gthread

    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGQUIT, worker.handle_exit)
    gthread.STOP_KEEPALIVE_LINGER = 0.5  # browsers' idle connections need no two seconds to hear of it


def _lose_patience(worker: Any) -> None:
    """Give up on who stops in the middle of a request: each would hold a thread for as long as they like.

    A connection inherits this from the socket that it came in by; a WebSocket sets its own.
    """
    for listener in worker.sockets:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))


def _close_aside() -> None:
    """Wait for browsers to hang up in threads of their own.

    The worker would wait for each in the one thread that takes new connections in: a browser that does not hang up
    would keep everyone else out for two seconds, again and again.
    """
    from gunicorn import util

    wait_and_close = util.close_graceful
    threads = ThreadPoolExecutor(4, "closing")
    room = threading.Semaphore(64)

    def close(sock: socket.socket, timeout: float = 0.5, max_drain: int = 65536) -> None:
        if room.acquire(blocking=False):
            threads.submit(wait_and_close, sock, timeout, max_drain).add_done_callback(lambda _: room.release())
        else:
            sock.close()

    util.close_graceful = close


def _drain(worker: Any) -> None:
    """Close every socket when the worker is told to stop.

    Each holds a thread, and a stop waits for threads: without this it takes the whole graceful time, and the
    browsers are left with a silent line. 1012 tells them to come back to the next worker.
    """
    while worker.alive:
        time.sleep(0.1)
    from webapp.extensions import hub

    hub.close_all(1012, "restart")
