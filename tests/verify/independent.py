#!/usr/bin/env python3
"""Audits a whole log without any of the project's code.

Written from the specifications alone: RFC 6962, RFC 8032, RFC 8785 and C2SP signed-note,
tlog-checkpoint, tlog-tiles, tlog-cosignature, tlog-policy and tlog-proof, then the leaf format of
ledger/src/log/leaf.rs.
It needs Python 3.9 or later and the package `cryptography`.

    independent.py http://127.0.0.1:8080/log     a log served over HTTP
    independent.py exported/log                  the same files in a directory
    independent.py --proof X.tlog-proof --vkey K one proof, offline
    independent.py --policies FILE               of each policy in a JSON list: is it one?
With `--policy FILE`, the witnesses of that file must vouch for the checkpoint, as many as it asks.

All is recomputed: the tree from the leaves, every tile, every signature with the keys valid at that
index, the share count and the capital. The exit status is 0 only if all holds; otherwise the first
thing that does not is named, with the index of its leaf. Bundles of leaves are not public: give the
session of a signed-in auditor with `--header 'Cookie: ...'`.
"""

import argparse
import base64
import binascii
import collections
import datetime
import gzip
import hashlib
import json
import os
import re
import struct
import sys
import unicodedata
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NOTE, COSIGNATURE = 0x01, 0x04
MAX_LEAF, MAX_SIGNATURES, MAX_DEPTH = 16_384, 16, 8
MAX_POLICY, MAX_NAMED = 65_536, 64
SIGNING_PATIENCE = datetime.timedelta(days=7)
EPOCH = datetime.datetime(1970, 1, 1)
FIELDS = {"after", "body", "id", "kind", "recorded"}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
KIND = re.compile(r"[a-z0-9._@-]{1,64}")
DECIMAL = re.compile(r"0|[1-9][0-9]*")
SIGNER_KINDS = {"members.applied@v1", "shares.subscribed@v1"}
ADMIN_KINDS = {"ledger.opened@v1", "authority.key_enrolled@v1", "authority.key_revoked@v1",
               "authority.key_rotated@v1", "authority.key_suspected@v1",
               "authority.log_key_rotated@v1", "authority.threshold_changed@v1"}


class Wrong(Exception):
    """Something does not hold."""


class NotWitnessed(Wrong):
    """All holds, but too few witnesses have seen it."""


def need(so, why):
    if not so:
        raise Wrong(why)


def holds(check, *what):
    """Whether a check passes."""
    try:
        check(*what)
    except Wrong:
        return False
    return True

# --- Encodings -----------------------------------------------------------------------------------

def unbase64(text, why):
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(why) from None
    need(base64.b64encode(raw).decode() == text, why)
    return raw


def decimal(text, why):
    need(isinstance(text, str) and len(text) <= 20 and DECIMAL.fullmatch(text), why)
    need(int(text) < 2**64, why)
    return int(text)

# --- The tree of RFC 6962 ------------------------------------------------------------------------

def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """Grows leaf by leaf and keeps the root at every size."""

    def __init__(self):
        self.levels = [[]]  # levels[h][i]: root of the i-th perfect subtree of 2^h leaves
        self.roots = [hashlib.sha256(b"").digest()]

    def append(self, digest):
        for height in range(len(self.levels) + 1):
            if height == len(self.levels):
                self.levels.append([])
            self.levels[height].append(digest)
            if len(self.levels[height]) % 2:
                break
            digest = node_hash(*self.levels[height][-2:])
        root = None
        for level in self.levels:
            if len(level) % 2:
                root = level[-1] if root is None else node_hash(level[-1], root)
        self.roots.append(root)


