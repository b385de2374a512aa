// What an application does with node-etcd, through the URL that is given. Prints a line for each step.
'use strict';
const Etcd = require('node-etcd');
const etcd = new Etcd([process.argv[2]]);

const call = (method, ...args) => new Promise((resolve, reject) =>
  etcd[method](...args, (error, body) => error ? reject(error) : resolve(body)));
const refused = promise => promise.then(
  () => { throw new Error('was not refused'); },
  error => error.error.errorCode);

(async () => {
  console.log('set', (await call('set', 'npm/a', 'one')).node.value);
  console.log('get', (await call('get', 'npm/a')).node.value);
  console.log('swap', (await call('compareAndSwap', 'npm/a', 'two', 'one')).node.value);
  console.log('swap again', await refused(call('compareAndSwap', 'npm/a', 'three', 'one')));
  await call('mkdir', 'npm/dir');
  await call('create', 'npm/dir', 'queued');
  console.log('dir', (await call('get', 'npm/dir')).node.nodes.map(node => node.value).join());
  const watcher = etcd.watcher('npm/watched', null, { recursive: true });
  const seen = new Promise((resolve, reject) => {
    const values = [];
    watcher.on('set', change => values.push(change.node.value) === 3 && resolve(values));
    watcher.on('error', reject);
  });
  // Its first request must have reached the member before anything is written.
  await new Promise(resolve => setTimeout(resolve, 500));
  for (const value of ['x', 'y', 'z']) {
    await call('set', 'npm/watched/' + value, value);
  }
  console.log('watched', (await seen).join());
  watcher.stop();
  await call('del', 'npm/dir', { recursive: true });
  console.log('gone', await refused(call('get', 'npm/dir')));
  console.log('leader', typeof (await call('selfStats')).leaderInfo.leader);
  process.exit(0);
})().catch(error => {
  console.log('failed', error);
  process.exit(1);
});
