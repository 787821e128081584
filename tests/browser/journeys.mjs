// Drives the demonstration as people would: a resident on a phone, the treasurer, two officers,
// then a stranger with the certificate. Usage: node journeys.mjs BASE STATEMENT OUT
// Exits 1 at the first thing that is not as it should be.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

const [base, statement, out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const desktop = { viewport: { width: 1280, height: 900 } };
const problems = [];

async function visit(name, options, story) {
  const context = await browser.newContext({ ...options, baseURL: base, locale: 'fr-FR' });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(`${name}: ${error}`));
  // A refusal is answered with status 422, which the browser reports although it is meant.
  const meant = (text) => text.includes('422');
  page.on('console', (line) => {
    if (line.type() === 'error' && !meant(line.text())) problems.push(`${name}: ${line.text()}`);
  });
  page.setDefaultTimeout(20_000);
  const see = async (what) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 1, `${name}/${what}: the page is ${wide} px wider than the screen`);
    await page.screenshot({ path: `${out}/${name}-${what}.png`, fullPage: true });
  };
  try {
    return await story(page, see, context);
  } catch (error) {
    await page.screenshot({ path: `${out}/${name}-failed.png`, fullPage: true }).catch(() => {});
    throw new Error(`${name}, at ${page.url()}: ${error.message}`, { cause: error });
  } finally {
    await context.close();
  }
}

async function fillForm(page, { count, inWords }) {
  await page.fill('[name=first_names]', 'Louise');
  await page.fill('[name=surname]', 'Vasseur');
  await page.fill('[name=birth_date]', '1990-05-17');
  await page.fill('[name=birth_place]', 'Lille');
  await page.fill('[name=nationality]', 'française');
  await page.fill('[name=street]', '7 rue des Sarrazins');
  await page.fill('[name=postcode]', '59000');
  await page.fill('[name=town]', 'Lille');
  await page.fill('[name=country]', 'France');
  await page.fill('[name=email]', 'louise.vasseur@exemple.fr');
  await page.selectOption('[name=categorie]', 'habitants').catch(() => page.check('[name=categorie][value=habitants]'));
  await page.fill('[name=nombre]', String(count));
  await page.fill('[name=en_lettres]', inWords);
  for (const consent of ['accord_statuts', 'accord_risques', 'accord_donnees']) await page.check(`[name=${consent}]`);
}

const send = (page) => page.click('main form[action="/souscrire"] button:not([type=button]), main form[action^="/souscrire"] button.big');

