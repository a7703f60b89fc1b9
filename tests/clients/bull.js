// bull, with a prefix that is a tag. bull.js HOST PORT
'use strict';
const assert = require('assert');
const { count, eventually, expect } = require('./checks.js');
const Queue = require('bull');

const JOBS = 200;

async function queues(prefix, host, port) {
    const settings = { prefix, redis: { host, port } };
    const worker = new Queue('sums', settings);
    const sender = new Queue('sums', settings);
    worker.process(4, async (job) => {
        if (job.data.fails) throw new Error('as it was told');
        await job.progress(50);
        return job.data.a + job.data.b;
    });
    const jobs = await sender.addBulk([...Array(JOBS)].map((_, i) => ({ data: { a: i, b: 1 } })));
    const results = await Promise.all(jobs.map((job) => job.finished()));
    expect([...Array(JOBS).keys()].map((i) => i + 1), results, 'results by events');
    expect(50, (await sender.getJob(jobs[7].id)).progress(), 'progress');
    const failing = await sender.add({ fails: true });
    await assert.rejects(failing.finished(), /as it was told/);
    const first = await sender.add({ a: 1, b: 1 }, { delay: 300, priority: 1 });
    expect(2, await first.finished(), 'a delayed job');
    const retried = await sender.add({ fails: true }, { attempts: 3, backoff: 10 });
    await assert.rejects(retried.finished(), /as it was told/);
    expect(3, (await sender.getJob(retried.id)).attemptsMade, 'attempts');
    let ticks = 0; // they come when the clock says so, also between two of the next lines
    worker.on('completed', (job) => { ticks += job.data.a === 2; });
    await sender.add({ a: 2, b: 2 }, { repeat: { every: 200, limit: 2 } });
    await eventually(2, async () => ticks, 'a job that repeats');
    await eventually([0, 0, 0, 2], async () => {
        const counts = await sender.getJobCounts();
        return [counts.waiting, counts.active, counts.delayed, counts.failed];
    }, 'nothing is left');
    await worker.pause();
    const waiting = await sender.add({ a: 3, b: 3 });
    expect(true, ['waiting', 'paused'].includes(await waiting.getState()), 'paused');
    await worker.resume();
    expect(6, await waiting.finished(), 'resumed');
    await sender.obliterate({ force: true });
    expect(0, await sender.count(), 'obliterated');
    await worker.close();
    await sender.close();
}

// A prefix that is a tag keeps a queue's keys in one slot. Slots of both halves, so that each of two shards has one.
async function main(host, port) {
    await queues('{a}', host, port);
    await queues('{b}', host, port);
    console.log(`bull: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('bull:', error);
    process.exit(1);
});
