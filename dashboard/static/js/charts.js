// Time series with uPlot. The same figures stand in a table below; colours come from the tokens, so both themes fit.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A token resolved to a colour that a canvas understands (light-dark() is not one). */
function colour(name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

const dashes = [[], [6, 4], [2, 3]];

function draw(place) {
  const { x, series, unit } = JSON.parse(place.dataset.chart);
  place.replaceChildren();
  const font = `12px ${token("--face")}`;
  const axis = { stroke: colour("--ink-3"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const strokes = [colour("--accent"), colour("--ink-2"), colour("--line-strong")];
  const options = {
    width: place.clientWidth,
    height: 230,
    legend: { live: false },
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.1 || 1] } },
    axes: [
      { ...axis, values: (_, moments) => moments.map((moment) => new Intl.DateTimeFormat("tr-TR", { day: "2-digit", month: "2-digit", timeZone: "Europe/Istanbul" }).format(moment * 1000)) },
      { ...axis, size: 52, values: (_, values) => values.map((value) => (unit ? `${value} ${unit}` : value)) },
    ],
    // A day between two without a value has no line: its point is all there is of it.
    series: [{}, ...series.map(({ label, values }, place) => ({ label, stroke: strokes[place % 3], width: 2, dash: dashes[place % 3], points: { show: values.includes(null), size: 5 } }))],
  };
  new globalThis.uPlot(options, [x, ...series.map((one) => one.values)], place);
}

const places = [...document.querySelectorAll("[data-chart]")];
const drawAll = () => places.forEach(draw);
if (places.length && globalThis.uPlot) {
  drawAll();
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawAll(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
}
