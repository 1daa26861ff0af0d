// One way to speak to the server: POSTs carry the CSRF token, answers are JSON, refusals have a name.

import { meta } from "./dom.js";

/** A request that was not done. `status` 0 means that no answer came. */
export class Refused extends Error {
  constructor(status, answer) {
    super(`refused ${status}`);
    this.status = status;
    this.answer = answer;
  }
}

async function speak(url, options, patience) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(patience), ...options });
  } catch {
    throw new Refused(0, null);
  }
  // A session that has ended answers with the sign-in page: never take that for a yes.
  if (response.redirected && new URL(response.url).pathname === "/sign-in") throw new Refused(401, null);
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const answer = isJson ? await response.json() : null;
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

/** Fetch JSON. */
export function get(url, patience = 8000) {
  return speak(url, { headers: { Accept: "application/json" } }, patience);
}

/** Post an object as JSON. */
export function post(url, body = {}, patience = 8000) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": meta("csrf-token") };
  return speak(url, { method: "POST", headers, body: JSON.stringify(body) }, patience);
}

/** Post form fields, as a form would. The request outlives the page that sent it. */
export function postForm(url, fields, patience = 8000) {
  const headers = { Accept: "application/json", "X-CSRF-Token": meta("csrf-token") };
  return speak(url, { method: "POST", headers, body: new URLSearchParams(fields), keepalive: true }, patience);
}
