"""Settings from the environment: what works, and the sentence for what cannot."""

import os
import stat
from pathlib import Path

import pytest

from webapp.config import BadSetting, from_environment


def settings(folder: Path, **env: str) -> dict[str, object]:
    return from_environment({"DATA_DIR": str(folder / "data"), **env})


def sentence(folder: Path, **env: str) -> str:
    with pytest.raises(BadSetting) as fault:
        settings(folder, **env)
    return str(fault.value)


def test_nothing_set_is_a_small_clinic_on_one_machine(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path}/data/anteroom.db"
    assert found["PUBLIC_URL"] == ""
    assert (found["STUN_URLS"], found["TURN_URLS"], found["TRUSTED_PROXIES"]) == ([], [], 0)
    assert found["SESSION_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert found["SESSION_COOKIE_SECURE"] is False


def test_https_makes_the_session_secure(tmp_path: Path) -> None:
    assert settings(tmp_path, PUBLIC_URL="https://video.example/")["SESSION_COOKIE_SECURE"] is True
    assert settings(tmp_path, PUBLIC_URL="https://video.example/")["PUBLIC_URL"] == "https://video.example"


class TestTheKey:
    def test_is_made_on_the_first_start_and_kept(self, tmp_path: Path) -> None:
        first = settings(tmp_path)["SECRET_KEY"]
        assert len(str(first)) >= 43
        assert settings(tmp_path)["SECRET_KEY"] == first
        assert settings(tmp_path / "elsewhere")["SECRET_KEY"] != first

    def test_is_readable_by_its_owner_only_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            settings(tmp_path)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700

    def test_may_be_given(self, tmp_path: Path) -> None:
        assert settings(tmp_path, SECRET_KEY="k" * 32)["SECRET_KEY"] == "k" * 32
        assert not (tmp_path / "data" / "secret.key").exists()

    def test_is_not_short(self, tmp_path: Path) -> None:
        assert "SECRET_KEY is shorter than 32 characters" in sentence(tmp_path, SECRET_KEY="short")

    @pytest.mark.parametrize("content", ["", "short", "\n"])
    def test_is_not_taken_from_a_damaged_file(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "secret.key").write_text(content)
        assert "secret.key is damaged" in sentence(tmp_path)


class TestAFileInstead:
    def test_holds_the_setting(self, tmp_path: Path) -> None:
        (tmp_path / "url").write_text("https://video.example\n")
        assert settings(tmp_path, PUBLIC_URL_FILE=str(tmp_path / "url"))["PUBLIC_URL"] == "https://video.example"

    @pytest.mark.parametrize(
        "name", ["SECRET_KEY", "DATABASE_URL", "TURN_SECRET", "TURN_URLS", "MAX_SOCKETS", "DATA_DIR"]
    )
    def test_works_for_every_setting(self, tmp_path: Path, name: str) -> None:
        missing = tmp_path / "missing"
        assert (
            sentence(
                tmp_path,
                **{"DATA_DIR": "", f"{name}_FILE": str(missing)}
                | ({} if name == "DATA_DIR" else {"DATA_DIR": str(tmp_path)}),
            )
            == f"{name}_FILE names {missing}, which cannot be read: No such file or directory."
        )

    def test_and_the_setting_itself_is_one_too_many(self, tmp_path: Path) -> None:
        (tmp_path / "url").write_text("https://video.example")
        said = sentence(tmp_path, PUBLIC_URL="https://a.example", PUBLIC_URL_FILE=str(tmp_path / "url"))
        assert said == "Both PUBLIC_URL and PUBLIC_URL_FILE are set: keep one of them."

    def test_is_text(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_bytes(b"\xff\xfe\x00" * 20)
        assert "SECRET_KEY_FILE" in sentence(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"))

    def test_is_not_empty(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(" \n")
        said = sentence(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"))
        assert said == f"SECRET_KEY_FILE names {tmp_path / 'key'}, which is empty."


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"PUBLIC_URL": "video.example"}, "PUBLIC_URL is 'video.example': it begins with https://"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is no address of a database that works here"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL is no address of a database that works here"),
        ({"MAX_SOCKETS": "many"}, "MAX_SOCKETS is 'many': it takes a whole number from 4 to 20000."),
        ({"MAX_SOCKETS": "3"}, "MAX_SOCKETS is '3'"),
        ({"MAX_SOCKETS": "20001"}, "MAX_SOCKETS is '20001'"),
        ({"MAX_SOCKETS": "-5"}, "MAX_SOCKETS is '-5'"),
        ({"MAX_SOCKETS": "5.0"}, "MAX_SOCKETS is '5.0'"),
        ({"MAX_SOCKETS": "²"}, "MAX_SOCKETS is '²'"),
        ({"TRUSTED_PROXIES": "6"}, "TRUSTED_PROXIES is '6': it takes a whole number from 0 to 5."),
        ({"STUN_URLS": "stun.example"}, "STUN_URLS holds 'stun.example': each address begins with stun:"),
        ({"STUN_URLS": "stun:a.example, turn:b.example"}, "STUN_URLS holds 'turn:b.example'"),
        ({"TURN_URLS": "https://a", "TURN_SECRET": "s"}, "TURN_URLS holds 'https://a': each address begins with turn:"),
        ({"TURN_URLS": "turn:a.example"}, "TURN_URLS and TURN_SECRET go together: set both, or neither."),
        ({"TURN_SECRET": "s"}, "TURN_URLS and TURN_SECRET go together: set both, or neither."),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(tmp_path: Path, env: dict[str, str], said: str) -> None:
    assert said in sentence(tmp_path, **env)


def test_the_folder_must_be_one_that_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = sentence(tmp_path, DATA_DIR=str(tmp_path / "file"))
    assert said.startswith(f"DATA_DIR is {tmp_path}/file, which cannot be made")


def test_the_folder_must_be_one_that_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the tests may run as root, who may do all
    assert "which cannot be written to" in sentence(tmp_path)


def test_several_relays_are_read(tmp_path: Path) -> None:
    found = settings(
        tmp_path, TURN_URLS="turn:a.example, turns:a.example?transport=tcp", TURN_SECRET="s", STUN_URLS="stun:a.example"
    )
    assert found["TURN_URLS"] == ["turn:a.example", "turns:a.example?transport=tcp"]
    assert found["STUN_URLS"] == ["stun:a.example"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_may_be_written_in_every_usual_way(tmp_path: Path, scheme: str) -> None:
    found = str(
        settings(tmp_path, DATABASE_URL=f"{scheme}://app:secret@db.example/anteroom")["SQLALCHEMY_DATABASE_URI"]
    )
    assert found.endswith("://app:secret@db.example/anteroom")
    assert found.startswith("postgresql")


def test_a_password_in_an_address_that_does_not_work_is_not_repeated(tmp_path: Path) -> None:
    assert "secret" not in sentence(tmp_path, DATABASE_URL="mysql://app:secret@db.example/anteroom")


def test_a_bad_setting_stops_the_start_with_its_sentence_alone(tmp_path: Path) -> None:
    import subprocess
    import sys

    from tests.servers import ROOT

    run = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "MAX_SOCKETS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.strip() == (
        "Anteroom cannot start: MAX_SOCKETS is 'many': it takes a whole number from 4 to 20000."
    )
