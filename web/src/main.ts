import './styles/tokens.css'
import './styles/base.css'
import './styles/layout.css'
import './styles/print.css'

import { createApp } from 'vue'

import App from './App.vue'
import { followAddress } from './state/view'

followAddress()
createApp(App).mount('#app')
