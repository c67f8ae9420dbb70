// Images in one sheet per class, a button over each. data: { run, step, what, side, scale, gap, groups: [{label, name, url, size,
// columns, tiles}] }. Sends "open": "label-number". Tells the page by "distillery:shown" when a step's images are drawn.
const GRIDS = new WeakMap()

function makeFigure() {
  const figure = document.createElement("figure")
  figure.innerHTML = '<div class="sheet-of"><img></div><figcaption></figcaption>'
  return figure
}

function buttons(grid, figure, group) {
  const { side, gap, groups } = grid.data
  const box = figure.querySelector(".sheet-of")
  const columns = Math.min(group.columns, group.size), rows = Math.ceil(group.size / columns)
  const [wide, high] = [columns, rows].map((n) => n * (side + gap) - gap)
  const shape = `${group.size} ${columns} ${side} ${group.tiles}`
  if (box.dataset.shape !== shape) {
    box.dataset.shape = shape
    for (const old of box.querySelectorAll("button")) old.remove()
    for (let i = 0; i < group.size; i++) {
      const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: -1 })
      const [left, top] = [(i % columns) * (side + gap), Math.floor(i / columns) * (side + gap)]
      Object.assign(button.style, { left: `${(100 * left) / wide}%`, top: `${(100 * top) / high}%`, width: `${(100 * side) / wide}%`, height: `${(100 * side) / high}%` })
      box.append(button)
    }
  }
  box.querySelectorAll("button").forEach((button, i) => {
    const number = Math.floor(i / group.tiles)
    const tile = group.tiles > 1 ? `, tile ${(i % group.tiles) + 1}` : ""
    button.setAttribute("aria-label", `${group.name}, image ${number + 1}${tile}, step ${grid.data.step}: look closer`)
    button.onclick = () => grid.setTriggerValue("open", `${group.label}-${number}`)
  })
  if (group === groups[0] && !grid.root.querySelector('button[tabindex="0"]')) box.querySelector("button").tabIndex = 0
}

function draw(grid) {
  const { root, data } = grid
  root.setAttribute("aria-label", `Images of every class, step ${data.step}`)
  while (root.children.length > data.groups.length) root.lastChild.remove()
  while (root.children.length < data.groups.length) root.append(makeFigure())
  const waits = data.groups.map((group, i) => {
    const figure = root.children[i], image = figure.querySelector("img")
    const columns = Math.min(group.columns, group.size)
    image.alt = `class ${group.name}, step ${data.step}${data.what && `, ${data.what}`}`
    image.style.width = `${(columns * (data.side + data.gap) - data.gap) * data.scale}px`
    figure.querySelector("figcaption").textContent = group.name
    const fresh = image.getAttribute("src") !== group.url
    if (fresh) image.src = group.url
    buttons(grid, figure, group)
    return fresh ? image.decode().catch(() => {}) : null
  })
  const { run, step } = data
  Promise.all(waits).then(() => { if (grid.data.step === step) window.dispatchEvent(new CustomEvent("distillery:shown", { detail: { run, step } })) })
}

// One stop for the tab key; arrows go from image to image.
function move(grid, event) {
  const all = [...grid.root.querySelectorAll("button")]
  const now = all.indexOf(document.activeElement)
  const columns = Number(document.activeElement.parentElement?.dataset.shape?.split(" ")[1] ?? 1)
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key]
  if (now < 0 || !by) return
  event.preventDefault()
  const next = all[Math.max(0, Math.min(all.length - 1, now + by))]
  all[now].tabIndex = -1
  next.tabIndex = 0
  next.focus()
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".image-grid")
  let grid = GRIDS.get(root)
  if (!grid) {
    GRIDS.set(root, (grid = { root }))
    root.onkeydown = (event) => move(grid, event)
  }
  Object.assign(grid, { data, setTriggerValue })
  draw(grid)
}
