"""Read a page as a person does: its headings, what it says, its forms, and the faults beside their fields."""

import re
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

VOID = {"input", "meta", "link", "br", "img", "hr"}
UNSEEN = {"script", "style", "template", "head"}
IN_LINE = {"a", "b", "i", "span", "strong", "time", "local-time", "count-down"}
"""What stands in a line of text without a gap around it."""


class Page(HTMLParser):
    """What an answer shows."""

    def __init__(self, answer: TestResponse | str) -> None:
        super().__init__()
        self.html = answer if isinstance(answer, str) else answer.text
        self.headings: list[str] = []
        self.links: dict[str, str] = {}
        self.buttons: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}
        self.labels: dict[str, str] = {}
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._words: list[str] = []
        self._form: dict[str, str] | None = None
        self._select: tuple[str, bool] | None = None
        self._area: str | None = None
        self.feed(self.html)
        self.text = tidy("".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._gap(tag)
        if tag == "form":
            self._form = self.forms.setdefault(found.get("action") or "", {})
        if self._form is not None:
            self._note_field(tag, found)
        if tag not in VOID:
            self._open.append((tag, found, []))

    def _note_field(self, tag: str, found: dict[str, str | None]) -> None:
        assert self._form is not None
        name = found.get("name") or ""
        if tag == "input" and name:
            kind = found.get("type", "text")
            if kind not in ("checkbox", "radio", "file") or "checked" in found:
                self._form[name] = found.get("value") or ""
        elif tag == "select":
            self._select = (name, False)
        elif tag == "option" and self._select:
            if "selected" in found or not self._select[1]:
                self._form[self._select[0]] = found.get("value") or ""
            self._select = (self._select[0], True)
        elif tag == "textarea":
            self._area = name

    def handle_endtag(self, tag: str) -> None:
        self._gap(tag)
        while self._open:
            opened, attrs, words = self._open.pop()
            self._close(opened, attrs, tidy("".join(words)))
            if opened == tag:
                break
        if tag == "form":
            self._form = None

    def _close(self, tag: str, attrs: dict[str, str | None], words: str) -> None:
        if attrs.get("id"):
            self.by_id[str(attrs["id"])] = words
        if tag in ("h1", "h2"):
            self.headings.append(words)
        elif tag == "a":
            self.links[words] = attrs.get("href") or ""
        elif tag == "button":
            self.buttons.append(words or attrs.get("aria-label") or "")
        elif tag == "label":
            self.labels[words] = attrs.get("for") or ""
        elif tag == "textarea" and self._form is not None and self._area:
            self._form[self._area] = words
            self._area = None

    def _gap(self, tag: str) -> None:
        if tag not in IN_LINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if any(tag in UNSEEN for tag, _, _ in self._open):
            return
        self._words.append(data)
        for _, _, words in self._open:
            words.append(data)

    @property
    def faults(self) -> dict[str, str]:
        """Return the sentence beside each field that is wrong, by the field's id."""
        return {name.removesuffix("-error"): words for name, words in self.by_id.items() if name.endswith("-error")}

    def form(self, action: str, **changed: Any) -> dict[str, str]:
        """Return a form as it stands on the page, with some fields changed."""
        return {**self.forms[action], **changed}


def tidy(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()


def digest_in(html: str) -> str:
    """Return the digest that a fragment carries of itself, and that comes back as `have`."""
    found = re.search(r'(?:data-digest|name="have" value)="([0-9a-f]{16})"', html)
    assert found, "this fragment carries no digest"
    return found[1]
