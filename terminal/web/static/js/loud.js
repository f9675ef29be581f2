// Forms whose answer is heard: sent without leaving the page, because a fresh page may make no sound. The parts of the
// page named in data-loud are taken from the answer. Without this script the form works as any other.
import { play } from "./sounds.js";
import { toast } from "./page.js";

export const soundOn = () => localStorage.getItem("karvon-sound") !== "off";

export function say(root = document) {
  const verdict = root.querySelector("[data-verdict]");
  if (verdict && soundOn()) play(verdict.dataset.verdict);
}

async function send(form, submitter) {
  const lost = document.getElementById("words").dataset.lost;
  const buttons = form.querySelectorAll("button");
  const body = new URLSearchParams(new FormData(form, submitter));
  for (const button of buttons) button.disabled = true;
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body });
  } catch {
    for (const button of buttons) button.disabled = false;
    toast(lost);
    return;
  }
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const parts = form.dataset.loud.split(" ").map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (parts.some(([old, fresh]) => !old || !fresh)) {
    // Another page than expected: shown as it came, because what it says is said once.
    history.replaceState(null, "", answer.url);
    document.open();
    document.write(text);
    document.close();
    return;
  }
  for (const [old, fresh] of parts) {
    old.replaceChildren(...fresh.childNodes);
    window.htmx?.process(old);
  }
  history.replaceState(null, "", answer.url);
  say();
  (document.querySelector("[autofocus]") ?? document.getElementById("main")).focus();
  window.scrollTo({ top: 0 });
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-loud]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
say();
