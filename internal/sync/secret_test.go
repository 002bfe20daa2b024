package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/db"
)

// decision says for one documented path of a document whether it is secret.
type decision struct {
	kind   db.Document // "site" for an element of the site list
	path   string
	secret bool
}

// readDecisions gives the lines of the list of paths, which has one for every
// documented path that holds a text, number or boolean.
func readDecisions(t *testing.T) []decision {
	t.Helper()
	var all []decision
	for _, c := range classifiedPaths() {
		for _, class := range c.classes {
			if !slices.Contains([]string{"public", "personal", "secret", "volatile"}, class) {
				t.Fatalf("%s %s: unknown class %q", c.kind, c.path, class)
			}
		}
		all = append(all, decision{kind: c.kind, path: c.path, secret: slices.Contains(c.classes, "secret")})
	}
	return all
}

// documentWith gives a document that holds a value at a path, and nothing else.
func documentWith(path, value string) string {
	name, rest, more := strings.Cut(path, ".")
	if more {
		value = documentWith(rest, value)
	}
	if plain, isArray := strings.CutSuffix(name, "[]"); isArray {
		name, value = plain, "["+value+"]"
	}
	return `{"` + name + `":` + value + `}`
}

func TestSecrets_of_documented_paths(t *testing.T) {
	t.Parallel()
	r := newReader()
	decisions, types := readDecisions(t), fields()
	if len(decisions) < 540 {
		t.Errorf("only %d paths are decided", len(decisions))
	}
	var secrets []string
	for _, d := range decisions {
		if d.secret {
			secrets = append(secrets, string(d.kind)+" "+d.path)
		}
		// Whatever its documented type: one day it may be another, and then its name decides.
		for _, value := range []string{`"hunter2"`, `4711`} {
			want := documentWith(d.path, value)
			name := d.path[strings.LastIndexByte(d.path, '.')+1:]
			if d.secret || looksSecret(name) && !types[d.kind].at(d.path).expects(mustParse(t, `{"v":`+value+`}`).get("v")) {
				want = documentWith(d.path, `"`+mask+`"`)
			}
			if got := mustRead(t, r, d.kind, documentWith(d.path, value)).body; string(got) != want {
				t.Errorf("%s: got %s, want %s", d.kind, got, want)
			}
		}
	}
	if diff := cmp.Diff([]string{
		"settings desk_phone.pin_code",
		"user_settings schedule_meeting.default_password_for_scheduled_meetings",
		"user_settings schedule_meeting.pmi_password",
	}, secrets); diff != "" {
		t.Errorf("secret paths (-want +got)\n%s", diff)
	}
}

