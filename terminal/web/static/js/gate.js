// The gate: a scanned seal or plate goes into the field that is being filled, whatever the keyboard layout; the verdict
// of the last step is heard as well as seen.
import { Wedge } from "./wedge.js";
import "./loud.js";

new Wedge((text) => {
  const focus = document.activeElement;
  const field = focus?.matches("input.code") ? focus : document.getElementById("g-seal") ?? document.getElementById("plate");
  const old = field.id === "g-seal" && field.value.trim() ? `${field.value.trim()} ` : "";
  field.value = old + text.replaceAll("\u001d", "");
  field.focus();
}).listen();
