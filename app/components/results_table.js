// The table of results. data: { columns: [text], rows: [{ method, mark: [light, dark] | null, known, cells: [null | { key, ours, count, published, title, at?, paper? }] }] }.
// `at` and `paper`: ours and the published accuracy in percent, drawn as a bar with a tick.
// A click on a cell of ours sends "act": { key }.
const DRAWN = new WeakMap()

function method(row, dark) {
  const head = make("th")
  head.scope = "row"
  const box = make("span", "method")
  if (row.mark) {
    const mark = make("i")
    mark.style.background = row.mark[dark ? 1 : 0]
    box.append(mark)
  }
  box.append(make("span", "", row.method))
  head.append(box)
  return head
}

// How far ours has come, from 0 to 100 %, and where the paper is.
function bar(value, colour) {
  const box = make("span", "bar"), ours = make("i")
  box.setAttribute("aria-hidden", "true")
  ours.style.width = `${value.at}%`
  ours.style.background = colour
  box.append(ours)
  if (value.paper != null) box.append(Object.assign(make("b"), { style: `left: ${value.paper}%` }))
  return box
}

function cell(value, name, colour, setTriggerValue) {
  const td = make("td")
  if (!value) return td
  const box = make(value.key ? "button" : "div", "cell")
  if (value.ours) box.append(make("span", "ours", value.ours), bar(value, colour), make("span", "count", value.count))
  if (value.published) box.append(make("span", "published", value.published))
  if (value.key) {
    box.type = "button"
    box.title = value.title
    box.setAttribute("aria-label", `${name}: ${value.ours}, ${value.count}. ${value.published} Show details.`)
    box.onclick = () => setTriggerValue("act", { key: value.key })
  }
  td.append(box)
  return td
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".results")
  const dark = isDark(root)
  const now = JSON.stringify([data, dark])
  if (DRAWN.get(root) === now) return
  DRAWN.set(root, now)
  const table = make("table"), head = make("tr"), body = make("tbody")
  for (const text of ["Method", ...data.columns]) {
    const th = make("th", "", text)
    th.scope = "col"
    head.append(th)
  }
  for (const row of data.rows) {
    const line = make("tr", row.known ? "known" : "")
    line.append(method(row, dark))
    row.cells.forEach((value, place) => line.append(cell(value, `${row.method}, ${data.columns[place]}`, row.mark?.[dark ? 1 : 0], setTriggerValue)))
    body.append(line)
  }
  const thead = make("thead")
  thead.append(head)
  table.append(thead, body)
  root.replaceChildren(table)
}
