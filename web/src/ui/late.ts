// Screens come when they are first opened.
import { defineAsyncComponent, type Component } from 'vue'

import Lost from './Lost.vue'
import Waiting from './Waiting.vue'

/** A slow line shall not look like an empty page. */
export const late = (loader: () => Promise<{ default: Component }>): Component =>
  defineAsyncComponent({ loader, loadingComponent: Waiting, errorComponent: Lost, delay: 200 })
