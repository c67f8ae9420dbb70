// What moves on slides: figures, the player of S, images enlarged by whole factors. Used by the page Present and by the report.
// data: as app/report/slides.py makes it. look(): { dark, font, text, background, border, scale }.

// The figure with every light ink replaced by its dark one. Arrays of numbers are left alone: they are long.
function inked(value, swap) {
  if (typeof value === "string") return swap[value] ?? value
  if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map((v) => inked(v, swap))
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inked(v, swap)]))
  return value
}

// Every font size times `scale`: slides are read from afar.
function scaled(value, scale) {
  if (Array.isArray(value)) return typeof value[0] === "object" ? value.map((v) => scaled(v, scale)) : value
  if (!value || typeof value !== "object") return value
  const fonts = ["font", "tickfont", "textfont"]
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fonts.includes(k) && v?.size ? { ...v, size: v.size * scale } : scaled(v, scale)]))
}

// CSS pixels for one pixel of an image; a whole number where images are large enough that it shows.
function enlarged(width, height, wide, high) {
  const most = Math.min(wide / width, high / height)
  return most >= 3 ? Math.floor(most) : Math.max(most, 0.05)
}

function roomOf(figure) {
  const room = figure.querySelector(".room")
  const most = parseFloat(getComputedStyle(room).getPropertyValue("--most"))
  const others = [...figure.children].filter((child) => child !== room)
  const taken = others.reduce((sum, child) => sum + child.offsetHeight, 0) + others.length * parseFloat(getComputedStyle(figure).rowGap || 0)
  return { room, wide: room.clientWidth, high: most || figure.clientHeight - taken }
}

function fitPictures(figure) {
  const { wide, high } = roomOf(figure)
  const images = [...figure.querySelectorAll("img")]
  const names = [...figure.querySelectorAll("span")]
  const gap = 6
  const label = names.length ? Math.min(Math.max(...names.map((n) => n.scrollWidth)), wide / 3) + 16 : 0
  const width = Math.max(...images.map((i) => i.getAttribute("width")))
  const height = images.reduce((sum, i) => sum + Number(i.getAttribute("height")), 0)
  const scale = enlarged(width, height, wide - label, high - gap * (images.length - 1))
  for (const image of images) image.style.width = `${image.getAttribute("width") * scale}px`
}

class Player {
  constructor(figure, given, moved) {
    Object.assign(this, { figure, given, moved, index: given.steps.length - 1, timer: null, gap: 1 })
    this.canvas = figure.querySelector("canvas")
    const rows = Math.ceil(given.tiles / given.columns)
    this.canvas.width = given.columns * (given.side + this.gap) - this.gap
    this.canvas.height = rows * (given.side + this.gap) - this.gap
    this.slider = figure.querySelector("input")
    this.button = figure.querySelector(".play")
    if (this.slider) this.slider.oninput = () => { this.pause(); this.show(Number(this.slider.value)) }
    if (this.button) this.button.onclick = () => (this.timer ? this.pause() : this.play())
    this.sheet = new Image()
    this.sheet.onload = () => this.show(this.index)
    this.sheet.src = given.url
  }
  get last() { return this.given.steps.length - 1 }
  fit() {
    const { wide, high } = roomOf(this.figure)
    const scale = enlarged(this.canvas.width, this.canvas.height, wide, high)
    this.canvas.style.width = `${this.canvas.width * scale}px`
  }
  show(index) {
    const { side, columns, tiles, steps, values, curve } = this.given
    this.index = Math.max(0, Math.min(this.last, index))
    const brush = this.canvas.getContext("2d")
    for (let i = 0; i < tiles; i++) {
      const [left, top] = [(i % columns) * (side + this.gap), Math.floor(i / columns) * (side + this.gap)]
      brush.drawImage(this.sheet, i * side, this.index * side, side, side, left, top, side, side)
    }
    const value = values[this.index]
    const step = `inner loop ${steps[this.index].toLocaleString("en-GB")}`
    const read = curve && value !== null ? `${curve.toLowerCase()} ${value.toPrecision(3)}` : ""
    this.figure.querySelector("output").textContent = steps.length > 1 ? [step, read].filter(Boolean).join(" · ") : ""
    this.canvas.dataset.step = steps[this.index]
    if (this.slider) {
      this.slider.value = this.index
      this.slider.setAttribute("aria-valuetext", step)
    }
    this.moved(steps[this.index])
  }
  // From the start, once; with `again` over and over, with a rest on the last frame.
  play(again = false) {
    if (this.last === 0) return
    this.pause()
    if (this.index === this.last) this.show(0)
    this.figure.classList.add("playing")
    this.button.setAttribute("aria-label", "Pause")
    let rest = 0
    this.timer = setInterval(() => {
      if (this.index < this.last) return this.show(this.index + 1)
      if (!again) return this.pause()
      if (++rest * this.given.seconds > 2.5) { rest = 0; this.show(0) }
    }, 1000 * this.given.seconds)
  }
  pause() {
    clearInterval(this.timer)
    this.timer = null
    this.figure.classList.remove("playing")
    this.button?.setAttribute("aria-label", "Play")
  }
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text()
}

