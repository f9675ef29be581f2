// The gate: a scanned seal or plate goes into the field that is being filled, whatever the keyboard layout; the verdict
// of the last step is heard as well as seen. Without a connection it says what was known of a plate, and decides nothing.
import { keep } from "./keep.js";
import { LastKnown } from "./known.js";
import { Wedge } from "./wedge.js";
import "./loud.js";

new Wedge((text) => {
  const focus = document.activeElement;
  const field = focus?.matches("input.code") ? focus : document.getElementById("g-seal") ?? document.getElementById("plate");
  const old = field.id === "g-seal" && field.value.trim() ? `${field.value.trim()} ` : "";
  field.value = old + text.replaceAll("\u001d", "");
  field.focus();
}).listen();

const gate = document.getElementById("gate");
const { asked, enrolled, worker } = gate.dataset;
keep(worker, ["/tally", "/storage", "/load", "/gate"]).catch(() => {});
const known = enrolled ? await LastKnown.open("GATE_OUT") : null;
known?.follow();

// What was known of a plate, in place of the answer that the server cannot give.
function tell(plate) {
  const { sentence } = known?.here ? known.judge("", plate) : { sentence: document.getElementById("words").dataset.lost };
  const panel = document.getElementById("verdict-unasked").content.firstElementChild.cloneNode(true);
  panel.querySelector(".sentence").textContent = sentence;
  panel.querySelector(".subject").textContent = plate;
  panel.setAttribute("role", "alert");
  for (const old of document.querySelectorAll("#gate-says > .verdict")) old.remove();
  document.getElementById("gate-says").prepend(panel);
  panel.scrollIntoView({ block: "nearest" });
}

// The page came from the cache although a plate was asked for: nobody answered.
const wanted = new URLSearchParams(location.search).get("plate") ?? "";
if (wanted && !asked) tell(wanted);
document.addEventListener("submit", (event) => {
  if (navigator.onLine || !gate.contains(event.target)) return;
  event.preventDefault();
  const plate = new FormData(event.target).get("plate");
  tell(typeof plate === "string" ? plate.trim() : "");
});
gate.dataset.ready = "";
