// Autosave of the intake. Every change goes to the server; what is not yet there is kept on this screen only, and the
// state says so in words: saving, saved 14:05, offline. Nothing is stored in the browser.

import { Refused, postForm } from "./api.js";
import { attribute, element, icon } from "./dom.js";
import { clockFace } from "./tick.js";
import { say } from "./words.js";

const PAUSE = 700;
const AGAIN = [1000, 2000, 4000, 8000, 15000];
const form = document.getElementById("intake");
const status = document.getElementById("intake-status");
const level = document.getElementById("intake-level");
const rule = document.getElementById("intake-rule");
const summary = document.getElementById("errors");
const lock = document.getElementById("intake-lock");
const rest = document.getElementById("intake-rest");

/** url -> Map of field name -> values. What changed and has not been answered for. */
const pending = new Map();
/** What the server has of each field, as far as this page knows: leaving a field saves nothing twice. */
const known = new Map();
let flying = false;
let timer = null;
let failures = 0;
let done = 0;
let stale = false; // somebody else had saved before our last save

function show(state, text) {
  attribute(status, "data-state", state);
  if (status.textContent !== text) status.textContent = text;
}

/** She was asked whether she can talk, or it is an emergency: the rest of the form is there. */
function unlock() {
  if (!lock || lock.hidden) return;
  rest.hidden = false;
  lock.hidden = true;
}

function urlOf(control) {
  return control.closest("[data-saves]")?.dataset.saves ?? form.dataset.saves;
}

function valuesOf(control) {
  const group = control.form.elements.namedItem(control.name);
  const controls = group instanceof RadioNodeList ? [...group] : [group];
  if (control.type === "checkbox") {
    const chosen = controls.filter((one) => one.checked).map((one) => one.value);
    return chosen.length ? chosen : [""];
  }
  if (control.type === "radio") return [controls.find((one) => one.checked)?.value ?? ""];
  return [control.value];
}

function note(control) {
  if (!control.name || control.type === "hidden" || control.closest("[data-unsaved]")) return;
  const url = urlOf(control);
  const values = valuesOf(control);
  if (control.name === "safe_to_talk" && values[0] !== "not_asked") unlock();
  if (!pending.get(url)?.has(control.name) && known.get(control.name) === values.join("\n")) return;
  if (!pending.has(url)) pending.set(url, new Map());
  pending.get(url).set(control.name, values);
  show("saving", say("saving"));
}

function schedule(delay) {
  clearTimeout(timer);
  timer = setTimeout(flush, delay);
}

function drawLevel(answer) {
  if (!answer.level) return;
  attribute(level, "data-tone", { 1: "held", 2: "held" }[answer.level] ?? "quiet");
  level.replaceChildren(icon(`level-${answer.level}`), `${say(`level.short.${answer.level}`)} ${say(`level.${answer.level}`)}`);
  if (answer.rule && rule.textContent !== answer.rule) rule.textContent = answer.rule;
}

function drawErrors(errors) {
  for (const old of form.querySelectorAll('[aria-invalid="true"]')) old.removeAttribute("aria-invalid");
  for (const old of form.querySelectorAll(".field-error")) old.hidden = true;
  const list = summary.querySelector("ul");
  list.replaceChildren(...errors.map(({ field, text }) => {
    const place = document.getElementById(`i-${field}`);
    const problem = document.getElementById(`i-${field}-error`);
    if (place?.matches(".control")) place.setAttribute("aria-invalid", "true");
    if (problem) { problem.querySelector("span").textContent = text; problem.hidden = false; }
    return element("li", {}, field ? element("a", { href: `#i-${field}` }, text) : text);
  }));
  summary.hidden = errors.length === 0;
}

function answered(answer) {
  failures = 0;
  if (answer.version !== undefined) form.dataset.version = answer.version;
  drawLevel(answer);
  const errors = Array.isArray(answer.errors) ? answer.errors : Object.entries(answer.errors ?? {}).map(([field, text]) => ({ field, text }));
  drawErrors(errors);
  if (errors.length) show("refused", say("refused"));
  else if (!pending.size) show("saved", say("saved", { t: clockFace(answer.saved_at) }));
}

function failed(refused, url, fields) {
  // Put the fields back, without covering what was typed since.
  const newer = pending.get(url) ?? new Map();
  pending.set(url, new Map([...fields, ...newer]));
  if (refused.status === 401) { show("refused", say("signed.out")); return; }
  // 423: the screen was locked in that moment; what was typed waits behind the cover.
  if (refused.status >= 400 && refused.status < 500 && ![408, 423, 429].includes(refused.status)) {
    pending.delete(url);
    drawErrors(refused.answer?.errors ?? []);
    show("refused", say("refused"));
    return;
  }
  show("offline", say("offline"));
  schedule(AGAIN[Math.min(failures, AGAIN.length - 1)]);
  failures += 1;
}

