// Command independent audits an exported log without any of the project's code.
//
// It is written from the specifications alone: RFC 6962 and C2SP signed-note, tlog-checkpoint,
// tlog-tiles, tlog-cosignature, tlog-proof and tlog-policy, upon Go's golang.org/x/mod, which is
// another hand's work on the same texts. On Debian it needs the packages golang-go and
// golang-golang-x-mod-dev, and no network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run independent.go [flags] exported/log
//
// With -policies FILE it says instead of each policy of a list in JSON whether it is one.
//
// It checks every note, every signature with the keys valid at that index, the tree, the history
// that each leaf names, every tile, the checkpoint with its cosignatures, and a proof file. What the
// leaves mean, it leaves to independent.py and ledger-verify. The exit status is 0 only if all holds.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// --- Encodings ---

func unbase64(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != text {
		return nil, fmt.Errorf("not canonical base64: %q", text)
	}
	return raw, nil
}

func unhash(text string) (hash tlog.Hash, err error) {
	raw, err := unbase64(text)
	if err == nil && len(raw) != tlog.HashSize {
		err = fmt.Errorf("not a hash: %q", text)
	}
	copy(hash[:], raw)
	return hash, err
}

func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("not a decimal: %q", text)
	}
	return number, nil
}

// --- Witnesses and policies ---

// key is a verifier key: a name and an Ed25519 public key for one kind of signature.
type key struct {
	vkey, name string
	hash       uint32
	public     ed25519.PublicKey
}

// What a key signs with: a log its checkpoints, a witness the checkpoints that it has seen.
const (
	ofLog     = 0x01
	ofWitness = 0x04
)

func readKey(vkey string, algorithm byte) (key, error) {
	wrong := fmt.Errorf("not a key for this: %q", vkey)
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || !validName(parts[0]) {
		return key{}, wrong
	}
	id, err := hex.DecodeString(parts[1])
	if err != nil || hex.EncodeToString(id) != parts[1] {
		return key{}, wrong
	}
	public, err := unbase64(parts[2])
	if err != nil || len(public) != 1+ed25519.PublicKeySize || public[0] != algorithm {
		return key{}, wrong
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), public...))
	if !bytes.Equal(digest[:4], id) {
		return key{}, wrong
	}
	if !sound(public[1:]) {
		return key{}, fmt.Errorf("a weak key: %q", vkey)
	}
	return key{vkey, parts[0], binary.BigEndian.Uint32(id), public[1:]}, nil
}

func validName(name string) bool {
	barred := func(r rune) bool { return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r) }
	return name != "" && len(name) <= 255 && utf8.ValidString(name) && strings.IndexFunc(name, barred) < 0
}

// sound tells whether 32 bytes are a point of the curve, in its one form and not of small order.
func sound(public []byte) bool {
	one, prime := big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 255)
	prime.Sub(prime, big.NewInt(19))
	bigEndian := make([]byte, len(public))
	for at, b := range public {
		bigEndian[len(public)-1-at] = b
	}
	bigEndian[0] &= 0x7f
	y := new(big.Int).SetBytes(bigEndian)
	order8, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
	if y.Cmp(prime) >= 0 {
		return false
	}
	for _, small := range []*big.Int{new(big.Int), one, order8} {
		if y.Cmp(small) == 0 || new(big.Int).Add(y, small).Cmp(prime) == 0 {
			return false
		}
	}
	// x² = 121666 (y² - 1) / (121666 - 121665 y²), which has a root if top times bottom has one.
	y.Mul(y, y)
	bottom := new(big.Int).Mul(y, big.NewInt(121665))
	bottom.Sub(big.NewInt(121666), bottom)
	top := y.Mul(y.Sub(y, one), big.NewInt(121666))
	return big.Jacobi(top.Mod(top.Mul(top, bottom), prime), prime) == 1
}

// witness verifies cosignature/v1: eight bytes of time, then Ed25519 over time and checkpoint.
type witness struct{ key }

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }

func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return time < 1<<63 && ed25519.Verify(w.public, []byte(message), signature[8:])
}

// policy is a trust policy: which logs, and who must have cosigned.
type policy struct {
	logs      []key
	witnesses map[string]witness
	groups    map[string][]string
	least     map[string]int
	grouped   map[string]bool
	quorum    string
}

