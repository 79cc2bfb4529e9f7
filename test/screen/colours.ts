/** Colours a person can read on a dark and on a light ground. */
const ESC = '\u001b'
/** Select Graphic Rendition: ESC [ codes m */
const SGR = new RegExp(`${ESC}\\[([\\d;]*)m`, 'g')
/** Reset, bold, dim and their ends; red, green, yellow; the terminal's own. No white, black, grey, cyan, and no background. */
const READABLE = new Set(['', '0', '1', '2', '22', '31', '32', '33', '39', '49'])

export const colours = (screen: string): readonly string[] => [...new Set([...screen.matchAll(SGR)].flatMap(([, codes = '']) => codes.split(';')))]
export const strangeColours = (screen: string): readonly string[] => colours(screen).filter((c) => !READABLE.has(c))
