#!/usr/bin/env python3
"""Tests of the independent auditor: the published leaf, a sound log, and every kind of fault.

    python3 tests/verify/test_independent.py
"""

import base64
import hashlib
import json
import os
import struct
import sys
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.dont_write_bytecode = True

from independent import COSIGNATURE, NOTE, Key, Policy, Tree, Wrong, audit, check_known, check_proof
from independent import judge, leaf_hash, need, node_hash, parse_leaf, parse_note, tile_names
from independent import tile_path, verify_note

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
with open(os.path.join(GOLDEN, "leaf_v1.note"), "rb") as file:
    VECTOR = file.read()
PREFIX = "ledger.example.coop/shares/k/"
VKEYS = [PREFIX + "registrar-1+51c96142+AUOnLnFEAXYt9mtowm373yaCquyfJHTspGE+QkoPuv08",
         PREFIX + "member-7f3a+8a70ad77+AWa+fjMsekUzMr2dCn99sFX1xe8aBq2mbZizn7aBDEc6"]


class Signer:
    """A private key."""

    def __init__(self, name, seed, algorithm=NOTE):
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        material = bytes([algorithm]) + self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
        self.vkey = f"{name}+{self.id.hex()}+{base64.b64encode(material).decode()}"

    def cosigns(self, text, time):
        signature = self.private.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        blob = base64.b64encode(self.id + struct.pack(">Q", time) + signature).decode()
        return f"\u2014 {self.name} {blob}\n"

    def line(self, text):
        blob = base64.b64encode(self.id + self.private.sign(text.encode())).decode()
        return f"\u2014 {self.name} {blob}\n"


class Memory:
    """A log in memory: its files by path."""

    def __init__(self, origin="example.org/log"):
        self.origin, self.files, self.leaves, self.tree = origin, {}, [], Tree()
        self.log = Signer(origin, 1)

    def read(self, path):
        need(path in self.files, f"{path} is missing")
        return self.files[path]

    def append(self, kind, body, signers, **changes):
        size = len(self.leaves)
        fields = {"after": {"root": base64.b64encode(self.tree.roots[size]).decode(), "size": str(size)},
                  "body": body, "id": f"0197c2a0-5b1e-7c3a-9f10-{size:012x}", "kind": kind,
                  "recorded": f"2026-03-01T12:00:{size % 60:02}.000Z"}
        fields.update(changes)
        line = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        text = f"{self.origin}/entry@v1\n{line}\n"
        lines = "".join(signer.line(text) for signer in sorted(signers, key=lambda one: one.name))
        self.leaves.append(f"{text}\n{lines}".encode())
        self.tree.append(leaf_hash(self.leaves[-1]))

    def publish(self):
        size = len(self.leaves)
        text = f"{self.origin}\n{size}\n{base64.b64encode(self.tree.roots[size]).decode()}\n"
        self.files = {"checkpoint": f"{text}\n{self.log.line(text)}".encode()}
        for level, index, width in tile_names(size):
            hashes = self.tree.levels[8 * level][256 * index : 256 * index + width]
            self.files[tile_path(level, index, width)] = b"".join(hashes)
            if level == 0:
                some = self.leaves[256 * index : 256 * index + width]
                bundle = b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in some)
                self.files[tile_path("entries", index, width)] = bundle
        return self


def sample(last=lambda log, keys: None):
    """A log of 300 leaves: opening, keys, subscriptions, allotments; then what `last` adds."""
    log = Memory()
    keys = {name: Signer(f"{log.origin}/k/{name}", seed)
            for seed, name in enumerate(["admin-1", "admin-2", "desk", "own", "late"], 2)}
    admins = [keys["admin-1"], keys["admin-2"]]
    log.append("ledger.opened@v1",
               {"admins": [{"holder": key.name, "vkey": key.vkey} for key in admins],
                "log_vkey": log.log.vkey, "threshold": "2"}, admins)
    log.append("authority.key_enrolled@v1",
               {"holder": "desk", "role": "desk", "vkey": keys["desk"].vkey}, admins + [keys["desk"]])
    subscribed = {"count": "3", "member": "m_1", "nominal": "10000", "signer_vkey": keys["own"].vkey,
                  "subscription": "s_1"}
    log.append("shares.subscribed@v1", subscribed, [keys["desk"], keys["own"]])
    log.append("shares.allotted@v1", {"count": "2", "member": "m_1", "subscription": "s_1"},
               [keys["desk"]])
    while len(log.leaves) < 300:
        log.append("members.noted@v1", {"text": "é \"\\\n\x1f", "flag": [True, None]}, [keys["desk"]])
    last(log, keys)
    return log.publish()


