package db

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
)

// Document names one of the JSON replies that Zoom gives about a user.
type Document string

// The documents of a user.
const (
	DocumentList         Document = "list"          // the user's element of the phone user list
	DocumentProfile      Document = "profile"       // the phone profile
	DocumentSettings     Document = "settings"      // the phone settings
	DocumentUserSettings Document = "user_settings" // the general user settings
)

// DocumentSite is an element of the site list. It is not a user's, and kept with the site.
const DocumentSite Document = "site"

// documents gives all of them, in the order of their codes.
func documents() []Document {
	return []Document{DocumentList, DocumentProfile, DocumentSettings, DocumentUserSettings}
}

// recorded gives the documents whose unmapped fields are recorded: those of users and of sites.
func recorded() []Document { return append(documents(), DocumentSite) }

// code is the number that stands for the document in the tables; the views give the name. Zero means unknown.
func (d Document) code() int16 {
	switch d {
	case DocumentList:
		return 1
	case DocumentProfile:
		return 2
	case DocumentSettings:
		return 3
	case DocumentUserSettings:
		return 4
	case DocumentSite:
		return 5
	}
	return 0
}

// documentOf is the document of a code, "" for none.
func documentOf(code int16) Document {
	for _, document := range recorded() {
		if document.code() == code {
			return document
		}
	}
	return ""
}

// Digest is a 128-bit hash of a document's canonical JSON.
type Digest [16]byte

// DocumentResult is what one attempt to fetch a document brought.
type DocumentResult struct {
	Document Document
	Status   Status

	// Body is the JSON to keep, secrets already replaced. Given exactly when Status is ok.
	Body []byte

	// Full covers the whole body and decides whether it is written; Stable leaves the volatile paths out and decides
	// whether a new version begins.
	Full, Stable Digest

	// Compare tells what differs between the body before, as Postgres gives it back, and Body. It is asked when Body is
	// another, and its changes are recorded when a new version begins; with nil for a document that comes back after it
	// was dropped, and when one is dropped, of which nothing is left then. Pending is that of the body before. Nil:
	// nothing is recorded.
	Compare func(before []byte, pending bool) (Comparison, error)

	// Pending says of a list document without a status that only the list of pending users had it. The digests tell it
	// from the same body without.
	Pending bool

	// AskedAgo and AnsweredAgo are how long ago, at the time of the call, Zoom was asked and its answer was there: waits
	// and repetitions lie between the two, and so does the moment of which the answer tells. What is confirmed counts
	// from the question, for it may have changed since; what is new counts from the answer, for it may be no older, and
	// its version from the newest answer about the user. Times in the tables are the database's now() minus one of them.
	AskedAgo, AnsweredAgo time.Duration

	// Drop says that the stored document no longer applies, for example when a user became pending: its version is
	// closed, its body and derived rows are removed. Never together with Status ok.
	Drop bool

	// Failure is given exactly when Status is failed or forbidden.
	Failure *Failure

	// Complete, if given, makes Body, Stable, Compare and the user's row, which are missing until then, and takes itself
	// off. It is called for a document that is not stored as it is, and then once. Only with Status ok.
	Complete func(*User, *DocumentResult)

	// Releases are the approved holds that kept the document back: writing it releases it from them.
	Releases []int64
}

// Comparison is what differs between two versions of a document.
type Comparison struct {
	Changes []SettingChange // recorded in zoom.setting_changes

	// Suspicions name changes that are a fault if too many users have them. If there is one, all that is new about the
	// user is parked, and written when the pass has seen everybody: see Suspicions.
	Suspicions []string
}

// documentRefs points at stored documents, as columns: element i of each slice belongs to document i.
type documentRefs struct {
	keys      []int64
	documents []int16
	ages      []int64 // microseconds
}

// add points at a document of which something was so long ago: a version began or ended, or the answer was there.
func (r *documentRefs) add(key int64, result *DocumentResult, age time.Duration) {
	r.keys = append(r.keys, key)
	r.documents = append(r.documents, result.Document.code())
	r.ages = append(r.ages, age.Microseconds())
}

// documentRows is documents to store, as columns.
type documentRows struct {
	documentRefs
	versioned []bool // a new version begins; else the body is replaced within its version
	full      [][]byte
	stable    [][]byte
	bodies    [][]byte
	pending   []bool
	personal  [][]byte // personalPolicies as JSON
	arranged  [][]byte // arrangedPolicies
}

