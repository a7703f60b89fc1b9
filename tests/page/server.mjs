// What the page's tests stand on: a quipu-server of their own with two embedded shards, and a client that speaks RESP3.
//
//     const server = await Server.start();
//     await server.call("HSET", "survey_1", "sex", "female")   -> 1; error replies are thrown
//     server.url                                               -> where the page is
//     await server.stop()
//
// QUIPU_BIN is the directory of the programs (default: build/ of the checkout), QUIPU_SERVER the server itself.

import { spawn, execFileSync } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const BIN = process.env.QUIPU_BIN ?? path.join(ROOT, "build");
const SERVER = process.env.QUIPU_SERVER ?? path.join(BIN, "quipu-server");
const START_TIMEOUT_MS = 60000;

/** A module built with AddressSanitizer needs its library in the program before all others, as tests/e2e has it. */
function environment() {
    const found = /libasan\.so\.\d+/.exec(fs.readFileSync(path.join(BIN, "quipu.so"), "latin1"));
    // redis-server is not built with it: what it leaks at its end is no finding of ours.
    return found ? { ...process.env, LD_PRELOAD: found[0], ASAN_OPTIONS: [process.env.ASAN_OPTIONS, "detect_leaks=0"].filter(Boolean).join(":") } : process.env;
}

/** As tests/e2e has it: below the ports of which the kernel takes one for each connection that goes out. */
async function freePort() {
    const first = Number(/\d+/.exec(fs.readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1")));
    for (let tries = 0; tries < 100; tries++) {
        const port = randomInt(10000, Math.max(first, 20000));
        const probe = net.createServer();
        const isFree = await new Promise((resolve) => probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
        if (isFree) {
            await new Promise((resolve) => probe.close(resolve));
            return port;
        }
    }
    throw new Error("no port is free");
}

/** A connection. call() throws error replies. */
export class Client {
    static async connect(port, ...login) {
        const client = new Client();
        client.waiting = [];
        client.bytes = Buffer.alloc(0);
        client.socket = net.connect(port, "127.0.0.1");
        await new Promise((resolve, reject) => client.socket.once("connect", resolve).once("error", reject));
        client.socket.on("data", (data) => client.read(data));
        client.socket.on("close", () => client.waiting.splice(0).forEach(({ reject }) => reject(new Error("the server closed the connection"))));
        client.socket.on("error", () => {});
        await client.call("HELLO", "3", ...(login.length > 0 ? ["AUTH", ...login] : []));
        return client;
    }

    call(...args) {
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject });
            const bulk = (arg) => Buffer.concat([Buffer.from(`$${Buffer.byteLength(String(arg))}\r\n`), Buffer.from(`${arg}\r\n`)]);
            this.socket.write(Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...args.map(bulk)]));
        });
    }

    read(data) {
        this.bytes = Buffer.concat([this.bytes, data]);
        for (;;) {
            const found = this.parse(0);
            if (found === null) {
                return;
            }
            this.bytes = this.bytes.subarray(found.end);
            const { resolve, reject } = this.waiting.shift();
            if (found.value instanceof Error) {
                reject(found.value);
            } else {
                resolve(found.value);
            }
        }
    }

    /** {value, end} of the reply that begins at a byte, or null if it is not all there. */
    parse(at) {
        const lineEnd = this.bytes.indexOf("\r\n", at);
        if (lineEnd < 0) {
            return null;
        }
        const kind = String.fromCharCode(this.bytes[at]);
        const rest = this.bytes.toString("utf8", at + 1, lineEnd);
        const end = lineEnd + 2;
        const simple = { "+": () => rest, "-": () => new Error(rest), ":": () => Number(rest), ",": () => Number(rest), "#": () => rest === "t", _: () => null, "(": () => rest }[kind];
        if (simple) {
            return { value: simple(), end };
        }
        const count = Number(rest);
        if (kind === "$" || kind === "=") {
            if (count < 0) {
                return { value: null, end };
            }
            const from = kind === "=" ? end + 4 : end;
            return this.bytes.length < end + count + 2 ? null : { value: this.bytes.toString("utf8", from, end + count), end: end + count + 2 };
        }
        const parts = [];
        let next = end;
        for (let i = 0; i < (kind === "%" ? 2 * count : count); i++) {
            const found = this.parse(next);
            if (found === null) {
                return null;
            }
            parts.push(found.value);
            next = found.end;
        }
        return { value: kind === "%" ? Object.fromEntries(parts.filter((_, i) => i % 2 === 0).map((name, i) => [name, parts[2 * i + 1]])) : parts, end: next };
    }

    close() {
        this.socket.destroy();
    }
}

