"use strict";

// How each graph is looked at, by its label: kept while its page shows it anew.
const views = new Map();
const STEP = 1.25;
const LEAST = 0.1;
const MOST = 4;

function viewOf(frame) {
  const name = frame.dataset.graph;
  if (!views.has(name)) views.set(name, { zoom: 1, left: 0, top: 0, find: "", at: -1, href: null });
  return views.get(name);
}

function partsOf(frame) {
  const region = frame.querySelector(".graph");
  const svg = region.querySelector("svg");
  return { region, svg, box: svg.viewBox.baseVal, tools: frame.querySelector(".graph-tools") };
}

function zoomTo(frame, zoom) {
  const { region, svg, box } = partsOf(frame);
  const view = viewOf(frame);
  const x = (region.scrollLeft + region.clientWidth / 2) / view.zoom;
  const y = (region.scrollTop + region.clientHeight / 2) / view.zoom;
  view.zoom = Math.min(MOST, Math.max(LEAST, zoom));
  svg.setAttribute("width", Math.round(box.width * view.zoom));
  svg.setAttribute("height", Math.round(box.height * view.zoom));
  lookAt(region, view, x, y);
}

function lookAt(region, view, x, y) {
  region.scrollLeft = x * view.zoom - region.clientWidth / 2;
  region.scrollTop = y * view.zoom - region.clientHeight / 2;
}

function zoomBy(frame, how) {
  const { region, box } = partsOf(frame);
  if (how === "fit") {
    zoomTo(frame, Math.min(1, region.clientWidth / box.width, region.clientHeight / box.height));
  } else {
    zoomTo(frame, viewOf(frame).zoom * (how === "in" ? STEP : 1 / STEP));
  }
}

function matches(frame) {
  const words = viewOf(frame).find.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return [...frame.querySelectorAll(".node")].filter((node) => {
    const text = node.querySelector("title").textContent.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function find(frame, step) {
  const { region, tools } = partsOf(frame);
  const view = viewOf(frame);
  const found = matches(frame);
  view.at = found.length ? (view.at + step + found.length) % found.length : -1;
  mark(frame, found);
  const said = view.find.trim() ? (found.length ? `${view.at + 1} of ${found.length}` : "none") : "";
  tools.querySelector("[role=status]").textContent = said;
  if (!found.length) return;
  const node = found[view.at];
  const centre = (start, size) => Number(node.getAttribute(start)) + Number(node.getAttribute(size)) / 2;
  lookAt(region, view, centre("x", "width"), centre("y", "height"));
}

function mark(frame, found) {
  for (const node of frame.querySelectorAll(".node.found")) node.classList.remove("found", "at");
  for (const node of found) node.classList.add("found");
  const at = viewOf(frame).at;
  if (at in found) found[at].classList.add("at");
}

function show(frame) {
  const { region, svg, box, tools } = partsOf(frame);
  const view = viewOf(frame);
  tools.hidden = false;
  tools.querySelector("input").value = view.find;
  if (view.zoom !== 1) {
    svg.setAttribute("width", Math.round(box.width * view.zoom));
    svg.setAttribute("height", Math.round(box.height * view.zoom));
  }
  region.scrollLeft = view.left;
  region.scrollTop = view.top;
  mark(frame, matches(frame));
  if (view.inRegion) region.focus({ preventScroll: true });
  if (view.href) {
    for (const link of svg.querySelectorAll("a")) {
      if (link.getAttribute("href") === view.href) {
        link.focus({ preventScroll: true });
        break;
      }
    }
  }
}

function remember(frame) {
  const { region } = partsOf(frame);
  const view = viewOf(frame);
  const focused = document.activeElement;
  view.left = region.scrollLeft;
  view.top = region.scrollTop;
  view.inRegion = region === focused;
  view.href = region.contains(focused) ? focused.getAttribute("href") : null;
}

function eachFrame(act) {
  for (const frame of document.querySelectorAll("[data-graph]")) act(frame);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zoomBy(button.closest("[data-graph]"), button.dataset.zoom);
});

document.addEventListener("input", (event) => {
  const frame = event.target.closest(".graph-tools") && event.target.closest("[data-graph]");
  if (!frame) return;
  Object.assign(viewOf(frame), { find: event.target.value, at: -1 });
  find(frame, 1);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const frame = event.target.closest("[data-graph]");
  if (!frame) return;
  if (event.target.matches("input")) {
    if (event.key === "Enter") {
      event.preventDefault();
      find(frame, event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      const at = frame.querySelector(".node.at");
      if (at && at.closest("a")) at.closest("a").focus();
    }
    return;
  }
  const how = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
  if (how && event.target.closest(".graph")) {
    event.preventDefault();
    zoomBy(frame, how);
  }
});

document.addEventListener("htmx:before:swap", () => eachFrame(remember));
document.addEventListener("htmx:after:swap", () => eachFrame(show));
eachFrame(show);
