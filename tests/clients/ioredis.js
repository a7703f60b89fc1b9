// ioredis with its defaults. ioredis.js HOST PORT
'use strict';
const assert = require('assert');
const { count, expect } = require('./checks.js');
const Redis = require('ioredis');

async function ordinary(client) {
    expect('PONG', await client.ping(), 'ping');
    expect('OK', await client.set('greeting', 'hello', 'EX', 100), 'set');
    expect('hello', await client.get('greeting'), 'get');
    expect(null, await client.get('nothing'), 'get of nothing');
    expect('OK', await client.mset('a', 1, 'b', 2), 'mset');
    expect(['1', '2', null], await client.mget('a', 'b', 'z'), 'mget');
    expect(3, await client.rpush('list', 'x', 'y', 'z'), 'rpush');
    expect(['x', 'y', 'z'], await client.lrange('list', 0, -1), 'lrange');
    await client.hset('h', { a: 1, b: 2 });
    expect({ a: '1', b: '2' }, await client.hgetall('h'), 'hgetall');
    await client.zadd('z', 1.5, 'm');
    expect('1.5', await client.zscore('z', 'm'), 'zscore');
    client.defineCommand('echoKey', { numberOfKeys: 1, lua: 'return {KEYS[1], ARGV[1]}' });
    expect(['k', 'v'], await client.echoKey('k', 'v'), 'a script');
    expect(['k', 'v'], await client.echoKey('k', 'v'), 'the same by its hash');
    const found = [];
    for await (const keys of client.scanStream({ match: 'lis*' })) found.push(...keys);
    expect(['list'], found, 'scan');
    await assert.rejects(client.call('NOSUCH', 'x'), /unknown command/);
    expect('PONG', await client.ping(), 'ping after an error');
}

async function counts(client) {
    const rows = client.pipeline();
    for (let i = 0; i < 100; i++) rows.hset(`profile_${i}`, { sex: 'fm'[i % 2], age: i % 10 });
    expect(Array(100).fill([null, 2]), await rows.exec(), 'rows');
    expect([['f', 50], ['m', 50]], await client.call('COUNT', 'sex', 'from', 'current'), 'count');
    expect(10, await client.call('QUERY', 'count from current where age = 3'), 'query');
}

async function pipelines(client) {
    const pipeline = client.pipeline();
    for (let i = 0; i < 1000; i++) pipeline.set(`k${i}`, i).get(`k${i}`);
    const wanted = [...Array(1000).keys()].flatMap((i) => [[null, 'OK'], [null, String(i)]]);
    expect(wanted, await pipeline.exec(), 'pipeline');
    const replies = await client.multi().set('{t}n', 1).incr('{t}n').get('{t}n').exec();
    expect([[null, 'OK'], [null, 2], [null, '2']], replies, 'transaction');
    await client.watch('{t}n');
    await client.set('{t}n', 'changed');
    expect(null, await client.multi().get('{t}n').exec(), 'watch');
}

async function messages(client, host, port) {
    const subscriber = new Redis(port, host);
    const heard = new Promise((resolve) => subscriber.on('message', (channel, message) => resolve([channel, message])));
    expect(1, await subscriber.subscribe('news'), 'subscribe');
    const timer = setInterval(() => client.publish('news', 'hello'), 50);
    expect(['news', 'hello'], await heard, 'message');
    clearInterval(timer);
    expect(0, await subscriber.unsubscribe('news'), 'unsubscribe');
    expect('hello', await subscriber.get('greeting'), 'commands after subscriptions');
    subscriber.disconnect();
    const waiting = new Redis(port, host);
    setTimeout(() => client.rpush('queue', 'job'), 100);
    expect(['queue', 'job'], await waiting.blpop('queue', 10), 'blpop');
    waiting.disconnect();
}

async function together(host, port) {
    const clients = [...Array(10)].map(() => new Redis(port, host, { enableAutoPipelining: true }));
    await Promise.all(clients.map(async (client) => {
        for (let i = 0; i < 100; i++) {
            const [, count] = await Promise.all([client.incr('together'), client.call('QUERY', 'count from current')]);
            expect(100, count, 'a count of ten at once');
        }
    }));
    expect('1000', await clients[0].get('together'), 'ten at once');
    clients.forEach((client) => client.disconnect());
}

async function main(host, port) {
    const client = new Redis(port, host);
    await ordinary(client);
    await counts(client);
    await pipelines(client);
    await messages(client, host, port);
    await together(host, port);
    client.disconnect();
    console.log(`ioredis: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('ioredis:', error);
    process.exit(1);
});
