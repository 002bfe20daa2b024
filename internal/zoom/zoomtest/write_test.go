package zoomtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"syncd/internal/zoom/zoomtest"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) (c *client, owner, other string) {
		t.Helper()
		c = newClient(t, open())
		for _, id := range users(c.account, zoomtest.Active) {
			if settings := decode(t, c.account, id, zoomtest.Settings); settings["desk_phone"] != nil {
				return c, id, c.account.Add(1)[0]
			}
		}
		t.Fatal("no user has a desk phone")
		return nil, "", ""
	}
	has := func(t *testing.T, a *zoomtest.Account, id, kind, want string) bool {
		t.Helper()
		doc, ok := a.Document(id, kind)
		return ok && strings.Contains(string(doc), want)
	}

	t.Run("takes scopes that the default lacks", func(t *testing.T) {
		t.Parallel()
		c := newClient(t, zoomtest.Options{})
		id := users(c.account, zoomtest.Active)[0]
		for method, scope := range map[string]string{http.MethodPost: "write", http.MethodPatch: "update", http.MethodDelete: "delete"} {
			got := c.call(method, path(id, "/settings/voice_mail"), "{}")
			c.refused(got, 400, 104, "does not contain scopes:[phone:"+scope+":shared_setting:admin]")
		}
	})

	for setting, list := range map[string]string{
		"voice_mail":            "voicemail_access_members",
		"auto_call_recording":   "auto_call_recording_access_members",
		"ad_hoc_call_recording": "ad_hoc_call_recording_access_members",
	} {
		t.Run(setting+" grants show in profile and settings until they are deleted", func(t *testing.T) {
			t.Parallel()
			c, owner, other := setup(t)
			where := path(owner, "/settings/", setting)
			in := `{"` + list + `":[{"access_user_id":"` + other + `","access_user_type":"user","allow_download":true}]}`
			got := c.call(http.MethodPost, where, in)
			var out map[string][]struct {
				SharedID string `json:"shared_id"`
			}
			if err := json.Unmarshal([]byte(got.body), &out); err != nil || got.status != http.StatusCreated || len(out[list]) != 1 {
				t.Fatalf("POST: %d %s", got.status, got.body)
			}
			shared := out[list][0].SharedID
			if !has(t, c.account, owner, zoomtest.Profile, shared) || !has(t, c.account, owner, zoomtest.Settings, shared) {
				t.Error("the grant does not show in both documents")
			}
			c.refused(c.call(http.MethodPost, where, in), 400, 300, "already been shared")
			got = c.call(http.MethodPatch, where, `{"`+list+`":[{"shared_id":"`+shared+`","allow_delete":true}]}`)
			if got.status != http.StatusNoContent || got.body != "" {
				t.Errorf("PATCH: %d %s", got.status, got.body)
			}
			members := decode(t, c.account, owner, zoomtest.Profile)["policy"].(map[string]any)[list].([]any)
			if last := members[len(members)-1].(map[string]any); last["allow_delete"] != true || last["access_user_id"] != other {
				t.Errorf("after PATCH %v", last)
			}
			if got = c.call(http.MethodDelete, where+"?shared_id="+shared, ""); got.status != http.StatusNoContent {
				t.Errorf("DELETE: %d %s", got.status, got.body)
			}
			if has(t, c.account, owner, zoomtest.Profile, shared) || has(t, c.account, owner, zoomtest.Settings, shared) {
				t.Error("the deleted grant still shows")
			}
		})
	}

	t.Run("delegation", func(t *testing.T) {
		t.Parallel()
		c, owner, other := setup(t)
		where := path(owner, "/settings/delegation")
		extension, _ := decode(t, c.account, other, zoomtest.Profile)["extension_id"].(string)
		c.refused(c.call(http.MethodPost, where, "{}"), 400, 300, "Delegation assistant is required.")
		c.refused(c.call(http.MethodPost, where, `{"delegation_assistant_extension_id":"x"}`), 400, 300, "User delegation assistant does not exist: x.")
		got := c.call(http.MethodPost, where, `{"delegation_assistant_extension_id":"`+extension+`"}`)
		if got.status != http.StatusCreated || !strings.Contains(got.body, extension) {
			t.Errorf("POST: %d %s", got.status, got.body)
		}
		c.refused(c.call(http.MethodPatch, where, `{"delegation":{"privileges":[9]}}`), 400, 300, "Delegation privileges error.")
		c.refused(c.call(http.MethodPatch, where, `{"delegation":{"privacy":"x"}}`), 400, 300, "Delegation privacy error.")
		if got = c.call(http.MethodPatch, where, `{"delegation":{"privileges":[1,8],"privacy":true,"locked":false}}`); got.status != http.StatusNoContent {
			t.Errorf("PATCH: %d %s", got.status, got.body)
		}
		if !has(t, c.account, owner, zoomtest.Settings, `"privileges":[1,8]`) {
			t.Error("the privileges do not show")
		}
		if got = c.call(http.MethodDelete, where+"?assistant_extension_id="+extension, ""); got.status != http.StatusNoContent {
			t.Errorf("DELETE: %d %s", got.status, got.body)
		}
		if has(t, c.account, owner, zoomtest.Settings, extension) {
			t.Error("the deleted assistant still shows")
		}
	})

	t.Run("desk phone", func(t *testing.T) {
		t.Parallel()
		c, owner, _ := setup(t)
		where := path(owner, "/settings/desk_phone")
		if got := c.call(http.MethodPost, where, `{"device_id":"newdevice"}`); got.status != http.StatusCreated {
			t.Errorf("POST: %d %s", got.status, got.body)
		}
		in := `{"desk_phone":{"pin_code":"13579-pin","devices":[{"id":"newdevice","policy":{"call_control":{"status":"on"}}}]}}`
		if got := c.call(http.MethodPatch, where, in); got.status != http.StatusNoContent {
			t.Errorf("PATCH: %d %s", got.status, got.body)
		}
		if !has(t, c.account, owner, zoomtest.Settings, `"policy":{"call_control":{"status":"on"}}`) || !strings.Contains(strings.Join(c.account.Secrets(), " "), "13579-pin") {
			t.Error("PIN or policy do not show")
		}
		if got := c.call(http.MethodDelete, where+"?device_id=newdevice", ""); got.status != http.StatusNoContent || has(t, c.account, owner, zoomtest.Settings, "newdevice") {
			t.Errorf("DELETE: %d %s", got.status, got.body)
		}
	})

	t.Run("refuses what it does not know", func(t *testing.T) {
		t.Parallel()
		c, owner, other := setup(t)
		c.refused(c.call(http.MethodPost, path(owner, "/settings/fax"), "{}"), 400, 300, "Invalid user sub-setting type.")
		c.refused(c.call(http.MethodPatch, path(owner, "/settings/fax"), "{}"), 400, 300, "Invalid user setting Type: fax.")
		c.refused(c.call(http.MethodPost, path(owner, "/settings/voice_mail"), "no json"), 400, 300, "Validation Failed.")
		c.refused(c.call(http.MethodDelete, path(owner, "/settings/intercom?intercom_extension_id=x"), ""), 400, 300, "Validation Failed.")
		c.refused(c.call(http.MethodPatch, path(owner, "/settings/intercom"), `{"intercom":{"extension_id":"x"}}`), 400, 300, "Validation Failed.")
		c.account.Remove(other)
		in := `{"voice_mail":{"access_user_id":"` + other + `"}}`
		c.refused(c.call(http.MethodPost, path(owner, "/settings/voice_mail"), in), 400, 300, "Invalid user id.")
		c.refused(c.call(http.MethodPost, path(other, "/settings/voice_mail"), in), 404, 1001, "User does not exist: "+other)
	})
}
