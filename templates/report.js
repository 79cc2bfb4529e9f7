/* Search and sort of the report's tables; without it they are plain tables. */
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const body = table.tBodies[0]
  const rows = [...body.rows]
  const name = table.caption.textContent
  const order = new Intl.Collator('en', { numeric: true })
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent

  const box = document.createElement('div')
  box.className = 'search'
  const label = document.createElement('label')
  const input = document.createElement('input')
  const count = document.createElement('span')
  input.type = 'search'
  input.id = `${table.id}-search`
  label.htmlFor = input.id
  label.textContent = 'Search'
  input.setAttribute('aria-controls', table.id)
  count.setAttribute('role', 'status')
  box.append(label, input, count)
  table.closest('.wide').before(box)

  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]))
  const search = () => {
    const words = input.value.toLowerCase().split(/\s+/)
    let shown = 0
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word))
      if (!row.hidden) shown++
    }
    count.textContent = `${shown} of ${rows.length}`
  }
  input.addEventListener('input', search)
  search()

  const heads = [...table.tHead.rows[0].cells]
  heads.forEach((head, column) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = head.textContent
    head.replaceChildren(button)
    button.title = `Sort ${name} by ${button.textContent}`
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      rows.sort((a, b) => order.compare(key(a, column), key(b, column)) * (down ? -1 : 1))
      body.append(...rows)
    })
  })
}
