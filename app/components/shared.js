// What several components need. `lean.script` puts it before each of their scripts.

function isDark(element) {
  const hex = getComputedStyle(element).getPropertyValue("--st-background-color").match(/[0-9a-f]{2}/gi) ?? ["ff"]
  return parseInt(hex[0], 16) < 128
}

function make(name, className, text) {
  const element = document.createElement(name)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}

// plotly.js from `url`: there are two builds, and each figure keeps the one that draws it.
function loadPlotly(url) {
  const loaded = (window.__distilleryPlotly ??= {})
  return loaded[url] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = url
    script.onload = () => resolve(window.Plotly)
    script.onerror = () => { delete loaded[url]; script.remove(); reject(new Error(url)) }
    document.head.appendChild(script)
  })
}
