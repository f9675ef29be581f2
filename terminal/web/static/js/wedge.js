// Scanners that type: turn fast key presses into codes, wherever the focus is, whatever the keyboard layout.
//
// A scanner presses the keys of a US keyboard. On a machine set to Russian or Dari the letters come out wrong, so
// the physical key (event.code) is read, not the letter. GS (ASCII 29) arrives as Ctrl+], as F8, or as a character
// that the scanner was set to send instead. A person typing is told from a scanner by the time between two keys;
// keys taken from a person by mistake are put back. What counts is when a key was pressed, not when a busy machine got
// round to it: keys that were given up too early are taken up again.

const PLAIN = {
  Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", IntlBackslash: "\\|",
  Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
  NumpadDivide: "//", NumpadMultiply: "**", NumpadSubtract: "--", NumpadAdd: "++", NumpadDecimal: "..",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";
export const GS = "\u001d";

// The character that a US scanner meant with this key press, "" for none.
export function characterOf(event) {
  const { code, key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey && (code === "BracketRight" || key === "]")) return GS;
  if (code === "F8" || key === GS) return GS;
  if (ctrlKey || metaKey || altKey) return "";
  const letter = /^Key([A-Z])$/.exec(code ?? "");
  if (letter) return shiftKey ? letter[1] : letter[1].toLowerCase();
  const digit = /^Digit([0-9])$/.exec(code ?? "");
  if (digit) return shiftKey ? SHIFTED_DIGITS[Number(digit[1])] : digit[1];
  const pad = /^Numpad([0-9])$/.exec(code ?? "");
  if (pad) return pad[1];
  if (code in PLAIN) return PLAIN[code][shiftKey ? 1 : 0];
  return typeof key === "string" && [...key].length === 1 ? key : "";
}

export class Wedge {
  // onScan(text). gap: longest time in ms between two keys of one scan. shortest: fewest characters of a code.
  // patience: how long (ms) the end key of a scanner that sends one is waited for; half a code must never count as one.
  constructor(onScan, { gap = 50, pause = 120, patience = 5000, shortest = 4, substitute = "" } = {}) {
    Object.assign(this, { onScan, gap, pause, patience, shortest, substitute });
    this.given = null;   // keys that were put back because nothing came for a while
    this.ends = false;   // this scanner sends an end key: wait for it
    this.keys = [];
    this.alt = "";
    this.timer = null;
  }

  listen(target = window) {
    target.addEventListener("keydown", (event) => this.press(event), true);
    target.addEventListener("keyup", (event) => this.release(event), true);
    return this;
  }

  press(event) {
    if (event.isComposing || event.repeat) return;
    if (event.key === "Shift" || event.key === "CapsLock" || event.key === "Control" || event.key === "AltGraph") return;
    if (event.key === "Alt") { this.alt = ""; return; }
    if (event.altKey && /^Numpad[0-9]$/.test(event.code)) {
      this.alt += event.code.slice(-1);
      event.preventDefault();
      return;
    }
    const ends = event.key === "Enter" || event.key === "Tab" || event.code === "NumpadEnter";
    if (ends) { this.end(event); return; }
    const character = characterOf(event);
    if (character) this.take(character, event);
    else this.flush();
  }

  // Scanners set to "Alt + number pad" send every character as its code, whatever the layout.
  release(event) {
    if (event.key !== "Alt" || !this.alt) return;
    const character = String.fromCharCode(Number(this.alt));
    this.alt = "";
    this.take(character, event);
    event.preventDefault();
  }

  // A machine that was busy delivers late what was pressed in time: go on with the keys that were put back.
  again(event) {
    const { given } = this;
    this.given = null;
    if (this.keys.length || !given || event.timeStamp - given.at(-1).at > this.gap) return;
    this.keys = given;
    if (this.field?.isConnected) this.restore();
  }

  take(character, event) {
    this.again(event);
    const last = this.keys.at(-1);
    if (last && event.timeStamp - last.at > this.gap) this.flush();
    if (!this.keys.length) this.remember();
    this.keys.push({ character, typed: event.key, at: event.timeStamp });
    if (this.keys.length === 2) this.restore();       // a burst has begun: take back the key that got through
    if (this.keys.length >= 2 || character === GS) event.preventDefault();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), this.pause);
  }

  end(event) {
    this.again(event);
    const last = this.keys.at(-1);
    const scan = last && this.keys.length >= this.shortest && event.timeStamp - last.at <= this.pause;
    if (!scan) { this.flush(); return; }
    event.preventDefault();
    event.stopPropagation();
    this.ends = true;
    this.emit();
  }

  // Nothing more came. A long burst without an end key is a scanner that sends none; a short one was a person.
  rest(waited = false) {
    if (this.keys.length < Math.max(8, this.shortest)) {
      const { keys } = this;
      this.flush();
      this.given = keys;
    } else if (this.ends && !waited) {
      this.timer = setTimeout(() => this.rest(true), this.patience);
    } else {
      this.emit();
    }
  }

  emit() {
    let text = this.keys.map((key) => key.character).join("");
    if (this.substitute) text = text.replaceAll(this.substitute, GS);
    this.keys = [];
    clearTimeout(this.timer);
    this.onScan(text);
  }

  // Give a person back what was held: the first key reached the field by itself until the burst began.
  flush() {
    const held = this.keys;
    this.keys = [];
    clearTimeout(this.timer);
    if (held.length < 2 || !this.field?.isConnected) return;
    const text = held.map((key) => ([...key.typed].length === 1 ? key.typed : "")).join("");
    this.field.setRangeText(text, this.start ?? this.field.value.length, this.end_ ?? this.field.value.length, "end");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  remember() {
    const field = document.activeElement;
    const text = field?.matches?.("textarea, input:not([type]), input[type=text], input[type=search], input[type=password], input[type=tel], input[type=url]");
    this.field = text ? field : null;
    this.value = text ? field.value : "";
    this.start = text ? field.selectionStart : null;
    this.end_ = text ? field.selectionEnd : null;
  }

  restore() {
    if (!this.field) return;
    this.field.value = this.value;
    this.field.setSelectionRange(this.start, this.end_);
  }
}
