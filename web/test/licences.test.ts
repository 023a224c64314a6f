import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { isTaken, packagesOf } from '../licences'

describe('licences', () => {
  it.each(['MIT', 'BSD-3-Clause', '(MIT OR GPL-3.0)', 'MIT AND ISC'])('%s is taken', (licence) => {
    expect(isTaken(licence)).toBe(true)
  })

  it.each(['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', 'UNLICENSED', '', undefined])('%s is not', (licence) => {
    expect(isTaken(licence)).toBe(false)
  })

  it('are those of what the page is built from, not of tools', () => {
    const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf-8')
    const names = packagesOf(lock).map(([folder]) => folder)
    expect(names).toContain('node_modules/maplibre-gl')
    expect(names).toContain('node_modules/zrender')
    expect(names).not.toContain('node_modules/eslint')
    expect(packagesOf(lock).every(([, locked]) => isTaken(locked.license))).toBe(true)
  })
})
