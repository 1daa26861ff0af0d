"""What is sent to each address of the house to learn whether somebody may: real records, and acts that change little.

A key is a method and a rule of the address map; after a dot stands which of several acts at one address is meant. A
test holds the rules against the map, so that no address is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.edge.security.place import Place


@dataclass(frozen=True)
class Ask:
    """One request. ``sign`` is what the answer holds for who may read what is asked for; else its status decides."""

    path: str
    sign: str = ""
    body: Mapping[str, str] = field(default_factory=dict)
    #: Only this status means that the act was done; any other answer is one without it.
    done: int = 0
    #: Makes what the act takes away.
    prepare: Callable[[Place], Mapping[str, str]] = lambda _place: {}


def _shift(place: Place) -> Mapping[str, str]:
    return {"shift": str(place.shift())}


def _point(place: Place) -> Mapping[str, str]:
    return {"point": str(place.point())}


def _lowered(place: Place) -> Mapping[str, str]:
    place.lower()
    return {}


def _act(place: Place) -> Mapping[str, str]:
    return {"act": str(place.act())}


def _list(place: Place) -> Mapping[str, str]:
    return {"list": str(place.brought())}


def _recording(place: Place) -> Mapping[str, str]:
    return {"recording": str(place.recording())}


def _agreed(place: Place) -> Mapping[str, str]:
    return {"agreed": str(place.agreed())}


_CASE = 'href="/cases/{case_ref}"'
_TEXT = 'href="/contacts/{text}"'

ASKED: Mapping[str, Ask] = {
    "GET /": Ask("/", sign="{text_ref}"),
    "GET /board/snapshot": Ask("/board/snapshot", sign="{text_ref}"),
    "POST /contacts": Ask("/contacts", body={"channel": "none"}),
    "POST /presence": Ask("/presence", body={"ready": ""}),
    "GET /phone": Ask("/phone"),
    "POST /phone/use": Ask("/phone/use"),
    "POST /phone/leave": Ask("/phone/leave"),
    "POST /phone/token": Ask("/phone/token", body={"identity": "none"}),
    "POST /phone/beat": Ask("/phone/beat", body={"identity": "none"}),
    "POST /phone/answer": Ask("/phone/answer", body={"identity": "none"}),
    "POST /offers/<uuid:contact_id>/accept": Ask("/offers/{text}/accept"),
    "POST /offers/<uuid:contact_id>/decline": Ask("/offers/{text}/decline"),
    "GET /contacts/<uuid:contact_id>": Ask("/contacts/{text}", sign="{words}"),
    "GET /contacts/<uuid:contact_id>/replay": Ask("/contacts/{call}/replay", sign="/contacts/{call}"),
    "POST /contacts/<uuid:contact_id>/messages": Ask("/contacts/{text}/messages", body={"text": " "}),
    "POST /contacts/<uuid:contact_id>/draft": Ask("/contacts/{text}/draft", body={"text": "taslak"}),
    "POST /messages/<uuid:message_id>/undo": Ask("/messages/{message}/undo"),
    "POST /contacts/<uuid:contact_id>/escalate": Ask("/contacts/{text}/escalate", body={"reason": "legal_now"}),
    "POST /contacts/<uuid:contact_id>/hang-up": Ask("/contacts/{text}/hang-up"),
    "POST /contacts/<uuid:contact_id>/close": Ask("/contacts/{call}/close"),
    "POST /contacts/<uuid:contact_id>/silent": Ask("/contacts/{text}/silent"),
    "POST /contacts/<uuid:contact_id>/rejoin": Ask("/contacts/{text}/rejoin"),
    "POST /contacts/<uuid:contact_id>/voice": Ask("/contacts/{text}/voice", body={"muted": "1"}),
    "POST /contacts/<uuid:contact_id>/hold": Ask("/contacts/{text}/hold", body={"hold": "1"}),
    "POST /contacts/<uuid:contact_id>/call-in": Ask("/contacts/{text}/call-in", body={"account": "{keeper}"}),
    "POST /contacts/<uuid:contact_id>/hand-over": Ask("/contacts/{text}/hand-over", body={"do": "leave"}),
    "POST /contacts/<uuid:contact_id>/112": Ask(
        "/contacts/{text}/112", body={"by": "other", "telephone": "in_person", "outcome": "noted"}
    ),
    "POST /contacts/<uuid:contact_id>/call-back": Ask("/contacts/{text}/call-back"),
    "POST /contacts/<uuid:contact_id>/call-back/off": Ask("/contacts/{text}/call-back/off"),
    "POST /contacts/<uuid:contact_id>/call-back/other": Ask("/contacts/{text}/call-back/other"),
    "POST /contacts/<uuid:contact_id>/report-duty": Ask("/contacts/{text}/report-duty", body={"basis": "tck_279"}),
    "POST /contacts/<uuid:contact_id>/read-along": Ask("/contacts/{text}/read-along", body={"do": "end"}),
    "POST /contacts/<uuid:contact_id>/listening": Ask("/contacts/{text}/listening", body={"do": "withdraw"}),
    "POST /contacts/<uuid:contact_id>/listen": Ask("/contacts/{text}/listen", body={"how": "end"}),
    "POST /contacts/<uuid:contact_id>/ask-by-key": Ask("/contacts/{text}/ask-by-key", body={"question": "hurt"}),
    "POST /contacts/<uuid:contact_id>/language": Ask("/contacts/{text}/language", body={"language": "none"}),
    "POST /unmask/contact/<uuid:contact_id>": Ask(
        "/unmask/contact/{text}", sign="{number}", body={"reason": "emergency"}
    ),
    "POST /intakes/<uuid:intake_id>": Ask("/intakes/{call_intake}"),
    "POST /intakes/<uuid:intake_id> · identity": Ask(
        "/intakes/{call_intake}", body={"check_identity": "1", "how": "facts"}
    ),
    "POST /intakes/<uuid:intake_id>/identity": Ask("/intakes/{call_intake}/identity", body={"reason": "kuşku"}),
    "POST /intakes/<uuid:intake_id>/caller": Ask("/intakes/{call_intake}/caller", body={"kind": "self"}),
    "POST /intakes/<uuid:intake_id>/caller/clear": Ask(
        "/intakes/{call_intake}/caller/clear", body={"kind": "suicidal", "reason": "yanlış basıldı"}
    ),
    "POST /intakes/<uuid:intake_id>/nuisance/clear": Ask("/intakes/{call_intake}/nuisance/clear"),
    "POST /intakes/<uuid:intake_id>/other-party": Ask("/intakes/{call_intake}/other-party"),
    "POST /intakes/<uuid:intake_id>/other-party/clear": Ask(
        "/intakes/{call_intake}/other-party/clear", body={"reason": "yanlış basıldı"}
    ),
    "POST /intakes/<uuid:intake_id>/compromised": Ask("/intakes/{call_intake}/compromised", body={"reason": "spoke"}),
    "POST /intakes/<uuid:intake_id>/consents": Ask(
        "/intakes/{call_intake}/consents", body={"recipient": "police", "told": "name", "how": "spoken"}
    ),
    "POST /intakes/<uuid:intake_id>/consents/<uuid:consent_id>/withdraw": Ask(
        "/intakes/{call_intake}/consents/{consent}/withdraw", body={"why": "she_said"}
    ),
    "POST /intakes/<uuid:intake_id>/informant": Ask("/intakes/{told_intake}/informant", body={"relation": "neighbour"}),
    "POST /intakes/<uuid:intake_id>/informant/show": Ask(
        "/intakes/{told_intake}/informant/show", body={"reason": "safety"}
    ),
    "POST /intakes/<uuid:intake_id>/second-number": Ask("/intakes/{call_intake}/second-number", body={"number": "112"}),
    "POST /intakes/<uuid:intake_id>/one-person": Ask(
        "/intakes/{call_intake}/one-person", body={"ref": "{text_ref}", "why": "aynı ses"}
    ),
    "POST /intakes/<uuid:intake_id>/one-person/<uuid:merge_id>/confirm": Ask(
        "/intakes/{call_intake}/one-person/{merge}/confirm", body={"how": "facts", "reason": "aynı ses"}
    ),
    "POST /intakes/<uuid:intake_id>/one-person/<uuid:merge_id>/end": Ask(
        "/intakes/{call_intake}/one-person/{merge}/end", body={"ended": "başkası"}
    ),
    "POST /intakes/<uuid:intake_id>/screening": Ask("/intakes/{call_intake}/screening"),
    "POST /intakes/<uuid:intake_id>/triage": Ask("/intakes/{call_intake}/triage"),
    "POST /intakes/<uuid:intake_id>/level · raise": Ask(
        "/intakes/{call_intake}/level", body={"level": "3"}, prepare=_lowered
    ),
    "POST /intakes/<uuid:intake_id>/level · lower": Ask(
        "/intakes/{call_intake}/level", body={"level": "4", "reason": "yanlış anlaşıldı"}
    ),
    "POST /intakes/<uuid:intake_id>/close": Ask("/intakes/{call_intake}/close"),
    "POST /intakes/<uuid:intake_id>/reopen": Ask("/intakes/{call_intake}/reopen", body={"reason": "eksik kaldı"}),
    "POST /intakes/<uuid:intake_id>/open-case": Ask("/intakes/{text_intake}/open-case"),
    "GET /cases": Ask("/cases", sign=_CASE),
    "GET /cases/<wanted>": Ask("/cases/{case_ref}", sign="{title}"),
    "POST /cases/<uuid:case_id>/notes": Ask("/cases/{case}/notes", body={"text": "arandı"}),
    "POST /cases/<uuid:case_id>/tasks": Ask("/cases/{case}/tasks", body={"title": "Aramak"}),
    "POST /cases/<uuid:case_id>/night-line": Ask("/cases/{case}/night-line", body={"line": "annesinde kalır"}),
    "POST /tasks/<uuid:task_id>/done": Ask("/tasks/{task}/done"),
    "POST /cases/<uuid:case_id>/state · go on": Ask("/cases/{case}/state", body={"state": "assessment"}),
    "POST /cases/<uuid:case_id>/state · close": Ask("/cases/{case}/state", body={"state": "closed:safe"}),
    "POST /cases/<uuid:case_id>/owner": Ask("/cases/{case}/owner", body={"owner": "{keeper}"}),
    "GET /cases/<uuid:case_id>/petitions": Ask("/cases/{case}/petitions", sign="/petitions/{petition}"),
    "POST /cases/<uuid:case_id>/petitions": Ask("/cases/{case}/petitions", body={"purpose": "measures"}),
    "GET /petitions/<uuid:application_id>": Ask("/petitions/{petition}", sign="{words}"),
    "GET /petitions/<uuid:application_id>/<form>": Ask("/petitions/{petition}/pdf", sign="%PDF-"),
    "POST /petitions/<uuid:application_id>": Ask("/petitions/{petition}", body={"statement": "{words}"}),
    "POST /petitions/<uuid:application_id>/approve": Ask("/petitions/{petition}/approve", body={"manner": "oral"}),
    "POST /petitions/<uuid:application_id>/release": Ask("/petitions/{petition}/release"),
    "GET /cases/<uuid:case_id>/applications/new": Ask("/cases/{case}/applications/new", sign='name="codes"'),
    "POST /cases/<uuid:case_id>/applications": Ask("/cases/{case}/applications"),
    "GET /applications/<uuid:application_id>": Ask("/applications/{petition}", sign="{words}"),
    "POST /applications/<uuid:application_id> · she approved it": Ask(
        "/applications/{petition}", body={"do": "approve", "manner": "none", "approved_at": "2001-01-01T10:00"}
    ),
    "POST /applications/<uuid:application_id> · its result": Ask(
        "/applications/{petition}", body={"do": "answer", "outcome": "none", "answered_on": "2001-01-01"}
    ),
    "GET /due": Ask("/due", sign="{case_ref}"),
    "POST /reminders/<uuid:reminder_id>/acknowledge": Ask("/reminders/{reminder}/acknowledge"),
    "POST /reminders/<uuid:reminder_id>/snooze": Ask("/reminders/{reminder}/snooze"),
    "POST /deadlines/<uuid:deadline_id>/done": Ask("/deadlines/{deadline}/done", body={"act": "none"}),
    "GET /closed-days": Ask("/closed-days", sign="{case_ref}"),
    "POST /closed-days/<uuid:tick_id> · in time": Ask("/closed-days/{tick}"),
    "POST /closed-days/<uuid:tick_id> · late": Ask("/closed-days/{late_tick}"),
    "GET /lists": Ask("/lists", sign="/lists/{list}", prepare=_list),
    "POST /lists": Ask("/lists"),
    "GET /lists/example": Ask("/lists/example"),
    "GET /lists/<uuid:list_id>": Ask("/lists/{list}", sign="/lists/{list}/drop", prepare=_list),
    "POST /lists/<uuid:list_id>/confirm": Ask("/lists/{list}/confirm", prepare=_list),
    "POST /lists/<uuid:list_id>/undo": Ask("/lists/{list}/undo", prepare=_list),
    "POST /lists/<uuid:list_id>/drop": Ask("/lists/{list}/drop", prepare=_list),
    "GET /cases/<uuid:case_id>/decisions/new": Ask("/cases/{case}/decisions/new", sign='name="codes"'),
    "POST /cases/<uuid:case_id>/decisions": Ask("/cases/{case}/decisions", body={"form": "court"}),
    "GET /decisions/<uuid:decision_id>": Ask("/decisions/{decision}", sign="{docket}"),
    "POST /decisions/<uuid:decision_id> · what became of it": Ask(
        "/decisions/{decision}", body={"do": "notice", "party": "perpetrator", "served_on": "2001-01-01"}
    ),
    "POST /decisions/<uuid:decision_id> · a breach": Ask(
        "/decisions/{decision}", body={"do": "breach", "codes": "none", "occurred_at": "2001-01-01T10:00"}
    ),
    "GET /register": Ask("/register", sign='href="/decisions/{decision}"'),
    "POST /register": Ask("/register", sign='href="/decisions/{decision}"', body={"docket": "{docket}"}),
    "POST /register/export": Ask("/register/export"),
    "GET /register/counts": Ask("/register/counts"),
    "GET /papers/<uuid:document_id>": Ask("/papers/{paper}", sign="%PDF"),
    "GET /intakes/<uuid:intake_id>/copy": Ask("/intakes/{text_intake}/copy", sign="{text_ref}"),
    "POST /intakes/<uuid:intake_id>/copy": Ask("/intakes/{text_intake}/copy"),
    "GET /cases/<uuid:case_id>/copy": Ask("/cases/{case}/copy", sign="{case_ref}"),
    "POST /cases/<uuid:case_id>/copy": Ask("/cases/{case}/copy"),
    "GET /decisions/<uuid:decision_id>/copy": Ask("/decisions/{decision}/copy", sign="{docket}"),
    "POST /decisions/<uuid:decision_id>/copy": Ask("/decisions/{decision}/copy"),
    "GET /catalogues": Ask("/catalogues"),
    "GET /catalogues/abroad": Ask("/catalogues/abroad"),
    "GET /catalogues/copy-sheets": Ask("/catalogues/copy-sheets"),
    "POST /catalogues/copy-sheets": Ask("/catalogues/copy-sheets"),
    "POST /catalogues/copy-sheets/<uuid:proposal_id>/confirm": Ask("/catalogues/copy-sheets/{keeper}/confirm"),
    "POST /catalogues/copy-sheets/<uuid:proposal_id>/drop": Ask("/catalogues/copy-sheets/{keeper}/drop"),
    "GET /catalogues/measures": Ask("/catalogues/measures"),
    "POST /catalogues/measures": Ask("/catalogues/measures"),
    "POST /catalogues/measures/<uuid:proposal_id>/confirm": Ask("/catalogues/measures/{keeper}/confirm"),
    "POST /catalogues/measures/<uuid:proposal_id>/drop": Ask("/catalogues/measures/{keeper}/drop"),
    "GET /catalogues/calendar": Ask("/catalogues/calendar"),
    "POST /catalogues/calendar": Ask("/catalogues/calendar"),
    "POST /catalogues/calendar/confirm": Ask("/catalogues/calendar/confirm"),
    "POST /catalogues/duty-courts": Ask("/catalogues/duty-courts"),
    "GET /texts": Ask("/texts", sign="/texts/words"),
    "POST /texts": Ask("/texts", body={"automatic": "no", "silent_hours": "0"}),
    "POST /texts/words": Ask("/texts/words", body={"words": ""}),
    "POST /texts/words/<uuid:word_id>/drop": Ask("/texts/words/{agreed}/drop", prepare=_agreed),
    "GET /catalogues/prompts": Ask("/catalogues/prompts"),
    "POST /catalogues/prompts": Ask("/catalogues/prompts"),
    "GET /catalogues/prompts/<uuid:recording_id>": Ask(
        "/catalogues/prompts/{recording}", sign="RIFF", prepare=_recording
    ),
    "POST /catalogues/prompts/<uuid:recording_id>/use": Ask("/catalogues/prompts/{keeper}/use"),
    "POST /catalogues/prompts/<uuid:recording_id>/remove": Ask("/catalogues/prompts/{keeper}/remove"),
    "POST /catalogues/prompts/<uuid:recording_id>/drop": Ask("/catalogues/prompts/{keeper}/drop"),
    "POST /catalogues/prompts/lines/<uuid:line_id>": Ask("/catalogues/prompts/lines/{line}", body={"says": "no-name"}),
    "GET /pages": Ask("/pages", sign='href="/pages/{page}"'),
    "GET /pages/<code>": Ask("/pages/{page}", sign="{text_ref}"),
    "POST /pages/<code>/accept": Ask("/pages/{page}/accept"),
    "POST /pages/<code>/decline": Ask("/pages/{page}/decline"),
    "POST /pages/<code>/contact-made": Ask("/pages/{page}/contact-made"),
    "POST /pages/<code>/give-back": Ask("/pages/{page}/give-back"),
    "POST /pages/<code>/close": Ask("/pages/{page}/close", body={"reason": "none"}),
    "GET /search": Ask("/search"),
    "POST /search · a case": Ask("/search", sign=_CASE, body={"q": "{case_ref}"}),
    "POST /search · an intake": Ask("/search", sign=_TEXT, body={"q": "{text_ref}"}),
    "POST /search · a number": Ask("/search", sign=_TEXT, body={"q": "{number}"}),
    "POST /search · a page": Ask("/search", sign='href="/pages/{page}"', body={"q": "{page}"}),
    "POST /search · the other unit's file": Ask("/search", sign='href="/files/', body={"q": "{file_ref}"}),
    "GET /shifts": Ask("/shifts"),
    "POST /shifts": Ask("/shifts"),
    "POST /shifts/lines/<uuid:line_id>/listening": Ask("/shifts/lines/{line}/listening", body={"allowed": ""}),
    "POST /shifts · remove": Ask("/shifts", body={"remove": "{shift}"}, prepare=_shift),
    "GET /reports": Ask("/reports"),
    "GET /audit": Ask("/audit?act=case_opened", sign="{case_end}"),
    "GET /night-acts": Ask("/night-acts", sign="{act}", prepare=_act),
    "POST /night-acts": Ask("/night-acts", body={"id": "{act}", "decision": "refuse"}, done=303, prepare=_act),
    "GET /staff": Ask("/staff", sign="{account_name}"),
    "GET /staff/<uuid:account_id>": Ask("/staff/{account}", sign="{account_name}"),
    "POST /staff": Ask("/staff"),
    "POST /staff/<uuid:account_id> · change": Ask("/staff/{account}"),
    "POST /staff/<uuid:account_id> · reset": Ask(
        "/staff/{account}", body={"do": "reset", "reason": "telefonu kayıp"}, done=303
    ),
    "POST /staff/<uuid:account_id>/telephones/<uuid:point_id>": Ask(
        "/staff/{account}/telephones/{point}", prepare=_point
    ),
    "POST /play-night": Ask("/play-night"),
}

#: What everybody who is signed in may do, for herself alone; asked with a session of its own each, since some end it.
HERSELF: Mapping[str, Ask] = {
    "GET /welcome": Ask("/welcome"),
    "GET /alarms": Ask("/alarms"),
    "POST /lock": Ask("/lock"),
    "POST /unlock": Ask("/unlock", body={"code": "000000"}),
    "POST /step-up": Ask("/step-up", body={"code": "000000"}),
    "POST /sign-out": Ask("/sign-out"),
    "GET /account/password": Ask("/account/password"),
    "POST /account/password/new": Ask("/account/password/new"),
    "POST /account/password": Ask("/account/password"),
    "POST /account/recovery-codes": Ask("/account/recovery-codes"),
    "POST /account/pin/new": Ask("/account/pin/new"),
    "POST /account/pin": Ask("/account/pin"),
}

#: What was said and written: it stands in no answer but one to who may read it.
CONTENT = ("number", "words", "title", "docket")
#: Neutral names of the matter. They stand on boards; a refusal holds none of them.
REFERENCES = ("text_ref", "case_ref", "page", "case")
#: The other unit's file has no page, so nothing tells of it, nor of the person whose file it is.
NEVER = ("file_ref", "file_name")
