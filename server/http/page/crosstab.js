// A grid as a table of which only what is seen is in the document: 100,000 cells are some hundred elements. Rows have one
// height and columns of values one width, so what is seen follows from how far one has scrolled.
//
// Arrow keys move from cell to cell, Enter or a click opens the cell's menu. A column's head sorts by it.

import { el, label, number, percent } from "./dom.js";

const ROW_PX = 30;
const MARGIN_ROWS = 8;
const MARGIN_COLUMNS = 4;
const STEP = 4;
const PAGE_ROWS = 15;
const PRINTED_ROWS = 2000;
const LETTER_PX = 8;

/** A cell's text. Shares carry their sign, hidden cells a mark, and null is a dash. */
export function cellText(grid, row, column) {
    if (grid.isHidden(row, column)) {
        return "hidden";
    }
    const value = grid.value(row, column);
    if (value === null) {
        return "–";
    }
    return typeof value !== "number" ? String(value) : ["percent", "low", "high"].includes(grid.measure(column)) ? percent(value) : number(value, grid.decimals(column));
}

const widthOf = (texts, least, most) => Math.min(most, Math.max(least, ...texts.map((text) => text.length * LETTER_PX + 30)));

export class Crosstab {
    /** handlers: onCell(grid, row, column, element), onSort(sort), onFocusCell(grid, row, column). */
    constructor(handlers) {
        this.handlers = handlers;
        this.table = el("table", { role: "grid" });
        this.element = el("div", { class: "crosstab", tabindex: "-1" }, this.table);
        this.element.addEventListener("scroll", () => this.scrolled(), { passive: true });
        this.element.addEventListener("keydown", (event) => this.onKey(event));
        this.table.addEventListener("click", (event) => this.onClick(event));
        this.observer = new ResizeObserver(() => this.grid && this.draw());
        this.observer.observe(this.element);
        this.whole = false;
        this.onPrint = () => this.setWhole(true);
        this.onPrinted = () => this.setWhole(false);
        window.addEventListener("beforeprint", this.onPrint);
        window.addEventListener("afterprint", this.onPrinted);
    }

    close() {
        this.observer.disconnect();
        window.removeEventListener("beforeprint", this.onPrint);
        window.removeEventListener("afterprint", this.onPrinted);
    }

    /** paint: a painter of heat.js; sort: {column, descending} or null; title: what the table is called. */
    show(grid, { paint, sort, title }) {
        Object.assign(this, { grid, paint, sort, order: grid.order(sort), drawn: null, active: { row: 0, column: 0 } });
        this.table.setAttribute("aria-label", title);
        this.table.setAttribute("aria-rowcount", String(grid.rows + this.headRows()));
        this.table.setAttribute("aria-colcount", String(grid.rowDims.length + grid.columns));
        this.measureWidths();
        this.draw();
    }

    /** Where one is in the table, for another of the same shape that takes its place. */
    place() {
        const { grid, active, element } = this;
        return { rows: grid.rows, columns: grid.columns, active, left: element.scrollLeft, top: element.scrollTop };
    }

    goTo(place) {
        if (place.rows === this.grid.rows && place.columns === this.grid.columns) {
            this.active = place.active;
            this.element.scrollTo(place.left, place.top);
            this.draw();
        }
    }

    setWhole(whole) {
        this.whole = whole;
        this.drawn = null;
        if (this.grid) {
            this.draw();
        }
    }

    headRows() {
        return this.levels() + (this.grid.columnDims.length > 0 ? 1 : 0);
    }

    /** Rows of heads that name columns; above them is one that names the dimensions. */
    levels() {
        return this.grid.columnDims.length + (this.hasMeasureRow() ? 1 : 0);
    }

    hasMeasureRow() {
        return this.grid.measures.length > 1 || this.grid.columnDims.length === 0;
    }

