// Keeps a drawn chart alive between redraws: its forming bar, its zoom, prices fitted to the bars in sight.
// Streamlit's plotly chart is rebuilt whenever its data changes, so what the reader did to it is remembered here,
// by the name of the view (its revision).

const zooms = (window.__kuberaZooms ??= new Map())
const instances = new WeakMap()

function plotOf(chart) {
  return document.querySelector(`.st-key-${CSS.escape(chart)} .js-plotly-plot`)
}

function milliseconds(value) {
  return typeof value === "number" ? value : Date.parse(`${String(value).replace(" ", "T")}Z`)
}

// Prices between the first and last bar in sight, as the y range the server would have chosen for them.
function fitted(plot, range) {
  const [from, to] = range.map(milliseconds)
  const price = plot._fullData.find((t) => t.yaxis === "y" && (t.type === "candlestick" || t.type === "scatter") && t.x?.length > 2)
  if (!price) return null
  let low = Infinity
  let high = -Infinity
  const bars = price.type === "candlestick"
  for (let i = 0; i < price.x.length; i++) {
    const at = milliseconds(price.x[i])
    if (at < from || at > to) continue
    const bottom = bars ? price.low[i] : price.y[i]
    const top = bars ? price.high[i] : price.y[i]
    if (bottom < low) low = bottom
    if (top > high) high = top
  }
  if (!(low <= high)) return null
  const log = plot._fullLayout.yaxis.type === "log"
  if (log) [low, high] = [Math.log10(low), Math.log10(high)]
  const room = high - low || Math.abs(high) * 0.01 || 1
  const foot = plot._fullLayout.yaxis2 ? 0.24 : 0.06
  return [low - foot * room, high + 0.08 * room]
}

function watch(plot, state) {
  if (plot.__kuberaWatched === state.revision) return
  plot.__kuberaWatched = state.revision
  plot.on("plotly_relayout", (change) => {
    const layout = plot._fullLayout
    if (change["xaxis.autorange"] || change.autosize) {
      if (change["xaxis.autorange"]) zooms.delete(state.revision)
      return
    }
    const moved = "xaxis.range[0]" in change || "xaxis.range" in change
    if (!moved) return
    const range = [...layout.xaxis.range]
    zooms.set(state.revision, { x: range })
    // A box that also chose prices is what the reader wants; a horizontal move refits them.
    if ("yaxis.range[0]" in change || "yaxis.range" in change) return
    const y = fitted(plot, range)
    if (y) window.Plotly.relayout(plot, { "yaxis.range": y })
  })
  plot.on("plotly_doubleclick", () => zooms.delete(state.revision))
  const kept = zooms.get(state.revision)
  if (kept) {
    const y = fitted(plot, kept.x)
    window.Plotly.relayout(plot, { "xaxis.range": kept.x, ...(y ? { "yaxis.range": y } : {}) })
  }
  // A finger that scrolls the page must not be caught by the chart.
  if (window.matchMedia("(pointer: coarse)").matches) {
    window.Plotly.relayout(plot, { dragmode: false })
    plot.querySelectorAll(".drag, .nsewdrag").forEach((layer) => (layer.style.touchAction = "pan-y"))
  }
}

// A plain array: Streamlit copies a figure when it redraws it, and its copy of a typed array is no array any more.
function withLast(values, last) {
  const copy = Array.from(values)
  copy[copy.length - 1] = last
  return copy
}

function move(plot, last) {
  const price = plot._fullData.findIndex((t) => t.yaxis === "y" && t.x?.length > 2)
  if (price < 0) return
  const trace = plot._fullData[price]
  const bars = trace.type === "candlestick"
  const before = bars ? trace.close[trace.close.length - 1] : trace.y[trace.y.length - 1]
  const digits = 1e-6 * Math.abs(last.close)
  if (Math.abs(before - last.close) <= digits) return
  const update = bars
    ? Object.fromEntries(["open", "high", "low", "close"].map((k) => [k, [withLast(trace[k], last[k])]]))
    : { y: [withLast(trace.y, last.close)] }
  const tags = (plot.layout.annotations ?? []).map((note) =>
    note.name === "last" ? { ...note, y: plot._fullLayout.yaxis.type === "log" ? Math.log10(last.close) : last.close, text: last.close.toLocaleString("en-IN", { minimumFractionDigits: 2, maximumFractionDigits: 2 }) } : note,
  )
  const lines = (plot.layout.shapes ?? []).map((shape) =>
    shape.name === "last" ? { ...shape, y0: last.close, y1: last.close } : shape,
  )
  window.Plotly.update(plot, update, { annotations: tags, shapes: lines }, [price])
}

function ink() {
  const [r, g, b] = (getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor.match(/\d+/g) ?? [255, 255, 255]).map(Number)
  return r + g + b < 384 ? "dark" : "light"
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const state = instances.get(parentElement) ?? {}
  Object.assign(state, data)
  instances.set(parentElement, state)
  clearInterval(state.timer)
  const connect = () => {
    const plot = plotOf(state.chart)
    if (!plot?._fullLayout?.xaxis || !window.Plotly) return
    watch(plot, state)
    if (state.last) move(plot, state.last)
    state.last = null
  }
  connect()
  // The chart is rebuilt by its own rules; a look twice a second costs nothing and needs none of its internals.
  state.timer = setInterval(connect, 500)
  if (ink() !== state.mode) setTriggerValue("mode", ink())
  return () => clearInterval(state.timer)
}
