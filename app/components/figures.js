// A plotly figure that is updated in place: a tick keeps zoom, hidden curves, a lasso, hover and a drag under way. `figure` shows one
// in `parentElement`, and gives what takes it away again; live_chart.js and chart_board.js are made of it.
// data: { key, version, figure: JSON text (whole) or chain: [[base version, version, patch text], ...] (see patches.py), height,
// label, plotly: { basic, whole } URLs, images: null | {url, side, columns}, select }. SWAP {light: dark} comes before this text.
// Sends "selected", and "whole" when it lacks what the chain starts from.
const KEPT = (window.__distilleryFigures ??= new Map()) // key -> { version, figure, view }: outlives a change of page or tab
const MOST_KEPT = 64
const CHARTS = new WeakMap()
const STEPS = (window.__distillerySteps ??= {}) // run -> the step that a person chose, null = the newest

// ---- what the server sends

function patched(patch, old) {
  if (patch == null) return old
  if ("=" in patch) return patch["="]
  if ("s" in patch) {
    const [at, cut, add] = patch.s
    return typeof old === "string" ? old.slice(0, at) + add + old.slice(at + cut) : [...old.slice(0, at), ...add, ...old.slice(at + cut)]
  }
  if ("i" in patch) return old.map((value, i) => patched(patch.i[i], value))
  const kept = Object.fromEntries(Object.entries(old).filter(([name]) => !patch["-"].includes(name)))
  for (const [name, change] of Object.entries(patch.k)) kept[name] = patched(change, kept[name])
  return kept
}

// The figure as the server has it now, or null when something is missing; counts what came.
function received(chart) {
  const { data, root } = chart
  const had = KEPT.get(data.key)
  if (had?.version === data.version) return had
  const count = (name, bytes) => { root.dataset[name] = Number(root.dataset[name] ?? 0) + 1; root.dataset.bytes = bytes }
  let figure = null
  if (data.figure) {
    figure = JSON.parse(data.figure)
    count("wholes", data.figure.length)
  } else {
    const from = data.chain.findLastIndex(([base]) => base === had?.version)
    if (from < 0) return null
    const links = data.chain.slice(from)
    figure = links.reduce((value, [, , patch]) => patched(JSON.parse(patch), value), had.figure)
    count("patches", links.reduce((sum, [, , patch]) => sum + patch.length, 0))
  }
  KEPT.delete(data.key)
  KEPT.set(data.key, { version: data.version, figure, view: had?.view ?? null })
  if (KEPT.size > MOST_KEPT) KEPT.delete(KEPT.keys().next().value)
  return KEPT.get(data.key)
}

// ---- how it looks

function theme(element) {
  const style = getComputedStyle(element)
  const background = style.getPropertyValue("--st-background-color").trim()
  const [r, g, b] = (background.match(/[0-9a-f]{2}/gi) ?? ["ff", "ff", "ff"]).map((h) => parseInt(h, 16))
  return { dark: 0.3 * r + 0.6 * g + 0.1 * b < 128, background, border: style.getPropertyValue("--st-border-color").trim(),
    font: style.getPropertyValue("--st-font").trim(), text: style.getPropertyValue("--st-text-color").trim() }
}

// A copy (plotly writes into what it is given), with every light ink replaced by its dark one on a dark page.
function copied(value, swap) {
  if (typeof value === "string") return swap[value] ?? value
  if (Array.isArray(value)) return typeof value[0] === "number" ? value.slice() : value.map((v) => copied(v, swap))
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copied(v, swap)]))
  return value
}

const heightOf = (chart) => document.fullscreenElement === chart.root ? window.innerHeight - 32 : chart.data.height

function dress(chart, figure, look) {
  const { data, layout } = copied({ data: figure.data, layout: figure.layout }, look.dark ? SWAP : {})
  Object.assign(layout, { uirevision: "keep", autosize: true, height: heightOf(chart), font: { ...layout.font, family: look.font },
    hoverlabel: { bgcolor: look.background, bordercolor: look.border, font: { color: look.text, family: look.font } } })
  return { data, layout }
}

// ---- what a person did to it: taken before every update, given back after it, also to a chart that is mounted anew

const AXES = ["xaxis", "yaxis"]
// A name may say how far a curve is smoothed; its group stays.
const nameOf = (trace, i) => `${trace.legendgroup || trace.name || i}${trace.showlegend === false ? ", values" : ""}`

