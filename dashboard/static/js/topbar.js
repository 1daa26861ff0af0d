// The bar's counts, the neutral title, and the strip of what rings for this person on every page.

import { get, post } from "./api.js";
import { attribute, element, icon, meta, redraw } from "./dom.js";
import { fetchSnapshot, onChange, store } from "./live.js";
import { play, quiet, ring } from "./sound.js";
import { count } from "./tick.js";
import { alarm, announce, say } from "./words.js";

const me = meta("me");
const strip = document.getElementById("ring");
const dot = document.getElementById("blank-dot");
const counts = document.getElementById("counts");
const offers = new Map();
const pagesHeard = new Set();
const alarms = document.getElementById("alarms");
const ALARMS_EVERY = 60000;
let first = true;

/** Whether this contact rings for the person at this screen. */
export function ringsForMe(row) {
  return row.offer === "offered" && (row.offered_to ?? []).includes(me);
}

/** Accept a contact. Answers {won, by}; a lost race and a silent server are words, never an exception. */
export async function accept(id) {
  try {
    const answer = await post(`/offers/${id}/accept`);
    if (answer.won) {
      quiet();
      play("done");
      // A locked screen still takes the call: its telephone talks, the page opens after the code.
      if (!document.body.hasAttribute("data-locked")) location.assign(`/contacts/${id}`);
      return { won: true, text: say("won") };
    }
    fetchSnapshot();
    return { won: false, text: say("lost", { name: answer.by }) };
  } catch (refused) {
    // 409 comes with its reason in words (no telephone); anything else is a server that did not answer.
    return { won: false, text: refused.status === 409 ? refused.answer.error : say("accept.failed") };
  }
}

/** Say that one cannot take a contact now. Answers {done, text}; a silent server is a word, never an exception. */
export async function decline(id) {
  try {
    await post(`/offers/${id}/decline`);
    fetchSnapshot();
    return { done: true, text: say("declined") };
  } catch {
    return { done: false, text: say("decline.failed") };
  }
}

function drawCounts() {
  let waiting = 0;
  for (const item of counts?.children ?? []) {
    const number = store.counts[`level${item.dataset.level}`] ?? 0;
    waiting += number;
    attribute(item, "data-none", !number);
    const figure = item.querySelector("[data-count]");
    if (figure.textContent !== String(number)) figure.textContent = number;
  }
  document.title = waiting ? `Koza · ${waiting}` : "Koza";
}

/** Beside its place in the rail: how many acts wait for this person. */
function drawActs() {
  const place = document.querySelector('.rail a[href="/night-acts"]');
  if (!place) return;
  const figure = place.querySelector("b");
  if (!store.acts) { figure?.remove(); return; }
  if (figure) figure.textContent = store.acts;
  else place.append(element("b", { class: "num" }, String(store.acts)));
}

function offerLine(row) {
  const words = [say(`channel.${row.channel}`), say(`lang.${row.language}`, {}, row.language), row.province].filter(Boolean).join(" · ");
  const time = element("time", { class: "count", "data-since": row.since });
  count(time);
  const button = element("button", { type: "button", class: `button ${row.level === 1 ? "now" : "primary"}`, "aria-keyshortcuts": "F2", "data-take": "" }, say("take"));
  const pass = element("button", { type: "button", class: "button plain" }, say("not.now"));
  const outcome = element("span", { class: "status", role: "status" });
  const line = element("div", { class: "offer", "data-level": row.level, "data-id": row.id },
    element("span", { class: "shake" }, icon("ring")),
    element("span", {}, say("ringing.you")),
    element("span", { class: "badge", "data-tone": { 1: "now", 2: "soon" }[row.level] ?? "quiet" }, icon(`level-${row.level}`), `${say(`level.short.${row.level}`)} ${say(`level.${row.level}`)}`),
    element("span", {}, words), time, outcome, button, pass);
  button.addEventListener("click", async () => {
    button.disabled = pass.disabled = true;
    outcome.textContent = say("taking");
    const result = await accept(row.id);
    outcome.textContent = result.text;
    button.disabled = pass.disabled = result.won;
    if (!result.won) announce(result.text);
  });
  pass.addEventListener("click", async () => {
    pass.disabled = true;
    const result = await decline(row.id);
    outcome.textContent = result.text;
    pass.disabled = result.done;
    announce(result.text);
  });
  return line;
}

/** The call of the person at this screen: while she has one no other rings for her. */
function myCall() {
  return [...store.rows.values()].find((row) => row.owner_id === me && row.channel === "voice" && row.lane === "active" && row.state !== "wrap_up");
}

/** Who waits for whoever becomes free first, and so for the person at this screen; nobody where she takes nobody. */
function nextForMe() {
  const takes = document.getElementById("presence")?.getAttribute("aria-checked") === "true";
  if (!takes) return null;
  return [...store.rows.values()].filter((row) => row.asks_all && row.channel === "voice" && !ringsForMe(row)).sort(byUrgency)[0] ?? null;
}