func TestSecrets_of_unknown_names(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"pin", "PIN", "Pin", "pins", "PINs", "pin_code", "pinCode", "pin-code", "PIN_CODE", "PinCode", "PINCode", "pincode", "pin.code", "pin code",
		"voicemail_pin", "voicemailPin", "voicemailPIN", "vm-pin", "VM PIN", "userPINs", "PINs2", "pin1", "pin_2", "hostPin3", "newPINForHotDesking",
		"password", "PASSWORD", "Passwords", "sipPassword", "sip_password_hash", "oldpassword", "pass", "sip_pass", "passwd", "pwd", "userPwd", "pwd1",
		"passcode", "passCode", "meeting-passcode", "passphrase", "pass_phrase", "passkey", "PassKey",
		"secret", "client_secret", "clientSecret", "CLIENTSECRET", "secrets", "token", "access_token", "accessToken", "ZOOM-TOKEN", "tokens", "oauth2Token",
		"credential", "sip_credentials", "api_key", "apiKey", "APIKey", "apikey", "X-API-Key", "private_key", "hostKey", "host_key", "access-key", "stream_key",
		"streamkey", "encryptionKey", "signing_key", "preSharedKey", "security_code", "accessCode", "activation_code", "recoveryCodes", "verification_code",
		"otp", "OTP", "totp_otp", "otps", "puk", "jwt", "bearer", "_pin_", "__PIN__", "é_pin",
		"vmpin", "userpin", "meetingpin", "sippins", "vmpin2", "totp", "mfa_code", "mfaCode", "authcode", "auth_code", "unlock_code", "psk", "wifi_psk",
		"wifi_key", "wifiKey", "sshkey", "license_key", "authorization", "Authorization", "cookie", "cookies", "session_id", "sessionID",
		"security_answer", "securityAnswers", "signature", "client_assertion",
		"PINcode", "userPINcode", "PINs2Codes", "PIN2value", "APIkey", "xAPIkeys", "PASSWORDhash", "userPASSWORd", "TOKENvalue", "APItoken", "OTPcode", "SSHkey",
		"PASScode", "PWDhash", "PSKvalue", "otpcode", "otp_code", "smsotp", "pinhash", "userpinhash", "pinnumber", "pin2hash", "sip_pw", "sippw", "pw1", "pswd",
		"userPswd", "wifipsk", "backup_code", "backupCodes", "one_time_code", "oneTimeCode", "onetimecode", "onetime_code", "decryption_key", "decryptionKey",
		"userpass", "userpass2", "sip_ha1", "HA1", "sipha1", "ha1b", "ha1hash",
		"conference_code", "participant_code", "leader_code", "pairing_code", "registrationCode", "provisioning_code", "device_codes", "claim_code", "DoorCode1",
		"pairing_code_value", "meeting_key", "room_key", "srtp_key", "TLSKey", "hmac_key", "aes_keys", "webhook_key", "meeting_key_2", "rsa_key_hash", "otpauth_url",
		"seed", "totp_seed", "seeds",
	} {
		if !looksSecret(name) {
			t.Errorf("%q is taken for no secret; its words are %q", name, wordsOf(name))
		}
	}
	for _, name := range []string{
		"", "_", "id", "name", "status", "shipping", "shippingAddress", "opinion", "spinning", "pinned", "pinning", "PinnedUsers", "pinpoint", "spin", "ping",
		"keys_positions", "keys", "key", "monkey", "keyboard", "primary_key", "compass", "passive", "bypass", "bypassed", "passenger", "passage", "encompassing",
		"passive_mode", "area_code", "country_code", "code", "site_code", "state_code", "zip", "e2e_encryption", "auto_kenya", "photo_kennel",
		"zoom_customer_managed_key", "third_party_captioning_service", "mac_address", "pmi", "otpor", "adopted_policy", "laptop", "option_pane", "tops", "publisher",
		"pushpin", "underpin", "keypad", "author", "authentication", "session", "sessions", "session_duration", "code", "answer", "pink", "license",
		"PHONEnumber", "IDs", "URLs", "SIPuser", "SMSnumber", "E2Eencryption", "MD5sum", "alpha1", "ha2", "shipping_number", "number", "hash", "code_value", "spinnumber",
		"trespass", "overpass", "underpass", "surpass", "shoulder_pads", "power", "pwm", "codec", "one_time", "backup", "backup_phone", "decryption",
		"calling_code", "countryCodes", "postal_code", "language_code", "status_code", "errorCode", "currency_code", "extension_code", "area_code_2", "code_of_conduct",
		"device_codec", "keys_of_room", "public_key", "sort_key", "line_keys", "softKey2", "setting_key", "customer_managed_keys", "_key", "key_2", "seeded",
	} {
		if looksSecret(name) {
			t.Errorf("%q is taken for a secret; its words are %q", name, wordsOf(name))
		}
	}
}

