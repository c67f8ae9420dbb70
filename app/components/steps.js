// The step control. data: { steps: ascending numbers, shown, total }. Sends "step". While a person holds the slider or has
// just sent a step, what the server says does not move it.
const CONTROLS = new WeakMap()
const FRAME = 250 // milliseconds per step while playing
const PATIENCE = 1500 // milliseconds to wait for the server to agree

function paint(control) {
  const { root, steps, index, total } = control
  const last = steps.length - 1
  root.querySelector("output").textContent = `step ${steps[index].toLocaleString("en-GB")} of ${total.toLocaleString("en-GB")}`
  const slider = root.querySelector("input")
  slider.max = last
  slider.value = index
  slider.disabled = last === 0
  slider.setAttribute("aria-valuetext", `step ${steps[index]}`)
  for (const [name, off] of Object.entries({ first: index === 0, prev: index === 0, next: index === last, last: index === last, play: last === 0 })) {
    root.querySelector(`[data-go=${name}]`).disabled = off
  }
  root.querySelector("[data-go=play]").textContent = control.timer ? "pause" : "play_arrow"
}

function go(control, index) {
  index = Math.max(0, Math.min(control.steps.length - 1, index))
  if (index === control.index) return
  control.index = index
  control.mine = Date.now()
  paint(control)
  clearTimeout(control.send)
  control.send = setTimeout(() => control.setStateValue("step", control.steps[control.index]), 60)
}

function play(control) {
  if (control.timer) {
    clearInterval(control.timer)
    control.timer = null
  } else {
    if (control.index === control.steps.length - 1) go(control, 0)
    control.timer = setInterval(() => {
      go(control, control.index + 1)
      if (control.index === control.steps.length - 1) play(control)
    }, FRAME)
  }
  paint(control)
}

function act(control, what) {
  const last = control.steps.length - 1
  if (what === "play") play(control)
  else go(control, { first: 0, prev: control.index - 1, next: control.index + 1, last }[what])
}

const KEYS = { ArrowLeft: "prev", ArrowRight: "next", Home: "first", End: "last", " ": "play" }

function build(root) {
  const control = { root, timer: null, mine: 0, held: false }
  for (const button of root.querySelectorAll("button")) button.onclick = () => act(control, button.dataset.go)
  const slider = root.querySelector("input")
  slider.oninput = () => go(control, Number(slider.value))
  slider.onpointerdown = () => { control.held = true }
  slider.onpointerup = slider.onpointercancel = () => { control.held = false }
  root.onkeydown = (event) => {
    const what = KEYS[event.key]
    if (!what || (event.key === " " && event.target.tagName === "BUTTON")) return
    event.preventDefault()
    act(control, what)
  }
  return control
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".steps")
  let control = CONTROLS.get(root)
  if (!control) CONTROLS.set(root, (control = build(root)))
  const mine = control.steps?.[control.index]
  Object.assign(control, { steps: data.steps, total: data.total, setStateValue })
  const keep = control.held || control.timer || Date.now() - control.mine < PATIENCE
  const index = data.steps.indexOf(keep && data.steps.includes(mine) ? mine : data.shown)
  control.index = Math.max(0, index)
  paint(control)
  return () => { clearInterval(control.timer); clearTimeout(control.send) }
}
