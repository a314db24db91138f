"""The room's sockets: who gets one, what passes over it, and how it ends."""

import time
from datetime import timedelta

import pytest

from tests.calls import Call, Clinic, furnished
from tests.cast import book
from tests.servers import RunningServer
from tests.wire import Line, Refusal, Visitor, at_work, lines, with_link, within
from webapp import clock


@pytest.fixture
def call(clinic: Clinic) -> Call:
    return clinic.call()


def offer(call: str = "call-1") -> dict[str, object]:
    return {"type": "description", "call": call, "description": {"type": "offer", "sdp": "v=0"}}


def refused(visitor: Visitor, path: str, window: str | None = None, **headers: str | None) -> int:
    """Return the status with which a socket is refused."""
    with pytest.raises(Refusal) as refusal:
        visitor.socket(path, window, **headers)
    return refusal.value.status


def admitted(call: Call) -> bool:
    try:
        call.cleos_line().drop()
    except Refusal as refusal:
        return refusal.status != 503
    return True


class TestWhoGetsOne:
    def test_each_seat_gets_its_own(self, call: Call) -> None:
        with lines(call.adas_line(), call.cleos_line()):
            pass

    @pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1"])
    def test_not_a_page_of_another_site(self, call: Call, origin: str | None) -> None:
        assert refused(call.cleo, f"{call.visit}/socket", Origin=origin) == 403
        assert refused(call.ada, f"{call.room}/socket", Origin=origin) == 403
        assert refused(call.ada, "/diary/socket", Origin=origin) == 403

    def test_not_without_a_seat(self, clinic: Clinic, call: Call) -> None:
        nobody = Visitor(clinic.server)
        assert refused(nobody, f"{call.visit}/socket") == 410
        assert refused(nobody, f"{call.room}/socket") == 401
        assert refused(nobody, "/diary/socket") == 401
        assert refused(call.cleo, f"{call.room}/socket") == 401
        assert refused(call.ada, f"{call.visit}/socket") == 410

    def test_not_with_a_seat_elsewhere(self, clinic: Clinic, call: Call) -> None:
        ben = at_work(clinic.server, clinic.cast.ben)
        iris = at_work(clinic.server, clinic.cast.iris)
        assert refused(ben, f"{call.room}/socket") == 404
        assert refused(iris, f"{call.room}/socket") == 404
        with clinic.server.app.app_context():
            theirs = book(clinic.cast.ben, clock.now() + timedelta(minutes=1), client="Someone Else")
        stranger = with_link(clinic.server, theirs)
        stolen = stranger.cookies_for(f"/visit/{theirs.ref}/socket")
        assert "visit=" in stolen
        assert refused(stranger, f"{call.visit}/socket", Cookie=stolen) == 410

    def test_not_more_than_eight_windows_of_one_seat(self, call: Call) -> None:
        with lines(*(call.cleos_line(f"a-window-{number}") for number in range(8))):
            assert refused(call.cleo, f"{call.visit}/socket", "one-window-more") == 429
            with lines(call.cleos_line("a-window-3"), call.adas_line()):
                pass

    def test_not_in_a_room_that_there_is_not(self, call: Call) -> None:
        assert refused(call.cleo, "/visit/0123456789abcdef/socket") == 410
        assert refused(call.ada, "/appointments/0123456789abcdef/room/socket") == 404

    @pytest.mark.parametrize("window", ["", "short", "x" * 65, "with space", "quote'\"", "../../etc"])
    def test_not_without_a_proper_name_of_the_window(self, call: Call, window: str) -> None:
        path = f"{call.visit}/socket"
        with pytest.raises(Refusal) as refusal:
            Line(call.cleo, path, window, {})
        assert refusal.value.status == 400

    def test_not_when_it_is_over(self, call: Call) -> None:
        call.ada.press(f"{call.room}/abandon")
        assert refused(call.cleo, f"{call.visit}/socket") == 410
        assert refused(call.ada, f"{call.room}/socket") == 410

    def test_not_as_a_page(self, call: Call) -> None:
        assert call.cleo.get(f"{call.visit}/socket?window=window-of-cleo").status == 405

    def test_not_in_a_ninth_window_of_a_seat(self, call: Call) -> None:
        with lines(*(call.cleos_line(f"window-{number}") for number in range(8))) as held:
            assert refused(call.cleo, f"{call.visit}/socket", "window-nine") == 429
            with lines(call.cleos_line("window-0"), call.adas_line()):
                assert held[0].closed() == 4409, "the same window is no new one, and the other seat has its own"

    def test_not_when_the_server_is_full_and_pages_still_come(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with RunningServer(tmp_path_factory.mktemp("full"), MAX_SOCKETS="4") as server:
            call = furnished(server).call()
            with lines(*(call.adas_line(f"window-{number}") for number in range(4))) as held:
                assert refused(call.cleo, f"{call.visit}/socket") == 503
                assert call.cleo.fragment(f"{call.visit}/panel").status == 200
                held[0].drop()
                within(10, lambda: admitted(call))


class TestWhatPasses:
    def test_nothing_before_the_client_is_ready(self, call: Call) -> None:
        with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
            ada.say(type="hello")
            cleo.say(type="hello")
            call.get_ready()
            # What was said before does not come; what comes first is the change itself.
            assert ada.hear_until(type="changed", status="ready")
            cleo.hear_until(type="changed", status="ready")
            cleo.say(**offer())
            assert ada.hear_until(type="description")["from"] == "client"

    def test_on_the_warm_line_and_in_the_call(self, call: Call) -> None:
        with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
            call.get_ready()
            for line in (ada, cleo):
                line.hear_until(type="changed", status="ready")
            for status in ("ready", "in_call"):
                ada.say(**offer(status))
                assert cleo.hear_until(type="description") == {**offer(status), "from": "clinician"}
                cleo.say(type="candidate", call=status, candidate=None)
                assert ada.hear_until(type="candidate")["from"] == "client"
                if status == "ready":
                    call.start()
                    for line in (ada, cleo):
                        line.hear_until(type="changed", status="in_call")

    def test_nothing_after_the_client_took_it_back(self, call: Call) -> None:
        with lines(call.adas_line(), call.cleos_line()) as (ada, cleo):
            call.get_ready()
            ada.hear_until(type="changed", status="ready")
            call.cleo.press(f"{call.visit}/not-ready")
            ada.hear_until(type="changed", status="open")
            cleo.say(type="hello")
            call.get_ready()
            assert ada.hear()["type"] == "changed"  # type: ignore[index]

    def test_in_the_order_in_which_it_was_said(self, clinic: Clinic) -> None:
        _, ada, cleo = clinic.started_call()
        with lines(ada, cleo):
            for number in range(150):
                ada.say(**offer(f"call-{number}"))
            got = [cleo.hear_until(type="description")["call"] for _ in range(150)]
            assert got == [f"call-{number}" for number in range(150)]

    def test_a_second_window_hears_of_changes_and_of_nothing_else(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo, call.cleos_line("another-window")) as (ada, cleo, other):
            ada.say(**offer())
            other.say(**offer("from the wrong window"))
            assert cleo.hear_until(type="description")["call"] == "call-1"
            call.cleo.press(f"{call.visit}/ask-to-end")
            assert other.hear() == {"type": "changed", "status": "asked"}
            assert ada.hear() == {"type": "changed", "status": "asked"}, "and nothing of the wrong window"

    def test_the_newest_press_takes_the_line_over(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo, call.cleos_line("another-window")) as (ada, cleo, other):
            call.cleo.window = "another-window"
            call.cleo.press(f"{call.visit}/take-back")
            other.hear_until(type="changed", status="in_call")
            ada.say(**offer())
            assert other.hear_until(type="description")["call"] == "call-1"
            assert cleo.hear_until(type="changed", status="in_call")
            assert cleo.hear(0.3) is None

    def test_nothing_between_two_calls(self, clinic: Clinic) -> None:
        _, ada, cleo = clinic.started_call()
        _, other_ada, other_cleo = clinic.started_call()
        with lines(ada, cleo, other_ada, other_cleo):
            ada.say(**offer())
            assert cleo.hear_until(type="description")
            assert other_cleo.hear(0.3) is None
            assert other_ada.hear(0.1) is None


class TestHowItEnds:
    def test_at_the_end_both_hear_it_and_are_closed_for_good_within_a_second(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo, call.cleos_line("another-window")) as all_lines:
            began = time.monotonic()
            call.end()
            for line in all_lines:
                assert line.hear_until(type="changed") == {"type": "changed", "status": "ended"}
                assert line.closed() == 4410
            for who, place in ((call.cleo, call.visit), (call.ada, call.room)):
                answer = who.get(f"{place}/ice")
                assert answer.status == 410, "and no key for the relay any more"
            assert time.monotonic() - began < 1
            assert refused(call.cleo, f"{call.visit}/socket") == 410
            assert refused(call.ada, f"{call.room}/socket") == 410

    @pytest.mark.parametrize("press", ["abandon", "cancel"])
    def test_the_same_when_it_is_abandoned_or_cancelled(self, call: Call, press: str) -> None:
        with lines(call.adas_line(), call.cleos_line()) as both:
            path = f"{call.room}/abandon" if press == "abandon" else f"/appointments/{call.appointment.ref}/cancel"
            call.ada.press(path)
            for line in both:
                status = {"abandon": "abandoned", "cancel": "cancelled"}[press]
                assert line.hear_until(type="changed", status=status)
                assert line.closed() == 4410

    def test_the_same_window_again_replaces_the_older(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada, cleo, call.cleos_line()) as (ada, cleo, again):
            assert cleo.closed() == 4409
            ada.say(**offer())
            assert again.hear_until(type="description")
            assert "dropped" not in call.ada.get(f"/appointments/{call.appointment.ref}").text

    def test_a_socket_that_goes_is_seen_at_once_and_so_is_its_return(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        with lines(ada):
            while ada.hear(0.2):
                pass
            cleo.drop()
            ada.hear_until(2, type="changed", status="in_call")
            assert 'data-other="away"' in call.ada.fragment(f"{call.room}/panel").text
            with lines(call.cleos_line()):
                ada.hear_until(2, type="changed", status="in_call")
                assert 'data-other="here"' in call.ada.fragment(f"{call.room}/panel").text

    def test_signing_out_ends_the_lines_of_that_browser_and_the_call_goes_on(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        diary = call.ada.socket("/diary/socket", "diary-window")
        elsewhere = at_work(clinic.server, clinic.cast.ada, "another-window").socket("/diary/socket")
        with lines(ada, cleo, diary, elsewhere):
            assert call.ada.press("/sign-out").status == 302
            assert ada.closed() == diary.closed() == 4401
            assert refused(call.ada, f"{call.room}/socket") == 401
            cleo.hear_until(type="changed", status="in_call")
            assert elsewhere.closed(0.3) is None
            assert call.phase() == "in_call"

    def test_media_is_nobodys_business_a_call_goes_on_without_any_socket(self, clinic: Clinic) -> None:
        call, ada, cleo = clinic.started_call()
        ada.drop()
        cleo.drop()
        assert call.phase() == "in_call"


class TestTheDiary:
    def test_hears_of_its_own_appointments(self, clinic: Clinic, call: Call) -> None:
        diaries = {
            person.name: at_work(clinic.server, person, "diary-window").socket("/diary/socket")
            for person in (clinic.cast.ada, clinic.cast.ben, clinic.cast.iris)
        }
        with lines(*diaries.values()):
            call.get_ready()
            assert diaries["Dr Ada Hale"].hear_until(type="changed", status="ready")
            assert diaries["Dr Iris Lund"].hear_until(type="changed", status="ready")
            assert diaries["Dr Ben Ito"].hear(0.3) is None

    def test_says_nothing(self, clinic: Clinic) -> None:
        _, ada, cleo = clinic.started_call()
        diary = at_work(clinic.server, clinic.cast.iris, "diary-window").socket("/diary/socket")
        with lines(ada, cleo, diary):
            diary.say(**offer())
            assert ada.hear(0.3) is None
            assert cleo.hear(0.1) is None
