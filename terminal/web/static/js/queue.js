// Scans are written down before they are sent and struck out only when the server has answered. Order is kept: one
// is under way at a time. The nonce makes a repeat harmless. No status code loses a scan.

function opened(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class ScanStore {
  // A durable list in IndexedDB: place (key), and the scan as it will be sent.
  static async open(name = "karvon") {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("scans", { keyPath: "place", autoIncrement: true });
    return new ScanStore(await opened(request));
  }

  constructor(database) { this.database = database; }

  scans(mode) { return this.database.transaction("scans", mode, { durability: "strict" }).objectStore("scans"); }

  add(scan) {
    const store = this.scans("readwrite");
    store.add({ scan, stuck: false });
    return new Promise((resolve, reject) => {
      store.transaction.oncomplete = () => resolve();
      store.transaction.onerror = () => reject(store.transaction.error);
      store.transaction.onabort = () => reject(store.transaction.error);
    });
  }

  async waiting() { return (await opened(this.scans("readonly").getAll())).filter((row) => !row.stuck); }

  async all() { return opened(this.scans("readonly").getAll()); }

  put(row) { return opened(this.scans("readwrite").put(row)); }

  strike(place) { return opened(this.scans("readwrite").delete(place)); }
}

// What an HTTP answer means for a scan that waits: "answered" strikes it out, "later" keeps it and tries again,
// "sign-in" keeps it until somebody signs in, "stuck" keeps it for a person to look at.
// Only the terminal itself may strike a scan out: a 200 or 409 of somebody between us that does not carry its answer
// (a sign-in page of a network, a proxy) counts as no answer, and so does a 4xx without one of the terminal's codes.
export function meaning(status, body = {}) {
  if (status === 200 && typeof body.verdict === "string") return "answered";
  if (status === 409 && body.code === "nonce_reused") return "answered";
  if (status < 400 || status === 409) return "later";
  if (status === 401 || status === 403) return "sign-in";
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status === 0) return "later";
  if (status !== 413 && typeof body.code !== "string") return "later";
  return "stuck";
}

export class ScanQueue {
  // post(scan) -> {status, body}; on.answer(scan, body), on.waiting(count), on.line(connected), on.stuck(scan, body)
  constructor(store, post, on) {
    Object.assign(this, { store, post, on });
    this.running = false;
    this.wait = 500;
    this.timer = null;
  }

  async add(scan) {
    await this.store.add(scan);
    if (this.timer) this.on.later(scan, "later"); // the line is known to be down: said at once
    this.send();
  }

  // A new attempt now, whatever the timer says.
  kick() {
    clearTimeout(this.timer);
    this.timer = null;
    this.wait = 500;
    this.send();
  }

  async send() {
    if (this.running || this.timer) return;
    this.running = true;
    try {
      for (let rows = await this.store.waiting(); rows.length; rows = await this.store.waiting()) {
        this.on.waiting(rows.length);
        const { place, scan } = rows[0];
        const { status, body } = await this.post(scan);
        const what = meaning(status, body);
        if (what === "answered") {
          await this.store.strike(place);
          this.wait = 500;
          this.on.line(true);
          this.on.answer(scan, body, status);
        } else if (what === "stuck") {
          await this.store.put({ ...rows[0], stuck: true });
          this.on.line(true);
          this.on.stuck(scan, body, status);
        } else {
          this.on.line(what === "sign-in", what);
          this.on.later(scan, what);
          for (const row of (await this.store.waiting()).slice(1)) this.on.later(row.scan, "later");
          this.timer = setTimeout(() => { this.timer = null; this.send(); }, this.wait);
          this.wait = Math.min(this.wait * 2, 15000);
          break;
        }
      }
    } finally {
      this.running = false;
      this.on.waiting((await this.store.waiting()).length);
    }
  }
}
