package zoom

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// The values of the status filter of [Client.PhoneUsers]. Zoom silently ignores
// any other value and gives the unfiltered list.
const (
	StatusAny        = ""
	StatusActivate   = "activate"
	StatusDeactivate = "deactivate"
	// StatusPending: has a Workplace license but not the Zoom Phone feature.
	StatusPending = "pending"
)

// PhoneUsers lists the account's phone users, 100 a page. Zoom promises no order
// and no snapshot: users may come twice, and may be missed when others come or
// go in between.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/GET/phone/users
func (c *Client) PhoneUsers(ctx context.Context, status string) iter.Seq2[Page, error] {
	query := url.Values{}
	if status != StatusAny {
		query.Set("status", status)
	}
	return c.pages(ctx, listing{endpoint: phoneUsersEndpoint, path: "/phone/users", query: query, field: "users", pageSize: 100})
}

// PhoneSites lists the account's sites, 300 a page. An account without multiple
// sites may answer with an error or an empty list.
//
// https://developers.zoom.us/docs/api/phone/#tag/sites/GET/phone/sites
func (c *Client) PhoneSites(ctx context.Context) iter.Seq2[Page, error] {
	return c.pages(ctx, listing{endpoint: phoneSitesEndpoint, path: "/phone/sites", field: "sites", pageSize: 300})
}

// PhoneUser gives the phone profile of a user: one JSON object, byte for byte. A
// user without Zoom Phone, and one licensed minutes ago, is ErrNotFound.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/GET/phone/users/{userId}
func (c *Client) PhoneUser(ctx context.Context, userID string) ([]byte, error) {
	return c.document(ctx, phoneUserEndpoint, "/phone/users/", userID, "")
}

// PhoneUserSettings gives the phone settings of a user: one JSON object, byte
// for byte. It holds PINs and addresses.
//
// https://developers.zoom.us/docs/api/phone/#tag/users/GET/phone/users/{userId}/settings
func (c *Client) PhoneUserSettings(ctx context.Context, userID string) ([]byte, error) {
	return c.document(ctx, phoneUserSettingsEndpoint, "/phone/users/", userID, "/settings")
}

// UserSettings gives the general (not the phone) settings of a user: one JSON
// object, byte for byte. It holds passcodes.
//
// https://developers.zoom.us/docs/api/users/#tag/users/GET/users/{userId}/settings
func (c *Client) UserSettings(ctx context.Context, userID string) ([]byte, error) {
	return c.document(ctx, userSettingsEndpoint, "/users/", userID, "/settings")
}

func (c *Client) document(ctx context.Context, e endpoint, before, userID, after string) ([]byte, error) {
	id, err := segment(e, userID)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, call{
		endpoint: e, method: http.MethodGet, path: before + id + after,
		check: func(answered object) error { return checkDocument(e, answered, userID) },
	})
}

// segment escapes an id, so that it is one segment of a path. Ids are base64url
// in practice, but nothing promises it; "me" would be the app's owner.
func segment(e endpoint, id string) (string, error) {
	switch id {
	case "", ".", "..", "me":
		return "", &Error{Op: e.op, Kind: ErrRejected, Message: fmt.Sprintf("%q names nothing", id)}
	}
	return url.PathEscape(id), nil
}
