// Keys that work on every page, their list under "?", and a word when a run has ended.
// data: { shortcuts: [{ where, keys, what, page }], news: [{ key, id, name, word, icon, ink }], readonly }
const STAY = 12000 // milliseconds that a piece of news stays
const SOON = 1500 // ms until what the next page will want is read, if the browser then has nothing to do
const CHORD = 1200 // milliseconds between the two keys of a chord
const told = new Set()
let current = null // the shell on the page now: the module outlives a change of page
let listening = false
let first = null // the key that may begin a chord, and when it was pressed

function typing(event) {
  const target = event.composedPath()[0]
  return target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName) ||
    (target.tagName === "INPUT" && !["range", "checkbox", "radio", "button"].includes(target.type))
}

function visit(page) {
  const links = [...document.querySelectorAll("a[href]")]
  const link = links.find((a) => new URL(a.href).pathname.split("/").pop() === page) ??
    (page === "runs" ? links.find((a) => new URL(a.href).pathname === "/") : null)
  if (link) link.click()
  else window.location.assign(page)
}

function pressed(event) {
  if (!current || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return
  const open = current.querySelector("dialog").open
  if (event.key === "?") { event.preventDefault(); open ? current.querySelector("dialog").close() : show(); return }
  if (open) return
  const keys = first && Date.now() - first.at < CHORD ? `${first.key} ${event.key}` : event.key
  const found = current.shortcuts.find((s) => s.page && s.keys === keys)
  first = { key: event.key, at: Date.now() }
  if (found) { event.preventDefault(); first = null; visit(found.page) }
}

function show() {
  permission()
  current.querySelector("dialog").showModal()
}

function permission() {
  const box = current.querySelector(".notify")
  box.hidden = !("Notification" in window) || !window.isSecureContext
  if (box.hidden) return
  const asked = Notification.permission !== "default"
  box.querySelector("button").hidden = asked
  box.querySelector("span").textContent = { granted: "This computer is told when a run ends.",
    denied: "This browser has been told not to notify; its settings can change that." }[Notification.permission] ?? ""
}

function tables(root, shortcuts) {
  const groups = Map.groupBy ? Map.groupBy(shortcuts, (s) => s.where) : shortcuts.reduce((m, s) => m.set(s.where, [...(m.get(s.where) ?? []), s]), new Map())
  root.replaceChildren(...[...groups].map(([where, list]) => {
    const section = document.createElement("section")
    const title = document.createElement("h3")
    title.textContent = where
    const rows = document.createElement("dl")
    for (const { keys, what } of list) {
      const term = document.createElement("dt")
      term.append(...keys.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })))
      rows.append(term, Object.assign(document.createElement("dd"), { textContent: what }))
    }
    section.append(title, rows)
    return section
  }))
}

function tell(root, item) {
  if (told.has(item.key)) return
  told.add(item.key)
  if (new URLSearchParams(location.search).get("id") === item.id && !document.hidden) return // its own page says so
  const card = document.createElement("div")
  const link = Object.assign(document.createElement("a"), { href: `run?id=${item.id}`, textContent: item.name })
  const icon = Object.assign(document.createElement("span"), { className: "icon", textContent: item.icon, ariaHidden: "true" })
  const word = Object.assign(document.createElement("span"), { className: "word", textContent: item.word })
  const close = Object.assign(document.createElement("button"), { textContent: "close", ariaLabel: "Put this away" })
  word.style.color = icon.style.color = item.ink[isDark(root) ? 1 : 0]
  close.onclick = () => card.remove()
  card.append(icon, word, link, close)
  root.querySelector(".news").append(card)
  setTimeout(() => { if (!card.matches(":hover, :focus-within")) card.remove() }, STAY)
  if (document.hidden && "Notification" in window && Notification.permission === "granted") {
    const note = new Notification(`${item.name}: ${item.word}`, { tag: item.key })
    note.onclick = () => { window.focus(); window.location.assign(`run?id=${item.id}`) }
  }
}

// What most pages are made of, before one of them is asked for; what does not come now is asked for again there.
function readAhead({ plotly, scripts }) {
  loadPlotly(plotly).catch(() => {})
  for (const url of scripts) import(new URL(url, location.origin).href).catch(() => {})
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shell")
  current = root
  root.shortcuts = data.shortcuts
  root.querySelector(".readonly").hidden = !data.readonly
  root.querySelector(".help").onclick = show
  root.querySelector(".notify button").onclick = () => Notification.requestPermission().then(permission)
  const dialog = root.querySelector("dialog")
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close() }
  if (!root.built) { root.built = true; tables(root.querySelector(".tables"), data.shortcuts) }
  for (const item of data.news) tell(root, item)
  if (!listening) {
    listening = true
    document.addEventListener("keydown", pressed)
    setTimeout(() => requestIdleCallback(() => readAhead(data.ahead)), SOON)
  }
  root.classList.add("ready")
}