function taken(chart) {
  const { div } = chart
  if (!div._fullLayout) return chart.view
  const drawn = div.data ?? []
  return {
    ranges: Object.fromEntries(AXES.filter((a) => chart.zoomed.has(a)).map((a) => [a, [...div.layout[a].range]])),
    hidden: drawn.map((t, i) => [t, nameOf(t, i)]).filter(([t]) => t.visible === "legendonly").map(([, name]) => name),
    picked: Object.fromEntries(drawn.map((t, i) => [nameOf(t, i), t.selectedpoints]).filter(([, points]) => points)),
    selections: div.layout.selections, dragmode: div.layout.dragmode, camera: div._fullLayout.scene?.camera,
  }
}

function givenBack(chart, { data, layout }) {
  const view = chart.view
  if (!view) return
  for (const [axis, range] of Object.entries(view.ranges)) {
    chart.zoomed.add(axis)
    layout[axis] = { ...layout[axis], range, autorange: false }
  }
  data.forEach((trace, i) => {
    const name = nameOf(trace, i)
    if (view.hidden.includes(name)) trace.visible = "legendonly"
    if (view.picked[name]) trace.selectedpoints ??= view.picked[name]
  })
  if (view.selections?.length) layout.selections ??= view.selections
  if (view.camera && layout.scene) layout.scene.camera = view.camera
  if (view.dragmode !== undefined && chart.watched === undefined) layout.dragmode = view.dragmode
}

function watchZoom(chart) {
  chart.div.on("plotly_relayout", (change) => {
    for (const axis of AXES) {
      if (`${axis}.range[0]` in change) chart.zoomed.add(axis)
      if (`${axis}.autorange` in change || `${axis}.range` in change) chart.zoomed.delete(axis)
    }
  })
  chart.div.on("plotly_doubleclick", () => unzoom(chart))
  for (const event of ["plotly_afterplot", "plotly_relayouting"]) chart.div.on(event, () => point(chart))
}

function unzoom(chart) {
  chart.zoomed.clear()
  chart.version = null
  chart.redraw()
}

function position(point) {
  const value = point.customdata
  return Array.isArray(value) ? value[0] : value
}

function watchPoints(chart) {
  chart.root.addEventListener("pointermove", (event) => { chart.pointer = event }, true) // in 3-D plotly does not say where
  chart.div.on("plotly_hover", ({ points, event = chart.pointer }) => {
    const images = chart.data.images
    const index = points.length ? position(points[0]) : undefined
    if (!images || index === undefined || !event) return
    const scale = 80 / images.side
    const [left, top] = [(index % images.columns) * 80, Math.floor(index / images.columns) * 80]
    const box = chart.root.getBoundingClientRect()
    const right = event.clientX - box.left > box.width - 120
    Object.assign(chart.thumb.style, {
      display: "block", backgroundImage: images.url.startsWith("--") ? `var(${images.url})` : `url(${images.url})`, backgroundPosition: `-${left}px -${top}px`,
      backgroundSize: `${images.columns * images.side * scale}px auto`,
      left: `${event.clientX - box.left + (right ? -100 : 20)}px`,
      top: `${Math.max(0, event.clientY - box.top - 100)}px`,
    })
  })
  chart.div.on("plotly_unhover", () => { chart.thumb.style.display = "none" })
  chart.div.on("plotly_selected", (event) => {
    if (!chart.data.select || !event) return
    const inside = event.points.map(position).filter((i) => Number.isInteger(i))
    chart.setStateValue("selected", [...new Set(inside)].sort((a, b) => a - b))
  })
  chart.div.on("plotly_deselect", () => { if (chart.data.select) chart.setStateValue("selected", []) })
  chart.div.on("plotly_click", ({ points }) => { // 3-D has no lasso and selects nothing by itself
    if (chart.data.select && chart.div._fullLayout.scene) chart.setStateValue("selected", points.slice(0, 1).map(position))
  })
}

// ---- the cursor: where the chosen step lies on the x-axis, moved without asking the server

// layout.meta.cursor: { run, step, steps, at }; `at` are the places of `steps` on the axis, straight lines between them.
function place({ steps, at }, step) {
  const after = steps.findIndex((s) => s >= step)
  if (after < 0 || (after === 0 && steps[0] !== step)) return null
  if (steps[after] === step) return at[after]
  return at[after - 1] + ((at[after] - at[after - 1]) * (step - steps[after - 1])) / (steps[after] - steps[after - 1])
}

