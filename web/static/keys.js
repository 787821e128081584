// Keys in the browser: Ed25519 by WebCrypto, not extractable, kept in IndexedDB.
// The private key never leaves the browser, and no page can read it back.

const DATABASE = "fonciere";
const STORE = "keys";
const utf8 = new TextEncoder();

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "name" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function ask(mode, act) {
  const db = await database();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(db.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    db.close();
  }
}

export const remember = (key) => ask("readwrite", (store) => store.put(key));
export const recall = (name) => ask("readonly", (store) => store.get(name));

/** The keys made in this browser that have signed a request for an office. */
export async function officeKeys() {
  const keys = await ask("readonly", (store) => store.getAll());
  return keys.filter((key) => key.office);
}

function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function join(...parts) {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

/** The first four bytes of SHA-256(name, newline, 0x01, public key): C2SP signed-note. */
async function keyId(name, publicKey) {
  const material = join(utf8.encode(`${name}\n`), [1], publicKey);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", material)).slice(0, 4);
}

/** Whether this browser can sign at all (Ed25519 by WebCrypto, IndexedDB). */
export async function canSign() {
  try {
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    await recall("");
    return true;
  } catch {
    return false;
  }
}

/** Makes a key of that name, keeps it, and returns it with its public text. */
export async function newKey(name) {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const id = await keyId(name, publicKey);
  const vkey = `${name}+${toHex(id)}+${toBase64(join([1], publicKey))}`;
  const key = { name, id, vkey, privateKey: pair.privateKey };
  await remember(key);
  return key;
}

/** Makes a key with a random name: a resident's, for one subscription. */
export function newResidentKey(origin) {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return newKey(`${origin}/k/r-${toHex(random)}`);
}

/** Reads a key file (`PRIVATE+KEY+name+id+base64`) and keeps the key, not the file. */
export async function importKeyFile(text) {
  const parts = /^PRIVATE\+KEY\+([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\s*$/.exec(text);
  const secret = parts && fromBase64(parts[3]);
  if (!secret || secret.length !== 33 || secret[0] !== 1) {
    throw new Error("Ce fichier n’est pas un fichier de clé : une seule ligne « PRIVATE+KEY+… » est attendue.");
  }
  // PKCS#8 for Ed25519 (RFC 8410): a fixed prefix, then the 32 bytes of the seed.
  const prefix = fromHex("302e020100300506032b657004220420");
  const pkcs8 = join(prefix, secret.slice(1));
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "Ed25519" }, false, ["sign"]);
  const key = { name: parts[1], id: fromHex(parts[2]), privateKey };
  await remember(key);
  return key;
}

/** The signature line of a text: `— name base64(id, signature)`. */
export async function signLine(key, text) {
  const signature = await crypto.subtle.sign({ name: "Ed25519" }, key.privateKey, utf8.encode(text));
  return `\u2014 ${key.name} ${toBase64(join(key.id, new Uint8Array(signature)))}`;
}
