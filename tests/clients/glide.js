// Valkey GLIDE with its defaults but for the time limits, of 250 ms for a request, its cluster client first: to it Quipu is a cluster of one node. glide.js HOST PORT
'use strict';
const { count, expect } = require('./checks.js');
const { GlideClient, GlideClusterClient } = require('@valkey/valkey-glide');

const LIMITS = { requestTimeout: 60000, advancedConfiguration: { connectionTimeout: 60000 } };

async function ordinary(client) {
    expect('PONG', await client.ping(), 'ping');
    expect('OK', await client.mset({ a: '1', b: '2', c: '3' }), 'mset of three slots');
    expect(['1', '2', null], await client.mget(['a', 'b', 'nothing']), 'mget of three slots');
    expect(3, await client.del(['a', 'b', 'c']), 'del of three slots');
    const many = await Promise.all([...Array(100)].map((_, i) => client.incr(`n${i}`)));
    expect(Array(100).fill(1), many, 'many at once');
    expect(100, await client.dbsize(), 'dbsize');
}

async function counts(client, wanted) {
    for (let i = 0; i < 10; i++) await client.hset(`profile_${i}`, { sex: 'fm'[i % 2], age: String(i % 5) });
    expect(wanted, await client.customCommand(['COUNT', 'sex', 'from', 'current']), 'count');
    expect(2, await client.customCommand(['QUERY', 'count from current where age = 3']), 'query');
}

async function messages(client, addresses) {
    const heard = [];
    const subscriber = await GlideClusterClient.createClient({
        addresses,
        ...LIMITS,
        pubsubSubscriptions: {
            channelsAndPatterns: { 0: new Set(['news']) },
            callback: (message) => heard.push(String(message.message)),
        },
    });
    for (let tries = 0; heard.length === 0 && tries < 1200; tries++) {
        await client.publish('hello', 'news');
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect('hello', heard[0], 'message');
    subscriber.close();
}

async function main(host, port) {
    const addresses = [{ host, port }];
    const cluster = await GlideClusterClient.createClient({ addresses, ...LIMITS });
    const wanted = [['f', 5], ['m', 5]];
    await ordinary(cluster);
    await counts(cluster, wanted);
    await messages(cluster, addresses);
    cluster.close();
    const single = await GlideClient.createClient({ addresses, ...LIMITS });
    await counts(single, wanted);
    single.close();
    console.log(`glide: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('glide:', error);
    process.exit(1);
});
