// The page: one query, the parts that change it, and its answer. in: clicks, keys, texts, the address; out: calls of the
// server by api.js, and what the parts show.
//
//     a click on a field -> edit.js: a new state -> query_text.js: its text -> the server -> answer_view.js
//
// The text is the truth. The state {query, wish} is what the shelves make of it; query is null where they cannot.

import { announce, announceIn } from "./announce.js";
import { arrange } from "./answer.js";
import { AnswerView } from "./answer_view.js";
import * as api from "./api.js";
import { difference } from "./compare.js";
import { Datasets } from "./datasets.js";
import { el, label, visible } from "./dom.js";
import * as edit from "./edit.js";
import { dimOf, measuresOf } from "./field.js";
import { openFilter } from "./filter_dialog.js";
import { historyItems, remember } from "./history.js";
import { readLink, writeLink } from "./link.js";
import { Live } from "./live.js";
import { cellItems, chipItems, copyItems, downloadItems, fieldItems } from "./menus.js";
import { openMenu } from "./menu.js";
import { Progress } from "./progress.js";
import { QueryLine } from "./query_line.js";
import { emptyQuery, readQuery, writeQuery } from "./query_text.js";
import { hasSaved, openSaved } from "./saved.js";
import { loginForm } from "./session.js";
import { DIMENSION_SHELVES, Shelves } from "./shelf.js";
import { onSystemTheme, theme, turnTheme } from "./theme.js";
import { chartKinds, heatKinds, Toolbar } from "./toolbar.js";

const RICH = "This query is richer than the shelves. It stays as it is written.";
const KEYS = { r: "rows", c: "columns", l: "layers", f: "filter", m: "measure", w: "weight" };
const WELCOME = "Choose a dataset, then click a field, and another one. Each click writes the query.";

class Page {
    constructor(session) {
        this.session = session;
        this.state = { query: null, wish: {} };
        this.look = { heat: "none", chart: "auto", sort: null, layer: [], compare: null };
        this.runs = 0;
        this.datasets = new Datasets({
            onDataset: (name) => this.chooseDataset(name),
            onField: (field) => this.clickField(field),
            menuOf: (field) => fieldItems(this, field),
            onKey: (field, key) => this.fieldKey(field, key),
        });
        this.shelves = new Shelves({
            menuOf: (shelf, at) => chipItems(this, shelf, at),
            onDrop: (shelf, dragged, at) => this.drop(shelf, dragged, at),
            onRemove: (shelf, at) => this.remove(shelf, at),
            onMove: (shelf, at, by) => this.shift(shelf, at, by),
        });
        this.line = new QueryLine({ onRun: (text) => this.runText(text), onEdit: (text) => this.readText(text) });
        this.toolbar = new Toolbar({
            onShare: (percent, withCount) => this.change({ percent, withCount }, "Cells changed"),
            onTotals: (totals) => this.change({ totals }, totals ? "Totals added" : "Totals removed"),
            onTurn: () => this.apply(edit.turn(this.state), "Rows and columns changed places"),
            onHeat: (kind) => this.setHeat(kind),
            onChart: (kind) => this.setLook({ chart: kind }),
            onCompare: (dataset) => this.compareWith(dataset),
            onLive: (on) => this.setLive(on),
            copyItems: () => copyItems(this.answer.tables),
            downloadItems: () => downloadItems(this.answer.tables),
        });
        this.answer = new AnswerView({
            onCell: (grid, row, column, element) => openMenu(element, "Menu of the cell", cellItems(this, grid, row, column)),
            onSort: (sort) => this.setLook({ sort }),
            onLayer: (layer) => this.setLook({ layer }),
        });
        this.progress = new Progress();
        this.liveTable = new Live((text, answer) => this.liveAnswer(text, answer), (error) => this.fail(error));
        this.build();
    }

