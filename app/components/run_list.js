// The list of runs. data: { rows, states, said, none, page, pages, readonly }. A tick changes only what changed. What is picked lives here and
// outlives ticks, pages and filters. Sends "act": { action, ids } or "page": number once per click, and keeps "open": the groups that are unfolded.
const LISTS = new WeakMap()
const PICKED = new Map() // id -> { actions, group, size }; group "" where it was picked outside of one
const ICONS = { pause: "pause", stop: "stop", resume: "play_arrow", clone: "content_copy", delete: "delete", tag: "label", compare: "compare_arrows" }
const WORDS = { pause: "Pause", stop: "Stop", resume: "Resume", clone: "Clone", delete: "Delete", tag: "Tag", compare: "Compare" }
const SVG = "http://www.w3.org/2000/svg"
const ROW = `
  <a class="open"></a>
  <label class="pick"><input type="checkbox"></label>
  <div class="picture"><img alt="" hidden></div>
  <div class="name"><span class="title"><button class="fold"></button><b></b><button class="pin"></button></span>
    <span class="below"><span class="age"></span><span class="tags"></span><button class="note"></button></span></div>
  <div class="what"><span class="dataset"></span> <span class="ipc"></span></div>
  <div class="recipe"><i></i><span></span></div>
  <div class="state"><span class="icon" aria-hidden="true"></span><span class="word"></span></div>
  <div class="progress"><div class="bar" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100"><i class="some"></i><i class="all"></i></div><span class="left"></span></div>
  <div class="score"><svg class="spark" viewBox="0 -4 100 108" preserveAspectRatio="none" aria-hidden="true"></svg><span class="accuracy"></span></div>
  <div class="actions"></div>`

function put(element, text) {
  if (element.textContent !== text) element.textContent = text
}

function label(element, text) {
  if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text)
}

function hint(element, text) {
  if (element.title !== text) element.title = text
}

function send(list, action, ids) {
  list.setTriggerValue("act", { action, ids })
}

// To another page of the app without loading it anew, as one step of the browser's history. (A switch on the server's side makes
// two: first the new query on the old page.)
function go(address) {
  history.pushState({}, "", address)
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }))
}

function compare() {
  const groups = new Map()
  for (const { group } of PICKED.values()) groups.set(group, (groups.get(group) ?? 0) + 1)
  const whole = [...PICKED.values()].every(({ group, size }) => group && groups.get(group) === size)
  go(whole ? `compare?groups=${[...groups.keys()].join()}` : `compare?ids=${[...PICKED.keys()].join()}`)
}

// -- what is picked -----------------------------------------------------------------------------------------------------

function allPicked(ids) {
  return ids.every(([id]) => PICKED.has(id))
}

function pick(row, on) {
  for (const [id, actions] of row.ids) {
    if (on) PICKED.set(id, { actions, group: row.group, size: row.size })
    else PICKED.delete(id)
  }
}

function picked(list, event, row) {
  const on = event.target.checked
  const places = list.data.rows.map((one) => one.key)
  const [from, to] = [places.indexOf(list.anchor), places.indexOf(row.key)].sort((a, b) => a - b)
  const rows = event.shiftKey && from >= 0 ? list.data.rows.slice(from, to + 1) : [row]
  for (const one of rows) pick(one, on)
  list.anchor = row.key
  paintPicks(list)
}

function paintPicks(list) {
  for (const row of list.data.rows) {
    const box = list.rows.get(row.key).querySelector(".pick input")
    box.checked = allPicked(row.ids)
    box.indeterminate = !box.checked && row.ids.some(([id]) => PICKED.has(id))
    list.rows.get(row.key).classList.toggle("picked", box.checked)
  }
  const head = list.root.querySelector(".head")
  const all = head.querySelector("input")
  const here = list.data.rows.flatMap((row) => row.ids)
  all.checked = here.length > 0 && allPicked(here)
  all.indeterminate = !all.checked && here.some(([id]) => PICKED.has(id))
  all.disabled = here.length === 0
  const elsewhere = PICKED.size - new Set(here.filter(([id]) => PICKED.has(id)).map(([id]) => id)).size
  put(head.querySelector(".count"), PICKED.size ? `${PICKED.size} selected${elsewhere ? `, ${elsewhere} not on this page` : ""}` : list.data.said)
  head.classList.toggle("busy", PICKED.size > 0)
  fillBulk(list, head.querySelector(".bulk"))
}

function able(action) {
  return [...PICKED].filter(([, run]) => run.actions.includes(action)).map(([id]) => id)
}

function bulkButtons(list) {
  const all = [...PICKED.keys()]
  const some = (action) => [action, able(action)]
  const offers = [["compare", all.length > 1 ? all : []]]
  if (!list.data.readonly) offers.push(some("stop"), some("resume"), ["tag", all], some("delete"))
  return offers.filter(([, ids]) => ids.length)
}

