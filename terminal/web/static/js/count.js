// A stock count on a handheld: bays and units are scanned one after the other, with a connection or without. What was seen
// waits on this device, locked, until the server has answered; the count is ended only when nothing waits any more.
import { keep } from "./keep.js";
import { bayOf } from "./known.js";
import { nonce } from "./nonce.js";
import { ScanQueue, ScanStore } from "./queue.js";
import { play } from "./sounds.js";
import { Vault } from "./vault.js";
import { Wedge } from "./wedge.js";

const counting = document.getElementById("counting");
const words = document.getElementById("count-words").dataset;
const { count, worker } = counting.dataset;
const places = JSON.parse(counting.dataset.places);
const $ = (id) => document.getElementById(id);
const KEPT = 12;
let csrf = document.querySelector('meta[name="csrf"]').content;
let { place } = counting.dataset;
let waiting = 0;

function say(sentence, verdict = "attention") {
  $("count-says").textContent = sentence;
  $("count-says").hidden = !sentence;
  if (sentence) play(verdict);
}

function moveTo(bay) {
  place = bay;
  $("place").textContent = bay;
  $("place-none").hidden = true;
  $("place-set").hidden = false;
  for (const link of document.querySelectorAll("[data-bay]")) {
    if (link.dataset.bay === bay) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// One line of the list: the label, the bay, and what became of it.
const lines = new Map();
function note(scan, state, sentence = "") {
  const line = lines.get(scan.nonce) ?? Object.assign(document.createElement("li"), { className: "row" });
  const mark = $(`mark-${state}`).content.firstElementChild.cloneNode(true);
  const label = Object.assign(document.createElement("span"), { className: "code", dir: "ltr", textContent: scan.code.replaceAll("\u001d", "␝") });
  const where = Object.assign(document.createElement("span"), { className: "muted code", dir: "ltr", textContent: scan.place });
  line.replaceChildren(mark, label, where, ...(sentence ? [Object.assign(document.createElement("span"), { textContent: sentence })] : []));
  if (lines.has(scan.nonce)) return;
  lines.set(scan.nonce, line);
  $("counted").prepend(line);
  while ($("counted").children.length > KEPT) $("counted").lastElementChild.remove();
}

async function renewToken() {
  try {
    const answer = await fetch("/api/v1/session");
    if (answer.ok) csrf = (await answer.json()).csrf ?? csrf;
    return answer.ok;
  } catch {
    return false;
  }
}

async function post({ of, ...scan }) {
  try {
    const answer = await fetch(`/api/v1/counts/${encodeURIComponent(of)}/scans`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(scan),
      signal: AbortSignal.timeout(10000),
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}

// A list of its own beside that of the stations, under keys of its own: neither throws away what the other needs.
const vault = await Vault.open("karvon-count").catch(() => null);
const store = await ScanStore.open("karvon-count", vault);
const queue = new ScanQueue(store, post, {
  answer(scan, body, status) {
    const done = body.verdict === "accepted" || body.verdict === "already_done";
    const sentence = done ? "" : body.sentence ?? body.detail ?? body.title ?? "";
    note(scan, done ? body.verdict : status === 409 ? "attention" : "refused", sentence);
    if (body.verdict === "accepted") $("count-seen").textContent = String(Number($("count-seen").textContent) + 1);
    say(sentence, done ? "accepted" : "refused");
    if (done) play(body.verdict);
    store.tidy();
  },
  stuck(scan, body) {
    note(scan, "attention", body.detail ?? body.title ?? "");
    say(body.detail ?? body.title ?? words.stuck);
  },
  later(scan, why) {
    note(scan, "waiting");
    if (why === "sign-in") renewToken().then((here) => here || document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr: { status: 401 } } })));
  },
  waiting(number) {
    waiting = number;
    $("lamp-queue").hidden = number === 0;
    $("queue-count").textContent = String(number);
  },
  line(connected) { $("lamp-off").hidden = connected; },
});

async function scanned(text) {
  const code = text.trim();
  if (!code) return;
  const bay = bayOf(code) ?? (places.includes(code.toUpperCase()) ? code.toUpperCase() : null);
  if (bay) {
    if (places.includes(bay)) { moveTo(bay); say(words.now, "accepted"); } else say(words.elsewhere, "refused");
    return;
  }
  if (!place) { say(words.first, "refused"); return; }
  say("");
  const scan = { of: count, nonce: nonce(), code, place, scanned_at: new Date().toISOString() };
  note(scan, "waiting");
  waiting += 1;
  try { await queue.add(scan); } catch { say(words.full, "refused"); }
}

keep(worker, ["/tally", "/storage", "/load", "/gate"]).catch(() => {});
window.addEventListener("online", () => queue.kick());
new Wedge((text) => scanned(text)).listen();
$("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = $("f-code");
  const code = field.value;
  field.value = "";
  scanned(code);
});
for (const link of document.querySelectorAll("[data-bay]")) {
  link.addEventListener("click", (event) => { event.preventDefault(); moveTo(link.dataset.bay); $("f-code").focus(); });
}
$("count-close").addEventListener("submit", (event) => {
  if (!waiting && navigator.onLine) return;
  event.preventDefault();
  say(words.wait, "refused");
});
for (const { scan } of await store.waiting()) note(scan, "waiting");
queue.send();
counting.dataset.ready = ""; // everything is listened to: tests and people may begin
