// Work without the mouse: letters go to the elements that name them in data-key; J and K walk a list. Letters are only
// heard outside of fields, and everybody can switch them off (some people dictate, some scanners type).
const NAME = "karvon-keys";
let on = localStorage.getItem(NAME) !== "off";

const lists = () => [...document.querySelectorAll("[data-walk] > li")];
const chosen = () => document.activeElement?.closest("[data-walk] > li");
const writing = () => document.activeElement?.matches("input:not([type=radio], [type=checkbox]), select, textarea");

function walk(by) {
  const all = lists();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const home = chosen() ?? (lists().length ? null : document);
  const place = home?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.querySelector(`main [data-key="${CSS.escape(key)}"]:not([data-walk] *)`);
  if (!place) return false;
  if (place.matches("textarea, input:not([type=radio], [type=checkbox]), select")) place.focus();
  else place.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (!on || event.ctrlKey || event.metaKey || event.altKey || writing()) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else if (key.length !== 1 || !press(key)) return;
  event.preventDefault();
});

function show() {
  for (const button of document.querySelectorAll("[data-keys]")) button.setAttribute("aria-pressed", String(on));
}
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-keys]")) return;
  on = !on;
  localStorage.setItem(NAME, on ? "on" : "off");
  show();
});
show();
