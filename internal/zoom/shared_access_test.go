package zoom

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestSharedAccess_requests(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	grant := SharedSetting{VoicemailAccessMembers: []AccessMember{{AccessUserID: "u2", AccessUserType: "user", AllowDownload: true, AllowSharing: &no}}}
	tests := map[string]struct {
		call              func(*Client) error
		method, uri, body string
	}{
		"add a grant": {
			func(c *Client) error {
				got, err := c.AddSharedAccess(t.Context(), "u1", VoiceMail, grant)
				if string(got) != `{"shared_id":"s1"}` {
					t.Errorf("got %s", got)
				}
				return err
			},
			http.MethodPost, "/settings/voice_mail",
			`{"voicemail_access_members":[{"access_user_id":"u2","access_user_type":"user","allow_delete":false,"allow_download":true,"allow_sharing":false}]}`,
		},
		"add an assistant": {
			func(c *Client) error {
				_, err := c.AddSharedAccess(t.Context(), "u1", Delegation, SharedSetting{DelegationAssistantExtensionID: "x1"})
				return err
			},
			http.MethodPost, "/settings/delegation", `{"delegation_assistant_extension_id":"x1"}`,
		},
		"change a grant": {
			func(c *Client) error {
				return c.UpdateSharedAccess(t.Context(), "u1", AutoCallRecording, SharedSetting{
					AutoCallRecordingAccessMembers: []AccessMember{{SharedID: "s1", AllowDelete: true}},
				})
			},
			http.MethodPatch, "/settings/auto_call_recording",
			`{"auto_call_recording_access_members":[{"allow_delete":true,"allow_download":false,"shared_id":"s1"}]}`,
		},
		"change the delegation": {
			func(c *Client) error {
				return c.UpdateSharedAccess(t.Context(), "u1", Delegation, SharedSetting{Delegation: &DelegationSetting{Privacy: &yes, Privileges: []int{1, 8}}})
			},
			http.MethodPatch, "/settings/delegation", `{"delegation":{"privacy":true,"privileges":[1,8]}}`,
		},
		"change a desk phone": {
			func(c *Client) error {
				return c.UpdateSharedAccess(t.Context(), "u1", DeskPhone, SharedSetting{DeskPhone: &DeskPhoneSetting{
					Devices: []DeskPhoneDevice{{ID: "d1", Policy: DevicePolicy{HotDesking: &Switch{Status: "off"}}}}, PhoneScreenLock: &no,
				}})
			},
			http.MethodPatch, "/settings/desk_phone",
			`{"desk_phone":{"devices":[{"id":"d1","policy":{"hot_desking":{"status":"off"}}}],"phone_screen_lock":false}}`,
		},
		"change an intercom": {
			func(c *Client) error {
				return c.UpdateSharedAccess(t.Context(), "u1", Intercom, SharedSetting{Intercom: &IntercomSetting{ExtensionID: "x1", DeviceID: "d1"}})
			},
			http.MethodPatch, "/settings/intercom", `{"intercom":{"extension_id":"x1","device_id":"d1"}}`,
		},
		"delete a voicemail grant": {
			func(c *Client) error { return c.DeleteSharedAccess(t.Context(), "u1", VoiceMail, "s1") },
			http.MethodDelete, "/settings/voice_mail?shared_id=s1", "",
		},
		"delete a recording grant": {
			func(c *Client) error { return c.DeleteSharedAccess(t.Context(), "u1", AdHocCallRecording, "s1") },
			http.MethodDelete, "/settings/ad_hoc_call_recording?shared_id=s1", "",
		},
		"delete an assistant": {
			func(c *Client) error { return c.DeleteSharedAccess(t.Context(), "u1", Delegation, "x1") },
			http.MethodDelete, "/settings/delegation?assistant_extension_id=x1", "",
		},
		"delete a desk phone": {
			func(c *Client) error { return c.DeleteSharedAccess(t.Context(), "u1", DeskPhone, "d1") },
			http.MethodDelete, "/settings/desk_phone?device_id=d1", "",
		},
		"delete an intercom": {
			func(c *Client) error { return c.DeleteSharedAccess(t.Context(), "u1", Intercom, "x1") },
			http.MethodDelete, "/settings/intercom?intercom_extension_id=x1", "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zoom := &script{answer: func(r *http.Request, _ int) reply {
				if r.Method == http.MethodPost {
					return reply{status: 201, body: `{"shared_id":"s1"}`}
				}
				return reply{status: 204}
			}}
			if err := test.call(newTestClient(t, zoom)); err != nil {
				t.Fatal(err)
			}
			sent := zoom.sent()[0]
			want := []string{test.method, "/base/v2/phone/users/u1" + test.uri, test.body}
			if diff := cmp.Diff(want, []string{sent.method, sent.uri, sent.body}); diff != "" {
				t.Error(diff)
			}
			if got := sent.header.Get("Content-Type"); (got == "application/json") != (test.body != "") {
				t.Errorf("content type is %q", got)
			}
		})
	}
}

func TestSharedAccess_refuses_what_names_nothing(t *testing.T) {
	t.Parallel()
	zoom := &script{answer: always(reply{status: 204})}
	c := newTestClient(t, zoom)
	_, add := c.AddSharedAccess(t.Context(), "u1", "", SharedSetting{})
	for _, err := range []error{
		add, c.UpdateSharedAccess(t.Context(), "u1", "..", SharedSetting{}), c.UpdateSharedAccess(t.Context(), "me", VoiceMail, SharedSetting{}),
		c.DeleteSharedAccess(t.Context(), "u1", VoiceMail, ""), c.DeleteSharedAccess(t.Context(), "u1", "holiday", "x"),
	} {
		if !errors.Is(err, ErrRejected) {
			t.Errorf("error is %v", err)
		}
	}
	if len(zoom.sent()) != 0 {
		t.Error("a request was sent")
	}
}

func TestSharedAccess_answers(t *testing.T) {
	t.Parallel()
	t.Run("a success may have no body", func(t *testing.T) {
		t.Parallel()
		for _, status := range []int{200, 201, 202, 204} {
			c := newTestClient(t, &script{answer: always(reply{status: status, header: map[string]string{"Content-Type": ""}})})
			if got, err := c.AddSharedAccess(t.Context(), "u1", VoiceMail, SharedSetting{}); err != nil || got != nil {
				t.Errorf("status %d: got %s, %v", status, got, err)
			}
		}
	})
	t.Run("a refusal tells its reason", func(t *testing.T) {
		t.Parallel()
		c := newTestClient(t, &script{answer: always(zoomError(400, 300, "Voicemail has already been shared to the user."))})
		_, err := c.AddSharedAccess(t.Context(), "u1", VoiceMail, SharedSetting{})
		var fault *Error
		if !errors.As(err, &fault) || !errors.Is(err, ErrRejected) || fault.Code != 300 || fault.Message != "Voicemail has already been shared to the user." {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("changing and deleting are tried again", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			zoom := &script{answer: inTurn(reply{status: 502}, reply{status: 204}, reply{err: errTest}, reply{status: 204})}
			c := newTestClient(t, zoom)
			if err := c.UpdateSharedAccess(t.Context(), "u1", Intercom, SharedSetting{}); err != nil {
				t.Error(err)
			}
			if err := c.DeleteSharedAccess(t.Context(), "u1", Intercom, "x1"); err != nil {
				t.Error(err)
			}
			if sent := zoom.sent(); len(sent) != 4 || sent[0].body != sent[1].body || sent[1].body != "{}" {
				t.Errorf("sent %+v", sent)
			}
		})
	})
}
