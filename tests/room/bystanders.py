"""Another call on the same server, that goes on while someone misbehaves: nothing is lost, and nothing is late."""

import threading
import time
from typing import Self

from tests.calls import Clinic

STEP = 0.03
"""Seconds between two messages: about half of what a browser may send."""
LATE = 1.5
"""Seconds that no message may take, however busy the machine of the tests is."""


class Bystanders:
    """Dr Ada and another client, who go on negotiating."""

    def __init__(self, clinic: Clinic) -> None:
        self.call, self._ada, self._cleo = clinic.started_call()
        self.took: list[float] = []
        self._fault: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def _go_on(self) -> None:
        try:
            while not self._stop.is_set():
                name = f"call-{len(self.took)}"
                began = time.monotonic()
                self._ada.say(type="candidate", call=name, candidate=None)
                assert self._cleo.hear_until(10, type="candidate")["call"] == name, "in order, and nothing lost"
                self.took.append(time.monotonic() - began)
                for line in (self._ada, self._cleo):
                    line.hear(0)  # whatever else, a ping of the server's among it
                self._stop.wait(STEP)
        except BaseException as fault:
            self._fault = fault

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(15)
        self._ada.drop()
        self._cleo.drop()
        if exception[0] is None:
            self.are_undisturbed()

    def are_undisturbed(self) -> None:
        if self._fault:
            raise AssertionError("the call beside was disturbed") from self._fault
        assert self.took, "the call beside went on"
        assert max(self.took) < LATE, f"the call beside had to wait {max(self.took):.2f} s"

    def wait_for(self, messages: int) -> None:
        """Wait until that many more messages have passed."""
        until = len(self.took) + messages
        deadline = time.monotonic() + 30
        while len(self.took) < until:
            self._fault and self.are_undisturbed()
            assert time.monotonic() < deadline, "the call beside stands still"
            time.sleep(0.01)
