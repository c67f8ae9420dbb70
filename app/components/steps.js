// The step control. data: { run, ranges: [[first, distance, count], ...], shown, newest, total }. Sends "step". While a person
// holds the slider or has just sent a step, what the server says does not move it. Every move is told to the page at once, by the
// event "distillery:step"; whoever draws the images answers with "distillery:shown", and play waits for that.
const CONTROLS = new WeakMap()
const FRAME = 220 // milliseconds per step while playing, at least
const PATIENCE = 1500 // milliseconds to wait for the server to agree, or for the images
const STEPS = (window.__distillerySteps ??= {})
let current = null // the control that the page's keys move

const list = (ranges) => ranges.flatMap(([first, distance, count]) => Array.from({ length: count }, (_, i) => first + i * distance))

function tell(control) {
  const step = control.index === control.steps.length - 1 && control.newest ? null : control.steps[control.index]
  if (control.run in STEPS && STEPS[control.run] === step) return
  STEPS[control.run] = step
  window.dispatchEvent(new CustomEvent("distillery:step", { detail: { run: control.run, step } }))
}

function paint(control) {
  const { root, steps, index, total } = control
  const last = steps.length - 1
  const step = steps[index].toLocaleString("en-GB"), of = `of ${total.toLocaleString("en-GB")}`
  root.querySelector("output").textContent = `step ${step} ${of}`
  root.querySelector(".where i").textContent = of
  const entry = root.querySelector(".where input")
  if (document.activeElement !== entry) entry.value = step
  const slider = root.querySelector("[type=range]")
  slider.max = last
  slider.value = index
  slider.disabled = last === 0
  slider.setAttribute("aria-valuetext", `step ${steps[index]}`)
  for (const [name, off] of Object.entries({ first: index === 0, prev: index === 0, next: index === last, last: index === last, play: last === 0 })) {
    root.querySelector(`[data-go=${name}]`).disabled = off
  }
  const play = root.querySelector("[data-go=play]")
  play.textContent = control.playing ? "pause" : "play_arrow"
  play.setAttribute("aria-label", control.playing ? "Pause playing" : "Play")
}

function go(control, index) {
  index = Math.max(0, Math.min(control.steps.length - 1, index))
  if (index === control.index) return
  Object.assign(control, { index, mine: Date.now(), newest: index === control.steps.length - 1 })
  paint(control)
  tell(control)
  clearTimeout(control.send)
  control.send = setTimeout(() => control.setStateValue("step", control.steps[control.index]), control.playing ? 0 : 60)
}

// The step that was typed, or the nearest one that is kept.
function type(control, entry) {
  const wanted = Number(entry.value.replace(/[^\d]/g, ""))
  if (entry.value.trim() && Number.isFinite(wanted)) {
    const far = control.steps.map((step) => Math.abs(step - wanted))
    go(control, far.indexOf(Math.min(...far)))
  }
  entry.value = control.steps[control.index].toLocaleString("en-GB")
}

function stop(control) {
  clearTimeout(control.timer)
  control.playing = false
  paint(control)
}

function advance(control) {
  if (control.index === control.steps.length - 1) return stop(control)
  control.since = Date.now()
  go(control, control.index + 1)
  clearTimeout(control.timer)
  control.timer = setTimeout(() => advance(control), PATIENCE)
}

// The images of a step are there: the next one may follow.
function seen(control, step) {
  if (!control.playing || step !== control.steps[control.index]) return
  clearTimeout(control.timer)
  control.timer = setTimeout(() => advance(control), Math.max(0, FRAME - (Date.now() - control.since)))
}

function play(control) {
  if (control.playing) return stop(control)
  control.playing = true
  if (control.index === control.steps.length - 1) go(control, 0)
  paint(control)
  control.since = Date.now()
  control.timer = setTimeout(() => advance(control), FRAME)
}

function act(control, what) {
  const last = control.steps.length - 1
  if (what === "play") return play(control)
  if (control.playing) stop(control)
  go(control, { first: 0, prev: control.index - 1, next: control.index + 1, last }[what])
}

const KEYS = { ArrowLeft: "prev", ArrowRight: "next", Home: "first", End: "last", " ": "play" }
const MOVED = "input, textarea, select, [contenteditable], [role=tab], [role=radio], [role=radiogroup], [role=menu], [role=listbox], [role=grid], [role=dialog], dialog"
const PRESSED = "button, a, summary, [role=button], [role=option]"

// Keys work on the whole page, unless what has the focus uses them itself.
function pressed(event) {
  const what = KEYS[event.key]
  if (!current?.root.isConnected || !what || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
  const target = event.composedPath()[0]
  const own = target instanceof Element && target.matches?.(".steps [type=range]")
  if (target instanceof Element && !own) {
    if (target.closest(MOVED) || document.querySelector("dialog[open], [role=dialog]")) return
    if (event.key === " " && target.closest(PRESSED)) return
  }
  event.preventDefault()
  act(current, what)
}
if (!window.__distilleryStepKeys) window.__distilleryStepKeys = window.addEventListener("keydown", (event) => pressed(event)) ?? true

function build(root) {
  const control = { root, timer: null, mine: 0, held: false, playing: false }
  for (const button of root.querySelectorAll("button")) button.onclick = () => act(control, button.dataset.go)
  const slider = root.querySelector("[type=range]"), entry = root.querySelector(".where input")
  slider.oninput = () => { if (control.playing) stop(control); go(control, Number(slider.value)) }
  slider.onpointerdown = () => { control.held = true }
  slider.onpointerup = slider.onpointercancel = () => { control.held = false }
  entry.onchange = () => type(control, entry)
  entry.onfocus = () => { if (control.playing) stop(control); entry.select() }
  entry.onkeydown = (event) => { if (event.key === "Enter") entry.blur() }
  control.answer = (event) => { if (event.detail.run === control.run) seen(control, event.detail.step) }
  window.addEventListener("distillery:shown", control.answer)
  return control
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".steps")
  let control = CONTROLS.get(root)
  if (!control) CONTROLS.set(root, (control = build(root)))
  const mine = control.steps?.[control.index]
  const steps = list(data.ranges)
  const keep = control.held || control.playing || Date.now() - control.mine < PATIENCE
  const kept = keep && steps.includes(mine)
  Object.assign(control, { steps, run: data.run, total: data.total, setStateValue, newest: kept ? control.newest : data.newest })
  control.index = Math.max(0, steps.indexOf(kept ? mine : data.shown))
  current = control
  paint(control)
  tell(control)
  if (!document.querySelector(".image-grid")) seen(control, data.shown)
  return () => {
    clearTimeout(control.timer)
    clearTimeout(control.send)
    window.removeEventListener("distillery:shown", control.answer)
    if (current === control) current = null
  }
}
