package zoomtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// accessToken is one issued token. Earlier ones stay valid beside it.
type accessToken struct {
	expires time.Time
	scopes  []string // those of the app when it was issued
}

// issueToken answers POST /oauth/token for the grant account_credentials.
func (a *Account) issueToken(r *http.Request) reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests["token"]++
	if r.Method != http.MethodPost {
		return page(http.StatusNotFound)
	}
	if a.happens(a.faults.TokenFaults) {
		return a.tokenFault()
	}
	if q := r.URL.Query(); q.Has("grant_type") || q.Has("account_id") {
		return oauthFailure("Bad Request", "invalid_request")
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/x-www-form-urlencoded" {
		return oauthFailure("Bad Request", "invalid_request")
	}
	if err := r.ParseForm(); err != nil {
		return oauthFailure("Bad Request", "invalid_request")
	}
	id, secret, ok := r.BasicAuth()
	if !ok || a.deactivated || id != a.opts.ClientID || secret != a.opts.ClientSecret {
		return oauthFailure("Invalid client_id or client_secret", "invalid_client")
	}
	if r.PostForm.Get("grant_type") != "account_credentials" || r.PostForm.Get("account_id") != a.opts.AccountID {
		return oauthFailure("unsupported grant type", "unsupported_grant_type")
	}
	return a.newToken()
}

func (a *Account) newToken() reply {
	now := time.Now()
	for name, token := range a.tokens {
		if now.Sub(token.expires) > time.Hour {
			delete(a.tokens, name)
		}
	}
	a.issued++
	name := fmt.Sprintf("eyJzdiI6IjAwMDAwMiJ9.%s.%s", a.nonce(), a.nonce())
	a.tokens[name] = accessToken{expires: now.Add(a.opts.TokenLife), scopes: a.scopes}
	body, _ := json.Marshal(map[string]any{
		"access_token": name, "token_type": "bearer", "expires_in": int(a.opts.TokenLife.Seconds()),
		"scope": strings.Join(a.scopes, " "), "api_url": "https://api.zoom.us",
	})
	return jsonReply(http.StatusOK, body)
}

// tokenFault goes through the ways in which the token endpoint breaks.
func (a *Account) tokenFault() reply {
	switch a.requests["token"] % 3 {
	case 0:
		return failure(http.StatusInternalServerError, 500, "internal server error")
	case 1:
		rep := page(http.StatusOK)
		rep.body = []byte("<!DOCTYPE html><html><body>We'll be back soon</body></html>")
		return rep
	default:
		return jsonReply(http.StatusOK, []byte(`{"access_token":"","token_type":"bearer","expires_in":3599,"scope":""}`))
	}
}

// oauthFailure is the token endpoint's error shape; Zoom was seen to send it with 400 and with 401.
func oauthFailure(reason, code string) reply {
	body, _ := json.Marshal(struct {
		Reason string `json:"reason"`
		Error  string `json:"error"`
	}{reason, code})
	return jsonReply(http.StatusBadRequest, body)
}

// nonce is 22 characters that nobody has seen before; the caller holds the lock.
func (a *Account) nonce() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(a.dice.UintN(256)) //nolint:gosec // below 256
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// authorize checks the bearer token and, of it and of the app, the scopes; the caller holds the lock.
func (a *Account) authorize(r *http.Request) (scopes []string, refusal reply, ok bool) {
	refuse := func(message string) ([]string, reply, bool) {
		return nil, failure(http.StatusUnauthorized, 124, message), false
	}
	name, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return refuse("Requires an access token.")
	}
	token, known := a.tokens[name]
	switch {
	case !known:
		return refuse("Invalid access token.")
	case !time.Now().Before(token.expires):
		return refuse("Access token has expired.")
	}
	// A scope that the app gains needs a new token; one that it loses is gone at once.
	for _, scope := range token.scopes {
		if slices.Contains(a.scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, reply{}, true
}

// RevokeTokens makes all access tokens invalid.
func (a *Account) RevokeTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
}

// Deactivate takes the app away: its tokens are invalid, and its credentials get no other.
func (a *Account) Deactivate() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deactivated = true
	clear(a.tokens)
}

// SetScopes replaces the scopes of the app: new ones come with the next token, lost ones are gone at once.
func (a *Account) SetScopes(scopes ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scopes = slices.Clone(scopes)
}
