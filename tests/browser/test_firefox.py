"""A call between Chromium and Firefox, in both directions of the seats' politeness."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import people
from tests.browser.firefox import firefox
from tests.browser.people import ADA, CLEO, Booked


def test_a_client_in_firefox_is_met_from_chromium_and_both_conclude(desk: Page, booked: Booked, tmp_path: Path) -> None:
    link = booked.link
    desk.goto(booked.page)
    ada = people.open_waiting_area(desk)
    with firefox(tmp_path) as cleo:
        cleo.open(link)
        cleo.expect_heading("Waiting room")
        cleo.press("I'm ready")
        expect(ada.get_by_role("status").filter(has_text=f"{CLEO} is ready")).to_be_visible()
        expect(ada.get_by_text("The line is tested and open.")).to_be_visible(timeout=20_000)
        ada.get_by_role("button", name="Start Call").click()
        people.expect_moving(ada, CLEO)
        cleo.expect_moving(ADA)
        people.expect_one_connection(ada)

        cleo.open(link)  # a reload
        people.expect_moving(ada, CLEO, within=25)
        cleo.expect_moving(ADA)

        cleo.press("Hang up")
        cleo.press("Refresh")
        cleo.wait("return !document.getElementById('end-dialog').open", within=30)
        expect(desk.get_by_text(f"{CLEO} refreshed the connection")).to_be_visible()
        people.expect_moving(ada, CLEO, within=25)

        cleo.press("Hang up")
        cleo.press("End Call")
        cleo.expect_heading(f"Waiting for {ADA} to confirm")
        asked = ada.get_by_role("alertdialog", name=f"{CLEO} would like to end the call")
        asked.get_by_role("button", name="End Call").click()
        expect(ada.get_by_role("heading", name="Appointment ended")).to_be_visible()
        cleo.expect_heading("Appointment ended")
