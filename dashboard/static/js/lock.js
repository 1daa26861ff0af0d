// After five idle minutes the content is hidden until a code is given. The lock is not a sign-out: presence goes on,
// what rings stays visible and can be taken. The server knows, so a reload stays locked.

import { post, postForm } from "./api.js";
import { signed } from "./credential.js";
import { say } from "./words.js";

const IDLE = 5 * 60 * 1000;
const cover = document.getElementById("lock");
const main = document.getElementById("main");
const form = document.getElementById("unlock");
const problem = document.getElementById("unlock-error");
const code = document.getElementById("unlock-code");
// The session is one, whatever it has open: her hands on the board keep the tab with her telephone open too, and a code
// that was entered in one tab works once.
const tabs = new BroadcastChannel("koza-lock");
const TELL = 5000;
let touched = Date.now();
let told = 0;
let before = null;

const locked = () => document.body.hasAttribute("data-locked");

function show(isLocked) {
  document.body.toggleAttribute("data-locked", isLocked);
  cover.hidden = !isLocked;
  main.hidden = isLocked;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

function hide() {
  before = document.activeElement;
  document.dispatchEvent(new CustomEvent("koza:leaving"));
  show(true);
  code.focus({ preventScroll: true });
}

function reveal() {
  // A page that came locked has nothing behind its cover.
  if (document.body.hasAttribute("data-hollow")) { location.reload(); return; }
  show(false);
  touched = Date.now();
  before?.focus?.({ preventScroll: true });
}

function touch() {
  touched = Date.now();
  if (touched - told < TELL) return;
  told = touched;
  tabs.postMessage("touched");
}

/** Hide the content now and tell the server. */
export function lock() {
  if (locked() || !cover || document.documentElement.classList.contains("wall")) return;
  hide();
  tabs.postMessage("locked");
  post("/lock").catch(() => undefined); // without an answer this screen is locked all the same
}

async function byCode() {
  await postForm("/unlock", { code: code.value });
}

async function byKey() {
  const options = await post("/account/keys/challenge", { for: "unlock" });
  await post("/unlock", { credential: await signed(options) });
}

async function open(prove, wrong) {
  problem.hidden = true;
  try {
    await prove();
    tabs.postMessage("open");
    reveal();
  } catch (refused) {
    if (refused.status === 401 && refused.answer?.error !== "refused") location.assign("/sign-in");
    const words = { 0: say("stale.help"), 429: say("code.wait") };
    problem.querySelector("span").textContent = words[refused.status] ?? say(wrong);
    problem.hidden = false;
  }
  code.value = "";
}

if (cover) {
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(kind, touch, { passive: true, capture: true });
  }
  tabs.addEventListener("message", ({ data }) => {
    if (data === "touched") touched = Date.now();
    else if (data === "open" && locked()) reveal();
    else if (data === "locked" && !locked() && !document.documentElement.classList.contains("wall")) hide();
  });
  setInterval(() => { if (Date.now() - touched > IDLE) lock(); }, 5000);
  // A computer that slept wakes long after its last touch.
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - touched > IDLE) lock(); });
  document.getElementById("lock-now")?.addEventListener("click", lock);
  form.addEventListener("submit", (event) => { event.preventDefault(); open(byCode, "code.wrong"); });
  document.getElementById("unlock-key")?.addEventListener("click", () => open(byKey, "key.failed"));
  if (locked()) code.focus();
}
