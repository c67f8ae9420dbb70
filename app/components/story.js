// The full-screen story. data: { html, version, about: [name, facts], note, plotly, story }. Sends "leave". The slide is in the
// address (?slide=3), which is read and written here: turning a page asks nothing of the server.
const STORIES = new WeakMap()
const SWIPE = 60 // pixels

function lookOf(root) {
  const style = getComputedStyle(root)
  const background = style.getPropertyValue("--st-background-color").trim()
  const [r, g, b] = (background.match(/[0-9a-f]{2}/gi) ?? ["ff", "ff", "ff"]).map((h) => parseInt(h, 16))
  const dark = 0.3 * r + 0.6 * g + 0.1 * b < 128
  root.classList.toggle("dark", dark)
  root.classList.toggle("light", !dark)
  return { dark, background, border: style.getPropertyValue("--st-border-color").trim(), font: style.getPropertyValue("--st-font").trim(),
    text: style.getPropertyValue("--st-text-color").trim(), scale: innerWidth < 760 ? 1 : Math.min(1.7, Math.max(1.1, innerWidth / 1200)), fill: innerWidth >= 760 }
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches

function turn(story, number, tell = true) {
  const before = story.number
  story.number = Math.max(1, Math.min(story.sections.length, number))
  if (before === story.number) return
  story.sections.forEach((section, i) => section.classList.toggle("shown", i + 1 === story.number))
  story.dots.forEach((dot, i) => (i + 1 === story.number ? dot.setAttribute("aria-current", "step") : dot.removeAttribute("aria-current")))
  const section = story.sections[story.number - 1]
  story.root.dataset.slide = section.dataset.name
  story.root.querySelector("[data-go=back]").disabled = story.number === 1
  story.root.querySelector("[data-go=next]").disabled = story.number === story.sections.length
  section.querySelector("h2").focus({ preventScroll: true })
  fill(story)
  const { player } = story.slides
  if (player && section.contains(player.figure)) {
    player.show(0)
    if (story.autoplay) player.play(true)
  } else player?.pause()
  if (!tell) return
  const address = new URL(location.href)
  address.searchParams.set("slide", story.number)
  history.pushState(history.state, "", address)
}

// The slide of the address; the first where it names none.
function addressed() {
  const slide = new URLSearchParams(location.search).get("slide") ?? ""
  return /^\d{1,3}$/.test(slide) ? Number(slide) : 1
}

function fill(story) {
  story.slides.fill(story.sections[story.number - 1]).catch(() => {
    story.root.querySelector(".note").textContent = "The figures could not be loaded. Reload the page; if that does not help, restart the app."
  })
}

function autoplay(story) {
  const { player } = story.slides
  if (!player) return
  story.autoplay = !player.timer
  if (player.timer) player.pause()
  else player.play(true)
}

function full() {
  if (document.fullscreenElement) document.exitFullscreen()
  else document.documentElement.requestFullscreen?.().catch(() => {})
}

function leave(story) {
  if (document.fullscreenElement) document.exitFullscreen()
  story.setTriggerValue("leave", true)
}

const DOES = {
  back: (story) => turn(story, story.number - 1),
  next: (story) => turn(story, story.number + 1),
  first: (story) => turn(story, 1),
  last: (story) => turn(story, story.sections.length),
  autoplay,
  full,
  leave,
}
const KEYS = {
  ArrowLeft: "back", ArrowUp: "back", PageUp: "back", ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next", Home: "first", End: "last",
  a: "autoplay", f: "full", Escape: "leave",
}

function pressed(story, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === "Tab") return keepFocus(story, event)
  const what = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
  const { tagName } = event.target
  if (!what || (tagName === "INPUT" && event.key.startsWith("Arrow")) || (tagName === "BUTTON" && event.key === " ")) return
  event.preventDefault()
  event.stopImmediatePropagation()
  DOES[event.shiftKey && event.key === " " ? "back" : what](story)
}

// Tab goes round inside the story: what lies behind it cannot be seen.
function keepFocus(story, event) {
  const stops = [...story.root.querySelectorAll("button, input")].filter((one) => !one.disabled && one.offsetParent)
  const at = stops.indexOf(document.activeElement)
  const edge = event.shiftKey ? at <= 0 : at === stops.length - 1
  const inside = story.root.contains(document.activeElement)
  if (inside && !edge) return
  event.preventDefault()
  event.stopImmediatePropagation()
  stops[event.shiftKey ? stops.length - 1 : 0]?.focus()
}

function build(root) {
  const story = { root, number: 0, autoplay: !calm() }
  for (const button of root.querySelectorAll("[data-go]")) button.onclick = () => DOES[button.dataset.go](story)
  story.onkey = (event) => pressed(story, event)
  document.addEventListener("keydown", story.onkey, true)
  story.onsize = () => { clearTimeout(story.later); story.later = setTimeout(() => story.number && fill(story), 100) }
  addEventListener("resize", story.onsize)
  story.onback = () => turn(story, addressed(), false)
  addEventListener("popstate", story.onback)
  let from = null
  root.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 && !event.target.closest("input, .plot") ? event.touches[0] : null
  }, { passive: true })
  root.addEventListener("touchend", (event) => {
    if (!from) return
    const to = event.changedTouches[0]
    const [across, down] = [to.clientX - from.clientX, to.clientY - from.clientY]
    if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) turn(story, story.number + (across < 0 ? 1 : -1))
  }, { passive: true })
  return story
}

function fillIn(story, data) {
  story.slides?.player?.pause()
  const place = story.root.querySelector(".slides")
  const shown = story.sections?.[story.number - 1]?.dataset.name
  place.innerHTML = data.html // made by app/report/slides.py, which escapes all that comes from outside
  story.sections = [...place.querySelectorAll(".slide")]
  story.slides = new Slides(place, data.story, () => lookOf(story.root), () => loadPlotly(data.plotly))
  const dots = story.root.querySelector(".dots")
  story.dots = story.sections.map((section, i) => {
    const dot = document.createElement("button")
    Object.assign(dot, { type: "button", textContent: section.dataset.short, title: section.querySelector("h2").textContent, onclick: () => turn(story, i + 1) })
    dot.setAttribute("aria-label", `Slide ${i + 1}: ${section.dataset.short}`)
    return dot
  })
  dots.replaceChildren(...story.dots)
  story.number = 0
  return shown ? story.sections.findIndex((section) => section.dataset.name === shown) + 1 : 0
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".story")
  let story = STORIES.get(root)
  if (!story) STORIES.set(root, (story = build(root)))
  story.setTriggerValue = setTriggerValue
  const look = lookOf(root).background
  root.querySelector(".about b").textContent = data.about[0]
  root.querySelector(".about span").textContent = data.about[1]
  root.querySelector(".note").textContent = data.note
  root.setAttribute("aria-label", `The story of ${data.about[0]}`)
  if (story.version !== data.version) {
    story.version = data.version
    turn(story, fillIn(story, data) || addressed(), false)
  } else if (story.look !== look) fill(story)
  story.look = look
  return () => {
    story.slides?.player?.pause()
    clearTimeout(story.later)
    document.removeEventListener("keydown", story.onkey, true)
    removeEventListener("resize", story.onsize)
    removeEventListener("popstate", story.onback)
    STORIES.delete(root)
  }
}
