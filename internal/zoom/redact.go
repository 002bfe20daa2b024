package zoom

import (
	"errors"
	"mime"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	// secretText finds a token or basic credentials that a server repeats.
	secretText   = regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]+\.[\w.-]+`)
	emailAddress = regexp.MustCompile(`[^\s"<>()\[\],:;]+@[^\s"'<>()\[\],:;]+`)
	phoneNumber  = regexp.MustCompile(`\+?[0-9][0-9 ().-]{6,}[0-9]`)
	macAddress   = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b`)
	scopeList    = regexp.MustCompile(`scopes:?\s*\[([^\]]*)\]`)
	scopeName    = regexp.MustCompile(`^[a-z0-9_:.-]{1,100}$`)
)

const (
	maxMessage    = 300 // bytes of a foreign message that are worth keeping
	maxTrackingID = 100
	maxScopes     = 20
)

// clean makes the foreign texts of a failed request fit to show: without the
// client's own secrets, then redacted. Every error comes by here once, before
// anybody else sees it.
func (t *tokens) clean(e *Error, sent *token) {
	if e == nil {
		return
	}
	secrets := slices.Clone(t.secrets)
	for _, tok := range []*token{sent, t.load()} {
		if tok != nil {
			secrets = append(secrets, tok.value)
		}
	}
	e.Message = redact(conceal(e.Message, secrets))
	if e.Err != nil {
		if text := e.Err.Error(); text != conceal(text, secrets) {
			e.Err = errors.New(conceal(text, secrets)) // what it wraps would still tell
		}
	}
}

// conceal takes secrets out of a text. What is shorter than any secret is none, and
// would tear words apart.
func conceal(text string, secrets []string) string {
	const shortest = 8
	for _, secret := range secrets {
		if len(secret) >= shortest {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
}

// redact makes a foreign text fit for logs and tables: one line, bounded,
// without credentials, e-mail addresses, phone numbers and MAC addresses. IP addresses
// stay: without them no failed connection can be understood.
func redact(s string) string {
	if len(s) > 8*maxMessage {
		s = s[:8*maxMessage]
	}
	s = printable(s)
	s = secretText.ReplaceAllString(s, "[secret]")
	s = emailAddress.ReplaceAllString(s, "[email]")
	s = macAddress.ReplaceAllString(s, "[device]")
	s = phoneNumber.ReplaceAllStringFunc(s, func(number string) string {
		if _, err := netip.ParseAddr(number); err == nil {
			return number
		}
		return "[number]"
	})
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}

// printable puts a text on one line and makes it valid UTF-8.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// contentType describes an answer whose body says nothing useful, such as a
// gateway's HTML page.
func contentType(header http.Header) string {
	media := mediaType(header)
	if media == "" {
		return "the body is not the JSON expected"
	}
	return "the body is not the JSON expected, its type is " + media
}

func mediaType(header http.Header) string {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return media
}

// scopesIn takes the scope names out of a message such as
// "Invalid access token, does not contain scopes:[a, b]."
func scopesIn(message string) []string {
	list := scopeList.FindStringSubmatch(message)
	if list == nil {
		return nil
	}
	var scopes []string
	for _, name := range strings.FieldsFunc(list[1], func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if scopeName.MatchString(name) && len(scopes) < maxScopes {
			scopes = append(scopes, name)
		}
	}
	return scopes
}

// trackingID is the id under which Zoom's support finds a request.
func trackingID(header http.Header) string {
	id := header.Get("X-Zm-Trackingid")
	return printable(id[:min(len(id), maxTrackingID)])
}