func (r *documentRows) add(key int64, u *User, result *DocumentResult, age time.Duration, versioned bool) {
	r.documentRefs.add(key, result, age)
	r.versioned = append(r.versioned, versioned)
	r.full = append(r.full, result.Full[:])
	r.stable = append(r.stable, result.Stable[:])
	r.bodies = append(r.bodies, result.Body)
	r.pending = append(r.pending, result.Pending)
	var personal, arranged []byte
	if result.Document == DocumentProfile {
		personal, _ = json.Marshal(personalPolicies(u.Profile.Policies)) // strings cannot fail
		arranged = arrangedPolicies(u.Profile.Policies)
	}
	r.personal, r.arranged = append(r.personal, personal), append(r.arranged, arranged)
}

// personalPolicies names the policies of a profile that are personal: the views of its versions read it, since the rows of
// policies are of the current one.
func personalPolicies(policies []Policy) []string {
	names := []string{}
	for i := range policies {
		if policies[i].Personal {
			names = append(names, policies[i].Name)
		}
	}
	return names
}

// arrangedPolicies is what policies of a profile have otherwise arranged than its body, by name, as JSON, for the same views.
// Nil: nothing.
func arrangedPolicies(policies []Policy) []byte {
	arranged := map[string]json.RawMessage{}
	for i := range policies {
		if policies[i].Arranged != nil {
			arranged[policies[i].Name] = policies[i].Arranged
		}
	}
	if len(arranged) == 0 {
		return nil
	}
	all, _ := json.Marshal(arranged) // what was read as JSON cannot fail
	return all
}

// sameJSON compares two values, or none, to the digit.
func sameJSON(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	read := func(text []byte) (v any) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		_ = decoder.Decode(&v) // one is from Postgres, and the other goes there
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}

// queueReturned closes the versions of users who come back at the time of their deletion, and begins new ones now, so
// that the time in between belongs to no version.
func queueReturned(batch *pgx.Batch, keys []int64) {
	const (
		closeVersions = `
			INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, pending, personal_policies, arranged_policies)
			SELECT d.user_key, d.document, d.valid_from, u.deleted_at, d.body, d.pending, d.personal_policies, d.arranged_policies
			FROM syncd.documents d
			JOIN syncd.users u USING (user_key)
			WHERE d.user_key = ANY (@keys::bigint[])`
		beginVersions = `
			UPDATE syncd.documents d
			SET valid_from = greatest(now(), u.deleted_at)
			FROM syncd.users u
			WHERE u.user_key = d.user_key AND d.user_key = ANY (@keys::bigint[])`
		remember = `
			INSERT INTO syncd.absences (user_key, deleted_at, returned_at, deletion_evidence)
			SELECT u.user_key, u.deleted_at, greatest(now(), u.deleted_at), u.deletion_evidence
			FROM syncd.users u
			WHERE u.user_key = ANY (@keys::bigint[])`
		revive = `
			UPDATE syncd.users
			SET deleted_at = NULL, deleted_pass_id = NULL, deletion_evidence = NULL,
				changed_at = greatest(now(), changed_at)
			WHERE user_key = ANY (@keys::bigint[])`
	)
	if len(keys) == 0 {
		return
	}
	for _, statement := range []string{closeVersions, beginVersions, remember, revive} {
		batch.Queue(statement, pgx.StrictNamedArgs{"keys": keys})
	}
}

// queueClosed copies the current versions of documents into the history, inside the server: old bodies do not travel.
// Each ends where queueReplaced begins the next, which is never at or before its own beginning, even if the clock of
// the database was set back.
func queueClosed(batch *pgx.Batch, refs documentRefs) {
	const closeVersions = `
		INSERT INTO syncd.document_history (user_key, document, valid_from, valid_to, body, pending, personal_policies, arranged_policies)
		SELECT
			d.user_key, d.document, d.valid_from,
			greatest(now() - n.age * interval '1 microsecond', d.valid_from + interval '1 microsecond'),
			d.body, d.pending, d.personal_policies, d.arranged_policies
		FROM unnest(@keys::bigint[], @documents::smallint[], @ages::bigint[]) n (user_key, document, age)
		JOIN syncd.documents d USING (user_key, document)`
	if len(refs.keys) == 0 {
		return
	}
	batch.Queue(closeVersions, pgx.StrictNamedArgs{
		"keys": refs.keys, "documents": refs.documents, "ages": refs.ages,
	})
}

