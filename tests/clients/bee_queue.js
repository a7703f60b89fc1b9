// bee-queue with a prefix that is a tag. bee_queue.js HOST PORT
'use strict';
const { count, expect } = require('./checks.js');
const Queue = require('bee-queue');

const JOBS = 200;

// What becomes of a job, by the queue's events: those of a job itself may be there before it is known to be saved.
function outcomes(queue) {
    const ended = new Map();
    const waiting = new Map();
    for (const kind of ['succeeded', 'failed']) {
        queue.on(`job ${kind}`, (id, value) => {
            ended.set(id, [kind, value instanceof Error ? value.message : value]);
            if (waiting.has(id)) waiting.get(id)(ended.get(id));
        });
    }
    return (job) => new Promise((resolve) => (ended.has(job.id) ? resolve(ended.get(job.id)) : waiting.set(job.id, resolve)));
}

async function queues(prefix, host, port) {
    const settings = { prefix, redis: { host, port }, removeOnSuccess: true };
    const queue = new Queue('sums', { ...settings, activateDelayedJobs: true });
    const sender = new Queue('sums', { ...settings, isWorker: false });
    for (const each of [queue, sender]) each.on('error', (error) => { throw error; });
    await queue.ready();
    await sender.ready(); // it hears of events from now on
    const outcome = outcomes(sender);
    const heard = { progress: 0, retrying: 0 };
    for (const kind of Object.keys(heard)) sender.on(`job ${kind}`, () => heard[kind]++);
    queue.process(4, async (job) => {
        if (job.data.fails) throw new Error('as it was told');
        job.reportProgress(50);
        return job.data.a + job.data.b;
    });
    const results = [];
    for (let i = 0; i < JOBS; i++) results.push(outcome(await sender.createJob({ a: i, b: 1 }).save()));
    expect([...Array(JOBS).keys()].map((i) => ['succeeded', i + 1]), await Promise.all(results), 'results by events');
    expect(true, heard.progress > 0, 'progress');
    const failing = await sender.createJob({ fails: true }).save();
    expect(['failed', 'as it was told'], await outcome(failing), 'a failure');
    const delayed = await sender.createJob({ a: 40, b: 2 }).delayUntil(Date.now() + 300).save();
    expect(['succeeded', 42], await outcome(delayed), 'a delayed job');
    const retried = await sender.createJob({ fails: true }).retries(2).save();
    expect(['failed', 'as it was told'], await outcome(retried), 'a retried job');
    expect(2, heard.retrying, 'retries');
    const health = await sender.checkHealth();
    expect([0, 0, 0], [health.waiting, health.active, health.delayed], 'nothing is left');
    await queue.close();
    await sender.close();
}

// A prefix that is a tag keeps a queue's keys in one slot. Slots of both halves, so that each of two shards has one.
async function main(host, port) {
    await queues('{a}', host, port);
    await queues('{b}', host, port);
    console.log(`bee-queue: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('bee-queue:', error);
    process.exit(1);
});
