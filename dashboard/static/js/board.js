// The board: the one place where rows are drawn. Rows are patched in place, and nothing moves under the hand: while a row
// is focused or pointed at, the rows above it keep their places.

import { attribute, element, icon, meta, redraw } from "./dom.js";
import { fetchSnapshot, onChange, store, takeSnapshot } from "./live.js";
import { clockFace, count, span } from "./tick.js";
import { accept, decline, ringsForMe } from "./topbar.js";
import { alarm, announce, say } from "./words.js";

const board = document.getElementById("board");
const me = meta("me");
const mayAccept = board.dataset.mayAccept === "1";
const mayOpen = board.dataset.mayOpen === "1";
const wall = document.documentElement.classList.contains("wall");
const lanes = new Map([...board.querySelectorAll(".lane")].map((lane) => [lane.dataset.lane, lane]));
const drawn = new Map();
const acting = new Map(); // contact id -> word that stands beside its button until the row changes
let first = true;
let unsettled = false; // some row stands where it does not belong, because a hand was there
let pointedAt = 0;
const POINTER_REST = 3000;

const rowTemplate = document.getElementById("row-template").content.firstElementChild;
const pageTemplate = document.getElementById("page-template").content.firstElementChild;
const dutyTemplate = document.getElementById("duty-template").content.firstElementChild;

const slot = (node, name) => node.querySelector(`[data-f="${name}"]`);
const parts = (words) => words.filter(Boolean).map((word) => (typeof word === "string" ? element("span", {}, word) : word));

function toneOf(row) {
  if (row.lane !== "waiting" && row.lane !== "woken") return "";
  return { 1: "now", 2: "soon" }[row.level] ?? "";
}

function badgeTone(row) {
  if (row.lane === "active") return row.level <= 2 ? "held" : "quiet";
  return { 1: "now", 2: "soon" }[row.level] ?? "quiet";
}

function drawLevel(badge, row) {
  attribute(badge, "data-tone", badgeTone(row));
  redraw(badge, `${row.level}`, () => [icon(`level-${row.level}`), `${say(`level.short.${row.level}`)} ${say(`level.${row.level}`)}`]);
}

function stateWords(row) {
  if (row.owner_id && row.owner_id === me) return say("owner.you");
  if (row.owner) return wall ? say("owner.wall") : say("owner", { name: row.owner });
  if (ringsForMe(row)) return say("ringing.you");
  if (row.offer === "offered" && row.offered_to?.length) return say("ringing.other", { n: row.offered_to.length });
  return say(`contact.${row.state}`, {}, row.state);
}

async function take(row) {
  acting.set(row.id, say("taking"));
  draw(row);
  const result = await accept(row.id);
  acting.set(row.id, result.text);
  announce(result.text);
  draw(store.rows.get(row.id) ?? row);
  setTimeout(() => { acting.delete(row.id); render(); }, 6000);
}

async function pass(row) {
  const result = await decline(row.id);
  announce(result.text);
  if (result.done) return;
  acting.set(row.id, result.text);
  draw(store.rows.get(row.id) ?? row);
  setTimeout(() => { acting.delete(row.id); render(); }, 6000);
}

function drawAct(place, row) {
  const word = acting.get(row.id);
  const offered = mayAccept && !wall && row.lane === "waiting" && !row.owner_id;
  const mine = ringsForMe(row);
  redraw(place, `${word ?? ""}|${offered}|${mine}|${row.level}`, () => {
    if (word) return [element("span", { class: "status" }, word)];
    if (!offered) return [];
    const tone = mine ? (row.level === 1 ? " now" : " primary") : "";
    const button = element("button", { type: "button", class: `button small${tone}`, "aria-label": `${say("take")} ${row.ref}` }, say("take"));
    button.addEventListener("click", () => take(store.rows.get(row.id) ?? row));
    if (!mine) return [button];
    const other = element("button", { type: "button", class: "button small plain", "aria-label": `${say("not.now")} ${row.ref}` }, say("not.now"));
    other.addEventListener("click", () => pass(store.rows.get(row.id) ?? row));
    return [button, other];
  });
}

