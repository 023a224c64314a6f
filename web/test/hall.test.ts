import { describe, expect, it } from 'vitest'

import { hrefOf, readSpot, writeSpot } from '@/hall/address'
import { stagesOf, waysFrom } from '@/hall/parts/ways'
import { readView, START, writeView } from '@/state/address'

describe('what the shared services show, in the address', () => {
  it.each(['find&need=%E5%BC%80%E8%8D%AF%E5%BA%97', 'item/420100-register_shop', 'apply/01JDQK5V7M8N9P0Q1R2S3T4V5W&step=papers', 'mine'])(
    '%s comes back as it was',
    (raw) => {
      expect(writeSpot(readSpot(raw))).toBe(raw)
    },
  )

  it('is nothing asked for where it is not understood: the reader begins where their work is', () => {
    expect(readSpot('planet/9')).toEqual({ screen: null, id: null, query: {} })
    expect(writeSpot({ screen: null, id: null, query: {} })).toBe('')
  })

  it('stands beside the map and the ledger, with the language', () => {
    const view = { ...START, language: 'en' as const, hall: 'event/newborn&city=420100' }
    expect(writeView(view)).toBe('hall/event/newborn&lang=en&city=420100')
    expect(readView(`#${writeView(view)}`)).toEqual(view)
    expect(readView('#hall')).toEqual({ ...START, hall: '' })
    expect(readView('#hallo=1').hall).toBeNull()
    expect(hrefOf({ screen: 'item', id: 'a&b', query: {} }, 'zh')).toBe('#hall/item/a%26b')
  })
})

describe('ways of applying across a border', () => {
  it('is none at home or in the province, and no window for those who sit at home', () => {
    expect(waysFrom('420100', '420100', ['online'])).toEqual({ home: true, ways: [] })
    expect(waysFrom('420100', null, ['agent'])).toEqual({ home: true, ways: [] })
    expect(waysFrom('420200', '420100', ['agent', 'online'])).toEqual({ home: false, ways: ['online'] })
    expect(waysFrom('420200', '420100', ['agent'])).toEqual({ home: false, ways: [] })
  })
})

describe('steps of a life event', () => {
  const step = (basic_code: string, ...after: string[]) => ({ basic_code, after })
  const codes = (steps: ReturnType<typeof step>[]) => stagesOf(steps).map((one) => one.map((each) => each.basic_code))

  it('stand side by side where none waits for another', () => {
    expect(codes([step('c', 'a', 'b'), step('a'), step('b'), step('d', 'c')])).toEqual([['a', 'b'], ['c'], ['d']])
  })

  it('wait for nothing that is not there, and a circle ends', () => {
    expect(codes([step('a', 'elsewhere')])).toEqual([['a']])
    expect(codes([step('a'), step('b', 'c'), step('c', 'b')])).toEqual([['a'], ['b', 'c']])
    expect(codes([])).toEqual([])
  })
})
