// node-redis' cluster client with its defaults: to it Quipu is a cluster of one node. node_redis_cluster.js HOST PORT
'use strict';
const { createCluster } = require('redis');
const checks = require('./checks.js');

// The client's replies are of types of its own: objects without a prototype, and the like.
const expect = (wanted, got, what) => checks.expect(wanted, JSON.parse(JSON.stringify(got)), what);

async function ordinary(client) {
    expect('OK', await client.set('a', '1'), 'set');
    expect('OK', await client.set('b', '2'), 'set of another slot');
    expect(['1', '2', null], await client.mGet(['a', 'b', 'nothing']), 'mget of three slots');
    expect(2, await client.del(['a', 'b']), 'del of two slots');
    const many = await Promise.all([...Array(100)].map((_, i) => client.incr(`n${i}`)));
    expect(Array(100).fill(1), many, 'many at once');
    expect(['OK', '2'], await client.multi().set('{t}n', '2').get('{t}n').exec(), 'transaction');
}

async function counts(client) {
    await Promise.all([...Array(100)].map((_, i) => client.hSet(`profile_${i}`, { sex: 'fm'[i % 2], age: String(i % 10) })));
    const query = ['QUERY', 'count from current where age = 3'];
    expect(10, await client.sendCommand(undefined, true, query), 'query');
    expect([['f', 50], ['m', 50]], await client.sendCommand(undefined, true, ['COUNT', 'sex', 'from', 'current']), 'count');
}

async function nodes(client, port) {
    expect([port], client.masters.map((node) => node.port), 'one node');
    expect(0, client.replicas.length, 'no replicas');
    const node = await client.nodeClient(client.masters[0]);
    const found = new Set();
    for await (const keys of node.scanIterator({ MATCH: 'n1?' })) keys.forEach((key) => found.add(key));
    expect(10, found.size, 'scan');
}

async function messages(client) {
    const heard = new Promise((resolve) => client.subscribe('news', resolve));
    const timer = setInterval(() => client.publish('news', 'hello'), 50);
    expect('hello', await heard, 'message');
    clearInterval(timer);
    await client.unsubscribe('news');
}

async function main(host, port) {
    const client = createCluster({ rootNodes: [{ url: `redis://${host}:${port}` }] });
    client.on('error', (error) => { throw error; });
    await client.connect();
    await ordinary(client);
    await counts(client);
    await nodes(client, port);
    await messages(client);
    await client.close();
    console.log(`node-redis cluster: ${checks.count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('node-redis cluster:', error);
    process.exit(1);
});
