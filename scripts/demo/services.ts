// The demo's second half: what a Service's name means, from manifest to a real DNS answer to deletion.
// Like the first half it fails where anything else comes out.

import { dnsName } from '../../test/support/core-dns.ts'
import { courseOf, momentOf, type Moment, type Seen } from '../../test/support/courses.ts'
import { watchDns, type DnsWatch } from '../../test/support/dns-watch.ts'
import { eventually } from '../../test/support/wait.ts'
import { expect } from './expect.ts'
import type { Stage } from './stage.ts'
import { heading, run, say, type Ran } from './tell.ts'

const MANIFEST = 'scripts/demo/services.yaml'
const NET_SERVICE = 'scripts/demo/net-service.yaml'
const NETWORKS = 'k8s.v1.cni.cncf.io/networks'

/** Throws where a command or a client hears anything else than what it is shown for. */
export async function playServiceScenes({ environment, controlPlane, dns }: Stage): Promise<void> {
  const shell = (line: string): Promise<Ran> => run(line, environment)
  const client = (service: string): Promise<DnsWatch> => watchDns(dns.resolver, dnsName('green', service))
  const hears = (watch: DnsWatch, moment: Moment): Promise<void> =>
    watch.until((answer) => momentOf(answer) === moment && (moment === 'nothing' || answer.length === 2), {
      what: `the client hears ${HEARD[moment]}`,
    })

  heading('5. A headless Service, as everybody has them: its name means the first network')
  expect(await shell(`kubectl apply -f ${MANIFEST}`), 'succeed')
  const web = await client('web')
  await hears(web, 'first')
  expect(await shell('lookup web.green'), 'succeed', /A {2}10\.244\./)

  heading('6. One annotation, and it means the second')
  say('A client keeps asking from now on, 50 times a second.')
  let from = web.seen().length - 1
  expect(await shell(`kubectl annotate service web -n green ${NETWORKS}=core`), 'succeed')
  await hears(web, 'second')
  expect(await shell('lookup web.green'), 'succeed', /A {2}192\.168\.7\./)
  tellCourse(web.seen().slice(from), 'mixed')
  expect(await shell('kubectl sidenet why svc/web -n green'), 'succeed', /publishing/)

  heading('7. The annotation goes, and it means the first again')
  from = web.seen().length - 1
  expect(await shell(`kubectl annotate service web -n green ${NETWORKS}-`), 'succeed')
  await hears(web, 'first')
  expect(await shell('lookup web.green'), 'succeed', /A {2}10\.244\./)
  tellCourse(web.seen().slice(from), 'nothing')
  await web.stop()

  heading('8. A NetService: a name of its own for the second network, beside the first')
  expect(await shell(`cat ${NET_SERVICE}`), 'succeed')
  expect(await shell(`kubectl apply -f ${NET_SERVICE}`), 'succeed')
  const webCore = await client('web-core')
  await hears(webCore, 'second')
  expect(await shell('lookup web-core.green'), 'succeed', /A {2}192\.168\.7\./)
  expect(await shell('lookup _http._tcp.web-core.green SRV'), 'succeed', /SRV {2}80 /)
  await eventually(async () => (await controlPlane.kubectl(READY)).stdout === 'True', {
    what: 'the NetService says what is published',
  })
  expect(await shell('kubectl get nsvc -n green'), 'succeed', /2\/2/)
  expect(
    await shell('kubectl get endpointslices -n green -l kubernetes.io/service-name=web-core'),
    'succeed',
    /192\.168\.7\./,
  )

  heading('9. A Pod that has no address there is left out, and why says so')
  expect(await shell(PLAIN_POD), 'succeed')
  await eventually(async () => (await controlPlane.kubectl(SKIPPED)).stdout === '1', {
    what: 'the NetService counts the Pod it leaves out',
  })
  expect(await shell('kubectl sidenet why nsvc/web-core -n green'), 'fail', /plain .*no/)

  heading('10. The NetService goes, and its name with it')
  expect(await shell('kubectl delete nsvc web-core -n green'), 'succeed', /deleted/)
  await hears(webCore, 'nothing')
  await webCore.stop()
  expect(await shell('lookup web-core.green'), 'fail', /no answer/)
}

const PLAIN_POD = 'kubectl run plain -n green --image=app.example/web:1 --labels=app=web'

const WEB_CORE = ['get', 'nsvc', 'web-core', '-n', 'green', '-o']
const READY = [...WEB_CORE, 'jsonpath={.status.conditions[?(@.type=="EndpointsPublished")].status}']
const SKIPPED = [...WEB_CORE, 'jsonpath={.status.endpoints.skipped}']

const HEARD: Readonly<Record<Moment, string>> = {
  first: 'the first network',
  second: 'the second network',
  mixed: 'both at once',
  nothing: 'nothing',
}

/** `never` is what the client must not have heard on the way. */
function tellCourse(seen: readonly Seen[], never: Moment): void {
  const course = courseOf(seen)
  say(`The client heard: ${course.map((moment) => HEARD[moment]).join(', then ')}; never ${HEARD[never]}.`)
  if (course.includes(never)) throw new Error(`the client above heard ${HEARD[never]}`)
}

/** For whoever wants to play: the Service and the NetService side by side. */
export async function setServiceScene({ controlPlane }: Stage): Promise<void> {
  const applied = await controlPlane.kubectl(['apply', '-f', MANIFEST, '-f', NET_SERVICE])
  if (applied.status !== 0) throw new Error(`the second scene could not be set again: ${applied.stderr}`)
}
