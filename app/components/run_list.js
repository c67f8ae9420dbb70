// The list of runs. data: { rows, states }. A tick changes only the texts that changed. Sends "act": { id, action }.
const LISTS = new WeakMap()
const ICONS = { pause: "pause", stop: "stop", resume: "play_arrow", clone: "content_copy", delete: "delete" }
const WORDS = { pause: "Pause", stop: "Stop", resume: "Resume", clone: "Clone", delete: "Delete" }
const ROW = `
  <a class="open"></a>
  <div class="picture"><img alt="" hidden></div>
  <div class="name"><b></b><span class="age"></span></div>
  <div class="what"><span class="dataset"></span> <span class="ipc"></span></div>
  <div class="recipe"><i></i><span></span></div>
  <div class="state"><span class="icon"></span><span class="word"></span></div>
  <div class="progress"><div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100"><i></i></div><span class="left"></span></div>
  <div class="accuracy"></div>
  <div class="actions"></div>`

function put(element, text) {
  if (element.textContent !== text) element.textContent = text
}

function isDark(element) {
  const hex = getComputedStyle(element).getPropertyValue("--st-background-color").match(/[0-9a-f]{2}/gi) ?? ["ff"]
  return parseInt(hex[0], 16) < 128
}

function makeRow(list, id) {
  const element = document.createElement("div")
  element.className = "row"
  element.setAttribute("role", "listitem")
  element.dataset.id = id
  element.innerHTML = ROW
  const open = element.querySelector(".open")
  open.href = `run?id=${id}`
  open.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    list.setTriggerValue("act", { id, action: "open" })
  }
  return element
}

function fill(list, element, row, states) {
  const part = (selector) => element.querySelector(selector)
  const state = states[row.state]
  put(part(".name b"), row.name)
  part(".open").setAttribute("aria-label", `Open ${row.name}`)
  for (const name of ["age", "dataset", "ipc", "left", "accuracy"]) put(part(`.${name}`), row[name])
  put(part(".recipe span"), row.recipe)
  part(".recipe i").style.background = row.mark[list.dark ? 1 : 0]
  put(part(".state .icon"), state.icon)
  put(part(".state .word"), state.word)
  part(".state").style.color = list.dark ? state.dark : state.light
  element.dataset.state = row.state
  const bar = part(".bar")
  bar.setAttribute("aria-valuenow", Math.round(100 * row.progress))
  bar.firstChild.style.cssText = `width:${100 * row.progress}%;background:${list.dark ? state.dark : state.light}`
  const image = part(".picture img")
  if (row.picture && image.getAttribute("src") !== row.picture) image.src = row.picture
  image.hidden = !row.picture
  fillActions(list, part(".actions"), row)
}

function fillActions(list, box, row) {
  if (box.dataset.actions === row.actions.join()) return
  box.dataset.actions = row.actions.join()
  box.replaceChildren(...row.actions.map((action) => {
    const button = document.createElement("button")
    button.textContent = ICONS[action]
    button.title = WORDS[action]
    button.setAttribute("aria-label", `${WORDS[action]} ${row.name}`)
    button.onclick = () => {
      button.disabled = true
      list.setTriggerValue("act", { id: row.id, action })
    }
    return button
  }))
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".runs")
  const list = LISTS.get(root) ?? { rows: new Map() }
  LISTS.set(root, list)
  list.setTriggerValue = setTriggerValue
  list.dark = isDark(root)
  const wanted = new Set(data.rows.map((row) => row.id))
  for (const [id, element] of list.rows) if (!wanted.has(id)) { element.remove(); list.rows.delete(id) }
  data.rows.forEach((row, place) => {
    if (!list.rows.has(row.id)) list.rows.set(row.id, makeRow(list, row.id))
    const element = list.rows.get(row.id)
    fill(list, element, row, data.states)
    if (root.children[place] !== element) root.insertBefore(element, root.children[place] ?? null)
  })
}
