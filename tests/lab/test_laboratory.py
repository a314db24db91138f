"""A call in the laboratory, before anything is done to it."""

from tests.browser.people import Call
from tests.lab.moving import Sound
from tests.lab.scene import Scene, pair


def test_both_see_and_hear_each_other_across_the_wire_directly(call: Call, scene: Scene) -> None:
    sound = Sound(call.cleo)
    call.expect_pictures()
    assert pair(call.cleo)["local"] == "host"
    assert pair(call.ada)["address"] == scene.lab.address("clinician")
    assert sound.loudness() > 0


def test_the_camera_is_a_small_one(call: Call) -> None:
    size = call.cleo.evaluate(
        "() => { const { width, height } = document.getElementById('own').srcObject.getVideoTracks()[0].getSettings();"
        " return `${width}x${height}`; }"
    )
    assert size == "640x360"
