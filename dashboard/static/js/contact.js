// The left of the workspace follows its contact: the call's state, what can be done about it, and new messages. When the
// contact's row changes the page is fetched again, for content travels over HTTP only, in scope and audited. The form and
// the caret are never touched.

import { onChange, store } from "./live.js";

const PAUSE = 150; // several changes of one moment are fetched once
const panel = document.querySelector("[data-contact]");
const thread = document.querySelector("[data-thread]");
const id = panel?.dataset.contact;
let seen = null;
let timer = null;
let asking = false;

if (panel) {
  onChange((_store, change) => {
    if (change.topic === "act") { renewSoon(); return; }
    const row = store.rows.get(id);
    const key = JSON.stringify(row ?? null);
    // The first snapshot is compared with what the page was drawn from: much happens while a page loads.
    const changed = seen === null ? Boolean(row) && row.state !== panel.dataset.state : key !== seen;
    seen = key;
    if (changed) renewSoon();
  });
}

function renewSoon() {
  clearTimeout(timer);
  timer = setTimeout(renew, PAUSE);
}

async function renew() {
  if (asking) { renewSoon(); return; }
  asking = true;
  try {
    const response = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store", headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    takePanel(page.querySelector("[data-contact]"));
    takeDialogs(page);
    takeThread(page.querySelector("[data-thread]"));
  } catch {
    // The bar says that the server is away; the next change fetches again.
  } finally {
    asking = false;
  }
}

/** How an element of the panel is found again after it was drawn anew. */
function nameOf(node) {
  const form = node?.closest("form");
  if (form) return `form[action="${CSS.escape(form.getAttribute("action"))}"] button`;
  return node?.dataset.opens ? `[data-opens="${node.dataset.opens}"]` : null;
}

function takePanel(fresh) {
  if (!fresh) return;
  const focused = panel.contains(document.activeElement) ? nameOf(document.activeElement) : null;
  panel.dataset.state = fresh.dataset.state;
  if (fresh.innerHTML === panel.innerHTML) return;
  panel.replaceChildren(...fresh.childNodes);
  if (focused) panel.querySelector(focused)?.focus({ preventScroll: true });
}

/** Dialogs of acts that became possible only now; an open one is left alone. */
function takeDialogs(page) {
  for (const dialog of page.querySelectorAll("dialog[id]")) {
    const old = document.getElementById(dialog.id);
    if (!old) document.getElementById("main").append(dialog);
    else if (!old.open) old.replaceWith(dialog);
  }
}

function takeThread(fresh) {
  if (!thread || !fresh || fresh.innerHTML === thread.innerHTML) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40;
  thread.replaceChildren(...fresh.childNodes);
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}
