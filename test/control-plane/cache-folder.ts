// Where things that outlive one run are kept. The same place as in build.sh; never inside the tree.

import { homedir } from 'node:os'
import { join } from 'node:path'

export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sidenet')