function keep(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

class Slides {
  constructor(root, data, look, plotly) {
    Object.assign(this, { root, data, look, plotly, step: null })
    const figure = root.querySelector(".player")
    this.player = figure && data.player ? new Player(figure, data.player, (step) => this.follow(step)) : null
    for (const button of root.querySelectorAll("[data-save]")) button.onclick = () => this.save(button.closest(".chart").dataset.chart, button.dataset.save)
  }
  // Draws and enlarges everything inside `part` that has room on the screen.
  async fill(part = this.root) {
    for (const figure of part.querySelectorAll(".pictures")) fitPictures(figure)
    if (this.player && part.contains(this.player.figure)) this.player.fit()
    for (const figure of part.querySelectorAll(".chart")) await this.draw(figure)
  }
  async draw(figure) {
    const { figure: text, cursor, height } = this.data.charts[figure.dataset.chart]
    const look = this.look()
    const plot = figure.querySelector(".plot")
    const { room, high } = roomOf(figure)
    let drawn = JSON.parse(text)
    if (look.dark) drawn = { ...drawn, data: inked(drawn.data, this.data.swap), layout: inked(drawn.layout, this.data.swap) }
    drawn = { ...drawn, data: scaled(drawn.data, look.scale), layout: scaled(drawn.layout, look.scale) }
    const layout = { ...drawn.layout, autosize: true, width: room.clientWidth, height: look.fill ? Math.max(160, height ? Math.min(high, height * look.scale * 1.4) : high) : height ?? 280 }
    layout.font = { ...layout.font, family: look.font }
    layout.hoverlabel = { bgcolor: look.background, bordercolor: look.border, font: { color: look.text, family: look.font } }
    const Plotly = await this.plotly()
    await Plotly.react(plot, drawn.data, layout, { displaylogo: false, displayModeBar: false, plotlyServerURL: "", doubleClick: "reset" })
    figure.classList.add("ready")
    if (cursor && this.step !== null) this.follow(this.step)
  }
  // The cursor on the curve beside the player.
  follow(step) {
    this.step = step
    for (const figure of this.root.querySelectorAll(".chart")) {
      if (!this.data.charts[figure.dataset.chart].cursor) continue
      const [plot, line] = [figure.querySelector(".plot"), figure.querySelector(".cursor")]
      const full = plot._fullLayout
      if (!full?.xaxis) continue
      line.hidden = false
      Object.assign(line.style, { left: `${full.xaxis._offset + full.xaxis.d2p(step)}px`, top: `${full.yaxis._offset}px`, height: `${full.yaxis._length}px` })
    }
  }
  // PNG and SVG are drawn in light inks on white, whatever the page looks like; CSV holds every point that was recorded.
  async save(name, form) {
    const chart = this.data.charts[name]
    const filename = `${this.data.file}-${name}`
    if (form === "csv") return keep(new Blob([await unpacked(chart.csv)], { type: "text/csv" }), `${filename}.csv`)
    const figure = JSON.parse(chart.figure)
    Object.assign(figure.layout, { paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", font: { ...figure.layout.font, family: this.look().font } })
    const Plotly = await this.plotly()
    await Plotly.downloadImage(figure, { format: form, width: 900, height: chart.height ?? 420, scale: form === "png" ? 2 : 1, filename })
  }
}
