// Scans are written down, locked, before they are sent and struck out only when the server has answered. Order is kept: one
// is under way at a time. The nonce makes a repeat harmless. No status code loses a scan.

function opened(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class ScanStore {
  // A durable list in IndexedDB: place (key), and the thing as it will be sent, locked where there is a vault. Rows that
  // an older page left in the clear are locked on opening; what cannot be unlocked is left where it is, never deleted.
  static async open(name = "karvon", vault = null) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("scans", { keyPath: "place", autoIncrement: true });
    const made = new ScanStore(await opened(request), vault);
    if (vault) for (const row of await made.rows()) if (!row.locked) await made.put(row);
    return made;
  }

  constructor(database, vault = null) { Object.assign(this, { database, vault, turn: Promise.resolve() }); }

  scans(mode) { return this.database.transaction("scans", mode, { durability: "strict" }).objectStore("scans"); }

  // One after the other: what was scanned first lies first, however long the locking takes.
  inTurn(work) {
    if (this.vault) return this.vault.guard(work);
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  async row({ scan, ...row }) { return this.vault ? { ...row, locked: await this.vault.lock(scan) } : { ...row, scan }; }

  add(scan) {
    return this.inTurn(async () => {
      const row = await this.row({ scan, stuck: false });
      const store = this.scans("readwrite");
      store.add(row);
      return new Promise((resolve, reject) => {
        store.transaction.oncomplete = () => resolve();
        store.transaction.onerror = () => reject(store.transaction.error);
        store.transaction.onabort = () => reject(store.transaction.error);
      });
    });
  }

  rows() { return opened(this.scans("readonly").getAll()); }

  // The row in the clear; null where it cannot be unlocked.
  async clear(row) {
    if (!row.locked) return row;
    try { return { ...row, scan: await this.vault.unlock(row.locked) }; } catch { return null; }
  }

  async all() { return (await Promise.all((await this.rows()).map((row) => this.clear(row)))).filter(Boolean); }

  // What is still to be sent, in order; rows with a review are settled and only wait for what a supervisor says.
  async waiting() { return (await this.all()).filter((row) => !row.stuck && !row.review); }

  // How many are still to be sent, and the first of them (null: none).
  async next() {
    const rows = (await this.rows()).filter((row) => !row.stuck && !row.review);
    for (const row of rows) {
      const first = await this.clear(row);
      if (first) return { count: rows.length, first };
    }
    return { count: rows.length, first: null };
  }

  async asides() { return (await this.all()).filter((row) => row.review); }

  put({ locked, ...row }) { return this.inTurn(async () => { const made = await this.row(row); return opened(this.scans("readwrite").put(made)); }); }

  strike(place) { return opened(this.scans("readwrite").delete(place)); }

  // Keys of the vault that nothing needs any more go.
  async tidy() { await this.vault?.tidy(() => this.keysUsed()); }

  async keysUsed() { return new Set((await this.rows()).filter((row) => row.locked).map((row) => row.locked.key)); }
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
      for (let { count, first } = await this.store.next(); first; { count, first } = await this.store.next()) {
        this.on.waiting(count);
        const { place, scan } = first;
        const { status, body } = await this.post(scan);
        const what = meaning(status, body);
        if (what === "answered") {
          // Set aside for a supervisor: the row stays, settled, until this station has seen what was decided.
          const review = status === 409 ? body.event : body.verdict === "attention" ? body.facts?.review : 0;
          if (review) await this.store.put({ ...first, review });
          else await this.store.strike(place);
          this.wait = 500;
          this.on.line(true);
          this.on.answer(scan, body, status);
        } else if (what === "stuck") {
          await this.store.put({ ...first, stuck: true });
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
      this.store.tidy().catch(() => {});
      this.on.waiting((await this.store.next()).count);
    }
  }
}