/** A second caller is shown and does not ring: what she says is not cut by it, and no button takes her by mistake. */
function secondLine(row, mine) {
  const words = [say(`lang.${row.language}`, {}, row.language), row.province].filter(Boolean).join(" · ");
  const time = element("time", { class: "count", "data-since": row.since });
  count(time);
  const here = location.pathname === `/contacts/${mine.id}`;
  return element("div", { class: "second", "data-level": row.level, "data-id": row.id, "data-call": mine.id },
    icon("voice"),
    element("span", { class: "strong" }, say("second")),
    element("span", { class: "badge", "data-tone": { 1: "now", 2: "soon" }[row.level] ?? "quiet" }, icon(`level-${row.level}`), `${say(`level.short.${row.level}`)} ${say(`level.${row.level}`)}`),
    element("span", {}, words), time,
    element("span", {}, say("second.how")),
    ...(here ? [] : [element("a", { href: `/contacts/${mine.id}` }, say("second.mine"))]));
}

function drawSecond() {
  const mine = myCall();
  const row = mine ? nextForMe() : null;
  const old = strip.querySelector(".second");
  const key = row ? JSON.stringify([row.id, row.level, row.language, row.province, row.since, mine.id]) : "";
  if ((old?.dataset.key ?? "") === key) return Boolean(row);
  if (row && old?.dataset.id !== row.id) announce(say("said.second", { level: say(`level.${row.level}`) }));
  old?.remove();
  if (!row) return false;
  const line = secondLine(row, mine);
  line.dataset.key = key;
  strip.append(line);
  return true;
}

const byUrgency = (a, b) => a.level - b.level || Date.parse(a.since) - Date.parse(b.since);

/** Whether a line of the strip is less urgent than this contact. */
function later(line, row) {
  const other = store.rows.get(line.dataset.id);
  return !other || byUrgency(other, row) > 0;
}

function drawRing() {
  const mine = [...store.rows.values()].filter(ringsForMe).sort(byUrgency);
  const wanted = new Set(mine.map((row) => row.id));
  for (const [id, line] of offers) {
    if (!wanted.has(id)) { line.remove(); offers.delete(id); }
  }
  const second = drawSecond();
  for (const row of mine) {
    const old = offers.get(row.id);
    if (old && old.dataset.level === String(row.level)) continue;
    const line = offerLine(row);
    // The strip appears beside the work: focus and caret stay where they are. A hand in the strip keeps its place:
    // what comes meanwhile stands last.
    if (old) old.replaceWith(line);
    else if (strip.matches(":hover, :focus-within")) strip.append(line);
    else strip.insertBefore(line, [...strip.children].find((other) => other.matches(".second") || later(other, row)) ?? null);
    offers.set(row.id, line);
    alarm(row.level === 1 ? `${say("said.danger")} ${say("said.ring")}` : say("said.ring"));
  }
  attribute(strip, "hidden", !mine.length && !second);
  attribute(dot, "hidden", !mine.length);
  if (!mine.length) quiet(); else ring(mine[0].level === 1 ? "danger" : "ring");
}

function hearPages() {
  for (const [id, page] of store.pages) {
    if (page.state !== "open" || pagesHeard.has(id)) continue;
    pagesHeard.add(id);
    if (!first) { play("page"); announce(say("said.page", { code: page.code })); }
  }
}

/** What of the system asks for this person. What is new is said aloud, once. */
async function renewAlarms() {
  const wall = document.documentElement.classList.contains("wall");
  let told;
  try {
    told = (await get(`/alarms?wall=${Number(wall)}`)).alarms;
  } catch {
    return; // the bar says that the server is away
  }
  const before = new Set([...alarms.children].map((item) => item.textContent));
  redraw(alarms, JSON.stringify(told), () => told.map(({ text, tone, href }) =>
    element("li", { "data-tone": tone }, icon(tone === "now" ? "level-1" : "warn"), href ? element("a", { href }, text) : text)));
  const fresh = told.filter(({ text }) => !before.has(text));
  if (fresh.length) alarm(fresh.map(({ text }) => text).join(". "));
}

if (alarms) setInterval(renewAlarms, ALARMS_EVERY);

onChange((_store, change) => {
  if (alarms && change.topic === "page") renewAlarms();
  drawCounts();
  drawActs();
  if (strip && !document.documentElement.classList.contains("wall")) drawRing();
  hearPages();
  first = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || !offers.size) return;
  event.preventDefault();
  // The most urgent one, wherever its line stands.
  const free = [...offers].filter(([id, line]) => store.rows.has(id) && !line.querySelector("[data-take]").disabled);
  free.sort(([a], [b]) => byUrgency(store.rows.get(a), store.rows.get(b)));
  free[0]?.[1].querySelector("[data-take]").click();
});