    measureWidths() {
        const { grid } = this;
        const sample = grid.rowKeys.slice(0, 500).map((_, row) => row);
        const most = window.innerWidth < 520 ? 110 : 260;
        this.headWidths = grid.rowDims.map((dim) => widthOf([dim.name, ...dim.positions.slice(0, 500).map((one) => one.text ?? one.label)], 70, most));
        const columns = [...Array(Math.min(grid.columns, 200)).keys()];
        const heads = columns.flatMap((column) => [...grid.columnNames(column).slice(-1), ...(this.hasMeasureRow() ? [grid.measure(column)] : [])]);
        const cells = sample.slice(0, 60).flatMap((row) => columns.slice(0, 20).map((column) => cellText(grid, row, column)));
        this.width = widthOf([...heads.map((text) => `${text} `), ...cells], 64, 168);
    }

    fullWidth() {
        return this.headWidth() + this.grid.columns * this.width;
    }

    headWidth() {
        return this.headWidths.reduce((sum, width) => sum + width, 0);
    }

    /** What is to be in the document: rows and columns of values, from and up to. */
    window() {
        const { grid, element } = this;
        if (this.whole) {
            return { top: 0, bottom: Math.min(grid.rows, PRINTED_ROWS), left: 0, right: grid.columns };
        }
        const height = element.clientHeight || 600;
        const width = Math.max(200, element.clientWidth - this.headWidth());
        // In steps, so that not each pixel makes the table anew.
        const from = (px, size, margin) => Math.max(0, Math.floor((px / size - margin) / STEP) * STEP);
        const top = from(element.scrollTop, ROW_PX, MARGIN_ROWS);
        const left = from(element.scrollLeft, this.width, MARGIN_COLUMNS);
        return {
            top,
            bottom: Math.min(grid.rows, top + Math.ceil(height / ROW_PX) + 2 * MARGIN_ROWS + STEP),
            left,
            right: Math.min(grid.columns, left + Math.ceil(width / this.width) + 2 * MARGIN_COLUMNS + STEP),
        };
    }

    scrolled() {
        if (!this.waiting) {
            this.waiting = true;
            requestAnimationFrame(() => {
                this.waiting = false;
                this.draw();
            });
        }
    }

    draw() {
        const seen = this.window();
        const key = JSON.stringify(seen);
        if (key === this.drawn) {
            return;
        }
        const hadFocus = this.table.contains(document.activeElement);
        this.drawn = key;
        this.seen = seen;
        this.table.replaceChildren(this.columnGroup(), this.head(), this.body());
        this.table.style.width = `${this.fullWidth()}px`;
        if (hadFocus) {
            this.focusActive();
        }
        const active = this.activeElement();
        this.element.tabIndex = active === null ? 0 : -1;
    }

    columnGroup() {
        const { seen, grid } = this;
        const wide = (px) => {
            const column = el("col");
            column.style.width = `${px}px`;
            return column;
        };
        const widths = [...this.headWidths, ...this.spaces(seen.left), ...Array(seen.right - seen.left).fill(this.width), ...this.spaces(grid.columns - seen.right)];
        return el("colgroup", {}, widths.map(wide));
    }

    /** The width of columns that are not in the document, as one column. */
    spaces(count) {
        return count > 0 ? [count * this.width] : [];
    }

    /** A row's cells with room for the columns that are left out. */
    between(heads, cells) {
        const gap = (count) => (count > 0 ? el("td", { class: "gap", role: "presentation" }) : null);
        return [heads, gap(this.seen.left), cells, gap(this.grid.columns - this.seen.right)];
    }

    head() {
        const { grid, seen } = this;
        const rows = [];
        const add = (...parts) => rows.push(el("tr", { "aria-rowindex": rows.length + 1 }, parts));
        if (grid.columnDims.length > 0) {
            const names = grid.columnDims.map((dim, at) => [at > 0 && " / ", label(dim.name)]);
            add(this.corner(false), el("td", { class: "across", colspan: this.drawnColumns() }, el("span", {}, names)));
        }
        const last = this.levels() - 1;
        for (let level = 0; level <= last; level++) {
            const isMeasures = level === grid.columnDims.length;
            const cells = [];
            for (let column = seen.left; column < seen.right; ) {
                const span = isMeasures ? 1 : this.span(column, level);
                cells.push(this.headCell(column, span, level, isMeasures, level === last));
                column += span;
            }
            add(this.between(this.corner(level === last), cells));
        }
        return el("thead", {}, rows);
    }