    build() {
        const status = el("p", { class: "status", role: "status", "aria-live": "polite" });
        announceIn(status);
        this.savedButton = el("button", { type: "button", hidden: true, onclick: () => openSaved(this.line.text, (text) => this.openText(text)) }, "Saved");
        const history = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false" }, "History ▾");
        history.addEventListener("click", () => openMenu(history, "History", historyItems((link) => this.openLink(link))));
        const themeButton = el("button", { type: "button", onclick: () => this.turnTheme() }, "Light / dark");
        const leave = this.session.user !== null && this.session.user !== "default" ? el("button", { type: "button", onclick: () => this.logout() }, "Log out") : null;
        const who = leave && el("span", { class: "quiet who" }, label(this.session.user));
        const header = el("header", { class: "top" }, el("h1", {}, "Quipu"), el("span", { class: "quiet version" }, visible(this.session.version ?? "")), el("span", { class: "space" }), history, this.savedButton, themeButton, who, leave);
        const result = el("section", { class: "result", "aria-label": "Answer" }, this.toolbar.element, this.progress.element, this.answer.element);
        this.element = el("div", { class: "page" }, el("a", { class: "skip", href: "#query" }, "To the query"), header, this.datasets.element, el("main", {}, this.shelves.element, this.line.element, result, status));
        this.element.querySelector(".skip").addEventListener("click", (event) => {
            event.preventDefault();
            this.line.area.focus();
        });
        this.answer.clear(el("p", { class: "nothing" }, WELCOME));
        this.onAddress = () => location.hash !== this.link && location.hash.length > 1 && this.openLink(location.hash);
        window.addEventListener("hashchange", this.onAddress);
        window.addEventListener("popstate", this.onAddress);
        onSystemTheme(() => this.draw());
    }

    async start() {
        this.showState();
        try {
            await this.datasets.load();
        } catch (error) {
            this.fail(error);
            return;
        }
        this.toolbar.setDatasets(this.datasets.all, null);
        hasSaved().then((has) => (this.savedButton.hidden = !has));
        api.has("api/watch").then((has) => this.toolbar.setLive(has));
        if (location.hash.length > 1) {
            this.openLink(location.hash);
        }
    }

    /** Leaves the page's listeners behind when another one takes its place. */
    close() {
        this.liveTable.stop();
        window.removeEventListener("hashchange", this.onAddress);
        window.removeEventListener("popstate", this.onAddress);
    }

    // ---- the state ----

    get isRich() {
        return this.state.query === null && this.line.text.trim() !== "";
    }

    field(name) {
        return this.datasets.field(name);
    }

    showState() {
        const query = this.state.query;
        const isUnderstood = this.answeredText === this.line.text;
        this.shelves.show(query, query ? arrange(query.dims.length, this.state.wish) : {}, this.isRich && isUnderstood ? RICH : "");
        this.toolbar.show(query, { ...this.look, isLive: this.liveTable.isOn });
    }

    /** A state that the shelves made: its text is written and asked. */
    apply(state, said) {
        const none = state.query.dims.length === 0 ? { totals: false, percent: null, withCount: false, residuals: false } : {};
        this.state = { ...state, query: { ...state.query, ...none } };
        this.look = { ...this.look, sort: null, layer: [] };
        this.followResiduals();
        this.line.show(writeQuery(this.state.query));
        this.showState();
        announce(said);
        return this.run();
    }

    change(part, said) {
        return this.apply({ ...this.state, query: { ...this.state.query, ...part } }, said);
    }

    /** What the shelves make of a text; the dataset on the left follows it. */
    readText(text) {
        const query = readQuery(text);
        const dims = query?.dims.length;
        const wish = this.state.query && dims !== this.state.query.dims.length ? {} : this.state.wish;
        this.state = { query, wish };
        this.showState();
    }

    runText(text) {
        this.readText(text);
        this.look = { ...this.look, sort: null, layer: [] };
        this.followResiduals();
        this.showState();
        this.followDataset();
        return this.run();
    }

    /** The heat map of residuals is there as long as the query asks for them. */
    followResiduals() {
        if (this.state.query !== null && !this.state.query.residuals && this.look.heat === "residual") {
            this.look.heat = "none";
        }
    }

    followDataset() {
        const name = this.state.query?.dataset ?? null;
        if (name !== null && name !== this.datasets.dataset && this.datasets.all?.includes(name)) {
            this.toolbar.setDatasets(this.datasets.all, name);
            this.look.compare = null;
            this.datasets.choose(name);
        }
    }

    openText(text) {
        this.state = { query: null, wish: {} };
        this.line.show(text);
        return this.runText(text);
    }

