"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const palette = ["#3b7dd8", "#e08a2e", "#3fa45b", "#c94f7c", "#8a63d2", "#2aa5a5", "#b7a025", "#d05a3f", "#6b7f94", "#7bbf4d"];
  const usd = (value) => { // an axis of cents has steps of half a cent
    const digits = Math.abs(value) < 1 ? 4 : 2;
    return "$" + Number(value).toLocaleString("en", { maximumFractionDigits: digits });
  };
  const percent = (value) => value + " %";
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let charts = [];

  function axis(format, more) {
    const grid = { color: ink("--line") };
    return { grid, ticks: { color: ink("--soft"), ...(format && { callback: format }) }, ...more };
  }

  function nothing(id) {
    const box = document.getElementById(id).parentElement;
    const said = document.createElement("p");
    said.textContent = "Nothing.";
    box.replaceChildren(said);
    box.style.height = "auto";
  }

  function options(format, scales, more) {
    const label = (item) => ` ${item.dataset.label || item.label}: ${format(item.raw)}`;
    return {
      animation: false, maintainAspectRatio: false, responsive: true, scales,
      plugins: { legend: { display: false, labels: { color: ink("--ink"), boxWidth: 12 } }, tooltip: { callbacks: { label } }, ...more },
    };
  }

  function bars(id, format, limit) {
    const { labels, data: values } = data[id];
    if (!labels.length) return nothing(id);
    const x = axis(format, { beginAtZero: true, ...(limit && { suggestedMax: limit * 1.1 }) });
    const colours = values.map((value) => (limit && value >= limit ? palette[7] : palette[0]));
    const line = {
      id: "limit",
      afterDatasetsDraw({ ctx, chartArea, scales }) {
        if (!limit) return;
        const at = scales.x.getPixelForValue(limit);
        ctx.save();
        ctx.strokeStyle = ink("--ink");
        ctx.setLineDash([5, 4]);
        ctx.beginPath();
        ctx.moveTo(at, chartArea.top);
        ctx.lineTo(at, chartArea.bottom);
        ctx.stroke();
        ctx.restore();
      },
    };
    charts.push(new Chart(document.getElementById(id), {
      type: "bar",
      data: { labels, datasets: [{ data: values, backgroundColor: colours, maxBarThickness: 22 }] },
      options: { ...options(format, { x, y: axis(null, { grid: { display: false } }) }), indexAxis: "y" },
      plugins: [line],
    }));
  }

  function daily() {
    const { labels, series, budget } = data.daily;
    if (!series.length) return nothing("daily");
    const datasets = series.map(({ label, data: values }, i) => (
      { label, data: values, backgroundColor: palette[i % palette.length], stack: "spend", order: 2, maxBarThickness: 60 }));
    if (budget > 0) {
      datasets.push({ type: "line", label: "project budgets, a day", data: labels.map(() => budget), order: 1,
        borderColor: ink("--ink"), borderDash: [5, 4], borderWidth: 1.5, pointRadius: 0 });
    }
    const scales = { x: axis(null, { stacked: true, grid: { display: false } }), y: axis(usd, { stacked: true, beginAtZero: true }) };
    const drawn = options(usd, scales);
    drawn.plugins.legend.display = true;
    charts.push(new Chart(document.getElementById("daily"), { type: "bar", data: { labels, datasets }, options: drawn }));
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    daily();
    bars("owners", usd);
    bars("running", usd);
    bars("budgets", percent, 100);
    bars("avoided", usd);
    document.documentElement.dataset.drawn = charts.length;
  }

  function sort(button) {
    const head = button.parentElement;
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") === "descending";
    const value = (row) => {
      const cell = row.cells[column];
      return "v" in cell.dataset ? Number(cell.dataset.v) : cell.textContent;
    };
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    const rows = [...body.rows].sort((a, b) => compare(value(a), value(b)) * (up ? 1 : -1));
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("th button");
    if (button) sort(button);
  });
  dark.addEventListener("change", draw);
  draw();
})();
