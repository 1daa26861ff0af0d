// Small behaviours of components, on every page.

// Buttons that open a dialog, and those that close it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    document.getElementById(opener.dataset.opens)?.showModal();
    // What it shows may have changed since the page was drawn.
    document.dispatchEvent(new Event("koza:renew"));
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
});

// A dialog with a key of its own opens by that key, also from within a field.
document.addEventListener("keydown", (event) => {
  if (!/^F\d+$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const opener = document.querySelector(`[data-opens][aria-keyshortcuts="${event.key}"]`);
  if (!opener || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  opener.click();
});

// A dialog whose form was refused is open again, with what was typed and what is wrong.
document.querySelector("dialog[data-open]")?.showModal();

// The menu at "me" closes by a press elsewhere and by Esc.
const menu = document.querySelector("details.me");
document.addEventListener("pointerdown", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
menu?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
});

// A form is sent once: the second press of a doubtful hand does nothing.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// Ctrl K: search.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    const place = document.querySelector('.rail a[href="/search"]');
    if (place) { event.preventDefault(); place.click(); }
  }
});

// After a refused form the summary of errors takes the focus.
if (!document.querySelector("dialog[open]")) document.querySelector(".errors:not([hidden])")?.focus();
// A thread is read from its end, also when the ring strip takes some of its height.
const thread = document.querySelector("[data-thread]");
if (thread) {
  let atEnd = true;
  thread.addEventListener("scroll", () => { atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40; }, { passive: true });
  new ResizeObserver(() => { if (atEnd) thread.scrollTop = thread.scrollHeight; }).observe(thread);
}