function drawPageMark(place, row) {
  attribute(place, "hidden", !row.page);
  if (!row.page) return;
  const { code, step, steps, due_at: due, state } = row.page;
  redraw(place, JSON.stringify(row.page), () => {
    const words = [icon("ring"), element("span", {}, say("page", { code, step, steps }))];
    if (due && state === "open") words.push(element("time", { class: "count", "data-until": due }));
    else words.push(element("span", { class: "quiet" }, say(`page.state.${state}`, {}, state)));
    words.filter((word) => word.matches("time")).forEach((time) => count(time));
    return words;
  });
}

function draw(row) {
  let node = drawn.get(row.id);
  if (!node) {
    node = rowTemplate.cloneNode(true);
    node.dataset.id = row.id;
    if (!first) node.dataset.fresh = "";
    drawn.set(row.id, node);
  }
  attribute(node, "data-lane", row.lane);
  attribute(node, "data-level", row.level);
  attribute(node, "data-tone", toneOf(row));
  attribute(node, "data-mine", Boolean(row.owner_id) && row.owner_id === me);
  attribute(node, "data-rings", ringsForMe(row));
  drawLevel(slot(node, "level"), row);
  const time = slot(node, "since");
  if (time.dataset.since !== row.since) { time.dataset.since = row.since; count(time); }
  drawAct(slot(node, "act"), row);
  const language = say(`lang.${row.language}`, {}, row.language);
  const marks = (row.marks ?? []).map((mark) => say(`mark.${mark}`, {}, mark));
  const late = row.late > 0 ? say("late", { t: span(row.late * 1000) }) : "";
  const repeat = row.repeat > 1 ? say("nth", { n: row.repeat }) : "";
  redraw(slot(node, "mid"), [row.channel, language, row.province, repeat, late, ...marks].join("|"), () => [
    icon(row.channel), ...parts([say(`channel.${row.channel}`), language, row.province, repeat, late, ...marks])]);
  const link = slot(node, "ref");
  if (link.textContent !== row.ref) link.textContent = row.ref;
  attribute(link, "href", mayOpen && !wall ? `/contacts/${row.id}` : null);
  const state = slot(node, "state");
  const words = stateWords(row);
  if (state.textContent !== words) state.textContent = words;
  attribute(state, "class", row.owner_id === me || ringsForMe(row) ? "strong" : null);
  drawPageMark(slot(node, "page"), row);
  return node;
}

function drawPage(page) {
  const key = `page-${page.id ?? page.code}`;
  const node = drawn.get(key) ?? pageTemplate.cloneNode(true);
  drawn.set(key, node);
  const open = page.state === "open" || page.state === "new";
  attribute(node, "data-tone", open ? (page.level === 1 ? "now" : "soon") : "");
  const badge = slot(node, "state");
  attribute(badge, "data-tone", open ? "now" : "held");
  redraw(badge, page.state, () => [icon(open ? "ring" : "check"), say(`page.state.${page.state}`, {}, page.state)]);
  const due = slot(node, "due");
  if (page.due_at && open) { due.dataset.until = page.due_at; delete due.dataset.since; } else { due.dataset.since = page.state === "closed" ? page.called_at : page.opened_at; delete due.dataset.until; }
  count(due);
  const rung = say("page", page);
  const reason = say(`reason.${page.reason}`, {}, page.reason);
  // While nobody has reached her: how often she tried, and that she may try again.
  const calls = page.calls > 1 ? say("calls", { n: page.calls, t: clockFace(page.called_at) }) : "";
  const again = page.calls && page.state !== "engaged" ? say("calls.again") : "";
  redraw(slot(node, "mid"), [reason, calls, again, rung].join("|"), () => parts([reason, calls, again, rung]));
  const link = slot(node, "code");
  const ref = page.subject_ref || page.code;
  if (link.textContent !== ref) link.textContent = ref;
  attribute(link, "href", mayOpen && !wall ? `/pages/${page.code}` : null);
  const who = page.accepted_by ? (wall ? say("page.state.acked") : say("accepted.by", { name: page.accepted_by })) : say("woken", { n: page.woken });
  if (slot(node, "who").textContent !== who) slot(node, "who").textContent = who;
  return node;
}