function fillBulk(list, box) {
  const offers = bulkButtons(list)
  const now = JSON.stringify([offers, PICKED.size])
  if (box.dataset.now === now) return
  box.dataset.now = now
  const buttons = offers.map(([action, ids]) => {
    const part = ids.length < PICKED.size ? ` ${ids.length}` : ""
    const button = textButton(ICONS[action], WORDS[action] + part, () => {
      if (action === "compare") return compare()
      send(list, action, ids)
      if (action === "delete") clear(list, ids)
    })
    if (action === "compare") button.title = "Compare (c)"
    return button
  })
  if (PICKED.size) buttons.push(textButton("close", "Clear", () => clear(list, [...PICKED.keys()])))
  box.replaceChildren(...buttons)
}

function textButton(icon, text, onclick) {
  const button = document.createElement("button")
  const sign = document.createElement("span")
  sign.className = "icon"
  sign.setAttribute("aria-hidden", "true")
  sign.textContent = icon
  button.append(sign, text)
  button.onclick = onclick
  return button
}

function clear(list, ids) {
  for (const id of ids) PICKED.delete(id)
  paintPicks(list)
}

function pressed(list, event) {
  const from = event.composedPath()[0]
  const typing = from.isContentEditable || /^(TEXTAREA|SELECT)$/.test(from.tagName ?? "") || (from.tagName === "INPUT" && from.type !== "checkbox")
  const inDialog = event.composedPath().some((e) => e.tagName === "DIALOG" || e.getAttribute?.("role") === "dialog")
  if (event.key !== "c" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing || inDialog || PICKED.size < 2) return
  event.preventDefault()
  compare()
}

// -- one row ------------------------------------------------------------------------------------------------------------

function makeRow(list, key) {
  const element = document.createElement("div")
  element.className = "row"
  element.setAttribute("role", "listitem")
  element.innerHTML = ROW
  const row = () => list.data.rows.find((one) => one.key === key)
  const open = element.querySelector(".open")
  open.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    go(open.href)
  }
  const box = element.querySelector(".pick input")
  box.onclick = (event) => picked(list, event, row())
  open.onkeydown = (event) => {
    if (event.key !== " ") return
    event.preventDefault()
    box.click()
  }
  element.querySelector(".fold").onclick = () => fold(list, row().group)
  element.querySelector(".pin").onclick = () => send(list, row().pinned ? "unpin" : "pin", [key])
  element.querySelector(".note").onclick = () => send(list, "edit", [key])
  return element
}

function fold(list, group) {
  if (list.open.has(group)) list.open.delete(group)
  else list.open.add(group)
  list.setStateValue("open", [...list.open])
}

function fill(list, element, row) {
  const part = (selector) => element.querySelector(selector)
  const group = row.kind === "group"
  element.dataset.id = row.key
  element.dataset.kind = row.kind
  element.dataset.state = row.state
  put(part(".name b"), row.name)
  hint(part(".name b"), row.name)
  for (const name of ["age", "dataset", "ipc", "left", "accuracy"]) put(part(`.${name}`), row[name])
  part(".open").hidden = group
  if (!group) part(".open").href = `run?id=${row.key}`
  label(part(".open"), `Open ${row.name}`)
  label(part(".pick input"), `Select ${row.name}`)
  put(part(".recipe span"), row.recipe)
  part(".recipe i").style.background = row.mark[list.dark ? 1 : 0]
  fillFold(part(".fold"), row)
  fillNotes(list, element, row)
  fillState(list, element, row)
  fillSpark(list, part(".spark"), row)
  fillPicture(element, row)
  fillActions(list, part(".actions"), row)
}

// Pictures come by a way of their own (run_pictures.js), so that a tick does not bring them again.
function fillPicture(element, row) {
  const picture = globalThis.distilleryPictures?.get(row.key)
  const image = element.querySelector(".picture img")
  if (picture && image.getAttribute("src") !== picture) image.src = picture
  image.hidden = !picture
}

function fillFold(button, row) {
  button.hidden = row.kind !== "group"
  if (button.hidden) return
  button.setAttribute("aria-expanded", String(row.open))
  put(button, row.open ? "expand_more" : "chevron_right")
  label(button, `Runs of ${row.name}`)
}

function fillNotes(list, element, row) {
  const [pin, note, tags] = [".pin", ".note", ".tags"].map((selector) => element.querySelector(selector))
  const single = row.kind !== "group"
  pin.hidden = list.data.readonly ? !row.pinned : !single
  pin.disabled = note.disabled = list.data.readonly
  put(pin, "keep")
  pin.setAttribute("aria-pressed", String(row.pinned))
  label(pin, `Pin ${row.name}`)
  hint(pin, row.pinned ? "Pinned to the top" : "Pin to the top")
  note.hidden = !single || (list.data.readonly && !row.note)
  put(note, row.note ? "sticky_note_2" : "edit_note")
  note.classList.toggle("has", row.note !== "")
  label(note, row.note ? `Note of ${row.name}: ${row.note}` : `Tags and note of ${row.name}`)
  hint(note, row.note || "Add tags or a note")
  if (tags.dataset.now === row.tags.join()) return
  tags.dataset.now = row.tags.join()
  tags.replaceChildren(...row.tags.map((text) => {
    const chip = document.createElement("span")
    chip.textContent = text
    return chip
  }))
}

