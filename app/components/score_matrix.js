// A table of scores whose missing cells can be chosen. data: { round, columns: [{ key, title }], rows: [{ key, label, facts, link, cells:
// [{ key, state, value, below, title, shade: [light, dark] | null, share, open }] }] }. Sends "chosen": { round, keys }: the open cells
// that are pressed. A new round begins with none.
const TABLES = new WeakMap()

function send(table) {
  clearTimeout(table.later)
  table.later = setTimeout(() => table.setStateValue("chosen", { round: table.data.round, keys: [...table.chosen].sort() }), 120)
}

function press(table, keys) {
  const all = keys.every((key) => table.chosen.has(key))
  for (const key of keys) all ? table.chosen.delete(key) : table.chosen.add(key)
  for (const button of table.root.querySelectorAll("button.cell")) button.setAttribute("aria-pressed", String(table.chosen.has(button.dataset.key)))
  send(table)
}

function every(table, cells, name) {
  const keys = cells.filter((cell) => cell.open).map((cell) => cell.key)
  if (keys.length < 2) return null
  const button = make("button", "all", `all ${keys.length} missing`)
  button.type = "button"
  button.dataset.focus = `all ${name}`
  button.setAttribute("aria-label", `Choose all ${keys.length} missing of ${name}`)
  button.onclick = () => press(table, keys)
  return button
}

function cellOf(table, cell, name, dark) {
  const box = make(cell.open ? "button" : "div", `cell ${cell.state}`)
  box.title = cell.title
  if (cell.shade) box.style.background = cell.shade[dark ? 1 : 0]
  box.append(make("span", "value", cell.value))
  if (cell.below) box.append(make("span", "below", cell.below))
  if (cell.state === "live") {
    const bar = make("span", "bar")
    bar.style.width = `${100 * cell.share}%`
    box.append(bar)
  }
  if (cell.open) {
    Object.assign(box, { type: "button", onclick: () => press(table, [cell.key]) })
    Object.assign(box.dataset, { key: cell.key, focus: cell.key })
    box.setAttribute("aria-pressed", String(table.chosen.has(cell.key)))
    box.setAttribute("aria-label", `${name}: ${cell.title} Choose it.`)
  }
  const td = make("td")
  td.append(box)
  return td
}

function rowOf(table, row, dark) {
  const line = make("tr"), head = make("th")
  head.scope = "row"
  const name = make(row.link ? "a" : "span", "name", row.label)
  if (row.link) name.href = row.link
  head.append(name, make("span", "facts", row.facts))
  const all = every(table, row.cells, row.label)
  if (all) head.append(all)
  line.append(head, ...row.cells.map((cell, place) => cellOf(table, cell, `${row.label}, ${table.data.columns[place].title}`, dark)))
  return line
}

function draw(table, dark) {
  const { data } = table
  const drawn = make("table"), thead = make("thead"), tbody = make("tbody"), heads = make("tr")
  heads.append(Object.assign(make("th", "", "Images of"), { scope: "col" }), ...data.columns.map((column, place) => {
    const th = make("th", "", column.title)
    th.scope = "col"
    const all = every(table, data.rows.map((row) => row.cells[place]), column.title)
    if (all) th.append(all)
    return th
  }))
  thead.append(heads)
  tbody.append(...data.rows.map((row) => rowOf(table, row, dark)))
  drawn.append(thead, tbody)
  const focused = table.root.contains(document.activeElement) || table.root.getRootNode().activeElement
  const kept = (table.root.getRootNode().activeElement ?? document.activeElement)?.dataset?.focus
  table.root.replaceChildren(drawn)
  if (focused && kept) [...table.root.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === kept)?.focus()
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".score-matrix")
  let table = TABLES.get(root)
  if (!table) TABLES.set(root, (table = { root, chosen: new Set(), round: data.round }))
  Object.assign(table, { data, setStateValue })
  if (table.round !== data.round) Object.assign(table, { round: data.round, chosen: new Set() })
  const open = new Set(data.rows.flatMap((row) => row.cells.filter((cell) => cell.open).map((cell) => cell.key)))
  for (const key of table.chosen) if (!open.has(key)) table.chosen.delete(key)
  const dark = isDark(root)
  const now = JSON.stringify([data, dark])
  if (table.drawn === now) return
  table.drawn = now
  draw(table, dark)
}
