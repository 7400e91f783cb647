"use strict";

// Completion of rules, parameters and columns in the editor, and links to places in its text.
const MOST_SHOWN = 12;
const BEFORE = /[\w.]+$/;

function completer(field, list) {
  const words = JSON.parse(field.dataset.words);
  let chosen = -1;

  function typed() {
    const found = field.value.slice(0, field.selectionStart).match(BEFORE);
    return found ? found[0] : "";
  }

  function close() {
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function mark(number) {
    const items = list.children;
    chosen = (number + items.length) % items.length;
    for (const item of items) item.setAttribute("aria-selected", item === items[chosen]);
    field.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  }

  function take() {
    const word = list.children[chosen].dataset.word;
    const start = field.selectionStart - typed().length;
    field.setRangeText(word, start, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  function item(found, number) {
    const line = document.createElement("li");
    line.id = `completion-${number}`;
    line.dataset.word = found.word;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    const name = document.createElement("b");
    name.textContent = found.word;
    const about = document.createElement("span");
    about.textContent = [found.kind, found.about].filter(Boolean).join(": ");
    line.append(name, about);
    line.addEventListener("mousedown", (event) => {
      event.preventDefault();
      mark(number);
      take();
    });
    return line;
  }

  function open(all) {
    const start = typed().toLowerCase();
    if (!all && start.length < 2) return close();
    const fits = words.filter((each) => each.word.toLowerCase().startsWith(start));
    const inside = words.filter(
      (each) => !fits.includes(each) && start && each.word.toLowerCase().includes(start),
    );
    const found = [...fits, ...inside].slice(0, all && !start ? words.length : MOST_SHOWN);
    if (!found.length || (found.length === 1 && found[0].word === typed())) return close();
    list.replaceChildren(...found.map(item));
    list.hidden = false;
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    if (all) mark(0);
  }

  field.addEventListener("input", () => open(false));
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      open(true);
    } else if (list.hidden) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take();
    }
  });
}

function goTo(field, line, column) {
  const before = field.value.split("\n").slice(0, line - 1);
  const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  field.focus();
  field.setSelectionRange(at, at);
}

const field = document.getElementById("text");
completer(field, document.getElementById("completions"));

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  goTo(field, Number(link.dataset.line), Number(link.dataset.column));
});
