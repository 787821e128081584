// Command independent audits an exported log without any of the project's code.
//
// It is written from the specifications alone: RFC 6962 and C2SP signed-note, tlog-checkpoint,
// tlog-tiles, tlog-cosignature, tlog-proof and tlog-policy, upon Go's golang.org/x/mod, which is
// another hand's work on the same texts. On Debian it needs the packages golang-go and
// golang-golang-x-mod-dev, and no network:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run independent.go [flags] exported/log
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
	"os"
	"path/filepath"
	"strconv"
	"strings"

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

// witness verifies cosignature/v1: eight bytes of time, then Ed25519 over time and checkpoint.
type witness struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

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

func newWitness(vkey string) (witness, error) {
	wrong := fmt.Errorf("not a witness's key: %q", vkey)
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" || strings.ContainsAny(parts[0], " \t\n") {
		return witness{}, wrong
	}
	id, err := hex.DecodeString(parts[1])
	if err != nil || hex.EncodeToString(id) != parts[1] {
		return witness{}, wrong
	}
	key, err := unbase64(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return witness{}, wrong
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if !bytes.Equal(digest[:4], id) {
		return witness{}, wrong
	}
	return witness{parts[0], binary.BigEndian.Uint32(id), key[1:]}, nil
}

// policy is a trust policy: who must have cosigned.
type policy struct {
	logs      []string
	witnesses map[string]witness
	groups    map[string][]string
	least     map[string]int
	quorum    string
}

func readPolicy(text string) (*policy, error) {
	p := &policy{witnesses: map[string]witness{}, groups: map[string][]string{}, least: map[string]int{}}
	if !strings.HasSuffix(text, "\n") {
		return nil, errors.New("a policy ends in a newline")
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

func (p *policy) line(items []string) (err error) {
	if len(items) == 0 || strings.HasPrefix(items[0], "#") {
		return nil
	}
	kind, count := items[0], len(items)
	switch {
	case kind == "log" && (count == 2 || count == 3):
		_, err = note.NewVerifier(items[1])
		p.logs = append(p.logs, items[1])
	case kind == "witness" && (count == 3 || count == 4):
		if p.known(items[1]) || items[1] == "none" {
			return errors.New("a name twice")
		}
		p.witnesses[items[1]], err = newWitness(items[2])
	case kind == "group" && count > 3:
		names := items[3:]
		for _, name := range names {
			if !p.known(name) {
				return fmt.Errorf("unknown name %s", name)
			}
		}
		if p.known(items[1]) || items[1] == "none" {
			return errors.New("a name twice")
		}
		var least int64
		switch items[2] {
		case "any":
			least = 1
		case "all":
			least = int64(len(names))
		default:
			least, err = decimal(items[2])
		}
		if least < 1 || least > int64(len(names)) {
			return errors.New("the threshold")
		}
		p.groups[items[1]], p.least[items[1]] = names, int(least)
	case kind == "quorum" && count == 2 && p.quorum == "":
		if p.quorum = items[1]; p.quorum != "none" && !p.known(p.quorum) {
			return fmt.Errorf("unknown name %s", p.quorum)
		}
	default:
		err = errors.New("not a policy line")
	}
	return err
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
	cosigned, err := p.evaluate([]byte(raw))
	return fmt.Sprintf("leaf %d of %d, %d witnesses", index, signed.size, cosigned), err
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
	for _, log := range p.logs {
		if nameOf(log) == b.origin && log != b.logKeys[len(b.logKeys)-1].vkey {
			return nil, errors.New("the policy names another key of this log")
		}
	}
	cosigned, err := p.evaluate(raw)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %v", err)
	}
	lines = append(lines, fmt.Sprintf("witnesses  %d", cosigned))
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
	flag.Parse()
	text := []byte("quorum none\n")
	var err error
	if *policyFile != "" {
		text, err = os.ReadFile(*policyFile)
	}
	var p *policy
	if err == nil {
		p, err = readPolicy(string(text))
	}
	var lines []string
	if err == nil {
		lines, err = audit(flag.Arg(0), *vkey, p, *proof)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "DOES NOT HOLD:", err)
		os.Exit(1)
	}
	fmt.Println(strings.Join(lines, "\n"))
	fmt.Println("ALL HOLDS")
}
