// Signing in: the server's challenge is signed with the office's key, which stays in this browser.

import { canSign, importKeyFile, newKey, signLine } from "/static/keys.js";

const form = document.querySelector("form[data-challenge]");
const challenge = document.querySelector("[data-text]").textContent;
const words = document.querySelector("[data-words]");

function say(text, wrong) {
  words.textContent = text;
  words.hidden = false;
  words.className = wrong ? "notice wrong" : "notice good";
}

async function enter(read) {
  try {
    const key = await importKeyFile(await read());
    form.elements.signatures.value = await signLine(key, challenge);
    form.submit();
  } catch (error) {
    say(error.message || "La clé n’a pas pu être lue.", true);
  }
}

document.querySelector("[data-key-file]").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) {
    enter(() => file.text());
  }
});

for (const button of document.querySelectorAll("[data-demo-key]")) {
  button.addEventListener("click", () => enter(() => button.dataset.demoKey));
}

document.querySelector("[data-new-key]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const label = event.target.elements.nom_cle.value.trim();
  if (!/^[a-z0-9-]{2,40}$/.test(label)) {
    say("Le nom de la clé : 2 à 40 lettres minuscules sans accent, chiffres ou traits d’union.", true);
    return;
  }
  try {
    const key = await newKey(`${event.target.dataset.origin}/k/${label}`);
    const shown = document.querySelector("[data-vkey]");
    shown.textContent = key.vkey;
    shown.hidden = false;
    say("La clé est faite et gardée dans ce navigateur. Transmettez sa partie publique aux administrateurs pour qu’ils l’inscrivent.");
  } catch (error) {
    say(`Ce navigateur ne peut pas faire de clé Ed25519. ${error.message}`, true);
  }
});

if (!(await canSign())) {
  say("Ce navigateur ne sait pas signer (Ed25519). Mettez-le à jour, ou employez « ledger-admin ».", true);
}
