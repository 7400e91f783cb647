"use strict";

function isTyping(target) {
  return target.matches("input, textarea, select") || target.isContentEditable;
}

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("gluepot-theme", root.dataset.theme);
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "/") {
    const find = document.getElementById("find");
    if (find) {
      event.preventDefault();
      find.focus();
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.elsewhere[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("themeSwitch" in button.dataset) switchTheme();
  if (button.dataset.copy) copy(button);
});

// What is shown anew every other second stays as it is under a reader's eyes and hands.
function isInUse(shown) {
  const typing = shown.contains(document.activeElement) && isTyping(document.activeElement);
  // The log is drawn from its end up: further up is below zero.
  const reading = [...shown.querySelectorAll(".log")].some((log) => log.scrollTop < -8);
  return typing || reading;
}

document.addEventListener("htmx:before:request", (event) => {
  const every = event.target.getAttribute?.("hx-trigger")?.startsWith("every");
  if (every && isInUse(event.target)) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