function point(chart) {
  const meta = chart.div.layout?.meta?.cursor, full = chart.div._fullLayout
  if (!meta || !full?.xaxis?._length) { chart.cursor.hidden = true; return }
  const step = meta.run in STEPS ? STEPS[meta.run] : meta.step
  const at = step == null ? null : place(meta, step)
  const pixels = at == null ? -1 : full.xaxis.d2p(at)
  chart.cursor.hidden = !(pixels >= 0 && pixels <= full.xaxis._length)
  chart.root.dataset.cursor = step ?? ""
  const { _offset: top, _length: high } = full.yaxis
  const room = chart.div.offsetLeft
  Object.assign(chart.cursor.style, { left: `${room + full.xaxis._offset + pixels - 1}px`, top: `${chart.div.offsetTop + top}px`, height: `${high}px` })
}

// ---- the menu

function title(chart) { return chart.data.label.split(". ")[0] }

async function save(chart, format) {
  const look = theme(chart.root)
  const { width, height } = chart.div._fullLayout
  const layout = { ...chart.div.layout, paper_bgcolor: look.background, title: { text: title(chart), x: 0.02, font: { size: 15 } },
    margin: { ...chart.div.layout.margin, t: 56 } }
  const filename = title(chart).replace(/[^\p{L}\p{N}]+/gu, "-")
  await chart.plotly.downloadImage({ data: chart.div.data, layout },
    { format, filename, width, height: Math.max(320, height), scale: format === "png" ? 2 : 1 })
}

const cell = (value) => /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? "")

// Every curve with all its points, one point a line.
function table(chart) {
  const axis = (name) => chart.div._fullLayout[name]?.title?.text ?? name
  const lines = [["curve", axis("xaxis"), axis("yaxis")]]
  chart.div._fullData.forEach((trace, i) => {
    const [xs, ys] = [trace.x ?? [], trace.y ?? []]
    if (trace.fill === "toself") return
    for (let k = 0; k < xs.length; k++) lines.push([nameOf(trace, i), xs[k], ys[k]])
  })
  return lines.map((line) => line.map(cell).join(",")).join("\n") + "\n"
}

