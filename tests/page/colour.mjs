// Colours as eyes see them: how far apart two are, how light one is, and what is left of it for who is colour-blind.
//
//     distance("#1c6aaf", "#b45309")                            CIEDE2000: about 2 is just noticed side by side
//     distance(seen("#1c6aaf", "protanopia"), seen(...))        the same for who has no red cones
//     lightness("#808080")                                      L*, 0 to 100
//     contrast("#000000", "#ffffff")                            21, as WCAG 2 has it

// Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009), at
// severity 1; over linear RGB.
const VISIONS = {
    normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
export const VISION_NAMES = Object.keys(VISIONS);

// Of sRGB with the white of D65.
const XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]];
const WHITE = [0.95047, 1, 1.08883];

const times = (matrix, vector) => matrix.map((row) => row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]);
const clamp = (value) => Math.min(1, Math.max(0, value));

/** "#1c6aaf" or "rgb(28 106 175)" as linear channels, 0 to 1. */
function linear(colour) {
    const channels = colour.startsWith("#") ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : colour.match(/[\d.]+/g).slice(0, 3).map(Number);
    return channels.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
}

function written(channels) {
    const bytes = channels.map(clamp).map((part) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055) * 255);
    return `rgb(${bytes.map((byte) => byte.toFixed(3)).join(" ")})`;
}

/** A colour as one of VISION_NAMES sees it. */
export const seen = (colour, vision) => written(times(VISIONS[vision], linear(colour)));

function lab(colour) {
    const [x, y, z] = times(XYZ, linear(colour)).map((value, at) => value / WHITE[at]).map((part) => (part > 216 / 24389 ? Math.cbrt(part) : (part * 24389) / 27 / 116 + 16 / 116));
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

export const lightness = (colour) => lab(colour)[0];

export function contrast(one, other) {
    const [least, most] = [one, other].map((colour) => times(XYZ, linear(colour))[1]).sort((a, b) => a - b);
    return (most + 0.05) / (least + 0.05);
}

/** CIEDE2000, after Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula" (2005). */
export function distance(one, other) {
    const [[l1, a1, b1], [l2, a2, b2]] = [lab(one), lab(other)];
    const degrees = (radians) => ((radians * 180) / Math.PI + 360) % 360;
    const cos = (angle) => Math.cos((angle * Math.PI) / 180);
    const sin = (angle) => Math.sin((angle * Math.PI) / 180);
    const part = (chroma) => Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
    const g = 0.5 * (1 - part((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2));
    const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)];
    const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
    const [h1, h2] = [degrees(Math.atan2(b1, x1)), degrees(Math.atan2(b2, x2))];
    const isGrey = c1 * c2 === 0;
    const turn = isGrey ? 0 : h2 - h1 > 180 ? h2 - h1 - 360 : h2 - h1 < -180 ? h2 - h1 + 360 : h2 - h1;
    const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * sin(turn / 2)];
    const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
    const h = isGrey || Math.abs(h1 - h2) <= 180 ? (h1 + h2) / (isGrey ? 1 : 2) : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
    const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
    const [sl, sc, sh] = [1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t];
    const rotation = -sin(60 * Math.exp(-(((h - 275) / 25) ** 2))) * 2 * part(c);
    return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh));
}
