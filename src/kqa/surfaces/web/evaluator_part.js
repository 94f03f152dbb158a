/* For each part of the page: what is chosen and pressed in it becomes an event. Not the event
   "change": Gradio itself sends that one whenever a part is drawn anew. */
const sent = (form) => Object.fromEntries(new FormData(form));
let waits = 0;
element.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.dataset.now !== "input") trigger("submit", sent(event.target));
});
element.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && form.dataset.now && event.target.type !== "search") trigger("input", sent(form));
});
element.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || form.dataset.now !== "input" || event.target.type !== "search") return;
  clearTimeout(waits);
  waits = setTimeout(() => trigger("input", sent(form)), 300);
});
element.addEventListener("click", (event) => {
  const opener = event.target.closest("[aria-controls]");
  if (opener) {
    const told = document.getElementById(opener.getAttribute("aria-controls"));
    const open = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!open));
    if (told) told.hidden = open;
    return;
  }
  const pressed = event.target.closest("[data-do]");
  if (pressed && !pressed.disabled) trigger("click", {...pressed.dataset});
});
