// Uses the official JavaScript client as its users do, and prints what it saw, as JSON.
import * as k8s from '@kubernetes/client-node';
import { Writable } from 'node:stream';

const config = new k8s.KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const namespace = 'default';
const seen = {};

function collector() {
  const chunks = [];
  const stream = new Writable({ write(chunk, _, done) { chunks.push(chunk.toString()); done(); } });
  return { stream, text: () => chunks.join('') };
}

async function until(what, condition) {
  for (let turn = 0; turn < 400; turn += 1) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never: ${what}`);
}

async function informer() {
  const events = [];
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'app=js' });
  const watched = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, 'app=js');
  for (const verb of ['add', 'update', 'delete']) {
    watched.on(verb, (object) => events.push(`${verb} ${object.metadata.name} ${object.data?.n ?? ''}`));
  }
  const failures = [];
  watched.on('error', (error) => { if (error) failures.push(String(error)); });
  await watched.start();
  const body = { metadata: { name: 'watched', labels: { app: 'js' } }, data: { n: '1' } };
  await core.createNamespacedConfigMap({ namespace, body });
  await until('add', () => events.length === 1);
  await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: { ...body, data: { n: '2' } } });
  await until('update', () => events.length === 2);
  const cached = watched.get('watched', namespace)?.data.n;
  await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
  await until('delete', () => events.length === 3);
  const before = [...failures];
  await watched.stop(); // Which is an error of its own.
  return { events, cached, failures: before };
}

async function apply() {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace }, data: { a: '1' } };
  const made = await objects.patch(wanted, undefined, undefined, 'js', false, k8s.PatchStrategy.ServerSideApply);
  const other = { ...wanted, data: { a: '2' } };
  let conflict = '';
  try {
    await objects.patch(other, undefined, undefined, 'rival', false, k8s.PatchStrategy.ServerSideApply);
  } catch (error) {
    conflict = JSON.parse(error.body).message;
  }
  const forced = await objects.patch(other, undefined, undefined, 'rival', true, k8s.PatchStrategy.ServerSideApply);
  const found = (await objects.list('v1', 'ConfigMap', namespace)).items.map((each) => each.metadata.name);
  return { made: made.data, managers: forced.metadata.managedFields.map((each) => each.manager), conflict, found };
}

async function watch() {
  const events = [];
  const watched = new k8s.Watch(config);
  const request = await watched.watch(
    '/api/v1/pods', { allowWatchBookmarks: true, fieldSelector: 'metadata.name=web' },
    (phase, object) => events.push(`${phase} ${object.metadata.name}`), () => {},
  );
  await core.createNamespacedPod({
    namespace, body: { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'busybox' }] } },
  });
  await until('running', async () => {
    const pod = await core.readNamespacedPod({ namespace, name: 'web' });
    return pod.status.phase === 'Running';
  });
  request.abort();
  return { first: events[0], several: events.length > 1 };
}

async function exec() {
  const out = collector();
  const err = collector();
  const status = await new Promise((resolve, reject) => {
    new k8s.Exec(config)
      .exec(namespace, 'web', 'c', ['sh', '-c', 'echo hello; exit 3'], out.stream, err.stream, null, false, resolve)
      .catch(reject);
  });
  await until('output', () => out.text().length > 0);
  return { out: out.text(), code: status.details?.causes?.[0]?.message, status: status.status };
}

async function logs() {
  const out = collector();
  await new k8s.Log(config).log(namespace, 'web', 'c', out.stream, { follow: false });
  return until('log', () => out.text());
}

async function scale() {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'busybox' }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'd' }, spec } });
  const patched = await apps.patchNamespacedDeploymentScale(
    { namespace, name: 'd', body: [{ op: 'replace', path: '/spec/replicas', value: 2 }] },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.JsonPatch),
  );
  return patched.spec.replicas;
}

async function refusal() {
  try {
    await core.readNamespacedPod({ namespace, name: 'none' });
  } catch (error) {
    return { code: error.code, reason: JSON.parse(error.body).reason };
  }
  return {};
}

for (const step of [informer, apply, watch, exec, logs, scale, refusal]) seen[step.name] = await step();
console.log(JSON.stringify(seen));
process.exit(0);