// Limits of a policy: bytes of the file; logs; witnesses and groups together.
const maxPolicy, maxNamed = 65_536, 64

// readPolicy takes octets: what is not ASCII means nothing, save in the name of a key.
func readPolicy(text string) (*policy, error) {
	p := &policy{witnesses: map[string]witness{}, groups: map[string][]string{},
		least: map[string]int{}, grouped: map[string]bool{}}
	if len(text) > maxPolicy || !strings.HasSuffix(text, "\n") {
		return nil, errors.New("a policy ends in a newline, and is not too long")
	}
	for at := 0; at < len(text); at++ {
		if c := text[at]; c == 0x7f || (c < ' ' && c != '\t' && c != '\n') {
			return nil, errors.New("a policy has no control characters")
		}
	}
	for number, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if err := p.line(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })); err != nil {
			return nil, fmt.Errorf("policy, line %d: %v", number+1, err)
		}
	}
	if p.quorum == "" {
		return nil, errors.New("a policy has a quorum")
	}
	return p, nil
}

func (p *policy) known(name string) bool {
	_, isWitness := p.witnesses[name]
	return isWitness || p.groups[name] != nil
}

// define checks the name of a new witness or group.
func (p *policy) define(name string) error {
	if p.known(name) || name == "none" {
		return fmt.Errorf("the name %q is taken", name)
	}
	if len(p.witnesses)+len(p.groups) >= maxNamed {
		return errors.New("too many witnesses and groups")
	}
	return nil
}

func (p *policy) line(items []string) error {
	if len(items) == 0 || strings.HasPrefix(items[0], "#") {
		return nil
	}
	kind, count := items[0], len(items)
	switch {
	case kind == "log" && (count == 2 || count == 3):
		return p.addLog(items[1])
	case kind == "witness" && (count == 3 || count == 4):
		return p.addWitness(items[1], items[2])
	case kind == "group" && count > 3:
		return p.addGroup(items[1], items[2], items[3:])
	case kind == "quorum" && count == 2 && p.quorum == "":
		if p.quorum = items[1]; p.quorum != "none" && !p.known(p.quorum) {
			return fmt.Errorf("unknown name %q", p.quorum)
		}
		return nil
	}
	return errors.New("not a policy line")
}

func (p *policy) addLog(vkey string) error {
	log, err := readKey(vkey, ofLog)
	if err != nil {
		return err
	}
	for _, other := range p.logs {
		if bytes.Equal(log.public, other.public) {
			return errors.New("a log's key twice")
		}
	}
	if len(p.logs) >= maxNamed {
		return errors.New("too many logs")
	}
	p.logs = append(p.logs, log)
	return nil
}

func (p *policy) addWitness(name, vkey string) error {
	if err := p.define(name); err != nil {
		return err
	}
	found, err := readKey(vkey, ofWitness)
	if err != nil {
		return err
	}
	for _, other := range p.witnesses {
		if bytes.Equal(found.public, other.public) {
			return errors.New("a witness's key twice")
		}
	}
	p.witnesses[name] = witness{found}
	return nil
}

func (p *policy) addGroup(name, threshold string, names []string) (err error) {
	if err := p.define(name); err != nil {
		return err
	}
	var least int64
	switch threshold {
	case "any":
		least = 1
	case "all":
		least = int64(len(names))
	default:
		least, err = decimal(threshold)
	}
	if err != nil || least < 1 || least > int64(len(names)) {
		return errors.New("the threshold")
	}
	for _, member := range names {
		if !p.known(member) {
			return fmt.Errorf("unknown name %q", member)
		}
		if p.grouped[member] {
			return fmt.Errorf("%q is in a group already", member)
		}
		p.grouped[member] = true
	}
	p.groups[name], p.least[name] = names, int(least)
	return nil
}

// reached tells whether a witness or a group has cosigned.
func (p *policy) reached(name string, cosigned map[string]bool) bool {
	names, isGroup := p.groups[name]
	if !isGroup {
		return name == "none" || cosigned[name]
	}
	count := 0
	for _, name := range names {
		if p.reached(name, cosigned) {
			count++
		}
	}
	return count >= p.least[name]
}

