// SPDX-License-Identifier: Apache-2.0
// The only way this demo makes elements. Text always becomes a text node, so data can never turn into markup.

const svgNamespace = 'http://www.w3.org/2000/svg';

function setProperty(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) {
    element.addEventListener(name.slice(2), value);
  } else if (name === 'value' || name === 'checked') {
    element[name] = value;
  } else {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) setProperty(element, name, value);
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
}

/** An HTML element: `h('p', {class: 'hint'}, 'text', child, [more])`. `on…` adds a listener; empty children are left out. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), properties, children);
}

/** Puts `children` in the place of whatever `parent` holds. */
export function replace(parent, ...children) {
  parent.replaceChildren(...present(children));
}

let lastId = 0;

/** An id that nothing else on the page has, to tie labels and messages to their controls. */
export function uniqueId(stem) {
  lastId += 1;
  return `${stem}-${lastId}`;
}

/** Reads `text` to a screen reader without moving the focus. */
export function announce(text) {
  const announcer = document.getElementById('announcer');
  announcer.textContent = '';
  // A region that gets the same text twice stays silent unless it was empty for a moment.
  requestAnimationFrame(() => {
    announcer.textContent = text;
  });
}
