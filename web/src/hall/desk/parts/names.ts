// Names of cities, and of the ways cases cross a border, as lists show them.
import { computed } from 'vue'

import type { Way } from '@/api/types_hall_desk'

import { me } from '../../state'
import { say, text } from '../../words'

const cities = computed(() => new Map((me.data.value?.cities ?? []).map((one) => [one.code, one.name])))

export const cityName = (code: string | null | undefined): string => (code ? text(cities.value.get(code)) || code : '')

export const wayText = (way: Way | null): string => say(way ? `hall_portal.way_${way}` : 'hall_desk.way_home')
