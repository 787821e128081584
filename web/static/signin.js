// Signing in: the server's challenge is signed with the office's key, which stays in this browser.

import { canSign, importKeyFile, officeKeys, signLine } from "/static/keys.js";

const form = document.querySelector("form[data-challenge]");
const challenge = document.querySelector("[data-text]").textContent;
const words = document.querySelector("[data-words]");

function say(text, wrong) {
  words.textContent = text;
  words.hidden = false;
  words.className = wrong ? "notice wrong" : "notice good";
}

async function enter(find) {
  try {
    const key = await find();
    form.elements.signatures.value = await signLine(key, challenge);
    form.submit();
  } catch (error) {
    say(error.message || "La clé n’a pas pu être lue.", true);
  }
}

document.querySelector("[data-key-file]").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) {
    enter(async () => importKeyFile(await file.text()));
  }
});

for (const button of document.querySelectorAll("[data-demo-key]")) {
  button.addEventListener("click", () => enter(() => importKeyFile(button.dataset.demoKey)));
}

// Keys made in this browser enter without a file.
const kept = document.querySelector("[data-kept]");
for (const key of await officeKeys().catch(() => [])) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Entrer avec « ${key.name.split("/").pop()} »`;
  button.addEventListener("click", () => enter(() => key));
  kept.querySelector(".actions").append(button);
  kept.hidden = false;
}

if (!(await canSign())) {
  say("Ce navigateur ne sait pas signer (Ed25519). Mettez-le à jour, ou employez « ledger-admin ».", true);
}
