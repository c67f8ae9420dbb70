// Figures as cards; see figures.js, which comes before this text. data: { cards: [{ key, title, help: [[quantity, meaning]], see, wide,
// label, figure or chain, version }], height, plotly }. Sends "whole" when a figure lacks what its chain starts from.
const BOARDS = new WeakMap() // board -> Map: key -> card

function explain(card, help) {
  const button = make("button", "what", "help")
  const text = make("div", "meaning")
  Object.assign(button, { type: "button" })
  button.setAttribute("aria-label", `What is this: ${card.title}`)
  text.setAttribute("role", "tooltip")
  text.id = `meaning-${card.key}`
  button.setAttribute("aria-describedby", text.id)
  button.onkeydown = (event) => { if (event.key === "Escape") button.blur() }
  for (const [quantity, meaning] of help) {
    const line = make("p")
    line.append(make("b", "", quantity), `: ${meaning}`)
    text.append(line)
  }
  return [button, text]
}

function built(card, template) {
  const element = make("section", "card")
  const heading = make("div", "heading")
  const place = make("div", "place")
  heading.append(make("h3", "", card.title), ...explain(card, card.help))
  element.append(heading, place, make("p", "see"))
  return { element, place, template, remove: null }
}

function fill(mine, card, given) {
  mine.element.classList.toggle("wide", card.wide)
  mine.element.querySelector(".see").textContent = card.see
  if (!card.version) {
    mine.place.replaceChildren(Object.assign(make("div", "waiting"), { style: `height: ${given.data.height}px` }))
    return
  }
  if (!mine.place.querySelector(".live-chart")) mine.place.replaceChildren(mine.template.content.cloneNode(true))
  mine.remove = figure({
    data: { height: given.data.height, plotly: given.data.plotly, images: null, select: false, ...card }, parentElement: mine.place,
    setStateValue: () => {}, setTriggerValue: given.setTriggerValue,
  })
}

export default function (given) {
  const root = given.parentElement.querySelector(".chart-board")
  const template = given.parentElement.querySelector("template")
  const cards = BOARDS.get(root) ?? new Map()
  BOARDS.set(root, cards)
  const kept = new Set(given.data.cards.map((card) => card.key))
  for (const [key, mine] of cards) if (!kept.has(key)) { mine.remove?.(); mine.element.remove(); cards.delete(key) }
  given.data.cards.forEach((card, i) => {
    if (!cards.has(card.key)) cards.set(card.key, built(card, template))
    const { element } = cards.get(card.key)
    if (root.children[i] !== element) root.insertBefore(element, root.children[i] ?? null)
  })
  for (const card of given.data.cards) fill(cards.get(card.key), card, given) // once all have their place: those in sight come first
  return () => { for (const mine of cards.values()) mine.remove?.() }
}
