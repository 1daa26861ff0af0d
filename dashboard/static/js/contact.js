// The left of the workspace follows its contact: the call's state, what can be done about it, and new messages. When the
// contact's row changes the page is fetched again, for content travels over HTTP only, in scope and audited. So do the
// level with its rule, the gate above the composer, and fields that a colleague changed. What is typed, and the caret, are
// never touched.

import { postForm } from "./api.js";
import { attribute } from "./dom.js";
import { saves, takeForm } from "./intake.js";
import { onChange, store, sum } from "./live.js";
import { serverNow } from "./tick.js";

const PAUSE = 150; // several changes of one moment are fetched once
const LATER = 2000;
const TOLD = ["[data-card]", ".earlier", "[data-sure]"]; // what must leave the screen when it is no longer told
const panel = document.querySelector("[data-contact]");
const thread = document.querySelector("[data-thread]");
const composer = document.getElementById("composer");
const id = panel?.dataset.contact;
let seen = null;
let timer = null;
let asking = false;

if (panel) {
  onChange((_store, change) => {
    const row = store.rows.get(id);
    const key = JSON.stringify(row ?? null);
    // Much happens while a page loads, and while there is no connection: what nobody told is looked at too. And a row may
    // say the same while the gate says another thing: so is whatever is told of this contact.
    const changed = (seen === null ? differs(row) : key !== seen) || change.topic === "act" || change.id === id
      || (change.missed && sum(store.heads) > Number(panel.dataset.head));
    seen = key;
    if (changed) renewSoon();
  });
  document.addEventListener("koza:renew", renewSoon);
}

/** Whether a row says more than the page was drawn from. */
function differs(row) {
  return Boolean(row) && (row.state !== panel.dataset.state || Date.parse(row.heard_at) > Date.parse(panel.dataset.heard));
}

function renewSoon() {
  clearTimeout(timer);
  timer = setTimeout(renew, PAUSE);
}

/** A save is under way, and what a colleague changed is fetched after it; or the server did not answer. */
function renewLater() {
  clearTimeout(timer);
  timer = setTimeout(renew, LATER);
}

async function renew() {
  if (asking) { renewSoon(); return; }
  asking = true;
  const begun = saves();
  try {
    const response = await fetch(`/contacts/${id}`, { credentials: "same-origin", cache: "no-store", headers: { Accept: "text/html" } });
    if (response.status >= 500 || response.status === 429) renewLater();
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    takePanel(page.querySelector("[data-contact]"));
    takeDialogs(page);
    if (goOn()) return;
    takeCopy(page);
    takeThread(page.querySelector("[data-thread]"));
    takeLevel(page);
    takePerson(page.querySelector(".ws-person"));
    takeGate(page.getElementById("composer"));
    if (!takeForm(page, begun)) renewLater();
  } catch {
    renewLater(); // the bar says that the server is away
  } finally {
    asking = false;
  }
}

/** Somebody whom we called has answered: the page of that call is the one to be on. */
function goOn() {
  const goes = panel.querySelector("[data-goes]")?.dataset.goes;
  if (goes) location.assign(goes);
  return Boolean(goes);
}

/** How an element of the panel is found again after it was drawn anew. */
function nameOf(node) {
  const form = node?.closest("form");
  if (node?.id) return `#${CSS.escape(node.id)}`;
  if (form) return `form[action="${CSS.escape(form.getAttribute("action"))}"] button`;
  return node?.dataset.opens ? `[data-opens="${node.dataset.opens}"]` : null;
}

function takePanel(fresh) {
  if (!fresh) return;
  const focused = panel.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  for (const told of ["state", "heard", "head"]) panel.dataset[told] = fresh.dataset[told];
  if (fresh.innerHTML === panel.innerHTML) return;
  const open = panel.querySelector("details[open]") !== null;
  const chosen = [...panel.querySelectorAll("select[id]")].map((select) => [select.id, select.value]);
  panel.replaceChildren(...fresh.childNodes);
  for (const [place, value] of chosen) {
    const select = document.getElementById(place);
    if (select) select.value = value;
  }
  if (open) panel.querySelector("details")?.setAttribute("open", "");
  if (focused) panel.querySelector(focused)?.focus({ preventScroll: true });
}

/** Dialogs of acts that became possible only now; an open one is left alone. */
function takeDialogs(page) {
  for (const dialog of page.querySelectorAll("dialog[id]")) {
    const old = document.getElementById(dialog.id);
    if (!old) document.getElementById("main").append(dialog);
    else if (!old.open) old.replaceWith(dialog);
    else takeLive(old, dialog);
  }
}