function fillState(list, element, row) {
  const part = (selector) => element.querySelector(selector)
  const state = list.data.states[row.state]
  const ink = state ? (list.dark ? state.dark : state.light) : ""
  put(part(".state .icon"), state ? state.icon : "")
  part(".state .icon").hidden = !state
  put(part(".state .word"), row.word)
  part(".state").style.color = ink
  const [low, high] = row.progress.map((share) => Math.round(100 * share))
  part(".bar").setAttribute("aria-valuenow", low)
  part(".bar").setAttribute("aria-valuetext", row.left)
  part(".bar .all").style.cssText = `width:${low}%;background:${ink || "currentColor"}`
  part(".bar .some").style.cssText = `width:${high}%;background:${ink || "currentColor"}`
}

function fillSpark(list, svg, row) {
  const now = JSON.stringify([row.spark, list.dark])
  if (svg.dataset.now === now) return
  svg.dataset.now = now
  svg.replaceChildren()
  for (const name of ["role", "aria-label", "aria-hidden"]) svg.removeAttribute(name)
  if (!row.spark) return svg.setAttribute("aria-hidden", "true")
  svg.setAttribute("role", "img")
  label(svg, row.spark.label)
  const title = document.createElementNS(SVG, "title")
  title.textContent = row.spark.label
  svg.append(title)
  for (const line of row.spark.lines) {
    const shape = document.createElementNS(SVG, "polyline")
    const values = line.length > 1 ? line : [line[0], line[0]]
    shape.setAttribute("points", values.map((y, i) => `${(100 * i) / (values.length - 1)},${y}`).join(" "))
    shape.setAttribute("stroke", row.mark[list.dark ? 1 : 0])
    if (row.spark.loss) shape.setAttribute("stroke-dasharray", "2 3")
    svg.append(shape)
  }
}

function fillActions(list, box, row) {
  const now = row.actions.join() + row.name
  if (box.dataset.now === now) return
  box.dataset.now = now
  box.replaceChildren(...row.actions.map((action) => {
    const button = document.createElement("button")
    button.textContent = ICONS[action]
    button.title = WORDS[action]
    button.setAttribute("aria-label", `${WORDS[action]} ${row.name}`)
    button.onclick = () => {
      if (action === "clone") return go(`launch?from=${row.key}`)
      button.disabled = true
      send(list, action, [row.key])
    }
    return button
  }))
}

// -- the whole ----------------------------------------------------------------------------------------------------------

function build(root) {
  const list = { root, rows: new Map(), open: new Set(), anchor: null }
  root.querySelector(".head input").onclick = (event) => {
    for (const row of list.data.rows) pick(row, event.target.checked)
    paintPicks(list)
  }
  label(root.querySelector(".head input"), "Select all on this page")
  for (const button of root.querySelectorAll(".pager button")) {
    button.onclick = () => {
      const { page, pages } = list.data
      list.setTriggerValue("page", { first: 1, prev: page - 1, next: page + 1, last: pages }[button.dataset.go])
      root.scrollIntoView({ block: "start" })
    }
  }
  list.pressed = (event) => pressed(list, event)
  list.pictured = () => { for (const row of list.data.rows) fillPicture(list.rows.get(row.key), row) }
  return list
}

function fillPager(list, pager) {
  const { page, pages } = list.data
  pager.hidden = pages < 2
  put(pager.querySelector("span"), `Page ${page} of ${pages}`)
  for (const button of pager.querySelectorAll("button")) button.disabled = /first|prev/.test(button.dataset.go) ? page < 2 : page >= pages
}

function quiet(list) {
  window.removeEventListener("keydown", list.pressed)
  window.removeEventListener("distillery-pictures", list.pictured)
}

export default function ({ data: [data], parentElement, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".list")
  const list = LISTS.get(root) ?? build(root)
  LISTS.set(root, list)
  Object.assign(list, { data, setTriggerValue, setStateValue, dark: isDark(root) })
  list.open = new Set(data.rows.filter((row) => row.open).map((row) => row.group))
  const box = root.querySelector(".runs")
  const wanted = new Set(data.rows.map((row) => row.key))
  for (const [key, element] of list.rows) if (!wanted.has(key)) { element.remove(); list.rows.delete(key) }
  data.rows.forEach((row, place) => {
    if (!list.rows.has(row.key)) list.rows.set(row.key, makeRow(list, row.key))
    const element = list.rows.get(row.key)
    fill(list, element, row)
    pick({ ...row, ids: row.ids.filter(([id]) => PICKED.has(id)) }, true)
    if (box.children[place] !== element) box.insertBefore(element, box.children[place] ?? null)
  })
  const none = root.querySelector(".none")
  none.hidden = data.rows.length > 0
  put(none, data.none)
  fillPager(list, root.querySelector(".pager"))
  paintPicks(list)
  quiet(list)
  window.addEventListener("keydown", list.pressed) // after the document's own keys, of which "g c" ends in a c as well
  window.addEventListener("distillery-pictures", list.pictured)
  return () => quiet(list)
}
