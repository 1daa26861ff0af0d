// What the server knows, kept in one place. The socket goes one way: changes, and every 5 s the head of each stream.
// A gap or a head ahead of us means that something was missed: then the whole snapshot is fetched, with jitter, so that
// many screens do not ask in the same instant. With no socket the snapshot is fetched every 3 s, and the bar says so.

import { get } from "./api.js";
import { attribute, icon, meta } from "./dom.js";
import { serverSaid } from "./tick.js";
import { say } from "./words.js";
import { io } from "../vendor/socket.io/socket.io.esm.min.js";

const POLL = 3000;
const SILENCE = 12000; // two heads missed
const JITTER = 1500;
const AGAIN = 1000;

/** The state of the board. `rows`, `pages` and `due` are maps by id, `heads` the last number of each centre's stream. */
export const store = { heads: {}, rows: new Map(), pages: new Map(), due: new Map(), duty: [], counts: {}, acts: 0, fresh: false };

const listeners = new Set();
let heardAt = 0;
let polledAt = 0;
let asking = false;
let wanted = null;
let socket = null;
let feed = true; // false while the server itself hears no changes

/**
 * Call `listener(store, change)` after every change; `change` names what came: snapshot, or an event's topic and id. A
 * snapshot says in `missed` whether it holds changes that no listener was told of.
 */
export function onChange(listener) {
  listeners.add(listener);
  if (store.fresh) listener(store, { topic: "snapshot", missed: true });
}

function tell(change) {
  for (const listener of listeners) listener(store, change);
}

/** How far all streams of these heads have come. */
export const sum = (heads) => Object.values(heads).reduce((total, n) => total + n, 0);
const byId = (items) => new Map((items ?? []).map((item) => [item.id, item]));

/** Take a whole snapshot. An older one than we have is dropped. */
export function takeSnapshot(snapshot) {
  const heads = snapshot.heads ?? { "": snapshot.head };
  if (store.fresh && sum(heads) < sum(store.heads)) return;
  const missed = !store.fresh || sum(heads) > sum(store.heads);
  serverSaid(snapshot.now);
  store.heads = { ...heads };
  store.rows = byId(snapshot.rows);
  store.pages = byId(snapshot.pages);
  store.due = byId(snapshot.due);
  store.duty = snapshot.duty ?? [];
  store.counts = snapshot.counts ?? {};
  store.acts = snapshot.acts ?? 0;
  store.fresh = true;
  tell({ topic: "snapshot", missed });
}

/** The stream a message belongs to; a screen of one centre has one, named or not. */
function streamOf(message) {
  const known = Object.keys(store.heads);
  if (message.centre in store.heads) return message.centre;
  return known.length === 1 && !message.centre ? known[0] : null;
}

const MAPS = { contact: "rows", page: "pages", due: "due" };

function takeChange(change) {
  heardAt = Date.now();
  if (!store.fresh) return;
  const stream = streamOf(change);
  if (stream === null) { fetchSoon(); return; }
  if (change.n <= store.heads[stream]) return; // said twice
  if (change.n > store.heads[stream] + 1) { fetchSoon(); return; }
  store.heads[stream] = change.n;
  if (["duty", "presence", "case", "callback"].includes(change.topic)) { fetchSoon(); return; }
  // Somebody asked for a second person, agreed, or did something alone: who reviews sees it, and who asked.
  if (change.topic === "act") { fetchSoon(); tell({ topic: "act", id: change.subject }); return; }
  const kept = MAPS[change.topic];
  if (!kept) return; // a topic of another page
  // A contact of two centres is told in both streams: the later row wins, which is the same row.
  if (kept === "pages") markContacts(store.pages.get(change.subject), change.row);
  if (change.row) store[kept].set(change.subject, change.row); else store[kept].delete(change.subject);
  store.counts = countWaiting();
  tell({ topic: change.topic, id: change.subject });
}

/** A page stands in its contact's row too; only the page's own row is told when it changes. */
function markContacts(before, page) {
  for (const [id, row] of store.rows) {
    const about = page ? row.ref === page.subject_ref : row.page && row.page.code === before?.code;
    if (!about) continue;
    const mark = page && { code: page.code, state: page.state, step: page.step, steps: page.steps, due_at: page.due_at };
    store.rows.set(id, { ...row, page: mark });
  }
}

function countWaiting() {
  const counts = { level1: 0, level2: 0, level3: 0, level4: 0 };
  for (const row of store.rows.values()) if (row.lane === "waiting") counts[`level${row.level}`] += 1;
  return counts;
}

function takeHead(head) {
  heardAt = Date.now();
  feed = head.feed !== false;
  if (head.now) serverSaid(head.now);
  const stream = streamOf(head);
  const known = stream === null ? sum(store.heads) : store.heads[stream];
  if (head.n > known) fetchSoon();
}

function fetchSoon() {
  if (wanted) return;
  wanted = setTimeout(() => { wanted = null; fetchSnapshot(); }, Math.random() * JITTER);
}

/** Ask for the snapshot now (after an act of this person, or by the poll). */
export async function fetchSnapshot() {
  if (asking) return;
  asking = true;
  try {
    const snapshot = await get("/board/snapshot");
    polledAt = Date.now();
    if (snapshot) takeSnapshot(snapshot);
  } catch (refused) {
    if (refused.status === 401) location.assign("/sign-in");
  } finally {
    asking = false;
  }
}

const light = document.getElementById("live");

function showState() {
  const now = Date.now();
  const live = socket?.connected && feed && now - heardAt < SILENCE;
  const state = live ? "live" : now - polledAt < 2 * POLL + 3000 ? "polling" : "stale";
  if (!light || light.dataset.state === state && light.drawn) return;
  light.drawn = true;
  light.dataset.state = state;
  attribute(light, "title", say(`${state}.help`));
  light.replaceChildren(icon(state), Object.assign(document.createElement("span"), { textContent: say(state) }));
}

function connect(url) {
  const target = new URL(url, location.href);
  socket = io(target.origin, { transports: ["websocket"], withCredentials: true, reconnectionDelay: 500, reconnectionDelayMax: 5000, randomizationFactor: 0.7 });
  socket.on("connect", () => { heardAt = Date.now(); });
  socket.on("change", takeChange);
  socket.on("head", takeHead);
  socket.on("ended", () => location.assign("/sign-in"));
  socket.on("disconnect", (reason) => {
    fetchSnapshot();
    showState();
    // What this person may see has changed, or the server cannot see who may: the library leaves that to us.
    if (reason === "io server disconnect") connectAgain();
  });
  socket.on("connect_error", (refused) => { if (!socket.active && refused.message === "unavailable") connectAgain(); });
}

function connectAgain() {
  setTimeout(() => socket.connect(), AGAIN + Math.random() * AGAIN);
}

function beat() {
  const quietFor = Date.now() - heardAt;
  if (!socket?.connected || !feed || quietFor > SILENCE) {
    if (Date.now() - polledAt >= POLL) fetchSnapshot();
  }
  showState();
}

if (light) {
  if (meta("live-url")) connect(meta("live-url"));
  fetchSnapshot();
  setInterval(beat, 1000);
}
