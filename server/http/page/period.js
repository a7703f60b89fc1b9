// A date, or a bin of BY YEAR and its kin, as a span of time.
//
//     "2012"  "2012-Q2"  "2012-06"  "2012-W22"  "2012-06-01"   -> {from, to}: its first moment, and the first one after it

const FORMS = [
    [/^(\d{4})$/, (year) => [moment(year), moment(year + 1)]],
    [/^(\d{4})-Q([1-4])$/, (year, quarter) => [moment(year, quarter * 3 - 3), moment(year, quarter * 3)]],
    [/^(\d{4})-(0[1-9]|1[0-2])$/, (year, month) => [moment(year, month - 1), moment(year, month)]],
    [/^(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])$/, (year, week) => [monday(year, week), monday(year, week + 1)]],
    [/^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, (year, month, day) => [moment(year, month - 1, day), moment(year, month - 1, day + 1)]],
];

/** Milliseconds since 1970, UTC. Date.UTC takes the years 0 to 99 for those of the last century. */
const moment = (year, month = 0, day = 1) => new Date(0).setUTCFullYear(year, month, day);

/** The first day of a week: week 1 is the one with January 4. */
function monday(year, week) {
    const fourth = (new Date(moment(year, 0, 4)).getUTCDay() + 6) % 7;
    return moment(year, 0, 4 - fourth + (week - 1) * 7);
}

/** The span that a label names, or null. */
export function readPeriod(label) {
    for (const [form, spanOf] of FORMS) {
        const found = form.exec(label);
        if (found) {
            const [from, to] = spanOf(...found.slice(1).map(Number));
            return { from, to };
        }
    }
    return null;
}