def tile_names(size):
    """Each tile of a tree of that size: its level, index, width."""
    level = 0
    while size >> (8 * level):
        count = size >> (8 * level)
        for index in range((count + 255) // 256):
            yield level, index, min(256, count - 256 * index)
        level += 1


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/" + "/".join(groups) + (f".p/{width}" if width < 256 else "")

# --- Notes and keys ------------------------------------------------------------------------------

P = 2**255 - 19
ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER_Y = {0, 1, P - 1, ORDER_8, P - ORDER_8}


class Key:
    """A verifier key: name+id+base64(algorithm, public key)."""

    def __init__(self, vkey, algorithm=NOTE):
        parts = vkey.split("+", 2) if isinstance(vkey, str) else []
        need(len(parts) == 3, f"not a verifier key: {vkey!r}")
        self.vkey, self.name = vkey, parts[0]
        need_name(self.name)
        need(re.fullmatch("[0-9a-f]{8}", parts[1]), f"key id of {self.name}")
        material = unbase64(parts[2], f"public key of {self.name}")
        need(len(material) == 33 and material[0] == algorithm, f"algorithm of {self.name}")
        digest = hashlib.sha256(self.name.encode() + b"\n" + material).digest()
        self.id, self.material = bytes.fromhex(parts[1]), material
        need(digest[:4] == self.id, f"the id of {self.name} does not belong to its key")
        y = int.from_bytes(material[1:], "little") & (2**255 - 1)
        need(y < P and y not in SMALL_ORDER_Y, f"the key of {self.name} is weak")
        # x^2 = 121666 (y^2 - 1) / (121666 - 121665 y^2), which must have a root.
        square = 121666 * (y * y - 1) * (121666 - 121665 * y * y)
        need(pow(square, (P - 1) // 2, P) == 1, f"the key of {self.name} is not on the curve")
        self.public = Ed25519PublicKey.from_public_bytes(material[1:])

    def verify(self, message, signature):
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            raise Wrong(f"the signature by {self.name} does not hold") from None


def need_name(name):
    barred = ("Cc", "Cs", "Zs", "Zl", "Zp")
    bad = any(c.isspace() or unicodedata.category(c) in barred for c in name)
    need(name and not bad and "+" not in name and len(name.encode()) <= 255, f"key name {name!r}")


def parse_note(raw):
    """Gives the text and the signatures as (name, id, blob)."""
    try:
        note = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("the note is not UTF-8") from None
    need(all(c >= " " or c == "\n" for c in note), "the note has a control character")
    text, blank, lines = note.rpartition("\n\n")
    need(blank and lines.endswith("\n"), "not a text, a blank line and signatures")
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014", f"signature line {line!r}")
        need_name(parts[1])
        blob = unbase64(parts[2], f"signature line {line!r}")
        need(len(blob) > 4, f"signature line {line!r}")
        signatures.append((parts[1], blob[:4], blob[4:]))
    return text + "\n", signatures


def parse_checkpoint(raw):
    """Gives the origin, size, root, text and signatures; no extension lines."""
    text, signatures = parse_note(raw)
    lines = text[:-1].split("\n")
    need(len(lines) == 3, "a checkpoint is exactly three lines")
    need_name(lines[0])
    root = unbase64(lines[2], "root of the checkpoint")
    need(len(root) == 32, "root of the checkpoint")
    return lines[0], decimal(lines[1], "size of the checkpoint"), root, text, signatures


def verify_note(text, signatures, key):
    blobs = [blob for name, ident, blob in signatures if (name, ident) == (key.name, key.id)]
    need(blobs, f"{key.name} has not signed")
    for blob in blobs:
        key.verify(text.encode(), blob)


def verify_cosignature(text, signatures, key):
    blobs = [blob for name, ident, blob in signatures if (name, ident) == (key.name, key.id)]
    need(blobs, f"witness {key.name} has not cosigned")
    times = []
    for blob in blobs:
        need(len(blob) == 72, f"length of the cosignature by {key.name}")
        times.append(struct.unpack(">Q", blob[:8])[0])
        key.verify(f"cosignature/v1\ntime {times[-1]}\n{text}".encode(), blob[8:])
    return max(times)

# --- Witnesses -----------------------------------------------------------------------------------

class Policy:
    """A tlog-policy file: which logs and witnesses, and how many of these are enough."""

    def __init__(self, raw):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        self.grouped, quorums = set(), 0
        need(len(raw) <= MAX_POLICY and raw.endswith(b"\n"), "the policy's form")
        need(all(c >= 0x20 and c != 0x7f or c in b"\n\t" for c in raw), "the policy's characters")
        # What is not ASCII means nothing, save in the name of a key: it is kept as it is.
        text = raw.decode("utf-8", "surrogateescape")
        for number, line in enumerate(text[:-1].split("\n"), 1):
            why = f"line {number} of the policy"
            items = re.split("[ \t]+", line.strip(" \t"))
            if items == [""] or items[0].startswith("#"):
                continue
            if items[0] == "log" and len(items) in (2, 3):
                self.add_log(items[1], why)
            elif items[0] == "witness" and len(items) in (3, 4):
                self.add_witness(items[1], items[2], why)
            elif items[0] == "group" and len(items) > 3:
                self.add_group(items[1], items[2], items[3:], why)
            elif items[0] == "quorum" and len(items) == 2:
                quorums += 1
                known = items[1] in self.witnesses or items[1] in self.groups
                need(known or items[1] == "none", f"{why}: unknown {items[1]}")
                self.quorum = None if items[1] == "none" else items[1]
            else:
                raise Wrong(why)
        need(quorums == 1, "a policy has exactly one quorum line")

    def add_log(self, vkey, why):
        self.logs.append(self.new_key(vkey, NOTE, self.logs, why))
        need(len(self.logs) <= MAX_NAMED, f"{why}: too many logs")

    def add_witness(self, name, vkey, why):
        self.define(name, why)
        self.witnesses[name] = self.new_key(vkey, COSIGNATURE, self.witnesses.values(), why)

    def add_group(self, name, threshold, names, why):
        self.define(name, why)
        words = {"any": 1, "all": len(names)}
        least = words[threshold] if threshold in words else decimal(threshold, f"{why}: the threshold")
        need(1 <= least <= len(names), f"{why}: the threshold")
        for one in names:
            need(one in self.witnesses or one in self.groups, f"{why}: unknown {one}")
            need(one not in self.grouped, f"{why}: {one} is in a group already")
            self.grouped.add(one)
        self.groups[name] = (least, names)

    def new_key(self, vkey, algorithm, others, why):
        try:
            key = Key(vkey, algorithm)
        except Wrong as wrong:
            raise Wrong(f"{why}: {wrong}") from None
        twice = any(key.material == other.material for other in others)
        need(not twice, f"{why}: this key was given before")
        return key

    def define(self, name, why):
        taken = name in self.witnesses or name in self.groups or name == "none"
        need(not taken, f"{why}: the name {name}")
        named = len(self.witnesses) + len(self.groups)
        need(named < MAX_NAMED, f"{why}: too many witnesses and groups")

    def reached(self, name, times):
        if name in self.groups:
            least, names = self.groups[name]
            return sum(self.reached(one, times) for one in names) >= least
        return name in times

    def accepts(self, text, signatures, log_keys):
        """Whether a key that signs here for the log is listed, and has signed this very checkpoint."""
        named = {key.vkey for key in log_keys}
        return not self.logs or any(
            log.vkey in named and holds(verify_note, text, signatures, log) for log in self.logs)

    def check(self, text, signatures, log_keys):
        """Gives the report's lines; Wrong when a cosignature is false or the quorum is not reached."""
        need(self.accepts(text, signatures, log_keys),
             f"the policy does not list {' or '.join(key.vkey for key in log_keys)}")
        times = {}
        for name, key in self.witnesses.items():
            if any((by, ident) == (key.name, key.id) for by, ident, _ in signatures):
                times[name] = verify_cosignature(text, signatures, key)
        if self.quorum is None:
            return ["witnesses       the policy asks for none: NOT WITNESSED"]
        if not self.reached(self.quorum, times):
            by = sorted(times) or "anybody"
            raise NotWitnessed(f"NOT WITNESSED: the quorum {self.quorum} is not reached by {by}")
        return [f"witnessed       by {name} at {time}" for name, time in times.items()]


def path_root(leaf, index, size, path):
    """The root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    need(index < size, "the index is beyond the tree")
    first, last, digest = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "the path is too long")
        if first % 2 or first == last:
            digest = node_hash(sibling, digest)
            while first % 2 == 0 and first:
                first, last = first // 2, last // 2
        else:
            digest = node_hash(digest, sibling)
        first, last = first // 2, last // 2
    need(last == 0, "the path is too short")
    return digest


def check_proof(raw, vkey, policy=None):
    """Checks a tlog-proof that brings its leaf along, and gives the report, as lines."""
    head, blank, note = raw.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    need(blank and lines[0] == "c2sp.org/tlog-proof@v1", "not a proof file")
    need(len(lines) > 2 and lines[1].startswith("extra "), "the proof brings no leaf along")
    leaf = unbase64(lines[1][6:], "the extra line")
    need(lines[2].startswith("index "), "the index line")
    index = decimal(lines[2][6:], "the index line")
    path = [unbase64(line, "a hash of the path") for line in lines[3:]]
    need(len(path) <= 63 and all(len(digest) == 32 for digest in path), "a hash of the path")
    origin, size, root, text, signatures = parse_checkpoint(note)
    key = Key(vkey)
    need(key.name == origin, "the proof is of another log than its key")
    verify_note(text, signatures, key)
    need(path_root(leaf_hash(leaf), index, size, path) == root, "the path leads to another root")
    of, fields, _, _ = parse_leaf(leaf)
    need(of == origin, "the leaf is of another log")
    lines = [f"log             {origin}", f"size            {size}",
             f"leaf            {index}, {fields['kind']}, recorded {fields['recorded']}"]
    return lines + vouched(text, signatures, [key], policy)


def vouched(text, signatures, log_keys, policy):
    if policy is None:
        return ["witnesses       none asked for: NOT WITNESSED"]
    return policy.check(text, signatures, log_keys)


def judge(raw):
    """Says of each policy of a list in JSON whether it is one."""
    lines = []
    for case in json.loads(raw):
        octets = case["policy"].encode() if "policy" in case else base64.b64decode(case["policy_base64"])
        try:
            Policy(octets)
            lines.append("accepted")
        except Wrong as wrong:
            lines.append(f"refused: {wrong}")
    return lines

# --- Leaves --------------------------------------------------------------------------------------

def strict_json(line):
    def refuse(text):
        raise Wrong(f"the JSON holds the number {text}")

    def pairs(items):
        keys = [key for key, _ in items]
        need(len(set(keys)) == len(keys), "the JSON holds a key twice")
        return dict(items)

    try:
        value = json.loads(line, object_pairs_hook=pairs, parse_int=refuse, parse_float=refuse,
                           parse_constant=refuse)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Wrong(f"the JSON cannot be read: {error}") from None
    check_value(value, MAX_DEPTH)
    again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(again == line, "the JSON is not canonical")
    return value


def check_value(value, depth):
    if isinstance(value, str):
        need(unicodedata.normalize("NFC", value) == value, "a JSON string is not NFC")
    elif isinstance(value, (dict, list)):
        need(depth > 0, "the JSON is nested too deep")
        for item in value.values() if isinstance(value, dict) else value:
            check_value(item, depth - 1)
        for key in value if isinstance(value, dict) else ():
            need(re.fullmatch("[a-z0-9_]+", key), f"the JSON key {key!r}")


def parse_leaf(raw):
    """Gives the origin, the fields, the text and the signatures; the form is checked in full."""
    need(len(raw) <= MAX_LEAF, "the leaf is too long")
    text, signatures = parse_note(raw)
    lines = text.split("\n")
    need(len(lines) == 3, "the text is not a context line and one line of JSON")
    need(lines[0].endswith("/entry@v1"), "the context line")
    origin = lines[0][: -len("/entry@v1")]
    need_name(origin)
    fields = strict_json(lines[1])
    need(isinstance(fields, dict), "the JSON is not an object")
    need(FIELDS <= set(fields) <= FIELDS | {"corrects"}, "the fields of the leaf")
    for name in ["id"] + ["corrects"] * ("corrects" in fields):
        need(isinstance(fields[name], str) and UUID7.fullmatch(fields[name]), f"field {name}")
    need(isinstance(fields["kind"], str) and KIND.fullmatch(fields["kind"]), "field kind")
    fields["when"] = instant(fields["recorded"])
    after = fields["after"]
    need(isinstance(after, dict) and set(after) == {"root", "size"}, "field after")
    fields["after_size"] = decimal(after["size"], "size in after")
    need(isinstance(after["root"], str), "root in after")
    fields["after_root"] = unbase64(after["root"], "root in after")
    need(1 <= len(signatures) <= MAX_SIGNATURES, "the number of signatures")
    order = [(name.encode(), ident) for name, ident, _ in signatures]
    need(sorted(set(order)) == order, "the signatures are not sorted and distinct")
    for name, _, blob in signatures:
        need(name.startswith(origin + "/k/") and name != origin + "/k/", f"the key name {name}")
        need(len(blob) == 64, f"the length of the signature by {name}")
    return origin, fields, text, signatures


def instant(text):
    need(isinstance(text, str) and INSTANT.fullmatch(text), "field recorded")
    try:
        when = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        raise Wrong("field recorded") from None
    need(when >= EPOCH, "field recorded")
    return when

# --- What the leaves say -------------------------------------------------------------------------

class Book:
    """Replays keys and shares in the order of the log."""

    def __init__(self):
        self.opened = self.origin = None
        self.keys = {}  # name -> (Key, role), those that may sign now
        self.log_keys = []  # (Key, index of the leaf that names it, size until which both sign)
        self.threshold, self.signatures = 0, 0
        self.ids, self.latest = set(), EPOCH
        self.subscriptions, self.allotted = {}, {}
        self.holdings = collections.Counter()
        self.capital = 0
        self.kinds = collections.Counter()

    def apply(self, index, raw, roots):
        origin, fields, text, signatures = parse_leaf(raw)
        kind, body = fields["kind"], fields["body"]
        need((kind == "ledger.opened@v1") == (index == 0), "only leaf 0 opens the log")
        need(isinstance(body, dict), "the body is not an object")
        if index == 0:
            log_key = Key(body.get("log_vkey"))
            self.opened, self.origin = body, log_key.name
            self.log_keys = [(log_key, 0, 0)]
            need(body.get("origin", origin) == origin, "the origin of leaf 0")
        need(origin == self.origin, "the leaf is of another log")
        need(fields["id"] not in self.ids, "the id was used before")
        self.ids.add(fields["id"])
        need(fields["when"] >= self.latest - SIGNING_PATIENCE, "recorded long before others")
        self.latest = max(self.latest, fields["when"])
        need(fields["after_size"] <= index, "after names a later size")
        need(roots[fields["after_size"]] == fields["after_root"], "after names another history")
        self.check_signatures(index, kind, body, text, signatures)
        self.kinds[kind] += 1
        if kind == "shares.subscribed@v1":
            self.subscribe(body)
        elif kind == "shares.allotted@v1":
            for allotment in body.get("allotments", [body]):
                self.allot(allotment)

    def check_signatures(self, index, kind, body, text, signatures):
        """Each signature holds and is by a key valid at this index; then keys come and go."""
        valid = {name: key for name, (key, _) in self.keys.items()}
        admins = {name for name, (_, role) in self.keys.items() if role == "admin"}
        own = []
        if kind == "ledger.opened@v1":
            own = [Key(admin.get("vkey")) for admin in body.get("admins", [])]
            need(len({key.name for key in own}) == len(own), "an administrator is named twice")
            admins = {key.name for key in own}
            self.threshold = decimal(body.get("threshold"), "threshold")
            need(1 <= self.threshold <= len(own), "threshold")
        elif kind in ("authority.key_enrolled@v1", "authority.key_rotated@v1"):
            own = [Key(body.get("vkey"))]
            need(own[0].name not in self.keys, "the enrolled key has a name in use")
        elif kind in SIGNER_KINDS and "signer_vkey" in body:
            own = [Key(body["signer_vkey"])]
            need(own[0].name not in self.keys, "the signer's key has a name in use")
        for key in own:
            need(key.name.startswith(f"{self.origin}/k/"), f"the key name {key.name}")
            valid[key.name] = key
        signers = set()
        for name, ident, blob in signatures:
            key = valid.get(name)
            need(key and key.id == ident, f"{name} may not sign at this index")
            key.verify(text.encode(), blob)
            signers.add(name)
            self.signatures += 1
        if kind != "ledger.opened@v1":
            for key in own:
                need(key.name in signers, f"{key.name} has not signed what presents it")
        if kind == "authority.key_rotated@v1":
            need(body.get("key_name") in signers, "the key has not signed its own replacement")
        if kind in ADMIN_KINDS:
            need(len(signers & admins) >= self.threshold, "too few administrators have signed")
            self.change_keys(index, kind, body, own)

    def change_keys(self, index, kind, body, own):
        role = body.get("role", "admin")
        if kind in ("authority.key_revoked@v1", "authority.key_rotated@v1"):
            need(body.get("key_name") in self.keys, "there is no such key to revoke")
            role = self.keys.pop(body["key_name"])[1]
        for key in own:
            self.keys[key.name] = (key, role)
        if kind == "authority.threshold_changed@v1":
            self.threshold = decimal(body.get("threshold"), "threshold")
        elif kind == "authority.log_key_rotated@v1":
            key = Key(body.get("log_vkey"))
            need(key.name == self.origin, "the log's new key has another name")
            both = decimal(body.get("both_for"), "both_for")
            self.log_keys.append((key, index, index + 1 + both))

    def log_keys_at(self, size):
        """The keys that sign that size: the one in force, and former ones while both sign."""
        named = [one for one in self.log_keys if one[1] < size] or self.log_keys[:1]
        until = [after[2] for after in named[1:]] + [size]
        return [key for (key, _, _), last in zip(named, until) if size <= last]

    def subscribe(self, body):
        subscription = body.get("subscription")
        need(isinstance(subscription, str), "the subscription")
        need(subscription not in self.subscriptions, f"{subscription} was subscribed before")
        count = decimal(body.get("count"), "count of the subscription")
        nominal = decimal(body.get("nominal"), "nominal of the subscription")
        self.subscriptions[subscription] = (body.get("member"), count, nominal)

    def allot(self, body):
        subscription = body.get("subscription")
        need(subscription in self.subscriptions, f"unknown subscription {subscription}")
        need(subscription not in self.allotted, f"{subscription} was allotted before")
        member, subscribed, nominal = self.subscriptions[subscription]
        count = decimal(body.get("count"), "count of the allotment")
        need(body.get("member") == member, f"{subscription} is allotted to another member")
        need(count <= subscribed, f"{subscription} is allotted beyond what was subscribed")
        self.allotted[subscription] = count
        self.holdings[member] += count
        self.capital += count * nominal

# --- The audit -----------------------------------------------------------------------------------

class Source:
    """Reads a log's files from a directory or over HTTP."""

    def __init__(self, base, headers=()):
        self.base = base.rstrip("/")
        inner = os.path.join(self.base, "log")
        if os.path.isfile(os.path.join(inner, "checkpoint")):
            self.base = inner  # an archive, with its log in a folder of its own
        self.headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "independent-auditor"}
        self.headers.update(header.split(": ", 1) for header in headers)

    def read(self, path):
        try:
            if not self.base.startswith(("http://", "https://")):
                with open(os.path.join(self.base, *path.split("/")), "rb") as file:
                    return file.read()
            request = urllib.request.Request(f"{self.base}/{path}", headers=self.headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                raw = answer.read()
                zipped = answer.headers.get("Content-Encoding") == "gzip"
                return gzip.decompress(raw) if zipped else raw
        except OSError as error:
            raise Wrong(f"{path} cannot be read: {error}") from None


def unbundle(raw, width):
    leaves = []
    while raw:
        need(len(raw) >= 2, "the bundle is cut short")
        length = struct.unpack(">H", raw[:2])[0]
        need(len(raw) >= 2 + length, "the bundle is cut short")
        leaves.append(raw[2 : 2 + length])
        raw = raw[2 + length :]
    need(len(leaves) == width, f"the bundle holds {len(leaves)} leaves, not {width}")
    return leaves


def audit(source, vkey=None, known=(), witnesses=(), policy=None):
    """Checks everything and gives the report, as lines. Raises Wrong at the first fault."""
    origin, size, root, text, signatures = parse_checkpoint(source.read("checkpoint"))
    tree, book = Tree(), Book()
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        path = tile_path("entries", index, width)
        try:
            leaves = unbundle(source.read(path), width)
        except Wrong as wrong:
            raise Wrong(f"{path}: {wrong}") from None
        for offset, leaf in enumerate(leaves):
            at = 256 * index + offset
            try:
                book.apply(at, leaf, tree.roots)
            except Wrong as wrong:
                raise Wrong(f"leaf {at}: {wrong}") from None
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise Wrong(f"leaf {at}: malformed ({error})") from None
            tree.append(leaf_hash(leaf))
    need(tree.roots[size] == root, "the leaves do not give the root of the checkpoint")
    need(vkey or book.opened, "an empty log has no leaf 0 to name its key: give --vkey")
    if vkey and not book.log_keys:
        book.log_keys = [(Key(vkey), 0, 0)]
    known_keys = [key.vkey for key, _, _ in book.log_keys]
    need(not vkey or vkey in known_keys, "the log names another key of its own")
    for log_key in book.log_keys_at(size):
        need(log_key.name == origin, "the checkpoint is of another log than its key")
        verify_note(text, signatures, log_key)
    tiles = check_tiles(source, size, tree)
    lines = [f"log             {origin}", f"key             {log_key.vkey}",
             f"size            {size}", f"root            {base64.b64encode(root).decode()}"]
    for path in known:
        with open(path, "rb") as file:
            lines.append(check_known(file.read(), book.log_keys_at, size, tree))
    for witness in witnesses:
        key = Key(witness, COSIGNATURE)
        time = verify_cosignature(text, signatures, key)
        lines.append(f"witness         {key.name} at {time}")
    if policy or not witnesses:
        lines += vouched_so_far(source, (text, signatures), book.log_keys_at, policy, tree)
    lines += [f"tiles           {tiles}, all as recomputed",
              f"signatures      {book.signatures}, all hold", f"keys valid now  {len(book.keys)}"]
    lines += [f"  {count:6} {kind}" for kind, count in sorted(book.kinds.items())]
    shares = sum(book.holdings.values())
    return lines + [f"holders         {len(book.holdings)}", f"shares allotted {shares}",
                    f"capital (cents) {book.capital}"]


def vouched_so_far(source, latest, keys_at, policy, tree):
    """Who vouches for the latest checkpoint, or else for the one that the log publishes as witnessed."""
    size = len(tree.roots) - 1
    try:
        return vouched(*latest, keys_at(size), policy)
    except NotWitnessed as not_met:
        try:
            raw = source.read("witnessed")
        except Wrong:
            raise not_met from None
    lines = [check_known(raw, keys_at, size, tree)]
    _, until, _, text, signatures = parse_checkpoint(raw)
    vouching = policy.check(text, signatures, keys_at(until))
    return lines + vouching + [f"witnessed       up to {until} leaves"]


def check_tiles(source, size, tree):
    names = list(tile_names(size))
    for level, index, width in names:
        wanted = b"".join(tree.levels[8 * level][256 * index : 256 * index + width])
        path = tile_path(level, index, width)
        need(source.read(path) == wanted, f"{path} is not what the leaves give")
    return len(names)


def check_known(raw, keys_at, size, tree):
    """An earlier checkpoint must be a beginning of this log."""
    origin, old_size, old_root, text, signatures = parse_checkpoint(raw)
    for log_key in keys_at(old_size):
        verify_note(text, signatures, log_key)
        need(origin == log_key.name, "the earlier checkpoint is of another log")
    need(old_size <= size, f"ROLLBACK: the log had {old_size} leaves, it now has {size}")
    need(tree.roots[old_size] == old_root, f"FORK: another root was signed at size {old_size}")
    return f"known           checkpoint of size {old_size} is a beginning of this log"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("log", nargs="?", help="base of the log: a URL or a directory")
    parser.add_argument("--proof", metavar="FILE", help="check this one proof instead, offline")
    parser.add_argument("--policy", metavar="FILE", help="a tlog-policy: whose word is asked for")
    parser.add_argument("--policies", metavar="FILE", help="say of each of these whether it is one")
    parser.add_argument("--vkey", help="the log's key, from a channel you trust")
    parser.add_argument("--known", action="append", default=[], metavar="FILE",
                        help="a checkpoint kept from an earlier visit")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY",
                        help="a witness that must have cosigned")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'",
                        help="sent with every request")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    if options.policies:
        with open(options.policies, "rb") as file:
            print("\n".join(judge(file.read())))
        return 0
    if bool(options.log) == bool(options.proof) or (options.proof and not options.vkey):
        parser.error("give a log, or --proof and --vkey")
    try:
        policy = None
        if options.policy:
            with open(options.policy, "rb") as file:
                policy = Policy(file.read())
        if options.proof:
            with open(options.proof, "rb") as file:
                lines = check_proof(file.read(), options.vkey, policy)
        else:
            source = Source(options.log, options.header)
            lines = audit(source, options.vkey, options.known, options.witness, policy)
    except Wrong as wrong:
        print(f"DOES NOT HOLD: {wrong}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    print("ALL HOLDS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
