// Checks a gate pass in the browser: base 32, short JSON, Ed25519 by the browser's own cryptography. Where the browser
// has none, the page says that nothing is proven; it never guesses.
const PREFIX = "KRV:PASS:";
const CONTEXT = new TextEncoder().encode("karvon gate pass 1\n");
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function fromBase32(text) {
  const bytes = [];
  let bits = 0, held = 0;
  for (const sign of text) {
    const value = ALPHABET.indexOf(sign);
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes.push((held >> bits) & 255); held &= (1 << bits) - 1; }
  }
  return held === 0 ? new Uint8Array(bytes) : null;
}

// What a pass says and what proves it; null for text that is no whole pass.
export function split(text) {
  const said = text.replace(/\s+/g, "").toUpperCase();
  if (!said.startsWith(PREFIX)) return null;
  const data = fromBase32(said.slice(PREFIX.length));
  if (!data || data.length <= 64) return null;
  const payload = data.slice(0, -64);
  try {
    const facts = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return facts && typeof facts === "object" && Array.isArray(facts.c) && Array.isArray(facts.w) ? { payload, signature: data.slice(-64), facts } : null;
  } catch { return null; }
}

export function keyOf(lines, id) {
  for (const line of lines.split("\n")) {
    const [, name, said] = line.match(/^[^+]+\+([0-9a-f]{8})\+(.+)$/) ?? [];
    if (name !== id) continue;
    const raw = Uint8Array.from(atob(said), (sign) => sign.charCodeAt(0));
    if (raw.length === 33 && raw[0] === 1) return raw.slice(1);
  }
  return null;
}

// "genuine" or "false"; "unknown" when this browser has no Ed25519.
export async function proof(read, key) {
  if (!key) return "false";
  const message = new Uint8Array([...CONTEXT, ...read.payload]);
  try {
    const made = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return (await crypto.subtle.verify({ name: "Ed25519" }, made, read.signature, message)) ? "genuine" : "false";
  } catch { return "unknown"; }
}

async function takenBack(id) {
  const answer = await fetch("/api/v1/gate-passes/revoked", { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.text()).split("\n").some((line) => line.startsWith(`${id} `));
}

const root = document.getElementById("pass");
if (root) {
  const $ = (id) => document.getElementById(id);
  const show = (name) => $("verdict").replaceChildren($(`t-${name}`).content.cloneNode(true));
  // DD.MM.YYYY HH:MM in terminal time, as everywhere on our pages and papers.
  const clock = new Intl.DateTimeFormat("ru", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Tashkent" });
  const time = (seconds) => clock.format(new Date(seconds * 1000)).replace(",", "");

  const tell = ({ facts }) => {
    const said = {
      plate: facts.p, trailer: facts.r, seals: facts.s?.join(", "), units: facts.n, weight: `${facts.w[0]} – ${facts.w[1]} kg`,
      consignments: facts.c.join(", "), issued: time(facts.i), until: time(facts.e), visit: facts.v, id: facts.u,
    };
    for (const [name, value] of Object.entries(said)) {
      const empty = value === null || value === undefined || value === "";
      root.querySelector(`[data-says="${name}"]`).textContent = empty ? "" : String(value);
      for (const part of root.querySelectorAll(`[data-says="${name}"], [data-for="${name}"]`)) part.hidden = empty;
    }
    $("says").hidden = false;
  };

  const check = async (text) => {
    const read = split(text);
    $("says").hidden = true;
    if (!read) return show("unread");
    const found = await proof(read, keyOf(root.dataset.keys, read.facts.k));
    if (found !== "false") tell(read);
    if (found !== "genuine") return show(found);
    if (Date.now() >= read.facts.e * 1000) return show("over");
    try { return show((await takenBack(read.facts.u)) ? "revoked" : "genuine"); } catch { return show("list"); }
  };

  $("ask").addEventListener("submit", (event) => { event.preventDefault(); check($("text").value); });
  let camera = null;
  const close = () => { camera?.stop(); camera = null; $("camera").hidden = true; };
  $("open").addEventListener("click", async () => {
    const { Camera } = await import("./camera.js");
    $("camera").hidden = false;
    camera = new Camera($("picture"), root.dataset.vendor, ({ text }) => { close(); $("text").value = text; check(text); });
    try { await camera.start(); } catch { close(); show("nocamera"); }
  });
  $("close").addEventListener("click", close);
}
