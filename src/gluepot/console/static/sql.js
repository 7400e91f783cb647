"use strict";

(() => {
  const KEY = "gluepot-sql-history";
  const MOST = 50;
  const form = document.getElementById("sql-form");
  const field = document.getElementById("query");
  const list = document.getElementById("names");
  let asked = 0;

  function word() {
    return field.value.slice(0, field.selectionStart).match(/[\p{L}\p{N}_.]*$/u)[0];
  }

  function near() {
    const found = field.value.matchAll(/\b(?:from|join)\s+"?([\w-]+)"?\."?([\w-]+)"?/gi);
    return [...found].map((one) => `${one[1]}.${one[2]}`).slice(0, 8).join(",");
  }

  function close() {
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    for (const each of list.children) each.setAttribute("aria-selected", String(each === option));
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  }

  function take(option) {
    const end = field.selectionStart;
    field.setRangeText(option.textContent, end - word().length, end, "end");
    close();
    if (option.textContent.endsWith(".")) suggest();
  }

  function show(names) {
    list.replaceChildren(
      ...names.map((name, at) => {
        const option = document.createElement("li");
        option.id = `name-${at}`;
        option.role = "option";
        option.textContent = name;
        return option;
      }),
    );
    list.hidden = names.length === 0;
    if (names.length) choose(list.firstElementChild);
  }

  async function suggest() {
    const now = ++asked;
    const typed = word();
    if (!typed) return close();
    const query = new URLSearchParams({ word: typed, near: near(), format: "json" });
    const reply = await fetch(`${field.dataset.names}?${query}`);
    if (!reply.ok || now !== asked) return;
    const { names } = await reply.json();
    show(names.filter((name) => name !== typed));
  }

  function move(step) {
    const options = [...list.children];
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    choose(options[(at + step + options.length) % options.length]);
  }

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      close();
      form.requestSubmit();
      return;
    }
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      take(list.querySelector('[aria-selected="true"]'));
    } else if (event.key === "Escape") {
      close();
    }
  });
  field.addEventListener("input", suggest);
  field.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    if (event.target.role === "option") take(event.target);
  });

  function remembered() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
    } catch {
      return [];
    }
  }

  function draw() {
    const box = document.getElementById("history");
    const items = remembered().map((text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => {
        field.value = text;
        field.focus();
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    });
    box.hidden = items.length === 0;
    box.querySelector("ol").replaceChildren(...items);
  }

  form.addEventListener("submit", () => {
    const text = field.value.trim();
    if (!text) return;
    const others = remembered().filter((one) => one !== text);
    localStorage.setItem(KEY, JSON.stringify([text, ...others].slice(0, MOST)));
    setTimeout(draw);
  });

  const line = Number(field.dataset.line);
  if (line) {
    const lines = field.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    field.focus();
    field.setSelectionRange(before + Math.max(Number(field.dataset.column) - 1, 0), before + lines[line - 1].length);
  } else if (!document.getElementById("result")) {
    field.focus();
  }
  draw();
})();
