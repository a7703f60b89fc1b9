// What happened, for those who cannot see it: a live region, and the same text in the page's last line.

let region = null;

export function announceIn(element) {
    region = element;
}

export function announce(text) {
    if (region) {
        region.textContent = text;
    }
}
