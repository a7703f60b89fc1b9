// A query's text as tokens: {kind, text, from, to}, offsets in the text. For colours, and for reading simple queries back.
// The server has the real lexer; here a text that is wrong still has tokens.
//
//     tokens("count sex from t")   -> keyword "count", word "sex", keyword "from", word "t"

/** Those of parser/lexer.re. */
export const KEYWORDS = new Set(
    ("count from where by in as and or not is exists missing other sum avg min max distinct explain profile having order asc desc " +
        "limit offset totals percent of row column total weight suppress below test chi2 into ex format nested rows map table json csv " +
        "timeout values describe year quarter month week day weekday hour quantiles when net top like ilike between median stddev " +
        "variance quantile with columns level residuals ci markdown nocache").split(" "),
);

const TOKEN = new RegExp(
    [
        "(?<space>\\s+)",
        "(?<name>`(?:[^`]|``)*`)",
        "(?<text>'(?:[^'\\\\]|\\\\[\\s\\S]|'')*'|\"(?:[^\"\\\\]|\\\\[\\s\\S]|\"\")*\")",
        "(?<number>[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)(?:[eE][+-]?\\d+)?)",
        "(?<word>[\\p{L}_][\\p{L}\\p{M}\\p{Nd}_.:-]*)",
        "(?<punctuation>&&|\\|\\||==|!=|<>|<=|>=|[(){}\\[\\],;*=<>!])",
        "(?<unknown>[`'\"][\\s\\S]*|[\\s\\S])",
    ].join("|"),
    "gu",
);

export function tokens(text) {
    const found = [];
    for (const match of text.matchAll(TOKEN)) {
        let kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
        if (kind === "space") {
            continue;
        }
        if (kind === "word" && KEYWORDS.has(match[0].toLowerCase())) {
            kind = "keyword";
        }
        found.push({ kind, text: match[0], from: match.index, to: match.index + match[0].length });
    }
    return found;
}

/** The depth of brackets changes so at a token. Half-open ranges close with another bracket than they open with. */
export function depthChange(token) {
    if (token.kind !== "punctuation") {
        return 0;
    }
    return "([{".includes(token.text) ? 1 : ")]}".includes(token.text) ? -1 : 0;
}

export const isKeyword = (token, word) => token !== undefined && token.kind === "keyword" && token.text.toLowerCase() === word;

/** A field's or a dataset's name as a query writes it. */
export function writeName(name) {
    const isWord = /^[\p{L}_][\p{L}\p{M}\p{Nd}_.:-]*$/u.test(name) && !KEYWORDS.has(name.toLowerCase());
    return isWord ? name : `\`${name.replaceAll("`", "``")}\``;
}

/** The name that a token stands for, or null. */
export function readName(token) {
    if (token === undefined) {
        return null;
    }
    if (token.kind === "name") {
        return token.text.slice(1, -1).replaceAll("``", "`");
    }
    return token.kind === "word" || token.kind === "keyword" ? token.text : null;
}

export const isNumeral = (text) => /^[+-]?((0|[1-9]\d*)(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text);

/** A text in quotes, and back. */
export const writeText = (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

export function readText(written) {
    const quote = written[0];
    return written.slice(1, -1).replaceAll(new RegExp(`\\\\([\\s\\S])|${quote}${quote}`, "g"), (_, escaped) => escaped ?? quote);
}

/** A value as a query writes it. Text always has quotes: no word can then be taken for a keyword or a field. */
export const writeValue = (value) => (isNumeral(value) ? value : writeText(value));
