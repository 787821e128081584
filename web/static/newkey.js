// A new key of an office: made and kept in this browser; the form sends its public text only.

import { canSign, newKey, recall } from "/static/keys.js";

const form = document.querySelector("form[data-new-key]");
const button = form.querySelector("button");
const words = document.querySelector("[data-words]");

function say(text) {
  words.textContent = text;
  words.hidden = false;
  words.className = "notice wrong";
}

/** The key of that name: made now, or just before when the form was refused. */
async function keyNamed(name) {
  const known = await recall(name);
  if (known && !known.vkey) {
    throw new Error("Une clé de ce nom, lue d’un fichier, est déjà dans ce navigateur : choisissez un autre nom.");
  }
  // Never over a key that exists: it may be in office already.
  return known ?? newKey(name);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = form.elements.nom_cle.value.trim();
  if (!/^[a-z0-9-]{2,40}$/.test(name)) {
    say("Le nom de la clé : 2 à 40 lettres minuscules sans accent, chiffres ou traits d’union.");
    form.elements.nom_cle.focus();
    return;
  }
  button.disabled = true;
  try {
    const key = await keyNamed(`${form.dataset.origin}/k/${name}`);
    form.elements.vkey.value = key.vkey;
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(`La clé n’a pas été faite. ${error.message}`);
  }
});

// A page that the browser kept for « back » comes with its button as it was left.
addEventListener("pageshow", () => {
  button.disabled = false;
});

if (!(await canSign())) {
  say("Ce navigateur ne sait pas faire de clé Ed25519. Mettez-le à jour, ou employez « ledger-admin ».");
}
