// A place where labels are scanned: scanner, keyboard or camera in, one loud verdict out.
import { bayOf, LastKnown, unitOf } from "./known.js";
import { keep } from "./keep.js";
import { ScanQueue, ScanStore } from "./queue.js";
import { Wedge } from "./wedge.js";
import { follow } from "./live.js";
import { nonce } from "./nonce.js";
import { Asides, Undo } from "./second.js";
import * as serial from "./serial.js";
import { play } from "./sounds.js";
import { Vault } from "./vault.js";

const station = document.getElementById("station");
const { point, step, target, only, vendor, worker } = station.dataset;
const words = document.getElementById("station-words").dataset;
let csrf = document.querySelector('meta[name="csrf"]').content;
const $ = (id) => document.getElementById(id);
const KEPT = 12;

let sound = localStorage.getItem("karvon-sound") !== "off";
const soundButton = $("sound");
const showSound = () => soundButton.setAttribute("aria-pressed", String(sound));
showSound();
soundButton.addEventListener("click", () => {
  sound = !sound;
  localStorage.setItem("karvon-sound", sound ? "on" : "off");
  showSound();
  if (sound) play("accepted");
});

// --- what the person sees ------------------------------------------------------------------------------------
function show(verdict, { sentence, subject = "", next = [] }) {
  const skeleton = $(`verdict-${verdict}`) ?? $("verdict-attention");
  const panel = skeleton.content.firstElementChild.cloneNode(true);
  if (sentence) panel.querySelector(".sentence").textContent = sentence;
  const about = panel.querySelector(".subject");
  about.textContent = subject;
  about.dir = "ltr";
  const list = panel.querySelector(".next");
  if (list) {
    list.replaceChildren(...next.map((todo) => Object.assign(document.createElement("li"), { textContent: todo })));
    if (!next.length) list.remove();
  }
  $("verdict").replaceChildren(panel);
  $("verdict").scrollIntoView({ block: "nearest" });
  if (sound) play(verdict);
}

const lines = new Map();
function note(scan, verdict, sentence, which = null) {
  const line = lines.get(scan.nonce) ?? document.createElement("li");
  const mark = ($(`mark-${verdict}`) ?? $("mark-attention")).content.firstElementChild.cloneNode(true);
  const code = Object.assign(document.createElement("span"), { className: "code", dir: "ltr", textContent: scan.code.replaceAll("\u001d", "␝") });
  const time = new Date(scan.scanned_at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tashkent", hourCycle: "h23" });
  const when = Object.assign(document.createElement("span"), { className: "muted small", textContent: time });
  const said = Object.assign(document.createElement("span"), { className: "said", textContent: sentence });
  line.replaceChildren(mark, code, when, ...(sentence ? [said] : []));
  if (which) line.append(undo.button(which, scan));
  undo.last = which ? { which, scan } : undo.last?.scan.nonce === scan.nonce ? null : undo.last;
  if (!lines.has(scan.nonce)) {
    lines.set(scan.nonce, line);
    $("recent").prepend(line);
    $("recent-none").hidden = true;
    while ($("recent").children.length > KEPT) {
      const last = $("recent").lastElementChild;
      for (const [key, value] of lines) if (value === last) lines.delete(key);
      last.remove();
    }
  }
}

// The page may come from the cache, or from before a new sign-in: ask for the token of the session that is there now.
async function renewToken() {
  try {
    const answer = await fetch("/api/v1/session");
    if (answer.ok) csrf = (await answer.json()).csrf ?? csrf;
    return answer.ok;
  } catch {
    return false;
  }
}

// --- sending -------------------------------------------------------------------------------------------------
async function post(scan) {
  try {
    const { to = "/api/v1/scans", body = scan } = undo.sent(scan);
    const answer = await fetch(to, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10000),
    });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}

// A scanned bay label says where the next units go.
// The server may still refuse the bay, and then the units that were scanned for it: none goes to the bay before it.
let place = "";
let accepted = "";
function moveTo(bay, sure = true) {
  place = bay;
  if (sure) accepted = bay;
  if (!$("place")) return;
  $("place").textContent = bay;
  $("place-set").className = `lamp tone-${sure ? "go" : "look"}`;
  $("place-none").hidden = true;
  $("place-set").hidden = false;
}

