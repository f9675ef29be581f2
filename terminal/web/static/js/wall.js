// The graphs of the wall, drawn by uPlot from the tables that screen readers read: one source, two ways to take it in.
const plots = [];
const number = new Intl.NumberFormat(document.documentElement.lang, {
  maximumFractionDigits: 1,
  ...(document.documentElement.dir === "rtl" ? { numberingSystem: "arabext" } : {}), // as the page writes them
});

function colours(place) {
  const style = getComputedStyle(place);
  const of = (name) => style.getPropertyValue(name).trim();
  return { ink: of("--muted"), line: of("--line"), one: of("--accent"), two: of("--graph-two"), soft: of("--accent-soft") };
}

function read(figure) {
  const labels = [];
  const columns = [];
  for (const row of figure.querySelectorAll("tbody tr")) {
    labels.push(row.querySelector("th").textContent);
    [...row.querySelectorAll("td")].forEach((cell, n) => (columns[n] ??= []).push(Number(cell.dataset.value)));
  }
  return { labels, data: [labels.map((_, n) => n), ...columns] };
}

function series(kind, n, colour, size) {
  const bars = kind === "bars";
  const path = bars ? uPlot.paths.bars({ size: [0.38, size * 2.2], align: n ? 1 : -1, radius: 0.15 })
    : kind === "steps" ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear();
  return {
    stroke: n ? colour.two : colour.one,
    fill: bars ? (n ? colour.two : colour.one) : (n ? undefined : colour.soft),
    width: bars ? 0 : size / 6,
    dash: n && !bars ? [size * 0.5, size * 0.35] : undefined,
    points: { show: false },
    paths: path,
  };
}

function draw(place) {
  const { labels, data } = read(place.closest("figure"));
  const { width, height } = place.getBoundingClientRect();
  if (data.length < 2 || width < 40 || height < 40) return;
  if (place.dataset.kind === "steps") data.forEach((column, n) => column.push(n ? column.at(-1) : column.length));
  const colour = colours(place);
  const size = parseFloat(getComputedStyle(place).fontSize);
  const font = `${size}px ${getComputedStyle(place).fontFamily}`;
  const last = labels.length - 1;
  const top = Math.max(1, ...data.slice(1).flat());
  const axis = { stroke: colour.ink, font, ticks: { show: false } };
  plots.push(new uPlot({
    width, height,
    cursor: { show: false },
    legend: { show: false },
    select: { show: false },
    padding: [size * 0.7, size * 1.4, 0, 0],
    scales: { x: { time: false, range: [place.dataset.kind === "bars" ? -0.6 : 0, place.dataset.kind === "bars" ? last + 0.6 : Math.max(data[0].at(-1), 1)] }, y: { range: [0, top * 1.12] } },
    series: [{}, ...data.slice(1).map((_, n) => series(place.dataset.kind, n, colour, size))],
    axes: [
      { ...axis, grid: { show: false }, size: size * 1.9, gap: size * 0.4, space: size * 4.4, incrs: [1, 2, 3, 4, 6, 8, 12],
        values: (_, at) => at.map((n) => labels[n] ?? "") },
      { ...axis, grid: { stroke: colour.line, width: 1 }, size: size * 2.6, gap: size * 0.4, space: size * 2.6,
        incrs: place.dataset.kind === "lines" ? undefined : [1, 2, 5, 10, 20, 50, 100, 200, 500],
        values: (_, at) => at.map((n) => number.format(n)) },
    ],
  }, data, place));
}

function redraw() {
  for (const old of plots.splice(0)) old.destroy();
  document.querySelectorAll(".plot").forEach(draw);
}

let due = 0;
const soon = () => { cancelAnimationFrame(due); due = requestAnimationFrame(redraw); };
document.addEventListener("htmx:afterSwap", redraw);

// Nobody touches a wall: what is old must say so for as long as it is.
const lost = document.getElementById("lost");
for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, () => { lost.hidden = false; });
document.addEventListener("htmx:afterSwap", () => { lost.hidden = true; });
addEventListener("resize", soon);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
document.fonts.ready.then(redraw);