function drawDue(item) {
  const key = `due-${item.id}`;
  const node = drawn.get(key) ?? pageTemplate.cloneNode(true);
  drawn.set(key, node);
  node.dataset.kind = "due";
  const badge = slot(node, "state");
  attribute(badge, "data-tone", "quiet");
  redraw(badge, item.kind, () => [icon("task"), say(`due.${item.kind}`, {}, item.kind)]);
  const due = slot(node, "due");
  due.dataset.until = item.due_at;
  count(due);
  redraw(slot(node, "mid"), item.line, () => parts([item.line]));
  const link = slot(node, "code");
  if (link.textContent !== item.ref) link.textContent = item.ref;
  attribute(link, "href", mayOpen && !wall ? item.href : null);
  slot(node, "who").textContent = item.owner && !wall ? item.owner : "";
  return node;
}

/** The row of a list that must not move: it holds the focus, or the pointer was on it a moment ago. */
function pinnedIn(list) {
  const focused = [...list.children].find((node) => node.contains(document.activeElement));
  if (focused) return focused;
  return Date.now() - pointedAt < POINTER_REST ? list.querySelector(":scope > .row:hover") : null;
}

function ghostOf(node) {
  const ghost = element("li", { class: "ghost", "aria-hidden": "true" });
  ghost.style.height = `${node.offsetHeight}px`; // set through the object model, which the policy allows
  return ghost;
}

/**
 * Put `wanted` into `list` in order. While a row is pinned nothing above it comes or goes: what leaves keeps its place
 * empty, what belongs above stands right below until the hand has gone.
 */
function arrange(list, wanted) {
  const pinned = pinnedIn(list);
  if (!pinned || !wanted.includes(pinned)) {
    for (const node of [...list.children]) if (!wanted.includes(node)) node.remove();
    wanted.forEach((node, place) => { if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null); });
    return;
  }
  const children = [...list.children];
  const above = children.slice(0, children.indexOf(pinned));
  for (const node of above) if (!wanted.includes(node) && !node.matches(".ghost")) node.replaceWith(ghostOf(node));
  const below = wanted.filter((node) => node !== pinned && !above.includes(node));
  for (const node of children.slice(above.length + 1)) if (!below.includes(node)) node.remove();
  let last = pinned;
  for (const node of below) {
    if (last.nextElementSibling !== node) last.after(node);
    last = node;
  }
  unsettled = true;
}

// As routing.rules.place: of one level who was cut off, then who tries again, then who has waited longest.
const byUrgency = (a, b) => a.level - b.level || Boolean(b.returned) - Boolean(a.returned) || Boolean(b.repeat) - Boolean(a.repeat) || Date.parse(a.since) - Date.parse(b.since);
const byTime = (a, b) => Date.parse(a.due_at ?? a.opened_at) - Date.parse(b.due_at ?? b.opened_at);
// What the law wants without delay stands before whatever else is late.
const byDelay = (a, b) => (b.kind === "report_duty") - (a.kind === "report_duty") || byTime(a, b);
const rank = (page) => ({ new: 0, open: 0, snoozed: 1 })[page.state] ?? 2;

function fill(lane, nodes, number) {
  const list = lane.querySelector("[data-rows]");
  arrange(list, nodes);
  const figure = lane.querySelector("[data-lane-count]");
  if (figure.textContent !== String(number)) figure.textContent = number;
}