// evaluate verifies the cosignatures of the known witnesses on a checkpoint, and the quorum.
func (p *policy) evaluate(raw []byte) (int, error) {
	cosigned := map[string]bool{}
	for name, witness := range p.witnesses {
		_, err := note.Open(raw, note.VerifierList(witness))
		var unverified *note.UnverifiedNoteError
		if err != nil && !errors.As(err, &unverified) {
			return 0, fmt.Errorf("witness %s: %v", name, err)
		}
		cosigned[name] = err == nil
	}
	if !p.reached(p.quorum, cosigned) {
		return 0, fmt.Errorf("the quorum %s is not reached", p.quorum)
	}
	count := 0
	for _, yes := range cosigned {
		if yes {
			count++
		}
	}
	return count, nil
}

// accepts tells whether the policy lists a key that the log names for this size and that has signed
// this very checkpoint. A policy that lists no log leaves it to others to know the log.
func (p *policy) accepts(raw []byte, named []string) bool {
	for _, log := range p.logs {
		for _, vkey := range named {
			if log.vkey != vkey {
				continue
			}
			if _, err := openCheckpoint(raw, []string{vkey}); err == nil {
				return true
			}
		}
	}
	return len(p.logs) == 0
}

// vouched says how many witnesses vouch for a checkpoint that the log signs with these keys.
func (p *policy) vouched(raw []byte, named []string) (string, error) {
	if p == nil {
		return "none asked for: NOT WITNESSED", nil
	}
	if !p.accepts(raw, named) {
		return "", errors.New("the policy lists no key that signs this checkpoint for the log")
	}
	cosigned, err := p.evaluate(raw)
	if err != nil {
		return "", fmt.Errorf("NOT WITNESSED: %v", err)
	}
	if p.quorum == "none" {
		return "the policy asks for none: NOT WITNESSED", nil
	}
	return strconv.Itoa(cosigned), nil
}

// judge reads a list of policies in JSON and says of each whether it is one.
func judge(file string) (lines []string, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var cases []struct {
		Policy string `json:"policy"`
		Octets []byte `json:"policy_base64"`
	}
	err = json.Unmarshal(raw, &cases)
	for _, one := range cases {
		text := one.Policy
		if one.Octets != nil {
			text = string(one.Octets)
		}
		if _, why := readPolicy(text); why != nil {
			lines = append(lines, fmt.Sprintf("refused: %v", why))
		} else {
			lines = append(lines, "accepted")
		}
	}
	return lines, err
}

// --- Checkpoints and proofs ---

type checkpoint struct {
	size int64
	root tlog.Hash
}

// openCheckpoint reads a checkpoint that each of these keys must have signed.
func openCheckpoint(raw []byte, vkeys []string) (checkpoint, error) {
	var none checkpoint
	if len(vkeys) == 0 {
		return none, errors.New("no key of the log")
	}
	var lines []string
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return none, err
		}
		opened, err := note.Open(raw, note.VerifierList(verifier))
		if err != nil {
			return none, err
		}
		lines = strings.Split(opened.Text, "\n")
		if len(lines) != 4 || lines[0] != verifier.Name() {
			return none, errors.New("not a checkpoint of this log")
		}
	}
	size, err := decimal(lines[1])
	if err != nil {
		return none, err
	}
	root, err := unhash(lines[2])
	return checkpoint{size, root}, err
}

// checkProof verifies a proof file: its leaf is in the log, under a checkpoint with its cosignatures.
func checkProof(file string, vkeys func(size int64) []string, p *policy) (string, error) {
	head, raw, found := strings.Cut(file, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("not a proof file with its leaf")
	}
	if !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return "", errors.New("not a proof file with its leaf")
	}
	leaf, err := unbase64(lines[1][len("extra "):])
	if err != nil {
		return "", err
	}
	index, err := decimal(lines[2][len("index "):])
	if err != nil {
		return "", err
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := unhash(line)
		if err != nil {
			return "", err
		}
		path = append(path, hash)
	}
	parts := strings.SplitN(raw, "\n", 3)
	if len(parts) < 3 {
		return "", errors.New("not a checkpoint")
	}
	claimed, err := decimal(parts[1])
	if err != nil {
		return "", err
	}
	signed, err := openCheckpoint([]byte(raw), vkeys(claimed))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(path, signed.size, signed.root, index, tlog.RecordHash(leaf)); err != nil {
		return "", err
	}
	vouched, err := p.vouched([]byte(raw), vkeys(claimed))
	return fmt.Sprintf("leaf %d of %d; witnesses: %s", index, signed.size, vouched), err
}