export class Server {
    static async start(...options) {
        const server = new Server();
        server.dir = fs.mkdtempSync(path.join(os.tmpdir(), "quipu-page-"));
        [server.port, server.httpPort] = [await freePort(), await freePort()];
        server.url = `http://127.0.0.1:${server.httpPort}/`;
        const log = fs.openSync(path.join(server.dir, "log"), "a");
        // No query is to end because a machine is busy.
        const limits = ["--query-timeout", "10m", "--shard-timeout", "10m"];
        const words = ["--port", server.port, "--http-port", server.httpPort, "--dir", path.join(server.dir, "data"), ...limits, ...options, "--shards", "embedded", "2"];
        server.process = spawn(SERVER, words.map(String), { stdio: ["ignore", log, log], env: environment() });
        server.ended = new Promise((resolve) => server.process.once("exit", resolve));
        fs.closeSync(log);
        try {
            await server.answers();
        } catch (error) {
            server.process.kill("SIGKILL");
            throw error;
        }
        return server;
    }

    async answers() {
        const until = Date.now() + START_TIMEOUT_MS;
        for (;;) {
            try {
                this.client = await Client.connect(this.port);
                await this.client.call("DBSIZE");
                await fetch(this.url);
                return;
            } catch (error) {
                this.client?.close();
                if (Date.now() > until || this.process.exitCode !== null) {
                    throw new Error(`the server does not answer: ${error.message}\n${fs.readFileSync(path.join(this.dir, "log"), "utf8")}`);
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }
    }

    /** Until every count is answered: an index of a new dataset is made while others are served. */
    async ready() {
        const until = Date.now() + START_TIMEOUT_MS;
        while ((await fetch(`${this.url}ready`)).status !== 200) {
            if (Date.now() > until) {
                throw new Error("an index is not made in time");
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }

    call(...args) {
        return this.client.call(...args);
    }

    /** The answer of a query as FORMAT JSON has it. */
    async answer(text) {
        return JSON.parse(await this.call("QUERY", `${text} format json`));
    }

    /** Rows of a dataset, each an object of fields; a field that is null is left out. */
    async load(dataset, rows) {
        await this.call("DATASET", "CREATE", dataset, "PREFIX", `${dataset}_`);
        for (let from = 0; from < rows.length; from += 500) {
            await Promise.all(rows.slice(from, from + 500).map((row, at) => this.call("HSET", `${dataset}_${from + at}`, ...Object.entries(row).filter(([, value]) => value !== null).flat())));
        }
    }

    loadFile(dataset, file) {
        execFileSync(path.join(BIN, "quipu-load"), ["--port", String(this.port), "--dataset", dataset, file], { stdio: "pipe" });
    }

    /** Rows as the demo has them. */
    generate(dataset, rows) {
        const file = path.join(this.dir, `${dataset}.csv`);
        fs.writeFileSync(file, execFileSync(path.join(BIN, "quipu-gen"), ["--rows", String(rows)]));
        this.loadFile(dataset, file);
    }

    /** The shards stand still, and every count with them. Whoever does that lets them go on. */
    pauseShards() {
        this.shardPids().forEach((pid) => process.kill(pid, "SIGSTOP"));
    }

    /** Those from one on, counted from 0. */
    resumeShards(from = 0) {
        this.shardPids().slice(from).forEach((pid) => process.kill(pid, "SIGCONT"));
    }

    shardPids() {
        const { pid } = this.process;
        return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    }

    async stop() {
        this.client.close();
        this.process.kill("SIGTERM");
        await this.ended;
        const { exitCode } = this.process;
        const log = fs.readFileSync(path.join(this.dir, "log"), "utf8");
        fs.rmSync(this.dir, { recursive: true, force: true });
        if (exitCode !== 0) {
            throw new Error(`the server ended with ${exitCode}\n${log.slice(-4000)}`);
        }
    }
}

/** Numbers from a seed, for tests that draw: mulberry32. */
export function randomOf(seed) {
    let state = createHash("sha256").update(String(seed)).digest().readUInt32LE();
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}