func TestSecrets_replace(t *testing.T) {
	t.Parallel()
	r := newReader()
	for _, test := range []struct {
		name       string
		kind       db.Document
		body, want string
	}{
		{
			"what_gives_nothing_away_stays", "",
			`{"pin":"","pin_set":true,"pins":[],"token":{},"passcode":null}`,
			`{"passcode":null,"pin":"","pin_set":true,"pins":[],"token":{}}`,
		},
		{
			"everything_below_a_secret_name_and_the_names_there", "",
			`{"credentials":{"user":"u"},"x_tokens":{"hunter2":true},"pins":[["4711"]]}`,
			`{"credentials":"[redacted]","pins":"[redacted]","x_tokens":"[redacted]"}`,
		},
		{
			"a_known_secret_that_became_an_object", db.DocumentSettings,
			`{"desk_phone":{"pin_code":{"4711":true}}}`,
			`{"desk_phone":{"pin_code":"[redacted]"}}`,
		},
		{
			"a_value_whose_name_is_a_value", "",
			`{"a":[{"key":"voicemail_pin","value":"4711","n":1},{"name":"Voicemail PIN","default_value":[4711]},{"key":"theme","value":"dark"}]}`,
			`{"a":[{"key":"voicemail_pin","n":1,"value":"[redacted]"},{"default_value":"[redacted]","name":"Voicemail PIN"},{"key":"theme","value":"dark"}]}`,
		},
		{
			"labels_of_two_words", "",
			`{"a":[{"setting_name":"voicemail_pin","value":"4711"},{"settingKey":"vmPIN","value":"4711"},{"title":"PIN","value":"4711"},{"display_name":"theme","value":"dark"}]}`,
			`{"a":[{"setting_name":"voicemail_pin","value":"[redacted]"},{"settingKey":"vmPIN","value":"[redacted]"},{"title":"PIN","value":"[redacted]"},{"display_name":"theme","value":"dark"}]}`,
		},
		{
			"items_and_a_number_that_are_labelled", "",
			`{"a":[{"items":["4711"],"key":"pin"},{"number":4711,"type":"pin"},{"extension_number":12,"type":"pin"},{"items":[{"number":1}],"key":"theme"}]}`,
			`{"a":[{"items":"[redacted]","key":"pin"},{"number":"[redacted]","type":"pin"},{"extension_number":12,"type":"pin"},{"items":[{"number":1}],"key":"theme"}]}`,
		},
		{
			"an_identity_by_chance_is_no_label", "",
			`{"a":[{"id":"z8dfkgABRB_pin_D5QYr5C","number":"12"},{"id":"voicemailPIN","number":"12"}]}`,
			`{"a":[{"id":"z8dfkgABRB_pin_D5QYr5C","number":"12"},{"id":"voicemailPIN","number":"[redacted]"}]}`,
		},
		{
			"a_documented_number_whatever_its_name", db.DocumentSettings,
			`{"outbound_caller_ids":[{"name":"Pin Oak","number":"+15550100001"}]}`,
			`{"outbound_caller_ids":[{"name":"Pin Oak","number":"+15550100001"}]}`,
		},
		{
			"a_text_where_true_or_false_is_documented", db.DocumentUserSettings,
			`{"schedule_meeting":{"pstn_password_protected":"hunter2","embed_password_in_join_link":true,"require_password_for_pmi_meetings":"all"}}`,
			`{"schedule_meeting":{"embed_password_in_join_link":true,"pstn_password_protected":"[redacted]","require_password_for_pmi_meetings":"all"}}`,
		},
		{
			"below_arrays_of_arrays", "",
			`{"a":[[{"pin":"1234"}]]}`,
			`{"a":[[{"pin":"[redacted]"}]]}`,
		},
		{
			"a_public_path_in_its_own_document_only", db.DocumentProfile,
			`{"schedule_meeting":{"meeting_password_requirement":{"length":8}}}`,
			`{"schedule_meeting":{"meeting_password_requirement":"[redacted]"}}`,
		},
		{
			"a_public_name_at_its_own_path_only", db.DocumentUserSettings,
			`{"meeting_password_requirement":{"length":8},"schedule_meeting":{"meeting_password_requirement":{"length":8}}}`,
			`{"meeting_password_requirement":"[redacted]","schedule_meeting":{"meeting_password_requirement":{"length":8}}}`,
		},
		{
			"a_secret_below_a_public_path", db.DocumentUserSettings,
			`{"recording":{"recording_password_requirement":{"length":8,"default_password":"x"}}}`,
			`{"recording":{"recording_password_requirement":{"default_password":"[redacted]","length":8}}}`,
		},
		{
			"not_what_only_stands_in_a_text", "",
			`{"info":"the pin is 1234"}`,
			`{"info":"the pin is 1234"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := string(mustRead(t, r, test.kind, test.body).body); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// What an earlier release stored, which knew fewer names, must not reach the journal.
func TestSecrets_of_a_stored_version_stay_out_of_the_journal(t *testing.T) {
	t.Parallel()
	got, err := newReader().compare(db.DocumentSettings, version{body: []byte(`{"vmpin":"4711","x_tokens":{"hunter2":true},"a":1}`)}, version{body: []byte(`{"a":2}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Changes {
		if text := c.Path + string(c.Old) + string(c.New); strings.Contains(text, "4711") || strings.Contains(text, "hunter2") {
			t.Errorf("the journal would say %s", text)
		}
	}
	if len(got.Changes) != 3 {
		t.Errorf("got %d changes, want 3", len(got.Changes))
	}
}

func TestStrangers_remember_a_bounded_number(t *testing.T) {
	t.Parallel()
	names := newStrangers()
	for i := range 12_000 {
		if names.named(fmt.Sprintf("name_%d", i)).spelling.secret || !names.named(fmt.Sprintf("pin_%d", i)).spelling.secret {
			t.Fatalf("name %d is judged wrong", i)
		}
	}
	remembered := 0
	names.known.Range(func(_, _ any) bool { remembered++; return true })
	if remembered != 10_000 {
		t.Errorf("%d names are remembered, want 10000", remembered)
	}
}
