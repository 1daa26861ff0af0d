// A page that waits for something outside (a telephone, a text): it is asked for every two seconds while it waits.
// Without scripts, or when an answer fails, the link "look again" does the same by hand.

const EVERY_MS = 2000;
const PARTS = ["state", "set-up-steps"];

async function look() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of PARTS) renew(document.getElementById(id), fresh.getElementById(id));
  }
  wait();
}

// Only what has changed is put in, so that nothing is read aloud twice and a focused link stays where it is.
function renew(shown, fresh) {
  if (!shown || !fresh || shown.outerHTML === fresh.outerHTML) return;
  shown.replaceChildren(...fresh.childNodes);
  shown.toggleAttribute("data-await", fresh.hasAttribute("data-await"));
}

function wait() {
  if (document.querySelector("[data-await]")) setTimeout(look, EVERY_MS);
}

wait();