    /** Columns of values in the document, with the room for those that are not. */
    drawnColumns() {
        const { seen, grid } = this;
        return seen.right - seen.left + (seen.left > 0 ? 1 : 0) + (seen.right < grid.columns ? 1 : 0);
    }

    /** How many columns of the window, from one on, have the same positions up to a level. */
    span(column, level) {
        const { grid, seen } = this;
        const key = (at) => grid.columnKeys[Math.floor(at / grid.measures.length)].slice(0, level + 1).join();
        let end = column + 1;
        while (end < seen.right && key(end) === key(column)) {
            end++;
        }
        return end - column;
    }

    /** The heads' part over the rows' names; the last row says what those are. */
    corner(isLast) {
        return this.grid.rowDims.map((dim, at) => {
            const cell = isLast ? el("th", { class: "row-head", scope: "col", title: dim.name }, label(dim.name)) : el("td", { class: "row-head" });
            this.stick(cell, at);
            return cell;
        });
    }

    stick(cell, at) {
        cell.style.left = `${this.headWidths.slice(0, at).reduce((sum, width) => sum + width, 0)}px`;
    }

    headCell(column, span, level, isMeasures, sorts) {
        const { grid, sort } = this;
        const name = isMeasures ? grid.measure(column) : grid.columnNames(column)[level];
        const classes = [grid.isTotalColumn(column) ? "total" : "", sorts ? "leaf" : "group"].join(" ");
        const isSorted = sort !== null && sort.column === column;
        const cell = el("th", {
            scope: span > 1 ? "colgroup" : "col",
            colspan: span > 1 ? span : null,
            class: classes,
            title: name,
            "aria-sort": !sorts ? null : isSorted ? (sort.descending ? "descending" : "ascending") : "none",
        });
        if (!sorts) {
            cell.append(label(name));
            return cell;
        }
        const button = el("button", { type: "button", class: "sort", tabindex: "-1", "data-column": column }, label(name), isSorted && el("span", { "aria-hidden": "true" }, sort.descending ? " ↓" : " ↑"));
        button.addEventListener("click", () => this.handlers.onSort(this.nextSort(column)));
        cell.append(button);
        return cell;
    }

    /** Descending first, since the largest is what one looks for; then ascending; then as the query has it. */
    nextSort(column) {
        if (this.sort === null || this.sort.column !== column) {
            return { column, descending: true };
        }
        return this.sort.descending ? { column, descending: false } : null;
    }

    body() {
        const { grid, seen } = this;
        const rows = [];
        const space = (count) => {
            if (count > 0) {
                const row = el("tr", { class: "gap", "aria-hidden": "true" }, el("td", { role: "presentation", colspan: "1" }));
                row.style.height = `${count * ROW_PX}px`;
                rows.push(row);
            }
        };
        space(seen.top);
        let before = null;
        for (let place = seen.top; place < seen.bottom; place++) {
            rows.push(this.row(place, before));
            before = grid.rowKeys[this.order[place]];
        }
        space(this.whole ? 0 : grid.rows - seen.bottom);
        return el("tbody", {}, rows);
    }

    row(place, before) {
        const { grid, seen } = this;
        const row = this.order[place];
        const key = grid.rowKeys[row];
        const names = grid.rowNames(row);
        let same = before !== null;
        const heads = names.map((name, at) => {
            same &&= at < names.length - 1 && before[at] === key[at];
            const head = el("th", { scope: "row", class: "row-head", title: name }, same ? el("span", { class: "again" }, label(name)) : label(name));
            this.stick(head, at);
            return head;
        });
        const cells = [];
        for (let column = seen.left; column < seen.right; column++) {
            cells.push(this.cell(place, row, column));
        }
        const opens = before !== null && names.length > 1 && before[0] !== key[0];
        const classes = [grid.isTotalRow(row) ? "total" : "", opens ? "opens" : ""].join(" ").trim();
        return el("tr", { class: classes || null, "aria-rowindex": place + 1 + this.headRows() }, this.between(heads, cells));
    }

