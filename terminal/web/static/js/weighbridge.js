// The live weight: the server sends what the scale says (at most five times a second); silence is shown as silence.
import "./loud.js";

const panel = document.getElementById("weight");
const { point, lang } = panel.dataset;
const phases = JSON.parse(panel.dataset.phases);
const value = document.getElementById("weight-value");
const meter = document.getElementById("weight-meter");
const trouble = document.getElementById("weight-trouble");
const SILENCE = 3000;
const line = document.querySelector("#weight-trace polyline");
const SPAN = 30_000;
let trace = [];
let timer = null;

function state(name) {
  if (panel.dataset.state === name) return;
  panel.dataset.state = name;
  for (const lamp of panel.querySelectorAll("[data-lamp]")) lamp.hidden = lamp.dataset.lamp !== name;
}

// Browsers that do not know a language would write its figures the English way, where a comma parts thousands: 17,980
// is seventeen kilograms to an Uzbek reader. Russian figures are written like Uzbek ones.
const locale = Intl.NumberFormat.supportedLocalesOf([lang])[0] ?? "ru";

// Decimal text, never a float: Intl takes the digits as they are.
function figure(text) {
  const decimals = (text.split(".")[1] ?? "").length;
  return new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(text);
}

// What the scale showed in the last half minute: who sees it swing does not press too early. Drawn from 0 to the
// largest weight of that time, so that an empty scale lies at the bottom.
function draw(kg) {
  if (!line) return;
  const now = performance.now();
  trace.push([now, Math.max(0, kg)]);
  trace = trace.filter(([at]) => now - at <= SPAN);
  const top = Math.max(1, ...trace.map(([, weight]) => weight));
  line.setAttribute("points", trace.map(([at, weight]) => {
    const x = 300 * (1 - (now - at) / SPAN);
    return `${x.toFixed(1)},${(46 - 44 * weight / top).toFixed(1)}`;
  }).join(" "));
}

function silent() {
  trace = [];
  line?.setAttribute("points", "");
  state("silent");
  value.textContent = "–––";
  if (meter) meter.value = 0;
}

function take(event) {
  const reading = JSON.parse(event.data);
  clearTimeout(timer);
  timer = setTimeout(silent, SILENCE);
  if (reading.phase === "no_data") { silent(); return; }
  value.textContent = reading.kg === null ? "–––" : figure(reading.kg);
  if (meter) meter.value = Math.max(0, Number(reading.kg ?? 0));
  draw(Number(reading.kg ?? 0));
  if (reading.stable) state("stable");
  else if (reading.phase === "moving" || reading.phase === "doubtful") state("moving");
  else if (reading.phase === "empty") state("empty");
  else {
    trouble.textContent = phases[reading.phase] ?? phases.other;
    state("trouble");
  }
}

const source = new EventSource(`/api/v1/live?point=${encodeURIComponent(point)}`);
source.addEventListener("live", take);
