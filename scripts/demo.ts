// `make demo`: shows on a real control plane what Sidenet does, then stays up to play with until Ctrl-C.
// ONCE=1 ends by itself; the exit status is 0 where everything was as it should be.

import { Ending, setStage, type Stage } from './demo/stage.ts'
import { playScenes, setScene } from './demo/scenes.ts'
import { playServiceScenes, setServiceScene } from './demo/services.ts'
import { heading, say } from './demo/tell.ts'

const once = !['', '0', undefined].includes(process.env['ONCE'])
const ending = new Ending()
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve('interrupted'))
})

async function show(): Promise<'shown' | 'failed'> {
  let stage: Stage
  try {
    stage = await setStage(ending)
    await playScenes(stage)
    await playServiceScenes(stage)
    if (!once) await setScene(stage)
    if (!once) await setServiceScene(stage)
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
    return 'failed'
  }
  if (!once) howToPlay(stage)
  return 'shown'
}

function howToPlay({ bin, controlPlane }: Stage): void {
  heading('It is all still there. In another terminal:')
  say(`export KUBECONFIG=${controlPlane.kubeconfig} PATH=${bin}:$PATH`)
  say(`kubectl delete nad --all -n blue
kubectl delete namespace blue
kubectl annotate nad macvlan-a -n blue sidenet.io/allow-deletion="I know what I do"
kubectl label namespace blue sidenet.io/guard=warn
lookup web-core.green
kubectl scale deployment web -n green --replicas=5
kubectl sidenet why nsvc/web-core -n green`)
  say('\nCtrl-C ends everything and leaves nothing behind.')
}

const showing = show()
const first = await Promise.race([showing, interrupted])
// What is being started cannot be ended before it stands.
if (first === 'interrupted') say('\nEnding what was started …')
const shown = first === 'interrupted' ? await showing : first
if (shown === 'shown' && !once && first !== 'interrupted') {
  await interrupted
  say('\nEnding …')
}
await ending.run()
process.exit(shown === 'shown' ? 0 : 1)
