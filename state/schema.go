package state

import "go.etcd.io/bbolt"

// The buckets of a client's file.
const (
	metaBucket     = "meta"     // schema, counts, record head, Meta, Feed, crawl, pause
	nodeBucket     = "node"     // parent‖node → Node
	placeBucket    = "place"    // shelf: node‖parent
	remoteBucket   = "remote"   // shelf: tag of the remote id‖node
	fileBucket     = "file"     // shelf: tag of the file id‖node
	volumeBucket   = "volume"   // number → the first part of file ids
	seenBucket     = "seen"     // tag of the remote id‖remote id → Seen
	seenInBucket   = "seenin"   // tag of the parent's remote id‖remote id
	crawlBucket    = "crawl"    // as seen
	intentBucket   = "intent"   // seq → Intent
	tombBucket     = "tomb"     // time‖seq → Tombstone
	tombIDBucket   = "tombid"   // tag of the remote id‖key of tomb
	tombHashBucket = "tombhash" // tag of the hash‖key of tomb
	runBucket      = "run"      // id → Run
	recordBucket   = "record"   // seq → hash, Entry
	guardBucket    = "guard"    // time‖seq → Guarded
	haltBucket     = "halt"     // plan id → Halt
	admitBucket    = "admit"    // key of an operation → Admission
	conflictBucket = "conflict" // path of the copy → Conflict
	problemBucket  = "problem"  // key of the item → Problem
	loopBucket     = "loop"     // node → Loop
	ledgerBucket   = "ledger"   // name → bytes
)

var (
	schemaKey  = []byte("schema")
	countKey   = []byte("count")
	headKey    = []byte("head")
	metaKey    = []byte("mirror")
	feedKey    = []byte("feed")
	crawlKey   = []byte("crawl")
	compactKey = []byte("compact")
	pauseKey   = []byte("pause")
)

var clientLayout = layout{
	schema: 2,
	buckets: []string{metaBucket, nodeBucket, placeBucket, remoteBucket, fileBucket, volumeBucket, seenBucket, seenInBucket, crawlBucket, intentBucket,
		tombBucket, tombIDBucket, tombHashBucket, runBucket, recordBucket, guardBucket, haltBucket, admitBucket, conflictBucket, problemBucket,
		loopBucket, ledgerBucket},
	init:    func(b *bbolt.Tx) error { return plantRoot(&Tx{b: b}) },
	migrate: map[int]func(*bbolt.Tx) error{1: func(b *bbolt.Tx) error { return migrate1(&Tx{b: b}) }},
}
