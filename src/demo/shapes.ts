/** SVG elements as strings; lengths are in the units of a picture of 320 x 240. */

/** `extra` is written into the element as it is, such as `opacity="0.5"`. */
export function circle(x: number, y: number, radius: number, fill: string, extra = ''): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${fill}" ${extra}/>`;
}

export function ellipse(x: number, y: number, radiusX: number, radiusY: number, fill: string, extra = ''): string {
  return `<ellipse cx="${round(x)}" cy="${round(y)}" rx="${round(radiusX)}" ry="${round(radiusY)}" fill="${fill}" ${extra}/>`;
}

export function rectangle(x: number, y: number, width: number, height: number, fill: string, extra = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}" ${extra}/>`;
}

/** @param data SVG path data */
export function path(data: string, fill: string, extra = ''): string {
  return `<path d="${data}" fill="${fill}" ${extra}/>`;
}

/** A path that is a line: no filling, round ends. */
export function line(data: string, stroke: string, width: number, extra = ''): string {
  return path(data, 'none', `stroke="${stroke}" stroke-width="${round(width)}" stroke-linecap="round" ${extra}`);
}

/** Moved, turned (degrees, clockwise), then scaled; a negative `scaleX` mirrors. */
export function placed(body: string, x: number, y: number, scaleX: number, scaleY: number, turn = 0): string {
  const transform = `translate(${round(x)} ${round(y)}) rotate(${round(turn)}) scale(${round(scaleX)} ${round(scaleY)})`;
  return `<g transform="${transform}">${body}</g>`;
}

/** A gradient from top to bottom, and the fill that names it. */
export function verticalGradient(id: string, colours: readonly string[]): { definition: string; fill: string } {
  const stops = colours.map(
    (colour, index) => `<stop offset="${round(index / (colours.length - 1))}" stop-color="${colour}"/>`,
  );
  return {
    definition: `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join('')}</linearGradient>`,
    fill: `url(#${id})`,
  };
}

/** A veil over the picture, nothing at its upper edge (60) and full from the horizon on. */
export function fadingIn(id: string, colour: string, strength: number): string {
  return (
    `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour}" stop-opacity="0"/>` +
    `<stop offset="0.45" stop-color="${colour}" stop-opacity="${round(strength)}"/></linearGradient>` +
    rectangle(0, 60, 320, 180, `url(#${id})`)
  );
}

/** A soft disc that fades out towards its edge. */
export function glow(id: string, x: number, y: number, radius: number, colour: string, strength: number): string {
  return (
    `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${round(strength)}"/>` +
    `<stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>${circle(x, y, radius, `url(#${id})`)}`
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
