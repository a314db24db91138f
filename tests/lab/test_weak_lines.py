"""A line that is weak: sound first, the picture as far as it goes, and all of it again when it gets better."""

import re

from playwright.sync_api import expect

from tests.browser import people
from tests.browser.people import ADA, CLEO, Call
from tests.lab.moving import Sound, moving_after, now
from tests.lab.scene import Scene


def test_a_tenth_lost_and_a_long_way_leave_the_sound_whole(call: Call, scene: Scene) -> None:
    scene.lab.wire.set("client", delay=100, loss=0.1)
    call.cleo.wait_for_timeout(2000)
    heard = [Sound(call.ada), Sound(call.cleo)]
    call.cleo.wait_for_timeout(6000)
    made_up = [each.made_up() for each in heard]
    assert max(made_up) < 0.12, f"{made_up[0]:.0%} of what Dr Ada heard was made up, {made_up[1]:.0%} of Cleo's"
    assert min(each.loudness() for each in heard) > 0
    call.expect_pictures()
    people.line_says(call.cleo, re.compile("^(Connected|Poor connection)$"))
    scene.lab.wire.clear()
    people.line_says(call.cleo, "Connected", within=20)


def test_a_narrow_line_keeps_the_sound_and_gives_the_picture_back_when_it_is_wide(call: Call, scene: Scene) -> None:
    scene.lab.wire.set("client", kbit=150)
    call.cleo.wait_for_timeout(8000)
    heard = [Sound(call.ada), Sound(call.cleo)]
    call.cleo.wait_for_timeout(6000)
    made_up = [each.made_up() for each in heard]
    assert max(made_up) < 0.12, f"{made_up[0]:.0%} of what Dr Ada heard was made up, {made_up[1]:.0%} of Cleo's"
    scene.lab.wire.clear()
    since = now()
    assert moving_after(call.ada, CLEO, since, within=20) is not None
    assert moving_after(call.cleo, ADA, since, within=20) is not None
    for page in (call.ada, call.cleo):
        expect(page.get_by_text("Picture paused to keep the sound")).to_be_hidden(timeout=20_000)
        people.line_says(page, "Connected", within=20)
