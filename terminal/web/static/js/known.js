// What an enrolled station knows while it has no connection: the units or vehicles of its step as they stood at last
// contact. Kept in IndexedDB under AES-GCM; the key is made (HKDF) from what the station's token gives, cannot be read
// by any script, and is thrown away with everything when the server no longer takes the token. It decides nothing.
import { when } from "./when.js";

const EVERY_MS = 60000;
const DATABASE = "karvon-known";
const text = new TextEncoder();

function opened(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// The name of a unit in what a scanner sent: the SSCC of a GS1 element string or link, 18 bare digits, or a house label.
export function unitOf(code) {
  const plain = code.replace(/^\][A-Za-z][0-9A-Za-z]/, "").replaceAll("\u001d", "").trim();
  const found = /^\(?00\)?(\d{18})/.exec(plain) ?? /\/00\/(\d{18})/.exec(plain) ?? /^(\d{18})$/.exec(plain);
  if (found) return found[1];
  return /^KRV:(?!BAY:)/.test(plain) ? plain : null;
}

// The bay that a scanned bay label names; null for any other code.
export function bayOf(code) {
  const plain = code.replace(/^\][A-Za-z][0-9A-Za-z]/, "").trim();
  return plain.startsWith("KRV:BAY:") ? plain.slice(plain.lastIndexOf(":") + 1) : null;
}

// A plate without spaces, in Latin letters whatever the keyboard was set to.
const LATIN = Object.fromEntries([..."АВЕКМНОРСТУХ"].map((letter, at) => [letter, "ABEKMHOPCTYX"[at]]));
export function plateOf(typed) {
  return [...typed.toUpperCase()].map((letter) => LATIN[letter] ?? letter).join("").replace(/[^\p{L}\p{N}]/gu, "");
}

async function keyFrom(seed, salt) {
  const base = await crypto.subtle.importKey("raw", text.encode(seed), "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: text.encode("karvon last known") };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

export class LastKnown {
  // null where the browser gives no cryptography (a page that is neither https nor of this machine). heard(seed) is told
  // what the token gives, null when it gives nothing any more.
  static async open(step, heard = () => {}) {
    if (!globalThis.crypto?.subtle) return null;
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore("key"); request.result.createObjectStore("kept"); };
    const made = new LastKnown(await opened(request), step, heard);
    await made.load().catch(() => made.forget()); // another key, a torn record: as if there were none
    return made;
  }

  constructor(database, step, heard) {
    Object.assign(this, { database, step, heard, here: null, tag: "" });
    this.words = document.getElementById("known-words").dataset;
  }

  store(name, mode = "readonly") { return this.database.transaction(name, mode).objectStore(name); }

  async load() {
    const key = await opened(this.store("key").get("key"));
    const kept = await opened(this.store("kept").get(this.step));
    if (!key || !kept) return;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv, additionalData: text.encode(this.step) }, key.key, kept.sealed);
    this.take(JSON.parse(new TextDecoder().decode(plain)), kept.at);
    this.tag = kept.tag;
  }

  take(said, at) {
    this.here = { at, complete: said.complete, things: new Map(said.things.map(([name, state, held]) => [plateOf(name), { state, held }])) };
    this.show();
  }

  async forget() {
    this.here = null;
    this.tag = "";
    for (const name of ["key", "kept"]) await opened(this.store(name, "readwrite").clear());
    this.heard(null);
    this.show();
  }

  // The key of this seed: the one that is there, or a new one, after which nothing older can be read.
  async key(seed) {
    const mark = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(`karvon mark ${seed}`))).slice(0, 8).join();
    const there = await opened(this.store("key").get("key"));
    if (there?.mark === mark) return there.key;
    const made = await keyFrom(seed, crypto.getRandomValues(new Uint8Array(16)));
    await opened(this.store("kept", "readwrite").clear());
    await opened(this.store("key", "readwrite").put({ key: made, mark }, "key"));
    return made;
  }

  // Ask for what is known now. A refusal of the token throws everything away; no answer changes nothing.
  async refresh() {
    let answer = null;
    try {
      const headers = this.tag ? { "If-None-Match": this.tag } : {};
      answer = await fetch(`/api/v1/stations/known?step=${this.step}`, { headers, cache: "no-store", signal: AbortSignal.timeout(20000) });
    } catch { return; }
    const at = Date.now();
    if (answer.status === 403) { await this.forget(); return; }
    if (answer.status === 304 && this.here) {
      this.here.at = at;
      const kept = await opened(this.store("kept").get(this.step));
      if (kept) await opened(this.store("kept", "readwrite").put({ ...kept, at }, this.step));
      this.show();
    }
    if (!answer.ok) return;
    const { seed, complete, things } = await answer.json();
    this.heard(seed);
    const key = await this.key(seed);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = text.encode(JSON.stringify({ complete, things }));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode(this.step) }, key, plain);
    this.tag = answer.headers.get("ETag") ?? "";
    await opened(this.store("kept", "readwrite").put({ iv, sealed, at, tag: this.tag }, this.step));
    this.take({ complete, things }, at);
  }

  // Keep asking while the page is open; the stated age grows meanwhile.
  follow() {
    const ask = () => this.refresh().catch(() => {});
    ask();
    setInterval(ask, EVERY_MS);
    setInterval(() => this.show(), EVERY_MS / 4);
    window.addEventListener("online", ask);
  }

  // What can be said of a code (or, at the gate, of a plate) now: never that it may pass.
  judge(code, name = unitOf(code)) {
    if (bayOf(code)) return { why: "bay", sentence: this.words.bay };
    if (!name) return { why: "unreadable", sentence: this.words.unreadable };
    const thing = this.here?.things.get(plateOf(name));
    const why = !thing ? "unknown" : thing.held ? "held" : thing.state;
    return { why, sentence: this.words[why] };
  }

  show() {
    const $ = (id) => document.getElementById(id);
    const { here } = this;
    $("known-none").hidden = Boolean(here);
    $("known-age").hidden = $("known-facts").hidden = !here;
    $("known-part").hidden = !here || here.complete;
    if (!here) return;
    const language = document.documentElement.lang;
    const minutes = Math.max(0, Math.round((Date.now() - here.at) / 60000));
    const [amount, unit] = minutes < 120 ? [minutes, "minutes"] : minutes < 2880 ? [Math.round(minutes / 60), "hours"] : [Math.round(minutes / 1440), "days"];
    $("known-at").textContent = when(here.at);
    $("known-since").textContent = this.words[unit].replace("#", amount.toLocaleString(language));
    $("known-count").textContent = here.things.size.toLocaleString(language);
    $("known-held").textContent = [...here.things.values()].filter((one) => one.held).length.toLocaleString(language);
  }
}