/** Of a dialog that is open only what it tells is drawn anew, never what is being typed. */
function takeLive(old, fresh) {
  const told = [...fresh.querySelectorAll("[data-live]")];
  [...old.querySelectorAll("[data-live]")].forEach((part, place) => {
    if (told[place] && part.innerHTML !== told[place].innerHTML) part.replaceChildren(...told[place].childNodes);
  });
}

function takeThread(fresh) {
  if (!thread || !fresh || fresh.innerHTML === thread.innerHTML) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40;
  thread.replaceChildren(...fresh.childNodes);
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}

/** The level and its rule in place: the form stands around them. */
function takeLevel(page) {
  for (const place of ["intake-level", "intake-rule"]) {
    const old = document.getElementById(place);
    const fresh = page.getElementById(place);
    if (!old || !fresh || old.textContent === fresh.textContent) continue;
    attribute(old, "data-tone", fresh.getAttribute("data-tone"));
    old.replaceChildren(...fresh.childNodes);
  }
  const raise = document.querySelector('[form="raise"]');
  const possible = page.querySelector('[form="raise"]');
  if (raise && !possible && raise !== document.activeElement) raise.remove();
  if (raise || !possible) return;
  if (!document.getElementById("raise")) document.querySelector(".ws-intake").append(page.getElementById("raise"));
  document.querySelector(".level-line").append(possible);
}

/** What is not to be done any more leaves the head of the intake. */
function takeCopy(page) {
  const links = (from) => from.querySelector(".intake-head a");
  if (links(document) && !links(page)) links(document).remove();
}

/** Who she is follows a colleague's check, and what was given for a time goes when it is over. */
function takePerson(fresh) {
  const person = document.querySelector(".ws-person");
  if (!person || !fresh || fresh.innerHTML === person.innerHTML) return;
  const closes = TOLD.some((what) => person.querySelector(what) && !fresh.querySelector(what));
  const busy = person.contains(document.activeElement) || person.querySelector("details[open]");
  if (busy && !closes) return;
  person.replaceChildren(...fresh.childNodes);
}

// What is said to whoever calls stands in the page and is shown at once; the mark goes its own way. So the words and the
// moment are the same whether the server knows her or not.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-script]");
  if (!form) return;
  event.preventDefault();
  form.closest("dialog")?.close();
  const script = document.getElementById(form.dataset.script);
  if (!script.open) script.showModal();
  const fields = Object.fromEntries(new FormData(form));
  const action = form.getAttribute("action");
  const what = fields.kind ?? action;
  marking[what] ??= mark(action, fields).finally(() => { delete marking[what]; });
  // What was told before stands in the form too: the page is drawn anew when he has been told the words.
  const marked = marking[what];
  if ("anew" in form.dataset) script.addEventListener("close", () => marked.then(() => location.reload()), { once: true });
}, { capture: true });

const marking = {};

/** It is never lost: while the server is away, as the bar says, it is tried again. */
async function mark(action, fields) {
  for (;;) {
    try {
      await postForm(action, fields);
      break;
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 429) break;
      await new Promise((done) => { setTimeout(done, LATER); });
    }
  }
  renewSoon();
}

// Whoever listens is let go by one key, whatever is open on the page.
document.addEventListener("keydown", (event) => {
  const form = event.key === "F10" ? document.querySelector("[data-nobody-listens]") : null;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const list = document.querySelector("#callers[open]");
  if (!list && document.querySelector("dialog[open]")) return;
  // Whom we called, and who is not sure to be her, is told what covers the call; whoever calls us, that nothing is known.
  const cover = event.key === "F8" ? document.querySelector("#call-back [data-script]") : null;
  const place = list && /^[1-9]$/.test(event.key) ? Number(event.key) - 1 : 0;
  const form = cover ?? (event.key === "F8" || (list && /^[1-9]$/.test(event.key))
    ? document.querySelectorAll("#callers [data-script]")[place] : null);
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

/** A card whose time is over leaves the screen by itself, also where the server is away. */
setInterval(() => {
  const card = document.querySelector("[data-card]");
  if (!card || Date.parse(card.dataset.card) > serverNow()) return;
  card.remove();
  renewSoon();
}, 1000);

/** The gate opens and closes above the composer. Words that were typed stay in sight, and may not be sent. */
function takeGate(fresh) {
  if (!composer || !fresh) return;
  const gate = document.getElementById("gate");
  const now = fresh.querySelector("#gate");
  if (gate.innerHTML !== now.innerHTML) gate.replaceChildren(...now.childNodes);
  const open = fresh.hasAttribute("data-open");
  attribute(composer, "data-open", open);
  composer.querySelector(".send .button").disabled = !open;
  composer.querySelector(".compose").hidden = !open && !composer.querySelector("textarea").value;
}
