// The server's answers. Every call is a POST of JSON; a call that fails throws ApiError with the words of RESP's error.

export class ApiError extends Error {
    constructor(status, code, message) {
        super(message);
        this.status = status;
        this.code = code;
    }

    /** Where the query is wrong, counted in bytes from 1, or null. */
    get column() {
        const found = /^(?:at )?column (\d+)|\bat column (\d+)/.exec(this.message);
        return found ? Number(found[1] ?? found[2]) : null;
    }
}

async function errorOf(response) {
    let error = null;
    try {
        error = (await response.json()).error;
    } catch {
        // No JSON: a proxy's page, or nothing at all.
    }
    return new ApiError(response.status, error?.code ?? "ERR", error?.message ?? `the server answered ${response.status}`);
}

async function post(path, body, signal) {
    let response;
    try {
        response = await fetch(path, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(body),
            credentials: "same-origin",
            cache: "no-store",
            signal,
        });
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new ApiError(0, "OFFLINE", "the server does not answer");
    }
    if (!response.ok) {
        throw await errorOf(response);
    }
    return response.json();
}

export const session = () => post("api/session", {});
export const login = (user, password) => post("api/login", { user, password });
export const logout = () => post("api/logout", {});
export const progress = (id) => post("api/progress", { id });

/** {took_ms, reply}. Aborting the signal cancels the query on the server. */
export const query = (text, { id, signal } = {}) => post("api/query", id ? { text, id } : { text }, signal);

/** The reply of a command of Redis or Quipu. */
export const command = async (...args) => (await post("api/command", { args })).reply;

/** {version, took_ms, reply} when the dataset has changed after a version, or {version} after some time. */
export const watch = (text, after, signal) => post("api/watch", after === null ? { text } : { text, after }, signal);

/** Whether the server has a path at all. */
export async function has(path) {
    try {
        await post(path, {});
        return true;
    } catch (error) {
        return error.status !== 404 && error.status !== 405 && error.status !== 0;
    }
}
