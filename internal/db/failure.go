package db

import "github.com/jackc/pgx/v5"

// Failure tells why a document could not be fetched.
type Failure struct {
	HTTPStatus int    // 0: no HTTP answer
	ZoomCode   int    // 0: none
	RequestID  string // under which Zoom's support finds the request; "": none
	Message    string // for people; no secrets
	// Common: the one cause meets all users, so that it is told with the pass and not in a row for each of them.
	Common bool
}

// failureRows is failures to record, as columns.
type failureRows struct {
	documentRefs
	httpStatuses []int64
	zoomCodes    []int64
	messages     []string
	requestIDs   []string
}

func (r *failureRows) add(key int64, result *DocumentResult) {
	r.documentRefs.add(key, result, result.AnsweredAgo)
	r.httpStatuses = append(r.httpStatuses, int64(result.Failure.HTTPStatus))
	r.zoomCodes = append(r.zoomCodes, int64(result.Failure.ZoomCode))
	r.messages = append(r.messages, result.Failure.Message)
	r.requestIDs = append(r.requestIDs, result.Failure.RequestID)
}

// queueForgiven removes what is recorded about users from earlier in the pass: what holds now is told anew.
func queueForgiven(batch *pgx.Batch, passID int64, keys []int64) {
	const forgive = `
		DELETE FROM syncd.failures
		WHERE pass_id = @pass_id AND user_key = ANY (@keys::bigint[])`
	if len(keys) == 0 {
		return
	}
	batch.Queue(forgive, pgx.StrictNamedArgs{"pass_id": passID, "keys": keys})
}

// queueFailures records the failures of a pass. A document that fails twice in one pass keeps the later failure.
func queueFailures(batch *pgx.Batch, passID int64, rows failureRows) {
	const record = `
		INSERT INTO syncd.failures (pass_id, user_key, document, http_status, zoom_code, message, request_id, failed_at)
		SELECT
			@pass_id, n.user_key, n.document, nullif(n.http_status, 0), nullif(n.zoom_code, 0), n.message, nullif(n.request_id, ''),
			now() - n.age * interval '1 microsecond'
		FROM unnest(
			@keys::bigint[], @documents::smallint[], @ages::bigint[],
			@http_statuses::bigint[], @zoom_codes::bigint[], @messages::text[], @request_ids::text[]
		) n (user_key, document, age, http_status, zoom_code, message, request_id)
		ON CONFLICT (pass_id, user_key, document) DO UPDATE
		SET http_status = excluded.http_status,
			zoom_code   = excluded.zoom_code,
			message     = excluded.message,
			request_id  = excluded.request_id,
			failed_at   = excluded.failed_at`
	if len(rows.keys) == 0 {
		return
	}
	batch.Queue(record, pgx.StrictNamedArgs{
		"pass_id": passID,
		"keys":    rows.keys, "documents": rows.documents, "ages": rows.ages,
		"http_statuses": rows.httpStatuses, "zoom_codes": rows.zoomCodes, "messages": rows.messages,
		"request_ids": rows.requestIDs,
	})
}
