// The live weight: the server sends what the scale says (at most five times a second); silence is shown as silence.
const panel = document.getElementById("weight");
const { device, lang } = panel.dataset;
const value = document.getElementById("weight-value");
const meter = document.getElementById("weight-meter");
const trouble = document.getElementById("weight-trouble");
const SILENCE = 3000;
let timer = null;

function state(name) {
  if (panel.dataset.state === name) return;
  panel.dataset.state = name;
  for (const lamp of panel.querySelectorAll("[data-lamp]")) lamp.hidden = lamp.dataset.lamp !== name;
}

// Decimal text, never a float: Intl takes the digits as they are.
function figure(text) {
  const decimals = (text.split(".")[1] ?? "").length;
  return new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(text);
}

function silent() {
  state("silent");
  value.textContent = "–––";
  if (meter) meter.value = 0;
}

function take(event) {
  const reading = JSON.parse(event.data);
  clearTimeout(timer);
  timer = setTimeout(silent, SILENCE);
  if (reading.kg === null || reading.kg === undefined) {
    value.textContent = "–––";
    if (reading.sentence) trouble.textContent = reading.sentence;
    state("trouble");
    return;
  }
  value.textContent = figure(reading.kg);
  if (meter) meter.value = Number(reading.kg);
  if (reading.sentence) trouble.textContent = reading.sentence;
  state(reading.state ?? (reading.stable ? "stable" : "moving"));
}

const source = new EventSource(`/api/v1/devices/${encodeURIComponent(device)}/live`);
source.onmessage = take;
source.addEventListener("weight", take);
