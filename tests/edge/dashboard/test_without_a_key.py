"""A director in production who has no security key yet: what cannot wait for one is open to her, and nothing else."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from staff.edge.guard import guard_of
from staff.security_keys import KeyDesk
from tests.edge.dashboard.conftest import Browser, House

#: Everything that is open to her. Whoever opens another view to somebody without a key writes it down here too.
OPEN = {
    # what rings, and her presence
    *("board.accept", "board.alarms", "board.board", "board.board_snapshot", "board.decline", "board.presence"),
    "board.open_at_desk",
    *("phone.answer", "phone.beat", "phone.leave", "phone.phone", "phone.token", "phone.use"),
    # who reached us
    *("contacts.contact", "contacts.close", "contacts.escalate", "contacts.hang_up", "contacts.keep_draft"),
    *("contacts.mark_silent", "contacts.send_message", "contacts.set_language", "contacts.undo_message"),
    *("calling_back.call", "calling_back.off", "calling_back.other"),
    *("emergency.note", "talking.ask_by_key", "talking.call_in", "talking.hand_over", "talking.hold", "talking.voice"),
    *("talking.read_along", "talking.rejoin", "listening.agreement"),
    # what she says
    *("intakes.change_level", "intakes.clear_compromised", "intakes.close", "intakes.save", "intakes.screen"),
    *("intakes.triage", "identity.caller", "identity.clear", "identity.clear_caller", "identity.suspect"),
    *("identity.withdraw", "report_duty.assess", "consents.consent", "consents.withdraw"),
    *("informants.write", "one_person.end", "one_person.number", "one_person.propose"),
    # the pages about her
    *("pages.accept", "pages.close", "pages.contact_made", "pages.decline", "pages.give_back", "pages.page"),
    "pages.pages",
    # the way to a key
    *("keys.add", "keys.challenge", "keys.new", "keys.page", "sign_in.step_up", "sign_in.unlock"),
}
#: Open to her too, but either would end the walk.
OUT = {"sign_in.lock", "sign_in.sign_out"}


@pytest.fixture
def director(house: House, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """She was let in by a code, and may do whatever her roles say but for the key."""
    monkeypatch.setattr(guard_of(house.app), "keys", KeyDesk("https://koza.example", production=True))
    return house.browser("director", "admin", "shift_lead", "operator")


def test_only_what_cannot_wait_is_open(house: House, director: Browser) -> None:
    opened = set()
    for rule in house.app.url_map.iter_rules():
        # The first is the reading API's, with tokens of its own; set-up has a door of its own, which is shut by now.
        if rule.endpoint in OUT or rule.rule.startswith(("/api/", "/twilio/", "/channels/", "/set-up")):
            continue
        samples = {"uuid": str(uuid4()), "int": "1"}
        path = re.sub(r"<(?:(\w+):)?\w+>", lambda place, known=samples: known.get(place[1] or "", "x"), rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            headers = {"Accept": "application/json", "X-CSRF-Token": director.csrf}
            answer = director.client.open(path, method=method, headers=headers)
            if (answer.status_code, answer.get_json(silent=True)) != (403, {"error": "key_required"}):
                opened.add(rule.endpoint)
    public = {"dashboard.static", "healthz", "language", "metrics", "pager", "readyz"}
    public |= {"sign_in.page", "sign_in.report", "sign_in.sign_in", "sign_in.sign_in_by_key"}
    assert opened - public == OPEN
    for path in ("/lock", "/sign-out"):
        assert director.post(path).status_code in {204, 303}


def test_a_page_that_she_opens_leads_to_her_keys_and_the_board_says_what_is_missing(
    house: House, director: Browser
) -> None:
    assert director.get("/staff").headers["Location"] == "/account/keys"
    missing = "until you have added a security key"
    assert missing in director.get("/").text
    assert "Your role needs a security key" in director.get("/account/keys").text
    assert missing not in house.browser("operator").get("/").text
