// BullMQ, with a prefix that is a tag. bullmq.js HOST PORT
'use strict';
const assert = require('assert');
const { count, eventually, expect, passed } = require('./checks.js');
const { FlowProducer, Queue, QueueEvents, Worker } = require('bullmq');

const JOBS = 200;

/* Without a tag a queue's keys are in several slots, and the error says what to do. */
async function withoutTag(connection) {
    const queue = new Queue('plain', { connection });
    queue.on('error', () => {});
    await assert.rejects(queue.add('sum', {}), /CROSSSLOT .*\{tag\}/);
    passed();
    await queue.close();
}

async function queues(prefix, host, port) {
    const connection = { host, port };
    const settings = { prefix, connection };
    const queue = new Queue('sums', settings);
    const events = new QueueEvents('sums', settings);
    await events.waitUntilReady();
    const worker = new Worker('sums', async (job) => {
        if (job.data.fails) throw new Error('as it was told');
        await job.updateProgress(50);
        return job.data.a + job.data.b;
    }, { ...settings, concurrency: 4 });
    const jobs = await queue.addBulk([...Array(JOBS)].map((_, i) => ({ name: 'sum', data: { a: i, b: 1 } })));
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
    expect([...Array(JOBS).keys()].map((i) => i + 1), results, 'results by events');
    expect(50, (await queue.getJob(jobs[7].id)).progress, 'progress');
    const failing = await queue.add('sum', { fails: true });
    await assert.rejects(failing.waitUntilFinished(events), /as it was told/);
    const delayed = await queue.add('sum', { a: 40, b: 2 }, { delay: 300, priority: 1 });
    expect(42, await delayed.waitUntilFinished(events), 'a delayed job');
    const retried = await queue.add('sum', { fails: true }, { attempts: 3, backoff: 10 });
    await assert.rejects(retried.waitUntilFinished(events), /as it was told/);
    expect(3, (await queue.getJob(retried.id)).attemptsMade, 'attempts');
    const flow = new FlowProducer(settings);
    const tree = await flow.add({ name: 'sum', queueName: 'sums', data: { a: 1, b: 2 },
        children: [{ name: 'sum', queueName: 'sums', data: { a: 3, b: 4 } }, { name: 'sum', queueName: 'sums', data: { a: 5, b: 6 } }] });
    expect(3, await tree.job.waitUntilFinished(events), 'a job of two children');
    expect([7, 11], Object.values(await tree.job.getChildrenValues()).sort((a, b) => a - b), 'their values');
    let ticks = 0;
    worker.on('completed', (job) => { ticks += Boolean(job.repeatJobKey); });
    await queue.upsertJobScheduler('ticks', { every: 200, limit: 2 }, { data: { a: 0, b: 0 } });
    await eventually(true, async () => ticks > 0, 'a job that repeats');
    await queue.removeJobScheduler('ticks');
    await eventually([0, 0, 2], async () => { // one may be at work still
        const counts = await queue.getJobCounts('waiting', 'active', 'failed');
        return [counts.waiting, counts.active, counts.failed];
    }, 'nothing is left');
    await worker.close();
    await queue.obliterate({ force: true });
    await flow.close();
    await events.close();
    await queue.close();
}

// A prefix that is a tag keeps a queue's keys in one slot. Slots of both halves, so that each of two shards has one.
async function main(host, port) {
    await queues('{a}', host, port);
    await queues('{b}', host, port);
    await withoutTag({ host, port });
    console.log(`bullmq: ${count()} checks`);
}

main(process.argv[2], Number(process.argv[3])).catch((error) => {
    console.error('bullmq:', error);
    process.exit(1);
});