/** How many saves this page has made or begun: a form that was fetched before one of them says what is old. */
export function saves() {
  return done;
}

const refusedHere = (control) => control.getAttribute("aria-invalid") === "true" || document.getElementById(`i-${control.name}-error`)?.hidden === false;

/** One field as the server has it, unless a hand is on it. Answers whether it changed, or `null` where it was left. */
function takeField(control, fresh) {
  const chosen = ["checkbox", "radio"].includes(control.type);
  const same = chosen ? control.checked === fresh.checked : control.value === fresh.value;
  if (same) return false;
  if (control === document.activeElement || refusedHere(control) || control.name === "safe_code_word") return null;
  if (chosen) control.checked = fresh.checked; else control.value = fresh.value;
  known.set(control.name, valuesOf(control).join("\n"));
  return true;
}

/** Draw what a colleague changed, from a page fetched anew when `begun` saves had been made. False: ask again. */
export function takeForm(page, begun) {
  const fresh = page.getElementById("intake");
  if (!form || !fresh) return true;
  if (flying || pending.size || begun !== done) return false;
  if (!page.getElementById("intake-lock")) unlock();
  const theirs = new Set();
  let left = false;
  for (const control of form.elements) {
    if (!control.name || control.type === "hidden") continue;
    const value = ["checkbox", "radio"].includes(control.type) ? `[value="${CSS.escape(control.value)}"]` : "";
    const other = fresh.querySelector(`[name="${control.name}"]${value}:not([type="hidden"])`);
    const taken = other ? takeField(control, other) : false;
    if (taken) theirs.add(control.closest(".field").querySelector(".label").firstChild.textContent.trim());
    left ||= taken === null;
  }
  // Where nobody else has saved, what differs is what the server made of our own save.
  const others = stale || fresh.dataset.version !== form.dataset.version;
  stale = false;
  if (!left) form.dataset.version = fresh.dataset.version;
  if (theirs.size && others) show("saved", say("theirs", { fields: [...theirs].join(", ") }));
  return true;
}

async function flush() {
  if (flying || !pending.size) return;
  flying = true;
  done += 1;
  const [url, fields] = pending.entries().next().value;
  pending.delete(url);
  const pairs = [...fields].flatMap(([name, values]) => values.map((value) => [name, value]));
  pairs.push(["version", form.dataset.version]);
  try {
    const answer = await postForm(url, pairs);
    for (const [name, values] of fields) known.set(name, values.join("\n"));
    // The gate may say another thing now; or a colleague saved meanwhile.
    const reach = [...fields.keys()].some((name) => name.startsWith("safe_") || name === "caller_not_alone");
    stale ||= Boolean(answer.stale);
    if (reach || answer.stale) document.dispatchEvent(new Event("koza:renew"));
    answered(answer);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    failed(refused, url, fields);
  } finally {
    flying = false;
  }
  if (pending.size && !failures) schedule(0);
}

if (form) {
  document.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    note(event.target);
    schedule(PAUSE);
  });
  document.addEventListener("change", (event) => {
    if (event.target.form !== form) return;
    note(event.target);
    schedule(0);
  });
  lock?.querySelector("button").addEventListener("click", (event) => {
    event.preventDefault();
    unlock();
    pending.set(form.dataset.saves, new Map([...(pending.get(form.dataset.saves) ?? []), ["safe_later", ["1"]]]));
    show("saving", say("saving"));
    schedule(0);
    rest.querySelector("select, input:not([type=hidden]), textarea").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F4" || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!lock || lock.hidden || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    lock.querySelector("button").click();
  });
  // What closing still needs is named with a link to it.
  document.addEventListener("click", (event) => {
    const to = event.target.closest?.('a[href^="#i-"]')?.hash.slice(1);
    if (to && rest.contains(document.getElementById(to))) unlock();
  });
  // Somebody is with her: by the one key that shows what to say it is written down as well.
  document.addEventListener("click", (event) => {
    const box = form.querySelector('input[type="checkbox"][name="caller_not_alone"]');
    if (!event.target.closest?.('[data-opens="cover"]') || !box || box.checked) return;
    box.checked = true;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  addEventListener("online", () => { failures = 0; schedule(0); });
  document.addEventListener("koza:leaving", () => { clearTimeout(timer); flush(); });
  // What was typed last leaves with the page (the request outlives it); only an unreachable server is worth a question.
  addEventListener("beforeunload", (event) => { if (pending.size && failures) event.preventDefault(); else flush(); });
  // Closing and opening a case wait until everything typed is with the server.
  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-after-save]") || (!pending.size && !flying)) return;
    event.preventDefault();
    clearTimeout(timer);
    while (flying) await new Promise((done) => { setTimeout(done, 50); });
    await flush();
    if (!pending.size && !flying) event.target.requestSubmit(event.submitter);
  }, { capture: true });
}
