import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import { licences } from './licences.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Where `npm run dev` finds a running `onecity serve`.
const SERVICE = process.env['ONECITY_SERVICE'] ?? 'http://127.0.0.1:8765'

export default defineConfig({
  plugins: [vue(), licences(here('.'))],
  // Relative, so that the map works below any path of a proxy.
  base: './',
  resolve: { alias: { '@': here('./src') } },
  server: { proxy: { '/api': SERVICE } },
  build: {
    outDir: here('../src/onecity/web/static'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the service's content policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        // The map's worker comes as .mjs, a suffix that some servers do not know as a script.
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith('.mjs'))
            ? 'assets/[name]-[hash].js'
            : 'assets/[name]-[hash][extname]',
        // Libraries keep their file, and its address in browsers' caches, when our code changes.
        codeSplitting: {
          groups: [
            { name: 'maplibre', test: /node_modules[\\/](maplibre-gl|@maplibre)/ },
            { name: 'echarts', test: /node_modules[\\/](echarts|zrender)/ },
            { name: 'vue', test: /node_modules[\\/]@?vue/ },
          ],
        },
      },
    },
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
})
