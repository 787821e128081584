// Signing: each text shown on the page is signed as it stands, and the lines are sent.

import { recall, remember, signLine } from "/static/keys.js";

const form = document.querySelector("form[data-sign]");
const button = form?.querySelector("button");
const words = document.querySelector("[data-sign-words]");

function say(text, wrong) {
  words.textContent = text;
  words.hidden = false;
  words.className = wrong ? "notice wrong" : "notice";
}

async function sign(event) {
  event.preventDefault();
  button.disabled = true;
  try {
    const key = await recall(form.dataset.sign);
    if (!key) {
      throw new Error("La clé qui doit signer n’est pas dans ce navigateur : reconnectez-vous avec le fichier de la clé.");
    }
    const texts = Array.from(document.querySelectorAll("[data-text]"), (block) => block.textContent);
    const lines = [];
    for (const text of texts) {
      lines.push(await signLine(key, text));
    }
    // The sign-in page offers a key that has asked for an office.
    if (form.hasAttribute("data-proves")) {
      await remember({ ...key, office: true });
    }
    form.elements.signatures.value = lines.join("\n");
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(`La signature n’a pas pu être faite. ${error.message}`, true);
    document.querySelector("[data-sign-otherwise]")?.removeAttribute("hidden");
  }
}

// Without a key to sign with, the form is left alone: the desk signs (R82).
if (form && form.dataset.sign !== "") {
  form.addEventListener("submit", sign);
}

// A page that the browser kept for « back » comes with its button as it was left.
addEventListener("pageshow", () => {
  if (button) {
    button.disabled = false;
  }
});
