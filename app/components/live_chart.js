// A plotly figure that is updated in place: a tick keeps zoom, hidden curves, hover and a drag under way.
// data: { figure: JSON text, version, height, plotly: URL, swap: {light: dark}, images: null | {url, side, columns}, select }
const CHARTS = new WeakMap()

function loadPlotly(url) {
  window.__distilleryPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = url
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => { window.__distilleryPlotly = undefined; script.remove(); reject(new Error(url)) }
    document.head.appendChild(script)
  })
  return window.__distilleryPlotly
}

function theme(element) {
  const style = getComputedStyle(element)
  const background = style.getPropertyValue("--st-background-color").trim()
  const [r, g, b] = (background.match(/[0-9a-f]{2}/gi) ?? ["ff", "ff", "ff"]).map((h) => parseInt(h, 16))
  return { dark: 0.3 * r + 0.6 * g + 0.1 * b < 128, background, border: style.getPropertyValue("--st-border-color").trim(),
    font: style.getPropertyValue("--st-font").trim(), text: style.getPropertyValue("--st-text-color").trim() }
}

// The figure with every light ink replaced by its dark one. Arrays of numbers are left alone: they are long.
function recolour(value, swap) {
  if (typeof value === "string") return swap[value] ?? value
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((v) => recolour(v, swap))
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, recolour(v, swap)]))
  }
  return value
}

function dress(data, look) {
  let figure = JSON.parse(data.figure)
  if (look.dark) figure = { ...figure, data: recolour(figure.data, data.swap), layout: recolour(figure.layout, data.swap) }
  const layout = figure.layout
  layout.uirevision = "keep"
  layout.autosize = true
  layout.height = data.height
  layout.font = { ...layout.font, family: look.font }
  layout.hoverlabel = { bgcolor: look.background, bordercolor: look.border, font: { color: look.text, family: look.font } }
  return figure
}

// A person's zoom outlives new axis ranges from the server; a double click gives the axes back.
function keepZoom(chart, layout) {
  for (const axis of ["xaxis", "yaxis"]) {
    if (chart.zoomed.has(axis) && chart.div.layout?.[axis]) {
      layout[axis] = { ...layout[axis], range: [...chart.div.layout[axis].range], autorange: false }
    }
  }
}

function watchZoom(chart) {
  chart.div.on("plotly_relayout", (change) => {
    for (const axis of ["xaxis", "yaxis"]) {
      if (`${axis}.range[0]` in change) chart.zoomed.add(axis)
      if (`${axis}.autorange` in change || `${axis}.range` in change) chart.zoomed.delete(axis)
    }
  })
  chart.div.on("plotly_doubleclick", () => { chart.zoomed.clear(); chart.version = null; chart.redraw() })
}

function position(point) {
  const value = point.customdata
  return Array.isArray(value) ? value[0] : value
}

function watchPoints(chart) {
  chart.div.on("plotly_hover", ({ points, event }) => {
    const images = chart.data.images
    const index = points.length ? position(points[0]) : undefined
    if (!images || index === undefined) return
    const scale = 80 / images.side
    const [left, top] = [(index % images.columns) * 80, Math.floor(index / images.columns) * 80]
    const box = chart.root.getBoundingClientRect()
    const right = event.clientX - box.left > box.width - 120
    Object.assign(chart.thumb.style, {
      display: "block", backgroundImage: `url(${images.url})`, backgroundPosition: `-${left}px -${top}px`,
      backgroundSize: `${images.columns * images.side * scale}px auto`,
      left: `${event.clientX - box.left + (right ? -100 : 20)}px`,
      top: `${Math.max(0, event.clientY - box.top - 100)}px`,
    })
  })
  chart.div.on("plotly_unhover", () => { chart.thumb.style.display = "none" })
  chart.div.on("plotly_selected", (event) => {
    if (!chart.data.select || !event) return
    chart.setStateValue("selected", [...new Set(event.points.map(position))].sort((a, b) => a - b))
  })
  chart.div.on("plotly_deselect", () => { if (chart.data.select) chart.setStateValue("selected", []) })
}

async function update(chart) {
  const { data } = chart
  const look = theme(chart.root)
  const version = `${data.version}|${look.dark}|${look.background}|${data.height}`
  if (chart.version === version) return
  if (chart.div._dragging) { clearTimeout(chart.later); chart.later = setTimeout(() => update(chart), 150); return }
  chart.version = version
  const Plotly = await loadPlotly(data.plotly)
  const figure = dress(data, look)
  keepZoom(chart, figure.layout)
  const config = { responsive: true, displaylogo: false, displayModeBar: "hover", doubleClick: "reset", plotlyServerURL: "",
    modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "autoScale2d", ...(data.select ? [] : ["lasso2d"])] }
  await Plotly.react(chart.div, figure.data, figure.layout, config)
  if (!chart.watched) { chart.watched = true; watchZoom(chart); watchPoints(chart) }
  chart.root.dataset.points = chart.div._fullData.reduce((n, t) => n + (t.hoverinfo === "skip" ? 0 : t.x?.length ?? 0), 0)
  chart.root.classList.add("ready")
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".live-chart")
  let chart = CHARTS.get(root)
  if (!chart) {
    chart = { root, div: root.querySelector(".plot"), thumb: root.querySelector(".thumb"), zoomed: new Set(), version: null }
    chart.redraw = () => update(chart)
    CHARTS.set(root, chart)
  }
  Object.assign(chart, { data, setStateValue })
  root.style.height = `${data.height}px`
  root.setAttribute("role", "img")
  root.setAttribute("aria-label", data.label)
  update(chart).catch(() => { root.querySelector(".fault").hidden = false })
  return () => { clearTimeout(chart.later); window.Plotly?.purge(chart.div) }
}
