// The lock of the queue: what waits on this device lies there under AES-GCM. The key can be used by the page but read by
// no script. On an enrolled station it is made (HKDF) from what the station's token gives; elsewhere it is made by chance.
// A key goes away only when nothing lies under it any more, so that no change of token costs a scan. Where the browser
// gives no cryptography (neither https nor this machine) nothing is locked; the page says so.
const text = new TextEncoder();

function opened(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Vault {
  // null where the browser gives no cryptography.
  static async open(name) {
    if (!globalThis.crypto?.subtle) return null;
    const request = indexedDB.open(`${name}-keys`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys", { keyPath: "id", autoIncrement: true });
    return new Vault(name, await opened(request));
  }

  constructor(name, database) { Object.assign(this, { name, database, keys: new Map(), turn: Promise.resolve() }); }

  store(mode) { return this.database.transaction("keys", mode, { durability: "strict" }).objectStore("keys"); }

  // Locking and putting away, and throwing keys away, happen one after the other in all tabs: no key goes between the two.
  guard(work) {
    if (navigator.locks) return navigator.locks.request(`${this.name}-vault`, work);
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  // The keys that are there, those of other tabs too; the number of the newest, 0 when there is none.
  async look() {
    this.keys = new Map((await opened(this.store("readonly").getAll())).map((one) => [one.id, one]));
    return Math.max(0, ...this.keys.keys());
  }

  async keep(key, mark) {
    const id = await opened(this.store("readwrite").add({ key, mark }));
    this.keys.set(id, { id, key, mark });
    return id;
  }

  chance() { return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]); }

  // What comes from now on is locked under a key of this seed.
  bind(seed) {
    return this.guard(async () => {
      const mark = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(`karvon queue mark ${seed}`))).slice(0, 8).join();
      if (this.keys.get(await this.look())?.mark === mark) return;
      const base = await crypto.subtle.importKey("raw", text.encode(seed), "HKDF", false, ["deriveKey"]);
      const how = { name: "HKDF", hash: "SHA-256", salt: crypto.getRandomValues(new Uint8Array(16)), info: text.encode("karvon queue") };
      await this.keep(await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]), mark);
    });
  }

  // The token is worthless: what comes from now on is locked under a key that has nothing to do with it. Where nothing
  // waits, nothing of a key is left. used() gives the numbers of those that are needed.
  unbind(used) {
    return this.guard(async () => {
      const last = await this.look();
      if (!(await used()).size) await opened(this.store("readwrite").clear());
      else if (this.keys.get(last)?.mark) await this.keep(await this.chance(), "");
    });
  }

  // Keys under which nothing lies any more are thrown away; used() gives the numbers of those that are needed.
  tidy(used) {
    return this.guard(async () => {
      const last = await this.look();
      if (this.keys.size < 2) return;
      const needed = await used();
      for (const id of [...this.keys.keys()]) if (id !== last && !needed.has(id)) await opened(this.store("readwrite").delete(id));
    });
  }

  // Only for whoever holds the guard until what comes back is put away.
  async lock(thing) {
    const id = (await this.look()) || await this.keep(await this.chance(), "");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode("karvon queue") }, this.keys.get(id).key, text.encode(JSON.stringify(thing)));
    return { key: id, iv, sealed };
  }

  // What lies in a row. Throws where its key is gone or the row is torn: the row then stays where it is.
  async unlock({ key, iv, sealed }) {
    if (!this.keys.has(key)) await this.look();
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: text.encode("karvon queue") }, this.keys.get(key).key, sealed);
    return JSON.parse(new TextDecoder().decode(plain));
  }
}