    openLink(link) {
        const view = readLink(link, { heats: heatKinds, charts: chartKinds });
        if (view === null) {
            return;
        }
        const query = readQuery(view.text);
        this.state = { query, wish: view.wish };
        this.line.show(view.text);
        this.look = { heat: view.heat, chart: view.chart, sort: view.sort, layer: view.layer, compare: null };
        this.followResiduals();
        this.followDataset();
        this.look.compare = view.compare;
        this.showState();
        this.run();
    }

    keepLink() {
        this.link = writeLink({ ...this.look, text: this.line.text, wish: this.state.query ? arrange(this.state.query.dims.length, this.state.wish) : this.state.wish });
        if (this.link !== location.hash) {
            history.pushState(null, "", this.link);
        }
        remember(this.line.text, this.link);
    }

    // ---- asking ----

    async run() {
        const text = this.line.text;
        if (text.trim() === "") {
            this.answer.clear(el("p", { class: "nothing" }, WELCOME));
            return;
        }
        const run = ++this.runs;
        this.line.setError(null);
        try {
            const parts = await this.progress.run((id, signal) => this.ask(text, id, signal));
            if (run === this.runs) {
                this.parts = parts;
                this.answeredText = text; // so it is no mistake, and what the shelves cannot read is richer than they are
                this.showState();
                this.draw();
                this.keepLink();
                if (this.liveTable.isOn) {
                    this.liveTable.start(text);
                }
            }
        } catch (error) {
            if (run === this.runs) {
                this.fail(error);
            }
        }
    }

    /** The answer's parts: one, or two datasets' and their difference. */
    async ask(text, id, signal) {
        const first = await api.query(text, { id, signal });
        if (this.look.compare === null || this.state.query === null) {
            return [first];
        }
        const other = { ...this.state.query, dataset: this.look.compare };
        const second = await api.query(writeQuery(other), { id, signal });
        const reply = difference(first.reply, second.reply);
        return [{ ...first, title: this.state.query.dataset }, { ...second, title: other.dataset }, { title: `Difference: ${reply.dataset}`, reply, isDifference: true }];
    }

    draw() {
        if (this.parts) {
            this.answer.show(this.parts, { ...this.look, wish: this.state.wish, theme: theme() });
        }
    }

    fail(error) {
        if (error.status === 401) {
            showLogin();
            return;
        }
        this.answer.setStale();
        if (error.name === "AbortError") {
            announce("Cancelled");
            return;
        }
        this.line.setError(error);
    }

    liveAnswer(text, answer) {
        if (text === this.line.text) {
            this.parts = [answer];
            this.draw();
        }
    }

    // ---- what parts ask for ----

    chooseDataset(name) {
        this.look = { ...this.look, sort: null, layer: [], compare: null };
        this.toolbar.setDatasets(this.datasets.all, name);
        this.datasets.choose(name);
        return this.apply({ query: emptyQuery(name), wish: {} }, `Dataset ${visible(name)}`);
    }

    /** A new table of the dataset with one field, whatever the text was. */
    restart(field) {
        this.state = { query: emptyQuery(this.datasets.dataset), wish: {} };
        return this.put(field, "rows");
    }

    clickField(field) {
        return this.isRich || this.state.query === null ? this.restart(field) : this.put(field, edit.nextShelf(this.state));
    }

    fieldKey(field, key) {
        const shelf = KEYS[key.toLowerCase()];
        if (shelf === undefined) {
            return false;
        }
        this.put(field, shelf);
        return true;
    }

    put(field, shelf, at = null) {
        if (this.state.query === null) {
            return this.restart(field);
        }
        const name = visible(field.name);
        if (DIMENSION_SHELVES.includes(shelf)) {
            const state = edit.addDim(this.state, shelf, dimOf(field), at);
            const totals = this.state.query.dims.length === 0 ? true : state.query.totals;
            return this.apply({ ...state, query: { ...state.query, totals } }, `${name} is on ${shelf}`);
        }
        if (shelf === "filter") {
            return openFilter(this.state.query.dataset, field, (condition) => this.apply(edit.addCondition(this.state, condition), `Filter: ${visible(condition)}`));
        }
        if (shelf === "weight") {
            return this.apply(edit.setWeight(this.state, field.name), `Weighted by ${name}`);
        }
        return this.addMeasure(measuresOf(field)[0]);
    }

    addMeasure(measure) {
        return this.apply(edit.addMeasure(this.state, measure), `Measure ${visible(measure)}`);
    }

