// The receiver's page: photos are made small, the signature is drawn, and the whole statement is written down in the
// browser before it is sent. Without a network it waits there and goes when there is one; the nonce makes a repeat harmless.
import { nonce } from "./nonce.js";
import { ScanQueue, ScanStore } from "./queue.js";

const SIDE = 1600;
const MOST = 24;

// A photo of at most 1600 pixels a side, as JPEG; the file itself where the browser cannot read it.
export async function smaller(file, side = SIDE) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82))) ?? file;
  } catch { return file; }
}

// A canvas to sign on. Mouse, finger and pen are the same here.
export class Pad {
  constructor(canvas) {
    this.canvas = canvas;
    this.drawn = false;
    const box = canvas.getBoundingClientRect();
    canvas.width = Math.min(1200, Math.max(320, Math.round(box.width * 2)));
    canvas.height = Math.min(600, Math.max(160, Math.round(box.height * 2)));
    this.pen = canvas.getContext("2d");
    this.clear();
    let down = false;
    const at = (event) => {
      const place = canvas.getBoundingClientRect();
      return [(event.clientX - place.left) * canvas.width / place.width, (event.clientY - place.top) * canvas.height / place.height];
    };
    canvas.addEventListener("pointerdown", (event) => {
      down = true;
      canvas.setPointerCapture(event.pointerId);
      this.pen.beginPath();
      this.pen.moveTo(...at(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!down) return;
      this.pen.lineTo(...at(event));
      this.pen.stroke();
      this.drawn = true;
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { down = false; });
  }

  clear() {
    this.drawn = false;
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(this.pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#12232a" });
  }

  png() { return new Promise((done) => this.canvas.toBlob(done, "image/png")); }
}

const form = document.getElementById("hand");
if (form) start(form);

async function start(root) {
  const $ = (id) => document.getElementById(id);
  const say = (name, text = "") => {
    const note = $(`t-${name}`).content.cloneNode(true);
    if (text) note.querySelector("[data-text]").textContent = text;
    $("told").replaceChildren(note);
    $("told").scrollIntoView({ block: "nearest" });
  };
  const pad = new Pad($("pad"));
  $("clear").addEventListener("click", () => pad.clear());
  const units = [...root.querySelectorAll(".unit")];
  const chosen = (unit) => unit.querySelector("input[type=radio]:checked")?.value;
  const count = () => {
    const left = units.filter((unit) => !chosen(unit)).length;
    $("left").textContent = $("left").dataset.says.replace("#", String(left));
    $("left").hidden = left === 0;
  };
  $("all")?.addEventListener("click", () => {
    for (const unit of units) if (!chosen(unit)) unit.querySelector("[value=RECEIVED]").checked = true;
    count();
    keep();
  });

  // What was marked survives a page that is loaded again, until it was sent. Photos and the signature do not.
  const draft = `karvon-handover:${root.dataset.code}`;
  const fields = () => [...root.querySelectorAll("input:not([type=file]), select, textarea")].filter((one) => one.name);
  function keep() {
    const marks = fields().filter((one) => one.type !== "radio" || one.checked).map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
    try { localStorage.setItem(draft, JSON.stringify(marks)); } catch { /* a private window keeps nothing */ }
  }
  try {
    for (const [name, value] of JSON.parse(localStorage.getItem(draft) ?? "[]")) {
      for (const one of fields().filter((field) => field.name === name)) {
        if (one.type === "radio") one.checked = one.value === value;
        else if (one.type === "checkbox") one.checked = value;
        else one.value = value;
      }
    }
  } catch { localStorage.removeItem(draft); }
  root.addEventListener("change", () => { count(); keep(); });
  count();
  root.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    const thumbs = event.target.closest(".photo").querySelector(".thumbs");
    thumbs.replaceChildren(...[...event.target.files].slice(0, MOST).map((file) => {
      const image = document.createElement("img");
      image.alt = "";
      image.src = URL.createObjectURL(file);
      return image;
    }));
  });

  const post = async (held) => {
    const body = new FormData();
    body.set("nonce", held.nonce);
    body.set("statement", held.statement);
    body.set("signature", held.signature, "signature.png");
    for (const [index, photo] of held.photos.entries()) body.append("photos", photo, `photo-${index + 1}.jpg`);
    try {
      const answer = await fetch(held.to, { method: "POST", body, credentials: "omit", headers: { "Accept-Language": document.documentElement.lang } });
      const told = await answer.json().catch(() => ({}));
      return { status: answer.status, body: told };
    } catch { return { status: 0, body: {} }; }
  };
  const done = (told) => {
    localStorage.removeItem(draft);
    root.hidden = true;
    say(told.verdict === "already_done" ? "before" : "done", told.sentence);
  };
  const queue = new ScanQueue(await ScanStore.open("karvon-handover"), post, {
    answer: (_, told, status) => {
      $("send").disabled = false;
      if (status === 200 && told.verdict !== "refused") done(told);
      else say("refused", [told.sentence ?? told.detail, ...(told.next ?? [])].join(" "));
    },
    later: () => { $("send").disabled = true; say("later"); },
    stuck: (_, told) => { $("send").disabled = false; say("refused", told.detail ?? told.title ?? ""); },
    waiting: () => {},
    line: () => {},
  });
  globalThis.addEventListener("online", () => queue.kick());
  queue.send();

  $("send").addEventListener("click", async () => {
    const missing = units.filter((unit) => !chosen(unit));
    if (missing.length) { missing[0].scrollIntoView({ block: "center" }); return say("refused", $("left").textContent); }
    if (!root.reportValidity()) return;
    if (!pad.drawn) return say("sign");
    $("send").disabled = true;
    const photos = [];
    const take = async (input) => {
      const places = [];
      for (const file of [...(input?.files ?? [])]) if (photos.length < MOST) places.push(photos.push(await smaller(file)) - 1);
      return places;
    };
    const receipts = [];
    for (const unit of units) {
      const found = chosen(unit);
      const value = (name) => unit.querySelector(`[data-name=${name}]`)?.value ?? "";
      receipts.push({
        item: unit.dataset.item, found,
        ...(found === "SHORT" ? { why: value("why"), note: value("short-note") } : {}),
        ...(found === "DAMAGED" ? { condition: value("condition"), note: value("note"), photos: await take(unit.querySelector("input[type=file]")) } : {}),
      });
    }
    const surplus = $("surplus").value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 50).map((what) => ({ what: what.slice(0, 200) }));
    const statement = {
      name: $("f-name").value.trim(), place: $("f-place").value.trim(), note: $("f-note").value.trim(),
      receipts, surplus, photos: await take($("photos")), done_at: new Date().toISOString(),
      correction: root.dataset.again === "yes" && Boolean($("f-note").value.trim()),
    };
    await queue.add({ nonce: nonce(), to: root.dataset.to, statement: JSON.stringify(statement), signature: await pad.png(), photos });
  });
}
