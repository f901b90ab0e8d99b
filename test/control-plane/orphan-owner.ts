// A process that starts a control plane, says what it has, and then waits to be killed. For the test that does so.

import { startControlPlane } from './start.ts'

const controlPlane = await startControlPlane({ controllers: ['namespace-controller'] })
console.log(JSON.stringify({ folder: controlPlane.folder, pids: Object.values(controlPlane.pids()) }))
setInterval(() => undefined, 60_000)
