"""Hands that touch nothing but the keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

_LONGEST_WALK = 250


def walk_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the focus stands on ``selector``."""
    for _ in range(_LONGEST_WALK):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not reach {selector}")


def count(page: Page) -> None:
    """Count the keys that are pressed on this page from now on."""
    page.evaluate("window.pressed = 0; addEventListener('keydown', () => { window.pressed += 1; }, true)")


def pressed(page: Page) -> int:
    """How many keys were pressed on this page since :func:`count`."""
    return int(page.evaluate("window.pressed"))


def choose_radio(page: Page, name: str, value: str, *, within: str = "") -> None:
    """Go to a group of radio buttons and walk through it with the arrow keys; ``within`` tells forms alike apart."""
    group = f'{within} input[type="radio"][name="{name}"]'.lstrip()
    walk_to(page, group)
    wanted = page.locator(f'{group}[value="{value}"]')
    if not page.locator(f"{group}:checked").count():
        page.keyboard.press("Space")
    for _ in range(page.locator(group).count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowRight")
    expect(wanted).to_be_checked()


def check(page: Page, name: str, value: str, *, within: str = "") -> None:
    """Go to one check box and set it; ``within`` tells forms alike apart."""
    box = f'{within} input[name="{name}"][value="{value}"]'.lstrip()
    walk_to(page, box)
    page.keyboard.press("Space")
    expect(page.locator(box)).to_be_checked()


def select(page: Page, name: str, begins: str, value: str) -> None:
    """Go to a list and type how the answer begins."""
    walk_to(page, f'select[name="{name}"]')
    page.keyboard.type(begins)
    expect(page.locator(f'select[name="{name}"]')).to_have_value(value)


def write(page: Page, selector: str, words: str) -> None:
    """Go to a field and write."""
    walk_to(page, selector)
    page.keyboard.type(words)


def press(page: Page, selector: str) -> None:
    """Go to a button or link and press Enter."""
    walk_to(page, selector)
    page.keyboard.press("Enter")