class Auditor(unittest.TestCase):
    def refused(self, why, source, **options):
        with self.assertRaisesRegex(Wrong, why):
            audit(source, **options)

    def test_the_published_leaf(self):
        self.assertEqual(leaf_hash(VECTOR).hex(),
                         "5b7f05174eb33aef02eaccd94e3259b94f14f57066351dad8f3c01cb39fc2d54")
        _, fields, text, signatures = parse_leaf(VECTOR)
        self.assertEqual(fields["body"]["count"], "25")
        for vkey in VKEYS:
            verify_note(text, signatures, Key(vkey))

    def test_every_flipped_bit_of_the_published_leaf(self):
        keys = [Key(vkey) for vkey in VKEYS]
        for bit in range(8 * len(VECTOR)):
            flipped = bytearray(VECTOR)
            flipped[bit // 8] ^= 1 << bit % 8
            with self.assertRaises(Wrong, msg=f"bit {bit}"):
                _, _, text, signatures = parse_leaf(bytes(flipped))
                for key in keys:
                    verify_note(text, signatures, key)

    def test_a_sound_log(self):
        report = "\n".join(audit(sample()))
        self.assertIn("size            300", report)
        self.assertIn("shares allotted 2\ncapital (cents) 20000", report)

    def test_a_changed_file(self):
        for path, why in [("tile/0/000", "tile/0/000 is not"), ("tile/0/001.p/44", "tile/0/001.p/44"),
                          ("tile/1/000.p/1", "tile/1"), ("tile/entries/001.p/44", "leaf 256"),
                          ("checkpoint", "has not signed")]:
            log = sample()
            raw = bytearray(log.files[path])
            raw[len(raw) // 2 if path == "checkpoint" else 30] ^= 1
            log.files[path] = bytes(raw)
            self.refused(why, log)

    def test_faults_in_a_leaf(self):
        desk = lambda keys: [keys["desk"]]  # noqa: E731
        body = {"x": "1"}

        def add(kind="a@v1", signers=desk, body=body, **changes):
            return sample(lambda log, keys: log.append(kind, body, signers(keys), **changes))

        audit(add())
        root = base64.b64encode(bytes(32)).decode()
        self.refused("leaf 300: the JSON holds the number", add(body={"x": 1}))
        self.refused("leaf 300: a JSON string is not NFC", add(body={"x": "e\u0301"}))
        self.refused("leaf 300: the JSON key", add(body={"X": "1"}))
        self.refused("leaf 300: field id", add(id="0197c2a0-5b1e-4c3a-9f10-2f6a1d0c9b77"))
        self.refused("leaf 300: the id was used", add(id="0197c2a0-5b1e-7c3a-9f10-000000000007"))
        self.refused("leaf 300: field recorded", add(recorded="2026-03-01T12:00:00Z"))
        self.refused("leaf 300: recorded long before", add(recorded="2026-02-01T12:00:00.000Z"))
        self.refused("leaf 300: after names another", add(after={"root": root, "size": "7"}))
        self.refused("leaf 300: after names a later", add(after={"root": root, "size": "301"}))
        self.refused("leaf 300: the fields", add(more="x"))
        self.refused("leaf 300: .*late may not sign", add(signers=lambda keys: [keys["late"]]))
        self.refused("leaf 300: .*own may not sign", add(signers=lambda keys: [keys["own"]]))
        self.refused("leaf 300: only leaf 0", add(kind="ledger.opened@v1"))
        allot = {"count": "2", "member": "m_1", "subscription": "s_1"}
        self.refused("allotted before", add(kind="shares.allotted@v1", body=allot))
        allot = {"allotments": [dict(allot, subscription="s_2")]}
        self.refused("unknown subscription s_2", add(kind="shares.allotted@v1", body=allot))

    def test_keys_come_and_go(self):
        enrol = "authority.key_enrolled@v1"

        def late(log, keys, signers):
            body = {"holder": "x", "role": "officer", "vkey": keys["late"].vkey}
            log.append(enrol, body, [keys[name] for name in signers])

        audit(sample(lambda log, keys: late(log, keys, ["admin-1", "admin-2", "late"])))
        few = sample(lambda log, keys: late(log, keys, ["admin-1", "late"]))
        self.refused("leaf 300: too few administrators", few)
        mute = sample(lambda log, keys: late(log, keys, ["admin-1", "admin-2"]))
        self.refused("leaf 300: .*late has not signed", mute)

        def revoked(log, keys):
            body = {"key_name": keys["desk"].name, "reason": "lost"}
            log.append("authority.key_revoked@v1", body, [keys["admin-1"], keys["admin-2"]])

        audit(sample(revoked))

        def used(log, keys):
            revoked(log, keys)
            log.append("a@v1", {}, [keys["desk"]])

        self.refused("leaf 301: .*desk may not sign", sample(used))

    def test_keys_take_the_place_of_others(self):
        def rotated(log, keys, signers):
            body = {"key_name": keys["desk"].name, "vkey": keys["late"].vkey}
            log.append("authority.key_rotated@v1", body, [keys[name] for name in signers])
            log.append("a@v1", {}, [keys["late"]])

        audit(sample(lambda log, keys: rotated(log, keys, ["admin-1", "admin-2", "desk", "late"])))
        mute = sample(lambda log, keys: rotated(log, keys, ["admin-1", "admin-2", "late"]))
        self.refused("leaf 300: the key has not signed its own replacement", mute)

        def log_key(log, keys, both, after):
            new = Signer(log.origin, 9)
            body = {"both_for": both, "log_vkey": new.vkey}
            log.append("authority.log_key_rotated@v1", body, [keys["admin-1"], keys["admin-2"]])
            log.append("a@v1", {}, [keys["desk"]])
            log.log = new if after else log.log

        audit(sample(lambda log, keys: log_key(log, keys, "0", True)), vkey=Signer("example.org/log", 9).vkey)
        self.refused("has not signed", sample(lambda log, keys: log_key(log, keys, "0", False)))
        # While both sign, the new key alone is not enough.
        self.refused("has not signed", sample(lambda log, keys: log_key(log, keys, "5", True)))

    def test_the_threshold_changes(self):
        def three(log, keys, signers):
            log.append("authority.threshold_changed@v1", {"threshold": "1"}, [keys["admin-1"], keys["admin-2"]])
            body = {"holder": "x", "role": "officer", "vkey": keys["late"].vkey}
            log.append("authority.key_enrolled@v1", body, [keys[name] for name in signers])

        audit(sample(lambda log, keys: three(log, keys, ["admin-1", "late"])))
        self.refused("leaf 301: too few", sample(lambda log, keys: three(log, keys, ["late"])))

    def test_another_history(self):
        log, longer = sample(), sample(lambda log, keys: log.append("a@v1", {}, [keys["desk"]]))
        changed = sample(lambda log, keys: log.append("b@v1", {}, [keys["desk"]]))
        tree = changed.tree
        key = lambda size: [Key(log.log.vkey)]  # noqa: E731
        self.assertIn("size 300", check_known(log.files["checkpoint"], key, 301, tree))
        with self.assertRaisesRegex(Wrong, "FORK"):
            check_known(longer.files["checkpoint"], key, 301, tree)
        with self.assertRaisesRegex(Wrong, "ROLLBACK"):
            check_known(longer.files["checkpoint"], key, 300, log.tree)

    def test_witnesses(self):
        one, two = (Signer(f"witness-{n}.example", 20 + n, COSIGNATURE) for n in (1, 2))
        known = f"witness a {one.vkey}\nwitness b {two.vkey} https://b.example\n"
        both = policy(known + "group both all a b\nquorum both\n")
        either = policy(f"# a comment\n\n{known}group some any a b\nquorum some\n")
        log = sample()
        text = log.files["checkpoint"].decode().partition("\n\n")[0] + "\n"
        self.refused("NOT WITNESSED", log, policy=either)
        self.assertIn("NOT WITNESSED", "".join(audit(log, policy=policy(known + "quorum none\n"))))
        log.files["checkpoint"] += one.cosigns(text, 1_772_366_400).encode()
        self.assertIn("witnessed       by a at 1772366400", audit(log, policy=either))
        self.refused("NOT WITNESSED", log, policy=both)
        other = policy(f"log {one_log('other.example')}\n{known}quorum a\n")
        self.refused("does not list", log, policy=other)
        sound = log.files["checkpoint"]
        log.files["checkpoint"] = sound + one.cosigns(text + "x\n", 9).encode()
        self.refused("witness-1.example does not hold", log, policy=either)
        # The log went on; what it publishes as witnessed is a beginning of it.
        longer = sample(lambda log, keys: log.append("a@v1", {}, [keys["desk"]]))
        longer.files["witnessed"] = sound
        self.assertIn("witnessed       up to 300 leaves", audit(longer, policy=either))
        self.refused("NOT WITNESSED", longer, policy=both)

    def test_which_policies_are_read(self):
        with open(os.path.join(GOLDEN, "policies.json"), "rb") as file:
            raw = file.read()
        cases, verdicts = json.loads(raw), judge(raw)
        self.assertEqual(len(cases), len(verdicts))
        for case, said in zip(cases, verdicts):
            self.assertEqual(said == "accepted", case["accepted"], f"{case['why']}: {said}")

    def test_a_policy_lists_the_keys_of_its_logs(self):
        old, new, other = (Signer("example.org/log", seed) for seed in (1, 9, 11))

        def rotated(both, signers):
            """A log whose key was replaced at leaf 300; its checkpoint of 302 leaves is signed so."""
            def last(log, keys):
                body = {"both_for": both, "log_vkey": new.vkey}
                log.append("authority.log_key_rotated@v1", body, [keys["admin-1"], keys["admin-2"]])
                log.append("a@v1", {}, [keys["desk"]])
            log = sample(last)
            text, _, _ = log.files["checkpoint"].decode().rpartition("\n\n")
            lines = "".join(key.line(text + "\n") for key in signers)
            log.files["checkpoint"] = f"{text}\n\n{lines}".encode()
            return log

        def listing(*keys):
            return policy("".join(f"log {key.vkey}\n" for key in keys) + "quorum none\n")

        both, after = rotated("5", [old, new, other]), rotated("0", [old, new, other])
        for keys in ([], [old], [new], [old, new], [other, old]):
            self.assertIn("NOT WITNESSED", "".join(audit(both, policy=listing(*keys))))
        for keys in ([], [new], [old, new], [other, new]):
            audit(after, policy=listing(*keys))
        # That it signed too does not make it a key of the log.
        self.refused("does not list", both, policy=listing(other))
        for keys in ([old], [other], [old, other]):
            self.refused("does not list", after, policy=listing(*keys))
        lines = both.files["checkpoint"].decode().partition("\n\n")
        one = parse_note("".join(lines[:2]).encode() + old.line(lines[0] + "\n").encode())
        named = [Key(old.vkey), Key(new.vkey)]
        self.assertTrue(listing(old, new).accepts(*one, named))
        self.assertFalse(listing(new).accepts(*one, named))

    def test_proofs(self):
        log = sample()
        note = log.files["checkpoint"]
        for index in (0, 1, 2, 3):
            head = [b"c2sp.org/tlog-proof@v1", b"extra " + base64.b64encode(log.leaves[index]),
                    b"index %d" % index]
            path = [base64.b64encode(digest) for digest in inclusion(log.tree, index, len(log.leaves))]
            proof = b"\n".join(head + path) + b"\n\n" + note
            self.assertIn("NOT WITNESSED", "".join(check_proof(proof, log.log.vkey)))
            for wrong in (b"\n".join(head + path[:-1]), b"\n".join(head + path[::-1]),
                          b"\n".join(head[:2] + [b"index %d" % (index + 4)] + path)):
                with self.assertRaises(Wrong):
                    check_proof(wrong + b"\n\n" + note, log.log.vkey)


def policy(text):
    return Policy(text.encode())


def one_log(name):
    return Signer(name, 40).vkey


def inclusion(tree, index, size):
    """The path of a leaf, by the recursion of RFC 6962, 2.1.1."""
    def root(first, last):
        if last - first == 1:
            return tree.levels[0][first]
        cut = 1 << (last - first - 1).bit_length() - 1
        return node_hash(root(first, first + cut), root(first + cut, last))

    def path(first, last):
        if last - first == 1:
            return []
        cut = first + (1 << (last - first - 1).bit_length() - 1)
        if index < cut:
            return path(first, cut) + [root(cut, last)]
        return path(cut, last) + [root(first, cut)]

    return path(0, size)


if __name__ == "__main__":
    unittest.main()