// A unit is called by its label, not by what the scanner sent around it.
const named = (answer) => (answer.subject?.startsWith("unit:") ? answer.subject.slice("unit:".length) : null);

const vault = await Vault.open("karvon").catch(() => null);
const store = await ScanStore.open("karvon", vault);
const heard = (seed) => (seed ? vault?.bind(seed) : vault?.unbind(() => store.keysUsed()))?.catch(() => {});
const known = station.dataset.enrolled ? await LastKnown.open(step, heard) : null;
known?.follow();

let latest = "";
const undo = new Undo(async (asked) => {
  const scan = { nonce: nonce(), point, scanned_at: new Date().toISOString(), ...asked };
  latest = scan.nonce;
  try { await queue.add(scan); } catch { show("refused", { sentence: words.full, subject: scan.code }); }
});
const asides = new Asides(store);
const queue = new ScanQueue(store, post, {
  answer(scan, body, status) {
    if (scan.undo) return undone(scan, body);
    if (status === 409 || body.verdict === "attention") asides.ask();
    const verdict = status === 409 ? "attention" : body.verdict;
    const sentence = body.sentence ?? body.detail ?? body.title ?? "";
    if (verdict === "accepted" && body.facts?.place && !body.facts.unit) moveTo(body.facts.place);
    else if (bayOf(scan.code) && place === bayOf(scan.code)) place = accepted;
    if (verdict === "accepted" && $("condition")) $("condition").value = "GOOD";
    note(scan, verdict, verdict === "accepted" ? "" : sentence, verdict === "accepted" && named(body) ? { event: body.event } : null);
    show(verdict, { sentence, subject: named(body) ?? scan.code.replaceAll("\u001d", "␝"), next: body.next ?? [] });
  },
  stuck(scan, body) {
    const sentence = body.detail ?? body.title ?? "";
    note(scan, "attention", sentence);
    show("attention", { sentence, subject: scan.code });
  },
  later(scan, why) {
    if (why === "sign-in") renewToken().then((here) => here || document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr: { status: 401 } } })));
    if (scan.undo) {
      note(scan, "waiting", words.undoLater);
      if (scan.nonce === latest) show("waiting", { sentence: words.undoLater, subject: scan.code });
      return;
    }
    if (bayOf(scan.code) && scan.nonce === latest) moveTo(bayOf(scan.code), false);
    const judged = why === "later" && known?.here ? known.judge(scan.code) : null;
    note(scan, judged ? "undecided" : "waiting", judged?.sentence ?? "", bayOf(scan.code) ? null : { scan: scan.nonce });
    if (scan.nonce !== latest) return;
    show(judged ? "undecided" : "waiting", { sentence: judged?.sentence, subject: unitOf(scan.code) ?? scan.code.replaceAll("\u001d", "␝") });
    latest = "";
  },
  waiting(count) {
    $("lamp-queue").hidden = count === 0;
    $("queue-count").textContent = String(count);
  },
  line(connected) {
    $("lamp-on").hidden = !connected;
    $("lamp-off").hidden = connected;
  },
});

// A scan that was undone stands struck through; what was asked for stands above it.
function undone(scan, body) {
  const done = body.verdict === "accepted" || body.verdict === "already_done";
  note(scan, done ? "undone" : body.verdict, body.sentence ?? body.detail ?? "");
  const line = lines.get(scan.undo.line);
  if (done) line?.classList.add("struck");
  if (done) line?.querySelector("button")?.remove();
  show(done ? "undone" : body.verdict, { sentence: body.sentence ?? body.detail ?? "", subject: scan.code, next: body.next ?? [] });
}

async function scanned(code, symbology) {
  undo.close();
  if ((step === "LOAD" || step === "UNLOAD") && !target) {
    show("attention", { sentence: words.nextVehicle, subject: code });
    return;
  }
  const scan = { nonce: nonce(), code, step, point, scanned_at: new Date().toISOString() };
  if (symbology) scan.symbology = symbology;
  const context = {};
  if (target) context.visit = target;
  if (only) context.only = only;
  if (place) context.place = place;
  if ($("condition")) context.condition = $("condition").value;
  if (Object.keys(context).length) scan.unit_context = context;
  if (bayOf(code)) place = bayOf(code);
  latest = scan.nonce;
  try {
    await queue.add(scan);
  } catch {
    show("refused", { sentence: words.full, subject: code });
  }
}

