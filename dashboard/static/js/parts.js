// Small behaviours of components, on every page.

// Buttons that open a dialog, and those that close it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
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