// --- The leaves: whose signatures they bear ---

type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

type office struct{ vkey, role string }

type logKey struct {
	vkey             string
	named, bothUntil int64
}

// book replays the keys in the order of the log.
type book struct {
	origin     string
	offices    map[string]office
	threshold  int64
	logKeys    []logKey
	hashes     stored
	size       int64
	signatures int
}

// Facts that administrators sign, as many as the threshold says.
var byAdmins = map[string]bool{
	"ledger.opened@v1": true, "authority.key_enrolled@v1": true, "authority.key_revoked@v1": true,
	"authority.key_rotated@v1": true, "authority.key_suspected@v1": true,
	"authority.threshold_changed@v1": true, "authority.log_key_rotated@v1": true,
}

type body struct {
	Admins []struct {
		Vkey string `json:"vkey"`
	} `json:"admins"`
	BothFor    string `json:"both_for"`
	KeyName    string `json:"key_name"`
	LogVkey    string `json:"log_vkey"`
	Role       string `json:"role"`
	SignerVkey string `json:"signer_vkey"`
	Threshold  string `json:"threshold"`
	Vkey       string `json:"vkey"`
}

type content struct {
	After struct {
		Root string `json:"root"`
		Size string `json:"size"`
	} `json:"after"`
	Body body   `json:"-"`
	Kind string `json:"kind"`
}

