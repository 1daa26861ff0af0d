// The copy sheet: a key copies its row, Enter copies the row in focus and goes on. What is copied is never spoken aloud.

const sheet = document.querySelector("[data-copy-sheet]");
const said = document.querySelector("[data-copy-said]");
const spoken = document.querySelector("#say");

function tell(words) {
  if (said) said.textContent = words;
  if (spoken) spoken.textContent = words;
}

/** Selects the words of a row, so that the reader's own Ctrl C takes them. */
function select(place) {
  const range = document.createRange();
  range.selectNodeContents(place);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(row) {
  const label = row.querySelector("th").textContent;
  const place = row.querySelector("[data-copy-value]");
  if (!place) {
    tell(`${sheet.dataset.nothing} ${label}`);
    return;
  }
  try {
    await navigator.clipboard.writeText(place.textContent);
    row.dataset.copied = "";
    tell(`${sheet.dataset.copied} ${label}`);
  } catch {
    // No clipboard without https, or the browser refused: she still can copy by hand.
    select(place);
    tell(`${sheet.dataset.selected} ${label}`);
  }
}

function goOn(row) {
  let next = row.nextElementSibling;
  while (next && !next.querySelector("button")) next = next.nextElementSibling;
  (next?.querySelector("button") ?? document.querySelector("#f-number"))?.focus();
}

if (sheet) {
  sheet.addEventListener("click", (event) => {
    const row = event.target.closest("button")?.closest("[data-copy-row]");
    if (!row) return;
    goOn(row);
    copy(row);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (document.body.hasAttribute("data-locked")) return;
    const button = [...sheet.querySelectorAll("[data-copy-key]")].find((one) => one.dataset.copyKey === event.key.toLowerCase());
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  document.querySelector("[data-copy-empty]")?.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText("");
      tell(sheet.dataset.emptied);
    } catch {
      tell("");
    }
  });
  sheet.querySelector("button")?.focus();
}
