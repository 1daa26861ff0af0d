// The telephone in the browser: one tab, checked by its person, known to the server, rung by the carrier.
// A call that rings because she accepted its caller on the board is taken by itself; any other waits for her press.

import { post, postForm } from "./api.js";
import { hears, microphone } from "./phone-checks.js";
import { practiceDevice } from "./phone-practice.js";
import { twilioDevice } from "./phone-twilio.js";
import { quiet, ring, test } from "./sound.js";
import { steadily } from "./steady.js";
import { alarm, announce } from "./words.js";

const LOCK = "koza-telephone";
const BEAT = 5000;
const RENEW = 600000;
const root = document.getElementById("phone");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
let state = root.dataset.state;
let device = null;
let identity = "";
let registered = false;
let call = null;
let beats = null;
let renewedAt = 0;
let talkingSince = 0;
let listening = { up: true };
let release = null;

function show(next, trouble = "") {
  state = next;
  root.dataset.state = next;
  for (const section of root.querySelectorAll("[data-when]")) section.hidden = !section.dataset.when.split(" ").includes(next);
  for (const line of root.querySelectorAll("[data-trouble]")) line.hidden = line.dataset.trouble !== trouble;
  const said = root.querySelector(`section[data-when="${next}"] :is(h2, .note)`)?.textContent ?? "";
  if (next === "ring" || next === "away") alarm(said); else announce(said);
}

/** One tab of this browser leads. Answers whether it is this one; held until `release`, or until the tab is closed. */
function lead() {
  return new Promise((answer) => {
    if (release) { answer(true); return; }
    navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      answer(lock !== null);
      return lock && new Promise((done) => { release = done; });
    });
  });
}

/** Another tab leads: this one says so, and offers itself when that one is gone. */
async function waitForLead() {
  show("other");
  await navigator.locks.request(LOCK, () => {});
  show("start");
}

async function begin() {
  const { stream, trouble } = await microphone();
  if (trouble) { show("start", trouble); return; }
  show("microphone");
  listening = { up: false };
  const heard = await hears(stream, part("level"), listening);
  if (!heard) return;
  show("sound");
  tones();
}

/** The tab in which she spoke is gone: the checks were passed there, and a caller is alone. */
async function rejoin() {
  const { stream, trouble } = await microphone();
  if (trouble) { show("start", trouble); return; }
  for (const track of stream.getTracks()) track.stop();
  await enter();
  if (identity) await post(`/contacts/${root.dataset.rejoin}/rejoin`).catch(() => show("idle", "gone"));
}

async function enter() {
  show("joining");
  if (!await lead()) { waitForLead(); return; }
  try {
    const given = await post("/phone/use");
    identity = given.identity;
    renewedAt = performance.now();
    const on = { ring: rung, registered: reached, heard: (words) => hear(words) };
    device = root.dataset.practice ? practiceDevice(on, root.dataset.practice) : twilioDevice(on);
    await device.register(given.token);
  } catch (refused) {
    leave("start", refused.status === 409 ? "refused" : "carrier");
    return;
  }
  beats ??= steadily(BEAT, beat);
  await beat();
}

/** The carrier can ring this tab, or no longer: that is told at once, so that nobody is offered into the void. */
function reached(now) {
  const changed = now !== registered;
  registered = now;
  if (!call) show(now ? "idle" : "away");
  if (changed) beat();
}

async function beat() {
  if (!identity) return;
  try {
    await post("/phone/beat", { identity, registered });
    part("silent").hidden = true;
    if (!call && (!registered || performance.now() - renewedAt > RENEW)) await renew();
  } catch (refused) {
    if (refused.status === 409) leave("elsewhere");
    else if (refused.status === 401) location.assign("/sign-in");
    else part("silent").hidden = false;
  }
}

/** Between two calls alone: in a call it would cut the voices for a second. A telephone that was lost is tried with it. */
async function renew() {
  renewedAt = performance.now();
  device.renew((await post("/phone/token", { identity })).token);
}

function leave(next, trouble = "") {
  device?.close();
  device = null;
  identity = "";
  registered = false;
  beats?.();
  beats = null;
  release?.();
  release = null;
  show(next, trouble);
}

async function rung(incoming) {
  if (call) { incoming.refuse(); return; }
  call = incoming;
  // The end of a call may be told twice, and late.
  call.onEnd = () => { if (call === incoming) over(); };
  let told = { purpose: "unknown", by_itself: false };
  try {
    told = await post("/phone/answer", { identity, sid: incoming.sid });
  } catch { /* it rings all the same, and she may pick it up by hand */ }
  if (call !== incoming) return;
  if (told.by_itself) take();
  else if (told.purpose) { show("ring"); ring("ring"); }
  else { incoming.refuse(); over(); }
}

function take() {
  quiet();
  call.accept();
  talkingSince = performance.now();
  setMicrophone(true);
  part("heard").replaceChildren();
  show("talk");
}

function over() {
  quiet();
  call = null;
  show(registered ? "idle" : "away");
}

function setMicrophone(on) {
  call?.mute(!on);
  part("muted").hidden = on;
  part("mute-off").hidden = !on;
  part("mute-on").hidden = on;
}

function hear(words) {
  const line = document.createElement("li");
  line.textContent = words;
  part("heard").append(line);
}

/** What rings in danger, for the headset to be heard. Pressed for, so it also lets this tab ring later. */
const tones = () => test("danger");

function press(key) {
  if (state === "talk") call?.digits(key);
}

const ACTS = {
  begin,
  rejoin,
  "not-heard": () => { listening.up = true; show("start", "silence"); },
  again: tones,
  "heard-it": enter,
  "heard-nothing": () => show("sound", "nothing"),
  answer: take,
  decline: () => { quiet(); call?.refuse(); },
  mute: () => setMicrophone(!part("muted").hidden),
  "hang-up": () => call?.hangUp(),
};

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.act) ACTS[button.dataset.act]();
  if (button?.dataset.key) press(button.dataset.key);
});
// Only now does a press do something: one that came before would have been lost.
for (const button of root.querySelectorAll("[data-act]")) button.disabled = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
});
part("say")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.words;
  if (field.value.trim()) call?.say?.(field.value.trim());
  field.value = "";
});
setInterval(() => {
  const seconds = Math.floor((performance.now() - talkingSince) / 1000);
  part("timer").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 1000);
// A tab that is closed says so; one that is killed is missed after the lease.
window.addEventListener("pagehide", () => { if (identity) postForm("/phone/beat", { identity, registered: "" }); });
if (root.dataset.usable === "1") navigator.locks?.query().then(({ held }) => { if (held.some(({ name }) => name === LOCK)) waitForLead(); });
