// The demo's first half, step by step, and what must come out of each: who may delete a network, and who may not.
// A demo that shows something else has failed.

import { eventually } from '../../test/support/wait.ts'
import { expect } from './expect.ts'
import type { Stage } from './stage.ts'
import { heading, run, say, type Ran } from './tell.ts'

const MANIFEST = 'scripts/demo/app.yaml'

/** Throws where a command shows anything else than what it is shown for. */
export async function playScenes({ environment, controlPlane }: Stage): Promise<void> {
  const shell = (line: string): Promise<Ran> => run(line, environment)
  const podsReady = async (count: number): Promise<boolean> => {
    const { stdout } = await controlPlane.kubectl([
      'get',
      'pods',
      '-n',
      'blue',
      '-o',
      'jsonpath={.items[*].status.phase}',
    ])
    return (
      stdout.split(' ').filter((phase) => phase === 'Running').length === count &&
      stdout.split(' ').filter(Boolean).length === count
    )
  }

  heading('1. Two networks, and an application on one of them')
  expect(await shell(`kubectl apply -f ${MANIFEST}`), 'succeed')
  await eventually(() => podsReady(3), { what: 'the three Pods of the Deployment run' })
  expect(await shell('kubectl get pods -n blue'), 'succeed')

  heading('2. Somebody deletes the network that the application uses')
  const refused = await shell('kubectl delete nad macvlan-a -n blue')
  expect(
    refused,
    'fail',
    /denied the request: NetworkAttachmentDefinition blue\/macvlan-a is used by 3 Pods: blue\/db-/,
  )
  say('Nothing has changed, and the line says who is in the way. Who exactly, and how do they hold it?')
  expect(await shell('kubectl sidenet users blue/macvlan-a'), 'succeed', /networks, network-status/)

  heading('3. A network that nobody uses goes as before')
  expect(await shell('kubectl sidenet can-delete blue/spare'), 'succeed', /^yes/)
  expect(await shell('kubectl delete nad spare -n blue'), 'succeed', /deleted/)

  heading('4. Once its Pods are gone, the first one goes too')
  expect(await shell('kubectl scale deployment db -n blue --replicas=0'), 'succeed')
  await eventually(() => podsReady(0), { what: 'the Pods are gone' })
  expect(await shell('kubectl delete nad macvlan-a -n blue'), 'succeed', /deleted/)
}

/** Puts the scene back for whoever wants to play: both networks, and the application running on one of them. */
export async function setScene({ controlPlane }: Stage): Promise<void> {
  const applied = await controlPlane.kubectl(['apply', '-f', MANIFEST])
  if (applied.status !== 0) throw new Error(`the scene could not be set again: ${applied.stderr}`)
  await controlPlane.kubectl(['scale', 'deployment', 'db', '-n', 'blue', '--replicas=3'])
}
