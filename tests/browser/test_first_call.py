"""From an empty machine to the last screens, as a newcomer does it: every step by hand."""

from playwright.sync_api import Browser, expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, PHONE
from tests.servers import RunningServer


def test_a_clinic_is_set_up_and_a_first_consultation_held(chromium: Browser, running_server: RunningServer) -> None:
    with (
        people.context(chromium, running_server, small_camera=True, **people.DESK_SCREEN) as desk_browser,
        people.context(chromium, running_server, small_camera=True, **people.PHONE_SCREEN) as phone,
    ):
        desk = desk_browser.new_page()
        desk.goto("/")
        expect(desk.get_by_role("heading", name="Set up your clinic")).to_be_visible()
        people.set_up(desk, running_server)
        expect(desk.get_by_text("phone", exact=False).filter(has_text="missing")).to_have_count(0)

        call = people.prepare(desk, phone)
        expect(call.ada.get_by_role("status").filter(has_text=f"{CLEO} has opened the link")).to_be_visible()
        expect(call.ada.get_by_role("button", name="Start Call")).to_be_disabled()
        people.make_ready(call)
        people.start(call)
        people.line_says(call.ada, "Connected")
        people.line_says(call.cleo, "Connected")

        call.control(call.ada, "Hang up").click()
        call.ada.get_by_role("dialog", name="End the call?").get_by_role("button", name="End Call").click()
        expect(call.ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
        expect(call.cleo.get_by_role("heading", name="Appointment ended")).to_be_visible()
        number = call.cleo.get_by_role("link", name=PHONE)
        expect(number).to_have_attribute("href", "tel:+442079460018")
        expect(
            call.cleo.get_by_text("If you have any issues, please call Harbour Clinic on 020 7946 0018")
        ).to_be_visible()
        for page in (call.ada, call.cleo):
            people.expect_dark(page)

        call.ada.get_by_role("button", name="Completed").click()
        expect(call.ada.get_by_role("button", name="Completed")).to_have_attribute("aria-pressed", "true")
        call.ada.reload()
        expect(call.ada.get_by_role("heading", name="Appointment has already finished")).to_be_visible()
        answer = call.cleo.reload()
        assert answer and answer.status == 410
        expect(call.cleo.get_by_role("heading", name="This call is no longer available")).to_be_visible()
        assert desk.get_by_role("heading", name=f"Appointment with {CLEO}").is_visible()
        for happened in ("opened the link", "is ready", f"Call started by {ADA}", f"Call ended by {ADA}"):
            expect(desk.get_by_text(happened, exact=False).first).to_be_visible()