    cell(place, row, column) {
        const { grid, active } = this;
        const hidden = grid.isHidden(row, column);
        const classes = [grid.isTotalColumn(column) ? "total" : "", hidden ? "hidden-cell" : ""].join(" ").trim();
        const isActive = place === active.row && column === active.column;
        const cell = el("td", { class: classes || null, tabindex: isActive ? "0" : "-1", "data-row": place, "data-column": column, "aria-colindex": grid.rowDims.length + column + 1 }, cellText(grid, row, column));
        const colour = this.paint(row, column);
        if (colour !== null) {
            cell.style.backgroundColor = colour.background;
            cell.style.color = colour.text;
        }
        return cell;
    }

    activeElement() {
        return this.table.querySelector(`td[data-row="${this.active.row}"][data-column="${this.active.column}"]`);
    }

    focusActive() {
        (this.activeElement() ?? this.element).focus({ preventScroll: true });
    }

    /** Moves to a cell, and scrolls it into view beside the heads. */
    move(row, column) {
        const { grid, element } = this;
        if (grid.rows === 0) {
            return;
        }
        const old = this.activeElement();
        old?.setAttribute("tabindex", "-1");
        this.active = { row: Math.min(grid.rows - 1, Math.max(0, row)), column: Math.min(grid.columns - 1, Math.max(0, column)) };
        const head = this.table.tHead.offsetHeight;
        const y = this.active.row * ROW_PX;
        const x = this.active.column * this.width;
        const height = element.clientHeight - head;
        const width = Math.max(this.width, element.clientWidth - this.headWidth());
        element.scrollTop = Math.min(y, Math.max(element.scrollTop, y + ROW_PX - height));
        element.scrollLeft = Math.min(x, Math.max(element.scrollLeft, x + this.width - width));
        this.draw();
        this.activeElement()?.setAttribute("tabindex", "0");
        this.focusActive();
        this.handlers.onFocusCell(grid, this.order[this.active.row], this.active.column);
    }

    onKey(event) {
        const { row, column } = this.active;
        const onHead = event.target.closest("button.sort");
        const end = this.grid.columns - 1;
        if (onHead) {
            const at = Number(onHead.dataset.column);
            const to = { ArrowLeft: at - 1, ArrowRight: at + 1 }[event.key];
            if (to !== undefined || event.key === "ArrowDown") {
                event.preventDefault();
                if (event.key === "ArrowDown") {
                    this.move(0, at);
                } else {
                    this.focusHead(to);
                }
            }
            return;
        }
        const to = {
            ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
            PageUp: [row - PAGE_ROWS, column], PageDown: [row + PAGE_ROWS, column],
            Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? this.grid.rows - 1 : row, end],
        }[event.key];
        if (to) {
            event.preventDefault();
            if (to[0] < 0 && event.key === "ArrowUp") {
                this.focusHead(column);
            } else {
                this.move(...to);
            }
        } else if (event.key === "Enter" || event.key === " ") {
            const cell = this.activeElement();
            if (cell && event.target === cell) {
                event.preventDefault();
                this.handlers.onCell(this.grid, this.order[row], column, cell);
            }
        }
    }

    focusHead(column) {
        const wanted = Math.min(this.grid.columns - 1, Math.max(0, column));
        const width = Math.max(this.width, this.element.clientWidth - this.headWidth());
        const x = wanted * this.width;
        this.element.scrollLeft = Math.min(x, Math.max(this.element.scrollLeft, x + this.width - width));
        this.draw();
        this.table.querySelector(`button.sort[data-column="${wanted}"]`)?.focus({ preventScroll: true });
    }

    onClick(event) {
        const cell = event.target.closest("td[data-row]");
        if (cell) {
            const [row, column] = [Number(cell.dataset.row), Number(cell.dataset.column)];
            this.move(row, column);
            this.handlers.onCell(this.grid, this.order[row], column, this.activeElement());
        }
    }
}
