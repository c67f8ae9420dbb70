// The report by itself: everything is in this file, nothing is fetched.
const dark = matchMedia("(prefers-color-scheme: dark)")
const style = getComputedStyle(document.documentElement)
const look = () => {
  const body = getComputedStyle(document.body)
  return { dark: dark.matches, font: body.fontFamily, text: body.color, background: body.backgroundColor, border: style.borderColor, scale: 1, fill: false }
}
const slides = new Slides(document.querySelector("main"), JSON.parse(document.getElementById("story-data").textContent), look, async () => window.Plotly)
slides.fill().then(() => { document.documentElement.dataset.ready = "yes" })
dark.addEventListener("change", () => slides.fill())
let later
addEventListener("resize", () => { clearTimeout(later); later = setTimeout(() => slides.fill(), 150) })
