/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a command; a page without script lacks nothing but the buttons. */
"use strict";

const saidFor = 1500; /* milliseconds */

/* Where the clipboard is out of reach (a page from a mail), the old way still works. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function addButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy: " + code.textContent);
  button.addEventListener("click", async () => {
    const done = await copyText(code.textContent);
    button.textContent = done ? "Copied" : "Not copied";
    said.textContent = button.textContent;
    setTimeout(() => {
      button.textContent = "Copy";
    }, saidFor);
  });
  code.after(button);
}

/* What a screen reader says when a button was pressed. */
const said = document.createElement("p");
said.className = "said";
said.setAttribute("role", "status");
document.body.append(said);
document.querySelectorAll(".kept").forEach(addButton);

/* A printed page has no folds. */
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((fold) => {
    fold.open = true;
  });
});
