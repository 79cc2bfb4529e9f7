/** A rollback that ended with something left is tried again in full: what its undo steps recorded then must not stand for the new try. */
import type { Journal } from '../journal/file.ts'

const isUndo = (id: string): boolean => id.startsWith('undo:') || id === 'restored'

/** The journal without the undo records of earlier tries, when the run ended `broken`; else the journal as it is. */
export function undoAfresh(journal: Journal, ending: string | undefined): Journal {
  if (ending !== 'broken') return journal
  const fresh = new Set<string>()
  return {
    file: journal.file,
    get state() {
      const { state } = journal
      return { ...state, kept: new Map([...state.kept].filter(([id]) => !isUndo(id) || fresh.has(id))) }
    },
    append: (entry) => {
      if ('id' in entry) fresh.add(entry.id)
      return journal.append(entry)
    },
    note: (step, title, text) => journal.note(step, title, text),
    close: () => journal.close(),
  }
}
