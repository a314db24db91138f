"""A whole consultation on a running server whose record is in PostgreSQL."""

from pathlib import Path

from tests.calls import furnished
from tests.databases import Cluster
from tests.servers import RunningServer
from tests.wire import lines


def test_from_the_link_to_the_last_screens(postgresql: Cluster, tmp_path: Path) -> None:
    with RunningServer(tmp_path, DATABASE_URL=postgresql.database("template1")) as server:
        call, ada, cleo = furnished(server).started_call()
        with lines(ada, cleo):
            ada.say(type="hello")
            assert cleo.hear_until(type="hello")["from"] == "clinician"
            call.cleo.press(f"{call.visit}/ask-to-end")
            ada.hear_until(type="changed", status="asked")
            call.end()
            for line in (ada, cleo):
                line.hear_until(type="changed", status="ended")
                assert line.closed() == 4410
        assert "Appointment ended" in call.cleo.fragment(f"{call.visit}/panel").text
        assert call.phase() == "ended"
        assert "Traceback" not in server.log
