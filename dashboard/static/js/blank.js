// Esc Esc blanks the whole screen for the visitor at the desk; any key or press brings it back.

const cover = document.getElementById("blank");
let last = 0;
let before = null;

function show(isBlank) {
  if (isBlank) before = document.activeElement;
  cover.hidden = !isBlank;
  document.getElementById("bar").inert = isBlank;
  document.getElementById("main").inert = isBlank;
  document.getElementById("ring").inert = isBlank;
  if (isBlank) cover.focus(); else before?.focus?.({ preventScroll: true });
}

if (cover) {
  addEventListener("keydown", (event) => {
    if (!cover.hidden) {
      event.preventDefault();
      event.stopPropagation();
      last = 0;
      show(false);
      return;
    }
    if (event.key !== "Escape") { last = 0; return; }
    const now = performance.now();
    if (now - last < 700) {
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      show(true);
      last = 0;
    } else last = now;
  }, { capture: true });
  cover.addEventListener("pointerdown", () => show(false));
}
