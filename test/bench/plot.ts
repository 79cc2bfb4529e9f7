/** A growth plot as SVG text: both axes logarithmic, so that linear growth is a slope of one; dashed lines show it. */

export interface Series {
  readonly name: string
  /** Milliseconds, one a size. */
  readonly values: readonly number[]
}

export interface Plot {
  readonly title: string
  readonly sizes: readonly number[]
  readonly series: readonly Series[]
}

/** Pixels. */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 440, 80, 250, 50, 60]
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9']

export function plot({ title, sizes, series }: Plot): string {
  const all = series.flatMap((s) => s.values)
  const x = axis(Math.min(...sizes) / 1.3, Math.max(...sizes) * 1.3, LEFT, WIDTH - RIGHT)
  const [low, high] = [10 ** Math.floor(Math.log10(Math.min(...all))), 10 ** Math.ceil(Math.log10(Math.max(...all)))]
  const y = axis(low, high, HEIGHT - BOTTOM, TOP)
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 28, title, 'font-size="15" font-weight="bold"'),
    ...decades.map((v) => line([LEFT, y(v)], [WIDTH - RIGHT, y(v)], '#ddd') + text(LEFT - 8, y(v) + 4, duration(v), 'text-anchor="end"')),
    ...sizes.map((n) => line([x(n), TOP], [x(n), HEIGHT - BOTTOM], '#ddd') + text(x(n), HEIGHT - BOTTOM + 18, `${n}`, 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, 'pods (both axes logarithmic; dashed: linear growth)', 'text-anchor="middle" fill="#555"'),
    ...labelled(series, y).map(([s, at], i) => drawn({ series: s, colour: COLOURS[i % COLOURS.length] ?? '#000', labelAt: at, sizes, x, y })),
    '</svg>\n',
  ].join('\n')
}

type Scale = (value: number) => number

const axis = (from: number, to: number, start: number, end: number): Scale => {
  const span = Math.log10(to / from)
  return (value) => start + (Math.log10(value / from) / span) * (end - start)
}

/** Heights of the labels beside the last points, moved apart where they would overlap; from above down. */
function labelled(series: readonly Series[], y: Scale): readonly (readonly [Series, number])[] {
  let last = Number.NEGATIVE_INFINITY
  return series
    .toSorted((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0))
    .map((s) => {
      last = Math.max(y(s.values.at(-1) ?? 1), last + 16)
      return [s, last] as const
    })
}

interface Drawn {
  readonly series: Series
  readonly colour: string
  readonly labelAt: number
  readonly sizes: readonly number[]
  readonly x: Scale
  readonly y: Scale
}

function drawn({ series: { name, values }, colour, labelAt, sizes, x, y }: Drawn): string {
  const points = values.map((v, i) => [x(sizes[i] ?? 1), y(v)] as const)
  const [first = 1, firstSize = 1, lastSize = 1] = [values[0], sizes[0], sizes.at(-1)]
  const linear = line([x(firstSize), y(first)], [x(lastSize), y((first * lastSize) / firstSize)], colour, 'stroke-dasharray="3 4" opacity="0.6"')
  const path = `<polyline points="${points.map(([px, py]) => `${round(px)},${round(py)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
  const dots = points.map(([px, py]) => `<circle cx="${round(px)}" cy="${round(py)}" r="3.5" fill="${colour}"/>`).join('')
  const label = text(x(lastSize) + 28, labelAt + 4, `${name}, ${duration(values.at(-1) ?? 0)}`, `fill="${colour}"`)
  return linear + path + dots + label
}

const round = (n: number): string => n.toFixed(1)
const duration = (ms: number): string => (ms < 1_000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1_000).toPrecision(2))} s`)
const escaped = (s: string): string => s.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const text = (x: number, y: number, content: string, more = ''): string => `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped(content)}</text>`

const line = ([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number], stroke: string, more = ''): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}" ${more}/>`