    carry(shelf, at, to, toAt = null) {
        return this.apply(edit.carry(this.state, shelf, at, to, toAt), `Moved to ${to}`);
    }

    shift(shelf, at, by) {
        this.apply(edit.shift(this.state, shelf, at, by), by < 0 ? "Moved left" : "Moved right");
        this.shelves.focus(shelf, at + by);
    }

    remove(shelf, at) {
        return this.apply(edit.remove(this.state, shelf, at), "Removed");
    }

    setSpec(shelf, at, spec) {
        return this.apply(edit.setSpec(this.state, shelf, at, spec), spec === "" ? "Every value" : `Cut ${spec}`);
    }

    negate(at) {
        const conditions = this.state.query.conditions.map((text, i) => (i === at ? `not (${text})` : text));
        return this.change({ conditions }, "Condition turned around");
    }

    drop(shelf, dragged, at) {
        if (dragged.field !== undefined) {
            return this.put(this.field(dragged.field), shelf, at);
        }
        const from = dragged.shelf;
        if (DIMENSION_SHELVES.includes(from)) {
            if (DIMENSION_SHELVES.includes(shelf)) {
                return this.carry(from, dragged.at, shelf, at);
            }
            const dim = this.shelfDims(from)[dragged.at];
            return dim.field === null ? undefined : this.put(this.field(dim.field), shelf);
        }
        return from === shelf && at !== null ? this.shift(shelf, dragged.at, at - dragged.at) : undefined;
    }

    shelfDims(shelf) {
        const { layers, columns } = arrange(this.state.query.dims.length, this.state.wish);
        const { dims } = this.state.query;
        return { layers: dims.slice(0, layers), rows: dims.slice(layers, dims.length - columns), columns: dims.slice(dims.length - columns) }[shelf];
    }

    // ---- how the answer looks ----

    setLook(part) {
        this.look = { ...this.look, ...part };
        this.showState();
        this.draw();
        if (this.parts) {
            this.keepLink();
        }
    }

    setHeat(kind) {
        const residuals = kind === "residual";
        if (this.state.query !== null && this.state.query.residuals !== residuals) {
            this.look.heat = kind;
            this.change({ residuals }, residuals ? "Residuals" : "Heat map changed");
        } else {
            this.setLook({ heat: kind });
        }
    }

    compareWith(dataset) {
        this.look = { ...this.look, compare: dataset, sort: null };
        this.setLive(false);
        this.run();
    }

    setLive(on) {
        if (on && this.line.text.trim() !== "") {
            if (this.look.compare !== null) {
                this.setLook({ compare: null });
            }
            this.liveTable.start(this.line.text);
            announce("The table is watched");
        } else {
            this.liveTable.stop();
        }
        this.showState();
    }

    turnTheme() {
        announce(turnTheme() === "dark" ? "Dark" : "Light");
        this.draw();
    }

    // ---- cells ----

    /** The query that an answer on the page is of, or null. */
    queryOfAnswer(answer) {
        const query = readQuery(this.line.text);
        const isOf = query !== null && query.dims.length === answer.dims.length && answer.dims.every((dim, at) => query.dims[at].field === null || query.dims[at].field === dim.field);
        const isDifference = this.parts.some((part) => part.isDifference && part.reply === answer);
        return isOf && !isDifference ? { ...query, dataset: answer.dataset } : null;
    }

    narrow(conditions, what) {
        let state = this.state;
        conditions.forEach((condition) => (state = edit.addCondition(state, condition)));
        return this.apply(state, `Only ${what}`);
    }

    async logout() {
        await api.logout().catch(() => {});
        showLogin();
    }
}

let page = null;

function showPage(session) {
    page?.close();
    page = new Page(session);
    document.body.replaceChildren(page.element);
    page.start();
}

function showLogin() {
    page?.close();
    page = null;
    document.body.replaceChildren(el("main", { class: "alone" }, loginForm(showPage)));
    document.getElementById("login-user").focus();
}

try {
    const session = await api.session();
    if (session.login) {
        showLogin();
    } else {
        showPage(session);
    }
} catch (error) {
    document.body.replaceChildren(el("main", { class: "alone" }, el("p", { class: "error", role: "alert" }, visible(error.message))));
}
