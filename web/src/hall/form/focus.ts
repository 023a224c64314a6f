// Where a field stands on the page, by its pointer.

/** The id of a field's box. */
export const idOf = (pointer: string): string => `field${pointer.replaceAll(/[^\w-]/g, (sign) => (sign === '/' ? '.' : `_${sign.codePointAt(0)}_`))}`

/** Give the keyboard to what a pointer names: itself, or the nearest thing around it. */
export function toField(pointer: string): void {
  for (let where = pointer; where !== ''; where = where.slice(0, where.lastIndexOf('/'))) {
    const found = document.getElementById(idOf(where))
    if (!found) continue
    found.scrollIntoView({ block: 'center' })
    const box = found.matches('fieldset') ? (found.querySelector<HTMLElement>('input, select, textarea, button') ?? found) : found
    box.focus({ preventScroll: true })
    return
  }
}
