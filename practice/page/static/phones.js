// The practice phone: asks the exchange twice a second what every phone heard, and acts for the person who practises.

const POLL_MS = 500;
const MINE = new Set(["pressed", "said", "text_out", "dialled"]);
const LOUD = new Set(["heard", "played", "text_in"]);
// Lines whose text is a name inside the exchange and says nothing to a person.
const SILENT = new Set(["conference_joined", "conference_left", "queued", "music", "tone", "connected"]);
const language = document.documentElement.lang;
const texts = await (await fetch(`/catalogue/${language}.json`)).json();
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const byId = (id) => document.getElementById(id);

async function control(command, given) {
  const response = await fetch(`/control/${command}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  });
  if (!response.ok) throw new Error(`control ${command}: ${response.status}`);
  return response.json();
}

function readAloud(words) {
  if (!byId("read-aloud").checked || !("speechSynthesis" in window)) return;
  const speech = new SpeechSynthesisUtterance(words);
  speech.lang = /[\u0600-\u06ff]/.test(words) ? "ar" : language;
  window.speechSynthesis.speak(speech);
}

class Phone {
  constructor(article, { caller }) {
    this.article = article;
    this.caller = caller;
    this.seen = 0;
    this.call = null;
    this.pressed = Promise.resolve();
    this.lastTextFrom = null;
    const body = byId("body-template").content.cloneNode(true);
    const holder = article.querySelector(".body") ?? article.appendChild(Object.assign(document.createElement("div"), { className: "body" }));
    holder.append(body);
    this.find = (selector) => article.querySelector(selector);
    this.log = this.find(".transcript");
    this.wire();
    this.show();
  }

  wire() {
    this.find(".dial").addEventListener("click", () => this.dial());
    this.find(".answer").addEventListener("click", () => this.act("answer"));
    this.find(".decline").addEventListener("click", () => this.act("decline"));
    this.find(".hang-up").addEventListener("click", () => this.act("hang-up"));
    for (const key of this.article.querySelectorAll("[data-key]")) {
      key.addEventListener("click", () => this.press(key.dataset.key));
    }
    // Keys of the keyboard work anywhere on the phone except where one writes.
    this.article.addEventListener("keydown", (event) => {
      if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[0-9*#]$/.test(event.key)) this.press(event.key);
    });
    this.find("form.say").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.find("form.say input");
      if (this.call && field.value.trim()) this.act("say", { words: field.value.trim() });
      field.value = "";
    });
    this.find("form.text").addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendText();
    });
    this.find(".behaviour select")?.addEventListener("change", (event) => {
      control("behaviour", { address: this.address, behaviour: { answering: event.target.value, presses: [] } });
    });
  }

  async act(command, more = {}) {
    if (this.call) await control(command, { sid: this.call.sid, ...more });
    await look();
  }

  press(key) {
    if (!this.call?.answered) return;
    // One after another: two requests under way could overtake each other, and a PIN be wrong.
    this.pressed = this.pressed.then(() => this.act("press", { digits: key })).catch(() => tell("offline"));
  }

  async dial() {
    const from = callerAddress();
    if (!from) return;
    await control("call", { from, to: byId("line").value, behaviour: { answering: "manual" } });
    await look();
  }

  async sendText() {
    const field = this.find("form.text textarea");
    const body = field.value.trim();
    const from = this.caller ? callerAddress() : this.address;
    const to = this.caller ? byId("line").value : this.lastTextFrom ?? byId("line").value;
    if (!body || !from || !to) return;
    await control("text", { from, to, body });
    field.value = "";
    await look();
  }

  take(found) {
    this.call = found.calls.at(-1) ?? null;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    for (const line of found.lines) this.write(line);
    this.seen = found.next;
    if (found.lines.length && atEnd) this.log.scrollTop = this.log.scrollHeight;
    const select = this.find(".behaviour select");
    if (select && document.activeElement !== select) select.value = found.answering;
    this.show();
  }

  write(line) {
    const item = document.createElement("p");
    const meta = document.createElement("span");
    meta.className = "meta";
    meta.textContent = `${clock.format(new Date(line.at * 1000))} · ${texts[`kind_${line.kind}`] ?? line.kind}`;
    const words = document.createElement("span");
    words.dir = "auto";
    words.textContent = SILENT.has(line.kind) ? "" : texts[`${line.kind}_${line.text}`] ?? line.text;
    if (MINE.has(line.kind)) item.dataset.mine = "";
    if (LOUD.has(line.kind)) item.dataset.loud = "";
    item.append(meta, words);
    this.log.append(item);
    if (line.kind === "text_in") this.lastTextFrom = line.other;
    if (line.kind === "heard") readAloud(line.text);
  }

  show() {
    const state = !this.call ? "idle" : this.call.answered ? "talking" : this.call.calling ? "calling" : "ringing";
    this.article.dataset.state = state;
    // Before the first look nobody knows which lines there are, and a call to no line fails.
    this.find(".dial").hidden = !this.caller || state !== "idle" || !byId("line").value;
    this.find(".answer").hidden = state !== "ringing";
    this.find(".decline").hidden = state !== "ringing";
    this.find(".hang-up").hidden = state === "idle" || state === "ringing";
    this.find(".keypad").hidden = state !== "talking";
    this.find("form.say").hidden = state !== "talking";
    const words = state === "idle" ? texts.idle : `${texts[`state_${state}`]} · ${this.call.other}`;
    const place = this.find(".state");
    if (place && place.textContent !== words) place.textContent = words;
  }
}

const caller = new Phone(byId("caller"), { caller: true });
const others = new Map();

function callerAddress() {
  const wrong = byId("from-wrong");
  wrong.textContent = "";
  if (byId("withheld").checked) return "anonymous";
  const number = byId("from").value.replace(/[\s()-]/g, "");
  if (!/^\+\d{8,15}$/.test(number)) {
    wrong.textContent = texts.bad_number;
    byId("from").focus();
    return null;
  }
  return number;
}

function fillLines(numbers) {
  const select = byId("line");
  if (select.options.length === numbers.length) return;
  select.replaceChildren(
    ...numbers.map(({ number, name }) => new Option(name && name !== number ? `${name} · ${number}` : number, number)),
  );
}

function addPhone(address) {
  const article = byId("phone-template").content.firstElementChild.cloneNode(true);
  article.querySelector(".address").textContent = address;
  byId("phones").append(article);
  const phone = new Phone(article, { caller: false });
  phone.address = address;
  others.set(address, phone);
  byId("no-phones").hidden = true;
}

function currentCaller() {
  return byId("withheld").checked ? "anonymous" : byId("from").value.replace(/[\s()-]/g, "");
}

let busy = false;

async function look() {
  if (busy) return;
  busy = true;
  try {
    const address = currentCaller();
    if (caller.address !== address) {
      caller.address = address;
      caller.seen = 0;
      caller.log.replaceChildren();
    }
    const since = { [address]: caller.seen };
    for (const [number, phone] of others) since[number] = phone.seen;
    const found = await control("look", { since });
    fillLines(found.numbers);
    for (const number of [...found.on_call, ...found.rung]) {
      if (!others.has(number) && number !== address) addPhone(number);
    }
    for (const each of found.phones) {
      const phone = each.address === caller.address ? caller : others.get(each.address);
      if (!phone || (phone === caller && each.address !== address)) continue;
      phone.take(each);
    }
    tell("online");
  } catch {
    tell("offline");
  } finally {
    busy = false;
  }
}

function tell(state) {
  const place = byId("link");
  if (place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = texts[state];
}

await look();
setInterval(look, POLL_MS);