// Loading this page again works without a network too (only where the browser allows it: https or this machine).
const STATIONS = ["/tally", "/storage", "/load", "/gate", location.pathname];
const READER = ["reader/index.js", "share.js", "zxing_reader.wasm"].map((name) => `${vendor}/zxing/${name}`);
keep(worker, STATIONS, [...READER, new URL("camera.js", import.meta.url).href]).catch(() => {});

window.addEventListener("online", () => queue.kick());
queue.send();
asides.ask();

// --- scanners on the wire ------------------------------------------------------------------------------------
// What the scanners of this place read does not pass through this page; it is shown here all the same.
let shownTo = -1;
async function lookAtWires(aloud) {
  const answer = await fetch(`/api/v1/scans?point=${encodeURIComponent(point)}`, { headers: { "Accept-Language": document.documentElement.lang } });
  if (!answer.ok) return 0;
  const { head, scans } = await answer.json();
  const fresh = scans.filter((scan) => scan.answer.event > shownTo);
  for (const { code, at, answer: told } of fresh) {
    note({ nonce: `wire-${told.event}`, code, scanned_at: at }, told.verdict, told.verdict === "accepted" ? "" : told.sentence, told.verdict === "accepted" && named(told) ? { event: told.event } : null);
    shownTo = told.event;
  }
  const last = fresh.at(-1);
  if (aloud && last) show(last.answer.verdict, { sentence: last.answer.sentence, subject: named(last.answer) ?? last.code, next: last.answer.next });
  return head;
}
let looking = null;
lookAtWires(false).then((head) => follow(head, () => {
  looking ??= setTimeout(() => { looking = null; lookAtWires(true).catch(() => {}); asides.ask(); }, 50);
})).catch(() => {});

// --- ways in -------------------------------------------------------------------------------------------------
const wedge = new Wedge((text) => scanned(text), { substitute: localStorage.getItem("karvon-gs") ?? "" }).listen();
$("gs").value = wedge.substitute;
$("gs").addEventListener("change", () => {
  wedge.substitute = $("gs").value;
  localStorage.setItem("karvon-gs", wedge.substitute);
});

$("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = $("code");
  const code = field.value.trim();
  field.value = "";
  if (code) scanned(code);
});

// A scanner on a port of this machine, where the browser can read one.
if (serial.offered()) {
  const baud = $("baud");
  baud.value = localStorage.getItem("karvon-baud") ?? "9600";
  const says = $("serial-says");
  const wired = new serial.SerialScanner((text) => scanned(text), (state) => { says.textContent = words[state]; says.hidden = false; }, { baudRate: Number(baud.value) });
  baud.addEventListener("change", () => { localStorage.setItem("karvon-baud", baud.value); wired.baudRate = Number(baud.value); });
  $("serial-open").addEventListener("click", () => wired.choose());
  for (const id of ["serial-open", "serial-speed"]) $(id).hidden = false;
  wired.reopen().catch(() => {});
}

let camera = null;
$("camera-open").addEventListener("click", async () => {
  const { Camera } = await import("./camera.js");
  $("camera").hidden = false;
  $("camera-says").textContent = words.looking;
  camera = new Camera($("camera-picture"), vendor, (code) => scanned(code.text, code.symbology));
  try { await camera.start(); } catch { $("camera-says").textContent = words.noCamera; }
});
$("camera-close").addEventListener("click", () => { camera?.stop(); $("camera").hidden = true; $("camera-open").focus(); });
$("photo").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  const { readPhoto } = await import("./camera.js");
  $("camera-says").textContent = words.reading;
  const code = await readPhoto(file, vendor, csrf);
  $("camera-says").textContent = code ? words.looking : words.nothing;
  if (code) scanned(code.text, code.symbology);
  event.target.value = "";
});
$("entry").dataset.ready = ""; // everything is listened to: tests and people may begin
