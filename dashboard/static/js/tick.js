// Counting times. The server's clock counts: this computer's may be wrong, so only the difference is kept.

import { meta } from "./dom.js";
import { say } from "./words.js";

let offset = meta("server-now") ? Date.parse(meta("server-now")) - Date.now() : 0;

/** Learn the server's time from an answer. */
export function serverSaid(now) {
  const heard = Date.parse(now);
  if (!Number.isNaN(heard)) offset = heard - Date.now();
}

/** The server's time now, in milliseconds. */
export function serverNow() {
  return Date.now() + offset;
}

/** A length of time in its two largest units: 4 min 12 s, 91 d 6 h. */
export function span(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const units = [
    ["d", Math.floor(whole / 86400)],
    ["h", Math.floor((whole % 86400) / 3600)],
    ["min", Math.floor((whole % 3600) / 60)],
    ["s", whole % 60],
  ];
  const first = units.findIndex(([, count]) => count > 0);
  if (first < 0) return say("s", { n: 0 });
  return units.slice(first, first + 2).map(([unit, n]) => say(unit, { n })).join(" ");
}

/** 14:05 in the reader's own clock face (the centre's zone, which is where the desk stands). */
export function clockFace(moment) {
  return new Intl.DateTimeFormat("tr-TR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Istanbul" }).format(new Date(moment));
}

/** Write the text of one counting element. */
export function count(node, now = serverNow()) {
  const { since, until } = node.dataset;
  let text = "";
  if (since) text = span(now - Date.parse(since));
  if (until) {
    const left = Date.parse(until) - now;
    text = left >= 0 ? say("in", { t: span(left) }) : say("over", { t: span(-left) });
  }
  if (node.textContent !== text) node.textContent = text;
}

function tick() {
  const now = serverNow();
  for (const node of document.querySelectorAll("time[data-since], time[data-until]")) count(node, now);
}

tick();
setInterval(tick, 1000);