function render() {
  const rows = [...store.rows.values()];
  for (const key of ["waiting", "active"]) {
    const inLane = rows.filter((row) => row.lane === key).sort(key === "waiting" ? byUrgency : (a, b) => Date.parse(a.since) - Date.parse(b.since));
    fill(lanes.get(key), inLane.map(draw), inLane.length);
  }
  const woken = rows.filter((row) => row.lane === "woken").sort(byUrgency).map(draw);
  const pages = [...store.pages.values()].sort((a, b) => rank(a) - rank(b) || byTime(a, b)).map(drawPage);
  const due = [...store.due.values()].sort(byDelay).map(drawDue);
  fill(lanes.get("woken"), [...woken, ...pages, ...due], woken.length + pages.length + due.length);
  const alive = new Set([...rows.map((row) => row.id), ...[...store.pages.values()].map((page) => `page-${page.id ?? page.code}`), ...[...store.due.keys()].map((id) => `due-${id}`)]);
  for (const key of drawn.keys()) if (!alive.has(key)) drawn.delete(key);
}

function drawDuty() {
  for (const [place, next] of [["duty-now", false], ["duty-next", true]]) {
    const list = document.getElementById(place);
    const entries = store.duty.filter((entry) => Boolean(entry.next) === next);
    redraw(list, JSON.stringify(entries), () => entries.map((entry) => {
      const item = dutyTemplate.cloneNode(true);
      attribute(item, "data-gap", entry.gap ? (next ? "next" : "now") : null);
      slot(item, "line").textContent = entry.line;
      slot(item, "role").textContent = say(`role.${entry.role}`, {}, entry.role);
      const names = wall ? "" : entry.people.join(", ");
      // Only who takes contacts is ready or not: a member on call sleeps.
      const ready = next || entry.role === "oncall" ? "" : say("duty.ready", { ready: entry.ready, count: entry.count });
      redraw(slot(item, "people"), "", () => entry.gap ? [icon("gap"), ` ${say("duty.gap")}`] : [names || say("duty.ready", { ready: entry.ready, count: entry.count })]);
      slot(item, "span").textContent = [names && !entry.gap ? ready : "", say(next ? "duty.from" : "duty.until", { t: clockFace(next ? entry.starts_at : entry.ends_at) })].filter(Boolean).join(" · ");
      return item;
    }));
  }
}

const known = new Map();

function tell() {
  for (const row of store.rows.values()) {
    const before = known.get(row.id);
    if (!first && row.lane === "waiting" && (!before || before.level > row.level)) {
      if (row.level === 1) alarm(say("said.danger"));
      else if (!before) announce(say("said.new", { level: say(`level.${row.level}`) }));
    }
    if (!first && before?.lane === "waiting" && row.lane === "active") announce(say("said.taken", { ref: row.ref }));
    known.set(row.id, { lane: row.lane, level: row.level });
  }
  for (const id of known.keys()) if (!store.rows.has(id)) known.delete(id);
}

onChange(() => {
  render();
  drawDuty();
  tell();
  first = false;
});

// Arrow keys walk the rows of a lane, and from lane to lane.
board.addEventListener("keydown", (event) => {
  const row = event.target.closest(".row");
  if (!row || !["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  let target;
  if (sideways) {
    const order = [...lanes.values()];
    const next = order[order.indexOf(row.closest(".lane")) + sideways] ?? row.closest(".lane");
    target = next.querySelector(".row");
  } else target = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
  target?.querySelector("a[href], button")?.focus();
});

// What was held back is put in order once the hand has gone.
board.addEventListener("pointermove", () => { pointedAt = Date.now(); }, { passive: true });
board.addEventListener("focusout", () => { setTimeout(settle); });
setInterval(settle, 1000);

function settle() {
  if (!unsettled || [...lanes.values()].some((lane) => pinnedIn(lane.querySelector("[data-rows]")))) return;
  unsettled = false;
  render();
  announce(say("said.order"));
}

if (!store.fresh) takeSnapshot(JSON.parse(board.dataset.snapshot));
else fetchSnapshot();