function saveTable(chart) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([table(chart)], { type: "text/csv" }))
  link.download = `${title(chart).replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

function whole(chart) {
  if (document.fullscreenElement) document.exitFullscreen()
  else chart.root.requestFullscreen()
}

function toggle(chart, trace) {
  const mine = chart.div._fullData.filter((t) => t === trace || (trace.legendgroup && t.legendgroup === trace.legendgroup))
  chart.plotly.restyle(chart.div, { visible: trace.visible === true ? "legendonly" : true }, mine.map((t) => t.index))
}

function items(chart) {
  const full = document.fullscreenElement === chart.root
  const listed = chart.div._fullLayout?.showlegend ? chart.div._fullData.filter((t) => t.showlegend && t.name) : []
  return [
    ["Save as PNG", () => save(chart, "png")], ["Save as SVG", () => save(chart, "svg")], ["Save the data as CSV", () => saveTable(chart)],
    [full ? "Leave full screen" : "Full screen", () => whole(chart)], ["Show everything again", () => unzoom(chart)],
    ...(chart.data.select ? [["Draw around points", () => chart.plotly.relayout(chart.div, { dragmode: "lasso" })],
      ["Zoom by dragging", () => chart.plotly.relayout(chart.div, { dragmode: "zoom" })]] : []),
    null, ...listed.slice(0, 24).map((trace) => [trace.name, () => toggle(chart, trace), trace.visible === true]),
  ]
}

function openMenu(chart, open) {
  const { menu, button } = chart
  chart.root.classList.toggle("open", open)
  menu.hidden = !open
  button.setAttribute("aria-expanded", String(open))
  if (!open) return
  menu.replaceChildren(...items(chart).map((item) => {
    if (!item) return document.createElement("hr")
    const [text, act, checked] = item
    const entry = Object.assign(document.createElement("button"), { type: "button", textContent: text, tabIndex: -1 })
    entry.setAttribute("role", checked === undefined ? "menuitem" : "menuitemcheckbox")
    if (checked !== undefined) entry.setAttribute("aria-checked", String(checked))
    entry.onclick = () => { openMenu(chart, false); button.focus(); act() }
    return entry
  }))
  if (menu.lastChild.tagName === "HR") menu.lastChild.remove()
  menu.firstChild.focus()
}

function buildMenu(chart) {
  const { root, menu, button } = chart
  button.onclick = () => openMenu(chart, menu.hidden)
  menu.onkeydown = (event) => {
    const entries = [...menu.querySelectorAll("button")]
    const now = entries.indexOf(document.activeElement)
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: entries.length - 1 }[event.key]
    if (event.key === "Escape" || event.key === "Tab") { openMenu(chart, false); button.focus() }
    if (to !== undefined) entries[(to + entries.length) % entries.length].focus()
    if (to !== undefined || event.key === "Escape") { event.preventDefault(); event.stopPropagation() }
  }
  root.addEventListener("focusout", (event) => { if (!menu.hidden && !root.contains(event.relatedTarget)) openMenu(chart, false) })
  root.addEventListener("fullscreenchange", () => { chart.version = null; chart.redraw() })
}

// ----

const CONFIG = { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset", plotlyServerURL: "" }

const BASIC = new Set(["scatter", "bar", "pie"]) // the traces that plotly's small build draws

// What is in sight is drawn first; a figure further down waits until the browser has nothing else to do.
function turn(root) {
  const { top, bottom } = root.getBoundingClientRect()
  if (top < window.innerHeight && bottom > 0) return null
  return new Promise((resolve) => requestIdleCallback(resolve, { timeout: 2000 }))
}

async function update(chart) {
  const { data, root, div } = chart
  const kept = received(chart)
  if (!kept) {
    if (chart.asked !== data.version) { chart.asked = data.version; chart.setTriggerValue("whole", data.version) }
    return
  }
  const look = theme(root)
  const version = `${kept.version}|${look.dark}|${look.background}|${heightOf(chart)}`
  if (chart.version === version) return
  if (div._dragging) { clearTimeout(chart.later); chart.later = setTimeout(() => chart.redraw(), 150); return }
  chart.version = version
  const Plotly = await loadPlotly(data.plotly[kept.figure.data.every((trace) => BASIC.has(trace.type ?? "scatter")) ? "basic" : "whole"])
  if (!chart.watched) await turn(root)
  if (chart.version !== version) return // something newer came, or the figure was taken away
  chart.plotly = Plotly
  chart.view = chart.watched ? taken(chart) : kept.view
  const figure = dress(chart, kept.figure, look)
  givenBack(chart, figure)
  await Plotly.react(div, figure.data, figure.layout, CONFIG)
  if (!chart.watched) { watchZoom(chart); watchPoints(chart) }
  chart.watched = true
  point(chart)
  root.dataset.version = kept.version
  root.dataset.points = div._fullData.reduce((n, t) => n + (t.hoverinfo === "skip" ? 0 : t.x?.length ?? 0), 0)
  root.classList.add("ready")
}

function build(root) {
  const part = (name) => root.querySelector(name)
  const chart = { root, div: part(".plot"), thumb: part(".thumb"), cursor: part(".cursor"), menu: part(".menu"), button: part(".menu-button"),
    zoomed: new Set(), version: null, view: null }
  chart.redraw = () => update(chart).catch(() => { part(".fault").hidden = false })
  chart.follow = () => point(chart)
  window.addEventListener("distillery:step", chart.follow)
  buildMenu(chart)
  return chart
}

function figure({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".live-chart")
  let chart = CHARTS.get(root)
  if (!chart) CHARTS.set(root, (chart = build(root)))
  Object.assign(chart, { data, setStateValue, setTriggerValue })
  root.style.height = `${data.height}px`
  root.setAttribute("aria-label", data.label)
  chart.div.setAttribute("role", "img")
  chart.div.setAttribute("aria-label", title(chart))
  chart.button.setAttribute("aria-label", `Menu of the figure ${title(chart)}`)
  chart.button.title = "Save, full screen, curves"
  chart.redraw()
  return () => {
    chart.version = null
    clearTimeout(chart.later)
    window.removeEventListener("distillery:step", chart.follow)
    const kept = KEPT.get(chart.data.key)
    if (kept && chart.watched) kept.view = taken(chart)
    chart.plotly?.purge(chart.div)
  }
}
