// The screens of residents and firms.
import { late } from '@/ui/late'
import LoginScreen from './LoginScreen.vue'

export const PORTAL_VIEWS = {
  find: late(() => import('./FindScreen.vue')),
  item: late(() => import('./ItemScreen.vue')),
  event: late(() => import('./EventScreen.vue')),
  apply: late(() => import('./ApplyScreen.vue')),
  drafts: late(() => import('./DraftsScreen.vue')),
  mine: late(() => import('./MineScreen.vue')),
  profile: late(() => import('./ProfileScreen.vue')),
  looks: late(() => import('./LooksScreen.vue')),
  login: LoginScreen,
} as const
