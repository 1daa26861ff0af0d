// Small helpers for drawing without strings of HTML: what comes from the server is always text.

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite that stands in the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** An element with attributes (true is an empty one, false and null none) and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

/** Set or remove an attribute only when it changes: an unchanged row causes no work in the browser. */
export function attribute(node, name, value) {
  const wanted = value === true ? "" : value;
  if (wanted === false || wanted === null || wanted === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(wanted)) {
    node.setAttribute(name, wanted);
  }
}

/** Replace the children only when `key` differs from what is drawn. */
export function redraw(node, key, make) {
  if (node.drawn === key) return;
  node.drawn = key;
  node.replaceChildren(...make());
}

/** The meta element's content, or the empty text. */
export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? "";
}
