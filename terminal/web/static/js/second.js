// Second thoughts of a station about its own scans: undoing a wrong one, and what a supervisor decided on those set aside.
import { when } from "./when.js";

const $ = (id) => document.getElementById(id);
const EVERY_MS = 60000;

export class Undo {
  // add(scan) puts an undo into the queue behind the scan it belongs to. `last` is the scan that Ctrl+Z is about.
  constructor(add) {
    Object.assign(this, { add, last: null, asked: null });
    const dialog = $("undo");
    $("undo-note").addEventListener("input", (event) => { $("undo-other").disabled = !event.target.value.trim(); });
    dialog.addEventListener("close", () => this.done(dialog.returnValue));
    dialog.addEventListener("cancel", () => { dialog.returnValue = ""; });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyZ" || event.shiftKey || !this.last) return;
      if (event.target.matches?.("input, textarea") && event.target.value) return; // what was typed is undone first
      event.preventDefault();
      this.open(this.last.which, this.last.scan);
    });
  }

  button(which, scan) {
    const made = $("t-undo").content.firstElementChild.cloneNode(true);
    made.setAttribute("aria-label", `${made.textContent.trim()} ${scan.code}`);
    made.addEventListener("click", () => this.open(which, scan));
    return made;
  }

  open(which, scan) {
    this.asked = { which, scan };
    $("undo-code").textContent = scan.code.replaceAll("\u001d", "␝");
    $("undo-note").value = "";
    $("undo-other").disabled = true;
    $("undo").returnValue = "";
    $("undo").showModal();
  }

  close() { if ($("undo").open) $("undo").close(""); }

  done(reason) {
    const { asked } = this;
    this.asked = null;
    if (!asked || !reason) return;
    const note = reason === "OTHER" ? $("undo-note").value.trim() : "";
    this.add({ code: asked.scan.code.replaceAll("\u001d", "␝"), undo: { ...asked.which, line: asked.scan.nonce, reason, note } });
  }

  // Where a thing of the queue goes, and as what.
  sent({ nonce, point, scanned_at, undo }) {
    if (!undo) return {};
    const { line, ...which } = undo;
    return { to: "/api/v1/scans/undo", body: { nonce, point, undone_at: scanned_at, ...which } };
  }
}

export class Asides {
  // Scans of this station that lie with the supervisor stay on the device until somebody here has seen the decision.
  constructor(store) {
    Object.assign(this, { store, asking: false });
    setInterval(() => this.ask(), EVERY_MS);
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      const rows = await this.store.asides();
      this.show(rows);
      const open = rows.filter((row) => !row.scan.outcome).slice(0, 100);
      if (!open.length) return;
      const answer = await fetch(`/api/v1/scans/reviews?${open.map((row) => `review=${row.review}`).join("&")}`, { signal: AbortSignal.timeout(20000) });
      if (!answer.ok) return;
      for (const told of await answer.json()) {
        const row = open.find((one) => one.review === told.review);
        if (!told.open && row) await this.store.put({ ...row, scan: { ...row.scan, outcome: told } });
      }
      this.show(await this.store.asides());
    } catch { /* no connection: asked again later */ } finally {
      this.asking = false;
    }
  }

  show(rows) {
    $("asides").hidden = rows.length === 0;
    $("aside-list").replaceChildren(...rows.map((row) => {
      const { code, scanned_at, outcome } = row.scan;
      const line = document.createElement("li");
      const mark = ($(`mark-${outcome?.resolution}`) ?? $("mark-open")).content.firstElementChild.cloneNode(true);
      const label = Object.assign(document.createElement("span"), { className: "code", dir: "ltr", textContent: code.replaceAll("\u001d", "␝") });
      line.append(mark, label, Object.assign(document.createElement("span"), { className: "muted small", textContent: when(scanned_at) }));
      if (outcome?.note) line.append(Object.assign(document.createElement("span"), { className: "said", dir: "auto", textContent: outcome.note }));
      if (outcome) {
        const seen = $("t-seen").content.firstElementChild.cloneNode(true);
        seen.setAttribute("aria-label", `${seen.textContent.trim()} ${code}`);
        seen.addEventListener("click", async () => { await this.store.strike(row.place); this.show(await this.store.asides()); });
        line.append(seen);
      }
      return line;
    }));
  }
}
