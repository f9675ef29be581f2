"""People at their browsers: each with a profile of their own, doing what a person does, by clicking."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from terminal.demo.people import PASSWORD, PEOPLE
from terminal.web import i18n

PICTURES = Path(__file__).parents[1] / "artifacts" / "journey"
LANGUAGE = {person.login: person.language for person in PEOPLE}
#: longest wait for something on a page
PATIENCE_MS = 30_000
#: scans that the list of a station shows
SHOWN = 12
WIDE, PHONE = (1366, 900), (390, 844)

#: verdict -> (class of its colour, the name of its icon, its word in English)
LOOKS = {
    "accepted": ("tone-go", "circle-check", "Go"),
    "already_done": ("tone-again", "check-check", "Already done"),
    "refused": ("tone-stop", "octagon-x", "Stop"),
    "attention": ("tone-look", "triangle-alert", "Look"),
}


@dataclass(frozen=True)
class Said:
    """What a page said: the verdict (empty for a plain notice), its sentence, and what to do now."""

    verdict: str
    sentence: str
    next: tuple[str, ...]

    @property
    def everything(self) -> str:
        """All of it."""
        return "\n".join((self.sentence, *self.next))


class Person:
    """One person, signed in, at one page."""

    def __init__(self, page: Page, address: str, language: str) -> None:
        self.page = page
        self.address = address
        self.language = language
        #: longest wait for something on a page, ms
        self.patience_ms = PATIENCE_MS
        self.words = i18n.words(language)

    # --- moving about -------------------------------------------------------------------------------
    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.address + path)

    def away(self) -> None:
        """Turn to something else: a page that nobody looks at need not follow the journal."""
        self.page.goto("about:blank")

    def menu(self, path: str) -> None:
        """Click an entry of the menu."""
        if self.page.url == "about:blank":
            self.open("/")
        self.page.locator(f".frame > .side nav a[href='{path}']").click()
        self.page.wait_for_url(f"**{path}")

    def sign_in(self, login: str, password: str = PASSWORD) -> None:
        """Name and password on the sign-in page."""
        self.open("/sign-in")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("form:has([name=password]) button[type=submit]")
        self.page.wait_for_selector(".frame")

    def form(self, action: str, *, has: str = "") -> Locator:
        """The form with that address, told from others with the same by something in it."""
        form = self.page.locator(f"main form[action='{action}']")
        return (form.filter(has=self.page.locator(has)) if has else form).first

    def send(self, form: Locator, button: str = "button", /, **fields: str) -> None:
        """Fill in a form and press its button; back when the answer is there."""
        closed = form.locator("xpath=ancestor::details[not(@open)]")
        if closed.count():
            closed.locator("> summary").click()
        for name, value in fields.items():
            entry = form.locator(f"[name='{name}']").first
            if entry.evaluate("e => e.tagName") == "SELECT":
                entry.select_option(value)
            elif entry.get_attribute("type") == "radio":
                form.locator(f"[name='{name}'][value='{value}']").check()
            else:
                entry.fill(value)
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as caught:
            form.locator(button).last.click()
        assert caught.value.status in (200, 303), f"{caught.value.status} {caught.value.url}"
        self.page.wait_for_load_state("load")

    # --- what is said -------------------------------------------------------------------------------
    def verdict(self, verdict: str) -> Said:
        """The big verdict of this page: colour, shape and word must all say the same, in this person's language."""
        panel = self.page.locator("main .verdict:not(.idle)").first
        tone, icon, word = LOOKS[verdict]
        expect(panel, "the verdict has the colour of its meaning").to_have_class(
            _words(tone), timeout=self.patience_ms
        )
        expect(panel.locator("svg use").first).to_have_attribute("href", _ends(f"#{icon}"))
        expect(panel.locator(".word")).to_have_text(self.words.gettext(word))
        sentence = panel.locator(".sentence").inner_text().strip()
        assert sentence
        return Said(verdict, sentence, tuple(panel.locator(".next li").all_inner_texts()))

    def notice(self) -> Said:
        """The notice on top of a desk page."""
        notice = self.page.locator("main .notice[role=alert]").first
        expect(notice).to_be_visible(timeout=self.patience_ms)
        sentence = notice.locator(".title").inner_text().strip()
        tone = notice.get_attribute("class") or ""
        verdict = next(name for name, look in LOOKS.items() if look[0] in tone.split())
        return Said(verdict, sentence, tuple(t.strip() for t in notice.locator("li").all_inner_texts()))

    def says(self, message: str, **figures: str) -> str:
        """An English message in this person's language."""
        return self.words.gettext(message) % figures if figures else self.words.gettext(message)

    def picture(self, name: str) -> None:
        """Keep how it looks."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")

    # --- scanning -----------------------------------------------------------------------------------
    def wedge(self, text: str, end: str = "Enter") -> None:
        """A scanner that types, wherever the focus is, faster than any person."""
        self.page.wait_for_selector("#entry[data-ready]")
        press(self.page, [(character, code_of(character)) for character in text], end)

    def scan(self, label: str, verdict: str) -> Said:
        """Scan one label of a unit; what is said, once the list of this station has it on top."""
        before = self.page.locator("#recent li").count()
        self.wedge(f"]C100{label}")
        expect(self.page.locator("#recent li")).to_have_count(min(before + 1, SHOWN), timeout=PATIENCE_MS)
        newest = self.page.locator("#recent li").first
        expect(newest).to_contain_text(label, timeout=PATIENCE_MS)
        expect(newest.locator(f".chip.{LOOKS[verdict][0]}")).to_be_visible(timeout=PATIENCE_MS)
        return self.verdict(verdict)


def _words(name: str) -> re.Pattern[str]:
    return re.compile(rf"(^|\s){name}(\s|$)")


def _ends(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text) + "$")


def code_of(character: str) -> str:
    """The key of a US keyboard that makes a character."""
    if character.isdigit():
        return f"Digit{character}"
    if character.isalpha():
        return f"Key{character.upper()}"
    return {"]": "BracketRight", "[": "BracketLeft", ":": "Semicolon", "-": "Minus", " ": "Space"}[character]


#: all keys of one scan at once, as (letter of the layout, physical key, shift); what nobody takes is typed by the browser
_PRESS = """
([keys, end]) => {
  const tell = (type, key, code, shiftKey) => document.activeElement.dispatchEvent(
    new KeyboardEvent(type, { key, code, shiftKey, bubbles: true, cancelable: true, composed: true }));
  for (const [key, code, shift] of keys) {
    const field = document.activeElement;
    if (tell("keydown", key, code, shift) && field.matches("input, textarea")) {
      field.setRangeText(key, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    tell("keyup", key, code, shift);
  }
  if (end) tell("keydown", end, end, false);
}
"""


def press(page: Page, keys: Sequence[tuple[str, str]], end: str = "Enter") -> None:
    """Key presses as (letter of the layout, physical key), then the end key."""
    page.evaluate(_PRESS, [[[key, code, key.isupper() or key in ":_"] for key, code in keys], end])


@dataclass
class Office:
    """Everybody at work on one terminal."""

    browser: Browser
    address: str
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def newcomer(self, language: str = "en", size: tuple[int, int] = WIDE) -> Person:
        """Somebody with a fresh browser, not signed in."""
        made = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=i18n.LANGUAGES[language].html
        )
        self.contexts.append(made)
        page = made.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        return Person(page, self.address, language)

    def person(self, login: str, size: tuple[int, int] = WIDE) -> Person:
        """A demo person in a browser of their own, signed in."""
        person = self.newcomer(LANGUAGE[login], size)
        person.sign_in(login)
        return person


@contextmanager
def office(browser: Browser, address: str) -> Iterator[Office]:
    """People at work; at the end no page may have had a fault in its scripts."""
    made = Office(browser, address)
    try:
        yield made
        assert not made.errors, made.errors
    finally:
        for context in made.contexts:
            context.close()
