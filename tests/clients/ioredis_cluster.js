// ioredis' cluster client with its defaults: to it Quipu is a cluster of one node. ioredis_cluster.js HOST PORT
'use strict';
const { count, expect } = require('./checks.js');
const Redis = require('ioredis');

async function ordinary(client) {
    expect('OK', await client.set('a', 1), 'set');
    expect('OK', await client.set('b', 2), 'set of another slot');
    expect(['1', '2'], await client.mget('a', 'b'), 'mget of two slots');
    expect(2, await client.del('a', 'b'), 'del of two slots');
    client.defineCommand('echoKey', { numberOfKeys: 1, lua: 'return {KEYS[1], ARGV[1]}' });
    expect(['k', 'v'], await client.echoKey('k', 'v'), 'a script');
    const pipeline = client.pipeline();
    for (let i = 0; i < 100; i++) pipeline.set(`k${i}`, i);
    expect(Array(100).fill([null, 'OK']), await pipeline.exec(), 'a pipeline of many slots');
    const replies = await client.multi().set('{t}n', 1).incr('{t}n').exec();
    expect([[null, 'OK'], [null, 2]], replies, 'transaction');
}

async function counts(client) {
    await Promise.all([...Array(100)].map((_, i) => client.hset(`profile_${i}`, { sex: 'fm'[i % 2], age: i % 10 })));
    expect([['f', 50], ['m', 50]], await client.call('COUNT', 'sex', 'from', 'current'), 'count');
    expect(10, await client.call('QUERY', 'count from current where age = 3'), 'query');
}

async function nodes(client, host, port) {
    const masters = client.nodes('master');
    expect([port], masters.map((node) => node.options.port), 'one node');
    const found = [];
    for await (const keys of masters[0].scanStream({ match: 'k1?' })) found.push(...keys);
    expect(10, new Set(found).size, 'scan');
    const [first, last, [, slotsPort]] = (await client.cluster('SLOTS'))[0];
    expect([0, 16383, port], [first, last, slotsPort], 'slots');
    const replica = new Redis.Cluster([{ host, port }], { scaleReads: 'slave' });
    expect('7', await replica.get('k7'), 'reads from replicas, of which there are none');
    replica.disconnect();
}

async function messages(client, host, port) {
    const publisher = new Redis.Cluster([{ host, port }], { enableAutoPipelining: true });
    const heard = new Promise((resolve) => client.on('message', (channel, message) => resolve([channel, message])));
    expect(1, await client.subscribe('news'), 'subscribe');
    const timer = setInterval(() => publisher.publish('news', 'hello'), 50);
    expect(['news', 'hello'], await heard, 'message');
    clearInterval(timer);
    const counters = await Promise.all([...Array(50)].map((_, i) => publisher.incr(`n${i % 7}`)));
    expect(50, counters.length, 'pipelined by itself');
    publisher.disconnect();
}

async function main(host, port) {
    const client = new Redis.Cluster([{ host, port }]);
    await ordinary(client);
    await counts(client);
    await nodes(client, host, port);
    await messages(client, host, port);
    client.disconnect();
    console.log(`ioredis cluster: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('ioredis cluster:', error);
    process.exit(1);
});
