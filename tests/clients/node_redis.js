// node-redis with its defaults. node_redis.js HOST PORT
'use strict';
const assert = require('assert');
const { count, expect } = require('./checks.js');
const { createClient } = require('redis');

async function ordinary(client) {
    expect('PONG', await client.ping(), 'ping');
    expect('OK', await client.set('greeting', 'hello', { EX: 100 }), 'set');
    expect('hello', await client.get('greeting'), 'get');
    expect(null, await client.get('nothing'), 'get of nothing');
    expect('OK', await client.mSet([['a', '1'], ['b', '2']]), 'mset');
    expect(['1', '2', null], await client.mGet(['a', 'b', 'z']), 'mget');
    expect(3, await client.rPush('list', ['x', 'y', 'z']), 'rpush');
    expect(['x', 'y', 'z'], await client.lRange('list', 0, -1), 'lrange');
    await client.hSet('h', { a: '1', b: '2' });
    expect({ a: '1', b: '2' }, { ...(await client.hGetAll('h')) }, 'hgetall');
    await client.zAdd('z', [{ score: 1.5, value: 'm' }]);
    expect(1.5, await client.zScore('z', 'm'), 'zscore');
    expect('k', await client.eval('return KEYS[1]', { keys: ['k'] }), 'eval');
    const found = [];
    for await (const keys of client.scanIterator({ MATCH: 'lis*' })) found.push(...keys);
    expect(['list'], found, 'scan');
    await assert.rejects(client.sendCommand(['NOSUCH', 'x']), /unknown command/);
    expect('PONG', await client.ping(), 'ping after an error');
    expect(true, (await client.info()).includes('redis_version'), 'info');
}

async function counts(client) {
    // Not awaited one by one: node-redis sends them as one pipeline.
    const rows = [...Array(100).keys()].map((i) => client.hSet(`profile_${i}`, { sex: 'fm'[i % 2], age: String(i % 10) }));
    expect(Array(100).fill(2), await Promise.all(rows), 'rows');
    expect([['f', 50], ['m', 50]], await client.sendCommand(['COUNT', 'sex', 'from', 'current']), 'count');
    expect(10, await client.sendCommand(['QUERY', 'count from current where age = 3']), 'query');
}

async function pipelines(client) {
    const replies = await Promise.all(
        [...Array(1000).keys()].flatMap((i) => [client.set(`k${i}`, String(i)), client.get(`k${i}`)]));
    expect([...Array(1000).keys()].flatMap((i) => ['OK', String(i)]), replies, 'pipeline');
    expect(['OK', 2, '2'], await client.multi().set('{t}n', '1').incr('{t}n').get('{t}n').exec(), 'transaction');
    await client.watch('{t}n');
    expect(['4'], await client.multi().setRange('{t}n', 0, '4').get('{t}n').exec().then((r) => r.slice(1)), 'watch');
}

async function messages(client, host, port) {
    const subscriber = createClient({ socket: { host, port } });
    await subscriber.connect();
    const heard = new Promise((resolve) => subscriber.subscribe('news', (message) => resolve(message)));
    const timer = setInterval(() => client.publish('news', 'hello'), 50);
    expect('hello', await heard, 'message');
    clearInterval(timer);
    subscriber.destroy();
    const waiting = client.duplicate();
    await waiting.connect();
    setTimeout(() => client.rPush('queue', 'job'), 100);
    expect({ key: 'queue', element: 'job' }, { ...(await waiting.blPop('queue', 10)) }, 'blpop');
    waiting.destroy();
}

async function together(host, port, options) {
    const clients = await Promise.all([...Array(10)].map(async () => {
        const client = createClient({ socket: { host, port }, ...options });
        await client.connect();
        return client;
    }));
    await Promise.all(clients.map(async (client) => {
        for (let i = 0; i < 100; i++) {
            await client.incr('together');
            expect(100, await client.sendCommand(['QUERY', 'count from current']), 'a count of ten at once');
        }
    }));
    expect('1000', await clients[0].get('together'), 'ten at once');
    clients.forEach((client) => client.destroy());
}

async function main(host, port) {
    for (const options of [{}, { RESP: 3 }]) {
        const client = createClient({ socket: { host, port }, ...options });
        client.on('error', (error) => { throw error; });
        await client.connect();
        await client.flushAll();
        await ordinary(client);
        await counts(client);
        await pipelines(client);
        await messages(client, host, port);
        await together(host, port, options);
        client.destroy();
    }
    console.log(`node-redis: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('node-redis:', error);
    process.exit(1);
});