// queueDropped removes documents that no longer apply. Their versions are in the history already.
func queueDropped(batch *pgx.Batch, refs documentRefs) {
	const drop = `
		DELETE FROM syncd.documents d
		USING unnest(@keys::bigint[], @documents::smallint[]) n (user_key, document)
		WHERE d.user_key = n.user_key AND d.document = n.document`
	if len(refs.keys) == 0 {
		return
	}
	batch.Queue(drop, pgx.StrictNamedArgs{"keys": refs.keys, "documents": refs.documents})
}

// queueReplaced stores new bodies over old ones.
func queueReplaced(batch *pgx.Batch, rows documentRows) {
	const replace = `
		UPDATE syncd.documents d
		SET body              = n.body,
			full_digest       = n.full_digest,
			stable_digest     = n.stable_digest,
			pending           = n.pending,
			personal_policies = n.personal_policies,
			arranged_policies = n.arranged_policies,
			valid_from        = CASE WHEN n.versioned
				THEN greatest(now() - n.age * interval '1 microsecond', d.valid_from + interval '1 microsecond')
				ELSE d.valid_from
			END
		FROM unnest(
			@keys::bigint[], @documents::smallint[], @ages::bigint[], @versioned::boolean[],
			@full::bytea[], @stable::bytea[], @bodies::jsonb[], @pending::boolean[], @personal::jsonb[], @arranged::jsonb[]
		) n (user_key, document, age, versioned, full_digest, stable_digest, body, pending, personal_policies, arranged_policies)
		WHERE d.user_key = n.user_key AND d.document = n.document`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(replace, pgx.StrictNamedArgs{
		"keys": rows.keys, "documents": rows.documents, "ages": rows.ages, "versioned": rows.versioned,
		"full": rows.full, "stable": rows.stable, "bodies": rows.bodies, "pending": rows.pending, "personal": rows.personal,
		"arranged": rows.arranged,
	})
}

// queueAdded stores documents that the user does not have yet, or has no longer: a document that comes back after it
// was dropped begins no earlier than its last version ended.
func queueAdded(batch *pgx.Batch, rows documentRows) {
	const add = `
		INSERT INTO syncd.documents (user_key, document, valid_from, full_digest, stable_digest, body, pending, personal_policies, arranged_policies)
		SELECT
			n.user_key, n.document,
			greatest(now() - n.age * interval '1 microsecond', (
				SELECT max(h.valid_to)
				FROM syncd.document_history h
				WHERE h.user_key = n.user_key AND h.document = n.document
			)),
			n.full_digest, n.stable_digest, n.body, n.pending, n.personal_policies, n.arranged_policies
		FROM unnest(
			@keys::bigint[], @documents::smallint[], @ages::bigint[],
			@full::bytea[], @stable::bytea[], @bodies::jsonb[], @pending::boolean[], @personal::jsonb[], @arranged::jsonb[]
		) n (user_key, document, age, full_digest, stable_digest, body, pending, personal_policies, arranged_policies)`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(add, pgx.StrictNamedArgs{
		"keys": rows.keys, "documents": rows.documents, "ages": rows.ages,
		"full": rows.full, "stable": rows.stable, "bodies": rows.bodies, "pending": rows.pending, "personal": rows.personal,
		"arranged": rows.arranged,
	})
}

// copyDocuments stores documents of users whom this transaction has created: they have no versions yet that a new one
// would have to follow. COPY takes them one after the other; as arguments of a statement all would be in memory at once,
// and several times.
func copyDocuments(ctx context.Context, tx pgx.Tx, now time.Time, rows documentRows) error {
	columns := []string{"user_key", "document", "valid_from", "full_digest", "stable_digest", "body", "pending", "personal_policies", "arranged_policies"}
	if len(rows.keys) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"syncd", "documents"}, columns, pgx.CopyFromSlice(len(rows.keys), func(i int) ([]any, error) {
		validFrom := now.Add(-time.Duration(rows.ages[i]) * time.Microsecond)
		return []any{
			rows.keys[i], rows.documents[i], validFrom, rows.full[i], rows.stable[i], rows.bodies[i], rows.pending[i], rows.personal[i], rows.arranged[i],
		}, nil
	}))
	return err
}
