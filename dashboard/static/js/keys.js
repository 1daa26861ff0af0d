// Security keys: hands a challenge to the browser's keys and sends back what they answer.

import { Refused, post } from "./api.js";
import { made, signed } from "./credential.js";

const form = document.querySelector("[data-key]");

async function asked() {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  return post("/account/keys/challenge");
}

async function go() {
  const options = await asked();
  const credential = await (form.dataset.key === "add" ? made(options) : signed(options));
  if (form.dataset.key === "add") {
    await post("/account/keys", { credential, name: form.elements.name.value });
    location.assign("/account/keys");
  } else if (form.dataset.key === "sign-in") {
    await post("/sign-in/key", { credential });
    location.assign("/");
  } else {
    await post("/step-up", { credential });
    // The act's own form goes on with everything that was typed. Its button is not part of what is sent.
    const to = new URL(form.elements.step_up_to.value, location.href);
    if (to.origin !== location.origin) return;
    form.action = to.href;
    form.submit();
  }
}

async function tried(event) {
  event?.preventDefault();
  const trouble = document.querySelector("#key-trouble");
  const button = form.querySelector("[data-key-go]");
  trouble.hidden = true;
  button.disabled = true;
  try {
    await go();
  } catch (error) {
    // A challenge is answered once: after the server's refusal the first step starts anew.
    if (error instanceof Refused && error.status === 401 && form.dataset.key === "sign-in") location.assign("/sign-in");
    trouble.hidden = false;
    trouble.focus();
    button.disabled = false;
  }
}

if (form) {
  form.querySelector("[data-key-go]").addEventListener("click", tried);
  // Enter in the name of a new key means the key; in the code of a step-up it means the code.
  if (form.dataset.key === "add") form.addEventListener("submit", tried);
}
