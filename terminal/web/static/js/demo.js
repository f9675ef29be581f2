// The panel of the simulated devices: orders go out without leaving the page; what each device does is asked for anew.
import { toast } from "./page.js";

const panel = document.getElementById("simulated");
const said = document.getElementById("order-said");
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const words = document.getElementById("words")?.dataset ?? {};
const EVERY = 1000;
const KEYS = ["device", "action", "text", "kg", "fault", "plate"];
let asking = false;

// The server draws each device's display in the reader's language; it is put in its place when it changed.
async function look() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const answer = await fetch(panel.dataset.now, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of fresh.querySelectorAll("[id^=now-]")) {
      const place = document.getElementById(part.id);
      if (place && place.outerHTML !== part.outerHTML) place.replaceWith(document.adoptNode(part));
    }
  } catch {
    // the page stays as it is; the next look may succeed
  } finally {
    asking = false;
  }
}

async function order(form, submitter) {
  const fields = new FormData(form, submitter);
  const body = {};
  for (const key of KEYS) {
    const value = String(fields.get(key) ?? "").trim();
    if (value) body[key] = key === "kg" ? value.replace(",", ".") : value;
  }
  if (body.action === "take" || body.action === "tare" || body.action === "plug" || body.action === "unplug") delete body.kg;
  try {
    const answer = await fetch("/api/v1/demo/device", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(body),
    });
    if (answer.ok) said.textContent = said.dataset.done;
    else toast(answer.status === 401 ? words.expired : (await answer.json()).detail ?? words.failed);
  } catch {
    toast(words.lost);
  }
  await look();
}

panel.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-order]")) return;
  event.preventDefault();
  said.textContent = "";
  order(event.target, event.submitter);
});
setInterval(look, EVERY);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
