// Writes what the built page owes to others into `licences.txt` beside it: every package that is
// not a developers' tool alone, with its licence in full. Ends the build at a licence that the
// project does not take.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { Plugin } from 'vite'

const TAKEN = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'OFL-1.1'])

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
}

/** The packages that a page may be built from, by folder, in the order of their names. */
export function packagesOf(lock: string): [folder: string, locked: Locked][] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> }
  return Object.entries(packages)
    .filter(([folder, locked]) => folder !== '' && !locked.dev)
    .sort(([one], [two]) => (one < two ? -1 : 1))
}

/** Whether a licence is taken; of several to choose from one is enough. */
export function isTaken(licence: string | undefined): boolean {
  const choices = (licence ?? '').replace(/[()]/g, '').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((one) => TAKEN.has(one)))
}

function textOf(folder: string): string {
  const named = readdirSync(folder)
    .filter((name) => /^(licen[cs]es?|notice|copying)([.-]|$)/i.test(name))
    .sort()
    .map((name) => join(folder, name))
  // Some keep a folder of licences, of what they were made from.
  const files = named.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .map((name) => join(path, name))
      : [path],
  )
  return files.map((file) => readFileSync(file, 'utf-8').replace(/\r/g, '').trim()).join('\n\n')
}

export function licences(root: string): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const parts = packagesOf(readFileSync(join(root, 'package-lock.json'), 'utf-8')).map(([folder, locked]) => {
        const name = folder.replace(/^.*node_modules\//, '')
        if (!isTaken(locked.license)) this.error(`${name}: the licence ${locked.license ?? '?'} is not taken`)
        return [`${name} ${locked.version ?? ''} (${locked.license ?? ''})`, textOf(join(root, folder))].join('\n\n')
      })
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
      })
    },
  }
}
