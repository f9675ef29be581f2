// What every page does: send the CSRF token with htmx, say when something failed, follow the journal.
import { follow } from "./live.js";

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const words = document.getElementById("words")?.dataset ?? {};

// What was kept for work without a network is not for whoever comes next.
const forget = () => globalThis.caches?.delete("karvon-pages");
if (!document.querySelector('form[action="/sign-out"]')) forget();
document.addEventListener("submit", (event) => { if (event.target.getAttribute("action") === "/sign-out") forget(); });

export function toast(sentence) {
  const place = document.getElementById("toasts");
  const skeleton = document.getElementById("toast");
  if (!place || !skeleton) return;
  const note = skeleton.content.firstElementChild.cloneNode(true);
  note.querySelector("p").textContent = sentence;
  place.replaceChildren(note);
  setTimeout(() => note.remove(), 8000);
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = csrf;
});
document.addEventListener("htmx:responseError", (event) => {
  toast(event.detail.xhr.status === 401 ? words.expired : words.failed);
});
document.addEventListener("htmx:sendError", () => toast(words.lost));

// A page that somebody is writing on is not redrawn under their hands.
function busy(area) {
  const focus = document.activeElement;
  if (focus && area.contains(focus) && focus.matches("input, select, textarea")) return true;
  return [...area.querySelectorAll("input, select, textarea")].some((field) =>
    field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked
      : field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0
        : field.type !== "hidden" && field.value !== field.defaultValue);
}

// What somebody opened stays open when the page is drawn anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...event.detail.target.querySelectorAll("details[open][id]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});

const first = document.querySelector("[data-live]");
if (first) {
  let due = false;
  let timer = null;
  const redraw = () => {
    timer = null;
    if (!due) return;
    const area = document.querySelector("[data-live]");
    if (document.hidden || (area && busy(area))) { timer = setTimeout(redraw, 2000); return; }
    due = false;
    document.body.dispatchEvent(new CustomEvent("karvon:changed"));
  };
  follow(Number(first.dataset.seq) || 0, () => {
    due = true;
    timer ??= setTimeout(redraw, 400);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && due) redraw(); });
}

for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