func readContent(text string) (*content, error) {
	var c content
	var raw struct {
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	// Other facts have other bodies, in which these names may mean something else.
	named := byAdmins[c.Kind] || c.Kind == "members.applied@v1" || c.Kind == "shares.subscribed@v1"
	if !named {
		return &c, nil
	}
	return &c, json.Unmarshal(raw.Body, &c.Body)
}

func nameOf(vkey string) string {
	name, _, _ := strings.Cut(vkey, "+")
	return name
}

// presented lists the keys that a fact itself presents, which prove their possession.
func (c *content) presented() (vkeys []string) {
	switch c.Kind {
	case "ledger.opened@v1":
		for _, admin := range c.Body.Admins {
			vkeys = append(vkeys, admin.Vkey)
		}
	case "authority.key_enrolled@v1", "authority.key_rotated@v1":
		vkeys = append(vkeys, c.Body.Vkey)
	case "members.applied@v1", "shares.subscribed@v1":
		if c.Body.SignerVkey != "" {
			vkeys = append(vkeys, c.Body.SignerVkey)
		}
	}
	return vkeys
}

func (b *book) apply(leaf []byte) error {
	text, _, found := strings.Cut(string(leaf), "\n\n")
	lines := strings.Split(text, "\n")
	if !found || len(lines) != 2 || !strings.HasSuffix(lines[0], "/entry@v1") {
		return errors.New("not a leaf")
	}
	origin := strings.TrimSuffix(lines[0], "/entry@v1")
	c, err := readContent(lines[1])
	if err != nil {
		return err
	}
	opens := c.Kind == "ledger.opened@v1"
	if opens != (b.size == 0) || (b.size > 0 && origin != b.origin) {
		return errors.New("leaf 0 and no other opens this log")
	}
	if err := b.after(c); err != nil {
		return err
	}
	signers, err := b.signers(leaf, c)
	if err != nil {
		return err
	}
	if err := b.enough(c, signers); err != nil {
		return err
	}
	return b.fold(origin, leaf, c)
}

// after checks that the signer has seen a beginning of this very log.
func (b *book) after(c *content) error {
	size, err := decimal(c.After.Size)
	if err != nil || size > b.size {
		return errors.New("after names a later size")
	}
	root, err := unhash(c.After.Root)
	if err != nil {
		return err
	}
	wanted := tlog.Hash(sha256.Sum256(nil))
	if size > 0 {
		if wanted, err = tlog.TreeHash(size, b.hashes); err != nil {
			return err
		}
	}
	if wanted != root {
		return errors.New("after names another history")
	}
	return nil
}

// signers gives the names of those who signed: every line must hold, by a key that may sign here.
func (b *book) signers(leaf []byte, c *content) (map[string]bool, error) {
	keys := map[string]string{}
	for name, office := range b.offices {
		keys[name] = office.vkey
	}
	for _, vkey := range c.presented() {
		if _, taken := keys[nameOf(vkey)]; taken {
			return nil, fmt.Errorf("%s presents itself twice", nameOf(vkey))
		}
		keys[nameOf(vkey)] = vkey
	}
	var verifiers []note.Verifier
	for _, vkey := range keys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(leaf, note.VerifierList(verifiers...))
	if err != nil {
		return nil, err
	}
	if len(opened.UnverifiedSigs) > 0 {
		return nil, fmt.Errorf("%s may not sign at this index", opened.UnverifiedSigs[0].Name)
	}
	// The note must be written in its one form: nothing beside what was verified.
	again := []byte(opened.Text + "\n")
	signers := map[string]bool{}
	for _, signature := range opened.Sigs {
		again = append(again, "\u2014 "+signature.Name+" "+signature.Base64+"\n"...)
		signers[signature.Name] = true
	}
	if !bytes.Equal(again, leaf) {
		return nil, errors.New("the leaf is not written in its one form")
	}
	b.signatures += len(signers)
	return signers, nil
}

func (b *book) enough(c *content, signers map[string]bool) error {
	presented := c.presented()
	threshold, admins := b.threshold, int64(0)
	if c.Kind == "ledger.opened@v1" {
		var err error
		if threshold, err = decimal(c.Body.Threshold); err != nil {
			return err
		}
		for _, vkey := range presented {
			if signers[nameOf(vkey)] {
				admins++
			}
		}
	} else {
		for _, vkey := range presented {
			if !signers[nameOf(vkey)] {
				return fmt.Errorf("%s has not signed what presents it", nameOf(vkey))
			}
		}
		if c.Kind == "authority.key_rotated@v1" && !signers[c.Body.KeyName] {
			return fmt.Errorf("%s has not signed its own replacement", c.Body.KeyName)
		}
	}
	for name, office := range b.offices {
		if office.role == "admin" && signers[name] {
			admins++
		}
	}
	if byAdmins[c.Kind] && (threshold < 1 || admins < threshold) {
		return errors.New("too few administrators have signed")
	}
	return nil
}

func (b *book) fold(origin string, leaf []byte, c *content) (err error) {
	switch c.Kind {
	case "ledger.opened@v1":
		b.origin, b.offices = origin, map[string]office{}
		for _, vkey := range c.presented() {
			b.offices[nameOf(vkey)] = office{vkey, "admin"}
		}
		b.threshold, err = decimal(c.Body.Threshold)
		b.logKeys = []logKey{{c.Body.LogVkey, 0, 0}}
	case "authority.key_enrolled@v1":
		b.offices[nameOf(c.Body.Vkey)] = office{c.Body.Vkey, c.Body.Role}
	case "authority.key_rotated@v1":
		role := b.offices[c.Body.KeyName].role
		delete(b.offices, c.Body.KeyName)
		b.offices[nameOf(c.Body.Vkey)] = office{c.Body.Vkey, role}
	case "authority.key_revoked@v1":
		delete(b.offices, c.Body.KeyName)
	case "authority.threshold_changed@v1":
		b.threshold, err = decimal(c.Body.Threshold)
	case "authority.log_key_rotated@v1":
		var both int64
		both, err = decimal(c.Body.BothFor)
		b.logKeys = append(b.logKeys, logKey{c.Body.LogVkey, b.size, b.size + 1 + both})
	}
	if err != nil {
		return err
	}
	hashes, err := tlog.StoredHashes(b.size, leaf, b.hashes)
	b.hashes = append(b.hashes, hashes...)
	b.size++
	return err
}

// logVkeys are the keys that sign the checkpoint of that size: the one in force, and before it the
// former ones while both sign.
func (b *book) logVkeys(size int64) (vkeys []string) {
	for at, key := range b.logKeys {
		named := at == 0 || key.named < size
		replaced := at+1 < len(b.logKeys) && b.logKeys[at+1].named < size && size > b.logKeys[at+1].bothUntil
		if named && !replaced {
			vkeys = append(vkeys, key.vkey)
		}
	}
	return vkeys
}

// --- The audit ---

func unbundle(raw []byte) (leaves [][]byte, err error) {
	for len(raw) > 0 {
		if len(raw) < 2 || len(raw) < 2+int(binary.BigEndian.Uint16(raw)) {
			return nil, errors.New("the bundle is cut short")
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		leaves, raw = append(leaves, raw[2:end]), raw[end:]
	}
	return leaves, nil
}

// tilesOf lists every tile of a tree of that size. (Go's own list of new tiles has each partial one.)
func tilesOf(size int64) (tiles []tlog.Tile) {
	for level := 0; size > 0; level, size = level+1, size>>8 {
		for n := int64(0); n<<8 < size; n++ {
			width := 256
			if size-n<<8 < 256 {
				width = int(size - n<<8)
			}
			tiles = append(tiles, tlog.Tile{H: 8, L: level, N: n, W: width})
		}
	}
	return tiles
}

// tilePath is the path of C2SP: Go's has the height of a tile in it, and another word for leaves.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func audit(base, vkey string, p *policy, proof string) ([]string, error) {
	read := func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(base, filepath.FromSlash(path)))
	}
	raw, err := read("checkpoint")
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(string(raw), "\n", 3)
	if len(parts) < 3 {
		return nil, errors.New("not a checkpoint")
	}
	size, err := decimal(parts[1])
	if err != nil {
		return nil, err
	}
	b := &book{}
	tiles := tilesOf(size)
	for _, tile := range tiles {
		if tile.L > 0 {
			continue
		}
		tile.L = -1
		path := tilePath(tile)
		raw, err := read(path)
		if err != nil {
			return nil, err
		}
		leaves, err := unbundle(raw)
		if err != nil || len(leaves) != tile.W {
			return nil, fmt.Errorf("%s: %d leaves (%v)", path, len(leaves), err)
		}
		for _, leaf := range leaves {
			if err := b.apply(leaf); err != nil {
				return nil, fmt.Errorf("leaf %d: %v", b.size, err)
			}
		}
	}
	if vkey != "" {
		found := false
		for _, key := range b.logKeys {
			found = found || key.vkey == vkey
		}
		if !found {
			return nil, errors.New("the log does not name the key that was given")
		}
	}
	signed, err := openCheckpoint(raw, b.logVkeys(size))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %v", err)
	}
	root, err := tlog.TreeHash(size, b.hashes)
	if err != nil || root != signed.root {
		return nil, fmt.Errorf("the leaves do not give the root of the checkpoint (%v)", err)
	}
	for _, tile := range tiles {
		wanted, err := tlog.ReadTileData(tile, b.hashes)
		if err != nil {
			return nil, err
		}
		found, err := read(tilePath(tile))
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(found, wanted) {
			return nil, fmt.Errorf("%s is not what the leaves give", tilePath(tile))
		}
	}
	lines := []string{"log        " + b.origin, fmt.Sprintf("size       %d", size),
		fmt.Sprintf("root       %s", root), fmt.Sprintf("signatures %d, all hold", b.signatures),
		fmt.Sprintf("tiles      %d, all as recomputed", len(tiles))}
	vouched, err := p.vouched(raw, b.logVkeys(size))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %v", err)
	}
	lines = append(lines, "witnesses  "+vouched)
	if proof != "" {
		file, err := os.ReadFile(proof)
		if err != nil {
			return nil, err
		}
		proven, err := checkProof(string(file), b.logVkeys, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", filepath.Base(proof), err)
		}
		lines = append(lines, "proof      "+proven)
	}
	return lines, nil
}

func main() {
	vkey := flag.String("vkey", "", "a key of the log, from a channel you trust")
	policyFile := flag.String("policy", "", "a policy file: who must have cosigned")
	proof := flag.String("proof", "", "a proof file that holds its leaf")
	policies := flag.String("policies", "", "a list of policies in JSON: say of each whether it is one")
	flag.Parse()
	if lines, err := run(*vkey, *policyFile, *proof, *policies); err != nil {
		fmt.Fprintln(os.Stderr, "DOES NOT HOLD:", err)
		os.Exit(1)
	} else {
		fmt.Println(strings.Join(lines, "\n"))
	}
}

func run(vkey, policyFile, proof, policies string) ([]string, error) {
	if policies != "" {
		return judge(policies)
	}
	var p *policy
	if policyFile != "" {
		text, err := os.ReadFile(policyFile)
		if err != nil {
			return nil, err
		}
		if p, err = readPolicy(string(text)); err != nil {
			return nil, err
		}
	}
	lines, err := audit(flag.Arg(0), vkey, p, proof)
	return append(lines, "ALL HOLDS"), err
}
