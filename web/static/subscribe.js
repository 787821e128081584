// The subscription form: the total as one types, the fields that fit the person, and a key made here.

import { canSign, newResidentKey } from "/static/keys.js";

const form = document.querySelector("form[data-origin]");
const count = form.elements.nombre;
const total = document.querySelector("[data-total]");
const nominal = Number(form.dataset.nominalCents);
const euros = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });

function showTotal() {
  const typed = count.value.replace(/\s/g, "");
  const shares = Number.parseInt(typed, 10);
  const sound = Number.isInteger(shares) && shares > 0 && String(shares) === typed;
  total.textContent = sound ? euros.format((shares * nominal) / 100) : "…";
}

function showPerson() {
  const chosen = form.querySelector("input[name=personne]:checked")?.value ?? "natural";
  for (const block of form.querySelectorAll("[data-person]")) {
    const fits = block.dataset.person.split(" ").includes(chosen);
    block.hidden = !fits;
  }
}

async function send(event) {
  const sent = event.submitter;
  event.preventDefault();
  sent.disabled = true;
  try {
    if (await canSign()) {
      const key = await newResidentKey(form.dataset.origin);
      form.elements.signer_vkey.value = key.vkey;
    }
  } catch {
    // The desk signs instead (R82).
    form.elements.signer_vkey.value = "";
  }
  form.submit();
}

if (count) {
  count.addEventListener("input", showTotal);
  showTotal();
}
form.addEventListener("change", showPerson);
showPerson();
form.addEventListener("submit", send);

// A page that the browser kept for « back » comes with its button as it was left.
addEventListener("pageshow", () => {
  for (const button of form.querySelectorAll("button")) {
    button.disabled = false;
  }
});
