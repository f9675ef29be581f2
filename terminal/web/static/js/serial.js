// A scanner on a serial port (or USB in its serial mode) that this page reads by itself, where the browser has Web Serial.
// A code ends with CR, LF or ETX, or when nothing came for a while; GS inside a code is kept. The port is remembered by
// the browser: the next visit opens it without asking.

const ENDS = /[\r\n\u0003\u0004]/;
const QUIET_MS = 200;

export const offered = () => "serial" in navigator;

export class SerialScanner {
  // onCode(text); onState("open" | "lost" | "failed")
  constructor(onCode, onState, { baudRate = 9600 } = {}) {
    Object.assign(this, { onCode, onState, baudRate });
    this.port = null;
    this.held = "";
    this.timer = null;
    navigator.serial.addEventListener("connect", () => this.reopen());
  }

  // Ask the person which port; nothing happens when they choose none.
  async choose() {
    const port = await navigator.serial.requestPort().catch(() => null);
    if (port) await this.open(port);
  }

  // The port that was chosen on an earlier visit, if it is plugged in.
  async reopen() {
    const [port] = await navigator.serial.getPorts();
    if (port && !this.port) await this.open(port);
  }

  async open(port) {
    if (this.port) await this.close();
    try {
      await port.open({ baudRate: this.baudRate, bufferSize: 4096 });
    } catch {
      this.onState("failed");
      return;
    }
    this.port = port;
    this.onState("open");
    this.read(port);
  }

  // Read until the port is gone. A framing error ends one stream; the port gives another.
  async read(port) {
    const decoder = new TextDecoder("utf-8");
    while (port.readable && this.port === port) {
      this.reader = port.readable.getReader();
      try {
        for (let part = await this.reader.read(); !part.done; part = await this.reader.read()) this.take(decoder.decode(part.value, { stream: true }));
        break;
      } catch { /* a broken byte: go on with the next stream, if there is one */ } finally { this.reader.releaseLock(); }
    }
    this.end();
    if (this.port !== port) return;
    this.port = null;
    await port.close().catch(() => {});
    this.onState("lost");
  }

  take(text) {
    const parts = (this.held + text.replaceAll("\u0002", "")).split(ENDS);
    this.held = parts.pop();
    for (const code of parts) if (code) this.onCode(code);
    clearTimeout(this.timer);
    if (this.held) this.timer = setTimeout(() => this.end(), QUIET_MS);
  }

  // Nothing more came: a scanner that sends no end character.
  end() {
    clearTimeout(this.timer);
    const code = this.held;
    this.held = "";
    if (code) this.onCode(code);
  }

  async close() {
    const { port } = this;
    this.port = null;
    await this.reader?.cancel().catch(() => {});
    await port?.close().catch(() => {});
  }
}