// A resident, on a phone: a mistake first, then a bulletin signed by the browser's own key.
const link = await visit('resident', phone, async (page, see) => {
  await page.goto('/');
  await see('home');
  await page.goto('/lieux');
  await see('places');
  await page.locator('main a[href^="/lieux/p_"]').first().click();
  await see('place');
  await page.goto('/souscrire');
  await see('form');
  await fillForm(page, { count: 12, inWords: 'dix' });
  await send(page);
  await page.waitForSelector('main .wrong');
  assert.match(await page.textContent('main'), /dix.*12|R23/s, 'the refusal tells both');
  assert.equal(await page.inputValue('[name=surname]'), 'Vasseur', 'what was typed is kept');
  await see('form-refused');
  await page.fill('[name=en_lettres]', 'douze');
  for (const consent of ['accord_statuts', 'accord_risques', 'accord_donnees']) await page.check(`[name=${consent}]`);
  await send(page);
  await page.waitForURL(/\/souscrire\/signer\//);
  assert.match(await page.textContent('main'), /clé qui ne le quitte pas/, 'the browser signs');
  await see('sign');
  await page.click('button.big');
  await page.waitForURL(/\/mes-parts/);
  await see('my-shares');
  const text = await page.textContent('main');
  assert.match(text, /RF\d\d/, 'the payment reference');
  assert.match(text, /FR76 3000 6000/, 'the IBAN');
  assert.equal(await page.locator('.qr svg').count(), 1, 'the payment code');
  const leaf = await page.getAttribute('.steps a[href^="/journal/"]', 'href');
  const personal = await page.locator('.copyable').first().textContent();
  await page.goto(leaf);
  assert.match(await page.textContent('main'), /\/k\/r-/, 'the resident’s own key has signed');
  await see('leaf');
  return personal.trim();
});

// Another, whose browser runs no script: the desk signs.
await visit('no-script', { ...phone, javaScriptEnabled: false }, async (page) => {
  await page.goto('/souscrire');
  await fillForm(page, { count: 2, inWords: 'deux' });
  await send(page);
  await page.waitForURL(/\/souscrire\/signer\//);
  assert.match(await page.textContent('main'), /guichet/, 'the desk signs');
  await page.click('button.big');
  await page.waitForURL(/\/mes-parts/);
  assert.match(await page.textContent('main'), /RF\d\d/);
});

const enter = async (page, office) => {
  await page.goto('/connexion');
  await page.click(`button[data-demo-key]:has-text("${office}")`);
  await page.waitForURL((url) => !url.pathname.startsWith('/connexion'));
};
const signHere = async (page) => {
  await Promise.all([page.waitForNavigation(), page.click('main form[data-sign] button')]);
};

// The treasurer imports the statement that the demonstration leaves, then imports it again.
await visit('treasurer', desktop, async (page, see) => {
  await page.goto('/connexion');
  await see('sign-in');
  await enter(page, 'trésorière');
  await page.goto('/tresorerie');
  await see('treasury');
  const read = async () => {
    await page.goto('/tresorerie/releve');
    await page.setInputFiles('[name=fichier]', statement);
    await Promise.all([page.waitForNavigation(), page.click('main form button')]);
  };
  await read();
  await see('statement');
  assert.match(await page.textContent('main'), /rapprochée/, 'the line is matched by its reference');
  await page.click('a[href^="/signer/"]');
  await see('sign');
  await signHere(page);
  assert.match(await page.textContent('main'), /feuille/i);
  await read();
  assert.match(await page.textContent('main'), /déjà|aucune/i, 'a second import changes nothing');
  await see('statement-again');
  for (const act of ['subvention', 'prestation', 'charge', 'appel', 'nature', 'compte']) {
    const answer = await page.goto(`/tresorerie/acte/${act}`);
    if (answer.status() === 200) await see(`act-${act}`);
  }
});

// Two officers: one prepares and signs, nothing is written; the other signs, and it is.
await visit('president', desktop, async (page, see) => {
  await enter(page, 'présidente');
  await page.goto('/bureau');
  await see('office');
  const ready = page.locator('tr', { has: page.locator('.tag.good:has-text("prête")') });
  const count = await ready.count();
  assert.ok(count >= 2, 'two paid subscriptions wait');
  for (let at = 0; at < count; at += 1) await ready.nth(at).locator('[name=souscription]').check();
  await page.fill('[name=intitule]', 'Conseil d’administration, point 2');
  await page.fill('[name=le]', new Date().toISOString().slice(0, 10));
  await page.click('button:has-text("Préparer l’admission")');
  await page.waitForURL(/\/signer\//);
  await see('decision');
  await signHere(page);
  await see('decision-signed');
  assert.match(await page.textContent('main'), /1 signature manque|encore/i, 'one signature is not enough');
});
await visit('secretary', desktop, async (page, see) => {
  await enter(page, 'secrétaire');
  await page.goto('/bureau');
  await see('to-cosign');
  await page.click('main a[href^="/signer/"]');
  await see('decision');
  await signHere(page);
  assert.match(await page.textContent('main'), /feuille/i, 'two signatures are');
  await page.goto('/registre');
  await see('register');
  await page.goto('/registre/mouvements');
  await see('movements');
});

// A second treasurer makes a key in the browser; it is worth nothing until two administrators sign.
const administrator = (name, office, options, story) => visit(name, options, async (page, see) => {
  await enter(page, office);
  assert.match(page.url(), /\/administration$/);
  await see('requests');
  await page.click('main h3 a[href^="/signer/"]');
  await page.waitForURL(/\/signer\//);
  await see('sign');
  await signHere(page);
  if (story) await story(page, see);
});
await visit('new-treasurer', phone, async (page, see) => {
  await page.goto('/cle');
  await page.fill('[name=nom_cle]', 'tresorerie-2');
  await page.fill('[name=fonction]', 'trésorerie adjointe');
  await page.selectOption('[name=role]', 'tresorerie');
  await see('key-form');
  await Promise.all([page.waitForNavigation(), page.click('form[data-new-key] button')]);
  await see('key-proof');
  await Promise.all([page.waitForNavigation(), page.click('form[data-sign] button')]);
  await see('key-asked');
  await administrator('administrator', 'administratrice', desktop);
  const offered = '[data-kept] button:has-text("tresorerie-2")';
  await page.goto('/connexion');
  await page.waitForSelector(offered);
  await Promise.all([page.waitForNavigation(), page.click(offered)]);
  assert.match(await page.textContent('main'), /habilitée/, 'one administrator is not enough');
  await administrator('second-administrator', 'second administrateur', phone);
  await page.goto('/connexion');
  await page.waitForSelector(offered);
  await Promise.all([page.waitForURL(/\/tresorerie$/), page.click(offered)]);
  await see('treasury');
});

// The secretary changes keys: the new one, the old one and two administrators sign the same text.
await visit('new-key', phone, async (page, see) => {
  await enter(page, 'secrétaire');
  await page.goto('/cle/remplacer');
  await page.fill('[name=nom_cle]', 'bureau-2-bis');
  await see('form');
  await Promise.all([page.waitForNavigation(), page.click('form[data-new-key] button')]);
  await see('proof');
  await Promise.all([page.waitForNavigation(), page.click('form[data-sign] button')]);
  await see('proved');
  await page.click('a:has-text("Signer aussi avec l’ancienne clé")');
  await page.waitForURL(/\/signer\//);
  await see('old-key');
  await signHere(page);
  assert.match(await page.textContent('main'), /2\s+signatures manquent/, 'the administrators');
  await administrator('rotation', 'administratrice', desktop);
  await administrator('second-rotation', 'second administrateur', desktop, async (admin, look) => {
    await admin.goto('/administration');
    assert.match(await admin.textContent('main'), /remplacée par bureau-2-bis/);
    await look('keys');
  });
  await page.goto('/connexion');
  const offered = '[data-kept] button:has-text("bureau-2-bis")';
  await page.waitForSelector(offered);
  await Promise.all([page.waitForURL(/\/bureau$/), page.click(offered)]);
});

// The resident reads what is held of her, takes it away, asks to be erased; the rules answer.
await visit('my-data', phone, async (page, see) => {
  await page.goto(link);
  await page.goto('/mes-donnees');
  assert.match(await page.textContent('main'), /Vasseur[\s\S]*gardé[\s\S]*registre des associés|souscription/);
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[href="/mes-donnees.json"]')]);
  assert.equal(file.suggestedFilename(), 'mes-donnees.json');
  await page.click('form[action="/mes-donnees/effacement"] button');
  await page.waitForURL(/#effacement$/);
  assert.match(await page.textContent('main'), /attend le bureau/);
  await see('asked');
  await visit('answer', desktop, async (officer, look) => {
    await enter(officer, 'présidente');
    await officer.goto('/bureau/donnees');
    await officer.click('main .cards a');
    await look('rules');
    await officer.click('button:has-text("Répondre ainsi")');
    await officer.waitForURL(/\/bureau\/donnees$/);
  });
  await page.reload();
  assert.match(await page.textContent('main'), /Réponse du/);
  await see('answered');
});

// What to do with a lost key, and what waits for a review, on a phone.
await visit('lost-key', phone, async (page, see) => {
  await page.goto('/cle/perdue');
  await see('guide');
  await enter(page, 'administratrice');
  for (const form of ['doute', 'seuil', 'cle-du-journal']) {
    await page.goto(`/administration/acte/${form}`);
    await see(form);
  }
  await page.goto('/revue');
  await see('review');
});

// A member takes a certificate; a stranger checks it, then a spoilt copy of it.
await visit('stranger', phone, async (page, see) => {
  await page.goto('/verifier');
  await see('verify');
  const pdf = Buffer.from(await (await fetch(process.env.CERTIFICATE)).arrayBuffer());
  const check = async (buffer, name) => {
    await page.goto('/verifier');
    await page.setInputFiles('[name=fichier]', { name, mimeType: 'application/pdf', buffer });
    await Promise.all([page.waitForNavigation(), page.click('main form button')]);
    return page.textContent('main');
  };
  assert.match(await check(pdf, 'certificat.pdf'), /authentique/i);
  await see('verified');
  const spoilt = Buffer.from(pdf);
  spoilt[spoilt.length - 2000] ^= 1;
  assert.doesNotMatch(await check(spoilt, 'certificat.pdf'), /Attestation authentique/);
  await see('spoilt');
  assert.match(await check(Buffer.from('bonjour'), 'lettre.pdf'), /pas|illisible/i);
});

// The accounts, to the leaf.
for (const [name, options] of [['accounts-phone', phone], ['accounts-desktop', desktop]]) {
  await visit(name, options, async (page, see) => {
    await page.goto('/comptes');
    await see('accounts');
    await page.locator('main table a[href*="ecritures"]').first().click();
    await page.waitForURL(/ecritures/);
    await see('entries');
    await page.locator('main a[href^="/journal/"]').first().click();
    await page.waitForURL(/\/journal\//);
    await see('leaf');
  });
}

await browser.close();
assert.deepEqual(problems, [], 'the browser complained');
console.log(`journeys done, screenshots in ${out}; personal link ${link.slice(0, 40)}…`);
